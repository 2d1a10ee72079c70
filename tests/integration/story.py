# SPDX-License-Identifier: Apache-2.0
"""story: a key is lost, the clusters are paused; it comes back, the same clusters come back."""
import contextlib
import hashlib
import os
import re
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from harness import CMEKCTL, Bench, Watch, case, check, message_ids, run, tap, wait_for
from world import World


def states(cloud, project):
    number = next(p["id"] for p in cloud.info["projects"] if p["name"] == project)
    return {c["name"]: c["state"] for c in cloud.state()["clusters"] if c["project"] == number}


world = World()
world.project("prod", {"orders": "ACTIVE", "billing": "ACTIVE", "archive": "PAUSED"})
west, east = world.key("us-west-2"), world.key("eu-central-1")
world.project("two", {"here": "ACTIVE", "there": {"region": "eu-central-1"}, "stray": {"region": "ap-south-1"}},
              keys=[west, east])
world.project("plain", {"free": "ACTIVE"}, keys=[], cmek_enabled=False)

with Bench() as bench:
    cloud = bench.cloud(world)
    # Long enough for what is asked between the loss and the dark, and for a look to be recent when an act leaves: each
    # act is intended once.
    daemon = bench.daemon(cloud, settings={"GracePeriod": "2s", "PollInterval": "1s"})
    prod_key = cloud.arn(0)

    with case("before the daemon runs cmekctl says that it is not reachable: exit code 4"):
        check(daemon.ctl("status").status == 4, daemon.ctl("status"))

    daemon.start()
    with case("both projects are usable and armed"):
        for project in ("prod", "two"):
            daemon.wait_headline("usable", project)
            wait_for(lambda: all(b["armed"] for b in daemon.status(project)["bindings"]), "armed")  # pylint: disable=W0640
        check(len(daemon.status("two")["bindings"]) == 2, daemon.status("two"))
    with case("a cluster in a region without a key is shown as a stray"):
        wait_for(lambda: [c["name"] for c in daemon.status("two")["strays"]] == ["stray"], "stray")
    with case("good: exit code 0 of ping, version, status, status PROJECT and explain"):
        for words in (["ping"], ["version"], ["status"], ["status", "prod"], ["explain", "prod"]):
            got = daemon.ctl(*words)
            check(got.status == 0, f"{words}: {got}")
    with case("wrong usage: exit code 2; an unknown project: 1"):
        check(daemon.ctl("frobnicate").status == 2, daemon.ctl("frobnicate"))
        check(daemon.ctl("status", "--nonsense").status == 2, daemon.ctl("status", "--nonsense"))
        got = daemon.ctl("status", "nosuch")
        check(got.status == 1 and "nosuch" in got.err, got)

    # ---- lost ----
    before = states(cloud, "prod")
    mark = cloud.mark()
    cloud.key("vendor-out", prod_key)
    with case("the loss is confirmed by three looks that saw the changed policy"):
        lost = daemon.told("lost", PROJECT="prod")
        looks = [e for e in cloud.log(mark, op="GetKeyPolicy") if e["subject"] == prod_key]
        check(len(looks) >= 3, looks)
        check(lost["REASON"] == "policy_no_allow" and lost["REGION"] == "us-west-2" and lost["KEY_ARN"] == prod_key, lost)
    with case("exit code 3 while an incident is open; the text says NOT DARK"):
        got = daemon.ctl("status", "prod")
        check(got.status == 3 and "NOT DARK" in got.out, got)
        check(daemon.ctl("status").status == 3, daemon.ctl("status"))
    with case("explain says what was seen and what would change it"):
        got = daemon.ctl("explain", "prod")
        check(got.status == 0 and "CreateGrant" in got.out and "Decrypt" in got.out, got)
    with Watch(daemon, cloud) as watch:
        wait_for(lambda: watch.answers > 0, "the watch began")
        with case("dark is reached, and every cluster of the region is PAUSED"):
            daemon.told("dark", PROJECT="prod")
            check(set(states(cloud, "prod").values()) == {"PAUSED"}, states(cloud, "prod"))
        with contextlib.suppress(AssertionError):
            wait_for(lambda: watch.answers > 3 and watch.dark > 0, "the watch saw it")
    with case("dark was never said before"):
        check(not watch.lies and watch.answers > 3 and watch.dark > 0, (watch.lies, watch.answers, watch.dark))
    with case("no pause before the grace period was over"):
        grace = daemon.told("grace", PROJECT="prod")
        pausing = daemon.told("pausing", PROJECT="prod")
        check(grace["TIME"] < pausing["TIME"], (grace, pausing))
        acts = cloud.acts("PauseCluster", mark)
        check(min(a["time"] for a in acts) >= pausing["TIME"][:len(acts[0]["time"]) - 1], (acts, pausing))
    with case("each running cluster was paused by exactly one request; what a person had paused was left alone"):
        asked = sorted(a["subject"] for a in cloud.acts("PauseCluster", mark))
        check(asked == sorted(cloud.cluster_id(n) for n in ("orders", "billing")), asked)
        status = {c["name"]: c for c in daemon.binding("prod")["clusters"]}
        check(status["archive"]["duty"] == "left" and status["orders"]["duty"] == "paused", status)
    with case("each paused cluster was read by its id before dark was said"):
        read = {e["subject"] for e in cloud.log(mark, op="GetCluster", status=200)}
        check({cloud.cluster_id(n) for n in before} <= read, read)
    with case("the other project and its keys were not touched"):
        check(daemon.headline("two") == "usable", daemon.status("two"))
        check(set(states(cloud, "two").values()) == {"ACTIVE"}, states(cloud, "two"))
    with case("still exit code 3 when dark, and --json agrees with the text"):
        got = daemon.ctl("status", "prod", "--json")
        check(got.status == 3, got)
        text = daemon.ctl("status", "prod").out
        check("DARK" in text and "NOT DARK" not in text, text)
        check('"dark"' in got.out and got.json(), got)

    # ---- and back ----
    mark = cloud.mark()
    cloud.key("policy-undo", prod_key)
    with case("access back: proven first, then exactly the same clusters run again"):
        daemon.told("proving", PROJECT="prod")
        daemon.told("closed", PROJECT="prod")
        check(states(cloud, "prod") == before, (states(cloud, "prod"), before))
        asked = sorted(a["subject"] for a in cloud.acts("ResumeCluster", mark))
        check(asked == sorted(cloud.cluster_id(n) for n in ("orders", "billing")), asked)
        check(cloud.clusters()["archive"]["resumes"] == 0, cloud.clusters()["archive"])
    with case("no resume before access had held for RestoreDelay"):
        proving, resuming = daemon.told("proving"), daemon.told("resuming")
        check(proving["TIME"] < resuming["TIME"], (proving, resuming))
    with case("all is well again: exit code 0"):
        daemon.wait_headline("usable")
        check(daemon.ctl("status", "prod").status == 0, daemon.ctl("status", "prod"))

    # ---- only one region ----
    mark = cloud.mark()
    cloud.key("disable", east)
    with case("a key disabled in one region pauses the cluster of that region, and no other"):
        daemon.told("dark", PROJECT="two", REGION="eu-central-1")
        check(states(cloud, "two") == {"here": "ACTIVE", "there": "PAUSED", "stray": "ACTIVE"}, states(cloud, "two"))
        check(daemon.binding("two", "us-west-2")["verdict"] == "usable", daemon.status("two"))
        check(daemon.told("lost", PROJECT="two")["REASON"] == "key_disabled", daemon.notices("lost"))
    cloud.key("enable", east)
    with case("and back"):
        daemon.told("closed", PROJECT="two")
        check(set(states(cloud, "two").values()) == {"ACTIVE"}, states(cloud, "two"))

    # ---- evidence ----
    with case("cmekctl verify: the ledgers' chains hold; exit code 0"):
        for project in ("prod", "two"):
            got = daemon.verify(project)
            check(got.status == 0, got)
    with case("each act was recorded before it was asked for, and its end after"):
        records = daemon.ledger("prod")
        for number in (cloud.cluster_id("orders"), cloud.cluster_id("billing")):
            for kind in ("pause_intent", "resume_intent"):
                intents = [r for r in records if r["type"] == kind and r["cluster"] == number]
                results = [r for r in records if r["type"] == "act_result" and r["op"] == intents[0]["op"]]
                check(len(intents) == 1 and len(results) == 1 and results[0]["result"] == "accepted",
                      (intents, results))
                check(intents[0]["seq"] < results[0]["seq"], (intents, results))
    with case("verify --list prints every record"):
        got = run([CMEKCTL, "verify", daemon.ledger_file("prod"), "--list"])
        check(got.status == 0 and all(r["type"] in got.out for r in daemon.ledger("prod")), got)
    with case("every notice has its MESSAGE_ID and priority; those of incidents carry the ledger's head"):
        ids = message_ids()
        check(len(ids) > 40, ids)
        for n in daemon.notices():
            check((n["PRIORITY"], n["MESSAGE_ID"]) == ids[n["NOTICE"]], n)
        heads = {r["hash"] for r in daemon.ledger("prod")}
        told = [n for n in daemon.notices(PROJECT="prod") if n.get("INCIDENT")]
        check(told and all(n["LEDGER_HEAD"] in heads for n in told), told)
    with case("notices of an incident say to what it happened, why, and which answer they rest on"):
        for n in told:
            check(n["REGION"] and n["KEY_ARN"] == prod_key and n["REASON"] and n["OUTCOME"] and n["LEDGER_SEQ"], n)
        for name in ("cluster_paused", "cluster_resumed"):
            of = [n for n in told if n["NOTICE"] == name]
            check(sorted(n["CLUSTER"] for n in of) == sorted(cloud.cluster_id(c) for c in ("orders", "billing")), of)
            check(all(n.get("REQUEST_ID") for n in of), of)
        lines = [(n["NOTICE"], n.get("CLUSTER")) for n in told if n["NOTICE"] != "verdict"]
        check(len(lines) == len(set(lines)), lines)
    with case("the journal's heads anchor the ledger: what was cut off, and what was written anew, does not fit them"):
        got = run([CMEKCTL, "verify", daemon.ledger_file("prod"), "--heads", daemon.journal_file])
        check(got.status == 0 and "each is that of its record" in " ".join(got.out.split()), got)
        with open(daemon.ledger_file("prod"), "rb") as f:
            lines = f.read().rstrip(b"\0").split(b"\n")[:-1]
        cut = os.path.join(daemon.dir, "prod.ledger")
        with open(cut, "wb") as f:
            f.write(b"\n".join(lines[:5]) + b"\n")
        check(run([CMEKCTL, "verify", cut]).status == 0, "by its chain alone it is good")
        got = run([CMEKCTL, "verify", cut, "--heads", daemon.journal_file])
        check(got.status == 1 and "IS MISSING" in got.out, got)
        anew = []
        for seq, line in enumerate(lines, 1):  # by somebody who knows how, from the first record on
            record = re.sub(rb'"prev":"\w+"', b'"prev":"' + (anew[-1][-66:-2] if anew else b"0" * 64) + b'"', line.rpartition(b',"hash":')[0])
            record = record.replace(b'"at":"2', b'"at":"3', 1) if seq == 2 else record
            anew.append(record + b',"hash":"' + hashlib.sha256(record).hexdigest().encode() + b'"}')
        with open(cut, "wb") as f:
            f.write(b"\n".join(anew) + b"\n")
        check(run([CMEKCTL, "verify", cut]).status == 0, "and so is this")
        got = run([CMEKCTL, "verify", cut, "--heads", daemon.journal_file])
        check(got.status == 1 and "DOES NOT FIT" in got.out, got)
    with case("notices are told once each"):
        for name in ("lost", "grace", "pausing", "dark", "proving", "resuming", "closed"):
            check(len(daemon.notices(name, PROJECT="prod")) == 1, daemon.notices(name, PROJECT="prod"))
    with case("SIGTERM: exit status 0, the socket is gone"):
        daemon.stop()
        check(not os.path.exists(daemon.socket), "the socket is still there")
        check(daemon.ctl("ping").status == 4, daemon.ctl("ping"))
tap.done()

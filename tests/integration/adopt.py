# SPDX-License-Identifier: Apache-2.0
"""adopt: restore --adopt SID: a Deny statement that people, or another cmekd, put into the key policy, removed for an operator."""
import json
import os
import sys
import threading

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from harness import Bench, case, check, tap, wait_for
from varlink import VarlinkError
from world import OWN, VENDOR, World


def flat(got):
    return " ".join((got.out + got.err).split())


def policy(cloud, key):
    return json.loads(cloud.key_state(key)["policy"])


def sids(cloud, key):
    return [s.get("Sid") for s in policy(cloud, key)["Statement"]]


def add(cloud, key, *statements):
    document = policy(cloud, key)
    document["Statement"] += statements
    cloud.key("put-policy", key, policy=json.dumps(document))


def deny(sid, condition=None, **members):
    condition = {"StringEquals": {"kms:CallerAccount": VENDOR}} if condition is None else condition
    return {"Sid": sid, "Effect": "Deny", "Principal": {"AWS": "*"}, "Action": "kms:*", "Resource": "*",
            "Condition": condition, **members}


def states(cloud, project):
    number = next(p["id"] for p in cloud.info["projects"] if p["name"] == project)
    return {c["name"]: c["state"] for c in cloud.state()["clusters"] if c["project"] == number}


def refused(daemon, method, **parameters):
    try:
        daemon.call("io.cmekd." + method, {"project": "prod", **parameters})
    except (VarlinkError, OSError) as e:
        return str(e)
    return ""


def peoples_deny(cloud, daemon, key):
    original = cloud.key_state(key)["policy"]
    with case("a Deny that people added: status, explain and check name its Sid, and how it is removed"):
        cloud.key("vendor-deny", key)
        wait_for(lambda: daemon.phase() == "waiting", "it waits for a person")
        remedy = "cmekctl restore prod/us-west-2 --adopt CutTheVendor"
        for verb in ("status", "explain", "check"):
            got = daemon.ctl(verb, "prod")
            check(remedy in flat(got), got)
        by = daemon.binding()["keptOutBy"]
        check(by["sid"] == "CutTheVendor" and by["statement"] == len(sids(cloud, key)) and remedy in by["remedy"], by)
    denied = cloud.key_state(key)["policy"]
    mark = cloud.mark()
    with case("what is no Deny against TiDB Cloud alone is refused, with what to do; nothing is changed"):
        got = daemon.ctl("restore", "prod", "--adopt", "Nobody", "--yes")
        check(got.status == 1 and "--adopt 'CutTheVendor'" in flat(got), got)
        got = daemon.ctl("restore", "prod", "--adopt", sids(cloud, key)[0], "--yes")
        check(got.status == 1 and "is no Deny" in flat(got), got)
        got = daemon.ctl("restore", "prod", "--adopt", "it's", "--yes")
        check(got.status == 2 and "no Sid" in flat(got), got)
        got = daemon.ctl("restore", "prod", "--adopt", "CutTheVendor", "--include", "orders", "--yes")
        check(got.status == 2 and "one after the other" in flat(got), got)
        check(daemon.ctl("restore", "prod", "--adopt").status == 2, "a Sid is needed")
        check("NoSuchRegion" in refused(daemon, "Plan", region="eu-north-1", verb="restore", adopt="CutTheVendor"), "region")
        check("statementDigest" in refused(daemon, "AdoptStatement", sid="CutTheVendor"), "no digest")
        check("sid" in refused(daemon, "AdoptStatement", sid="", statementDigest="0" * 64), "no Sid")
        check(not cloud.acts("PutKeyPolicy", mark), cloud.acts("PutKeyPolicy", mark))
    with case("--dry-run shows the statement, and changes nothing; without --yes and nobody to ask, nothing is done"):
        got = daemon.ctl("restore", "prod", "--adopt", "CutTheVendor", "--dry-run")
        check(got.status == 0 and '- "Sid":"CutTheVendor"' in flat(got) and "is removed" in flat(got), got)
        plan = daemon.ctl("restore", "prod", "--adopt", "CutTheVendor", "--dry-run", "--json").json()["plan"][0]
        shown = json.loads("".join(line.removeprefix("- ") for line in plan["policyDiff"].splitlines()))
        check(shown == policy(cloud, key)["Statement"][-1], plan)
        got = daemon.ctl("restore", "prod", "--adopt", "CutTheVendor")
        check(got.status == 2 and "--yes" in got.err, got)
        check(cloud.key_state(key)["policy"] == denied and not cloud.acts("PutKeyPolicy", mark), cloud.log(mark))
    with case("a statement that was changed since it was shown is not removed"):
        edited = json.loads(denied)
        edited["Statement"][-1]["Action"] = ["kms:Decrypt", "kms:CreateGrant"]
        cloud.key("put-policy", key, policy=json.dumps(edited), now=True)
        said = refused(daemon, "AdoptStatement", sid="CutTheVendor", statementDigest=plan["statementDigest"])
        check("not the statement that was shown" in said, said)
        check(policy(cloud, key) == edited and not cloud.acts("PutKeyPolicy", mark), cloud.log(mark))
        cloud.key("put-policy", key, policy=denied)
        daemon.looks(5)
    with case("confirmed, it is removed and nothing else; the incident ends by itself, as nothing was paused"):
        got = daemon.ctl("restore", "prod", "--adopt", "CutTheVendor", "--yes", "--wait", "--reason", "the drill is over")
        check(got.status == 0 and "Done: remove a Deny statement" in flat(got), got)
        check(policy(cloud, key) == json.loads(original), policy(cloud, key))
        check(len(cloud.acts("PutKeyPolicy", mark)) == 1 and not cloud.acts("PauseCluster", mark), cloud.log(mark))
        daemon.wait_headline("usable")
        check("keptOutBy" not in daemon.binding(), daemon.binding())
    with case("the ledger names the Sid in the intent, and who asked"):
        intent = [r for r in daemon.ledger() if r["type"] == "errand_intent"][-1]
        check(intent["errand"] == "remove_statement" and "CutTheVendor" in intent["message"], intent)
        check(intent["note"] == "the drill is over" and intent["who"].startswith("uid="), intent)
        check([r for r in daemon.ledger() if r["type"] == "errand_result"][-1]["result"] == "accepted", daemon.ledger())


def others_too(cloud, daemon, key):
    original = cloud.key_state(key)["policy"]
    with case("a Deny that keeps out others too is left: to remove it would let them in"):
        add(cloud, key, deny("Fence", {"StringNotEquals": {"kms:CallerAccount": OWN}}))
        wait_for(lambda: daemon.phase() == "waiting", "it waits for a person")
        got = daemon.ctl("restore", "prod", "--adopt", "Fence", "--yes")
        check(got.status == 1 and "refuses others too" in flat(got), got)
        got = daemon.ctl("status", "prod")
        check(f"exempt account {VENDOR}" in flat(got) and "--adopt" not in flat(got), got)
        cloud.key("put-policy", key, policy=original)
        daemon.wait_headline("usable")


def killed(cloud, daemon, key):
    with case("killed in the middle: the next cmekd sends nothing by itself, removes no other, and says that it is in doubt"):
        add(cloud, key, deny("One"), deny("Two"))
        wait_for(lambda: daemon.phase() == "waiting", "it waits for a person")
        before, mark = cloud.key_state(key)["policy"], cloud.mark()
        plan = daemon.call("io.cmekd.Plan", {"project": "prod", "verb": "restore", "adopt": "One"})["bindings"][0]
        check("policyTrouble" in plan, plan)  # the other still stands
        cloud.fault("kms", "hang", op="PutKeyPolicy")
        asked = {"sid": "One", "statementDigest": plan["statementDigest"]}
        threading.Thread(target=lambda: refused(daemon, "AdoptStatement", **asked), daemon=True).start()
        wait_for(lambda: cloud.log(mark, op="PutKeyPolicy"), "it was sent")
        daemon.kill()
        cloud.clear_faults()
        mark = cloud.mark()
        daemon.start()
        daemon.looks(8)
        check(not cloud.acts("PutKeyPolicy", mark), cloud.log(mark))
        check("One" in sids(cloud, key) or "Two" in sids(cloud, key), sids(cloud, key))
        got = daemon.ctl("status", "prod")
        check("whether this was done is not known" in flat(got), got)
    with case("asked for again it is done, one after the other; then access is back"):
        for sid in ("One", "Two"):
            if sid in sids(cloud, key):
                daemon.looks(5)
                got = daemon.ctl("restore", "prod", "--adopt", sid, "--yes")
                check(got.status == 0, got)
        check("whether this was done is not known" not in flat(daemon.ctl("status", "prod")), daemon.ctl("status", "prod"))
        daemon.wait_headline("usable")
        rest = [s for s in json.loads(before)["Statement"] if s["Sid"] not in ("One", "Two")]
        check(policy(cloud, key)["Statement"] == rest, policy(cloud, key))


def an_operators_revoke(cloud, daemon, key):
    with case("while an operator's revoke is in force nothing is adopted: restore comes first"):
        add(cloud, key, deny("Another"))
        wait_for(lambda: daemon.phase() == "waiting", "it waits for a person")
        check(daemon.ctl("revoke", "prod", "--keep-grants", "--yes", "--wait").status == 0, daemon.status())
        mark = cloud.mark()
        got = daemon.ctl("restore", "prod", "--adopt", "Another", "--yes")
        check(got.status == 1 and "cmekctl restore comes first" in flat(got), got)
        check("keptOutBy" not in daemon.binding() and not cloud.acts("PutKeyPolicy", mark), daemon.binding())
    with case("after it the other Deny still keeps TiDB Cloud out, and is named; adopted, the clusters come back"):
        check(daemon.ctl("restore", "prod", "--yes").status == 0, daemon.status())
        wait_for(lambda: daemon.binding().get("keptOutBy", {}).get("sid") == "Another", "it is named")
        check(daemon.ctl("restore", "prod", "--adopt", "Another", "--yes", "--wait").status == 0, daemon.status())
        daemon.wait_headline("usable")
        check(states(cloud, "prod") == {"orders": "ACTIVE", "billing": "ACTIVE", "archive": "PAUSED"}, states(cloud, "prod"))


def another_cmekd(cloud, daemon, bench, key):
    with case("the cut of another cmekd: no automatic act; it is named, and adopted"):
        other = bench.daemon(cloud, projects={"prod": {}}).start()
        other.wait_headline("usable")
        check(other.ctl("revoke", "prod", "--keep-grants", "--yes", "--wait").status == 0, other.status())
        wait_for(lambda: daemon.binding()["reason"] == "foreign_cut", "seen as foreign")
        sid = next(s for s in sids(cloud, key) if s and s.startswith("CmekdCut"))
        check(daemon.phase() == "waiting" and sid in flat(daemon.ctl("status", "prod")), daemon.status())
        other.kill()
        mark = cloud.mark()
        got = daemon.ctl("restore", "prod", "--adopt", sid, "--yes", "--wait")
        check(got.status == 0 and sid not in sids(cloud, key), got)
    with case("what the other one paused is left to people"):
        daemon.looks(10)
        check(not cloud.acts("ResumeCluster", mark), cloud.log(mark))
        check(set(states(cloud, "prod").values()) == {"PAUSED"}, states(cloud, "prod"))


def siblings(cloud, daemon, key):
    with case("the cut of another project of this cmekd is not adopted: its own restore removes it"):
        check(daemon.ctl("revoke", "left", "--shared-key", "--keep-grants", "--yes").status == 0, daemon.status("left"))
        wait_for(lambda: daemon.binding("right")["reason"] == "shared_key", "seen as a sibling's")
        sid = next(s for s in sids(cloud, key) if s and s.startswith("CmekdCut"))
        got = daemon.ctl("restore", "right", "--adopt", sid, "--yes")
        check(got.status == 1 and "cmekctl restore left comes first" in flat(got), got)
        check(sid in sids(cloud, key), sids(cloud, key))
        got = daemon.ctl("status", "right")
        check("another project of this cmekd" in flat(got) and "--adopt" not in flat(got), got)
        check(daemon.ctl("restore", "left", "--yes", "--wait").status == 0, daemon.status("left"))


world = World()
world.project("prod", {"orders": "ACTIVE", "billing": "ACTIVE", "archive": "PAUSED"})
both = world.key()
world.project("left", {"l": "ACTIVE"}, keys=[both])
world.project("right", {"r": "ACTIVE"}, keys=[both])
with Bench() as bench:
    cloud = bench.cloud(world)
    daemon = bench.daemon(cloud, settings={"Reaction": "approve"}).start()
    for name in ("prod", "left", "right"):
        daemon.wait_headline("usable", name)
    prod = cloud.arn()
    peoples_deny(cloud, daemon, prod)
    others_too(cloud, daemon, prod)
    killed(cloud, daemon, prod)
    an_operators_revoke(cloud, daemon, prod)
    siblings(cloud, daemon, both)
    another_cmekd(cloud, daemon, bench, prod)
    with case("the ledger verifies"):
        check(daemon.verify().status == 0, daemon.verify())
        daemon.stop()
tap.done()

# SPDX-License-Identifier: Apache-2.0
"""operators: revoke, restore, approve and decline as people type them, and what other people do meanwhile."""
import json
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from harness import Bench, case, check, tap, wait_for
from world import VENDOR, World


def policy(cloud, arn):
    return json.loads(cloud.key_state(arn)["policy"])


def own_statements(cloud, arn):
    return [s for s in policy(cloud, arn)["Statement"] if s.get("Sid", "").startswith("CmekdCut")]


def states(cloud, project):
    number = next(p["id"] for p in cloud.info["projects"] if p["name"] == project)
    return {c["name"]: c["state"] for c in cloud.state()["clusters"] if c["project"] == number}


def flat(got):
    return " ".join((got.out + got.err).split())


def put(cloud, arn, document):
    text = document if isinstance(document, str) else json.dumps(document)
    cloud.key("put-policy", arn, policy=text)


world = World()
world.project("prod", {"orders": "ACTIVE", "billing": "ACTIVE", "archive": "PAUSED"})
west, east = world.key("us-west-2"), world.key("eu-central-1")
world.project("multi", {"here": "ACTIVE", "there": {"region": "eu-central-1"}}, keys=[west, east])
late = world.key(state="Disabled")
world.project("late", {"early": "ACTIVE", "bird": "PAUSED"}, keys=[late])
both = world.key()
world.project("left", {"l": "ACTIVE"}, keys=[both])
world.project("right", {"r": "ACTIVE"}, keys=[both])

with Bench() as bench:
    cloud = bench.cloud(world)
    daemon = bench.daemon(cloud, settings={"GracePeriod": "300ms"}).start()
    prod = cloud.info["keys"][0]
    for name in ("prod", "multi", "left", "right"):
        daemon.wait_headline("usable", name)
    before = states(cloud, "prod")
    original = cloud.key_state(prod)["policy"]

    # ---- revoke, undone by somebody, restore ----

    with case("--dry-run shows the plan and changes nothing"):
        got = daemon.ctl("revoke", "prod", "--dry-run")
        check(got.status == 0 and "orders" in got.out and VENDOR in got.out, got)
        check(daemon.phase() == "none" and cloud.key_state(prod)["policy"] == original, daemon.status())
    with case("without --yes, and nobody to ask, nothing is done"):
        got = daemon.ctl("revoke", "prod")
        check(got.status in (1, 2) and daemon.phase() == "none" and "--yes" in got.err, got)
        check(cloud.key_state(prod)["policy"] == original, "the policy was changed")
    mark = cloud.mark()
    with case("revoke --wait: exit code 0 only when dark"):
        got = daemon.ctl("revoke", "prod", "--wait", "--yes", "--reason", "drill of the quarter")
        check(got.status == 0 and "DARK" in got.out, got)
        check(set(states(cloud, "prod").values()) == {"PAUSED"}, states(cloud, "prod"))
    with case("the policy was changed by adding one Deny statement for the vendor, before anything was paused"):
        added = own_statements(cloud, prod)
        check(len(added) == 1, policy(cloud, prod))
        check(added[0]["Effect"] == "Deny" and added[0]["Action"] == "kms:*", added)
        check(added[0]["Condition"] == {"StringEquals": {"kms:CallerAccount": VENDOR}}, added)
        rest = [s for s in policy(cloud, prod)["Statement"] if s not in added]
        check(rest == json.loads(original)["Statement"], policy(cloud, prod))
        puts, pauses = cloud.acts("PutKeyPolicy", mark), cloud.pauses(mark)
        check(len(puts) == 1 and puts[0]["seq"] < min(e["seq"] for e in pauses), (puts, pauses))
    with case("who asked and why is in the ledger and in the journal"):
        told = daemon.told("revoked")
        check(told["WHO"].startswith("uid="), told)
        text = json.dumps(daemon.ledger())
        check("drill of the quarter" in text and told["WHO"] in text, text)
    with case("an operator's revoke is an open incident: exit code 3 of status"):
        got = daemon.ctl("status", "prod")
        check(got.status == 3 and "DARK" in got.out and "NOT DARK" not in got.out, got)
        check(daemon.binding()["incident"]["causes"] == ["operator"], daemon.binding())
    with case("a second revoke is answered: already"):
        got = daemon.ctl("revoke", "prod", "--yes")
        check("already" in got.out + got.err, got)
    mark = cloud.mark()
    with case("somebody puts the old policy back: revoke_undone is told, no longer dark, nothing is resumed"):
        put(cloud, prod, original)
        told = daemon.told("revoke_undone", PROJECT="prod")
        check(told["PRIORITY"] == "1", told)
        daemon.looks(20)
        status = daemon.status()
        check(status["headline"] != "dark" and status["bindings"][0]["dark"] == "not_cut", status)
        check(any("usable although an operator revoked it" in p for p in status["problems"]), status)
        check(not cloud.acts("ResumeCluster", mark) and not cloud.acts("PutKeyPolicy", mark), cloud.log(mark))
        check(set(states(cloud, "prod").values()) == {"PAUSED"}, states(cloud, "prod"))
        check(len(daemon.notices("revoke_undone", PROJECT="prod")) == 1, daemon.notices("revoke_undone"))
    with case("restore --wait gives back exactly what was taken: exit code 0"):
        got = daemon.ctl("restore", "prod", "--wait", "--yes")
        check(got.status == 0, got)
        check(states(cloud, "prod") == before, states(cloud, "prod"))
        check(json.loads(cloud.key_state(prod)["policy"]) == json.loads(original), cloud.key_state(prod)["policy"])
        check(daemon.ctl("status", "prod").status == 0, daemon.ctl("status", "prod"))

    with case("what others edit in the policy meanwhile stays; only cmekd's statement goes"):
        check(daemon.ctl("revoke", "prod", "--wait", "--yes").status == 0, daemon.status())
        document = policy(cloud, prod)
        extra = {"Sid": "Auditors", "Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:role/audit"},
                 "Action": "kms:DescribeKey", "Resource": "*"}
        document["Statement"].append(extra)
        put(cloud, prod, document)
        daemon.looks(8)
        check(daemon.headline() == "dark", daemon.status())
        check(daemon.ctl("restore", "prod", "--wait", "--yes").status == 0, daemon.status())
        wanted = json.loads(original)
        wanted["Statement"].append(extra)
        check(policy(cloud, prod) == wanted, policy(cloud, prod))
        put(cloud, prod, original)

    with case("a person who resumes a cluster under a revoke is overruled, and it is told"):
        check(daemon.ctl("revoke", "prod", "--wait", "--yes").status == 0, daemon.status())
        mark = cloud.mark()
        cloud.cluster("orders", lost_resume="active")
        cloud.cluster("orders", "resume")
        daemon.told("not_dark", PROJECT="prod")
        wait_for(lambda: cloud.pauses(mark), "paused again")
        daemon.wait_headline("dark")
        cloud.cluster("orders", lost_resume=None)
        check(daemon.notices("cut_ineffective", PROJECT="prod"), "cut_ineffective was not told")
        check(daemon.ctl("restore", "prod", "--wait", "--yes").status == 0, daemon.status())
        check(states(cloud, "prod") == before, states(cloud, "prod"))

    with case("what people paused anew is left alone at restore, and the plan says so; --include resumes it with the rest"):
        check(daemon.ctl("revoke", "prod", "--wait", "--yes").status == 0, daemon.status())
        cloud.cluster("billing", resume_in_ms=3 * 86400000)
        daemon.told("touched", PROJECT="prod")
        got = daemon.ctl("restore", "prod", "--dry-run")
        check("people acted on it; --include resumes it" in " ".join(got.out.split()), got)
        for name, words in (("archive", "never paused"), ("nosuch", "no cluster named nosuch")):
            got = daemon.ctl("restore", "prod", "--include", "billing", "--include", name, "--yes")
            check(got.status == 1 and words in " ".join(got.err.split()), got)
        got = daemon.ctl("restore", "prod", "--include", "billing", "--dry-run")
        check("resume, as you ask" in got.out, got)
        got = daemon.ctl("restore", "prod", "--include", "billing", "--wait", "--yes", "--reason", "asked the team")
        check(got.status == 0, got)
        check(states(cloud, "prod") == before, states(cloud, "prod"))
        [record] = [r for r in daemon.ledger() if r["type"] == "included"]
        check(record["name"] == "billing" and record["note"] == "asked the team" and record["who"], record)
        check(daemon.ctl("restore", "prod", "--include", "billing", "--yes").status == 1, "without an incident")
    with case("--pause-only leaves the key policy alone, and is never called dark"):
        mark = cloud.mark()
        check(daemon.ctl("revoke", "prod", "--pause-only", "--yes").status in (0, 3), daemon.status())
        wait_for(lambda: set(states(cloud, "prod").values()) == {"PAUSED"}, "all are paused")
        daemon.looks(8)
        check(not cloud.acts("PutKeyPolicy", mark), cloud.acts("PutKeyPolicy", mark))
        check(daemon.binding()["dark"] == "not_cut", daemon.binding())
        check("NOT DARK" in daemon.ctl("status", "prod").out, daemon.ctl("status", "prod"))
        check(daemon.ctl("restore", "prod", "--wait", "--yes").status == 0, daemon.status())
        check(states(cloud, "prod") == before, states(cloud, "prod"))

    # ---- cmekd may not change the policy ----

    for why, members, undo in (("without the permission", {"deny_self": ["PutKeyPolicy"]}, {"deny_self": False}),
                               ("when KMS refuses the text", {"lockout": True}, {"lockout": False})):
        with case(f"revoke {why}: says what to apply by hand, and goes on when it sees the change"):
            since = len(daemon.notices("cut_by_hand"))
            cloud.key(None, prod, now=True, **members)
            got = daemon.ctl("revoke", "prod", "--yes")
            check(got.status in (0, 3), got)
            wait_for(lambda: len(daemon.notices("cut_by_hand")) > since, "notice cut_by_hand")
            by_hand = daemon.binding()["incident"]["byHand"]
            daemon.looks(8)
            check(daemon.headline() == "pausing" and before == states(cloud, "prod"), daemon.status())
            statement = json.loads(by_hand[by_hand.index("{"):by_hand.rindex("}") + 1])
            check(statement["Sid"].startswith("CmekdCut") and statement["Effect"] == "Deny", by_hand)
            check(by_hand[by_hand.index("{"):].split("\n")[0] in daemon.ctl("status", "prod").out, by_hand)
            document = json.loads(original)
            document["Statement"].append(statement)
            put(cloud, prod, document)
            daemon.wait_headline("dark")
        with case(f"restore {why}: the same way back"):
            check(daemon.ctl("restore", "prod", "--yes").status in (0, 3), daemon.status())
            wait_for(lambda: daemon.binding()["incident"]["cut"] == "undo_by_hand", "undo_by_hand")
            check(daemon.binding()["incident"]["byHand"], daemon.binding())
            put(cloud, prod, original)
            daemon.wait_headline("usable")
            check(states(cloud, "prod") == before, states(cloud, "prod"))
            cloud.key(None, prod, now=True, **undo)

    # ---- a mistake in VendorAccount= ----

    with case("VendorAccount= is the account that owns the key: nothing is believed of TiDB Cloud, and nobody is shut out"):
        mark = cloud.mark()
        cloud.key(None, prod, now=True, deny_self=["PutKeyPolicy"])
        check(daemon.ctl("revoke", "prod", "--yes").status == 0, daemon.status())
        wait_for(lambda: "Deny" in daemon.binding()["incident"].get("byHand", ""), "how to cut by hand is told")
        daemon.write_project("prod", VendorAccount=prod.split(":")[4])
        daemon.reload()
        daemon.looks(8)
        by_hand = daemon.binding()["incident"]["byHand"]
        check("Leave the key policy as it is" in by_hand and "Deny" not in by_hand, by_hand)
        check(daemon.ctl("restore", "prod", "--yes").status == 0, daemon.status())
        cloud.key(None, prod, now=True, deny_self=False)
        wait_for(lambda: daemon.binding()["incident"]["cut"] == "none", "nothing is left to be undone")
        got = daemon.ctl("status", "prod")
        check(got.status == 3 and "owns the key itself" in flat(got) and daemon.binding()["reason"] == "undecidable", got)
        for words in ([], ["--remove-statements"], ["--pause-first"]):
            got = daemon.ctl("revoke", "prod", "--yes", *words)
            check(got.status == 1 and "would be shut out of it" in flat(got), got)
        check("set VendorAccount=" in flat(daemon.ctl("check", "prod")), daemon.ctl("check", "prod"))
        daemon.looks(8)
        check(not cloud.pauses(mark) and cloud.key_state(prod)["policy"] == original, cloud.pauses(mark))
        daemon.write_project("prod")
        daemon.reload()
        daemon.wait_headline("usable")
        check(states(cloud, "prod") == before, states(cloud, "prod"))

    # ---- one region; independence ----

    with case("revoke PROJECT/REGION touches that region alone"):
        check(daemon.ctl("revoke", "multi/eu-central-1", "--wait", "--yes").status == 0, daemon.status("multi"))
        check(states(cloud, "multi") == {"here": "ACTIVE", "there": "PAUSED"}, states(cloud, "multi"))
        check(not own_statements(cloud, west) and own_statements(cloud, east), (west, east))
        check(daemon.headline("prod") == "usable" and states(cloud, "prod") == before, daemon.status())
        for verb, region in (("revoke", "us-west-2"), ("restore", "eu-central-1")):
            plan = daemon.call("io.cmekd.Plan", {"project": "multi", "verb": verb})["bindings"]
            check([b["region"] for b in plan] == [region], plan)
        check(daemon.ctl("restore", "multi/eu-central-1", "--wait", "--yes").status == 0, daemon.status("multi"))
        check(set(states(cloud, "multi").values()) == {"ACTIVE"}, states(cloud, "multi"))
    with case("what is not revoked is not restored, what is revoked is not revoked again: exit code 1 and why"):
        for words, why in ((("restore", "prod"), "no operator's revoke"), (("revoke", "prod"), "already")):
            if words[0] == "revoke":
                check(daemon.ctl(*words, "--wait", "--yes").status == 0, daemon.status())
            for option in ("--dry-run", "--yes"):
                got = daemon.ctl(*words, option)
                check(got.status == 1 and why in got.err and not got.out, got)
        check(daemon.ctl("restore", "prod", "--wait", "--yes").status == 0, daemon.status())
    with case("an unknown project or region: exit code 1 and its name"):
        for what in ("nosuch", "prod/mars-north-1"):
            got = daemon.ctl("revoke", what, "--yes")
            check(got.status == 1 and what.split("/")[-1] in got.err, got)

    # ---- a person decides ----

    with case("a key that was never seen usable: the loss waits for a person, nothing is paused"):
        wait_for(lambda: daemon.phase("late") == "waiting", "waiting")
        daemon.looks(8)
        status = daemon.status("late")
        check(status["headline"] == "waiting" and not status["bindings"][0]["armed"], status)
        check(states(cloud, "late") == {"early": "ACTIVE", "bird": "PAUSED"}, states(cloud, "late"))
        got = daemon.ctl("status", "late")
        check(got.status == 3 and "cmekctl approve late#" in got.out, got)
    number = daemon.binding("late")["incident"]["id"]
    with case("approve with another plan than the one in force is refused"):
        try:
            daemon.call("io.cmekd.Approve", {"project": "late", "incident": number, "plan": "0123456789abcdef"})
            check(False, "it was taken")
        except Exception as e:
            check("plan_changed" in str(e), str(e))
        check(states(cloud, "late")["early"] == "ACTIVE", states(cloud, "late"))
    with case("an incident that does not exist: exit code 1"):
        got = daemon.ctl("approve", "late#99", "--yes")
        check(got.status == 1 and "99" in got.err + got.out, got)
    with case("decline: nothing is paused, the incident stays to be seen"):
        check(daemon.ctl("decline", f"late#{number}").status == 0, daemon.status("late"))
        wait_for(lambda: daemon.phase("late") == "declined", "declined")
        daemon.looks(8)
        check(states(cloud, "late") == {"early": "ACTIVE", "bird": "PAUSED"}, states(cloud, "late"))
    with case("the key becomes usable: the declined incident is closed, the binding armed"):
        cloud.key("enable", late)
        daemon.wait_headline("usable", "late")
        check(daemon.binding("late")["armed"], daemon.binding("late"))
    with case("a key pending deletion waits for approve although armed; approve pauses"):
        cloud.key("schedule-deletion", late)
        wait_for(lambda: daemon.phase("late") == "waiting", "waiting")
        check("cancel-key-deletion" in " ".join(daemon.ctl("status", "late").out.split()), daemon.ctl("status", "late"))
        daemon.looks(8)
        check(states(cloud, "late")["early"] == "ACTIVE", states(cloud, "late"))
        number = daemon.binding("late")["incident"]["id"]
        got = daemon.ctl("approve", f"late#{number}", "--yes")
        check(got.status in (0, 3), got)
        daemon.wait_headline("dark", "late")
        check(states(cloud, "late") == {"early": "PAUSED", "bird": "PAUSED"}, states(cloud, "late"))
    with case("deletion cancelled and key enabled: what was paused runs again, what people had paused does not"):
        cloud.key("cancel-deletion", late)
        cloud.key("enable", late)
        daemon.wait_headline("usable", "late")
        check(states(cloud, "late") == {"early": "ACTIVE", "bird": "PAUSED"}, states(cloud, "late"))

    # ---- automatic acts off for maintenance ----

    with case("suspend wants a time"):
        got = daemon.ctl("suspend", "late")
        check(got.status == 2 and "--for" in got.err, got)
    with case("suspended: status says so at a glance, a loss waits for a person"):
        mark = len(daemon.notices(PROJECT="late"))
        got = daemon.ctl("suspend", "late", "--for", "1h", "--reason", "new key policy")
        check(got.status == 0 and "unsuspend late" in got.out + got.err, got)
        got = daemon.ctl("status", "late")
        check(got.status == 3 and "SUSPENDED" in got.out and "unsuspend late" in " ".join(got.out.split()), got)
        cloud.key("disable", late)
        wait_for(lambda: daemon.phase("late") == "waiting", "waiting")
        daemon.looks(8)
        check(states(cloud, "late")["early"] == "ACTIVE", states(cloud, "late"))
    with case("the end of the time may be set anew; then the loss is believed anew, and grace runs"):
        check(daemon.ctl("suspend", "late", "--for", "2s").status == 0, daemon.status("late"))
        daemon.wait_headline("dark", "late")
        told = [n["NOTICE"] for n in daemon.notices(PROJECT="late")][mark:]
        wanted = ["suspended", "needs_approval", "suspended", "unsuspended", "grace", "pausing", "dark"]
        check([n for n in told if n in wanted] == wanted, told)
    with case("access comes back while the project is suspended: nothing is resumed before unsuspend"):
        check(daemon.ctl("suspend", "late", "--for", "1h").status == 0, daemon.status("late"))
        cloud.key("enable", late)
        wait_for(lambda: daemon.phase("late") == "proving", "proving")
        daemon.looks(12)
        check(states(cloud, "late")["early"] == "PAUSED", states(cloud, "late"))
        got = daemon.ctl("status", "late")
        check("nothing is resumed while the project is suspended" in " ".join(got.out.split()), got)
        check(daemon.ctl("unsuspend", "late").status == 0, daemon.status("late"))
        daemon.wait_headline("usable", "late")
        check(states(cloud, "late") == {"early": "ACTIVE", "bird": "PAUSED"}, states(cloud, "late"))
        got = daemon.ctl("unsuspend", "late")
        check(got.status == 1 and "not suspended" in got.err, got)

    # ---- a key that two projects share ----

    with case("a shared key: revoke names the other project and is refused without --shared-key"):
        got = daemon.ctl("revoke", "left", "--yes")
        check(got.status != 0 and "right" in got.err + got.out and "--shared-key" in got.err + got.out, got)
        check(daemon.phase("left") == "none" and not own_statements(cloud, both), daemon.status("left"))
    with case("with --shared-key: that project goes dark, the other waits for a person"):
        got = daemon.ctl("revoke", "left", "--shared-key", "--wait", "--yes")
        check(got.status == 0, got)
        wait_for(lambda: daemon.phase("right") == "waiting", "the other waits")
        check(daemon.binding("right")["reason"] == "shared_key", daemon.binding("right"))
        daemon.looks(8)
        check(states(cloud, "left") == {"l": "PAUSED"} and states(cloud, "right") == {"r": "ACTIVE"},
              states(cloud, "right"))
    with case("restore: both are usable again"):
        check(daemon.ctl("restore", "left", "--wait", "--yes").status == 0, daemon.status("left"))
        daemon.wait_headline("usable", "right")
        check(not own_statements(cloud, both) and states(cloud, "left") == {"l": "ACTIVE"}, states(cloud, "left"))

    with case("every ledger verifies"):
        for name in ("prod", "multi", "late", "left", "right"):
            check(daemon.verify(name).status == 0, daemon.verify(name))
    daemon.stop()
tap.done()

# SPDX-License-Identifier: Apache-2.0
"""permissions: cmekd with the IAM documents of etc/aws and nothing else, before a stand-in that refuses what they do not grant:
to watch, iam-watch.json is enough for everything that cmekd does by itself; a revoke then prints what a person has to do, and goes
on when that is done; with iam-operate.json each permission is used. And by which role of an API key of TiDB Cloud."""
import json
import os
import re
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from harness import SRC, Bench, case, check, tap, together, wait_for
from world import ACCESS_KEY, API_KEY, World



def document(arns, *names):
    """The documents as a person fills them in, all in one: IAM adds up what is attached to a role."""
    statements = []
    for name in names:
        with open(os.path.join(SRC, "etc", "aws", f"iam-{name}.json"), encoding="utf-8") as f:
            text = f.read()
        for s in json.loads(text)["Statement"]:
            if isinstance(s["Resource"], list):
                s["Resource"] = [a for a in arns if a.split(":")[2] == s["Resource"][0].split(":")[2]]
            statements.append(s)
    return json.dumps({"Version": "2012-10-17", "Statement": statements})


def flat(got):
    return " ".join((got.out + got.err).split())


class Desk:
    """A cloud whose EBS leaves its grants, and a daemon that looks with the documents that are named."""

    def __init__(self, bench, *names, queue=False, **settings):
        world = World(grants_outlive_pause=True, events_ms=200 if queue else -1)
        world.project("prod", {"orders": "ACTIVE", "billing": "ACTIVE", "archive": "PAUSED"})
        if queue:
            world.queue()
        self.cloud = bench.cloud(world)
        self.arns = self.cloud.info["keys"] + self.cloud.info["queues"]
        self.grant(*names)
        self.daemon = bench.daemon(self.cloud, settings=settings,
                                   aws={"HintQueue": self.cloud.info["queues"][0]} if queue else None).start()
        self.good = json.loads(self.cloud.key_state()["policy"])

    def grant(self, *names):
        self.cloud.call("/admin/access-key", {"access_key": ACCESS_KEY, "iam_policy": document(self.arns, *names)})

    def states(self):
        return {c["name"]: c["state"] for c in self.cloud.state()["clusters"]}

    def denied(self, since=0):
        """What was asked for and not permitted, at KMS and SQS."""
        return sorted({e["op"] for e in self.cloud.log(since) if e["service"] in ("kms", "sqs") and e["status"] in (400, 403)})

    def asked(self, service="kms"):
        return {e["op"] for e in self.cloud.log(service=service)}

    def put(self, policy):
        self.cloud.key("put-policy", policy=json.dumps(policy), now=True)


def watch(bench):
    desk = Desk(bench, "watch")
    daemon, cloud = desk.daemon, desk.cloud
    with case("iam-watch.json: a key is judged, armed, and its rotation shown"):
        daemon.wait_headline("usable")
        check(daemon.binding()["armed"], daemon.binding())
        needed = {"DescribeKey", "GetKeyPolicy", "GetKeyRotationStatus", "ListKeyRotations"}
        wait_for(lambda: needed <= desk.asked(), f"{needed} are asked for")
        wait_for(lambda: "365" in daemon.ctl("rotation", "prod").out, "the rotation is known")
        for words in (("rotation", "prod"), ("explain", "prod"), ("status", "prod"), ("credentials", "prod")):
            got = daemon.ctl(*words)
            check(got.status == 0 and "AccessDenied" not in got.out and "kms:List" not in got.out, got)
    with case("iam-watch.json: a loss leads to dark, and access that is back to running clusters, as with any"):
        cloud.key("vendor-out")
        daemon.wait_headline("dark")
        wait_for(lambda: daemon.binding().get("grantsAlive") is not None, "the grants are counted")
        check("ListGrants" in desk.asked(), desk.asked())
        cloud.key("policy-undo")
        daemon.wait_headline("usable")
        check(desk.states() == {"orders": "ACTIVE", "billing": "ACTIVE", "archive": "PAUSED"}, desk.states())
    with case("nothing was asked for that it does not grant"):
        check(desk.denied() == [], desk.denied())
    with case("iam-watch.json: a revoke prints the statement to add, and changes nothing"):
        got = daemon.ctl("revoke", "prod", "--yes")
        check(got.status == 0, got)
        told = daemon.told("cut_by_hand")
        check("kms:PutKeyPolicy" in told["MESSAGE"] or "may not" in told["MESSAGE"], told)
        wait_for(lambda: daemon.binding()["incident"].get("byHand"), "by hand")
        printed = daemon.ctl("status", "prod")
        check(printed.status == 3 and "NOT DARK" in printed.out and '"Effect": "Deny"' in printed.out.replace('":"', '": "'), printed)
        check(json.loads(cloud.key_state()["policy"]) == desk.good and not cloud.log(op="PutKeyPolicy", effect=True), "unchanged")
        check(set(desk.states().values()) == {"ACTIVE", "PAUSED"}, desk.states())
    with case("added by a person as it is printed, it leads to dark; the grants are left, and how to revoke them is printed"):
        lines = printed.out.splitlines()
        first = next(i for i, l in enumerate(lines) if l.strip().startswith("{"))
        text = "".join(l.strip() for l in lines[first:])
        statement = json.JSONDecoder().raw_decode(text)[0]
        desk.put({**desk.good, "Statement": desk.good["Statement"] + [statement]})
        daemon.wait_headline("dark")
        daemon.told("grants_by_hand")
        got = daemon.ctl("status", "prod")
        check("aws kms revoke-grant" in got.out and "kms:RevokeGrant" in flat(got), got)
        check(desk.cloud.key_state()["grants"], "the grants were revoked")
    with case("a restore prints what to remove; removed by a person, the same clusters run again"):
        check(daemon.ctl("restore", "prod", "--yes").status == 0, daemon.status())
        wait_for(lambda: statement["Sid"] in daemon.ctl("status", "prod").out, "status names the statement")
        check(desk.states()["orders"] == "PAUSED", desk.states())
        desk.put(desk.good)
        daemon.wait_headline("usable")
        check(desk.states() == {"orders": "ACTIVE", "billing": "ACTIVE", "archive": "PAUSED"}, desk.states())
    with case("what was refused are the two changes, and nothing else"):
        check(desk.denied() == ["PutKeyPolicy", "RevokeGrant"], desk.denied())
    with case("other changes are refused in words, with the permission that they need"):
        got = daemon.ctl("rotation", "enable", "prod")
        check(got.status == 1 and "not permitted" in flat(got) and "EnableKeyRotation" in flat(got), got)
        got = daemon.ctl("revoke", "prod", "--disable-key", "--yes")
        check(got.status == 0, got)
        wait_for(lambda: "aws kms disable-key" in daemon.ctl("status", "prod").out, "how to disable it by hand is printed")
        check(daemon.ctl("restore", "prod", "--yes").status == 0, daemon.status())
        daemon.wait_headline("usable")
    daemon.stop()


def operate(bench):
    desk = Desk(bench, "operate")
    daemon, cloud = desk.daemon, desk.cloud
    daemon.wait_headline("usable")
    with case("iam-operate.json: revoke to dark, the grants revoked, and restore, by one command each"):
        check(daemon.ctl("revoke", "prod", "--yes", "--wait").status == 0, daemon.status())
        wait_for(lambda: daemon.binding()["grantsAlive"] == 0, "no grant is alive")
        check(daemon.ctl("restore", "prod", "--yes", "--wait").status == 0, daemon.status())
        check(json.loads(cloud.key_state()["policy"]) == desk.good, "the policy is as it was")
        check(desk.states() == {"orders": "ACTIVE", "billing": "ACTIVE", "archive": "PAUSED"}, desk.states())
    with case("iam-operate.json: revoke --disable-key and --remove-statements, and restore"):
        for way in ("--disable-key", "--remove-statements"):
            check(daemon.ctl("revoke", "prod", way, "--yes", "--wait", "--accept-loss").status == 0, (way, daemon.status()))
            check(daemon.ctl("restore", "prod", "--yes", "--wait").status == 0, (way, daemon.status()))
    with case("iam-operate.json: rotation, and a deletion that is cancelled"):
        for words in (("rotation", "enable", "prod"), ("rotation", "now", "prod", "--yes")):
            got = daemon.ctl(*words)
            check(got.status == 0, got)
        cloud.key("schedule-deletion", now=True)
        wait_for(lambda: daemon.phase() == "waiting", "pending deletion")
        got = daemon.ctl("key", "cancel-deletion", "prod", "--yes")
        check(got.status == 0 and cloud.key_state()["state"] == "Enabled", got)
        daemon.wait_headline("usable")
    with case("nothing was refused, and each permission of the document was used"):
        check(desk.denied() == [], desk.denied())
        granted = set(re.findall(r'"kms:(\w+)"', document(desk.arns, "operate"))) - {"BypassPolicyLockoutSafetyCheck"}
        check(desk.asked() == granted, (sorted(desk.asked()), sorted(granted)))
    daemon.stop()


def hints(bench):
    desk = Desk(bench, "watch", "hints", queue=True, Reaction="observe")
    daemon, cloud = desk.daemon, desk.cloud
    with case("iam-hints.json beside iam-watch.json: a queue is read, and emptied"):
        daemon.wait_headline("usable")
        cloud.key("disable")
        wait_for(lambda: daemon.binding()["verdict"] == "lost", "lost")
        wait_for(lambda: cloud.queue_state()["deleted"] > 0, "the event is deleted")
        check(desk.denied() == [] and desk.asked("sqs") == {"ReceiveMessage", "DeleteMessageBatch"}, (desk.denied(), desk.asked("sqs")))
    with case("without it: told once, and the key is watched all the same"):
        desk.grant("watch")
        daemon.told("hints_failed")
        cloud.key("enable")
        wait_for(lambda: daemon.binding()["verdict"] == "usable", "usable")
        check(desk.denied() == ["ReceiveMessage"], desk.denied())
    with case("a role that may nothing at all: cmekd says that it cannot see, and pauses nobody"):
        desk.grant()
        daemon.told("self_denied")
        check(not cloud.pauses() and daemon.binding()["verdict"] != "lost", daemon.binding())
    daemon.stop()


def roles(bench):
    """Of API keys of TiDB Cloud, as the stand-in takes them: owners act, an owner of the organization creates projects."""
    desk = Desk(bench, "operate", Reaction="observe")
    daemon, cloud = desk.daemon, desk.cloud

    def role(name):
        cloud.call("/admin/api-key", {"public": API_KEY, "role": name})
        return cloud.mark()

    def forbidden(since):
        return sorted({e["op"] for e in cloud.log(since, status=403)})

    with case("Project Viewer: watching is all that works; a refused pause tells it, and check names the role that is needed"):
        mark = role("project:ctl_plane_viewer")
        daemon.wait_headline("usable")
        daemon.looks(6)
        check(daemon.ctl("check", "prod").status == 0 and forbidden(mark) == [], forbidden(mark))
        check(daemon.ctl("revoke", "prod", "--yes").status == 0, daemon.status())
        told = daemon.told("pause_refused")
        check("no permission" in told["MESSAGE"], told)
        wait_for(lambda: "no permission" in flat(daemon.ctl("status", "prod")), "status says why it is not dark")
        check("NOT DARK" in daemon.ctl("status", "prod").out and "Project Owner" in flat(daemon.ctl("check", "prod")),
              daemon.ctl("check", "prod"))
        check(set(forbidden(mark)) == {"PauseCluster"}, forbidden(mark))
    with case("Project Owner: all of the daily work, a revoke and its restore"):
        mark = role("project:owner")
        daemon.wait_headline("dark")
        check(daemon.ctl("restore", "prod", "--yes", "--wait").status == 0, daemon.status())
        daemon.ctl("drill", "prod", "--live", "orders", "--yes")
        check(cloud.clusters()["orders"]["state"] == "ACTIVE" and forbidden(mark) == [], forbidden(mark))
    with case("Project Owner creates no project, and is told who does; Organization Owner does"):
        got = daemon.ctl("project", "create", "shop", "--yes")
        check(got.status == 1 and "Organization Owner" in flat(got), got)
        role("org:owner")
        check(daemon.ctl("project", "create", "shop", "--yes").status == 0, "created")
    daemon.stop()


with Bench() as bench:
    together(lambda: watch(bench), lambda: operate(bench), lambda: hints(bench), lambda: roles(bench))
tap.done()

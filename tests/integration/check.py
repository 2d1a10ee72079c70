# SPDX-License-Identifier: Apache-2.0
"""check: each limit and requirement as a line; the world is turned, and the fitting line and exit code follow."""
import json
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from harness import Bench, case, check, tap, wait_for
from world import ACCESS_KEY, VENDOR, World

# What no reading of a quiet project tells.
UNKNOWN = {"providers", "backup_settings", "migration", "pause_right", "other_policies", "grants", "own_change"}


class Turned:
    """A daemon of a quiet world, and what it answers to Check."""

    def __init__(self, daemon):
        self.daemon = daemon

    def lines(self, project="prod"):
        got = self.daemon.ctl("check", project, "--json")
        lines = got.json()["projects"][0]["checks"]
        bad = [line for line in lines if line["result"] == "problem"]
        check(got.status == (3 if bad else 0), got)
        check(all(line.get("remedy") for line in lines if line["result"] != "ok"), lines)
        return lines

    def line(self, name, project="prod", subject=None):
        return next(line for line in self.lines(project)
                    if line["check"] == name and subject in (None, line["subject"]))

    def problems(self, project="prod"):
        return {line["check"] for line in self.lines(project) if line["result"] == "problem"}

    def finds(self, name, result, words, subject=None):
        """Waits for it."""
        def there():
            line = self.line(name, subject=subject)
            return line if line["result"] == result and words in line["found"] else None
        try:
            return wait_for(there, f"{name} is {result}: {words}")
        except AssertionError as e:
            raise AssertionError(f"{e}, but {self.line(name, subject=subject)}") from None

    def quiet(self):
        try:
            wait_for(lambda: not self.problems(), "no problem")
        except AssertionError as e:
            raise AssertionError(f"{e}, but " + repr([x for x in self.lines() if x["result"] == "problem"])) from None


world = World()
world.project("prod", {"orders": "ACTIVE", "billing": "ACTIVE", "archive": "PAUSED"})
world.project("twin", {"t": "ACTIVE"})

with Bench() as bench:
    cloud = bench.cloud(world)
    # A loss is not acted on: what is checked is what the daemon sees. What TiDB Cloud is asked rarely is asked often.
    daemon = bench.daemon(cloud, settings={"Reaction": "observe", "RotationInterval": "1s"})
    daemon.start()
    turned = Turned(daemon)
    for name in ("prod", "twin"):
        daemon.wait_headline("usable", name)
    with case("a healthy project has no problem: exit code 0, and what cannot be known is called so"):
        turned.quiet()
        wait_for(lambda: {x["check"] for x in turned.lines() if x["result"] == "unknown"} == UNKNOWN, "the rest is ok")
        got = daemon.ctl("check", "prod")
        check(got.status == 0 and " 0 problems, 7 cannot be known" in got.out and VENDOR in got.out, got)
        check([x["subject"] for x in turned.lines() if x["check"] == "pause"] == ["orders", "billing", "archive"],
              turned.lines())
    with case("without a name: all projects, one after the other; nothing is asked of a cloud"):
        before = len(cloud.log(op="ListBackups"))
        got = daemon.ctl("check")
        check(len(cloud.log(op="ListBackups")) == before, got)
        check(got.status == 0 and got.out.index("\nprod: ") < got.out.index("\ntwin: "), got)
        check([p["name"] for p in daemon.ctl("check", "--json").json()["projects"]] == ["prod", "twin"], got)
    with case("a project that there is not: exit code 1, and the close name"):
        got = daemon.ctl("check", "prdo")
        check(got.status == 1 and "did you mean prod" in got.err, got)

    with case("the key is disabled: its state is a problem, and so is the incident"):
        cloud.key("disable")
        turned.finds("key_state", "problem", "Disabled")
        turned.finds("sight", "ok", "lost")
        got = daemon.ctl("check", "prod")
        check(got.status == 3 and "PROBLEM  key state" in got.out and "enable the key in AWS KMS" in got.out, got)
        check("incident" in turned.problems() and not turned.problems("twin"), turned.problems())
        check(daemon.ctl("check").status == 3, "one of two projects has a problem")
        cloud.key("enable")
        turned.quiet()
    with case("the S3 statement is taken out of the key policy: named, with its actions; ebs is still ok"):
        whole = cloud.key_state()["policy"]
        document = json.loads(whole)
        document["Statement"] = [s for s in document["Statement"] if s["Principal"] != {"AWS": f"arn:aws:iam::{VENDOR}:root"}]
        check(len(document["Statement"]) + 1 == len(json.loads(whole)["Statement"]), document)
        cloud.key("put-policy", policy=json.dumps(document))
        line = turned.finds("policy_s3", "problem", "kms:Decrypt, kms:GenerateDataKey")
        check(VENDOR in line["found"] and turned.line("policy_ebs")["result"] == "ok", line)
        cloud.key("put-policy", policy=whole)
        turned.quiet()
    with case("rotation is off"):
        cloud.key(rotation_enabled=False)
        line = turned.finds("rotation", "problem", "off")
        check(line["remedy"] == "cmekctl rotation enable prod" and turned.problems() == {"rotation"}, (line, turned.problems()))
        cloud.key(rotation_enabled=True)
        turned.quiet()
    with case("a multi-Region key: what its replicas may decrypt cannot be known, and the plan of a revoke says so"):
        planned = daemon.ctl("revoke", "prod", "--dry-run")
        check(planned.status == 0 and "Replicas" not in planned.out, planned)
        cloud.key(multi_region=True)
        line = turned.finds("replicas", "unknown", "its replicas in other regions decrypt the same data")
        check("aws kms describe-key --key-id arn:" in line["remedy"], line)
        planned = daemon.ctl("revoke", "prod", "--dry-run")
        check(planned.status == 0 and "Replicas" in planned.out and "neither watches nor changes" in " ".join(planned.out.split()), planned)
        binding = daemon.binding()
        check("neither watches nor changes" in binding["replicasText"] and "Replicas" not in daemon.ctl("status", "prod").out, binding)
        cloud.key(multi_region=False)
        turned.finds("replicas", "ok", "in one region only")
    with case("a cluster that imports could not be paused now; the others could"):
        cloud.cluster("orders", state="IMPORTING")
        turned.finds("pause", "problem", "busy", subject="orders")
        check(turned.line("pause", subject="billing")["result"] == "ok", turned.lines())
        cloud.cluster("orders", state="ACTIVE")
        turned.quiet()
    with case("what runs on a cluster is read from both APIs: each blocks a pause, and its end is seen"):
        cloud.cluster("orders", blockers={"changefeed": True, "backup": True, "pitr": True})
        turned.finds("jobs", "problem", "1 backup (orders-4: RUNNING)", subject="orders")
        line = turned.finds("jobs", "problem", "1 changefeed (orders-now: RUNNING)", subject="orders")
        check("delete each changefeed" in line["remedy"] and "import" not in line["found"], line)
        check(turned.line("jobs", subject="billing")["result"] == "ok", turned.lines())
        check(not [x for x in turned.lines() if x["check"] == "jobs" and x["subject"] == "archive"], "it is paused already")
        cloud.cluster("orders", blockers={})
        turned.quiet()
    with case("a list that cannot be read is not called empty"):
        cloud.fault("dedicated", "status", op="ListChangefeeds", status=403)
        turned.finds("jobs", "unknown", "changefeeds cannot be read (denied", subject="orders")
        cloud.clear_faults()
        turned.finds("jobs", "ok", "no import, backup or changefeed", subject="orders")
    with case("a cluster in a region without a key"):
        number = cloud.info["projects"][0]["id"]
        made = cloud.call("/admin/cluster", {"action": "create", "project": number, "region": "eu-central-1",
                                             "name": "stray"})["id"]
        turned.finds("cluster_regions", "problem", "stray in eu-central-1")
        cloud.call("/admin/cluster", {"id": made, "action": "delete"})
        turned.quiet()
    with case("cmekd may not read the key: its own right is a problem, and nothing of the policy is called ok"):
        cloud.key(deny_self=["GetKeyPolicy"], now=True)
        turned.finds("own_read", "problem", "denies it to cmekd")
        check(turned.line("policy_ebs")["result"] == turned.line("policy_s3")["result"] == "unknown", turned.lines())
        cloud.key(deny_self=False, now=True)
        turned.quiet()
    with case("a policy that could not be put again is told before it is changed"):
        document = json.loads(whole)
        document["Statement"].append({"Sid": "Left", "Effect": "Allow", "Principal": {"AWS": "AIDACMEKDTEST00000001"},
                                      "Action": "kms:DescribeKey", "Resource": "*"})
        cloud.key("put-policy", policy=json.dumps(document))
        turned.finds("put_back", "problem", "AIDACMEKDTEST00000001")
        cloud.key("put-policy", policy=whole)
        turned.quiet()
    with case("an operator suspends automatic acts"):
        check(daemon.ctl("suspend", "prod", "--for", "1h").status == 0, "suspend")
        turned.finds("reaction", "problem", "suspended")
        check(daemon.ctl("unsuspend", "prod").status == 0, "unsuspend")
        turned.quiet()
    with case("AWS credentials expire: a problem, and what they no longer tell is unknown, not ok"):
        cloud.call("/admin/access-key", {"access_key": ACCESS_KEY, "expired": True})
        turned.finds("aws_credentials", "problem", "AWS refused them")
        for name in ("key_state", "policy_ebs", "policy_s3", "own_read"):
            check(turned.line(name)["result"] == "unknown", turned.line(name))
        cloud.call("/admin/access-key", {"access_key": ACCESS_KEY, "expired": False})
        turned.quiet()
    with case("TiDB Cloud's setting names another key: told, and the old key stays watched"):
        other = cloud.arn().replace("12ab", "99ff")
        cloud.call("/admin/project", {"id": number, "cmek": [{"region": "us-west-2", "kms_arn": other}]})
        line = turned.finds("setting", "problem", "names another key")
        check(cloud.arn() in line["found"], line)
        cloud.call("/admin/project", {"id": number, "cmek": [{"region": "us-west-2", "kms_arn": cloud.arn()}]})
        turned.quiet()
    with case("a file that cannot be read: the project is not watched, and that is all that is known"):
        daemon.stop()
        daemon.write_project("twin", VendorAccount="twelve")
        daemon.start()
        lines = turned.lines("twin")
        check(len(lines) == 1 and lines[0]["check"] == "configuration" and lines[0]["result"] == "problem", lines)
    with case("checked by itself: what has become a problem is told once, with its name; what there was at the start is not"):
        daemon.stop()
        daemon.write_project("twin")
        daemon.write_config(Daemon={"CheckInterval": "1s"})
        mark = len(daemon.notices("check_worse"))
        cloud.cluster("billing", blockers={"changefeed": True})
        daemon.start()
        for name in ("prod", "twin"):
            daemon.told("checked", PROJECT=name)
        cloud.key(rotation_enabled=False)
        daemon.told("check_worse")
        worse = daemon.notices("check_worse")[mark:]
        check(worse[0]["PROJECT"] == "prod" and "rotation of us-west-2" in worse[0]["MESSAGE"], worse)
        check("billing" not in worse[0]["MESSAGE"], worse)
        made = len(daemon.notices("checked", PROJECT="prod"))
        wait_for(lambda: len(daemon.notices("checked", PROJECT="prod")) > made + 1, "two more")
        check(sum("rotation" in w["MESSAGE"] for w in daemon.notices("check_worse")[mark:]) == 1, worse)
        check("running jobs of billing" in daemon.notices("checked", PROJECT="prod")[-1]["MESSAGE"], daemon.notices("checked"))
    with case("checking does nothing: no cluster was paused, no policy put"):
        check(not cloud.pauses() and not cloud.acts("PutKeyPolicy"), cloud.pauses())
tap.done()

# SPDX-License-Identifier: Apache-2.0
"""drill: a revoke is rehearsed: what is read now decides, nothing is changed, and the ledger keeps that it was done."""
import hashlib
import os
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from harness import CMEKCTL, Bench, case, check, tap, together, wait_for
from world import World


def drill(daemon, target="prod", *words):
    got = daemon.ctl("drill", target, *words, "--json")
    d = got.json()["drill"]
    check(got.status == (3 if d["problems"] else 0), got)
    check(d["problems"] == sum(x["result"] == "problem" for x in d["checks"]), d)
    return d


def line(d, name, subject=None):
    return next(x for x in d["checks"] if x["check"] == name and subject in (None, x["subject"]))


def problems(d):
    return {(x["check"], x["subject"]) for x in d["checks"] if x["result"] == "problem"}


world = World()
west, east = world.key(), world.key("eu-central-1")
world.project("prod", {"orders": "ACTIVE", "billing": "ACTIVE", "archive": "PAUSED",
                       "east": {"state": "ACTIVE", "region": "eu-central-1"}}, keys=[west, east])

with Bench() as bench:
    cloud = bench.cloud(world)
    # What is read rarely is not read by chance while a drill is under way.
    daemon = bench.daemon(cloud, settings={"Reaction": "observe", "ClustersInterval": "1h"})
    daemon.start()
    daemon.wait_headline("usable")
    with case("nothing is in the way: each cluster is read by its id, and the key now; exit code 0"):
        mark = cloud.mark()
        d = drill(daemon, "prod", "--reason", "quarterly")
        read = {e["subject"] for e in cloud.log(mark, op="GetCluster")}
        check(read == {cloud.cluster_id(n) for n in ("orders", "billing", "archive", "east")}, read)
        for op in ("DescribeKey", "GetKeyPolicy", "ListGrants", "ListClusters", "ListImports", "ListBackups", "ListChangefeeds"):
            check(cloud.log(mark, op=op), op)
        check(not problems(d) and line(d, "drill_cluster", "archive")["found"].startswith("PAUSED"), d)
        check(line(d, "drill_time")["found"].startswith("clusters to pause: 3, by 6 requests"), d)
    with case("its record: who, why, how many problems, and the digest of the lines"):
        record = [r for r in daemon.ledger() if r["type"] == "drill"][-1]
        text = "".join("\t".join(x[k] for k in ("check", "subject", "result", "found")) + "\n" for x in d["checks"])
        check(record["report"] == d["report"] == hashlib.sha256(text.encode()).hexdigest(), (record, d["report"]))
        check(record["count"] == 0 and record["region"] is None and record["note"] == "quarterly", record)
        check(record["who"].startswith("uid="), record)
        check(daemon.verify().status == 0, "the ledger")
    with case("of one region: the other is not asked about"):
        d = drill(daemon, "prod/eu-central-1")
        check({x["subject"] for x in d["checks"] if x["of"] != "project"} == {"eu-central-1", "east"}, d)
        check([r for r in daemon.ledger() if r["type"] == "drill"][-1]["region"] == "eu-central-1", "the record")
    with case("what is in the way is found now, not when it was last read: exit code 3"):
        cloud.cluster("billing", state="MODIFYING", blockers={})
        cloud.cluster("orders", blockers={"changefeed": True})
        wait_for(lambda: problems(drill(daemon, "prod/us-west-2")) == {("drill_cluster", "billing"), ("jobs", "orders")},
                 "both, and nothing else")
        got = daemon.ctl("drill", "prod/us-west-2")
        check(got.status == 3 and "MODIFYING" in got.out and "Not ready for a revoke: see the problems above." in got.out, got)
        cloud.cluster("billing", state="ACTIVE")
        cloud.cluster("orders", blockers={})
    with case("a key whose policy cmekd could not change, and grants that it may not list"):
        cloud.key(deny_self=["ListGrants"], arn=west, now=True)
        d = drill(daemon)
        check(line(d, "drill_grants", "us-west-2")["result"] == "unknown", d)
        check(line(d, "drill_grants", "eu-central-1")["result"] == "ok", d)
        cloud.key(deny_self=False, arn=west, now=True)
    with case("TiDB Cloud does not list the clusters: nobody could see them dark"):
        cloud.fault("tidb", "status", op="ListClusters", status=403)
        d = drill(daemon)
        check(line(d, "drill_list")["result"] == "problem" and "denied" in line(d, "drill_list")["found"], d)
        check(line(d, "drill_cluster", "orders")["result"] == "problem", d)
        cloud.clear_faults()
    with case("one at a time; and of what there is not, none"):
        cloud.fault("dedicated", "latency", op="ListClusters", ms=1500)
        both = []
        together(*[lambda: both.append(daemon.ctl("drill", "prod").status)] * 2)
        check(sorted(both) == [0, 1], both)
        cloud.clear_faults()
        check("did you mean prod" in daemon.ctl("drill", "prdo").err, "a close name")
        check(daemon.ctl("drill", "prod/us-east-1").status == 1, "a region without a key")
        check(daemon.ctl("drill").status == 2, "without a name")
    with case("a client that leaves: the next one finds it ended; then one goes on as ever"):
        cloud.fault("dedicated", "latency", op="ListClusters", ms=1500, count=1)
        mark = cloud.mark()
        left = subprocess.Popen([CMEKCTL, "drill", "prod", "--socket", daemon.socket], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        wait_for(lambda: cloud.log(mark, op="ListClusters"), "it is under way")
        left.kill()
        left.wait()
        wait_for(lambda: daemon.ctl("drill", "prod").status == 0, "another one")
    with case("nothing was changed: no pause, no policy put, no incident"):
        check(not cloud.pauses() and not cloud.acts("PutKeyPolicy"), cloud.pauses())
        check(not any(r["type"].startswith(("incident", "cut")) for r in daemon.ledger()), daemon.ledger())
    with case("where a revoke is in force there is nothing to rehearse"):
        check(daemon.ctl("revoke", "prod", "--yes", "--pause-only").status == 0, "revoke")
        got = daemon.ctl("drill", "prod")
        check(got.status == 1 and "nothing to rehearse" in got.err, got)
tap.done()

# SPDX-License-Identifier: Apache-2.0
"""clusters: what [Cluster NAME] says of single ones, as an operator writes, sees and changes it."""
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import varlink
from harness import TIME_FACTOR, Bench, case, check, tap, wait_for
from world import API_KEY, World

world = World()
world.project("prod", {"base": "ACTIVE", "front": "ACTIVE", "web": "ACTIVE"})
world.project("care", {"one": "ACTIVE", "two": "ACTIVE"}, keys=[world.key()])


def states(cloud):
    return {c["name"]: c["state"] for c in cloud.state()["clusters"]}


with Bench() as bench:
    cloud = bench.cloud(world)
    daemon = bench.daemon(cloud, settings={"GracePeriod": "300ms"}).start()
    for name in ("prod", "care"):
        daemon.wait_headline("usable", name)

    def sections(project, reload=True, **clusters):
        daemon.write_project(project, clusters=clusters)
        if reload:
            daemon.reload()

    def mark_of(name, project="prod"):
        found = next(c for c in daemon.binding(project)["clusters"] if c["name"] == name)
        return {k: found[k] for k in ("excluded", "reaction", "order") if k in found}

    with case("--check-config shows the sections, and names a mistake with its line"):
        sections("prod", reload=False, base={"Exclude": "yes"}, web={"Order": "1"})
        got = daemon.check_config()
        check(got.status == 0 and "[Cluster base]\nReaction=pause\nOrder=100\nExclude=yes" in got.out, got)
        sections("prod", reload=False, base={"Exclud": "yes"})
        got = daemon.check_config()
        check(got.status != 0 and "prod.conf:5: unknown key Exclud= in [Cluster base]; expected Exclude= perhaps"
              in got.out + got.err, got)
    with case("a reload puts them in force; one with a mistake leaves what was"):
        daemon.reload(notice="reload_failed")
        check(mark_of("base") == {}, mark_of("base"))
        sections("prod", base={"Exclude": "yes"}, web={"Order": "1"}, tpyo={"Exclude": "yes"})
        check(mark_of("base") == {"excluded": True} and mark_of("web") == {"order": 1}, daemon.binding())
        got = daemon.ctl("status", "prod")
        check("excluded: never paused" in got.out, got)
        got = daemon.ctl("explain", "prod")
        check("Clusters that are never paused, so that the region is not dark while they run: 1" in " ".join(got.out.split()), got)
    with case("a section that names no cluster is a problem of check, not an error"):
        got = daemon.ctl("check", "prod")
        check(got.status == 3 and "name no cluster of the project: 1 (tpyo)" in " ".join(got.out.split()), got)
        sections("prod", base={"Exclude": "yes"}, web={"Order": "1"})
        check("name no cluster" not in " ".join(daemon.ctl("check", "prod").out.split()), daemon.ctl("check", "prod"))
    with case("the plan says what is left running, and in which order the rest is paused"):
        got = daemon.ctl("revoke", "prod", "--dry-run")
        text = " ".join(got.out.split())
        check("2 to pause, 1 excluded by the configuration" in text and
              "leave it running: excluded by the configuration" in text and
              text.index("1. web running pause") < text.index("2. base") < text.index("3. front"), got)
    with case("a drill finds that it would not be dark"):
        got = daemon.ctl("drill", "prod")
        check("excluded by the configuration: a revoke leaves it running" in " ".join(got.out.split()), got)

    with case("revoke --wait ends when all is paused but what is excluded, and says that it is not dark"):
        got = daemon.ctl("revoke", "prod", "--yes", "--wait")
        text = " ".join((got.out + got.err).split())
        check(got.status == 3 and "cluster base (running) is excluded and runs" in text and "NOT DARK" in got.out, got)
        check(states(cloud)["base"] == "ACTIVE" and states(cloud)["web"] == "PAUSED", states(cloud))
        intents = [r["name"] for r in daemon.ledger() if r["type"] == "pause_intent"]
        check(intents == ["web", "front"], intents)
        check(not [r for r in daemon.ledger() if r["type"] == "dark"], daemon.ledger())
        check(daemon.told("cluster_excluded", PROJECT="prod"), "it was told")
        check("prod" in daemon.ctl("status").out and daemon.ctl("status").status == 3, daemon.ctl("status"))
    with case("the report of the incident says so too"):
        got = daemon.ctl("report", "prod#1", "--state-dir", daemon.state_dir)
        check("excluded by the configuration (Exclude=): never paused by cmekd" in " ".join(got.out.split()), got)
    with case("once people have paused it, it is dark; it is left so at the restore"):
        cloud.cluster("base", "pause")
        daemon.wait_headline("dark")
        got = daemon.ctl("restore", "prod", "--yes", "--wait")
        check(got.status == 0, got)
        wait_for(lambda: states(cloud)["web"] == states(cloud)["front"] == "ACTIVE", "they run again")
        check(states(cloud)["base"] == "PAUSED", states(cloud))

    def seen(name):
        return next(c for c in daemon.binding()["clusters"] if c["name"] == name)["state"]

    with case("a key of another organisation may be told that nothing is there: no cluster is called gone, and it is not dark"):
        daemon.write_project("prod")
        daemon.reload()
        before = states(cloud)
        check(daemon.ctl("revoke", "prod", "--yes").status == 0, daemon.status())
        daemon.wait_headline("dark")
        cloud.call("/admin/api-key", {"public": API_KEY, "role": "stranger"})
        wait_for(lambda: daemon.binding()["dark"] != "dark", "not dark")
        got = daemon.ctl("status", "prod")
        check(got.status == 3 and "NOT DARK" in got.out and "cannot be read from TiDB Cloud (denied)" in " ".join(got.out.split()), got)
        check(daemon.ctl("restore", "prod", "--yes").status == 0, daemon.status())
        daemon.looks(8)
        check(daemon.phase() != "none" and {c["state"] for c in daemon.binding()["clusters"]} == {"paused"}, daemon.binding())
    with case("once it is the right key again, the same clusters are resumed"):
        cloud.call("/admin/api-key", {"public": API_KEY, "role": "org:owner"})
        daemon.wait_headline("usable")
        check(states(cloud) == before, states(cloud))
    with case("while the projects cannot be listed, what was deleted is not called gone; then it is"):
        cloud.fault("v1beta", "status", op="ListProjects", status=503)
        cloud.cluster("front", "delete")
        wait_for(lambda: [e for e in cloud.log(op="GetCluster") if e["status"] == 404 and e["subject"] == cloud.cluster_id("front")], "it was asked for")
        daemon.looks(8)
        check(seen("front") != "gone", daemon.binding())
        cloud.clear_faults()
        wait_for(lambda: seen("front") == "gone", "gone")
    with case("Reaction= of a cluster: the rest is paused by itself, and an approval pauses it"):
        sections("care", two={"Reaction": "approve"})
        check(mark_of("two", "care") == {"reaction": "approve"}, daemon.binding("care"))
        cloud.key("disable", cloud.arn(1))
        wait_for(lambda: daemon.phase("care") == "held", "the rest is held")
        check(states(cloud)["one"] == "PAUSED" and states(cloud)["two"] == "ACTIVE", states(cloud))
        told = daemon.told("cluster_waits", PROJECT="care")
        check(told["CLUSTER"] == cloud.cluster_id("two"), told)
        got = daemon.ctl("status", "care")
        check(got.status == 3 and "waits for cmekctl approve" in got.out, got)
        got = daemon.ctl("approve", "care#1", "--yes")
        check(got.status == 0, got)
        daemon.wait_headline("dark", "care")
        cloud.key("enable", cloud.arn(1))
        daemon.wait_headline("usable", "care")
        wait_for(lambda: states(cloud)["two"] == "ACTIVE", "it runs again")
    with case("an approval is bound to the sections as they were shown"):
        sections("care", one={"Reaction": "approve"}, two={"Reaction": "approve"})
        cloud.key("disable", cloud.arn(1))
        wait_for(lambda: daemon.phase("care") == "waiting", "all wait")
        incident = daemon.binding("care")["incident"]
        sections("care", one={"Exclude": "yes"}, two={"Reaction": "approve"})
        wait_for(lambda: daemon.binding("care")["incident"]["plan"] != incident["plan"], "another plan")
        try:
            varlink.call(daemon.socket, "io.cmekd.Approve", {"project": "care", "incident": incident["id"],
                                                             "plan": incident["plan"]["digest"]}, 20 * TIME_FACTOR)
            check(False, "taken")
        except varlink.VarlinkError as e:
            check(e.parameters.get("answer") == "plan_changed", e.parameters)
        check(not [r for r in daemon.ledger("care") if r["type"] == "approved" and r["incident"] == incident["id"]],
              "it was approved")
tap.done()

# SPDX-License-Identifier: Apache-2.0
"""drill_live: one cluster that an operator names is paused and resumed, to prove that cmekd may; whatever comes between, it is given
back, and the ledger, status and the drill's report tell what became of it."""
import os
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from harness import CMEKCTL, Bench, case, check, tap, wait_for
from world import World

world = World(pausing_ms=600, resuming_ms=600)
world.project("prod", {"orders": "ACTIVE", "spare": "ACTIVE", "archive": "PAUSED"})


def state(cloud, name):
    return cloud.clusters()[name]["state"]


with Bench() as bench:
    cloud = bench.cloud(world)
    daemon = bench.daemon(cloud, settings={"GracePeriod": "300ms", "RestoreDelay": "300ms"}).start()
    daemon.wait_headline("usable")

    def ends():
        return [r for r in daemon.ledger() if r["type"] == "live_drill" and r["end"] != "going"]

    def begin(cluster="spare"):
        """A client that asks, and waits."""
        return subprocess.Popen([CMEKCTL, "drill", "prod", "--live", cluster, "--yes", "--json", "--socket", daemon.socket],
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def drilled():
        return daemon.status().get("liveDrill")

    with case("nobody to ask and no --yes: nothing is done"):
        got = daemon.ctl("drill", "prod", "--live", "spare")
        check(got.status == 2 and "--yes" in got.err and not cloud.pauses(), got)
    with case("it is paused, resumed, read as running, and the report says how long it took"):
        mark = cloud.mark()
        got = daemon.ctl("drill", "prod", "--live", "spare", "--yes", "--reason", "quarterly")
        text = " ".join(got.out.split())
        check(got.status == 0 and "it was paused, resumed, and runs again: read as PAUSED" in text, got)
        check("right to pause" not in text and "Nothing else was changed" in text, got)
        check([e["subject"] for e in cloud.pauses(mark)] == [cloud.cluster_id("spare")], cloud.pauses(mark))
        check(state(cloud, "spare") == "ACTIVE" and state(cloud, "orders") == "ACTIVE", cloud.clusters())
        check(not [r for r in daemon.ledger() if r["type"] == "incident"] and drilled() is None, daemon.status())
    with case("the ledger keeps who, why, each step and its end, and the drill's own record"):
        steps = [r for r in daemon.ledger() if r["type"] == "live_drill"]
        check([r["step"] for r in steps] == ["pause_sent", "pause_taken", "resume_owed", "resume_sent", "resume_taken", "none"],
              steps)
        check(steps[0]["who"].startswith("uid=") and steps[0]["note"] == "quarterly" and steps[-1]["end"] == "proven", steps)
        check(daemon.ledger()[-1]["type"] == "drill" and daemon.verify().status == 0, daemon.ledger()[-1])
        check(daemon.told("live_drill_proven")["CLUSTER"] == cloud.cluster_id("spare"), "it was told")
        got = daemon.ctl("verify", "prod", "--list", "--state-dir", daemon.state_dir)
        check("it was paused, resumed, and runs again" in " ".join(got.out.split()), got)
    with case("what is paused, excluded or not there is refused, and nothing is sent"):
        mark = cloud.mark()
        for name, said in (("archive", "not read as running"), ("nobody", "has no cluster named nobody")):
            got = daemon.ctl("drill", "prod", "--live", name, "--yes")
            check(got.status == 1 and said in " ".join(got.err.split()), got)
        daemon.write_project("prod", clusters={"spare": {"Exclude": "yes"}})
        daemon.reload()
        got = daemon.ctl("drill", "prod", "--live", "spare", "--yes")
        check(got.status == 1 and "excludes this cluster" in " ".join(got.err.split()), got)
        daemon.write_project("prod")
        daemon.reload()
        check(not cloud.pauses(mark), cloud.pauses(mark))
    with case("a refusal is told with TiDB Cloud's words and what to do; exit code 3"):
        cloud.cluster("spare", blockers={"changefeed": True})
        got = daemon.ctl("drill", "prod", "--live", "spare", "--yes")
        text = " ".join(got.out.split())
        check(got.status == 3 and "TiDB Cloud refused to pause it; nothing was changed: " in text and
              "end what it names in the console" in text, got)
        cloud.cluster("spare", blockers={})
        check(ends()[-1]["end"] == "refused" and ends()[-2]["end"] == "proven", ends())
    with case("an API key that may not pause"):
        cloud.fault("dedicated", "status", op="PauseCluster", status=403, count=1)
        got = daemon.ctl("drill", "prod", "--live", "spare", "--yes")
        check(got.status == 3 and "Project Owner or Organization Owner" in " ".join(got.out.split()), got)
        check(ends()[-1]["end"] == "denied", ends())
        cloud.clear_faults()
    with case("an answer that is lost: what was paused is found, and given back"):
        cloud.fault("dedicated", "drop-after", op="PauseCluster", count=1)
        got = daemon.ctl("drill", "prod", "--live", "spare", "--yes")
        check(got.status == 0 and state(cloud, "spare") == "ACTIVE", got)
        check("pause_unsure" in [r["step"] for r in daemon.ledger() if r["type"] == "live_drill"], daemon.ledger())
        cloud.clear_faults()
    with case("killed while it is paused: it is resumed all the same, and status says why it is paused"):
        count = len(ends())
        cloud.fault("dedicated", "latency", op="ResumeCluster", ms=600000, before_auth=True)
        client = begin()
        wait_for(lambda: [r for r in daemon.ledger() if r["type"] == "live_drill"][-1]["step"] == "resume_sent", "on its way back")
        daemon.kill()
        client.communicate()
        check(client.returncode != 0 and state(cloud, "spare") == "PAUSED", client.returncode)
        cloud.clear_faults()
        cloud.fault("dedicated", "status", op="ResumeCluster", status=500, count=2)
        daemon.start()
        wait_for(drilled, "it is shown")
        check(drilled()["name"] == "spare" and any("a drill has it in hand" in p for p in daemon.status()["problems"]), daemon.status())
        wait_for(lambda: len(ends()) > count, "it ended")
        check(state(cloud, "spare") == "ACTIVE" and ends()[-1]["end"] == "proven", ends())
        cloud.clear_faults()
    with case("a client that leaves stops nothing"):
        count = len(ends())
        cloud.fault("dedicated", "latency", op="ResumeCluster", ms=3000, count=1)  # so long it is seen to be paused
        client = begin()
        wait_for(lambda: state(cloud, "spare") != "ACTIVE", "it is being paused")
        client.kill()
        client.communicate()
        wait_for(lambda: len(ends()) > count, "it ended")
        check(state(cloud, "spare") == "ACTIVE" and ends()[-1]["end"] == "proven", ends())
    with case("two at once: the second is told to wait"):
        cloud.fault("dedicated", "latency", op="ResumeCluster", ms=3000, count=1)
        client = begin()
        wait_for(lambda: state(cloud, "spare") != "ACTIVE", "it is being paused")
        got = daemon.ctl("drill", "prod", "--live", "orders", "--yes")
        check(got.status == 1 and "has a cluster of prod in hand" in " ".join(got.err.split()), got)
        client.communicate()
        check(client.returncode == 0 and state(cloud, "orders") == "ACTIVE", client.returncode)
    with case("a revoke that comes between: it stays paused until the incident is over, then it is given back"):
        client = begin()
        wait_for(lambda: state(cloud, "spare") == "PAUSING", "it is being paused")
        got = daemon.ctl("revoke", "prod", "--yes", "--wait")
        check(got.status == 0 and state(cloud, "spare") == "PAUSED", got)
        check(any("when the incident of its region is over" in p for p in daemon.status()["problems"]), daemon.status())
        check(daemon.ctl("drill", "prod", "--live", "orders", "--yes").status == 1, "during an incident there is none")
        check(daemon.ctl("restore", "prod", "--yes", "--wait").status == 0, "restore")
        client.communicate()
        check(state(cloud, "spare") == "ACTIVE" and ends()[-1]["end"] == "proven", ends())
    with case("during an incident it is refused"):
        check(daemon.ctl("revoke", "prod", "--yes", "--pause-only").status == 0, "revoke")
        got = daemon.ctl("drill", "prod", "--live", "spare", "--yes")
        check(got.status == 1, got)
    check(daemon.verify().status == 0, "the ledger")
tap.done()

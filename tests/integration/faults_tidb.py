# SPDX-License-Identifier: Apache-2.0
"""faults_tidb: TiDB Cloud misbehaves while an incident is open: lists that fail, pauses refused, throttled, or carried out
without an answer. No act is repeated blindly, nothing is called dark that is not, everything ends PAUSED, and
exactly the right clusters run again afterwards."""
import contextlib
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from harness import TIME_FACTOR, Bench, Watch, case, check, tap, together, wait_for
from world import one_project

TIMEOUT_MS = int(1000 * TIME_FACTOR)
NONCE_MS = int(80 * TIME_FACTOR)
NONCES = {"nonce_lifetime_ms": 300000, "nonce_stale": "true"}  # what the stand-in begins with
OURS = ("orders", "billing")
ODD_STATES = ("MODIFYING", "HIBERNATING")


class Lane:
    def __init__(self, bench, **network):
        # A 429 is waited out for as long as its headers say: here 2 s.
        self.cloud = bench.cloud(one_project(rate_window_ms=2000))
        self.daemon = bench.daemon(self.cloud, settings={"PollInterval": "400ms", "GracePeriod": "200ms",
                                                         "RestoreDelay": "300ms"},
                                   daemon={"MaxPauses": "1000"}, network=network)
        self.daemon.start()
        self.before = self.states()

    def states(self):
        return {n: c["state"] for n, c in self.cloud.clusters().items()}

    def record(self, kind, mark):
        return [r for r in self.daemon.ledger() if r["type"] == kind and r["seq"] > mark]

    @contextlib.contextmanager
    def incident(self, name, pauses=None):
        """The block makes mischief, then calls lose() unless that is all of it. `pauses`: how many requests to pause are
        expected for our clusters together, if that can be told; which of them a fault strikes is left to chance."""
        with contextlib.suppress(AssertionError):
            self.daemon.wait_headline("usable")
        with case(name):
            wait_for(lambda: self.states() == self.before, "the state before")
            self.mark, self.seq, self.lost = self.cloud.mark(), self.daemon.ledger()[-1]["seq"], False
            count = {n: (c["pauses"], c["resumes"]) for n, c in self.cloud.clusters().items()}
            with Watch(self.daemon, self.cloud) as watch:
                try:
                    yield
                    if not self.lost:
                        self.lose()
                    self.daemon.wait_headline("dark")
                    check(set(self.states().values()) == {"PAUSED"}, self.states())
                    self.cloud.key("enable", now=True)
                    self.daemon.wait_headline("usable")
                finally:
                    self.quiet()
            check(not watch.lies, watch.lies)
            check(self.states() == self.before, self.states())
            for cluster, c in self.cloud.clusters().items():
                gained = (c["pauses"] - count[cluster][0], c["resumes"] - count[cluster][1])
                check(gained == ((1, 1) if cluster in OURS else (0, 0)), f"{cluster}: pauses, resumes {gained}")
            check(not self.cloud.blind_repeats(self.mark), self.cloud.blind_repeats(self.mark))
            sent = self.cloud.pauses(self.mark)
            check(pauses in (None, len(sent)), sent)

    def lose(self):
        self.lost = True
        self.cloud.key("disable", now=True)

    def quiet(self):
        """No mischief of one incident lasts into the next."""
        self.cloud.clear_faults()
        self.cloud.config(**NONCES)
        for name in OURS:
            mended = {"state": "ACTIVE"} if self.states()[name] in ODD_STATES else {}
            self.cloud.cluster(name, blockers={}, hidden=False, **mended)
        self.cloud.key("enable", now=True)

    def dark_in_spite_of_nonces(self):
        """Where a nonce dies before it can be used nothing gets through: a moment is longer on a busy machine."""
        for lifetime_ms in (2 * NONCE_MS, 4 * NONCE_MS, 8 * NONCE_MS):
            with contextlib.suppress(AssertionError):
                self.daemon.wait_headline("dark", seconds=10)
                return
            self.cloud.config(nonce_lifetime_ms=lifetime_ms)
        self.daemon.wait_headline("dark")

    def not_dark_because(self, why):
        wait_for(lambda: self.daemon.binding()["dark"] == why, f"not dark: {why}")


def reading(lane):
    """Lists and single readings that fail, by whichever API."""
    for kind, members in (("status", {"status": 500}), ("html", {}), ("cut-json", {}), ("wrong-types", {}), ("garbage", {}),
                          ("empty", {}), ("drop-before", {}), ("access-denied", {})):
        with lane.incident(f"lists fail ({kind}): nothing is paused before all clusters are known anew"):
            fault = lane.cloud.fault("tidb", kind, op="ListClusters", **members)
            lane.lose()
            wait_for(lambda: lane.daemon.binding().get("incident"), "an incident")
            mark = lane.cloud.mark()
            wait_for(lambda m=mark: len(lane.cloud.log(m, op="ListClusters")) >= 3, "three more lists")
            wait_for(lambda: lane.daemon.binding()["incident"].get("graceLeftMs") == 0, "grace is over")
            wait_for(lambda: lane.daemon.status()["clustersFault"] != "none", "a list has failed")
            status = lane.daemon.status()
            check(status["headline"] == "lost" and status["clustersFault"] != "none", status)
            check(not lane.cloud.pauses(lane.mark), lane.cloud.pauses(lane.mark))
            check(any("cannot be read" in p for p in status["problems"]), status)
            lane.cloud.clear_faults(fault)
    with lane.incident("lists fail once pauses are under way: each cluster is read by its id"):
        lane.cloud.fault("dedicated", "status", status=500, op="PauseCluster", count=1)
        lane.lose()
        wait_for(lambda: lane.daemon.phase() in ("pausing", "held"), "pausing")
        fault = lane.cloud.fault("tidb", "status", status=500, op="ListClusters")
        wait_for(lambda: len(lane.cloud.log(lane.mark, op="GetCluster", status=200)) >= 2, "clusters read by id")
        lane.cloud.clear_faults(fault)
    for kind in ("status", "wrong-types", "drop-before"):
        with lane.incident(f"single clusters cannot be read ({kind}): not dark"):
            fault = lane.cloud.fault("tidb", kind, op="GetCluster")
            lane.lose()
            wait_for(lambda: lane.daemon.binding()["dark"] in ("cluster_unread", "cluster_running"), "a reason")
            wait_for(lambda: len(lane.cloud.log(lane.mark, op="GetCluster")) >= 4, "four readings")
            check(lane.daemon.headline() == "pausing", lane.daemon.status())
            lane.cloud.clear_faults(fault)
    with lane.incident("a cluster that is left out of the list is read by its id"):
        lane.cloud.cluster("billing", hidden=True)
        lane.lose()
        wait_for(lambda: lane.cloud.clusters()["billing"]["state"] == "PAUSED", "billing is paused")
        lane.daemon.wait_headline("dark")
        lane.cloud.cluster("billing", hidden=False)


def acting(lane):
    """Acts that are refused, throttled, or whose answer is lost."""
    with lane.incident("a refused pause is told with its reason, tried again, and not dark meanwhile"):
        lane.cloud.cluster("orders", blockers={"backup": "a backup of the cluster is under way"})
        lane.lose()
        told = lane.daemon.told("pause_refused", CLUSTER=lane.cloud.cluster_id("orders"))
        check("backup" in told["MESSAGE"], told)
        wait_for(lambda: lane.cloud.clusters()["billing"]["state"] == "PAUSED", "billing is paused")
        lane.not_dark_because("cluster_running")
        got = lane.daemon.ctl("status", "prod")
        check(got.status == 3 and "NOT DARK" in got.out, got)
        wait_for(lambda: "a backup of the cluster is under way" in " ".join(lane.daemon.ctl("status", "prod").out.split()),
                 "the reason is shown")  # not while the next pause is on its way
        wait_for(lambda: len([e for e in lane.cloud.pauses(lane.mark) if e["status"] == 400]) >= 3, "three refusals")
        lane.cloud.cluster("orders", blockers={})
    with lane.incident("pauses carried out whose answers are lost: found, not repeated", pauses=2):
        lane.cloud.fault("dedicated", "drop-after", op="PauseCluster", count=2)
    results = [r["result"] for r in lane.record("act_result", lane.seq)]
    with case("the ledger says that these answers were lost"):
        check(results.count("lost") == 2, results)
    with lane.incident("500 after the pause was carried out: found, not repeated", pauses=2):
        lane.cloud.fault("dedicated", "status", status=500, effect=True, op="PauseCluster", count=2)
    with lane.incident("a load balancer's 502 after the pause was carried out: found, not repeated", pauses=2):
        lane.cloud.fault("dedicated", "html", effect=True, op="PauseCluster", count=2)
    with lane.incident("cut and broken answers to a pause that was carried out: found, not repeated", pauses=2):
        lane.cloud.fault("dedicated", "cut-body", op="PauseCluster", count=1)
        lane.cloud.fault("dedicated", "garbage", effect=True, op="PauseCluster", count=1)
    with lane.incident("connections dropped before the pause: read, then sent again", pauses=4):
        lane.cloud.fault("dedicated", "drop-before", op="PauseCluster", count=2)
    with lane.incident("503 without effect: read, then sent again", pauses=4):
        lane.cloud.fault("dedicated", "status", status=503, op="PauseCluster", count=2)
    with lane.incident("403 to a pause: told, tried again"):
        lane.cloud.fault("dedicated", "access-denied", op="PauseCluster", count=2)


def late(lane):
    """Answers that come too late, for a daemon that waits for less. On a busy machine others are late for it too:
    therefore its pauses are not counted."""
    for kind, members, name in (("latency", {"ms": 2 * TIMEOUT_MS}, "answered too late: found, not repeated"),
                                ("hang", {}, "never answered: read, then sent again")):
        with lane.incident("pauses that are " + name):
            lane.cloud.fault("dedicated", kind, op="PauseCluster", count=2, **members)
            lane.lose()
            lane.daemon.wait_headline("dark")
            results = [r["result"] for r in lane.record("act_result", lane.seq)]
            check(results.count("lost") >= 2, results)


def giving_back(lane):
    """Resumes, states, and Digest."""
    for kind, members in (("drop-after", {}), ("drop-before", {}), ("status", {"status": 500}),
                          ("status", {"status": 502, "effect": True}), ("access-denied", {})):
        with lane.incident(f"resumes meet {kind} {members or ''}: exactly the right clusters run again"):
            lane.cloud.fault("dedicated", kind, op="ResumeCluster", count=2, **members)
    for stale in ("true", "false", "absent"):
        with lane.incident(f"Digest nonces that live for a moment, stale={stale}"):
            lane.cloud.config(nonce_lifetime_ms=NONCE_MS, nonce_stale=stale)
            lane.lose()
            lane.dark_in_spite_of_nonces()
            check(lane.cloud.log(lane.mark, auth="stale-nonce"), "no nonce was stale")
            lane.cloud.config(**NONCES)
    with lane.incident("a cluster that is being modified is waited for"):
        lane.cloud.cluster("orders", state="MODIFYING")
        lane.lose()
        wait_for(lambda: lane.cloud.clusters()["billing"]["state"] == "PAUSED", "billing is paused")
        lane.not_dark_because("cluster_running")
        check(not [e for e in lane.cloud.pauses(lane.mark) if e["subject"] == lane.cloud.cluster_id("orders")],
              lane.cloud.pauses(lane.mark))
        lane.cloud.cluster("orders", state="ACTIVE")
    with lane.incident("a state that nobody knows is not dark, and is waited for"):
        lane.cloud.cluster("orders", state="HIBERNATING")
        lane.lose()
        wait_for(lambda: lane.cloud.clusters()["billing"]["state"] == "PAUSED", "billing is paused")
        wait_for(lambda: lane.daemon.binding()["dark"] in ("cluster_running", "cluster_unread"), "not dark")
        lane.cloud.cluster("orders", state="ACTIVE")


def throttled(op):
    """Each 429 halves what a daemon allows itself, for minutes: therefore a daemon for each of these."""
    def throttle(lane):
        with lane.incident(f"a storm of 429 on {op}: waited out"):
            lane.cloud.fault("dedicated", "throttle", op=op, count=3)
    return throttle


with Bench() as bench:
    parts = (reading, acting, giving_back, throttled("ListClusters"), throttled("PauseCluster"),
             throttled("ResumeCluster"), late)
    lanes = [Lane(bench) for _ in parts[:-1]] + [Lane(bench, RequestTimeout=f"{TIMEOUT_MS}ms")]
    together(*(lambda part=part, lane=lane: part(lane) for part, lane in zip(parts, lanes)))
    for lane in lanes:
        with case("the ledger verifies"):
            check(lane.daemon.verify().status == 0, lane.daemon.verify())
tap.done()

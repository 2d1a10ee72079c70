# SPDX-License-Identifier: Apache-2.0
"""From a change to the verdict, with the intervals that are shipped, and from the verdict to the last pause, against what the rate
of TiDB Cloud's API permits."""
import concurrent.futures
import random
import threading
import time

from harness import Bench, together, wait_for
from measure import Row, percentile
from rate import pauses_took, seconds
from rows_scale import SHIPPED
from world import World

GRACE_S = 1


def first_lost(daemon, project):
    return next((seconds(r["at"]) for r in daemon.ledger(project) if r["type"] == "verdict" and r["outcome"] == "lost"), None)


def detection(keys, hints):
    with Bench() as bench:
        return detected(bench, keys, hints)


def detected(bench, keys, hints):
    """Seconds from each change to its verdict; the changes come at random within a PollInterval."""
    made = World(propagation_ms=0, rate_limit=10 ** 9, **({"events_ms": 1000} if hints else {}))
    names = [f"p{i:03}" for i in range(keys)]
    for name in names:
        made.project(name, {f"{name}-c": "ACTIVE"})
    if hints:
        made.queue()
    cloud = bench.cloud(made)
    daemon = bench.daemon(cloud, settings={**SHIPPED, "Reaction": "observe"},
                          aws={"HintQueue": cloud.info["queues"][0]} if hints else {})
    daemon.start()
    wait_for(lambda: len(daemon.notices("armed")) >= keys, "all armed", 60 + keys, every=0.5)
    chance, changed = random.Random(7), {}

    def change(name, arn, after):
        time.sleep(after)
        changed[name] = time.time()
        cloud.key("disable", arn=arn)
    threads = [threading.Thread(target=change, args=(name, made.keys[i]["arn"], chance.uniform(0, 30)))
               for i, name in enumerate(names)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    wait_for(lambda: all(first_lost(daemon, name) for name in names), "all verdicts", 120, every=1.0)
    daemon.stop()
    return [first_lost(daemon, name) - changed[name] for name in names]


class Pauses:
    """One project whose key is lost, at a rate of its own."""

    def __init__(self, bench, clusters, rate):
        self.clusters, self.rate = clusters, rate
        made = World(propagation_ms=0, pausing_ms=2000, rate_limit=rate)
        made.project("prod", {f"c{i:04}": "ACTIVE" for i in range(clusters)})
        self.cloud = bench.cloud(made)
        self.daemon = bench.daemon(
            self.cloud, settings={**SHIPPED, "PollInterval": "5s", "ConfirmInterval": "1s", "GracePeriod": f"{GRACE_S}s"},
            tidb={"RequestsPerMinute": str(rate)}, daemon={"MaxPauses": "100000"}).start()

    def run(self):
        """Seconds from the end of the grace period to the last pause that was accepted, and the least that the rate permits."""
        wait_for(lambda: self.daemon.headline() == "usable" and len(self.daemon.binding()["clusters"]) == self.clusters, "usable",
                 180, every=0.5)
        time.sleep(61)  # no request of the start is in the minute any more
        mark = self.cloud.mark()
        self.cloud.key("disable")
        wait_for(lambda: len(self.cloud.acts("PauseCluster", mark)) >= self.clusters, f"{self.clusters} pauses", 400, every=0.5)
        self.took, self.least, _ = pauses_took(self.cloud, first_lost(self.daemon, "prod") + GRACE_S, self.clusters, self.rate)


def rows(quick):
    keys = 40 if quick else 200
    sizes = ((1, 100), (10, 100)) if quick else ((1, 100), (10, 100), (100, 100), (1000, 1000))
    # They wait, and use little: side by side.
    with Bench() as bench, concurrent.futures.ProcessPoolExecutor(max_workers=2) as pool:
        polled, hinted = pool.submit(detection, keys, False), pool.submit(detection, keys, True)
        lanes = [Pauses(bench, clusters, rate) for clusters, rate in sizes]
        together(*(lane.run for lane in lanes))
        detections = ("detect.poll", "by the clock", polled.result(), 45), ("detect.hints", "with a hint queue", hinted.result(), 15)
    for name, how, took, target in detections:
        yield Row(name, f"change to verdict, {how}: the longest of {keys}", "s", max(took), target=target,
                  of={"p50": percentile(took, 50), "p99": percentile(took, 99)}, unit_of="s")
    for lane in lanes:
        yield Row(f"pause.{lane.clusters}", f"verdict and grace to the last of {lane.clusters:,} pauses, {lane.rate:,} requests a "
                  "minute, beyond what that permits", "s", lane.took - lane.least, target=0.1 * lane.least + 1,
                  of={"took": lane.took, "least": lane.least}, unit_of="s")

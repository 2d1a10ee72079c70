# SPDX-License-Identifier: Apache-2.0
"""shared_key: many projects on one API key of TiDB Cloud, at its real rate of 100 requests a minute. No request is answered
429, and an incident in one of them is not kept waiting by the routine of the rest.

CMEKD_TEST_PROJECTS=200 (default 10) makes it the size that matters: some fifteen minutes, most of them waiting for the first
readings."""
import os
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from harness import Bench, case, check, tap, wait_for
from rate import MARGIN, WINDOW_S, most_in_a_window, pauses_took, requests, seconds
from world import World

PROJECTS = int(os.environ.get("CMEKD_TEST_PROJECTS", "10"))
CLUSTERS = 80  # of the project whose key is lost: more than a minute's requests permit at once
RATE = 100
USABLE = MARGIN * RATE
CHALLENGES = 5  # of Digest, four handles; they come on top
SETTINGS = {"PollInterval": "5s", "ConfirmInterval": "1s", "GracePeriod": "1s", "IncidentInterval": "10s", "BlindAlert": "5min",
            "ClustersInterval": "10s" if PROJECTS <= 20 else "5min"}  # so that routine always has something that waits


world = World(rate_limit=RATE, rate_window_ms=WINDOW_S * 1000)
world.project("p000", {f"c{i:02d}": "ACTIVE" for i in range(CLUSTERS)})
for number in range(1, PROJECTS):
    world.project(f"p{number:03d}", {"a": "ACTIVE"})
with Bench() as bench:
    cloud = bench.cloud(world)
    daemon = bench.daemon(cloud, settings=SETTINGS, tidb={"RequestsPerMinute": str(RATE)}, daemon={"MaxPauses": "1000"})
    # Each project asks twice at the start, and the first ask again before the last have; routine may use 40 % of a minute.
    first_s = 60 + 3 * PROJECTS / (0.4 * USABLE) * 60
    with case(f"{PROJECTS} projects on one API key: all are read"):
        daemon.start()
        wait_for(lambda: all(daemon.headline(f"p{n:03d}") == "usable" for n in range(PROJECTS)),
                 "every project usable", seconds=first_s, every=1.0)
        wait_for(lambda: len(daemon.binding("p000")["clusters"]) == CLUSTERS, "the clusters of the first", seconds=first_s)
    with case("a steady minute: no 429, routine stays at its share, and status --lanes tells what waits"):
        mark, begin = cloud.mark(), time.time()
        time.sleep(WINDOW_S)
        steady = [at for at, e in requests(cloud, mark)]
        got = [lane for lane in daemon.ctl("status", "--lanes", "--json").json()["lanes"] if lane["service"] == "tidb_cloud"]
        share = 0.4 * USABLE + CHALLENGES
        check(len(got) == 1 and got[0]["perMinute"] == USABLE and got[0]["used"] <= share, got)
        check(most_in_a_window(steady) <= share, most_in_a_window(steady))
        check("CmekdTest" in daemon.ctl("status", "--lanes").out, daemon.ctl("status", "--lanes"))
        # Asked for more often than the rate permits: the interval stretches, and status says so.
        wait_for(lambda: daemon.status("p001").get("readingsWaitMs", 0) > 0, "readings that wait")
    with case("the key of one is lost: its clusters are paused as fast as the rate permits, whatever the rest wants"):
        mark = cloud.mark()
        arn = world.keys[0]["arn"]
        cloud.key("vendor-out", arn=arn, now=True)
        wait_for(lambda: len(cloud.acts("PauseCluster", mark)) >= CLUSTERS, f"{CLUSTERS} pauses", seconds=240, every=0.5)
        verdict = 1.0 + seconds(next(r for r in daemon.ledger("p000") if r["type"] == "verdict" and r["outcome"] == "lost")["at"])
        took, best, pauses = pauses_took(cloud, verdict, CLUSTERS, RATE)
        print(f"# {PROJECTS} projects: {CLUSTERS} pauses accepted {took:.1f} s after the verdict and the grace period; {best:.1f} s is the "
              f"least that {RATE} requests a minute permit; at most {most_in_a_window(sorted(at for at, _ in requests(cloud)))} requests "
              f"in a minute")
        check(pauses == CLUSTERS, pauses)
        check(took <= 1.1 * best + 2, (took, best))
    with case("not one request was refused for its rate"):
        check(not [e for _, e in requests(cloud) if e["status"] == 429], "a 429")
        check(most_in_a_window(sorted(at for at, _ in requests(cloud))) <= RATE, "more than the rate")
    daemon.stop()
tap.done()

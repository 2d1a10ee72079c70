# SPDX-License-Identifier: Apache-2.0
"""rate: what a limit of requests a minute permits, from the stand-in's log."""
import datetime

WINDOW_S = 60
MARGIN = 0.95  # cmekd leaves 5 %


def seconds(text):
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()


def requests(cloud, since=0):
    """Every request that was charged to the key, with its time."""
    return [(seconds(e["time"]), e) for e in cloud.log(since) if e["service"] in ("v1beta", "dedicated")]


def most_in_a_window(times):
    first, most = 0, 0
    for last, at in enumerate(times):
        while at - times[first] >= WINDOW_S:
            first += 1
        most = max(most, last - first + 1)
    return most


def best_possible(others, acts, begin, usable):
    """When the last of so many acts could be sent at the earliest, if all that else was sent stays as it was, and `usable`
    requests fit into a minute."""
    sent = sorted(others)
    at = begin
    for _ in range(acts):
        while True:
            window = [t for t in sent if at - WINDOW_S < t <= at]
            if len(window) < usable:
                break
            at = min(window) + WINDOW_S + 0.001
        sent.append(at)
        sent.sort()
    return at


def pauses_took(cloud, verdict, acts, rate):
    """Seconds from `verdict` to the last pause that was accepted, and the least that the rate permits."""
    log = requests(cloud)
    times = [at for at, e in log if e["op"] == "PauseCluster" and e["effect"]]
    others = [at for at, e in log if not (e["op"] == "PauseCluster" and e["effect"])]
    return max(times) - verdict, best_possible(others, acts, verdict, int(MARGIN * rate)) - verdict, len(times)

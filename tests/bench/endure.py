#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""endure: an hour with ten thousand bindings while things go wrong: memory, descriptors, processor time, and how late looks begin.

    endure.py [--minutes N] [--projects N] [--json FILE]

Each minute something else goes wrong at KMS or at TiDB Cloud, for half a minute, and every five minutes somebody disables a key:
its clusters are paused while the hourly budget lasts, and resumed when it is enabled again. What is printed are samples; nothing here is a
test.
"""
import argparse
import json
import os
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, "..", "integration")]

from harness import Bench, wait_for  # noqa: E402 (the path is set above)
from machine import machine, today  # noqa: E402
from measure import percentile  # noqa: E402
from rows_scale import INTERVAL_S, all_seen, cpu_s, memory, set_up, start, when, world  # noqa: E402

# One in turn each minute: what goes wrong, and how often. A throttling slows a whole region, as it should: few of them.
FAULTS = (
    ("kms", "latency", {"ms": 500, "probability": 0.2}),
    ("kms", "status", {"status": 500, "probability": 0.02}),
    ("kms", "drop-before", {"probability": 0.02}),
    ("tidb", "status", {"status": 503, "probability": 0.5}),
    ("kms", "cut-json", {"probability": 0.02}),
    ("kms", "hang", {"ms": 20000, "probability": 0.002}),
    ("tidb", "drop-after", {"probability": 0.2}),
    ("kms", "throttle", {"probability": 0.0005}),
    ("kms", "expired-token", {"probability": 0.002}),
    ("tidb", "hang", {"ms": 40000, "probability": 0.05}),
    ("kms", "cut-body", {"probability": 0.02}),
    ("kms", "oversized", {"probability": 0.001}),
)
SAMPLE_S = 15
FAULT_S = 30
DISABLE_EVERY_S = 300
DISABLED_S = 200
GAP_MAX = 3  # a gap of more intervals is no late look, but looks that are missing


class Lateness:
    """Of the looks that the stand-in saw begin; a repeated request makes a gap shorter, never longer."""

    def __init__(self, cloud):
        self.cloud, self.last, self.since = cloud, {}, cloud.mark()
        self.late = []

    def take(self):
        fresh = []
        for e in self.cloud.log(self.since, op="DescribeKey"):
            self.since = e["seq"]
            at = when(e)
            if e["subject"] in self.last:
                fresh.append((at - self.last[e["subject"]]) / INTERVAL_S - 1)
            self.last[e["subject"]] = at
        self.late += fresh
        return fresh


class Trouble:
    """What goes wrong, by the time since the start."""

    def __init__(self, cloud, keys):
        self.cloud, self.keys = cloud, keys
        self.fault, self.key, self.disabled = None, None, []

    def step(self, seconds):
        minute, into = divmod(seconds, 60)
        wanted = FAULTS[int(minute) % len(FAULTS)] if into < FAULT_S else None
        if wanted != self.fault:
            self.cloud.clear_faults()
            if wanted:
                self.cloud.fault(wanted[0], wanted[1], **wanted[2])
            self.fault = wanted
        turn, into = divmod(seconds, DISABLE_EVERY_S)
        wanted = self.keys[int(turn) * 37 % len(self.keys)] if into < DISABLED_S else None
        if wanted != self.key:
            if self.key:
                self.cloud.key("enable", arn=self.key)
            if wanted:
                self.cloud.key("disable", arn=wanted)
                self.disabled.append(wanted)
            self.key = wanted

    def end(self):
        self.cloud.clear_faults()
        if self.key:
            self.cloud.key("enable", arn=self.key)
            self.key = None

    def name(self):
        return f"{self.fault[0]} {self.fault[1]}" if self.fault else "calm"


def descriptors(pid):
    return len(os.listdir(f"/proc/{pid}/fd"))


def sample(pid, lateness, seconds, trouble):
    late = lateness.take()
    return {"at_s": round(seconds), "trouble": trouble.name(), **memory(pid), "descriptors": descriptors(pid),
            "cpu_s": round(cpu_s(pid), 2), "looks": len(late), "latest": round(max(late), 4) if late else None}


def show(s):
    latest = "-" if s["latest"] is None else f"{100 * s['latest']:.1f} %"
    print(f"{s['at_s'] / 60:6.1f} min  {s['RssAnon'] / 1024:6.1f} MiB  {s['descriptors']:4} descriptors  {s['looks']:6} looks, the latest "
          f"{latest:>7}  {s['trouble']}", flush=True)


def watch(daemon, cloud, document, minutes):
    pid = daemon.process.pid
    lateness, trouble, samples = Lateness(cloud), Trouble(cloud, [k["arn"] for k in document["keys"]]), []
    began = time.monotonic()
    while (seconds := time.monotonic() - began) < minutes * 60:
        trouble.step(seconds)
        if seconds >= len(samples) * SAMPLE_S:
            samples.append(sample(pid, lateness, seconds, trouble))
            if len(samples) % 4 == 1:
                show(samples[-1])
        time.sleep(0.5)
    trouble.end()
    samples.append(sample(pid, lateness, time.monotonic() - began, trouble))
    show(samples[-1])
    return lateness, trouble, samples


def judge(lateness, samples):
    """Settled: after the first five minutes, for what is allocated once."""
    settled = samples[min(len(samples) // 4, 300 // SAMPLE_S)]
    seconds = samples[-1]["at_s"] - samples[0]["at_s"]
    late = [x for x in lateness.late if x < GAP_MAX]
    return {
        "anonymous_kib_settled": settled["RssAnon"], "anonymous_kib_most": max(s["RssAnon"] for s in samples),
        "anonymous_kib_end": samples[-1]["RssAnon"],
        "descriptors_settled": settled["descriptors"], "descriptors_most": max(s["descriptors"] for s in samples),
        "descriptors_end": samples[-1]["descriptors"],
        "processors": round((samples[-1]["cpu_s"] - samples[0]["cpu_s"]) / seconds, 4),
        "looks": len(lateness.late), "missing": len(lateness.late) - len(late),
        "late_p50": percentile(late, 50), "late_p99": percentile(late, 99), "late_most": max(late),
        "late_over_tenth": sum(x > 0.1 for x in late),
    }


def main():
    p = argparse.ArgumentParser(description="an hour with ten thousand bindings and faults", allow_abbrev=False)
    p.add_argument("--minutes", type=float, default=60)
    p.add_argument("--projects", type=int, default=10000)
    p.add_argument("--json", metavar="FILE")
    a = p.parse_args()
    with Bench() as bench:
        document = world(a.projects)
        cloud, daemon = set_up(bench, document)
        first_s = start(daemon)
        print(f"first start with {a.projects:,} projects: {first_s:.1f} s to READY", flush=True)
        began = time.monotonic()
        all_seen(daemon, a.projects)
        print(f"all armed after {time.monotonic() - began:.0f} s", flush=True)
        lateness, trouble, samples = watch(daemon, cloud, document, a.minutes)
        incidents = {name: len(daemon.notices(name)) for name in ("lost", "cluster_paused", "closed")}
        result = {"machine": machine(), "at": today(), "projects": a.projects, "minutes": a.minutes, "first_start_s": first_s,
                  "keys_disabled": len(trouble.disabled), "told": incidents, "result": judge(lateness, samples), "samples": samples}
        wait_for(daemon.answers, "the daemon answers")
        daemon.stop()
    for name, value in result["result"].items():
        print(f"{name:24} {value:.4g}" if isinstance(value, float) else f"{name:24} {value:,}")
    print(f"keys disabled {result['keys_disabled']}, told {incidents}")
    if a.json:
        with open(a.json, "w", encoding="utf-8") as f:
            json.dump(result, f, indent=1)
            f.write("\n")


main()

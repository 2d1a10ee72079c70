# SPDX-License-Identifier: Apache-2.0
"""What is pure: policies evaluated, and steps of the simulation, by one processor."""
import json
import re
import subprocess
import tempfile

from harness import BUILD, Bench
from measure import Row, spread
from rows_check import world
from world import VENDOR


def policy_us(text, arn, times):
    done = subprocess.run([f"{BUILD}/tests/bench/policy", str(times), VENDOR, arn], input=text, capture_output=True, text=True,
                          check=True, timeout=300)
    got = json.loads(done.stdout)
    return got["cpu_us"] / got["count"]


def steps_a_second(schedules, seed):
    with tempfile.TemporaryDirectory() as nowhere:
        done = subprocess.run([f"{BUILD}/tests/sim/run", "--jobs", "1", "--schedules", str(schedules), "--seed", str(seed)],
                              capture_output=True, text=True, check=True, timeout=300, cwd=nowhere)
    return {name: float(re.search(pattern, done.stdout)[1]) for name, pattern in
            {"steps": r"steps a second of one processor (\d+)", "mean": r"\(mean (\d+)\)"}.items()}


def rows(quick):
    turns, schedules = (3, 500) if quick else (9, 1500)
    with Bench() as bench:
        cloud = bench.cloud(world())
        text, arn = cloud.key_state()["policy"], cloud.arn()
        each = spread([policy_us(text, arn, 2000) for _ in range(turns)])
    yield Row("policy", "TiDB Cloud's documented policy read and evaluated for both purposes", "a second", 1e6 / each["median"],
              of={"each": each}, unit_of="us")
    got = [steps_a_second(schedules, 1 + turn * schedules) for turn in range(turns)]
    steps = spread([g["steps"] for g in got])
    mean = spread([g["mean"] for g in got])["median"]
    yield Row("simulation.steps", "steps of the simulation a second, each checked", "a second", steps["median"], target=1e6, at_least=True,
              of={"steps": steps}, unit_of="a second",
              note=f"{mean:,.0f} steps a schedule: {steps['median'] / mean:,.0f} schedules a second of one processor")

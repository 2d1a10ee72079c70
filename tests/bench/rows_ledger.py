# SPDX-License-Identifier: Apache-2.0
"""The ledger: records that become durable, one by one and together, and how long a start folds what is there."""
import json
import os
import subprocess
import tempfile

from harness import BUILD
from measure import Row, exponent, spread

LEDGER = f"{BUILD}/tests/bench/ledger"


def run(*argv):
    done = subprocess.run([LEDGER, *argv], capture_output=True, text=True, check=False, timeout=300)
    if done.returncode != 0:
        raise RuntimeError(done.stderr)
    got = json.loads(done.stdout)
    return got["us"] / got["records"], got["us"]


def rows(quick):
    turns = 3 if quick else 9
    # Where it is measured is what is measured: the folder of the build, a disk, not a tmpfs.
    with tempfile.TemporaryDirectory(dir=BUILD) as top:
        def folder(name):
            path = os.path.join(top, name)
            os.makedirs(path)
            return path
        alone, together = folder("alone"), folder("together")
        values = {"alone": [], "together": []}
        for _ in range(turns):
            values["alone"].append(1e6 / run("append", alone, "50", "1")[0])
            values["together"].append(1e6 / run("append", together, "2000", "200")[0])
        one, many = spread(values["alone"]), spread(values["together"])
        yield Row("ledger.append", "records made durable a second, each with an fdatasync of its own", "a second", one["median"],
                  of={"alone": one}, unit_of="a second")
        yield Row("ledger.together", "records made durable a second, 200 at a time in one write", "a second", many["median"],
                  of={"together": many}, unit_of="a second")
        points = []
        for size in (1000, 10000, 100000):
            path = folder(f"fold-{size}")
            run("append", path, str(size), "1000")
            points.append((size, sorted(run("fold", path)[1] for _ in range(turns))[turns // 2] / 1000))
        yield Row("ledger.fold", f"reading, checking and folding a ledger of {points[-1][0]:,} records", "ms", points[-1][1],
                  of={str(x): y for x, y in points}, unit_of="ms")
        yield Row("growth.fold", "exponent of the time of folding in records", "exponent", exponent(points), target=1.1)

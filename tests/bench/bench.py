#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""bench: what cmekd costs, measured beside a floor and beside what people would use instead, in one run.

    bench.py [--quick] [--json FILE] [ROW...]        only the groups named: check, core, ledger, control, times, scale

Figures of a shared machine are noisy: ratios within a run count, not times. Nothing here is a test.
"""
import argparse
import concurrent.futures
import json
import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, "..", "integration")]

import rows_check  # noqa: E402 (the path is set above)
import rows_control  # noqa: E402
import rows_core  # noqa: E402
import rows_ledger  # noqa: E402
import rows_scale  # noqa: E402
import rows_times  # noqa: E402
from machine import machine, today  # noqa: E402

# First what has the machine for itself, one after the other; then what mostly waits, side by side.
ALONE = {"check": rows_check.rows, "core": rows_core.rows, "ledger": rows_ledger.rows, "control": rows_control.rows}
WAITING = {"times": rows_times.rows, "scale": rows_scale.rows}
GROUPS = {**ALONE, **WAITING}


def number(value):
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def print_row(row):
    met = {None: "", True: "reached", False: "NOT REACHED"}[row.met()]
    target = "" if row.target is None else f"{'>=' if row.at_least else '<='} {number(row.target)}"
    print(f"{row.name:24} {number(row.value):>9} {row.unit:12} {target:>10}  {met:12} {row.title}")
    for name, values in row.of.items():
        shown = f"{number(values['median'])} ({number(values['least'])} to {number(values['most'])})" \
            if isinstance(values, dict) else number(values)
        print(f"{'':24} {name:>9} {shown} {row.unit_of}")
    if row.note:
        print(f"{'':24} {row.note}")
    sys.stdout.flush()


def collect(name, quick):
    return list(WAITING[name](quick))


def measured(names, quick):
    for name in (n for n in ALONE if n in names):
        yield from ALONE[name](quick)
    waiting = [n for n in WAITING if n in names]
    with concurrent.futures.ProcessPoolExecutor(max_workers=len(WAITING)) as pool:
        for rows in pool.map(collect, waiting, [quick] * len(waiting)):
            yield from rows


def main():
    p = argparse.ArgumentParser(description="what cmekd costs, beside others", allow_abbrev=False)
    p.add_argument("--quick", action="store_true", help="fewer and shorter runs: to try the benchmark, not to quote it")
    p.add_argument("--json", metavar="FILE", help="writes all figures, with the machine")
    p.add_argument("rows", nargs="*", metavar="ROW", help="only groups of these names: " + ", ".join(GROUPS))
    a = p.parse_args()
    unknown = [r for r in a.rows if r not in GROUPS]
    if unknown:
        p.error(f"no rows named {' '.join(unknown)}; there are {', '.join(GROUPS)}")
    document = {"machine": machine(), "at": today(),
                "quick": a.quick, "rows": []}
    for row in measured(a.rows or list(GROUPS), a.quick):
        print_row(row)
        document["rows"].append(row.document())
    if a.json:
        with open(a.json, "w", encoding="utf-8") as f:
            json.dump(document, f, indent=1)
            f.write("\n")


main()

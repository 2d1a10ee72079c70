#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""report: from tests/bench/results to what people read: the plots, and the tables of doc/measured.md.

    report.py            writes both
    report.py --check    exit 1 if they are not what the results say
"""
import json
import os
import re
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)

from plot import Plot, shown, svg  # noqa: E402 (the path is set above)

SRC = os.path.dirname(os.path.dirname(HERE))
RESULTS, PAGE = "tests/bench/results", "doc/measured.md"
ROWS, HOUR = f"{RESULTS}/rows.json", f"{RESULTS}/hour.json"


def read(root, path):
    try:
        with open(os.path.join(root, path), encoding="utf-8") as f:
            return f.read()
    except FileNotFoundError:
        return None


def machine_text(document):
    m = document["machine"]
    return f"{m['processors']} processors {m['model']}, {m['memory_gib']:.0f} GiB, Linux {m['kernel']}; {document['at'][:10]}"


# ---- plots ----

def points(row):
    return sorted((float(x), y) for x, y in row["of"].items())


def scaling(rows, where):
    """(file, plot) of each row that was measured at several sizes."""
    def one(name, title, x, y, target=None):
        if name not in rows:
            return
        at = points(rows[name])
        at = [(n, v) for n, v in at if v > 0]
        limits = {} if target is None else {target[0]: [(n, target[1](n)) for n, _ in at]}
        yield f"{name}.svg", Plot(title, where, x, y, {"cmekd": at}, limits)

    yield from one("memory.project", "Anonymous memory, by projects", "projects, each with one key and five clusters", "MiB")
    yield from one("start.most", "From the start to READY, by projects", "projects, with their ledgers", "ms",
                   ("1 s", lambda n: 1000))
    if "status.all" in rows:
        both = {"none with a problem": points(rows["status.most"]), "each shown (--all)": points(rows["status.all"])}
        yield "status.svg", Plot("cmekctl status, the whole process, by projects", where, "projects", "ms", both,
                                 {"100 ms": [(n, 100) for n, _ in both["none with a problem"]]})
    yield from one("scale.cores", "Processor time of looks every 30 s, by bindings", "bindings", "processors", ("half a processor", lambda n: 0.5))
    yield from one("ledger.fold", "Reading, checking and folding a ledger, by records", "records", "ms")
    pauses = sorted((int(name.split(".")[1]), row["of"]) for name, row in rows.items() if name.startswith("pause."))
    if pauses:
        yield "pause.svg", Plot("Verdict and grace to the last pause accepted, by clusters", where + "; the last at ten times the rate",
                                "clusters", "s", {"cmekd": [(n, of["took"]) for n, of in pauses],
                                                  "the least that the rate permits": [(n, of["least"]) for n, of in pauses if of["least"] > 0]})


def of_hour(hour):
    where = machine_text(hour)
    minutes = [s["at_s"] / 60 for s in hour["samples"]]
    title = f"{hour['projects']:,} bindings for {hour['minutes']:.0f} minutes, with faults"

    def series(name, scale=1.0):
        return [(m, s[name] / scale) for m, s in zip(minutes, hour["samples"]) if s[name] is not None]
    yield "hour-memory.svg", Plot(title + ": memory", where, "minutes", "MiB",
                                  {"resident": series("VmRSS", 1024), "anonymous": series("RssAnon", 1024)}, {}, False, False)
    yield "hour-descriptors.svg", Plot(title + ": descriptors", where, "minutes", "open descriptors", {"cmekd": series("descriptors")}, {}, False, False)
    late = [(m, 100 * max(0, s["latest"])) for m, s in zip(minutes, hour["samples"]) if s["latest"] is not None]
    yield "hour-late.svg", Plot(title + ": the latest looks", where + "; the latest of each quarter of a minute", "minutes", "% of the interval", {"cmekd": late},
                                {"10 %": [(minutes[0], 10), (minutes[-1], 10)]}, False, False)


# ---- tables ----

def cell(row):
    value = f"{shown(row['value'])} {row['unit']}"
    limit = "" if "target" not in row else f"{'at least' if row.get('at_least') else 'at most'} {shown(row['target'])}"
    return f"| {row['title']} | {value} | {limit} | {({True: 'yes', False: '**no**'}).get(row['met'], '')} |"


def table_rows(document):
    lines = [f"Measured on {machine_text(document)}.", "", "| what | measured | target | reached |", "| --- | --- | --- | --- |"]
    return "\n".join(lines + [cell(row) for row in document["rows"]])


def table_beside(document):
    """What was measured side by side, in one run."""
    lines = ["| a check | processor time, us | allocations |", "| --- | --- | --- |"]
    rows = {row["name"]: row for row in document["rows"]}
    names = {"floor": "bare libcurl, nothing parsed", "cmekd": "cmekd", "boto3": "boto3", "aws": "AWS CLI, a process a call"}
    for name, of in rows["check.cpu"]["of"].items():
        allocations = rows["check.allocations"]["of"].get(name)
        lines.append(f"| {names.get(name, name)} | {shown(of['median'])} ({shown(of['least'])} to {shown(of['most'])}) | "
                     f"{shown(allocations['median']) if allocations else ''} |")
    return "\n".join(lines)


def table_hour(hour):
    r = hour["result"]
    lines = [f"Measured on {machine_text(hour)}.", "", "| what | measured |", "| --- | --- |",
             f"| looks | {r['looks']:,} |",
             f"| how late they began, of the interval: half, 99 of 100, the latest | {100 * r['late_p50']:.2f} %, {100 * r['late_p99']:.2f} %, {100 * r['late_most']:.1f} % |",
             f"| looks that began more than a tenth of the interval late | {r['late_over_tenth']:,} |",
             f"| anonymous memory after five minutes, at most, at the end | {r['anonymous_kib_settled'] / 1024:.1f}, {r['anonymous_kib_most'] / 1024:.1f}, {r['anonymous_kib_end'] / 1024:.1f} MiB |",
             f"| descriptors after five minutes, at most, at the end | {r['descriptors_settled']}, {r['descriptors_most']}, {r['descriptors_end']} |",
             f"| processors | {r['processors']:.3f} |",
             f"| keys that were disabled meanwhile, and told lost | {hour['keys_disabled']}, {hour['told'].get('lost', 0)} |",
             f"| clusters paused, incidents closed with their clusters resumed | {hour['told']['cluster_paused']}, {hour['told']['closed']} |"]
    return "\n".join(lines)


def page(words, tables):
    for name, table in tables.items():
        words, count = re.subn(rf"(<!-- {name} -->\n).*?(<!-- end -->)", lambda m: f"{m[1]}{table}\n{m[2]}", words, flags=re.DOTALL)
        if count != 1:
            raise SystemExit(f"report: {PAGE} needs one <!-- {name} --> with an <!-- end -->")
    return words


def wanted(root):
    """{path: text} of all that is made from the results."""
    rows, hour = json.loads(read(root, ROWS)), json.loads(read(root, HOUR))
    made = {f"{RESULTS}/{name}": svg(plot)
            for name, plot in (*scaling({r["name"]: r for r in rows["rows"]}, machine_text(rows)), *of_hour(hour))}
    made[PAGE] = page(read(root, PAGE), {"rows": table_rows(rows), "beside": table_beside(rows), "hour": table_hour(hour)})
    return made


def stale(root):
    return [f"{path}: is not what the results say: run tests/bench/report.py" for path, text in wanted(root).items() if read(root, path) != text]


def main():
    if sys.argv[1:] == ["--check"]:
        for problem in (problems := stale(SRC)):
            print(problem)
        return 1 if problems else 0
    for path, text in wanted(SRC).items():
        with open(os.path.join(SRC, path), "w", encoding="utf-8") as f:
            f.write(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())

# SPDX-License-Identifier: Apache-2.0
"""instructions: what fixed runs cost, counted and not timed: instructions of our own sources alone, by callgrind. A change that makes
one of them dearer than the tolerance says so in its commit, with the new figure (CMEKD_UPDATE_FIGURES=1 writes it).

The counts are those of one compiler, named in the table; another one is told about and not held to them."""
import os
import re
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))

import tap

SRC, BUILD = os.environ["CMEKD_SRC"], os.environ["CMEKD_BUILD"]
TABLE = os.path.join(SRC, "tests/guard/instructions.txt")
TOLERANCE = 0.04
OURS = re.compile(r"(?:^|/)((?:common|daemon)/\w+)/[\w.]+$")
POLICY = """{"Version":"2012-10-17","Statement":[
{"Sid":"Admin","Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:root"},"Action":"kms:*","Resource":"*"},
{"Sid":"EBS","Effect":"Allow","Principal":{"AWS":"*"},"Action":["kms:Encrypt","kms:Decrypt","kms:ReEncrypt*","kms:GenerateDataKey*",
"kms:CreateGrant","kms:DescribeKey"],"Resource":"*","Condition":{"StringEquals":{"kms:CallerAccount":"444455556666",
"kms:ViaService":"ec2.us-west-2.amazonaws.com"}}},
{"Sid":"S3","Effect":"Allow","Principal":{"AWS":"arn:aws:iam::444455556666:root"},"Action":["kms:Decrypt","kms:GenerateDataKey"],
"Resource":"*"}]}"""
KEY = "arn:aws:kms:us-west-2:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"


def by_folder(text):
    """Instructions of each of our folders, from a profile of callgrind: what a function itself costs, by the file that a line of
    it comes from; what it calls has its own lines."""
    names, current, total, called = {}, None, {}, False
    for line in text.split("\n"):
        m = re.match(r"(fl|fi|fe|cfi|cfl)=\((\d+)\)(?: (.*))?$", line)
        if m:
            names.setdefault(m[2], m[3])  # told once, wherever it comes first
            found = OURS.search(names[m[2]])
            current = (found[1] if found else None) if m[1][0] == "f" else current
        elif line.startswith("calls="):
            called = True
        elif re.match(r"[+\-*\d]", line):
            if current and not called:
                total[current] = total.get(current, 0) + int(line.split()[1])
            called = False
    return total


def profile(argv, stdin=None):
    """(instructions by folder, what the program printed)"""
    with tempfile.TemporaryDirectory() as nowhere:
        out = os.path.join(nowhere, "profile")
        done = subprocess.run(["valgrind", "--tool=callgrind", "--quiet", f"--callgrind-out-file={out}", *argv], cwd=nowhere,
                              input=stdin, capture_output=True, text=True, check=False, timeout=600)
        if done.returncode != 0:
            raise RuntimeError(f"{argv[0]}: exit {done.returncode}: {done.stderr[-500:]}")
        with open(out, encoding="utf-8") as f:
            return by_folder(f.read()), done.stdout


def measure():
    """{figure: instructions}"""
    folders, printed = profile([f"{BUILD}/tests/sim/run", "--jobs", "1", "--schedules", "10", "--seed", "1"])
    steps = int(re.search(r"steps (\d+)", printed)[1])
    policies = 200
    of_policy, _ = profile([f"{BUILD}/tests/bench/policy", str(policies), "444455556666", KEY], POLICY)
    return {"core, a step": folders["daemon/core"] / steps,
            "ledger and what reads it, a step": (folders["common/ledger"] + folders["common/base"]) / steps,
            "policy, read and evaluated": of_policy["common/policy"] / policies}


def read_table(text):
    """(compiler, {figure: instructions})"""
    lines = [line for line in text.split("\n") if line and not line.startswith("#")]
    return lines[0].removeprefix("compiler "), {name: float(n) for n, name in (line.split(" ", 1) for line in lines[1:])}


def dearer(figures, measured):
    return [f"{name}: {measured[name]:,.0f} instructions, {measured[name] / was - 1:+.1%} of {was:,.0f}"
            for name, was in figures.items() if measured[name] > was * (1 + TOLERANCE)]


def compiler():
    cc = os.environ.get("CMEKD_CC", "cc").split()
    return subprocess.run([*cc, "--version"], capture_output=True, text=True, check=True).stdout.split("\n")[0]


def main():
    if not shutil.which("valgrind"):
        tap.skip("what fixed runs cost", "valgrind is not installed")
        tap.done()
        return
    measured, now = measure(), compiler()
    if os.environ.get("CMEKD_UPDATE_FIGURES"):
        with open(TABLE, "w", encoding="utf-8") as f:
            f.write("# SPDX-License-Identifier: Apache-2.0\n# Instructions of our own sources in fixed runs (instructions.py).\n"
                    f"compiler {now}\n" + "".join(f"{n:.0f} {name}\n" for name, n in measured.items()))
    with open(TABLE, encoding="utf-8") as f:
        wanted, figures = read_table(f.read())
    for name, n in measured.items():
        print(f"# {name}: {n:,.0f} instructions")
    same = wanted == now
    worse = dearer(figures, measured) if same else []
    tap.ok(not worse and set(figures) == set(measured), "no fixed run has become dearer" if same else
           f"no fixed run has become dearer: not compared, the figures are of {wanted}", "\n".join(worse) or f"figures {set(figures)}")
    # It must be able to fail: the same with figures that a little less would be.
    less = {name: n / (1 + 2 * TOLERANCE) for name, n in measured.items()}
    tap.ok(len(dearer(less, measured)) == len(measured) and not dearer(measured, measured), "a dearer run is found")
    text = "fl=(1) daemon/core/x.c\nfn=(1) f\n1 10\ncfi=(3) common/base/z.c\ncalls=1 0\n2 500\n+1 5\nfl=(2) /usr/lib/y.c\n1 7\nfl=(1)\n* 2\nfl=(3)\n1 4\n"
    tap.ok(by_folder(text) == {"daemon/core": 17, "common/base": 4}, "what is called, and what is not ours, is left out", by_folder(text))
    tap.done()


main()

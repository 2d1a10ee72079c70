#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Faults of one line, made by machine all over the core, and what notices them: to find out what nothing looks at.

faults.py [--seed S] [--count N]     N of them (default 50), chosen by S (default 1); ends with a line of sums

An operand of && or || is left out, a condition is always true or never, a statement is left out. Each fault is played to test-core,
then to the scenarios, then to the simulation; the first that notices it is named. What is noticed by nothing either changes nothing that
can be seen, or should be looked at by somebody: a rule of the audit, or a scenario. It is no test.
"""
import argparse
import pathlib
import random
import re
import subprocess
import sys
import tempfile

import mutants
from mutants import CC, SRC

SCHEDULES = (["--close", "--schedules", "2000"], ["--schedules", "300"], ["--close", "--schedules", "8000", "--seed", "2001"],
             ["--schedules", "600", "--seed", "301"])
SECONDS = 150  # for one of these; what takes longer hangs
LEFT_OUT = {"&&": {"right": "&& 1 || 0 &&", "left": "&& 0 || 1 &&"}, "||": {"right": "|| 0 &&", "left": "&& 0 ||"}}
NO_STATEMENT = r"(return|break|continue|goto|case|else|if|for|while|do|const|static|struct|enum|bool|char|int|int64_t|size_t|" \
               r"uint\w*_t)\b|\(void\)\w+;"


def blanked(text):
    """Comments, strings and directives made blank, so that places stay."""
    return re.sub(r'/\*.*?\*/|"(?:\\.|[^"\\])*"|^#(?:[^\n]*\\\n)*[^\n]*', lambda m: re.sub(r"[^\n]", " ", m[0]), text,
                  flags=re.S | re.M)


def end_of(text, at):
    """Of what is in the parenthesis that was opened right before."""
    depth = 1
    while depth:
        depth += {"(": 1, ")": -1}.get(text[at], 0)
        at += 1
    return at - 1


def faults_of(path):
    """(file, from, to, what stands there instead, in words)"""
    text = blanked((SRC / path).read_text())
    for m in re.finditer(r"&&|\|\|", text):
        for side, instead in LEFT_OUT[m[0]].items():
            yield path, m.start(), m.end(), instead, f"without what is {side} of {m[0]}"
    for m in re.finditer(r"\bif \(", text):
        end = end_of(text, m.end())
        yield path, m.end(), end, "0", "never"
        yield path, m.end(), end, "1", "always"
    for m in re.finditer(r"^\t+([a-z(][^;{}\n]*;)$", text, re.M):
        if not re.match(NO_STATEMENT, m[1]):
            yield path, m.start(1), m.end(1), ";", "left out"


class Bench:
    """The three programs, linked anew with the file that has the fault."""

    def __init__(self, folder):
        self.folder = folder
        self.objects = mutants.compile_all(folder)  # of the simulation
        core = [o for name, o in self.objects.items() if name.startswith(("daemon/core/", "common/model/", "common/base/"))]
        self.programs = {
            "test-core": (self.extra("tests/unit/test-core.c"), core, ["-lcmocka"]),
            "scenario": ([o for p in sorted((SRC / "tests/scenario").glob("*.c")) for o in self.extra(p.relative_to(SRC))], core, []),
            "simulation": ([], list(self.objects.values()), [])}

    def extra(self, name):
        target = self.folder / (str(name).replace("/", "_") + ".o")
        subprocess.run(mutants.command(SRC / name, SRC / "tests/scenario", target), check=True)
        return [target]

    def link(self, name, path, target):
        extra, objects, libraries = self.programs[name]
        linked = [str(target if o == self.objects[path] else o) for o in objects + extra]
        program = self.folder / name
        subprocess.run(CC + ["-o", str(program)] + linked + libraries + ["-lcrypto"], check=True)
        return program

    def run(self, program, words):
        """What it says of what is wrong, or None."""
        try:
            out = subprocess.run([str(program)] + words, cwd=SRC, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
                                 errors="replace", timeout=SECONDS)
        except subprocess.TimeoutExpired:
            return "it hangs"
        if out.returncode == 0:
            return None
        said = [line for line in out.stdout.splitlines() if line.startswith(("not ok", "seed"))]
        return said[0] if said else f"it ends with {out.returncode}"

    def notices(self, fault):
        path, start, end, instead, _ = fault
        text = (SRC / path).read_text()
        source, target = self.folder / "fault.c", self.folder / "fault.o"
        source.write_text(text[:start] + instead + text[end:])
        if subprocess.run(mutants.command(source, (SRC / path).parent, target), stderr=subprocess.DEVNULL).returncode != 0:
            return "compiler", ""
        for name in self.programs:
            program = self.link(name, path, target)
            for words in SCHEDULES if name == "simulation" else ([],):
                said = self.run(program, words)
                if said:
                    return name, said
        return "nothing", ""


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int, default=50)
    options = parser.parse_args()
    paths = [p.relative_to(SRC) for p in sorted((SRC / "daemon/core").glob("*.c")) if p.name != "rows.c"]
    faults = [f for p in paths for f in faults_of(str(p))]
    random.Random(options.seed).shuffle(faults)
    sums = {}
    with tempfile.TemporaryDirectory(prefix="cmekd-faults-") as folder:
        bench = Bench(pathlib.Path(folder))
        who, said = bench.notices((str(paths[0]), 0, 0, "", ""))
        if who != "nothing":
            sys.exit(f"{who} fails without any fault: {said}")
        for fault in faults[:options.count]:
            path, start, _, _, what = fault
            text = (SRC / path).read_text()
            who, said = bench.notices(fault)
            sums[who] = sums.get(who, 0) + 1
            number = text.count("\n", 0, start)
            print(f"{who}: {path}:{number + 1} {what}: {text.splitlines()[number].strip()}{'; ' if said else ''}{said}", flush=True)
    print(f"{sum(sums.values())} of {len(faults)} faults: " + ", ".join(f"{n} by {who}" for who, n in sorted(sums.items())))


if __name__ == "__main__":
    sys.exit(main())

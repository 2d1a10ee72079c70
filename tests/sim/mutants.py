#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes each fault of tests/sim/mutants.txt in a copy of one source file and runs the simulation, which must find it.

mutants.py [--quick] [WORD...]     only those that are marked quick; only those whose name contains a word
"""
import os
import pathlib
import re
import subprocess
import sys
import tempfile

SRC = pathlib.Path(os.environ.get("CMEKD_SRC", pathlib.Path(__file__).resolve().parents[2]))
CC = os.environ.get("CMEKD_CC", "cc").split() + ["-O2", "-std=gnu17", "-D_GNU_SOURCE", "-w"]
FOLDERS = ["tests/sim", "daemon/core", "common/model", "common/base", "common/ledger"]
DRIVER = ["barrier", "capacity", "deed", "texts"]


def read_mutants():
    mutants = []
    for block in re.split(r"\n\s*\n", (SRC / "tests/sim/mutants.txt").read_text()):
        lines = [line for line in block.splitlines() if line and not line.startswith("#")]
        if lines:
            m = dict(line.split(" ", 1) for line in lines[1:])
            m["name"] = lines[0]
            mutants.append(m)
    return mutants


def sources():
    found = [p for folder in FOLDERS for p in sorted((SRC / folder).glob("*.c"))]
    return found + [SRC / "daemon/driver" / f"{name}.c" for name in DRIVER]


def command(source, folder, target):
    return CC + ["-I", str(folder), "-c", "-o", str(target), str(source)] + [
        f"-I{SRC / d}" for d in ("common", "daemon", "tests/sim")]


def compile_all(dir):
    objects, running = {}, []
    for source in sources():
        target = dir / (str(source.relative_to(SRC)).replace("/", "_") + ".o")
        objects[str(source.relative_to(SRC))] = target
        running.append(subprocess.Popen(command(source, source.parent, target)))
        if len(running) >= 2:
            assert running.pop(0).wait() == 0, "the simulation does not compile"
    for p in running:
        assert p.wait() == 0, "the simulation does not compile"
    return objects


def mutate(m):
    """The text with the fault in it, or None if it does not apply."""
    lines = (SRC / m["file"]).read_text().splitlines()
    at = [i for i, line in enumerate(lines) if line.strip() == m["old"]]
    if len(at) != 1:
        return None
    lines[at[0]] = m["new"]
    return "\n".join(lines) + "\n"


def try_mutant(m, dir, objects):
    """What is wrong, or None; and what was found."""
    text = mutate(m)
    if text is None:
        return f"does not apply any more to {m['file']}", ""
    source, target, program = dir / "mutant.c", dir / "mutant.o", dir / "mutant"
    source.write_text(text)
    if subprocess.run(command(source, (SRC / m["file"]).parent, target)).returncode != 0:
        return "does not compile", ""
    linked = [str(target if name == m["file"] else o) for name, o in objects.items()]
    subprocess.run(CC + ["-o", str(program)] + linked + ["-lcrypto"], check=True)
    close = ["--close"] if "close" in m["within"] else []
    out = subprocess.run([str(program), "--schedules", m["within"].split()[0], "--seed", "1", "--first"] + close,
                         stdout=subprocess.PIPE, text=True)
    found = [line for line in out.stdout.splitlines() if line.startswith("seed ")]
    if out.returncode < 0 and not found:
        found = [f"the core stopped: signal {-out.returncode}"]
    if not found:
        return f"not found within {m['within'].split()[0]} schedules", ""
    return None, found[0]


def main():
    quick = "--quick" in sys.argv[1:]
    words = [a for a in sys.argv[1:] if not a.startswith("-")]
    mutants = [m for m in read_mutants() if (not quick or "quick" in m["within"]) and
               (not words or any(w in m["name"] for w in words))]
    failed = 0
    stale = [m["name"] for m in read_mutants() if mutate(m) is None]
    if stale:
        print("1..1\nnot ok 1 - these do not apply any more: " + ", ".join(stale))
        return 1
    print(f"1..{len(mutants)}", flush=True)
    with tempfile.TemporaryDirectory(prefix="cmekd-mutants-") as name:
        dir = pathlib.Path(name)
        objects = compile_all(dir)
        for number, m in enumerate(mutants, 1):
            wrong, found = try_mutant(m, dir, objects)
            failed += wrong is not None
            print(f"{'not ok' if wrong else 'ok'} {number} - {m['name']}: {wrong or found}", flush=True)
    return failed != 0


if __name__ == "__main__":
    sys.exit(main())

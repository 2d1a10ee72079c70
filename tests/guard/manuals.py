# SPDX-License-Identifier: Apache-2.0
"""manuals: groff renders each manual page without a word of complaint, mandoc finds nothing to warn of, and each has the sections that
people look for. (What mandoc calls style is left out: it counts the lines of the source that are longer than 80 bytes.)"""
import glob
import os
import re
import shutil
import subprocess
import tempfile

import tree
import tap

PAGES = ("cmekd.8", "cmekctl.1", "cmekd.conf.5", "cmekd.project.5", "io.cmekd.7")
TOOLS = {"groff": ("groff", "-man", "-Tutf8", "-ww", "-z"), "mandoc": ("mandoc", "-Tlint", "-Wwarning")}
SECTIONS = ("NAME", "SYNOPSIS", "DESCRIPTION", "SEE ALSO")


def check(path):
    name = os.path.basename(path)
    problems = []
    for argv in TOOLS.values():
        done = subprocess.run([*argv, path], capture_output=True, text=True)
        problems += [f"{name}: {line}" for line in (done.stdout + done.stderr).splitlines()]
    with open(path, encoding="utf-8") as f:
        text = f.read()
    for section in SECTIONS:
        if not re.search(rf'^\.SH "?{section}"?$', text, re.M):
            problems.append(f"{name}: no section {section}")
    return problems


def main():
    missing = [tool for tool in TOOLS if not shutil.which(tool)]
    for page in PAGES:
        found = glob.glob(os.path.join(tree.SRC, "man", page)) + glob.glob(os.path.join(tree.BUILD, "man", page))
        if not found:
            tap.ok(False, f"{page} is clean", "there is no such page")
        elif missing:
            tap.skip(f"{page} is clean", f"{missing[0]} is not installed")
        else:
            tap.empty(check(found[0]), f"{page} is clean")
    if not missing:
        good = '.TH A 1 2026-11-29\n.SH NAME\na \\- b\n.SH SYNOPSIS\na\n.SH DESCRIPTION\nb\n.SH "SEE ALSO"\nc\n'
        for name, text, wanted in (("a clean page has no problem", good, None),
                                   ("reports what groff complains of", good + ".hy zz\n", "numeric expression"),
                                   ("reports what mandoc warns of", good + ".PP\n", "skipping paragraph macro"),
                                   ("reports a missing section", good.replace("SYNOPSIS", "SYNTAX"), "SYNOPSIS")):
            with tempfile.TemporaryDirectory() as out:
                with open(os.path.join(out, "a.1"), "w", encoding="ascii") as f:
                    f.write(text)
                problems = check(os.path.join(out, "a.1"))
            tap.ok(len(problems) == (1 if wanted else 0) and all(wanted in p for p in problems), name, problems)
    tap.done()


if __name__ == "__main__":
    main()

# SPDX-License-Identifier: Apache-2.0
"""words: what no source file may contain, and what each must: a licence line, an end of line, no promise for later,
no path of somebody's machine."""
import os
import re

import tree
import tap

SPDX = "SPDX-License-" + "Identifier: Apache-2.0"
NO_SPDX = (".md", ".json", ".pem", ".txt.in", ".golden",  # documents, and data that cannot hold a comment,
           "org.varlink.service.varlink",  # and a text that the Varlink specification gives
           "debian/changelog", "debian/copyright", "debian/source/format", "README.Debian")  # and files of Debian's form
FORBIDDEN = [
    (re.compile(r"\b(TO" r"DO|FIX" r"ME|X" r"XX)\b"), "a promise for later: do it, or write down why not"),
    (re.compile(r"(?<![\w.])/(work|Users|home/[a-z]\w+|tmp/(wt|b))/"), "a path of somebody's machine"),
    (re.compile(r"\bshared/(facts|design|style)\b"), "a document that is not in the tree"),
    (re.compile(r"\bissue #?\d+\b", re.I), "a number that only a tracker explains"),
    (re.compile(r"[ \t]$", re.M), "blanks at the end of a line"),
    (re.compile(r"AKIA(?![0-9A-Z]*(EXAMPLE|DEMO|TEST|CMEKD))[0-9A-Z]{16}"), "what looks like a real AWS access key"),
]


def check(root):
    problems = []
    for path in tree.files(root):
        try:
            with open(os.path.join(root, path), encoding="utf-8") as f:
                text = f.read()
        except UnicodeDecodeError:
            if not path.startswith("tests/fuzz/"):
                problems.append(f"{path}: not UTF-8")
            continue
        if not text:
            continue
        data = path.startswith(("tests/fuzz/", "tests/data/"))
        if not data and not path.endswith(NO_SPDX) and not path.startswith(".") and \
                SPDX not in "\n".join(text.split("\n")[:3]):
            problems.append(f"{path}: no line {SPDX}")
        if data:
            continue
        if not text.endswith("\n"):
            problems.append(f"{path}: its last line does not end")
        for pattern, what in FORBIDDEN:
            m = pattern.search(text)
            if m:
                problems.append(f"{path}:{text.count(chr(10), 0, m.start()) + 1}: {what}: {m.group(0)!r}")
    return problems


def main():
    top = f"/* {SPDX} */\n"
    tap.empty(check(tree.SRC), "no source file contains what it may not")
    tree.reports("a clean file has no problem", check, {"client/a.c": top + "int a;\n"}, None)
    tree.reports("a missing licence line", check, {"client/a.c": "int a;\n"}, "no line SPDX")
    tree.reports("a promise for later", check, {"client/a.c": top + "/* TO" "DO: more */\n"}, "a.c:2: a promise")
    tree.reports("a path of somebody's machine", check, {"client/a.c": top + "/* /home/" "joe/x */\n"}, "machine")
    tree.reports("a blank at the end of a line", check, {"client/a.c": top + "int a; \n"}, "blanks")
    tree.reports("a last line without an end", check, {"client/a.c": top + "int a;"}, "does not end")
    tap.done()


if __name__ == "__main__":
    main()

# SPDX-License-Identifier: Apache-2.0
"""format: the C sources are laid out as .clang-format says. `make format` applies it."""
import os
import re
import subprocess

import tree
import tap

VERSION = "14."  # another version lays out differently


def check(root):
    sources = tree.files(root, (".c", ".h"))
    done = subprocess.run([os.environ["CMEKD_CLANG_FORMAT"], "--dry-run", "--Werror", "--style=file",
                           *(os.path.join(root, s) for s in sources)], capture_output=True, text=True)
    found = sorted(set(re.findall(rf"^{re.escape(root)}/([^:]+):\d+:\d+: error", done.stderr, re.M)))
    if done.returncode != 0 and not found:
        return [done.stderr[:400]]
    return [f"{f}: not laid out as .clang-format says; run make format" for f in found]


def main():
    tool = os.environ.get("CMEKD_CLANG_FORMAT")
    version = subprocess.run([tool, "--version"], capture_output=True, text=True).stdout if tool else ""
    if not re.search(r"version " + re.escape(VERSION), version):
        tap.skip("the sources are laid out as .clang-format says", "needs clang-format " + VERSION + "x: " + (version.strip() or "none"))
        tap.done()
    style = tree.read(".clang-format")
    tap.empty(check(tree.SRC), "the sources are laid out as .clang-format says")
    good = "/* a */\nint f(void)\n{\n\treturn 1;\n}\n"
    tree.reports("a tidy source has no problem", check, {".clang-format": style, "client/a.c": good}, None)
    tree.reports("an untidy source", check, {".clang-format": style, "client/a.c": good.replace("\t", "    ")}, "client/a.c")
    tap.done()


if __name__ == "__main__":
    main()

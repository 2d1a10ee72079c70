# SPDX-License-Identifier: Apache-2.0
"""headers: each header compiles alone, twice, and opens by saying what its file is."""
import concurrent.futures
import os
import re
import subprocess

import tree
import tap

FLAGS = ("-std=gnu17 -Wall -Wextra -Werror -Wno-unused-function -D_GNU_SOURCE -DCMEKD_SYSCONFDIR=\"/etc\" "
         "-DCMEKD_LOCALSTATEDIR=\"/var\" -DCMEKD_RUNSTATEDIR=\"/run\" -fsyntax-only -x c -").split()


def compile_alone(root, path):
    text = f'#include "{path}"\n#include "{path}"\n'
    done = subprocess.run([*os.environ.get("CMEKD_CC", "gcc").split(),
                           *(f"-I{root}{d}" for d in ("", "/common", "/daemon", "/client")),
                           *os.environ.get("CMEKD_PKG_CFLAGS", "").split(), *FLAGS],
                          input=text, capture_output=True, text=True)
    return None if done.returncode == 0 else f"{path}: does not compile alone: {done.stderr.strip()[:400]}"


def check(root):
    headers = [h for h in tree.files(root, (".h",)) if not h.startswith("tests/")]
    problems = []
    for h in headers:
        lines = tree.read(h, root).split("\n")
        stem = os.path.basename(h)[:-2]
        if len(lines) < 2 or not re.match(rf"/\* {re.escape(stem)}: ", lines[1]):
            problems.append(f'{h}: its second line does not say what it is: "/* {stem}: ..."')
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        problems += [p for p in pool.map(lambda h: compile_alone(root, h), headers) if p]
    return problems


def main():
    start = "/* SPDX-License-Identifier: Apache-2.0 */\n/* a: nothing. */\n#pragma once\n"
    tap.empty(check(tree.SRC), "each header stands alone and says what it is")
    tree.reports("a header that stands alone has no problem", check, {"common/base/a.h": start + "#include <stdint.h>\nuint8_t a(void);\n"}, None)
    tree.reports("a header that misses a type", check, {"common/base/a.h": start + "uint8_t a(void);\n"}, "compile alone")
    tree.reports("a header that is read twice", check, {
        "common/base/a.h": start.replace("#pragma once\n", "") + "struct a { int b; };\n"}, "compile alone")
    tree.reports("a header that does not say what it is", check, {
        "common/base/a.h": start.replace("a: nothing", "helpers") + "int a(void);\n"}, "what it is")
    tap.done()


if __name__ == "__main__":
    main()

# SPDX-License-Identifier: Apache-2.0
"""hardening: reads back from the ELF files what the build asked for. A flag that never arrived looks just like one
that did. (Not run in a sanitizer build, which is another program.)"""
import os
import re
import subprocess
import tempfile

import tree
import tap

READELF = os.environ.get("CMEKD_READELF", "readelf")


def readelf(path):
    return subprocess.run([READELF, "-W", "-h", "-l", "-d", "--dyn-syms", path], capture_output=True, text=True,
                          check=True, env={**os.environ, "LC_ALL": "C"}).stdout


def check(path, fortify):
    text = readelf(path)
    problems = []

    def want(good, what):
        if not good:
            problems.append(f"{os.path.basename(path)}: {what}")

    want(re.search(r"Type:\s+DYN", text) and re.search(r"FLAGS_1.*\bPIE\b", text), "not position independent (PIE)")
    want(re.search(r"GNU_RELRO", text), "no RELRO segment")
    want(re.search(r"\(FLAGS\).*BIND_NOW|FLAGS_1.*\bNOW\b", text), "no BIND_NOW")
    stack = re.search(r"GNU_STACK\s+(?:0x\w+\s+){5}(\S+)", text)
    want(stack and "E" not in stack.group(1), "executable stack")
    want(not re.search(r"LOAD\s+(?:0x\w+\s+){5}RWE", text), "a segment that is writable and executable")
    want(not re.search(r"\bTEXTREL\b", text), "text relocations")
    want(not re.search(r"\((RPATH|RUNPATH)\)", text), "a run path")
    want("__stack_chk_fail" in text, "no stack protector")
    if fortify:
        want(re.search(r"__(?!stack)\w+_chk\b", text), "no fortified function")
    return problems


def check_paths(path, roots):
    """Equal sources, equal bytes: no path of the machine that built it."""
    with open(path, "rb") as f:
        data = f.read()
    return [f"{os.path.basename(path)}: names {r}" for r in roots if os.fsencode(r + "/") in data]


SOURCE = """#include <stdio.h>
#include <string.h>
int main(int argc, char **argv) { char a[64]; snprintf(a, sizeof a, "%d %s", argc, argv[0]); return (int)strlen(a); }
"""
GOOD = ["-O2", "-fPIE", "-pie", "-fstack-protector-strong", "-U_FORTIFY_SOURCE", "-D_FORTIFY_SOURCE=2",
        "-Wl,-z,relro,-z,now,-z,noexecstack"]


def built(name, flags, wanted):
    with tempfile.TemporaryDirectory() as out:
        source, program = os.path.join(out, "a.c"), os.path.join(out, "a")
        with open(source, "w", encoding="ascii") as f:
            f.write(SOURCE)
        subprocess.run([*os.environ.get("CMEKD_CC", "gcc").split(), *flags, "-o", program, source], check=True)
        found = check(program, True)
    tap.ok(len(found) == (1 if wanted else 0) and all(wanted in f for f in found),
           "reports " + name if wanted else name, f"wanted: {wanted}\nfound:  {found}")


def main():
    flags = os.environ.get("CMEKD_HARDEN", "")
    for program in os.environ.get("CMEKD_PROGRAMS", "").split():
        path = os.path.join(tree.BUILD, program)
        tap.empty(check(path, "_FORTIFY_SOURCE" in flags), f"{program} is hardened")
        tap.empty(check_paths(path, [tree.SRC, tree.BUILD]), f"{program} names no path of the build")
    built("a hardened program has no problem", GOOD, None)
    built("a program that is not PIE", [*GOOD, "-fno-pie", "-no-pie"], "PIE")
    built("a program without RELRO", [*GOOD, "-Wl,-z,norelro"], "RELRO")
    built("a program without BIND_NOW", [*GOOD, "-Wl,-z,lazy"], "BIND_NOW")
    built("an executable stack", [*GOOD, "-Wl,-z,execstack"], "executable stack")
    built("a program without stack protector", [*GOOD, "-fno-stack-protector"], "stack protector")
    built("a program without fortified functions", [*GOOD, "-U_FORTIFY_SOURCE"], "fortified")
    built("a run path", [*GOOD, "-Wl,-rpath,/opt/x"], "run path")
    with tempfile.TemporaryDirectory() as out:
        with open(os.path.join(out, "a"), "w", encoding="ascii") as f:
            f.write(f"x{out}/common/base/err.c")
        tap.equal(len(check_paths(os.path.join(out, "a"), [out])), 1, "reports a path of the build machine")
    tap.done()


if __name__ == "__main__":
    main()

# SPDX-License-Identifier: Apache-2.0
"""tree: the source files of cmekd, for the guards. A release has no git, so folders are walked."""
import os
import re
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
import tap

SRC = os.environ.get("CMEKD_SRC") or os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BUILD = os.environ.get("CMEKD_BUILD") or os.getcwd()

FOLDERS = ("client", "common", "daemon", "debian", "etc", "man", "systemd", "tests", "m4", "doc", "bench", ".ci")
TOP = ("Makefile.am", "configure.ac", "autogen.sh", "run-tests", "quickstart", "packages.sh", "packages.txt",
       "README.md", "ARCHITECTURE.md", "HACKING.md", "SECURITY.md", "NEWS.md", ".clang-format", ".editorconfig")
GENERATED = re.compile(r"(^m4/(lt|libtool)|^debian/(build|cmekd|\.debhelper)/|^debian/(files|autoreconf\..*|debhelper-build-stamp)$|"
                       r"\.(substvars|debhelper)$|/\.deps/|__pycache__|\.(o|a|log|trs|pyc)$|\.dirstamp$)")


def files(root=SRC, suffixes=None):
    """Paths from `root` of every source file, sorted."""
    found = [f for f in TOP if os.path.isfile(os.path.join(root, f))]
    for folder in FOLDERS:
        for where, _, names in os.walk(os.path.join(root, folder)):
            found += [os.path.relpath(os.path.join(where, n), root) for n in names]
    return sorted(f for f in found if not GENERATED.search(f) and (suffixes is None or f.endswith(suffixes)))


def read(path, root=SRC):
    with open(os.path.join(root, path), encoding="utf-8", errors="surrogateescape") as f:
        return f.read()


def write(root, path, text):
    """A file of a made-up tree, for the negative tests."""
    full = os.path.join(root, path)
    os.makedirs(os.path.dirname(full), exist_ok=True)
    with open(full, "w", encoding="utf-8") as f:
        f.write(text)


def reports(name, check, made, wanted):
    """A negative test: `check` of the tree `made` (path -> text) must report exactly one problem, like `wanted`; none
    if `wanted` is None. So a guard that is blind, or that shouts at everything, fails."""
    with tempfile.TemporaryDirectory() as root:
        for path, text in made.items():
            write(root, path, text)
        found = check(root)
    good = len(found) == (1 if wanted else 0) and all(re.search(wanted, f) for f in found)
    tap.ok(good, "reports " + name if wanted else name, f"wanted: {wanted}\nfound:  {found}")

# SPDX-License-Identifier: Apache-2.0
"""versions: configure.ac, NEWS.md, debian/changelog and the manual pages agree on the version, the last two on its date as well."""
import email.utils
import re

import tree
import tap

PAGES = ("man/cmekctl.1", "man/cmekd.8", "man/cmekd.conf.5", "man/cmekd.project.5", "man/io.cmekd.7")


def first(pattern, path, root):
    found = re.search(pattern, tree.read(path, root), re.M)
    return found[1] if found else None


def check(root):
    version = first(r"^AC_INIT\(\[cmekd\], \[(.*?)\]", "configure.ac", root)
    if not version:
        return ["configure.ac: no version in AC_INIT"]
    problems = []
    for path, pattern in (("NEWS.md", r"^## (\S+)$"), ("debian/changelog", r"^cmekd \((\S+)\) ")):
        told = first(pattern, path, root)
        if told != version:
            problems.append(f"{path}: its newest entry is of {told}, configure.ac says {version}")
    date = first(r"^ -- .*>  (.*)$", "debian/changelog", root)
    day = email.utils.parsedate_to_datetime(date).date().isoformat() if date else None
    wanted = f'{day} "cmekd {version}"'
    for path in PAGES:
        told = first(r'^\.TH \S+ \d (.*?"cmekd[^"]*")', path, root)
        if told != wanted:
            problems.append(f"{path}: .TH says {told}, debian/changelog and configure.ac {wanted}")
    return problems


def main():
    tap.empty(check(tree.SRC), "one version everywhere, of one day")
    made = {"configure.ac": "AC_INIT([cmekd], [1.2.3], [], [cmekd])\n", "NEWS.md": "# News\n\n## 1.2.3\n\n- a\n\n## 1.2.2\n",
            "debian/changelog": "cmekd (1.2.3) unstable; urgency=medium\n\n  * a\n\n -- a <a@b>  Sun, 29 Nov 2026 22:00:00 +0000\n",
            **{page: '.TH A 1 2026-11-29 "cmekd 1.2.3" "b"\n' for page in PAGES}}
    tree.reports("a tree that agrees has no problem", check, made, None)
    for path, old, new in (("NEWS.md", "## 1.2.3", "## 1.2.4"), ("debian/changelog", "(1.2.3)", "(1.2.2)"),
                           ("man/cmekd.8", "1.2.3", "1.2.2"), ("man/cmekctl.1", "2026-11-29", "2026-11-28")):
        tree.reports(f"what is off in {path}", check, {**made, path: made[path].replace(old, new)}, path)
    tap.done()


if __name__ == "__main__":
    main()

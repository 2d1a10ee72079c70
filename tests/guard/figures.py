# SPDX-License-Identifier: Apache-2.0
"""figures: the plots and the tables of doc/measured.md say what tests/bench/results say."""
import sys

import tree
import tap

sys.path.insert(0, tree.SRC + "/tests/bench")
import report  # noqa: E402 (the path is set above)


def main():
    tap.empty(report.stale(tree.SRC), "plots and page are made from the results")
    made = {path: tree.read(path) for path in (report.ROWS, report.HOUR, *report.wanted(tree.SRC))}
    tree.reports("a tree that agrees has no problem", report.stale, made, None)
    for path in report.wanted(tree.SRC):
        at = made[path].index("1", max(0, made[path].find("<!-- hour -->")))  # of the page a table's, not its prose's
        tree.reports(f"another figure in {path}", report.stale, {**made, path: made[path][:at] + "2" + made[path][at + 1:]}, path)
    tap.done()


if __name__ == "__main__":
    main()

# SPDX-License-Identifier: Apache-2.0
"""sizes: a file or a function that has grown long usually holds a second idea. Long ones are named in the log; only
those far beyond fail."""
import re

import tree
import tap

FILE_NOTE, FILE_MAX = 600, 1000
FUNCTION_NOTE, FUNCTION_MAX = 100, 200


def functions(text):
    """(name, lines) of each function; the layout (.clang-format) puts its braces into the first column."""
    name, start = "?", None
    for number, line in enumerate(text.split("\n")):
        head = re.match(r"^[A-Za-z_].*?\b(\w+)\(", line)
        if head and start is None:
            name = head.group(1)
        if line == "{":
            start = number
        elif line == "}" and start is not None:
            yield name, number - start + 1
            start = None


def check(root, note=lambda text: None):
    problems = []
    for path in tree.files(root, (".c", ".h", ".py", ".sh")):
        text = tree.read(path, root)
        lines = text.count("\n")
        if lines > FILE_MAX:
            problems.append(f"{path}: {lines} lines, more than {FILE_MAX}")
        elif lines > FILE_NOTE:
            note(f"{path}: {lines} lines: look for the second idea in it")
        if path.endswith(".c"):
            for name, size in functions(text):
                if size > FUNCTION_MAX:
                    problems.append(f"{path}: {name}() has {size} lines, more than {FUNCTION_MAX}")
                elif size > FUNCTION_NOTE:
                    note(f"{path}: {name}() has {size} lines")
    return problems


def main():
    tap.empty(check(tree.SRC, tap.note), "no file and no function is far too long")
    tree.reports("small ones have no problem", check, {"client/a.c": "int f(void)\n{\n\treturn 1;\n}\n"}, None)
    tree.reports("a file far too long", check, {"client/a.c": "int a;\n" * (FILE_MAX + 1)}, "a.c: 1001 lines")
    tree.reports("a function far too long", check, {
        "client/a.c": "static int f(int a,\n\tint b)\n{\n" + "\ta++;\n" * FUNCTION_MAX + "}\n"}, r"f\(\) has 202")
    tap.done()


if __name__ == "__main__":
    main()

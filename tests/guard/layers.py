# SPDX-License-Identifier: Apache-2.0
"""layers: who may include whom (ARCHITECTURE.md, "Rooms and arrows"), own header first, no cycle, no header of
everything."""
import re

import tree
import tap

# Room -> rooms that it may include besides itself. This is the whole rule; what is not here is forbidden.
MAY = {
    "base": (),
    "model": ("base",),
    "policy": ("base", "model"),
    "ledger": ("base", "model"),
    "proto": ("base", "model"),
    "core": ("base", "model"),
    "wire": ("base", "model", "policy"),
    "io": ("base", "model", "policy", "wire", "ledger", "proto"),
    "replay": ("base", "model", "ledger", "core"),
    "driver": ("base", "model", "policy", "ledger", "proto", "core", "wire", "io"),
    "client": ("base", "model", "policy", "ledger", "proto"),
}
UMBRELLA = 12  # quoted includes in one header: past that it names everything; core.h needs the words, about ten

INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*"([^"]+)"', re.M)
ANY_INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*[<"]([^>"]+)[>"]', re.M)


def room_of(path):
    """The room of a source file; None for tests, which may include all, and "main" for the daemon's own main."""
    parts = path.split("/")
    if parts[0] == "client":
        return "client"
    if parts[0] in ("common", "daemon"):
        return parts[1] if len(parts) > 2 else "main"
    return None


def resolve(include, sources):
    for base in ("common/", "daemon/", ""):
        if base + include in sources:
            return base + include
    if "client/" + include in sources:
        return "client/" + include
    return None


def check(root):
    problems = []
    sources = set(tree.files(root, (".c", ".h", ".def")))
    edges = {}
    for path in sorted(sources):
        room = room_of(path)
        text = tree.read(path, root)
        includes = INCLUDE.findall(text)
        if path.endswith(".h") and "#pragma once" not in text:
            problems.append(f"{path}: no #pragma once")
        if room is None:
            continue
        if room not in MAY and room != "main":
            problems.append(f"{path}: a room that the layers do not know: {room}")
            continue
        for include in includes:
            target = resolve(include, sources)
            if target is None:
                problems.append(f'{path}: "{include}" is no file below common, daemon or client')
                continue
            if path.startswith("client/") != target.startswith("client/") and target.startswith("client/"):
                problems.append(f"{path}: includes the client's {include}")
                continue
            to = room_of(target)
            if to is None:
                problems.append(f"{path}: includes {include} of the tests")
            elif room != "main" and to != room and to not in MAY[room]:
                problems.append(f'{path}: {room} may not include {to} ("{include}")')
            if "/" not in include and not path.startswith("client/") and room != "main":
                problems.append(f'{path}: "{include}" is not written from the roots')
            if path.endswith(".h") and target.endswith(".h"):
                edges.setdefault(path, []).append(target)
        if path.endswith(".h") and len(includes) > UMBRELLA:
            problems.append(f"{path}: {len(includes)} includes: a header of everything")
        if path.endswith(".c"):
            own = path[:-2] + ".h"
            everything = ANY_INCLUDE.findall(text)
            if own in sources and (not everything or resolve(everything[0], sources) != own):
                problems.append(f"{path}: does not include its own header first")
    return problems + cycles(edges)


def cycles(edges):
    problems, done = [], set()

    def walk(node, path):
        if node in path:
            problems.append("includes in a circle: " + " -> ".join(path[path.index(node):] + [node]))
            return
        if node in done:
            return
        for to in edges.get(node, ()):
            walk(to, path + [node])
        done.add(node)

    for node in sorted(edges):
        walk(node, [])
    return problems


H = "#pragma once\n"


def reports(name, made, wanted):
    tree.reports(name, check, made, wanted)


def main():
    tap.empty(check(tree.SRC), "the tree keeps its layers")
    reports("a clean tree has no problem", {
        "common/base/buf.h": H, "common/base/buf.c": '#include "base/buf.h"\n#include <errno.h>\n',
        "daemon/core/core.h": H + '#include "base/buf.h"\n', "daemon/cmekd.c": '#include "core/core.h"\n'}, None)
    reports("core that includes io", {
        "daemon/io/loop.h": H, "daemon/core/core.h": H + '#include "io/loop.h"\n'}, "core may not include io")
    reports("io that includes core", {
        "daemon/core/core.h": H, "daemon/io/loop.h": H + '#  include "core/core.h"\n'}, "io may not include core")
    reports("wire that includes core", {
        "daemon/core/core.h": H, "daemon/wire/kms.c": '#include "core/core.h"\n'}, "wire may not include core")
    reports("an arrow upward in common", {
        "common/model/ids.h": H, "common/base/num.c": '#include "model/ids.h"\n'}, "base may not include model")
    reports("a client that includes the daemon", {
        "daemon/wire/kms.h": H, "client/status.c": '#include "wire/kms.h"\n'}, "client may not include wire")
    reports("a circle of headers", {
        "common/base/a.h": H + '#include "base/b.h"\n', "common/base/b.h": H + '#include "base/a.h"\n'}, "circle")
    reports("another header before the own one", {
        "common/base/a.h": H, "common/base/a.c": '#include <errno.h>\n#include "base/a.h"\n'}, "own header first")
    reports("a header of everything", dict(
        {f"common/base/h{i}.h": H for i in range(20)},
        **{"common/base/all.h": H + "".join(f'#include "base/h{i}.h"\n' for i in range(20))}), "of everything")
    reports("a header without pragma once", {"common/base/a.h": "int a;\n"}, "pragma once")
    reports("an include that is not there", {"common/base/a.h": H + '#include "base/zz.h"\n'}, "is no file")
    reports("an unknown room", {"common/util/a.h": H}, "do not know")
    tap.done()


if __name__ == "__main__":
    main()

# SPDX-License-Identifier: Apache-2.0
"""tap: prints TAP, the lines by which tests are counted (HACKING.md, "How tests are counted").

    import sys; sys.path.insert(0, os.environ["CMEKD_SRC"] + "/tests")
    import tap
    tap.ok(1 + 1 == 2, "adds")
    tap.equal(f(), 42, "answers")
    tap.skip("needs a loop device", "not root")
    tap.done()
"""
import sys

_count = 0
_failed = 0


def _note(text):
    for line in str(text).splitlines():
        print("#   " + line)


def ok(good, name, detail=""):
    """One case. `detail` is shown when it fails."""
    global _count, _failed
    _count += 1
    print(f"{'ok' if good else 'not ok'} {_count} - {name.replace('#', '')}")
    if not good:
        _failed += 1
        _note(detail)
    sys.stdout.flush()
    return bool(good)


def equal(got, wanted, name):
    return ok(got == wanted, name, f"got:    {got!r}\nwanted: {wanted!r}")


def empty(problems, name):
    """A guard's case: good if the list of problems is empty; each problem is shown."""
    return ok(not problems, name, "\n".join(str(p) for p in problems))


def skip(name, reason):
    """A case that cannot run here. Where CI=true it fails unless tests/allowed-skips.txt names it."""
    global _count
    _count += 1
    print(f"ok {_count} - {name.replace('#', '')} # SKIP {reason}")
    sys.stdout.flush()


def note(text):
    """Goes to the log; counts for nothing."""
    _note(text)
    sys.stdout.flush()


def done():
    """The last call of every test: says how many cases there were, so that one that died early is noticed."""
    print(f"1..{_count}")
    sys.stdout.flush()
    sys.exit(1 if _failed or not _count else 0)

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
import threading

_count = 0
_failed = 0
_lock = threading.Lock()


def _say(line, text=""):
    """Whole lines in one write: cases may end in several threads."""
    notes = "".join(f"#   {n}\n" for n in str(text).splitlines())
    sys.stdout.write((line + "\n" if line else "") + notes)
    sys.stdout.flush()


def ok(good, name, detail=""):
    """One case. `detail` is shown when it fails."""
    global _count, _failed
    with _lock:
        _count += 1
        _failed += not good
        _say(f"{'ok' if good else 'not ok'} {_count} - {name.replace('#', '')}", "" if good else detail)
    return bool(good)


def equal(got, wanted, name):
    return ok(got == wanted, name, f"got:    {got!r}\nwanted: {wanted!r}")


def empty(problems, name):
    """A guard's case: good if the list of problems is empty; each problem is shown."""
    return ok(not problems, name, "\n".join(str(p) for p in problems))


def skip(name, reason):
    """A case that cannot run here. Where CI=true it fails unless tests/allowed-skips.txt names it."""
    global _count
    with _lock:
        _count += 1
        _say(f"ok {_count} - {name.replace('#', '')} # SKIP {reason}")


def note(text):
    """Goes to the log; counts for nothing."""
    with _lock:
        _say("", text)


def done():
    """The last call of every test: says how many cases there were, so that one that died early is noticed."""
    print(f"1..{_count}")
    sys.stdout.flush()
    sys.exit(1 if _failed or not _count else 0)

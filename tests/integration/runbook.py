# SPDX-License-Identifier: Apache-2.0
"""runbook: each section of doc/runbook.md is played: something is broken so that its alert is really raised, its commands are done as
they stand there, in their order, and it must end as the section promises. A section without a play fails; so does a command
that nobody does.

    runbook.py [SECTION]...       only these
"""
import os
import queue
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import plays_incident  # noqa: E402,F401: each remembers its plays
import plays_key  # noqa: E402,F401
import plays_need  # noqa: E402,F401
from harness import Bench, case, check, tap, together
from page import commands, elsewhere
from play import BOOK, PLAYS, TEXT, Round

WORKERS = 8
FIRST = ("hints_failed",)  # a queue that could not be read is tried again after half a minute


def one(bench, name):
    play, how = PLAYS[name]
    with case(f"{name or 'the head of the page'}: it is raised, and its section leads out of it"):
        r = Round(bench, name, **how)
        play(r)
        r.end()
    quit_all(bench)


def quit_all(bench):
    for process in [d.process for d in bench.daemons] + bench.started:
        if process is not None and process.poll() is None:
            process.kill()
            process.wait()
    del bench.daemons[:], bench.started[:]


def work(bench, waiting):
    while True:
        try:
            name = waiting.get_nowait()
        except queue.Empty:
            return
        one(bench, name)


with Bench() as first:
    Round.shim = elsewhere(first)
    chosen = sys.argv[1:] or sorted((n for n in BOOK if n in PLAYS), key=lambda n: n not in FIRST)
    waiting = queue.Queue()
    for name in chosen:
        waiting.put(name)
    benches = [first] + [Bench() for _ in range(min(WORKERS, len(chosen)) - 1)]
    together(*(lambda b=b: work(b, waiting) for b in benches))
    for bench in benches[1:]:
        bench.close()
    if not sys.argv[1:]:
        tap.empty([f"nobody plays {n}" for n in BOOK if n not in PLAYS] + [f"there is no section {n}" for n in PLAYS if n not in BOOK],
                  "each section is played")
        check(len(commands(TEXT)) == sum(len(commands(t)) for t in BOOK.values()) > 90, "the page was read")
tap.done()

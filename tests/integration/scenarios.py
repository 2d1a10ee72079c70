# SPDX-License-Identifier: Apache-2.0
"""scenarios: what the core does in simulated time (tests/scenario), the real programs do as well. Each scenario is
played to a real daemon and the stand-in cloud, sixty times as fast, and must come to the same outcome: the same
states, acts and notices. Outcomes are compared, not times.

    scenarios.py [NAME]...        only those whose name contains one of the words; so does CMEKD_SCENARIOS="NAME ..."
"""
import collections
import glob
import os
import queue
import re
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from harness import SANITIZED, SRC, Bench, case, check, tap, together, wait_for
from script import Script, real_ms
from stage import LONGER_MS, WAIT_S, Stage

# Cannot be real at the stand-in within seconds, and why.
NOT_PLAYED = {
    "16-seven-days": "a cluster is called stranded after an hour, which no setting shortens",
    "19-clock-step-restarts-grace": "the machine's clock is not a test's to set",
    "33-paused-by-people-after-a-lost-resume": "people act between a lost resume and the very next reading",
    "34-held-again": "the stand-in never tells of a paused cluster that it runs",
    "35-plan-grew-while-the-budget-was-asked": "the daemon's own budget answers before a list can come between",
    "36-lost-pause-comes-while-the-next-is-in-flight": "a request lost at the stand-in never comes later",
    "37-pause-found-too-late": "it waits 30 IncidentIntervals twice, and a lost request never comes later",
    "39-daemon-stands-still": "no act can be held back within the daemon",
    "42-suspension-ends": "a slow machine would come too late to what is done before it ends",
    "43-resume-waits-while-people-act": "no act can be held back within the daemon",
    "44-decline-half-written": "what a kill leaves of a ledger is chance",
    "45-approval-half-written": "what a kill leaves of a ledger is chance",
    "46-approval-half-written-while-undoing": "what a kill leaves of a ledger is chance",
    "47-hangs-in-resuming": "a cluster is called stranded after an hour, which no setting shortens",
    "48-paused-by-people-after-it-was-stranded": "a cluster is called stranded after an hour, which no setting shortens",
    "49-half-an-approval-is-none": "what a kill leaves of a ledger is chance",
    "50-own-statement-found-again": "a change of the key policy that arrives when it was seen taken back: the stand-in is never so late",
    "51-lost-pause-comes-while-giving-back": "a request lost at the stand-in never comes later",
    "53-seven-days-counted": "it takes weeks",
    "54-an-errand-and-its-end": "an errand that is lost, or in flight at a kill, is told by rotation.py",
    "55-pending-deletion-counts-down": "a key is deleted after seven days at least, and hours are not a test's to wait for",
    "63-gone-by-the-ledger-alone": "no list of the stand-in lacks a cluster that is there",
    "64-a-drill-is-written-down": "what a drill finds and writes is told by drill.py",
    "65-old-list-after-a-pause": "a list that is old when it comes, to the second",
    "66-setting-up-waits-for-an-incident": "what setting up asks for is told by setup.py",
    "67-gone-before-the-budget": "what a kill leaves of a ledger is chance",
    "68-schedule-told-while-a-resume-is-unclear": "people act between a lost resume and the very next reading",
    "69-old-list-while-proving": "a list that is old when it comes, to the second",
    "70-restore-includes": "the stand-in, as TiDB Cloud, does not pause what is paused: operators.py shows the same by its schedule",
    "71-grants-are-revoked-once-dark": "the stand-in's grants are those of its clusters; revoke_ways.py shows it",
    "73-own-doing-is-no-loss": "it waits 30 IncidentIntervals",
    "75-revoked-again-while-undoing": "a change that is lost is read back for half a minute",
    "76-up-after-its-day": "it takes a week",
    "77-grants-outlive-what-was-taken-out": "the stand-in's grants are those of its clusters; taken_out.py shows it",
    "78-a-deny-stands-in-the-way": "the second of two changes is refused, and a statement shows again: no step of the stand-in",
    "79-a-glimpse-of-an-enabled-key": "what is shown between a change and its end is the stand-in's, and so many looks of it no step",
    "82-disabled-by-others": "that a key is shown enabled for long enough leaves no line to wait for; revoke_disable.py waits",
    "83-disabling-without-an-answer": "a change that is lost is read back for half a minute",
    "84-disabled-besides": "the stand-in refuses what it is told to refuse: revoke_disable.py shows it",
    "85-a-cut-waits-for-an-errand": "what setting up asks for is told by setup.py",
    "86-a-statement-of-others-is-removed": "what an operator names by its Sid is told by adopt.py",
    "87-no-two-change-a-policy": "what an operator names by its Sid is told by adopt.py",
    "88-taken-out-and-put-back": "a policy that others edit passes at the stand-in through states of its own; taken_out.py plays it",
    "89-cannot-be-put-back": "what others put into a policy has no name at the stand-in; taken_out.py plays it",
    "90-taken-out-once-paused": "what the stand-in refuses it refuses until that is taken back; taken_out.py plays it",
    "95-a-drill-pauses-and-resumes": "a drill is answered when it has ended, which is no step: drill_live.py tells the same",
    "96-an-old-list-is-no-news": "a list that is old when it comes, to the second",
    "97-undone-by-what-stands": "the stand-in refuses what it is told to refuse until that is taken back",
    "98-a-cut-that-waits-is-wanted-otherwise": "no change can be held back within the daemon",
    "99-it-never-left-what-others-took-out": "no change can be held back within the daemon",
    "100-a-schedule-told-while-a-resume-is-under-way": "people act between a lost resume and the very next reading",
    "102-cut-by-hand-grants-too": "as 71; revoke_ways.py shows it",
    "103-what-waits-is-known-before-the-budget": "what a kill leaves of a ledger is chance",
    "104-kept-as-it-was-before": "the stand-in reads no policy that is old on demand",
    "105-resumed-before-the-pause-was-answered": "a resume by people between a reading and a late answer, to the second",
    "106-a-disablekey-that-comes-late": "the stand-in takes a change when it comes, or never",
    "107-found-while-nothing-can-be-written": "a change that is lost is read back for half a minute",
    "109-the-one-before-came-and-was-resumed": "a request lost at the stand-in never comes later",
    "110-clusters-first-beside-an-undo": "what the stand-in refuses it refuses until that is taken back",
    "111-stopped-before-it-is-counted-anew": "what a kill leaves of a ledger is chance",
    "112-not-taken-and-seen-enabled": "a DisableKey that a kill lost, and then fifteen minutes of a key shown as enabled",
    "115-grants-of-after-it-was-given-back": "as 71; what ListGrants answers is the stand-in's",
    "116-a-resume-on-its-way": "a request lost at the stand-in never comes later",
    "117-a-resume-of-a-drill-on-its-way": "a drill is answered when it has ended, which is no step",
    "118-clusters-first-and-a-resume-on-its-way": "a request lost at the stand-in never comes later",
    "119-put-back-and-taken-out-by-others": "as 88; taken_out.py plays it",
    "121-a-deletion-that-was-cancelled": "it takes a week",
    "122-what-else-stands-is-undone": "what the stand-in refuses it refuses until that is taken back",
    "124-an-errand-without-an-answer": "an errand that is lost is told by rotation.py",
    "125-each-errand-is-waited-for": "what an operator names by its Sid is told by adopt.py",
    "126-a-lost-pause-ends-while-proving": "it waits 30 IncidentIntervals, and a lost request never comes later",
    "127-approved-and-killed": "what a kill leaves of a ledger is chance",
    "128-still-owed-its-resume": "what a kill leaves of a ledger is chance",
    "129-suspended-half-written": "what a kill leaves of a ledger is chance",
    "132-one-old-list-while-proving": "a list that is old when it comes, to the second",
    "133-gone-for-a-moment-while-proving": "no list of the stand-in lacks a cluster that is there",
    "134-unknown-looks-in-between": "so many looks that tell nothing, and one that tells, are no step",
    "135-a-drill-learns-its-schedule": "people act between a lost resume and the very next reading",
    "136-another-configuration-while-the-budget-is-asked": "the daemon's own budget answers before a reload can come between",
    "138-blind-while-pausing": "that a look which agrees is too old by the time a cluster runs is a matter of seconds",
    "139-gone-and-back-under-another-schedule": "the stand-in, as TiDB Cloud, does not pause what is at work",
    "140-a-clock-ahead-hides-no-deletion": "the machine's clock is not a test's to set",
    "141-a-drill-paused-before-the-answer": "a drill is answered when it has ended, which is no step",
    "143-a-refusal-of-another-kind": "what the stand-in refuses it refuses so many times, whenever it is looked at",
    "144-a-resume-without-an-answer-hangs": "a cluster is called stranded after an hour, which no setting shortens",
    "145-a-resume-hangs-over-a-restart": "a cluster is called stranded after an hour, which no setting shortens",
    "146-denied-after-no-answer": "what the stand-in refuses is counted in tries, which come as often as they like",
    "147-half-an-approval-after-half-a-budget": "what a kill leaves of a ledger is chance",
    "150-dark-while-grants-are-unread": "how long grants are unread is a matter of intervals, which are short there",
    "151-an-errand-of-before-the-start": "an errand that is lost, or in flight at a kill, is told by rotation.py",
    "152-a-damaged-ledger-observes": "a ledger that is damaged is told by configuration.py and operations.py",
    "153-not-paused-for-an-hour": "it takes an hour, which no setting shortens; runbook.py shows it",
    "154-a-change-that-does-not-come-about": "how often it is tried meanwhile is a matter of intervals; runbook.py shows it",
    "155-restored-while-the-cut-is-turned-away": "no change of a key can be held back at the stand-in until people have restored",
}
PLAYED_MIN = 25
WORKERS = 20
# There slowness is the price of each; these take each directive and each machine once, and all that kills.
UNDER_SANITIZERS = ("04-", "05-", "06-", "08-", "10-", "11-", "14-", "20-", "21-", "22-", "25-", "30-", "31-", "32-")
SERIES = {
    "evidence": ("verdict", "armed", "disarmed", "lost", "degraded", "blind", "sees", "self_denied"),
    "incident": ("incident_opened", "needs_approval", "grace", "cancelled", "budget", "pausing", "proving", "resuming",
                 "closed", "revoked", "restored", "revoke_undone"),
    "cut": ("revoked", "cut_made", "cut_by_hand", "restored", "cut_undone"),
    "dark": ("dark", "not_dark"),
}


def is_moment(line):
    """On its way from one state to the next, or just started: how far it came is a matter of time."""
    text = line.text
    return bool(re.search(r":(pausing|resuming):|:(pause|resume)_(sent|unsure)| unknown ", text) or
                ":pause_taken" in text and "list_unread" not in text)


def difference(expected, seen):
    """Texts: what is missing, what is too much."""
    expected, seen = collections.Counter(expected), collections.Counter(seen)
    return [f"missing: {x}" for x in (expected - seen).elements()] + \
           [f"too much: {x}" for x in (seen - expected).elements()]


class Play:
    """A scenario under way: what its trace has told so far, and what has been seen of it."""

    def __init__(self, bench, script):
        self.script, self.stage = script, Stage(bench, script)
        self.notices, self.acts = [], []

    def happened(self):
        """All that the trace has told so far."""
        return not collections.Counter(self.notices) - collections.Counter(self.stage.notices()) and \
               not collections.Counter(self.acts) - collections.Counter(self.stage.acts())

    def gone_on(self, step):
        """A delay that was running in the trace is over: what the trace tells later has begun."""
        seen = collections.Counter(self.stage.notices())
        return (step.left_ms or 0) > 0 and seen - collections.Counter(self.notices) and \
            not seen - collections.Counter(n for s in self.script.steps for n in s.notices)

    def settled(self, step):
        """Exactly what the trace has told so far has happened, and nothing else."""
        where = f"line {step.number}: "
        seen = self.stage.notices()
        check(not difference(self.acts, self.stage.acts()), where + f"acts: {difference(self.acts, self.stage.acts())}")
        check(not difference(self.notices, seen), where + f"notices: {difference(self.notices, seen)}")
        # In the order of the trace, but for what goes on side by side: clusters, what is believed, what is done.
        for name, kinds in SERIES.items():
            told, ordered = ([n for n in notices if n[0] in kinds] for notices in (seen, self.notices))
            check(told == ordered, where + f"{name}: told in another order:\n{told}\n{ordered}")

    def shows(self, step):
        expected = [re.sub(r"causes=(\d+)", lambda m: f"causes={int(m[1]) & 3}", t.text) for t in step.lines("show")]
        seen = []

        def same():
            seen[:] = self.stage.show()
            return seen == expected and self.happened() or self.gone_on(step)
        wait_for(same, f"line {step.number}: {expected}", WAIT_S)
        try:
            self.settled(step)
            self.stage.explained()
        except AssertionError:
            if not self.gone_on(step):
                raise

    def step(self, step):
        self.notices += step.notices
        self.acts += step.acts
        try:
            self.do(step)
        except AssertionError as e:
            raise AssertionError(f"{e}\nshown {self.stage.show()}\n{difference(self.notices, self.stage.notices())}\n"
                                 f"{difference(self.acts, self.stage.acts())}") from e

    def do(self, step):
        self.stage.do(step, self.happened)
        if step.words[0] == "show" and not any(is_moment(t) for t in step.lines("show")):
            self.shows(step)

    def graces(self):
        """How many grace periods the trace lets end with pauses."""
        ended = began = 0
        for name, *unused in self.notices:
            if name in ("grace", "pausing", "cancelled", "closed"):
                ended += began and name == "pausing"
                began = name == "grace"
        return ended

    def end(self):
        """What holds at the end of any of them."""
        stage = self.stage
        check(not difference(self.acts, stage.acts()), f"at the end: {difference(self.acts, stage.acts())}")
        repeats = stage.cloud.blind_repeats(kills=stage.kills)
        check(not repeats, f"acts that were repeated blindly: {repeats}")
        grace_ms = real_ms(stage.ms["GracePeriod"])
        graces_ms = stage.graces_ms()
        check(len(graces_ms) == self.graces(), f"{self.graces()} graces ended with pauses, by the ledger {graces_ms}")
        check(all(ms >= grace_ms for ms in graces_ms), f"graces of {grace_ms} ms took {graces_ms}")
        check(stage.daemon.verify().status == 0, stage.daemon.verify())
        stage.daemon.stop()


def play(bench, script):
    began = time.monotonic()
    with case(f"{script.name}: the same outcome as in simulated time"):
        it = Play(bench, script)
        for step in script.steps:
            it.step(step)
        it.end()
        bench.daemons.remove(it.stage.daemon)
    tap.note(f"{script.name}: {time.monotonic() - began:.1f} s")


scripts = [Script(p) for p in sorted(glob.glob(SRC + "/tests/scenario/*.scn"))]
playable = [s for s in scripts if s.name not in NOT_PLAYED]
words = sys.argv[1:] or os.environ.get("CMEKD_SCENARIOS", "").split() or (UNDER_SANITIZERS if SANITIZED else ())
chosen = [s for s in playable if not words or any(w in s.name for w in words)]

with case("every scenario that is not played exists, and most are played"):
    check(set(NOT_PLAYED) <= {s.name for s in scripts}, set(NOT_PLAYED) - {s.name for s in scripts})
    check(all(any(w in s.name for s in playable) for w in UNDER_SANITIZERS), UNDER_SANITIZERS)
    check(len(playable) >= PLAYED_MIN and chosen, [s.name for s in chosen])

with Bench() as bench:
    # The longest first: they end together.
    waiting = queue.SimpleQueue()
    for script in sorted(chosen, key=lambda s: -s.weight - 50 * (s.name in LONGER_MS)):
        waiting.put(script)

    def work():
        while True:
            try:
                script = waiting.get_nowait()
            except queue.Empty:
                return
            play(bench, script)
    together(*[work] * min(WORKERS, len(chosen)))
tap.done()

# SPDX-License-Identifier: Apache-2.0
"""script: reads a scenario (tests/scenario/*.scn; its language stands at the head of tests/scenario/scenario.c) into
steps: a directive each, and the trace that must follow it."""
import re

from harness import INTERVAL_FACTOR

# Simulated time that passes as one unit of real time. Where a build is slow, harness.py stretches what is real.
SCALE = 60
UNITS_MS = {"ms": 1, "s": 1000, "min": 60000, "h": 3600000, "d": 86400000}
# Whose journal line says the reason: it is about the key, not about what was done.
REASONED = ("verdict", "lost", "degraded", "blind", "self_denied", "incident_opened", "needs_approval", "grace", "pausing")
# How an act ended, and whether it was carried out.
FATES = {"fine": True, "slow": True, "lost_after": True, "crash_after": True, "refused": False, "throttled": False,
         "lost_before": False}


def span_ms(text):
    """Simulated milliseconds of "150s", "5min"."""
    number, unit = re.fullmatch(r"(\d+)(ms|s|min|h|d)", text).groups()
    return int(number) * UNITS_MS[unit]


def setting(sim_ms):
    """A span as a project's setting; harness.py stretches it."""
    return f"{max(10, round(sim_ms / SCALE))}ms"


def real_ms(sim_ms):
    """The same span where nobody else stretches it."""
    return round(sim_ms / SCALE * INTERVAL_FACTOR)


class Line:
    """One line of the trace, "10:20.310 resume c1"."""

    def __init__(self, text):
        clock, self.kind, *self.words = text.split()
        minutes, seconds = clock.split(":")
        self.at_ms = int(minutes) * 60000 + round(float(seconds) * 1000)
        self.fate = None  # of a pause or resume
        self.text = " ".join([self.kind, *self.words])

    @property
    def is_act(self):
        return self.kind in ("pause", "resume")

    @property
    def act(self):
        """(verb, cluster, carried out), or None if it never left the daemon."""
        return None if self.fate == "crash_before" else (self.kind, self.words[0], FATES[self.fate])

    @property
    def notice(self):
        """(name, region or cluster or None, reason or None), as a line of the journal tells it."""
        name, place, reason = [*self.words, None, None][:3]
        return name, place, reason if name in REASONED else None


class Fate:
    """How some acts in a row end: armed as soon as the `before` acts before them were seen, so that it is never late."""

    def __init__(self, name, before):
        self.name, self.before = name, before
        self.acts = []
        self.crashes = name.startswith("crash")
        self.run = None  # the step in which the daemon dies of it


class Step:
    """A directive. `began_ms` and `ended_ms` are simulated time."""

    def __init__(self, number, words, began_ms):
        self.number, self.words, self.trace = number, words, []
        self.began_ms = self.ended_ms = began_ms
        self.left_ms = None  # what is then left of grace, or of the proof of access; negative: it is over, but held up

    def lines(self, *kinds):
        return [t for t in self.trace if t.kind in kinds]

    @property
    def notices(self):
        return [t.notice for t in self.trace if t.kind == "notice"]

    @property
    def acts(self):
        return [t.act for t in self.trace if t.is_act]


class Script:
    def __init__(self, path):
        self.path, self.name = path, re.sub(r".*/|\.scn$", "", path)
        self.steps, self.fates = [], []
        now_ms = 0
        with open(path, encoding="utf-8") as f:
            for number, line in enumerate(f, 1):
                line = line.strip()
                if line.startswith("= "):
                    self.steps[-1].trace.append(Line(line[2:]))
                    now_ms = max(now_ms, self.steps[-1].trace[-1].at_ms)
                elif line and not line.startswith("#"):
                    if self.steps:
                        now_ms = self.steps[-1].ended_ms = self.end(self.steps[-1], now_ms)
                    self.steps.append(Step(number, line.split(), now_ms))
        self.steps[-1].ended_ms = self.end(self.steps[-1], now_ms)
        self.give_fates()
        self.find_delays()

    @staticmethod
    def end(step, now_ms):
        return step.began_ms + span_ms(step.words[1]) if step.words[0] == "run" else now_ms

    def give_fates(self):
        """`act FATE N` is about the next N acts. A crash ends it: what was on its way died with the daemon."""
        left = before = 0
        for last, step in zip([None, *self.steps], self.steps):
            if step.words[0] == "act":
                self.fates.append(Fate(step.words[1], before))
                left = int(step.words[2]) if len(step.words) > 2 else 1
            if step.words[0] == "restart" and self.fates and self.fates[-1].crashes and not self.fates[-1].run:
                self.fates[-1].run, left = last, 0
            for line in step.trace:
                if line.is_act:
                    before += 1
                    line.fate = self.fates[-1].name if left else "fine"
                    if left:
                        self.fates[-1].acts.append(line)
                        left -= 1

    def find_delays(self):
        """In which steps grace, or the proof of access, goes on behind the end."""
        since_ms, delay_ms = None, {"grace": 120000, "proving": 300000}
        for name in (w for s in self.steps if s.words[0] == "settings" for w in s.words[1:]):
            for setting_name, phase in (("grace=", "grace"), ("restore_delay=", "proving")):
                if name.startswith(setting_name):
                    delay_ms[phase] = span_ms(name[len(setting_name):])
        phase = None
        for step in self.steps:
            if step.words[0] in ("decline", "approve"):
                since_ms = None
            for line in step.lines("notice"):
                if line.words[0] in delay_ms:
                    phase, since_ms = line.words[0], line.at_ms
                elif line.words[0] in ("pausing", "cancelled", "resuming", "closed", "budget"):
                    since_ms = None
            if since_ms is not None:
                step.left_ms = since_ms + delay_ms[phase] - step.ended_ms

    def after(self, step):
        return [*self.steps, Step(0, ["end"], 0)][self.steps.index(step) + 1]

    @property
    def weight(self):
        """How long it takes, roughly: what happens, and BlindAlert, the longest of the delays."""
        notices = [n[0] for s in self.steps for n in s.notices]
        return sum(len(s.trace) + 1 for s in self.steps) + 50 * ("blind" in notices)

    def has(self, *words):
        return any(s.words[:len(words)] == list(words) for s in self.steps)

# SPDX-License-Identifier: Apache-2.0
"""What is measured, and how: runs that take turns, medians of ratios within a turn, exponents of growth."""
import dataclasses
import math
import statistics

PAIRS = 9


@dataclasses.dataclass
class Row:
    """One figure. `target`: at most that (at least, if `at_least`); `of`: what it was made from, for those who ask."""
    name: str
    title: str
    unit: str
    value: float
    target: float | None = None
    at_least: bool = False
    of: dict = dataclasses.field(default_factory=dict)
    unit_of: str = ""
    note: str = ""

    def met(self):
        if self.target is None:
            return None
        return self.value >= self.target if self.at_least else self.value <= self.target

    def document(self):
        return {k: v for k, v in {**dataclasses.asdict(self), "met": self.met()}.items() if v not in (None, "", {}, False) or k == "met"}


def spread(values):
    ordered = sorted(values)
    return {"median": statistics.median(ordered), "least": ordered[0], "most": ordered[-1], "runs": len(ordered)}


def pick(results, member):
    return spread([r[member] for r in results])


def percentile(values, percent):
    """The smallest value that so many percent do not exceed."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(len(ordered) * percent / 100) - 1)]


class Interleaved:
    """What several programs gave in turns: {name: [result, ...]}; results of one turn were measured side by side."""

    def __init__(self, values):
        self.values = values

    def ratio(self, name, beside, member):
        return statistics.median(a[member] / b[member] for a, b in zip(self.values[name], self.values[beside]))


def interleaved(runs, turns):
    """Each of `runs` ({name: function}) once a turn; every other turn in the other order."""
    values = {name: [] for name in runs}
    for turn in range(turns):
        for name in (list(runs) if turn % 2 == 0 else reversed(runs)):
            values[name].append(runs[name]())
    return Interleaved(values)


def exponent(points):
    """Of y = c * x^e through [(x, y)], by least squares of the logarithms: 1 is linear."""
    logs = [(math.log(x), math.log(y)) for x, y in points if x > 0 and y > 0]
    mean_x, mean_y = (statistics.fmean(column) for column in zip(*logs))
    return sum((x - mean_x) * (y - mean_y) for x, y in logs) / sum((x - mean_x) ** 2 for x, _ in logs)

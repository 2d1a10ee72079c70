# SPDX-License-Identifier: Apache-2.0
"""A plot as SVG: points with lines between them, axes by decades or linear, a target as a dashed line."""
import dataclasses
import html
import math

WIDTH, HEIGHT = 640, 360
LEFT, RIGHT, TOP, BOTTOM = 78, 36, 72, 52
STYLE = """
  text { font: 12px system-ui, sans-serif; fill: #333 } .title { font-size: 15px; font-weight: 600; fill: #111 } .small { font-size: 11px; fill: #666 }
  .grid { stroke: #e3e3e3 } .axis { stroke: #888 } .line { fill: none; stroke-width: 2 } .target { stroke: #b23; stroke-dasharray: 5 4 } .target-text { fill: #b23 }
"""
COLOURS = ("#1b6ca8", "#d07a00", "#3a8a3a", "#7a4fa3")


@dataclasses.dataclass
class Plot:
    """`series`: {name: [(x, y), ...]}; `targets`: the same, drawn as dashed lines and named where they begin."""
    title: str
    note: str
    x_title: str
    y_title: str
    series: dict
    targets: dict = dataclasses.field(default_factory=dict)
    logarithmic: bool = True
    labels: bool = True  # of the first series: a value at each point


def shown(value):
    if value == 0:
        return "0"
    if abs(value) >= 1000:
        return f"{value:,.0f}"
    return f"{value:.3g}"


class Axis:
    def __init__(self, values, logarithmic, start, end):
        self.logarithmic, self.start, self.end = logarithmic, start, end
        if logarithmic:
            self.low = math.floor(math.log10(min(values)))
            self.high = max(self.low + 1, math.ceil(math.log10(max(values)) - 1e-9))
            self.marks = [10.0 ** e for e in range(self.low, self.high + 1)]
        else:
            step = self.step(max(values) or 1)
            self.low, self.high = 0, step * math.ceil(max(values) / step - 1e-9) or step
            self.marks = [step * i for i in range(round(self.high / step) + 1)]

    @staticmethod
    def step(most):
        rough = 10.0 ** math.floor(math.log10(most))
        return next(rough * f for f in (0.2, 0.5, 1, 2) if most / (rough * f) <= 6)

    def at(self, value):
        place = math.log10(value) if self.logarithmic else value
        return self.start + (self.end - self.start) * (place - self.low) / (self.high - self.low)


def text(x, y, words, anchor="middle", cls="", more=""):
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" class="{cls}"{more}>{html.escape(words)}</text>'


def line(points, cls, colour=None):
    path = " ".join(f"{'M' if i == 0 else 'L'}{x:.1f} {y:.1f}" for i, (x, y) in enumerate(points))
    return f'<path d="{path}" class="{cls}"' + (f' stroke="{colour}"' if colour else "") + ' fill="none"/>'


def grid(x_axis, y_axis):
    parts = []
    for mark in x_axis.marks:
        x = x_axis.at(mark)
        parts += [line([(x, TOP), (x, HEIGHT - BOTTOM)], "grid"), text(x, HEIGHT - BOTTOM + 17, shown(mark), cls="small")]
    for mark in y_axis.marks:
        y = y_axis.at(mark)
        parts += [line([(LEFT, y), (WIDTH - RIGHT, y)], "grid"), text(LEFT - 8, y + 4, shown(mark), "end", "small")]
    return parts + [line([(LEFT, TOP), (LEFT, HEIGHT - BOTTOM), (WIDTH - RIGHT, HEIGHT - BOTTOM)], "axis")]


def curve(points, x_axis, y_axis, colour, labels):
    at = [(x_axis.at(x), y_axis.at(y)) for x, y in points]
    parts = [line(at, "line", colour)]
    if len(at) < 20:
        parts += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3.5" fill="{colour}"/>' for x, y in at]
    for (x, y), (_, value) in zip(at, points) if labels else ():
        anchor = "start" if x < LEFT + 30 else "end" if x > WIDTH - RIGHT - 30 else "middle"
        parts.append(text(x + {"start": 6, "end": -6, "middle": 0}[anchor], y - 8, shown(value), anchor, more=f' style="fill:{colour}"'))
    return parts


def legend(names):
    parts, x = [], LEFT
    for i, name in enumerate(names):
        parts += [line([(x, TOP - 13), (x + 18, TOP - 13)], "line", COLOURS[i]), text(x + 24, TOP - 9, name, "start", "small")]
        x += 44 + 6.4 * len(name)
    return parts


def svg(plot):
    every = [p for points in (*plot.series.values(), *plot.targets.values()) for p in points]
    x_axis = Axis([x for x, _ in every], plot.logarithmic, LEFT, WIDTH - RIGHT)
    y_axis = Axis([y for _, y in every], plot.logarithmic, HEIGHT - BOTTOM, TOP)
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}" role="img">',
             "<!-- SPDX-License-Identifier: Apache-2.0 -->", f"<title>{html.escape(plot.title)}</title>", f"<style>{STYLE}</style>", f'<rect width="{WIDTH}" height="{HEIGHT}" rx="6" fill="#fff"/>',
             text(16, 24, plot.title, "start", "title"), text(16, 41, plot.note, "start", "small")]
    parts += grid(x_axis, y_axis)
    parts.append(text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 14, plot.x_title))
    y = (TOP + HEIGHT - BOTTOM) / 2
    parts.append(text(20, y, plot.y_title, more=f' transform="rotate(-90 20 {y:.1f})"'))
    for name, points in plot.targets.items():
        at = [(x_axis.at(x), y_axis.at(v)) for x, v in points]
        parts += [line(at, "target"), text(at[0][0] + 6, at[0][1] - 6, name, "start", "target-text small")]
    for i, points in enumerate(plot.series.values()):
        parts += curve(points, x_axis, y_axis, COLOURS[i], plot.labels and i == 0)
    if len(plot.series) > 1:
        parts += legend(plot.series)
    return "\n".join(parts) + "\n</svg>\n"

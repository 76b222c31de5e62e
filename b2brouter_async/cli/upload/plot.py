"""The plot of the report, as an SVG that needs nothing else: at each moment the requests of the last 60 seconds.

That is what is limited; a rate made of fewer seconds would pass the limit where nothing does.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from attrs import frozen
from markupsafe import Markup

from ..output import duration

if TYPE_CHECKING:
    from .traffic import Traffic

WIDTH, HEIGHT = 880, 260
LEFT, RIGHT, TOP, BOTTOM = 52, 12, 22, 30
MOST_BINS = 110


@frozen
class Bin:
    """A stretch of the run."""

    begins: float
    ends: float
    requests: int
    """The most that were sent in any 60 seconds that end in it."""
    finished: int
    """The most documents that were settled in any 60 seconds that end in it."""
    refused: int
    """How many 429 came in it."""


def bins(traffic: Traffic, seconds: float) -> list[Bin]:
    """Cut a run into stretches of whole seconds, few enough to be drawn."""
    whole = int(seconds) + 1
    width = max(1, math.ceil(whole / MOST_BINS))
    return [
        Bin(
            begins=first,
            ends=min(max(seconds, 1.0), first + width),
            requests=max(
                traffic.requests.last_minute(second) for second in range(first, min(first + width, whole))
            ),
            finished=max(
                traffic.finished.last_minute(second) for second in range(first, min(first + width, whole))
            ),
            refused=traffic.refused.between(first, first + width),
        )
        for first in range(0, whole, width)
    ]


def svg(traffic: Traffic, seconds: float) -> Markup:
    """Draw the plot.

    Args:
        traffic: what was counted.
        seconds: how long the run took.
    """
    cut = bins(traffic, seconds)
    end = max(seconds, 1.0)
    top = _round_up(
        max([traffic.limit, *(one.requests for one in cut), *(one.finished for one in cut)]) * 1.08
    )

    def x(second: float) -> float:
        return round(LEFT + (WIDTH - LEFT - RIGHT) * second / end, 1)

    def y(rate: float) -> float:
        return round(HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * rate / top, 1)

    def steps(value: str) -> str:
        points: list[str] = []
        for one in cut:
            rate = y(getattr(one, value))
            points += [f"{x(one.begins)},{rate}", f"{x(one.ends)},{rate}"]
        return " ".join(points)

    floor = y(0)
    peak = max(one.requests for one in cut)
    parts = [
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-labelledby="plot-title plot-text">',
        '<title id="plot-title">Requests in the last 60 seconds over time, against the limit</title>',
        f'<desc id="plot-text">{traffic.requests.total:,} requests in {duration(seconds)}; '
        f"at most {peak:,} in 60 seconds, limit {traffic.limit:,} a minute; "
        f"{traffic.refused.total:,} times 429.</desc>",
    ]
    for rate in _ticks(top):
        parts.append(f'<line class="grid" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y(rate)}" y2="{y(rate)}"/>')
        parts.append(
            f'<text class="axis" x="{LEFT - 8}" y="{y(rate) + 4}" text-anchor="end">{rate:,.0f}</text>'
        )
    for second in _times(end):
        anchor = "start" if second == 0 else "end" if x(second) > WIDTH - RIGHT - 24 else "middle"
        parts.append(
            f'<text class="axis" x="{x(second)}" y="{HEIGHT - 8}" text-anchor="{anchor}">{_clock(second)}</text>'
        )
    line = steps("requests")
    parts.append(f'<polygon class="area" points="{x(0)},{floor} {line} {x(end)},{floor}"/>')
    parts.append(f'<polyline class="requests" points="{line}"/>')
    parts.append(f'<polyline class="finished" points="{steps("finished")}"/>')
    parts += [
        f'<circle class="refused" cx="{x((one.begins + one.ends) / 2)}" cy="{floor}" r="4"><title>{one.refused:,} times '
        f"429</title></circle>"
        for one in cut
        if one.refused
    ]
    if traffic.limit:
        level = y(traffic.limit)
        parts.append(f'<line class="limit" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{level}" y2="{level}"/>')
        parts.append(
            f'<text class="limit-name" x="{WIDTH - RIGHT}" y="{level - 6}" text-anchor="end">'
            f"limit {traffic.limit:,} a minute</text>"
        )
    parts.append("</svg>")
    return Markup("\n".join(parts))  # noqa: S704 - numbers alone are put in


def _round_up(value: float) -> float:
    """Return the next number that an axis can end at."""
    if value <= 0:
        return 10.0
    size = 10.0 ** math.floor(math.log10(value))
    return next(step * size for step in (1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10) if step * size >= value)


def _ticks(top: float) -> list[float]:
    step = next(
        step * 10.0**power for power in range(9) for step in (1, 2, 5) if top / (step * 10.0**power) <= 6
    )
    return [step * index for index in range(int(top / step) + 1)]


def _times(end: float) -> list[float]:
    steps = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 28800, 86400)
    step = next((step for step in steps if end / step <= 9), 7 * 86400)
    return [float(step * index) for index in range(int(end / step) + 1)]


def _clock(second: float) -> str:
    hours, rest = divmod(int(second), 3600)
    minutes, seconds = divmod(rest, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"

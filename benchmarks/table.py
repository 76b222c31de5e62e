"""One line of the table that `make bench` prints, and how a program contributes its own.

A program of this folder has a function `lines() -> Iterable[Line]` and is named in `benchmarks/__main__.py`. It runs in an
interpreter of its own. What it measures is a ratio to something measured in the same run, or a count of bytes or requests: a
clock alone says what the machine is, and not what the code is.

    def lines() -> Iterable[Line]:
        yield Line("typed call, in memory", 1.7, goal=1.8, unit="times bare httpx", peers={"openai": 4.0})
"""

from __future__ import annotations

import json
import sys
from importlib import import_module
from typing import TYPE_CHECKING

from attrs import asdict, field, frozen

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

TOLERANCE = 0.1
"""By which part of it a goal may be missed: machines are busy."""


@frozen
class Line:
    """What was measured, what it should be, and what the peers need for the like."""

    name: str
    measured: float
    goal: float | None = None
    """None where the line is there to be compared, and has no goal."""
    unit: str = "times"
    """What the figures are, for example `times bare httpx`, `ms` or `MB`."""
    at_least: bool = False
    """Whether the goal is the least it may be; else it is the most."""
    peers: Mapping[str, float] = field(factory=dict[str, float])
    """Name → the same figure of somebody else's, measured in the same run."""
    note: str = ""
    """What a reader must know of the figure, in a few words."""

    @property
    def missed(self) -> bool:
        """Whether the goal is missed by more than a tenth."""
        if self.goal is None:
            return False
        if self.at_least:
            return self.measured < self.goal * (1 - TOLERANCE)
        return self.measured > self.goal * (1 + TOLERANCE)

    @property
    def goal_text(self) -> str:
        """The goal as it stands in the table."""
        return "" if self.goal is None else f"{'≥' if self.at_least else '≤'} {figure(self.goal)}"


def figure(value: float) -> str:
    """Return a number with the digits that mean something: 1,250, 61, 5.2, 0.97."""
    if abs(value) >= 1000:
        return f"{value:,.0f}"
    return f"{value:.0f}" if abs(value) >= 100 else f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"


def main(name: str) -> None:
    """Print the lines of one program as JSON, one a line, for the program that puts the table together."""
    lines: Iterable[Line] = import_module(f"benchmarks.{name}").lines()
    for line in lines:
        print(json.dumps(asdict(line)), flush=True)


if __name__ == "__main__":
    main(sys.argv[1])

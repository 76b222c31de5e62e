"""How badly the long runs are treated, and how they are judged: what the tortures of uploads and of the fleet share."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from attrs import define, field

from b2brouter_async.simulator import Fault

if TYPE_CHECKING:
    import random
    from collections.abc import Iterable

    from b2brouter_async.simulator import Simulator

TIMEOUT = 2.0
"""Seconds a request may take; stalls take longer."""
KINDS = (
    "reset_before", "reset_after", "stall", "slow", "truncate", "wrong_type", "redirect", "400", "401", "403", "404",
    "408", "409", "422", "424", "429", "500", "502", "503", "504",
)  # fmt: skip
AFTER_WORK = ("wrong_type", "redirect", "408", "500", "502", "503", "504")
"""Also struck after the work was done."""


def add_faults(simulator: Simulator, probability: float, *more: str) -> None:
    """Have requests meet faults of all kinds.

    Args:
        simulator: whose requests.
        probability: that a request meets one, of whichever kind.
        more: further kinds.
    """
    variants = [*KINDS, *more, *(f"{kind} done" for kind in AFTER_WORK)]
    share = probability / len(variants)
    for number, variant in enumerate(variants):
        # Each is asked in turn until one strikes: the later ones see only what the earlier let pass.
        chance = share / (1 - number * share)
        simulator.faults.add(Fault.parse(f"{variant} seconds={2 * TIMEOUT} probability={chance:.6f}"))


def faults_struck(simulator: Simulator) -> Counter[str]:
    """Count the faults that were met, by kind."""
    return Counter(kind for kind, _ in simulator.faults.struck)


def how_often_accepted(simulator: Simulator) -> Counter[str]:
    """Count how often the server has accepted each number."""
    accepted: Counter[str] = Counter()
    for entry in simulator.ledger():
        accepted[str(entry.number)] += entry.times
    return accepted


@define
class Now:
    """Tells when something is to be done that happens every so many documents, on average: at moments drawn at random."""

    every: int
    chance: random.Random
    next: float = field(init=False)

    def __attrs_post_init__(self) -> None:
        self._draw(0)

    def is_it(self, settled: int) -> bool:
        """Tell whether it is due, and draw the next moment if it is."""
        due = settled >= self.next
        if due:
            self._draw(settled)
        return due

    def _draw(self, settled: int) -> None:
        self.next = settled + self.every * (0.5 + self.chance.random())


@define
class Judged:
    """What the simulator and the ledger say in the end."""

    lost: list[str] = field(factory=list[str])
    doubled: list[str] = field(factory=list[str])
    still_claimed: int = 0
    kinds: Counter[str] = field(factory=Counter[str])

    def judge(self, simulator: Simulator, wanted: Iterable[str]) -> None:
        """Have the simulator say which numbers it has accepted never, and which more than once."""
        accepted = how_often_accepted(simulator)
        self.lost = sorted(set(wanted) - accepted.keys())
        self.doubled = sorted(number for number, times in accepted.items() if times != 1)

    @property
    def good(self) -> bool:
        """Whether every document was accepted once, and nothing stays claimed."""
        return not (self.lost or self.doubled or self.still_claimed)

    def kinds_told(self) -> str:
        """Return how many documents came to what, for a line of text."""
        return ", ".join(f"{count:,} {kind}" for kind, count in self.kinds.most_common())

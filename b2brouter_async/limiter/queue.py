"""Who waits in front of a limiter: interactive calls pass bulk calls, and event loops take turns."""

from __future__ import annotations

import math
from collections import OrderedDict
from typing import TYPE_CHECKING, Generic, TypeAlias, TypeVar

if TYPE_CHECKING:
    from .interface import Callers

BULK_SHARE = 10
"""Of so many grants in a row one is bulk's, if bulk waits."""

W = TypeVar("W")

Line: TypeAlias = OrderedDict[W, None]


class WaitQueue(Generic[W]):
    """Waiters of both priorities; `W` is anything hashable. All operations take constant time.

    The callers of one event loop are served in the order they came. Several loops take turns, so
    that one with a thousand tasks doesn't keep another waiting.
    """

    def __init__(self) -> None:
        self.bulk: OrderedDict[Callers, Line[W]] = OrderedDict()
        """Lines that are not empty; the first of them is the next to be served."""
        self.interactive: OrderedDict[Callers, Line[W]] = OrderedDict()
        self.wake_at: float = math.inf
        self._in_a_row = 0

    @property
    def waiting(self) -> int:
        """Waiters of both priorities."""
        return sum(map(len, self.bulk.values())) + self.waiting_interactive

    @property
    def waiting_interactive(self) -> int:
        """Waiters with priority 1."""
        return sum(map(len, self.interactive.values()))

    def enter(self, waiter: W, priority: int, callers: Callers) -> None:
        """Queue a waiter behind those of its priority and its event loop."""
        lines = self.interactive if priority else self.bulk
        line = lines.get(callers)
        if line is None:
            line = lines[callers] = OrderedDict()
        line[waiter] = None

    def leave(self, waiter: W, callers: Callers) -> None:
        """Take a waiter out that no longer wants to wait."""
        for lines in (self.bulk, self.interactive):
            line = lines.get(callers)
            if line is not None and waiter in line:
                del line[waiter]
                if not line:
                    del lines[callers]

    def next(self) -> tuple[W, Callers]:
        """Take the next waiter out: interactive first, but of `BULK_SHARE` in a row one is bulk's."""
        if self.interactive and (not self.bulk or self._in_a_row < BULK_SHARE - 1):
            self._in_a_row = self._in_a_row + 1 if self.bulk else 0
            return self.take(self.interactive)
        self._in_a_row = 0
        return self.take(self.bulk)

    def take(self, lines: OrderedDict[Callers, Line[W]]) -> tuple[W, Callers]:
        """Take the next waiter of one priority out."""
        callers, line = next(iter(lines.items()))
        waiter, _ = line.popitem(last=False)
        if not line:
            del lines[callers]
        elif len(lines) > 1:
            lines.move_to_end(callers)
        return waiter, callers

    def youngest(self, callers: Callers) -> W | None:
        """Return the waiter of an event loop that will be here longest, if any."""
        line = self.bulk.get(callers) or self.interactive.get(callers)
        return next(reversed(line)) if line else None

    def evict(self) -> list[W]:
        """Take out everybody, and say who they were."""
        everybody = [
            waiter for lines in (self.bulk, self.interactive) for line in lines.values() for waiter in line
        ]
        self.bulk.clear()
        self.interactive.clear()
        return everybody

    def take_out(self, callers: Callers) -> list[W]:
        """Take out all waiters of an event loop, and say who they were."""
        return [*self.bulk.pop(callers, ()), *self.interactive.pop(callers, ())]

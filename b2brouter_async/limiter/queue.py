"""Who waits in front of a limiter: interactive calls and bulk calls, each first come, first served."""

from __future__ import annotations

import math
from collections import OrderedDict
from typing import Generic, TypeVar

BULK_SHARE = 10  # of so many grants in a row one is bulk's, if bulk waits

W = TypeVar("W")


class WaitQueue(Generic[W]):
    """Waiters of both priorities; `W` is anything hashable. All operations take constant time."""

    def __init__(self) -> None:
        self.bulk: OrderedDict[W, None] = OrderedDict()
        self.interactive: OrderedDict[W, None] = OrderedDict()
        self.wake_at = math.inf
        self._in_a_row = 0

    @property
    def waiting(self) -> int:
        """Waiters of both priorities."""
        return len(self.bulk) + len(self.interactive)

    def enter(self, waiter: W, priority: int) -> None:
        """Queue a waiter behind those of its priority."""
        (self.interactive if priority else self.bulk)[waiter] = None

    def leave(self, waiter: W) -> None:
        """Take a waiter out that no longer wants to wait."""
        if waiter in self.bulk:
            del self.bulk[waiter]
        else:
            self.interactive.pop(waiter, None)

    def next(self) -> W:
        """Take the next waiter out: interactive first, but of `BULK_SHARE` in a row one is bulk's."""
        if self.interactive and (not self.bulk or self._in_a_row < BULK_SHARE - 1):
            self._in_a_row = self._in_a_row + 1 if self.bulk else 0
            return self.interactive.popitem(last=False)[0]
        self._in_a_row = 0
        return self.bulk.popitem(last=False)[0]

    def youngest(self) -> W | None:
        """The waiter that will be here longest, if any."""
        last = self.bulk or self.interactive
        return next(reversed(last)) if last else None

    def evict(self) -> list[W]:
        """Drop all waiters, and say who they were."""
        everybody = [*self.bulk, *self.interactive]
        self.bulk.clear()
        self.interactive.clear()
        self.wake_at = math.inf
        return everybody

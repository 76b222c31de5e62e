"""A clock that moves only when a test moves it."""

from __future__ import annotations

import heapq
import itertools
import math

import anyio
import anyio.lowlevel

TURNS = 12  # of the event loop until every task that can run has come to rest


class VirtualClock:
    """Satisfies the limiter's `Clock`. `run` moves time and lets the tasks act in between."""

    def __init__(self, start: float = 0.0) -> None:
        self._now = start
        self._timers: list[tuple[float, int, anyio.Event]] = []
        self._order = itertools.count()

    def now(self) -> float:
        return self._now

    async def wait(self, event: anyio.Event, until: float) -> None:
        if until <= self._now:
            await anyio.lowlevel.checkpoint()
            return
        if not math.isinf(until):
            # Setting the waiter's own event is a wake-up without a message; the limiter looks again.
            heapq.heappush(self._timers, (until, next(self._order), event))
        await event.wait()

    async def sleep(self, seconds: float) -> None:
        until = self._now + seconds
        event = anyio.Event()
        while self._now < until:
            await self.wait(event, until)

    def leap(self, seconds: float) -> None:
        """Jump without letting anybody act in between, as after a suspend."""
        self._now += seconds

    async def settle(self) -> None:
        for _ in range(TURNS):
            await anyio.lowlevel.checkpoint()

    async def run(self, seconds: float) -> None:
        """Let `seconds` pass, timer by timer."""
        end = self._now + seconds
        await self.settle()
        while self._timers and self._timers[0][0] <= end:
            due, _, event = heapq.heappop(self._timers)
            self._now = max(self._now, due)
            if not event.is_set():
                event.set()
                await self.settle()
        self._now = max(self._now, end)

"""The time a limiter lives by: monotonic, and replaceable for tests."""

from __future__ import annotations

import math
import time
from typing import Protocol

import anyio


class Clock(Protocol):
    """A source of time that never goes back."""

    def now(self) -> float:
        """Seconds since some fixed moment."""
        ...

    async def wait(self, event: anyio.Event, until: float) -> None:
        """Return when `event` is set or `now()` has reached `until`, whichever comes first."""
        ...


class MonotonicClock:
    """The process's own monotonic clock.

    Not the event loop's: that one starts anew with every loop (trio even adds a random
    offset), and a ledger must outlive the loop it was written in.
    """

    __slots__ = ()

    now = staticmethod(time.monotonic)

    async def wait(self, event: anyio.Event, until: float) -> None:
        """Sleep until the event or the time."""
        if math.isinf(until):
            await event.wait()
        else:
            with anyio.move_on_after(max(0.0, until - time.monotonic())):
                await event.wait()

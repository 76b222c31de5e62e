"""A virtual minute takes a moment: an asyncio loop and the `time` module on one virtual clock.

Import this before the packages to be measured: some take `time.monotonic` by name.
"""

from __future__ import annotations

import asyncio
import selectors
import time
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Coroutine

TURN = 1e-6  # a turn of the loop costs a little, or rounding keeps a timer due for ever


class Now:
    """The virtual time, in seconds."""

    seconds = 1_000_000.0


real_monotonic = time.monotonic
time.monotonic = lambda: Now.seconds
time.monotonic_ns = lambda: int(Now.seconds * 1e9)
time.time = lambda: Now.seconds
time.time_ns = lambda: int(Now.seconds * 1e9)
time.perf_counter = lambda: Now.seconds


class VirtualSelector(selectors.SelectSelector):
    """Waits in virtual time."""

    def select(self, timeout: float | None = None) -> list[Any]:
        if timeout is None:
            raise RuntimeError("every task waits for something that never comes")
        Now.seconds += max(timeout, 0.0) + TURN
        return super().select(0)


class VirtualLoop(asyncio.SelectorEventLoop):
    """An asyncio loop that never waits for real."""

    def __init__(self) -> None:
        super().__init__(VirtualSelector())

    def time(self) -> float:
        return Now.seconds


def run(main: Coroutine[Any, Any, None]) -> None:
    """Run in virtual time, on a fresh loop."""
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        runner.run(main)

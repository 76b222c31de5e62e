"""The event loops that a limiter serves: which one runs here, which ones have ended, how to reach another."""

from __future__ import annotations

import contextlib
import math
import threading
from typing import TYPE_CHECKING

import anyio
import anyio.lowlevel

from .interface import Callers

if TYPE_CHECKING:
    from collections.abc import Callable

    from .interface import Lease


class Waiter:
    """One task's place in the queue."""

    __slots__ = ("error", "event", "lease", "loop", "priority")

    def __init__(self, loop: EventLoop, priority: int) -> None:
        self.loop: EventLoop = loop
        self.priority: int = priority
        self.event: anyio.Event = anyio.Event()
        self.lease: Lease | None = None
        self.error: Exception | None = None


class EventLoop(Callers):
    """An event loop, and what its tasks have of a limiter."""

    __slots__ = ("armed", "handle", "keeper", "parked", "thread", "unnamed")

    def __init__(self, handle: object) -> None:
        super().__init__()
        self.handle: object = handle
        """The loop itself with asyncio, its token with trio."""
        self.thread: int = threading.get_ident()
        self.unnamed: list[Lease] = []
        """Leases of `async with`, all alike."""
        self.keeper: Waiter | None = None
        """The one of its waiters that keeps the time for the others."""
        self.armed: float = math.inf
        """When the keeper wakes up; minus infinity while it is awake and will look for itself."""
        self.parked: list[Waiter] = []
        """Waiters that are passed over until the loop runs again."""

    @property
    def is_running(self) -> bool:
        """Whether it will run what is posted to it."""
        is_running: Callable[[], bool] | None = getattr(self.handle, "is_running", None)
        if is_running is not None:  # asyncio's
            return is_running()
        return self.post(_nothing)

    def post(self, function: Callable[[], None]) -> bool:
        """Have a function run in this loop, from any thread; False if it has ended."""
        call_soon = getattr(self.handle, "call_soon_threadsafe", None) or getattr(
            self.handle, "run_sync_soon", None
        )
        if call_soon is None:
            return False
        with contextlib.suppress(RuntimeError):  # closed, on either kind of loop
            call_soon(function)
            return True
        return False


def running_loop() -> object:
    """Return what stands for the event loop that runs here."""
    token: object = anyio.lowlevel.current_token()
    return getattr(token, "native_token", token)


def _nothing() -> None:
    pass

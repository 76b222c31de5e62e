"""Which event loop a limiter serves, and whether that is still the case."""

from __future__ import annotations

import os
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING

import anyio.lowlevel

from b2brouter_async.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass
class _Forks:
    count: int = 0


# Counted instead of asking for the process id on every call, which is a system call.
_forks = _Forks()


def _count_fork() -> None:
    _forks.count += 1


if hasattr(os, "register_at_fork"):  # not on Windows, where nothing forks
    os.register_at_fork(after_in_child=_count_fork)


class Binding:
    """The event loop a limiter serves: bound at first use, renewed when that one has ended."""

    __slots__ = ("_forks", "_loop", "_thread", "clean")

    def __init__(self) -> None:
        self.clean = True
        """All leases were back at some time since `renew`, so those out now aren't an older loop's."""
        self._thread = 0
        self._forks = _forks.count
        self._loop: object = None

    @property
    def loop(self) -> object:
        """The loop bound last: asyncio's, or trio's token."""
        return self._loop

    def is_here(self) -> bool:
        """Tell cheaply whether this thread of this process is the one last seen."""
        return self._thread == threading.get_ident() and self._forks == _forks.count

    def renew(self) -> tuple[bool, bool]:
        """Bind to the event loop that runs here.

        Returns:
            Whether another loop was bound before, and whether the process was forked since.

        Raises:
            ConfigurationError: The loop bound before is still running.
        """
        token: object = anyio.lowlevel.current_token()
        loop: object = getattr(token, "native_token", token)
        forked = self._forks != _forks.count
        before = self._loop
        moved = before is not None and before is not loop
        if moved and not forked and _is_running(before):
            raise ConfigurationError(
                "another event loop that is still running uses this limiter; run all clients of one key in "
                "one event loop, or give each loop a limiter of its own with its share of the limit"
            )
        self._thread = threading.get_ident()
        self._forks = _forks.count
        self._loop = loop
        self.clean = False
        return moved, forked


def _is_running(loop: object) -> bool:
    is_running = getattr(loop, "is_running", None)
    if is_running is not None:  # asyncio's loop
        return bool(is_running())
    try:
        loop.run_sync_soon(_nothing)  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue]  # trio's token
    except RuntimeError:  # trio.RunFinishedError
        return False
    return True


def post(loop: object, function: Callable[[], None]) -> bool:
    """Have a function run in an event loop, from another thread; False if that loop has ended."""
    call_soon = getattr(loop, "call_soon_threadsafe", None) or getattr(loop, "run_sync_soon", None)
    if call_soon is None:
        return False
    try:
        call_soon(function)
    except RuntimeError:  # closed, on either kind of loop
        return False
    return True


def _nothing() -> None:
    pass

"""Which event loop a limiter serves, and whether that is still the case."""

from __future__ import annotations

import os
import threading
import weakref
from typing import TYPE_CHECKING

import anyio.lowlevel

from ..errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Callable


class LoopBinding:
    """The event loop a limiter serves: bound at first use, renewed when that one has ended."""

    __slots__ = ("__weakref__", "_loop", "forked", "thread")

    def __init__(self) -> None:
        self.thread = 0
        """The thread whose event loop was bound last; 0 if none is, in this process."""
        self.forked = False
        """This process was forked from the one that was bound."""
        self._loop: object = None
        _bindings.add(self)

    @property
    def loop(self) -> object:
        """The loop bound last: asyncio's, or trio's token."""
        return self._loop

    def renew(self) -> tuple[bool, bool]:
        """Bind to the event loop that runs here.

        Returns:
            Whether another loop was bound before, and whether the process was forked since.

        Raises:
            ConfigurationError: The loop bound before is still running.
        """
        token: object = anyio.lowlevel.current_token()
        loop: object = getattr(token, "native_token", token)
        forked = self.forked
        before = self._loop
        moved = before is not None and before is not loop
        if moved and not forked and _is_running(before):
            raise ConfigurationError(
                "another event loop that is still running uses this limiter; run all clients of one key in "
                "one event loop, or give each loop a limiter of its own with its share of the limit"
            )
        self.thread = threading.get_ident()
        self.forked = False
        self._loop = loop
        return moved, forked


# Told of a fork instead of asking for the process id on every call, which is a system call.
_bindings: weakref.WeakSet[LoopBinding] = weakref.WeakSet()


def _note_fork() -> None:
    for binding in _bindings:
        if binding.thread:
            binding.thread = 0
            binding.forked = True


if hasattr(os, "register_at_fork"):  # not on Windows, where nothing forks
    os.register_at_fork(after_in_child=_note_fork)


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

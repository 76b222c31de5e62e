"""Processes forked from one that had made a limiter: each counts for itself, and the server counts them together."""

from __future__ import annotations

import mmap
import os
import weakref
from typing import Protocol


class Forkable(Protocol):
    """What is told of forks."""

    def before_fork(self) -> None:
        """Bring everything into a state that a child can start from."""
        ...

    def after_fork_in_parent(self) -> None:
        """Go on."""
        ...

    def after_fork_in_child(self) -> None:
        """Begin anew: no thread and no event loop of the parent's is here."""
        ...


class Family:
    """The processes that inherited one limiter, as far as they use it."""

    __slots__ = ("_page", "_pid")

    def __init__(self) -> None:
        # Memory that forked processes share: a mark for each that uses the limiter, at 0 whether this was told.
        self._page = mmap.mmap(-1, mmap.PAGESIZE)
        self._pid = 0

    def join(self) -> bool:
        """Note that this process uses the limiter; True once, in the second process that does."""
        pid = os.getpid()
        if pid == self._pid:
            return False
        self._pid = pid
        page = self._page
        page[1 + pid % (mmap.PAGESIZE - 1)] = 1
        users = mmap.PAGESIZE - 1 - page[1:].count(0)
        if users < 2 or page[0]:
            return False
        page[0] = 1
        return True


# Told of a fork instead of asking for the process id on every call, which is a system call.
_all: weakref.WeakSet[Forkable] = weakref.WeakSet()


def tell_of_forks(whom: Forkable) -> None:
    """Have an object told of every fork for as long as it lives."""
    _all.add(whom)


_told: list[Forkable] = []


def _before() -> None:
    _told[:] = _all
    for each in _told:
        each.before_fork()


def _in_parent() -> None:
    for each in _told:
        each.after_fork_in_parent()
    _told.clear()


def _in_child() -> None:
    for each in _told:
        each.after_fork_in_child()
    _told.clear()


if hasattr(os, "register_at_fork"):  # not on Windows, where nothing forks
    os.register_at_fork(before=_before, after_in_parent=_in_parent, after_in_child=_in_child)

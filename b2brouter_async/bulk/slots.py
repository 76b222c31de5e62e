"""Room for so many documents at once, and turns for those that must not run side by side."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import TYPE_CHECKING, TypeAlias

import anyio

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Hashable

StepAside: TypeAlias = Callable[[], AbstractAsyncContextManager[None]]
"""Lets another document be worked on while one only waits."""


class Slots:
    """Room for `most` documents that are worked on, and for as many again that only wait."""

    def __init__(self, most: int) -> None:
        """Make room.

        Args:
            most: how many are worked on at once.
        """
        self.working: int = 0
        self.waiting = 0
        self._all = anyio.Semaphore(2 * most)
        self._working = anyio.Semaphore(most)

    @property
    def free(self) -> bool:
        """Whether a document could be taken and worked on right now."""
        return bool(self._all.value and self._working.value)

    async def take(self) -> Slot:
        """Wait until a document can be taken and worked on, in the order of asking."""
        await self._all.acquire()
        slot = Slot(self)
        try:
            await self.begin_work()
            slot.works = True
        except BaseException:
            slot.close()
            raise
        return slot

    def take_now(self) -> Slot:
        """Take one where there is a free one."""
        self._all.acquire_nowait()
        self._working.acquire_nowait()
        self.working += 1
        slot = Slot(self)
        slot.works = True
        return slot

    async def begin_work(self) -> None:
        """Wait until one more can be worked on."""
        await self._working.acquire()
        self.working += 1

    def end_work(self) -> None:
        """Let another be worked on."""
        self.working -= 1
        self._working.release()

    def leave(self) -> None:
        """Let another document be taken."""
        self._all.release()


class Slot:
    """What one document has taken: it is here, and it is worked on or waits."""

    def __init__(self, slots: Slots) -> None:
        """Belong to slots, of which one was taken."""
        self._slots = slots
        self.works: bool = False

    @contextlib.asynccontextmanager
    async def step_aside(self) -> AsyncGenerator[None]:
        """Let another document be worked on while this one only waits.

        So documents in doubt, each for many seconds, don't slow down the others. Whoever waits keeps nobody from
        work, so nobody who waits can be waited for by all who work.
        """
        self._end_work()
        self._slots.waiting += 1
        try:
            yield
        finally:
            self._slots.waiting -= 1
        await self._slots.begin_work()
        self.works = True

    def _end_work(self) -> None:
        if self.works:
            self.works = False
            self._slots.end_work()

    def close(self) -> None:
        """Give everything back."""
        self._end_work()
        self._slots.leave()


class Room:
    """Room for so many bytes of large documents, in the order of asking. One that needs more than all takes all."""

    def __init__(self, size: int) -> None:
        """Make room.

        Args:
            size: bytes.
        """
        self._size = self._free = size
        self._turn = anyio.Lock()
        self._given_back = anyio.Event()

    @contextlib.asynccontextmanager
    async def hold(self, size: int) -> AsyncGenerator[None]:
        """Wait until there is room for `size` bytes, and keep it for the length of the block."""
        size = min(size, self._size)
        async with self._turn:
            while self._free < size:
                self._given_back = anyio.Event()
                await self._given_back.wait()
            self._free -= size
        try:
            yield
        finally:
            self._free += size
            self._given_back.set()


class Turns:
    """Lets one task at a time do something about a key; the others wait for their turn."""

    def __init__(self) -> None:
        """Begin with no key taken."""
        self._taken: dict[Hashable, anyio.Event] = {}

    @contextlib.asynccontextmanager
    async def alone(self, key: Hashable, step_aside: StepAside) -> AsyncGenerator[None]:
        """Wait until nobody else is at the key, and keep it for the length of the block."""
        while (taken := self._taken.get(key)) is not None:
            async with step_aside():
                await taken.wait()
        mine = self._taken[key] = anyio.Event()
        try:
            yield
        finally:
            del self._taken[key]
            mine.set()

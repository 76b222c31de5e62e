"""Room for so many documents at once, and turns for those that must not run side by side."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import TYPE_CHECKING, TypeAlias

import anyio

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Hashable

Aside: TypeAlias = Callable[[], AbstractAsyncContextManager[None]]
"""Lets another document have the place of one that only waits."""


class Slots:
    """Places for `most` documents that are worked on, and room for as many again that only wait."""

    def __init__(self, most: int) -> None:
        """Begin with everything free."""
        self.active = 0
        self.parked = 0
        self.room = anyio.Semaphore(2 * most)
        self.places = anyio.Semaphore(most)

    async def take(self) -> Slot:
        """Wait for room and a place, in the order of asking."""
        await self.room.acquire()
        slot = Slot(self)
        try:
            await slot.take()
        except BaseException:
            slot.close()
            raise
        return slot


class Slot:
    """What one document has taken: room as long as it is here, a place while it is worked on."""

    def __init__(self, slots: Slots) -> None:
        """Hold room."""
        self._slots = slots
        self._held = False

    async def take(self) -> None:
        """Wait for a place."""
        await self._slots.places.acquire()
        self._slots.active += 1
        self._held = True

    def _give(self) -> None:
        if self._held:
            self._held = False
            self._slots.active -= 1
            self._slots.places.release()

    @contextlib.asynccontextmanager
    async def aside(self) -> AsyncGenerator[None]:
        """Let another document have the place while this one only waits.

        So documents in doubt, each for many seconds, don't slow down the others. Whoever waits holds no place, so
        nobody who waits can be waited for by all who have one.
        """
        self._give()
        self._slots.parked += 1
        try:
            yield
        finally:
            self._slots.parked -= 1
        await self.take()

    def close(self) -> None:
        """Give everything back."""
        self._give()
        self._slots.room.release()


class Turns:
    """Lets one task at a time do something about a key; the others wait for their turn."""

    def __init__(self) -> None:
        """Begin with nobody's turn."""
        self._taken: dict[Hashable, anyio.Event] = {}

    @contextlib.asynccontextmanager
    async def alone(self, key: Hashable, aside: Aside) -> AsyncGenerator[None]:
        """Wait, aside, until nobody else is at the key, and keep it for the length of the block."""
        while (taken := self._taken.get(key)) is not None:
            async with aside():
                await taken.wait()
        mine = self._taken[key] = anyio.Event()
        try:
            yield
        finally:
            del self._taken[key]
            mine.set()

"""Room for so many documents at once, and turns for those that must not run side by side."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

import anyio

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Hashable


class Slots:
    """Room for `most` documents that are worked on, and as many again that only wait."""

    def __init__(self, most: int) -> None:
        """Begin with all room free."""
        self.most = most
        self.active = 0
        self.parked = 0
        self._free = anyio.Semaphore(most)

    async def take(self) -> None:
        """Wait for room, in the order of asking."""
        await self._free.acquire()
        self.active += 1

    def give(self) -> None:
        """Make room."""
        self.active -= 1
        self._free.release()

    def slot(self) -> Slot:
        """Return a handle on room that was taken."""
        return Slot(self)


class Slot:
    """The room one document has taken."""

    def __init__(self, slots: Slots | None) -> None:
        """Hold room; None is a document outside the count."""
        self._slots = slots
        self._held = slots is not None

    @contextlib.asynccontextmanager
    async def aside(self) -> AsyncGenerator[None]:
        """Let another document have the room while this one only waits.

        So documents in doubt, each for many seconds, don't slow down the others. Where too many wait already, it is
        kept: what is held in memory stays bounded, and nobody waits for room while holding some.
        """
        slots = self._slots
        if slots is None or not self._held or slots.parked >= slots.most:
            yield
            return
        slots.parked += 1
        self._held = False
        slots.give()
        try:
            yield
        finally:
            slots.parked -= 1
        await slots.take()
        self._held = True

    def close(self) -> None:
        """Make room for good."""
        if self._held and self._slots is not None:
            self._held = False
            self._slots.give()


class Turns:
    """Lets one task at a time do something about a key; the others wait for their turn."""

    def __init__(self) -> None:
        """Begin with nobody's turn."""
        self._taken: dict[Hashable, anyio.Event] = {}

    @contextlib.asynccontextmanager
    async def alone(self, key: Hashable) -> AsyncGenerator[None]:
        """Wait until nobody else is at the key, and keep it for the length of the block."""
        while (taken := self._taken.get(key)) is not None:
            await taken.wait()
        mine = self._taken[key] = anyio.Event()
        try:
            yield
        finally:
            del self._taken[key]
            mine.set()

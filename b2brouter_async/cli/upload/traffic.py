"""How many requests a run sends and how many documents it finishes, second by second."""

from __future__ import annotations

import time
from array import array
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..._call.attempt import Attempt, Next
    from ..._core.replies import Reply

_TOO_MANY = 429


class Seconds:
    """A count for each second of a run: four bytes a second, however long it takes."""

    def __init__(self) -> None:
        self._counts = array("I")

    def add(self, second: int, count: int = 1) -> None:
        """Count something that happened in a second."""
        missing = second + 1 - len(self._counts)
        if missing > 0:
            self._counts.extend([0] * missing)
        self._counts[second] += count

    def between(self, first: int, end: int) -> int:
        """Return the count of the seconds from `first` up to, and without, `end`."""
        return sum(self._counts[max(0, first) : max(0, end)])

    def last_minute(self, second: int) -> int:
        """Return the count of the 60 seconds that end with this one."""
        return self.between(second - 59, second + 1)

    @property
    def total(self) -> int:
        """Everything counted."""
        return sum(self._counts)


class Traffic:
    """The pulse of a run. `count` is a middleware of the client: it sees every single request."""

    def __init__(self, limit: int = 0, clock: Callable[[], float] = time.monotonic) -> None:
        """Begin now.

        Args:
            limit: requests a minute the server allows.
            clock: counts seconds, never backwards.
        """
        self.limit = limit
        self.requests: Seconds = Seconds()
        self.refused: Seconds = Seconds()
        self.finished: Seconds = Seconds()
        self._clock = clock
        self._began = clock()

    @property
    def seconds(self) -> float:
        """How long the run has taken."""
        return self._clock() - self._began

    async def count(self, attempt: Attempt, send: Next) -> Reply:
        """Count a request where it is sent, and a 429 where it comes back."""
        self.requests.add(int(self.seconds))
        reply = await send(attempt)
        if reply.status == _TOO_MANY:
            self.refused.add(int(self.seconds))
        return reply

    def finish(self) -> None:
        """Count a document that this run has settled."""
        self.finished.add(int(self.seconds))

    @property
    def last_minute(self) -> int:
        """The requests of the last 60 seconds: what the limit is about."""
        return self.requests.last_minute(int(self.seconds))

    @property
    def pace(self) -> float:
        """Documents that this run settles a minute, seen from its last minute."""
        now = self.seconds
        if now < 1:
            return 0.0
        # The current second is not over: it counts with the part that is.
        first = max(0, int(now) - 59)
        return 60 * self.finished.between(first, int(now) + 1) / max(1.0, now - first)

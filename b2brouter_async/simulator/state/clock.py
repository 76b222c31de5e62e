"""The simulator's clock: real time, or any other, plus what a test has advanced it by."""

from __future__ import annotations

import datetime
import functools
import math
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


class Clock:
    """Seconds since 1970, taken from `source`, that can be advanced but never put back.

    Args:
        source: the seconds.
        speed: how many of them pass in one of the source's.
    """

    def __init__(self, source: Callable[[], float] = time.time, speed: float = 1.0) -> None:
        if not 0 < speed < math.inf:
            raise ValueError(f"speed must be a number above 0, and is {speed}; 1 is the speed of the source")
        self._source = source
        self._speed = speed
        self._start = source()
        self._ahead = 0.0
        self._latest = -math.inf

    def now(self) -> float:
        """Return the present in seconds since 1970 (UTC); it stands still while the machine's clock is put back."""
        moment = self._source()
        if self._speed != 1:
            moment = self._start + (moment - self._start) * self._speed
        self._latest = max(self._latest, moment + self._ahead)
        return self._latest

    def shown_by_others(self) -> float:
        """Return what the clock of a subscriber shows: real time where this clock began with it, else this clock's.

        A receiver compares the time of a signature with its own clock, which knows nothing of `advance` and `speed`.
        """
        return time.time() if self._source is time.time else self.now()

    def advance(self, seconds: float) -> None:
        """Advance the clock by `seconds`; a negative number is a ValueError."""
        if seconds < 0:
            raise ValueError("the clock only goes forward: seconds must not be negative")
        self._ahead += seconds


def frozen(start: datetime.datetime | float) -> Callable[[], float]:
    """Return a source that stands still at `start`: time then passes only by `advance`.

    Example:
        simulator = Simulator(clock=frozen(datetime.datetime(2026, 11, 26, tzinfo=datetime.UTC)))
    """
    moment = start.timestamp() if isinstance(start, datetime.datetime) else float(start)
    return lambda: moment


def timestamp(moment: float) -> str:
    """Write seconds since 1970 as the API writes times: `2026-10-14T09:12:07.000Z`."""
    whole = int(moment)
    millis = int((moment - whole) * 1000)
    return f"{_second(whole)}.{millis:03d}Z"


@functools.lru_cache(maxsize=8)
def _second(whole: int) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(whole))


def day(moment: float) -> str:
    """Write the UTC day of `moment` as `2026-10-14`."""
    return time.strftime("%Y-%m-%d", time.gmtime(moment))

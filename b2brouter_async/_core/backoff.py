"""How patiently something is waited for: pauses that grow, and the clock they are counted on."""

from __future__ import annotations

import math
import time
from collections.abc import Awaitable, Callable  # noqa: TC003 - attrs resolves the annotations
from typing import TYPE_CHECKING

import anyio
from attrs import field, frozen, validators

from .jitter import JITTER

if TYPE_CHECKING:
    from collections.abc import Iterator


@frozen(kw_only=True)
class Backoff:
    """Pauses between tries: short ones first, each longer than the one before."""

    first: float = field(validator=validators.gt(0))
    """Seconds before the second try."""
    factor: float = field(default=2.0, validator=validators.ge(1))
    """How much longer each further pause is."""
    longest: float = field(default=math.inf, validator=validators.gt(0))
    """Seconds: no pause is longer."""

    def pause(self, tries: int) -> float:
        """Return the seconds to wait after so many tries."""
        # Beyond the thirtieth every pause is the longest, and a power could grow out of a float.
        return min(self.first * self.factor ** min(tries - 1, 30), self.longest)

    def drawn(self, tries: int, draw: Callable[[float, float], float] = JITTER.uniform) -> float:
        """Return the seconds to wait after so many tries, drawn: who failed together doesn't come back together."""
        return draw(0.0, self.pause(tries))

    def pauses(self, within: float = math.inf) -> Iterator[float]:
        """Yield one pause after the other.

        Args:
            within: seconds that they come to together; the last is cut to fit.
        """
        tries, passed = 1, 0.0
        while (left := within - passed) > 0:
            pause = self.pause(tries)
            if pause >= left:
                yield left
                return
            yield pause
            passed += pause
            tries += 1


@frozen(kw_only=True)
class Waiting:
    """Who waits, and on which clock: a test's own, for example."""

    sleep: Callable[[float], Awaitable[object]] = field(default=anyio.sleep, repr=False)
    """Waits a number of seconds."""
    clock: Callable[[], float] = field(default=time.monotonic, repr=False)
    """Counts seconds, never backwards."""

"""What happens after a 429: pause, probe with one request, trust the limit again by degrees.

With one program per key a 429 can't happen; it takes a stranger who spends the same key.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from .._core.jitter import JITTER

if TYPE_CHECKING:
    from collections.abc import Callable

    from .interface import Callers, Lease, Outcome

SHRINK = 0.95
"""So much of what was in use when the 429 came is believed to be ours."""
FLOOR = 0.05
"""No less of the limit than this: with less it would take hours to learn anything."""
HALF = 0.5
"""One refusal takes no more than this of what was believed: it proves no more."""
SLOW_GROWTH = 0.04
"""So much of the limit is believed again over the first period after a pause that followed another."""
QUIET = 3.0
"""Periods without a refusal after which the next one is an isolated one again."""
FIRST_PAUSE = 1 / 60
"""Of the period: half of the longest pause where the server names none; doubled by each further 429."""


class Cooldown:
    """The pause after a 429 and the way back.

    One 429 stops everybody. Refusals of requests that were already in flight by then belong to
    the same pause. After it one request goes first; only its success lets the others follow.

    An isolated refusal costs its pause and at most half of the limit, which is back a period
    later. Refusals that follow each other lead down to the share that is really left.
    """

    __slots__ = (
        "_began",
        "_cap",
        "_cut",
        "_cut_at",
        "_isolated",
        "_jitter",
        "_limit",
        "_period",
        "_probe",
        "_probing",
        "_streak",
        "rejections",
        "until",
    )

    def __init__(
        self, limit: int, period: float, cap: float, jitter: Callable[[], float] = JITTER.random
    ) -> None:
        self._limit = limit
        self._period = period
        self._cap = cap
        self._jitter = jitter
        self._began = -math.inf
        self._probing = False
        self._probe: Lease | None = None
        self._streak = 0
        self._cut = 0.0
        self._cut_at = -math.inf
        self._isolated = True
        self.until: float = -math.inf
        self.rejections: int = 0

    def ready_at(self, now: float) -> float:
        """When the next grant is allowed; infinite while the probe is out."""
        if not self._probing:
            return now
        if self.until > now:
            return self.until
        return now if self._probe is None else math.inf

    def granted(self, lease: Lease) -> None:
        """Note a grant: the first one after a pause is the probe."""
        if self._probing:
            self._probe = lease

    def settled(self, lease: Lease, outcome: Outcome) -> None:
        """Note what became of a lease other than a refusal."""
        if lease is not self._probe:
            return
        self._probe = None
        if outcome == "ok":
            self._probing = False
            self._streak = 0

    def lose_probe(self, callers: Callers) -> None:
        """Let another request be the probe if it was one of these callers'."""
        if self._probe is not None and self._probe.callers is callers:
            self._probe = None

    def rejected(self, lease: Lease, retry_after: float | None, now: float, in_use: int) -> bool:
        """Note a 429.

        Args:
            lease: the refused request's.
            retry_after: what the server asked for, in seconds.
            now: the time of the reply.
            in_use: tokens in flight or not yet due when it came.

        Returns:
            Whether this began a pause, rather than belonging to one.
        """
        self.rejections += 1
        began = lease is self._probe or (not self._probing and lease.granted_at > self._began)
        if began:
            believed = self._limit - self.withheld(now)
            quiet = now - self.until >= QUIET * self._period
            self._streak += 1
            self._began = now
            self._probing = True
            self._probe = None
            self.until = now + self._pause(retry_after)
            if self._streak == 1:  # a refused probe says nothing new about how much is left
                left = max(1.0, FLOOR * self._limit, SHRINK * in_use, HALF * believed)
                self._cut = self._limit - min(left, believed)
                self._isolated = quiet
            self._cut_at = self.until
        elif self._probing and retry_after is not None:
            self.until = max(self.until, now + min(retry_after, self._cap))
            self._cut_at = self.until
        return began

    def withheld(self, now: float) -> int:
        """Tokens not to be spent, since somebody else seems to spend them.

        After an isolated refusal all are back a period later. Else slowly back for one period,
        near the level where it hurt, and straight to the full limit in the next.
        """
        if not self._cut:
            return 0
        periods = max(0.0, now - self._cut_at) / self._period
        knee = max(0.0, self._cut - SLOW_GROWTH * self._limit)
        if self._isolated:
            cut = self._cut * max(0.0, 1.0 - periods)
        elif periods < 1.0:
            cut = self._cut - (self._cut - knee) * periods
        else:
            cut = knee * max(0.0, 2.0 - periods)
        if cut == 0.0:
            self._cut = 0.0
        return math.ceil(cut)

    def _pause(self, retry_after: float | None) -> float:
        if retry_after is not None:
            return min(max(0.0, retry_after), self._cap)
        # Full jitter: several programs on one key must not come back in step.
        return self._jitter() * min(self._cap, self._period * FIRST_PAUSE * 2.0 ** min(self._streak, 30))

"""The rate limit as a server may enforce it. What kind of window the real one has is unknown (behaviour 2)."""

from __future__ import annotations

import email.utils
import math
from collections import deque
from typing import Literal, Protocol, TypeAlias, get_args

PolicyName: TypeAlias = Literal["fixed", "sliding-log", "sliding-counter", "bucket"]
RetryAfter: TypeAlias = Literal["seconds", "date"]
POLICIES: tuple[PolicyName, ...] = get_args(PolicyName)
RETRY_AFTER: tuple[RetryAfter, ...] = get_args(RetryAfter)


class Policy(Protocol):
    """One way to hold a limit."""

    def admit(self, now: float) -> float | None:
        """Count a request at `now` and return None, or refuse it and return the seconds until one may pass."""
        ...

    def remember(self, at: float) -> None:
        """Count a request that was let pass before a restart."""
        ...


class FixedWindow:
    """At most `limit` requests in each window of `period` seconds; the windows follow each other from `phase` on."""

    def __init__(self, limit: int, period: float, phase: float = 0.0) -> None:
        self._limit, self._period, self._phase = limit, period, phase
        self._window: float = -math.inf
        self._count = 0

    def admit(self, now: float) -> float | None:
        """Count a request in the window of `now`."""
        self._roll(now)
        if self._count >= self._limit:
            return (self._window + 1) * self._period + self._phase - now
        self._count += 1
        return None

    def remember(self, at: float) -> None:
        """Count a request in the window of `at`."""
        self._roll(at)
        self._count += 1

    def _roll(self, now: float) -> None:
        window = math.floor((now - self._phase) / self._period)
        if window != self._window:
            self._window, self._count = window, 0


class SlidingLog:
    """At most `limit` requests in any `period` seconds, each remembered."""

    def __init__(self, limit: int, period: float) -> None:
        self._limit, self._period = limit, period
        self._times: deque[float] = deque()

    def admit(self, now: float) -> float | None:
        """Count a request against those of the last period."""
        while self._times and self._times[0] <= now - self._period:
            self._times.popleft()
        if len(self._times) >= self._limit:
            return self._times[0] + self._period - now if self._times else self._period
        self._times.append(now)
        return None

    def remember(self, at: float) -> None:
        """Count a request."""
        self._times.append(at)


class SlidingCounter:
    """The count of this window, plus that of the last weighted by what of it is still within a period."""

    def __init__(self, limit: int, period: float, phase: float = 0.0) -> None:
        self._limit, self._period, self._phase = limit, period, phase
        self._window: float = -math.inf
        self._before = 0
        self._count = 0

    def admit(self, now: float) -> float | None:
        """Count a request against the estimate at `now`."""
        weight = self._roll(now)
        if self._count + self._before * weight + 1 > self._limit:
            return self._wait(weight)
        self._count += 1
        return None

    def remember(self, at: float) -> None:
        """Count a request in the window of `at`."""
        self._roll(at)
        self._count += 1

    def _roll(self, now: float) -> float:
        """Go on to the window of `now`; return what the last one weighs."""
        position = (now - self._phase) / self._period
        window = math.floor(position)
        if window != self._window:
            self._before = self._count if window == self._window + 1 else 0
            self._window, self._count = window, 0
        return 1 - (position - window)

    def _wait(self, weight: float) -> float:
        room = self._limit - 1 - self._count
        if room > 0 and self._before:
            return max(0.0, weight - room / self._before) * self._period
        # In the next window, this one's count is what weighs.
        more = 1 - (self._limit - 1) / self._count if self._count else 0.0
        return (weight + max(0.0, more)) * self._period


class TokenBucket:
    """A bucket of `burst` tokens that fills at `limit` in `period` seconds."""

    def __init__(self, limit: int, period: float, burst: int) -> None:
        self._rate, self._burst = limit / period, burst
        self._tokens = float(burst)
        self._at = -math.inf

    def admit(self, now: float) -> float | None:
        """Take a token."""
        self._fill(now)
        if self._tokens < 1:
            return (1 - self._tokens) / self._rate if self._rate else math.inf
        self._tokens -= 1
        return None

    def remember(self, at: float) -> None:
        """Take a token; how many there were before the first is not known, so none but its own."""
        if self._at == -math.inf:
            self._tokens = 1.0
        self._fill(at)
        self._tokens = max(0.0, self._tokens - 1)

    def _fill(self, now: float) -> None:
        if self._at > -math.inf:
            self._tokens = min(float(self._burst), self._tokens + (now - self._at) * self._rate)
        self._at = now


def policy(name: PolicyName, limit: int, period: float, burst: int | None = None) -> Policy:
    """Make a policy by its name; `burst` is for the bucket, a tenth of the limit when left out.

    What no server could hold is a ValueError: a limit below 0, a period that is not above 0, a burst below 1.
    """
    _check_period(period)
    if limit < 0:
        raise ValueError(f"limit must not be negative, and is {limit}; None is no limit")
    if burst is not None and burst < 1:
        raise ValueError(f"burst must be at least 1, and is {burst}")
    if name == "fixed":
        return FixedWindow(limit, period)
    if name == "sliding-log":
        return SlidingLog(limit, period)
    if name == "sliding-counter":
        return SlidingCounter(limit, period)
    if name == "bucket":
        return TokenBucket(limit, period, burst if burst is not None else max(1, limit // 10))
    raise ValueError(f"limit policy {name!r} is unknown: choose one of {', '.join(POLICIES)}")


def _check_period(period: float) -> None:
    if not 0 < period < math.inf:
        raise ValueError(f"period must be a number of seconds above 0, and is {period}")


class Meter:
    """Counts what one key sent, admitted or not, and remembers the worst window of `period` seconds."""

    def __init__(self, period: float, policy: Policy | None) -> None:
        _check_period(period)
        self.requests: int = 0
        self.refused: int = 0
        self.worst: int = 0
        self._period = period
        self._policy = policy
        self._recent: deque[float] = deque()

    def remember(self, at: float, *, passed: bool) -> None:
        """Take back a request of before a restart: into the window and the limit, not into the counts."""
        self._recent.append(at)
        if passed and self._policy is not None:
            self._policy.remember(at)

    def arrive(self, now: float) -> float | None:
        """Count a request; None when it may pass, else the seconds until one may."""
        self.requests += 1
        self._recent.append(now)
        while self._recent[0] <= now - self._period:
            self._recent.popleft()
        self.worst = max(self.worst, len(self._recent))
        wait = self._policy.admit(now) if self._policy is not None else None
        if wait is not None:
            self.refused += 1
        return wait


def retry_after(form: RetryAfter | None, wait: float, now: float) -> dict[str, str]:
    """Return the header that tells when to try again, rounded up to whole seconds; none when `form` is None."""
    seconds = math.ceil(min(wait, 86400.0))
    if form == "seconds":
        return {"Retry-After": str(max(1, seconds))}
    if form == "date":
        return {"Retry-After": email.utils.formatdate(math.ceil(now) + seconds, usegmt=True)}
    return {}

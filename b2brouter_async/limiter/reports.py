"""What a limiter tells of itself. Loaded when it first does: most programs never ask."""

from __future__ import annotations

from attrs import frozen


@frozen
class Snapshot:
    """How a limiter stands, for health pages and logs. Times are in seconds.

    Example:
        now = client.limiter.snapshot()
        print(now.free, now.waiting, now.rejections)
    """

    limit: int
    """Requests per period the server allows."""
    period: float
    """Length of the period."""
    believed: int
    """Requests per period thought to be ours: below `limit` for a while after a 429."""
    free: int
    """Tokens that could be spent in this period without waiting for one to come back."""
    in_flight: int
    """Leases given out and not yet released."""
    waiting: int
    """Callers waiting, both priorities together."""
    waiting_interactive: int
    """Callers waiting with priority 1."""
    next: float | None
    """Time until a call could go, 0.0 if at once; None if that hangs on a reply."""
    frozen_for: float
    """Time left of the pause after a 429, 0.0 if there is none."""
    rejections: int
    """Replies with 429 so far. With one program per key, any is a bug or a stranger on the key."""
    granted: int = 0
    """Requests granted so far, both priorities together."""
    granted_interactive: int = 0
    """Requests granted so far with priority 1."""


@frozen
class Rejection:
    """A 429 that came all the same. Times are in seconds.

    Example:
        def refused(rejection: Rejection) -> None:
            print(rejection.pause, rejection.retry_after, rejection.rejections)


        bucket = TokenBucket(600, on_rejected=refused)
    """

    pause: float
    """How long nobody sends."""
    retry_after: float | None
    """What the server asked for, if it did."""
    in_flight: int
    """Requests still out; they may be refused too."""
    rejections: int
    """Refusals so far."""

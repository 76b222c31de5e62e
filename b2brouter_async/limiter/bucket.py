"""The limiter for one process, and the one bucket that a process has for a key."""

from __future__ import annotations

import hashlib
import os
import threading
from typing import TYPE_CHECKING

from .._keywords import tells_misspelt
from ..errors import ConfigurationError
from .machine import Machine
from .waiting import Clock, MonotonicClock, WaitingLimiter

if TYPE_CHECKING:
    from collections.abc import Callable

    from .event_loop import Waiter
    from .reports import Rejection


@tells_misspelt
class TokenBucket(WaitingLimiter):
    """Keeps the requests of this process within a limit at the server, whatever its kind of window.

    Example:
        bucket = TokenBucket(600)
        lease = await bucket.acquire()
        outcome = "unknown"
        try:
            response = await send()
            outcome = "rejected" if response.status_code == 429 else "ok"
        finally:
            bucket.release(lease, outcome)

    No interval of one period, fixed or sliding, sees more than `limit` requests at the server,
    whatever the network's delays: a token comes back one period after the *reply*. A pacer in
    front spreads them, so that counters which weigh their last window and small buckets agree.
    docs/limiter.md has the algorithm, the proof and the figures.

    Every attempt needs a lease: retries, redirects and polling too.

    `async with bucket:` does the same for code that sees no status: "ok" if the body ends,
    "unknown" if it raises.

    One bucket serves any number of event loops in any threads at once, asyncio and trio side by
    side; they take turns. It starts no task and no thread: the waiters keep the time themselves.

    Args:
        limit: requests per period the server allows.
        period: length of the period in seconds.
        burst: requests that may go at once after idling, from 1 to a twentieth of the limit. Left
            out, so many for interactive calls and a hundredth of the limit for bulk work.
        max_in_flight: leases out at once, by default a twentieth of the limit but at most 50.
        grace: seconds for which a request of unknown fate may still reach the server; not
            less than the longest total timeout in use.
        freeze_cap: longest pause after a 429 in seconds, by default one period.
        on_rejected: called with a `Rejection` when a 429 begins a pause.
        clock: where the time comes from, for tests.

    Raises:
        ConfigurationError: A number that makes no limiter.
    """

    def __init__(
        self,
        limit: int,
        period: float = 60.0,
        burst: float | None = None,
        *,
        max_in_flight: int | None = None,
        grace: float = 120.0,
        freeze_cap: float | None = None,
        on_rejected: Callable[[Rejection], None] | None = None,
        clock: Clock | None = None,
    ) -> None:
        machine: Machine[Waiter] = Machine(
            limit, period, burst, max_in_flight=max_in_flight, grace=grace, freeze_cap=freeze_cap
        )
        super().__init__(machine, MonotonicClock() if clock is None else clock, on_rejected)


_buckets: dict[tuple[str, str], TokenBucket] = {}
_lock = threading.Lock()


def _renew_lock() -> None:
    # Another thread may have held it when this process was forked.
    global _lock
    _lock = threading.Lock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_renew_lock)


def credential_digest(api_key: str) -> str:
    """Name a key without telling it."""
    return hashlib.sha256(api_key.encode()).hexdigest()


def shared_bucket(
    host: str,
    api_key: str,
    limit: int,
    period: float = 60.0,
    *,
    burst: float | None = None,
    max_in_flight: int | None = None,
    grace: float = 120.0,
) -> TokenBucket:
    """Return the process's one bucket for a host and a key, made at the first call.

    Example:
        bucket = shared_bucket("api-staging.b2brouter.net", "test_…", 600)
        print(bucket.snapshot().free)

    The server counts by key, so two clients with the same key must count together. The bucket
    lives as long as the process: what was sent within the last period counts even if every
    client was closed meanwhile, or the event loop ended.

    Args:
        host: host name of the API, in any case.
        api_key: the key; only its SHA-256 is kept.
        limit: requests per period.
        period: length of the period in seconds.
        burst: see `TokenBucket`; the first call decides, as for the next two.
        max_in_flight: see `TokenBucket`.
        grace: see `TokenBucket`.

    Returns:
        The bucket.

    Raises:
        ConfigurationError: A number that makes no limiter, or a limit or period other than the
            bucket's.
    """
    name = (host.lower(), credential_digest(api_key))
    # Made first: numbers that make no limiter are refused whether or not there is one for the key.
    made = TokenBucket(limit, period, burst, max_in_flight=max_in_flight, grace=grace)
    with _lock:
        bucket = _buckets.setdefault(name, made)
    if bucket is made:
        return bucket
    known = bucket.snapshot()
    if (known.limit, known.period) != (limit, period):
        raise ConfigurationError(
            f"this process already uses the key on {host} with a limit of {known.limit} requests per "
            f"{known.period:g} s, now {limit} per {period:g} s were asked for: one key has one limit",
            argument="period" if known.limit == limit else "limit",
        )
    return bucket

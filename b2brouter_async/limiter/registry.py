"""One budget per key in the process: clients and account views of one key share one bucket."""

from __future__ import annotations

import hashlib
import os
import threading

from b2brouter_async.errors import ConfigurationError
from b2brouter_async.limiter.bucket import TokenBucket

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

    The server counts by key, so two clients with the same key must count together. The bucket
    lives as long as the process: what was sent within the last period counts even if every
    client was closed meanwhile, or the event loop ended.

    Args:
        host: Host name of the API, in any case.
        api_key: The key; only its SHA-256 is kept.
        limit: Requests per period.
        period: Length of the period in seconds.
        burst: See `TokenBucket`; the first call decides, as for the next two.
        max_in_flight: See `TokenBucket`.
        grace: See `TokenBucket`.

    Returns:
        The bucket.

    Raises:
        ConfigurationError: A number that makes no limiter, or a limit or period other than the
            bucket's.
    """
    name = (host.lower(), credential_digest(api_key))
    with _lock:
        bucket = _buckets.get(name)
        if bucket is None:
            bucket = _buckets[name] = TokenBucket(
                limit, period, burst, max_in_flight=max_in_flight, grace=grace
            )
            return bucket
    known = bucket.snapshot()
    if (known.limit, known.period) != (limit, period):
        raise ConfigurationError(
            f"this process already uses the key on {host} with a limit of {known.limit} requests per "
            f"{known.period:g} s, now {limit} per {period:g} s were asked for: one key has one limit"
        )
    return bucket

"""The rate limiter: never a 429, and nearly all of the limit used."""

from __future__ import annotations

from typing import TYPE_CHECKING

from b2brouter_async.errors import LimiterUnavailableError
from b2brouter_async.limiter.bucket import TokenBucket
from b2brouter_async.limiter.freeze import parse_retry_after
from b2brouter_async.limiter.interface import (
    BULK,
    INTERACTIVE,
    Lease,
    Outcome,
    RateLimiter,
    Snapshot,
)
from b2brouter_async.limiter.registry import shared_bucket
from b2brouter_async.limiter.room import Rejection

if TYPE_CHECKING:
    from b2brouter_async.limiter.redis import RedisTokenBucket

__all__ = [
    "BULK",
    "INTERACTIVE",
    "Lease",
    "LimiterUnavailableError",
    "Outcome",
    "RateLimiter",
    "RedisTokenBucket",
    "Rejection",
    "Snapshot",
    "TokenBucket",
    "parse_retry_after",
    "shared_bucket",
]


def __getattr__(name: str) -> object:
    # Loaded when asked for: most users share nothing between processes.
    if name == "RedisTokenBucket":
        from b2brouter_async.limiter.redis import RedisTokenBucket

        return RedisTokenBucket
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")

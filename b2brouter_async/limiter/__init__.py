"""The rate limiter: never a 429, and nearly all of the limit used."""

from __future__ import annotations

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

__all__ = [
    "BULK",
    "INTERACTIVE",
    "Lease",
    "Outcome",
    "RateLimiter",
    "Rejection",
    "Snapshot",
    "TokenBucket",
    "parse_retry_after",
    "shared_bucket",
]

"""The rate limiter: never a 429, and nearly all of the limit used."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._lazy import lazy_names

if TYPE_CHECKING:
    from ..errors import LimiterUnavailableError as LimiterUnavailableError
    from .bucket import TokenBucket as TokenBucket
    from .bucket import shared_bucket as shared_bucket
    from .interface import BULK as BULK
    from .interface import INTERACTIVE as INTERACTIVE
    from .interface import Lease as Lease
    from .interface import Outcome as Outcome
    from .interface import RateLimiter as RateLimiter
    from .metrics import observe as observe
    from .postgres.bucket import PostgresTokenBucket as PostgresTokenBucket
    from .redis.bucket import RedisTokenBucket as RedisTokenBucket
    from .reports import Rejection as Rejection
    from .reports import Snapshot as Snapshot

if not TYPE_CHECKING:
    __getattr__, __dir__, __all__ = lazy_names(
        __name__,
        {
            ".errors": ("LimiterUnavailableError",),
            "bucket": ("TokenBucket", "shared_bucket"),
            "interface": ("BULK", "INTERACTIVE", "Lease", "Outcome", "RateLimiter"),
            "metrics": ("observe",),
            "postgres.bucket": ("PostgresTokenBucket",),
            "redis.bucket": ("RedisTokenBucket",),
            "reports": ("Rejection", "Snapshot"),
        },
    )

"""A token of the limiter that somebody has before it is decided whether anything is sent."""

from __future__ import annotations

from contextlib import asynccontextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from ..limiter import Lease, RateLimiter

_granted: ContextVar[Granted | None] = ContextVar("b2brouter_granted", default=None)


class Granted:
    """A token that is not spent yet."""

    def __init__(self, limiter: RateLimiter | None, lease: Lease | None) -> None:
        """Hold it.

        Args:
            limiter: whose it is; None where nothing was waited for.
            lease: what the limiter gave.
        """
        self.limiter = limiter
        self.lease = lease

    def give_back(self) -> None:
        """Give it back, if it was not spent: whoever waits for something else must not keep others waiting."""
        lease, self.lease = self.lease, None
        if lease is not None and self.limiter is not None:
            self.limiter.release(lease, "unsent")


@asynccontextmanager
async def granted(limiter: RateLimiter | None, priority: int) -> AsyncGenerator[Granted]:
    """Wait for a token, and let the first request in the block have it; give it back where there is none.

    Args:
        limiter: of the client that sends the request; None waits for nothing.
        priority: as for a call.
    """
    token = Granted(limiter, None if limiter is None else await limiter.acquire(priority))
    before = _granted.set(token)
    try:
        yield token
    finally:
        _granted.reset(before)
        token.give_back()


def take_granted(limiter: RateLimiter) -> Lease | None:
    """Return the token that was waited for already, once; None where there is none.

    Args:
        limiter: whose token it must be.
    """
    token = _granted.get()
    if token is None or token.limiter is not limiter:
        return None
    lease, token.lease = token.lease, None
    return lease

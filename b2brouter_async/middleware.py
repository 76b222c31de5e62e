"""Code of the caller's that runs around every single request."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import TypeAlias

from attrs import frozen

from .operation import Reply


@frozen
class Attempt:
    """One request on its way, as a middleware sees it: all but the key and the version."""

    operation: str
    """The operation in the SDK, for example `invoices.create`."""
    number: int
    """Which attempt of the call this is; the first is 1."""
    method: str
    path: str
    query: tuple[tuple[str, str], ...]
    headers: Mapping[str, str]
    account: str | None
    """The account the call is about, where its path names one."""


Next: TypeAlias = Callable[[Attempt], Awaitable[Reply]]
"""Sends the attempt on. To be awaited at most once."""

Middleware: TypeAlias = Callable[[Attempt, Next], Awaitable[Reply]]
"""Code that runs around every single request.

It runs inside the retry loop and below the limiter: once per attempt (and per redirect), after the token was granted
and before key and version are put on, so it sees neither. Error statuses come back from `next` as replies, not as
exceptions; whether they are repeated or raised is decided after all middleware has returned. What `next` raises is
`APIConnectionError` and its like. A middleware may change the attempt's headers with `attrs.evolve`, may answer by
itself (no token is spent then), and must not call `next` twice: a token was granted for one request.
"""


def around(middleware: Sequence[Middleware], wire: Next) -> Next:
    """Put middleware around the wire; the first is the outermost."""
    step = wire
    for each in reversed(middleware):
        step = _bind(each, step)
    return step


def _bind(middleware: Middleware, step: Next) -> Next:
    async def bound(attempt: Attempt) -> Reply:
        return await middleware(attempt, step)

    return bound

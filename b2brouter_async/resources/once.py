"""Making something once where the API has no key for that: one caller at a time, and a look where it is in doubt."""

from __future__ import annotations

import contextlib
import weakref
from typing import TYPE_CHECKING, TypeVar

import anyio
import anyio.lowlevel
from attrs import define

from .._core.backoff import Backoff
from ..errors import (
    APIStatusError,
    AuthenticationError,
    B2BrouterError,
    ConflictError,
    OutcomeUnknownError,
    PermissionDeniedError,
    UnparsableReplyError,
    UnprocessableError,
)

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Callable, Hashable

    from .._core.backoff import Waiting
    from .._core.operation import Caller
    from ..errors import CallError

T = TypeVar("T")

_LOOKS = (0.0, *Backoff(first=1.0, factor=3.0).pauses(within=10.0))
"""Seconds before each look: lists may lag behind what was made."""


@define(eq=False, repr=False)
class _Turn:
    lock: anyio.Lock
    users: int = 0


_turns: weakref.WeakKeyDictionary[object, dict[Hashable, _Turn]] = weakref.WeakKeyDictionary()


@contextlib.asynccontextmanager
async def alone(caller: Caller, *what: Hashable) -> AsyncGenerator[None]:
    """Wait until no other task of this client is at the same thing, and keep it for the length of the block.

    Args:
        caller: of the client or view; all views of a client share their turns.
        what: the thing.
    """
    # A lock belongs to an event loop. Of another loop's tasks we know no more than of another process's.
    turns = _turns.setdefault(getattr(caller, "pipeline", caller), {})
    key = (anyio.lowlevel.current_token(), *what)
    turn = turns.setdefault(key, _Turn(anyio.Lock()))
    turn.users += 1
    try:
        async with turn.lock:
            yield
    finally:
        turn.users -= 1
        if not turn.users and turns.get(key) is turn:
            del turns[key]


async def make_once(
    send: Callable[[], Awaitable[T]],
    look: Callable[[], Awaitable[list[T]]],
    *,
    waiting: Waiting,
    way_out: str,
) -> tuple[list[T], bool]:
    """Send a write once, and look for what it was to make where nobody knows whether it did.

    It is never sent a second time: what no look shows may still come.

    Args:
        send: sends it.
        look: returns what is there of it.
        waiting: how pauses are made.
        way_out: what the caller can do where it stays unknown.

    Returns:
        What was made, and True; or what was found, at least one, and False.

    Raises:
        OutcomeUnknownError: it was looked for and is not there, or the last look failed.
        APIStatusError: the server refuses.
    """
    try:
        return [await send()], True
    except (OutcomeUnknownError, UnparsableReplyError, ConflictError, UnprocessableError) as error:
        doubt = _doubt(error, way_out)
        if doubt is None:
            raise
    found, failure = await _look_patiently(look, waiting)
    if found:
        return found, False
    if isinstance(doubt, OutcomeUnknownError):
        seen = "is not there, but may still come" if failure is None else f"looking failed: {failure}"
        doubt.add_note(f"it was looked for: {seen}")
    raise doubt from failure


def _doubt(error: CallError, way_out: str) -> CallError | None:
    """Return the error to end with if nothing is found; None where nothing can be there because of this write."""
    if isinstance(error, OutcomeUnknownError):
        error.advice = way_out
        return error
    if isinstance(error, UnparsableReplyError):
        if error.status is None or not 200 <= error.status < 300:
            return None
        doubt = OutcomeUnknownError(
            error.problem, advice=way_out, status=error.status, request_id=error.request_id
        )
        return doubt.about(
            operation=error.operation, method=error.method, path=error.path, attempts=error.attempts
        )
    taken = isinstance(error, APIStatusError) and (error.status == 409 or error.code == "parameter_taken")
    return error if taken else None


async def _look_patiently(
    look: Callable[[], Awaitable[list[T]]], waiting: Waiting
) -> tuple[list[T], B2BrouterError | None]:
    """Look until there is exactly one; another caller that made one as well may be taking it back just now."""
    found: list[T] = []
    failure: B2BrouterError | None = None
    for pause in _LOOKS:
        await waiting.sleep(pause)
        try:
            found, failure = await look(), None
        except (AuthenticationError, PermissionDeniedError) as error:
            return [], error
        except B2BrouterError as error:
            found, failure = [], error
        if len(found) == 1:
            break
    return found, failure

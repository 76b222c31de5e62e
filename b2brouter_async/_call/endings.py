"""How a call ends: with what its reply says, or with one error that tells what is known."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar, cast

from .._core.exact_json import NotJSONError
from .._core.operation import Repeat
from ..errors import (
    CallError,
    DeadlineExceeded,
    OutcomeUnknownError,
    RateLimitTimeout,
    ShapeError,
    UnparsableReplyError,
)
from .retry import Fate, leaves_doubt

if TYPE_CHECKING:
    from .._core.operation import Operation
    from .._core.replies import Reply
    from .._core.requests import Request
    from ..config import Secret
    from ..errors import B2BrouterError
    from .attempt import Progress

T = TypeVar("T")
E = TypeVar("E", bound=CallError)

_AT_ONCE = 64 * 1024
"""Bytes that are read before other tasks run; longer lists are read in slices."""


class CallState:
    """What is known about one call while it runs: its errors are written from this."""

    def __init__(self, operation: Operation[Any], request: Request, deadline: float | None) -> None:
        """Begin before the first attempt.

        Args:
            operation: what is called.
            request: with what.
            deadline: seconds the whole call was given.
        """
        self.operation = operation
        self.request = request
        self.deadline = deadline
        self.attempts = 0
        """Requests that left, or may have."""
        self.doubt = False
        """Whether one of them may have been carried out."""
        self.queueing = False
        """Whether it waits for a token."""
        self.last_problem = ""
        """Why the last attempt was not the end of it."""
        self.progress: Progress | None = None
        """How far the last request came."""

    def about(self, error: E) -> E:
        """Return the error with what it is about filled in."""
        return error.about(
            operation=self.operation.name,
            method=self.operation.method,
            path=self.request.path,
            attempts=self.attempts,
        )


async def parsed(state: CallState, operation: Operation[T], reply: Reply, key: Secret) -> T:
    """Return what the operation makes of a reply that says yes.

    Args:
        state: what is known about the call.
        operation: what was called.
        reply: what the server answered.
        key: is taken out of what the error shows.

    Raises:
        UnparsableReplyError: the reply is not what the spec says.
        OutcomeUnknownError: a write was answered with something that perhaps is not the API's.
    """
    try:
        parse: object = operation.parse
        if len(reply.content) > _AT_ONCE:
            from .._core.pagination import PageReader  # the first calls of most programs read no long list

            if isinstance(parse, PageReader):
                return cast("T", await parse.in_slices(reply))
        return operation.parse(reply)
    except NotJSONError as shape:
        unreadable, problem, path = True, shape.problem, shape.json_path
    except ShapeError as shape:
        unreadable, problem, path = False, shape.problem, shape.json_path
    write = state.operation.repeat in (Repeat.WRITE, Repeat.RECONCILABLE)
    if write and unreadable:
        # Perhaps the API never saw it: a proxy's page answers 200, too.
        raise in_doubt(state, f"the reply ({reply.status}) is {problem}", reply.status, reply.request_id)
    accepted = f"; the server accepted the request ({reply.status}), don't send it again" if write else ""
    error = UnparsableReplyError(
        f"the reply is not what the spec says: {path}: {problem}{accepted}",
        status=reply.status,
        json_path=path,
        body=key.scrub(reply.content),
        request_id=reply.request_id,
    )
    if unreadable:
        error.retry = "later"
    raise state.about(error)


def given_up(state: CallState, error: CallError, fate: Fate) -> CallError:
    """Return the error that ends a call: the last attempt's, or doubt where it leaves any.

    Args:
        state: what is known about the call.
        error: of the last attempt.
        fate: what that attempt says about whether it happened.
    """
    if not leaves_doubt(state.operation.repeat, fate):
        return error
    status: int | None = getattr(error, "status", None)
    doubt = in_doubt(state, error.problem, status, error.request_id)
    doubt.__cause__ = error
    error.retry = doubt.retry
    return doubt


def out_of_time(state: CallState) -> B2BrouterError:
    """Return the error of a call whose deadline passed."""
    deadline = state.deadline or 0.0
    progress = state.progress
    if state.doubt and leaves_doubt(state.operation.repeat, Fate.UNKNOWN):
        return in_doubt(
            state,
            f"its deadline of {deadline:g} s passed while it was under way",
            None if progress is None else progress.status,
            None if progress is None else progress.request_id,
        )
    if state.queueing and not state.attempts:
        return RateLimitTimeout(
            f"{state.operation.name}: the limiter had no place within {deadline:g} s; nothing was sent"
        )
    last = f"; last: {state.last_problem}" if state.last_problem else ""
    return state.about(DeadlineExceeded(f"its deadline of {deadline:g} s passed{last}", deadline=deadline))


def in_doubt(
    state: CallState, reason: str, status: int | None, request_id: str | None
) -> OutcomeUnknownError:
    """Return the error of a write that may have happened.

    Args:
        state: what is known about the call.
        reason: what cut the knowledge off.
        status: of the reply, where one came.
        request_id: the server's, where a reply came.
    """
    if state.operation.repeat is Repeat.RECONCILABLE:
        advice = (
            "Look for it with client.invoices.find_by_number, and send it again only if it isn't there; "
            'on_unknown="reconcile" does both'
        )
    else:
        advice = "Read what it was to change, and send it again only if that has not changed"
    return state.about(
        OutcomeUnknownError(
            reason,
            advice=advice,
            account=state.request.account,
            number=state.request.invoice_number,
            status=status,
            request_id=request_id,
        )
    )

"""What may look on while a call runs: middleware, recordings of replies, the log, and spans of OpenTelemetry.

Middleware is the one that may also take part.
"""

from __future__ import annotations

import logging
import sys
from contextlib import AbstractContextManager, contextmanager, nullcontext
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

from ..errors import CallError

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence

    from .._core.operation import Operation
    from .._core.replies import Reply
    from .._core.requests import Request
    from .attempt import Attempt, Middleware, Next, Progress

_log = logging.getLogger("b2brouter_async")

# Middleware


def around(middleware: Sequence[Middleware], send: Next) -> Next:
    """Put middleware around what sends an attempt; the first is the outermost."""
    step = send
    for each in reversed(middleware):
        step = _bind(each, step)
    return step


def _bind(middleware: Middleware, step: Next) -> Next:
    async def bound(attempt: Attempt) -> Reply:
        return await middleware(attempt, step)

    return bound


# Recordings

_recordings: ContextVar[tuple[list[Reply], ...]] = ContextVar("b2brouter_async.recorded_replies", default=())


@contextmanager
def recorded_replies() -> Generator[list[Reply], None, None]:
    """Collect the replies of all calls that are made inside: status, headers, request id, and the body unparsed.

    Example:
        with recorded_replies() as replies:
            invoice = await client.invoices.get(5)
        print(replies[-1].request_id, replies[-1].headers, replies[-1].json())

    Every reply is there in the order in which they came, also those that were answered by another attempt, by a
    redirect, or that raise an error. Calls of this task and of tasks started inside are collected, those of others
    not; recordings may be nested. Whole bodies are kept: don't let one run for ever.

    Returns:
        A list that fills while calls are made.
    """
    replies: list[Reply] = []
    token = _recordings.set((*_recordings.get(), replies))
    try:
        yield replies
    finally:
        _recordings.reset(token)


def record(reply: Reply) -> None:
    """Add a reply to every recording that runs here."""
    for replies in _recordings.get():
        replies.append(reply)


# The log


def log_attempt(attempt: Attempt, progress: Progress, seconds: float) -> None:
    """Write one line for an attempt, at DEBUG.

    Args:
        attempt: what was sent.
        progress: how far it came.
        seconds: how long it took.
    """
    _log.debug(
        "%s %s %s, attempt %d: %s in %.0f ms",
        attempt.operation,
        attempt.method,
        attempt.path,
        attempt.number,
        progress.status or ("no reply" if progress.left else "not sent"),
        seconds * 1000,
    )


# Spans


class Traced:
    """A call's span, or none."""

    __slots__ = ("_span",)

    def __init__(self, span: Any = None) -> None:
        self._span = span

    def ended(self, attempts: int, reply: Reply) -> None:
        """Note what the call came to."""
        self._note(attempts, reply.status, reply.request_id)

    def failed(self, error: CallError) -> None:
        """Note what ended the call; the error itself is recorded where the span ends."""
        if self._span is not None:
            self._span.set_attribute("error.type", type(error).__name__)
        self._note(error.attempts, getattr(error, "status", None), error.request_id)

    def _note(self, attempts: int, status: int | None, request_id: str | None) -> None:
        if self._span is None:
            return
        self._span.set_attribute("http.request.resend_count", max(attempts - 1, 0))
        if status is not None:
            self._span.set_attribute("http.response.status_code", status)
        if request_id:
            self._span.set_attribute("b2brouter.request_id", request_id)


_UNTRACED = nullcontext(Traced())


def span(operation: Operation[Any], request: Request, host: str) -> AbstractContextManager[Traced]:
    """Open a span for a call, from the limiter's queue to the parsed reply; errors are recorded in it.

    A program that has not imported OpenTelemetry's API pays nothing.

    Args:
        operation: what is called.
        request: with what.
        host: the server.
    """
    api: Any = sys.modules.get("opentelemetry.trace")
    return _UNTRACED if api is None else _span(api, operation, request, host)


@contextmanager
def _span(api: Any, operation: Operation[Any], request: Request, host: str) -> Generator[Traced, None, None]:
    attributes = {
        "http.request.method": operation.method,
        "url.template": operation.path,
        "server.address": host,
        "b2brouter.operation": operation.name,
    }
    if request.account is not None:
        attributes["b2brouter.account"] = request.account
    tracer = api.get_tracer("b2brouter_async")
    with tracer.start_as_current_span(
        f"b2brouter {operation.name}", kind=api.SpanKind.CLIENT, attributes=attributes
    ) as opened:
        traced = Traced(opened)
        try:
            yield traced
        except CallError as error:
            traced.failed(error)
            raise

"""A span of OpenTelemetry around every call, where the program uses OpenTelemetry."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from .errors import CallError

if TYPE_CHECKING:
    from collections.abc import Generator

    from .operation import Operation, Reply, Request


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


_NONE = Traced()


@contextmanager
def span(operation: Operation[Any], request: Request, host: str) -> Generator[Traced, None, None]:
    """Open a span for a call, from the limiter's queue to the parsed reply; errors are recorded in it.

    A program that has not imported OpenTelemetry's API pays nothing.

    Args:
        operation: what is called.
        request: with what.
        host: the server.
    """
    api: Any = sys.modules.get("opentelemetry.trace")
    if api is None:
        yield _NONE
        return
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

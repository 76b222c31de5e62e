"""POST /documents/validate: Check a document file"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...._core.operation import Caller, Content, Operation, Options, Repeat, Reply, Request, expand, raw_body
from ...._core.replies import read
from ...models.invoice_validation import InvoiceValidation

if TYPE_CHECKING:
    from collections.abc import Mapping


def parse(reply: Reply) -> InvoiceValidation:
    """Read a reply of this operation."""
    return read(reply, InvoiceValidation)


OPERATION: Operation[InvoiceValidation] = Operation(
    name="documents.validate",
    method="POST",
    path="/documents/validate",
    repeat=Repeat.SAFE,
    parse=parse,
    evidence="third-party",
)


def build(content: Content) -> Request:
    """Check the arguments and return the request; nothing is sent."""
    return Request(
        path=expand(OPERATION.path),
        body=raw_body(content, "application/octet-stream"),
    )


async def call(
    caller: Caller,
    content: Content,
    *,
    timeout: float | None = None,
    deadline: float | None = None,
    headers: Mapping[str, str] | None = None,
    priority: int | None = None,
    max_attempts: int | None = None,
) -> InvoiceValidation:
    """Check a document file.

    An invalid document gives 400.

    Args:
        content: see Content
        timeout, deadline, headers, priority, max_attempts: see `Options`.

    Raises:
        ArgumentError: an argument can't be sent as it is; nothing was sent.
        APIStatusError: the server refuses; a subclass for each status that matters.

    Source: POST /documents/validate, third-party.
    """
    request = build(content)
    options = Options(
        timeout=timeout, deadline=deadline, headers=headers, priority=priority, max_attempts=max_attempts
    )
    return await caller.call(OPERATION, request, options)

"""POST /invoices/{invoice_id}/add_attachment: Attach a file to an invoice"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...._core.operation import (
    Caller,
    Content,
    Operation,
    Options,
    Repeat,
    Reply,
    Request,
    expand,
    query_pairs,
    raw_body,
)

if TYPE_CHECKING:
    from collections.abc import Mapping


def parse(reply: Reply) -> None:
    """Read a reply of this operation."""
    return None


OPERATION: Operation[None] = Operation(
    name="invoices.add_attachment",
    method="POST",
    path="/invoices/{invoice_id}/add_attachment",
    repeat=Repeat.WRITE,
    parse=parse,
    evidence="documented",
)


def build(
    invoice_id: int, *, filename: str, content: Content, use_as_pdf_view: bool | None = None
) -> Request:
    """Check the arguments and return the request; nothing is sent."""
    return Request(
        path=expand(OPERATION.path, invoice_id=invoice_id),
        query=query_pairs(
            (
                ("filename", filename),
                ("use_as_pdf_view", use_as_pdf_view),
            )
        ),
        body=raw_body(content, "application/octet-stream"),
    )


async def call(
    caller: Caller,
    invoice_id: int,
    *,
    filename: str,
    content: Content,
    use_as_pdf_view: bool | None = None,
    timeout: float | None = None,
    deadline: float | None = None,
    headers: Mapping[str, str] | None = None,
    priority: int | None = None,
    max_attempts: int | None = None,
) -> None:
    """Attach a file to an invoice.

    Args:
        invoice_id: Id of the invoice.
        filename: Name of the file.
        content: see Content
        use_as_pdf_view: Use this PDF as the visual and legal one.
        timeout, deadline, headers, priority, max_attempts: see `Options`.

    Raises:
        ArgumentError: an argument can't be sent as it is; nothing was sent.
        APIStatusError: the server refuses; a subclass for each status that matters.
        OutcomeUnknownError: it is not known whether the server carried it out (behaviour 25).

    Source: POST /invoices/{invoice_id}/add_attachment, documented.
    """
    request = build(invoice_id, filename=filename, content=content, use_as_pdf_view=use_as_pdf_view)
    options = Options(
        timeout=timeout, deadline=deadline, headers=headers, priority=priority, max_attempts=max_attempts
    )
    return await caller.call(OPERATION, request, options)

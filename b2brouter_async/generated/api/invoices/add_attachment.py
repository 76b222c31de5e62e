"""POST /invoices/{invoice_id}/add_attachment: Attach a file to an invoice"""

from __future__ import annotations

from typing import Unpack

from ...._core.operation import CallOptions, Client, Operation, Repeat
from ...._core.replies import read_nothing
from ...._core.requests import Argument, Content

OPERATION: Operation[None] = Operation(
    name="invoices.add_attachment",
    method="POST",
    path="/invoices/{invoice_id}/add_attachment",
    repeat=Repeat.WRITE,
    parse=read_nothing,
    arguments=(
        Argument("invoice_id", "path", "invoice_id", required=True),
        Argument("filename", "query", "filename", required=True),
        Argument("use_as_pdf_view", "query", "use_as_pdf_view"),
        Argument("content", "content", "body", required=True),
    ),
    media_type="application/octet-stream",
    evidence="documented",
)


async def add_attachment(
    client: Client,
    invoice_id: int,
    *,
    filename: str,
    content: Content,
    use_as_pdf_view: bool | None = None,
    **options: Unpack[CallOptions],
) -> None:
    """Attach a file to an invoice.

    Example:
        await client.invoices.add_attachment(5, filename="hours.pdf", content=Path("hours.pdf"))

    Args:
        invoice_id: Id of the invoice.
        filename: Name of the file.
        content: see Content
        use_as_pdf_view: Use this PDF as the visual and legal one.
        options: see `CallOptions`.

    Raises:
        ArgumentError: an argument can't be sent as it is; nothing was sent.
        APIStatusError: the server refuses; a subclass for each status that matters.
        OutcomeUnknownError: it is not known whether the server carried it out (behaviour 25).

    Source: POST /invoices/{invoice_id}/add_attachment, documented.
    """
    return await client.caller.call(OPERATION, OPERATION.request_from(locals()), options)

"""GET /invoices/{invoice_id}/as/{document_type_code}: Download an invoice as a document type"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...._core.operation import (
    Caller,
    Download,
    Operation,
    Options,
    Repeat,
    Reply,
    Request,
    download,
    expand,
    query_pairs,
)

if TYPE_CHECKING:
    from collections.abc import Mapping


def parse(reply: Reply) -> Download:
    """Read a reply of this operation."""
    return download(reply)


OPERATION: Operation[Download] = Operation(
    name="invoices.download",
    method="GET",
    path="/invoices/{invoice_id}/as/{document_type_code}",
    repeat=Repeat.SAFE,
    parse=parse,
    accept="*/*",
    evidence="documented",
)


def build(
    invoice_id: int,
    document_type_code: str,
    *,
    disposition: str | None = None,
    filename: str | None = None,
    download_: bool | None = None,
) -> Request:
    """Check the arguments and return the request; nothing is sent."""
    return Request(
        path=expand(OPERATION.path, invoice_id=invoice_id, document_type_code=document_type_code),
        query=query_pairs(
            (
                ("disposition", disposition),
                ("filename", filename),
                ("download", download_),
            )
        ),
    )


async def call(
    caller: Caller,
    invoice_id: int,
    document_type_code: str,
    *,
    disposition: str | None = None,
    filename: str | None = None,
    download_: bool | None = None,
    timeout: float | None = None,
    deadline: float | None = None,
    headers: Mapping[str, str] | None = None,
    priority: int | None = None,
    max_attempts: int | None = None,
) -> Download:
    """Download an invoice as a document type.

    Args:
        invoice_id: Id of the invoice.
        document_type_code: Code from the document types list, or `original` for the file as it came, or
            `legal` for the archived one.
        disposition: How the file is delivered.
        filename: File name of the delivery.
        download_: Deliver as a download.
        timeout, deadline, headers, priority, max_attempts: see `Options`.

    Raises:
        ArgumentError: an argument can't be sent as it is; nothing was sent.
        APIStatusError: the server refuses; a subclass for each status that matters.

    Source: GET /invoices/{invoice_id}/as/{document_type_code}, documented.
    """
    request = build(
        invoice_id, document_type_code, disposition=disposition, filename=filename, download_=download_
    )
    options = Options(
        timeout=timeout, deadline=deadline, headers=headers, priority=priority, max_attempts=max_attempts
    )
    return await caller.call(OPERATION, request, options)

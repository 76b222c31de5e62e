"""GET /invoices/{invoice_id}/as/{document_type_code}: Download an invoice as a document type"""

from __future__ import annotations

from typing import Unpack

from ...._core.downloads import Download, read_file
from ...._core.operation import CallOptions, Client, Operation, Repeat
from ...._core.requests import Argument

OPERATION: Operation[Download] = Operation(
    name="invoices.download",
    method="GET",
    path="/invoices/{invoice_id}/as/{document_type_code}",
    repeat=Repeat.SAFE,
    parse=read_file,
    arguments=(
        Argument("invoice_id", "path", "invoice_id", required=True),
        Argument(
            "document_type_code",
            "path",
            "document_type_code",
            required=True,
            words=(
                "original",
                "legal",
                "pdf.invoice",
                "xml.ubl.invoice.bis3",
                "xml.ubl.invoice.frcius.v1",
            ),
        ),
        Argument("disposition", "query", "disposition"),
        Argument("filename", "query", "filename"),
        Argument("download_", "query", "download"),
    ),
    accept="*/*",
    evidence="documented",
)


async def download(
    client: Client,
    invoice_id: int,
    document_type_code: str,
    *,
    disposition: str | None = None,
    filename: str | None = None,
    download_: bool | None = None,
    **options: Unpack[CallOptions],
) -> Download:
    """Download an invoice as a document type.

    Example:
        file = await client.invoices.download(5, "pdf.invoice")
        await file.save("invoice.pdf")

    Args:
        invoice_id: Id of the invoice.
        document_type_code: Code from the document types list, or `original` for the file as it came, or
            `legal` for the archived one.
        disposition: How the file is delivered.
        filename: File name of the delivery.
        download_: Deliver as a download.
        options: see `CallOptions`.

    Raises:
        ArgumentError: an argument can't be sent as it is; nothing was sent.
        APIStatusError: the server refuses; a subclass for each status that matters.

    Source: GET /invoices/{invoice_id}/as/{document_type_code}, documented.
    """
    return await client.caller.call(OPERATION, OPERATION.request_from(locals()), options)

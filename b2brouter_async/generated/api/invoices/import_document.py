"""POST /accounts/{account}/invoices/import: Import an invoice file"""

from __future__ import annotations

from functools import partial
from typing import Unpack

from ...._core.operation import CallOptions, Client, Operation, Repeat
from ...._core.replies import read
from ...._core.requests import AccountId, Argument, Content
from ...models.invoice import Invoice

OPERATION: Operation[Invoice] = Operation(
    name="invoices.import_document",
    method="POST",
    path="/accounts/{account}/invoices/import",
    repeat=Repeat.RECONCILABLE,
    parse=partial(read, kind=Invoice, key="invoice"),
    arguments=(
        Argument("account", "path", "account", required=True),
        Argument("send_after_import", "query", "send_after_import"),
        Argument("issued", "query", "issued"),
        Argument("transport_type_code_for_contact", "query", "transport_type_code_for_contact"),
        Argument("document_type_code_for_contact", "query", "document_type_code_for_contact"),
        Argument("content", "content", "body", required=True),
    ),
    media_type="application/octet-stream",
    evidence="documented",
)


async def import_document(
    client: Client,
    account: AccountId | None = None,
    *,
    content: Content,
    send_after_import: bool | None = None,
    issued: bool | None = None,
    transport_type_code_for_contact: str | None = None,
    document_type_code_for_contact: str | None = None,
    **options: Unpack[CallOptions],
) -> Invoice:
    """Import an invoice file.

    Takes UBL, CII, Facturae, FatturaPA or a PDF with XML inside. Measured: other media types than
    application/octet-stream give 406.

    Example:
        invoice = await client.invoices.import_document(
            account=1234,
            content=Path("invoice.xml"),
        )

    Args:
        account: Id of the account; the client's own where it is left out.
        content: see Content
        send_after_import: Send right after the import. Server's default: false.
        issued: false imports as a received invoice; the default is assumed to be true.
        transport_type_code_for_contact: Transport for the contact, from the transport types list.
        document_type_code_for_contact: Document type for the contact, from the document types list.
        options: see `CallOptions`.

    Raises:
        ArgumentError: an argument can't be sent as it is; nothing was sent.
        APIStatusError: the server refuses; a subclass for each status that matters.
        OutcomeUnknownError: it is not known whether the server carried it out (behaviour 25).

    Source: POST /accounts/{account}/invoices/import, documented.
    """
    account = client.caller.account_or_default(account)
    return await client.caller.call(OPERATION, OPERATION.request_from(locals()), options)

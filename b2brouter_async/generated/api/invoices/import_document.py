"""POST /accounts/{account}/invoices/import: Import an invoice file"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...._core.operation import (
    AccountId,
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
from ...._core.replies import read
from ...models.invoice import Invoice

if TYPE_CHECKING:
    from collections.abc import Mapping


def parse(reply: Reply) -> Invoice:
    """Read a reply of this operation."""
    return read(reply, Invoice, "invoice")


OPERATION: Operation[Invoice] = Operation(
    name="invoices.import_document",
    method="POST",
    path="/accounts/{account}/invoices/import",
    repeat=Repeat.RECONCILABLE,
    parse=parse,
    evidence="documented",
)


def build(
    account: AccountId,
    *,
    content: Content,
    send_after_import: bool | None = None,
    issued: bool | None = None,
    transport_type_code_for_contact: str | None = None,
    document_type_code_for_contact: str | None = None,
) -> Request:
    """Check the arguments and return the request; nothing is sent."""
    return Request(
        path=expand(OPERATION.path, account=account),
        query=query_pairs(
            (
                ("send_after_import", send_after_import),
                ("issued", issued),
                ("transport_type_code_for_contact", transport_type_code_for_contact),
                ("document_type_code_for_contact", document_type_code_for_contact),
            )
        ),
        body=raw_body(content, "application/octet-stream"),
        account=str(account),
    )


async def call(
    caller: Caller,
    account: AccountId | None = None,
    *,
    content: Content,
    send_after_import: bool | None = None,
    issued: bool | None = None,
    transport_type_code_for_contact: str | None = None,
    document_type_code_for_contact: str | None = None,
    timeout: float | None = None,
    deadline: float | None = None,
    headers: Mapping[str, str] | None = None,
    priority: int | None = None,
    max_attempts: int | None = None,
) -> Invoice:
    """Import an invoice file.

    Takes UBL, CII, Facturae, FatturaPA or a PDF with XML inside. Measured: other media types than
    application/octet-stream give 406.

    Args:
        account: Id of the account; the client's own where it is left out.
        content: see Content
        send_after_import: Send right after the import. Server's default: false.
        issued: false imports as a received invoice; the default is assumed to be true.
        transport_type_code_for_contact: Transport for the contact, from the transport types list.
        document_type_code_for_contact: Document type for the contact, from the document types list.
        timeout, deadline, headers, priority, max_attempts: see `Options`.

    Raises:
        ArgumentError: an argument can't be sent as it is; nothing was sent.
        APIStatusError: the server refuses; a subclass for each status that matters.
        OutcomeUnknownError: it is not known whether the server carried it out (behaviour 25).

    Source: POST /accounts/{account}/invoices/import, documented.
    """
    request = build(
        caller.account_or_default(account),
        content=content,
        send_after_import=send_after_import,
        issued=issued,
        transport_type_code_for_contact=transport_type_code_for_contact,
        document_type_code_for_contact=document_type_code_for_contact,
    )
    options = Options(
        timeout=timeout, deadline=deadline, headers=headers, priority=priority, max_attempts=max_attempts
    )
    return await caller.call(OPERATION, request, options)

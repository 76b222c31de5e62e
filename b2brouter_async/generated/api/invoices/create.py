"""POST /accounts/{account}/invoices: Create an invoice"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...._core.codecs import BOOLEAN, model
from ...._core.model import Field
from ...._core.operation import (
    AccountId,
    Caller,
    Operation,
    Options,
    Repeat,
    Reply,
    Request,
    expand,
    object_body,
)
from ...._core.replies import read
from ...models.invoice import Invoice
from ...models.invoice_input import InvoiceInput

if TYPE_CHECKING:
    from collections.abc import Mapping

ARGUMENTS = (
    Field("invoice", "invoice", model(InvoiceInput), required=True),
    Field("send_after_import", "send_after_import", BOOLEAN),
    Field("ack", "ack", BOOLEAN),
    Field("issue_after_import", "issue_after_import", BOOLEAN),
)


def parse(reply: Reply) -> Invoice:
    """Read a reply of this operation."""
    return read(reply, Invoice, "invoice")


OPERATION: Operation[Invoice] = Operation(
    name="invoices.create",
    method="POST",
    path="/accounts/{account}/invoices",
    repeat=Repeat.RECONCILABLE,
    parse=parse,
    evidence="documented",
)


def build(
    account: AccountId,
    *,
    invoice: InvoiceInput | Mapping[str, object],
    send_after_import: bool | None = None,
    ack: bool | None = None,
    issue_after_import: bool | None = None,
) -> Request:
    """Check the arguments and return the request; nothing is sent."""
    return Request(
        path=expand(OPERATION.path, account=account),
        body=object_body(
            ARGUMENTS,
            invoice=invoice,
            send_after_import=send_after_import,
            ack=ack,
            issue_after_import=issue_after_import,
        ),
        account=str(account),
    )


async def call(
    caller: Caller,
    account: AccountId | None = None,
    *,
    invoice: InvoiceInput | Mapping[str, object],
    send_after_import: bool | None = None,
    ack: bool | None = None,
    issue_after_import: bool | None = None,
    timeout: float | None = None,
    deadline: float | None = None,
    headers: Mapping[str, str] | None = None,
    priority: int | None = None,
    max_attempts: int | None = None,
) -> Invoice:
    """Create an invoice.

    Args:
        account: Id of the account; the client's own where it is left out.
        invoice: Invoice in a request. No public source states which fields are required; working examples
            have date, currency, a party and one line.
        send_after_import: Send right after creation when validation passes. Server's default: false.
        ack: Mark as acknowledged. Server's default: false.
        issue_after_import: Seen in one client of 2026-06-26; meaning assumed (issue without sending).
        timeout, deadline, headers, priority, max_attempts: see `Options`.

    Raises:
        ArgumentError: an argument can't be sent as it is; nothing was sent.
        APIStatusError: the server refuses; a subclass for each status that matters.
        OutcomeUnknownError: it is not known whether the server carried it out (behaviour 25).

    Source: POST /accounts/{account}/invoices, documented.
    """
    request = build(
        caller.account_or_default(account),
        invoice=invoice,
        send_after_import=send_after_import,
        ack=ack,
        issue_after_import=issue_after_import,
    )
    options = Options(
        timeout=timeout, deadline=deadline, headers=headers, priority=priority, max_attempts=max_attempts
    )
    return await caller.call(OPERATION, request, options)

"""POST /accounts/{account}/invoices: Create an invoice"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Unpack

from ...._core.codecs import BOOLEAN, model
from ...._core.operation import CallOptions, Client, Operation, Repeat
from ...._core.replies import read
from ...._core.requests import AccountId, Argument
from ....invoicing.checks import check_new
from ... import models
from ...models.invoice import Invoice

if TYPE_CHECKING:
    from ...models.dictionaries import InvoiceInputDict
    from ...models.invoice_input import InvoiceInput

OPERATION: Operation[Invoice] = Operation(
    name="invoices.create",
    method="POST",
    path="/accounts/{account}/invoices",
    repeat=Repeat.RECONCILABLE,
    parse=partial(read, kind=Invoice, key="invoice"),
    arguments=(
        Argument("account", "path", "account", required=True),
        Argument("invoice", "body", "invoice", model(lambda: models.InvoiceInput), required=True),
        Argument("send_after_import", "body", "send_after_import", BOOLEAN),
        Argument("ack", "body", "ack", BOOLEAN),
        Argument("issue_after_import", "body", "issue_after_import", BOOLEAN),
    ),
    evidence="documented",
    check=check_new,
)


async def create(
    client: Client,
    account: AccountId | None = None,
    *,
    invoice: InvoiceInput | InvoiceInputDict,
    send_after_import: bool | None = None,
    ack: bool | None = None,
    issue_after_import: bool | None = None,
    **options: Unpack[CallOptions],
) -> Invoice:
    """Create an invoice.

    Example:
        invoice = await client.invoices.create(
            account=1234,
            invoice={
                "number": "F-2026-1",
                "contact_id": 77,
                "invoice_lines_attributes": [
                    {"description": "Gaskets", "quantity": 2, "price": Decimal("49.90")}
                ],
            },
        )

    Args:
        account: Id of the account; the client's own where it is left out.
        invoice: Invoice in a request. No public source states which fields are required; working examples
            have date, currency, a party and one line.
        send_after_import: Send right after creation when validation passes. Server's default: false.
        ack: Mark as acknowledged. Server's default: false.
        issue_after_import: Seen in one client of 2026-06-26; meaning assumed (issue without sending).
        options: see `CallOptions`.

    Raises:
        ArgumentError: an argument can't be sent as it is; nothing was sent.
        APIStatusError: the server refuses; a subclass for each status that matters.
        OutcomeUnknownError: it is not known whether the server carried it out (behaviour 25).

    Source: POST /accounts/{account}/invoices, documented.
    """
    account = client.caller.account_or_default(account)
    return await client.caller.call(OPERATION, OPERATION.request_from(locals()), options)

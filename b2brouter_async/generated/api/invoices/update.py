"""PUT /invoices/{invoice_id}: Update an invoice"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Unpack

from ...._core.codecs import BOOLEAN, model
from ...._core.operation import CallOptions, Client, Operation, Repeat
from ...._core.replies import optional, read
from ...._core.requests import Argument
from ....invoicing.checks import check_change
from ... import models
from ...models.invoice import Invoice

if TYPE_CHECKING:
    from ...models.dictionaries import InvoiceInputDict
    from ...models.invoice_input import InvoiceInput

OPERATION: Operation[Invoice | None] = Operation(
    name="invoices.update",
    method="PUT",
    path="/invoices/{invoice_id}",
    repeat=Repeat.WRITE,
    parse=optional(partial(read, kind=Invoice, key="invoice")),
    arguments=(
        Argument("invoice_id", "path", "invoice_id", required=True),
        Argument("invoice", "body", "invoice", model(lambda: models.InvoiceInput), required=True),
        Argument("send_after_import", "body", "send_after_import", BOOLEAN),
        Argument("ack", "body", "ack", BOOLEAN),
    ),
    evidence="documented",
    check=check_change,
)


async def update(
    client: Client,
    invoice_id: int,
    *,
    invoice: InvoiceInput | InvoiceInputDict,
    send_after_import: bool | None = None,
    ack: bool | None = None,
    **options: Unpack[CallOptions],
) -> Invoice | None:
    """Update an invoice.

    Example:
        await client.invoices.update(5, invoice={"due_date": "2026-12-31"})

    Args:
        invoice_id: Id of the invoice.
        invoice: Invoice in a request. No public source states which fields are required; working examples
            have date, currency, a party and one line.
        send_after_import: Send after the update.
        ack: Mark as acknowledged.
        options: see `CallOptions`.

    Returns:
        None where the server answers without a body (behaviour 34).

    Raises:
        ArgumentError: an argument can't be sent as it is; nothing was sent.
        APIStatusError: the server refuses; a subclass for each status that matters.
        OutcomeUnknownError: it is not known whether the server carried it out (behaviour 25).

    Source: PUT /invoices/{invoice_id}, documented.
    """
    return await client.caller.call(OPERATION, OPERATION.request_from(locals()), options)

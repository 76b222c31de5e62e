"""PUT /invoices/{invoice_id}: Update an invoice"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...._core.codecs import BOOLEAN, model
from ...._core.model import Field
from ...._core.operation import Caller, Operation, Options, Repeat, Reply, Request, expand, object_body
from ...._core.replies import read
from ...models.invoice import Invoice
from ...models.invoice_input import InvoiceInput

if TYPE_CHECKING:
    from collections.abc import Mapping

ARGUMENTS = (
    Field("invoice", "invoice", model(InvoiceInput), required=True),
    Field("send_after_import", "send_after_import", BOOLEAN),
    Field("ack", "ack", BOOLEAN),
)


def parse(reply: Reply) -> Invoice | None:
    """Read a reply of this operation."""
    if reply.status == 204 or not reply.content:
        return None
    return read(reply, Invoice, "invoice")


OPERATION: Operation[Invoice | None] = Operation(
    name="invoices.update",
    method="PUT",
    path="/invoices/{invoice_id}",
    repeat=Repeat.WRITE,
    parse=parse,
    evidence="documented",
)


def build(
    invoice_id: int,
    *,
    invoice: InvoiceInput | Mapping[str, object],
    send_after_import: bool | None = None,
    ack: bool | None = None,
) -> Request:
    """Check the arguments and return the request; nothing is sent."""
    return Request(
        path=expand(OPERATION.path, invoice_id=invoice_id),
        body=object_body(ARGUMENTS, invoice=invoice, send_after_import=send_after_import, ack=ack),
    )


async def call(
    caller: Caller,
    invoice_id: int,
    *,
    invoice: InvoiceInput | Mapping[str, object],
    send_after_import: bool | None = None,
    ack: bool | None = None,
    timeout: float | None = None,
    deadline: float | None = None,
    headers: Mapping[str, str] | None = None,
    priority: int | None = None,
    max_attempts: int | None = None,
) -> Invoice | None:
    """Update an invoice.

    Args:
        invoice_id: Id of the invoice.
        invoice: Invoice in a request. No public source states which fields are required; working examples
            have date, currency, a party and one line.
        send_after_import: Send after the update.
        ack: Mark as acknowledged.
        timeout, deadline, headers, priority, max_attempts: see `Options`.

    Returns:
        None where the server answers without a body (behaviour 34).

    Raises:
        ArgumentError: an argument can't be sent as it is; nothing was sent.
        APIStatusError: the server refuses; a subclass for each status that matters.
        OutcomeUnknownError: it is not known whether the server carried it out (behaviour 25).

    Source: PUT /invoices/{invoice_id}, documented.
    """
    request = build(invoice_id, invoice=invoice, send_after_import=send_after_import, ack=ack)
    options = Options(
        timeout=timeout, deadline=deadline, headers=headers, priority=priority, max_attempts=max_attempts
    )
    return await caller.call(OPERATION, request, options)

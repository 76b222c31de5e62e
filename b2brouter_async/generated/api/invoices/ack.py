"""POST /invoices/{invoice_id}/ack: Acknowledge an invoice"""

from __future__ import annotations

from functools import partial
from typing import Unpack

from ...._core.operation import CallOptions, Client, Operation, Repeat
from ...._core.replies import optional, read
from ...._core.requests import Argument
from ...models.invoice_send_result import InvoiceSendResult

OPERATION: Operation[InvoiceSendResult | None] = Operation(
    name="invoices.ack",
    method="POST",
    path="/invoices/{invoice_id}/ack",
    repeat=Repeat.WRITE,
    parse=optional(partial(read, kind=InvoiceSendResult)),
    arguments=(Argument("invoice_id", "path", "invoice_id", required=True),),
    evidence="sdk",
)


async def ack(client: Client, invoice_id: int, **options: Unpack[CallOptions]) -> InvoiceSendResult | None:
    """Acknowledge an invoice.

    Example:
        await client.invoices.ack(5)

    Args:
        invoice_id: Id of the invoice.
        options: see `CallOptions`.

    Returns:
        None where the server answers without a body (behaviour 34).

    Raises:
        ArgumentError: an argument can't be sent as it is; nothing was sent.
        APIStatusError: the server refuses; a subclass for each status that matters.
        OutcomeUnknownError: it is not known whether the server carried it out (behaviour 25).

    Source: POST /invoices/{invoice_id}/ack, sdk.
    """
    return await client.caller.call(OPERATION, OPERATION.request_from(locals()), options)

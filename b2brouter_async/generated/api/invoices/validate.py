"""GET /invoices/{invoice_id}/validate: Check an invoice"""

from __future__ import annotations

from functools import partial
from typing import Unpack

from ...._core.operation import CallOptions, Client, Operation, Repeat
from ...._core.replies import read
from ...._core.requests import Argument
from ...models.invoice_validation import InvoiceValidation

OPERATION: Operation[InvoiceValidation] = Operation(
    name="invoices.validate",
    method="GET",
    path="/invoices/{invoice_id}/validate",
    repeat=Repeat.SAFE,
    parse=partial(read, kind=InvoiceValidation),
    arguments=(Argument("invoice_id", "path", "invoice_id", required=True),),
    evidence="documented",
)


async def validate(client: Client, invoice_id: int, **options: Unpack[CallOptions]) -> InvoiceValidation:
    """Check an invoice.

    Example:
        invoice_validation = await client.invoices.validate(5)

    Args:
        invoice_id: Id of the invoice.
        options: see `CallOptions`.

    Raises:
        ArgumentError: an argument can't be sent as it is; nothing was sent.
        APIStatusError: the server refuses; a subclass for each status that matters.

    Source: GET /invoices/{invoice_id}/validate, documented.
    """
    return await client.caller.call(OPERATION, OPERATION.request_from(locals()), options)

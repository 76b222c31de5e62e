"""DELETE /invoices/{invoice_id}: Delete an invoice"""

from __future__ import annotations

from functools import partial
from typing import Unpack

from ...._core.operation import CallOptions, Client, Operation, Repeat
from ...._core.replies import optional, read
from ...._core.requests import Argument
from ...models.invoice import Invoice

OPERATION: Operation[Invoice | None] = Operation(
    name="invoices.delete",
    method="DELETE",
    path="/invoices/{invoice_id}",
    repeat=Repeat.IDEMPOTENT,
    parse=optional(partial(read, kind=Invoice, key="invoice")),
    arguments=(Argument("invoice_id", "path", "invoice_id", required=True),),
    evidence="sdk",
)


async def delete(client: Client, invoice_id: int, **options: Unpack[CallOptions]) -> Invoice | None:
    """Delete an invoice.

    Example:
        await client.invoices.delete(5)

    Args:
        invoice_id: Id of the invoice.
        options: see `CallOptions`.

    Returns:
        None where the server answers without a body (behaviour 34).

    Raises:
        ArgumentError: an argument can't be sent as it is; nothing was sent.
        APIStatusError: the server refuses; a subclass for each status that matters.

    Source: DELETE /invoices/{invoice_id}, sdk.
    """
    return await client.caller.call(OPERATION, OPERATION.request_from(locals()), options)

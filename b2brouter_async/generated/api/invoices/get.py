"""GET /invoices/{invoice_id}: Get an invoice"""

from __future__ import annotations

from functools import partial
from typing import Unpack

from ...._core.operation import CallOptions, Client, Operation, Repeat
from ...._core.replies import read
from ...._core.requests import Argument
from ...models.invoice import Invoice

OPERATION: Operation[Invoice] = Operation(
    name="invoices.get",
    method="GET",
    path="/invoices/{invoice_id}",
    repeat=Repeat.SAFE,
    parse=partial(read, kind=Invoice, key="invoice"),
    arguments=(
        Argument("invoice_id", "path", "invoice_id", required=True),
        Argument("include", "query", "include"),
        Argument("disposition", "query", "disposition"),
        Argument("ack", "query", "ack"),
    ),
    evidence="documented",
)


async def get(
    client: Client,
    invoice_id: int,
    *,
    include: str | None = None,
    disposition: str | None = None,
    ack: bool | None = None,
    **options: Unpack[CallOptions],
) -> Invoice:
    """Get an invoice.

    Example:
        invoice = await client.invoices.get(5)

    Args:
        invoice_id: Id of the invoice.
        include: List with commas of lines, detailed_lines, apply_to_local_government_unit,
            apply_to_vat_group_member, third_party.
        disposition: How a PDF is delivered; values assumed.
        ack: Mark as acknowledged while reading.
        options: see `CallOptions`.

    Raises:
        ArgumentError: an argument can't be sent as it is; nothing was sent.
        APIStatusError: the server refuses; a subclass for each status that matters.

    Source: GET /invoices/{invoice_id}, documented.
    """
    return await client.caller.call(OPERATION, OPERATION.request_from(locals()), options)

"""POST /invoices/send_invoice/{invoice_id}: Send an invoice"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...._core.operation import Caller, Operation, Options, Repeat, Reply, Request, expand
from ...._core.replies import read
from ...models.invoice_send_result import InvoiceSendResult

if TYPE_CHECKING:
    from collections.abc import Mapping


def parse(reply: Reply) -> InvoiceSendResult | None:
    """Read a reply of this operation."""
    if reply.status == 204 or not reply.content:
        return None
    return read(reply, InvoiceSendResult)


OPERATION: Operation[InvoiceSendResult | None] = Operation(
    name="invoices.send",
    method="POST",
    path="/invoices/send_invoice/{invoice_id}",
    repeat=Repeat.WRITE,
    parse=parse,
    evidence="documented",
)


def build(invoice_id: int) -> Request:
    """Check the arguments and return the request; nothing is sent."""
    return Request(
        path=expand(OPERATION.path, invoice_id=invoice_id),
    )


async def call(
    caller: Caller,
    invoice_id: int,
    *,
    timeout: float | None = None,
    deadline: float | None = None,
    headers: Mapping[str, str] | None = None,
    priority: int | None = None,
    max_attempts: int | None = None,
) -> InvoiceSendResult | None:
    """Send an invoice.

    Args:
        invoice_id: Id of the invoice.
        timeout, deadline, headers, priority, max_attempts: see `Options`.

    Returns:
        None where the server answers without a body (behaviour 34).

    Raises:
        ArgumentError: an argument can't be sent as it is; nothing was sent.
        APIStatusError: the server refuses; a subclass for each status that matters.
        OutcomeUnknownError: it is not known whether the server carried it out (behaviour 25).

    Source: POST /invoices/send_invoice/{invoice_id}, documented.
    """
    request = build(invoice_id)
    options = Options(
        timeout=timeout, deadline=deadline, headers=headers, priority=priority, max_attempts=max_attempts
    )
    return await caller.call(OPERATION, request, options)

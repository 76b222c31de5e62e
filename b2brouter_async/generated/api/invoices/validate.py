"""GET /invoices/{invoice_id}/validate: Check an invoice"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...._core.operation import Caller, Operation, Options, Repeat, Reply, Request, expand
from ...._core.replies import read
from ...models.invoice_validation import InvoiceValidation

if TYPE_CHECKING:
    from collections.abc import Mapping


def parse(reply: Reply) -> InvoiceValidation:
    """Read a reply of this operation."""
    return read(reply, InvoiceValidation)


OPERATION: Operation[InvoiceValidation] = Operation(
    name="invoices.validate",
    method="GET",
    path="/invoices/{invoice_id}/validate",
    repeat=Repeat.SAFE,
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
) -> InvoiceValidation:
    """Check an invoice.

    Args:
        invoice_id: Id of the invoice.
        timeout, deadline, headers, priority, max_attempts: see `Options`.

    Raises:
        ArgumentError: an argument can't be sent as it is; nothing was sent.
        APIStatusError: the server refuses; a subclass for each status that matters.

    Source: GET /invoices/{invoice_id}/validate, documented.
    """
    request = build(invoice_id)
    options = Options(
        timeout=timeout, deadline=deadline, headers=headers, priority=priority, max_attempts=max_attempts
    )
    return await caller.call(OPERATION, request, options)

"""GET /invoices/{invoice_id}: Get an invoice"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...._core.operation import Caller, Operation, Options, Repeat, Reply, Request, expand, query_pairs
from ...._core.replies import read
from ...models.invoice import Invoice

if TYPE_CHECKING:
    from collections.abc import Mapping


def parse(reply: Reply) -> Invoice:
    """Read a reply of this operation."""
    return read(reply, Invoice, "invoice")


OPERATION: Operation[Invoice] = Operation(
    name="invoices.get",
    method="GET",
    path="/invoices/{invoice_id}",
    repeat=Repeat.SAFE,
    parse=parse,
    evidence="documented",
)


def build(
    invoice_id: int, *, include: str | None = None, disposition: str | None = None, ack: bool | None = None
) -> Request:
    """Check the arguments and return the request; nothing is sent."""
    return Request(
        path=expand(OPERATION.path, invoice_id=invoice_id),
        query=query_pairs(
            (
                ("include", include),
                ("disposition", disposition),
                ("ack", ack),
            )
        ),
    )


async def call(
    caller: Caller,
    invoice_id: int,
    *,
    include: str | None = None,
    disposition: str | None = None,
    ack: bool | None = None,
    timeout: float | None = None,
    deadline: float | None = None,
    headers: Mapping[str, str] | None = None,
    priority: int | None = None,
    max_attempts: int | None = None,
) -> Invoice:
    """Get an invoice.

    Args:
        invoice_id: Id of the invoice.
        include: List with commas of lines, detailed_lines, apply_to_local_government_unit,
            apply_to_vat_group_member, third_party.
        disposition: How a PDF is delivered; values assumed.
        ack: Mark as acknowledged while reading.
        timeout, deadline, headers, priority, max_attempts: see `Options`.

    Raises:
        ArgumentError: an argument can't be sent as it is; nothing was sent.
        APIStatusError: the server refuses; a subclass for each status that matters.

    Source: GET /invoices/{invoice_id}, documented.
    """
    request = build(invoice_id, include=include, disposition=disposition, ack=ack)
    options = Options(
        timeout=timeout, deadline=deadline, headers=headers, priority=priority, max_attempts=max_attempts
    )
    return await caller.call(OPERATION, request, options)

"""POST /invoices/{invoice_id}/mark_as: Change the state of an invoice"""

from __future__ import annotations

from functools import partial
from typing import Unpack

from ...._core.codecs import TEXT, enumeration
from ...._core.operation import CallOptions, Client, Operation, Repeat
from ...._core.replies import optional, read
from ...._core.requests import Argument
from ...models.invoice import Invoice
from ...models.invoice_settable_state import InvoiceSettableState

OPERATION: Operation[Invoice | None] = Operation(
    name="invoices.mark_as",
    method="POST",
    path="/invoices/{invoice_id}/mark_as",
    repeat=Repeat.WRITE,
    parse=optional(partial(read, kind=Invoice, key="invoice")),
    arguments=(
        Argument("invoice_id", "path", "invoice_id", required=True),
        Argument("state", "body", "state", enumeration(InvoiceSettableState), required=True),
        Argument("reason", "body", "reason", TEXT),
        Argument("reason_code", "body", "reason_code", TEXT),
        Argument("commit", "body", "commit", TEXT),
    ),
    evidence="documented",
)


async def mark_as(
    client: Client,
    invoice_id: int,
    *,
    state: InvoiceSettableState | str,
    reason: str | None = None,
    reason_code: str | None = None,
    commit: str | None = None,
    **options: Unpack[CallOptions],
) -> Invoice | None:
    """Change the state of an invoice.

    Example:
        await client.invoices.mark_as(5, state="paid", reason="Paid in cash")

    Args:
        invoice_id: Id of the invoice.
        state: States a caller may set. Issued: new, sent, accepted, registered, refused, paid, closed.
            Received: new, paid, accepted, refused, annotated. Issued simplified: new, sent, paid,
            downloaded, accepted, refused, registered, closed.
        reason: Message that goes with the change.
        reason_code: Structured reason, for example a French refusal code.
        commit: How the other party is told; only with_mail is known.
        options: see `CallOptions`.

    Returns:
        None where the server answers without a body (behaviour 34).

    Raises:
        ArgumentError: an argument can't be sent as it is; nothing was sent.
        APIStatusError: the server refuses; a subclass for each status that matters.
        OutcomeUnknownError: it is not known whether the server carried it out (behaviour 25).

    Source: POST /invoices/{invoice_id}/mark_as, documented.
    """
    return await client.caller.call(OPERATION, OPERATION.request_from(locals()), options)

"""POST /invoices/{invoice_id}/mark_as: Change the state of an invoice"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...._core.codecs import TEXT, enumeration
from ...._core.model import Field
from ...._core.operation import Caller, Operation, Options, Repeat, Reply, Request, expand, object_body
from ...._core.replies import read
from ...models.invoice import Invoice
from ...models.invoice_settable_state import InvoiceSettableState

if TYPE_CHECKING:
    from collections.abc import Mapping

ARGUMENTS = (
    Field("state", "state", enumeration(InvoiceSettableState), required=True),
    Field("reason", "reason", TEXT),
    Field("reason_code", "reason_code", TEXT),
    Field("commit", "commit", TEXT),
)


def parse(reply: Reply) -> Invoice | None:
    """Read a reply of this operation."""
    if reply.status == 204 or not reply.content:
        return None
    return read(reply, Invoice, "invoice")


OPERATION: Operation[Invoice | None] = Operation(
    name="invoices.mark_as",
    method="POST",
    path="/invoices/{invoice_id}/mark_as",
    repeat=Repeat.WRITE,
    parse=parse,
    evidence="documented",
)


def build(
    invoice_id: int,
    *,
    state: InvoiceSettableState | str,
    reason: str | None = None,
    reason_code: str | None = None,
    commit: str | None = None,
) -> Request:
    """Check the arguments and return the request; nothing is sent."""
    return Request(
        path=expand(OPERATION.path, invoice_id=invoice_id),
        body=object_body(ARGUMENTS, state=state, reason=reason, reason_code=reason_code, commit=commit),
    )


async def call(
    caller: Caller,
    invoice_id: int,
    *,
    state: InvoiceSettableState | str,
    reason: str | None = None,
    reason_code: str | None = None,
    commit: str | None = None,
    timeout: float | None = None,
    deadline: float | None = None,
    headers: Mapping[str, str] | None = None,
    priority: int | None = None,
    max_attempts: int | None = None,
) -> Invoice | None:
    """Change the state of an invoice.

    Args:
        invoice_id: Id of the invoice.
        state: States a caller may set. Issued: new, sent, accepted, registered, refused, paid, closed.
            Received: new, paid, accepted, refused, annotated. Issued simplified: new, sent, paid,
            downloaded, accepted, refused, registered, closed.
        reason: Message that goes with the change.
        reason_code: Structured reason, for example a French refusal code.
        commit: How the other party is told; only with_mail is known.
        timeout, deadline, headers, priority, max_attempts: see `Options`.

    Returns:
        None where the server answers without a body (behaviour 34).

    Raises:
        ArgumentError: an argument can't be sent as it is; nothing was sent.
        APIStatusError: the server refuses; a subclass for each status that matters.
        OutcomeUnknownError: it is not known whether the server carried it out (behaviour 25).

    Source: POST /invoices/{invoice_id}/mark_as, documented.
    """
    request = build(invoice_id, state=state, reason=reason, reason_code=reason_code, commit=commit)
    options = Options(
        timeout=timeout, deadline=deadline, headers=headers, priority=priority, max_attempts=max_attempts
    )
    return await caller.call(OPERATION, request, options)

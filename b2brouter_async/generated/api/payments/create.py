"""POST /accounts/{account}/payments: Record a payment"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...._core.codecs import model
from ...._core.model import Field
from ...._core.operation import (
    AccountId,
    Caller,
    Operation,
    Options,
    Repeat,
    Reply,
    Request,
    expand,
    object_body,
)
from ...._core.replies import read
from ...models.payment import Payment
from ...models.payment_input import PaymentInput

if TYPE_CHECKING:
    from collections.abc import Mapping

ARGUMENTS = (Field("payment", "payment", model(PaymentInput), required=True),)


def parse(reply: Reply) -> Payment:
    """Read a reply of this operation."""
    return read(reply, Payment, "payment")


OPERATION: Operation[Payment] = Operation(
    name="payments.create",
    method="POST",
    path="/accounts/{account}/payments",
    repeat=Repeat.WRITE,
    parse=parse,
    evidence="third-party",
)


def build(account: AccountId, *, payment: PaymentInput | Mapping[str, object]) -> Request:
    """Check the arguments and return the request; nothing is sent."""
    return Request(
        path=expand(OPERATION.path, account=account),
        body=object_body(ARGUMENTS, payment=payment),
        account=str(account),
    )


async def call(
    caller: Caller,
    account: AccountId | None = None,
    *,
    payment: PaymentInput | Mapping[str, object],
    timeout: float | None = None,
    deadline: float | None = None,
    headers: Mapping[str, str] | None = None,
    priority: int | None = None,
    max_attempts: int | None = None,
) -> Payment:
    """Record a payment.

    French reporting: a consumer or foreign payment makes a report of its own, a domestic business payment
    sends a paid status.

    Args:
        account: Id of the account; the client's own where it is left out.
        payment: Payment to record.
        timeout, deadline, headers, priority, max_attempts: see `Options`.

    Raises:
        ArgumentError: an argument can't be sent as it is; nothing was sent.
        APIStatusError: the server refuses; a subclass for each status that matters.
        OutcomeUnknownError: it is not known whether the server carried it out (behaviour 25).

    Source: POST /accounts/{account}/payments, third-party.
    """
    request = build(caller.account_or_default(account), payment=payment)
    options = Options(
        timeout=timeout, deadline=deadline, headers=headers, priority=priority, max_attempts=max_attempts
    )
    return await caller.call(OPERATION, request, options)

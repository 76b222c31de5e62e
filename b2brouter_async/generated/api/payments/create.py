"""POST /accounts/{account}/payments: Record a payment"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Unpack

from ...._core.codecs import model
from ...._core.operation import CallOptions, Client, Operation, Repeat
from ...._core.replies import read
from ...._core.requests import AccountId, Argument
from ... import models
from ...models.payment import Payment

if TYPE_CHECKING:
    from ...models.dictionaries import PaymentInputDict
    from ...models.payment_input import PaymentInput

OPERATION: Operation[Payment] = Operation(
    name="payments.create",
    method="POST",
    path="/accounts/{account}/payments",
    repeat=Repeat.WRITE,
    parse=partial(read, kind=Payment, key="payment"),
    arguments=(
        Argument("account", "path", "account", required=True),
        Argument("payment", "body", "payment", model(lambda: models.PaymentInput), required=True),
    ),
    evidence="third-party",
)


async def create(
    client: Client,
    account: AccountId | None = None,
    *,
    payment: PaymentInput | PaymentInputDict,
    **options: Unpack[CallOptions],
) -> Payment:
    """Record a payment.

    French reporting: a consumer or foreign payment makes a report of its own, a domestic business payment
    sends a paid status.

    Example:
        payment = await client.payments.create(
            account=1234, payment={"invoice_id": 5, "amount": Decimal("121.00"), "date": "2026-11-26"}
        )

    Args:
        account: Id of the account; the client's own where it is left out.
        payment: Payment to record.
        options: see `CallOptions`.

    Raises:
        ArgumentError: an argument can't be sent as it is; nothing was sent.
        APIStatusError: the server refuses; a subclass for each status that matters.
        OutcomeUnknownError: it is not known whether the server carried it out (behaviour 25).

    Source: POST /accounts/{account}/payments, third-party.
    """
    account = client.caller.account_or_default(account)
    return await client.caller.call(OPERATION, OPERATION.request_from(locals()), options)

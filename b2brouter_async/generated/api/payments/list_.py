"""GET /accounts/{account}/payments: List payments"""

from __future__ import annotations

from typing import Unpack

from ...._core.operation import CallOptions, Client, Operation, Repeat
from ...._core.pagination import Page, Pager, PageReader
from ...._core.requests import AccountId, Argument
from ...models.payment import Payment

OPERATION: Operation[Page[Payment]] = Operation(
    name="payments.list",
    method="GET",
    path="/accounts/{account}/payments",
    repeat=Repeat.SAFE,
    parse=PageReader(Payment, "payments"),
    arguments=(
        Argument("account", "path", "account", required=True),
        Argument("offset", "query", "offset"),
        Argument("limit", "query", "limit"),
        Argument("invoice_id", "query", "invoice_id"),
    ),
    evidence="third-party",
)


def list(
    client: Client,
    account: AccountId | None = None,
    *,
    offset: int | None = None,
    limit: int | None = None,
    invoice_id: int | None = None,
    **options: Unpack[CallOptions],
) -> Pager[Payment]:
    """List payments.

    Example:
        async for payment in client.payments.list(account=1234):
            print(payment)

    Args:
        account: Id of the account; the client's own where it is left out.
        offset: Index of the first object. Server's default: 0.
        limit: Page size; values above 500 are cut to 500. Server's default: 25.
        invoice_id: Payments of one invoice.
        options: see `CallOptions`.

    Returns:
        A pager: await it for one page, iterate it for every item. Nothing is sent before.

    Raises:
        ArgumentError: an argument can't be sent as it is; nothing was sent.
        APIStatusError: the server refuses; a subclass for each status that matters.

    Source: GET /accounts/{account}/payments, third-party.
    """
    account = client.caller.account_or_default(account)
    request = OPERATION.request_from(locals())
    return Pager(client.caller, OPERATION, request, options, limit=limit, offset=offset)

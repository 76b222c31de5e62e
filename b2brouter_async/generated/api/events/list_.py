"""GET /accounts/{account}/events: List events of an account"""

from __future__ import annotations

from typing import TYPE_CHECKING, Unpack

from ...._core.codecs import DATE
from ...._core.operation import CallOptions, Client, Operation, Repeat
from ...._core.pagination import Page, Pager, PageReader
from ...._core.requests import AccountId, Argument
from ...models.account_event import AccountEvent

if TYPE_CHECKING:
    import datetime

OPERATION: Operation[Page[AccountEvent]] = Operation(
    name="events.list",
    method="GET",
    path="/accounts/{account}/events",
    repeat=Repeat.SAFE,
    parse=PageReader(AccountEvent, "events"),
    arguments=(
        Argument("account", "path", "account", required=True),
        Argument("offset", "query", "offset"),
        Argument("limit", "query", "limit"),
        Argument("invoice_id", "query", "invoice_id"),
        Argument("tax_report_id", "query", "tax_report_id"),
        Argument("date_from", "query", "date_from", DATE),
        Argument("date_to", "query", "date_to", DATE),
    ),
    evidence="documented",
)


def list(
    client: Client,
    account: AccountId | None = None,
    *,
    offset: int | None = None,
    limit: int | None = None,
    invoice_id: int | None = None,
    tax_report_id: int | None = None,
    date_from: datetime.date | str | None = None,
    date_to: datetime.date | str | None = None,
    **options: Unpack[CallOptions],
) -> Pager[AccountEvent]:
    """List events of an account.

    Example:
        async for event in client.events.list(account=1234):
            print(event)

    Args:
        account: Id of the account; the client's own where it is left out.
        offset: Index of the first object. Server's default: 0.
        limit: Page size; values above 500 are cut to 500. Server's default: 25.
        invoice_id: Events of one invoice; name assumed.
        tax_report_id: Events of one tax report; name assumed.
        date_from: First day; name assumed.
        date_to: Last day; name assumed.
        options: see `CallOptions`.

    Returns:
        A pager: await it for one page, iterate it for every item. Nothing is sent before.

    Raises:
        ArgumentError: an argument can't be sent as it is; nothing was sent.
        APIStatusError: the server refuses; a subclass for each status that matters.

    Source: GET /accounts/{account}/events, documented.
    """
    account = client.caller.account_or_default(account)
    request = OPERATION.request_from(locals())
    return Pager(client.caller, OPERATION, request, options, limit=limit, offset=offset)

"""GET /accounts/{account}/events: List events of an account"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...._core.operation import (
    AccountId,
    Caller,
    Operation,
    Options,
    Repeat,
    Reply,
    Request,
    as_date,
    expand,
    query_pairs,
)
from ...._core.pagination import Page, page_of
from ...models.account_event import AccountEvent

if TYPE_CHECKING:
    import datetime
    from collections.abc import Mapping


def parse(reply: Reply) -> Page[AccountEvent]:
    """Read a reply of this operation."""
    return page_of("events", AccountEvent)(reply)


OPERATION: Operation[Page[AccountEvent]] = Operation(
    name="events.list",
    method="GET",
    path="/accounts/{account}/events",
    repeat=Repeat.SAFE,
    parse=parse,
    evidence="documented",
)


def build(
    account: AccountId,
    *,
    offset: int | None = None,
    limit: int | None = None,
    invoice_id: int | None = None,
    tax_report_id: int | None = None,
    date_from: datetime.date | str | None = None,
    date_to: datetime.date | str | None = None,
) -> Request:
    """Check the arguments and return the request; nothing is sent."""
    return Request(
        path=expand(OPERATION.path, account=account),
        query=query_pairs(
            (
                ("offset", offset),
                ("limit", limit),
                ("invoice_id", invoice_id),
                ("tax_report_id", tax_report_id),
                ("date_from", as_date("date_from", date_from)),
                ("date_to", as_date("date_to", date_to)),
            )
        ),
        account=str(account),
    )


async def call(
    caller: Caller,
    account: AccountId | None = None,
    *,
    offset: int | None = None,
    limit: int | None = None,
    invoice_id: int | None = None,
    tax_report_id: int | None = None,
    date_from: datetime.date | str | None = None,
    date_to: datetime.date | str | None = None,
    timeout: float | None = None,
    deadline: float | None = None,
    headers: Mapping[str, str] | None = None,
    priority: int | None = None,
    max_attempts: int | None = None,
) -> Page[AccountEvent]:
    """List events of an account.

    Args:
        account: Id of the account; the client's own where it is left out.
        offset: Index of the first object. Server's default: 0.
        limit: Page size; values above 500 are cut to 500. Server's default: 25.
        invoice_id: Events of one invoice; name assumed.
        tax_report_id: Events of one tax report; name assumed.
        date_from: First day; name assumed.
        date_to: Last day; name assumed.
        timeout, deadline, headers, priority, max_attempts: see `Options`.

    Returns:
        A pager: await it for one page, iterate it for every item. Nothing is sent before.

    Raises:
        ArgumentError: an argument can't be sent as it is; nothing was sent.
        APIStatusError: the server refuses; a subclass for each status that matters.

    Source: GET /accounts/{account}/events, documented.
    """
    request = build(
        caller.account_or_default(account),
        offset=offset,
        limit=limit,
        invoice_id=invoice_id,
        tax_report_id=tax_report_id,
        date_from=date_from,
        date_to=date_to,
    )
    options = Options(
        timeout=timeout, deadline=deadline, headers=headers, priority=priority, max_attempts=max_attempts
    )
    return await caller.call(OPERATION, request, options)

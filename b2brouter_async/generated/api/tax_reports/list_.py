"""GET /accounts/{account}/tax_reports: List tax reports"""

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
from ...models.tax_report import TaxReport

if TYPE_CHECKING:
    import datetime
    from collections.abc import Mapping


def parse(reply: Reply) -> Page[TaxReport]:
    """Read a reply of this operation."""
    return page_of("tax_reports", TaxReport)(reply)


OPERATION: Operation[Page[TaxReport]] = Operation(
    name="tax_reports.list",
    method="GET",
    path="/accounts/{account}/tax_reports",
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
    sent_at_from: datetime.date | str | None = None,
    sent_at_to: datetime.date | str | None = None,
    updated_at_from: datetime.date | str | None = None,
    updated_at_to: datetime.date | str | None = None,
) -> Request:
    """Check the arguments and return the request; nothing is sent."""
    return Request(
        path=expand(OPERATION.path, account=account),
        query=query_pairs(
            (
                ("offset", offset),
                ("limit", limit),
                ("invoice_id", invoice_id),
                ("sent_at_from", as_date("sent_at_from", sent_at_from)),
                ("sent_at_to", as_date("sent_at_to", sent_at_to)),
                ("updated_at_from", as_date("updated_at_from", updated_at_from)),
                ("updated_at_to", as_date("updated_at_to", updated_at_to)),
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
    sent_at_from: datetime.date | str | None = None,
    sent_at_to: datetime.date | str | None = None,
    updated_at_from: datetime.date | str | None = None,
    updated_at_to: datetime.date | str | None = None,
    timeout: float | None = None,
    deadline: float | None = None,
    headers: Mapping[str, str] | None = None,
    priority: int | None = None,
    max_attempts: int | None = None,
) -> Page[TaxReport]:
    """List tax reports.

    Args:
        account: Id of the account; the client's own where it is left out.
        offset: Index of the first object. Server's default: 0.
        limit: Page size; values above 500 are cut to 500. Server's default: 25.
        invoice_id: Reports of one invoice.
        sent_at_from: Sent on or after.
        sent_at_to: Sent on or before.
        updated_at_from: Changed on or after.
        updated_at_to: Changed on or before.
        timeout, deadline, headers, priority, max_attempts: see `Options`.

    Returns:
        A pager: await it for one page, iterate it for every item. Nothing is sent before.

    Raises:
        ArgumentError: an argument can't be sent as it is; nothing was sent.
        APIStatusError: the server refuses; a subclass for each status that matters.

    Source: GET /accounts/{account}/tax_reports, documented.
    """
    request = build(
        caller.account_or_default(account),
        offset=offset,
        limit=limit,
        invoice_id=invoice_id,
        sent_at_from=sent_at_from,
        sent_at_to=sent_at_to,
        updated_at_from=updated_at_from,
        updated_at_to=updated_at_to,
    )
    options = Options(
        timeout=timeout, deadline=deadline, headers=headers, priority=priority, max_attempts=max_attempts
    )
    return await caller.call(OPERATION, request, options)

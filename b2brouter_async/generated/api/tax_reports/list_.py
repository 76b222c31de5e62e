"""GET /accounts/{account}/tax_reports: List tax reports"""

from __future__ import annotations

from typing import TYPE_CHECKING, Unpack

from ...._core.codecs import DATE
from ...._core.operation import CallOptions, Client, Operation, Repeat
from ...._core.pagination import Page, Pager, PageReader
from ...._core.requests import AccountId, Argument
from ...models.tax_report import TaxReport

if TYPE_CHECKING:
    import datetime

OPERATION: Operation[Page[TaxReport]] = Operation(
    name="tax_reports.list",
    method="GET",
    path="/accounts/{account}/tax_reports",
    repeat=Repeat.SAFE,
    parse=PageReader(TaxReport, "tax_reports"),
    arguments=(
        Argument("account", "path", "account", required=True),
        Argument("offset", "query", "offset"),
        Argument("limit", "query", "limit"),
        Argument("invoice_id", "query", "invoice_id"),
        Argument("sent_at_from", "query", "sent_at_from", DATE),
        Argument("sent_at_to", "query", "sent_at_to", DATE),
        Argument("updated_at_from", "query", "updated_at_from", DATE),
        Argument("updated_at_to", "query", "updated_at_to", DATE),
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
    sent_at_from: datetime.date | str | None = None,
    sent_at_to: datetime.date | str | None = None,
    updated_at_from: datetime.date | str | None = None,
    updated_at_to: datetime.date | str | None = None,
    **options: Unpack[CallOptions],
) -> Pager[TaxReport]:
    """List tax reports.

    Example:
        async for tax_report in client.tax_reports.list(account=1234):
            print(tax_report)

    Args:
        account: Id of the account; the client's own where it is left out.
        offset: Index of the first object. Server's default: 0.
        limit: Page size; values above 500 are cut to 500. Server's default: 25.
        invoice_id: Reports of one invoice.
        sent_at_from: Sent on or after.
        sent_at_to: Sent on or before.
        updated_at_from: Changed on or after.
        updated_at_to: Changed on or before.
        options: see `CallOptions`.

    Returns:
        A pager: await it for one page, iterate it for every item. Nothing is sent before.

    Raises:
        ArgumentError: an argument can't be sent as it is; nothing was sent.
        APIStatusError: the server refuses; a subclass for each status that matters.

    Source: GET /accounts/{account}/tax_reports, documented.
    """
    account = client.caller.account_or_default(account)
    request = OPERATION.request_from(locals())
    return Pager(client.caller, OPERATION, request, options, limit=limit, offset=offset)

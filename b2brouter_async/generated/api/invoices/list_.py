"""GET /accounts/{account}/invoices: List invoices"""

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
    as_flag,
    expand,
    query_pairs,
)
from ...._core.pagination import Page, page_of
from ...models.invoice_list_item import InvoiceListItem

if TYPE_CHECKING:
    import datetime
    from collections.abc import Mapping

    from ...models.invoice_type import InvoiceType


def parse(reply: Reply) -> Page[InvoiceListItem]:
    """Read a reply of this operation."""
    return page_of("invoices", InvoiceListItem)(reply)


OPERATION: Operation[Page[InvoiceListItem]] = Operation(
    name="invoices.list",
    method="GET",
    path="/accounts/{account}/invoices",
    repeat=Repeat.SAFE,
    parse=parse,
    evidence="documented",
)


def build(
    account: AccountId,
    *,
    offset: int | None = None,
    limit: int | None = None,
    type: InvoiceType | str | None = None,
    ack: bool | None = None,
    date_from: datetime.date | str | None = None,
    date_to: datetime.date | str | None = None,
    due_date_from: datetime.date | str | None = None,
    due_date_to: datetime.date | str | None = None,
    number: str | None = None,
    query: str | None = None,
    state_updated_at_from: datetime.date | str | None = None,
    updated_at_from: datetime.date | str | None = None,
    new: bool | int | None = None,
    sending: bool | int | None = None,
    sent: bool | int | None = None,
    error: bool | int | None = None,
    registered: bool | int | None = None,
    accepted: bool | int | None = None,
    allegedly_paid: bool | int | None = None,
    refused: bool | int | None = None,
    closed: bool | int | None = None,
    paid: bool | int | None = None,
    received_invoice_received: bool | int | None = None,
    received_invoice_paid: bool | int | None = None,
    received_invoice_ocr_failed: bool | int | None = None,
    received_invoice_exclude_offices: bool | int | None = None,
    from_net: str | None = None,
) -> Request:
    """Check the arguments and return the request; nothing is sent."""
    return Request(
        path=expand(OPERATION.path, account=account),
        query=query_pairs(
            (
                ("offset", offset),
                ("limit", limit),
                ("type", type),
                ("ack", ack),
                ("date_from", as_date("date_from", date_from)),
                ("date_to", as_date("date_to", date_to)),
                ("due_date_from", as_date("due_date_from", due_date_from)),
                ("due_date_to", as_date("due_date_to", due_date_to)),
                ("number", number),
                ("query", query),
                ("state_updated_at_from", as_date("state_updated_at_from", state_updated_at_from)),
                ("updated_at_from", as_date("updated_at_from", updated_at_from)),
                ("new", as_flag(new)),
                ("sending", as_flag(sending)),
                ("sent", as_flag(sent)),
                ("error", as_flag(error)),
                ("registered", as_flag(registered)),
                ("accepted", as_flag(accepted)),
                ("allegedly_paid", as_flag(allegedly_paid)),
                ("refused", as_flag(refused)),
                ("closed", as_flag(closed)),
                ("paid", as_flag(paid)),
                ("received_invoice_received", as_flag(received_invoice_received)),
                ("received_invoice_paid", as_flag(received_invoice_paid)),
                ("received_invoice_ocr_failed", as_flag(received_invoice_ocr_failed)),
                ("received_invoice_exclude_offices", as_flag(received_invoice_exclude_offices)),
                ("from_net", from_net),
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
    type: InvoiceType | str | None = None,
    ack: bool | None = None,
    date_from: datetime.date | str | None = None,
    date_to: datetime.date | str | None = None,
    due_date_from: datetime.date | str | None = None,
    due_date_to: datetime.date | str | None = None,
    number: str | None = None,
    query: str | None = None,
    state_updated_at_from: datetime.date | str | None = None,
    updated_at_from: datetime.date | str | None = None,
    new: bool | int | None = None,
    sending: bool | int | None = None,
    sent: bool | int | None = None,
    error: bool | int | None = None,
    registered: bool | int | None = None,
    accepted: bool | int | None = None,
    allegedly_paid: bool | int | None = None,
    refused: bool | int | None = None,
    closed: bool | int | None = None,
    paid: bool | int | None = None,
    received_invoice_received: bool | int | None = None,
    received_invoice_paid: bool | int | None = None,
    received_invoice_ocr_failed: bool | int | None = None,
    received_invoice_exclude_offices: bool | int | None = None,
    from_net: str | None = None,
    timeout: float | None = None,
    deadline: float | None = None,
    headers: Mapping[str, str] | None = None,
    priority: int | None = None,
    max_attempts: int | None = None,
) -> Page[InvoiceListItem]:
    """List invoices.

    Args:
        account: Id of the account; the client's own where it is left out.
        offset: Index of the first object. Server's default: 0.
        limit: Page size; values above 500 are cut to 500. Server's default: 25.
        type: Kind of invoice. A further value for self-billed invoices exists; its spelling is not public.
        ack: For received invoices: left out or false gives only those not acknowledged, true gives all.
        date_from: First date. Documented as submission date, measured as issue date.
        date_to: Last date, as above.
        due_date_from: First due date.
        due_date_to: Last due date.
        number: Number; the page says exact, a reader of this version says prefix.
        query: Filter expression, for example tin_value=ESB12345678; since 2026-03-02.
        state_updated_at_from: State changed on or after this day.
        updated_at_from: Changed on or after this day; name assumed.
        new: Invoices in state new.
        sending: Invoices in state sending.
        sent: Invoices in state sent.
        error: Invoices in state error.
        registered: Invoices in state registered.
        accepted: Invoices in state accepted.
        allegedly_paid: Invoices in state allegedly_paid.
        refused: Invoices in state refused.
        closed: Invoices in state closed.
        paid: Invoices in state paid.
        received_invoice_received: Received invoices in state received.
        received_invoice_paid: Received invoices that are paid.
        received_invoice_ocr_failed: Received invoices whose text could not be read.
        received_invoice_exclude_offices: Leave out offices.
        from_net: Network received invoices came from; type assumed.
        timeout, deadline, headers, priority, max_attempts: see `Options`.

    Returns:
        A pager: await it for one page, iterate it for every item. Nothing is sent before.

    Raises:
        ArgumentError: an argument can't be sent as it is; nothing was sent.
        APIStatusError: the server refuses; a subclass for each status that matters.

    Source: GET /accounts/{account}/invoices, documented.
    """
    request = build(
        caller.account_or_default(account),
        offset=offset,
        limit=limit,
        type=type,
        ack=ack,
        date_from=date_from,
        date_to=date_to,
        due_date_from=due_date_from,
        due_date_to=due_date_to,
        number=number,
        query=query,
        state_updated_at_from=state_updated_at_from,
        updated_at_from=updated_at_from,
        new=new,
        sending=sending,
        sent=sent,
        error=error,
        registered=registered,
        accepted=accepted,
        allegedly_paid=allegedly_paid,
        refused=refused,
        closed=closed,
        paid=paid,
        received_invoice_received=received_invoice_received,
        received_invoice_paid=received_invoice_paid,
        received_invoice_ocr_failed=received_invoice_ocr_failed,
        received_invoice_exclude_offices=received_invoice_exclude_offices,
        from_net=from_net,
    )
    options = Options(
        timeout=timeout, deadline=deadline, headers=headers, priority=priority, max_attempts=max_attempts
    )
    return await caller.call(OPERATION, request, options)

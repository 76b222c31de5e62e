"""GET /accounts/{account}/invoices: List invoices"""

from __future__ import annotations

from typing import TYPE_CHECKING, Unpack

from ...._core.codecs import DATE, FLAG
from ...._core.operation import CallOptions, Client, Operation, Repeat
from ...._core.pagination import Page, Pager, PageReader
from ...._core.requests import AccountId, Argument
from ...models.invoice_list_item import InvoiceListItem

if TYPE_CHECKING:
    import datetime

    from ...models.invoice_type import InvoiceType

OPERATION: Operation[Page[InvoiceListItem]] = Operation(
    name="invoices.list",
    method="GET",
    path="/accounts/{account}/invoices",
    repeat=Repeat.SAFE,
    parse=PageReader(InvoiceListItem, "invoices"),
    arguments=(
        Argument("account", "path", "account", required=True),
        Argument("offset", "query", "offset"),
        Argument("limit", "query", "limit"),
        Argument("type", "query", "type"),
        Argument("ack", "query", "ack"),
        Argument("date_from", "query", "date_from", DATE),
        Argument("date_to", "query", "date_to", DATE),
        Argument("due_date_from", "query", "due_date_from", DATE),
        Argument("due_date_to", "query", "due_date_to", DATE),
        Argument("number", "query", "number"),
        Argument("query", "query", "query"),
        Argument("state_updated_at_from", "query", "state_updated_at_from", DATE),
        Argument("updated_at_from", "query", "updated_at_from", DATE),
        Argument("new", "query", "new", FLAG),
        Argument("sending", "query", "sending", FLAG),
        Argument("sent", "query", "sent", FLAG),
        Argument("error", "query", "error", FLAG),
        Argument("registered", "query", "registered", FLAG),
        Argument("accepted", "query", "accepted", FLAG),
        Argument("allegedly_paid", "query", "allegedly_paid", FLAG),
        Argument("refused", "query", "refused", FLAG),
        Argument("closed", "query", "closed", FLAG),
        Argument("paid", "query", "paid", FLAG),
        Argument("received_invoice_received", "query", "received_invoice_received", FLAG),
        Argument("received_invoice_paid", "query", "received_invoice_paid", FLAG),
        Argument("received_invoice_ocr_failed", "query", "received_invoice_ocr_failed", FLAG),
        Argument("received_invoice_exclude_offices", "query", "received_invoice_exclude_offices", FLAG),
        Argument("from_net", "query", "from_net"),
    ),
    evidence="documented",
)


def list(
    client: Client,
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
    **options: Unpack[CallOptions],
) -> Pager[InvoiceListItem]:
    """List invoices.

    Example:
        async for invoice in client.invoices.list(account=1234):
            print(invoice)

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
        options: see `CallOptions`.

    Returns:
        A pager: await it for one page, iterate it for every item. Nothing is sent before.

    Raises:
        ArgumentError: an argument can't be sent as it is; nothing was sent.
        APIStatusError: the server refuses; a subclass for each status that matters.

    Source: GET /accounts/{account}/invoices, documented.
    """
    account = client.caller.account_or_default(account)
    request = OPERATION.request_from(locals())
    return Pager(client.caller, OPERATION, request, options, limit=limit, offset=offset)

"""Following what becomes of invoices: waiting for a state, and the stream of changes."""

from __future__ import annotations

import datetime
import logging
import math
import os
import weakref
from collections import deque
from collections.abc import Callable, Collection
from functools import partial
from typing import TYPE_CHECKING, Any, Literal, Protocol, TypeAlias, TypeVar, cast

import anyio
import anyio.lowlevel
from attrs import field, frozen

from .._core.backoff import Backoff
from .._core.callbacks import answered, check_called
from .._inbox.worker import in_thread
from .._reconcile.listing import all_of
from .._reconcile.states import (
    REPORT_ENDED,
    REPORT_FAILED,
    HasState,
    complaints,
    is_delivered,
    is_failed,
    is_refused,
)
from ..errors import ArgumentError, B2BrouterError, NotFoundError
from ..generated.api.invoices.get import get as get_invoice
from ..generated.api.invoices.list_ import list as list_invoices
from ..generated.api.tax_reports.get import get as get_report
from ..generated.api.tax_reports.list_ import list as list_reports
from ..generated.models.invoice_list_item import InvoiceListItem
from ..generated.models.invoice_type import InvoiceType
from ..limiter import BULK
from .cursor import Cursor, MemoryCursor, SQLiteCursor, Told
from .sweeps import PAUSE, Look, ServerDay, Sweeps, Time, passes
from .waiting import NeverSentError

if TYPE_CHECKING:
    from .._core.operation import CallOptions, Client
    from .._core.pagination import Page, Pager
    from .._core.requests import AccountId
    from ..generated.models.invoice import Invoice
    from ..generated.models.tax_report import TaxReport
    from .sweeps import Row

Until: TypeAlias = Callable[[HasState], bool] | Collection[str] | str
"""What is waited for: a predicate of the invoice, or states of which any ends it."""

T = TypeVar("T")

_HOOKED_PAUSE = 600.0
_SAME = datetime.timedelta(seconds=60)
_AGAIN = Backoff(first=PAUSE, longest=_HOOKED_PAUSE)
_FORGET = datetime.timedelta(days=2)
_log = logging.getLogger("b2brouter_async.following")


class NotDeliveredError(B2BrouterError):
    """An invoice or tax report was refused or has failed while something else was waited for.

    Attributes:
        id: its id.
        state: its state.
        reasons: why, where the server says so.
    """

    def __init__(self, id: int, state: str, reasons: tuple[str, ...] = (), *, kind: str = "invoice") -> None:
        """Tell what became of it."""
        why = f": {'; '.join(reasons)}" if reasons else ""
        super().__init__(f"{kind} {id} is {state}{why}")
        self.id = id
        self.state = state
        self.reasons = reasons


# Waiting

# What waits together: all views of a client share their pipeline, and events belong to an event loop.
_shared: weakref.WeakKeyDictionary[object, dict[object, Sweeps[Any, Any]]] = weakref.WeakKeyDictionary()


async def wait_for_invoice(
    client: Client,
    invoice_id: int,
    *,
    until: Until = is_delivered,
    timeout: float | None = 300.0,
    account: AccountId | None = None,
    type: InvoiceType | str = InvoiceType.ISSUED_INVOICE,
) -> Invoice:
    """Wait until an invoice is in a state. See `Invoices.wait_for`."""
    wanted = _predicate(until)
    owner = account if account is not None else _account(client)
    kind = str(type)

    def judge(row: Row) -> bool:
        invoice = cast("Invoice | InvoiceListItem", row)
        detail = not isinstance(invoice, InvoiceListItem)
        if owner is not None and detail and invoice.type is not None and str(invoice.type) != kind:
            raise _OtherTypeError(str(invoice.type))  # the list of this type would never show it
        if wanted(invoice):
            return True
        if is_refused(invoice) or is_failed(invoice):
            reasons = complaints(invoice) or tuple(filter(None, [invoice.refuse_reason]))
            raise NotDeliveredError(invoice.id, str(invoice.state), reasons)
        if invoice.state == "new" and invoice.errors:
            raise NeverSentError(invoice.id, complaints(invoice))
        return False

    read = partial(get_invoice, client, priority=BULK)

    def make() -> Sweeps[InvoiceListItem, Invoice]:
        if owner is None:
            return Sweeps(None, read, client.caller.waiting)
        listed = kind
        return Sweeps(
            lambda since: _changed_invoices(client, owner, listed, since), read, client.caller.waiting
        )

    told = f"invoice {invoice_id} {_told(until)}"
    time = Time(client.caller.waiting)
    ends = math.inf if timeout is None else time.now() + timeout
    while True:
        what = ("invoices", owner, kind)
        try:
            found: Invoice = await _wait(client, what, make, invoice_id, judge, timeout, told)
        except _OtherTypeError as other:
            kind = other.type
            timeout = None if timeout is None else max(ends - time.now(), 0.001)
        else:
            return found


class _OtherTypeError(Exception):
    """The invoice is of another type than the list that was looked at."""

    def __init__(self, type: str) -> None:
        super().__init__(type)
        self.type = type


async def wait_for_tax_report(
    client: Client,
    tax_report_id: int,
    *,
    until: Until | None = None,
    timeout: float | None = 600.0,
    account: AccountId | None = None,
) -> TaxReport:
    """Wait until a tax report is in a state. See `TaxReports.wait_for`."""
    wanted = _predicate(REPORT_ENDED if until is None else until)

    def judge(row: Row) -> bool:
        report = cast("TaxReport", row)
        if wanted(report):
            return True
        if report.state in REPORT_FAILED:
            reasons = tuple(
                one if isinstance(one, str) else str(one.to_dict()) for one in report.errors or ()
            )
            raise NotDeliveredError(report.id, str(report.state), reasons, kind="tax report")
        return False

    owner = account if account is not None else _account(client)
    read = partial(get_report, client, priority=BULK)

    def make() -> Sweeps[TaxReport, TaxReport]:
        if owner is None:
            return Sweeps(None, read, client.caller.waiting)
        return Sweeps(
            lambda since: list_reports(client, owner, updated_at_from=since, limit=500, priority=BULK),
            read,
            client.caller.waiting,
        )

    told = f"tax report {tax_report_id} {_told(REPORT_ENDED if until is None else until)}"
    found: TaxReport = await _wait(client, ("tax_reports", owner), make, tax_report_id, judge, timeout, told)
    return found


async def _wait(
    client: Client,
    what: tuple[object, ...],
    make: Callable[[], Sweeps[Any, Any]],
    number: int,
    judge: Callable[[Row], bool],
    timeout: float | None,
    waited_for: str,
) -> Any:
    together = _shared.setdefault(getattr(client.caller, "pipeline", client.caller), {})
    # Without an account there is no list to look at: such an id shares with none.
    key = (anyio.lowlevel.current_token(), *what, number if what[1] is None else None)
    sweeps = together.setdefault(key, make())
    try:
        return await sweeps.wait(number, judge, timeout=timeout, waited_for=waited_for)
    finally:
        if sweeps.idle and together.get(key) is sweeps:
            del together[key]


def _account(client: Client) -> AccountId | None:
    try:
        return client.caller.account_or_default(None)
    except ArgumentError:
        return None


def _changed_invoices(
    client: Client, account: AccountId | None, type: str, since: datetime.date, **options: Any
) -> Pager[InvoiceListItem]:
    options.setdefault("priority", BULK)
    # All of them: one that was acknowledged, and paid then, is missing otherwise.
    return list_invoices(
        client,
        account,
        **all_of(type),
        state_updated_at_from=since,
        limit=500,
        **options,
    )


def _predicate(until: Until) -> Callable[[HasState], bool]:
    if callable(until):
        check_called(until, "until")
        ask = until
        return lambda invoice: answered(ask(invoice), "until")
    if isinstance(until, bytes) or not isinstance(until, Collection):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise ArgumentError(
            f"pass states as text, or a function of the invoice, not {type(until).__name__}", argument="until"
        )
    states = {until} if isinstance(until, str) else {str(state) for state in until}
    if not states:
        raise ArgumentError("name a state at least, or nothing ends the wait", argument="until")
    return lambda invoice: str(invoice.state) in states


def _told(until: Until) -> str:
    if callable(until):
        return f"that {getattr(until, '__name__', 'is as asked for')}"
    return f"in state {until if isinstance(until, str) else ' or '.join(sorted(map(str, until)))}"


# The stream of changes


@frozen(kw_only=True)
class Change:
    """An invoice that has come into another state, or into the same one again.

    Attributes:
        id: the invoice.
        state: its state.
        previous: the state that was told before; None the first time.
        at: when it came into its state, as the server says.
        invoice: the invoice, as it was read: a row of a list, or the whole where a web hook told of it.
        source: whether the list showed it, or a web hook told of it.
        key: the same for every repeat of this change, and for no other.
    """

    id: int
    state: str
    previous: str | None
    at: datetime.datetime | None
    invoice: InvoiceListItem | Invoice = field(repr=False)
    source: Literal["sweep", "hook"]
    key: str


class _EventData(Protocol):
    @property
    def invoice_id(self) -> int | None: ...

    @property
    def state(self) -> str | None: ...


class InvoiceEvent(Protocol):
    """A web hook's event about an invoice."""

    @property
    def data(self) -> _EventData:
        """What it is about."""
        ...

    @property
    def account_id(self) -> int | None:
        """The account, where it names one."""
        ...

    @property
    def triggered_at(self) -> int | None:
        """When it happened, in Unix seconds."""
        ...


class Changes:
    """The stream of an account's changes: `async for change in client.invoices.changes(…)`.

    Example:
        changes = client.invoices.changes(1234, cursor="changes.sqlite")
        async for change in changes:
            print(change.id, change.previous, change.state)
            break  # or for ever

    A change is told again if the process ends before the next one is asked for.

    Attributes:
        silent: how many changes the list showed that a web hook should have told of, since web hooks are heard.
        sweeps: how often the list was read to its end.
    """

    def __init__(
        self,
        client: Client,
        *,
        account: AccountId,
        type: str,
        since: datetime.date | None,
        cursor: Cursor,
        options: CallOptions,
    ) -> None:
        """Note what to follow. Nothing is sent before it is iterated."""
        self._client = client
        self._account = account
        self._type = type
        self._since = since
        self._cursor = cursor
        self._options = options
        # Production and sandbox share a host, and may share numbers.
        self._name = f"{client.caller.server}:{account}:{type}"
        self._time = Time(client.caller.waiting)
        self._day = ServerDay()
        self._look: Look[InvoiceListItem] | None = None
        self._page: Page[InvoiceListItem] | None = None
        self._next = -math.inf
        self._failures = 0
        self._ready: deque[tuple[InvoiceListItem | Invoice, Literal["sweep", "hook"]]] = deque()
        self._told: dict[int, Told] = {}
        self._last: Told | None = None
        self._heard: dict[int, InvoiceEvent] = {}
        self._news = anyio.Event()
        self._hooked = False
        self.silent: int = 0
        self.sweeps: int = 0

    def heard(self, event: InvoiceEvent) -> None:
        """Take a web hook's advice to look at an invoice at once; from the event loop that the stream is read in.

        Example:
            from b2brouter_async.webhooks import IssuedInvoiceStateChange, WebHooks

            changes = client.invoices.changes(1234)
            hooks = WebHooks("whsec_…")


            @hooks.on(IssuedInvoiceStateChange)
            async def changed(event: IssuedInvoiceStateChange) -> None:
                changes.heard(event)

        From then on the list is read every ten minutes only, until it shows a change that no web hook told of.

        Args:
            event: an event about an invoice; one of another account is passed over.
        """
        if event.account_id is not None and str(event.account_id) != str(self._account):
            return
        number = event.data.invoice_id
        if number is None:
            return
        self._hooked = True
        self._heard[number] = event
        self._news.set()

    def __aiter__(self) -> Changes:
        return self

    async def __anext__(self) -> Change:
        # Whoever gives up waiting here asks again: what was begun is gone on with then, and nothing of it is passed over.
        if self._last is not None:
            # Asking for the next one says that this one was taken.
            told = self._last
            await self._ask(self._cursor.tell, self._name, told)
            self._told[told.id] = told
            self._last = None
        while True:
            while self._ready:
                change = await self._compare(*self._ready[0])
                self._ready.popleft()
                if change is not None:
                    self._last = Told(change.id, change.state, change.at)
                    return change
            await self._advance()

    async def _advance(self) -> None:
        """Take one step: look at what a web hook told of, read a page of the list, or wait."""
        if self._heard:
            await self._look_at_heard()
        elif self._look is not None:
            try:
                await self._read_page(self._look)
            except B2BrouterError as error:
                if not passes(error):
                    raise
                self._failures += 1
                pause = _AGAIN.pause(self._failures)
                _log.warning(
                    "what has changed can't be read, and is asked for again in %g s: %s", pause, error
                )
                self._rest(pause)
        elif (left := self._next - self._time.now()) > 0:
            await self._time.pause(left, self._news)
            self._news = anyio.Event()
        else:
            if self._day.since is None:
                self._day.since = await self._ask(self._cursor.mark, self._name) or self._since
            self._look = Look(
                self._day,
                _changed_invoices(
                    self._client, self._account, self._type, self._day.first(), **self._options
                ),
            )

    async def _read_page(self, look: Look[InvoiceListItem]) -> None:
        if self._page is None:
            self._page = await look.page()
        if self._page is not None:
            ids = [row.id for row in self._page.items]
            self._told = dict(await self._ask(self._cursor.told, self._name, ids))
            self._ready.extend((row, "sweep") for row in self._page.items)
            self._page = None
            return
        # Only now is it sure that nothing before was passed over.
        mark = self._day.complete()
        forget = datetime.datetime.combine(mark, datetime.time(), datetime.UTC) - _FORGET
        await self._ask(self._cursor.move, self._name, mark, forget)
        self.sweeps += 1
        self._failures = 0
        pause = PAUSE * max(look.count, 1)
        self._rest(max(pause, _HOOKED_PAUSE) if self._hooked else pause)

    def _rest(self, pause: float) -> None:
        self._look = None
        self._next = self._time.now() + pause

    async def _look_at_heard(self) -> None:
        number, event = self._heard.popitem()
        try:
            await self._look_at(number, event)
        except anyio.get_cancelled_exc_class():
            self._heard.setdefault(number, event)
            raise

    async def _look_at(self, number: int, event: InvoiceEvent) -> None:
        self._told.update(await self._ask(self._cursor.told, self._name, [number]))
        known = self._told.get(number)
        if known is not None and _is_repeat(event, known):
            return
        try:
            invoice = await self._read(number)
        except B2BrouterError as error:
            if not passes(error) and not isinstance(error, NotFoundError):
                raise
            return  # the list will show it
        if invoice.type is None or str(invoice.type) == self._type:
            self._ready.append((invoice, "hook"))

    async def _compare(
        self, invoice: InvoiceListItem | Invoice, source: Literal["sweep", "hook"]
    ) -> Change | None:
        """Return what is to be told of an invoice as it was just read."""
        told = self._told.get(invoice.id)
        state, at = str(invoice.state), invoice.state_updated_at
        if told is not None:
            if told.state == state and (told.at == at or at is None or told.at is None):
                return None
            if at is not None and told.at is not None:
                if at < told.at:
                    return None  # read before what was told already
                if at == told.at and isinstance(invoice, InvoiceListItem):
                    # Two states at one moment: which came last, only the present can say.
                    try:
                        return await self._compare(await self._read(invoice.id), source)
                    except B2BrouterError as error:
                        if not passes(error) and not isinstance(error, NotFoundError):
                            raise
                        return None  # the next look shows it again
        if source == "sweep":
            self._count_silence(invoice.id, state, at)
        return Change(
            id=invoice.id,
            state=state,
            previous=None if told is None else told.state,
            at=at,
            invoice=invoice,
            source=source,
            key=f"{self._name}:{invoice.id}:{state}:{'' if at is None else at.isoformat()}",
        )

    async def _ask(self, ask: Callable[..., T], *arguments: object) -> T:
        # Only what may block goes into a thread.
        return ask(*arguments) if isinstance(self._cursor, MemoryCursor) else await in_thread(ask, *arguments)

    async def _read(self, number: int) -> Invoice:
        options: dict[str, Any] = {"priority": BULK, **self._options}
        return await get_invoice(self._client, number, **options)

    def _count_silence(self, number: int, state: str, at: datetime.datetime | None) -> None:
        began = self._day.began
        if not self._hooked or at is None or began is None or began - at < _SAME:
            return
        self.silent += 1
        self._hooked = False
        _log.warning("a web hook is silent: invoice %d is %s, and none told of it", number, state)


def follow(
    client: Client,
    *,
    account: AccountId | None,
    type: InvoiceType | str,
    since: datetime.date | None,
    cursor: Cursor | str | os.PathLike[str] | None,
    options: CallOptions,
) -> Changes:
    """Return the stream of an account's changes. See `Invoices.changes`."""
    if cursor is None:
        cursor = MemoryCursor()
    elif isinstance(cursor, (str, os.PathLike)):
        cursor = SQLiteCursor(cursor)
    elif not hasattr(cursor, "mark"):
        raise ArgumentError(
            f"pass a path, or a cursor like SQLiteCursor, not {cursor.__class__.__name__}", argument="cursor"
        )
    return Changes(
        client,
        account=client.caller.account_or_default(account),
        type=str(type),
        since=since,
        cursor=cursor,
        options=options,
    )


def _is_repeat(event: InvoiceEvent, told: Told) -> bool:
    """Tell whether an event tells what was told: the same state within a minute."""
    if event.triggered_at is None or told.at is None or str(event.data.state) != told.state:
        return False
    return abs(event.triggered_at - told.at.timestamp()) <= _SAME.total_seconds()

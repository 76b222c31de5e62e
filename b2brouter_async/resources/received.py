"""Received invoices: fetched, handed to your handler, and acknowledged only when it has returned (behaviour 11)."""

from __future__ import annotations

import logging
import os
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, TypeAlias, Unpack

import anyio
from attrs import define, field, frozen

from .._core.callbacks import call_either, check_called
from .._core.files import check_kept
from .._core.operation import CallOptions, Resource
from .._inbox.sqlite import SQLiteInbox
from .._inbox.worker import Postponed, Work, Worker, in_thread
from .._reconcile.listing import RECEIVED
from ..errors import ArgumentError, B2BrouterError, ClientClosedError, NotFoundError, UnprocessableError
from ..limiter import BULK
from .invoices import Invoices

if TYPE_CHECKING:
    import datetime

    from .._core.downloads import Download
    from .._core.operation import Caller
    from .._core.pagination import Pager
    from .._core.requests import AccountId
    from .._inbox.store import Inbox, Item
    from .._inbox.worker import Note
    from ..generated.models.invoice import Invoice
    from ..generated.models.invoice_list_item import InvoiceListItem

_DEFAULT_FILE = "b2brouter-received.sqlite"
# Longer than anybody asks `missed` about: what is forgotten would count as missed.
_KEEP = 10 * 365 * 86_400.0
_HANDLED = "handled"
_log = logging.getLogger("b2brouter_async.received")

Store: TypeAlias = "Inbox | str | os.PathLike[str] | None"


@frozen(kw_only=True)
class ReceivedDocument:
    """A received invoice as it is handed to a handler.

    Example:
        async def book(document: ReceivedDocument) -> None:
            print(document.key, document.invoice.number, document.kind)


        await client.received.process(book, account=1234)

    Attributes:
        key: the same for every try of this invoice, and for no other: note it in the transaction that acts on it.
        invoice: the invoice as the server reads it.
        original: the document as it was sent; bytes that nobody has parsed.
        kind: what `original` is: `original`, or `legal` where there is no original; None where there is neither.
        problem: why there is no document.
        same_number: ids of other received invoices of the same supplier with the same number. They are no reason to
            drop this one: some suppliers number anew each year.
        tries: how often it was handed over, this time included.
    """

    key: str
    invoice: Invoice
    original: Download | None = field(repr=False)
    kind: str | None
    problem: str | None
    same_number: tuple[int, ...]
    tries: int

    @property
    def id(self) -> int:
        """The invoice's id."""
        return self.invoice.id


Handler: TypeAlias = Callable[[ReceivedDocument], Awaitable[object] | object]
"""Handles a received invoice; a coroutine function runs in the event loop, any other function in a thread."""


@frozen(kw_only=True)
class DeadInvoice:
    """A received invoice that was set aside. It stays unacknowledged on the server.

    Example:
        for one in await client.received.dead(account=1234):
            print(one.id, one.tries, one.problem)

    Attributes:
        id: the invoice's id.
        key: the key that its handler saw.
        tries: how often it was handed over.
        problem: why the last try failed.
    """

    id: int
    key: str
    tries: int
    problem: str | None


@define(kw_only=True)
class Processed:
    """What `process` did.

    Attributes:
        handled: how many invoices were handled and acknowledged.
        failed: how many tries failed and will be made again.
        dead: how many invoices were set aside in this time.
        waiting: how many invoices wait for their next try, or are with another worker.
    """

    handled: int = 0
    failed: int = 0
    dead: int = 0
    waiting: int = 0


class Received(Resource):
    """The received invoices of an account.

    Example:
        async for invoice in client.received.pending(account=1234):
            print(invoice.number)

    Where a method takes a `store`, it is the SQLite file (or `Inbox`) that knows what was handled: the same for every
    worker of the account. Left out, it is `b2brouter-received.sqlite` in the current folder.
    """

    __slots__ = ("_environment", "_stores")

    def __init__(self, caller: Caller, environment: str = "") -> None:
        """Bind to a client.

        Args:
            caller: what sends the requests.
            environment: goes into the keys, so that a store may serve several.
        """
        super().__init__(caller)
        self._environment = environment
        self._stores: dict[str, SQLiteInbox] = {}

    def pending(
        self,
        account: AccountId | None = None,
        *,
        limit: int | None = None,
        **options: Unpack[CallOptions],
    ) -> Pager[InvoiceListItem]:
        """List the invoices that nobody has acknowledged: the queue.

        Example:
            waiting = [invoice async for invoice in client.received.pending(account=1234)]

        Acknowledging one takes it out of the list and moves the rest forward: read the list to its end first.

        Args:
            account: Id of the account; the client's own where it is left out.
            limit: rows per page.
            options: see `CallOptions`.
        """
        return self._invoices.pending(account, limit=limit, **options)

    def all(
        self,
        account: AccountId | None = None,
        *,
        limit: int | None = None,
        date_from: datetime.date | str | None = None,
        date_to: datetime.date | str | None = None,
        state_updated_at_from: datetime.date | str | None = None,
        **options: Unpack[CallOptions],
    ) -> Pager[InvoiceListItem]:
        """List all received invoices, acknowledged or not; it acknowledges none.

        Example:
            async for invoice in client.received.all(account=1234, date_from="2026-10-01"):
                print(invoice.number, invoice.state)

        Args:
            account: Id of the account; the client's own where it is left out.
            limit: rows per page.
            date_from: first day of issue, not of arrival (behaviour 13).
            date_to: last day of issue.
            state_updated_at_from: only those whose state changed on this day or later.
            options: see `CallOptions`.
        """
        return self._invoices.list_received(
            account,
            limit=limit,
            date_from=date_from,
            date_to=date_to,
            state_updated_at_from=state_updated_at_from,
            **options,
        )

    async def process(
        self,
        handler: Handler,
        *,
        account: AccountId | None = None,
        store: Store = None,
        work: Work | None = None,
        every: float | None = None,
        failed: Callable[[DeadInvoice, Exception, bool], object] | None = None,
        **options: Unpack[CallOptions],
    ) -> Processed:
        """Hand every pending invoice to a handler, with its original, and acknowledge it when the handler returns.

        Example:
            async def book(document: ReceivedDocument) -> None:
                print(document.invoice.number, document.original)


            done = await client.received.process(book, account=1234, store="received.sqlite")
            print(done.handled, done.failed)

        An invoice whose handler fails stays in the queue, is tried again after a growing pause, and after so many
        tries is set aside: `dead` lists it, `retry` tries it again. It is never acknowledged unhandled.

        The handler sees an invoice at least once: a process may die between its commit and our note. Any number of
        workers may share a store; each invoice is leased to one of them.

        Args:
            handler: takes a `ReceivedDocument`; when it returns, the invoice is handled.
            account: Id of the account; the client's own where it is left out.
            store: knows what was handled.
            work: how patiently; `attempts` is the number of tries.
            every: seconds between two looks at the queue, for ever; left out, one look, and what is due is worked off.
            failed: told of each failure, the error, and whether the invoice was set aside.
            options: see `CallOptions`; they hold for each request. Without a priority other calls pass these.

        Returns:
            What was done, where `every` is left out.

        Raises:
            APIStatusError: the queue can't be read.
            InboxError: the store can't be read.
            ArgumentError: `every` is not above 0, or the handler or the store is none.
            ConfigurationError: the store is a database in memory.
        """
        if every is not None and not every > 0:
            raise ArgumentError(f"{every} seconds is no pause", argument="every")
        if not callable(handler):
            # As a failure of each invoice it would set all of them aside.
            raise ArgumentError(f"pass a function, not {type(handler).__name__}", argument="handler")
        check_called(failed, "failed")
        options.setdefault("priority", BULK)
        run = _Run(
            invoices=self._invoices,
            account=str(self.caller.account_or_default(account)),
            environment=self._environment,
            inbox=self._store(store),
            handler=handler,
            work=work or Work(),
            options=options,
            failed=failed,
        )
        while True:
            try:
                await run.once()
            except B2BrouterError as error:
                if every is None or error.retry != "later":
                    raise
                _log.warning("the queue can't be read, and is looked at again: %s", error)
            if every is None:
                return run.processed
            await anyio.sleep(every)

    async def dead(self, account: AccountId | None = None, *, store: Store = None) -> list[DeadInvoice]:
        """Return the invoices that were set aside after their last try.

        Example:
            for one in await client.received.dead(account=1234, store="received.sqlite"):
                print(one.id, one.problem)

        Args:
            account: Id of the account; the client's own where it is left out.
            store: knows them.
        """
        queue = self._queue(account)
        return [_dead(item) for item in await in_thread(self._store(store).dead, queue)]

    async def retry(self, invoice_id: int, *, account: AccountId | None = None, store: Store = None) -> bool:
        """Let an invoice that was set aside be tried again by the next `process`; False if it was not set aside.

        Example:
            again = await client.received.retry(5, account=1234, store="received.sqlite")

        Args:
            invoice_id: Id of the invoice.
            account: Id of the account; the client's own where it is left out.
            store: knows it.
        """
        queue = self._queue(account)
        return await in_thread(self._store(store).retry, queue, f"{queue}:{invoice_id}")

    async def missed(
        self,
        since: datetime.date,
        *,
        account: AccountId | None = None,
        store: Store = None,
        **options: Unpack[CallOptions],
    ) -> list[InvoiceListItem]:
        """Return received invoices that somebody else has acknowledged, and that were not handled here.

        Example:
            lost = await client.received.missed(datetime.date(2026, 11, 1), account=1234)

        Those never come up in the queue. They may have been handled by another program, or lost by it.

        Args:
            since: the first day; those whose state has changed on it or later are looked at.
            account: Id of the account; the client's own where it is left out.
            store: knows what was handled here; it must be as old.
            options: see `CallOptions`.
        """
        options.setdefault("priority", BULK)
        inbox, queue = self._store(store), self._queue(account)
        # The queue first: what arrives between the two lists is in neither, instead of counting as missed.
        pending = {row.id async for row in self.pending(account, **options)}
        found: list[InvoiceListItem] = []
        async for row in self.all(account, state_updated_at_from=since, **options):
            known = row.id in pending or await in_thread(inbox.finished, queue, f"{queue}:{row.id}")
            if not known:
                found.append(row)
        still = {row.id async for row in self.pending(account, **options)} if found else set[int]()
        return [row for row in found if row.id not in still]

    async def ack(self, invoice_id: int, **options: Unpack[CallOptions]) -> None:
        """Acknowledge an invoice: it leaves the queue. Doing it twice changes nothing.

        Example:
            await client.received.ack(5)

        Args:
            invoice_id: Id of the invoice.
            options: see `CallOptions`.
        """
        await self._invoices.ack(invoice_id, **options)

    async def refuse(
        self,
        invoice_id: int,
        reason: str,
        reason_code: str | None = None,
        *,
        commit: str | None = None,
        **options: Unpack[CallOptions],
    ) -> Invoice | None:
        """Refuse an invoice.

        Example:
            await client.received.refuse(5, "The order number is missing")

        Args:
            invoice_id: Id of the invoice.
            reason: what the supplier is told.
            reason_code: a structured reason, for example a French refusal code.
            commit: how the supplier is told; only `with_mail` is known.
            options: see `CallOptions`.

        Raises:
            ArgumentError: there is no reason.
        """
        if not reason:
            raise ArgumentError("say why; the supplier is told", argument="reason")
        return await self._invoices.mark_as(
            invoice_id,
            state="refused",
            reason=reason,
            reason_code=reason_code,
            commit=commit,
            type=RECEIVED,
            **options,
        )

    async def mark_paid(self, invoice_id: int, **options: Unpack[CallOptions]) -> Invoice | None:
        """Mark an invoice as paid.

        Example:
            await client.received.mark_paid(5)

        Args:
            invoice_id: Id of the invoice.
            options: see `CallOptions`.
        """
        return await self._invoices.mark_as(invoice_id, state="paid", type=RECEIVED, **options)

    @property
    def _invoices(self) -> Invoices:
        return Invoices(self.caller)

    def _store(self, store: Store) -> Inbox:
        if store is not None and not isinstance(store, (str, os.PathLike)):
            if not hasattr(store, "take"):
                raise ArgumentError(
                    f"pass a path, or an inbox like SQLiteInbox, not {type(store).__name__}", argument="store"
                )
            return store
        if store is not None:
            check_kept(store, "store", ", or take MemoryInbox() in tests")
        path = os.path.abspath(_DEFAULT_FILE if store is None else store)
        if path not in self._stores:
            self._stores[path] = SQLiteInbox(path, keep=_KEEP)
        return self._stores[path]

    def _queue(self, account: AccountId | None) -> str:
        return _queue_of(self._environment, str(self.caller.account_or_default(account)))


@define(kw_only=True)
class _Run:
    """One `process`."""

    invoices: Invoices
    account: str
    environment: str
    inbox: Inbox
    handler: Handler
    work: Work
    options: CallOptions
    failed: Callable[[DeadInvoice, Exception, bool], object] | None
    processed: Processed = field(factory=Processed)

    @property
    def queue(self) -> str:
        return _queue_of(self.environment, self.account)

    async def once(self) -> None:
        """Read the queue and work off what is due, until a look brings nothing new."""
        while True:
            new = await self._read()
            worker = Worker(self.inbox, self.queue, self._handle, self.work, self._failed)
            await worker.drain()
            if not new:
                break
        self.processed.waiting = await in_thread(self.inbox.waiting, self.queue)

    async def _read(self) -> int:
        """Put the whole queue into the store before anything is acknowledged, which would move the pages."""
        pending = [row async for row in self.invoices.pending(self.account, limit=500, **self.options)]
        new = 0
        for row in pending:
            key = f"{self.queue}:{row.id}"
            if await in_thread(self.inbox.put, self.queue, key, str(row.id).encode()):
                new += 1
            elif await in_thread(self.inbox.finished, self.queue, key):
                # Handled, and in the queue all the same: the server has forgotten the acknowledgement.
                try:
                    await self._acknowledge(row.id)
                except (Postponed, B2BrouterError) as error:
                    # It stays in the queue, and stops no other.
                    _log.warning("received invoice %d can't be acknowledged again yet: %s", row.id, error)
        return new

    async def _handle(self, item: Item, note: Note) -> None:
        number = int(item.key.rpartition(":")[2])
        if item.note != _HANDLED:
            document = await self._fetch(number, item)
            await call_either(self.handler, document)
            if not await note(_HANDLED):
                return  # another worker has it; it acknowledges
        await self._acknowledge(number)
        self.processed.handled += 1

    async def _acknowledge(self, number: int) -> None:
        try:
            await self.invoices.ack(number, **self.options)
        except NotFoundError:
            pass  # deleted meanwhile: there is nothing left to acknowledge
        except B2BrouterError as error:
            raise _postponed(error) from error

    async def _fetch(self, number: int, item: Item) -> ReceivedDocument:
        try:
            invoice = await self.invoices.get(number, **self.options)
            original, kind, problem = await self._original(number)
            same = await self._same_number(invoice)
        except B2BrouterError as error:
            raise _postponed(error) from error
        return ReceivedDocument(
            key=item.key,
            invoice=invoice,
            original=original,
            kind=kind,
            problem=problem,
            same_number=same,
            tries=item.tries,
        )

    async def _original(self, number: int) -> tuple[Download | None, str | None, str | None]:
        problems: list[str] = []
        for kind in ("original", "legal"):
            try:
                return await self.invoices.download(number, kind, **self.options), kind, None
            except (NotFoundError, UnprocessableError) as error:
                problems.append(f"{kind}: {error.problem}")
        return None, None, "; ".join(problems)

    async def _same_number(self, invoice: Invoice) -> tuple[int, ...]:
        if not (invoice.number or "").strip():
            return ()
        others = await self.invoices.find_all_by_number(
            str(invoice.number), account=self.account, type=RECEIVED, **self.options
        )
        return tuple(row.id for row in others if row.id != invoice.id and _same_supplier(row, invoice))

    def _failed(self, item: Item, error: Exception, dead: bool) -> None:
        if dead:
            self.processed.dead += 1
        else:
            self.processed.failed += 1
        about = _dead(item)
        # What the handler said may hold what stands in the invoice.
        _log.error(
            "received invoice %d failed with %s on try %d of %d%s",
            about.id,
            type(error).__name__,
            item.tries,
            self.work.attempts,
            "; it was set aside" if dead else "",
        )
        if self.failed is not None:
            try:
                self.failed(about, error, dead)
            except Exception as problem:
                _log.error("failed: %s", type(problem).__name__)


def _queue_of(environment: str, account: str) -> str:
    return f"received:{environment}:{account}"


def _dead(item: Item) -> DeadInvoice:
    return DeadInvoice(
        id=int(item.key.rpartition(":")[2]), key=item.key, tries=item.tries, problem=item.problem
    )


def _postponed(error: B2BrouterError) -> Exception:
    """Return what a failed request makes of a try: an outage must not set the whole queue aside."""
    passes = error.retry == "later" or isinstance(error, ClientClosedError)
    return Postponed(error) if passes else error


def _same_supplier(row: InvoiceListItem, invoice: Invoice) -> bool:
    one, other = row.contact, invoice.contact
    if one is None or other is None:
        return True
    for mine, theirs in (
        (one.id, other.id),
        (one.tin_value, other.tin_value),
        (one.cin_value, other.cin_value),
    ):
        if mine is not None and theirs is not None:
            return mine == theirs
    return one.name == other.name

"""Received invoices: fetched, handed to your handler, and acknowledged only when it has returned (behaviour 11)."""

from __future__ import annotations

import logging
import os
from typing import TYPE_CHECKING, TypeAlias, Unpack

import anyio

from .._core.operation import CallOptions, Resource
from .._reconcile.listing import RECEIVED
from ..errors import ArgumentError, B2BrouterError
from ..limiter import BULK
from .invoices import Invoices

if TYPE_CHECKING:
    import datetime
    from collections.abc import Callable

    from .._core.operation import Caller
    from .._core.pagination import Pager
    from .._core.requests import AccountId
    from .._inbox.sqlite import SQLiteInbox
    from .._inbox.store import Inbox
    from .._inbox.worker import Work
    from ..generated.models.invoice import Invoice
    from ..generated.models.invoice_list_item import InvoiceListItem
    from .processing import DeadInvoice, Handler, Processed

_DEFAULT_FILE = "b2brouter-received.sqlite"
# Longer than anybody asks `missed` about: what is forgotten would count as missed.
_KEEP = 10 * 365 * 86_400.0
_log = logging.getLogger("b2brouter_async.received")

Store: TypeAlias = "Inbox | str | os.PathLike[str] | None"


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
        from .._core.callbacks import check_called
        from .._inbox.worker import Work
        from .processing import Run

        check_called(failed, "failed")
        options.setdefault("priority", BULK)
        run = Run(
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
        from .._inbox.worker import in_thread
        from .processing import dead_invoice

        queue = self._queue(account)
        return [dead_invoice(item) for item in await in_thread(self._store(store).dead, queue)]

    async def retry(self, invoice_id: int, *, account: AccountId | None = None, store: Store = None) -> bool:
        """Let an invoice that was set aside be tried again by the next `process`; False if it was not set aside.

        Example:
            again = await client.received.retry(5, account=1234, store="received.sqlite")

        Args:
            invoice_id: Id of the invoice.
            account: Id of the account; the client's own where it is left out.
            store: knows it.
        """
        from .._inbox.worker import in_thread

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
        from .._inbox.worker import in_thread

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
            from .._core.files import check_kept

            check_kept(store, "store", ", or take MemoryInbox() in tests")
        path = os.path.abspath(_DEFAULT_FILE if store is None else store)
        if path not in self._stores:
            from .._inbox.sqlite import SQLiteInbox

            self._stores[path] = SQLiteInbox(path, keep=_KEEP)
        return self._stores[path]

    def _queue(self, account: AccountId | None) -> str:
        from .processing import queue_of

        return queue_of(self._environment, str(self.caller.account_or_default(account)))

"""Received invoices worked off: each handed to a handler, and acknowledged only when it has returned (behaviour 11).

Loaded when somebody does so: whoever only reads or refuses received invoices needs no inbox.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, TypeAlias

from attrs import define, field, frozen

from .._core.callbacks import call_either
from .._inbox.worker import Postponed, Work, Worker, in_thread
from .._reconcile.listing import RECEIVED
from ..errors import B2BrouterError, ClientClosedError, NotFoundError, UnprocessableError

if TYPE_CHECKING:
    from .._core.downloads import Download
    from .._core.operation import CallOptions
    from .._inbox.store import Inbox, Item
    from .._inbox.worker import Note
    from ..generated.models.invoice import Invoice
    from ..generated.models.invoice_list_item import InvoiceListItem
    from .invoices import Invoices

_HANDLED = "handled"
_log = logging.getLogger("b2brouter_async.received")


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


@define(kw_only=True)
class Run:
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
        """The name under which the inbox keeps them."""
        return queue_of(self.environment, self.account)

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
        about = dead_invoice(item)
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


def queue_of(environment: str, account: str) -> str:
    """Return the name under which an inbox keeps the invoices of an account."""
    return f"received:{environment}:{account}"


def dead_invoice(item: Item) -> DeadInvoice:
    """Return what an inbox has set aside."""
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

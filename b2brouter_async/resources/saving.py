"""Saving invoices' files: one, or all of a month, resumable."""

from __future__ import annotations

import calendar
import datetime
import re
from collections.abc import AsyncIterable, Callable, Iterable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

import anyio
import anyio.to_thread
from attrs import field, frozen

from .._core.callbacks import check_called
from .._files.folder import Folder, save_once
from .._files.names import Pattern
from .._inbox.worker import in_thread
from .._reconcile.listing import ISSUED, RECEIVED, all_of
from ..errors import (
    ArgumentError,
    NotAcceptableError,
    NotFoundError,
    ResponseTooLargeError,
    ServerError,
    UnprocessableError,
)
from ..generated.api.invoices.download import download
from ..generated.api.invoices.get import get as get_invoice
from ..generated.api.invoices.list_ import list as list_invoices
from ..limiter import BULK

if TYPE_CHECKING:
    import os

    from .._core.operation import CallOptions, Client
    from .._core.requests import AccountId
    from ..errors import Retry
    from ..generated.models.invoice import Invoice
    from ..generated.models.invoice_list_item import InvoiceListItem

_OF_THE_ONE = (NotFoundError, NotAcceptableError, UnprocessableError, ServerError, ResponseTooLargeError)
"""Errors that are about one invoice and end nothing."""

Rows: TypeAlias = "AsyncIterable[InvoiceListItem] | Iterable[Invoice | InvoiceListItem]"


@frozen(kw_only=True)
class SavedFile:
    """An invoice's file that is in the folder.

    Attributes:
        id: the invoice.
        number: its number.
        path: where the file is.
        fetched: whether it was fetched just now; False where it was there, whole.
    """

    id: int
    number: str | None
    path: Path
    fetched: bool


@frozen(kw_only=True)
class MissingFile:
    """An invoice's file that could not be had.

    Attributes:
        id: the invoice.
        number: its number.
        problem: why, in the server's words.
        retry: `later` where the same call may get it another time.
    """

    id: int
    number: str | None
    problem: str
    retry: Retry


@frozen
class SavedFiles:
    """What a call has saved.

    Example:
        saved = await client.invoices.save_all("archive", account=1234, month="2026-10")
        for one in saved.missing:
            print(one.number, one.problem)

    Attributes:
        files: the files that are in the folder now, in the order in which they came.
        missing: those that could not be had.
    """

    files: list[SavedFile] = field(factory=list[SavedFile])
    missing: list[MissingFile] = field(factory=list[MissingFile])

    @property
    def fetched(self) -> int:
        """How many were fetched just now."""
        return sum(file.fetched for file in self.files)

    @property
    def there(self) -> int:
        """How many were there already."""
        return len(self.files) - self.fetched


def days_of(month: str | datetime.date) -> tuple[datetime.date, datetime.date]:
    """Return the first and the last day of a month.

    Args:
        month: `2026-10`, or a day in it.

    Raises:
        ArgumentError: it is none.
    """
    if isinstance(month, datetime.date):
        year, number = month.year, month.month
    else:
        found = re.fullmatch(r"(\d{4})-(\d{1,2})", month.strip(), re.ASCII)
        year, number = (int(found[1]), int(found[2])) if found else (0, 0)
        if not 1 <= number <= 12 or year < 1:
            raise ArgumentError(f"{month!r} is no month; write it as 2026-10", argument="month")
    return datetime.date(year, number, 1), datetime.date(year, number, calendar.monthrange(year, number)[1])


async def save_one(
    client: Client,
    invoice: int | Invoice | InvoiceListItem,
    folder: str | os.PathLike[str],
    document_type_code: str,
    pattern: str,
    options: CallOptions,
) -> Path:
    """Save one file of an invoice. See `Invoices.save`."""
    naming = Pattern.parse(pattern)
    about = await get_invoice(client, invoice, **options) if isinstance(invoice, int) else invoice
    file = await download(client, about.id, document_type_code, **options)
    extension = file.extension
    return await anyio.to_thread.run_sync(
        save_once, Path(folder), naming.path(about), extension, about.id, file.content
    )


async def save_many(
    client: Client,
    folder: str | os.PathLike[str],
    *,
    account: AccountId | None,
    invoices: Rows | None,
    month: str | datetime.date | None,
    date_from: datetime.date | str | None,
    date_to: datetime.date | str | None,
    received: bool,
    document_type_code: str | None,
    pattern: str,
    concurrency: int,
    each: Callable[[SavedFile | MissingFile], object] | None,
    options: CallOptions,
) -> SavedFiles:
    """Save the files of many invoices. See `Invoices.save_all`."""
    naming = Pattern.parse(pattern)
    if concurrency < 1:
        raise ArgumentError(f"{concurrency} files at once are none", argument="concurrency")
    check_called(each, "each")
    days = [date_from, date_to]
    if month is not None:
        if date_from is not None or date_to is not None:
            raise ArgumentError("it says the days already; leave date_from and date_to out", argument="month")
        days = [*days_of(month)]
    if invoices is not None and (received or any(day is not None for day in days)):
        raise ArgumentError(
            "they say which files already; leave received and the days out", argument="invoices"
        )
    if invoices is None and not any(day is not None for day in days):
        raise ArgumentError('say which: month="2026-10", days, or invoices=…', argument="month")
    options.setdefault("priority", BULK)
    code = document_type_code or ("original" if received else "pdf.invoice")
    rows: Rows = invoices if invoices is not None else list_invoices(
        client,
        account,
        date_from=days[0],
        date_to=days[1],
        limit=500,
        **all_of(RECEIVED if received else ISSUED),
        **options,
    )  # fmt: skip
    opened = await in_thread(Folder(Path(folder), client.caller.server).open)
    try:
        # All of them first: while files are fetched, lists move.
        listed: list[Invoice | InvoiceListItem] = []
        if isinstance(rows, AsyncIterable):
            async for row in rows:
                listed.append(row)
        else:
            listed.extend(rows)
        run = _Run(client, opened, naming, code, each, options, listed)
        return await run.all(concurrency)
    finally:
        with anyio.CancelScope(shield=True):
            await in_thread(opened.close)


@frozen
class _Run:
    """One `save_all`."""

    client: Client
    folder: Folder
    naming: Pattern
    code: str
    each: Callable[[SavedFile | MissingFile], object] | None
    options: CallOptions
    waiting: list[Invoice | InvoiceListItem]
    saved: SavedFiles = field(factory=SavedFiles)
    failed: list[Exception] = field(factory=list[Exception])

    async def all(self, concurrency: int) -> SavedFiles:
        self.waiting.reverse()
        async with anyio.create_task_group() as tasks:
            for _ in range(min(concurrency, len(self.waiting))):
                tasks.start_soon(self._work, tasks.cancel_scope)
        if self.failed:
            raise self.failed[0]
        return self.saved

    async def _work(self, scope: anyio.CancelScope) -> None:
        try:
            while self.waiting:
                self._tell(await self._one(self.waiting.pop()))
        except Exception as error:
            # Out of a group it would come as a group of errors.
            self.failed.append(error)
            scope.cancel()

    async def _one(self, row: Invoice | InvoiceListItem) -> SavedFile | MissingFile:
        there = await in_thread(self.folder.whole, row.id, self.code)
        if there is not None:
            return SavedFile(id=row.id, number=row.number, path=there, fetched=False)
        try:
            file = await download(self.client, row.id, self.code, **self.options)
        except _OF_THE_ONE as error:
            # A file that isn't there may still be made (behaviour 33).
            retry: Retry = "later" if isinstance(error, NotFoundError) else error.retry
            return MissingFile(id=row.id, number=row.number, problem=error.problem, retry=retry)
        put = partial(self.folder.put, row.id, self.code, self.naming.path(row), file.extension, file.content)
        return SavedFile(id=row.id, number=row.number, path=await in_thread(put), fetched=True)

    def _tell(self, what: SavedFile | MissingFile) -> None:
        if isinstance(what, SavedFile):
            self.saved.files.append(what)
        else:
            self.saved.missing.append(what)
        if self.each is not None:
            self.each(what)

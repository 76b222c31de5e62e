"""The invoices whose state has changed since a moment, each once."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING, Self

from ..errors import ArgumentError, UnparsableReplyError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from .._core.pagination import Page, Pager
    from ..generated.models.invoice_list_item import InvoiceListItem

_FIRST_ON_EARTH = datetime.timezone(datetime.timedelta(hours=14))
_READINGS = 3


def first_moment(moment: datetime.date) -> datetime.datetime:
    """Return the moment itself, or the one at which a day begins first on earth.

    Raises:
        ArgumentError: it is none, or a `datetime` without a time zone.
    """
    if not isinstance(moment, datetime.date):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise ArgumentError(
            f"pass a date, or a date-time with a time zone, not {type(moment).__name__}", argument="moment"
        )
    if isinstance(moment, datetime.datetime):
        if moment.tzinfo is None:
            raise ArgumentError("a date-time needs a time zone, for example datetime.UTC", argument="moment")
        # The server may write whole seconds.
        return moment.astimezone(datetime.UTC).replace(microsecond=0)
    start = datetime.datetime.combine(moment, datetime.time(), _FIRST_ON_EARTH)
    return start.astimezone(datetime.UTC)


class ChangedInvoices:
    """What has changed, for `async for`. Each iteration asks anew.

    Where rows have moved while pages were read (behaviour 12), so that the server counts more than it gave, the list is
    read again, and only what is new of it is given.
    """

    def __init__(self, rows: Callable[[], Pager[InvoiceListItem]], first: datetime.datetime) -> None:
        """Note what to ask for; nothing is sent.

        Args:
            rows: returns the list, from its beginning.
            first: what changed before is passed over.
        """
        self._rows = rows
        self._first = first

    def __aiter__(self) -> AsyncIterator[InvoiceListItem]:
        return _Iterator(self._rows, self._first)


class _Iterator:
    def __init__(self, rows: Callable[[], Pager[InvoiceListItem]], first: datetime.datetime) -> None:
        self._rows = rows
        self._first = first
        self._given: set[int] = set()
        self._ready: list[InvoiceListItem] = []
        self._pages: AsyncIterator[Page[InvoiceListItem]] | None = None
        self._seen: set[int] = set()
        self._counted = 0
        self._reading = 0
        self._over = False

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> InvoiceListItem:
        while not self._ready:
            if self._over:
                raise StopAsyncIteration
            await self._read_on()
        row = self._ready.pop()
        self._given.add(row.id)
        return row

    async def _read_on(self) -> None:
        if self._pages is None:
            self._pages = self._rows().pages()
            self._reading += 1
            self._seen, self._counted = set(), 0
        page = await anext(self._pages, None)
        if page is not None:
            self._counted = max(self._counted, page.total_count or 0)
            self._seen |= {row.id for row in page.items}
            fresh = [row for row in page.items if row.id not in self._given and self._is_new(row)]
            self._ready = fresh[::-1]
            return
        self._pages = None
        if len(self._seen) >= self._counted:
            self._over = True
        elif self._reading == _READINGS:
            self._over = True
            raise UnparsableReplyError(f"the list gave {len(self._seen)} of {self._counted} rows")

    def _is_new(self, row: InvoiceListItem) -> bool:
        # What doesn't say when it changed is given: better once too often than never.
        return row.state_updated_at is None or row.state_updated_at >= self._first

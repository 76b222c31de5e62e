"""What is asked of the server about one account's invoices."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import field, frozen

from .._core.operation import CallOptions
from .._core.pagination import Pager
from .._core.replies import date_of
from ..errors import APIStatusError, UnparsableReplyError
from ..generated.api.invoices import download, get, list_
from .listing import all_of, plain_number, spellings

if TYPE_CHECKING:
    import datetime
    from collections.abc import Callable

    from .._core.operation import Caller
    from .._core.pagination import Page
    from .._core.replies import Reply
    from .._core.requests import AccountId
    from ..generated.models.invoice import Invoice
    from ..generated.models.invoice_list_item import InvoiceListItem


@frozen
class Numbered:
    """The invoices with a number."""

    rows: list[InvoiceListItem]
    at: datetime.datetime | None
    """When the server said so, by its own clock; None where it doesn't tell."""


def _no_end() -> float | None:
    return None


@frozen
class Queries:
    """One account's invoices on the server, to be looked at."""

    caller: Caller
    account: AccountId
    options: CallOptions = field(factory=lambda: CallOptions())
    left: Callable[[], float | None] = _no_end
    """Seconds that are left for asking; None is no end."""

    async def numbered(self, number: str, kind: str) -> Numbered:
        """Return every invoice of a type with this number, but for space around it and the form of its accents.

        Raises:
            UnparsableReplyError: the server gave fewer rows than it counts, so that a row may have been missed.
        """
        found: dict[int, InvoiceListItem] = {}
        at: datetime.datetime | None = None

        def parse(reply: Reply) -> Page[InvoiceListItem]:
            nonlocal at
            at = date_of(reply) or at
            return list_.OPERATION.parse(reply)

        operation = list_.OPERATION.read_by(parse)
        for spelled in spellings(number):
            request = list_.OPERATION.request(account=self.account, number=spelled, **all_of(kind))
            seen = counted = 0
            async for page in Pager(self.caller, operation, request, self._options()).pages():
                seen += len(page)
                # The most it ever said: where rows go while pages are read, others move up and are passed over.
                counted = max(counted, page.total_count or 0)
                # The filter takes the beginning of a number for the whole (behaviour 14).
                found |= {
                    row.id: row for row in page.items if plain_number(row.number) == plain_number(number)
                }
            if seen < counted:
                raise UnparsableReplyError(f"the list gave {seen} of {counted} rows")
        # That which is spelled the same comes first.
        return Numbered(sorted(found.values(), key=lambda row: row.number != number), at)

    async def get(self, invoice_id: int, *, lines: bool = False) -> Invoice:
        """Return an invoice."""
        request = get.OPERATION.request(invoice_id=invoice_id, include="lines" if lines else None)
        return await self.caller.call(get.OPERATION, request, self._options())

    async def original(self, invoice_id: int) -> bytes | None:
        """Return the file that an invoice was imported from; None where there is none (yet)."""
        request = download.OPERATION.request(invoice_id=invoice_id, document_type_code="original")
        try:
            return (await self.caller.call(download.OPERATION, request, self._options())).content
        except APIStatusError as error:
            if error.status not in (404, 406, 422):
                raise
            return None

    def _options(self) -> CallOptions:
        left = self.left()
        return self.options if left is None else {**self.options, "deadline": left}

"""The few calls a run makes, each at the priority of bulk work."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from attrs import evolve, frozen

from .._core.pagination import Pager
from ..errors import UnparsableReplyError
from ..generated.api.accounts import get as get_account
from ..generated.api.invoices import download, get, list_, send
from ..limiter import BULK

if TYPE_CHECKING:
    from .._core.operation import Caller, CallOptions, Operation
    from .._core.replies import Reply
    from .._core.requests import AccountId, Request
    from ..generated.models.account import Account
    from ..generated.models.invoice import Invoice
    from ..generated.models.invoice_list_item import InvoiceListItem
    from .outcome import Summary

_ONCE: CallOptions = {"priority": BULK, "max_attempts": 1}
"""Writes are repeated by the run alone, which keeps the journal."""
_PATIENTLY: CallOptions = {"priority": BULK}


@frozen
class Api:
    """One account, as a run sees it."""

    caller: Caller
    account_id: AccountId
    summary: Summary

    async def account(self) -> Account:
        """Return the account."""
        request = get_account.OPERATION.request(account=self.account_id)
        return await self.caller.call(get_account.OPERATION, request, _PATIENTLY)

    async def create(self, operation: Operation[Any], request: Request) -> tuple[Invoice, str | None]:
        """Send a document once; return the invoice and the server's id of the request."""
        self.summary.requests += 1

        def parse(reply: Reply) -> tuple[Invoice, str | None]:
            return operation.parse(reply), reply.request_id

        return await self.caller.call(evolve(operation, parse=parse), request, _ONCE)

    async def send(self, invoice_id: int) -> Invoice | None:
        """Ask once to send an invoice; return it where the reply shows it."""
        self.summary.requests += 1
        result = await self.caller.call(send.OPERATION, send.OPERATION.request(invoice_id=invoice_id), _ONCE)
        return None if result is None else result.invoice

    async def get(self, invoice_id: int, *, lines: bool = False) -> Invoice:
        """Return an invoice."""
        request = get.OPERATION.request(invoice_id=invoice_id, include="lines" if lines else None)
        return await self.caller.call(get.OPERATION, request, _PATIENTLY)

    async def original(self, invoice_id: int) -> bytes:
        """Return the file that an invoice was imported from."""
        request = download.OPERATION.request(invoice_id=invoice_id, document_type_code="original")
        return (await self.caller.call(download.OPERATION, request, _PATIENTLY)).content

    async def numbered(self, number: str, kind: str) -> list[InvoiceListItem]:
        """Return every invoice of a kind with exactly this number.

        Raises:
            UnparsableReplyError: the server gave fewer rows than it counts, so that a row may have been missed.
        """
        self.summary.looks += 1
        request = list_.OPERATION.request(
            account=self.account_id,
            type=kind,
            # Without it received invoices that were acknowledged are left out (behaviour 11).
            ack=True if kind == "ReceivedInvoice" else None,
            number=number,
        )
        found: list[InvoiceListItem] = []
        seen = 0
        counted = 0
        async for page in Pager(self.caller, list_.OPERATION, request, _PATIENTLY).pages():
            seen += len(page)
            # The most it ever said: where rows go while pages are read, others move up and are passed over.
            counted = max(counted, page.total_count or 0)
            # The filter takes the beginning of a number for the whole (behaviour 14).
            found += [row for row in page.items if row.number == number]
        if seen < counted:
            raise UnparsableReplyError(f"the list gave {seen} of {counted} rows")
        return found

    def changed_since(self, day: str, kind: str) -> Pager[InvoiceListItem]:
        """Return the invoices of a kind whose state changed since a day (behaviour 13)."""
        request = list_.OPERATION.request(
            account=self.account_id,
            type=kind,
            ack=True if kind == "ReceivedInvoice" else None,
            state_updated_at_from=day,
        )
        return Pager(self.caller, list_.OPERATION, request, _PATIENTLY)

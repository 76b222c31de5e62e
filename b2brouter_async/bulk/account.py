"""The few calls a run makes to its account, each at the priority of bulk work."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from attrs import frozen

from .._core.pagination import Pager
from .._reconcile.listing import all_of
from .._reconcile.queries import Queries
from ..generated.api.accounts import get as get_account
from ..generated.api.invoices import list_, send
from ..limiter import BULK

if TYPE_CHECKING:
    from collections.abc import Callable

    from .._core.operation import Caller, CallOptions, Operation
    from .._core.replies import Reply
    from .._core.requests import AccountId, Request
    from ..generated.models.account import Account
    from ..generated.models.invoice import Invoice
    from ..generated.models.invoice_list_item import InvoiceListItem
    from .outcome import Summary


@frozen
class AccountCalls:
    """One account, as a run sees it."""

    caller: Caller
    account_id: AccountId
    summary: Summary
    deadline: float = 300.0
    """Seconds one attempt of a call may take: a reply that trickles would hold its place for ever."""

    @property
    def _patiently(self) -> CallOptions:
        return {"priority": BULK, "attempt_timeout": self.deadline}

    @property
    def _once(self) -> CallOptions:
        # Writes are repeated by the run alone, which keeps the journal.
        return {**self._patiently, "max_attempts": 1}

    @property
    def invoices(self) -> Queries:
        """What is asked about the account's invoices."""
        return Queries(self.caller, self.account_id, self._patiently)

    async def account(self) -> Account:
        """Return the account."""
        request = get_account.OPERATION.request(account=self.account_id)
        return await self.caller.call(get_account.OPERATION, request, self._patiently)

    async def create(
        self, operation: Operation[Any], request: Request, guard: Callable[[], None] | None = None
    ) -> tuple[Invoice, str | None]:
        """Send a document once; return the invoice and the server's id of the request.

        Args:
            operation: which.
            request: with what.
            guard: called before each step; raises where it may not be sent any more.
        """
        self.summary.requests += 1
        request = request.changed(guard=guard)

        def parse(reply: Reply) -> tuple[Invoice, str | None]:
            return operation.parse(reply), reply.request_id

        return await self.caller.call(operation.read_by(parse), request, self._once)

    async def send(self, invoice_id: int, guard: Callable[[], None] | None = None) -> Invoice | None:
        """Ask once to send an invoice; return it where the reply shows it."""
        self.summary.requests += 1
        request = send.OPERATION.request(invoice_id=invoice_id).changed(guard=guard)
        result = await self.caller.call(send.OPERATION, request, self._once)
        return None if result is None else result.invoice

    def changed_since(self, day: str, kind: str) -> Pager[InvoiceListItem]:
        """Return the invoices of a type whose state changed since a day (behaviour 13)."""
        request = list_.OPERATION.request(account=self.account_id, state_updated_at_from=day, **all_of(kind))
        return Pager(self.caller, list_.OPERATION, request, self._patiently)

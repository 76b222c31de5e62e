"""Events: list"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..._core.operation import AccountId, Options, Resource

if TYPE_CHECKING:
    import datetime
    from collections.abc import Mapping

    from ..._core.pagination import Pager
    from ..models.account_event import AccountEvent


class Events(Resource):
    """Operations on events."""

    __slots__ = ()

    def list(
        self,
        account: AccountId | None = None,
        *,
        offset: int | None = None,
        limit: int | None = None,
        invoice_id: int | None = None,
        tax_report_id: int | None = None,
        date_from: datetime.date | str | None = None,
        date_to: datetime.date | str | None = None,
        timeout: float | None = None,
        deadline: float | None = None,
        headers: Mapping[str, str] | None = None,
        priority: int | None = None,
        max_attempts: int | None = None,
    ) -> Pager[AccountEvent]:
        """List events of an account.

        Args:
            account: Id of the account; the client's own where it is left out.
            offset: Index of the first object. Server's default: 0.
            limit: Page size; values above 500 are cut to 500. Server's default: 25.
            invoice_id: Events of one invoice; name assumed.
            tax_report_id: Events of one tax report; name assumed.
            date_from: First day; name assumed.
            date_to: Last day; name assumed.
            timeout, deadline, headers, priority, max_attempts: see `Options`.

        Returns:
            A pager: await it for one page, iterate it for every item. Nothing is sent before.

        Raises:
            ArgumentError: an argument can't be sent as it is; nothing was sent.
            APIStatusError: the server refuses; a subclass for each status that matters.

        Source: GET /accounts/{account}/events, documented.
        """
        from ..._core.pagination import Pager
        from ..api.events import list_ as operation

        request = operation.build(
            self._caller.account_or_default(account),
            invoice_id=invoice_id,
            tax_report_id=tax_report_id,
            date_from=date_from,
            date_to=date_to,
        )
        options = Options(
            timeout=timeout, deadline=deadline, headers=headers, priority=priority, max_attempts=max_attempts
        )
        return Pager(self._caller, operation.OPERATION, request, options, limit=limit, offset=offset)

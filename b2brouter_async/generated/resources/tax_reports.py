"""TaxReports: list, create, get, correct, annul, download, download_response"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..._core.operation import AccountId, Download, Options, Resource

if TYPE_CHECKING:
    import datetime
    from collections.abc import Mapping

    from ..._core.pagination import Pager
    from ..models.tax_report import TaxReport
    from ..models.tax_report_input import TaxReportInput
    from ..models.tax_report_update_input import TaxReportUpdateInput


class TaxReports(Resource):
    """Operations on tax reports."""

    __slots__ = ()

    def list(
        self,
        account: AccountId | None = None,
        *,
        offset: int | None = None,
        limit: int | None = None,
        invoice_id: int | None = None,
        sent_at_from: datetime.date | str | None = None,
        sent_at_to: datetime.date | str | None = None,
        updated_at_from: datetime.date | str | None = None,
        updated_at_to: datetime.date | str | None = None,
        timeout: float | None = None,
        deadline: float | None = None,
        headers: Mapping[str, str] | None = None,
        priority: int | None = None,
        max_attempts: int | None = None,
    ) -> Pager[TaxReport]:
        """List tax reports.

        Args:
            account: Id of the account; the client's own where it is left out.
            offset: Index of the first object. Server's default: 0.
            limit: Page size; values above 500 are cut to 500. Server's default: 25.
            invoice_id: Reports of one invoice.
            sent_at_from: Sent on or after.
            sent_at_to: Sent on or before.
            updated_at_from: Changed on or after.
            updated_at_to: Changed on or before.
            timeout, deadline, headers, priority, max_attempts: see `Options`.

        Returns:
            A pager: await it for one page, iterate it for every item. Nothing is sent before.

        Raises:
            ArgumentError: an argument can't be sent as it is; nothing was sent.
            APIStatusError: the server refuses; a subclass for each status that matters.

        Source: GET /accounts/{account}/tax_reports, documented.
        """
        from ..._core.pagination import Pager
        from ..api.tax_reports import list_ as operation

        request = operation.build(
            self._caller.account_or_default(account),
            invoice_id=invoice_id,
            sent_at_from=sent_at_from,
            sent_at_to=sent_at_to,
            updated_at_from=updated_at_from,
            updated_at_to=updated_at_to,
        )
        options = Options(
            timeout=timeout, deadline=deadline, headers=headers, priority=priority, max_attempts=max_attempts
        )
        return Pager(self._caller, operation.OPERATION, request, options, limit=limit, offset=offset)

    async def create(
        self,
        account: AccountId | None = None,
        *,
        tax_report: TaxReportInput | Mapping[str, object],
        timeout: float | None = None,
        deadline: float | None = None,
        headers: Mapping[str, str] | None = None,
        priority: int | None = None,
        max_attempts: int | None = None,
    ) -> TaxReport:
        """Create a tax report.

        Args:
            account: Id of the account; the client's own where it is left out.
            tax_report: Tax report to create. For Verifactu and TicketBai the SDK also calls date, number,
                type code, description, customer, currency, amounts and breakdowns required.
            timeout, deadline, headers, priority, max_attempts: see `Options`.

        Raises:
            ArgumentError: an argument can't be sent as it is; nothing was sent.
            APIStatusError: the server refuses; a subclass for each status that matters.
            OutcomeUnknownError: it is not known whether the server carried it out (behaviour 25).

        Source: POST /accounts/{account}/tax_reports, documented.
        """
        from ..api.tax_reports import create as operation

        return await operation.call(
            self._caller,
            account,
            tax_report=tax_report,
            timeout=timeout,
            deadline=deadline,
            headers=headers,
            priority=priority,
            max_attempts=max_attempts,
        )

    async def get(
        self,
        tax_report_id: int,
        *,
        timeout: float | None = None,
        deadline: float | None = None,
        headers: Mapping[str, str] | None = None,
        priority: int | None = None,
        max_attempts: int | None = None,
    ) -> TaxReport:
        """Get a tax report.

        Args:
            tax_report_id: Id of the tax report.
            timeout, deadline, headers, priority, max_attempts: see `Options`.

        Raises:
            ArgumentError: an argument can't be sent as it is; nothing was sent.
            APIStatusError: the server refuses; a subclass for each status that matters.

        Source: GET /tax_reports/{tax_report_id}, documented.
        """
        from ..api.tax_reports import get as operation

        return await operation.call(
            self._caller,
            tax_report_id,
            timeout=timeout,
            deadline=deadline,
            headers=headers,
            priority=priority,
            max_attempts=max_attempts,
        )

    async def correct(
        self,
        tax_report_id: int,
        *,
        tax_report: TaxReportUpdateInput | Mapping[str, object],
        timeout: float | None = None,
        deadline: float | None = None,
        headers: Mapping[str, str] | None = None,
        priority: int | None = None,
        max_attempts: int | None = None,
    ) -> TaxReport:
        """Update or correct a tax report.

        A registered report is corrected by a new one with an id of its own (VeriFactu).

        Args:
            tax_report_id: Id of the tax report.
            tax_report: Fields to change or correct.
            timeout, deadline, headers, priority, max_attempts: see `Options`.

        Raises:
            ArgumentError: an argument can't be sent as it is; nothing was sent.
            APIStatusError: the server refuses; a subclass for each status that matters.
            OutcomeUnknownError: it is not known whether the server carried it out (behaviour 25).

        Source: PATCH /tax_reports/{tax_report_id}, sdk.
        """
        from ..api.tax_reports import correct as operation

        return await operation.call(
            self._caller,
            tax_report_id,
            tax_report=tax_report,
            timeout=timeout,
            deadline=deadline,
            headers=headers,
            priority=priority,
            max_attempts=max_attempts,
        )

    async def annul(
        self,
        tax_report_id: int,
        *,
        timeout: float | None = None,
        deadline: float | None = None,
        headers: Mapping[str, str] | None = None,
        priority: int | None = None,
        max_attempts: int | None = None,
    ) -> TaxReport:
        """Annul a tax report.

        Args:
            tax_report_id: Id of the tax report.
            timeout, deadline, headers, priority, max_attempts: see `Options`.

        Raises:
            ArgumentError: an argument can't be sent as it is; nothing was sent.
            APIStatusError: the server refuses; a subclass for each status that matters.
            OutcomeUnknownError: it is not known whether the server carried it out (behaviour 25).

        Source: DELETE /tax_reports/{tax_report_id}, sdk.
        """
        from ..api.tax_reports import annul as operation

        return await operation.call(
            self._caller,
            tax_report_id,
            timeout=timeout,
            deadline=deadline,
            headers=headers,
            priority=priority,
            max_attempts=max_attempts,
        )

    async def download(
        self,
        tax_report_id: int,
        *,
        timeout: float | None = None,
        deadline: float | None = None,
        headers: Mapping[str, str] | None = None,
        priority: int | None = None,
        max_attempts: int | None = None,
    ) -> Download:
        """Download a tax report.

        Ready once the report is chained. French Flux 10 reports answer 422 with the ledger id.

        Args:
            tax_report_id: Id of the tax report.
            timeout, deadline, headers, priority, max_attempts: see `Options`.

        Raises:
            ArgumentError: an argument can't be sent as it is; nothing was sent.
            APIStatusError: the server refuses; a subclass for each status that matters.

        Source: GET /tax_reports/{tax_report_id}/download, sdk.
        """
        from ..api.tax_reports import download as operation

        return await operation.call(
            self._caller,
            tax_report_id,
            timeout=timeout,
            deadline=deadline,
            headers=headers,
            priority=priority,
            max_attempts=max_attempts,
        )

    async def download_response(
        self,
        tax_report_id: int,
        *,
        timeout: float | None = None,
        deadline: float | None = None,
        headers: Mapping[str, str] | None = None,
        priority: int | None = None,
        max_attempts: int | None = None,
    ) -> Download | None:
        """Download the authority's receipt.

        The page is documented; the path follows the ledger's twin.

        Args:
            tax_report_id: Id of the tax report.
            timeout, deadline, headers, priority, max_attempts: see `Options`.

        Returns:
            None where the server answers without a body (behaviour 34).

        Raises:
            ArgumentError: an argument can't be sent as it is; nothing was sent.
            APIStatusError: the server refuses; a subclass for each status that matters.

        Source: GET /tax_reports/{tax_report_id}/download_response, inferred.
        """
        from ..api.tax_reports import download_response as operation

        return await operation.call(
            self._caller,
            tax_report_id,
            timeout=timeout,
            deadline=deadline,
            headers=headers,
            priority=priority,
            max_attempts=max_attempts,
        )

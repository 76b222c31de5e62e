"""Tax reports and batches of them, with waiting for their end."""

from __future__ import annotations

from typing import TYPE_CHECKING, Unpack

from ..generated.resources import tax_report_batches, tax_reports
from .following import wait_for_tax_report
from .waiting import wait_for_batch

if TYPE_CHECKING:
    from contextlib import AbstractAsyncContextManager

    from .._core.operation import CallOptions
    from .._core.replies import DownloadStream
    from .._core.requests import AccountId
    from ..generated.models.tax_report import TaxReport
    from ..generated.models.tax_report_batch_status import TaxReportBatchStatus
    from .following import Until
    from .waiting import Pace


class TaxReports(tax_reports.TaxReports):
    """Operations on tax reports."""

    __slots__ = ()

    async def wait_for(
        self,
        tax_report_id: int,
        *,
        until: Until | None = None,
        timeout: float | None = 600.0,
        account: AccountId | None = None,
    ) -> TaxReport:
        """Wait until a tax report is registered or annulled; many waits share their looks.

        Reports take seconds to minutes, French ones until the next night (behaviours 36, 57).

        Args:
            tax_report_id: Id of the tax report.
            until: a predicate, or states of which any ends the wait; registered, registered_with_errors and annulled
                where it is left out.
            timeout: seconds to wait at most; None is no end.
            account: Id of the account, whose list is looked at when many wait; the client's own where it is left out.

        Returns:
            The report as it was read last.

        Raises:
            NotDeliveredError: it ended in error, refused or invalid, and that is not waited for.
            WaitTimeout: it did not come there in time; it has the last state.
            APIStatusError: the server refuses, for example because there is no such report.
        """
        return await wait_for_tax_report(self, tax_report_id, until=until, timeout=timeout, account=account)

    def stream_download(
        self, tax_report_id: int, **options: Unpack[CallOptions]
    ) -> AbstractAsyncContextManager[DownloadStream]:
        """Download a tax report, piece by piece; see `DownloadStream`.

            async with client.tax_reports.stream_download(7) as file:
                await file.save("report.xml")

        Args:
            tax_report_id: Id of the tax report.
            options: see `CallOptions`; a deadline holds until the last piece.

        Raises:
            ArgumentError: an argument can't be sent as it is; nothing was sent.
            APIStatusError: the server refuses; a subclass for each status that matters.

        Source: GET /tax_reports/{tax_report_id}/download, sdk.
        """
        from ..generated.api.tax_reports.download import OPERATION

        return self.caller.open(OPERATION, OPERATION.request(tax_report_id=tax_report_id), options)


class TaxReportBatches(tax_report_batches.TaxReportBatches):
    """Operations on batches of tax reports."""

    __slots__ = ()

    async def wait_for(
        self,
        batch_id: int | str,
        *,
        account: AccountId | None = None,
        timeout: float = 600.0,
        pace: Pace | None = None,
    ) -> TaxReportBatchStatus:
        """Wait until a batch is finished.

        Args:
            batch_id: Id of the batch.
            account: Id of the account; the client's own where it is left out.
            timeout: seconds to wait at most.
            pace: how often to ask.

        Raises:
            WaitTimeout: it was not finished in time.
            APIStatusError: the server refuses.
        """
        return await wait_for_batch(self, batch_id, account=account, timeout=timeout, pace=pace)

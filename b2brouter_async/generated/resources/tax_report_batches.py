"""TaxReportBatches: create, get"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..._core.operation import AccountId, Resource

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ..models.tax_report_batch_accepted import TaxReportBatchAccepted
    from ..models.tax_report_batch_status import TaxReportBatchStatus
    from ..models.tax_report_input import TaxReportInput


class TaxReportBatches(Resource):
    """Operations on tax report batches."""

    __slots__ = ()

    async def create(
        self,
        account: AccountId | None = None,
        *,
        tax_reports: Sequence[TaxReportInput | Mapping[str, object]],
        timeout: float | None = None,
        deadline: float | None = None,
        headers: Mapping[str, str] | None = None,
        priority: int | None = None,
        max_attempts: int | None = None,
    ) -> TaxReportBatchAccepted:
        """Create a batch of SII reports.

        Args:
            account: Id of the account; the client's own where it is left out.
            tax_reports: Reports of type SiiDocument.
            timeout, deadline, headers, priority, max_attempts: see `Options`.

        Raises:
            ArgumentError: an argument can't be sent as it is; nothing was sent.
            APIStatusError: the server refuses; a subclass for each status that matters.
            OutcomeUnknownError: it is not known whether the server carried it out (behaviour 25).

        Source: POST /accounts/{account}/tax_report_batches, documented, called beta by the vendor.
        """
        from ..api.tax_report_batches import create as operation

        return await operation.call(
            self._caller,
            account,
            tax_reports=tax_reports,
            timeout=timeout,
            deadline=deadline,
            headers=headers,
            priority=priority,
            max_attempts=max_attempts,
        )

    async def get(
        self,
        account: AccountId | None = None,
        *,
        batch_id: str,
        timeout: float | None = None,
        deadline: float | None = None,
        headers: Mapping[str, str] | None = None,
        priority: int | None = None,
        max_attempts: int | None = None,
    ) -> TaxReportBatchStatus:
        """Get a batch of SII reports.

        Args:
            account: Id of the account; the client's own where it is left out.
            batch_id: Id of the batch.
            timeout, deadline, headers, priority, max_attempts: see `Options`.

        Raises:
            ArgumentError: an argument can't be sent as it is; nothing was sent.
            APIStatusError: the server refuses; a subclass for each status that matters.

        Source: GET /accounts/{account}/tax_report_batches/{batch_id}, documented, called beta by the
        vendor.
        """
        from ..api.tax_report_batches import get as operation

        return await operation.call(
            self._caller,
            account,
            batch_id=batch_id,
            timeout=timeout,
            deadline=deadline,
            headers=headers,
            priority=priority,
            max_attempts=max_attempts,
        )

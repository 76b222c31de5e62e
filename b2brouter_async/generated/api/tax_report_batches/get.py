"""GET /accounts/{account}/tax_report_batches/{batch_id}: Get a batch of SII reports"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...._core.operation import AccountId, Caller, Operation, Options, Repeat, Reply, Request, expand
from ...._core.replies import read
from ...models.tax_report_batch_status import TaxReportBatchStatus

if TYPE_CHECKING:
    from collections.abc import Mapping


def parse(reply: Reply) -> TaxReportBatchStatus:
    """Read a reply of this operation."""
    return read(reply, TaxReportBatchStatus)


OPERATION: Operation[TaxReportBatchStatus] = Operation(
    name="tax_report_batches.get",
    method="GET",
    path="/accounts/{account}/tax_report_batches/{batch_id}",
    repeat=Repeat.SAFE,
    parse=parse,
    evidence="documented",
)


def build(account: AccountId, *, batch_id: str) -> Request:
    """Check the arguments and return the request; nothing is sent."""
    return Request(
        path=expand(OPERATION.path, account=account, batch_id=batch_id),
        account=str(account),
    )


async def call(
    caller: Caller,
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

    Source: GET /accounts/{account}/tax_report_batches/{batch_id}, documented, called beta by the vendor.
    """
    request = build(caller.account_or_default(account), batch_id=batch_id)
    options = Options(
        timeout=timeout, deadline=deadline, headers=headers, priority=priority, max_attempts=max_attempts
    )
    return await caller.call(OPERATION, request, options)

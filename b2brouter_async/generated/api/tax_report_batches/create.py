"""POST /accounts/{account}/tax_report_batches: Create a batch of SII reports"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...._core.codecs import list_of, model
from ...._core.model import Field
from ...._core.operation import (
    AccountId,
    Caller,
    Operation,
    Options,
    Repeat,
    Reply,
    Request,
    expand,
    object_body,
)
from ...._core.replies import read
from ...models.tax_report_batch_accepted import TaxReportBatchAccepted
from ...models.tax_report_input import TaxReportInput

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

ARGUMENTS = (Field("tax_reports", "tax_reports", list_of(model(TaxReportInput)), required=True),)


def parse(reply: Reply) -> TaxReportBatchAccepted:
    """Read a reply of this operation."""
    return read(reply, TaxReportBatchAccepted)


OPERATION: Operation[TaxReportBatchAccepted] = Operation(
    name="tax_report_batches.create",
    method="POST",
    path="/accounts/{account}/tax_report_batches",
    repeat=Repeat.WRITE,
    parse=parse,
    evidence="documented",
)


def build(account: AccountId, *, tax_reports: Sequence[TaxReportInput | Mapping[str, object]]) -> Request:
    """Check the arguments and return the request; nothing is sent."""
    return Request(
        path=expand(OPERATION.path, account=account),
        body=object_body(ARGUMENTS, tax_reports=tax_reports),
        account=str(account),
    )


async def call(
    caller: Caller,
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
    request = build(caller.account_or_default(account), tax_reports=tax_reports)
    options = Options(
        timeout=timeout, deadline=deadline, headers=headers, priority=priority, max_attempts=max_attempts
    )
    return await caller.call(OPERATION, request, options)

"""POST /accounts/{account}/tax_reports: Create a tax report"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...._core.codecs import model
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
from ...models.tax_report import TaxReport
from ...models.tax_report_input import TaxReportInput

if TYPE_CHECKING:
    from collections.abc import Mapping

ARGUMENTS = (Field("tax_report", "tax_report", model(TaxReportInput), required=True),)


def parse(reply: Reply) -> TaxReport:
    """Read a reply of this operation."""
    return read(reply, TaxReport, "tax_report")


OPERATION: Operation[TaxReport] = Operation(
    name="tax_reports.create",
    method="POST",
    path="/accounts/{account}/tax_reports",
    repeat=Repeat.WRITE,
    parse=parse,
    evidence="documented",
)


def build(account: AccountId, *, tax_report: TaxReportInput | Mapping[str, object]) -> Request:
    """Check the arguments and return the request; nothing is sent."""
    return Request(
        path=expand(OPERATION.path, account=account),
        body=object_body(ARGUMENTS, tax_report=tax_report),
        account=str(account),
    )


async def call(
    caller: Caller,
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
        tax_report: Tax report to create. For Verifactu and TicketBai the SDK also calls date, number, type
            code, description, customer, currency, amounts and breakdowns required.
        timeout, deadline, headers, priority, max_attempts: see `Options`.

    Raises:
        ArgumentError: an argument can't be sent as it is; nothing was sent.
        APIStatusError: the server refuses; a subclass for each status that matters.
        OutcomeUnknownError: it is not known whether the server carried it out (behaviour 25).

    Source: POST /accounts/{account}/tax_reports, documented.
    """
    request = build(caller.account_or_default(account), tax_report=tax_report)
    options = Options(
        timeout=timeout, deadline=deadline, headers=headers, priority=priority, max_attempts=max_attempts
    )
    return await caller.call(OPERATION, request, options)

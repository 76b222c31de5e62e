"""PATCH /tax_reports/{tax_report_id}: Update or correct a tax report"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...._core.codecs import model
from ...._core.model import Field
from ...._core.operation import Caller, Operation, Options, Repeat, Reply, Request, expand, object_body
from ...._core.replies import read
from ...models.tax_report import TaxReport
from ...models.tax_report_update_input import TaxReportUpdateInput

if TYPE_CHECKING:
    from collections.abc import Mapping

ARGUMENTS = (Field("tax_report", "tax_report", model(TaxReportUpdateInput), required=True),)


def parse(reply: Reply) -> TaxReport:
    """Read a reply of this operation."""
    return read(reply, TaxReport, "tax_report")


OPERATION: Operation[TaxReport] = Operation(
    name="tax_reports.correct",
    method="PATCH",
    path="/tax_reports/{tax_report_id}",
    repeat=Repeat.WRITE,
    parse=parse,
    evidence="sdk",
)


def build(tax_report_id: int, *, tax_report: TaxReportUpdateInput | Mapping[str, object]) -> Request:
    """Check the arguments and return the request; nothing is sent."""
    return Request(
        path=expand(OPERATION.path, tax_report_id=tax_report_id),
        body=object_body(ARGUMENTS, tax_report=tax_report),
    )


async def call(
    caller: Caller,
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
    request = build(tax_report_id, tax_report=tax_report)
    options = Options(
        timeout=timeout, deadline=deadline, headers=headers, priority=priority, max_attempts=max_attempts
    )
    return await caller.call(OPERATION, request, options)

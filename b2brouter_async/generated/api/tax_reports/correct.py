"""PATCH /tax_reports/{tax_report_id}: Update or correct a tax report"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Unpack

from ...._core.codecs import model
from ...._core.operation import CallOptions, Client, Operation, Repeat
from ...._core.replies import read
from ...._core.requests import Argument
from ....invoicing.checks import check_tax_report
from ... import models
from ...models.tax_report import TaxReport

if TYPE_CHECKING:
    from ...models.dictionaries import TaxReportUpdateInputDict
    from ...models.tax_report_update_input import TaxReportUpdateInput

OPERATION: Operation[TaxReport] = Operation(
    name="tax_reports.correct",
    method="PATCH",
    path="/tax_reports/{tax_report_id}",
    repeat=Repeat.WRITE,
    parse=partial(read, kind=TaxReport, key="tax_report"),
    arguments=(
        Argument("tax_report_id", "path", "tax_report_id", required=True),
        Argument(
            "tax_report", "body", "tax_report", model(lambda: models.TaxReportUpdateInput), required=True
        ),
    ),
    evidence="sdk",
    check=check_tax_report,
)


async def correct(
    client: Client,
    tax_report_id: int,
    *,
    tax_report: TaxReportUpdateInput | TaxReportUpdateInputDict,
    **options: Unpack[CallOptions],
) -> TaxReport:
    """Update or correct a tax report.

    A registered report is corrected by a new one with an id of its own (VeriFactu).

    Example:
        report = await client.tax_reports.correct(5, tax_report={"description": "Gaskets"})

    Args:
        tax_report_id: Id of the tax report.
        tax_report: Fields to change or correct.
        options: see `CallOptions`.

    Raises:
        ArgumentError: an argument can't be sent as it is; nothing was sent.
        APIStatusError: the server refuses; a subclass for each status that matters.
        OutcomeUnknownError: it is not known whether the server carried it out (behaviour 25).

    Source: PATCH /tax_reports/{tax_report_id}, sdk.
    """
    return await client.caller.call(OPERATION, OPERATION.request_from(locals()), options)

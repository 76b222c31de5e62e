"""DELETE /tax_reports/{tax_report_id}: Annul a tax report"""

from __future__ import annotations

from functools import partial
from typing import Unpack

from ...._core.operation import CallOptions, Client, Operation, Repeat
from ...._core.replies import read
from ...._core.requests import Argument
from ...models.tax_report import TaxReport

OPERATION: Operation[TaxReport] = Operation(
    name="tax_reports.annul",
    method="DELETE",
    path="/tax_reports/{tax_report_id}",
    repeat=Repeat.WRITE,
    parse=partial(read, kind=TaxReport, key="tax_report"),
    arguments=(Argument("tax_report_id", "path", "tax_report_id", required=True),),
    evidence="sdk",
)


async def annul(client: Client, tax_report_id: int, **options: Unpack[CallOptions]) -> TaxReport:
    """Annul a tax report.

    Example:
        tax_report = await client.tax_reports.annul(5)

    Args:
        tax_report_id: Id of the tax report.
        options: see `CallOptions`.

    Raises:
        ArgumentError: an argument can't be sent as it is; nothing was sent.
        APIStatusError: the server refuses; a subclass for each status that matters.
        OutcomeUnknownError: it is not known whether the server carried it out (behaviour 25).

    Source: DELETE /tax_reports/{tax_report_id}, sdk.
    """
    return await client.caller.call(OPERATION, OPERATION.request_from(locals()), options)

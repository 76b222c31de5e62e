"""GET /tax_reports/{tax_report_id}: Get a tax report"""

from __future__ import annotations

from functools import partial
from typing import Unpack

from ...._core.operation import CallOptions, Client, Operation, Repeat
from ...._core.replies import read
from ...._core.requests import Argument
from ...models.tax_report import TaxReport

OPERATION: Operation[TaxReport] = Operation(
    name="tax_reports.get",
    method="GET",
    path="/tax_reports/{tax_report_id}",
    repeat=Repeat.SAFE,
    parse=partial(read, kind=TaxReport, key="tax_report"),
    arguments=(Argument("tax_report_id", "path", "tax_report_id", required=True),),
    evidence="documented",
)


async def get(client: Client, tax_report_id: int, **options: Unpack[CallOptions]) -> TaxReport:
    """Get a tax report.

    Example:
        tax_report = await client.tax_reports.get(5)

    Args:
        tax_report_id: Id of the tax report.
        options: see `CallOptions`.

    Raises:
        ArgumentError: an argument can't be sent as it is; nothing was sent.
        APIStatusError: the server refuses; a subclass for each status that matters.

    Source: GET /tax_reports/{tax_report_id}, documented.
    """
    return await client.caller.call(OPERATION, OPERATION.request_from(locals()), options)

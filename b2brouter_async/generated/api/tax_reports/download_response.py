"""GET /tax_reports/{tax_report_id}/download_response: Download the authority's receipt"""

from __future__ import annotations

from functools import partial
from typing import Unpack

from ...._core.downloads import Download, file_or
from ...._core.operation import CallOptions, Client, Operation, Repeat
from ...._core.replies import optional, read
from ...._core.requests import Argument
from ...models.tax_report_rejection import TaxReportRejection

OPERATION: Operation[Download | TaxReportRejection | None] = Operation(
    name="tax_reports.download_response",
    method="GET",
    path="/tax_reports/{tax_report_id}/download_response",
    repeat=Repeat.SAFE,
    parse=optional(file_or(partial(read, kind=TaxReportRejection))),
    arguments=(Argument("tax_report_id", "path", "tax_report_id", required=True),),
    accept="*/*",
    evidence="inferred",
)


async def download_response(
    client: Client, tax_report_id: int, **options: Unpack[CallOptions]
) -> Download | TaxReportRejection | None:
    """Download the authority's receipt.

    XML, or JSON with the authority's reason when the report is in error. The page is documented; the path
    follows the ledger's twin.

    Example:
        await client.tax_reports.download_response(5)

    Args:
        tax_report_id: Id of the tax report.
        options: see `CallOptions`.

    Returns:
        The file; TaxReportRejection where the reply says why there is none, as JSON.
        None where the server answers without a body (behaviour 34).

    Raises:
        ArgumentError: an argument can't be sent as it is; nothing was sent.
        APIStatusError: the server refuses; a subclass for each status that matters.

    Source: GET /tax_reports/{tax_report_id}/download_response, inferred.
    """
    return await client.caller.call(OPERATION, OPERATION.request_from(locals()), options)

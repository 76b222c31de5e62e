"""GET /tax_reports/{tax_report_id}/download: Download a tax report"""

from __future__ import annotations

from typing import Unpack

from ...._core.downloads import Download, read_file
from ...._core.operation import CallOptions, Client, Operation, Repeat
from ...._core.requests import Argument

OPERATION: Operation[Download] = Operation(
    name="tax_reports.download",
    method="GET",
    path="/tax_reports/{tax_report_id}/download",
    repeat=Repeat.SAFE,
    parse=read_file,
    arguments=(Argument("tax_report_id", "path", "tax_report_id", required=True),),
    accept="*/*",
    evidence="sdk",
)


async def download(client: Client, tax_report_id: int, **options: Unpack[CallOptions]) -> Download:
    """Download a tax report.

    Ready once the report is chained. French Flux 10 reports answer 422 with the ledger id.

    Example:
        file = await client.tax_reports.download(5)
        await file.save(f"tax_reports-5{file.extension}")

    Args:
        tax_report_id: Id of the tax report.
        options: see `CallOptions`.

    Raises:
        ArgumentError: an argument can't be sent as it is; nothing was sent.
        APIStatusError: the server refuses; a subclass for each status that matters.

    Source: GET /tax_reports/{tax_report_id}/download, sdk.
    """
    return await client.caller.call(OPERATION, OPERATION.request_from(locals()), options)

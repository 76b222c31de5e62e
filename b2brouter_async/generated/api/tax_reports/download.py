"""GET /tax_reports/{tax_report_id}/download: Download a tax report"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...._core.operation import Caller, Download, Operation, Options, Repeat, Reply, Request, download, expand

if TYPE_CHECKING:
    from collections.abc import Mapping


def parse(reply: Reply) -> Download:
    """Read a reply of this operation."""
    return download(reply)


OPERATION: Operation[Download] = Operation(
    name="tax_reports.download",
    method="GET",
    path="/tax_reports/{tax_report_id}/download",
    repeat=Repeat.SAFE,
    parse=parse,
    accept="*/*",
    evidence="sdk",
)


def build(tax_report_id: int) -> Request:
    """Check the arguments and return the request; nothing is sent."""
    return Request(
        path=expand(OPERATION.path, tax_report_id=tax_report_id),
    )


async def call(
    caller: Caller,
    tax_report_id: int,
    *,
    timeout: float | None = None,
    deadline: float | None = None,
    headers: Mapping[str, str] | None = None,
    priority: int | None = None,
    max_attempts: int | None = None,
) -> Download:
    """Download a tax report.

    Ready once the report is chained. French Flux 10 reports answer 422 with the ledger id.

    Args:
        tax_report_id: Id of the tax report.
        timeout, deadline, headers, priority, max_attempts: see `Options`.

    Raises:
        ArgumentError: an argument can't be sent as it is; nothing was sent.
        APIStatusError: the server refuses; a subclass for each status that matters.

    Source: GET /tax_reports/{tax_report_id}/download, sdk.
    """
    request = build(tax_report_id)
    options = Options(
        timeout=timeout, deadline=deadline, headers=headers, priority=priority, max_attempts=max_attempts
    )
    return await caller.call(OPERATION, request, options)

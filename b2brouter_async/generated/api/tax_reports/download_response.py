"""GET /tax_reports/{tax_report_id}/download_response: Download the authority's receipt"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...._core.operation import Caller, Download, Operation, Options, Repeat, Reply, Request, download, expand

if TYPE_CHECKING:
    from collections.abc import Mapping


def parse(reply: Reply) -> Download | None:
    """Read a reply of this operation."""
    if reply.status == 204 or not reply.content:
        return None
    return download(reply)


OPERATION: Operation[Download | None] = Operation(
    name="tax_reports.download_response",
    method="GET",
    path="/tax_reports/{tax_report_id}/download_response",
    repeat=Repeat.SAFE,
    parse=parse,
    accept="*/*",
    evidence="inferred",
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
) -> Download | None:
    """Download the authority's receipt.

    The page is documented; the path follows the ledger's twin.

    Args:
        tax_report_id: Id of the tax report.
        timeout, deadline, headers, priority, max_attempts: see `Options`.

    Returns:
        None where the server answers without a body (behaviour 34).

    Raises:
        ArgumentError: an argument can't be sent as it is; nothing was sent.
        APIStatusError: the server refuses; a subclass for each status that matters.

    Source: GET /tax_reports/{tax_report_id}/download_response, inferred.
    """
    request = build(tax_report_id)
    options = Options(
        timeout=timeout, deadline=deadline, headers=headers, priority=priority, max_attempts=max_attempts
    )
    return await caller.call(OPERATION, request, options)

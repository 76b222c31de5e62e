"""DELETE /tax_reports/{tax_report_id}: Annul a tax report"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...._core.operation import Caller, Operation, Options, Repeat, Reply, Request, expand
from ...._core.replies import read
from ...models.tax_report import TaxReport

if TYPE_CHECKING:
    from collections.abc import Mapping


def parse(reply: Reply) -> TaxReport:
    """Read a reply of this operation."""
    return read(reply, TaxReport, "tax_report")


OPERATION: Operation[TaxReport] = Operation(
    name="tax_reports.annul",
    method="DELETE",
    path="/tax_reports/{tax_report_id}",
    repeat=Repeat.WRITE,
    parse=parse,
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
) -> TaxReport:
    """Annul a tax report.

    Args:
        tax_report_id: Id of the tax report.
        timeout, deadline, headers, priority, max_attempts: see `Options`.

    Raises:
        ArgumentError: an argument can't be sent as it is; nothing was sent.
        APIStatusError: the server refuses; a subclass for each status that matters.
        OutcomeUnknownError: it is not known whether the server carried it out (behaviour 25).

    Source: DELETE /tax_reports/{tax_report_id}, sdk.
    """
    request = build(tax_report_id)
    options = Options(
        timeout=timeout, deadline=deadline, headers=headers, priority=priority, max_attempts=max_attempts
    )
    return await caller.call(OPERATION, request, options)

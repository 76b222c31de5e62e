"""The chain of a tax report: corrections and annulments are reports of their own (behaviour 36)."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING

from attrs import frozen

from .._reconcile.states import REPORT_FAILED
from ..errors import ArgumentError, NotFoundError
from ..generated.api.tax_reports.get import get as get_report
from ..generated.api.tax_reports.list_ import list as list_reports

if TYPE_CHECKING:
    from .._core.operation import CallOptions, Client
    from .._core.requests import AccountId
    from ..generated.models.tax_report import TaxReport

_DAY = datetime.timedelta(days=1)


@frozen
class TaxReportChain:
    """A tax report with everything that corrects and annuls it, in the order in which it came about.

    Example:
        chain = await client.tax_reports.chain(5, account=1234)
        print([report.id for report in chain.reports], chain.current, chain.annulled)

    Attributes:
        reports: the reports, the first one first.
        whole: whether nothing is missing, and the first is known to be the first. Reports point forward alone: what came
            before one is looked for in the account's list, which takes an account.
        missing: the ids of corrections and annulments that reports name and the server doesn't show.
    """

    reports: tuple[TaxReport, ...]
    whole: bool
    missing: tuple[int, ...] = ()

    @property
    def current(self) -> TaxReport | None:
        """The report that holds: neither corrected nor annulled. None where it is annulled, or about to be, or is missing.

        A correction or an annulment that has failed changes nothing: what it was about still holds.
        """
        ids = {report.id: report for report in self.reports}

        def replaced_by(number: int | None) -> bool:
            return number is not None and (number not in ids or ids[number].state not in REPORT_FAILED)

        def holds(report: TaxReport) -> bool:
            if (
                report.annullation
                or replaced_by(report.corrected_by_id)
                or replaced_by(report.annulled_by_id)
            ):
                return False
            return report.annulled_by_id is not None or report.state not in ("annullating", "annulled")

        holding = [report for report in self.reports if holds(report)]
        good = [report for report in holding if report.state not in REPORT_FAILED]
        return good[-1] if good else holding[-1] if holding else None

    @property
    def annulled(self) -> bool:
        """Whether nothing of it holds any more. A correction that is missing may hold."""
        corrected = any(report.corrected_by_id in self.missing for report in self.reports)
        return self.current is None and not corrected


async def chain_of(
    client: Client, tax_report_id: int, account: AccountId | None, options: CallOptions
) -> TaxReportChain:
    """Return the chain that a report is part of. See `TaxReports.chain`."""
    first = await get_report(client, tax_report_id, **options)
    before, whole = await _before(client, first, account, options)
    found = {report.id: report for report in (*before, first)}
    waiting = [*before, first]
    missing: list[int] = []
    while waiting:
        report = waiting.pop(0)
        for following in (report.corrected_by_id, report.annulled_by_id):
            if following is None or following in found or following in missing:
                continue
            try:
                found[following] = await get_report(client, following, **options)
            except NotFoundError:
                missing.append(following)  # the one that was asked for is there
            else:
                waiting.append(found[following])
    # A report that annuls an early one may be younger than the corrections in between: ids grow with time.
    start = [report.id for report in before] or [first.id]
    rest = sorted((report for report in found.values() if report.id != start[0]), key=lambda one: one.id)
    return TaxReportChain((found[start[0]], *rest), whole and not missing, tuple(missing))


async def _before(
    client: Client, report: TaxReport, account: AccountId | None, options: CallOptions
) -> tuple[list[TaxReport], bool]:
    """Return what came before a report, the first one first, and whether that is all."""
    before: list[TaxReport] = []
    known = {report.id}
    while report.correction or report.annullation:
        previous = await _pointing_to(client, report, account, options)
        if previous is None or previous.id in known:
            return before, False
        known.add(previous.id)
        before.insert(0, previous)
        report = previous
    return before, True


async def _pointing_to(
    client: Client, report: TaxReport, account: AccountId | None, options: CallOptions
) -> TaxReport | None:
    try:
        owner = client.caller.account_or_default(account)
    except ArgumentError:
        return None
    if report.invoice_id is None and report.created_at is None:
        return None
    # The other one was changed when this one was made, or later; in whatever zone the server counts its days.
    since = None if report.created_at is None else report.created_at.date() - _DAY
    rows = list_reports(
        client,
        owner,
        invoice_id=report.invoice_id,
        updated_at_from=since if report.invoice_id is None else None,
        limit=500,
        **options,
    )
    async for row in rows:
        if report.id in (row.corrected_by_id, row.annulled_by_id):
            return row
    return None

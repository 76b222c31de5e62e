"""What became of a tax report's write whose reply was lost: looked for, and never sent again.

A tax authority is told of each report, and no key makes a second one harmless. A correction and an annulment are found
where the report that they are about points to them (behaviour 36); a report that was made anew by the reference that its
caller gave it.
"""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING, NoReturn, TypeAlias

from attrs import evolve, frozen

from .._core.pagination import Pager
from .._core.replies import date_of
from ..errors import (
    AuthenticationError,
    CallError,
    LimiterUnavailableError,
    PermissionDeniedError,
    RateLimitTimeout,
)
from ..generated.api.tax_reports import get, list_
from .compare import compare_report

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from .._core.operation import Caller, CallOptions
    from .._core.pagination import Page
    from .._core.replies import Reply
    from .._core.requests import AccountId
    from ..errors import OutcomeUnknownError
    from ..generated.models.tax_report import TaxReport
    from .look import Window
    from .reconcile import Reconciliation

Seen: TypeAlias = "TaxReport | str"
"""The report, or why it isn't known to be it."""

_NOT_YET = "nothing shows it yet"
_DAY = datetime.timedelta(days=1)


@frozen
class LostReply:
    """A write whose reply was lost, and how patiently what it made is looked for."""

    caller: Caller
    doubt: OutcomeUnknownError
    how: Reconciliation
    left: Callable[[], float | None]
    """Seconds that are left for looking; None is no end."""

    async def created(self, account: AccountId, sent: Mapping[str, object], window: Window) -> TaxReport:
        """Return the report that was made.

        Args:
            account: whose it is.
            sent: the report, under the keys of the wire.
            window: since when it may have been made.

        Raises:
            OutcomeUnknownError: it isn't proved that there is one, or which one it is.
        """
        self.doubt.advice = (
            "Look for it with client.tax_reports.list(updated_at_from=…) before you make it again; with an "
            "external_reference of its own it is found by itself"
        )
        reference = sent.get("external_reference")
        if not isinstance(reference, str) or not reference:
            # Two callers may report the same at the same time, and nothing would tell whose it is.
            self._give_up("it has no external_reference that it could be known by")

        async def look() -> Seen:
            return await self._by_reference(account, reference, sent, window)

        return await self._looked_for(look)

    async def corrected(self, before: TaxReport, sent: Mapping[str, object]) -> TaxReport:
        """Return the correction that was made: a report of its own, or the same where it was not registered yet.

        Args:
            before: the report as it was before the correction was sent.
            sent: the correction, under the keys of the wire.

        Raises:
            OutcomeUnknownError: it isn't proved that there is one.
        """
        self.doubt.advice = (
            f"See where client.tax_reports.chain({before.id}) ends before you correct it again"
        )

        async def look() -> Seen:
            now = await self._get(before.id)
            if now.corrected_by_id is not None and now.corrected_by_id != before.corrected_by_id:
                made = await self._get(now.corrected_by_id)
                comparison = compare_report(sent, made)
                return made if comparison.equal else f"report {made.id} corrects it, but {comparison}"
            changed = now.updated_at is not None and now.updated_at != before.updated_at
            if changed and compare_report(sent, now).equal and not compare_report(sent, before).equal:
                return now
            return _NOT_YET

        return await self._looked_for(look)

    async def annulled(self, tax_report_id: int) -> TaxReport:
        """Return the annulment that was made: a report of its own.

        A report is annulled once, so the one that annuls it is what was asked for, whoever asked first.

        Args:
            tax_report_id: the report that was to be annulled.

        Raises:
            OutcomeUnknownError: it isn't proved that there is one.
        """
        self.doubt.advice = (
            f"See where client.tax_reports.chain({tax_report_id}) ends before you annul it again"
        )

        async def look() -> Seen:
            now = await self._get(tax_report_id)
            if now.annulled_by_id is not None:
                return await self._get(now.annulled_by_id)
            if now.state in ("annullating", "annulled"):
                return f"it is {now.state}, and doesn't say by which report: don't annul it again"
            return _NOT_YET

        return await self._looked_for(look)

    async def _looked_for(self, look: Callable[[], Awaitable[Seen]]) -> TaxReport:
        seen: str = _NOT_YET
        failure: Exception | None = None
        for pause in self.how.looks:
            left = self.left()
            if left is not None and pause >= left:
                failure, seen = None, "the deadline left no time to look for it"
                break
            await self.how.sleep(pause)
            try:
                found, failure = await look(), None
            except (AuthenticationError, PermissionDeniedError) as error:
                failure = error
                break
            except (CallError, RateLimitTimeout, LimiterUnavailableError) as error:
                failure = error
                continue
            if not isinstance(found, str):
                return found
            seen = found
        self._give_up(f"looking for it failed: {failure}" if failure else seen, failure)

    def _give_up(self, why: str, failure: Exception | None = None) -> NoReturn:
        self.doubt.add_note(why)
        if why != _NOT_YET:
            self.doubt.advice = f"{why[:1].upper()}{why[1:]}. {self.doubt.advice}"
        raise self.doubt from failure

    async def _by_reference(
        self, account: AccountId, reference: str, sent: Mapping[str, object], window: Window
    ) -> Seen:
        since = window.first.date() - _DAY  # whatever zone the server counts its days in
        request = list_.OPERATION.request(account=account, updated_at_from=since)

        def parse(reply: Reply) -> Page[TaxReport]:
            nonlocal window
            at = date_of(reply)
            if at is not None:
                window = evolve(window, ahead=at - datetime.datetime.now(datetime.UTC))
            return list_.OPERATION.parse(reply)

        rows = Pager(self.caller, list_.OPERATION.read_by(parse), request, self._options(), limit=500)
        alike = [row async for row in rows if row.external_reference == reference]
        alike = [row for row in alike if row.created_at is None or row.created_at >= window.first]
        if not alike:
            return _NOT_YET
        if len(alike) > 1:
            ids = " and ".join(str(row.id) for row in alike)
            return f"reports {ids} have its external_reference: compare them"
        made = await self._get(alike[0].id)
        comparison = compare_report(sent, made)
        if made.created_at is None:
            return f"report {made.id} has its external_reference, but doesn't say when it was made"
        return made if comparison.equal else f"report {made.id} has its external_reference, but {comparison}"

    async def _get(self, tax_report_id: int) -> TaxReport:
        request = get.OPERATION.request(tax_report_id=tax_report_id)
        return await self.caller.call(get.OPERATION, request, self._options())

    def _options(self) -> CallOptions:
        left = self.left()
        return {} if left is None else {"deadline": left}

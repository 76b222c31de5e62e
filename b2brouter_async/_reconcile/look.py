"""Whether something that was sent is on the server: looked for by its number, recognised by its content.

There is no idempotency key for invoices; the guard is the number (behaviours 14, 24 and 25).
"""

from __future__ import annotations

import datetime
import hashlib
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Literal, TypeAlias

import anyio.to_thread
from attrs import evolve, field, frozen

from ..errors import (
    AuthenticationError,
    CallError,
    LimiterUnavailableError,
    PermissionDeniedError,
    RateLimitTimeout,
)
from .compare import Comparison, compare_document, compare_invoice, same_party
from .listing import RECEIVED

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from ..einvoice import DocumentFacts
    from ..generated.models.invoice import Invoice
    from ..generated.models.invoice_list_item import InvoiceListItem
    from .queries import Queries
    from .sought import Sought

Verdict: TypeAlias = Literal["same", "other", "unclear", "nowhere"]
"""same: it is there. other: its number is taken by something else. unclear: its number is there, and nothing proves
whether it is this. nowhere: it is in no list."""

_CLOCKS_APART = datetime.timedelta(minutes=10)
"""How far the server's clock may be from ours."""
_CLOCKS_COMPARED = datetime.timedelta(minutes=1)
"""The same where the server's replies tell its time: a second of rounding, the way of a reply, other machines of it."""


@frozen
class Window:
    """The time since which a request of ours, whose fate is not known, may have been carried out."""

    since: datetime.datetime
    """When it was first sent, by our clock."""
    ahead: datetime.timedelta | None = None
    """How far the server's clock is ahead of ours; None where it doesn't tell."""

    @property
    def first(self) -> datetime.datetime:
        """The first moment on the server's clock that may belong to it."""
        if self.ahead is None:
            return self.since - _CLOCKS_APART
        return self.since + self.ahead - _CLOCKS_COMPARED

    @property
    def day(self) -> datetime.date:
        """The day on which it begins at the server."""
        return (self.since + (self.ahead or datetime.timedelta())).date()


@frozen
class Finding:
    """What looking has shown."""

    verdict: Verdict
    ids: tuple[int, ...] = ()
    """The invoices that it is about."""
    invoice: Invoice | InvoiceListItem | None = None
    """The first of them."""
    comparison: Comparison = field(factory=Comparison)
    """Of what was sent with what the server shows; complete where the bytes are the same, or it is on record."""
    older: bool = False
    """Whether it was there before a request of ours that is in doubt."""
    reason: str = ""
    """Why, in words for people."""
    passing: bool = False
    """Whether another look may say more: the file it was made from isn't to be had yet."""


NOWHERE = Finding("nowhere")

Owner: TypeAlias = Callable[[int], Awaitable[str | None]]
"""Returns the SHA-256 of what an invoice on the server was made from, where that is on record."""


async def nobody(invoice_id: int) -> str | None:
    """Know of no invoice what it was made from."""
    return None


def by_the_machine() -> datetime.datetime:
    """Return the time of day."""
    return datetime.datetime.now(datetime.UTC)


async def look(
    sought: Sought,
    server: Queries,
    *,
    window: Window | None = None,
    owner: Owner = nobody,
    now: Callable[[], datetime.datetime] = by_the_machine,
) -> Finding:
    """Look once.

    Args:
        sought: what is looked for.
        server: where.
        window: since when a request of ours may have made it; None where none is in doubt.
        owner: tells what an invoice was made from, where somebody keeps a record of it.
        now: the time of day, by the same clock as the window.

    Raises:
        CallError: the look failed, which proves nothing.
        RateLimitTimeout: so does a look that found no place.
    """
    best = NOWHERE
    for kind in sought.types:
        numbered = await server.numbered(sought.number, kind)
        if window is not None and numbered.at is not None:
            window = evolve(window, ahead=numbered.at - now())
        judge = _Judge(sought, kind, server, window, owner)
        for row in numbered.rows:
            found = await judge.row(row)
            if found.verdict == "same" and found.comparison.complete:
                return found
            best = _stronger(best, found)
    return best


async def look_patiently(
    once: Callable[[], Awaitable[Finding]],
    pauses: Iterable[float],
    sleep: Callable[[float], Awaitable[object]],
    *,
    other_decides: bool = False,
) -> tuple[Finding, CallError | RateLimitTimeout | LimiterUnavailableError | None]:
    """Look several times, until it is found.

    Args:
        once: looks once.
        pauses: seconds before each look.
        sleep: waits a number of seconds.
        other_decides: stop at the first sight of another invoice with the number. Where a request of ours is in doubt
            it says nothing about that: lists may not show it yet, and where numbers aren't guarded both are there.

    Returns:
        What was seen last, and the error of the last look where it failed: then nothing is proved.

    Raises:
        AuthenticationError, PermissionDeniedError: the key is refused.
    """
    finding = NOWHERE
    failure: CallError | RateLimitTimeout | LimiterUnavailableError | None = None
    for pause in pauses:
        await sleep(pause)
        try:
            finding, failure = await once(), None
        except (AuthenticationError, PermissionDeniedError):
            raise
        except (CallError, RateLimitTimeout, LimiterUnavailableError) as error:
            failure = error
            continue
        if (finding.verdict == "same" and not finding.passing) or (
            other_decides and finding.verdict == "other"
        ):
            break
    return finding, failure


@frozen
class _Judge:
    """Tells of each invoice with the number whether it is the one."""

    sought: Sought
    kind: str
    server: Queries
    window: Window | None
    owner: Owner

    async def row(self, row: InvoiceListItem) -> Finding:
        """Judge one invoice."""
        if self._of_another_year(row):
            return NOWHERE
        sought = self.sought
        made_from = await self.owner(row.id)
        if made_from is not None:
            if made_from == sought.sha256:
                return self._finding("same", row)
            return (
                self._finding("other", row) if self._same_series(row) and self._same_sender(row) else NOWHERE
            )
        if sought.invoice is not None:
            return await self._invoice(sought.invoice, row)
        original = await self.server.original(row.id)
        if original is not None and hashlib.sha256(original).hexdigest() == sought.sha256:
            # A file is known by its bytes, whatever series the server has read from it.
            return self._finding("same", row)
        # That something else has taken the number can only be said where the series is the same as well, and of
        # received ones the sender.
        if not self._same_series(row) or not self._same_sender(row):
            return NOWHERE
        if sought.facts is None:
            return evolve(self._finding("unclear", row), reason="the document isn't at hand to compare")
        return await self._document(sought.facts, row, other_bytes=original is not None)

    async def _invoice(self, sent: Mapping[str, object], row: InvoiceListItem) -> Finding:
        """Judge an invoice that was sent as JSON."""
        if not self._same_series(row):
            return NOWHERE  # alike in all else perhaps, and another invoice
        there = await self.server.get(row.id, lines=True)
        usual = {"type": self.kind, **self.sought.usual}
        # An invoice of thousands of lines takes a moment.
        comparison = await anyio.to_thread.run_sync(
            lambda: compare_invoice(sent, there, total=self.sought.total, usual=usual)
        )
        if comparison.differences and self.kind == RECEIVED and not _same_contact(sent, there):
            return NOWHERE
        if comparison.differences:
            verdict: Verdict = "other"
        elif comparison.complete or (self._ours(row) and not comparison.unseen):
            verdict = "same"
        else:
            verdict = "unclear"
        return evolve(self._finding(verdict, there), comparison=comparison, reason=str(comparison))

    async def _document(self, facts: DocumentFacts, row: InvoiceListItem, *, other_bytes: bool) -> Finding:
        """Judge a file of which the server has no copy, or another one."""
        there = await self.server.get(row.id, lines=True)
        comparison = compare_document(facts, there, issued=self.kind != RECEIVED, total=self.sought.total)
        reason = str(comparison)
        if comparison.differences:
            verdict: Verdict = "other"
        elif other_bytes:
            # Perhaps ours, written anew by the server: nobody knows that it doesn't.
            verdict, reason = "unclear" if self._ours(row) else "other", "the server keeps another document"
        else:
            verdict = "same" if self._ours(row) and not comparison.unseen else "unclear"
        finding = self._finding(verdict, there)
        return evolve(finding, comparison=comparison, reason=reason, passing=not other_bytes)

    def _finding(self, verdict: Verdict, invoice: Invoice | InvoiceListItem) -> Finding:
        window, made = self.window, invoice.created_at
        older = window is not None and made is not None and made < window.first
        return Finding(verdict, (invoice.id,), invoice, older=older)

    def _ours(self, row: InvoiceListItem) -> bool:
        """Tell whether a request of ours that is in doubt may have made an invoice, by the time."""
        return self.window is not None and row.created_at is not None and row.created_at >= self.window.first

    def _of_another_year(self, row: InvoiceListItem) -> bool:
        """Tell whether an invoice has the number in another year, where it is free to."""
        if self.sought.year is not None:
            return row.date is not None and row.date.year != self.sought.year
        if self.window is None:
            return False
        # It was sent without a date, so the server has dated it with the day of the request, by its own calendar.
        day = datetime.timedelta(days=1)
        another_day = row.date is not None and abs(row.date - self.window.day) > day
        return another_day or (row.created_at is not None and not self._ours(row))

    def _same_series(self, row: InvoiceListItem) -> bool:
        return (row.series_code or "") == (self.sought.series or "")

    def _same_sender(self, row: InvoiceListItem) -> bool:
        """Suppliers choose their numbers without asking one another: of received invoices the sender counts too."""
        if self.kind != RECEIVED or self.sought.facts is None:
            return True
        same = same_party(self.sought.facts.seller, row)
        return self._ours(row) if same is None else same


def _same_contact(sent: Mapping[str, object], there: Invoice) -> bool:
    about = {name: sent[name] for name in ("contact", "contact_id") if sent.get(name) is not None}
    return not about or not compare_invoice(about, there).differences


_STRENGTH: tuple[Verdict, ...] = ("nowhere", "other", "unclear", "same")


def _stronger(best: Finding, found: Finding) -> Finding:
    """Return the finding that counts of two invoices with one number."""
    ids = (*best.ids, *found.ids)
    if best.verdict == found.verdict == "same":
        return Finding("unclear", ids, best.invoice, reason="each of them could be it")
    if best.verdict == found.verdict == "unclear":
        return Finding("unclear", ids, best.invoice, best.comparison, reason=best.reason)
    return max(best, found, key=lambda one: _STRENGTH.index(one.verdict))

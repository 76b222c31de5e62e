"""Whether something that was sent is on the server: looked for by its number, recognised by its content.

There is no idempotency key for invoices; the guard is the number (behaviours 14, 24 and 25).
"""

from __future__ import annotations

import base64
import binascii
import datetime
import hashlib
from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, Literal, TypeAlias, cast

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
from .queries import ISSUED, RECEIVED

if TYPE_CHECKING:
    from collections.abc import Iterable
    from decimal import Decimal

    from ..einvoice import DocumentFacts
    from ..generated.models.invoice import Invoice
    from ..generated.models.invoice_list_item import InvoiceListItem
    from .queries import Queries

CLOCKS_APART = datetime.timedelta(minutes=10)
"""How far the server's clock may be from ours, beyond what its replies tell of it."""

Verdict: TypeAlias = Literal["same", "other", "unclear", "nowhere"]
"""same: it is there. other: its number is taken by something else. unclear: its number is there, and nothing proves
whether it is this. nowhere: it is in no list."""


@frozen(kw_only=True)
class Sought:
    """What an invoice is looked for by, and recognised by."""

    number: str
    series: str | None = None
    date: datetime.date | None = None
    year: int | None = None
    """Of its date. A number is taken within its year."""
    types: tuple[str, ...] = (ISSUED,)
    """As what it may be on the server."""
    sha256: str | None = None
    """Of the file that was sent; the server keeps it as it came."""
    facts: DocumentFacts | None = field(default=None, repr=False)
    """What the file says about itself."""
    invoice: Mapping[str, object] | None = field(default=None, repr=False)
    """The invoice as it was sent, where it is JSON."""
    total: Decimal | None = None
    """What it must come to with taxes, where somebody said so."""
    usual: Mapping[str, object] = field(factory=dict[str, object], repr=False)
    """What the account brings where nothing is sent, for example its currency."""


@frozen
class Window:
    """The time since which a request of ours, whose fate is not known, may have been carried out."""

    since: datetime.datetime
    """When it was first sent, by our clock."""
    behind: datetime.timedelta = datetime.timedelta()
    """How far the server's clock is ahead of ours, as far as it tells."""

    def begins_after(self, moment: datetime.datetime | None) -> bool:
        """Tell whether something was made before, beyond the difference of two clocks."""
        return moment is not None and moment - self.behind < self.since - CLOCKS_APART

    def holds(self, moment: datetime.datetime | None) -> bool:
        """Tell whether something was made in that time, as far as two clocks can tell."""
        return moment is not None and not self.begins_after(moment)


@frozen
class Finding:
    """What looking has shown."""

    verdict: Verdict
    ids: tuple[int, ...] = ()
    """The invoices that it is about."""
    invoice: Invoice | InvoiceListItem | None = None
    """The first of them."""
    comparison: Comparison = field(factory=Comparison)
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
        now: the time of day, by the same clock as the window.
        owner: tells what an invoice was made from, where somebody keeps a record of it.

    Raises:
        CallError: the look failed, which proves nothing.
        RateLimitTimeout: so does a look that found no place.
    """
    best = NOWHERE
    for kind in sought.types:
        numbered = await server.numbered(sought.number, kind)
        if window is not None and numbered.at is not None:
            window = evolve(window, behind=numbered.at - now())
        for row in numbered.rows:
            if _of_another_year(sought, row, window):
                continue
            found = await _judged(sought, row, kind, server, window, owner)
            if found.verdict == "same" and (found.comparison.complete or found.reason == _ON_RECORD):
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


_ON_RECORD = "on record"


def _of_another_year(sought: Sought, row: InvoiceListItem, window: Window | None) -> bool:
    """Tell whether a row has the number in another year, where it is free to."""
    if sought.year is not None:
        return row.date is not None and row.date.year != sought.year
    if window is None:
        return False
    # It was sent without a date, so the server has dated it with the day of the request, by its own calendar.
    another_day = row.date is not None and abs(
        row.date - (window.since + window.behind).date()
    ) > datetime.timedelta(days=1)
    return another_day or window.begins_after(row.created_at)


async def _judged(
    sought: Sought, row: InvoiceListItem, kind: str, server: Queries, window: Window | None, owner: Owner
) -> Finding:
    """Judge one invoice with the number."""
    ours = window is not None and window.holds(row.created_at)
    older = window is not None and window.begins_after(row.created_at)
    made_from = await owner(row.id)
    if made_from is not None and made_from == sought.sha256:
        return Finding("same", (row.id,), row, older=older, reason=_ON_RECORD)
    same_series = (row.series_code or "") == (sought.series or "")
    if sought.invoice is None:
        if made_from is None:
            original = await server.original(row.id)
            if original is not None and hashlib.sha256(original).hexdigest() == sought.sha256:
                return Finding("same", (row.id,), row, older=older)
        else:
            original = b""
        # A file is known by its bytes, whatever series the server has read from it. That something else has taken
        # the number can only be said where the series is the same as well, and of received ones the sender.
        if not same_series or not _same_sender(sought, row, kind, ours=ours):
            return NOWHERE
        if made_from is not None:
            return Finding("other", (row.id,), row, older=older)
        if sought.facts is None:
            return Finding(
                "unclear", (row.id,), row, older=older, reason="the document isn't at hand to compare"
            )
        there = await server.get(row.id, lines=True)
        comparison = compare_document(sought.facts, there, issued=kind != RECEIVED, total=sought.total)
        return _verdict(
            there, comparison, ours=ours, older=older, file=True, other_bytes=original is not None
        )
    if not same_series:
        return NOWHERE  # alike in all else perhaps, and another invoice
    if made_from is not None:
        return Finding("other", (row.id,), row, older=older)
    there = await server.get(row.id, lines=True)
    # The sender of a received invoice is part of what is compared; another's invoice takes nobody's number.
    comparison = await anyio.to_thread.run_sync(
        lambda: compare_invoice(
            cast("Mapping[str, object]", sought.invoice),
            there,
            total=sought.total,
            usual={"type": kind, **sought.usual},
        )
    )
    found = _verdict(there, comparison, ours=ours, older=older)
    if found.verdict == "other" and kind == RECEIVED and not _same_contact(sought, there):
        return NOWHERE
    return found


def _verdict(
    there: Invoice,
    comparison: Comparison,
    *,
    ours: bool,
    older: bool,
    file: bool = False,
    other_bytes: bool = False,
) -> Finding:
    verdict: Verdict
    if comparison.differences or (other_bytes and not ours):
        verdict = "other"
    elif other_bytes or comparison.unseen:
        verdict = "unclear"
    elif ours or comparison.complete:
        verdict = "same"
    else:
        verdict = "unclear"
    reason = str(comparison)
    if other_bytes and not comparison.differences:
        reason = "the server keeps another document"
    return Finding(verdict, (there.id,), there, comparison, older, reason, passing=file and not other_bytes)


_STRENGTH: tuple[Verdict, ...] = ("nowhere", "other", "unclear", "same")


def _stronger(best: Finding, found: Finding) -> Finding:
    """Return the finding that counts of two rows with one number."""
    if best.verdict == "same" and found.verdict == "same":
        return Finding("unclear", (*best.ids, *found.ids), best.invoice, reason="each of them could be it")
    if best.verdict == found.verdict == "unclear":
        return Finding("unclear", (*best.ids, *found.ids), best.invoice, best.comparison, reason=best.reason)
    return max(best, found, key=lambda one: _STRENGTH.index(one.verdict))


def _same_sender(sought: Sought, row: InvoiceListItem, kind: str, *, ours: bool) -> bool:
    """Suppliers choose their numbers without asking one another: of received invoices the sender counts as well."""
    if kind != RECEIVED or sought.facts is None:
        return True
    same = same_party(sought.facts.seller, row)
    return ours if same is None else same


def _same_contact(sought: Sought, there: Invoice) -> bool:
    sent = sought.invoice or {}
    about = {name: sent[name] for name in ("contact", "contact_id") if sent.get(name) is not None}
    return not about or not compare_invoice(about, there).differences


def sought_invoice(
    invoice: Mapping[str, object],
    *,
    sha256: str | None = None,
    total: Decimal | None = None,
    usual: Mapping[str, object] | None = None,
) -> Sought | None:
    """Tell what an invoice that is sent as JSON is looked for by; None if it has no number.

    Args:
        invoice: the invoice under the keys of the wire.
        sha256: what a record calls it.
        total: what it must come to.
        usual: what the account brings where nothing is sent.
    """
    number, series, kind = invoice.get("number"), invoice.get("series_code"), invoice.get("type")
    if not isinstance(number, str) or not number:
        return None
    date = _day(invoice.get("date"))
    return Sought(
        number=number,
        series=series if isinstance(series, str) and series else None,
        date=date,
        year=None if date is None else date.year,
        types=(kind,) if isinstance(kind, str) and kind else (ISSUED,),
        sha256=sha256,
        invoice=invoice,
        total=total,
        usual=usual or {},
    )


def sought_document(
    sha256: str, facts: DocumentFacts, issued: bool | None, *, total: Decimal | None = None
) -> Sought:
    """Tell what a document that is sent as a file is looked for by.

    Args:
        sha256: of its bytes.
        facts: what it says about itself.
        issued: which way it goes; None leaves that to the server, so both are looked through.
        total: what it must come to, where somebody knows better than the document.
    """
    return Sought(
        number=facts.number,
        series=facts.series,
        date=facts.date,
        year=facts.date.year,
        types=(ISSUED, RECEIVED) if issued is None else (ISSUED,) if issued else (RECEIVED,),
        sha256=sha256,
        facts=facts,
        total=total,
    )


def read_sought(content: bytes, issued: bool | None) -> Sought | None:
    """Tell what a document is looked for by; None if it says no number. Blocks: to be called in a thread.

    Args:
        content: the document, or a data URI with it.
        issued: which way it goes.
    """
    from ..einvoice import UnreadableDocument, read_document

    document = plain_document(content)
    try:
        facts = read_document(document)
    except UnreadableDocument:
        return None
    return sought_document(hashlib.sha256(document).hexdigest(), facts, issued)


def plain_document(content: bytes) -> bytes:
    """Return the document itself, taken out of a data URI where it stands in one (behaviour 18)."""
    head, comma, data = content.partition(b",")
    if not (content.startswith(b"data:") and comma and head.endswith(b";base64")):
        return content
    try:
        return base64.b64decode(data, validate=True)
    except binascii.Error:
        return content


def _day(value: object) -> datetime.date | None:
    if isinstance(value, datetime.datetime):
        return value.date()
    if isinstance(value, datetime.date):
        return value
    if isinstance(value, str):
        try:
            return datetime.date.fromisoformat(value[:10])
        except ValueError:
            return None
    return None

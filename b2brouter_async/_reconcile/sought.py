"""What an invoice that was sent is looked for by, and recognised by."""

from __future__ import annotations

import base64
import binascii
import datetime
import hashlib
from typing import TYPE_CHECKING

from attrs import field, frozen

from .listing import ISSUED, RECEIVED

if TYPE_CHECKING:
    from collections.abc import Mapping
    from decimal import Decimal

    from ..einvoice import DocumentFacts


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

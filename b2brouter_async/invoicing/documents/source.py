"""A document that remembers what was read of it, so that what was not can be listed."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from attrs import define, field, frozen

from ...einvoice import xml
from ...einvoice.facts import UnreadableDocument

if TYPE_CHECKING:
    import datetime
    from collections.abc import Iterator
    from decimal import Decimal

    from ...einvoice.xml import Element

MAX_TEXT: Final = 20_000
"""Characters of a text: notes and legal texts are long."""
NO_PLACE: Final = "no field of the API takes it"
_TECHNICAL: Final = re.compile(
    r"(?:\{.*\}.*|(?:listID|listName|listURI|schemeName|schemeURI|schemeDataURI|languageID|format|unitCodeListID"
    r"|.*AgencyID|.*AgencyName|.*VersionID))"
)
"""Attributes that say which list a code is of, and nothing of the invoice."""
_LINE_BREAKS: Final = re.compile(r"\s*[\t\r\n]\s*")
_SHOWN: Final = 200


@frozen
class LeftOut:
    """Something that a document says, and the invoice made of it doesn't.

    Example:
        for one in InvoiceInput.from_document(Path("invoice.xml").read_bytes()).left_out:
            print(one.place, one.value, one.reason)
    """

    place: str
    """Where it stands, for example `InvoiceLine[2]/Item/OriginCountry/IdentificationCode`; attributes behind an `@`."""
    value: str
    """What it says there, cut if it is long; empty for attachments and signatures, which aren't read."""
    reason: str = NO_PLACE
    """Why it is left out."""

    def __str__(self) -> str:
        value = f" {self.value!r}" if self.value else ""
        return f"{self.place}{value}: {self.reason}"


@define(eq=False)
class _Memory:
    """What was read of a document: elements by their identity, attributes beside it by their name."""

    read: set[tuple[int, str]] = field(factory=set[tuple[int, str]])
    reasons: dict[tuple[int, str], str] = field(factory=dict[tuple[int, str], str])
    summaries: dict[int, str] = field(factory=dict[int, str])
    currency: str | None = None


@define(eq=False)
class Source:
    """An element of a document, or the place of one that isn't there."""

    _element: Element | None
    _memory: _Memory = field(factory=_Memory)

    @property
    def is_there(self) -> bool:
        """Whether the document has it."""
        return self._element is not None

    @property
    def name(self) -> str:
        """Its local name."""
        return "" if self._element is None else self._element.name

    def counts_in(self, currency: str | None) -> None:
        """Refuse from now on, anywhere in the document, an amount that says it is in another currency.

        Args:
            currency: that of the document; None doesn't look.
        """
        self._memory.currency = currency

    def each(self, *path: str) -> list[Source]:
        """Return every element at the end of a path."""
        found = () if self._element is None else self._element.all(*path)
        return [Source(one, self._memory) for one in found]

    def at(self, *path: str) -> Source:
        """Return the first element at the end of a path, or an empty place."""
        return next(iter(self.each(*path)), Source(None, self._memory))

    def parts(self) -> list[Source]:
        """Return every element right below."""
        return [] if self._element is None else [Source(one, self._memory) for one in self._element.children]

    def text(self, *path: str) -> str | None:
        """Return the first text at the end of a path, on one line, and take it as read. Others there are left."""
        found = self.prose(*path)
        return None if found is None else _LINE_BREAKS.sub(" ", found)

    def prose(self, *path: str) -> str | None:
        """Return the first text at the end of a path with its line breaks, and take it as read."""
        found = self._with_text(*path)
        if found is None:
            return None
        self._memory.read.add((id(found), ""))
        return found.text

    def peek(self, *path: str) -> str | None:
        """Return the first text at the end of a path, without taking it as read."""
        found = self._with_text(*path)
        return None if found is None else _LINE_BREAKS.sub(" ", found.text)

    def amount(self, *path: str) -> Decimal | None:
        """Return the number at the end of a path, and take it as read.

        Raises:
            UnreadableDocument: it is no number, or an amount in another currency than the document's.
        """
        found = self._with_text(*path)
        if found is None:
            return None
        currency, ours = found.attributes.get("currencyID", "").strip(), self._memory.currency
        if currency and ours and currency.upper() != ours.upper():
            raise UnreadableDocument(
                f"{found.name} is in {currency[:20]}, and the invoice in {ours[:20]}. Upload the document itself, or have it "
                "corrected."
            )
        self._memory.read.add((id(found), ""))
        return xml.amount(found)

    def peek_amount(self, *path: str) -> Decimal | None:
        """Return the number at the end of a path, without taking it as read."""
        return xml.amount(self._with_text(*path))

    def day(self, *path: str) -> datetime.date | None:
        """Return the date at the end of a path as XML writes it, and take it as read."""
        found = self._with_text(*path)
        if found is None:
            return None
        self._memory.read.add((id(found), ""))
        return xml.iso_date(found)

    def attribute(self, name: str) -> str | None:
        """Return an attribute, and take it as read."""
        if self._element is None or not self._element.attributes.get(name, "").strip():
            return None
        self._memory.read.add((id(self._element), name))
        return self._element.attributes[name].strip()

    def peek_attribute(self, name: str) -> str | None:
        """Return an attribute, without taking it as read."""
        return None if self._element is None else self._element.attributes.get(name, "").strip() or None

    def element(self) -> Element:
        """Return the element itself, for whoever reads it in a way of its own; it must be there."""
        assert self._element is not None
        return self._element

    def known(self, *path: str) -> None:
        """Take everything at the end of a path as read: it is the format's own, or follows from what was read."""
        for one in self.each(*path) if path else [self]:
            for each in _below(one._element) if one._element is not None else ():
                self._memory.read.add((id(each), ""))
                self._memory.read.update((id(each), name) for name in each.attributes)

    def leave(self, reason: str, summary: str | None = None, *, attribute: str = "") -> None:
        """Leave it out for a reason of its own, as a whole.

        Args:
            reason: why.
            summary: what is told of it; left out, its texts.
            attribute: leave out this attribute, not the element.
        """
        if self._element is None:
            return
        self._memory.read.discard((id(self._element), attribute))
        self._memory.reasons[id(self._element), attribute] = reason
        if summary is not None:
            self._memory.summaries[id(self._element)] = summary

    def left_out(self, currency: str | None = None) -> tuple[LeftOut, ...]:
        """Return everything below that nobody asked for, in the document's order.

        Args:
            currency: that of the document, which its amounts need not say again.
        """
        return () if self._element is None else tuple(_unread(self._element, "", self._memory, currency))

    def _with_text(self, *path: str) -> Element | None:
        if self._element is None:
            return None
        found = next(
            (one for one in (self._element.all(*path) if path else [self._element]) if one.text), None
        )
        if found is not None and len(found.text) > MAX_TEXT:
            raise UnreadableDocument(f"{found.name} has more than {MAX_TEXT:,} characters.")
        return found


def _below(element: Element) -> Iterator[Element]:
    yield element
    for one in element.children:
        yield from _below(one)


def _unread(element: Element, place: str, memory: _Memory, currency: str | None) -> Iterator[LeftOut]:
    reason = memory.reasons.get((id(element), ""))
    if reason is not None:
        summary = memory.summaries.get(id(element))
        told = summary if summary is not None else ", ".join(one.text for one in _below(element) if one.text)
        yield LeftOut(place, _cut(told), reason)
        return
    if element.text and (id(element), "") not in memory.read:
        yield LeftOut(place, _cut(element.text))
    for name, value in element.attributes.items():
        if (id(element), name) in memory.read or value.strip() in ("", currency):
            continue
        why = memory.reasons.get((id(element), name))
        if why is not None or not _TECHNICAL.fullmatch(name):
            yield LeftOut(f"{place}@{name.rpartition('}')[2]}", _cut(value), why or NO_PLACE)
    for name in sorted(element.passed_over or ()):
        yield LeftOut(f"{place}/{name}".lstrip("/"), "", "it isn't read")
    counts: dict[str, int] = {}
    for one in element.children:
        counts[one.name] = counts.get(one.name, 0) + 1
    seen: dict[str, int] = {}
    for one in element.children:
        seen[one.name] = seen.get(one.name, 0) + 1
        number = f"[{seen[one.name]}]" if counts[one.name] > 1 else ""
        yield from _unread(one, f"{place}/{one.name}{number}".lstrip("/"), memory, currency)


def _cut(value: str) -> str:
    value = _LINE_BREAKS.sub(" ", value)
    return value if len(value) <= _SHOWN else f"{value[: _SHOWN - 1]}…"

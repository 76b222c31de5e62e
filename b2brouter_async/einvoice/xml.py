"""XML from strangers into a small tree: no DTD, no entities, no network, bounded depth and size.

The parser is defusedxml's. The tree is our own because an invoice's head is a few hundred elements
while its lines and attachments may be millions of bytes: those are checked, but not kept.
"""

from __future__ import annotations

import datetime
import re
from decimal import Decimal
from typing import TYPE_CHECKING, Protocol, cast

from attrs import define, field

from .facts import UnreadableDocument

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_DEPTH = 64
"""Levels of nesting. The deepest invoice syntax stays below 20."""
MAX_ELEMENTS = 500_000
"""Elements in all. An honest invoice of 20 MiB has fewer."""
MAX_KEPT = 50_000
"""Elements kept. The head of an invoice has hundreds; its lines aren't kept."""
MAX_TEXT = 1_000
"""Characters of a value. The longest we read is an address."""
_ROOT_WITHIN = 64 * 1024

# By local name, whatever the namespace: no syntax uses one of these for a fact we read.
_NOT_KEPT = frozenset(
    {
        "InvoiceLine",  # UBL
        "CreditNoteLine",
        "UBLExtensions",
        "EmbeddedDocumentBinaryObject",
        "IncludedSupplyChainTradeLineItem",  # CII
        "AttachmentBinaryObject",
        "Items",  # Facturae
        "AttachmentData",
        "Extensions",
        "DettaglioLinee",  # FatturaPA
        "Allegati",
        "Signature",  # XAdES, and UBL's own
    }
)
_NO_ATTRIBUTES: dict[str, str] = {}


@define(eq=False)
class Element:
    """An XML element, by local names."""

    namespace: str
    name: str
    attributes: dict[str, str]
    text: str = ""
    """Its own text, without the space around it."""
    children: list[Element] = field(factory=list["Element"])

    def all(self, *path: str) -> Iterator[Element]:
        """Every element at the end of a path of local names, in document order."""
        name, *rest = path
        for child in self.children:
            if child.name == name:
                if rest:
                    yield from child.all(*rest)
                else:
                    yield child

    def first(self, *path: str) -> Element | None:
        """The first element at the end of a path, or None."""
        return next(self.all(*path), None)

    def find(self, *path: str) -> Element:
        """The first element at the end of a path, or an empty one."""
        return self.first(*path) or Element("", path[-1], _NO_ATTRIBUTES)

    def value(self, *path: str) -> str | None:
        """The first text at the end of a path that isn't empty, on one line, or None. Without a path, its own.

        Raises:
            UnreadableDocument: the text is longer than any value of an invoice.
        """
        found = next((each for each in (self.all(*path) if path else (self,)) if each.text), None)
        if found is None:
            return None
        if len(found.text) > MAX_TEXT:
            raise UnreadableDocument(
                f"{found.name} has {len(found.text):,} characters, more than {MAX_TEXT:,}."
            )
        return _LINE_BREAKS.sub(" ", found.text)


def parse(content: bytes, *, keep: frozenset[str] = frozenset()) -> Element:
    """Parse a whole document into its root element.

    Args:
        content: the document.
        keep: local names of elements to keep that are left out otherwise.

    Raises:
        UnreadableDocument: not well-formed, a DTD, too deep, too many elements, unknown encoding.
    """
    builder = _Builder(_NOT_KEPT - keep)
    _feed(content, builder, close=True)
    if builder.root is None:  # pragma: no cover - the parser refuses a document without a root
        raise UnreadableDocument("The XML has no root element.")
    return builder.root


def root_of(content: bytes) -> Element | None:
    """The root element without its content, or None if the bytes don't begin like XML."""
    finder = _RootFinder()
    try:
        _feed(content[:_ROOT_WITHIN], finder, close=False)
    except _RootFound as found:
        return found.root
    except UnreadableDocument:
        return None
    return None


def amount(element: Element | None) -> Decimal | None:
    """The decimal number in an element, None if there is none.

    Raises:
        UnreadableDocument: there is text, and it isn't a plain decimal number.
    """
    if element is None or not element.text:
        return None
    if len(element.text) > 64 or not _AMOUNT.fullmatch(element.text):
        raise UnreadableDocument(f"{element.name} is {element.text[:40]!r}, which is not an amount.")
    return Decimal(element.text)


def iso_date(element: Element | None) -> datetime.date | None:
    """The date in an element (xsd:date or xsd:dateTime; the zone is left out), None if there is none.

    Raises:
        UnreadableDocument: there is text, and it isn't a date.
    """
    if element is None or not element.text:
        return None
    found = _DATE.fullmatch(element.text)
    if found:
        try:
            return datetime.date.fromisoformat(found[1])
        except ValueError:
            pass  # 2026-02-30
    raise UnreadableDocument(f"{element.name} is {element.text[:40]!r}, which is not a date (YYYY-MM-DD).")


_LINE_BREAKS = re.compile(r"\s*[\t\r\n]\s*")
_AMOUNT = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)")
_DATE = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})(?:T[0-9:.]+)?(?:Z|[+-][0-9]{2}:[0-9]{2})?")


class _Target(Protocol):
    def start(self, tag: str, attributes: dict[str, str]) -> None: ...
    def end(self, tag: str) -> None: ...
    def data(self, data: str) -> None: ...


class _Parser(Protocol):
    def feed(self, data: bytes) -> None: ...
    def close(self) -> object: ...


@define(eq=False)
class _Builder:
    """Receives the parser's events and keeps what may hold a fact."""

    _not_kept: frozenset[str]
    root: Element | None = field(default=None, init=False)
    _open: list[Element] = field(factory=list[Element], init=False)
    _text: list[str] = field(factory=list[str], init=False)
    _depth: int = field(default=0, init=False)
    _skipped_from: int = field(default=0, init=False)
    """Depth of the element whose content isn't kept, 0 for none."""
    _seen: int = field(default=0, init=False)
    _kept: int = field(default=0, init=False)

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise UnreadableDocument(
                f"The XML is nested more than {MAX_DEPTH} levels deep: this is no invoice."
            )
        self._seen += 1
        if self._seen > MAX_ELEMENTS:
            raise UnreadableDocument(f"The XML has more than {MAX_ELEMENTS:,} elements. Split the invoice.")
        if self._skipped_from:
            return
        namespace, name = _split(tag)
        if name in self._not_kept and self._depth > 1:
            self._skipped_from = self._depth
            return
        self._kept += 1
        if self._kept > MAX_KEPT:
            raise UnreadableDocument(f"The XML has more than {MAX_KEPT:,} elements outside invoice lines.")
        element = Element(namespace, name, attributes or _NO_ATTRIBUTES)
        if self._open:
            self._open[-1].children.append(element)
        else:
            self.root = element
        self._open.append(element)
        self._text.clear()

    def end(self, tag: str) -> None:
        if not self._skipped_from:
            self._open.pop().text = "".join(self._text).strip()
            self._text.clear()
        elif self._skipped_from == self._depth:
            self._skipped_from = 0
        self._depth -= 1

    def data(self, data: str) -> None:
        if not self._skipped_from:
            self._text.append(data)


class _RootFound(Exception):  # leaves the parser, is no error
    def __init__(self, root: Element) -> None:
        super().__init__()
        self.root = root


class _RootFinder:
    def start(self, tag: str, attributes: dict[str, str]) -> None:
        namespace, name = _split(tag)
        raise _RootFound(Element(namespace, name, attributes))

    def end(self, tag: str) -> None:
        """Never reached: the root ends the search."""

    def data(self, data: str) -> None:
        """There is no text before the root."""


def _split(tag: str) -> tuple[str, str]:
    namespace, _, name = tag.rpartition("}")
    return namespace[1:], name


def _feed(content: bytes, target: _Target, *, close: bool) -> None:
    # Imported here: costs about as much as a hundred documents, and `import b2brouter_async` must stay light.
    from defusedxml.common import DefusedXmlException
    from defusedxml.ElementTree import ParseError, XMLParser

    parser = cast(
        "_Parser", XMLParser(target=target, forbid_dtd=True, forbid_entities=True, forbid_external=True)
    )
    try:
        parser.feed(_from_declaration(content))
        if close:
            parser.close()
    except UnreadableDocument:
        raise
    except DefusedXmlException as error:
        raise UnreadableDocument(
            "The XML carries a DTD or entities. Invoices need none and they are a way to attack a reader: "
            "remove the <!DOCTYPE ...> part."
        ) from error
    except ParseError as error:
        raise UnreadableDocument(
            f"The XML is not well-formed ({error}). Export the document again."
        ) from error
    except (ValueError, LookupError) as error:
        # expat asks Python for encodings it doesn't know; multi-byte ones and invented ones end here
        raise UnreadableDocument(
            f"The XML declares an encoding that can't be read ({error}). Save the document as UTF-8."
        ) from error


def _from_declaration(content: bytes) -> bytes:
    # Blank lines before the declaration are a frequent slip of exporters, and expat's harshest refusal.
    if content[:1].isspace() and content[:512].lstrip().startswith(b"<?xml"):
        return content.lstrip()
    return content

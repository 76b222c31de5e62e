"""XML from strangers into a small tree: no DTD, no entities, no network, bounded depth and size.

The parser is defusedxml's. The tree is our own because an invoice's head is a few hundred elements
while its lines and attachments may be millions of bytes: those are checked, but not kept.

A small document, in UTF-8 and without the bytes that a DTD begins with, takes a short cut: it is parsed as a whole by the
standard library's parser in C, in half of the time, and comes to the same tree. Whatever is unusual about it takes the
long way.
"""

from __future__ import annotations

import datetime
import re
from collections import Counter
from decimal import Decimal
from typing import TYPE_CHECKING, NoReturn, Protocol, cast

from attrs import define, field

from .facts import UnreadableDocument

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

MAX_DEPTH = 64
"""Levels of nesting. The deepest invoice syntax stays below 20."""
MAX_ELEMENTS = 1_000_000
"""Elements in all. An honest invoice of 20 MiB has fewer, also where no space stands between them."""
MAX_KEPT = 50_000
"""Elements kept. The head of an invoice has hundreds; its lines aren't kept."""
MAX_SIBLINGS = 1_000
"""Elements of one name kept below one parent, such as 12,000 delivery notes. Who asks for them all is refused."""
MAX_TEXT = 1_000
"""Characters of a value. The longest we read is an address."""
MAX_ATTRIBUTES = 100
"""Attributes of an element that is kept."""
MAX_KEPT_TEXT = 2_000_000
"""Characters of all the texts and attributes that are kept."""
MAX_NAMES = 5_000
"""Different names of elements and attributes, and different prefixes. The parser remembers each; honest files have
hundreds."""
MAX_TAG = 256 * 1024
"""Bytes of one tag or comment. The parser holds it as a whole."""
_AT_ONCE = 64 * 1024
_SMALL = 64 * 1024
"""Bytes of a document that may be parsed as a whole."""
_SMALL_MARKS = 4_000
"""Elements and attributes of such a document: fewer than any bound on them, but for those that are looked at."""
XML_SPACE = " \t\r\n"
"""What XML calls space; the other kinds belong to a value."""
_ROOT_WITHIN = 64 * 1024

# By local name, whatever the namespace: no syntax uses one of these for a fact we read.
LINES = frozenset(
    {
        "InvoiceLine",  # UBL
        "CreditNoteLine",
        "IncludedSupplyChainTradeLineItem",  # CII
        "Items",  # Facturae
        "DettaglioLinee",  # FatturaPA
    }
)
"""What holds the lines of an invoice."""
_NOT_KEPT = LINES | {
    "UBLExtensions",  # UBL
    "EmbeddedDocumentBinaryObject",
    "AttachmentBinaryObject",  # CII
    "AttachmentData",  # Facturae
    "Extensions",
    "Allegati",  # FatturaPA
    "Signature",  # XAdES, and UBL's own
}
_NO_ATTRIBUTES: dict[str, str] = {}
_TEXT_BEFORE = "text()"
"""What is passed over where text stands before an element."""


@define(eq=False)
class Element:
    """An XML element, by local names."""

    namespace: str
    name: str
    attributes: dict[str, str]
    text: str = ""
    """Its own text, without the space around it."""
    children: list[Element] = field(factory=list["Element"])
    incomplete: set[str] | None = None
    """Names of which there are more children than were kept."""
    passed_over: set[str] | None = None
    """Names of children that are checked and not kept, such as attachments."""

    def all(self, *path: str) -> Iterator[Element]:
        """Every element at the end of a path of local names, in document order.

        Raises:
            UnreadableDocument: there are more than were kept; not before the kept ones were given.
        """
        name, *rest = path
        for child in self.children:
            if child.name == name:
                if rest:
                    yield from child.all(*rest)
                else:
                    yield child
        self._check_complete(name)

    def _check_complete(self, name: str) -> None:
        if self.incomplete and name in self.incomplete:
            raise UnreadableDocument(f"{self.name} has more than {MAX_SIBLINGS:,} {name}.")

    def first(self, name: str, *rest: str) -> Element | None:
        """The first element at the end of a path, or None."""
        for child in self.children:
            if child.name == name:
                found = child.first(*rest) if rest else child
                if found is not None:
                    return found
        self._check_complete(name)
        return None

    def find(self, *path: str) -> Element:
        """The first element at the end of a path, or an empty one."""
        return self.first(*path) or Element("", path[-1], _NO_ATTRIBUTES)

    def single(self, *path: str) -> Element:
        """The part at the end of a path that may be there once, or an empty one.

        Raises:
            UnreadableDocument: there are several: which one counts, nobody can tell.
        """
        found = list(self.all(*path))
        if len(found) > 1:
            raise UnreadableDocument(
                f"{path[-1]} is there more than once; which one counts, nobody can tell."
            )
        return found[0] if found else Element("", path[-1], _NO_ATTRIBUTES)

    def only(self, *path: str) -> Element | None:
        """The element at the end of a path that may be there once, or None if there is none.

        Raises:
            UnreadableDocument: there are several that differ: which one counts, nobody can tell.
        """
        found = list(self.all(*path))
        return only_of(found)

    def value(self, *path: str) -> str | None:
        """The first text at the end of a path that isn't empty, on one line, or None. Without a path, its own.

        Raises:
            UnreadableDocument: the text is longer than any value of an invoice.
        """
        for each in self.all(*path) if path else (self,):
            text = each.text
            _check_alone(each)
            if not text:
                continue
            if len(text) > MAX_TEXT:
                raise UnreadableDocument(f"{each.name} has more than {MAX_TEXT:,} characters.")
            return text if text.isprintable() else _LINE_BREAKS.sub(" ", text)
        return None


def parse(
    content: bytes,
    *,
    keep: frozenset[str] = frozenset(),
    max_text: int = MAX_TEXT,
    max_kept: int = MAX_KEPT,
) -> Element:
    """Parse a whole document into its root element.

    Args:
        content: the document.
        keep: local names of elements to keep that are checked only and left out otherwise, as invoice lines are.
        max_text: characters of an element's text; of a longer one only that it is longer is kept.
        max_kept: elements that are kept.

    Raises:
        UnreadableDocument: not well-formed, a DTD, unknown encoding, or more of something than any invoice has.
    """
    if not keep and max_text == MAX_TEXT and (root := _parse_small(content)) is not None:
        return root
    builder = _Builder(_NOT_KEPT - keep, max_text, max_kept if keep else MAX_SIBLINGS, max_kept)
    _feed(content, builder, close=True)
    if builder.root is None:  # pragma: no cover - the parser refuses a document without a root
        raise UnreadableDocument("The XML has no root element.")
    return builder.root


def only_of(elements: Sequence[Element]) -> Element | None:
    """The first of elements that all say the same, or None if there is none.

    Raises:
        UnreadableDocument: they differ, or one holds elements beside its text.
    """
    for each in elements:
        _check_alone(each)
    told = {each.text for each in elements if each.text}
    if len(told) > 1:
        one, other = sorted(told)[:2]
        raise UnreadableDocument(
            f"{elements[0].name} is there more than once, as {one[:40]!r} and as {other[:40]!r}."
        )
    return next((each for each in elements if each.text), elements[0] if elements else None)


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


def value_of(element: Element | None) -> str | None:
    """The text of an element on one line, None if there is none.

    Raises:
        UnreadableDocument: the text is longer than any value of an invoice.
    """
    return None if element is None else element.value()


def amount(element: Element | None) -> Decimal | None:
    """The decimal number in an element, None if there is none.

    Raises:
        UnreadableDocument: there is text, and it isn't a plain decimal number.
    """
    if element is None or not _has_value(element):
        return None
    if len(element.text) > 64 or not _AMOUNT.fullmatch(element.text):
        raise UnreadableDocument(f"{element.name} is {element.text[:40]!r}, which is not an amount.")
    return Decimal(element.text)


def is_in(element: Element, currency: str | None) -> bool:
    """Whether an amount is in a currency; one that names none is in the document's."""
    named = element.attributes.get("currencyID", "").strip()
    return not named or named.upper() == (currency or named).upper()


def iso_date(element: Element | None) -> datetime.date | None:
    """The date in an element (xsd:date or xsd:dateTime; the zone is left out), None if there is none.

    Raises:
        UnreadableDocument: there is text, and it isn't a date.
    """
    if element is None or not _has_value(element):
        return None
    found = _DATE.fullmatch(element.text)
    if found:
        try:
            return datetime.date.fromisoformat(found[1])
        except ValueError:
            pass  # 2026-02-30
    raise UnreadableDocument(f"{element.name} is {element.text[:40]!r}, which is not a date (YYYY-MM-DD).")


def _has_value(element: Element) -> bool:
    _check_alone(element)
    return bool(element.text)


def _check_alone(element: Element) -> None:
    # Readers differ in what they take of `1<x/>00`: 1, 00, 100 or nothing.
    passed_over = element.passed_over or set[str]()
    if _TEXT_BEFORE in passed_over or (element.text and (element.children or passed_over)):
        raise UnreadableDocument(
            f"{element.name} has text and elements side by side; which text counts, nobody can tell."
        )


_LINE_BREAKS = re.compile(r"[ \t\r\n]*[\t\r\n][ \t\r\n]*")
_AMOUNT = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)")
_DATE = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})(?:T[0-9:.]+)?(?:Z|[+-][0-9]{2}:[0-9]{2})?")


class _Node(Protocol):
    """An element of the standard library's tree."""

    tag: str
    attrib: dict[str, str]
    text: str | None
    tail: str | None

    def __len__(self) -> int: ...
    def __iter__(self) -> Iterator[_Node]: ...
    def iter(self) -> Iterator[_Node]: ...


class _Expat(Protocol):
    StartElementHandler: Callable[[str, dict[str, str]], None] | None
    EndElementHandler: Callable[[str], None] | None
    CharacterDataHandler: Callable[[str], None] | None
    StartNamespaceDeclHandler: Callable[[str | None, str], None] | None
    DefaultHandlerExpand: Callable[[str], None] | None
    ordered_attributes: bool

    @property
    def CurrentByteIndex(self) -> int: ...  # noqa: N802 - its own name
    @property
    def intern(self) -> dict[str, str]: ...


class _Target(Protocol):
    def listen(self, expat: _Expat) -> None: ...


class _Parser(Protocol):
    @property
    def parser(self) -> _Expat: ...
    def feed(self, data: bytes) -> None: ...
    def close(self) -> object: ...


@define(eq=False)
class _Builder:
    """Receives the parser's events and keeps what may hold a fact."""

    _not_kept: frozenset[str]
    _max_text: int
    _max_siblings: int
    _max_kept: int
    root: Element | None = field(default=None, init=False)
    _expat: _Expat = field(init=False)
    _open: list[Element] = field(factory=list[Element], init=False)
    _siblings: dict[Element, Counter[str]] = field(factory=dict[Element, "Counter[str]"], init=False)
    """How many children of each name there are, of the few elements that have very many."""
    _text: list[str] = field(factory=list[str], init=False)
    _length: int = field(default=0, init=False)
    _skipped: int = field(default=0, init=False)
    """How many elements are open that aren't kept."""
    _seen: int = field(default=0, init=False)
    _kept: int = field(default=0, init=False)
    _kept_text: int = field(default=0, init=False)
    _prefixes: set[str | None] = field(factory=set[str | None], init=False)

    def listen(self, expat: _Expat) -> None:
        self._expat = expat
        expat.StartNamespaceDeclHandler = self._prefix
        self._keep()

    def _keep(self) -> None:
        expat = self._expat
        expat.StartElementHandler, expat.EndElementHandler = self._start, self._end
        expat.CharacterDataHandler = self._data

    def _skip(self) -> None:
        # Lines and attachments are most of an invoice: their texts are not even made.
        expat = self._expat
        expat.StartElementHandler, expat.EndElementHandler = self._start_skipped, self._end_skipped
        expat.CharacterDataHandler = None
        self._skipped = 1

    def _prefix(self, prefix: str | None, uri: str) -> None:
        self._prefixes.add(prefix)
        if len(self._prefixes) > MAX_NAMES:
            raise UnreadableDocument(f"The XML has more than {MAX_NAMES:,} different prefixes.")

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        opened = self._open
        self._seen += 1
        if self._seen > MAX_ELEMENTS or len(opened) >= MAX_DEPTH:
            self._refuse()
        namespace, _, name = tag.rpartition("}")
        siblings: list[Element] = []
        if opened:
            siblings = opened[-1].children
            if name in self._not_kept:
                self._pass_over(name)
                return
            if len(siblings) >= self._max_siblings and self._is_one_too_many(name):
                self._skip()
                return
        self._kept += 1
        if self._kept > self._max_kept:
            what = "elements outside invoice lines" if self._not_kept >= LINES else "elements"
            raise UnreadableDocument(f"The XML has more than {self._max_kept:,} {what}.")
        if attributes:
            if len(attributes) > MAX_ATTRIBUTES:
                raise UnreadableDocument(f"{name[:60]} has more than {MAX_ATTRIBUTES} attributes.")
            self._keep_text(sum(map(len, attributes.values())))
        element = Element(namespace, name, attributes or _NO_ATTRIBUTES)
        siblings.append(element)
        if not opened:
            self.root = element
        if self._text:
            # Text before an element beside it: no invoice has that, and it would be gone without a word.
            _note_passed_over(opened[-1], _TEXT_BEFORE)
            self._text.clear()
            self._length = 0
        opened.append(element)

    def _refuse(self) -> NoReturn:
        if self._seen > MAX_ELEMENTS:
            raise UnreadableDocument(f"The XML has more than {MAX_ELEMENTS:,} elements. Split the invoice.")
        raise UnreadableDocument(f"The XML is nested more than {MAX_DEPTH} levels deep: this is no invoice.")

    def _keep_text(self, characters: int) -> None:
        self._kept_text += characters
        if self._kept_text > MAX_KEPT_TEXT:
            raise UnreadableDocument(
                f"The XML has more than {MAX_KEPT_TEXT:,} characters outside invoice lines."
            )

    def _pass_over(self, name: str) -> None:
        _note_passed_over(self._open[-1], name)
        self._skip()

    def _is_one_too_many(self, name: str) -> bool:
        parent = self._open[-1]
        counts = self._siblings.get(parent)
        if counts is None:
            counts = self._siblings[parent] = Counter(child.name for child in parent.children)
        counts[name] += 1
        if counts[name] <= self._max_siblings:
            return False
        if parent.incomplete is None:
            parent.incomplete = set()
        parent.incomplete.add(name)
        return True

    def _end(self, tag: str) -> None:
        element = self._open.pop()
        if self._text:
            text = element.text = "".join(self._text).rstrip(XML_SPACE)
            self._keep_text(len(text))
            self._text.clear()
            self._length = 0

    def _data(self, data: str) -> None:
        if self._length > self._max_text:
            return
        if not self._text:
            data = data.lstrip(XML_SPACE)
        if data:
            # One character more than allowed stands for all that follow.
            self._text.append(data[: self._max_text + 1 - self._length])
            self._length += len(data)

    def _start_skipped(self, tag: str, attributes: dict[str, str]) -> None:
        self._seen += 1
        if self._seen > MAX_ELEMENTS or len(self._open) + self._skipped >= MAX_DEPTH:
            self._refuse()
        self._skipped += 1

    def _end_skipped(self, tag: str) -> None:
        self._skipped -= 1
        if not self._skipped:
            self._keep()


class _TakeTheLongWay(Exception):
    """Something about a small document is to be judged by who judges large ones."""


def _parse_small(content: bytes) -> Element | None:
    """Return the tree of a small and plain document, as `_Builder` makes it; None for any other one."""
    if len(content) > _SMALL or content.count(b"<") + content.count(b"=") > _SMALL_MARKS:
        return None
    content, encoding = beginning(content)
    # In UTF-8, which the parser is told to take it for, a DTD can't begin with anything else.
    if encoding not in (None, "UTF-8") or _declared(content) not in _PLAIN_UTF8 or b"<!DOCTYPE" in content:
        return None
    # Imported here, as the other one.
    from xml.etree.ElementTree import ParseError, XMLParser

    parser = XMLParser(encoding="UTF-8")  # noqa: S314 - there is no DTD, see above
    try:
        parser.feed(content)
        return _kept(parser.close(), 0)
    except (ParseError, ValueError, _TakeTheLongWay):
        return None


def _kept(node: _Node, depth: int) -> Element:
    """Return an element with what is kept below it."""
    if len(node) > MAX_SIBLINGS or depth >= MAX_DEPTH:
        raise _TakeTheLongWay
    namespace, _, name = node.tag.rpartition("}")
    element = Element(namespace[1:], name, _attributes(node.attrib) if node.attrib else _NO_ATTRIBUTES)
    text = node.text
    for child in node:
        below = child.tag.rpartition("}")[2]
        if below in _NOT_KEPT:
            _check_depth(child, depth + 1)
            _note_passed_over(element, below)
            text = f"{text or ''}{child.tail or ''}"
        else:
            if text and text.strip(XML_SPACE):
                _note_passed_over(element, _TEXT_BEFORE)
            element.children.append(_kept(child, depth + 1))
            text = child.tail
    if text:
        element.text = text.lstrip(XML_SPACE)[: MAX_TEXT + 1].rstrip(XML_SPACE)
    return element


def _attributes(given: dict[str, str]) -> dict[str, str]:
    if len(given) > MAX_ATTRIBUTES:
        raise _TakeTheLongWay
    if "{" not in "".join(given):
        return given
    return {key.removeprefix("{"): value for key, value in given.items()}


def _check_depth(node: _Node, depth: int) -> None:
    # So few elements can't be nested too deep, however they are.
    if depth + len(list(node.iter())) > MAX_DEPTH:
        if depth >= MAX_DEPTH:
            raise _TakeTheLongWay
        for child in node:
            _check_depth(child, depth + 1)


def _note_passed_over(parent: Element, name: str) -> None:
    if parent.passed_over is None:
        parent.passed_over = set()
    parent.passed_over.add(name)


class _RootFound(Exception):  # leaves the parser, is no error
    def __init__(self, root: Element) -> None:
        super().__init__()
        self.root = root


class _RootFinder:
    def listen(self, expat: _Expat) -> None:
        expat.StartElementHandler = self._start

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        namespace, _, name = tag.rpartition("}")
        raise _RootFound(Element(namespace, name, attributes))


def _feed(content: bytes, target: _Target, *, close: bool) -> None:
    # Imported here: costs about as much as a hundred documents, and `import b2brouter_async` must stay light.
    from defusedxml.common import DefusedXmlException
    from defusedxml.ElementTree import ParseError, XMLParser

    content, encoding = beginning(content)
    _check_encoding(content, encoding)
    parser = cast(
        "_Parser",
        XMLParser(
            target=object(),
            encoding=encoding or _read_as_utf8(content),
            forbid_dtd=True,
            forbid_entities=True,
            forbid_external=True,
        ),
    )
    # The target hears expat itself: ElementTree's own handlers in between cost more than all that is done here. Those
    # of defusedxml, against DTD and entities, stay.
    expat = parser.parser
    expat.DefaultHandlerExpand = None
    expat.EndElementHandler = expat.CharacterDataHandler = None
    expat.ordered_attributes = False
    target.listen(expat)
    try:
        for start in range(0, len(content), _AT_ONCE):
            parser.feed(content[start : start + _AT_ONCE])
            _check_held(expat, start + _AT_ONCE)
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


def _check_held(expat: _Expat, fed: int) -> None:
    if fed - expat.CurrentByteIndex > MAX_TAG + _AT_ONCE:
        raise UnreadableDocument(f"The XML has a tag or comment of more than {MAX_TAG:,} bytes.")
    if len(expat.intern) > MAX_NAMES:
        raise UnreadableDocument(f"The XML has more than {MAX_NAMES:,} different names: this is no invoice.")


_BOM = b"\xef\xbb\xbf"
_SPACE = b" \t\r\n"
_BOMS_16 = {b"\xff\xfe": "UTF-16LE", b"\xfe\xff": "UTF-16BE"}
_DECLARED = re.compile(rb"<\?xml[^>]{0,256}?\sencoding\s*=\s*[\"']([A-Za-z0-9._:-]{1,40})[\"']")
_UTF8_NAMES = frozenset({"utf8", "utf8n", "xutf8", "unicode11utf8"})
_PLAIN_UTF8 = _UTF8_NAMES | {""}
"""What a document declares that is in UTF-8: one of its names, or nothing."""


def beginning(content: bytes) -> tuple[bytes, str | None]:
    """Take byte order marks and blank space off the beginning, which exporters put before the declaration.

    Returns:
        the rest, and its encoding where a mark or the first bytes tell it, by the names that expat knows: "UTF-8",
        "UTF-16LE" or "UTF-16BE".
    """
    # One pass, however long the beginning is; a document that starts with half a mark is none anyway.
    stripped = content.lstrip(_SPACE + _BOM)
    if _BOM in content[: len(content) - len(stripped)]:
        return stripped, "UTF-8"
    for mark, encoding in _BOMS_16.items():
        # Without a mark it is told by the zero beside the first character.
        if content.startswith(mark) or content[:2] in [one.encode(encoding) for one in " \t\r\n<"]:
            blank = len(content) - len(content.lstrip(_SPACE + mark + b"\0"))
            # The zero before the first character belongs to it.
            return content[blank - blank % 2 :], encoding
    return content.lstrip(_SPACE), None


def _declared(content: bytes) -> str:
    found = _DECLARED.match(content[:512])
    return "" if found is None else re.sub(r"[^a-z0-9]", "", found[1].decode("ascii").lower())


def _read_as_utf8(content: bytes) -> str | None:
    # expat knows the one name "UTF-8", and takes "utf8" for an encoding that it can't read.
    return "UTF-8" if _declared(content) in _UTF8_NAMES else None


def _check_encoding(content: bytes, encoding: str | None) -> None:
    if encoding in (None, "UTF-8") and _declared(content).startswith(("utf16", "utf32", "ucs")):
        raise UnreadableDocument(
            "The XML declares an encoding of two or four bytes a character and isn't written in it. "
            "Put encoding='UTF-8' into its first line."
        )

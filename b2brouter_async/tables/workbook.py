"""What a reader of spreadsheets does not tell of a sheet: hidden rows, values that are errors, formulas without a value.

python-calamine gives such cells as empty ones, or as 0, and hidden rows as any other. So the sheet's own XML is looked through,
where it holds anything of the kind at all. Old `.xls` files are no XML; of them nothing is known.
"""

from __future__ import annotations

import io
import posixpath
import re
import zipfile
from collections.abc import Mapping  # noqa: TC003 - attrs resolves the annotations
from typing import TYPE_CHECKING, Final, Protocol, cast

from attrs import define, field, frozen

if TYPE_CHECKING:
    from collections.abc import Callable

NOT_RECKONED: Final = "a formula without its value"
_MAYBE: Final = re.compile(rb"""t=["']e["']|hidden=|[<:]f[ />]|visibility=|formula=|value-type=["']error""")
_FEED: Final = 1 << 20


class Broken(str):
    """A cell whose value the spreadsheet could not reckon, or never has: its error, or `NOT_RECKONED`."""

    __slots__ = ()


@frozen
class Unseen:
    """What stands in a sheet beside its values; lines and columns count from 0."""

    hidden: frozenset[int] = frozenset()
    broken: Mapping[int, Mapping[int, Broken]] = field(factory=dict[int, "dict[int, Broken]"])


def look(data: bytes, sheet: str) -> Unseen:
    """Return what a spreadsheet reader doesn't tell of a sheet.

    Args:
        data: the whole file.
        sheet: the sheet's name.

    Raises:
        ValueError, KeyError, zipfile.BadZipFile: the file is not laid out as such files are.
    """
    if not data.startswith(b"PK"):
        return Unseen()
    with zipfile.ZipFile(io.BytesIO(data)) as book:
        names = book.namelist()
        if "content.xml" in names:
            content = book.read("content.xml")
            return _read(content, _OpenDocument(sheet)) if _MAYBE.search(content) else Unseen()
        workbook = _target_of(book, "_rels/.rels", "officeDocument", "")
        described = _Workbook(sheet)
        _read(book.read(workbook), described)
        if described.relation is None:
            raise KeyError(sheet)
        folder, name = posixpath.split(workbook)
        part = _target_of(book, f"{folder}/_rels/{name}.rels", described.relation, folder)
        content = book.read(part)
        return _read(content, _Sheet(described.unreckoned)) if _MAYBE.search(content) else Unseen()


def _target_of(book: zipfile.ZipFile, path: str, wanted: str, folder: str) -> str:
    """Return the part that a relation leads to, by its id or by the end of its type."""
    found = _Relations(wanted)
    _read(book.read(path.lstrip("/")), found)
    if found.target is None:
        raise KeyError(wanted)
    if found.target.startswith("/"):
        return found.target[1:]
    return posixpath.normpath(posixpath.join(folder, found.target))


class _Target(Protocol):
    @property
    def unseen(self) -> Unseen: ...
    def start(self, tag: str, attributes: Mapping[str, str]) -> object: ...
    def end(self, tag: str) -> object: ...
    def data(self, text: str) -> object: ...


def _read(content: bytes, target: _Target) -> Unseen:
    from defusedxml.common import DefusedXmlException
    from defusedxml.ElementTree import ParseError, XMLParser

    make = cast("Callable[..., _Parser]", XMLParser)
    parser = make(target=target, forbid_dtd=True)
    try:
        for at in range(0, len(content), _FEED):
            parser.feed(content[at : at + _FEED])
        parser.close()
    except (ParseError, DefusedXmlException) as error:
        raise ValueError(str(error)) from None
    return target.unseen


class _Parser(Protocol):
    def feed(self, data: bytes) -> None: ...
    def close(self) -> object: ...


def _local(name: str) -> str:
    return name.rpartition("}")[2]


@define
class _Relations:
    """Finds a relation."""

    _wanted: str
    target: str | None = None
    unseen: Unseen = field(factory=Unseen)

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        if _local(tag) == "Relationship" and (
            attributes.get("Id") == self._wanted or attributes.get("Type", "").endswith(f"/{self._wanted}")
        ):
            self.target = self.target or attributes.get("Target")

    def end(self, tag: str) -> None: ...
    def data(self, text: str) -> None: ...


@define
class _Workbook:
    """Finds a sheet's relation, and whether the formulas of the book wait for somebody who reckons them."""

    _sheet: str
    relation: str | None = None
    unreckoned: bool = False
    unseen: Unseen = field(factory=Unseen)

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        name = _local(tag)
        if name == "sheet" and attributes.get("name") == self._sheet:
            self.relation = next(
                (one for key, one in attributes.items() if _local(key) == "id" and "}" in key), None
            )
        elif name == "calcPr":
            # Programs that write formulas and can't reckon them set it, with 0 for each value or with none.
            self.unreckoned = attributes.get("fullCalcOnLoad") in ("1", "true")

    def end(self, tag: str) -> None: ...
    def data(self, text: str) -> None: ...


@define
class _Sheet:
    """Reads a sheet of .xlsx."""

    _unreckoned: bool
    _hidden: set[int] = field(factory=set[int])
    _broken: dict[int, dict[int, Broken]] = field(factory=dict[int, "dict[int, Broken]"])
    _row: int = -1
    _column: int = -1
    _type: str | None = None
    _formula: bool = False
    _text: str | None = None
    """The value of the cell so far, while it stands open."""
    _value: str = ""

    @property
    def unseen(self) -> Unseen:
        return Unseen(frozenset(self._hidden), self._broken)

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        match _local(tag):
            case "row":
                given = attributes.get("r")
                self._row = int(given) - 1 if given else self._row + 1
                self._column = -1
                if attributes.get("hidden") in ("1", "true"):
                    self._hidden.add(self._row)
            case "c":
                given = attributes.get("r")
                self._column = _column_of(given) if given else self._column + 1
                self._type, self._formula, self._value = attributes.get("t"), False, ""
            case "f":
                self._formula = True
            case "v":
                self._text = ""
            case _:
                pass

    def data(self, text: str) -> None:
        if self._text is not None:
            self._text += text

    def end(self, tag: str) -> None:
        name = _local(tag)
        if name == "v":
            self._value, self._text = self._text or "", None
        elif name == "c":
            found = self._judged()
            if found is not None:
                self._broken.setdefault(self._row, {})[self._column] = Broken(found)

    def _judged(self) -> str | None:
        if self._type == "e":
            return self._value or "#ERROR!"
        if not self._formula or self._type not in (None, "n"):
            return None
        missing = not self._value.strip() or (self._unreckoned and self._value.strip() == "0")
        return NOT_RECKONED if missing else None


def _column_of(reference: str) -> int:
    number = 0
    for letter in reference.rstrip("0123456789"):
        number = number * 26 + ord(letter.upper()) - 64
    return number - 1


@define
class _OpenDocument:
    """Reads a sheet of .ods."""

    _wanted: str
    _hidden: set[int] = field(factory=set[int])
    _broken: dict[int, dict[int, Broken]] = field(factory=dict[int, "dict[int, Broken]"])
    _inside: bool = False
    _row: int = -1
    _rows: int = 0
    _column: int = 0
    _cells: int = 0
    _error: bool = False
    _formula: bool = False
    _text: str | None = None

    @property
    def unseen(self) -> Unseen:
        return Unseen(frozenset(self._hidden), self._broken)

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        name = _local(tag)
        said = {_local(key): one for key, one in attributes.items()}
        if name == "table":
            self._inside = said.get("name") == self._wanted
        elif not self._inside:
            return
        elif name == "table-row":
            self._row += self._rows or 1
            self._rows, self._column, self._cells = int(said.get("number-rows-repeated", "1")), 0, 0
            if said.get("visibility") in ("collapse", "filter"):
                self._hidden.update(range(self._row, self._row + min(self._rows, _MOST_REPEATED)))
        elif name in ("table-cell", "covered-table-cell"):
            self._column += self._cells
            self._cells = int(said.get("number-columns-repeated", "1"))
            # `value-type` stands there twice: in LibreOffice's own namespace it says that the value is an error.
            self._error = any(
                _local(key) == "value-type" and one == "error" for key, one in attributes.items()
            )
            self._formula = "formula" in said and "value-type" not in said
            self._text = "" if self._error or self._formula else None

    def data(self, text: str) -> None:
        if self._text is not None:
            self._text += text

    def end(self, tag: str) -> None:
        if _local(tag) in ("table-cell", "covered-table-cell") and self._text is not None:
            found = Broken((self._text.strip() or "#ERROR!") if self._error else NOT_RECKONED)
            for row in range(self._row, self._row + min(self._rows, _MOST_REPEATED)):
                cells = range(self._column, self._column + min(self._cells, _MOST_REPEATED))
                self._broken.setdefault(row, {}).update(dict.fromkeys(cells, found))
            self._text = None


_MOST_REPEATED: Final = 4096
"""Rows or cells alike that are told one by one: the empty rest of a sheet is a million of them, and holds nothing."""

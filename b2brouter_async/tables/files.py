"""Rows of a file: CSV in any of the forms that programs write, spreadsheets, JSON Lines.

A file is read once, and its bytes are kept: what was judged is what goes out, whoever writes to the file meanwhile.
"""

from __future__ import annotations

import codecs
import csv
import io
import json
import os
import re
import unicodedata
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Protocol, cast

from attrs import define, field, frozen

from ..errors import ConfigurationError
from .cells import clean
from .workbook import NOT_RECKONED, look

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from .workbook import Broken, Unseen

CSV: Final = frozenset({".csv", ".tsv", ".txt"})
JSON_LINES: Final = frozenset({".jsonl", ".ndjson"})
SPREADSHEETS: Final = frozenset({".xlsx", ".xlsm", ".xls", ".ods"})
SUFFIXES: Final = frozenset({".csv", ".tsv"}) | JSON_LINES | SPREADSHEETS
"""How the name of a file that is read as a table may end."""
HEAD_ROWS: Final = 60
"""How far down the names of the columns are looked for."""
_DELIMITERS: Final = ",;\t|"
_BOMS: Final = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)


@frozen
class Merged:
    """The value of merged cells, seen from one that is not the first of them."""

    value: object


@frozen
class Row:
    """A row: its place in the file, and its cells; of JSON Lines the object itself."""

    line: int
    cells: Sequence[object]
    record: Mapping[str, object] | None = None
    hidden: bool = False
    """Whether a spreadsheet doesn't show it."""


class Rows(Protocol):
    """The rows of a file, as often as they are asked for."""

    name: str

    def rows(self) -> Iterator[Row]:
        """Yield all rows that hold anything, titles and names of columns too."""
        ...


@define
class CsvFile:
    """A CSV file."""

    name: str
    data: bytes = field(repr=False)
    encoding: str
    delimiter: str
    sep_line: bool

    def rows(self) -> Iterator[Row]:
        """Yield the rows that hold anything."""
        text = io.TextIOWrapper(io.BytesIO(self.data), encoding=self.encoding, newline="")
        if text.read(1) != "\ufeff":
            text.seek(0)
        if self.sep_line:
            text.readline()
        before = 1 if self.sep_line else 0
        reader = csv.reader(text, delimiter=self.delimiter, strict=True)
        line = before + 1
        try:
            for cells in reader:
                # Splitting by `str.splitlines` would take other marks for the ends of lines; the reader does not.
                if any(cell and not cell.isspace() for cell in cells):
                    yield Row(line, cells)
                line = before + reader.line_num + 1
        except csv.Error as error:
            raise ConfigurationError(f"{self.name}, line {line}: {error}") from None
        except UnicodeDecodeError as error:
            raise ConfigurationError(_not_encoded(self.name, self.data, self.encoding, error)) from None


@define
class SheetFile:
    """A sheet of a spreadsheet."""

    name: str
    sheet: str
    _opened: Any = field(repr=False)
    _unseen: Unseen = field(repr=False)

    def rows(self) -> Iterator[Row]:
        """Yield the rows that hold anything; values as they are typed, formulas by their values."""
        start = self._opened.start
        first = 0 if start is None else int(start[0])
        left = 0 if start is None else int(start[1])
        merged = self._merged()
        unseen = self._unseen
        above: dict[tuple[int, int], object] = {}
        line = first - 1
        for line, cells in enumerate(self._opened.iter_rows(), first):
            values: list[object] = [None if value == "" else value for value in cells]
            _put(unseen.broken.get(line, {}), values, left)
            for column, area in merged.get(line, {}).items():
                here = column - left
                if not 0 <= here < len(values):
                    continue
                if (line, column) == area:
                    above[area] = values[here]
                else:
                    values[here] = Merged(above.get(area))
            if any(
                value is not None and not (isinstance(value, str) and not value.strip()) for value in values
            ):
                yield Row(line + 1, values, hidden=line in unseen.hidden)
        # Where the rest of a sheet holds nothing but formulas without values, it ends before them.
        for beyond in sorted(one for one in unseen.broken if one > line):
            values = []
            _put(unseen.broken[beyond], values, left)
            yield Row(beyond + 1, values, hidden=beyond in unseen.hidden)

    def _merged(self) -> dict[int, dict[int, tuple[int, int]]]:
        """Return the cells that are merged, by row and column, each with the first of its area."""
        ranges: object = getattr(self._opened, "merged_cell_ranges", None) or []
        found: dict[int, dict[int, tuple[int, int]]] = {}
        for (top, left), (bottom, right) in cast("list[tuple[tuple[int, int], tuple[int, int]]]", ranges):
            for row in range(top, bottom + 1):
                found.setdefault(row, {}).update(dict.fromkeys(range(left, right + 1), (top, left)))
        return found


def _put(broken: Mapping[int, Broken], values: list[object], left: int) -> None:
    """Put cells that have no value to be trusted where they stand."""
    for column, cell in broken.items():
        here = column - left
        if here >= 0:
            values.extend([None] * (here + 1 - len(values)))
            values[here] = cell


@define
class JsonLinesFile:
    """JSON Lines: an object a line."""

    name: str
    data: bytes = field(repr=False)

    def rows(self) -> Iterator[Row]:
        """Yield the objects."""
        for line, text in enumerate(io.BytesIO(self.data), 1):
            if line == 1:
                text = text.removeprefix(codecs.BOM_UTF8)
            if text.strip():
                yield Row(line, (), _json_object(self.name, line, text))


def open_rows(
    path: Path, *, encoding: str | None = None, delimiter: str | None = None, sheet: str | None = None
) -> Rows:
    """Read a file.

    Args:
        path: a table.
        encoding: of its text; UTF-8 where it is None. A mark at the file's beginning passes before it.
        delimiter: what stands between cells; found where it is None.
        sheet: the name of a spreadsheet's sheet; the first where it is None.

    Raises:
        ConfigurationError: it can't be read.
    """
    suffix = path.suffix.lower()
    if sheet is not None and suffix not in SPREADSHEETS:
        raise ConfigurationError(f"--sheet: {path} is no spreadsheet")
    try:
        data = path.read_bytes()
    except OSError as error:
        raise ConfigurationError(f"{path}: {error.strerror or error}") from None
    if suffix in SPREADSHEETS:
        return _open_sheet(str(path), data, sheet)
    if suffix in JSON_LINES:
        return JsonLinesFile(str(path), data)
    if encoding is not None:
        _check_encoding(str(path), data, encoding)
    encoding = found_encoding(data, encoding)
    try:
        head = codecs.getincrementaldecoder(encoding)().decode(data[:262144])
    except UnicodeDecodeError as error:
        raise ConfigurationError(_not_encoded(str(path), data, encoding, error)) from None
    head = head.removeprefix("\ufeff")
    said = re.match(r"\s*\"?sep=(.)\"?[;,\t]*\r?\n", head, re.IGNORECASE)
    if delimiter is None and said:
        delimiter = said[1]
    if delimiter is None and suffix == ".tsv":
        delimiter = "\t"
    if delimiter is None:
        delimiter = _found_delimiter(head[said.end() if said else 0 :])
    return CsvFile(str(path), data, encoding, delimiter, said is not None)


def table_path(path: object) -> Path:
    """Return the path of a file, also where it is given as text.

    Raises:
        ConfigurationError: it is neither.
    """
    if not isinstance(path, (str, os.PathLike)):
        raise ConfigurationError(f"expected a path, got {type(path).__name__}", argument="path")
    return Path(cast("str | os.PathLike[str]", path))


def found_encoding(data: bytes, said: str | None) -> str:
    """Return how text is encoded: what a mark at its beginning says, then what was said, then UTF-8."""
    for mark, name in _BOMS:
        if data.startswith(mark):
            return name
    if said is None or said.lower().replace("_", "-") in ("utf-8", "utf-8-sig", "utf8", "utf-16", "utf16"):
        # UTF-16 without a mark: every other byte of letters of ours is nought.
        sample = data[:2000]
        if len(sample) > 3 and sample[1::2].count(0) > len(sample) // 3:
            return "utf-16-le"
        if len(sample) > 3 and sample[0::2].count(0) > len(sample) // 3:
            return "utf-16-be"
        return "utf-8"
    return said


def _check_encoding(name: str, data: bytes, said: str) -> None:
    """Refuse another encoding for what is UTF-8 beyond doubt: every accent in it would come out as two signs."""
    if (
        said.lower().replace("_", "-") in ("utf-8", "utf-8-sig", "utf8")
        or data.isascii()
        or b"\x00" in data[:2000]
    ):
        return
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        return
    words = ", ".join(words_with_accents(text))
    raise ConfigurationError(
        f"{name}: encoding = {said!r} is said, and the bytes are UTF-8 ({words}); leave encoding out of the mapping"
    )


def words_with_accents(text: str, most: int = 4) -> list[str]:
    """Return words of a text that show whether it was decoded rightly."""
    found: dict[str, None] = {}
    for word in re.findall(r"\w*[^\W\d_a-zA-Z]\w*|\w*[^\x00-\x7f]\w*", text):
        if word.strip():
            found.setdefault(word)
        if len(found) >= most:
            break
    return list(found)


def _not_encoded(name: str, data: bytes, encoding: str, error: UnicodeDecodeError) -> str:
    line = data[: error.start].count(b"\n") + 1
    read: list[str] = []
    for other in ("cp1252", "cp1250"):
        words = words_with_accents(data.decode(other, "replace"))
        read.append(f'encoding = "{other}" reads {", ".join(words)}')
    return f"{name}, line {line}: these bytes are no {encoding}; say in the mapping how it is encoded: {'; '.join(read)}"


def _found_delimiter(text: str) -> str:
    """Return the delimiter by which most rows have as many cells as the widest: quoted ones don't count."""
    best, found = (0, 0), ","
    for delimiter in _DELIMITERS:
        widths: list[int] = []
        try:
            # The last line of a part of a file may be cut.
            for cells in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter):
                if any(cells):
                    widths.append(len(cells))
                if len(widths) >= HEAD_ROWS:
                    break
        except csv.Error:
            continue
        wide = max(widths, default=1)
        score = (0, 0) if wide == 1 else (sum(width == wide for width in widths), wide)
        if score > best:
            best, found = score, delimiter
    return found


def _open_sheet(name: str, data: bytes, sheet: str | None) -> SheetFile:
    try:
        import python_calamine as calamine
    except ModuleNotFoundError:
        raise ConfigurationError(
            f"{name}: spreadsheets need python-calamine; install it with: pip install 'b2brouter-async[tables]'"
        ) from None
    try:
        book = cast("Any", calamine).load_workbook(io.BytesIO(data))
        names = list(book.sheet_names)
        if sheet is not None and sheet not in names:
            raise ConfigurationError(
                f"--sheet: {name} has no sheet {sheet!r}; it has {', '.join(map(repr, names))}"
            )
        if not names:
            raise ConfigurationError(f"{name}: it has no sheet")
        shown = [str(one.name) for one in book.sheets_metadata if str(one.visible).endswith(".Visible")]
        chosen = sheet or (shown or names)[0]
        unseen = look(data, chosen)
        return SheetFile(name, chosen, _opened(book, name, chosen, unseen), unseen)
    except ConfigurationError:
        raise
    except Exception as error:  # calamine has several, and what lies beneath it others
        raise ConfigurationError(f"{name}: it can't be read as a spreadsheet: {error}") from None


def _opened(book: Any, name: str, sheet: str, unseen: Unseen) -> Any:
    try:
        return book.get_sheet_by_name(sheet)
    except Exception as error:
        if "cell error value" not in str(error):
            raise
        # It knows the errors of older programs alone (#REF!, #DIV/0!), and gives up at any other (#SPILL!, #CALC!).
        found = [
            f"{text!r} in line {row + 1}"
            for row, cells in sorted(unseen.broken.items())
            for text in cells.values()
            if text != NOT_RECKONED
        ]
        places = ", ".join(found[:3]) + (" and more" if len(found) > 3 else "")
        raise ConfigurationError(
            f"{name}, sheet {sheet!r}: errors stand there in the place of values ({places}): "
            "mend the formulas or empty the cells, and save the file"
        ) from None


def _json_object(name: str, line: int, text: bytes) -> Mapping[str, object]:
    def once(pairs: list[tuple[str, object]]) -> dict[str, object]:
        found: dict[str, object] = {}
        for key, value in pairs:
            if key in found:
                raise ConfigurationError(
                    f"{name}, line {line}: the key {key!r} stands there twice; which one is meant?"
                )
            found[key] = value
        return found

    def no_number(word: str) -> object:
        raise ConfigurationError(f"{name}, line {line}: {word} is no number of JSON")

    try:
        value: object = json.loads(
            text.decode("utf-8"), parse_float=Decimal, parse_constant=no_number, object_pairs_hook=once
        )
    except ConfigurationError:
        raise
    except UnicodeDecodeError:
        raise ConfigurationError(f"{name}, line {line}: JSON is written in UTF-8, and this is none") from None
    except (ValueError, RecursionError) as error:
        raise ConfigurationError(f"{name}, line {line}: {error}") from None
    if not isinstance(value, dict):
        raise ConfigurationError(f"{name}, line {line}: expected an object in braces")
    return cast("dict[str, object]", value)


def shown_name(text: object) -> str:
    """Return the name of a column as it is shown: with plain spaces, and none around it."""
    return re.sub(r"\s+", " ", clean(unicodedata.normalize("NFC", str(text)))) if text is not None else ""


def plain_name(text: object) -> str:
    """Return the name of a column as it is compared: one form of Unicode, plain spaces, none around it."""
    return re.sub(r"\s+", " ", clean(unicodedata.normalize("NFKC", str(text)))) if text is not None else ""

"""What a table looks like: where its names stand, and what each column holds. Nothing is decided here."""

from __future__ import annotations

import datetime
import re
from collections import Counter
from decimal import Decimal
from itertools import islice
from typing import TYPE_CHECKING, Final

from attrs import define, field, frozen

from ..errors import ConfigurationError
from .cells import clean, read_amount
from .columns import Heading, joined
from .errors import CellError
from .files import (
    HEAD_ROWS,
    JSON_LINES,
    SPREADSHEETS,
    JsonLinesFile,
    Merged,
    found_encoding,
    open_rows,
    plain_name,
    words_with_accents,
)  # fmt: skip
from .words import LANGUAGES, index, is_total_row, plain

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from .files import Row, Rows

ROWS_SEEN: Final = 5000
DATE_FORMS: Final = (
    "%Y-%m-%d", "%d/%m/%Y", "%m/%d/%Y", "%d.%m.%Y", "%d-%m-%Y", "%m-%d-%Y", "%Y/%m/%d", "%d/%m/%y", "%m/%d/%y", "%d.%m.%y",
    "%d-%m-%y", "%m-%d-%y", "%Y%m%d", "%Y.%m.%d", "%d %b %Y", "%b %d, %Y", "%Y-%m-%d %H:%M:%S %z", "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S",
    "%Y-%m-%dT%H:%M:%S%z", "%d/%m/%Y %H:%M:%S", "%m/%d/%Y %H:%M:%S", "%d/%m/%Y %H:%M", "%m/%d/%Y %H:%M", "%d.%m.%Y %H:%M",
    "%d.%m.%Y %H:%M:%S", "%Y-%m-%d %H:%M",
)  # fmt: skip
_PAIR: Final = re.compile(r"([0-9]{1,2}(?:[.,][0-9]{1,2})?)\s*%")


@define
class Seen:
    """A column, as far as it was looked at."""

    index: int
    name: str
    """As the file has it."""
    label: str
    """As a mapping names it."""
    context: str
    """The name above it, where two lines hold names."""
    cells: list[object]
    """A cell of each row, None where nothing stands."""

    @property
    def filled(self) -> list[object]:
        """What stands in the cells that are filled."""
        return [cell for cell in self.cells if cell is not None]

    @property
    def texts(self) -> list[str]:
        """The same, as text."""
        return [str(cell) for cell in self.filled]

    @property
    def distinct(self) -> int:
        """How many different values there are."""
        return len(set(self.texts))

    @property
    def samples(self) -> list[str]:
        """The first three different values."""
        return list(islice(dict.fromkeys(self.texts), 3))

    def amounts(self, mark: str | None) -> list[Decimal | None] | None:
        """Return the cells as amounts; None where one of them is none."""
        found: list[Decimal | None] = []
        for cell in self.cells:
            if cell is None:
                found.append(None)
            elif isinstance(cell, (int, float, Decimal)) and not isinstance(cell, bool):
                found.append(Decimal(str(cell)))
            elif isinstance(cell, str):
                try:
                    found.append(read_amount(cell, mark).value)
                except CellError:
                    return None
            else:
                return None
        return found

    def fits(self, form: str) -> bool:
        """Whether every cell is a day of this form."""
        return bool(self.filled) and all(_is_day(cell, form) for cell in self.filled)


@define
class Survey:
    """What was seen of a table."""

    path: Path
    heading: Heading
    columns: list[Seen]
    lines: list[int]
    """Where the rows stand."""
    names: tuple[int, ...]
    """The lines that hold the names."""
    encoding: str | None
    """What must be said about the text; None where it is UTF-8, or says itself what it is."""
    encoding_words: dict[str, list[str]]
    """How words read, by encoding, where bytes can't tell which is right."""
    delimiter: str | None
    decimal: str | None
    decimal_unsure: bool
    dates: list[str]
    """The forms that all days of the table have."""
    language: str
    total_rows: list[tuple[int, str, str]]
    """Rows of totals: line, column, what stands there."""
    is_json: bool = False
    more: bool = False
    """Whether there are more rows than were looked at."""
    signs: Counter[str] = field(factory=Counter[str])
    """Signs of currencies beside amounts."""


@frozen
class Pair:
    """A name that holds a rate."""

    rest: str
    rate: str


def pair_of(name: str) -> Pair | None:
    """Return the rate that stands in a name: of `TVA 5,5 %` it is 5.5."""
    found = _PAIR.search(name)
    if found is None:
        return None
    rate = f"{Decimal(found[1].replace(',', '.')).normalize():f}"
    return Pair(plain(name[: found.start()] + " " + name[found.end() :]), rate)


def survey(path: Path, *, sheet: str | None = None) -> Survey:
    """Look at a table.

    Args:
        path: a CSV file, a spreadsheet or JSON Lines.
        sheet: the sheet of a spreadsheet.

    Raises:
        ConfigurationError: it can't be read, or has no names.
    """
    encoding, words = _encoding(path)
    file = open_rows(path, encoding=encoding, sheet=sheet)
    if isinstance(file, JsonLinesFile):
        return _survey_json(path, file)
    rows = list(islice(file.rows(), ROWS_SEEN + 1))
    heading, names, contexts = _find_heading(file, rows)
    data = [row for row in rows if row.line > heading.line]
    more = len(rows) > ROWS_SEEN
    totals: list[tuple[int, str, str]] = []
    kept: list[Row] = []
    usual = Counter(sum(map(_filled, row.cells)) for row in data).most_common(1)[0][0] if data else 0
    for row in data:
        texts = [cell for cell in row.cells if isinstance(cell, str) and cell.strip()]
        filled = sum(map(_filled, row.cells))
        # `Total Energies` is a customer; a row that begins so and holds little else is none of theirs.
        if is_total_row(texts, only_first=True) or (2 * filled <= usual and is_total_row(texts[:1])):
            at = next(index for index, cell in enumerate(row.cells) if _filled(cell))
            totals.append((row.line, heading.label(at), str(row.cells[at]).strip()))
        else:
            kept.append(row)
    width = len(heading.names)
    columns = [
        Seen(
            index,
            heading.names[index],
            heading.label(index),
            contexts[index] if index < len(contexts) else "",
            [_plain_cell(row.cells[index]) if index < len(row.cells) else None for row in kept],
        )
        for index in range(width)
    ]
    return _judged(
        Survey(
            path=path, heading=heading, columns=columns, lines=[row.line for row in kept], names=names, encoding=encoding,
            encoding_words=words, delimiter=getattr(file, "delimiter", None), decimal=None, decimal_unsure=False, dates=[],
            language="en", total_rows=totals, more=more,
        )
    )  # fmt: skip


def _judged(seen: Survey) -> Survey:
    seen.decimal, seen.decimal_unsure = _decimal(seen.columns)
    seen.dates = _dates(seen.columns)
    seen.language = _language(seen.columns)
    for column in seen.columns:
        for cell in column.filled:
            if (
                isinstance(cell, str)
                and re.search(r"[€£$]|zł|kr|[A-Z]{3}", cell)
                and re.search("[0-9]", cell)
                and len(cell) < 25
            ):
                try:
                    sign = read_amount(cell, seen.decimal).sign
                except CellError:
                    continue
                if sign:
                    seen.signs[sign] += 1
    return seen


def _survey_json(path: Path, file: Rows) -> Survey:
    rows = list(islice(file.rows(), ROWS_SEEN))
    names: dict[str, None] = {}
    flat: list[dict[str, object]] = []
    for row in rows:
        record: dict[str, object] = {}
        _flatten(row.record or {}, "", record)
        names.update(dict.fromkeys(record))
        flat.append(record)
    heading = Heading(tuple(names), 0)
    columns = [
        Seen(index, name, name, "", [_plain_cell(record.get(name)) for record in flat])
        for index, name in enumerate(names)
    ]
    return _judged(
        Survey(
            path=path, heading=heading, columns=columns, lines=[row.line for row in rows], names=(), encoding=None,
            encoding_words={}, delimiter=None, decimal=None, decimal_unsure=False, dates=[], language="en", total_rows=[], is_json=True,
        )
    )  # fmt: skip


def _flatten(value: object, path: str, into: dict[str, object]) -> None:
    if isinstance(value, dict):
        for key, one in value.items():  # pyright: ignore[reportUnknownVariableType]
            _flatten(one, f"{path}.{key}" if path else str(key), into)  # pyright: ignore[reportUnknownArgumentType]
    elif not isinstance(value, list):
        into[path] = value


def _encoding(path: Path) -> tuple[str | None, dict[str, list[str]]]:
    """Return the encoding that must be said, and how words read where bytes can't tell which is right."""
    if path.suffix.lower() in SPREADSHEETS | JSON_LINES:
        return None, {}
    try:
        data = path.read_bytes()
    except OSError as error:
        raise ConfigurationError(f"{path}: {error.strerror or error}") from None
    said = found_encoding(data, None)
    try:
        data.decode(said)
        return None, {}
    except UnicodeDecodeError:
        pass
    west, east = data.decode("cp1252", "replace"), data.decode("cp1250", "replace")
    words = {"cp1252": words_with_accents(west), "cp1250": words_with_accents(east)}
    if words["cp1252"] == words["cp1250"]:
        return "cp1252", {}
    head = plain(east[:3000])
    polish = (
        any(
            f" {word} " in f" {head} "
            for word in ("faktury", "kontrahent", "netto", "nabywca", "wystawienia")
        )
        and " faktury " in f" {head} "
    )
    return ("cp1250" if polish else "cp1252"), words


def _find_heading(file: Rows, rows: Sequence[Row]) -> tuple[Heading, tuple[int, ...], list[str]]:
    """Return the names, the lines they stand in, and the names above them."""
    known = index()
    wide = Counter(_width(row) for row in rows[:HEAD_ROWS]).most_common(1)
    usual = wide[0][0] if wide else 0
    best: tuple[tuple[int, int], int] | None = None
    for at, row in enumerate(rows[:HEAD_ROWS]):
        names = [plain(str(cell)) for cell in row.cells if _filled(cell)]
        if len(names) < 2 or any(not isinstance(cell, str) for cell in row.cells if _filled(cell)):
            continue
        if any(_is_number(str(cell)) for cell in row.cells if _filled(cell)):
            continue
        score = (sum(name in known for name in names), len(names))
        if score[0] >= 1 and (best is None or score[0] > best[0][0] + 1):
            best = (score, at)
    if best is None:
        first = next((n for n, row in enumerate(rows[:HEAD_ROWS]) if _width(row) >= max(2, usual)), None)
        if first is None:
            raise ConfigurationError(f"{file.name}: no line holds names of columns")
        best = ((0, 0), first)
    at = best[1]
    row = rows[at]
    above = rows[at - 1] if at else None
    below = rows[at + 1] if at + 1 < len(rows) else None
    for upper, lower in ((above, row), (row, below)):
        if upper is not None and lower is not None and _is_second_line(upper, lower):
            heading = joined([upper, lower])
            return heading, (upper.line, lower.line), _contexts(upper, lower, len(heading.names))
    return joined([row]), (row.line,), []


def _is_second_line(upper: Row, lower: Row) -> bool:
    """Whether two lines hold names together: neither is whole, both are texts."""
    if any(
        not isinstance(cell, str) or _is_number(cell)
        for row in (upper, lower)
        for cell in row.cells
        if _filled(cell)
    ):
        return False
    known = index()
    if sum(plain(str(cell)) in known for cell in lower.cells if _filled(cell)) < 2:
        return False
    up = [_filled(cell) for cell in upper.cells]
    down = [_filled(cell) for cell in lower.cells]
    pairs = list(zip(up, down, strict=False))
    return any(a and not b for a, b in pairs) and any(b and not a for a, b in pairs) and sum(up) >= 3


def _contexts(upper: Row, lower: Row, width: int) -> list[str]:
    """Return the name above each column; it spans the columns to its right that have a name of their own below."""
    found: list[str] = []
    above = ""
    for index_ in range(width):
        up = (
            plain_name(upper.cells[index_])
            if index_ < len(upper.cells) and _filled(upper.cells[index_])
            else ""
        )
        down = index_ < len(lower.cells) and _filled(lower.cells[index_])
        above = up or (above if down else "")
        found.append(above if down else "")
    return found


def _decimal(columns: Sequence[Seen]) -> tuple[str | None, bool]:
    """Return the decimal mark that reads all amounts, and whether two do."""
    texts = {
        mark: [
            one
            for one in columns
            if one.filled
            and all(isinstance(cell, str) for cell in one.filled)
            and one.amounts(mark) is not None
        ]
        for mark in (".", ",")
    }
    either = {one.index: one for mark in texts for one in texts[mark]}
    marked = [
        one for one in either.values() if any(re.search(r"[0-9][.,'][0-9]", text) for text in one.texts)
    ]
    if not marked:
        return None, False
    readable = {mark: [one for one in marked if one in texts[mark]] for mark in texts}
    all_read = [mark for mark in (".", ",") if len(readable[mark]) == len(marked)]
    if len(all_read) == 1:
        return all_read[0], False
    if len(all_read) == 2:
        return ".", any(one.amounts(".") != one.amounts(",") for one in marked)
    return max(readable, key=lambda mark: len(readable[mark])), True


def _dates(columns: Sequence[Seen]) -> list[str]:
    """Return the forms that fit the columns of days."""
    dated: list[tuple[Seen, list[str]]] = []
    for column in columns:
        if column.filled and all(isinstance(cell, str) for cell in column.filled):
            forms = [form for form in DATE_FORMS if column.fits(form)]
            if forms and ("%Y%m%d" not in forms or "date" in str(index().get(plain(column.name), ""))):
                dated.append((column, forms))
    if not dated:
        return []
    issue = [forms for column, forms in dated if "date" in index().get(plain(column.name), [])] or [
        dated[0][1]
    ]
    chosen = issue[0]
    for _, forms in dated:
        both = [form for form in chosen if form in forms]
        chosen = both or chosen
    return chosen


def _language(columns: Sequence[Seen]) -> str:
    words = Counter[str]()
    for column in columns:
        for word in f"{column.name} {column.context}".casefold().replace("/", " ").replace("_", " ").split():
            for language, known in LANGUAGES.items():
                words[language] += word.strip("*():.") in known
    best = words.most_common(1)
    return best[0][0] if best and best[0][1] else "en"


def _is_day(cell: object, form: str) -> bool:
    if isinstance(cell, datetime.date):
        return True
    try:
        day = datetime.datetime.strptime(clean(str(cell)), form)
    except ValueError:
        return False
    # Python takes days and months of one digit, and would take 1/12/26 for the year 26.
    return 1990 <= day.year <= 2100


def _is_number(text: str) -> bool:
    return bool(re.fullmatch(r"[-+(]?[\d.,' \u00a0]+[)%-]?", text.strip()) and re.search(r"\d", text))


def _filled(cell: object) -> bool:
    return cell is not None and not (isinstance(cell, str) and not cell.strip())


def _width(row: Row) -> int:
    return max((index + 1 for index, cell in enumerate(row.cells) if _filled(cell)), default=0)


def _plain_cell(cell: object) -> object:
    if isinstance(cell, Merged):
        cell = cell.value
    if isinstance(cell, str):
        cell = cell.strip()
        return cell or None
    return cell

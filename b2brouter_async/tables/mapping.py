"""What a mapping file says: which column is which field, and everything a table does not say by itself.

The file is TOML or JSON; docs/tables.md describes it field by field, docs/mapping.schema.json for editors.
"""

from __future__ import annotations

import datetime
import json
import re
import tomllib
from decimal import Decimal
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any, Final, cast

from attrs import evolve, field, frozen

from .._core.codecs import Kind
from ..errors import ArgumentError, ConfigurationError
from .cells import (
    DAYS_AHEAD,
    YEARS_AHEAD,
    check_date_format,
    check_day,
    read_amount,
    read_code,
    read_date,
    read_flag,
    read_text,
)
from .errors import CellError
from .fields import TAXES, Field, field_named, instead
from .files import table_path

if TYPE_CHECKING:
    import os
    from collections.abc import Iterable, Mapping

KINDS: Final = ("invoice", "credit_note", "correction", "leave_out")
SETTINGS: Final = {
    "columns": "Column = field. A list fills several fields; a table chooses the field by the row's kind; \"\" is not used.",
    "constants": "Field = value, where no column has one.",
    "decimal": 'The decimal mark of amounts, "." or ",".',
    "date": "How days are written, as in strftime.",
    "delimiter": "What stands between cells; found when left out.",
    "encoding": "How the text is encoded; UTF-8 when left out.",
    "sheet": "The sheet of a spreadsheet; the first when left out.",
    "names": "The line that holds the names of the columns, or two lines of them; found when left out.",
    "rows": '"invoice" where each row is an invoice, "line" where rows with one number are its lines.',
    "fill": "Fields that are filled from the row above within an invoice, where only its first row has them.",
    "first_filled": "Field = columns; the first of them that holds anything is taken.",
    "only": "Column = word, or words, of the rows that are taken; all others are left out.",
    "skip": "Column = word, or words, of the rows that are left out.",
    "kinds": 'Word of the column "kind" = "invoice", "credit_note", "correction" or "leave_out".',
    "negative": 'What an invoice that comes to less than nothing is: "invoice", "credit_note" or "correction".',
    "credit_notes": 'Amounts of credit notes and corrections: "as_written", or "reversed".',
    "rates": "Rate or code of the tax = the rate, or { percent, category, comment, name }.",
    "surcharges": "The same for surcharges.",
    "withholdings": "The same for withholdings.",
    "rates_from_amounts": "tax, surcharge, withholding = the rates that may be found from amounts of tax.",
    "percents": 'How rates are written: "as_written", or "fractions" where 0.21 is 21 %.',
    "rounding": '"invoice" where taxes are rounded once a rate, "line" where the account rounds each line.',
    "currencies": "Sign or word of a currency = its code.",
    "values": "Column = { what stands in a cell = what it means }.",
    "apostrophes": '"remove" takes the apostrophe off that stands before numbers kept as text.',
    "hidden": 'Rows that a spreadsheet hides: "read", or "leave_out".',
    "untaxed": "true where no line has a tax.",
    "questions": "What must be decided; a file in which one is left is not used.",
}  # fmt: skip
CHOICES: Final[dict[str, tuple[str, ...]]] = {
    "decimal": (".", ","),
    "rows": ("invoice", "line"),
    "negative": ("invoice", "credit_note", "correction"),
    "credit_notes": ("as_written", "reversed"),
    "percents": ("as_written", "fractions"),
    "rounding": ("invoice", "line"),
    "apostrophes": ("remove",),
    "hidden": ("read", "leave_out"),
}


@frozen
class Rate:
    """What a rate, or a code for one, means."""

    percent: Decimal
    category: str | None = None
    comment: str | None = None
    name: str | None = None


@frozen
class Column:
    """A column and the fields it fills."""

    fields: tuple[Field, ...]
    by_kind: Mapping[str, tuple[Field, ...]] | None = None
    """Other fields, by the kind of the invoice."""


@frozen(kw_only=True)
class TableMapping:
    """What a mapping file says.

    Example:
        table = Table(Path("march.csv"), read_mapping(Path("march.toml")))
    """

    columns: Mapping[str, Column] | None = None
    """By name; None takes the columns' own names for fields."""
    constants: tuple[tuple[Field, object], ...] = ()
    decimal: str | None = None
    date: str | None = None
    delimiter: str | None = None
    encoding: str | None = None
    sheet: str | None = None
    names: tuple[int, ...] = ()
    rows: str | None = None
    fill: frozenset[str] = frozenset()
    first_filled: Mapping[str, tuple[str, ...]] = field(factory=dict[str, tuple[str, ...]])
    only: Mapping[str, frozenset[str]] = field(factory=dict[str, frozenset[str]])
    skip: Mapping[str, frozenset[str]] = field(factory=dict[str, frozenset[str]])
    kinds: Mapping[str, str] = field(factory=dict[str, str])
    negative: str | None = None
    credit_notes: str | None = None
    rates: Mapping[str, Mapping[str, Rate]] = field(factory=dict[str, "Mapping[str, Rate]"])
    """By tax (`tax`, `surcharge`, `withholding`), then by code or rate."""
    rates_from_amounts: Mapping[str, tuple[Decimal, ...]] = field(factory=dict[str, tuple[Decimal, ...]])
    percents: str | None = None
    rounding: str = "invoice"
    currencies: Mapping[str, str] = field(factory=dict[str, str])
    values: Mapping[str, Mapping[str, object]] = field(factory=dict[str, "Mapping[str, object]"])
    apostrophes: str | None = None
    hidden: str | None = None
    untaxed: bool = False
    questions: tuple[str, ...] = ()

    def text_value(self, target: Field, text: str, today: datetime.date) -> object:
        """Turn a text into the value of a field.

        Args:
            target: where it goes.
            text: as it is written.
            today: bounds the days it may be.

        Raises:
            CellError: it can't be that.
        """
        match target.kind:
            case Kind.NUMBER:
                return read_amount(text, self.decimal).value
            case Kind.INTEGER:
                if re.fullmatch(r"[+-]?[0-9]{1,18}", text.strip()):
                    return int(text)
                raise CellError(f"{text!r} is no whole number")
            case Kind.DATE:
                return read_date(text, self.date, last_day(target, today), today)
            case Kind.BOOLEAN:
                return read_flag(text)
            case _:
                if not target.is_code:
                    return read_text(text, several_lines=target.several_lines)
                if self.apostrophes == "remove":
                    text = re.sub(r"^'(?=[0-9])", "", text.strip())
                return read_code(text)


def last_day(target: Field, today: datetime.date) -> datetime.date:
    """Return the last day that a field may hold: of an invoice's own day a year ahead, of others ten."""
    return _last_day(target.name == "date", today)


@cache
def _last_day(of_invoice: bool, today: datetime.date) -> datetime.date:
    if of_invoice:
        return today + datetime.timedelta(days=DAYS_AHEAD)
    return datetime.date(today.year + YEARS_AHEAD, 12, 31)


def read_mapping(path: str | os.PathLike[str]) -> TableMapping:
    """Read a mapping file, TOML or JSON.

    Example:
        mapping = read_mapping(Path("march.toml"))

    Raises:
        ConfigurationError: it can't be read, names what doesn't exist, or asks something still.
    """
    path = table_path(path)
    try:
        content = path.read_text(encoding="utf-8-sig")
        loaded: object = (
            json.loads(content, parse_float=Decimal, object_pairs_hook=_once)
            if path.suffix.lower() == ".json"
            else tomllib.loads(content, parse_float=Decimal)
        )
    except OSError as error:
        raise ConfigurationError(f"--map: {path}: {error.strerror or error}") from None
    except UnicodeDecodeError:
        raise ConfigurationError(f"--map: {path} is no text in UTF-8; it must be TOML or JSON") from None
    except (ValueError, RecursionError) as error:
        raise ConfigurationError(f"--map: {path}: {error}") from None
    if not isinstance(loaded, dict):
        raise ConfigurationError(f"--map: {path}: expected settings with their names")
    try:
        return mapping_from(cast("dict[str, object]", loaded))
    except ConfigurationError as error:
        raise ConfigurationError(f"--map: {path}: {error}") from None


def _once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found: dict[str, object] = {}
    for key, value in pairs:
        if key in found:
            raise ValueError(f"the key {key!r} stands there twice")
        found[key] = value
    return found


def mapping_from(given: Mapping[str, object]) -> TableMapping:
    """Return the mapping that settings say.

    Args:
        given: the settings by name, numbers as int or Decimal.

    Raises:
        ConfigurationError: one of them is none, or can't be.
    """
    for name in given:
        if name not in SETTINGS:
            raise ConfigurationError(f"{name!r} is no setting{instead(name, SETTINGS)}")
    read = _Reader(given)
    questions = read.texts("questions")
    if questions:
        raise ConfigurationError(
            f"{len(questions)} question{'s are' if len(questions) > 1 else ' is'} open; decide, then take the line out "
            "of `questions`: " + " · ".join(questions)
        )
    columns = {column: _column(value) for column, value in read.section("columns").items()}
    mapping = TableMapping(
        columns=columns or None,
        decimal=read.text("decimal"),
        date=read.text("date"),
        delimiter=read.text("delimiter"),
        encoding=read.text("encoding"),
        sheet=read.text("sheet"),
        names=read.lines("names"),
        rows=read.text("rows"),
        fill=frozenset(field_named(name).name for name in read.texts("fill")),
        first_filled={
            field_named(name).name: tuple(_texts(f"first_filled.{name}", value))
            for name, value in read.section("first_filled").items()
        },
        only=read.words("only"),
        skip=read.words("skip"),
        kinds=read.chosen("kinds", KINDS),
        negative=read.text("negative"),
        credit_notes=read.text("credit_notes"),
        rates={
            tax: read.rates(name)
            for tax, name in zip(TAXES, ("rates", "surcharges", "withholdings"), strict=True)
        },
        rates_from_amounts=read.allowed("rates_from_amounts"),
        percents=read.text("percents"),
        rounding=read.text("rounding") or "invoice",
        currencies={name: read.currency(name, value) for name, value in read.section("currencies").items()},
        values={
            column: cast("Mapping[str, object]", _table(f"values.{column}", value))
            for column, value in read.section("values").items()
        },
        apostrophes=read.text("apostrophes"),
        hidden=read.text("hidden"),
        untaxed=read.flag("untaxed"),
    )
    mapping = evolve(mapping, constants=tuple(_constants(mapping, read.section("constants"))))
    _check_filled_once(mapping)
    return mapping


def _check_filled_once(mapping: TableMapping) -> None:
    """Refuse a field that two columns fill: which of the two is meant?"""
    filled: dict[tuple[str, str], str] = {}

    def fill(name: str, by: str, kind: str = "") -> None:
        before = filled.get((name, kind)) or filled.get((name, ""))
        if before is None and not kind:
            before = next((other for (one, _), other in filled.items() if one == name), None)
        if before is not None and before != by:
            raise ConfigurationError(
                f"{name!r} is filled by {before!r} and by {by!r}; map one of them, or say the order in [first_filled]"
            )
        filled[name, kind] = by

    for column, what in (mapping.columns or {}).items():
        for target in what.fields:
            fill(target.name, column)
        for kind, targets in (what.by_kind or {}).items():
            for target in targets:
                fill(target.name, column, kind)
    for name, columns in mapping.first_filled.items():
        fill(name, columns[0])
    money = {f"{tax}.{key}" for tax in TAXES for key in ("percent", "key")}
    for target, _ in mapping.constants:
        if target.name in money and any(one == target.name for one, _ in filled):
            raise ConfigurationError(
                f"constants: {target.name}: a column fills it too; what should an empty cell mean? "
                'Say it in [rates], with "" for the empty cell'
            )


def _column(value: object) -> Column:
    if isinstance(value, dict):
        by_kind: dict[str, tuple[Field, ...]] = {}
        for kind, names in cast("dict[str, object]", value).items():
            if kind not in KINDS[:3]:
                raise ConfigurationError(f"columns: {kind!r} is no kind{instead(kind, KINDS[:3])}")
            by_kind[kind] = _fields(names)
        return Column((), by_kind)
    return Column(_fields(value))


def _fields(value: object) -> tuple[Field, ...]:
    names = _texts("columns", value)
    if len(set(names)) != len(names):
        raise ConfigurationError(f"columns: {names!r} names a field twice")
    return tuple(field_named(name) for name in names if name)


def _constants(mapping: TableMapping, given: Mapping[str, object]) -> Iterable[tuple[Field, object]]:
    today = datetime.datetime.now(datetime.UTC).date()
    for name, value in given.items():
        target = field_named(name)
        try:
            yield target, _constant(mapping, target, value, today)
        except ArgumentError as error:
            raise ConfigurationError(f"constants: {name}: {error}") from None


def _constant(mapping: TableMapping, target: Field, value: object, today: datetime.date) -> object:
    """Return a constant: a text is read like any text of the table, a number is the number that stands there."""
    if isinstance(value, str):
        return mapping.text_value(target, value, today)
    match target.kind, value:
        case Kind.BOOLEAN, bool():
            return value
        case Kind.NUMBER, int() | Decimal() if not isinstance(value, bool):
            number = Decimal(value)
            if number.is_finite():
                return number
        case Kind.INTEGER, int() if not isinstance(value, bool):
            return value
        case Kind.TEXT, int() if not isinstance(value, bool):
            return str(value)
        case Kind.DATE, datetime.date() if not isinstance(value, datetime.datetime):
            return check_day(value, last_day(target, today), today)
        case _:
            pass
    raise CellError(f"{value!r} is not {target.kind.value}")


class _Reader:
    """Reads settings, each with its name in errors."""

    def __init__(self, given: Mapping[str, object]) -> None:
        self._given = given

    def text(self, name: str) -> str | None:
        value = self._given.get(name)
        if value is None:
            return None
        if not isinstance(value, str) or not value:
            raise ConfigurationError(f"{name}: expected a text")
        if name in CHOICES and value not in CHOICES[name]:
            known = " or ".join(f'"{one}"' for one in CHOICES[name])
            raise ConfigurationError(f"{name}: {known}, not {value!r}")
        if name == "delimiter" and len(value) != 1:
            raise ConfigurationError("delimiter: one character")
        if name == "encoding":
            try:
                "".encode(value)
            except LookupError:
                raise ConfigurationError(f"encoding: {value!r} is none that Python knows") from None
        if name == "date":
            try:
                check_date_format(value)
            except CellError as error:
                raise ConfigurationError(f"date: {error}") from None
        return value

    def flag(self, name: str) -> bool:
        value = self._given.get(name, False)
        if not isinstance(value, bool):
            raise ConfigurationError(f"{name}: true or false")
        return value

    def section(self, name: str) -> Mapping[str, object]:
        return cast("Mapping[str, object]", _table(name, self._given.get(name, {})))

    def texts(self, name: str) -> list[str]:
        return _texts(name, self._given.get(name, []))

    def lines(self, name: str) -> tuple[int, ...]:
        value = self._given.get(name, [])
        given: list[object] = cast("list[object]", value) if isinstance(value, list) else [value]
        numbers = [one for one in given if isinstance(one, int) and not isinstance(one, bool) and one > 0]
        if len(numbers) != len(given) or len(given) > 2:
            raise ConfigurationError(f"{name}: the number of a line, or a list of two")
        return tuple(numbers)

    def words(self, name: str) -> Mapping[str, frozenset[str]]:
        return {
            column: frozenset(word.strip().casefold() for word in _texts(f"{name}.{column}", value))
            for column, value in self.section(name).items()
        }

    def chosen(self, name: str, known: tuple[str, ...]) -> Mapping[str, str]:
        found: dict[str, str] = {}
        for word, value in self.section(name).items():
            if not isinstance(value, str) or value not in known:
                raise ConfigurationError(f"{name}: {word!r}: {value!r} is none of {', '.join(known)}")
            found[word.strip().casefold()] = value
        return found

    def currency(self, name: str, value: object) -> str:
        if not isinstance(value, str) or not re.fullmatch("[A-Z]{3}", value):
            raise ConfigurationError(f"currencies: {name!r}: expected a code of three letters, like EUR")
        return value

    def allowed(self, name: str) -> Mapping[str, tuple[Decimal, ...]]:
        found: dict[str, tuple[Decimal, ...]] = {}
        for tax, value in self.section(name).items():
            if tax not in TAXES:
                raise ConfigurationError(f"{name}: {tax!r} is none of {', '.join(TAXES)}")
            rates = cast("list[object]", value) if isinstance(value, list) else [value]
            found[tax] = tuple(_percent(f"{name}.{tax}", rate) for rate in rates)
        return found

    def rates(self, name: str) -> Mapping[str, Rate]:
        found: dict[str, Rate] = {}
        for key, value in self.section(name).items():
            if isinstance(value, dict):
                parts = cast("dict[str, object]", value)
                for part in parts:
                    if part not in ("percent", "category", "comment", "name"):
                        raise ConfigurationError(
                            f"{name}.{key}: {part!r} is none of percent, category, comment, name"
                        )
                percent = _percent(f"{name}.{key}", parts.get("percent"))
                texts = {part: text for part, text in parts.items() if part != "percent"}
                if not all(isinstance(text, str) and text for text in texts.values()):
                    raise ConfigurationError(f"{name}.{key}: category, comment and name are texts")
                rate = Rate(percent, **cast("dict[str, Any]", texts))
            else:
                rate = Rate(_percent(f"{name}.{key}", value))
            found[rate_key(key)] = rate
        return found


@lru_cache(maxsize=4096)
def rate_key(text: str) -> str:
    """Return what a rate or a code is compared by: `21,00 %` and `21` are one."""
    plain = text.strip().casefold().removesuffix("%").strip()
    number = plain.replace(",", ".")
    if re.fullmatch(r"[0-9]{1,3}(\.[0-9]+)?", number):
        return f"{Decimal(number).normalize():f}"
    return plain


def _percent(name: str, value: object) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, (int, Decimal)) or not Decimal(value).is_finite():
        raise ConfigurationError(f"{name}: expected a rate in percent, a number like 21")
    if not 0 <= value <= 100:
        raise ConfigurationError(
            f"{name}: {value} is no rate; write 21 for 21 %, and withholdings without a minus"
        )
    return Decimal(value)


def _texts(name: str, value: object) -> list[str]:
    given = cast("list[object]", value) if isinstance(value, list) else [value]
    if not all(isinstance(one, str) for one in given):
        raise ConfigurationError(f"{name}: expected a text, or a list of texts")
    return cast("list[str]", given)


def _table(name: str, value: object) -> Mapping[object, object]:
    if not isinstance(value, dict):
        raise ConfigurationError(f"{name}: expected names and values")
    return cast("Mapping[object, object]", value)

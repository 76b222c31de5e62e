"""Which column of a table is which field of an invoice, and how its text becomes a value."""

from __future__ import annotations

import datetime
import difflib
import json
import re
import tomllib
from decimal import Decimal
from typing import TYPE_CHECKING, Final, cast

from attrs import frozen

from b2brouter_async._core.codecs import Kind
from b2brouter_async.errors import ArgumentError, ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from b2brouter_async._core.model import Model

TOTAL: Final = "total"
"""A target that is no field: what the invoice must come to, for `--verify-totals`."""

LINE = "line"
SETTINGS = ("columns", "constants", "decimal", "date", "delimiter", "encoding")
_TRUE, _FALSE = {"true", "yes", "1", "y"}, {"false", "no", "0", "n"}


@frozen
class Target:
    """Where a value goes: `number`, `contact.name`, `line.price`, `line.tax.percent`."""

    section: str
    """"", `contact`, `bank_account`, `line` or `line.tax`."""
    key: str
    """The field's key on the wire."""
    kind: Kind
    """What its values are."""

    @property
    def name(self) -> str:
        """The target as it is written in a mapping."""
        return f"{self.section}.{self.key}" if self.section else self.key


@frozen(kw_only=True)
class TableMapping:
    """What a mapping file says."""

    columns: Mapping[str, tuple[Target, ...]] | None = None
    """By column; None takes the columns' own names for targets."""
    constants: tuple[tuple[Target, object], ...] = ()
    decimal: str | None = None
    """The decimal mark. Only where it is said may an amount have marks between its thousands."""
    date: str | None = None
    """As in strftime; ISO 8601 when left out."""
    delimiter: str | None = None
    encoding: str = "utf-8-sig"

    def value(self, target: Target, cell: object) -> object:
        """Turn a cell into the value of a field.

        Args:
            target: where it goes.
            cell: text from a table, or any value from JSON.

        Raises:
            ArgumentError: it can't be that.
        """
        if not isinstance(cell, str):
            return cell
        text = cell.strip()
        match target.kind:
            case Kind.NUMBER:
                return self._decimal(text)
            case Kind.INTEGER:
                if re.fullmatch(r"[+-]?[0-9]{1,18}", text):
                    return int(text)
                raise ArgumentError(f"{_shown(text)} is no whole number")
            case Kind.DATE:
                return self._date(text)
            case Kind.BOOLEAN:
                if text.lower() in _TRUE | _FALSE:
                    return text.lower() in _TRUE
                raise ArgumentError(f"{_shown(text)} is neither yes nor no")
            case _:
                return text

    def _decimal(self, text: str) -> Decimal:
        mark = self.decimal or "."
        thousands = f"[{re.escape(',' if mark == '.' else '.')}' \u00a0\u202f]" if self.decimal else "(?!)"
        pattern = rf"[+-]?(?:[0-9]+|[0-9]{{1,3}}(?:{thousands}[0-9]{{3}})+)(?:{re.escape(mark)}[0-9]+)?"
        if not re.fullmatch(pattern, text) or len(text) > 40:
            hint = '; say decimal = "," or "." in the mapping' if self.decimal is None and "," in text else ""
            raise ArgumentError(f"{_shown(text)} is no amount{hint}")
        whole, _, fraction = text.partition(mark)
        whole = re.sub(r"[^0-9+-]", "", whole)
        return Decimal(f"{whole}.{fraction}" if fraction else whole)

    def _date(self, text: str) -> datetime.date:
        try:
            if self.date is None:
                return datetime.date.fromisoformat(text)
            return datetime.datetime.strptime(text, self.date).date()
        except ValueError:
            wanted = self.date or "YYYY-MM-DD"
            hint = "" if self.date else '; say date = "%d/%m/%Y" or the like in the mapping'
            raise ArgumentError(f"{_shown(text)} is no date written as {wanted}{hint}") from None


def read_mapping(path: Path) -> TableMapping:
    """Read a mapping file, TOML or JSON.

    Raises:
        ConfigurationError: it can't be read, or names what doesn't exist.
    """
    try:
        content = path.read_text(encoding="utf-8")
        loaded: object = json.loads(content) if path.suffix.lower() == ".json" else tomllib.loads(content)
    except OSError as error:
        raise ConfigurationError(f"--map: {path}: {error.strerror or error}") from None
    except UnicodeDecodeError:
        raise ConfigurationError(f"--map: {path} is no text in UTF-8; it must be TOML or JSON") from None
    except (ValueError, RecursionError) as error:
        raise ConfigurationError(f"--map: {path}: {error}") from None
    if not isinstance(loaded, dict):
        raise ConfigurationError(f"--map: {path}: expected settings with their names")
    given = cast("dict[str, object]", loaded)
    try:
        return _mapping(given)
    except ConfigurationError as error:
        raise ConfigurationError(f"--map: {path}: {error}") from None


def _mapping(given: dict[str, object]) -> TableMapping:
    for name in given:
        if name not in SETTINGS:
            raise ConfigurationError(f"{name!r} is no setting{_instead(name, SETTINGS)}")
    settings = {name: given[name] for name in ("decimal", "date", "delimiter", "encoding") if name in given}
    for name, value in settings.items():
        if not isinstance(value, str) or not value:
            raise ConfigurationError(f"{name}: expected a text")
    if settings.get("decimal", ".") not in (".", ","):
        raise ConfigurationError('decimal: "." or ","')
    if len(cast("str", settings.get("delimiter", ","))) != 1:
        raise ConfigurationError("delimiter: one character")
    try:
        "".encode(cast("str", settings.get("encoding", "utf-8")))
    except LookupError:
        raise ConfigurationError(f"encoding: {settings['encoding']!r} is none that Python knows") from None
    columns = {
        column: tuple(target_named(str(name)) for name in _as_list(names))
        for column, names in _section(given, "columns").items()
    }
    texts = cast("dict[str, str]", settings)
    plain = TableMapping(
        columns=columns or None,
        decimal=texts.get("decimal"),
        date=texts.get("date"),
        delimiter=texts.get("delimiter"),
        encoding=texts.get("encoding", "utf-8-sig"),
    )
    constants: list[tuple[Target, object]] = []
    for name, value in _section(given, "constants").items():
        target = target_named(name)
        try:
            # A constant is written like any text of the table; an amount as text, since TOML's numbers are floats.
            constants.append((target, plain.value(target, str(value) if isinstance(value, float) else value)))
        except ArgumentError as error:
            raise ConfigurationError(f"constants: {name}: {error}") from None
    return TableMapping(
        columns=columns or None, constants=tuple(constants), **cast("dict[str, str]", settings)
    )


def target_named(name: str) -> Target:
    """Return the target that a name stands for.

    Raises:
        ConfigurationError: there is none, or no cell can hold its value.
    """
    if name == TOTAL:
        return Target("", TOTAL, Kind.NUMBER)
    section, _, key = name.rpartition(".")
    sections = _sections()
    if section not in sections:
        raise ConfigurationError(f"{name!r} is no field{_instead(section, sections)}")
    fields = {item.key: item.codec.kind for item in sections[section].fields()}
    if key not in fields:
        names = [
            f"{one}.{item.key}" if one else item.key
            for one, kind in sections.items()
            for item in kind.fields()
        ]
        raise ConfigurationError(f"{name!r} is no field of an invoice{_instead(name, names)}")
    if fields[key] in (Kind.OBJECT, Kind.LIST):
        deeper = [one for one in sections if one and (one == name or fields[key] is Kind.LIST)]
        raise ConfigurationError(
            f"{name!r} is {fields[key].value}, which no cell holds"
            + (f"; fill it with {' or '.join(f'{one}.…' for one in deeper)}" if deeper else "")
        )
    return Target(section, key, fields[key])


def _sections() -> dict[str, type[Model]]:
    from b2brouter_async.generated.models import (
        BankAccountInput,
        InvoiceContactInput,
        InvoiceInput,
        InvoiceLineInput,
        TaxInput,
    )

    return {
        "": InvoiceInput,
        "contact": InvoiceContactInput,
        "bank_account": BankAccountInput,
        LINE: InvoiceLineInput,
        f"{LINE}.tax": TaxInput,
    }


def _section(given: dict[str, object], name: str) -> dict[str, object]:
    section = given.get(name, {})
    if not isinstance(section, dict):
        raise ConfigurationError(f"{name}: expected names and values")
    return cast("dict[str, object]", section)


def _as_list(value: object) -> list[object]:
    return cast("list[object]", value) if isinstance(value, list) else [value]


def _instead(name: str, known: Iterable[str]) -> str:
    close = difflib.get_close_matches(name, [one for one in known if one], n=1)
    return f"; did you mean {close[0]!r}?" if close else ""


def _shown(text: str) -> str:
    return repr(text if len(text) <= 40 else text[:39] + "…")

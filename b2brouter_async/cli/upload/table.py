"""CSV and JSON Lines as a source: rows become invoices, one at a time."""

from __future__ import annotations

import csv
import itertools
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final, NoReturn, TextIO, cast

import anyio.to_thread
from attrs import frozen

from b2brouter_async._core.exact_json import load_json
from b2brouter_async.bulk.source import Document
from b2brouter_async.errors import ArgumentError, ConfigurationError, ShapeError

from .mapping import LINE, TOTAL, TableMapping, Target, target_named

if TYPE_CHECKING:
    from _csv import Reader
    from collections.abc import AsyncIterator
    from decimal import Decimal
    from pathlib import Path

CSV: Final = frozenset({".csv", ".tsv"})
JSON_LINES: Final = frozenset({".jsonl", ".ndjson"})
SUFFIXES: Final = CSV | JSON_LINES

_AT_ONCE = 200


class Unusable(Mapping[str, object]):
    """A row that makes no invoice: whoever reads it is told why, so that it ends as an outcome like any other."""

    def __init__(self, reason: str) -> None:
        self.reason = reason

    def _refuse(self) -> NoReturn:
        raise ArgumentError(self.reason)

    def __getitem__(self, key: str) -> object:
        self._refuse()

    def __iter__(self) -> Iterator[str]:
        self._refuse()

    def __len__(self) -> int:
        self._refuse()


@frozen
class _Row:
    """A row: its place in the file, and its cells by column; or why it could not be read."""

    line: int
    cells: Mapping[str, object]
    problem: str | None = None


class Table:
    """A file of rows. Rows that stand together and have the same number are the lines of one invoice."""

    def __init__(self, path: Path, mapping: TableMapping | None) -> None:
        """Look at the file's first line.

        Args:
            path: a CSV file with a line of names, or JSON Lines.
            mapping: which column is which field; without one the columns of a CSV file are named like the fields, and
                a line of JSON is an invoice as it is.

        Raises:
            ConfigurationError: it can't be read, or its columns and the mapping don't fit.
        """
        self.path = path
        self._mapping = mapping or TableMapping()
        self._json = path.suffix.lower() in JSON_LINES
        self._as_it_is = self._json and mapping is None
        self._targets: dict[str, tuple[Target, ...]] = {} if self._as_it_is else self._match()
        named = {target.name: column for column, targets in self._targets.items() for target in targets}
        if not self._as_it_is and "number" not in named:
            raise ConfigurationError(f"{path}: no column is mapped to 'number', by which an invoice is known")
        self._has_lines = any(name.startswith(f"{LINE}.") for name in named)
        self._identity = [named[name] for name in ("number", "series_code") if name in named]

    def count(self) -> int:
        """Read the file once and return how many invoices it holds.

        Raises:
            ConfigurationError: rows of one invoice stand apart: the first of them would go without the others.
        """
        seen: dict[int, int] = {}
        count = 0
        for rows in self._groups():
            count += 1
            number = self._identify(rows[0])
            if not self._has_lines or not any(number):
                continue
            before = seen.setdefault(hash(number), rows[-1].line)
            if before != rows[-1].line:
                raise ConfigurationError(
                    f"{self.path}, line {rows[0].line}: number {number[0]} is in line {before} too, and others stand "
                    "between; sort the table by number, so that the rows of an invoice stand together"
                )
        return count

    def documents(self) -> Iterator[Document]:
        """Yield the invoices."""
        for rows in self._groups():
            invoice, total = self._invoice(rows)
            first, last = rows[0].line, rows[-1].line
            lines = f"line {first}" if first == last else f"lines {first}-{last}"
            yield Document(invoice, f"{self.path.name} {lines}", total)

    async def read(self) -> AsyncIterator[Document]:
        """Yield the invoices; the file is read in threads."""
        documents = self.documents()
        while batch := await anyio.to_thread.run_sync(_take, documents):
            for document in batch:
                yield document

    def _match(self) -> dict[str, tuple[Target, ...]]:
        """Return what the mapping says about the columns that are there."""
        wanted = self._mapping.columns
        heads = None if self._json else self._heads()
        if heads is not None:
            self._check(heads, wanted)
        if wanted is None:
            if heads is None:
                raise ConfigurationError("--map: a mapping for JSON Lines needs [columns]")
            try:
                return {head: (target_named(head),) for head in heads if head}
            except ConfigurationError as error:
                raise ConfigurationError(
                    f"{self.path}: {error}; name the columns like the fields, or say with --map which is which"
                ) from None
        missing = [] if heads is None else [column for column in wanted if column not in heads]
        if missing:
            there = ", ".join(repr(head) for head in heads or ())
            raise ConfigurationError(
                f"{self.path}: there is no column {missing[0]!r}; its columns are {there}"
            )
        return dict(wanted)

    def _check(self, heads: list[str], wanted: Mapping[str, object] | None) -> None:
        """Refuse a first line that names nothing, or the same column twice: which of the two is meant?"""
        if not any(head.strip() for head in heads):
            raise ConfigurationError(f"{self.path}: the first line is empty; it must name the columns")
        for head in heads if wanted is None else wanted:
            if head and heads.count(head) > 1:
                raise ConfigurationError(
                    f"{self.path}: {heads.count(head)} columns are called {head!r}; give each its own name"
                )

    def _heads(self) -> list[str]:
        with self._open() as file:
            try:
                return next(self._csv(file), list[str]())
            except (csv.Error, UnicodeDecodeError) as error:
                raise self._unreadable(1, error) from None

    def _rows(self) -> Iterator[_Row]:
        with self._open() as file:
            line = 0
            try:
                if self._json:
                    for line, text in enumerate(file, 1):
                        if text.strip():
                            yield _json_row(line, text)
                    return
                reader = self._csv(file)
                heads = next(reader, list[str]())
                line = reader.line_num + 1
                for cells in reader:
                    if any(cell.strip() for cell in cells):
                        yield _csv_row(line, heads, cells)
                    line = reader.line_num + 1
            except (csv.Error, UnicodeDecodeError) as error:
                raise self._unreadable(line, error) from None

    def _open(self) -> TextIO:
        try:
            return self.path.open(encoding=self._mapping.encoding, newline="")
        except OSError as error:
            raise ConfigurationError(f"{self.path}: {error.strerror or error}") from None

    def _csv(self, file: TextIO) -> Reader:
        delimiter = self._mapping.delimiter
        if delimiter is None:
            head = file.readline()
            file.seek(0)
            delimiter = max(",;\t|", key=head.count)
        return csv.reader(file, delimiter=delimiter, strict=True)

    def _unreadable(self, line: int, error: Exception) -> ConfigurationError:
        hint = (
            '; say encoding = "cp1252" or the like in the mapping'
            if isinstance(error, UnicodeDecodeError)
            else ""
        )
        return ConfigurationError(f"{self.path}, line {line}: {error}{hint}")

    def _groups(self) -> Iterator[list[_Row]]:
        """Yield the rows of one invoice after the other."""
        if not self._has_lines:
            yield from ([row] for row in self._rows())
            return
        for number, rows in itertools.groupby(self._rows(), self._identify):
            if any(number):
                yield list(rows)
            else:  # without a number nothing says that they belong together
                yield from ([row] for row in rows)

    def _identify(self, row: _Row) -> tuple[str, ...]:
        return tuple(str(_cell(row, column) or "").strip() for column in self._identity)

    def _invoice(self, rows: list[_Row]) -> tuple[Mapping[str, object], Decimal | None]:
        if self._as_it_is and rows[0].problem is None:
            return rows[0].cells, None
        invoice: dict[str, dict[str, object]] = {"": {}}
        lines: list[dict[str, object]] = []
        for row in rows:
            try:
                values = self._values(row)
                line, tax = values.pop(LINE, {}), values.pop(f"{LINE}.tax", {})
                _merge(invoice, values)
            except ArgumentError as error:
                return Unusable(f"line {row.line}: {error}" if len(rows) > 1 else str(error)), None
            if tax:
                line["taxes_attributes"] = [tax]
            if line:
                lines.append(line)
        whole: dict[str, object] = dict(invoice.pop(""))
        total = whole.pop(TOTAL, None)
        whole.update(invoice)
        if lines:
            whole["invoice_lines_attributes"] = lines
        return whole, cast("Decimal | None", total)

    def _values(self, row: _Row) -> dict[str, dict[str, object]]:
        """Return a row's values by section and field."""
        if row.problem is not None:
            raise ArgumentError(row.problem)
        values: dict[str, dict[str, object]] = {}
        for column, targets in self._targets.items():
            cell = _cell(row, column)
            if cell is None or (isinstance(cell, str) and not cell.strip()):
                continue
            for target in targets:
                try:
                    values.setdefault(target.section, {})[target.key] = self._mapping.value(target, cell)
                except ArgumentError as error:
                    raise ArgumentError(f"column {column!r}: {error}") from None
        for target, value in self._mapping.constants:
            # A constant alone makes no line.
            if target.section in values or not target.section.startswith(LINE) or LINE in values:
                values.setdefault(target.section, {}).setdefault(target.key, value)
        return values


def _take(documents: Iterator[Document]) -> list[Document]:
    return list(itertools.islice(documents, _AT_ONCE))


def _csv_row(line: int, heads: list[str], cells: list[str]) -> _Row:
    if len(cells) > len(heads):
        return _Row(
            line, dict(zip(heads, cells, strict=False)), f"{len(cells)} cells for {len(heads)} columns"
        )
    return _Row(line, dict(zip(heads, cells, strict=False)))


def _json_row(line: int, text: str) -> _Row:
    try:
        value = load_json(text.encode())
    except ShapeError as error:
        return _Row(line, {}, error.problem)
    if not isinstance(value, dict):
        return _Row(line, {}, "expected an object in braces")
    return _Row(line, cast("dict[str, object]", value))


def _cell(row: _Row, column: str) -> object:
    """Return a cell; in JSON a column may lie deeper: `customer.name`."""
    if column in row.cells:
        return row.cells[column]
    value: Any = row.cells
    for step in column.split("."):
        if not isinstance(value, Mapping):
            return None
        value = cast("Mapping[str, object]", value).get(step)
    return value


def _merge(invoice: dict[str, dict[str, object]], values: dict[str, dict[str, object]]) -> None:
    """Put what a row says about the whole invoice to what the rows above said."""
    for section, fields in values.items():
        known = invoice.setdefault(section, {})
        for key, value in fields.items():
            if known.setdefault(key, value) != value:
                name = f"{section}.{key}" if section else key
                raise ArgumentError(
                    f"{name} is {value}, but {known[key]} in a line above of the same invoice"
                )

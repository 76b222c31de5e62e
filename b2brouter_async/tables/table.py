"""A table as invoices: read whole and judged before anything is sent, then read again from the same bytes."""

from __future__ import annotations

import datetime
import difflib
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final, cast

from attrs import define, field

from .._core.codecs import Kind
from .._keywords import tells_misspelt
from ..errors import ArgumentError, ConfigurationError
from .cells import SIGNS, read_amount
from .columns import Heading, first_heading, heading_at, heading_with
from .errors import CellError, Problem, Problems, TableError
from .fields import Field, field_named
from .files import JSON_LINES, Merged, Row, open_rows, table_path
from .invoices import Group, InvoiceError, TableInvoice, build
from .json_invoices import judged_invoice
from .mapping import Column, TableMapping
from .values import Marks, Source, Values
from .words import can_mean, holds_money, is_total_row, word_of

if TYPE_CHECKING:
    import os
    from collections.abc import Callable
    from pathlib import Path

PROGRESS_EVERY: Final = 2000
_IN_NAMES: Final = re.compile(r"€|£|\b(?:EUR|USD|GBP|CHF|PLN|SEK|NOK|DKK|CZK|HUF|RON)\b")
_DOLLARS: Final = frozenset({"USD", "CAD", "AUD", "NZD", "SGD", "HKD", "MXN"})
_CROWNS: Final = frozenset({"SEK", "NOK", "DKK", "ISK"})


@define
class Judgement:
    """What was found in a table without anything wrong.

    Example:
        judgement = Table(Path("march.csv"), read_mapping(Path("march.toml"))).judge()
        print(judgement.count, judgement.rows, judgement.left_out)
    """

    count: int = 0
    """Invoices."""
    rows: int = 0
    left_out: Counter[str] = field(factory=Counter[str])
    """Rows that [only], [skip] and [kinds] left out, by why."""


@tells_misspelt
class Table:
    """A file of rows that become invoices.

    Example:
        table = Table(Path("march.csv"), read_mapping(Path("march.toml")))
        for invoice in table.invoices():
            print(invoice.content["number"], invoice.totals.total)
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        mapping: TableMapping | None = None,
        *,
        sheet: str | None = None,
        today: datetime.date | None = None,
    ) -> None:
        """Read the file and find its columns.

        Args:
            path: a CSV file, a spreadsheet or JSON Lines.
            mapping: which column is which field; without one the columns are named like the fields, and a line of
                JSON is an invoice as it is.
            sheet: the sheet of a spreadsheet; passes before the mapping's.
            today: bounds the days that invoices may have; today when left out.

        Raises:
            ConfigurationError: it can't be read, or its columns and the mapping don't fit.
        """
        path = table_path(path)
        if mapping is not None and not isinstance(mapping, TableMapping):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise ConfigurationError(
                f"expected a TableMapping, got {type(mapping).__name__}; read_mapping(path) reads one",
                argument="mapping",
            )
        self.path: Path = path
        self.name: str = str(path)
        self.mapping: TableMapping = mapping or TableMapping()
        self._today = today or datetime.datetime.now(datetime.UTC).date()
        self._values = Values(self.mapping, self._today)
        self._json = path.suffix.lower() in JSON_LINES
        self._as_it_is = self._json and mapping is None
        if self._json and mapping is not None and mapping.columns is None:
            raise ConfigurationError("--map: a mapping for JSON Lines needs [columns]")
        self._file = open_rows(
            path,
            encoding=self.mapping.encoding,
            delimiter=self.mapping.delimiter,
            sheet=sheet or self.mapping.sheet,
        )
        self._heading = Heading((), 0)
        self._sources: list[Source] = []
        self._filters: list[tuple[str, int, frozenset[str], bool]] = []
        self._alternatives: list[tuple[Field, list[tuple[str, int]]]] = []
        self._watched: list[tuple[str, int]] = []
        self._contradicting: list[tuple[str, int, str]] = []
        """Columns that are mapped to nothing, and can say what an invoice is or what money it is in."""
        self._used_keys: set[str] | None = None
        if not self._as_it_is:
            self._find_columns()
        # The kind is read first: other columns may depend on it.
        self._sources.sort(key=lambda source: source.column.by_kind is not None)
        self._mapped = self._mapped_fields()
        if not self._as_it_is and "number" not in self._mapped:
            raise ConfigurationError(f"{path}: no column is mapped to 'number', by which an invoice is known")
        of_lines = any(field_named(name).of_line for name in self._mapped)
        self._grouped = of_lines and self.mapping.rows != "invoice"
        self._signs = [
            (found[0], source.label)
            for source in self._sources
            if any(target.kind is Kind.NUMBER for target in source.column.fields)
            and (found := _IN_NAMES.search(source.label))
        ]
        self._constants = [(target.name, value) for target, value in self.mapping.constants]
        self._of_lines = frozenset(target.name for target, _ in self.mapping.constants if target.of_line)

    def judge(self, progress: Callable[[int], object] | None = None) -> Judgement:
        """Read the whole table and return what it holds.

        Example:
            table = Table(Path("march.csv"), read_mapping(Path("march.toml")))
            print(table.judge(progress=print).count)

        Args:
            progress: called with the number of rows read, now and then.

        Raises:
            TableError: something in it needs a decision, with line, column and the way out.
        """
        problems, judgement = Problems(), Judgement()
        for _ in self._invoices(problems, judgement, progress):
            judgement.count += 1
        if problems.count:
            raise TableError(self.name, problems)
        return judgement

    def look(self, problems: Problems, judgement: Judgement) -> Iterator[TableInvoice]:
        """Yield the invoices that can be made, and collect what is wrong with the others.

        Example:
            problems, judgement = Problems(), Judgement()
            table = Table(Path("march.csv"), read_mapping(Path("march.toml")))
            good = list(table.look(problems, judgement))

        Args:
            problems: takes in what is wrong.
            judgement: takes in what was found.
        """
        for invoice in self._invoices(problems, judgement, None):
            judgement.count += 1
            yield invoice

    def invoices(self) -> Iterator[TableInvoice]:
        """Yield the invoices of a table that was judged.

        Example:
            table = Table(Path("march.csv"), read_mapping(Path("march.toml")))
            table.judge()
            for invoice in table.invoices():
                print(invoice.content["number"], invoice.totals.total)

        Raises:
            TableError: it was not, and something in it needs a decision.
        """
        problems = Problems()
        for invoice in self._invoices(problems, Judgement(), None):
            if problems.count:
                break
            yield invoice
        if problems.count:
            raise TableError(self.name, problems)

    # --- the columns

    def _find_columns(self) -> None:
        mapping = self.mapping
        if self._json:
            for index, (name, column) in enumerate((mapping.columns or {}).items()):
                self._sources.append(Source(name, index, column, mapping.values.get(name)))
            self._filters = [
                (name, -1, words, keep)
                for chosen, keep in ((mapping.only, True), (mapping.skip, False))
                for name, words in chosen.items()
            ]
            self._alternatives = [
                (field_named(name), [(column, -1) for column in columns])
                for name, columns in mapping.first_filled.items()
            ]
            return
        wanted = [
            *(mapping.columns or {}), *mapping.only, *mapping.skip, *mapping.values,
            *(column for columns in mapping.first_filled.values() for column in columns),
        ]  # fmt: skip
        self._heading = heading = (
            heading_at(self._file, mapping.names)
            if mapping.names
            else heading_with(self._file, dict.fromkeys(wanted))
            if wanted
            else first_heading(self._file)
        )
        if mapping.columns is None:
            self._columns_named_like_fields(heading)
        else:
            for name, column in mapping.columns.items():
                self._sources.append(Source(name, self._place(name), column, mapping.values.get(name)))
        for chosen, keep in ((mapping.only, True), (mapping.skip, False)):
            for name, words in chosen.items():
                self._filters.append((name, self._place(name), words, keep))
        for name, columns in mapping.first_filled.items():
            self._alternatives.append((field_named(name), [(one, self._place(one)) for one in columns]))
        used = {source.index for source in self._sources} | {self._place(name) for name in wanted}
        self._watched = [
            (heading.label(index), index)
            for index, name in enumerate(heading.names)
            if index not in used and holds_money(name)
        ]
        self._contradicting = [
            (heading.label(index), index, meant)
            for index, name in enumerate(heading.names)
            for meant in ("currency", "kind")
            if index not in used and can_mean(name, meant)
        ]
        twice = Counter(source.index for source in self._sources)
        for source in self._sources:
            if twice[source.index] > 1:
                raise ConfigurationError(
                    f"{self.name}: the column {source.label!r} is mapped twice, under two names"
                )

    def _columns_named_like_fields(self, heading: Heading) -> None:
        for index, name in enumerate(heading.names):
            if not name:
                continue
            heading.find(name)
            try:
                target = field_named(name)
            except ConfigurationError as error:
                raise ConfigurationError(
                    f"{self.name}: {error}; name the columns like the fields, or say with --map which is which: "
                    "`b2brouter map` writes a mapping to begin with"
                ) from None
            self._sources.append(Source(name, index, Column((target,)), None))

    def _place(self, name: str) -> int:
        place = self._heading.find(name)
        if place is None:
            there = ", ".join(repr(self._heading.label(index)) for index in range(len(self._heading.names)))
            raise ConfigurationError(f"{self.name}: there is no column {name!r}; its columns are {there}")
        return place

    def _mapped_fields(self) -> frozenset[str]:
        names = {target.name for source in self._sources for target in source.column.fields}
        for source in self._sources:
            for targets in (source.column.by_kind or {}).values():
                names.update(target.name for target in targets)
        names.update(target.name for target, _ in self._alternatives)
        return frozenset(names)

    # --- the rows

    def _invoices(
        self, problems: Problems, judgement: Judgement, progress: Callable[[int], object] | None
    ) -> Iterator[TableInvoice]:
        """Yield what can be made, and collect what can't."""
        if self._as_it_is:
            yield from self._json_invoices(problems, judgement, progress)
            return
        group: Group | None = None
        seen: dict[int, int] = {}
        marks = Marks()
        state = _State(problems, seen, marks)
        for row in self._file.rows():
            if row.line <= self._heading.line:
                continue
            judgement.rows += 1
            if progress is not None and judgement.rows % PROGRESS_EVERY == 0:
                progress(judgement.rows)
            reason = self._left_out(row, state) or self._hidden(row, state)
            if reason is not None:
                judgement.left_out[reason] += 1
                continue
            read = self._read(row, state, group)
            if read is None:
                continue
            number, series, values = read
            same = group is not None and self._grouped and (group.number, group.series) == (number, series)
            if not same:
                if group is not None:
                    made = self._finish(group, state, judgement)
                    if made is not None:
                        yield made
                group = Group(number, series, row.line)
            assert group is not None
            self._add(group, row, values, state)
        if group is not None:
            made = self._finish(group, state, judgement)
            if made is not None:
                yield made
        if progress is not None:
            progress(judgement.rows)
        self._check_whole(state)

    def _read(self, row: Row, state: _State, group: Group | None) -> tuple[str, str, _RowValues] | None:
        """Return a row's number, its series and its values; None where it is no part of an invoice."""
        problems = state.problems
        cells = row.cells
        width = len(self._heading.names)
        if not self._json and len(cells) > width and any(_filled(cell) for cell in cells[width:]):
            problems.add(Problem(f"{len(cells)} cells for {width} columns", row.line))
            return None
        if row.record is not None and not self._is_spelled(row, problems):
            return None
        values = _RowValues()
        self._read_columns(row, state, values)
        self._read_alternatives(row, state, values)
        self._watch(row, state)
        known = self._number_and_series(row, state, group, values)
        return None if known is None else (*known, values)

    def _read_columns(self, row: Row, state: _State, values: _RowValues) -> None:
        """Read the columns that are mapped to fields."""
        head = values.head
        kind: str | None = None
        for source in self._sources:
            targets = source.column.fields
            if source.column.by_kind is not None:
                kind = kind or self._kind_of(head["kind"][0] if "kind" in head else None)
                targets = source.column.by_kind.get(kind or "", ())
                if not targets:
                    continue
            try:
                cell = self._cell(row, source.label, source.index)
                if cell is None:
                    continue
                state.json_seen.add(source.label)
                for target in targets:
                    value = self._values.value(target, cell, source, row.line, values.signs, state.marks)
                    values.put(target, value, source.label)
            except ArgumentError as error:
                values.fine = False
                state.problems.add(Problem(str(error), row.line, source.label, self._number_of(head)))

    def _read_alternatives(self, row: Row, state: _State, values: _RowValues) -> None:
        """Read, of several columns for one field, the first that holds anything."""
        for target, columns in self._alternatives:
            for label, index in columns:
                try:
                    cell = self._cell(row, label, index)
                    if cell is None:
                        continue
                    source = Source(label, index, Column((target,)), self.mapping.values.get(label))
                    value = self._values.value(target, cell, source, row.line, values.signs, state.marks)
                except ArgumentError as error:
                    values.fine = False
                    state.problems.add(Problem(str(error), row.line, label, self._number_of(values.head)))
                    break
                values.put(target, value, label)
                break

    def _watch(self, row: Row, state: _State) -> None:
        """Ask about a column that is mapped to nothing, and holds amounts or says what goes out differently, once."""
        watched = self._watched if row.record is None else self._watched_keys(row.record)
        for label, index in watched:
            if label not in state.watched and _is_money(self._cell(row, label, index), self.mapping.decimal):
                state.watched.add(label)
                state.problems.add(
                    Problem(f'holds amounts and is not mapped; map it, or say "{label}" = "" if it is not used',
                            row.line, label)
                )  # fmt: skip
        contradicting = self._contradicting if row.record is None else self._contradicting_keys(row.record)
        for label, index, meant in contradicting:
            cell = self._cell(row, label, index)
            if label not in state.watched and isinstance(cell, str):
                said = self._contradiction(meant, cell.strip())
                if said is not None:
                    state.watched.add(label)
                    way_out = f'map it to "{meant}", or say "{label}" = "" if it is not used'
                    state.problems.add(
                        Problem(f"{said}, and the column is not mapped; {way_out}", row.line, label)
                    )

    def _unused_keys(self, record: Mapping[str, object]) -> Iterator[tuple[str, str]]:
        """Yield the keys of a row of JSON that nothing uses: path, and name."""
        if self._used_keys is None:
            filters = {name for name, *_ in self._filters}
            others = {column for _, columns in self._alternatives for column, _ in columns}
            self._used_keys = {source.label for source in self._sources} | filters | others
        for path, name in _paths(record):
            if path not in self._used_keys and path.split(".")[0] not in self._used_keys:
                yield path, name

    def _watched_keys(self, record: Mapping[str, object]) -> list[tuple[str, int]]:
        return [(path, -1) for path, name in self._unused_keys(record) if holds_money(name)]

    def _contradicting_keys(self, record: Mapping[str, object]) -> list[tuple[str, int, str]]:
        return [
            (path, -1, meant)
            for path, name in self._unused_keys(record)
            for meant in ("currency", "kind")
            if can_mean(name, meant)
        ]

    def _contradiction(self, meant: str, text: str) -> str | None:
        """Return what a column that is mapped to nothing says against what would go out."""
        if meant == "kind":
            plain_invoices = not self._mapped & {"kind", "is_credit_note", "is_amend"}
            return (
                f"{text!r} is no plain invoice"
                if plain_invoices and word_of(text) in ("credit_note", "leave_out")
                else None
            )
        said = self._constant_text("currency")
        code = self.mapping.currencies.get(text) or SIGNS.get(text) or text.upper()
        is_code = len(code) == 3 and code.isascii() and code.isalpha()
        return (
            f"the currency is {code} here, and {said} in [constants]"
            if said and is_code and code != said.upper()
            else None
        )

    def _number_and_series(
        self, row: Row, state: _State, group: Group | None, values: _RowValues
    ) -> tuple[str, str] | None:
        """Return which invoice a row belongs to; None where it is none, or that can't be told."""
        problems, head = state.problems, values.head
        cells: Sequence[object] = () if self._json else row.cells
        number = self._number_of(head)
        series = str(head["series_code"][0]) if "series_code" in head else self._constant_text("series_code")
        if number is None:
            if is_total_row(cells):
                problems.add(Problem(
                    "this looks like a row of totals; leave it out with [skip], or delete it", row.line))  # fmt: skip
                return None
            if not values.fine:
                return None
            if "number" not in self.mapping.fill or group is None or not self._grouped:
                problems.add(
                    Problem(
                        'no number stands in this row; if it belongs to the invoice above, say fill = ["number"] in the '
                        "mapping; if it is no invoice, leave it out with [skip], or delete it",
                        row.line,
                    )
                )
                return None
            if self._repeats_the_sum(values.line, state):
                problems.add(
                    Problem(
                        "its amount is the sum of the rows above: a row of totals? Leave it out with [skip]",
                        row.line,
                    )
                )
                return None
            number, series = group.number, group.series
        elif is_total_row(cells, only_first=True):
            problems.add(
                Problem("this looks like a row of totals; leave it out with [skip], or delete it", row.line)
            )
            return None
        return number, series

    def _add(
        self,
        group: Group,
        row: Row,
        read: _RowValues,
        state: _State,
    ) -> None:
        """Put a row to its invoice: what belongs to the whole of it must not differ."""
        group.last = row.line
        values = read.line
        if not read.fine:
            group.broken = True
        group.signs.extend((sign, label, row.line) for sign, label in read.signs)
        for name, (value, label) in read.head.items():
            known = group.head.setdefault(name, value)
            if known != value:
                group.broken = True
                way = (
                    '; where each row is an invoice, say rows = "invoice"'
                    if name in ("net", "total", "date")
                    else ""
                )
                state.problems.add(
                    Problem(f"{name} is {value}, but {known} in a line above of the same invoice{way}", row.line, label,
                            group.number)
                )  # fmt: skip
        for name in self.mapping.fill:
            if name not in values and name in group.filled:
                values[name] = group.filled[name]
        group.filled.update(values)
        if self._is_repeated(group, row, state):
            state.problems.add(
                Problem(
                    'this row is the same as the one above; is it there twice? Say rows = "line" if both are lines',
                    row.line,
                    None,
                    group.number,
                )
            )
            group.broken = True
        if values or not group.rows:
            group.rows.append((row.line, values))
        for name in _SUMMED:
            value = values.get(name)
            if isinstance(value, Decimal):
                state.sums[name] = state.sums.get(name, Decimal(0)) + value
                state.summed[name] += 1

    def _is_repeated(self, group: Group, row: Row, state: _State) -> bool:
        """Whether a row is the one above once more, and no total tells whether that is right."""
        before, state.before = state.before, row
        return (
            before is not None
            and bool(group.rows)
            and before.cells == row.cells
            and before.record == row.record
            and self.mapping.rows is None
            and not self._mapped & {"total", "total_before_withholding"}
        )

    def _finish(self, group: Group, state: _State, judgement: Judgement) -> TableInvoice | None:
        problems = state.problems
        for name, value in self._constants:
            if name in self._of_lines:
                for _, values in group.rows:
                    values.setdefault(name, value)
            else:
                group.head.setdefault(name, value)
        day = group.head.get("date")
        year = day.year if isinstance(day, datetime.date) else 0
        # A number and not the words: a table may have a million invoices, and all of these are kept.
        key = hash((group.number, group.series, year))
        before = state.seen.setdefault(key, group.first)
        if before != group.first:
            problems.add(
                Problem(
                    f"number {group.number} is in line {before} too"
                    + (
                        ", and others stand between; sort the table by number, so that the rows of an invoice stand together"
                        if self._grouped
                        else "; each invoice has a number of its own"
                    ),
                    group.first,
                )
            )
            return None
        if group.broken:
            return None
        try:
            kind = self._kind_of(group.head.get("kind"), strict=True)
            if kind == "leave_out":
                judgement.left_out[f"kind is {group.head.get('kind')}"] += 1
                return None
            self._check_signs(group)
            invoice = build(group, self.mapping, kind, self._mapped)
        except InvoiceError as error:
            problems.add(Problem(str(error), error.line or group.first, error.column, group.number))
            return None
        if invoice.kind in ("credit_note", "correction") and invoice.written_total:
            sign = invoice.written_total > 0
            if state.credit_sign is None:
                state.credit_sign = sign
            elif state.credit_sign != sign:
                problems.add(
                    Problem("amounts of credit notes are positive in some rows and negative in others; which is right?",
                            group.first, None, group.number)
                )  # fmt: skip
                return None
        return invoice

    def _check_whole(self, state: _State) -> None:
        """Judge what only the whole table tells."""
        marks, problems = state.marks, state.problems
        if marks.unsure is not None and not marks.decimals:
            line, label, text = marks.unsure
            problems.add(
                Problem(f'{text!r} can mean two amounts, and no other amount tells which; say decimal = "." or ","',
                        line, label)
            )  # fmt: skip
        for name, _, words, keep in self._filters:
            missing = words - state.filter_words.get(name, set())
            if missing and keep:
                word = sorted(missing)[0]
                problems.add(Problem(f"[only]: no row has {word!r} in this column", None, name))
        if state.hidden:
            some = ", ".join(map(str, state.hidden[:5])) + (", …" if len(state.hidden) > 5 else "")
            one = len(state.hidden) == 1
            problems.add(
                Problem(
                    f"{'row' if one else f'{len(state.hidden)} rows'} {some} {'is' if one else 'are'} hidden in the spreadsheet, by a "
                    'filter or by hand: say hidden = "read" if they are to go out, or "leave_out"',
                    state.hidden[0],
                )
            )
        if self._json:
            for source in self._sources:
                if source.label not in state.json_seen:
                    problems.add(
                        Problem(
                            "no row has this key, or a path to it leads through a list", None, source.label
                        )
                    )

    def _hidden(self, row: Row, state: _State) -> str | None:
        """Judge a row that its spreadsheet doesn't show: whoever looked at the sheet has not seen it."""
        if row.hidden and self.mapping.hidden is None:
            state.hidden.append(row.line)
        return "the row is hidden" if row.hidden and self.mapping.hidden == "leave_out" else None

    def _left_out(self, row: Row, state: _State) -> str | None:
        for name, index, words, keep in self._filters:
            cell = self._cell(row, name, index)
            word = "" if cell is None else str(cell).strip().casefold()
            if word in words:
                state.filter_words.setdefault(name, set()).add(word)
            if (word in words) != keep:
                return f"{name} is {'empty' if cell is None else cell}"
        return None

    # --- one cell

    def _cell(self, row: Row, label: str, index: int) -> object:
        """Return what stands in a cell; None where nothing does."""
        if row.record is not None:
            return self._json_cell(row, label)
        if index >= len(row.cells):
            return None
        cell = row.cells[index]
        if isinstance(cell, str):
            # Spreadsheets write ="001" so that it stays a text.
            cell = cell[2:-1] if cell[:2] == '="' and cell[-1:] == '"' else cell
            return cell if cell and not cell.isspace() else None
        if isinstance(cell, Merged):
            return cell if cell.value is not None else None
        return cell

    def _is_spelled(self, row: Row, problems: Problems) -> bool:
        """Refuse a row of JSON that lacks a key, and has one that is spelled nearly like it."""
        record = cast("Mapping[str, object]", row.record)
        roots = {
            source.label if source.label in record else source.label.split(".")[0] for source in self._sources
        }
        others = [key for key in record if key not in roots]
        for root in roots:
            close = difflib.get_close_matches(root, others, n=1, cutoff=0.75) if root not in record else []
            if close:
                problems.add(
                    Problem(
                        f"the key {root!r} is missing, and {close[0]!r} stands there; is it misspelt?",
                        row.line,
                    )
                )
                return False
        return True

    def _json_cell(self, row: Row, path: str) -> object:
        record = cast("Mapping[str, object]", row.record)
        if path in record:
            return _nothing_blank(record[path])
        value = cast("object", record)
        for step in path.split("."):
            if isinstance(value, list):
                raise CellError(f"{path!r} leads into a list; a column is one value of a row")
            if not isinstance(value, Mapping):
                return None
            value = cast("Mapping[str, object]", value).get(step)
        return _nothing_blank(value)

    def _check_signs(self, group: Group) -> None:
        """Refuse an amount whose sign of a currency contradicts the invoice's currency."""
        currency = group.head.get("currency")
        in_names = [(sign, label, group.first) for sign, label in self._signs]
        for sign, label, line in [*group.signs, *in_names]:
            code = (
                self.mapping.currencies.get(sign)
                or SIGNS.get(sign)
                or (sign if len(sign) == 3 and sign.isalpha() else None)
            )
            fits = (
                currency == code if code is not None
                else currency in _DOLLARS if sign == "$" else currency in _CROWNS if sign == "kr" else False
            )  # fmt: skip
            if currency is not None and not fits:
                raise InvoiceError(
                    f"amounts are in {sign}, and the invoice's currency is {currency}; "
                    f'which is right? Say in [currencies] "{sign}" = "{currency}" if it is that',
                    line,
                    label,
                )

    # --- kinds, numbers

    def _number_of(self, head: Mapping[str, tuple[object, str]]) -> str | None:
        value = head.get("number")
        return str(value[0]) if value is not None else None

    def _constant_text(self, name: str) -> str:
        return next((str(value) for one, value in self._constants if one == name), "")

    def _kind_of(self, word: object, *, strict: bool = False) -> str | None:
        """Return the kind that a word stands for.

        Raises:
            InvoiceError: `strict`, and the mapping doesn't say it.
        """
        if word is None:
            if strict and "kind" in self._mapped:
                kind = self.mapping.kinds.get("")
                if kind is None:
                    raise InvoiceError('no word says what it is; say in [kinds] what "" means')
                return kind
            return None
        kind = self.mapping.kinds.get(str(word).strip().casefold())
        if kind is None and strict:
            raise InvoiceError(
                f'{word!r}: what is it? Say in [kinds] "{word}" = "invoice", "credit_note", "correction" or "leave_out"'
            )
        return kind

    def _repeats_the_sum(self, line: Mapping[str, object], state: _State) -> bool:
        return any(
            isinstance(value, Decimal) and value and state.summed[name] > 1 and value == state.sums.get(name)
            for name in _SUMMED
            if (value := line.get(name)) is not None
        )

    def _json_invoices(
        self, problems: Problems, judgement: Judgement, progress: Callable[[int], object] | None
    ) -> Iterator[TableInvoice]:
        seen: dict[int, int] = {}
        for row in self._file.rows():
            judgement.rows += 1
            if progress is not None and judgement.rows % PROGRESS_EVERY == 0:
                progress(judgement.rows)
            try:
                invoice = judged_invoice(cast("Mapping[str, Any]", row.record), row.line, self._today)
            except InvoiceError as error:
                problems.add(Problem(str(error), row.line))
                continue
            content = invoice.content
            key = hash((content.get("number"), content.get("series_code"), str(content.get("date"))[:4]))
            if (before := seen.setdefault(key, row.line)) != row.line:
                problems.add(Problem(f"number {content.get('number')} is in line {before} too", row.line))
                continue
            yield invoice


_SUMMED: Final = ("line.net", "line.gross", "line.price", "line.price_gross")


@define
class _RowValues:
    """What was read of one row."""

    head: dict[str, tuple[object, str]] = field(factory=dict[str, "tuple[object, str]"])
    """Values of the invoice, each with the name of its column."""
    line: dict[str, object] = field(factory=dict[str, object])
    """Values of the line."""
    signs: list[tuple[str, str]] = field(factory=list[tuple[str, str]])
    """Signs of currencies that stand beside amounts, each with the name of its column."""
    fine: bool = True
    """Whether all of it could be read."""

    def put(self, target: Field, value: object, label: str) -> None:
        """Take in a field's value and the name of the column that it stood in."""
        if target.of_line:
            self.line[target.name] = value
        else:
            self.head[target.name] = (value, label)


@define
class _State:
    """What is remembered while a table is read."""

    problems: Problems
    seen: dict[int, int]
    marks: Marks
    filter_words: dict[str, set[str]] = field(factory=dict[str, "set[str]"])
    watched: set[str] = field(factory=set[str])
    json_seen: set[str] = field(factory=set[str])
    hidden: list[int] = field(factory=list[int])
    """Lines of rows that a spreadsheet doesn't show."""
    sums: dict[str, Decimal] = field(factory=dict[str, Decimal])
    summed: Counter[str] = field(factory=Counter[str])
    credit_sign: bool | None = None
    before: Row | None = None
    """The row above."""


def _paths(record: Mapping[str, object], before: str = "") -> Iterator[tuple[str, str]]:
    """Yield the keys of an object and of those in it: path, and name."""
    for key, value in record.items():
        if isinstance(value, Mapping):
            yield from _paths(cast("Mapping[str, object]", value), f"{before}{key}.")
        else:
            yield f"{before}{key}", key


def _filled(cell: object) -> bool:
    return cell is not None and not (isinstance(cell, str) and not cell.strip())


def _nothing_blank(value: object) -> object:
    return None if value is None or (isinstance(value, str) and not value.strip()) else value


def _is_money(cell: object, mark: str | None) -> bool:
    """Whether a cell holds an amount that is not nothing."""
    if isinstance(cell, (int, float, Decimal)) and not isinstance(cell, bool):
        return cell != 0
    if not isinstance(cell, str):
        return False
    for one in (mark, ".", ","):
        try:
            return read_amount(cell, one).value != 0
        except CellError:
            continue
    return False

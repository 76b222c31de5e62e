"""Spreadsheets: values as they are typed, formulas by their values, merged cells for what they cover."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING, Any

import pytest

from b2brouter_async.errors import ConfigurationError
from b2brouter_async.tables import Table, propose
from b2brouter_async.tables.mapping import mapping_from
from tests.tables.spreadsheets import Formula, Wrong, ods, xlsx
from tests.tables.test_table import problems

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

TODAY = datetime.date(2026, 11, 26)
DAY = datetime.date(2026, 11, 3)
NAMES = ("Nº factura", "Fecha", "Cliente", "Base", "% IVA", "Total")
MAPPING: dict[str, Any] = {
    "columns": {
        "Nº factura": "number", "Fecha": "date", "Cliente": "contact.name", "Base": "line.net", "% IVA": "tax.percent", "Total": "total",
    },
    "constants": {"currency": "EUR", "tax.name": "IVA"},
}  # fmt: skip


def sheet(
    tmp_path: Path,
    *rows: Sequence[object],
    name: str | None = None,
    merged: Sequence[str] = (),
    **settings: Any,
) -> Table:
    path = tmp_path / "t.xlsx"
    others = {"Notas": [["nothing here"]]} if name else {}
    path.write_bytes(xlsx({**others, "Ventas": rows}, merged))
    return Table(path, mapping_from({**MAPPING, **settings}), sheet=name, today=TODAY)


def totals(made: Table) -> dict[str, str]:
    made.judge()
    return {invoice.content["number"]: str(invoice.totals.total) for invoice in made.invoices()}


def test_days_and_numbers_are_what_they_are_typed_as(tmp_path: Path) -> None:
    made = sheet(
        tmp_path, NAMES, ("F-1", DAY, "Ana", 100.1, 21, 121.12), (20260007.0, DAY, "Bo", 0.1 + 0.2, 10, 0.33)
    )
    made.judge()
    first, second = made.invoices()
    assert (first.content["date"], str(first.totals.total)) == (DAY, "121.12")
    assert (second.content["number"], str(second.totals.total)) == ("20260007", "0.33")


def test_formulas_count_by_their_values_and_one_without_a_value_is_no_amount(tmp_path: Path) -> None:
    assert totals(sheet(tmp_path, NAMES, ("F-1", DAY, "Ana", Formula("100"), 21, Formula("121")))) == {
        "F-1": "121.00"
    }
    assert (
        "a formula stands there, and not its value"
        in problems(sheet(tmp_path, NAMES, ("F-1", DAY, "Ana", Formula(""), 21, 121)))[0]
    )


GOOD = ("F-1", DAY, "Ana", 100, 21, 121)
COLUMNS = {**MAPPING["columns"], "Dto": "line.discount"}


def book(tmp_path: Path, data: bytes, suffix: str = ".xlsx", **settings: Any) -> Table:
    path = tmp_path / f"t{suffix}"
    path.write_bytes(data)
    return Table(path, mapping_from({**MAPPING, **settings}), today=TODAY)


@pytest.mark.parametrize("suffix", [".xlsx", ".ods"])
@pytest.mark.parametrize(
    ("cell", "said"),
    [
        (Wrong("#REF!"), "'#REF!' stands there in the place of a value: mend the formula"),
        (Wrong("#DIV/0!"), "'#DIV/0!' stands there"),
        (Wrong(""), "'#ERROR!' stands there"),
        (
            Formula(""),
            "a formula stands there, and not its value: open the file in a spreadsheet program, and save it",
        ),
    ],
)
def test_a_value_that_was_not_reckoned_is_not_nothing(
    tmp_path: Path, cell: object, said: str, suffix: str
) -> None:
    """A discount of `#REF!` is no invoice without a discount."""
    rows = [(*NAMES, "Dto"), (*GOOD[:5], None, cell)]
    data = xlsx({"V": rows}) if suffix == ".xlsx" else ods(rows)
    columns = {**COLUMNS, "Base": "line.price"}
    assert said in problems(book(tmp_path, data, suffix, columns=columns))[0]
    # It does no harm in a column that isn't used.
    assert totals(book(tmp_path, data, suffix)) == {"F-1": "121.00"}


@pytest.mark.parametrize("word", ["#SPILL!", "#CALC!", "#GETTING_DATA", "#ERROR!"])
def test_errors_that_the_reader_of_spreadsheets_does_not_know_are_told_with_their_line(
    tmp_path: Path, word: str
) -> None:
    data = xlsx({"V": [NAMES, GOOD, (*GOOD[:4], Wrong("#REF!"), Wrong(word))]})
    with pytest.raises(ConfigurationError) as caught:
        book(tmp_path, data)
    told = str(caught.value)
    assert (
        f"sheet 'V': errors stand there in the place of values ('#REF!' in line 3, '{word}' in line 3)"
        in told
    )
    assert "mend the formulas or empty the cells" in told


def test_rows_of_formulas_that_were_never_reckoned_are_not_lost(tmp_path: Path) -> None:
    rows = [NAMES, GOOD, tuple(Formula("") for _ in NAMES)]
    assert problems(book(tmp_path, xlsx({"V": rows})))[0].startswith("line 3")


def test_noughts_of_formulas_that_wait_to_be_reckoned_are_no_values(tmp_path: Path) -> None:
    rows = [NAMES, ("F-1", DAY, "Ana", 100, Formula("0"), Formula("121"))]
    rates: dict[str, Any] = {"rates": {"0": {"percent": 0, "category": "Z"}}}
    assert "not its value" in problems(book(tmp_path, xlsx({"V": rows}, never_reckoned=True), **rates))[0]
    rows[1] = ("F-1", DAY, "Ana", 100, Formula("0"), Formula("100"))
    assert totals(book(tmp_path, xlsx({"V": rows}), **rates)) == {"F-1": "100.00"}


@pytest.mark.parametrize("suffix", [".xlsx", ".ods"])
def test_rows_that_nobody_saw_need_a_word(tmp_path: Path, suffix: str) -> None:
    rows = [NAMES, GOOD, ("F-2", *GOOD[1:]), ("F-3", *GOOD[1:])]
    data = xlsx({"V": rows}, hidden=[2, 4]) if suffix == ".xlsx" else ods(rows, hidden=[2, 4])
    [problem] = problems(book(tmp_path, data, suffix))
    assert "2 rows 2, 4 are hidden in the spreadsheet" in problem
    assert 'say hidden = "read" if they are to go out, or "leave_out"' in problem
    assert [*totals(book(tmp_path, data, suffix, hidden="read"))] == ["F-1", "F-2", "F-3"]
    made = book(tmp_path, data, suffix, hidden="leave_out")
    assert [*totals(made)] == ["F-2"]
    assert made.judge().left_out == {"the row is hidden": 2}


def test_a_mapping_asks_about_rows_that_nobody_saw(tmp_path: Path) -> None:
    path = tmp_path / "t.xlsx"
    path.write_bytes(xlsx({"V": [NAMES, GOOD, ("F-2", *GOOD[1:])]}, hidden=[3]))
    assert any('say hidden = "read"' in one.text for one in propose(path, today=TODAY).questions)


def test_a_hidden_row_that_is_left_out_anyway_needs_none(tmp_path: Path) -> None:
    rows = [NAMES, GOOD, ("Total", *GOOD[1:])]
    made = book(tmp_path, xlsx({"V": rows}, hidden=[3]), skip={"Nº factura": "Total"})
    assert [*totals(made)] == ["F-1"]


def test_the_first_sheet_is_the_first_that_is_shown(tmp_path: Path) -> None:
    sheets = {"Old": [NAMES, ("F-0", *GOOD[1:])], "New": [NAMES, GOOD]}
    data = xlsx(sheets, hidden_sheets=["Old"])
    assert [*totals(book(tmp_path, data))] == ["F-1"]
    assert [*totals(book(tmp_path, data, sheet="Old"))] == ["F-0"]


def test_titles_and_empty_rows_and_columns_are_passed_over(tmp_path: Path) -> None:
    rows = (("Ventas de marzo",), (), (None, *NAMES), (), (None, "F-1", DAY, "Ana", 100, 21, 121))
    assert totals(sheet(tmp_path, *rows)) == {"F-1": "121.00"}


def test_a_line_of_a_problem_is_the_row_that_the_spreadsheet_shows(tmp_path: Path) -> None:
    rows = (("Ventas de marzo",), (), NAMES, ("F-1", DAY, "Ana", 100, 21, 122))
    assert problems(sheet(tmp_path, *rows))[0].startswith("line 4, invoice F-1: total is 122")


def test_a_merged_cell_counts_for_all_rows_it_covers(tmp_path: Path) -> None:
    rows = (
        NAMES,
        ("F-1", DAY, "Ana", 100, 21, 143),
        (None, None, None, 20, 10, None),
        ("F-2", DAY, "Bo", 1, 21, 1.21),
    )
    made = sheet(tmp_path, *rows, merged=("A2:A3", "B2:B3", "C2:C3", "F2:F3"))
    assert totals(made) == {"F-1": "143.00", "F-2": "1.21"}


def test_an_amount_of_lines_that_is_merged_is_refused(tmp_path: Path) -> None:
    rows = (NAMES, ("F-1", DAY, "Ana", 100, 21, 121), ("F-1", DAY, "Ana", None, 21, 121))
    assert any(
        "the cell is merged with others" in one for one in problems(sheet(tmp_path, *rows, merged=("D2:D3",)))
    )


@pytest.mark.parametrize(
    ("row", "complaint"),
    [
        (("F-1", datetime.datetime(2026, 11, 3, 15, 30), "Ana", 100, 21, 121), "has a time of day"),
        ((8.01027e11 + 0.5, DAY, "Ana", 100, 21, 121), "keep the column as text"),
        (("F-1", 46000, "Ana", 100, 21, 121), "is not a date"),
        (("F-1", DAY, "Ana", True, 21, 121), "is not a number"),
        (("F-1", DAY, "Ana", 100, 0.21, 121), "as a rate: is it 21"),
        (("F-1", datetime.date(1900, 3, 1), "Ana", 100, 21, 121), "is before 1990"),
    ],
    ids=["a time", "a number cut short", "a day as a number", "true", "a rate as a fraction", "1900"],
)
def test_a_value_of_another_type_is_refused(tmp_path: Path, row: Sequence[object], complaint: str) -> None:
    assert any(complaint in one for one in problems(sheet(tmp_path, NAMES, row)))


def test_a_post_code_kept_as_a_number_has_lost_its_zeros(tmp_path: Path) -> None:
    columns = {**MAPPING["columns"], "CP": "contact.postalcode"}
    made = sheet(tmp_path, (*NAMES, "CP"), ("F-1", DAY, "Ana", 100, 21, 121, 8001), columns=columns)
    assert "zeros in front are lost" in problems(made)[0]


def test_a_sheet_is_chosen_by_its_name(tmp_path: Path) -> None:
    rows = (NAMES, ("F-1", DAY, "Ana", 100, 21, 121))
    assert totals(sheet(tmp_path, *rows, name="Ventas")) == {"F-1": "121.00"}
    with pytest.raises(ConfigurationError, match="has no sheet 'Compras'; it has 'Notas', 'Ventas'"):
        sheet(tmp_path, *rows, name="Compras")


def test_what_is_no_spreadsheet_is_told(tmp_path: Path) -> None:
    (tmp_path / "t.xlsx").write_bytes(b"PK no")
    with pytest.raises(ConfigurationError, match="can't be read as a spreadsheet"):
        Table(tmp_path / "t.xlsx", mapping_from(MAPPING))


def test_opendocument_is_read_too(tmp_path: Path) -> None:
    path = tmp_path / "t.ods"
    path.write_bytes(ods([NAMES, ("F-1", DAY, "Ana", 100, 21, 121)]))
    assert totals(Table(path, mapping_from(MAPPING), today=TODAY)) == {"F-1": "121.00"}


def test_a_mapping_is_guessed_for_a_spreadsheet(tmp_path: Path) -> None:
    path = tmp_path / "t.xlsx"
    path.write_bytes(xlsx({"V": [NAMES, ("F-1", DAY, "Ana", 100, 21, 121), ("F-2", DAY, "Bo", 10, 10, 11)]}))
    proposal = propose(path, today=TODAY)
    assert [guess.field for guess in proposal.guesses] == [
        "number",
        "date",
        "contact.name",
        "net",
        "tax.percent",
        "total",
    ]
    assert proposal.proof[0] == "2 of 2 invoices add up with this mapping"

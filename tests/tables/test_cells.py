"""How single cells are read."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from b2brouter_async.tables.cells import exact, read_amount, read_code, read_date, read_flag, read_text
from b2brouter_async.tables.errors import CellError

if TYPE_CHECKING:
    from decimal import Decimal

TODAY = datetime.date(2026, 11, 26)
LAST = datetime.date(2027, 11, 27)


@given(st.decimals(allow_nan=False, allow_infinity=False, places=4, min_value=-(10**9), max_value=10**9))
def test_amounts_are_read_digit_by_digit_with_either_mark(amount: Decimal) -> None:
    point = f"{amount:f}"
    assert str(read_amount(point, None).value) == point
    assert str(read_amount(point.replace(".", ","), ",").value) == point
    grouped = f"{amount:,f}"
    assert str(read_amount(grouped, ".").value) == point
    swapped = grouped.replace(",", " ").replace(".", ",").replace(" ", ".")
    assert str(read_amount(swapped, ",").value) == point


@pytest.mark.parametrize(
    "text",
    [
        "1,234",
        "1.234,5",
        "1 234.5",
        "12,50",
        "1e3",
        "NaN",
        "",
        "-",
        "0x1F",
        "٣",
        "1.2.3",
        "--5",
        "(-5)",
        "5 6",
    ],
)
def test_an_amount_that_can_be_read_in_two_ways_is_refused(text: str) -> None:
    with pytest.raises(CellError, match="is no amount"):
        read_amount(text, None)


@pytest.mark.parametrize(
    "text",
    ["1.23.456", "12.34,5", "1.2345", "1.234.56,7", "1.234.567.89", "1.234 567,00", "1 23,00", ".5", "5,"],
)
def test_marks_between_thousands_stand_between_thousands(text: str) -> None:
    with pytest.raises(CellError):
        read_amount(text, ",")


@pytest.mark.parametrize(
    ("text", "mark", "value", "sign"),
    [
        ("1.234,50", ",", "1234.50", None),
        ("(1.234,50)", ",", "-1234.50", None),
        ("1.234,50-", ",", "-1234.50", None),
        ("1'234.50", ".", "1234.50", None),
        ("1\u2019234.50", ".", "1234.50", None),
        ("\u22125,00", ",", "-5.00", None),
        ("1\u00a0234,50", ",", "1234.50", None),
        ("1\u202f234,50 €", ",", "1234.50", "€"),
        ("2,296.80 $", ".", "2296.80", "$"),
        ("€ -5.00", None, "-5.00", "€"),
        ("-€5.00", None, "-5.00", "€"),
        ("12,00 zł", ",", "12.00", "zł"),
        ("EUR 1.50", None, "1.50", "EUR"),
        ("21 %", None, "21", None),
        ("+3", None, "3", None),
        ("100", ",", "100", None),
    ],
)
def test_amounts_are_read_with_good_will(text: str, mark: str | None, value: str, sign: str | None) -> None:
    read = read_amount(text, mark)
    assert (str(read.value), read.sign) == (value, sign)


def test_a_thousand_or_one_and_a_bit_is_unsure_until_another_amount_decides() -> None:
    assert read_amount("1.234", None).unsure
    assert not read_amount("0.125", None).unsure
    assert not read_amount("1.234", ".").unsure
    assert read_amount("12.50", None).decimals


@pytest.mark.parametrize("value", ["1900-01-01", "1989-12-31", "2206-02-03", "2027-11-28"])
def test_a_day_where_no_invoice_is_is_refused(value: str) -> None:
    with pytest.raises(CellError, match="is the year right"):
        read_date(value, None, LAST, TODAY)


@pytest.mark.parametrize(
    "text", ["2026-W05", "20260131", "03/11/2026", "2026-02-30", "2026-1-3", "2026-01-31 10:00"]
)
def test_without_a_form_a_day_is_year_month_day(text: str) -> None:
    with pytest.raises(CellError, match="is no date written as YYYY-MM-DD"):
        read_date(text, None, LAST, TODAY)
    assert read_date("2026-01-31 00:00:00", None, LAST, TODAY) == datetime.date(2026, 1, 31)


@pytest.mark.parametrize("text", ["8.01027E+11", "8,01E+11", "1E+05", "2.5e-7"])
def test_a_number_that_a_spreadsheet_has_shortened_is_refused(text: str) -> None:
    with pytest.raises(CellError, match="its digits are lost"):
        read_code(text)
    assert read_code("2026E5") == "2026E5"


@pytest.mark.parametrize("text", ["a\x00b", "a\x07", "a\nb", "F\u200b1", "a\ufffdb", "F\u202e1"])
def test_what_cant_be_seen_stands_in_no_number(text: str) -> None:
    with pytest.raises(CellError):
        read_code(text)


def test_a_text_may_have_line_breaks_where_the_field_may() -> None:
    assert read_text("two\nlines", several_lines=True) == "two\nlines"
    with pytest.raises(CellError, match="a line break"):
        read_text("two\nlines")


@pytest.mark.parametrize(
    ("text", "value"), [("Sí", True), ("No", False), ("oui", True), ("Nein", False), ("tak", True)]
)
def test_yes_and_no_are_known_in_eight_languages(text: str, value: bool) -> None:
    assert read_flag(text) is value
    with pytest.raises(CellError):
        read_flag("perhaps")


@pytest.mark.parametrize(
    ("value", "text"), [(0.1 + 0.2, "0.3"), (19.99, "19.99"), (1234567.0, "1234567"), (-4.5, "-4.5")]
)
def test_a_number_of_a_spreadsheet_is_the_one_it_shows(value: float, text: str) -> None:
    assert str(exact(value)) == text


@pytest.mark.parametrize(
    "error",
    [
        "#REF!",
        "#¡REF!",
        "#DIV/0!",
        "#N/A",
        "#VALUE!",
        "#¿NOMBRE?",
        "#WERT!",
        "#NV",
        "#RIF!",
        "#####",
        "Err:502",
    ],
)
def test_an_error_of_a_spreadsheet_is_no_text(error: str) -> None:
    with pytest.raises(CellError, match="stands there in the place of a value"):
        read_text(f" {error} ")


@pytest.mark.parametrize("text", ["#1", "# 12/A", "#SALE!", "Err: 5", "E", "#", "#Ref 12"])
def test_a_text_that_looks_a_little_like_one_is_read(text: str) -> None:
    assert read_text(text) == text

"""Mapping files, and how cells become values."""

from __future__ import annotations

import datetime
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from b2brouter_async._core.codecs import Kind
from b2brouter_async.cli.upload.mapping import TableMapping, Target, read_mapping, target_named
from b2brouter_async.errors import ArgumentError, ConfigurationError

if TYPE_CHECKING:
    from pathlib import Path

AMOUNT = Target("line", "price", Kind.NUMBER)
DAY = Target("", "date", Kind.DATE)


def mapping(tmp_path: Path, text: str, name: str = "map.toml") -> TableMapping:
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return read_mapping(path)


def test_a_mapping_says_columns_constants_and_how_values_are_written(tmp_path: Path) -> None:
    read = mapping(
        tmp_path,
        """
        decimal = ","
        date = "%d.%m.%Y"
        delimiter = ";"
        encoding = "cp1252"
        [columns]
        Nummer = "number"
        Tag = ["date", "tax_point_date"]
        Satz = "line.tax.percent"
        [constants]
        currency = "EUR"
        payment_method = 4
        "line.quantity" = "1,5"
        """,
    )
    assert read.columns is not None
    assert [target.name for targets in read.columns.values() for target in targets] == [
        "number", "date", "tax_point_date", "line.tax.percent",
    ]  # fmt: skip
    assert [(target.name, value) for target, value in read.constants] == [
        ("currency", "EUR"), ("payment_method", 4), ("line.quantity", Decimal("1.5")),
    ]  # fmt: skip
    assert (read.delimiter, read.encoding) == (";", "cp1252")
    assert read.value(DAY, " 03.11.2026 ") == datetime.date(2026, 11, 3)


def test_json_serves_as_well(tmp_path: Path) -> None:
    read = mapping(tmp_path, '{"columns": {"no": "number"}}', "map.json")
    assert read.columns == {"no": (Target("", "number", Kind.TEXT),)}


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("colums = 1", "'colums' is no setting; did you mean 'columns'?"),
        ("[columns]\nA = 'nmber'", "'nmber' is no field of an invoice; did you mean 'number'?"),
        ("[columns]\nA = 'line.prise'", "did you mean 'line.price'?"),
        ("[columns]\nA = 'lines.price'", "'lines.price' is no field; did you mean 'line'?"),
        ("[columns]\nA = 'contact'", "'contact' is an object, which no cell holds; fill it with contact.…"),
        ("[columns]\nA = 'invoice_lines_attributes'", "is a list, which no cell holds"),
        ("decimal = ';'", 'decimal: "." or ","'),
        ("delimiter = ';;'", "delimiter: one character"),
        ("encoding = 'klingon'", "encoding: 'klingon' is none that Python knows"),
        ("date = 5", "date: expected a text"),
        ("columns = 5", "columns: expected names and values"),
        ("[constants]\ndate = 'soon'", "constants: date: 'soon' is no date written as YYYY-MM-DD"),
        ("[columns", "--map"),
    ],
)
def test_what_a_mapping_gets_wrong_is_told_with_its_name(tmp_path: Path, text: str, complaint: str) -> None:
    with pytest.raises(ConfigurationError) as error:
        mapping(tmp_path, text)
    assert complaint in str(error.value)
    assert "map.toml" in str(error.value)


def test_a_mapping_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="No such file"):
        read_mapping(tmp_path / "none.toml")


@given(st.decimals(allow_nan=False, allow_infinity=False, places=4, min_value=-(10**9), max_value=10**9))
def test_amounts_are_read_digit_by_digit_with_either_mark(amount: Decimal) -> None:
    point = f"{amount:f}"
    assert str(TableMapping().value(AMOUNT, point)) == point
    assert str(TableMapping(decimal=",").value(AMOUNT, point.replace(".", ","))) == point
    grouped = f"{amount:,f}"
    assert str(TableMapping(decimal=".").value(AMOUNT, grouped)) == point
    swapped = grouped.replace(",", " ").replace(".", ",").replace(" ", ".")
    assert str(TableMapping(decimal=",").value(AMOUNT, swapped)) == point


@pytest.mark.parametrize(
    "text", ["1,234", "1.234,5", "1 234.5", "12,50", "1e3", "NaN", "", "-", "€ 5", "0x1F", "٣"]
)
def test_an_amount_that_can_be_read_in_two_ways_is_refused(text: str) -> None:
    with pytest.raises(ArgumentError, match="is no amount"):
        TableMapping().value(AMOUNT, text)


@pytest.mark.parametrize("text", ["1.23.456", "12.34,5", "1.2345", "1.234.56,7", "1.234.567.89"])
def test_marks_between_thousands_stand_between_thousands(text: str) -> None:
    with pytest.raises(ArgumentError):
        TableMapping(decimal=",").value(AMOUNT, text)


def test_other_kinds_are_checked_too() -> None:
    read = TableMapping()
    assert read.value(target_named("payment_method"), " 4 ") == 4
    assert read.value(target_named("is_credit_note"), "Yes") is True
    assert read.value(target_named("is_credit_note"), "0") is False
    assert read.value(target_named("contact.name"), " Ana ") == "Ana"
    assert read.value(target_named("number"), Decimal(7)) == Decimal(7)
    for name, text in (("payment_method", "4.0"), ("is_credit_note", "perhaps"), ("date", "03/11/2026")):
        with pytest.raises(ArgumentError):
            read.value(target_named(name), text)

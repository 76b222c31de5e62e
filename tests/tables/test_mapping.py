"""Mapping files, and how cells become values."""

from __future__ import annotations

import datetime
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from b2brouter_async.errors import ConfigurationError
from b2brouter_async.tables.fields import field_named, known_fields
from b2brouter_async.tables.mapping import SETTINGS, TableMapping, read_mapping

if TYPE_CHECKING:
    from pathlib import Path

TODAY = datetime.date(2026, 11, 26)


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
    assert [target.name for column in read.columns.values() for target in column.fields] == [
        "number", "date", "tax_point_date", "tax.percent",
    ]  # fmt: skip
    assert [(target.name, value) for target, value in read.constants] == [
        ("currency", "EUR"), ("payment_method", 4), ("line.quantity", Decimal("1.5")),
    ]  # fmt: skip
    assert (read.delimiter, read.encoding) == (";", "cp1252")
    assert read.text_value(field_named("date"), " 03.11.2026 ", TODAY) == datetime.date(2026, 11, 3)


def test_json_serves_as_well(tmp_path: Path) -> None:
    read = mapping(tmp_path, '{"columns": {"no": "number"}}', "map.json")
    assert read.columns is not None
    assert [one.name for one in read.columns["no"].fields] == ["number"]


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("colums = 1", "'colums' is no setting; did you mean 'columns'?"),
        ("[columns]\nA = 'nmber'", "'nmber' is no field of an invoice; did you mean 'number'?"),
        ("[columns]\nA = 'line.prise'", "did you mean 'line.price'?"),
        ("[columns]\nA = 'lines.price'", "'lines.price' is no field; did you mean 'line'?"),
        ("[columns]\nA = 'net'\nB = 'net'", "'net' is filled by 'A' and by 'B'"),
        ("[columns]\nA = ['net', 'net']", "names a field twice"),
        ("[columns]\nA = { invoice = 'number' }\nB = 'number'", "'number' is filled by 'A' and by 'B'"),
        ("[columns]\nA = { bill = 'number' }", "'bill' is no kind"),
        ("[columns]\nA = 'tax.percent'\n[constants]\n'tax.percent' = 21", "what should an empty cell mean?"),
        (
            "[columns]\nA = 'contact'",
            "'contact' is no single value, which no cell holds; fill it with contact.…",
        ),
        ("[columns]\nA = 'invoice_lines_attributes'", "is no single value, which no cell holds"),
        ("decimal = ';'", 'decimal: "." or ","'),
        ("delimiter = ';;'", "delimiter: one character"),
        ("encoding = 'klingon'", "encoding: 'klingon' is none that Python knows"),
        ("date = 5", "date: expected a text"),
        ("date = '%d/%m'", "names no whole day"),
        ("date = '%Y'", "names no whole day"),
        ("date = '%m/%Y'", "names no whole day"),
        ("date = '%H:%M'", "names no whole day"),
        ("date = 'dd/mm/yyyy'", "names no whole day"),
        ("rows = 'invoices'", 'rows: "invoice" or "line"'),
        ("[rates]\nA = 2100", "2100 is no rate"),
        ("[rates]\nA = -15", "-15 is no rate"),
        ("[rates]\nA = 'x'", "expected a rate in percent"),
        ("[rates]\nA = { percent = 0, reason = 'E' }", "'reason' is none of percent, category"),
        ("[kinds]\nA = 'bill'", "'bill' is none of invoice"),
        ("[currencies]\n'$' = 'dollar'", "expected a code of three letters"),
        ("[constants]\n'line.price' = inf", "Infinity"),
        ("[constants]\n'date' = 1900-01-01", "1900-01-01 is before 1990"),
        ("[constants]\n'number' = '8.01E+11'", "its digits are lost"),
        ("questions = ['which?']", "1 question is open"),
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


def test_a_number_of_the_mapping_is_the_number_that_stands_there(tmp_path: Path) -> None:
    toml = mapping(
        tmp_path,
        "decimal = ','\n[constants]\n'line.price' = 1.234\n'line.quantity' = 12.50\n'payment_method' = 4",
    )
    json = mapping(
        tmp_path,
        '{"decimal": ",", "constants": {"line.price": 1.234, "line.quantity": 12.50, "payment_method": 4}}',
        "m.json",
    )
    for read in (toml, json):
        assert [(target.name, str(value)) for target, value in read.constants] == [
            ("line.price", "1.234"), ("line.quantity", "12.50"), ("payment_method", "4"),
        ]  # fmt: skip


def test_the_same_key_twice_is_refused_in_json_too(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="the key 'a' stands there twice"):
        mapping(tmp_path, '{"columns": {"a": "number", "a": "date"}}', "m.json")
    with pytest.raises(ConfigurationError, match=r"m\.toml"):
        mapping(tmp_path, "[columns]\na = 'number'\na = 'date'", "m.toml")


def test_every_setting_is_read_and_told() -> None:
    fields = {field.alias for field in TableMapping.__attrs_attrs__}
    assert set(SETTINGS) - {"surcharges", "withholdings"} == fields


def test_every_single_value_of_an_invoice_is_a_field() -> None:
    known = known_fields()
    assert {
        "number",
        "date",
        "is_credit_note",
        "payment_method",
        "contact.tin_value",
        "line.price",
        "bank_account.iban",
    } <= set(known)
    assert not {"contact", "invoice_lines_attributes", "line.id", "third_party"} & set(known)
    assert {known[name].kind.name for name in ("number", "date", "is_credit_note", "payment_method", "line.price")} == {
        "TEXT", "DATE", "BOOLEAN", "INTEGER", "NUMBER",
    }  # fmt: skip

"""CSV and JSON Lines become invoices."""

from __future__ import annotations

import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, cast

import pytest

from b2brouter_async.cli.upload.mapping import TableMapping, read_mapping
from b2brouter_async.cli.upload.table import Table, Unusable
from b2brouter_async.errors import ArgumentError, ConfigurationError

if TYPE_CHECKING:
    from pathlib import Path

    from b2brouter_async.bulk import Document

HEAD = "number,date,contact.name,line.description,line.quantity,line.price,line.tax.name,line.tax.percent\n"


def table(tmp_path: Path, text: str, name: str = "t.csv", mapping: TableMapping | None = None) -> Table:
    path = tmp_path / name
    path.write_bytes(text.encode())
    return Table(path, mapping)


def contents(made: Table) -> list[object]:
    return [document.content for document in made.documents()]


def reason(document: Document) -> str:
    assert isinstance(document.content, Unusable)
    with pytest.raises(ArgumentError) as error:
        dict(document.content)
    return str(error.value)


def test_rows_with_one_number_are_the_lines_of_one_invoice(tmp_path: Path) -> None:
    made = table(
        tmp_path,
        HEAD
        + "F-1,2026-11-03,Ana,Salt,1,10.00,IVA,21\nF-1,,,Sugar,2,5,IVA,10\nF-2,2026-11-04,Bo,Oil,1,7,,\n",
    )
    assert made.count() == 2
    first, second = made.documents()
    assert (first.name, second.name) == ("t.csv lines 2-3", "t.csv line 4")
    assert first.content == {
        "number": "F-1",
        "date": datetime.date(2026, 11, 3),
        "contact": {"name": "Ana"},
        "invoice_lines_attributes": [
            {"description": "Salt", "quantity": Decimal(1), "price": Decimal("10.00"),
             "taxes_attributes": [{"name": "IVA", "percent": Decimal(21)}]},
            {"description": "Sugar", "quantity": Decimal(2), "price": Decimal(5),
             "taxes_attributes": [{"name": "IVA", "percent": Decimal(10)}]},
        ],
    }  # fmt: skip
    lines = cast("dict[str, list[object]]", second.content)["invoice_lines_attributes"]
    assert lines == [{"description": "Oil", "quantity": Decimal(1), "price": Decimal(7)}]


def test_rows_of_one_invoice_that_stand_apart_are_refused_before_anything_is_sent(tmp_path: Path) -> None:
    made = table(tmp_path, HEAD + "F-1,2026-11-03,,a,1,1,,\nF-2,2026-11-03,,b,1,1,,\nF-1,,,c,1,1,,\n")
    with pytest.raises(ConfigurationError, match=r"line 4: number F-1 is in line 2 too.*sort the table"):
        made.count()


def test_the_same_number_in_two_series_is_two_invoices(tmp_path: Path) -> None:
    made = table(tmp_path, "number,series_code,line.price\n1,A,1\n1,B,2\n2,B,3\n")
    assert made.count() == 3


def test_rows_that_contradict_each_other_make_no_invoice(tmp_path: Path) -> None:
    made = table(tmp_path, HEAD + "F-1,2026-11-03,Ana,a,1,1,,\nF-1,2026-11-04,Ana,b,1,1,,\n")
    (document,) = made.documents()
    assert (
        reason(document) == "line 3: date is 2026-11-04, but 2026-11-03 in a line above of the same invoice"
    )


def test_a_bad_cell_spoils_its_invoice_alone(tmp_path: Path) -> None:
    made = table(tmp_path, HEAD + "F-1,2026-11-03,,a,one,1,,\nF-2,2026-11-03,,b,1,1,,\n")
    first, second = made.documents()
    assert reason(first) == "column 'line.quantity': 'one' is no amount"
    assert isinstance(second.content, dict)


def test_a_row_with_too_many_cells_is_told(tmp_path: Path) -> None:
    (document,) = table(tmp_path, "number,date\nF-1,2026-11-03,5\n").documents()
    assert reason(document) == "3 cells for 2 columns"


def test_rows_without_a_number_never_make_one_invoice(tmp_path: Path) -> None:
    made = table(tmp_path, "number,line.price\n,1\n,2\n")
    assert made.count() == 2


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_found_in_the_first_line(tmp_path: Path, delimiter: str) -> None:
    text = f'number{delimiter}contact.name\nF-1{delimiter}"Ana, Bo; Co"\n\n'
    assert contents(table(tmp_path, "\ufeff" + text)) == [
        {"number": "F-1", "contact": {"name": "Ana, Bo; Co"}}
    ]


def test_a_mapping_names_columns_constants_and_the_total(tmp_path: Path) -> None:
    path = tmp_path / "map.toml"
    path.write_text(
        'decimal = ","\n[columns]\nNr = "number"\nPreis = "line.price"\nSumme = "total"\n'
        '[constants]\ncurrency = "EUR"\n"line.tax.name" = "IVA"\n"contact.country" = "es"\n'
    )
    made = table(tmp_path, "Nr;Preis;Summe;Rest\n1;1.000,50;1.210,61;x\n2;;;\n", mapping=read_mapping(path))
    first, second = made.documents()
    assert first.content == {
        "number": "1",
        "currency": "EUR",
        "contact": {"country": "es"},
        "invoice_lines_attributes": [{"price": Decimal("1000.50"), "taxes_attributes": [{"name": "IVA"}]}],
    }
    assert (first.total, second.total) == (Decimal("1210.61"), None)
    # A constant alone makes no line.
    assert second.content == {"number": "2", "currency": "EUR", "contact": {"country": "es"}}


def test_a_column_that_is_missing_is_named_with_those_there_are(tmp_path: Path) -> None:
    path = tmp_path / "map.toml"
    path.write_text('[columns]\nNo = "number"\n')
    with pytest.raises(ConfigurationError, match=r"there is no column 'No'; its columns are 'Nr', 'Tag'"):
        table(tmp_path, "Nr,Tag\n", mapping=read_mapping(path))


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("Nr,Tag\n", "'Nr' is no field of an invoice"),
        ("date\n", "no column is mapped to 'number'"),
        ("", "the first line is empty; it must name the columns"),
        ("number,date,number\nF-1,2026-11-03,F-2\n", "2 columns are called 'number'; give each its own name"),
        ("", "the first line is empty"),
    ],
)
def test_without_a_mapping_columns_are_named_like_fields(tmp_path: Path, text: str, complaint: str) -> None:
    with pytest.raises(ConfigurationError, match=complaint):
        table(tmp_path, text)


def test_bytes_that_are_not_in_the_encoding_are_told_with_a_way_out(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes("number,contact.name\n1,Ana\n2,Peña\n".encode("cp1252"))
    with pytest.raises(ConfigurationError, match="encoding"):
        Table(path, None).count()
    assert Table(path, TableMapping(encoding="cp1252")).count() == 2


def test_a_quote_that_is_never_closed_is_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"t.csv, line 2"):
        table(tmp_path, 'number,contact.name\n1,"Ana\n2,Bo\n').count()


def test_json_lines_are_invoices_as_they_are(tmp_path: Path) -> None:
    made = table(tmp_path, '{"number": "1", "total": 10.10}\n\n[1]\n{"number": "2"\n', "t.jsonl")
    assert made.count() == 3
    first, second, third = made.documents()
    assert first.content == {"number": "1", "total": Decimal("10.10")}
    assert reason(second) == "expected an object in braces"
    assert "not JSON" in reason(third)
    assert third.name == "t.jsonl line 4"


def test_json_lines_with_a_mapping_reach_into_objects(tmp_path: Path) -> None:
    path = tmp_path / "map.toml"
    path.write_text('[columns]\nid = "number"\n"customer.name" = "contact.name"\namount = "line.price"\n')
    made = table(
        tmp_path,
        '{"id": "1", "customer": {"name": "Ana"}, "amount": 5.10}\n{"id": "1", "customer": 3, "amount": 2}\n',
        "t.ndjson",
        read_mapping(path),
    )
    assert contents(made) == [
        {"number": "1", "contact": {"name": "Ana"},
         "invoice_lines_attributes": [{"price": Decimal("5.10")}, {"price": 2}]}
    ]  # fmt: skip


def test_json_lines_with_a_mapping_need_columns(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="needs \\[columns\\]"):
        table(tmp_path, "{}\n", "t.jsonl", TableMapping())


@pytest.mark.anyio
async def test_documents_are_read_in_the_order_of_the_file(tmp_path: Path) -> None:
    made = table(tmp_path, "number\n" + "".join(f"{index}\n" for index in range(1000)))
    numbers = [cast("dict[str, str]", document.content)["number"] async for document in made.read()]
    assert numbers == [str(index) for index in range(1000)]

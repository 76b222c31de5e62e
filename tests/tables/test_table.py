"""Tables become invoices, whole or not at all."""

from __future__ import annotations

import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from b2brouter_async.errors import ConfigurationError
from b2brouter_async.tables import Table, TableError
from b2brouter_async.tables.mapping import read_mapping

if TYPE_CHECKING:
    from pathlib import Path

TODAY = datetime.date(2026, 11, 26)
HEAD = "number,date,currency,contact.name,line.description,line.quantity,line.price,tax.name,tax.percent\n"


def table(tmp_path: Path, text: str | bytes, name: str = "t.csv", mapping: str | None = None) -> Table:
    path = tmp_path / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    if mapping is None:
        return Table(path, today=TODAY)
    (tmp_path / "m.toml").write_text(mapping, encoding="utf-8")
    return Table(path, read_mapping(tmp_path / "m.toml"), today=TODAY)


def contents(made: Table) -> list[Any]:
    made.judge()
    return [invoice.content for invoice in made.invoices()]


def totals(made: Table) -> dict[str, str]:
    made.judge()
    return {invoice.content["number"]: str(invoice.totals.total) for invoice in made.invoices()}


def problems(made: Table) -> list[str]:
    with pytest.raises(TableError) as error:
        made.judge()
    with pytest.raises(TableError):
        list(made.invoices())
    return [str(problem) for problem in error.value.problems]


def test_rows_with_one_number_are_the_lines_of_one_invoice(tmp_path: Path) -> None:
    made = table(
        tmp_path,
        HEAD
        + "F-1,2026-11-03,EUR,Ana,Salt,1,10.00,IVA,21\nF-1,,,,Sugar,2,5,IVA,10\nF-2,2026-11-04,EUR,Bo,Oil,1,7,IVA,4\n",
    )
    assert made.judge().count == 2
    first, second = made.invoices()
    assert (first.place, second.place) == ("lines 2-3", "line 4")
    assert first.content == {
        "number": "F-1",
        "date": datetime.date(2026, 11, 3),
        "currency": "EUR",
        "contact": {"name": "Ana"},
        "invoice_lines_attributes": [
            {"description": "Salt", "quantity": Decimal(1), "price": Decimal("10.00"),
             "taxes_attributes": [{"name": "IVA", "percent": Decimal(21)}]},
            {"description": "Sugar", "quantity": Decimal(2), "price": Decimal(5),
             "taxes_attributes": [{"name": "IVA", "percent": Decimal(10)}]},
        ],
    }  # fmt: skip
    assert [str(one.totals.total) for one in (first, second)] == ["23.10", "7.28"]


def test_rows_of_one_invoice_that_stand_apart_are_refused(tmp_path: Path) -> None:
    row = "{},2026-11-03,EUR,Ana,a,1,1,IVA,21\n"
    (problem,) = problems(table(tmp_path, HEAD + row.format("F-1") + row.format("F-2") + row.format("F-1")))
    assert problem.startswith("line 4: number F-1 is in line 2 too")
    assert "sort the table by number" in problem


def test_the_same_number_in_two_series_or_two_years_is_two_invoices(tmp_path: Path) -> None:
    head = HEAD.replace("number", "series_code,number")
    row = "{},1,{}-11-03,EUR,Ana,a,1,1,IVA,21\n"
    made = table(tmp_path, head + row.format("A", 2026) + row.format("B", 2026) + row.format("A", 2025))
    assert made.judge().count == 3


def test_one_bad_cell_stops_the_whole_table_with_line_and_column(tmp_path: Path) -> None:
    row = "{},{},EUR,Ana,a,1,{},IVA,21\n"
    told = problems(
        table(tmp_path, HEAD + row.format("F-1", "2026-11-03", "one") + row.format("F-2", "2026-11-03", "1")
              + row.format("F-3", "2026-13-03", "1"))
    )  # fmt: skip
    assert told == [
        "line 2, invoice F-1, column 'line.price': 'one' is no amount",
        "line 4, invoice F-3, column 'date': '2026-13-03' is no date written as YYYY-MM-DD; say date = \"%d/%m/%Y\" or "
        "the like in the mapping",
    ]


def test_rows_that_contradict_each_other_make_no_invoice(tmp_path: Path) -> None:
    told = problems(
        table(tmp_path, HEAD + "F-1,2026-11-03,EUR,Ana,a,1,1,IVA,21\nF-1,2026-11-04,EUR,Ana,b,1,1,IVA,21\n")
    )
    assert "line 3, invoice F-1, column 'date': date is 2026-11-04, but 2026-11-03 in a line above" in told[0]


def test_a_row_with_too_many_cells_is_told_and_empty_ones_are_not(tmp_path: Path) -> None:
    good = "F-1,2026-11-03,EUR,Ana,a,1,1,IVA,21"
    assert problems(table(tmp_path, HEAD + good + ",5\n")) == ["line 2: 10 cells for 9 columns"]
    assert totals(table(tmp_path, HEAD + good + ",,,\n")) == {"F-1": "1.21"}


def test_a_row_without_a_number_is_never_dropped_and_never_an_invoice(tmp_path: Path) -> None:
    rows = HEAD + "F-1,2026-11-03,EUR,Ana,a,1,200,IVA,21\n,,,,b,1,525,IVA,21\n"
    (problem,) = problems(table(tmp_path, rows))
    assert problem.startswith(
        "line 3: no number stands in this row; if it belongs to the invoice above, say fill ="
    )
    like_fields = "[columns]\n" + "".join(f'"{name}" = "{name}"\n' for name in HEAD.strip().split(","))
    assert totals(table(tmp_path, rows, mapping='fill = ["number"]\n' + like_fields)) == {"F-1": "877.25"}


@pytest.mark.parametrize(
    "row",
    ["TOTAL,,,,,,725,,", ",,,,Totaal,,725,,", ",,,,,1,725,IVA,21", "Summe:,2026-11-03,EUR,,,1,725,IVA,21"],
)
def test_a_row_of_totals_is_no_line_and_no_invoice(tmp_path: Path, row: str) -> None:
    like_fields = "[columns]\n" + "".join(f'"{name}" = "{name}"\n' for name in HEAD.strip().split(","))
    rows = HEAD + f"F-1,2026-11-03,EUR,Ana,a,1,200,IVA,21\nF-2,2026-11-03,EUR,Ana,b,1,525,IVA,21\n{row}\n"
    assert any(
        "row of totals" in problem
        for problem in problems(table(tmp_path, rows, mapping='fill = ["number"]\n' + like_fields))
    )


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_found_also_where_others_stand_in_quotes(tmp_path: Path, delimiter: str) -> None:
    head = HEAD.replace(",", delimiter)
    row = 'F-1,2026-11-03,EUR,"Ana, Bo; Co | Cie, y, z",a,1,1,IVA,21\n'.replace(
        '"Ana, Bo; Co | Cie, y, z"', "@"
    )
    row = row.replace(",", delimiter).replace("@", '"Ana, Bo; Co | Cie, y, z"')
    (content,) = contents(table(tmp_path, "\ufeff" + head + row))
    assert content["contact"]["name"] == "Ana, Bo; Co | Cie, y, z"


MAPPED = """
decimal = ","
[columns]
Nr = "number"
Tag = "date"
Preis = "line.price"
Summe = "total"
[constants]
currency = "EUR"
"tax.name" = "IVA"
"tax.percent" = 21
"contact.name" = "Ana"
"""


def test_a_mapping_names_columns_constants_and_the_total(tmp_path: Path) -> None:
    made = table(tmp_path, "Nr;Tag;Preis;Summe;Rest\n1;2026-11-03;1.000,50;1.210,61;x\n", mapping=MAPPED)
    assert totals(made) == {"1": "1210.61"}


def test_a_column_of_totals_is_always_compared(tmp_path: Path) -> None:
    (problem,) = problems(
        table(tmp_path, "Nr;Tag;Preis;Summe\n1;2026-11-03;1.000,50;1.210,60\n", mapping=MAPPED)
    )
    assert (
        "total is 1210.60 in the table, and what would go out comes to 1210.61 (net 1000.50, IVA 21 % 210.11"
        in problem
    )


def test_a_column_that_is_missing_is_named_with_those_there_are(tmp_path: Path) -> None:
    with pytest.raises(
        ConfigurationError, match=r"there is no column 'Preis'; its columns are 'Nr', 'Tag', 'Summe'"
    ):
        table(tmp_path, "Nr;Tag;Summe\n", mapping=MAPPED)


def test_a_column_of_shipping_or_discounts_is_not_dropped_in_silence(tmp_path: Path) -> None:
    rows = "Nr;Tag;Preis;Summe;{}\n1;2026-11-03;1.000,50;1.210,61;5,00\n"
    for name in (
        "Versandkosten", "Rabatt", "Portes", "Frais de port", "Shipping", "IRPF", "R.E.", "I.R.P.F.", "Anticipos", "Acconto", "Seguro",
    ):  # fmt: skip
        (problem,) = problems(table(tmp_path, rows.format(name), mapping=MAPPED))
        assert f"column '{name}': holds amounts and is not mapped" in problem
        unused = MAPPED.replace("[columns]", f'[columns]\n"{name}" = ""')
        assert totals(table(tmp_path, rows.format(name), mapping=unused)) == {"1": "1210.61"}


@pytest.mark.parametrize(
    ("name", "cell", "said"),
    [
        ("Währung", "USD", "the currency is USD here, and EUR in [constants], and the column is not mapped"),
        ("Moneda", "£", "the currency is GBP here, and EUR in [constants]"),
        ("Tipo", "Abono", "'Abono' is no plain invoice, and the column is not mapped; map it to \"kind\""),
        ("Belegart", "Gutschrift", "'Gutschrift' is no plain invoice"),
        ("Type", "purchase", "'purchase' is no plain invoice"),
    ],
)
def test_a_column_that_is_not_mapped_may_not_say_something_else(
    tmp_path: Path, name: str, cell: str, said: str
) -> None:
    row = f"Nr;Tag;Preis;Summe;{name}\n1;2026-11-03;1.000,50;1.210,61;{{}}\n"
    (problem,) = problems(table(tmp_path, row.format(cell), mapping=MAPPED))
    assert f"column '{name}': {said}" in problem
    unused = MAPPED.replace("[columns]", f'[columns]\n"{name}" = ""')
    assert totals(table(tmp_path, row.format(cell), mapping=unused)) == {"1": "1210.61"}
    for fine in ("EUR", "€", "eur", "", "Rechnung", "Factura"):
        assert totals(table(tmp_path, row.format(fine), mapping=MAPPED)) == {"1": "1210.61"}


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("Nr,Tag\n", "'Nr' is no field of an invoice"),
        ("date\n", "no column is mapped to 'number'"),
        ("", "its first line must name the columns"),
        ("number,date,number\nF-1,2026-11-03,F-2\n", "2 columns are called 'number'; say which by its place"),
        ("number,net,net\nF-1,1,2\n", "2 columns are called 'net'"),
    ],
)
def test_without_a_mapping_columns_are_named_like_fields(tmp_path: Path, text: str, complaint: str) -> None:
    with pytest.raises(ConfigurationError, match=complaint):
        table(tmp_path, text)


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ('currency = "EUR"', "the invoice has no currency"),
        ('"tax.name" = "IVA"', "the tax has no name"),
        ('"tax.percent" = 21', "no column or constant says a tax"),
        ('"contact.name" = "Ana"', "the invoice has no customer"),
        ('Tag = "date"', "the invoice has no date"),
    ],
)
def test_what_every_invoice_needs_is_asked_for(tmp_path: Path, change: str, complaint: str) -> None:
    made = table(tmp_path, "Nr;Tag;Preis;Summe\n1;2026-11-03;1,00;1,21\n", mapping=MAPPED.replace(change, ""))
    assert any(complaint in problem for problem in problems(made))


def test_amounts_that_no_one_mark_reads_are_refused(tmp_path: Path) -> None:
    rows = "Nr;Tag;Preis;Summe\n1;2026-11-03;1.000,50;1.210,61\n2;2026-11-03;10.00;12.10\n"
    told = problems(table(tmp_path, rows, mapping=MAPPED))
    assert "column 'Preis': '10.00' is no amount" in told[0]


def test_a_thousand_or_one_and_a_bit_is_asked_for_where_nothing_decides(tmp_path: Path) -> None:
    mapping = MAPPED.replace('decimal = ","', "").replace('Summe = "total"', "")
    (problem,) = problems(table(tmp_path, "Nr;Tag;Preis\n1;2026-11-03;1.234\n", mapping=mapping))
    assert "'1.234' can mean two amounts, and no other amount tells which" in problem
    assert totals(table(tmp_path, "Nr;Tag;Preis\n1;2026-11-03;1.234\n2;2026-11-03;2.50\n", mapping=mapping)) == {
        "1": "1.49", "2": "3.03",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("head", "row"),
    [("Nr;Tag;Preis;Summe;", "1;2026-11-03;1,00;1,21;"), ("\ufeffNr; Tag ;Preis\u00a0;Summe", "1;2026-11-03;1,00;1,21"),
     ("sep=;\nNr;Tag;Preis;Summe", "1;2026-11-03;1,00;1,21"), ("Verkäufe\nMärz;2026\n\nNr;Tag;Preis;Summe", "1;2026-11-03;1,00;1,21"),
     (";;Beträge;\nNr;Tag;Preis;Summe", "1;2026-11-03;1,00;1,21"), ("Nr;;Preis;Summe\n;Tag;;", "1;2026-11-03;1,00;1,21")],
    ids=["trailing delimiters", "odd spaces and a mark", "a line for spreadsheets", "titles", "two lines", "names in two lines"],
)  # fmt: skip
def test_what_stands_around_a_table_is_read_with_good_will(tmp_path: Path, head: str, row: str) -> None:
    assert totals(table(tmp_path, f"{head}\n{row}\n", mapping=MAPPED)) == {"1": "1.21"}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("said", ["", 'encoding = "utf-8"\n'])
def test_a_mark_or_utf16_is_seen_whatever_was_said(tmp_path: Path, encoding: str, said: str) -> None:
    rows = "Nr;Tag;Preis;Summe\n1;2026-11-03;1,00;1,21\n".encode(encoding)
    assert totals(table(tmp_path, rows, mapping=said + MAPPED)) == {"1": "1.21"}


def test_names_in_another_form_of_unicode_are_the_same(tmp_path: Path) -> None:
    import unicodedata

    mapping = MAPPED.replace("Preis", '"Señal Nº"')
    rows = unicodedata.normalize("NFD", "Nr;Tag;Señal Nº;Summe\n1;2026-11-03;1,00;1,21\n")
    assert totals(table(tmp_path, rows, mapping=mapping)) == {"1": "1.21"}


def test_bytes_that_are_not_in_the_encoding_are_told_with_words_to_choose_by(tmp_path: Path) -> None:
    rows = "Nr;Tag;Preis;Summe;Wer\n1;2026-11-03;1,00;1,21;Peña Žižka\n".encode("cp1250", "replace").replace(
        b"?", b"\xf1"
    )
    with pytest.raises(
        ConfigurationError, match=r'say in the mapping how it is encoded: encoding = "cp1252" reads'
    ):
        table(tmp_path, rows, mapping=MAPPED)
    assert totals(table(tmp_path, rows, mapping='encoding = "cp1250"\n' + MAPPED)) == {"1": "1.21"}


def test_an_encoding_that_would_spoil_utf8_is_refused(tmp_path: Path) -> None:
    rows = "Nr;Tag;Preis;Summe;Wer\n1;2026-11-03;1,00;1,21;Müller\n"
    with pytest.raises(ConfigurationError, match=r"the bytes are UTF-8 \(Müller\); leave encoding out"):
        table(tmp_path, rows, mapping='encoding = "cp1252"\n' + MAPPED)
    assert totals(table(tmp_path, rows.encode("cp1252"), mapping='encoding = "cp1252"\n' + MAPPED)) == {
        "1": "1.21"
    }


def test_what_goes_out_is_what_was_judged_whoever_writes_to_the_file(tmp_path: Path) -> None:
    made = table(tmp_path, "Nr;Tag;Preis;Summe\n1;2026-11-03;1,00;1,21\n", mapping=MAPPED)
    made.judge()
    made.path.write_text("Nr;Tag;Preis;Summe\n1;2026-11-03;9,00;10,89\n")
    assert [str(one.totals.total) for one in made.invoices()] == ["1.21"]


def test_a_text_that_a_spreadsheet_keeps_by_a_formula_is_that_text(tmp_path: Path) -> None:
    assert totals(
        table(tmp_path, 'Nr;Tag;Preis;Summe\n"=""001""";2026-11-03;1,00;1,21\n', mapping=MAPPED)
    ) == {"001": "1.21"}


def test_progress_is_told_while_it_reads(tmp_path: Path) -> None:
    rows = "".join(f"{index};2026-11-03;1,00;1,21\n" for index in range(4500))
    seen: list[int] = []
    table(tmp_path, "Nr;Tag;Preis;Summe\n" + rows, mapping=MAPPED).judge(seen.append)
    assert seen == [2000, 4000, 4500]


# --- JSON Lines


LINE = (
    '{"number": "J-1", "date": "2026-11-03", "currency": "EUR", "contact": {"name": "Ana"}, "invoice_lines_attributes": '
    '[{"quantity": 2, "price": 0.10, "taxes_attributes": [{"name": "IVA", "percent": 21}]}]}'
)
MAPPED_JSON = """
[columns]
no = "number"
"head.day" = "date"
"who.name" = "contact.name"
price = "line.price"
[constants]
currency = "EUR"
"tax.name" = "IVA"
"tax.percent" = 21
"""
ROW = '{"no": "1", "head": {"day": "2026-11-03"}, "who": {"name": "Ana"}, "price": 10.10}'


def test_a_line_of_json_is_an_invoice_as_it_is(tmp_path: Path) -> None:
    assert totals(table(tmp_path, LINE + "\n", "t.jsonl")) == {"J-1": "0.24"}


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        (('"price"', '"prize"'), "'invoice_lines_attributes[0].prize' is no field of an invoice; did you mean 'price'?"),
        (('"contact"', '"contakt"'), "'contakt' is no field of an invoice; did you mean 'contact'?"),
        (('"name": "IVA", ', ""), "$.invoice_lines_attributes[0].taxes_attributes[0].name: the key is missing"),
        (('"number": "J-2", ', ""), "number: the invoice has none"),
        (("2026-11-03", "1900-11-03"), "1900-11-03 is before 1990"),
        (('"percent": 21', '"percent": 0'), "a tax of 0 %: why?"),
        (('"percent": 21', '"percent": 0.21'), "for 21 % pass 21"),
        (('"IVA"', '"IRPF"'), "IRPF is withheld, and its rate negative: pass -21"),
        (('"price": 0.10', '"price": "0.10"'), "got str; pass Decimal('0.10')"),
        (('"price": 0.10, ', ""), "the line has no price"),
        (("0.10", "NaN"), "NaN is no number of JSON"),
        (('"currency": "EUR"', '"number": "J-2"'), "the key 'number' stands there twice"),
        (("{", "[", ), "expected"),
    ],
)  # fmt: skip
def test_json_that_is_no_invoice_is_refused_whole(
    tmp_path: Path, change: tuple[str, str], complaint: str
) -> None:
    made = table(tmp_path, LINE + "\n" + LINE.replace("J-1", "J-2").replace(*change, 1) + "\n", "t.jsonl")
    with pytest.raises(ConfigurationError) as error:
        made.judge()
    if complaint != "expected":
        assert complaint in str(error.value)
    assert "line 2" in str(error.value)


def test_columns_of_json_are_keys_also_of_inner_objects(tmp_path: Path) -> None:
    assert totals(table(tmp_path, ROW + "\n", "t.jsonl", MAPPED_JSON)) == {"1": "12.22"}


@pytest.mark.parametrize(
    ("key", "said"),
    [
        ('"discount": 3', "column 'discount': holds amounts and is not mapped"),
        ('"more": {"shipping": "4.50"}', "column 'more.shipping': holds amounts and is not mapped"),
        ('"currency": "USD"', "column 'currency': the currency is USD here, and EUR in [constants]"),
        ('"type": "credit note"', "column 'type': 'credit note' is no plain invoice"),
    ],
)
def test_a_key_that_is_not_mapped_may_not_hold_money_or_say_something_else(
    tmp_path: Path, key: str, said: str
) -> None:
    row = f"{ROW[:-1]}, {key}}}\n"
    (problem,) = problems(table(tmp_path, row, "t.jsonl", MAPPED_JSON))
    assert said in problem
    path = said.split("'")[1]
    unused = MAPPED_JSON.replace("[columns]", f'[columns]\n"{path}" = ""')
    assert totals(table(tmp_path, row, "t.jsonl", unused)) == {"1": "12.22"}


@pytest.mark.parametrize(
    ("row", "complaint"),
    [
        (ROW.replace('"price"', '"prise"'), "column 'price': no row has this key"),
        (ROW.replace('{"name": "Ana"}', '[{"name": "Ana"}]'), "leads into a list"),
        (ROW.replace("10.10", "true"), "'True' is not a number"),
        (ROW.replace('"1"', "8.01027E+11"), "is not text"),
    ],
)
def test_a_key_that_no_row_has_and_a_path_into_a_list_are_refused(
    tmp_path: Path, row: str, complaint: str
) -> None:
    assert any(
        complaint in problem for problem in problems(table(tmp_path, row + "\n", "t.jsonl", MAPPED_JSON))
    )


def test_a_key_misspelt_in_one_row_is_refused(tmp_path: Path) -> None:
    other = ROW.replace('"1"', '"2"').replace('"who"', '"whom"')
    (problem,) = problems(table(tmp_path, f"{ROW}\n{other}\n", "t.jsonl", MAPPED_JSON))
    assert problem == "line 2: the key 'who' is missing, and 'whom' stands there; is it misspelt?"


def test_a_mapping_for_json_needs_columns(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"a mapping for JSON Lines needs \[columns\]"):
        table(tmp_path, ROW, "t.jsonl", 'decimal = "."')

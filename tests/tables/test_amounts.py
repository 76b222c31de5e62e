"""Amounts of lines: prices, amounts with tax, discounts, shipping; every reading gives the amount back to the cent."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from b2brouter_async.invoicing import totals_of
from b2brouter_async.tables.invoices import Group, InvoiceError, build
from b2brouter_async.tables.mapping import TableMapping, mapping_from
from tests.tables.test_table import contents, problems, table, totals

if TYPE_CHECKING:
    from pathlib import Path

HEAD: dict[str, Any] = {"number": "1", "date": "2026-11-03", "currency": "EUR", "contact.name": "Ana"}


def mapped(columns: str, first: str = "") -> str:
    return (
        f'{first}\ndecimal = "."\n[columns]\nNr = "number"\nTag = "date"\n{columns}\n[constants]\ncurrency = "EUR"\n'
        '"tax.name" = "IVA"\n"tax.percent" = 21\n"contact.name" = "Ana"\n'
    )


def group(*rows: dict[str, Any], **head: Any) -> Group:
    tax = {"tax.name": "IVA", "tax.percent": Decimal(21)}
    made = Group("1", "", 2, 2, {**HEAD, **head})
    made.rows = [(index, {**tax, **row}) for index, row in enumerate(rows, 2)]
    return made


def mapped_fields(*rows: dict[str, Any]) -> frozenset[str]:
    return frozenset(name for row in rows for name in row)


@settings(max_examples=200)
@given(st.decimals("0.01", "99999", places=2), st.decimals("0.5", "999", places=1))
def test_the_amount_of_a_line_comes_back_whatever_the_quantity(net: Decimal, quantity: Decimal) -> None:
    row = {"line.net": net, "line.quantity": quantity}
    made = build(group(row), TableMapping(), None, mapped_fields(row))
    assert made.totals.net == net


@settings(max_examples=200)
@given(
    st.lists(st.decimals("0.01", "9999", places=2), min_size=1, max_size=4),
    st.sampled_from(["21", "20", "19", "10", "5.5", "4"]),
)
def test_prices_with_tax_come_back_to_the_cent_or_are_refused(prices: list[Decimal], rate: str) -> None:
    rows = [
        {"line.price_gross": price, "line.quantity": Decimal(2), "tax.percent": Decimal(rate)}
        for price in prices
    ]
    try:
        made = build(group(*rows), TableMapping(), None, mapped_fields(*rows))
    except InvoiceError:
        return  # no prices without tax give them back, which the next test shows
    assert made.totals.total == sum(2 * price for price in prices)


def test_amounts_with_tax_that_no_prices_give_back_are_refused(tmp_path: Path) -> None:
    text = "Nr;Tag;G\n1;2026-11-03;0.03\n"
    mapping = mapped('G = "line.gross"').replace('"tax.percent" = 21', '"tax.percent" = 20')
    (problem,) = problems(table(tmp_path, text, mapping=mapping))
    assert "no prices without tax give them back to the cent" in problem


@pytest.mark.parametrize(
    ("columns", "names", "row", "total"),
    [
        ('P = "line.price"\nQ = "line.quantity"', "P;Q", "10.00;3", "36.30"),
        ('P = "line.price"\nQ = "line.quantity"\nN = "line.net"', "P;Q;N", "10.00;3;30.00", "36.30"),
        ('N = "line.net"\nQ = "line.quantity"', "N;Q", "100.00;3", "121.00"),
        ('G = "line.gross"\nQ = "line.quantity"', "G;Q", "121.00;3", "121.00"),
        ('G = "line.price_gross"\nQ = "line.quantity"', "G;Q", "12.10;3", "36.30"),
        (
            'P = "line.price"\nQ = "line.quantity"\nD = "line.discount_percent"',
            "P;Q;D",
            "6.50;40;10",
            "283.14",
        ),
        ('P = "line.price"\nQ = "line.quantity"\nD = "line.discount"', "P;Q;D", "6.50;40;26", "283.14"),
        ('N = "line.net"\nS = "shipping.net"', "N;S", "100.00;10.00", "133.10"),
        (
            'G = "line.gross"\nS = "shipping.gross"\nD = "discount.gross"',
            "G;S;D",
            "121.00;12.10;24.20",
            "108.90",
        ),
        ('N = "net"', "N", "100.00", "121.00"),
    ],
)
def test_each_way_to_write_a_line_comes_to_its_amount(
    tmp_path: Path, columns: str, names: str, row: str, total: str
) -> None:
    assert totals(table(tmp_path, f"Nr;Tag;{names}\n1;2026-11-03;{row}\n", mapping=mapped(columns))) == {
        "1": total
    }


@pytest.mark.parametrize(
    ("columns", "names", "row", "complaint"),
    [
        (
            'P = "line.price"\nQ = "line.quantity"\nN = "line.net"',
            "P;Q;N",
            "10.00;3;31.00",
            "quantity 3 times price 10.00 is 30.00, and the line's amount is 31.00",
        ),
        (
            'N = "line.net"\nG = "line.gross"',
            "N;G",
            "100.00;125.00",
            "are 121.00, and the line's amount with tax is 125.00",
        ),
        ('P = "line.price"\nQ = "line.quantity"', "P;Q", "10.00;", "the quantity is empty"),
        (
            'N = "line.net"\nQ = "line.quantity"',
            "N;Q",
            "10.00;0",
            "the quantity is 0, and the line's amount 10.00",
        ),
        (
            'N = "line.net"\nD = "line.discount_percent"',
            "N;D",
            "10.00;10",
            "is the discount in line.net already?",
        ),
        ('P = "line.price"\nD = "line.discount"', "P;D", "10.00;-1", "would raise the amount"),
        ('P = "line.price"\nD = "line.discount_percent"', "P;D", "10.00;110", "a discount of 110 % can't be"),
        ('P = "line.price"\nS = "shipping.net"', "P;S", "10.00;-5", "shipping of -5: is its sign right?"),
        ('P = "line.price"', "P", "", "no amount stands in this row"),
        ('P = "line.price"', "P", "21 %", "is a rate, and line.price an amount"),
        ('N = "net"', "N", "", "no amount stands in this row"),
    ],
)
def test_what_does_not_add_up_is_refused(
    tmp_path: Path, columns: str, names: str, row: str, complaint: str
) -> None:
    assert any(
        complaint in problem
        for problem in problems(
            table(tmp_path, f"Nr;Tag;{names}\n1;2026-11-03;{row}\n", mapping=mapped(columns))
        )
    )


def test_the_net_amount_of_an_invoice_is_no_amount_of_its_rows(tmp_path: Path) -> None:
    text = "Nr;Tag;N;T\n1;2026-11-03;100.00;a\n1;2026-11-03;100.00;b\n"
    (problem,) = problems(table(tmp_path, text, mapping=mapped('N = "net"\nT = "line.description"')))
    assert "its number has several rows" in problem


def test_shipping_has_no_rate_where_the_lines_have_several(tmp_path: Path) -> None:
    text = "Nr;Tag;N;R;S\n1;2026-11-03;100.00;21;5.00\n1;2026-11-03;100.00;10;\n"
    mapping = mapped('N = "line.net"\nR = "tax.percent"\nS = "shipping.net"').replace(
        '"tax.percent" = 21\n', ""
    )
    assert (
        "the lines have several rates, and which is its own?"
        in problems(table(tmp_path, text, mapping=mapping))[0]
    )


@pytest.mark.parametrize(("amount", "currency"), [("5.00 $", "EUR"), ("£5.00", "EUR"), ("5.00 USD", "EUR")])
def test_a_sign_that_contradicts_the_currency_is_refused(tmp_path: Path, amount: str, currency: str) -> None:
    text = f"Nr;Tag;N\n1;2026-11-03;{amount}\n"
    (problem,) = problems(table(tmp_path, text, mapping=mapped('N = "line.net"')))
    assert f"and the invoice's currency is {currency}; which is right?" in problem
    dollars = mapped('N = "line.net"').replace('"EUR"', '"USD"')
    if "$" in amount or "USD" in amount:
        assert totals(table(tmp_path, text, mapping=dollars)) == {"1": "6.05"}


def test_a_price_that_no_digits_hold_is_the_price_of_all_pieces(tmp_path: Path) -> None:
    (content,) = contents(
        table(
            tmp_path,
            "Nr;Tag;N;Q\n1;2026-11-03;100.00;3\n",
            mapping=mapped('N = "line.net"\nQ = "line.quantity"'),
        )
    )
    (line,) = content["invoice_lines_attributes"]
    assert (line["price"], line["base_quantity"], line["quantity"]) == (
        Decimal("100.00"),
        Decimal(3),
        Decimal(3),
    )


KINDS = 'K = "kind"\nN = "line.net"\nC = "corrects.number"'
WORDS = '[kinds]\nFactura = "invoice"\nAbono = "credit_note"\nPresupuesto = "leave_out"\n'


def kinds(tmp_path: Path, *rows: str, first: str = "") -> Any:
    text = "Nr;Tag;K;N;C\n" + "".join(f"{index};2026-11-03;{row}\n" for index, row in enumerate(rows, 1))
    return table(tmp_path, text, mapping=mapped(KINDS, first) + WORDS)


def test_a_credit_note_goes_out_with_the_sign_that_the_mapping_says(tmp_path: Path) -> None:
    (problem,) = problems(kinds(tmp_path, "Abono;-100.00;F-1"))
    assert "which sign shall its amounts have?" in problem
    (written,) = contents(kinds(tmp_path, "Abono;-100.00;F-1", first='credit_notes = "as_written"'))
    (turned,) = contents(kinds(tmp_path, "Abono;-100.00;F-1", first='credit_notes = "reversed"'))
    assert (totals_of(written).total, totals_of(turned).total) == (Decimal("-121.00"), Decimal("121.00"))
    assert written["is_credit_note"] is turned["is_credit_note"] is True
    assert written["invoice_references"] == [{"number": "F-1"}]


def test_signs_of_credit_notes_that_differ_are_refused(tmp_path: Path) -> None:
    made = kinds(tmp_path, "Abono;-100.00;F-1", "Abono;100.00;F-2", first='credit_notes = "as_written"')
    assert "positive in some rows and negative in others" in problems(made)[0]


@pytest.mark.parametrize(
    ("row", "complaint"),
    [
        ("Factura;-100.00;", "the table calls it an invoice, and it comes to -121.00"),
        ("Recibo;100.00;", "'Recibo': what is it? Say in [kinds]"),
        (";100.00;", 'no word says what it is; say in [kinds] what "" means'),
        ("Factura;100.00;F-9", "it names the corrected invoice F-9, and is no credit note"),
    ],
)
def test_a_kind_that_is_not_said_or_contradicts_is_refused(tmp_path: Path, row: str, complaint: str) -> None:
    assert complaint in problems(kinds(tmp_path, row))[0]


def test_quotes_are_left_out_and_told(tmp_path: Path) -> None:
    judged = kinds(tmp_path, "Factura;100.00;", "Presupuesto;50.00;").judge()
    assert (judged.count, dict(judged.left_out)) == (1, {"kind is Presupuesto": 1})


def test_a_negative_invoice_is_nothing_until_the_mapping_says_what(tmp_path: Path) -> None:
    text = "Nr;Tag;N\n1;2026-11-03;-100.00\n"
    assert "is it a credit note?" in problems(table(tmp_path, text, mapping=mapped('N = "line.net"')))[0]
    said = mapped('N = "line.net"', 'negative = "correction"\ncredit_notes = "as_written"')
    (content,) = contents(table(tmp_path, text, mapping=said))
    assert content["is_amend"] is True
    plain = mapped('N = "line.net"', 'negative = "invoice"')
    (content,) = contents(table(tmp_path, text, mapping=plain))
    assert "is_amend" not in content


def test_only_and_skip_choose_rows_and_a_word_that_no_row_has_is_refused(tmp_path: Path) -> None:
    text = "Nr;Tag;N;A\n1;2026-11-03;1.00;Einnahme\n2;2026-11-03;2.00;Ausgabe\n"
    only = mapped('N = "line.net"') + '[only]\nA = "einnahme"\n'
    skip = mapped('N = "line.net"') + '[skip]\nA = ["Ausgabe"]\n'
    assert (
        totals(table(tmp_path, text, mapping=only))
        == totals(table(tmp_path, text, mapping=skip))
        == {"1": "1.21"}
    )
    wrong = mapped('N = "line.net"') + '[only]\nA = ["Einnahme", "Einname"]\n'
    assert "[only]: no row has 'einname' in this column" in problems(table(tmp_path, text, mapping=wrong))[0]


def test_words_mean_what_the_mapping_says_and_no_other(tmp_path: Path) -> None:
    text = "Nr;Tag;N;L\n1;2026-11-03;1.00;España\n"
    columns = 'N = "line.net"\nL = "contact.country"'
    assert "is no code of a country" in problems(table(tmp_path, text, mapping=mapped(columns)))[0]
    said = mapped(columns) + '[values.L]\n"España" = "es"\n'
    (content,) = contents(table(tmp_path, text, mapping=said))
    assert content["contact"]["country"] == "es"
    other = text.replace("España", "Espana")
    assert "is none of the words in [values]" in problems(table(tmp_path, other, mapping=said))[0]


def test_the_first_that_is_filled_is_taken(tmp_path: Path) -> None:
    text = "Nr;Tag;N;A;B\n1;2026-11-03;1.00;Inc;Ada\n2;2026-11-03;1.00;;Bo\n"
    mapping = (
        mapped('N = "line.net"').replace('"contact.name" = "Ana"\n', "")
        + '[first_filled]\n"contact.name" = ["A", "B"]\n'
    )
    assert [one["contact"]["name"] for one in contents(table(tmp_path, text, mapping=mapping))] == [
        "Inc",
        "Bo",
    ]


def test_a_mapping_from_settings_needs_no_file() -> None:
    assert mapping_from({"decimal": ","}).decimal == ","


def test_a_currency_in_the_name_of_a_column_that_contradicts_is_refused(tmp_path: Path) -> None:
    text = "Nr;Tag;Net (USD)\n1;2026-11-03;100.00\n"
    (problem,) = problems(table(tmp_path, text, mapping=mapped('"Net (USD)" = "line.net"')))
    assert "column 'Net (USD)': amounts are in USD, and the invoice's currency is EUR" in problem
    assert totals(table(tmp_path, text.replace("USD", "€"), mapping=mapped('"Net (€)" = "line.net"'))) == {
        "1": "121.00"
    }


def test_a_discount_as_a_fraction_is_asked_for(tmp_path: Path) -> None:
    text = "Nr;Tag;P;D\n1;2026-11-03;100.00;0.10\n"
    columns = 'P = "line.price"\nD = "line.discount_percent"'
    assert (
        'is it 10.00 %? Say percents = "fractions"'
        in problems(table(tmp_path, text, mapping=mapped(columns)))[0]
    )
    assert totals(table(tmp_path, text, mapping=mapped(columns, 'percents = "fractions"'))) == {"1": "108.90"}


def test_a_row_that_is_there_twice_is_asked_for_where_no_total_tells(tmp_path: Path) -> None:
    row = "1;2026-11-03;100.00;{}\n"
    text = "Nr;Tag;N;S\n" + row.format("242.00") * 2
    (problem,) = problems(table(tmp_path, text, mapping=mapped('N = "line.net"')))
    assert problem.startswith("line 3, invoice 1: this row is the same as the one above")
    assert totals(table(tmp_path, text, mapping=mapped('N = "line.net"', 'rows = "line"'))) == {"1": "242.00"}
    assert totals(table(tmp_path, text, mapping=mapped('N = "line.net"\nS = "total"'))) == {"1": "242.00"}

"""Taxes of a line: rates, codes, reasons, withholdings; what the table says is compared."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.tables.test_table import problems, table, totals

if TYPE_CHECKING:
    from pathlib import Path

BASE = """
decimal = ","
[columns]
Nr = "number"
Tag = "date"
Netto = "line.net"
{columns}
[constants]
currency = "EUR"
"tax.name" = "IVA"
"contact.name" = "Ana"
{constants}
{more}
"""


def mapped(columns: str = "", constants: str = "", more: str = "", first: str = "") -> str:
    return first + BASE.format(columns=columns, constants=constants, more=more)


def rows(names: str, *given: str) -> str:
    return f"Nr;Tag;Netto;{names}\n" + "".join(
        f"{index};2026-11-03;{one}\n" for index, one in enumerate(given, 1)
    )


@pytest.mark.parametrize(
    ("more", "complaint"),
    [
        ("", "a tax of 0 %: why?"),
        ('[rates]\n"0" = { percent = 0, category = "S" }', "category S does not say it"),
        ('[rates]\n"0" = { percent = 0, category = "E" }', "category E needs its reason"),
    ],
)
def test_nothing_is_charged_only_for_a_reason(tmp_path: Path, more: str, complaint: str) -> None:
    (problem,) = problems(
        table(tmp_path, rows("Satz", "100,00;0"), mapping=mapped('Satz = "tax.percent"', more=more))
    )
    assert complaint in problem


def test_a_category_that_charges_nothing_has_no_rate(tmp_path: Path) -> None:
    mapping = mapped('Satz = "tax.percent"', '"tax.category" = "AE"')
    (problem,) = problems(table(tmp_path, rows("Satz", "100,00;21"), mapping=mapping))
    assert "category AE charges nothing, and the rate is 21 %" in problem


def test_a_code_is_the_rate_that_the_mapping_says_and_no_other(tmp_path: Path) -> None:
    mapping = mapped(
        'Satz = "tax.key"', more='[rates]\n"H" = 21\n"9" = { percent = 0, category = "E", comment = "E1" }'
    )
    assert totals(table(tmp_path, rows("Satz", "100,00;H", "100,00;9"), mapping=mapping)) == {
        "1": "121.00",
        "2": "100.00",
    }
    (problem,) = problems(table(tmp_path, rows("Satz", "100,00;L"), mapping=mapping))
    assert "which rate is 'L'? Say in [rates] \"L\" = 21 or the like" in problem


def test_a_rate_whose_amount_is_another_is_refused(tmp_path: Path) -> None:
    mapping = mapped('Satz = "tax.percent"\nSteuer = "tax.amount"')
    (problem,) = problems(table(tmp_path, rows("Satz;Steuer", "400,00;9;0,00"), mapping=mapping))
    assert "9 % of 400.00 is 36.00, and the table says 0.00" in problem


def test_an_empty_rate_means_what_the_mapping_says(tmp_path: Path) -> None:
    mapping = mapped('Satz = "tax.percent"')
    (problem,) = problems(table(tmp_path, rows("Satz", "100,00;21", "100,00;"), mapping=mapping))
    assert problem.startswith("line 3, invoice 2: no rate of a tax stands in this row")
    said = mapped('Satz = "tax.percent"', more='[rates]\n"" = { percent = 0, category = "Z" }')
    assert totals(table(tmp_path, rows("Satz", "100,00;21", "100,00;"), mapping=said)) == {
        "1": "121.00",
        "2": "100.00",
    }


@pytest.mark.parametrize(
    ("tax", "complaint"),
    [("31,00", "it is none of the rates"), ("0,02", "fit, so the table can't say which")],
)
def test_a_rate_comes_from_an_amount_only_where_one_alone_fits(
    tmp_path: Path, tax: str, complaint: str
) -> None:
    mapping = mapped('Steuer = "tax.amount"', more="[rates_from_amounts]\ntax = [23, 21, 8]")
    assert totals(table(tmp_path, rows("Steuer", "100,00;23,00", "50,00;4,00"), mapping=mapping)) == {
        "1": "123.00",
        "2": "54.00",
    }
    net = "0,10" if tax == "0,02" else "200,00"
    (problem,) = problems(table(tmp_path, rows("Steuer", f"{net};{tax}"), mapping=mapping))
    assert complaint in problem


@pytest.mark.parametrize("sign", ["", "-"])
def test_a_withholding_lowers_the_total_whatever_its_sign(tmp_path: Path, sign: str) -> None:
    mapping = mapped(
        'Satz = "tax.percent"\nIRPF = "withholding.percent"\nRet = "withholding.amount"\nSumme = "total"',
        '"withholding.name" = "IRPF"',
    )
    made = table(
        tmp_path, rows("Satz;IRPF;Ret;Summe", f"150,00;21;{sign}15;{sign}22,50;159,00"), mapping=mapping
    )
    assert totals(made) == {"1": "159.00"}
    wrong = table(tmp_path, rows("Satz;IRPF;Ret;Summe", "150,00;21;15;22,50;181,50"), mapping=mapping)
    assert "total is 181.50 in the table, and what would go out comes to 159.00" in problems(wrong)[0]


def test_a_withholding_without_a_rate_or_a_name_is_refused(tmp_path: Path) -> None:
    amount = mapped('Satz = "tax.percent"\nRet = "withholding.amount"')
    assert (
        "there is a withholding of 22.50, and no rate"
        in problems(table(tmp_path, rows("Satz;Ret", "150,00;21;22,50"), mapping=amount))[0]
    )
    unnamed = mapped('Satz = "tax.percent"\nIRPF = "withholding.percent"')
    assert (
        "the withholding has no name"
        in problems(table(tmp_path, rows("Satz;IRPF", "150,00;21;15"), mapping=unnamed))[0]
    )


def test_a_surcharge_is_a_further_tax(tmp_path: Path) -> None:
    mapping = mapped(
        'Satz = "tax.percent"\nRE = "surcharge.percent"\nSumme = "total"', '"surcharge.name" = "RE"'
    )
    assert totals(table(tmp_path, rows("Satz;RE;Summe", "1.000,00;21;5,2;1.262,00"), mapping=mapping)) == {
        "1": "1262.00"
    }


@pytest.mark.parametrize(
    ("value", "complaint"), [("2100", "is no rate"), ("-21", "is no rate"), ("0,21", "is it 21")]
)
def test_what_can_be_no_rate_is_refused(tmp_path: Path, value: str, complaint: str) -> None:
    mapping = mapped('Satz = "tax.percent"')
    assert complaint in problems(table(tmp_path, rows("Satz", f"100,00;{value}"), mapping=mapping))[0]
    fractions = mapped('Satz = "tax.percent"', first='percents = "fractions"\n')
    assert totals(table(tmp_path, rows("Satz", "100,00;0,21"), mapping=fractions)) == {"1": "121.00"}


def test_pairs_of_columns_are_lines_and_empty_ones_are_none(tmp_path: Path) -> None:
    mapping = mapped(
        'B21 = "base@21"\nS21 = "tax@21"\nB10 = "base@10"\nS10 = "tax@10"\nSumme = "total"'
    ).replace('Netto = "line.net"', 'Netto = "net"')
    good = table(
        tmp_path,
        rows("B21;S21;B10;S10;Summe", "120,00;100,00;21,00;20,00;2,00;143,00", "10,00;;;10,00;1,00;11,00"),
        mapping=mapping,
    )
    assert totals(good) == {"1": "143.00", "2": "11.00"}
    wrong = table(
        tmp_path, rows("B21;S21;B10;S10;Summe", "100,00;100,00;21,00;;2,00;123,00"), mapping=mapping
    )
    assert "there is a tax of 2.00 at 10 %, and no base for it" in problems(wrong)[0]


def test_one_row_for_each_rate_repeats_the_total_and_it_is_not_added(tmp_path: Path) -> None:
    mapping = mapped('Satz = "tax.percent"\nSumme = "total"')
    text = "Nr;Tag;Netto;Satz;Summe\n1;2026-11-03;500,00;21;825,00\n1;2026-11-03;200,00;10;825,00\n"
    assert totals(table(tmp_path, text, mapping=mapping)) == {"1": "825.00"}


def test_taxes_are_rounded_once_a_rate_unless_the_account_rounds_lines(tmp_path: Path) -> None:
    mapping = mapped('Satz = "tax.percent"\nSteuer = "tax.amount"')
    text = "Nr;Tag;Netto;Satz;Steuer;Was\n" + "".join(f"1;2026-11-03;0,07;21;0,01;{what}\n" for what in "abc")
    assert "taxes are rounded once a rate" in problems(table(tmp_path, text, mapping=mapping))[0]
    line = mapped('Satz = "tax.percent"\nSteuer = "tax.amount"', first='rounding = "line"\n')
    assert totals(table(tmp_path, text, mapping=line)) == {"1": "0.24"}

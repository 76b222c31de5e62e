"""What `b2brouter map` writes: right or asked, never wrong in silence."""

from __future__ import annotations

import datetime
import json
import tomllib
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from b2brouter_async.errors import ConfigurationError
from b2brouter_async.tables import Judgement, Problems, Table, propose, toml_of
from b2brouter_async.tables.mapping import mapping_from, read_mapping

HERE = Path(__file__).parent
SAMPLES = sorted(HERE.glob("samples/*.expected.json"))
TODAY = datetime.date(2026, 11, 26)
SAME = {
    "net at 0 %": "base@0",
    "gross before withholding": "total_before_withholding",
    "exemption reason": "tax.comment",
    "ponumber or corrects.number": "ponumber|corrects.number",
    "gross of one more line": "shipping.gross",
    "discount of the order": "discount.gross",
    "tax_total (inside the prices)": "tax_total",
    "(number of the order)": "number",
    "(date of the order)": "date",
}
"""What the samples say in words, and the field it is."""
NOT_USED = {
    "line.unit",
    "tax_total",
    "gross of the lines",
    "contact.name",
    "contact.name if filled",
    "line.discount_percent",
    "withholding.key",
}
"""What may be left unused without a question: sums, words for units, empty columns, and what [first_filled] takes."""


def ids(path: Path) -> str:
    return path.name.split(".")[0]


def propose_for(path: Path, text: str, encoding: str = "utf-8", **known: Any) -> Any:
    path.write_bytes(text.encode(encoding))
    return propose(path, today=TODAY, **known)


def fields(proposal: Any) -> dict[str, str]:
    return {guess.column.label: guess.field for guess in proposal.guesses}


def asked(proposal: Any) -> str:
    return "\n".join(question.text for question in proposal.questions)


@pytest.mark.parametrize("expected", SAMPLES, ids=ids)
def test_every_column_of_a_sample_is_right_or_asked(expected: Path) -> None:
    told = json.loads(expected.read_text(encoding="utf-8"))
    proposal = propose(HERE / "samples" / told["table"], today=TODAY)
    questions = asked(proposal)
    for label, found in fields(proposal).items():
        right = told["columns"].get(label, told["columns"].get(label.split(") ", 1)[-1], ""))
        right = SAME.get(right, right)
        if right.startswith("("):
            assert found == "" or f'"{label}"' in questions
        elif found != right:
            assert found == "" or f'"{label}"' in questions, (label, found, right)
            assert found != "" or right in NOT_USED or f'"{label}"' in questions, (label, found, right)


@pytest.mark.parametrize("expected", SAMPLES, ids=ids)
def test_how_a_sample_is_read_is_found(expected: Path) -> None:
    told = json.loads(expected.read_text(encoding="utf-8"))
    proposal = propose(HERE / "samples" / told["table"], today=TODAY)
    given, file = proposal.mapping(), told["file"]
    assert given.get("encoding", "utf-8") == file["encoding"].removesuffix("-sig")
    assert given["delimiter"] == file["delimiter"]
    assert given["decimal"] == file["decimal"]
    assert given.get("date", "%Y-%m-%d") == file["date"]
    names = given.get("names", 1)
    assert (names if isinstance(names, int) else names[-1]) == file["names_in_line"]


@pytest.mark.parametrize("expected", SAMPLES, ids=ids)
def test_a_sample_is_not_uploaded_before_its_questions_are_answered(expected: Path, tmp_path: Path) -> None:
    told = json.loads(expected.read_text(encoding="utf-8"))
    proposal = propose(HERE / "samples" / told["table"], today=TODAY)
    (tmp_path / "m.toml").write_text(toml_of(proposal), encoding="utf-8")
    with pytest.raises(ConfigurationError, match=r"question.* open"):
        read_mapping(tmp_path / "m.toml")


@pytest.mark.parametrize("expected", SAMPLES, ids=ids)
def test_a_sample_comes_to_the_cent_where_every_question_is_answered_with_yes(expected: Path) -> None:
    told = json.loads(expected.read_text(encoding="utf-8"))
    proposal = propose(HERE / "samples" / told["table"], today=TODAY)
    given = tomllib.loads(toml_of(proposal), parse_float=Decimal)
    given.pop("questions")
    if told["table"].startswith("nl"):
        given["constants"]["contact.name"] = "Klant"  # the table has no names, and asks for them
    table = Table(HERE / "samples" / told["table"], mapping_from(given), today=TODAY)
    problems = Problems()
    made = {
        f"{one.content.get('series_code', '')} {one.content['number']}".strip(): str(abs(one.totals.total))
        for one in table.look(problems, Judgement())
    }
    right = {number: total.split()[0].lstrip("-") for number, total in told["totals"].items()}
    assert made.items() <= right.items()
    assert set(right) - set(made) == {problem.number for problem in problems.first}
    assert set(right) - set(made) <= {"28/2026", "26/2026", "FV/3/2026"}


@pytest.mark.parametrize(
    ("table", "question"),
    [
        ("de-einnahmen-ausgaben", "Ausgabe is left out"),
        ("de-einnahmen-ausgaben", "0 % in line 5: why?"),
        ("en-lines-accounting", '"Zero Rated Income" in "*TaxType" is taken for 0 %'),
        (
            "en-lines-accounting",
            '"Reference" is the order on invoices, and the corrected invoice on credit notes',
        ),
        ("en-shop-orders", "Shipping"),
        ("en-shop-orders", "refunded in line 4"),
        ("en-shop-orders", "an apostrophe stands before some numbers"),
        ("es-factura-irpf", "currency: no column says it"),
        ("es-factura-irpf", "2026-0014 (line 5) is negative"),
        ("es-gestoria", "is 9 a code for exempt and no rate?"),
        ("es-gestoria", "can be a customer or a supplier"),
        ("es-gestoria", "the surcharge is called"),
        ("es-libro-registro", "a range of tickets is no invoice"),
        ("es-libro-registro", '"(6) Serie" is series_code, "(9) Serie" is corrects.series'),
        ("es-lineas-erp", "lines 3, 4 have no number"),
        ("es-lineas-plantilla", 'is "s_iva_21" in "IVA %" 21 %?'),
        ("es-lineas-plantilla", "España is es"),
        ("fr-journal-titres", "line 9 looks like a row of totals"),
        ("fr-journal-titres", "ANNULEE"),
        ("fr-journal-titres", "Shall the rates come from the amounts?"),
        ("fr-lignes-montants", 'amounts carry $, and "Devise" says €'),
        ("fr-lignes-montants", "price = amount ÷ quantity"),
        ("fr-tva-par-taux", "0 % in line 4: why?"),
        (
            "it-parcelle",
            "no column holds a tax: the total is the net amount in 1 of 3 rows, and 20.8 more in line 3, 4 %",
        ),
        ("nl-debiteuren", "whether the day or the month stands first"),
        ("nl-debiteuren", "holds only the customers' numbers"),
        ("pl-faktury", "FV/3/2026 (line 4): its tax is no single rate"),
        ("pl-faktury", "23 % in 2 rows, 8 % in 1 row"),
    ],
)
def test_what_a_sample_does_not_say_is_asked(table: str, question: str) -> None:
    (path,) = [one for one in HERE.glob(f"samples/{table}.*") if one.suffix != ".json"]
    assert question in asked(propose(path, today=TODAY))


def test_rate_or_amount_is_decided_by_arithmetic(tmp_path: Path) -> None:
    head = "Factura;Fecha;Cliente;Base;IVA;Total\n"
    rate = propose_for(
        tmp_path / "a.csv",
        head.replace("Factura", "Nº factura")
        + "1;2026-01-13;Ana;50,00;21;60,50\n2;2026-01-14;Bo;80,00;10;88,00\n",
    )
    amount = propose_for(
        tmp_path / "b.csv",
        head.replace("Factura", "Nº factura")
        + "1;2026-01-13;Ana;100,00;21;121,00\n2;2026-01-14;Bo;40,00;4;44,00\n",
    )
    assert fields(rate)["IVA"] == "tax.percent"
    assert fields(amount)["IVA"] == "tax_total"


def test_a_total_before_withholding_is_told_from_one_after_it(tmp_path: Path) -> None:
    head = "Nº factura;Fecha;Cliente;Base;% IVA;% IRPF;Total\n"
    after = propose_for(tmp_path / "a.csv", head + "1;2026-01-13;Ana;100,00;21;15;106,00\n")
    before = propose_for(tmp_path / "b.csv", head + "1;2026-01-13;Ana;100,00;21;15;121,00\n")
    neither = propose_for(tmp_path / "c.csv", head + "1;2026-01-13;Ana;100,00;21;0;121,00\n")
    assert (fields(after)["Total"], fields(before)["Total"]) == ("total", "total_before_withholding")
    assert '"Total": is it "total" or "total_before_withholding"?' in asked(neither)


def test_prices_with_tax_are_told_from_prices_without(tmp_path: Path) -> None:
    head = "Invoice number,Invoice date,Customer,Item,Quantity,Unit price,VAT %,Total\n"
    without = propose_for(tmp_path / "a.csv", head + "1,2026-01-13,Ana,Tea,2,10.00,20,24.00\n")
    with_tax = propose_for(tmp_path / "b.csv", head + "1,2026-01-13,Ana,Tea,2,12.00,20,24.00\n")
    unknown = propose_for(
        tmp_path / "c.csv", head.replace(",Total", "") + "1,2026-01-13,Ana,Tea,2,12.00,20\n"
    )
    assert (fields(without)["Unit price"], fields(with_tax)["Unit price"]) == (
        "line.price",
        "line.price_gross",
    )
    assert "The amounts of the table don't decide" in asked(unknown)


def test_one_amount_alone_is_asked_for(tmp_path: Path) -> None:
    proposal = propose_for(
        tmp_path / "a.csv", "Nº factura;Fecha;Cliente;Importe;% IVA\n1;2026-01-13;Ana;100,00;21\n"
    )
    assert '"Importe": is it "line.gross" or "net"?' in asked(proposal)


def test_two_names_for_a_total_are_told_apart_by_arithmetic(tmp_path: Path) -> None:
    text = "Nº factura;Fecha;Cliente;Importe;IVA;Total\n1;2026-01-13;Ana;100,00;21,00;121,00\n2;2026-01-13;Bo;10,00;1,00;11,00\n"
    found = fields(propose_for(tmp_path / "a.csv", text))
    assert (found["Importe"], found["IVA"], found["Total"]) == ("net", "tax_total", "total")


@pytest.mark.parametrize(
    ("day", "form"), [("13/02/2026", "%d/%m/%Y"), ("02/13/2026", "%m/%d/%Y"), ("13.02.2026", "%d.%m.%Y")]
)
def test_one_day_above_twelve_decides(tmp_path: Path, day: str, form: str) -> None:
    proposal = propose_for(
        tmp_path / "a.csv",
        f"Invoice number;Date;Customer;Net\n1;01{day[2]}02{day[5:]};Ana;1.00\n2;{day};Bo;2.00\n",
    )
    assert proposal.mapping()["date"] == form
    assert "whether the day" not in asked(proposal)


def test_purchases_and_bookings_are_asked_for(tmp_path: Path) -> None:
    bills = propose_for(
        tmp_path / "a.csv", "Nº factura;Fecha;Proveedor;Base;% IVA\n1;2026-01-13;Ana;100,00;21\n"
    )
    bookings = propose_for(
        tmp_path / "b.csv", "Datum;Belegnr;Soll;Haben;Betrag\n13.01.2026;1;1400;8400;119,00\n"
    )
    assert "names a supplier" in asked(bills)
    assert "bookings (debit and credit)" in asked(bookings)


def test_the_account_helps(tmp_path: Path) -> None:
    text = "Nº factura;Fecha;Cliente;NIF;Base;% IVA\n1;2026-01-13;Ana;B01234566;100,00;21\n"
    proposal = propose_for(tmp_path / "a.csv", text, country="es", currency="EUR", own_ids=["ESB01234566"])
    assert '"NIF" holds your own tax number' in asked(proposal)


def test_an_empty_column_of_money_is_neither_used_nor_called_unused(tmp_path: Path) -> None:
    text = "Nº factura;Fecha;Cliente;Base;% IVA;Portes\n1;2026-01-13;Ana;100,00;21;{}\n"
    proposal = propose_for(tmp_path / "a.csv", text.format(""))
    given = proposal.mapping(answered=True)
    assert "Portes" not in given["columns"]
    next_month = tmp_path / "b.csv"
    next_month.write_text(text.format("5,00"), encoding="utf-8")
    problems = Problems()
    list(Table(next_month, mapping_from(given), today=TODAY).look(problems, Judgement()))
    assert "holds amounts and is not mapped" in str(problems.first[0])


def test_a_mapping_of_any_names_is_toml(tmp_path: Path) -> None:
    text = '"Nº ""factura""\\";Fecha;Cliente\x7f;Base;% IVA;#\n1;2026-01-13;Ana;100,00;21;"a\nb"\n'
    proposal = propose_for(tmp_path / "a.csv", text)
    assert tomllib.loads(toml_of(proposal))["columns"]


@pytest.mark.parametrize(
    ("word", "kind"),
    [("Factura", "invoice"), ("Facture", "invoice"), ("Sales", "invoice"), ("Faktura", "invoice"), ("FT", "invoice"), ("Nota de crédito", "credit_note"),
     ("Avoir", "credit_note"), ("Faktura korygująca", "credit_note"), ("Credit Note", "credit_note"), ("Presupuesto", "leave_out"), ("Nota", "leave_out"),
     ("de", "leave_out")],
)  # fmt: skip
def test_a_word_for_what_a_row_is_means_the_whole_word(tmp_path: Path, word: str, kind: str) -> None:
    proposal = propose_for(
        tmp_path / "a.csv",
        f"Invoice number;Date;Customer;Type;Net;VAT %\n1;2026-01-13;Ana;{word};100.00;20\n2;2026-01-13;Bo;Invoice;1.00;20\n",
    )
    assert proposal.mapping()["kinds"][word] == kind


def test_an_amount_that_is_not_used_is_asked_for(tmp_path: Path) -> None:
    text = "Numero;Data;Cliente;Imponibile;Cassa Previdenza 4%;Qualcosa;Totale\n1;2026-01-15;Rossi;1000,00;40,00;2,00;1042,00\n"
    questions = asked(propose_for(tmp_path / "a.csv", text))
    assert '"Cassa Previdenza 4%" holds amounts' in questions
    assert '"Qualcosa" holds amounts' in questions


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "InvoiceNo,Customer,InvoiceDate,Item(Product/Service),ItemQuantity,ItemRate,ItemAmount,ItemTaxCode,ItemTaxAmount\n"
            "1001,Acme,13/01/2026,Widget,3,10.00,30.00,20.0% S,6.00\n1001,Acme,13/01/2026,Gadget,1,5.00,5.00,20.0% S,1.00\n",
            "number date:contact.name contact.name:date line.description line.quantity line.price line.net tax.key tax.amount",
        ),
        (
            "Rechnungsnr.;Rechnungsdatum;Firma;Positionstext;Menge;Einzelpreis netto;Rabatt %;Gesamt netto;MwSt %\n"
            "1;31.01.2026;A;Schrauben;100;0,12;0;12,00;19\n1;31.01.2026;A;Muttern;50;0,20;10;9,00;19\n",
            "number date contact.name line.description line.quantity line.price line.discount_percent line.net tax.percent",
        ),
        (
            "Nr faktury;Data wystawienia;Nabywca;NIP nabywcy;Nazwa towaru;Ilość;Cena netto;Stawka VAT;Wartość netto;Kwota VAT;Wartość brutto\n"
            "FV 1;2026-01-10;Alfa;5250001009;Krzesło;2;100,00;23%;200,00;46,00;246,00\nFV 1;2026-01-10;Alfa;5250001009;Dostawa;1;20,00;23%;20,00;4,60;24,60\n",
            "number date contact.name contact.tin_value line.description line.quantity line.price tax.percent line.net tax.amount line.gross",
        ),
        (
            "Número;Data;Cliente;NIF;Total ilíquido;IVA;Total\nFT 1;2026-01-13;Alfa;500000000;100,00;23,00;123,00\nFT 2;2026-01-14;Beta;500000001;50,00;3,00;53,00\n",
            "number date contact.name contact.tin_value net tax_total total",
        ),
        (
            "Fecha;Num;Cliente;Descripción;Subtotal;IVA;Retención;Rec. de eq.;Total\n12/03/2026;F1;Uno;T;1000,00;210,00;-150,00;0,00;1060,00\n"
            "25/03/2026;F2;Dos;O;500,00;105,00;0,00;0,00;605,00\n",
            "date number contact.name line.description net tax_total withholding.amount surcharge.amount total",
        ),
    ],
    ids=["en", "de", "pl", "pt", "es"],
)  # fmt: skip
def test_tables_of_other_programs_are_read(tmp_path: Path, text: str, expected: str) -> None:
    proposal = propose_for(tmp_path / "a.csv", text)
    right = [
        one.split(":")[0]
        for one in expected.replace("date:contact.name contact.name:date", "contact.name date").split()
    ]
    assert list(fields(proposal).values()) == right
    assert proposal.proof[0].split(" of ")[0] == proposal.proof[0].split(" of ")[1].split()[0]


def test_amounts_of_lines_that_can_be_with_tax_or_without_are_asked_for(tmp_path: Path) -> None:
    text = "Nº factura;Fecha;Cliente;Concepto;Cantidad;Precio;Importe;% IVA\n1;2026-01-13;Ana;Sal;2;10,00;20,00;21\n1;2026-01-13;Ana;Pan;3;5,00;15,00;10\n"
    proposal = propose_for(tmp_path / "a.csv", text)
    assert (fields(proposal)["Precio"], fields(proposal)["Importe"]) == ("line.price", "line.net")
    assert '"Precio": is it "line.price" or "line.price_gross"' in asked(proposal)
    assert '"Importe": is it "line.net" or "line.gross"?' in asked(proposal)


def test_a_column_of_amounts_is_no_tax_number_whatever_its_name(tmp_path: Path) -> None:
    text = "date,number,customer,amount,vat,what\n2026-01-13,INV1,Ann,120.00,20.00,invoice\n2026-01-14,INV2,Bob,24.00,4.00,refund\n"
    proposal = propose_for(tmp_path / "a.csv", text)
    assert fields(proposal)["vat"] != "contact.tin_value"
    assert '"vat": is it "tax.percent" or "tax_total"?' in asked(proposal)
    assert '"what" says refund: are these rows invoices?' in asked(proposal)


def test_the_names_of_customers_are_found_beside_their_numbers(tmp_path: Path) -> None:
    text = "FacturaNr;Datum;Debiteur;Naam;Netto;BTW %;Bruto\n1;13-01-2026;100;Jan;100,00;21;121,00\n"
    found = fields(propose_for(tmp_path / "a.csv", text))
    assert (found["Debiteur"], found["Naam"]) == ("", "contact.name")


@pytest.mark.parametrize("name", ["Betrag", "Importe", "Bedrag", "Amount", "Montant", "Importo", "Total"])
def test_an_amount_that_stands_alone_is_asked_for_in_every_language(tmp_path: Path, name: str) -> None:
    text = f"Invoice number;Date;Customer;{name};VAT %\n1;2026-01-13;Ana;119,00;19\n"
    assert f'"{name}": is it' in asked(propose_for(tmp_path / "a.csv", text))


def test_a_word_for_the_kind_and_the_corrected_invoice_are_found(tmp_path: Path) -> None:
    text = (
        "Nº Factura;Fecha;Cliente;Base;% IVA;Total;Tipo;Rectifica a\n1;13/01/2026;Ana;100,00;21;121,00;Factura;\n"
        "2;14/01/2026;Ana;-100,00;21;-121,00;Rectificativa;1\n"
    )
    proposal = propose_for(tmp_path / "a.csv", text)
    assert (fields(proposal)["Tipo"], fields(proposal)["Rectifica a"]) == ("kind", "corrects.number")
    assert proposal.mapping()["kinds"] == {"Factura": "invoice", "Rectificativa": "correction"}


def test_a_row_of_totals_between_invoices_is_seen_and_a_customer_called_total_is_not(tmp_path: Path) -> None:
    text = (
        "Kunde;Nummer;Datum;Artikel;Menge;Preis;Summe\nTotal Energies;R1;13.01.2026;X;2;10,00;20,00\nSumme R1;;;;;;20,00\n"
        "Beta;R2;14.01.2026;Z;1;7,00;7,00\n"
    )
    proposal = propose_for(tmp_path / "a.csv", text)
    assert proposal.mapping()["skip"] == {"Kunde": ["Summe R1"]}
    assert "line 3 looks like a row of totals" in asked(proposal)


def test_what_a_shop_gave_back_is_asked_for(tmp_path: Path) -> None:
    proposal = propose_for(
        tmp_path / "orders.csv",
        "Name,Created at,Billing Name,Lineitem name,Lineitem quantity,Lineitem price,Shipping,Total,Currency,Refunded Amount\n"
        "#1001,2026-03-04,Ana,Gasket,1,10.00,2.00,12.00,EUR,12.00\n"
        "#1002,2026-03-05,Bea,Gasket,2,10.00,2.00,22.00,EUR,0.00\n",
    )
    assert "some orders were refunded; leave them out with [skip]" in asked(proposal)
    assert "this looks like the orders of a shop" in asked(proposal)


@pytest.mark.parametrize(
    ("names", "currency"),
    [
        ("Numer faktury;Data wystawienia;Nabywca;NIP;Netto;Stawka VAT;Brutto", "PLN"),
        ("Nº factura;Fecha factura;Cliente;NIF;Base imponible;% IVA;Total", "EUR"),
    ],
)
def test_a_currency_that_nothing_says_is_that_of_the_language(
    tmp_path: Path, names: str, currency: str
) -> None:
    rows = (
        "F-1;2026-03-04;Acme;5261040828;100,00;23;123,00\nF-2;2026-03-05;Bolt;5252248481;200,00;23;246,00\n"
    )
    proposal = propose_for(tmp_path / "t.csv", f"{names}\n{rows}")
    assert proposal.settings["constants"]["currency"] == currency

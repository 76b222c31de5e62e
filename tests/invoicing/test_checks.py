"""What is known to be wrong with an invoice is refused before it is sent; what the server may know is let through."""

from __future__ import annotations

import datetime
import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import pytest
from attrs import evolve

from b2brouter_async import ArgumentError, B2Brouter
from b2brouter_async.bulk import Document
from b2brouter_async.generated.api.accounts import create as accounts_create
from b2brouter_async.generated.api.accounts import update as accounts_update
from b2brouter_async.generated.api.contacts import create as contacts_create
from b2brouter_async.generated.api.contacts import update as contacts_update
from b2brouter_async.generated.api.invoices import create, update
from b2brouter_async.generated.api.tax_reports import correct as tax_reports_correct
from b2brouter_async.generated.api.tax_reports import create as tax_reports_create
from b2brouter_async.invoicing import Problem, problems_of, unit
from b2brouter_async.models import (
    Account,
    AllowanceChargeInput,
    InvoiceContactInput,
    InvoiceInput,
    InvoiceLineInput,
    TaxInput,
    TaxReportSetting,
)
from b2brouter_async.simulator import ACCOUNTS, Simulator

DAY = datetime.date(2026, 11, 3)
SAMPLES = Path(__file__).parents[2] / "openapi" / "samples"
CONTACT = InvoiceContactInput(name="Ana", tin_value="ESB00000018", country="es")
LINE = InvoiceLineInput(
    price=Decimal(100), quantity=1, taxes_attributes=[TaxInput(name="IVA", category="S", percent=21)]
)


def good(**fields: Any) -> InvoiceInput:
    return InvoiceInput(**{"number": "F-1", "contact": CONTACT, "invoice_lines_attributes": [LINE], **fields})


def taxed(**fields: Any) -> InvoiceInput:
    tax = TaxInput(**{"name": "IVA", "percent": Decimal(21), **fields})
    return good(invoice_lines_attributes=[InvoiceLineInput(price=1, taxes_attributes=[tax])])


def stopping(invoice: Any, **about: Any) -> list[str]:
    return [one.place for one in problems_of(invoice, **about) if one.stops]


def remarks(invoice: InvoiceInput, **about: Any) -> list[str]:
    return [one.place for one in invoice.problems(**about) if not one.stops]


def test_a_usual_invoice_has_no_problem() -> None:
    assert good().problems() == []


@pytest.mark.parametrize("sample", sorted(SAMPLES.glob("request-invoice-*.json")), ids=lambda path: path.stem)
def test_no_request_that_is_known_to_work_is_refused(sample: Path) -> None:
    body = json.loads(sample.read_bytes(), parse_float=Decimal)

    assert stopping(body["invoice"]) == []
    assert stopping(InvoiceInput.from_dict(body["invoice"])) == []
    assert create.OPERATION.request(account=1, **body).problems == ()


# Where the invoice says what it would not be

TAX = "invoice_lines_attributes[0].taxes_attributes[0]"
TWO_AMOUNTS = AllowanceChargeInput(allowance_charge_indicator="allowance", amount=7, percentage=5)


@pytest.mark.parametrize(
    ("invoice", "place", "said"),
    [
        (good(payment_method=30), "payment_method", "for 30 of other formats that is 4 (transfer)"),
        (good(payment_method=48), "payment_method", "none of B2Brouter's own codes"),
        (good(payment_method=49), "payment_method", "that is 2 (direct debit)"),
        (good(payment_method="97"), "payment_method", "that is 14 (compensation)"),
        (good(payment_method=0), "payment_method", "none of B2Brouter's own codes"),
        (good(payment_method=-4), "payment_method", "none of B2Brouter's own codes"),
        (good(currency="€"), "currency", "no code of ISO 4217"),
        (good(currency="Euro"), "currency", "no code of ISO 4217"),
        *(
            (good(number=number), "number", said)
            for number, said in (
                ("  ", "is blank"),
                ("F\x001", "a sign that nobody sees, U+0000"),
                ("F\n1", "U+000A"),
                ("F\u200b1", "U+200B"),
                ("F\u202e1", "U+202E"),
                ("F\ud800", "half a character, U+D800"),
            )
        ),
        *(
            (good(**{name: day}), name, f"is in the year {day.year}; is the year right?")
            for name, day in (
                ("date", datetime.date(26, 3, 4)),
                ("due_date", datetime.date(2206, 3, 4)),
                ("tax_point_date", datetime.date(206, 3, 4)),
                ("invoicing_period_end", datetime.date(1026, 3, 4)),
            )
        ),
        (good(date="0026-03-04"), "date", "is in the year 26"),
        *(
            (good(contact=evolve(CONTACT, country=country)), "contact.country", "is no code of a country")
            for country in ("Spain", "España", "esp", " es", "e", "34", "\uff45\uff53", "\u0435s")
        ),
        (good(delivery_country="Spain"), "delivery_country", "two letters of ISO 3166, for example es"),
        (
            good(invoice_lines_attributes=[evolve(LINE, item_origin_country="China")]),
            "invoice_lines_attributes[0].item_origin_country",
            "'China' is no code of a country",
        ),
        (
            good(invoice_lines_attributes=[evolve(LINE, price=None)]),
            "invoice_lines_attributes[0].price",
            "the line has no price; for what is free pass price=0",
        ),
        (
            good(invoice_lines_attributes=[{"quantity": 2, "price": None, "description": "Gaskets"}]),
            "invoice_lines_attributes[0].price",
            "the line has no price",
        ),
        (
            good(
                invoice_lines_attributes=[
                    evolve(
                        LINE,
                        taxes_attributes=[
                            TaxInput(name=n, percent=p) for n, p in (("IVA", 21), (" iva", Decimal("21.00")))
                        ],
                    )
                ]
            ),
            "invoice_lines_attributes[0].taxes_attributes[1]",
            "is there twice, and would be added twice",
        ),
        (
            good(invoice_lines_attributes=[evolve(LINE, allowance_charges_attributes=[TWO_AMOUNTS])]),
            "invoice_lines_attributes[0].allowance_charges_attributes[0].percentage",
            "which of the two is meant",
        ),
        (
            good(allowance_charges_attributes=[TWO_AMOUNTS]),
            "allowance_charges_attributes[0].percentage",
            "which of the two is meant",
        ),
        (taxed(name=""), f"{TAX}.name", "dropped by the server"),
        (taxed(name="  "), f"{TAX}.name", "dropped by the server"),
        (taxed(percent=Decimal("0.21")), f"{TAX}.percent", "for 21 % pass 21"),
        (taxed(percent=Decimal("0.055")), f"{TAX}.percent", "for 5.5 % pass 5.5"),
        (taxed(percent=2100), f"{TAX}.percent", "no tax is 2100 %"),
        (taxed(name="IRPF", percent=15), f"{TAX}.percent", "its rate negative: pass -15"),
        (taxed(name="I.R.P.F.", percent=15), f"{TAX}.percent", "its rate negative: pass -15"),
        (taxed(name="retención", percent=19), f"{TAX}.percent", "its rate negative: pass -19"),
        (taxed(name="Ritenuta d'acconto", percent=20), f"{TAX}.percent", "its rate negative: pass -20"),
        (taxed(name="irpf", percent=Decimal("-0.15")), f"{TAX}.percent", "for -15 % pass -15"),
        (taxed(category="E", percent=21), f"{TAX}.category", "E charges nothing, and the rate is 21 %"),
        (taxed(category="AE", percent=10), f"{TAX}.category", "AE charges nothing"),
        (
            good(contact=InvoiceContactInput(name="Ana")),
            "contact",
            "needs tin_value (tax number) or cin_value",
        ),
        (
            good(contact=InvoiceContactInput(name="Ana", tin_value=" ", pin_value="0208:1")),
            "contact",
            "pin_value routes the invoice and doesn't identify the party",
        ),
        (
            good(type="ReceivedInvoice", contact={"name": "Ana", "email": "ana@example.com"}),
            "contact",
            "needs tin_value",
        ),
        (
            good(
                allowance_charges_attributes=[
                    AllowanceChargeInput(
                        allowance_charge_indicator="charge",
                        amount=1,
                        apply_taxes=True,
                        tax_attributes={"category": "Z", "percent": 21},
                    )
                ]
            ),
            "allowance_charges_attributes[0].tax_attributes.category",
            "Z charges nothing",
        ),
        (good(additional_properties={"send_after_import": True}), "send_after_import", "beside the invoice"),
        (good(additional_properties={"amended_number": "F-0"}), "amended_number", "use invoice_references="),
        (
            good(additional_properties={"amended_date": None}),
            "amended_date",
            "since 2026-04-20; use invoice_ref",
        ),
        (good(additional_properties={"type_document": "381"}), "type_document", "use type_code"),
    ],
)
def test_what_would_not_be_what_was_meant_stops(invoice: InvoiceInput, place: str, said: str) -> None:
    [problem] = [one for one in invoice.problems() if one.stops]
    assert problem.place == place
    assert said in problem.text
    assert problem in problems_of(invoice)


async def refusal(call: Any) -> ArgumentError:
    with pytest.raises(ArgumentError) as caught:
        await call
    return caught.value


pytestmark = pytest.mark.anyio


def client_of(simulator: Simulator, **settings: Any) -> B2Brouter:
    return B2Brouter(
        simulator.api_key,
        base_url=simulator.base_url,
        http_client=httpx.AsyncClient(transport=simulator.transport()),
        account=ACCOUNTS[0]["id"],
        **settings,
    )


async def test_nothing_is_sent_of_an_invoice_that_stops() -> None:
    simulator = Simulator(limit=None)
    async with client_of(simulator) as client:
        error = await refusal(client.invoices.create(invoice=good(payment_method=30)))
        assert error.argument == "invoice.payment_method"

        twice = good(payment_method=30, contact={"name": "Ana"}, currency="EU")
        text = str(await refusal(client.invoices.create(invoice=twice, on_unknown="reconcile")))
        assert text.startswith("invoice.payment_method: 30 is none of")
        assert "; also invoice.currency: 'EU'" in text
        assert "; also invoice.contact: the other party" in text

        # By the endpoint function, by a dictionary, and by a change of it
        assert "payment_method" in str(await refusal(create.create(client, invoice={"payment_method": 48})))
        assert "payment_method" in str(
            await refusal(client.invoices.update(5, invoice={"payment_method": 48}))
        )
        assert "payment_method" in str(
            await refusal(update.update(client, 5, invoice=good(payment_method=48)))
        )
        assert (await client.invoices.list(limit=1)).total_count == 0


async def test_a_change_says_only_what_changes() -> None:
    """The party of a simplified invoice has no number, and the change doesn't say the type."""
    simulator = Simulator(limit=None)
    async with client_of(simulator) as client:
        ticket = good(type="IssuedSimplifiedInvoice", contact={"name": "Ana"})
        made = await client.invoices.create(invoice=ticket)

        changed = await client.invoices.update(made.id, invoice={"contact": {"name": "Eva"}})

        assert changed is not None
        assert changed.contact is not None
        assert changed.contact.name == "Eva"


async def test_an_older_version_takes_what_it_took() -> None:
    simulator = Simulator(limit=None)
    without_number = good(contact={"name": "Ana", "country": "es"})
    amending = good(number="F-2", is_amend=True, additional_properties={"amended_number": "F-1"})
    async with client_of(simulator, api_version="2026-03-02") as client:
        assert (await client.invoices.create(invoice=without_number)).number == "F-1"
        assert (await client.invoices.create(invoice=amending)).number == "F-2"
    async with client_of(simulator) as client:
        assert "tin_value" in str(await refusal(client.invoices.create(invoice=without_number)))
        assert "invoice_references" in str(await refusal(client.invoices.create(invoice=amending)))
    assert stopping(amending, api_version="2026-03-02") == []
    assert stopping(amending, api_version="2026-06-26") == ["amended_number"]


async def test_an_upload_tells_it_for_each_invoice_and_goes_on(tmp_path: Path) -> None:
    simulator = Simulator(limit=None)
    documents = [
        Document(good(number="F-1", date=DAY).to_dict(), "a"),
        Document(good(number="F-2", date=DAY, payment_method=30), "b"),
    ]
    async with client_of(simulator) as client, client.upload(journal=tmp_path / "run.db") as run:
        kinds = {outcome.source: (outcome.kind, outcome.message or "") async for outcome in run(documents)}

    assert kinds["a"][0] == "created"
    assert kinds["b"][0] == "invalid"
    assert "for 30 of other formats that is 4 (transfer)" in kinds["b"][1]


# What the server may know, and we don't


@pytest.mark.parametrize(
    "invoice",
    [
        *(good(payment_method=code) for code in (1, 2, 4, 5, 8, 15, 19, 54, 58, 59)),
        good(additional_properties={"payment_method": 30}),
        good(payment_method=48, additional_properties={"payment_method": 60}),
        *(good(invoice_lines_attributes=[InvoiceLineInput(price=1, unit=code)]) for code in (1, 7, 9, 250)),
        *(
            taxed(percent=Decimal(rate))
            for rate in ("0.5", "0.9", "0.62", "100", "-100", "1.05", "0", "21.00")
        ),
        taxed(name="Sales Tax", category="X9", percent=Decimal("8.875")),
        taxed(name="IRPF", percent=-15),
        taxed(name="IRPF", percent=0),
        taxed(percent=250, additional_properties={"percent": 250}),
        taxed(category="E", percent=0),
        taxed(category="S", percent=0),
        good(currency="eur"),
        good(currency="XTS"),
        good(contact=InvoiceContactInput(name="Ana", cin_value="1")),
        good(contact=InvoiceContactInput(name="Ana", additional_properties={"siret": "1"})),
        good(contact={"name": "Ana", "additional_properties": {"id": 5}}),
        good(contact=InvoiceContactInput(email="ana@example.com"), contact_id=7),
        good(contact=None, contact_id=7),
        good(contact=None),
        good(contact=InvoiceContactInput(name="Ana"), type="IssuedSimplifiedInvoice"),
        good(contact=InvoiceContactInput(name="Ana"), type="SelfBilledInvoice"),
        good(type="Brand new", additional_properties={"brand_new": {"ack": 1}}),
        good(invoice_lines_attributes=[]),
        InvoiceInput(),
    ],
)
def test_what_may_be_right_is_let_through(invoice: InvoiceInput) -> None:
    assert stopping(invoice) == []


# What codecs and keys refuse says the way out


@pytest.mark.parametrize(
    ("invoice", "said"),
    [
        ({"send_after_import": True}, "invoice: send_after_import: it stands beside the invoice"),
        ({"ack": True}, "pass create(invoice=…, ack=…)"),
        ({"amended_number": "F-0"}, 'use invoice_references=[{"number": …}]'),
        ({"payment_method": "MP05"}, "for MP05 of other formats that is 4 (transfer)"),
        ({"payment_method": "ZZZ"}, "expected int, got str; 'ZZZ' is none of B2Brouter's own codes; known"),
        ({"invoice_lines_attributes": [{"unit": "C62"}]}, "numbers; C62 of UN/ECE is 1: 1 units, 2 hours"),
        ({"invoice_lines_attributes": [{"unit": "MTR"}]}, "units are B2Brouter's own numbers: 1 units"),
        (
            {"invoice_lines_attributes": [{"taxes_attributes": [{"percent": 21}]}]},
            "a value is required; a tax without a name",
        ),
        (
            {"invoice_lines_attributes": [{"taxes_attributes": [{"name": None, "percent": 21}]}]},
            "dropped by the server",
        ),
        (InvoiceInput(payment_method="transfer"), "InvoiceInput.payment_method: expected int"),  # type: ignore[arg-type]
        (
            InvoiceInput(invoice_lines_attributes=[InvoiceLineInput(unit="HUR")]),  # type: ignore[arg-type]
            "InvoiceLineInput.unit: expected int, got str; units are B2Brouter's own numbers; HUR of UN/ECE is 2",
        ),
    ],
)
def test_a_value_that_does_not_fit_says_what_would(invoice: Any, said: str) -> None:
    with pytest.raises(ArgumentError) as caught:
        create.OPERATION.request(account=1, invoice=invoice)
    assert said in str(caught.value)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("send_after_import", "it stands beside the invoice"),
        ("amended_reason", "since 2026-04-20; use invoice_references"),
        ("type_document", "since 2026-03-02; use type_code"),
        ("nummer", "did you mean 'number'?"),
    ],
)
def test_an_argument_that_no_invoice_has_says_what_was_meant(name: str, said: str) -> None:
    fields: dict[str, Any] = {name: "x"}
    with pytest.raises(TypeError, match="got an unexpected keyword argument") as caught:
        InvoiceInput(**fields)
    assert said in str(caught.value)


def test_foreign_text_is_told_the_same() -> None:
    with pytest.raises(ArgumentError, match="send_after_import: it stands beside the invoice"):
        InvoiceInput.from_json('{"send_after_import": true}')


# What is worth a look


@pytest.mark.parametrize(
    ("invoice", "place"),
    [
        (good(invoice_lines_attributes=None), "invoice_lines_attributes"),
        (good(is_amend=True), "invoice_references"),
        (good(invoice_lines_attributes=[InvoiceLineInput(price=-1)]), "is_credit_note"),
        (taxed(percent=0, category="S"), f"{TAX}.category"),
        (taxed(percent=0), f"{TAX}.category"),
        (taxed(percent=0, category="E"), f"{TAX}.comment"),
        (good(contact_id=7, contact=None, type="IssuedSimplifiedInvoice"), "contact_id"),
        (
            good(contact=InvoiceContactInput(name="A", tin_value="1", country="FR")),
            "contact.document_type_code",
        ),
        (
            good(
                allowance_charges_attributes=[
                    AllowanceChargeInput(allowance_charge_indicator="allowance", amount=-1)
                ]
            ),
            "allowance_charges_attributes[0].amount",
        ),
        (
            good(allowance_charges_attributes=[AllowanceChargeInput(allowance_charge_indicator="charge")]),
            "allowance_charges_attributes[0].amount",
        ),
        (
            good(
                allowance_charges_attributes=[
                    AllowanceChargeInput(
                        allowance_charge_indicator="charge",
                        amount=1,
                        tax_attributes={"name": "IVA", "percent": 21},
                    )
                ]
            ),
            "allowance_charges_attributes[0].apply_taxes",
        ),
        (
            good(allowance_charges_attributes=[AllowanceChargeInput(amount=1)]),
            "allowance_charges_attributes[0].allowance_charge_indicator",
        ),
        (good(total_amount_due=Decimal("99.00")), "total_amount_due"),
        (
            good(invoice_lines_attributes=[evolve(LINE, extension_amount=Decimal("99.00"))]),
            "invoice_lines_attributes[0].extension_amount",
        ),
    ],
)
def test_what_makes_somebody_wonder_is_told_and_sent(invoice: InvoiceInput, place: str) -> None:
    assert remarks(invoice) == [place]
    assert stopping(invoice) == []


# What has to be known of the account

FRENCH = Account(id=1, country="fr")
DGFIP = TaxReportSetting(code="dgfip", enabled=True)
WORDS = {"remittance_information": "R", "payment_method_text": "Virement", "payment_terms": "30 jours"}


def test_an_account_that_reports_to_the_dgfip_needs_three_texts() -> None:
    assert stopping(good(), account=FRENCH, settings=[DGFIP]) == [*WORDS]
    assert stopping(good(payment_terms="30 jours"), account=FRENCH, settings=[DGFIP]) == [*WORDS][:2]
    assert good(**WORDS).problems(account=FRENCH, settings=[DGFIP]) == []


def test_a_french_account_of_which_no_setting_is_known_is_told() -> None:
    assert remarks(good(), account=FRENCH) == [*WORDS]


@pytest.mark.parametrize(
    ("invoice", "account", "settings"),
    [
        (good(), Account(id=1, country="es"), [DGFIP]),
        (good(), FRENCH, []),
        (good(), FRENCH, [TaxReportSetting(code="verifactu")]),
        (good(), FRENCH, [TaxReportSetting(code="dgfip", enabled=False)]),
        (good(type="IssuedSimplifiedInvoice"), FRENCH, [DGFIP]),
        (good(type="ReceivedInvoice"), FRENCH, [DGFIP]),
    ],
)
def test_nobody_else_needs_them(invoice: InvoiceInput, account: Account, settings: list[Any]) -> None:
    assert invoice.problems(account=account, settings=settings) == []


def test_units_translate_both_ways() -> None:
    assert [unit(ubl=code).code for code in ("C62", "h87", "EA", "HUR", "KGM", "LTR", "DAY", "XBX")] == [
        1, 1, 1, 2, 3, 4, 5, 7,
    ]  # fmt: skip
    assert (unit(2).ubl, unit(facturae=1).code, unit(facturae="02").code) == ("HUR", 1, 2)
    mistakes: list[dict[str, Any]] = [{}, {"ubl": "MTR"}, {"code": 9}, {"code": 1, "ubl": "C62"}]
    for given in mistakes:
        with pytest.raises(ArgumentError):
            unit(**given)


def test_a_problem_reads_as_a_sentence() -> None:
    assert str(Problem("payment_method", "no code")) == "payment_method: no code"
    assert str(Problem("", "no code")) == "no code"


@pytest.mark.parametrize("number", ["N/A", "000", "-", "unknown"])
def test_a_number_that_nobody_has_is_told(number: str) -> None:
    assert "contact.tin_value" in remarks(good(contact=InvoiceContactInput(name="Ana", tin_value=number)))
    assert "contact.tin_value" not in remarks(good())


@pytest.mark.parametrize("percent", ["NaN", "-NaN", "sNaN", "Infinity"])
def test_a_rate_that_is_no_number_is_told_as_a_problem(percent: str) -> None:
    tax = TaxInput(name="IVA", percent=Decimal(percent))
    invoice = InvoiceInput(
        number="F-1",
        contact_id=7,
        invoice_lines_attributes=[InvoiceLineInput(price=1, taxes_attributes=[tax])],
    )

    for given in (
        invoice,
        {"number": "F-1", "invoice_lines_attributes": [{"price": 1, "taxes_attributes": [tax]}]},
    ):
        told = "; ".join(map(str, problems_of(given)))
        assert f"{Decimal(percent)} is not an amount" in told


@pytest.mark.parametrize("name", ["IVA", "tva", "VAT"])
def test_a_negative_rate_of_what_is_never_withheld_is_told(name: str) -> None:
    assert remarks(taxed(name=name, percent=Decimal(-21))) == [
        "invoice_lines_attributes[0].taxes_attributes[0].percent"
    ]


@pytest.mark.parametrize(("base", "does"), [(0, "counts as 1"), (-2, "turns the sign")])
def test_a_price_for_no_units_or_fewer_is_told(base: int, does: str) -> None:
    tax = TaxInput(name="IVA", category="S", percent=21)
    line = InvoiceLineInput(price=1, base_quantity=base, taxes_attributes=[tax])

    told = "; ".join(map(str, problems_of(good(invoice_lines_attributes=[line]))))

    assert f"base_quantity: the price is for so many units, and {base} {does}" in told


@pytest.mark.parametrize(
    "fine",
    [
        good(number=""),
        good(date=datetime.date(1999, 12, 31), due_date=datetime.date(2099, 1, 1)),
        good(contact=evolve(CONTACT, country="ES"), delivery_country="PT"),
        good(contact=evolve(CONTACT, country="")),
        good(invoice_lines_attributes=[LINE, InvoiceLineInput(description="Delivered on Monday")]),
        good(invoice_lines_attributes=[evolve(LINE, price=0)]),
        good(invoice_lines_attributes=[evolve(LINE, price=None, extension_amount=3)]),
        good(
            invoice_lines_attributes=[
                evolve(
                    LINE,
                    taxes_attributes=[
                        TaxInput(name="IVA", percent=21),
                        TaxInput(name="RE", percent=Decimal("5.2")),
                        TaxInput(name="IRPF", percent=-15),
                    ],
                )
            ]
        ),
    ],
)
def test_what_may_be_meant_so_is_let_through(fine: InvoiceInput) -> None:
    assert stopping(fine) == []


def test_a_change_names_no_price_where_it_changes_none() -> None:
    line = {"id": 7, "quantity": 3}
    assert update.OPERATION.request(invoice_id=5, invoice={"invoice_lines_attributes": [line]}).problems == ()


ACME = {
    "name": "Acme",
    "address": "Calle 1",
    "city": "Madrid",
    "postalcode": "28001",
    "email": "a@acme.example",
}


@pytest.mark.parametrize(("key", "wrong"), [("country", "Spain"), ("country", "esp"), ("currency", "€")])
def test_contacts_and_accounts_name_their_country_and_currency_by_codes(key: str, wrong: str) -> None:
    requests = (
        ("contact", contacts_create.OPERATION.request(account=1, contact={"name": "Ana", key: wrong})),
        ("contact", contacts_update.OPERATION.request(contact_id=7, contact={key: wrong})),
        ("details", accounts_create.OPERATION.request(details={**ACME, key: wrong})),
        ("details", accounts_update.OPERATION.request(account=1, details={key: wrong})),
    )
    for argument, request in requests:
        assert [(one.place, one.stops) for one in request.problems] == [(f"{argument}.{key}", True)]


def test_a_tax_report_names_its_customers_country_by_a_code() -> None:
    report = {"type": "Verifactu", "customer_party_country": "Spain"}
    for request in (
        tax_reports_create.OPERATION.request(account=1, tax_report=report),
        tax_reports_correct.OPERATION.request(tax_report_id=5, tax_report=report),
    ):
        assert [one.place for one in request.problems] == ["tax_report.customer_party_country"]


@pytest.mark.parametrize(("percent", "said"), [("0.21", "for 21 % pass 21"), ("2100", "no tax is 2100 %")])
def test_a_tax_report_has_no_rate_that_no_tax_has(percent: str, said: str) -> None:
    report = {"type": "Verifactu", "tax_breakdowns": [{"name": "IVA", "percent": Decimal(percent)}]}
    [problem] = tax_reports_create.OPERATION.request(account=1, tax_report=report).problems
    assert (problem.place, problem.stops) == ("tax_report.tax_breakdowns[0].percent", True)
    assert said in problem.text


def test_a_right_code_of_a_country_is_taken_in_either_case() -> None:
    for country in ("ES", "es"):
        assert contacts_update.OPERATION.request(contact_id=7, contact={"country": country}).problems == ()
        assert accounts_create.OPERATION.request(details={**ACME, "country": country}).problems == ()


@pytest.mark.parametrize(
    ("invoice", "place", "said"),
    [
        ({"prize": 1}, "prize", "no such key"),
        (
            {"invoice_lines_attributes": [{"quantity": 1, "prize": 1}]},
            "invoice_lines_attributes[0].prize",
            "did you mean 'price'",
        ),
    ],
)
def test_a_misspelt_key_of_a_dictionary_stops_it(invoice: Any, place: str, said: str) -> None:
    [first, *_] = [one for one in problems_of(invoice) if one.place == place]
    assert first.stops
    assert said in first.text


def test_what_is_no_invoice_is_told() -> None:
    with pytest.raises(ArgumentError, match="invoice: expected InvoiceInput or a dictionary, got NoneType"):
        problems_of(None)  # type: ignore[arg-type]

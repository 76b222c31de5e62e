"""What a comparison of an invoice that was sent with one on the server shows."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from b2brouter_async._reconcile.compare import compare_invoice, same_amount
from b2brouter_async.generated.models.invoice import Invoice

TAX = {"name": "IVA", "category": "S", "percent": 21}
LINE = {"description": "Desk lamp", "quantity": 2, "price": 50, "taxes_attributes": [TAX]}
SENT: dict[str, Any] = {
    "number": "J-1",
    "date": "2026-03-02",
    "due_date": "2026-04-01",
    "currency": "EUR",
    "contact": {"name": "Compras de Muestra, S.A.", "tin_value": "ESB12345674", "tin_scheme": 9920},
    "payment_method": 4,
    "invoice_lines_attributes": [LINE, {**LINE, "description": "Chair", "price": Decimal("19.90")}],
}
SHOWN_LINE = {
    "description": "Desk lamp",
    "quantity": Decimal("2.0"),
    "price": Decimal("50.00"),
    "base_quantity": 1,
    "total_cost": Decimal(100),
    "extension_amount": Decimal(100),
    "position": 1,
    "taxes": [{"name": "IVA 21,00%", "category": "S", "percent": Decimal("21.0"), "comment": None}],
    "allowance_charges": [],
    "notes": None,
}
CHAIR = {**SHOWN_LINE, "description": "Chair", "price": Decimal("19.9"), "extension_amount": Decimal("39.80")}
SHOWN: dict[str, Any] = {
    "id": 1,
    "type": "IssuedInvoice",
    "number": "J-1",
    "state": "new",
    "date": "2026-03-02",
    "due_date": "2026-04-01",
    "currency": "EUR",
    "contact": {
        "id": 5,
        "name": "Compras de Muestra, S.A.",
        "tin_value": "B-12345674",
        "tin_scheme": "9920",
        "city": "Bilbao",
    },
    "payment_method": "4",
    "payments_on_account": 0,
    "is_credit_note": False,
    "invoice_references": [],
    "lines": [SHOWN_LINE, CHAIR],
    "total": Decimal("169.16"),
    "total_amount_due": Decimal("169.16"),
    "extra_info": None,
}
USUAL = {"type": "IssuedInvoice"}


def compared(sent: dict[str, Any] | None = None, known: Decimal | None = None, **changes: Any) -> Any:
    return compare_invoice(
        {**SENT, **(sent or {})}, Invoice.from_dict({**SHOWN, **changes}), total=known, usual=USUAL
    )


def test_what_was_sent_is_the_same_however_the_server_spells_it() -> None:
    assert compared().complete
    assert compared(lines=[CHAIR, SHOWN_LINE]).complete
    assert compared(known=Decimal("169.160")).complete


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"date": "2026-03-03"}, "date is 2026-03-02 here and 2026-03-03 there"),
        ({"due_date": None}, "due_date is 2026-04-01 here and nothing there"),
        ({"currency": "USD"}, "currency is EUR here and USD there"),
        ({"payment_method": 2}, "payment_method is 4 here and 2 there"),
        ({"contact": {**SHOWN["contact"], "tin_value": "ESB99999999"}}, "tin_value is ESB12345674 here"),
        (
            {"contact": {**SHOWN["contact"], "name": "Somebody"}},
            "contact.name is Compras de Muestra, S.A. here",
        ),
        ({"contact": None}, "contact is (name Compras"),
        ({"lines": None}, "and 1 more here and nothing there"),
        ({"lines": [SHOWN_LINE]}, "invoice_lines_attributes[1] is (description Chair"),
        ({"lines": [SHOWN_LINE, CHAIR, CHAIR]}, "invoice_lines_attributes is nothing here"),
        ({"lines": [SHOWN_LINE, {**CHAIR, "price": 20}]}, "[1].price is 19.90 here and 20 there"),
        ({"lines": [SHOWN_LINE, {**CHAIR, "taxes": []}]}, "[1].taxes_attributes[0] is (name IVA"),
    ],
)
def test_what_is_shown_otherwise_or_empty_is_a_difference_that_names_both_sides(
    changes: dict[str, Any], named: str
) -> None:
    found = compared(**changes)
    assert not found.equal
    assert named in str(found)


def test_a_tax_of_another_rate_is_a_difference() -> None:
    cheaper = [{**SHOWN_LINE["taxes"][0], "name": "IVA 4,00%", "percent": 4}]  # type: ignore[index]
    found = compared(lines=[{**SHOWN_LINE, "taxes": cheaper}, CHAIR])
    assert "taxes_attributes[0].percent is 21 here and 4 there" in found.differences[0]


def test_a_known_total_that_differs_is_a_difference() -> None:
    assert compared(known=Decimal("169.17")).differences == ("total is 169.17 here and 169.16 there",)


@pytest.mark.parametrize(
    "changes",
    [
        {"extra_info": "Second copy"},
        {"language": "ca"},
        {"payments_on_account": 10, "total_amount_due": Decimal("159.16")},
        {"total_amount_due": Decimal("100.00")},
        {"allowance_charges": [{"allowance_charge_indicator": "allowance", "amount": 10}]},
        {"lines": [{**SHOWN_LINE, "notes": "blue"}, CHAIR]},
        {"lines": [{**SHOWN_LINE, "extension_amount": Decimal("90.00")}, CHAIR]},
        {"lines": [{**SHOWN_LINE, "taxes": [*SHOWN_LINE["taxes"], {"name": "RE", "percent": 5}]}, CHAIR]},  # type: ignore[misc]
    ],
)
def test_what_is_there_and_was_not_sent_is_named_and_no_difference(changes: dict[str, Any]) -> None:
    found = compared(**changes)
    assert found.equal
    assert not found.complete
    assert len(found.added) == 1
    assert "not sent, and on the server" in str(found)


def test_a_sum_that_follows_from_an_added_tax_is_told_with_it() -> None:
    exempt = {"description": "Advice", "quantity": 1, "price": 810}
    added = {**SHOWN_LINE, **exempt, "extension_amount": 810, "taxes": [{"name": "IVA", "percent": 20}]}
    found = compared(
        {"invoice_lines_attributes": [exempt]}, Decimal(810), lines=[added], total=972, total_amount_due=972
    )
    assert found.equal
    assert "IVA" in str(found)
    assert "total is 810 here and 972 there" in str(found)


@pytest.mark.parametrize("shown", ["972.00", "170.00"])
def test_a_sum_that_does_not_follow_from_what_was_sent_is_told(shown: str) -> None:
    """An account that adds a tax to the whole, and shows it with no line."""
    found = compared(total=Decimal(shown), total_amount_due=Decimal(shown))
    assert found.added == (f"total is 169.16 here and {shown} there",)


@pytest.mark.parametrize("shown", ["169.15", "169.18"])
def test_a_sum_that_is_rounded_otherwise_follows_from_what_was_sent(shown: str) -> None:
    assert compared(total=Decimal(shown), total_amount_due=Decimal(shown)).complete


def test_a_known_total_that_is_not_shown_proves_nothing() -> None:
    assert compared(known=Decimal("169.16"), total=None).unseen == ("total",)


def test_what_no_reply_shows_makes_the_comparison_incomplete_and_what_one_lacks_proves_nothing() -> None:
    hidden = compared({"delivery_city": "Bilbao", "reminder_for_payment": False})
    assert hidden.equal
    assert hidden.hidden == ("delivery_city", "reminder_for_payment")
    without = {name: value for name, value in SHOWN.items() if name != "due_date"}
    unseen = compare_invoice(SENT, Invoice.from_dict(without), usual=USUAL)
    assert (unseen.equal, unseen.unseen) == (False, ("due_date",))


def test_a_contact_that_is_sent_by_its_id_is_compared_by_it() -> None:
    by_id = {name: value for name, value in SENT.items() if name != "contact"}
    for number, same in ((5, True), ("5", True), (6, False)):
        found = compare_invoice({**by_id, "contact_id": number}, Invoice.from_dict(SHOWN), usual=USUAL)
        assert found.complete is same


def test_a_party_without_a_tax_number_is_not_one_that_has_one() -> None:
    found = compared({"contact": {"name": "Compras de Muestra, S.A."}})
    assert found.equal
    assert any("tin_value" in one for one in found.added)


def test_the_lines_of_a_very_long_invoice_are_compared_in_the_order_they_came() -> None:
    sent = [{**LINE, "description": f"Line {n}"} for n in range(3000)]
    shown = [{**SHOWN_LINE, "description": f"Line {n}"} for n in range(3000)]
    sums = {"total": 363_000, "total_amount_due": 363_000}
    assert compare_invoice(
        {**SENT, "invoice_lines_attributes": sent},
        Invoice.from_dict({**SHOWN, "lines": shown, **sums}),
        usual=USUAL,
    ).complete
    assert not compared({"invoice_lines_attributes": sent}, lines=shown[::-1]).equal


def test_amounts_are_compared_by_value_and_those_of_credit_notes_without_sign() -> None:
    assert same_amount(Decimal("121.00"), Decimal(121))
    assert not same_amount(Decimal("121.00"), Decimal("121.01"))
    assert not same_amount(Decimal(-121), Decimal(121))
    assert same_amount(Decimal(-121), Decimal(121), credit=True)

"""What an invoice comes to: exact, in the account's rounding, and what the simulator makes of the same request."""

from __future__ import annotations

import decimal
from decimal import Decimal
from fractions import Fraction
from typing import Any

import httpx
import pytest
from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st

from b2brouter_async import ArgumentError, B2Brouter
from b2brouter_async.invoicing import Rounding, Totals, totals_of
from b2brouter_async.invoicing.keys import KEYS
from b2brouter_async.invoicing.rounding import METHODS
from b2brouter_async.models import (
    Account,
    AllowanceChargeInput,
    AllowanceChargeTaxInput,
    InvoiceInput,
    InvoiceLineInput,
    TaxInput,
)
from b2brouter_async.simulator import ACCOUNTS, Simulator

IVA = TaxInput(name="IVA", category="S", percent=21)


def invoice(*lines: InvoiceLineInput, **fields: Any) -> InvoiceInput:
    return InvoiceInput(number="T-1", invoice_lines_attributes=list(lines), **fields)


def line(price: str, quantity: str = "1", *taxes: TaxInput, **fields: Any) -> InvoiceLineInput:
    return InvoiceLineInput(
        price=Decimal(price), quantity=Decimal(quantity), taxes_attributes=list(taxes) or [IVA], **fields
    )


def of(*values: int | str | Decimal) -> list[Decimal]:
    return [Decimal(one) for one in values]


def allowance(**fields: Any) -> AllowanceChargeInput:
    return AllowanceChargeInput(allowance_charge_indicator="allowance", **fields)


def charge(**fields: Any) -> AllowanceChargeInput:
    return AllowanceChargeInput(allowance_charge_indicator="charge", **fields)


def test_a_line_with_a_tax() -> None:
    found = invoice(line("49.90", "2")).totals()

    assert (found.lines, found.net, found.tax, found.total, found.payable) == (
        Decimal("99.80"),
        Decimal("99.80"),
        Decimal("20.96"),
        Decimal("120.76"),
        Decimal("120.76"),
    )
    [tax] = found.taxes
    assert (tax.name, tax.percent, tax.category, tax.base, tax.amount) == (
        "IVA",
        Decimal(21),
        "S",
        Decimal("99.80"),
        Decimal("20.96"),
    )


def test_a_tax_is_rounded_once_for_all_lines_of_its_rate() -> None:
    """0.07 times 21 % is 0.0147 a line; three lines are 0.0441, not 0.03."""
    lines = [line("0.07")] * 3

    assert invoice(*lines).totals().tax == Decimal("0.04")
    assert invoice(*lines).totals(Rounding(apply_taxes_per_line=True)).tax == Decimal("0.03")


def test_lines_are_rounded_before_they_are_added_up_where_the_account_says_so() -> None:
    lines = [line("0.335"), line("0.335"), line("0.335")]

    assert invoice(*lines).totals().net == Decimal("1.01")
    assert invoice(*lines).totals(Rounding(round_before_sum=True)).net == Decimal("1.02")


@pytest.mark.parametrize(
    ("method", "up", "down"),
    [
        ("half_up", "0.01", "-0.01"),
        ("half_down", "0.00", "0.00"),
        ("half_even", "0.00", "0.00"),
        ("up", "0.01", "-0.01"),
        ("down", "0.00", "0.00"),
        ("truncate", "0.00", "0.00"),
    ],
)
def test_half_a_cent_goes_the_accounts_way(method: Any, up: str, down: str) -> None:
    how = Rounding(rounding_method=method)

    assert invoice(line("0.005")).totals(how).net == Decimal(up)
    assert invoice(line("-0.005")).totals(how).net == Decimal(down)


def test_an_account_says_how_it_rounds() -> None:
    account = Account.from_dict(
        {"id": 1, "rounding_method": "half_even", "round_before_sum": True, "apply_taxes_per_line": None}
    )

    assert Rounding.of(account) == Rounding(rounding_method="half_even", round_before_sum=True)
    assert invoice(line("0.335"), line("0.335")).totals(rounding=account).net == Decimal("0.68")
    assert Rounding.of(Account(id=1)) == Rounding()


def test_a_way_of_rounding_that_nobody_knows_is_refused() -> None:
    account = Account(id=1, rounding_method="to_five_cents")

    with pytest.raises(
        ArgumentError, match="rounding_method: 'to_five_cents' is no way of rounding that is known"
    ):
        invoice(line("1")).totals(rounding=account)


def test_a_price_for_several_units() -> None:
    assert invoice(line("12.50", "100", base_quantity=10)).totals().net == Decimal("125.00")
    assert invoice(line("10", "1", base_quantity=0)).totals().net == Decimal("10.00")


def test_thirds_add_up_to_a_whole() -> None:
    """Each is 0.001666…; three are half a cent, which goes up."""
    thirds = [line("0.005", "1", base_quantity=3)] * 3

    assert invoice(*thirds).totals().net == Decimal("0.01")


def test_allowances_and_charges_of_a_line_are_reckoned_on_its_price() -> None:
    ten = allowance(percentage=10)
    packing = charge(amount=Decimal("1.50"))

    found = invoice(line("100", "1", allowance_charges_attributes=[ten, packing, ten])).totals()

    assert found.net == Decimal("81.50")
    assert [found.allowances, found.charges] == of(0, 0)


def test_a_net_amount_that_is_given_is_taken_as_it_is() -> None:
    given = line(
        "3.333", "3", extension_amount=Decimal("10.00"), allowance_charges_attributes=[allowance(amount=1)]
    )

    assert invoice(given).totals().net == Decimal("10.00")


def test_allowances_and_charges_of_the_whole_document() -> None:
    tax = AllowanceChargeTaxInput(category="S", percent=21)
    found = invoice(
        line("100"),
        line("50", "1", TaxInput(name="IVA", category="AA", percent=10)),
        allowance_charges_attributes=[
            allowance(percentage=10, apply_taxes=True, tax_attributes=tax),
            charge(amount=5),
        ],
    ).totals()

    assert [found.lines, found.allowances, found.charges, found.net] == of(150, 15, 5, 140)
    assert [one.name for one in found.taxes] == ["IVA", "IVA"]
    assert [[one.percent, one.base, one.amount] for one in found.taxes] == [
        of(21, 85, "17.85"),
        of(10, 50, 5),
    ]


def test_a_withholding_is_taken_off_and_told_apart() -> None:
    found = invoice(line("1500", "1", IVA, TaxInput(name="IRPF", percent=-15))).totals()

    assert [found.tax, found.withheld, found.before_withholding, found.total] == of(315, -225, 1815, 1590)


def test_what_was_paid_held_back_and_adjusted_is_left_out_of_what_is_to_pay() -> None:
    found = invoice(
        line("100"), payments_on_account=Decimal("21.00"), amounts_withheld=5, adjustment_in_cents=-2
    ).totals()

    assert [found.total, found.prepaid, found.retained, found.adjustment, found.payable] == of(
        121, 21, 5, "-0.02", "94.98"
    )


def test_what_is_to_pay_is_not_known_where_a_percentage_is_held_back() -> None:
    found = invoice(line("100"), withheld_percent=5).totals()

    assert found.total == 121
    assert found.retained is None
    assert found.payable is None


def test_a_line_that_is_removed_does_not_count() -> None:
    assert invoice(line("100"), InvoiceLineInput(id=7, destroy=1, price=5)).totals().net == 100


def test_a_tax_that_the_server_drops_is_not_counted() -> None:
    assert (
        totals_of({"invoice_lines_attributes": [{"price": 100, "taxes_attributes": [{"percent": 21}]}]}).total
        == 100
    )


def test_an_allowance_that_does_not_say_which_way_it_goes_is_refused() -> None:
    with pytest.raises(ArgumentError, match="which way the amount goes is not guessed") as caught:
        invoice(
            line("100"), line("1", allowance_charges_attributes=[AllowanceChargeInput(amount=1)])
        ).totals()

    assert caught.value.argument == (
        "invoice_lines_attributes[1].allowance_charges_attributes[0].allowance_charge_indicator"
    )


@pytest.mark.parametrize(
    ("price", "said"),
    [
        (1.5, r"a float can't hold an amount exactly; pass Decimal\('1\.5'\)"),
        (True, "got bool"),
        ("10.50", r"got str; pass Decimal\('10\.50'\)"),
        *(
            (text, "is no amount beyond doubt; pass Decimal, with a point and nothing between thousands")
            for text in ("five", "1,000", "1.234,50", "1_000", "1e3", " 1", "١٢", "10 €", "")
        ),
        (Decimal("1E+999999999"), "beyond any amount"),
        (Decimal("1E-999999"), "beyond any amount"),
        (Decimal("NaN"), "NaN is not an amount"),
        (Decimal("-Infinity"), "-Infinity is not an amount"),
    ],
)
def test_what_is_no_amount_is_refused_with_its_place(price: Any, said: str) -> None:
    with pytest.raises(ArgumentError, match=said) as caught:
        totals_of({"invoice_lines_attributes": [{}, {"price": price}]})

    assert caught.value.argument == "invoice_lines_attributes[1].price"


def test_no_digit_of_a_large_invoice_is_lost() -> None:
    found = invoice(*[line("9999999999999999999999999999999.99")] * 3).totals()

    assert str(found.net) == "29999999999999999999999999999999.97"
    assert str(found.total) == "36299999999999999999999999999999.96"
    assert str(found.tax) == "6299999999999999999999999999999.99"


# The simulator works the same out in its own way.

cents = st.integers(-10_000, 10_000).map(lambda value: Decimal(value).scaleb(-2))
prices = st.one_of(
    cents,
    st.integers(-20_000, 20_000).map(lambda value: Decimal(value).scaleb(-4)),
    st.sampled_from([Decimal("0.005"), Decimal("0.015"), Decimal("-0.005"), Decimal("1.00500")]),
)
quantities = st.one_of(st.integers(-5, 50).map(Decimal), st.sampled_from([Decimal("0.333"), Decimal("1.5")]))
rates = st.sampled_from(
    [
        ("IVA", "S", Decimal(21)),
        ("IVA", "AA", Decimal(10)),
        ("IVA", "E", Decimal(0)),
        ("RE", None, Decimal("5.2")),
        ("IRPF", None, Decimal(-15)),
    ]
)
taxes = rates.map(lambda rate: TaxInput(name=rate[0], category=rate[1], percent=rate[2], comment="E1"))
indicators = st.sampled_from(["allowance", "charge"])


@st.composite
def extras(draw: st.DrawFn, *, whole: bool) -> AllowanceChargeInput:
    by_amount = draw(st.booleans())
    tax = draw(rates)
    return AllowanceChargeInput(
        allowance_charge_indicator=draw(indicators),
        amount=draw(cents) if by_amount else None,
        percentage=None if by_amount else draw(st.integers(0, 100)),
        apply_taxes=draw(st.booleans()) if whole else None,
        tax_attributes=AllowanceChargeTaxInput(
            name=draw(st.sampled_from([None, tax[0]])), category=tax[1], percent=tax[2]
        )
        if whole
        else None,
    )


lines = st.builds(
    InvoiceLineInput,
    price=prices,
    quantity=st.none() | quantities,
    base_quantity=st.none() | st.sampled_from([Decimal(1), Decimal(3), Decimal(7), Decimal(10)]),
    extension_amount=st.none() | st.none() | cents,
    taxes_attributes=st.lists(taxes, max_size=3),
    allowance_charges_attributes=st.none() | st.lists(extras(whole=False), max_size=2),
)
invoices = st.builds(
    InvoiceInput,
    date=st.none(),
    invoice_lines_attributes=st.lists(lines, min_size=1, max_size=6),
    allowance_charges_attributes=st.none() | st.lists(extras(whole=True), max_size=3),
    payments_on_account=st.none() | cents,
    amounts_withheld=st.none() | cents,
    adjustment_in_cents=st.none() | st.integers(-99, 99),
)
roundings = st.builds(
    Rounding,
    rounding_method=st.sampled_from(METHODS),
    round_before_sum=st.booleans(),
    apply_taxes_per_line=st.booleans(),
)


def reference(made: InvoiceInput, how: Rounding) -> Fraction:
    """The total, in fractions alone, written once more."""
    modes = {
        "half_up": decimal.ROUND_HALF_UP,
        "half_down": decimal.ROUND_HALF_DOWN,
        "half_even": decimal.ROUND_HALF_EVEN,
        "up": decimal.ROUND_UP,
        "down": decimal.ROUND_DOWN,
        "truncate": decimal.ROUND_DOWN,
    }
    wide = decimal.Context(prec=200)

    def cent(value: Fraction) -> Fraction:
        shown = wide.divide(Decimal(value.numerator), Decimal(value.denominator))
        return Fraction(shown.quantize(Decimal("0.01"), rounding=modes[how.rounding_method], context=wide))

    def extra(one: Any, base: Fraction) -> Fraction:
        amount = Fraction(one.amount) if one.amount is not None else base * Fraction(one.percentage) / 100
        return amount if one.allowance_charge_indicator == "charge" else -amount

    net, groups = Fraction(0), dict[Any, list[Fraction]]()
    for one in made.invoice_lines_attributes or ():
        assert isinstance(one, InvoiceLineInput)
        amount = Fraction(1 if one.quantity is None else one.quantity) * Fraction(one.price or 0)
        amount /= Fraction(one.base_quantity or 1)
        amount += sum(extra(each, amount) for each in one.allowance_charges_attributes or ())
        if one.extension_amount is not None:
            amount = Fraction(one.extension_amount)
        amount = cent(amount) if how.round_before_sum else amount
        net += amount
        for tax in one.taxes_attributes or ():
            assert isinstance(tax, TaxInput)
            groups.setdefault((tax.name, tax.category, tax.percent), []).append(amount)
    names = {key[1:]: key[0] for key in groups}
    whole = net
    for each in made.allowance_charges_attributes or ():
        assert isinstance(each, AllowanceChargeInput)
        amount = extra(each, whole)
        net += amount
        if each.apply_taxes and isinstance(each.tax_attributes, AllowanceChargeTaxInput):
            tax_of = each.tax_attributes
            name = tax_of.name or names.get((tax_of.category, tax_of.percent), "")
            groups.setdefault((name, tax_of.category, tax_of.percent), []).append(amount)
    total = cent(net)
    for (_, _, percent), bases in groups.items():
        parts = [base * Fraction(percent) / 100 for base in bases]
        total += sum(map(cent, parts)) if how.apply_taxes_per_line else cent(sum(parts, Fraction(0)))
    return total


@given(invoices, roundings)
def test_every_total_is_what_fractions_make_of_it(made: InvoiceInput, how: Rounding) -> None:
    assert Fraction(made.totals(how).total) == reference(made, how)


@settings(max_examples=60, deadline=None)
@given(made=invoices, how=roundings)
def test_the_simulator_comes_to_the_same(made: InvoiceInput, how: Rounding) -> None:
    found = made.totals(how)
    reply = created(made, how)

    assert (reply["subtotal"], reply["total"], reply["payable_amount"]) == (
        found.net,
        found.total,
        found.payable,
    )
    assert [(one["base"], one["amount"], one["percent"], one["category"]) for one in reply["taxes"]] == [
        (one.base, one.amount, one.percent, one.category) for one in found.taxes
    ]


SIMULATOR = Simulator(limit=None)


def created(made: InvoiceInput, how: Rounding) -> Any:
    """Return what the simulator answers to the request, for an account that rounds so."""
    account = ACCOUNTS[0]["id"]
    key = {"X-B2B-API-Key": SIMULATOR.api_key, "X-B2B-API-Version": "2026-06-26"}
    settings = {
        "rounding_method": how.rounding_method,
        "round_before_sum": how.round_before_sum,
        "apply_taxes_per_line": how.apply_taxes_per_line,
    }
    body = {**made.to_dict(), "type": "IssuedSimplifiedInvoice"}

    async def call() -> Any:
        from b2brouter_async._core.exact_json import dump_json, load_json

        async with httpx.AsyncClient(
            transport=SIMULATOR.transport(), base_url=SIMULATOR.base_url, headers=key
        ) as http:
            json = {"content-type": "application/json"}
            changed = await http.put(
                f"/accounts/{account}", content=dump_json({"account": settings}), headers=json
            )
            assert changed.is_success, changed.text
            made = await http.post(
                f"/accounts/{account}/invoices", content=dump_json({"invoice": body}), headers=json
            )
            assert made.is_success, made.text
            return load_json(made.content)

    import anyio

    return anyio.run(call)["invoice"]


@pytest.mark.anyio
async def test_what_the_account_adds_by_itself_is_not_in_the_totals() -> None:
    """Behaviour 26: an exempt invoice of 810 became 972."""
    simulator = Simulator(limit=None)
    async with B2Brouter(
        simulator.api_key,
        base_url=simulator.base_url,
        http_client=httpx.AsyncClient(transport=simulator.transport()),
        account=ACCOUNTS[0]["id"],
    ) as client:
        account = await client.accounts.get(ACCOUNTS[0]["id"])
        mine = invoice(line("810", "1", TaxInput(name="IVA", category="E", percent=0, comment="E1")))
        mine.type = "IssuedSimplifiedInvoice"

        made = await client.invoices.create(invoice=mine)

        found: Totals = mine.totals(rounding=account)
        assert made.total == found.total == 810


WRONG: tuple[Any, ...] = (None, [], "x", IVA)


@pytest.mark.parametrize(
    ("given", "place", "said"),
    [
        ({"prize": 1}, "prize", "InvoiceInput has no such key"),
        ({"invoice_lines": []}, "invoice_lines", "did you mean 'invoice_lines_attributes'"),
        ({"invoice": {"number": "F-1"}}, None, "it is wrapped twice"),
        ({"send_after_import": True}, "send_after_import", "it stands beside the invoice"),
        ({"invoice_lines_attributes": {"price": 1}}, "invoice_lines_attributes", "expected a list, got dict"),
        ({"invoice_lines_attributes": [{"prize": 1}]}, "invoice_lines_attributes[0].prize", "mean 'price'"),
        (
            {"invoice_lines_attributes": [{"price": 1, "taxes_attributes": [{"name": "IVA", "rate": 21}]}]},
            "invoice_lines_attributes[0].taxes_attributes[0].rate",
            "TaxInput has no such key",
        ),
        (
            {"allowance_charges_attributes": [{"tax_attributes": {"percents": 21}}]},
            "allowance_charges_attributes[0].tax_attributes.percents",
            "mean 'percent'",
        ),
        (
            {"invoice_lines_attributes": [7]},
            "invoice_lines_attributes[0]",
            "expected InvoiceLineInput or a dict",
        ),
        (
            {"invoice_lines_attributes": [{"quantity": 2}]},
            "invoice_lines_attributes[0].price",
            "for what is free pass price=0",
        ),
        (
            {"invoice_lines_attributes": [{"price": 1, "taxes_attributes": [{"name": "IVA"}]}]},
            "invoice_lines_attributes[0].taxes_attributes[0].percent",
            "the tax has no rate",
        ),
        *((wrong, "invoice", "expected InvoiceInput or a dictionary") for wrong in WRONG),
    ],
)
def test_what_would_be_added_up_without_an_amount_is_refused(
    given: Any, place: str | None, said: str
) -> None:
    with pytest.raises(ArgumentError, match=said) as caught:
        totals_of(given)
    assert caught.value.argument == place


def test_a_dictionary_may_hold_models_and_what_the_spec_does_not_have() -> None:
    given = {
        "invoice_lines_attributes": [
            line("10"),
            {"price": 5, "additional_properties": {"extension_amount": 6}},
        ],
        "additional_properties": {"newer": True},
        "number": None,
    }
    assert totals_of(given).total == Decimal("18.10")
    assert totals_of(invoice(line("10"))).total == Decimal("12.10")


@pytest.mark.parametrize(
    "model", [InvoiceInput, InvoiceLineInput, TaxInput, AllowanceChargeInput, AllowanceChargeTaxInput]
)
def test_the_keys_that_are_known_to_be_an_invoices_are_those_of_its_models(model: Any) -> None:
    assert KEYS[model.__name__] == {item.key for item in model.fields()}


@pytest.mark.parametrize("rounding", ["half_up", {"rounding_method": "half_even"}, 2, True, Decimal])
def test_what_is_no_rounding_is_told(rounding: Any) -> None:
    with pytest.raises(
        ArgumentError, match=r"rounding: expected a Rounding, or the account, got .*accounts\.get"
    ):
        totals_of({}, rounding)


@pytest.mark.parametrize(
    ("currency", "net", "tax", "payable"),
    [
        ("EUR", "10.01", "2.10", "12.11"),
        ("JPY", "10", "2", "12"),
        ("isk", "10", "2", "12"),
        ("KWD", "10.005", "2.101", "12.106"),
        ("CLF", "10.0050", "2.1011", "12.1061"),
        ("XXX", "10.01", "2.10", "12.11"),
    ],
)
def test_amounts_are_rounded_to_what_their_currency_has(
    currency: str, net: str, tax: str, payable: str
) -> None:
    made = evolve(invoice(line("10.005"), currency=currency), number=None)
    found, reply = made.totals(), created(made, Rounding())
    assert [str(one) for one in (found.net, found.tax, found.payable)] == [net, tax, payable]
    assert [str(reply["subtotal"]), str(reply["payable_amount"])] == [net, payable]


def test_an_account_may_round_to_cents_whatever_the_currency() -> None:
    found = invoice(line("10.005"), currency="JPY").totals(Rounding(digits=2))
    assert str(found.total) == "12.11"
    for wrong in (5, -1, True, "2"):
        with pytest.raises(ArgumentError, match=r"digits: .* pass 0 to 4"):
            Rounding(digits=wrong)  # type: ignore[arg-type]


@pytest.mark.parametrize("currency", ["JPY", "KWD"])
def test_cents_of_a_currency_without_are_refused(currency: str) -> None:
    with pytest.raises(ArgumentError, match=f"adjustment_in_cents: {currency} has no cents"):
        invoice(line("10"), currency=currency, adjustment_in_cents=5).totals()
    assert invoice(line("10"), currency=currency, adjustment_in_cents=0).totals().adjustment == 0


def test_a_percentage_that_makes_the_amount_says_where_it_comes_from() -> None:
    ninety = [line("30", "3", allowance_charges_attributes=[allowance(amount=9, percentage=10)])]
    assert invoice(*ninety).totals().net == Decimal("81.00")
    third = allowance(amount=Decimal("33.33"), percentage=Decimal("33.333"))
    assert invoice(line("100"), allowance_charges_attributes=[third]).totals().net == Decimal("66.67")


@pytest.mark.parametrize(
    ("amount", "percentage"), [("9", "11"), ("9", "0"), ("0", "10"), ("-9", "10"), ("0.1", "10")]
)
def test_a_percentage_that_makes_another_amount_is_refused(amount: str, percentage: str) -> None:
    two = allowance(amount=Decimal(amount), percentage=Decimal(percentage))
    with pytest.raises(
        ArgumentError, match=rf"{percentage} % of 90\.00 is .*, and the amount is {amount}; which"
    ):
        invoice(line("30", "3", allowance_charges_attributes=[two])).totals()
    with pytest.raises(ArgumentError, match="which of the two is meant"):
        invoice(line("90"), allowance_charges_attributes=[two]).totals()

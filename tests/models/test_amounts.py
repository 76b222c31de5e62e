"""Amounts travel digit by digit, both ways."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from b2brouter_async._core.codecs import DECIMAL
from b2brouter_async._core.exact_json import dump_json, load_json, plain, same
from b2brouter_async.errors import ArgumentError, ShapeError
from b2brouter_async.generated.models import InvoiceInput, InvoiceLineInput, InvoiceTax

EXACT = ["0.1", "1E+3", "1234567890123456789012345.678", "-0.00", "0E-10", "21.00", "1E-28", "9" * 28]


@pytest.mark.parametrize("digits", EXACT)
def test_an_amount_is_written_with_the_digits_it_was_read_with(digits: str) -> None:
    tax = InvoiceTax.from_dict(load_json(f'{{"amount":{digits}}}'.encode()))

    assert str(tax.amount) == str(Decimal(digits))
    assert dump_json(tax.to_dict()) == f'{{"amount":{Decimal(digits)}}}'.encode()


@given(st.decimals(allow_nan=False, allow_infinity=False))
def test_every_decimal_survives_the_wire(amount: Decimal) -> None:
    sent = dump_json(InvoiceTax(amount=amount).to_dict())

    back = InvoiceTax.from_dict(load_json(sent)).amount

    assert isinstance(back, Decimal)
    assert str(back).lstrip("-") in (str(amount).lstrip("-"), str(Decimal(str(amount))).lstrip("-"))
    assert back == amount


@given(st.integers(min_value=-(10**28), max_value=10**28))
def test_a_whole_amount_may_be_an_int(amount: int) -> None:
    line = InvoiceLineInput(price=amount)

    assert dump_json(line.to_dict()) == f'{{"price":{amount}}}'.encode()
    assert InvoiceLineInput.from_dict(load_json(dump_json(line.to_dict()))).price == Decimal(amount)


@given(st.floats())
def test_a_float_is_refused_with_the_name_of_the_field(amount: float) -> None:
    line = InvoiceLineInput(price=amount)  # type: ignore[arg-type]

    with pytest.raises(ArgumentError, match=r"InvoiceLineInput\.price: a float can't hold an amount exactly"):
        line.to_dict()


def test_a_float_deep_in_a_dictionary_is_refused_with_its_place() -> None:
    line: Any = {"quantity": 1, "taxes_attributes": [{"percent": 21.0}]}
    invoice = InvoiceInput(invoice_lines_attributes=[line])

    with pytest.raises(ArgumentError) as caught:
        invoice.to_dict()

    assert "InvoiceInput.invoice_lines_attributes" in str(caught.value)
    assert "taxes_attributes[0].percent" in str(caught.value)
    assert "Decimal('21.0')" in str(caught.value)


def test_a_float_among_unknown_fields_is_refused_when_it_would_be_written() -> None:
    tax = InvoiceTax(additional_properties={"surcharge": 0.5})

    with pytest.raises(ArgumentError, match="surcharge"):
        dump_json(tax.to_dict())


@pytest.mark.parametrize("amount", [Decimal("NaN"), Decimal("Infinity"), Decimal("-sNaN")])
def test_what_is_no_number_is_no_amount(amount: Decimal) -> None:
    with pytest.raises(ArgumentError, match="is not an amount"):
        InvoiceTax(amount=amount).to_dict()


@pytest.mark.parametrize("amount", [True, "12.50", b"1", [1]])
def test_other_kinds_of_value_are_refused_for_an_amount(amount: object) -> None:
    with pytest.raises(ArgumentError, match=r"InvoiceTax\.amount: expected Decimal or int"):
        InvoiceTax(amount=amount).to_dict()  # type: ignore[arg-type]


@pytest.mark.parametrize("text", ["NaN", "Infinity", "-Infinity", "1e99999999999999999999", "1" * 5000])
def test_numbers_that_no_amount_can_be_are_no_json(text: str) -> None:
    with pytest.raises(ShapeError, match="not JSON"):
        load_json(f'{{"amount": {text}}}'.encode())


@pytest.mark.parametrize("raw", ["12,50", "1e3", "", "ten", True, None, [], {}])
def test_an_amount_that_is_no_number_is_refused_with_its_path(raw: object) -> None:
    with pytest.raises(ShapeError):
        DECIMAL.load(raw)


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.text()
    | st.decimals(allow_nan=False, allow_infinity=False).filter(lambda value: value.as_tuple().exponent != 0),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@given(json_values)
def test_any_json_is_read_and_written_without_loss(value: object) -> None:
    once = load_json(dump_json(value))

    assert load_json(dump_json(once)) == once
    assert same(plain(once), once)
    assert once == value


def test_half_a_surrogate_pair_goes_back_as_it_came() -> None:
    raw = b'{"name":"\\ud83d"}'

    assert dump_json(load_json(raw)) == raw


@pytest.mark.parametrize(
    ("one", "other"),
    [(1, True), (1, Decimal(1)), (Decimal("1.0"), Decimal("1.00")), ([1], [1, 1]), ({"a": 1}, {"a": True})],
)
def test_values_that_python_calls_equal_are_not_spelled_the_same(one: object, other: object) -> None:
    assert not same(one, other)
    assert same(one, one)


def test_what_is_put_beside_the_fields_is_held_to_the_same_rules() -> None:
    line = InvoiceInput(number="F-1", additional_properties={"deep": {"list": [1, 1.5]}})

    with pytest.raises(ArgumentError, match=r"deep\.list\[1\]: a float can't hold an amount exactly"):
        line.to_dict()

"""Models as JSON text: written digit by digit, read back the same, and foreign text is held to the fields there are."""

from __future__ import annotations

import copy
import datetime
import json
import pickle
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from b2brouter_async import ArgumentError, ShapeError, to_json
from b2brouter_async.models import (
    ContactInput,
    Invoice,
    InvoiceInput,
    InvoiceLineInput,
    InvoiceType,
    TaxInput,
    WebHook,
)

LINE = InvoiceLineInput(
    quantity=2, price=Decimal("49.90"), taxes_attributes=[TaxInput(name="IVA", percent=Decimal("21.00"))]
)


@given(st.decimals(allow_nan=False, allow_infinity=False))
def test_every_amount_comes_back_from_text_as_it_was(amount: Decimal) -> None:
    text = InvoiceLineInput(price=amount).to_json()

    assert InvoiceLineInput.from_json(text).price == amount
    assert text == f'{{"price":{amount}}}'


def test_the_text_holds_what_is_set_under_the_keys_of_the_wire() -> None:
    invoice = InvoiceInput(
        number="F-1",
        type=InvoiceType.ISSUED_INVOICE,
        date=datetime.date(2026, 11, 22),
        invoice_lines_attributes=[LINE],
    )

    # Digit by digit, in whatever order the spec has its fields.
    text = invoice.to_json()
    line = {"quantity": "2", "price": "49.90", "taxes_attributes": [{"name": "IVA", "percent": "21.00"}]}
    assert json.loads(text, parse_float=str, parse_int=str) == {
        "type": "IssuedInvoice",
        "number": "F-1",
        "date": "2026-11-22",
        "invoice_lines_attributes": [line],
    }
    assert " " not in text
    lines = invoice.to_json(indent=1).splitlines()
    assert (lines[0], lines[-1]) == ("{", "}")
    assert {' "type": "IssuedInvoice"', ' "number": "F-1"'} <= {one.rstrip(",") for one in lines}
    assert InvoiceInput.from_json(invoice.to_json(indent=4)).to_dict() == invoice.to_dict()


def test_lists_and_dictionaries_of_models_have_their_text_too() -> None:
    text = to_json({"lines": [LINE, LINE.to_dict()], "total": Decimal("120.758")})

    assert text.count('"price":49.90') == 2
    assert json.loads(text, parse_float=Decimal)["total"] == Decimal("120.758")
    assert "\n" in to_json([LINE], indent=2)
    with pytest.raises(ArgumentError, match=r"total: a float can't hold an amount exactly"):
        to_json({"total": 1.5})


def test_the_standard_library_says_why_it_cannot() -> None:
    with pytest.raises(TypeError, match="Decimal is not JSON serializable"):
        json.dumps(LINE.to_dict())


@pytest.mark.parametrize("letter", ["é", "\u20ac", "\U0001f600", "\ud83d"])
def test_every_letter_can_be_written_and_encoded(letter: str) -> None:
    text = InvoiceLineInput(description=letter).to_json()

    assert InvoiceLineInput.from_json(text.encode()).description == letter


def test_a_key_that_no_field_has_is_refused_in_what_is_sent() -> None:
    for text, place, meant in (
        ('{"nummer": "F-1"}', "nummer", "number"),
        ('{"invoice_lines_attributes": [{}, {"prize": 5}]}', "invoice_lines_attributes[1].prize", "price"),
        ('{"contact": {"nane": "A"}}', "contact.nane", "name"),
    ):
        with pytest.raises(ArgumentError, match=f"did you mean '{meant}'") as caught:
            InvoiceInput.from_json(text)
        assert caught.value.argument == place
        assert "keep_unknown=True" in str(caught.value)


@pytest.mark.parametrize(
    "text",
    [
        '{"number": "F-1", "number": "F-2"}',
        '{"invoice_lines_attributes": [{"price": 1, "quantity": 2, "price": 1.00}]}',
        '{"additional": {"brand_new": 1, "brand_new": 2}}',
    ],
)
def test_a_key_that_is_there_twice_is_refused_in_what_is_sent_and_its_last_counts_in_replies(
    text: str,
) -> None:
    with pytest.raises(ShapeError, match="is there twice; which one is meant"):
        InvoiceInput.from_json(text, keep_unknown=True)
    assert Invoice.from_json('{"id": 1, "id": 2}').id == 2


def test_what_was_written_with_a_further_key_is_read_back_when_asked() -> None:
    invoice = InvoiceInput(number="F-1", additional_properties={"brand_new": [1, None]})

    assert InvoiceInput.from_json(invoice.to_json(), keep_unknown=True) == invoice
    with pytest.raises(ArgumentError, match="brand_new"):
        InvoiceInput.from_json(invoice.to_json())


def test_replies_keep_keys_that_nobody_knew_unless_asked_otherwise() -> None:
    assert Invoice.from_json('{"id": 1, "brand_new": 2}').additional_properties == {"brand_new": 2}
    with pytest.raises(ArgumentError, match="brand_new: Invoice has no such key"):
        Invoice.from_json('{"id": 1, "brand_new": 2}', keep_unknown=False)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "not JSON"),
        ("", "not JSON"),
        ("[]", "expected an object for InvoiceInput, got a list"),
        ("null", "got null"),
        ('{"date": "soon"}', r"\$\.date: expected a date"),
        ('{"withheld_percent": NaN}', "NaN is not JSON"),
        ('{"invoice_lines_attributes": [{"price": "1,5"}]}', r"\[0\]\.price: expected a number, got text"),
        (b"\xff{}", "not JSON"),
    ],
)
def test_text_that_is_no_such_model_is_refused_with_the_place(text: str | bytes, said: str) -> None:
    with pytest.raises(ShapeError, match=said):
        InvoiceInput.from_json(text)


def test_a_float_that_another_parser_made_is_refused_with_the_way_out() -> None:
    with pytest.raises(
        ShapeError, match=r"\$\.price: a float, 49\.9, can't hold an amount exactly; read JSON with from_json"
    ):
        InvoiceLineInput.from_dict(json.loads('{"price": 49.90}'))


def test_a_repr_shows_what_is_set_and_nothing_else() -> None:
    assert repr(InvoiceInput(number="x")) == "InvoiceInput(number='x')"
    assert repr(ContactInput(name="A", additional_properties={"token": "t0p"})) == "ContactInput(name='A')"
    assert repr(InvoiceInput()) == "InvoiceInput()"
    values = {
        "quantity": "2",
        "price": "Decimal('49.90')",
        "taxes_attributes": "[TaxInput(name='IVA', percent=Decimal('21.00'))]",
    }
    order = [item.attribute for item in InvoiceLineInput.fields() if item.attribute in values]
    assert repr(LINE) == f"InvoiceLineInput({', '.join(f'{name}={values[name]}' for name in order)})"


def test_a_repr_of_a_thousand_lines_is_short() -> None:
    shown = repr(InvoiceInput(number="x", invoice_lines_attributes=[LINE] * 1000))

    assert shown.count("InvoiceLineInput(") == 3
    assert shown.endswith(", … 997 more])")


def test_a_repr_never_shows_a_secret() -> None:
    assert "s3cr3t" not in repr(WebHook.from_dict({"id": 1, "signing_secret": "s3cr3t", "more": "s3cr3t"}))


def test_models_are_pickled_copied_and_compared_as_before() -> None:
    invoice = InvoiceInput(number="F-1", invoice_lines_attributes=[LINE], additional_properties={"new": None})
    others: list[Any] = [pickle.loads(pickle.dumps(invoice)), copy.copy(invoice), copy.deepcopy(invoice)]

    for other in others:
        assert other == invoice
        assert other.to_json() == invoice.to_json()
        assert repr(other) == repr(invoice)
    assert others[2].invoice_lines_attributes[0] is not LINE


def test_what_is_nested_too_deeply_to_be_written_is_an_error_of_ours() -> None:
    """Parsers go deeper than what writes, and unknown fields of a reply may hold anything."""
    nested: object = 1
    for _ in range(100_000):
        nested = [nested]
    invoice = Invoice(id=1, additional_properties={"newer": nested})
    for write in (invoice.to_dict, invoice.to_json, lambda: to_json(nested)):
        with pytest.raises(ArgumentError, match="nested too deeply to be written"):
            write()

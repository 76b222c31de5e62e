"""A dictionary in the place of a model: what is misspelt is refused before it is sent, the rest means the same."""

from __future__ import annotations

import datetime
import subprocess
import sys
from decimal import Decimal
from typing import Any

import pytest
import respx

from b2brouter_async import ArgumentError, B2Brouter
from b2brouter_async._core.model import fields_of
from b2brouter_async.generated import models
from b2brouter_async.generated.api.contacts import update
from b2brouter_async.generated.api.invoices import create
from b2brouter_async.models import InvoiceInput, InvoiceLineInput

LINE = {"description": "Advice", "quantity": 1, "price": Decimal("10.10")}


def wrong(**keys: Any) -> Any:
    """Return a dictionary that a type checker would refuse."""
    return keys


def sent(invoice: Any) -> Any:
    body = create.OPERATION.request(account=1, invoice=invoice).body
    assert body is not None
    value: Any = body.value
    return value["invoice"]


def refusal(invoice: Any) -> str:
    with pytest.raises(ArgumentError) as caught:
        create.OPERATION.request(account=1, invoice=invoice)
    assert caught.value.argument == "invoice"
    return str(caught.value)


@pytest.mark.parametrize(
    ("invoice", "place", "meant"),
    [
        ({"nummer": "F-1"}, "invoice: nummer:", "number"),
        ({"Number": "F-1"}, "invoice: Number:", "number"),
        ({"invoice_lines": [LINE]}, "invoice: invoice_lines:", "invoice_lines_attributes"),
        ({"lines": [LINE]}, "invoice: lines:", "invoice_lines_attributes"),
        (
            {"invoice_lines_attributes": [LINE, {**LINE, "prize": 1}]},
            "invoice: invoice_lines_attributes[1].prize:",
            "price",
        ),
        (
            {"invoice_lines_attributes": [{**LINE, "taxes_attributes": [{"procent": 21}]}]},
            "invoice: invoice_lines_attributes[0].taxes_attributes[0].procent:",
            "percent",
        ),
        ({"invoice_lines_attributes": [{**LINE, "destroy": True}]}, "destroy:", "_destroy"),
        ({"contact": {"tin": "ESB1"}}, "invoice: contact.tin:", "tin_value"),
        (InvoiceInput(contact=wrong(nane="A")), "InvoiceInput.contact: nane:", "name"),
        (InvoiceInput(invoice_lines_attributes=[wrong(prize=1)]), "[0].prize:", "price"),
    ],
)
def test_a_misspelt_key_is_refused_with_its_place_and_what_was_meant(
    invoice: Any, place: str, meant: str
) -> None:
    text = refusal(invoice)
    assert place in text
    assert f"did you mean {meant!r}?" in text
    assert "'additional_properties'" in text


def test_a_key_like_no_other_is_refused_too() -> None:
    assert "did you mean" not in refusal({"zzzzqqqq": 1})


@pytest.mark.parametrize(
    "invoice", [{"invoice": {"number": "F-1"}}, {"invoice": {"number": "F-1"}, "send_after_import": True}]
)
def test_an_object_that_is_wrapped_twice_is_refused(invoice: Any) -> None:
    assert "wrapped twice: pass what stands under 'invoice'" in refusal(invoice)


def test_what_the_spec_does_not_have_goes_through_a_door_of_its_own() -> None:
    line = {**LINE, "additional_properties": {"new_in_2027": None}}
    written = sent(
        {"number": "F-1", "additional_properties": {"prize": 1}, "invoice_lines_attributes": [line]}
    )
    assert written["prize"] == 1
    assert written["invoice_lines_attributes"] == [{**LINE, "new_in_2027": None}]
    assert "additional_properties" not in written


@pytest.mark.parametrize("extra", [{"number": "F-2"}, ["number"], {"price": 1.5}])
def test_the_door_takes_no_key_twice_and_no_float(extra: Any) -> None:
    assert "additional_properties" in refusal({"number": "F-1", "additional_properties": extra})


def test_none_in_a_dictionary_means_what_it_means_in_the_model() -> None:
    given: Any = {"number": "F-1", "due_date": None, "contact": {"name": "A", "email": None}}
    assert sent(given) == sent(InvoiceInput(**given)) == {"number": "F-1", "contact": {"name": "A"}}


def test_a_dictionary_is_sent_as_the_model_would_be() -> None:
    given: dict[str, Any] = {
        "number": "F-1",
        "date": datetime.date(2026, 3, 31),
        "due_date": "2026-04-30",
        "exchange_rate": Decimal("1.10"),
    }
    model = InvoiceInput(**given, invoice_lines_attributes=[InvoiceLineInput(**LINE)])  # type: ignore[arg-type]
    assert sent({**given, "invoice_lines_attributes": [LINE]}) == sent(model)


@pytest.mark.parametrize(
    ("invoice", "said"),
    [
        ({"invoice_lines_attributes": [{"price": 1.5}]}, "invoice_lines_attributes[0].price: a float"),
        (
            {"invoice_lines_attributes": [{"price": "1.000,50"}]},
            "invoice_lines_attributes[0].price: expected Decimal",
        ),
        ({"invoice_lines_attributes": LINE}, "invoice_lines_attributes: expected a list"),
        ({"date": "31.03.2026"}, "date: '31.03.2026' is not a date"),
        ({"is_credit_note": "no"}, "is_credit_note: expected bool"),
        ({"contact": "A"}, "contact: expected InvoiceContactInput or a dictionary"),
        ({1: "F-1"}, "a key is text, got int 1"),
    ],
)
def test_a_value_that_does_not_fit_its_field_is_refused_with_its_place(invoice: Any, said: str) -> None:
    assert said in refusal(invoice)


def test_an_update_is_held_to_the_same() -> None:
    with pytest.raises(ArgumentError, match=r"contact: nmae: .* did you mean 'name'\?"):
        update.OPERATION.request(contact_id=1, contact={"nmae": "A"})


@pytest.mark.anyio
async def test_nothing_is_sent() -> None:
    with respx.mock as server:
        async with B2Brouter("test_1") as client:
            with pytest.raises(ArgumentError, match="did you mean 'price'"):
                await client.invoices.create(
                    1, invoice={"invoice_lines_attributes": [wrong(**LINE, prize=1)]}
                )
    assert server.calls.call_count == 0


@pytest.mark.parametrize("name", sorted(name for name in dir(models) if name.endswith("Dict")))
def test_the_type_of_a_dictionary_has_the_keys_of_its_model_and_the_door(name: str) -> None:
    dictionary, model = getattr(models, name), getattr(models, name.removesuffix("Dict"))
    fields = fields_of(model)
    assert {*dictionary.__annotations__} == {field.key for field in fields} | {"additional_properties"}
    required = {key for key, kind in dictionary.__annotations__.items() if "Required[" in str(kind)}
    assert required == {field.key for field in fields if field.required}


def test_importing_a_model_does_not_make_the_types_of_dictionaries() -> None:
    code = "import sys; from b2brouter_async.models import InvoiceInput; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "b2brouter_async.generated.models.dictionaries" not in done.stdout.split()

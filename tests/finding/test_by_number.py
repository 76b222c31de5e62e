"""An invoice is found by its number, and what can't be one is never an answer."""

from __future__ import annotations

import unicodedata
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from b2brouter_async import AmbiguousNumberError, ArgumentError

if TYPE_CHECKING:
    from collections.abc import Callable

    from b2brouter_async import B2Brouter
    from b2brouter_async.simulator import Simulator

pytestmark = pytest.mark.anyio


def invoice(number: str, **fields: Any) -> Any:
    line = {
        "quantity": 1,
        "price": Decimal(10),
        "taxes_attributes": [{"name": "IVA", "category": "S", "percent": 21}],
    }
    contact = {"name": "Ana", "tin_value": "ESB00000018", "country": "es"}
    return {"number": number, "contact": contact, "invoice_lines_attributes": [line], **fields}


async def test_a_number_in_several_series_and_years_is_told_apart_by_them(client: B2Brouter) -> None:
    create = client.invoices.create
    plain = await create(invoice=invoice("F-1", date="2026-01-05"))
    before = await create(invoice=invoice("F-1", date="2025-01-05"))
    series = await create(invoice=invoice("F-1", date="2026-01-05", series_code="S"))
    await create(invoice=invoice("F-10"))
    find = client.invoices.find_by_number

    with pytest.raises(AmbiguousNumberError) as caught:
        await find("F-1")
    assert set(caught.value.ids) == {plain.id, before.id, series.id}
    for answer, wanted in (
        (await find("F-1", series="S"), series.id),
        (await find("F-1", series="", year=2026), plain.id),
        (await find("F-1", series="", year=2025), before.id),
    ):
        assert answer is not None
        assert answer.id == wanted
    assert await find("F-1", series="S", year=2025) is None


async def test_a_number_with_zeros_in_front_is_another(client: B2Brouter) -> None:
    zeros = await client.invoices.create(invoice=invoice("0007"))
    assert await client.invoices.find_by_number("7") is None
    found = await client.invoices.find_by_number("0007")
    assert found is not None
    assert found.id == zeros.id


@pytest.mark.parametrize("written", ["F 2\n", " F 2", "\tF 2\r\n"])
async def test_white_space_around_a_number_hides_no_invoice(client: B2Brouter, written: str) -> None:
    """As a line of a file has it: None would be taken for that there is no such invoice."""
    made = await client.invoices.create(invoice=invoice("F 2"))
    found = await client.invoices.find_by_number(written)
    assert found is not None
    assert found.id == made.id
    assert await client.invoices.find_by_number("F  2") is None


async def test_numbers_that_differ_in_white_space_around_them_are_told_apart(client: B2Brouter) -> None:
    one = await client.invoices.create(invoice=invoice("F-3"))
    other = await client.invoices.create(invoice=invoice("F-3 "))
    for number, wanted in (("F-3", one.id), ("F-3 ", other.id)):
        found = await client.invoices.find_by_number(number)
        assert found is not None
        assert found.id == wanted


@pytest.mark.parametrize(
    ("number", "year", "said"),
    [
        (7, None, "number: a number is text; pass '7'"),
        ("", None, "number: an empty number finds everything"),
        (" \n", None, "number: an empty number finds everything"),
        (None, None, "number: an empty number finds everything"),
        ("7", "2026", "year: '2026' is no year"),
        ("7", 26, "year: 26 is no year"),
        ("7", True, "year: True is no year"),
    ],
)
async def test_what_no_invoice_carries_is_refused_and_not_looked_for(
    simulator: Simulator, client: B2Brouter, number: Any, year: Any, said: str
) -> None:
    with pytest.raises(ArgumentError) as caught:
        await client.invoices.find_by_number(number, year=year)
    assert said in str(caught.value)
    assert simulator.requests() == 0


async def test_a_received_invoice_whose_number_is_blank_is_handed_over(
    simulator: Simulator, program: Callable[..., B2Brouter]
) -> None:
    from b2brouter_async.webhooks import MemoryInbox

    client = program()
    blank = {"number": "  "}  # a supplier's; such a one of ours is refused
    made: Any = {
        name: value for name, value in invoice("", type="ReceivedInvoice").items() if name != "number"
    }
    made["additional_properties"] = blank
    await client.invoices.create(invoice=made)
    handed: list[Any] = []

    async def book(document: Any) -> None:
        handed.append(document.same_number)

    done = await client.received.process(book, store=MemoryInbox())
    assert (done.handled, done.failed, handed) == (1, 0, [()])


NAME = "Cañón-1"
FORMS = [unicodedata.normalize(form, NAME) for form in ("NFC", "NFD")]


@pytest.mark.parametrize("there", FORMS)
@pytest.mark.parametrize("asked", FORMS)
async def test_an_accent_written_as_one_sign_or_as_two_is_the_same_number(
    client: B2Brouter, there: str, asked: str
) -> None:
    """Nobody sees the difference; a number that came by way of a Mac's file name has two."""
    made = await client.invoices.create(invoice=invoice(there))
    found = await client.invoices.find_by_number(asked)
    assert found is not None
    assert found.id == made.id
    assert await client.invoices.find_by_number("Canon-1") is None

"""Numbers as text, text as numbers, flags as 1 and 0: read as what they mean, and written back as they came."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from b2brouter_async import ArgumentError
from b2brouter_async._core.codecs import BOOLEAN, DECIMAL, INTEGER, NULL, TEXT, union
from b2brouter_async.models import Contact, ContactInput, Invoice

CAME = {
    "id": "7",
    "name": 5,
    "postalcode": 28001,
    "tin_scheme": 9957,
    "is_client": 1,
    "is_provider": "false",
    "payment_method": "4",
}


def test_a_reply_in_another_spelling_is_read_as_what_it_means() -> None:
    contact = Contact.from_dict(CAME)
    assert (contact.id, contact.name, contact.postalcode) == (7, "5", "28001")
    assert (contact.is_client, contact.is_provider) == (True, False)
    # A scheme may be either, so it stays what it is.
    assert contact.tin_scheme == 9957


def test_what_was_read_is_written_back_as_it_came() -> None:
    assert Contact.from_dict(CAME).to_dict() == CAME
    amounts = {"id": 1, "total": "121.00", "subtotal": 100, "state": "sent"}
    invoice = Invoice.from_dict(amounts)
    assert (invoice.total, invoice.subtotal) == (Decimal("121.00"), Decimal(100))
    assert invoice.to_dict() == amounts


def test_a_request_may_be_spelt_so_too() -> None:
    fields: dict[str, Any] = {
        "tin_scheme": 9957,
        "cin_scheme": 88,
        "is_client": 1,
        "is_provider": "0",
        "payment_method": "4",
    }
    given = ContactInput(name="x", **fields)
    assert given.to_dict() == {
        "name": "x",
        "tin_scheme": "9957",
        "cin_scheme": "88",
        "is_client": True,
        "is_provider": False,
        "payment_method": 4,
    }


@pytest.mark.parametrize(
    ("codec", "value"),
    [
        (TEXT, True), (TEXT, 1.5), (TEXT, None), (TEXT, [1]),
        (INTEGER, "4.0"), (INTEGER, " 4"), (INTEGER, "0x4"), (INTEGER, True), (INTEGER, 4.0), (INTEGER, ""),
        (BOOLEAN, 2), (BOOLEAN, "yes"), (BOOLEAN, "True"), (BOOLEAN, ""), (BOOLEAN, None), (BOOLEAN, 1.0),
        (DECIMAL, "12.50"), (DECIMAL, 1.5),
    ],
)  # fmt: skip
def test_what_could_mean_something_else_is_refused(codec: object, value: object) -> None:
    """An amount to be sent is a Decimal, and nothing else is taken for one."""
    with pytest.raises(ArgumentError):
        codec.dump(value)  # type: ignore[attr-defined]


@pytest.mark.parametrize(("value", "loaded"), [(5, 5), ("5", "5"), (None, None), ("x", "x")])
def test_of_several_kinds_the_one_it_is_comes_before_the_one_it_can_be_cast_to(
    value: object, loaded: object
) -> None:
    assert union(TEXT, INTEGER, NULL).load(value) == loaded
    assert union(INTEGER, TEXT, NULL).load(value) == loaded

"""A word that none of the known ones is: it is sent, and named where the server refuses it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from b2brouter_async import APIStatusError, ArgumentError
from b2brouter_async.models import InvoiceSettableState

from .conftest import Wire, reply

if TYPE_CHECKING:
    from collections.abc import Callable

    from b2brouter_async.models import InvoiceInputDict

pytestmark = pytest.mark.anyio

NOT_INCLUDED = {
    "error": {"code": "parameter_inclusion", "message": "State is not included in the list", "param": "state"}
}


async def test_the_refusal_of_an_unknown_word_names_the_known_ones(wire: Callable[..., Wire]) -> None:
    api = wire(reply(422, NOT_INCLUDED))
    with pytest.raises(APIStatusError) as caught:
        await api.client.invoices.mark_as(5, state="payed", force=True)
    assert caught.value.hint == (
        "state: 'payed' is none of the known ones: new, sent, downloaded, registered, accepted, annotated, "
        "refused, paid, closed; did you mean 'paid'?"
    )
    assert str(caught.value).endswith(caught.value.hint)


@pytest.mark.parametrize(
    "body", [None, {"error": "no"}, {"error": {"code": "parameter_inclusion", "message": "no"}}]
)
@pytest.mark.parametrize("status", [404, 422])
async def test_a_type_of_document_that_is_not_known_is_named(
    wire: Callable[..., Wire], status: int, body: Any
) -> None:
    with pytest.raises(
        APIStatusError, match=r"document_type_code: 'pdf' is .* did you mean 'pdf\.invoice'\?"
    ):
        await wire(reply(status, body)).client.invoices.download(5, "pdf")


async def test_an_unknown_word_deep_in_an_invoice_is_named_with_its_place(wire: Callable[..., Wire]) -> None:
    invoice: InvoiceInputDict = {
        "invoice_lines_attributes": [
            {"price": 1, "taxes_attributes": [{"name": "IVA", "percent": 0, "category": "X"}]}
        ]
    }
    with pytest.raises(APIStatusError) as caught:
        await wire(reply(422, {"errors": ["no"]})).client.invoices.create(1, invoice=invoice)
    assert "invoice.invoice_lines_attributes[0].taxes_attributes[0].category: 'X' is none" in str(
        caught.value
    )


async def test_a_refusal_of_something_else_does_not_speak_of_it(wire: Callable[..., Wire]) -> None:
    about_reason = {"error": {"code": "parameter_blank", "message": "no", "param": "reason"}}
    for answer in (reply(422, about_reason), reply(401), reply(409)):
        with pytest.raises(APIStatusError) as caught:
            await wire(answer).client.invoices.mark_as(5, state="payed", force=True)
        assert caught.value.hint is None


async def test_a_state_that_no_invoice_can_be_set_to_is_told_what_was_meant_before_it_is_sent(
    wire: Callable[..., Wire],
) -> None:
    api = wire(reply(204))
    with pytest.raises(ArgumentError, match=r"state: 'payed' .* did you mean 'paid'\?"):
        await api.client.invoices.mark_as(5, state="payed")
    assert not api.requests


@pytest.mark.parametrize("state", ["paid", InvoiceSettableState.PAID])
async def test_a_known_word_is_not_named(wire: Callable[..., Wire], state: Any) -> None:
    with pytest.raises(APIStatusError) as caught:
        await wire(reply(422, NOT_INCLUDED)).client.invoices.mark_as(5, state=state, force=True)
    assert caught.value.hint is None


@pytest.mark.parametrize("state", ["archived", InvoiceSettableState("archived")])
async def test_what_a_newer_server_knows_is_sent(wire: Callable[..., Wire], state: Any) -> None:
    api = wire(reply(204))
    assert await api.client.invoices.mark_as(5, state=state, force=True) is None
    assert b'"archived"' in api.requests[0].content

"""Requests are read as a Rails server reads them: what a harmless cast makes right is right."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from .support import create, error, invoice, unchecked

if TYPE_CHECKING:
    import httpx

    from b2brouter_async.simulator import Simulator

pytestmark = pytest.mark.anyio


def contact(**fields: Any) -> dict[str, Any]:
    return {"contact": {"name": "Contacto", "tin_value": "ESB98765431", **fields}}


@pytest.mark.parametrize(
    ("name", "given", "kept"),
    [
        ("is_client", 1, True),
        ("is_client", "1", True),
        ("is_client", "true", True),
        ("is_client", "t", True),
        ("is_client", 0, False),
        ("is_client", "0", False),
        ("is_client", "FALSE", False),
        ("is_client", "off", False),
        ("tin_scheme", 9957, "9957"),
        ("tin_scheme", "9999", "9999"),
        ("cin_scheme", 88, "0088"),
        ("cin_scheme", "88", "0088"),
        ("cin_scheme", 7, "0007"),
        ("postalcode", 28001, "28001"),
        ("phone", 34600000000, "34600000000"),
        ("pin_value", 12.5, "12.5"),
        ("country", "ES", "es"),
        ("country", " Fr ", "fr"),
        ("payment_method", "4", 4),
    ],
)
async def test_a_field_is_cast_where_that_is_harmless(
    simulator: Simulator, http: httpx.AsyncClient, name: str, given: Any, kept: Any
) -> None:
    path = f"/accounts/{simulator.account}/contacts"
    reply = await http.post(path, json=contact(**{name: given}))
    assert reply.status_code == 201, reply.text
    number = reply.json()["contact"]["id"]
    shown = (await http.get(f"/contacts/{number}")).json()["contact"]
    if name in shown:
        assert (shown[name], type(shown[name])) == (kept, type(kept))


@pytest.mark.parametrize(
    ("name", "given"),
    [
        ("is_client", "yes"),
        ("is_client", 2),
        ("is_client", "True"),
        ("is_client", []),
        ("payment_method", "four"),
        ("payment_method", 4.5),
        ("payment_method", True),
        ("name", True),
        ("name", ["x"]),
        ("tin_value", {"a": 1}),
    ],
)
async def test_what_no_cast_makes_right_is_refused_by_name(
    simulator: Simulator, http: httpx.AsyncClient, name: str, given: Any
) -> None:
    reply = await http.post(f"/accounts/{simulator.account}/contacts", json=contact(**{name: given}))
    assert error(reply) == (400, "invalid_request_params", name)


@pytest.mark.parametrize(
    ("price", "total"), [("49.90", 60.38), ("1e1", 12.1), ("+10", 12.1), ("-10", -12.1), (10, 12.1)]
)
async def test_amounts_may_come_as_text_and_are_kept_digit_by_digit(
    simulator: Simulator, http: httpx.AsyncClient, price: Any, total: float
) -> None:
    body = invoice()
    body["invoice"]["invoice_lines_attributes"][0]["price"] = price
    body["invoice"]["invoice_lines_attributes"][0]["taxes_attributes"][0]["percent"] = "21.00"
    assert (await create(http, simulator.account, body))["total"] == total


@pytest.mark.parametrize("price", ["ten", "1,5", "0x10", "1_000", "", " ", "NaN", "1e999999", "9" * 30])
async def test_text_that_is_no_amount_is_refused(
    simulator: Simulator, http: httpx.AsyncClient, price: str
) -> None:
    body = invoice()
    body["invoice"]["invoice_lines_attributes"][0]["price"] = price
    reply = await http.post(f"/accounts/{simulator.account}/invoices", json=body)
    assert reply.status_code in (400, 422)


async def test_lists_may_come_as_objects_with_numbers_for_names(
    simulator: Simulator, http: httpx.AsyncClient
) -> None:
    """So PHP writes a list with a gap, and so forms of Rails nest attributes."""
    body = invoice()
    (line,) = body["invoice"]["invoice_lines_attributes"]
    unnamed = {"category": "S", "percent": 21}
    line["taxes_attributes"] = {"0": unnamed, "4": line["taxes_attributes"][0]}
    body["invoice"]["invoice_lines_attributes"] = {"0": line, "2": {**line, "price": 10}}
    made = await create(http, simulator.account, body)
    assert (made["subtotal"], made["total"]) == (110, 133.1)


async def test_an_empty_list_stands_for_an_empty_object_but_for_no_wrapper(
    simulator: Simulator, http: httpx.AsyncClient
) -> None:
    path = f"/accounts/{simulator.account}/invoices"
    assert error(await http.post(path, json={"invoice": []})) == (400, "invalid_request_params", "invoice")
    reply = await http.post(path, json={"invoice": {**invoice()["invoice"], "contact": []}})
    assert error(reply) == (422, "parameter_blank", "contact")


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("ack=1", 1), ("ack=true", 1), ("ack=t", 1), ("ack=0", 0), ("ack=false", 0), ("ack=", 0),
        ("ack=1&limit=", 1), ("ack=1&received_invoice_received=true", 1), ("ack=1&received_invoice_paid=1", 0),
        ("ack=1&sent=false", 1), ("ack=1&new=false&received_invoice_received=f", 0), ("ack=1&ack=0", 0),
    ],
)  # fmt: skip
async def test_flags_of_a_query_are_spelt_in_any_way(
    simulator: Simulator, http: httpx.AsyncClient, query: str, count: int
) -> None:
    made = await create(http, simulator.account, invoice(type="ReceivedInvoice"))
    await http.post(f"/invoices/{made['id']}/ack")
    reply = await http.get(f"/accounts/{simulator.account}/invoices?type=ReceivedInvoice&{query}")
    assert reply.json()["meta"]["total_count"] == count


@pytest.mark.parametrize(
    "query",
    ["include=lines,other", "include[]=lines&include[]=other", "include%5B0%5D=other&include%5B1%5D=lines"],
)
async def test_a_list_in_a_query_is_spelt_in_any_way(
    simulator: Simulator, http: httpx.AsyncClient, query: str
) -> None:
    made = await create(http, simulator.account, invoice())
    assert len((await http.get(f"/invoices/{made['id']}?{query}")).json()["invoice"]["lines"]) == 1


@pytest.mark.parametrize("name", ["X-B2B-API-Key", "x-b2b-api-key", "X-B2b-Api-Key", "X-B2B-API-KEY"])
async def test_header_names_of_requests_have_any_case_those_of_replies_the_documented_one(
    simulator: Simulator, name: str
) -> None:
    import httpx

    transport = httpx.ASGITransport(simulator.app)
    async with httpx.AsyncClient(transport=transport, base_url="https://any.test") as http:
        reply = await http.get("/accounts", headers={name: simulator.api_key})
    assert reply.status_code == 200
    names = [raw.decode() for raw, _ in reply.headers.raw]
    assert {"X-B2B-API-Request-Id", "Content-Type", "Content-Length"} <= set(names)


async def test_ids_in_bodies_may_be_text(simulator: Simulator, http: httpx.AsyncClient) -> None:
    number = (await create(http, simulator.account, invoice()))["contact"]["id"]
    body = invoice("F-2", contact_id=str(number))
    del body["invoice"]["contact"]
    assert (await create(http, simulator.account, body))["contact"]["id"] == number
    reply = await http.post(f"/accounts/{simulator.account}/invoices", json=invoice("F-3", contact_id="7"))
    assert error(reply) == (422, "parameter_inclusion", "contact_id")
    assert error(await http.get("/invoices/F-2")) == (404, "resource_missing", None)


async def test_numbers_fit_where_an_identifier_is_text_in_the_query_language(
    simulator: Simulator, http: httpx.AsyncClient
) -> None:
    found = await http.get("/accounts", params={"query": "tin_scheme=9920"})
    assert [account["id"] for account in found.json()["accounts"]] == [int(simulator.account)]


@pytest.mark.parametrize(
    "path", ["/accounts.json", "/accounts/483921.json", "/accounts/483921/invoices.json?limit=1"]
)
async def test_the_format_may_stand_behind_a_path_as_rails_has_it(
    simulator: Simulator, http: httpx.AsyncClient, path: str
) -> None:
    assert (await unchecked(simulator).get(path)).status_code == 200

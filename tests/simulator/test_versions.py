"""Older versions of the API, as far as the sources tell (docs/simulator.md has the table)."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from b2brouter_async.simulator import Key, Simulator

from .support import error, invoice

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.anyio

OLDEST, MARCH, APRIL, JUNE = VERSIONS = ("2025-10-13", "2026-03-02", "2026-04-20", "2026-06-26")


@pytest.fixture
def at(simulator: Simulator) -> Callable[[str], httpx.AsyncClient]:
    """A client that asks for a version. Replies of older versions are not those of the spec."""

    def client(version: str) -> httpx.AsyncClient:
        headers = {"X-B2B-API-Key": simulator.api_key, "X-B2B-API-Version": version}
        return httpx.AsyncClient(
            transport=simulator.transport(), base_url=f"{simulator.base_url}", headers=headers
        )

    return client


async def post(
    http: httpx.AsyncClient, simulator: Simulator, what: str, body: dict[str, Any]
) -> httpx.Response:
    return await http.post(f"/accounts/{simulator.account}/{what}", json=body)


@pytest.mark.parametrize("version", VERSIONS)
async def test_the_request_id_has_its_versions_name(
    at: Callable[[str], httpx.AsyncClient], version: str
) -> None:
    http = at(version)
    for reply in (
        await http.get("/accounts"),
        await http.get("/nowhere"),
        await http.post("/accounts", json={}),
    ):
        assert ("X-Request-Id" in reply.headers) == (version == OLDEST)
        assert ("X-B2B-API-Request-Id" in reply.headers) == (version != OLDEST)


async def test_a_key_without_a_version_in_the_request_has_its_own() -> None:
    simulator = Simulator(keys=[Key("test_old", version=OLDEST)])
    http = httpx.AsyncClient(transport=simulator.transport(), base_url=simulator.base_url)
    assert "X-Request-Id" in (await http.get("/accounts", headers={"X-B2B-API-Key": "test_old"})).headers


@pytest.mark.parametrize("version", VERSIONS)
async def test_schemes_are_numbers_at_first_and_text_since(
    simulator: Simulator, at: Callable[[str], httpx.AsyncClient], version: str
) -> None:
    body = {"contact": {"name": "x", "tin_value": "ESB98765431", "tin_scheme": 9920, "cin_scheme": "0007"}}
    shown = (await post(at(version), simulator, "contacts", body)).json()["contact"]
    assert (shown["tin_scheme"], shown["cin_scheme"]) == (
        (9920, 7) if version == OLDEST else ("9920", "0007")
    )
    accounts = (await at(version).get("/accounts")).json()["accounts"]
    assert accounts[0]["tin_scheme"] == (9920 if version == OLDEST else "9920")


@pytest.mark.parametrize("version", VERSIONS)
async def test_what_is_made_is_200_at_first_and_201_since(
    simulator: Simulator, at: Callable[[str], httpx.AsyncClient], version: str
) -> None:
    reply = await post(at(version), simulator, "invoices", invoice(f"F-{version}"))
    assert reply.status_code == (200 if version == OLDEST else 201)


@pytest.mark.parametrize("version", VERSIONS)
async def test_a_correction_names_its_original_by_its_versions_fields(
    simulator: Simulator, at: Callable[[str], httpx.AsyncClient], version: str
) -> None:
    flat = {"amended_number": "F-1", "amended_date": "2026-10-01", "amend_reason": "typo"}
    made = (await post(at(version), simulator, "invoices", invoice("R-1", **flat))).json()["invoice"]
    if version < APRIL:
        assert {name: made[name] for name in flat} == flat
        assert made["is_amend"] is True
        assert "invoice_references" not in made
    else:
        assert made["invoice_references"] == []
        assert "amended_number" not in made
    newest = (await at(JUNE).get(f"/invoices/{made['id']}")).json()["invoice"]
    wanted = [{"reference_type": "amend", "number": "F-1", "date": "2026-10-01", "reason": "typo"}]
    assert newest["invoice_references"] == (wanted if version < APRIL else [])


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("kind", ["IssuedInvoice", "IssuedSimplifiedInvoice"])
async def test_a_buyer_without_any_number_is_refused_since_april_except_on_simplified_invoices(
    simulator: Simulator, at: Callable[[str], httpx.AsyncClient], version: str, kind: str
) -> None:
    body = invoice("F-1", type=kind, contact={"name": "Ana", "email": "a@example.com", "country": "ES"})
    reply = await post(at(version), simulator, "invoices", body)
    if version >= APRIL and kind == "IssuedInvoice":
        assert error(reply) == (422, "parameter_blank", "tin_value")
    else:
        assert reply.json()["invoice"]["contact"]["name"] == "Ana"
        assert reply.json()["invoice"]["contact"]["country"] == "es"


@pytest.mark.parametrize("version", VERSIONS)
async def test_a_simplified_invoice_has_taken_a_contact_by_its_id_at_first_only(
    simulator: Simulator, at: Callable[[str], httpx.AsyncClient], version: str
) -> None:
    contact = {"contact": {"name": "Kept", "tin_value": "ESB98765431"}}
    number = (await post(at(JUNE), simulator, "contacts", contact)).json()["contact"]["id"]
    body = invoice("F-1", type="IssuedSimplifiedInvoice", contact_id=number)
    del body["invoice"]["contact"]
    made = (await post(at(version), simulator, "invoices", body)).json()["invoice"]
    assert (made["contact"] is not None) == (version == OLDEST)


@pytest.mark.parametrize("version", VERSIONS)
async def test_tax_number_was_a_filter_of_its_own_at_first(
    simulator: Simulator, at: Callable[[str], httpx.AsyncClient], version: str
) -> None:
    http = at(version)
    await post(http, simulator, "invoices", invoice("F-1"))
    other = {"name": "Other", "tin_value": "ESA1"}
    await post(http, simulator, "invoices", invoice("F-2", contact=other))
    listed = await http.get(f"/accounts/{simulator.account}/invoices", params={"taxcode": "ESA1"})
    assert listed.json()["meta"]["total_count"] == (1 if version == OLDEST else 2)


@pytest.mark.parametrize("version", VERSIONS)
async def test_discounts_and_charges_had_fields_of_their_own_at_first(
    simulator: Simulator, at: Callable[[str], httpx.AsyncClient], version: str
) -> None:
    body = invoice("F-1", charge_amount=5, charge_reason="Envío", apply_taxes_to_charge=False)
    body["invoice"]["invoice_lines_attributes"][0] |= {"discount_percent": 10, "discount_text": "Oferta"}
    made = (await post(at(version), simulator, "invoices", body)).json()["invoice"]
    assert made["subtotal"] == (95 if version == OLDEST else 100)


@pytest.mark.parametrize("extras", [[], {"3": {"allowance_charge_indicator": "charge", "amount": 2}}])
async def test_fields_of_the_first_version_are_read_where_lists_are_objects(
    simulator: Simulator, at: Callable[[str], httpx.AsyncClient], extras: Any
) -> None:
    """As PHP writes a list with a gap."""
    body = invoice("F-1", charge_amount=5, allowance_charges_attributes=extras)
    (line,) = body["invoice"]["invoice_lines_attributes"]
    body["invoice"]["invoice_lines_attributes"] = {"0": {**line, "discount_amount": 10}, "2": line}
    made = (await post(at(OLDEST), simulator, "invoices", body)).json()["invoice"]
    assert made["subtotal"] == 195 + (2 if extras else 0)


@pytest.mark.parametrize("extras", ["x", 5, True, None, {}])
async def test_allowances_of_the_wrong_type_are_refused_beside_the_fields_of_the_first_version(
    simulator: Simulator, at: Callable[[str], httpx.AsyncClient], extras: Any
) -> None:
    body = invoice("F-1", charge_amount=5, allowance_charges_attributes=extras)
    reply = await at(OLDEST).post(f"/accounts/{simulator.account}/invoices", json=body)
    assert reply.status_code in (400, 422)
    assert reply.json()["error"]["param"] == "allowance_charges_attributes"


async def test_a_tax_number_with_a_quotation_mark_is_nobodys(
    simulator: Simulator, at: Callable[[str], httpx.AsyncClient]
) -> None:
    http = at(OLDEST)
    await post(http, simulator, "invoices", invoice("F-1"))
    reply = await http.get(f"/accounts/{simulator.account}/invoices", params={"taxcode": 'ESB9876"5431'})
    assert reply.json()["meta"]["total_count"] == 0


@pytest.mark.parametrize("version", VERSIONS)
async def test_fields_that_were_renamed_have_their_versions_name(
    simulator: Simulator, at: Callable[[str], httpx.AsyncClient], version: str
) -> None:
    old = version == OLDEST
    body = invoice("F-1", **{"type_document" if old else "type_code": "380"})
    line = body["invoice"]["invoice_lines_attributes"][0]
    line["clasification_code_scheme" if version < APRIL else "classification_code_scheme"] = "STI"
    http = at(version)
    made = (await post(http, simulator, "invoices", body)).json()["invoice"]
    assert made["type_document" if old else "type_code"] == "380"
    assert ("type_code" in made) != old
    shown = (await http.get(f"/invoices/{made['id']}?include=lines")).json()["invoice"]["lines"][0]
    assert shown["clasification_code_scheme" if version < APRIL else "classification_code_scheme"] == "STI"


@pytest.mark.parametrize("version", VERSIONS)
async def test_new_contacts_are_providers_since_march(
    simulator: Simulator, at: Callable[[str], httpx.AsyncClient], version: str
) -> None:
    body = {"contact": {"name": "x", "tin_value": "ESB98765431"}}
    assert (await post(at(version), simulator, "contacts", body)).json()["contact"]["is_provider"] is (
        version != OLDEST
    )


@pytest.mark.parametrize("version", VERSIONS)
async def test_checks_of_tax_numbers_came_in_april(
    at: Callable[[str], httpx.AsyncClient], version: str
) -> None:
    entities = [{"tin_value": "ESB01234566", "name": "x"}]
    reply = await at(version).post("/tin_verifications?country=es", json=entities)
    assert reply.status_code == (202 if version >= APRIL else 404)


@pytest.mark.parametrize("version", VERSIONS)
async def test_a_contact_of_a_parent_shares_its_tax_number_since_april(
    simulator: Simulator, at: Callable[[str], httpx.AsyncClient], version: str
) -> None:
    http = at(version)
    whole = {"contact": {"name": "Whole", "tin_value": "ESB98765431", "tin_scheme": "9920"}}
    number = (await post(http, simulator, "contacts", whole)).json()["contact"]["id"]
    part = {"contact": {**whole["contact"], "name": "Part", "tin_value": "ESA1", "parent_id": number}}
    reply = await post(http, simulator, "contacts", part)
    if version < APRIL:
        assert reply.is_success
    else:
        assert error(reply) == (422, "parameter_invalid", "tin_value")
    part["contact"]["tin_value"] = "ESB98765431"
    assert (await post(http, simulator, "contacts", part)).is_success


async def test_the_newest_version_is_what_the_spec_says(
    simulator: Simulator, at: Callable[[str], httpx.AsyncClient]
) -> None:
    """A newer version than all of these takes nothing of the older ones."""
    reply = await post(
        at(JUNE), simulator, "invoices", invoice("F-1", type_document="380", discount_amount=5)
    )
    assert json.loads(reply.content)["invoice"]["total"] == 121
    assert reply.json()["invoice"]["type_code"] is None

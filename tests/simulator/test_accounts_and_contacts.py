from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from b2brouter_async.simulator import ACCOUNTS, Simulator

from .support import client, create, error, invoice

if TYPE_CHECKING:
    from pathlib import Path

    import httpx

pytestmark = pytest.mark.anyio

ACCOUNT = {"name": "Nova", "email": "a@example.com", "address": "x", "city": "y", "postalcode": "1"}
CONTACT = {"name": "Cliente", "tin_value": "ESB98765431", "tin_scheme": "9920"}


async def test_accounts_are_listed_flat(http: httpx.AsyncClient) -> None:
    body = (await http.get("/accounts", params={"limit": 1})).json()
    assert "meta" not in body
    assert (body["total_count"], body["offset"], body["limit"], len(body["accounts"])) == (2, 0, 1, 1)


async def test_an_account_goes_through_its_life(simulator: Simulator, http: httpx.AsyncClient) -> None:
    made = (await http.post("/accounts", json={"account": ACCOUNT})).json()["account"]
    path = f"/accounts/{made['id']}"
    assert made["country"] == "es"
    changed = await http.put(path, json={"account": {"city": "z", "unknown": 1}})
    assert changed.json()["account"]["city"] == "z"
    assert "unknown" not in changed.json()["account"]
    assert (
        await http.post(f"{path}/logo", content=b"png", headers={"Content-Type": "application/octet-stream"})
    ).status_code == 201
    assert (await http.get(path)).json()["account"]["has_logo"] is True
    assert (await http.delete(f"{path}/logo")).json()["account"]["has_logo"] is False
    assert (await http.delete(f"{path}/logo")).status_code == 404
    # Archived even without an invoice: the vendor's own example brings it back.
    archived = (await http.delete(path)).json()["account"]
    assert (archived["archived"], archived["deleted"]) == (True, False)
    assert (await http.post(f"{path}/unarchive")).json()["account"]["archived"] is False


async def test_an_account_with_invoices_is_archived_and_comes_back(
    simulator: Simulator, http: httpx.AsyncClient
) -> None:
    path = f"/accounts/{simulator.account}"
    await create(http, simulator.account, invoice())
    assert error(await http.post(f"{path}/unarchive")) == (409, "conflict", None)
    archived = (await http.delete(path)).json()["account"]
    assert (archived["archived"], archived["deleted"]) == (True, False)
    assert error(await http.delete(path)) == (409, "conflict", None)
    assert (await http.post(f"{path}/invoices", json=invoice("2"))).status_code == 404
    found = await http.get("/accounts", params={"query": "status=9"})
    assert [account["id"] for account in found.json()["accounts"]] == [int(simulator.account)]
    assert (await http.post(f"{path}/unarchive")).json()["account"]["archived"] is False
    await create(http, simulator.account, invoice("2"))


async def test_the_tax_number_of_an_account_is_fixed(simulator: Simulator, http: httpx.AsyncClient) -> None:
    reply = await http.put(f"/accounts/{simulator.account}", json={"account": {"tin_value": "ESA1"}})
    assert error(reply) == (422, "parameter_cannot_change", "tin_value")


@pytest.mark.parametrize("name", sorted(ACCOUNT))
async def test_an_account_needs_each_of_its_required_fields(http: httpx.AsyncClient, name: str) -> None:
    missing = {key: value for key, value in ACCOUNT.items() if key != name}
    assert error(await http.post("/accounts", json={"account": missing})) == (422, "parameter_blank", name)
    blank = {**ACCOUNT, name: " "}
    assert error(await http.post("/accounts", json={"account": blank})) == (422, "parameter_blank", name)


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("country=be", 1),
        ("name~ficticios", 1),
        ("name~ficticios OR country=be", 2),
        ("name~ficticios AND country=be", 0),
        ("-country=be", 1),
        ("country=es AND (name~x OR -name~x)", 1),
        ('name="Imaginaire Diensten BV"', 1),
        ("created_at>=2026-01-01", 2),
        ("created_at<2026-01-01", 0),
        ("identifier=1", 0),
    ],
)
async def test_accounts_are_found_by_expression(http: httpx.AsyncClient, query: str, count: int) -> None:
    assert (await http.get("/accounts", params={"query": query})).json()["total_count"] == count


@pytest.mark.parametrize(
    "query", ["name", "colour=red", "name~", "(name~x", "name~x)", "AND", "name=x name=y", "-" * 9999]
)
async def test_an_expression_that_cannot_be_read_is_invalid_query(
    http: httpx.AsyncClient, query: str
) -> None:
    assert error(await http.get("/accounts", params={"query": query})) == (400, "invalid_query", "query")


async def test_a_transport_can_be_there_once(simulator: Simulator, http: httpx.AsyncClient) -> None:
    path = f"/accounts/{simulator.account}/transports"
    body = {"transport": {"code": "face", "username": "u", "password": "hidden"}}
    made = await http.post(path, json=body)
    assert made.status_code == 201
    assert "hidden" not in made.text
    assert error(await http.post(path, json=body)) == (422, "parameter_taken", "code")
    assert (await http.get(path)).json()["total_count"] == 1
    assert error(await http.post(path, json={"transport": {}})) == (422, "parameter_blank", "code")


async def test_contacts_are_listed_with_meta(simulator: Simulator, http: httpx.AsyncClient) -> None:
    path = f"/accounts/{simulator.account}/contacts"
    await http.post(path, json={"contact": CONTACT})
    assert (await http.get(path)).json()["meta"] == {"total_count": 1, "offset": 0, "limit": 25}


async def test_creating_a_contact_twice_makes_two(simulator: Simulator, http: httpx.AsyncClient) -> None:
    path = f"/accounts/{simulator.account}/contacts"
    ids = {(await http.post(path, json={"contact": CONTACT})).json()["contact"]["id"] for _ in range(2)}
    assert len(ids) == 2


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"name": "A"}, (422, "parameter_blank", "tin_value")),
        ({"name": "A", "tin_value": " ", "cin_value": ""}, (422, "parameter_blank", "tin_value")),
        ({"name": "A", "pin_value": "1", "pin_scheme": "0088"}, (422, "parameter_blank", "tin_value")),
        ({"name": "", "tin_value": "1"}, (422, "parameter_blank", "name")),
        ({"tin_value": "1"}, (422, "parameter_blank", "name")),
        ({"name": "A", "tin_value": "1", "tin_scheme": "VAT"}, (422, "parameter_inclusion", "tin_scheme")),
        ({"name": "A", "tin_value": "1", "pin_scheme": "4711"}, (422, "parameter_inclusion", "pin_scheme")),
    ],
)
async def test_a_contact_needs_a_name_and_a_tin_or_a_cin_under_known_schemes(
    simulator: Simulator, http: httpx.AsyncClient, fields: dict[str, Any], expected: tuple[int, str, str]
) -> None:
    assert (
        error(await http.post(f"/accounts/{simulator.account}/contacts", json={"contact": fields}))
        == expected
    )


async def test_a_cin_alone_is_enough_for_a_contact(simulator: Simulator, http: httpx.AsyncClient) -> None:
    fields = {"name": "A", "cin_value": "0765432146", "cin_scheme": "0208"}
    reply = await http.post(f"/accounts/{simulator.account}/contacts", json={"contact": fields})
    assert reply.status_code == 201


async def test_a_contact_is_changed_found_and_deleted(simulator: Simulator, http: httpx.AsyncClient) -> None:
    path = f"/accounts/{simulator.account}/contacts"
    made = (await http.post(path, json={"contact": {**CONTACT, "integration_code": "K7"}})).json()["contact"]
    one = f"/contacts/{made['id']}"
    assert (await http.put(one, json={"contact": {"city": "Madrid"}})).json()["contact"]["city"] == "Madrid"
    assert error(await http.put(one, json={"contact": {"tin_value": ""}})) == (
        422,
        "parameter_blank",
        "tin_value",
    )
    for query, count in (
        ("integration_code=K7", 1),
        ("integration_code=K", 0),
        ("name=client", 1),
        ("is_client=false", 0),
    ):
        assert (await http.get(f"{path}?{query}")).json()["meta"]["total_count"] == count
    assert (await http.delete(one)).json()["contact"]["deleted"] is True
    assert error(await http.delete(one)) == (404, "resource_missing", None)


async def test_a_contact_with_invoices_stays(simulator: Simulator, http: httpx.AsyncClient) -> None:
    made = await create(http, simulator.account, invoice())
    one = f"/contacts/{made['contact']['id']}"
    assert error(await http.delete(one)) == (409, "conflict", None)
    await http.delete(f"/invoices/{made['id']}")
    assert (await http.delete(one)).status_code == 200


async def test_no_new_account_takes_the_id_of_one_that_was_given(
    tmp_path: Path,
) -> None:
    """The numbers that are given at the start may lie anywhere, also where the next ones would be."""
    seeds = [{**ACCOUNTS[0], "id": number} for number in (483921, 483923, 12)]
    simulator = Simulator(accounts=seeds, data=tmp_path / "state.db")
    http = client(simulator)
    made = [(await http.post("/accounts", json={"account": ACCOUNT})).json()["account"]["id"] for _ in "abc"]
    everybody = (await http.get("/accounts")).json()["accounts"]
    assert len({account["id"] for account in everybody}) == 6
    assert not {483921, 483923, 12} & set(made)
    simulator.close()
    resumed = Simulator(accounts=seeds, data=tmp_path / "state.db")
    another = (await client(resumed).post("/accounts", json={"account": ACCOUNT})).json()["account"]["id"]
    assert another not in {account["id"] for account in everybody}
    resumed.close()


def test_two_accounts_of_one_id_are_refused() -> None:
    with pytest.raises(ValueError, match="second account 7"):
        Simulator(accounts=[{**ACCOUNTS[0], "id": 7}, {**ACCOUNTS[1], "id": 7}])

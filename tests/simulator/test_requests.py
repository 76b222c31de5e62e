"""Key, version, route, parameters, body: requests are checked as the server checks them."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from b2brouter_async.simulator import Key, Simulator

from .support import client, create, error, invoice

pytestmark = pytest.mark.anyio

KEYS = (
    Key("live_one", "production"),
    Key("test_old", expired=True),
    Key("test_lost", group=None),
    Key("test_legacy", version="2025-01-01"),
    Key("test_unset", version=None),
    Key("stg_one", "staging"),
    Key("test_other", group="other"),
)


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        ("", (401, "missing_api_key", None)),
        ("test_unknown", (401, "invalid_api_key", None)),
        ("stg_one", (401, "invalid_api_key", None)),
        ("test_old", (401, "expired_api_key", None)),
        ("test_lost", (403, "no_account_group", None)),
        ("test_legacy", (400, "api_version_subdomain_mismatch", None)),
        ("test_unset", (400, "missing_api_version", None)),
    ],
)
async def test_a_key_that_is_not_fit_is_refused_with_its_own_code(
    key: str, expected: tuple[int, str, str | None]
) -> None:
    http = client(Simulator(keys=KEYS))
    http.headers["X-B2B-API-Key"] = key
    assert error(await http.get("/accounts")) == expected


async def test_a_request_without_a_key_header_is_refused() -> None:
    http = client(Simulator())
    del http.headers["X-B2B-API-Key"]
    assert error(await http.get("/accounts")) == (401, "missing_api_key", None)


async def test_the_staging_host_knows_staging_keys_only() -> None:
    simulator = Simulator(api_key="stg_first", environment="staging", keys=[Key("test_one")])
    assert (await client(simulator).get("/accounts")).status_code == 200
    assert error(await client(simulator, key="test_one").get("/accounts"))[1] == "invalid_api_key"


def test_a_test_key_is_a_sandbox_key_always() -> None:
    with pytest.raises(ValueError, match="sandbox"):
        Key("test_one", "production")


def test_a_key_does_not_show_its_value() -> None:
    assert "live_secret" not in repr(Key("live_secret", "production"))


@pytest.mark.parametrize(
    ("version", "code"),
    [
        ("2025-01-01", "api_version_subdomain_mismatch"),
        ("2031-01-01", "invalid_api_version"),
        ("", "invalid_api_version"),
    ],
)
async def test_a_version_that_is_not_served_is_refused(simulator: Simulator, version: str, code: str) -> None:
    assert error(await client(simulator, version=version).get("/accounts")) == (400, code, None)


async def test_a_version_in_the_request_replaces_the_groups_default() -> None:
    simulator = Simulator(keys=KEYS)
    assert (
        await client(simulator, key="test_unset", version="2026-06-26").get("/accounts")
    ).status_code == 200


@pytest.mark.parametrize(
    ("version", "header"), [("2026-03-02", "X-B2B-API-Request-Id"), ("2025-10-13", "X-Request-Id")]
)
async def test_the_request_id_is_in_the_header_of_its_version(
    simulator: Simulator, version: str, header: str
) -> None:
    first = await client(simulator, version=version).get("/accounts")
    second = await client(simulator, version=version).get("/accounts")
    assert first.headers[header] != second.headers[header]


async def test_a_key_reaches_its_own_group_only(simulator: Simulator) -> None:
    simulator = Simulator(keys=KEYS)
    own, other = client(simulator), client(simulator, key="test_other")
    made = await create(own, simulator.account, invoice())
    assert (await other.get("/accounts")).json()["total_count"] == 0
    for path in (
        f"/accounts/{simulator.account}",
        f"/invoices/{made['id']}",
        f"/contacts/{made['contact']['id']}",
    ):
        assert (await own.get(path)).status_code == 200
        assert error(await other.get(path)) == (404, "resource_missing", None)


async def test_production_and_sandbox_share_a_host_and_nothing_else() -> None:
    simulator = Simulator(keys=KEYS)
    assert (await client(simulator, key="live_one").get("/accounts")).json()["total_count"] == 0


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[1",
        b'{"invoice": NaN}',
        b"\xff",
        b"null",
        b"[]",
        b'"x"',
        b"{}",
        b'{"invoice": []}',
        b"[" * 100_000,
    ],
)
async def test_a_body_that_is_no_json_object_with_its_wrapper_is_400(
    simulator: Simulator, http: httpx.AsyncClient, content: bytes
) -> None:
    reply = await http.post(
        f"/accounts/{simulator.account}/invoices",
        content=content,
        headers={"Content-Type": "application/json"},
    )
    assert error(reply)[:2] == (400, "invalid_request_params")


async def test_json_under_another_media_type_is_not_read(
    simulator: Simulator, http: httpx.AsyncClient
) -> None:
    reply = await http.post(
        f"/accounts/{simulator.account}/invoices", content=b"{}", headers={"Content-Type": "text/plain"}
    )
    assert error(reply)[:2] == (400, "invalid_request_params")


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"date": "14.10.2026"}, (400, "invalid_request_params", "date")),
        ({"date": "2026-02-30"}, (400, "invalid_request_params", "date")),
        ({"is_credit_note": "yes"}, (400, "invalid_request_params", "is_credit_note")),
        ({"contact_id": "seven"}, (400, "invalid_request_params", "contact_id")),
        ({"payment_method": True}, (400, "invalid_request_params", "payment_method")),
        ({"extra_info": None}, (422, "parameter_empty", "extra_info")),
        ({"type": "SelfBilled"}, (422, "parameter_inclusion", "type")),
        ({"invoice_lines_attributes": {}}, (400, "invalid_request_params", "invoice_lines_attributes")),
        ({"invoice_lines_attributes": [7]}, (400, "invalid_request_params", "invoice_lines_attributes")),
        ({"contact_id": 1}, (422, "parameter_inclusion", "contact_id")),
    ],
)
async def test_a_field_of_the_wrong_shape_is_refused_by_name(
    simulator: Simulator, http: httpx.AsyncClient, fields: dict[str, Any], expected: tuple[int, str, str]
) -> None:
    reply = await http.post(f"/accounts/{simulator.account}/invoices", json=invoice(**fields))
    assert error(reply) == expected


async def test_a_whole_number_written_with_a_point_is_an_integer(
    simulator: Simulator, http: httpx.AsyncClient
) -> None:
    made = await create(http, simulator.account, invoice(payment_method=4.0))
    assert made["payment_method"] == 4


async def test_amounts_beyond_reason_are_refused_and_not_computed(
    simulator: Simulator, http: httpx.AsyncClient
) -> None:
    body = b'{"invoice": {"number": "1", "total_amount_due": 1e999999999}}'
    reply = await http.post(
        f"/accounts/{simulator.account}/invoices", content=body, headers={"Content-Type": "application/json"}
    )
    # Nothing is said of the field `number`, which is the invoice's.
    assert error(reply) == (422, "parameter_inclusion", None)


async def test_unknown_fields_are_ignored_without_a_word(
    simulator: Simulator, http: httpx.AsyncClient
) -> None:
    body = invoice(no_such_field={"a": 1})
    body["beside"] = 1
    assert "no_such_field" not in await create(http, simulator.account, body)


@pytest.mark.parametrize(
    "query",
    [
        "limit=x",
        "offset=1.5",
        "ack=maybe",
        "date_from=yesterday",
        "new=2",
        "type=Whatever",
        "ack=True",
        "limit=1e3",
    ],
)
async def test_a_query_parameter_of_the_wrong_type_is_400(
    simulator: Simulator, http: httpx.AsyncClient, query: str
) -> None:
    reply = await http.get(f"/accounts/{simulator.account}/invoices?{query}")
    assert error(reply) == (400, "invalid_request_params", query.partition("=")[0])


async def test_unknown_query_parameters_are_ignored(simulator: Simulator, http: httpx.AsyncClient) -> None:
    assert (await http.get(f"/accounts/{simulator.account}/invoices?colour=red")).status_code == 200


@pytest.mark.parametrize(
    "path", ["/nothing", "/", "/invoices/abc", "/invoices/-1", "/invoices/1/2/3", "/accounts//invoices",
             "/invoices/99999999999999999999999", "/accounts/%2e%2e", "/invoices/1%2Fack", "/accounts/{}"]
)  # fmt: skip
async def test_what_is_not_there_is_404(http: httpx.AsyncClient, path: str) -> None:
    assert error(await http.get(path)) == (404, "resource_missing", None)


async def test_a_method_the_path_does_not_have_is_405_and_names_those_it_has(http: httpx.AsyncClient) -> None:
    reply = await http.patch("/accounts")
    assert reply.status_code == 405
    assert reply.headers["Allow"] == "GET, POST"


async def test_head_is_get_without_the_body(simulator: Simulator) -> None:
    key = {"X-B2B-API-Key": simulator.api_key, "X-B2B-API-Version": "2026-06-26"}
    async with httpx.AsyncClient(
        transport=simulator.transport(), base_url=simulator.base_url, headers=key
    ) as http:
        reply, whole = await http.head("/accounts"), await http.get("/accounts")
        assert (reply.status_code, reply.content) == (200, b"")
        assert reply.headers["Content-Length"] == str(len(whole.content))
        assert (await http.head("/accounts/1/contacts")).status_code == 404
        unarchive = await http.head("/accounts/1/unarchive")
        assert (unarchive.status_code, unarchive.headers["Allow"]) == (405, "POST")


async def test_an_id_in_the_query_beyond_64_bits_is_out_of_range(
    simulator: Simulator, http: httpx.AsyncClient
) -> None:
    path = f"/accounts/{simulator.account}/payments"
    assert (await http.get(path, params={"invoice_id": 2**63 - 1})).status_code == 200
    assert error(await http.get(path, params={"invoice_id": 2**63}))[:2] == (400, "invalid_request_params")


async def test_a_page_far_beyond_the_last_is_empty(simulator: Simulator, http: httpx.AsyncClient) -> None:
    for path in (f"/accounts/{simulator.account}/invoices", f"/accounts/{simulator.account}/contacts"):
        reply = await http.get(path, params={"offset": 10**40, "limit": 10**40})
        assert reply.json()["meta"]["total_count"] == 0

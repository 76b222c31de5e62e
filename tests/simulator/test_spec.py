"""The spec: every operation is answered, its copy in the package is current, its spelling doesn't matter."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest

from b2brouter_async.simulator import Simulator, frozen
from b2brouter_async.simulator.handlers.table import HANDLERS
from b2brouter_async.simulator.server.made_up import MARK
from b2brouter_async.simulator.spec import METHODS, Spec, blank, packaged
from tests.described import ERRORS, MANIFEST, REQUESTS, schemas_of, validate

from .conftest import MORNING
from .support import SAMPLES, client, create, invoice, sample, spec, unchecked

if TYPE_CHECKING:
    from pathlib import Path

    import httpx

anyio_only = pytest.mark.anyio


@anyio_only
@pytest.mark.parametrize("key", sorted(set(packaged().operations) - set(HANDLERS)) or ["none"])
async def test_what_nobody_has_written_yet_is_answered_from_the_spec(key: str) -> None:
    """A newer spec may have operations that are answered from the spec alone: the list above is empty today."""
    if key == "none":
        return
    reply = await client(Simulator()).request(*key.replace("{}", "1").split(" "))
    assert MARK in reply.headers or reply.status_code in (400, 422)


def test_the_copy_in_the_package_says_what_the_spec_says() -> None:
    assert packaged().source == spec()


def renamed(source: Any) -> Any:
    """The spec as somebody else may write it: other component names, parameter names and operationIds."""
    text = json.dumps(source)
    text = re.sub(r"#/components/schemas/([^\"]+)", r"#/components/schemas/x\1y", text)
    text = re.sub(r"\{([A-Za-z_]\w*)\}", r"{the_\1}", text)
    other: dict[str, Any] = json.loads(text)
    schemas = other["components"]["schemas"]
    other["components"]["schemas"] = {f"x{name}y": schema for name, schema in schemas.items()}
    named = list(other["components"].get("parameters", {}).values())
    for item in other["paths"].values():
        named += item.get("parameters", [])
        for method in METHODS:
            if method in item:
                item[method]["operationId"] = "op" + item[method].get("operationId", "")
                named += item[method].get("parameters", [])
    for parameter in named:
        if parameter.get("in") == "path":
            parameter["name"] = f"the_{parameter['name']}"
    return other


@anyio_only
async def test_names_in_the_spec_may_change_and_nothing_else_does() -> None:
    simulator = Simulator(spec=Spec(renamed(packaged().source)), clock=frozen(MORNING))
    http = client(simulator)
    made = await create(http, simulator.account, {**invoice(), "send_after_import": True})
    simulator.advance(5)
    assert (await http.get(f"/invoices/{made['id']}")).json()["invoice"]["state"] == "sent"
    assert (await http.get(f"/accounts/{simulator.account}/invoices?sent=1")).json()["meta"][
        "total_count"
    ] == 1
    assert (await http.get("/directory/be/0214596464")).status_code == 202


@anyio_only
@pytest.mark.parametrize("spelling", ["2027-01-15", "20270115", "v2027-01-15"])
async def test_a_simulator_answers_for_the_version_of_its_spec(spelling: str) -> None:
    """The spec may be newer than the versions the simulator knows, and than the one in the package."""
    newer = Spec({**packaged().source, "info": {"title": "x", "version": spelling}})
    simulator = Simulator(spec=newer)
    assert simulator.world.spec is newer

    async def status(version: str) -> int:
        headers = {"X-B2B-API-Version": version}
        return (await unchecked(simulator).get("/accounts", headers=headers)).status_code

    assert await status("2027-01-15") == 200
    assert await status("2026-06-26") == 200
    assert await status("2027-01-16") == 400
    assert (
        await unchecked(Simulator()).get("/accounts", headers={"X-B2B-API-Version": "2027-01-15"})
    ).json()["error"]["code"] == "invalid_api_version"


ORDER: dict[str, Any] = {
    "type": "object",
    "required": ["id"],
    "properties": {
        "id": {"type": "integer"},
        "number": {"type": ["string", "null"]},
        "placed_on": {"type": "string", "format": "date"},
        "state": {"type": "string", "enum": ["open", "closed"]},
        "total": {"anyOf": [{"type": "null"}, {"type": "number", "minimum": 2}]},
        "lines": {"type": "array", "items": {"$ref": "#/components/schemas/Order"}},
    },
}


def with_orders() -> Spec:
    """A spec with operations that nobody has written: a list, a create, a file, and one without a body."""
    source = json.loads(json.dumps(packaged().source))
    source["components"]["schemas"]["Order"] = ORDER
    shown = {"schema": {"type": "object", "properties": {"order": {"$ref": "#/components/schemas/Order"}}}}
    body = {"schema": {"type": "object", "required": ["order"], "properties": {"order": {"type": "object"}}}}
    listed = {"example": {"orders": [{"id": 7}]}, "schema": {"type": "object"}}
    source["paths"]["/orders"] = {
        "get": {"responses": {"200": {"description": "x", "content": {"application/json": listed}}}},
        "post": {
            "requestBody": {"content": {"application/json": body}},
            "responses": {"201": {"description": "x", "content": {"application/json": shown}}},
        },
    }
    source["paths"]["/orders/{id}"] = {
        "get": {"responses": {"200": {"description": "x", "content": {"application/pdf": {}}}}},
        "delete": {"responses": {"204": {"description": "x"}}},
    }
    return Spec(source)


@anyio_only
async def test_an_operation_nobody_has_written_yet_answers_from_the_spec_and_is_marked() -> None:
    http = unchecked(Simulator(spec=with_orders()))
    listed = await http.get("/orders")
    assert (listed.status_code, listed.json()) == (200, {"orders": [{"id": 7}]})
    made = await http.post("/orders", json={"order": {}})
    assert made.status_code == 201
    jsonschema.validate(made.json()["order"], {**ORDER, "components": {"schemas": {"Order": ORDER}}})
    assert made.json()["order"]["total"] == 2
    assert (await http.post("/orders", json={})).status_code == 400
    file = await http.get("/orders/7")
    assert file.headers["Content-Type"] == "application/pdf"
    assert (await http.delete("/orders/7")).status_code == 204
    for reply in (listed, made, file):
        assert MARK in reply.headers
    assert MARK not in (await http.get("/accounts")).headers


@anyio_only
async def test_an_operation_that_the_spec_lost_is_404_and_nothing_else_changes() -> None:
    source = json.loads(json.dumps(packaged().source))
    account = next(path for path in source["paths"] if blank(path) == "/accounts/{}/contacts")
    del source["paths"][account]
    simulator = Simulator(spec=Spec(source))
    http = unchecked(simulator)
    assert (await http.post(f"/accounts/{simulator.account}/contacts", json={})).status_code == 404
    await create(http, simulator.account, invoice())


@anyio_only
async def test_a_spec_can_be_read_from_a_file(tmp_path: Path) -> None:
    (tmp_path / "spec.json").write_text(json.dumps(packaged().source), "utf-8")
    assert Spec.load(tmp_path / "spec.json").source == packaged().source
    (tmp_path / "spec.yaml").write_text(
        "openapi: 3.0.0\ninfo: {version: 2027-01-15}\npaths:\n  /x:\n    get: {responses: {200: {description: d}}}\n"
    )
    loaded = Spec.load(tmp_path / "spec.yaml")
    assert (loaded.version, list(loaded.operations)) == ("2027-01-15", ["GET /x"])
    for text in (
        "[]",
        "{a",
        '{"openapi": "3", "info": {}, "paths": {"/x": {"get": {}}}}',
        '{"openapi": "3.1.0"}',
    ):
        (tmp_path / "no.json").write_text(text)
        with pytest.raises(ValueError, match=r"missing|neither|can't be read"):
            Spec.load(tmp_path / "no.json")


def test_literal_segments_are_preferred_to_parameters() -> None:
    found = packaged().match(["accounts", "1", "invoices", "import"])
    assert found is not None
    assert found[0]["POST"][0].key == "POST /accounts/{}/invoices/import"
    assert found[1] == ["1"]
    assert blank("/a/{b}/c/{d}") == "/a/{}/c/{}"
    assert packaged().match(["accounts", "", "invoices"]) is None
    assert packaged().match(["invoices", "{}"]) is not None


def test_the_manifest_names_every_sample() -> None:
    assert set(MANIFEST) == {path.name for path in SAMPLES.glob("*.json")} - {"manifest.json"}


@pytest.mark.parametrize("name", sorted(MANIFEST))
def test_every_sample_fits_what_the_spec_says_there(name: str) -> None:
    schemas = list(schemas_of(name))
    assert schemas
    for schema in schemas:
        validate(schema, sample(name.removesuffix(".json")))


@anyio_only
@pytest.mark.parametrize("name", REQUESTS)
async def test_every_sample_request_gets_the_success_of_its_operation(
    simulator: Simulator, http: httpx.AsyncClient, name: str
) -> None:
    body = sample(name.removesuffix(".json"))
    path = f"/accounts/{simulator.account}/invoices"
    operation = MANIFEST[name]["operation"]
    if operation == "invoices.mark_as":
        path = f"/invoices/{(await create(http, simulator.account, invoice()))['id']}/mark_as"
    elif operation == "tax_reports.create":
        path = f"/accounts/{simulator.account}/tax_reports"
    elif "contact_id" in body["invoice"]:
        # The sample names a contact of its own server.
        body["invoice"]["contact_id"] = (await create(http, simulator.account, invoice()))["contact"]["id"]
    reply = await http.post(path, json=body)
    assert reply.status_code == (200 if operation == "invoices.mark_as" else 201), reply.text
    if "invoice" in body:
        assert reply.json()["invoice"]["errors"] == []
        assert reply.json()["invoice"]["state"] == ("sending" if body["send_after_import"] else "new")


@anyio_only
@pytest.mark.parametrize("name", ERRORS)
async def test_every_sample_error_has_the_shape_the_simulator_answers(name: str) -> None:
    """The simulator answers with one of the samples' shapes: the documented one, an object under `error`."""
    simulator = Simulator(limit=1)
    http = client(simulator, key="test_wrong" if name == "error-401.json" else None)
    for _ in range(2):
        reply = await http.get("/accounts")
    for schema in schemas_of(name):
        validate(schema, reply.json())
    body = sample(name.removesuffix(".json"))
    if "error" in body and body["error"].get("code") in (None, "invalid_api_key"):
        expected = 401 if name == "error-401.json" else 429
        assert reply.status_code == expected
        assert reply.json()["error"].keys() == body["error"].keys()


def test_the_checks_of_these_tests_find_a_reply_outside_the_spec() -> None:
    with pytest.raises(jsonschema.ValidationError):
        validate(next(schemas_of("invoice-detail.json")), {"invoice": {"id": "7"}})

"""A client whose every reply is checked against the OpenAPI document, by a library that knows nothing of ours."""

from __future__ import annotations

import functools
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import anyio
import httpx
import jsonschema
import pytest

from b2brouter_async.simulator.spec import packaged
from overrides.codegen.generate import OVERRIDES
from overrides.codegen.operations import Entry, load_entries
from tests import described
from tests.described import root

if TYPE_CHECKING:
    from collections.abc import Callable

    from b2brouter_async.simulator import Simulator

ROOT = Path(__file__).resolve().parents[2]
OPENAPI = ROOT / "openapi"
SAMPLES = OPENAPI / "samples"
# What the spec can't say: a path or method it doesn't have.
OUTSIDE = (404, 405)


@functools.cache
def spec() -> dict[str, Any]:
    return described.spec()


def sample(name: str) -> Any:
    return json.loads((SAMPLES / f"{name}.json").read_text("utf-8"))


@functools.cache
def validator(pointer: str) -> jsonschema.Draft202012Validator:
    """A validator for the schema at a JSON pointer into the spec."""
    return jsonschema.Draft202012Validator({"$ref": f"#{pointer}", **root()})


def escape(part: str) -> str:
    return part.replace("~", "~0").replace("/", "~1").replace("{", "%7B").replace("}", "%7D")


def pointer(*parts: str) -> str:
    return "".join(f"/{escape(part)}" for part in parts)


@functools.cache
def known_operations() -> list[Entry]:
    return load_entries(OVERRIDES / "operations.yaml")


def check_reply(method: str, path: str, reply: httpx.Response) -> None:
    """Fail unless the spec allows this reply to this request."""
    templates = [template for template in spec()["paths"] if fits(template, path)]
    templates = [template for template in templates if method.lower() in spec()["paths"][template]]
    if not templates:
        if any(one.method == method and fits(one.path, path) for one in known_operations()):
            pytest.skip(
                f"the spec no longer has {method} {path}; its tests go when it leaves operations.yaml"
            )
        assert reply.status_code in OUTSIDE, f"{method} {path} is not in the spec: {reply.status_code}"
        return
    literal = max(templates, key=lambda template: -template.count("{"))
    responses = spec()["paths"][literal][method.lower()]["responses"]
    status = str(reply.status_code)
    assert status in responses, f"{status} is no documented reply to {method} {literal}: {reply.text}"
    place = pointer("paths", literal, method.lower(), "responses", status)
    entry = responses[status]
    if "$ref" in entry:
        place = entry["$ref"].removeprefix("#")
        entry = spec()["components"]["responses"][entry["$ref"].rsplit("/", 1)[-1]]
    if "content" not in entry:
        assert not reply.content
        return
    media_type = reply.headers["content-type"].partition(";")[0]
    assert media_type in entry["content"], f"{media_type} is no documented media type of {status} {literal}"
    if media_type == "application/json":
        validator(f"{place}/content/{escape(media_type)}/schema").validate(reply.json())


def fits(template: str, path: str) -> bool:
    wanted, given = template.strip("/").split("/"), path.strip("/").split("/")
    return len(wanted) == len(given) and all(
        one.startswith("{") or one == other for one, other in zip(wanted, given, strict=True)
    )


class CheckedTransport(httpx.AsyncBaseTransport):
    def __init__(self, inner: httpx.AsyncBaseTransport) -> None:
        self._inner = inner

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        reply = await self._inner.handle_async_request(request)
        await reply.aread()
        check_reply(request.method, request.url.raw_path.decode().partition("?")[0], reply)
        return reply


def client(simulator: Simulator, *, key: str | None = None, version: str | None = None) -> httpx.AsyncClient:
    """A client whose replies are checked against the spec."""
    headers = {"X-B2B-API-Key": key or simulator.api_key}
    if version is not None:
        headers["X-B2B-API-Version"] = version
    transport = CheckedTransport(simulator.transport())
    return httpx.AsyncClient(transport=transport, base_url=simulator.base_url, headers=headers)


def unchecked(simulator: Simulator, *, key: str | None = None) -> httpx.AsyncClient:
    """A client whose replies are taken as they come: for replies outside the spec, and for many of them."""
    return httpx.AsyncClient(
        transport=simulator.transport(),
        base_url=simulator.base_url,
        headers={"X-B2B-API-Key": key or simulator.api_key},
    )


def invoice(number: str | None = "F-1", **fields: Any) -> dict[str, Any]:
    """The body of a create that is fit to be sent."""
    body: dict[str, Any] = {
        "date": "2026-10-14",
        "currency": "EUR",
        "contact": {"name": "Cliente Inventado S.L.", "tin_value": "ESB98765431", "country": "es"},
        "invoice_lines_attributes": [
            {
                "quantity": 1,
                "price": 100,
                "description": "x",
                "taxes_attributes": [{"name": "IVA", "category": "S", "percent": 21}],
            }
        ],
        **fields,
    }
    if number is not None:
        body["number"] = number
    return {"invoice": body}


async def create(http: httpx.AsyncClient, account: str, body: dict[str, Any]) -> dict[str, Any]:
    reply = await http.post(f"/accounts/{account}/invoices", json=body)
    assert reply.status_code == 201, reply.text
    made: dict[str, Any] = reply.json()["invoice"]
    return made


def ledger_import(account: str) -> str:
    """Where ledgers are imported: the vendor's pages don't print the path, so it is the spec's business."""
    keys = packaged().operations
    return (
        next(key for key in keys if key.endswith("ledgers/import")).partition(" ")[2].replace("{}", account)
    )


def error(reply: httpx.Response) -> tuple[int, str | None, str | None]:
    """Status, code and param of an error reply."""
    body = reply.json()["error"]
    return reply.status_code, body.get("code"), body.get("param")


async def until(condition: Callable[[], bool]) -> None:
    """Wait for what a server's thread does; the time allowed is no promise, it only ends a test that hangs."""
    with anyio.fail_after(300):
        while not condition():  # noqa: ASYNC110 - nothing of that thread can set an event
            await anyio.sleep(0.01)

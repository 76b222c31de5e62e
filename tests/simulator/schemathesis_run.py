"""Attack the simulator with schemathesis: `python -m tests.simulator.schemathesis_run --cases 5000`.

Every check schemathesis has is on: no 5xx, no reply outside the spec, no wrong body, nothing accepted that
violates the spec, nothing refused as malformed that fits it, no way past the key, no use after delete.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
import tempfile
from pathlib import Path
from typing import Any

import anyio

from b2brouter_async.simulator import ACCOUNTS, Delays, Simulator
from b2brouter_async.simulator.spec import METHODS, Spec, packaged
from b2brouter_async.simulator.state.codes import SCHEMES

CONFIG = Path(__file__).with_name("schemathesis.toml")
# So many that some are left after schemathesis has deleted a few.
SPARE = [{**ACCOUNTS[0], "id": 484000 + number, "tin_value": f"ESB{number:08d}"} for number in range(30)]


def as_served(made_up: bool = False) -> dict[str, Any]:
    """Return the spec with its inputs as the server takes them, in what is known beyond it. Replies stay as they are.

    - what a Rails server casts is as good as what the spec says (behaviour 64);
    - `limit` above 500 is cut, not refused (behaviour 8);
    - a tax without a name is dropped, not refused (behaviour 21);
    - schemathesis sends an empty text for a date that may be null too;
    - accounts, versions and schemes are taken from what there is, so that requests get past the door.
    """
    source: dict[str, Any] = json.loads(json.dumps(packaged().source))
    if made_up:
        source["paths"].update(MADE_UP)
    for path, item in source["paths"].items():
        account = re.match(r"/accounts/\{([^}]*)\}", path)
        for holder in (item, *(item[method] for method in METHODS if method in item)):
            for parameter in holder.get("parameters", []):
                narrow_parameter(source, there(source, parameter), account[1] if account else None)
        for method in METHODS:
            content = there(source, item.get(method, {}).get("requestBody", {})).get("content", {})
            if "application/json" in content:
                narrow_input(source, content["application/json"]["schema"], set())
    for item in source["paths"].values():
        for method in METHODS:
            content = there(source, item.get(method, {}).get("requestBody", {})).get("content", {})
            if "application/json" in content:
                schema = content["application/json"]["schema"]
                content["application/json"]["schema"] = widened(source, schema, 0)
    return source


def widened(source: dict[str, Any], schema: dict[str, Any], depth: int) -> dict[str, Any]:
    """Return a schema of a request with everything in it that can be cast; a copy, since replies have the same parts."""
    schema = {**there(source, schema)}
    if "properties" in schema:
        properties = schema["properties"].items()
        schema["properties"] = {name: widened(source, one, depth + 1) for name, one in properties}
    if "items" in schema:
        schema["items"] = widened(source, schema["items"], depth + 1)
    for name in ("anyOf", "oneOf"):
        if name in schema:
            return {"anyOf": [widened(source, one, depth) for one in schema[name]]}
    kinds = schema.get("type", [])
    kinds = {kinds} if isinstance(kinds, str) else set(kinds)
    casts: list[dict[str, Any]] = []
    if depth and "enum" not in schema:
        if "string" in kinds and not {"format", "pattern"} & schema.keys():
            casts.append({"type": "number"})
        if "integer" in kinds:
            casts.append({"type": "string", "pattern": "^[+-]?[0-9]{1,9}$"})
        if "number" in kinds:
            casts.append({"type": "string", "pattern": r"^[+-]?[0-9]{1,9}(\.[0-9]{1,9})?$"})
        # An empty list is no wrapper.
        if depth > 1 and "object" in kinds and not schema.get("required"):
            casts.append({"type": "array", "maxItems": 0})
        if "null" in kinds and "string" not in kinds:
            casts.append({"const": ""})
    if "boolean" in kinds:
        casts.append({"enum": [0, 1, *FLAGS]})
    return {"anyOf": [schema, *casts]} if casts else schema


def there(source: dict[str, Any], node: dict[str, Any]) -> dict[str, Any]:
    """Return what a chain of references leads to, itself and not a copy."""
    while "$ref" in node or len(node.get("allOf", ())) == 1:
        if "$ref" not in node:
            node = node["allOf"][0]
            continue
        target = source
        for step in node["$ref"].removeprefix("#/").split("/"):
            target = target[step]
        node = target
    return node


FLAGS = [text for word in ("true", "false", "t", "f", "on", "off") for text in (word, word.upper())] + [
    "0",
    "1",
]
_ERRORS = {
    str(status): {"description": "x", "content": {"application/json": {"schema": {"type": "object"}}}}
    for status in (400, 401, 403, 404, 422, 429)
}
_ORDER = {
    "type": "object",
    "required": ["id", "state"],
    "properties": {
        "id": {"type": "integer", "minimum": 1},
        "state": {"type": "string", "enum": ["open", "closed"]},
        "placed_on": {"type": ["string", "null"], "format": "date"},
        "total": {"type": "number"},
    },
}
# Two operations that a newer spec may have, and that nobody has written.
MADE_UP: dict[str, Any] = {
    "/accounts/{account}/orders": {
        "parameters": [{"name": "account", "in": "path", "required": True, "schema": {"type": "string"}}],
        "get": {
            "parameters": [
                {"name": "state", "in": "query", "schema": {"type": "string", "enum": ["open", "closed"]}}
            ],
            "responses": {
                **_ERRORS,
                "200": {
                    "description": "x",
                    "content": {
                        "application/json": {
                            "schema": {
                                "type": "object",
                                "required": ["orders"],
                                "properties": {"orders": {"type": "array", "items": _ORDER}},
                            }
                        }
                    },
                },
            },
        },
        "post": {
            "requestBody": {
                "required": True,
                "content": {
                    "application/json": {
                        "schema": {"type": "object", "required": ["order"], "properties": {"order": _ORDER}}
                    }
                },
            },
            "responses": {
                **_ERRORS,
                "201": {
                    "description": "x",
                    "content": {
                        "application/json": {
                            "schema": {
                                "type": "object",
                                "required": ["order"],
                                "properties": {"order": _ORDER},
                            }
                        }
                    },
                },
            },
        },
    }
}


def narrow_parameter(source: dict[str, Any], parameter: dict[str, Any], account: str | None) -> None:
    schema = parameter.get("schema", {})
    if parameter["name"] == "limit":
        schema.pop("maximum", None)
    elif parameter["name"].lower() == "x-b2b-api-version":
        schema["enum"] = ["2026-04-20", "2026-06-26"]
    elif parameter["in"] == "path" and parameter["name"] == account:
        schema["enum"] = [str(account["id"]) for account in SPARE]
    elif parameter["in"] == "query" and not parameter.get("required"):
        kind = there(source, schema).get("type")
        flags = kind == "boolean" or there(source, schema).get("enum") == [0, 1]
        if kind in ("boolean", "integer"):
            parameter["schema"] = {"anyOf": [schema, {"enum": ["", *(FLAGS if flags else [])]}]}


def narrow_input(source: dict[str, Any], schema: dict[str, Any], seen: set[int]) -> None:
    schema = there(source, schema)
    if not schema or id(schema) in seen:
        return
    seen.add(id(schema))
    properties = schema.get("properties", {})
    for name in ("tin_scheme", "cin_scheme", "pin_scheme"):
        if name in properties:
            properties[name]["enum"] = sorted(SCHEMES)
    if {"name", "percent"} <= set(schema.get("required", [])):
        schema["required"].remove("name")
    if "invoice_references" in properties:
        # Replies have the same references, and may hold null: here they get a schema of their own.
        listed = there(source, properties["invoice_references"])
        reference = json.loads(json.dumps(there(source, listed["items"])))
        reference["properties"] = {
            name: {"type": "string", **({"format": "date"} if "date" in name or "period" in name else {})}
            for name in reference["properties"]
        }
        properties["invoice_references"] = {"type": "array", "items": reference}
    for child in (*properties.values(), schema.get("items", {})):
        narrow_input(source, child, seen)


async def attack(cases: int, *, seed: int, phases: str, made_up: bool = False) -> tuple[int, int]:
    """Send at least `cases` requests; return schemathesis' exit status, 0 when all is well, and how many were sent."""
    source = as_served(made_up)
    operations = sum(method in item for item in source["paths"].values() for method in METHODS)
    spec = Spec(
        {**packaged().source, "paths": {**packaged().source["paths"], **(MADE_UP if made_up else {})}}
    )
    simulator = Simulator(limit=None, accounts=SPARE, delays=Delays(*[0.05] * 8), spec=spec)
    with tempfile.TemporaryDirectory() as folder:
        document = Path(folder) / "openapi.json"
        document.write_text(json.dumps(source), "utf-8")
        async with simulator.serve() as url:
            while simulator.requests() < cases:
                left = cases - simulator.requests()
                command = [
                    sys.executable, "-m", "schemathesis.cli", "--config-file", str(CONFIG), "run", str(document),
                    "--url", url, "--header", f"X-B2B-API-Key: {simulator.api_key}",
                    "--seed", str(seed), "--phases", phases, "--max-examples", str(max(1, left // operations // 2)),
                    "--warnings", "off", "--no-shrink", "--continue-on-failure", "--no-color",
                ]  # fmt: skip
                finished = await anyio.run_process(command, stdout=None, stderr=None, check=False, cwd=folder)
                if finished.returncode:
                    return finished.returncode, simulator.requests()
                seed += 1
    return 0, simulator.requests()


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.simulator.schemathesis_run", description=__doc__)
    parser.add_argument("--cases", type=int, default=5000, help="requests to send at least (5000)")
    parser.add_argument("--seed", type=int, default=1, help="of what is sent (1)")
    parser.add_argument("--phases", default="examples,coverage,fuzzing,stateful")
    parser.add_argument("--made-up", action="store_true", help="add operations that nobody has written")
    options = parser.parse_args()

    async def run() -> tuple[int, int]:
        return await attack(options.cases, seed=options.seed, phases=options.phases, made_up=options.made_up)

    status, requests = anyio.run(run)
    print(f"{requests} requests sent; {'nothing found' if status == 0 else 'see the failures above'}")
    sys.exit(status)


if __name__ == "__main__":
    main()

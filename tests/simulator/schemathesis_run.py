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
from b2brouter_async.simulator.spec import METHODS, packaged
from b2brouter_async.simulator.state.codes import SCHEMES

CONFIG = Path(__file__).with_name("schemathesis.toml")
OPERATIONS = 63
# So many that some are left after schemathesis has deleted a few.
SPARE = [{**ACCOUNTS[0], "id": 484000 + number, "tin_value": f"ESB{number:08d}"} for number in range(30)]


def narrowed() -> dict[str, Any]:
    """Return the spec with its inputs narrowed to what is known of the server beyond it. Replies stay as they are.

    - `limit` above 500 is cut, not refused (behaviour 8);
    - a tax without a name is dropped, not refused (behaviour 21);
    - schemathesis sends an empty text for a date that may be null too;
    - accounts, versions and schemes are taken from what there is, so that requests get past the door.
    """
    source: dict[str, Any] = json.loads(json.dumps(packaged().source))
    for path, item in source["paths"].items():
        account = re.match(r"/accounts/\{([^}]*)\}", path)
        for holder in (item, *(item[method] for method in METHODS if method in item)):
            for parameter in holder.get("parameters", []):
                narrow_parameter(there(source, parameter), account[1] if account else None)
        for method in METHODS:
            content = there(source, item.get(method, {}).get("requestBody", {})).get("content", {})
            if "application/json" in content:
                narrow_input(source, content["application/json"]["schema"], set())
    return source


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


def narrow_parameter(parameter: dict[str, Any], account: str | None) -> None:
    schema = parameter.get("schema", {})
    if parameter["name"] == "limit":
        schema.pop("maximum", None)
    elif parameter["name"].lower() == "x-b2b-api-version":
        schema["enum"] = ["2026-04-20", "2026-06-26"]
    elif parameter["in"] == "path" and parameter["name"] == account:
        schema["enum"] = [str(account["id"]) for account in SPARE]


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
            name: {"type": "string", **({"format": "date"} if name != "number" else {})}
            for name in reference["properties"]
        }
        properties["invoice_references"] = {"type": "array", "items": reference}
    for child in (*properties.values(), schema.get("items", {})):
        narrow_input(source, child, seen)


async def attack(cases: int, *, seed: int, phases: str) -> tuple[int, int]:
    """Send at least `cases` requests; return schemathesis' exit status, 0 when all is well, and how many were sent."""
    simulator = Simulator(limit=None, accounts=SPARE, delays=Delays(*[0.05] * 8))
    with tempfile.TemporaryDirectory() as folder:
        document = Path(folder) / "openapi.json"
        document.write_text(json.dumps(narrowed()), "utf-8")
        async with simulator.serve() as url:
            while simulator.requests() < cases:
                left = cases - simulator.requests()
                command = [
                    sys.executable, "-m", "schemathesis.cli", "--config-file", str(CONFIG), "run", str(document),
                    "--url", url, "--header", f"X-B2B-API-Key: {simulator.api_key}",
                    "--seed", str(seed), "--phases", phases, "--max-examples", str(max(1, left // OPERATIONS // 2)),
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
    options = parser.parse_args()

    async def run() -> tuple[int, int]:
        return await attack(options.cases, seed=options.seed, phases=options.phases)

    status, requests = anyio.run(run)
    print(f"{requests} requests sent; {'nothing found' if status == 0 else 'see the failures above'}")
    sys.exit(status)


if __name__ == "__main__":
    main()

"""What the current spec says of operations, by their names in the SDK: tests name nothing of its spelling.

`openapi/samples/manifest.json` speaks the SDK's names too, so the samples outlive the spec they came with.
"""

from __future__ import annotations

import json
from functools import cache
from typing import TYPE_CHECKING, Any

import jsonschema

from overrides.codegen.generate import OPENAPI, OVERRIDES, current, pins, supplement_of
from overrides.codegen.operations import Matched, load_entries, match
from overrides.codegen.spec import Node, follow, read
from overrides.codegen.supplement import event_schemas, fill

if TYPE_CHECKING:
    from collections.abc import Iterator

SAMPLES = OPENAPI / "samples"
LISTED: dict[str, dict[str, Any]] = json.loads((SAMPLES / "manifest.json").read_text("utf-8"))


@cache
def spec() -> Node:
    """The spec in use, with what it is silent about."""
    return fill(read(current(OPENAPI)[0]), supplement_of(OVERRIDES))[0]


@cache
def operations() -> dict[str, Matched]:
    """Every operation of the spec, by its name in the SDK."""
    matched, _ = match(spec(), load_entries(OVERRIDES / "operations.yaml"))
    return {one.name: one for one in matched}


# A sample of an operation that the spec no longer has is told of by `make generate`, as its name in operations.yaml is.
MANIFEST = {name: facts for name, facts in LISTED.items() if facts.get("operation") in {None, *operations()}}
ERRORS = sorted(name for name in MANIFEST if name.startswith("error-"))
EVENTS = sorted(name for name in MANIFEST if name.startswith("event-"))
REQUESTS = sorted(name for name in MANIFEST if name.startswith("request-"))
REPLIES = sorted(MANIFEST.keys() - {*ERRORS, *EVENTS, *REQUESTS})


def schemas_of(name: str) -> Iterator[Any]:
    """The schemas that the spec has for a sample: of its body, of its reply, of its event, of its error."""
    facts = MANIFEST[name]
    if name in EVENTS:
        yield event_schema(facts["event"])
    elif name in REQUESTS:
        body, _ = follow(spec(), operations()[facts["operation"]].node["requestBody"])
        yield body["content"]["application/json"]["schema"]
    else:
        known = operations()
        for one in [known[facts["operation"]]] if "operation" in facts else known.values():
            reply, _ = follow(spec(), one.node["responses"].get(str(facts["status"])) or {})
            content = (reply.get("content") or {}).get("application/json")
            if content:
                yield content["schema"]


def event_schema(code: str) -> Any:
    """The schema of the event with this code."""
    return dict(event_schemas(spec()))[code]


def model_of(code: str) -> str:
    """The name of an event's model."""
    return pins(OVERRIDES / "schemas.yaml")[f"event {code}"]


def in_3_1(node: Any) -> Any:
    """Say `nullable`, which JSON Schema doesn't know, as OpenAPI 3.1 does."""
    if isinstance(node, list):
        return [in_3_1(one) for one in node]
    if not isinstance(node, dict):
        return node
    said = {key: in_3_1(value) for key, value in node.items()}
    if said.get("nullable") is not True:
        return said
    if not isinstance(said.get("type"), str):
        return {"anyOf": [said, {"type": "null"}]}
    if isinstance(said.get("enum"), list):
        said["enum"] = [*said["enum"], None]
    return {**said, "type": [said["type"], "null"]}


@cache
def root() -> Node:
    """The spec in use, as JSON Schema understands it."""
    found: Node = in_3_1(spec())
    return found


def validate(schema: Any, value: object) -> None:
    """Fail unless a value is what a schema of the spec says.

    Raises:
        ValidationError: it is not.
    """
    jsonschema.Draft202012Validator({**root(), "allOf": [in_3_1(schema)]}).validate(value)

"""Replies to operations that nobody has written yet: from the spec's examples, or made up from its schemas.

A newer spec may have operations that the simulator doesn't know. Their requests are checked like any other's, and their
replies have the right shape, but nothing stands behind them: each carries the header `X-Simulator-Made-Up`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .bodies import is_list
from .call import Reply

if TYPE_CHECKING:
    from ..spec import Operation, Schema, Spec

MARK = "X-Simulator-Made-Up"
_JSON = "application/json"
# Deeper than this, optional fields are left out: a schema may contain itself.
_DEEPEST = 6
_TEXTS = {
    "date": "2026-01-31",
    "date-time": "2026-01-31T09:00:00.000Z",
    "time": "09:00:00",
    "email": "somebody@example.com",
    "uri": "https://example.com/",
    "url": "https://example.com/",
    "uuid": "00000000-0000-4000-8000-000000000000",
    "ipv4": "192.0.2.1",
    "byte": "AA==",
}


def made_up(spec: Spec, operation: Operation) -> Reply:
    """Return the reply with the lowest 2xx status that the spec describes for an operation."""
    successes = sorted(status for status in operation.replies if 200 <= status < 300)
    status = successes[0] if successes else 200
    contents = operation.replies.get(status, {})
    headers = {MARK: "from the spec"}
    if not contents:
        return Reply(status if successes else 204, headers=headers)
    media_type = _JSON if _JSON in contents else next(iter(contents))
    if media_type != _JSON:
        return Reply(status, b"made up by the simulator\n", media_type, headers)
    return Reply(status, example(spec, contents[media_type]), headers=headers)


def example(spec: Spec, schema: Schema, depth: int = 0) -> Any:
    """Return a value that fits a schema: its own example where it has one."""
    schema = spec.resolve(schema)
    for name in ("example", "const", "default"):
        if name in schema:
            return schema[name]
    if is_list(schema.get("examples")) and schema["examples"]:
        return schema["examples"][0]
    if "enum" in schema:
        return next((value for value in schema["enum"] if value is not None), None)
    for name in ("oneOf", "anyOf"):
        if schema.get(name):
            return example(spec, _first_that_is_something(spec, schema[name]), depth)
    if schema.get("allOf"):
        merged: dict[str, Any] = {}
        own = {key: value for key, value in schema.items() if key != "allOf"}
        for one in (*schema["allOf"], {"type": "object", **own}):
            merged.update(example(spec, one, depth) or {})
        return merged
    kinds = schema.get("type", "object" if "properties" in schema else "string")
    kind = next((one for one in kinds if one != "null"), "null") if is_list(kinds) else kinds
    return _of_type(spec, kind, schema, depth)


def _of_type(spec: Spec, kind: str, schema: Schema, depth: int) -> Any:
    if kind == "object":
        required = schema.get("required", ())
        return {
            name: example(spec, entry, depth + 1)
            for name, entry in schema.get("properties", {}).items()
            if name in required or (depth < _DEEPEST and "pattern" not in entry)
        }
    if kind == "array":
        count = max(schema.get("minItems", 0), 1 if depth < _DEEPEST else 0)
        return [example(spec, schema.get("items", {}), depth + 1) for _ in range(count)]
    if kind == "string":
        text = _TEXTS.get(schema.get("format", ""), "made up").ljust(schema.get("minLength", 0), "x")
        return text[: schema.get("maxLength", len(text))]
    if kind in ("integer", "number"):
        return schema.get("minimum", min(1, schema.get("maximum", 1)))
    return True if kind == "boolean" else None


def _first_that_is_something(spec: Spec, schemas: list[Schema]) -> Schema:
    return next((one for one in schemas if spec.resolve(one).get("type") != "null"), schemas[0])

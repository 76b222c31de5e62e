"""What users and hand-written code rely on and the spec is silent about: taken from overrides/supplement.yaml.

The vendor's file may be OpenAPI 3.0, which has no place for web-hook events; then seven models would vanish. What the
spec says itself is never touched.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from .merging import merge_all_of
from .spec import Node, blank, follow, reading

if TYPE_CHECKING:
    from collections.abc import Iterator

PREFIX = "supplement:"
"""Before the names of components that come from there; the names behind it are the SDK's."""
_SCHEMAS = "#/components/schemas/"
EVENTS = ("webhooks", "x-webhooks")
"""OpenAPI 3.0 has no place for them but an extension."""


def fill(spec: Node, supplement: Node) -> tuple[Node, list[str]]:
    """Return a spec with what it lacks, and a sentence on each thing that was taken.

    Args:
        spec: the spec as it was read; it stays as it is.
        supplement: overrides/supplement.yaml.

    Raises:
        SpecError: a part of the spec is malformed.
    """
    with reading("paths and webhooks"):
        return _filled(spec, supplement)


def _filled(spec: Node, supplement: Node) -> tuple[Node, list[str]]:
    notes: list[str] = []
    known = {code for code, _ in event_schemas(spec)}
    lacking = {
        name: item
        for name, item in cast("Node", supplement.get("webhooks") or {}).items()
        if not {code for code, _ in event_schemas({**supplement, "webhooks": {name: item}})} & known
    }
    paths = dict(spec["paths"])
    for path, item in cast("Node", supplement.get("paths") or {}).items():
        for there in [one for one in paths if blank(str(one)) == blank(path)]:
            paths[there] = _replies_filled(spec, paths[there], item, f"{path}", notes)
    notes += [f"the spec does not describe the event {name}; supplement.yaml does" for name in lacking]
    components = cast("Node", spec.get("components") or {})
    ours = cast("Node", (supplement.get("components") or {}).get("schemas") or {})
    said = set(_values(spec))
    if not notes and all(said & set(one["enum"]) for one in ours.values() if "enum" in one):
        return spec, []
    schemas = {
        **cast("Node", components.get("schemas") or {}),
        **{PREFIX + name: _prefixed(one) for name, one in ours.items()},
    }
    filled = {**spec, "paths": paths, "components": {**components, "schemas": schemas}}
    if lacking:
        filled["webhooks"] = {**(spec.get("webhooks") or {}), **_prefixed(lacking)}
    return filled, notes


def event_schemas(spec: Node) -> Iterator[tuple[str, Any]]:
    """Yield code and schema of every event that a spec describes."""
    for key in EVENTS:
        for name, raw in cast("Node", spec.get(key) or {}).items():
            for operation in follow(spec, raw)[0].values():
                if not isinstance(operation, dict) or "requestBody" not in operation:
                    continue
                body, _ = follow(spec, operation["requestBody"])
                for media_type, content in cast("Node", body.get("content") or {}).items():
                    if "json" in str(media_type).lower() or media_type == "*/*":
                        schema = (content or {}).get("schema") or {}
                        yield event_code(spec, schema) or str(name), schema
                        break


def event_code(spec: Node, schema: Any) -> str | None:
    """Return the one code that an event's schema allows."""
    payload = merge_all_of(spec, follow(spec, schema)[0])
    code, _ = follow(spec, cast("Node", payload.get("properties") or {}).get("code", {}))
    values = [code["const"]] if "const" in code else code.get("enum") or []
    return str(values[0]) if len(values) == 1 else None


def named(pointer: str | None) -> str | None:
    """Return the SDK's name of what a reference into the supplement means; None for any other reference."""
    start = _SCHEMAS + PREFIX
    return pointer.removeprefix(start) if pointer is not None and pointer.startswith(start) else None


def _replies_filled(spec: Node, item: Node, ours: Node, place: str, notes: list[str]) -> Node:
    filled = dict(item)
    for method, operation in ours.items():
        theirs = filled.get(method)
        if not isinstance(theirs, dict):
            continue
        responses = dict(theirs.get("responses") or {})
        for status, response in operation["responses"].items():
            if status not in responses:
                continue
            reply, _ = follow(spec, responses[status])
            content = dict(reply.get("content") or {})
            for media_type, body in response["content"].items():
                if content and media_type not in content:
                    content[media_type] = _prefixed(body)
                    notes.append(f"the spec has no {media_type} for {place} {status}; supplement.yaml has")
            responses[status] = {**reply, "content": content}
        filled[method] = {**theirs, "responses": responses}
    return filled


def _values(node: Any) -> Iterator[str]:
    """Yield every value of every enumeration."""
    waiting = [node]
    while waiting:
        one = waiting.pop()
        if isinstance(one, dict):
            yield from (str(value) for value in _listed(one.get("enum")))
        waiting += one.values() if isinstance(one, dict) else _listed(one)


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _prefixed(node: Any) -> Any:
    if isinstance(node, list):
        return [_prefixed(one) for one in node]
    if not isinstance(node, dict):
        return node
    return {
        key: value.replace(_SCHEMAS, _SCHEMAS + PREFIX, 1) if key == "$ref" else _prefixed(value)
        for key, value in node.items()
    }

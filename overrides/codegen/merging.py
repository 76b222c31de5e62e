"""Schemas put together: allOf made one, and two spellings of one thing compared and joined."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from .spec import Node, follow

if TYPE_CHECKING:
    from collections.abc import Iterator


def merge_all_of(spec: Node, node: Node) -> Node:
    """Return a schema with the parts of its allOf laid over each other."""
    parts = cast("list[Any]", node.get("allOf") or [])
    if not parts:
        return node
    merged: Node = {}
    for raw in (*parts, {key: value for key, value in node.items() if key != "allOf"}):
        part = merge_all_of(spec, follow(spec, raw)[0])
        properties = {**merged.get("properties", {}), **part.get("properties", {})}
        required = [*merged.get("required", []), *part.get("required", [])]
        merged = {**merged, **part}
        if properties:
            merged["properties"] = properties
        if required:
            merged["required"] = required
    return merged


def unlike(name: str, taken: list[str]) -> str:
    """Return the name, with a number where it is taken."""
    candidate, number = name, 2
    while candidate in taken:
        candidate, number = f"{name}_{number}", number + 1
    return candidate


def bare(component: Node) -> object:
    """Return a component without its texts, in one order: what two spellings of one thing share."""

    def strip(node: object) -> Iterator[object]:
        if isinstance(node, dict):
            for key in sorted(node):
                if key != "description" or isinstance(node[key], dict):
                    yield key, tuple(strip(node[key]))
        elif isinstance(node, list):
            for item in node:
                yield tuple(strip(item))
        else:
            yield node

    return tuple(strip(component))


def union_of(one: Node, other: Node) -> Node:
    """Join two components that are called the same: the fields, or the values, of both."""
    if "enum" in one and "enum" in other:
        values = dict(zip(one["enum"], one["x-enum-varnames"], strict=True))
        for value, name in zip(other["enum"], other["x-enum-varnames"], strict=True):
            if value not in values:
                values[value] = unlike(name, list(values.values()))
        return {**one, "enum": list(values), "x-enum-varnames": list(values.values())}
    if "enum" in one or "enum" in other:
        return one
    return {
        **one,
        "required": sorted(set(one["required"]) & set(other["required"])),
        "properties": {**other["properties"], **one["properties"]},
    }

"""A made-up next version of the API: what could come with it, and what could go.

Whatever the spec calls things: places are found by method, path and properties.
"""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

from overrides.codegen.spec import blank

if TYPE_CHECKING:
    from collections.abc import Iterator

    from overrides.codegen.spec import Node


def next_version(spec: Node) -> Node:
    """Return the spec of a version that adds orders and changes a little of everything."""
    spec = copy.deepcopy(spec)
    spec["info"]["version"] = "2027-01-15"
    paths = spec["paths"]
    page = [{"name": name, "in": "query", "schema": {"type": "integer"}} for name in ("offset", "limit")]
    order = {
        "type": "object",
        "description": "A received order.",
        "required": ["id"],
        "properties": {
            "id": {"type": "integer"},
            "total": {"type": ["number", "null"], "format": "decimal"},
            "state": {"type": "string", "enum": ["new", "accepted"], "description": "State of an order."},
        },
    }
    spec.setdefault("components", {}).setdefault("schemas", {})["Order"] = order
    listed = {
        "type": "object",
        "properties": {
            "orders": {"type": "array", "items": {"$ref": "#/components/schemas/Order"}},
            "meta": {"type": "object"},
        },
    }
    account = {"name": "account", "in": "path", "required": True, "schema": {"type": "string"}}
    paths["/accounts/{account}/orders"] = {
        "get": {"summary": "List orders", "parameters": [account, *page], "responses": replies(listed)}
    }
    one = {"type": "object", "properties": {"order": {"$ref": "#/components/schemas/Order"}}}
    number = {"name": "order_id", "in": "path", "required": True, "schema": {"type": "integer"}}
    paths["/orders/{order_id}/accept"] = {
        "post": {"summary": "Accept an order", "parameters": [number], "responses": replies(one)}
    }
    for states in (node for node in _nodes(spec) if {"annotated", "billed"} <= {*map(str, _values(node))}):
        states["enum"] = [value for value in states["enum"] if value != "billed"] + ["half_sent"]
    for properties in _objects(spec, "id", "reception", "credit_note"):
        properties["priority"] = {"type": "integer", "description": "Which transport is tried first."}
        del properties["credit_note"]
        properties["order"] = {"type": "string"}
    invoices = operation(spec, "get", "/accounts/{}/invoices")
    invoices.setdefault("parameters", []).append(
        {"name": "channel", "in": "query", "schema": {"type": "string"}}
    )
    events = operation(spec, "get", "/accounts/{}/events")
    events.setdefault("parameters", []).append(
        {"name": "since", "in": "query", "required": True, "schema": {"type": "string", "format": "date"}}
    )
    operation(spec, "get", "/document_types")["deprecated"] = True
    return without_operation(spec, "get", "/ledgers/{}/download")


def small_step(spec: Node) -> Node:
    """Return the spec of a version such as come three or four times a year: nothing in it is a surprise.

    Two operations more, a field, a state, and one operation gone.
    """
    spec = copy.deepcopy(spec)
    spec["info"]["version"] = "2027-02-03"
    spec.setdefault("components", {}).setdefault("schemas", {})["Parcel"] = {
        "type": "object",
        "required": ["id"],
        "properties": {"id": {"type": "integer"}},
    }
    parcel = {"$ref": "#/components/schemas/Parcel"}
    spec["paths"]["/accounts/{account}/parcels"] = {
        "get": {
            "parameters": [
                {"name": "account", "in": "path", "required": True, "schema": {"type": "integer"}},
                {"name": "offset", "in": "query", "schema": {"type": "integer"}},
                {"name": "limit", "in": "query", "schema": {"type": "integer"}},
            ],
            "responses": replies(
                {"type": "object", "properties": {"parcels": {"type": "array", "items": parcel}}}
            ),
        }
    }
    spec["paths"]["/parcels/{parcel_id}"] = {
        "get": {
            "parameters": [
                {"name": "parcel_id", "in": "path", "required": True, "schema": {"type": "integer"}}
            ],
            "responses": replies(parcel),
        }
    }
    for node in [node for node in _nodes(spec) if {"annotated", "billed"} <= {*map(str, _values(node))}]:
        node["enum"].append("handed_to_archive")
    for properties in _objects(spec, "id", "reception"):
        properties["priority"] = {"type": ["integer", "null"]}
    return without_operation(spec, "get", "/ledgers/{}/download")


def replies(schema: Any) -> Node:
    return {"200": {"description": "", "content": {"application/json": {"schema": schema}}}}


def operation(spec: Node, method: str, path: str) -> Node:
    """Return an operation by its method and its path with the names of parameters left out."""
    found: Node = spec["paths"][_spelled(spec, path)][method]
    return found


def without_operation(spec: Node, method: str, path: str) -> Node:
    """Return the spec without one operation."""
    spec = copy.deepcopy(spec)
    del spec["paths"][_spelled(spec, path)][method]
    return spec


def without_field(spec: Node, name: str) -> Node:
    """Return the spec without a property, wherever it is."""
    spec = copy.deepcopy(spec)
    for node in _nodes(spec):
        if isinstance(node.get("properties"), dict):
            node["properties"].pop(name, None)
        if isinstance(node.get("required"), list):
            node["required"] = [one for one in node["required"] if one != name]
    return spec


def _spelled(spec: Node, path: str) -> str:
    return next(str(one) for one in spec["paths"] if blank(one) == path)


def _nodes(spec: Node) -> Iterator[Node]:
    waiting: list[Any] = [spec]
    while waiting:
        node = waiting.pop()
        if isinstance(node, dict):
            yield node
        waiting += node.values() if isinstance(node, dict) else node if isinstance(node, list) else ()


def _values(node: Node) -> list[Any]:
    values = node.get("enum")
    return values if isinstance(values, list) else []


def _objects(spec: Node, *names: str) -> Iterator[Node]:
    """Yield the properties of every object that has these."""
    for node in _nodes(spec):
        properties = node.get("properties")
        if isinstance(properties, dict) and {*names} <= properties.keys():
            yield properties

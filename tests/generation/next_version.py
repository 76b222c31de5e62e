"""A made-up next version of the API: what could come with it, and what could go."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

from overrides.document import follow

if TYPE_CHECKING:
    from overrides.document import Node


def next_version(document: Node) -> Node:
    """Return the document of a version that adds orders and changes a little of everything."""
    document = copy.deepcopy(document)
    document["info"]["version"] = "2027-01-15"
    paths, schemas = document["paths"], document["components"]["schemas"]
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
    schemas["Order"] = order
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
    states = [
        schema
        for schema in schemas.values()
        if isinstance(schema, dict) and "annotated" in (schema.get("enum") or [])
    ]
    states[0]["enum"] = [value for value in states[0]["enum"] if value != "billed"] + ["half_sent"]
    transport = schemas["Transport"]["properties"]
    transport["priority"] = {"type": "integer", "description": "Which transport is tried first."}
    del transport["credit_note"]
    transport["order"] = {"type": "string"}
    invoices = paths["/accounts/{account}/invoices"]["get"]
    invoices["parameters"].append({"name": "channel", "in": "query", "schema": {"type": "string"}})
    events = paths["/accounts/{account}/events"]["get"]
    events["parameters"].append(
        {"name": "since", "in": "query", "required": True, "schema": {"type": "string", "format": "date"}}
    )
    paths["/document_types"]["get"]["deprecated"] = True
    ledgers = next(path for path in paths if path.startswith("/ledgers/") and path.endswith("/download"))
    del paths[ledgers]
    return document


def replies(schema: Any) -> Node:
    return {"200": {"description": "", "content": {"application/json": {"schema": schema}}}}


def without_operation(document: Node, method: str, ending: str) -> Node:
    """Return the document without one operation."""
    document = copy.deepcopy(document)
    path = next(
        path for path in document["paths"] if path.endswith(ending) and method in document["paths"][path]
    )
    del document["paths"][path][method]
    return document


def without_field(document: Node, schema: str, name: str) -> Node:
    """Return the document without one property."""
    document = copy.deepcopy(document)
    node, _ = follow(document, document["components"]["schemas"][schema])
    for part in [node, *node.get("allOf", [])]:
        part.get("properties", {}).pop(name, None)
        if name in part.get("required", []):
            part["required"].remove(name)
    return document

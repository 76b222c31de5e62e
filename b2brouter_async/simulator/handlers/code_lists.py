"""The lists of codes: document types, transports, invoice states, identifier schemes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..server.call import Reply
from ..state.codes import DOCUMENT_TYPES, SCHEMES, TRANSPORT_TYPES

if TYPE_CHECKING:
    from ..server.call import Call, Handler
    from ..state.store import JsonObject
    from ..state.world import World


def _list(name: str, codes: dict[str, str]) -> Reply:
    return _rows(name, [{"code": code, "name": text, "description": None} for code, text in codes.items()])


def _rows(name: str, rows: list[JsonObject]) -> Reply:
    return Reply(200, {name: rows, "meta": {"total_count": len(rows), "offset": 0, "limit": len(rows)}})


def document_types(world: World, call: Call) -> Reply:
    """List the document types."""
    return _list("document_types", DOCUMENT_TYPES)


def transport_types(world: World, call: Call) -> Reply:
    """List the transports."""
    return _list("transport_types", TRANSPORT_TYPES)


def invoice_states(world: World, call: Call) -> Reply:
    """List the states of invoices, as the spec has them."""
    schema = world.spec.field(world.spec.success("GET /invoices/{}"), "invoice", "state")
    if "enum" not in schema:  # a spec that says text and no more is given the values that are known
        schema = world.spec.source.get("components", {}).get("schemas", {}).get("supplement:InvoiceState", {})
    return _list(
        "invoice_states", {str(state): str(state).replace("_", " ") for state in schema.get("enum", [])}
    )


def scheme_list(world: World, call: Call) -> Reply:
    """List the identifier schemes (behaviour 52)."""
    rows: list[JsonObject] = [
        {
            "code": scheme.code,
            "name": scheme.name,
            "country": scheme.country,
            "eas": scheme.code != "9999",
            "icd": scheme.code.startswith("0"),
            "taxcode": scheme.is_tax,
        }
        for scheme in SCHEMES.values()
    ]
    return _rows("schemes", rows)


HANDLERS: dict[str, Handler] = {
    "GET /document_types": document_types,
    "GET /transport_types": transport_types,
    "GET /invoice_states": invoice_states,
    "GET /schemes": scheme_list,
}

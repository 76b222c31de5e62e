"""What older versions of the API do differently (behaviours 5 and 65), as the changelog of the vendor's PHP SDK has it.

The simulator works in the newest version: a request of an older one is brought up to date before it is read, and the
reply is put back. What the sources don't tell is as in the newest version.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from .bodies import is_list
from .checks import to_list

if TYPE_CHECKING:
    from ..state.store import JsonObject

OLDEST = "2025-10-13"
MARCH = "2026-03-02"
APRIL = "2026-04-20"
JUNE = "2026-06-26"
VERSIONS = (OLDEST, MARCH, APRIL, JUNE)
LEGACY_VERSIONS = ("2025-01-01",)

# Operations that an older version doesn't have: the beginning of their paths, and the version they came with.
_SINCE = {"/tin_verifications": APRIL}
# Names of today and what they were called before a version.
_INVOICE_NAMES = ((MARCH, "type_code", "type_document"),)
_LINE_NAMES = ((APRIL, "classification_code_scheme", "clasification_code_scheme"),)
_SCHEMES = ("tin_scheme", "cin_scheme", "pin_scheme")
# The reason has two names in public clients.
_AMENDS = {
    "number": ("amended_number",),
    "date": ("amended_date",),
    "invoicing_period_start": ("amended_invoicing_period_start",),
    "invoicing_period_end": ("amended_invoicing_period_end",),
    "reason": ("amend_reason", "amended_reason"),
}
_EXTRAS = (
    ("allowance", "discount_amount", "discount_percent", "discount_text"),
    ("charge", "charge_amount", "charge_percent", "charge_reason"),
)


def request_id_header(version: str | None) -> str:
    """Return the name of the header that carries a reply's id."""
    return "X-Request-Id" if version is not None and version < MARCH else "X-B2B-API-Request-Id"


def is_served(path: str, version: str) -> bool:
    """Tell whether a version has a path."""
    return not any(path.startswith(start) and version < since for start, since in _SINCE.items())


def upgrade_query(query: dict[str, str], version: str) -> dict[str, str]:
    """Return the parameters of a request as today's version names them: `taxcode` became a `query`."""
    if version < MARCH and query.get("taxcode"):
        # The language of queries has no way to write a quotation mark; a zero is as strange to any number.
        number = query["taxcode"].replace('"', "\0")
        wanted = f'tin_value="{number}"'
        rest = {name: value for name, value in query.items() if name != "taxcode"}
        return {**rest, "query": f"({query['query']}) AND {wanted}" if query.get("query") else wanted}
    return query


def upgrade_body(body: Any, version: str) -> Any:
    """Return the JSON body of a request as today's version has it."""
    if version >= APRIL or not isinstance(body, dict):
        return body
    whole = cast("JsonObject", body)
    invoice: Any = whole.get("invoice")
    if isinstance(invoice, dict):
        fields = cast("JsonObject", invoice)
        _rename(fields, _INVOICE_NAMES, version)
        reference = {
            name: fields.pop(old)
            for name, olds in _AMENDS.items()
            for old in olds
            if fields.get(old) is not None
        }
        if reference:
            fields.setdefault("invoice_references", [{"reference_type": "amend", **reference}])
            fields.setdefault("is_amend", True)
        _gather_extras(fields, version)
        for line in _objects(fields.get("invoice_lines_attributes")):
            _rename(line, _LINE_NAMES, version)
            _gather_extras(line, version)
    contact: Any = whole.get("contact")
    if isinstance(contact, dict) and version < MARCH:
        cast("JsonObject", contact).setdefault("is_provider", False)
    return whole


def downgrade(status: int, body: Any, version: str, *, creates: bool) -> tuple[int, Any]:
    """Return a reply as an older version gives it; `creates` is a POST that makes something."""
    if version >= APRIL:
        return status, body
    return 200 if version < MARCH and creates and status == 201 else status, _older(body, version)


def _older(value: Any, version: str) -> Any:
    if is_list(value):
        return [_older(entry, version) for entry in value]
    if not isinstance(value, dict):
        return value
    body = {name: _older(entry, version) for name, entry in cast("JsonObject", value).items()}
    if version < MARCH:
        for name in _SCHEMES:
            scheme = body.get(name)
            if isinstance(scheme, str) and scheme.isdigit():
                body[name] = int(scheme)
        if "type_code" in body:
            body["type_document"] = body.pop("type_code")
    if "classification_code_scheme" in body:
        body["clasification_code_scheme"] = body.pop("classification_code_scheme")
    if "invoice_references" in body:
        references = _objects(body.pop("invoice_references"))
        first = references[0] if references else {}
        body.update({olds[0]: first.get(name) for name, olds in _AMENDS.items()})
    return body


def _objects(value: Any) -> list[JsonObject]:
    listed = to_list(value)
    return [entry for entry in listed if isinstance(entry, dict)] if is_list(listed) else []


def _rename(fields: JsonObject, names: tuple[tuple[str, str, str], ...], version: str) -> None:
    for since, new, old in names:
        if version < since and old in fields:
            fields.setdefault(new, fields.pop(old))


def _gather_extras(fields: JsonObject, version: str) -> None:
    """Turn the discount and the charge of 2025-10-13 into entries of `allowance_charges_attributes`."""
    if version >= MARCH:
        return
    for kind, amount, percentage, text in _EXTRAS:
        entry = {
            "amount": fields.pop(amount, None),
            "percentage": fields.pop(percentage, None),
            "description": fields.pop(text, None),
        }
        given = {name: value for name, value in entry.items() if value is not None}
        if "amount" in given or "percentage" in given:
            taxed = kind == "allowance" or bool(fields.pop("apply_taxes_to_charge", True))
            extras = to_list(fields.get("allowance_charges_attributes", []))
            # What is no list is refused later, as it came.
            if is_list(extras):
                extra = {"allowance_charge_indicator": kind, "apply_taxes": taxed, **given}
                fields["allowance_charges_attributes"] = [*extras, extra]

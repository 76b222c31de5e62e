"""Accounts of a group: create, change, archive; their logo and transports; the journal of events."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import attrs

from ..server import errors
from ..server.call import Reply, account_of, page_of
from ..server.query import ACCOUNT_FIELDS, parse_query
from ..state.store import Record
from .identifiers import check_schemes, tidy

if TYPE_CHECKING:
    from ..server.call import Call, Handler
    from ..state.store import JsonObject
    from ..state.world import World

ARCHIVED = 9
_DEFAULTS: JsonObject = {
    "name": None, "identifier": None, "tin_value": None, "tin_scheme": None, "cin_value": None, "cin_scheme": None, "address2": None,
    "province": None, "country": "es", "currency": "EUR", "contact_person": None, "phone": None,
    "rounding_method": "half_up", "round_before_sum": False, "apply_taxes_per_line": False,
    "registered_for_empl_tax": False, "transport_type_code": None, "document_type_code": None, "has_logo": False,
    "archived": False, "deleted": False, "transactions_count": 0, "transactions_count_previous_period": 0,
    "transactions_limit": 100,
}  # fmt: skip
_REQUIRED = ("name", "email", "address", "city", "postalcode")


def add_account(world: World, realm: str, fields: JsonObject) -> Record:
    """Add an account to a group; `adds_tax` (name, percent) is the tax its configuration adds (behaviour 26)."""
    number = int(fields["id"]) if "id" in fields else world.store.next_id("account")
    stamp = world.stamp()
    shown = tidy({key: value for key, value in fields.items() if key not in ("id", "adds_tax")})
    body = {"id": number, **_DEFAULTS, **shown, "created_at": stamp, "updated_at": stamp}
    hidden = {"adds_tax": list(fields["adds_tax"])} if fields.get("adds_tax") else {}
    record = world.store.add(Record("account", number, realm, body, hidden))
    if body["transport_type_code"] == "peppol":
        add_transport(
            world,
            record,
            {"code": "peppol", "pin_scheme": body["cin_scheme"], "pin_value": body["cin_value"]},
        )
    return record


def list_accounts(world: World, call: Call) -> Reply:
    """List the group's accounts, with flat counters (behaviour 9)."""
    records = list(world.store.group(("account", call.key.realm)).values())
    if call.query.get("query", "").strip():
        matches = parse_query(call.query["query"], ACCOUNT_FIELDS)
        records = [record for record in records if matches(_searchable(record.body).get)]
    return page_of("accounts", records, call.query, flat=True)


def create_account(world: World, call: Call) -> Reply:
    """Create an account."""
    fields = tidy(call.json["account"])
    for name in _REQUIRED:
        if not str(fields.get(name) or "").strip():
            raise errors.blank(name)
    check_schemes(fields)
    return Reply(
        201, {"account": add_account(world, call.key.realm, world.known("POST /accounts", fields)).body}
    )


def get_account(world: World, call: Call) -> Reply:
    """Show an account, archived or not."""
    return Reply(200, {"account": account_of(world, call).body})


def update_account(world: World, call: Call) -> Reply:
    """Change an account; the tax identification number is fixed."""
    account = account_of(world, call)
    fields = tidy(call.json["account"])
    if "tin_value" in fields and fields["tin_value"] != account.body["tin_value"]:
        raise errors.cannot_change("tin_value")
    for name in _REQUIRED:
        if name in fields and not str(fields[name] or "").strip():
            raise errors.blank(name)
    check_schemes(fields)
    account.body.update(world.known("PUT /accounts/{}", fields))
    world.touch(account)
    return Reply(200, {"account": account.body})


def delete_account(world: World, call: Call) -> Reply:
    """Archive an account (behaviour 48)."""
    account = account_of(world, call)
    if account.body["archived"]:
        raise errors.conflict("The account is already archived.")
    account.body["archived"] = True
    world.touch(account)
    return Reply(200, {"account": account.body})


def unarchive_account(world: World, call: Call) -> Reply:
    """Restore an archived account."""
    account = account_of(world, call)
    if not account.body["archived"]:
        raise errors.conflict("The account is not archived.")
    account.body["archived"] = False
    world.touch(account)
    return Reply(200, {"account": account.body})


def set_logo(world: World, call: Call) -> Reply:
    """Take a logo."""
    account = account_of(world, call)
    if not call.content:
        raise errors.blank("logo")
    world.store.put_content(f"logo/{account.id}", call.content)
    status = 200 if account.body["has_logo"] else 201
    account.body["has_logo"] = True
    world.touch(account)
    return Reply(status, {"account": account.body})


def remove_logo(world: World, call: Call) -> Reply:
    """Remove the logo; without one there is nothing to find."""
    account = account_of(world, call)
    if not account.body["has_logo"]:
        raise errors.missing("logo")
    account.body["has_logo"] = False
    world.store.drop_content(f"logo/{account.id}")
    world.touch(account)
    return Reply(200, {"account": account.body})


def add_transport(world: World, account: Record, fields: JsonObject) -> Record:
    """Add a channel to an account."""
    number = world.store.next_id("transport")
    stamp = world.stamp()
    body = {
        "id": number, "enabled": True, "reception": False, "standard_documents": True, "invoice": True,
        "credit_note": True, "order": False, "application_response": True, "pin_value": None, "pin_scheme": None,
        **{key: value for key, value in fields.items() if key not in ("username", "password")},
        "created_at": stamp, "updated_at": stamp,
    }  # fmt: skip
    return world.store.add(Record("transport", number, str(account.id), body))


def list_transports(world: World, call: Call) -> Reply:
    """List an account's channels, with flat counters (behaviour 9)."""
    account = account_of(world, call)
    return page_of("transports", world.store.group(("transport", str(account.id))), call.query, flat=True)


def create_transport(world: World, call: Call) -> Reply:
    """Add a channel; each code can be there once."""
    account = account_of(world, call)
    fields = tidy(world.known("POST /accounts/{}/transports", call.json["transport"]))
    if not str(fields.get("code") or "").strip():
        raise errors.blank("code")
    check_schemes(fields)
    present = world.store.group(("transport", str(account.id))).values()
    if any(record.body["code"] == fields["code"] for record in present):
        raise errors.taken("code")
    return Reply(201, {"transport": add_transport(world, account, fields).body})


def list_events(world: World, call: Call) -> Reply:
    """List the journal of an account."""
    account = account_of(world, call)
    records = list(world.store.group(("event", str(account.id))).values())
    query = call.query
    for name in ("invoice_id", "tax_report_id"):
        if name in query:
            records = [record for record in records if getattr(record.facts, name) == query[name]]
    if "date_from" in query:
        records = [record for record in records if record.facts.day >= query["date_from"]]
    if "date_to" in query:
        records = [record for record in records if record.facts.day <= query["date_to"]]
    return page_of("events", records, query)


@attrs.frozen
class EventFacts:
    """What the journal is filtered by."""

    invoice_id: int | None
    tax_report_id: int | None
    day: str


def event_facts(record: Record) -> EventFacts:
    """Return what the journal is filtered by."""
    body = record.body
    return EventFacts(body.get("invoice_id"), body.get("tax_report_id"), sys.intern(body["created_at"][:10]))


def _searchable(body: JsonObject) -> JsonObject:
    return {**body, "status": ARCHIVED if body["archived"] else 1}


HANDLERS: dict[str, Handler] = {
    "GET /accounts": list_accounts,
    "POST /accounts": create_account,
    "GET /accounts/{}": get_account,
    "PUT /accounts/{}": update_account,
    "DELETE /accounts/{}": delete_account,
    "POST /accounts/{}/unarchive": unarchive_account,
    "POST /accounts/{}/logo": set_logo,
    "DELETE /accounts/{}/logo": remove_logo,
    "GET /accounts/{}/transports": list_transports,
    "POST /accounts/{}/transports": create_transport,
    "GET /accounts/{}/events": list_events,
}

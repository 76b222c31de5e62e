"""Contacts of an account. Creating one twice makes two (behaviour 30)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..server import errors
from ..server.call import Reply, account_of, owned, page_of
from ..server.versions import APRIL
from ..state.store import Index, Record
from .identifiers import bare, check_party, check_schemes, filled, tidy

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..server.call import Call, Handler
    from ..state.store import JsonObject
    from ..state.world import World

_DEFAULTS: JsonObject = {
    "name": None, "email": None, "tin_value": None, "tin_scheme": None, "cin_value": None, "cin_scheme": None, "pin_value": None,
    "pin_scheme": None, "address": None, "address2": None, "city": None, "postalcode": None, "province": None,
    "country": None, "currency": "EUR", "phone": None, "website": None, "language": "en", "is_client": True,
    "is_provider": True, "integration_code": None, "transport_type_code": None, "document_type_code": None,
    "in_dgfip_annuaire": None,
}  # fmt: skip
_SHORT = ("id", "name", "tin_value", "tin_scheme", "cin_value", "cin_scheme", "address", "address2", "city",
          "postalcode", "province", "country", "email")  # fmt: skip


def contact_index(record: Record) -> Index:
    """Contacts are listed by account and found by tax number or company number."""
    tin, cin = bare(record.body.get("tin_value")), bare(record.body.get("cin_value"))
    groups: list[tuple[str, ...]] = [("contact", record.owner)]
    if tin:
        groups.append(("contact-tin", record.owner, tin))
    if cin:
        groups.append(("contact-cin", record.owner, cin))
    if not tin and not cin:
        # Only documents can name such a party.
        groups.append(("contact-name", record.owner, bare(record.body["name"])))
    return Index(groups=tuple(groups))


def add_contact(world: World, owner: str, fields: JsonObject) -> Record:
    """Add a contact to an account."""
    number = world.store.next_id("contact")
    stamp = world.stamp()
    body = {"id": number, **_DEFAULTS, **fields, "created_at": stamp, "updated_at": stamp}
    return world.store.add(Record("contact", number, owner, body))


def party(world: World, owner: str, fields: JsonObject) -> Record:
    """Return the account's contact of this tax or company number, or of this name alone; add one where there is none."""
    keys = [("contact-tin", bare(fields.get("tin_value"))), ("contact-cin", bare(fields.get("cin_value")))]
    numbers = [(group, value) for group, value in keys if value]
    for group, value in numbers or [("contact-name", bare(fields.get("name")))]:
        for record in world.store.group((group, owner, value)).values():
            return record
    return add_contact(world, owner, fields)


def short(contact: JsonObject, given: JsonObject | None = None) -> JsonObject:
    """Return what an invoice shows of a contact, given its body; what the request itself `given` says comes first."""
    return {name: contact.get(name) for name in _SHORT} | {
        name: value for name, value in (given or {}).items() if name in _SHORT and name != "id"
    }


def inline(given: JsonObject) -> JsonObject:
    """Return what an invoice shows of a buyer that is no contact."""
    return {name: given.get(name) if name != "id" else None for name in _SHORT}


def list_contacts(world: World, call: Call) -> Reply:
    """List an account's contacts."""
    account = account_of(world, call)
    query = call.query
    records = list(world.store.group(("contact", str(account.id))).values())
    tests = _tests(query)
    if tests:
        records = [record for record in records if _fits(record.look(), tests)]
    return page_of("contacts", records, query)


def _tests(query: JsonObject) -> list[Callable[[JsonObject], bool]]:
    """Return what a contact has to meet to be listed."""
    tests: list[Callable[[JsonObject], bool]] = []
    if query.get("name"):
        text = query["name"].lower()
        tests.append(
            lambda body: any(
                text in str(body.get(name) or "").lower() for name in ("name", "address", "tin_value")
            )
        )
    wanted = {name: query[name] for name in ("is_client", "is_provider", "integration_code") if name in query}
    if wanted:
        tests.append(lambda body: all(body.get(name) == value for name, value in wanted.items()))
    return tests


def _fits(body: JsonObject, tests: list[Callable[[JsonObject], bool]]) -> bool:
    return all(test(body) for test in tests)


def create_contact(world: World, call: Call) -> Reply:
    """Create a contact: it needs a name, and a tin or a cin."""
    account = account_of(world, call)
    fields = tidy(world.known("POST /accounts/{}/contacts", call.json["contact"]))
    if not filled(fields, "name"):
        raise errors.blank("name")
    check_party(fields, call.version)
    _check_parent(world, str(account.id), fields, call.version)
    return Reply(201, {"contact": add_contact(world, str(account.id), fields).body})


def get_contact(world: World, call: Call) -> Reply:
    """Show a contact."""
    return Reply(200, {"contact": owned(world, call, "contact").body})


def update_contact(world: World, call: Call) -> Reply:
    """Change a contact; what it can't be without stays."""
    contact = owned(world, call, "contact")
    fields = tidy(world.known("PUT /contacts/{}", call.json["contact"]))
    changed = {**contact.body, **fields}
    if not filled(changed, "name"):
        raise errors.blank("name")
    check_schemes(fields)
    check_party(changed, call.version)
    _check_parent(world, contact.owner, changed, call.version)
    contact.body = changed
    world.touch(contact)
    return Reply(200, {"contact": contact.body})


def delete_contact(world: World, call: Call) -> Reply:
    """Delete a contact; one with invoices stays."""
    contact = owned(world, call, "contact")
    if world.store.group(("contact-invoices", contact.id)):
        raise errors.conflict("The contact has invoices.")
    world.store.remove(contact)
    return Reply(200, {"contact": {**contact.body, "deleted": True}})


def _check_parent(world: World, owner: str, fields: JsonObject, version: str) -> None:
    """Refuse a contact of a parent with another tax number; older versions ignored the difference."""
    if version < APRIL or fields.get("parent_id") is None:
        return
    parent = world.store.get("contact", int(fields["parent_id"]))
    if parent is None or parent.owner != owner:
        raise errors.inclusion("parent_id", "Parent not found")
    for name in ("tin_value", "tin_scheme"):
        if fields.get(name) != parent.body.get(name):
            raise errors.invalid(name, "does not match that of the parent")


HANDLERS: dict[str, Handler] = {
    "GET /accounts/{}/contacts": list_contacts,
    "POST /accounts/{}/contacts": create_contact,
    "GET /contacts/{}": get_contact,
    "PUT /contacts/{}": update_contact,
    "DELETE /contacts/{}": delete_contact,
}

"""Verification of tax numbers: 202, then poll; an event tells the end (behaviour 39)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ..server import errors
from ..server.call import Reply, whole
from ..state.store import Record
from .identifiers import bare, filled

if TYPE_CHECKING:
    from ..server.call import Call, Handler
    from ..state.store import JsonObject
    from ..state.world import World

KIND = "tin_verification"
_PERSON = "TRWAGMYFPDXBNJZSQVHLCKE"


def create_verification(world: World, call: Call) -> Reply:
    """Take in numbers and names to check."""
    entities: list[JsonObject] = call.json
    if not entities:
        raise errors.blank("entities")
    for entity in entities:
        for name in ("tin_value", "name"):
            if not filled(entity, name):
                raise errors.blank(name)
    number = world.store.next_id(KIND)
    stamp = world.stamp()
    body: JsonObject = {
        "id": number,
        "status": "pending",
        "country": call.query["country"],
        "results": None,
        "created_at": stamp,
        "updated_at": stamp,
    }
    entries = [{"tin_value": entity["tin_value"], "name": entity["name"]} for entity in entities]
    record = world.store.add(Record(KIND, number, call.key.realm, body, {"entries": entries}))
    world.plan(record, [(world.now + world.settings.delays.tin_verification, "finished", {})])
    return Reply(202, {"id": number, "status": "pending"})


def get_verification(world: World, call: Call) -> Reply:
    """Tell how a verification stands."""
    record = world.store.get(KIND, whole(call.path[0]))
    if record is None or record.owner != call.key.realm:
        raise errors.missing("TIN verification")
    return Reply(200, {KIND: record.body, "id": record.id, "status": record.body["status"]})


def finish_verification(world: World, record: Record, state: str, changes: JsonObject) -> None:
    """Check the numbers by their form: who they belong to, only the authority knows."""
    results = [
        {**entry, "status": "valid" if is_spanish(entry["tin_value"]) else "invalid"}
        for entry in record.hidden.pop("entries")
    ]
    record.body.update(status=state, results=results)
    world.event("tin_verification.finished", record.owner, {"id": record.id, "status": state})


def is_spanish(value: str) -> bool:
    """Tell whether a text has the form and check letter of a Spanish NIF."""
    text = bare(value).removeprefix("ES")
    if re.fullmatch(r"[XYZ0-9][0-9]{7}[A-Z]", text):
        digits = text[:8].translate(str.maketrans("XYZ", "012"))
        return text[8] == _PERSON[int(digits) % 23]
    if not re.fullmatch(r"[ABCDEFGHJNPQRSUVW][0-9]{7}[0-9A-J]", text):
        return False
    doubled = sum(sum(divmod(2 * int(digit), 10)) for digit in text[1:8:2])
    check = -(doubled + sum(int(digit) for digit in text[2:8:2])) % 10
    return text[8] in (str(check), "JABCDEFGHI"[check])


HANDLERS: dict[str, Handler] = {
    "POST /tin_verifications": create_verification,
    "GET /tin_verifications/{}": get_verification,
}

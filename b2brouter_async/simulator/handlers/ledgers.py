"""Ledgers: tax reports that are sent together."""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.etree.ElementTree import ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring

from ..server import errors
from ..server.call import Reply, account_of, file_reply, owned
from ..state.store import Index
from .markup import to_xml
from .reporting import add_ledger

if TYPE_CHECKING:
    from ..server.call import Call, Handler
    from ..state.store import Record
    from ..state.world import World

XML = "application/xml"


def ledger_index(record: Record) -> Index:
    """Ledgers are listed by account, and found by the idempotency key they were imported with."""
    key = record.hidden.get("idempotency_key")
    unique = (("ledger-key", record.owner, key),) if key else ()
    return Index(unique=unique, groups=(("ledger", record.owner),))


def get_ledger(world: World, call: Call) -> Reply:
    """Show a ledger."""
    return Reply(200, {"ledger": owned(world, call, "ledger").body})


def download_ledger(world: World, call: Call) -> Reply:
    """Give the file of a ledger: as it was imported, or as it is put together once sent."""
    ledger = owned(world, call, "ledger")
    content = world.store.content(f"ledger/{ledger.id}")
    if content is not None:
        return file_reply(call, content, "application/octet-stream", f"ledger-{ledger.id}.xml")
    if ledger.body["state"] == "new":
        raise errors.missing("file yet")
    return file_reply(call, _file(ledger, "Ledger"), XML, f"ledger-{ledger.id}.xml")


def download_response(world: World, call: Call) -> Reply:
    """Give the authority's answer; nothing until there is one."""
    ledger = owned(world, call, "ledger")
    if ledger.body["state"] != "registered":
        return Reply(204)
    return file_reply(call, _file(ledger, "LedgerResponse"), XML, f"ledger-{ledger.id}-response.xml")


def import_ledger(world: World, call: Call) -> Reply:
    """Import a ledger; the same `Idempotency-Key` gives the same ledger again."""
    owner = str(account_of(world, call).id)
    if not call.content:
        raise errors.blank("file")
    try:
        fromstring(call.content)
    # Of an encoding that it can't read, Python says one of the last two.
    except (ParseError, DefusedXmlException, ValueError, LookupError):
        raise errors.invalid("file", "is no well-formed XML") from None
    key = call.headers.get("idempotency-key")
    known = world.store.find(("ledger-key", owner, key)) if key else None
    if known is None:
        due = world.now + world.settings.delays.tax_report
        known = add_ledger(world, owner, "F10", due, {"idempotency_key": key} if key else None)
        world.store.put_content(f"ledger/{known.id}", call.content)
    return Reply(201, {"ledger": known.body})


def _file(ledger: Record, root: str) -> bytes:
    return to_xml(root, {name: ledger.body[name] for name in ("id", "type", "state", "created_at")})


HANDLERS: dict[str, Handler] = {
    "GET /ledgers/{}": get_ledger,
    "GET /ledgers/{}/download": download_ledger,
    "GET /ledgers/{}/download_response": download_response,
    "POST /accounts/{}/ledgers/import": import_ledger,
}

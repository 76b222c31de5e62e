"""Lists of invoices: the queue, the filters, the rows (behaviours 8 to 16)."""

from __future__ import annotations

import functools
from itertools import chain, islice
from operator import itemgetter
from typing import TYPE_CHECKING, Any, TypeAlias

from ..server.call import Reply, account_of, bounds, page
from ..server.query import INVOICE_FIELDS, PARTY_FIELDS, parse_query
from ..state.store import part
from .states import RECEIVED

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from ..server.call import Call, Handler
    from ..state.store import JsonObject, Record
    from ..state.world import World

LIST = "GET /accounts/{}/invoices"
_STATE_FLAGS = ("new", "sending", "sent", "error", "registered", "accepted", "allegedly_paid", "refused", "closed",
                "paid")  # fmt: skip
_EVERY_STATE = {
    "new", "issued", "sending", "sent", "registered", "received", "downloaded", "read", "annotated", "accepted",
    "allegedly_paid", "paid", "closed", "refused", "error", "invalid", "discarded", "annulled", "billed",
    "expired", "performing_ocr", "ocr_failed", "cancelled",
}  # fmt: skip
_RECEIVED_FLAGS = {
    "received_invoice_received": ("received", "new"),
    "received_invoice_paid": ("paid",),
    "received_invoice_ocr_failed": ("ocr_failed",),
}


# What lists are filtered by: fields of the invoice, days of it, fields of the other party.
_FIELDS = ("state", "from_net", "series_code", "currency")
_DAYS = ("date", "due_date", "state_updated_at", "updated_at")
_PARTY = tuple(sorted(PARTY_FIELDS))
_read_fields, _read_days = itemgetter(*_FIELDS), itemgetter(*_DAYS)
# Of these a query may ask more than the day.
_TIMES = frozenset(("created_at", "updated_at"))

Facts: TypeAlias = "Mapping[str, str | None]"
Test: TypeAlias = "Callable[[Record], bool]"


def invoice_facts(record: Record) -> Facts:
    """Return what lists of invoices are filtered by."""
    body = record.body
    contact = part(body, "contact")
    days = [moment[:10] if moment else None for moment in _read_days(body)]
    return _shared((*_read_fields(body), *days, *map(contact.get, _PARTY)))


@functools.lru_cache(maxsize=4096)
def _shared(values: tuple[str | None, ...]) -> Facts:
    """The facts of an invoice; one object for all of which they are the same."""
    return dict(zip(_FIELDS + _DAYS + _PARTY, values, strict=True))


def list_invoices(world: World, call: Call) -> Reply:
    """List invoices of one type.

    `type=ReceivedInvoice` without `ack=true` gives only those not acknowledged (behaviour 11).
    """
    account = account_of(world, call)
    query = call.query
    offset, limit = bounds(query)
    groups = _base(world, str(account.id), query)
    filters = _filters(query)
    names = tuple(name for name in world.shown(LIST, "invoices") if name != "account")
    if filters:
        records = chain.from_iterable(group.values() for group in groups)
        found = [record for record in records if all(fits(record) for fits in filters)]
        total = len(found)
        listed: Iterable[Record] = reversed(found) if world.settings.newest_first else found
    else:
        total = sum(map(len, groups))
        ordered = reversed(groups) if world.settings.newest_first else groups
        listed = chain.from_iterable(
            reversed(group.values()) if world.settings.newest_first else group.values() for group in ordered
        )
    shown = [_row(record, names) for record in islice(listed, offset, offset + limit)]
    return page("invoices", shown, total, offset, limit)


def _base(world: World, owner: str, query: dict[str, Any]) -> list[dict[int, Record]]:
    """Return the indexed groups that hold what type, queue, number and states ask for."""
    kind = query.get("type", "IssuedInvoice")
    states = _states(query, kind)
    queue = world.store.group(("queue", owner)) if kind == RECEIVED and not query.get("ack") else None
    if query.get("number"):
        # A prefix (behaviour 14).
        ids = world.store.with_prefix(("number", owner, kind), query["number"])
        listed = sorted(number for number in ids if queue is None or number in queue)
        return [_in_states({number: world.store.all("invoice")[number] for number in listed}, states)]
    if queue is not None:
        return [_in_states(queue, states)]
    if states is None:
        return [world.store.group(("invoice", owner, kind))]
    return [world.store.group(("invoice", owner, kind, state)) for state in sorted(states)]


def _in_states(records: dict[int, Record], states: set[str] | None) -> dict[int, Record]:
    if states is None:
        return records
    return {number: record for number, record in records.items() if record.facts["state"] in states}


def _states(query: dict[str, Any], kind: str) -> set[str] | None:
    """Return the states the flags ask for; None when no flag narrows the list.

    A flag of 1 includes a state. Where only zeros are given, they leave their states out.
    """
    flags: dict[str, tuple[str, ...]] = {name: (name,) for name in _STATE_FLAGS}
    if kind == RECEIVED:
        flags.update(_RECEIVED_FLAGS)
    wanted = {state for name, states in flags.items() if query.get(name) == 1 for state in states}
    if wanted:
        return wanted
    unwanted = {state for name, states in flags.items() if query.get(name) == 0 for state in states}
    if not unwanted:
        return None
    return _EVERY_STATE - unwanted


def _filters(query: dict[str, Any]) -> list[Test]:
    """Return the tests on an invoice that no index answers."""
    tests: list[Test] = []
    bounds_of = (
        # The issue date, not the day of arrival (behaviour 13).
        ("date_from", "date", True),
        ("date_to", "date", False),
        ("due_date_from", "due_date", True),
        ("due_date_to", "due_date", False),
        ("state_updated_at_from", "state_updated_at", True),
        ("updated_at_from", "updated_at", True),
    )
    for name, field, lower in bounds_of:
        if name in query:
            tests.append(_bound(field, query[name], lower))
    if query.get("query", "").strip():
        matches = parse_query(query["query"], INVOICE_FIELDS)
        tests.append(lambda record: matches(functools.partial(_value, record)))
    if query.get("from_net"):
        network = query["from_net"]
        tests.append(lambda record: record.facts["from_net"] == network)
    return tests


def _bound(field: str, day: str, lower: bool) -> Test:
    if lower:
        return lambda record: record.facts[field] is not None and record.facts[field] >= day
    return lambda record: record.facts[field] is not None and record.facts[field] <= day


def _value(record: Record, name: str) -> object:
    """Return what a query compares: a field of the invoice, or of the other party."""
    if name == "number":
        return record.indexed.text if record.indexed is not None else None
    return record.look()[name] if name in _TIMES else record.facts[name]


def _row(record: Record, names: tuple[str, ...]) -> JsonObject:
    """A row knows no account, and `ack_at` is null whatever the truth (behaviour 16)."""
    return {**record.look(names), "ack_at": None}


HANDLERS: dict[str, Handler] = {LIST: list_invoices}

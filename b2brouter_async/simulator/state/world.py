"""The world behind the API: its records, its time, and what is about to happen in it."""

from __future__ import annotations

import heapq
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import attrs

from ..._keywords import tells_misspelt
from .acceptances import Acceptances
from .clock import Clock, timestamp
from .store import Record, Store

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, KeysView, Mapping

    from ..spec import Spec
    from .store import JsonObject


@tells_misspelt
@attrs.frozen
class Delays:
    """How long things take, in seconds of the simulator's clock.

    Example:
        simulator = Simulator(delays=Delays(tax_report=0.0, pdf=30.0))
    """

    send: float = 1.0
    register: float = 1.0
    refuse: float = 1.0
    pdf: float = 2.0
    tax_report: float = 4.0
    directory: float = 1.0
    tin_verification: float = 5.0
    batch: float = 5.0


@attrs.frozen
class Settings:
    """What of the server's behaviour is a matter of choice.

    `no_content`: send, ack, mark_as and delete answer 204 instead of 200 with a body (behaviour 34).
    `unique_numbers`: a second invoice of the same account, series and year is refused (behaviour 24); a test that
    judges exactly-once by the ledger alone turns it off.
    `newest_first`: lists start with what came last, so that pages shift while data arrives (behaviour 12).
    `strict`: the addresses of web hooks must be public https (behaviour 62).
    `advance_per_request`: seconds that the clock goes forward with each request.
    """

    delays: Delays = Delays()
    no_content: bool = False
    unique_numbers: bool = True
    newest_first: bool = False
    strict: bool = False
    advance_per_request: float = 0.0


# There are more events than anything else, and nothing is ever planned for one: they share this.
_NO_PLAN: JsonObject = {}

# What a step does beside changing the state: fields of the body to set.
Step: TypeAlias = tuple[float, str, "JsonObject"]
Party: TypeAlias = "tuple[str, str, str, str, Mapping[str, JsonObject] | None]"
"""A receiver of the directory: country, scheme, identifier, name, how it takes each kind of document."""
Environment: TypeAlias = Literal["production", "sandbox", "staging"]
Transition: TypeAlias = "Callable[[World, Record, str, JsonObject], None]"
EventCode: TypeAlias = Literal[
    "issued_invoice.state_change",
    "received_invoice.created",
    "received_invoice.state_change",
    "tax_report.state_change",
    "ledger.state_change",
    "tin_verification.finished",
    "sii_batch.finished",
]


class World:
    """Records, clock, spec and the agenda of changes to come."""

    def __init__(
        self, *, spec: Spec, store: Store, clock: Clock, settings: Settings, environment: Environment
    ) -> None:
        self.spec = spec
        self.store = store
        self.acceptances: Acceptances = Acceptances(store)
        self.clock = clock
        self.settings = settings
        self.environment = environment
        self.parties: list[Party] = []
        self.lookups: dict[tuple[str, str], float] = {}
        self.transitions: dict[str, Transition] = {}
        self.listeners: list[Callable[[str, JsonObject], None]] = []
        self._agenda: list[tuple[float, int, str, int]] = []
        self._entries = 0
        self._present: float | None = None
        self._stamped = (0.0, timestamp(0.0))
        self._known: dict[str, frozenset[str]] = {}
        self._shown: dict[str, KeysView[str]] = {}

    @property
    def now(self) -> float:
        """The present; while the agenda is worked off, the moment its entry was due."""
        return self._present if self._present is not None else self.clock.now()

    def stamp(self) -> str:
        """The present as the API writes it."""
        now = self.now
        # Several times are written for each change; the same one is written once.
        if now != self._stamped[0]:
            self._stamped = (now, timestamp(now))
        return self._stamped[1]

    def reaches(self, realm: str, owner: str) -> bool:
        """Tell whether what `owner` (a group or an account) has is the realm's."""
        if owner == realm:
            return True
        account = self.store.get("account", int(owner)) if owner.isdigit() else None
        return account is not None and account.owner == realm

    def realm_of(self, owner: str) -> str:
        """Return the group of an account."""
        account = self.store.get("account", int(owner)) if owner.isdigit() else None
        return account.owner if account is not None else owner

    def known(self, key: str, fields: JsonObject) -> JsonObject:
        """Leave out what the spec doesn't know: the server ignores it without a word (behaviour 21).

        `fields` is what stands inside the wrapper of the body of the operation `key`.
        """
        names = self._known.get(key)
        if names is None:
            if key not in self.spec.operations:
                return dict(fields)  # a spec that lost the operation has nothing to say of it
            schema = self.spec.resolve(self.spec.operations[key][0].body["application/json"])
            # Switches stand beside the wrapper; the wrapper is what the body can't do without.
            wrapper = self.spec.field(schema, schema["required"][0])
            names = self._known[key] = frozenset(wrapper.get("properties", {}))
        return {name: value for name, value in fields.items() if name in names}

    def shown(self, key: str, *names: str) -> KeysView[str]:
        """Return the fields the reply of the operation `key` has, below `names`, in the order of the spec."""
        place = "/".join((key, *names))
        if place not in self._shown:
            schema = self.spec.field(self.spec.success(key), *names)
            self._shown[place] = dict.fromkeys(schema.get("properties", {}), None).keys()
        return self._shown[place]

    def touch(self, record: Record) -> None:
        """Note that a record has changed now."""
        record.body["updated_at"] = self.stamp()
        self.store.changed(record)

    def plan(self, record: Record, steps: list[Step]) -> None:
        """Put the states to come of a record on the agenda, in place of what was there for it."""
        record.hidden["plan"] = [list(step) for step in steps]
        self.store.changed(record)
        self._enter(record)

    def resume(self, records: Iterable[Record]) -> None:
        """Put what loaded records still have to go through back on the agenda."""
        for record in records:
            self._enter(record)

    def run_due(self) -> None:
        """Work off what is due by now."""
        if not self._agenda or self._agenda[0][0] > self.clock.now():
            return
        now = self.clock.now()
        try:
            while self._agenda and self._agenda[0][0] <= now:
                due, _, kind, number = heapq.heappop(self._agenda)
                record = self.store.get(kind, number)
                plan = record.hidden.get("plan") if record is not None else None
                # An entry whose record went another way, or is gone, is void.
                if record is None or not plan or float(plan[0][0]) != due:
                    continue
                _, state, changes = plan.pop(0)
                self._present = due
                self.transitions[kind](self, record, state, changes)
                self.touch(record)
                self._enter(record)
        finally:
            self._present = None

    def event(
        self,
        code: EventCode,
        owner: str,
        data: JsonObject,
        *,
        journal: JsonObject | None = None,
    ) -> None:
        """Tell the web hooks of the owner's group, and with `journal` the account's journal of events."""
        number = self.store.next_id("event")
        if journal is not None:
            stamp = self.stamp()
            entry = {"id": number, "name": code, **journal, "created_at": stamp, "updated_at": stamp}
            self.store.add(Record("event", number, owner, entry, _NO_PLAN))
        told = {**data, "event_id": number} if "event_id" in data else data
        body: JsonObject = {"code": code, "triggered_at": int(self.now), "data": told}
        if code == "tax_report.state_change":
            # The only one whose public examples have an id at the root (behaviour 45).
            body = {"id": number, **body}
        for listener in self.listeners:
            listener(self.realm_of(owner), body)

    def _enter(self, record: Record) -> None:
        plan: list[Any] = record.hidden.get("plan") or []
        if plan:
            self._entries += 1
            heapq.heappush(self._agenda, (float(plan[0][0]), self._entries, record.kind, record.id))

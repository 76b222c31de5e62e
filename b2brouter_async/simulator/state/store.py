"""What the simulator knows: records in memory with the indexes that keep 100,000 invoices quick."""

from __future__ import annotations

import bisect
import functools
import sys
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

import attrs

from .packing import Packing, pack_file, unpack_file

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable, Iterator

# A JSON object of the API: its fields are the spec's, and differ by kind.
JsonObject: TypeAlias = dict[str, Any]

# A request that came: what stands for its key, when it was, and whether the limit let it pass.
Arrival: TypeAlias = tuple[str, float, bool]


def rows(fields: JsonObject, name: str) -> list[JsonObject]:
    """Return a list of objects in a JSON object; an empty one where it is missing or null."""
    return fields.get(name) or []


def part(fields: JsonObject, name: str) -> JsonObject:
    """Return an object in a JSON object; an empty one where it is missing or null."""
    return fields.get(name) or {}


def _nothing() -> JsonObject:
    return {}


@attrs.define(eq=False, weakref_slot=False)
class Record:
    """One thing the API knows.

    `owner` is the account's id as text, or the group for what belongs to no account. `body` is what detail replies
    show, `hidden` what they don't: the states to come, the digest of the file. Either is unpacked when it is asked for,
    and packed again by the store's next commit.
    """

    kind: str
    id: int
    owner: str
    _body: JsonObject | bytes = attrs.field(repr=False)
    _hidden: JsonObject | bytes = attrs.field(factory=_nothing, repr=False)
    indexed: Index | None = attrs.field(default=None, repr=False, init=False)
    _facts: Any = attrs.field(default=None, repr=False, init=False)
    _packing: Packing | None = attrs.field(default=None, repr=False, init=False)

    @property
    def body(self) -> JsonObject:
        """What detail replies show."""
        if isinstance(self._body, bytes):
            self._body = self._unpack(self._body)
        return self._body

    @body.setter
    def body(self, fields: JsonObject) -> None:
        self._replace(self._body)
        self._body = fields

    @property
    def hidden(self) -> JsonObject:
        """What no reply shows."""
        if isinstance(self._hidden, bytes):
            self._hidden = self._unpack(self._hidden)
        return self._hidden

    @hidden.setter
    def hidden(self, fields: JsonObject) -> None:
        self._replace(self._hidden)
        self._hidden = fields

    @property
    def facts(self) -> Any:
        """What lists are filtered by, known without unpacking; what it is differs by kind."""
        return self._facts if isinstance(self._body, bytes) else self._tell()

    def look(self, only: tuple[str, ...] = ()) -> JsonObject:
        """Return the body, or some of its fields, to look at and not to change: it stays packed if it is."""
        if self._packing is not None and isinstance(self._body, bytes):
            return self._packing.unpack(self._body, only)
        return {name: self.body[name] for name in only if name in self.body} if only else self.body

    def keep(self, packing: Packing) -> None:
        """Have the record packed from now on, whenever nobody looks at it."""
        self._packing = packing
        packing.opened(self)

    def close(self) -> None:
        """Pack what is unpacked."""
        if self._packing is None:
            return
        if not isinstance(self._body, bytes):
            self._facts = self._tell()
            self._body = self._packing.pack(self._body)
        if not isinstance(self._hidden, bytes):
            self._hidden = self._packing.pack(self._hidden)

    def _tell(self) -> Any:
        tell = self._packing.facts.get(self.kind) if self._packing is not None else None
        return None if tell is None else tell(self)

    def _unpack(self, packed: bytes) -> JsonObject:
        assert self._packing is not None, "only a record that is kept is ever packed"
        self._packing.opened(self)
        return self._packing.unpack(packed)

    def _replace(self, held: JsonObject | bytes) -> None:
        if isinstance(held, bytes) and self._packing is not None:
            self._packing.opened(self)


@attrs.frozen
class Index:
    """Where a record is found: `unique` keys lead to it alone, `groups` hold it among others.

    `text` is looked up by prefix, within `scope`.
    """

    unique: tuple[Hashable, ...] = ()
    groups: tuple[Hashable, ...] = ()
    scope: Hashable = None
    text: str | None = None


@functools.lru_cache(maxsize=1024)
def _by_owner(kind: str, owner: str) -> Index:
    """The index of records that are listed by their owner and no more; one object for all of them."""
    return Index(groups=((kind, owner),))


class Disk(Protocol):
    """Where records are kept beyond the process; what a store without one does is lost with it."""

    def load(self) -> Iterator[Record]:
        """Yield every record, in the order of kind and id."""
        ...

    def load_counters(self) -> dict[str, int]:
        """Return the counters as last written."""
        ...

    def load_tallies(self) -> dict[str, int]:
        """Return the tallies as last written."""
        ...

    def write(
        self,
        changed: Iterable[Record],
        removed: Iterable[tuple[str, int]],
        counters: dict[str, int],
        tallies: dict[str, int],
    ) -> None:
        """Keep all of this, or none of it."""
        ...

    def put_content(self, key: str, content: bytes) -> None:
        """Keep the bytes of a file, with the next write."""
        ...

    def drop_content(self, key: str) -> None:
        """Forget the bytes of a file, with the next write."""
        ...

    def content(self, key: str) -> bytes | None:
        """Return the bytes of a file."""
        ...

    def put_arrival(self, arrival: Arrival) -> None:
        """Keep a request's arrival, with the next write."""
        ...

    def load_arrivals(self, now: float, seconds: float) -> list[Arrival]:
        """Return the arrivals of the last `seconds`, and keep no others from now on."""
        ...

    def close(self) -> None:
        """Let go of the file."""
        ...


# Nearly every request needs one of these, and there are few of them: they are never packed.
_FEW = frozenset(("account", "transport", "tax_report_setting", "web_hook", "ledger"))
_FIRST_IDS = {"account": 483921, "contact": 1313228999, "invoice": 4919734, "line": 70112201, "event": 88120011,
              "tax_report": 902114, "ledger": 55120, "payment": 30118, "web_hook": 8812, "tin_verification": 771,
              "batch": 912}  # fmt: skip


class Store:
    """Records by kind and id, by unique key, by group and by prefix."""

    def __init__(self, disk: Disk | None = None) -> None:
        self._disk = disk
        self._records: dict[str, dict[int, Record]] = {}
        self._unique: dict[Hashable, Record] = {}
        self._groups: dict[Hashable, dict[int, Record]] = {}
        self._texts: dict[Hashable, list[tuple[str, int]]] = {}
        self._indexers: dict[str, Callable[[Record], Index]] = {}
        self._packing = Packing()
        self._contents: dict[str, bytes] = {}
        self._counters: dict[str, int] = {}
        self._changed: dict[tuple[str, int], Record] = {}
        self._removed: set[tuple[str, int]] = set()
        self.tallies: dict[str, int] = {}
        self._tallied: set[str] = set()
        self._arrived = False

    def index(
        self,
        kind: str,
        indexer: Callable[[Record], Index] | None = None,
        *,
        facts: Callable[[Record], Any] | None = None,
    ) -> None:
        """Say how records of a kind are found, and by which facts lists are filtered; before the first is added."""
        if indexer is not None:
            self._indexers[kind] = indexer
        if facts is not None:
            self._packing.facts[kind] = facts

    def load(self) -> Iterator[Record]:
        """Read what the disk has, if there is one, and yield it record by record."""
        if self._disk is None:
            return
        self._counters = self._disk.load_counters()
        self.tallies = self._disk.load_tallies()
        for record in self._disk.load():
            self._put(record)
            yield record
            self._packing.close()

    def next_id(self, kind: str) -> int:
        """Return an id never given before to this kind."""
        number = self._counters.get(kind, _FIRST_IDS.get(kind, 1))
        self._counters[kind] = number + 1
        return number

    def add(self, record: Record) -> Record:
        """Keep a new record; an id that was given from outside is never given again.

        Raises:
            ValueError: there is a record of this kind and id already.
        """
        if record.id in self._records.get(record.kind, {}):
            raise ValueError(f"there is a second {record.kind} {record.id}: ids are unique")
        self._counters[record.kind] = max(
            self._counters.get(record.kind, 0), record.id + 1, _FIRST_IDS.get(record.kind, 1)
        )
        self._put(record)
        self._changed[record.kind, record.id] = record
        return record

    def changed(self, record: Record) -> None:
        """Bring the indexes and the disk up to date with a record that was changed."""
        self._reindex(record)
        self._changed[record.kind, record.id] = record

    def remove(self, record: Record) -> None:
        """Forget a record."""
        self._unindex(record)
        del self._records[record.kind][record.id]
        self._changed.pop((record.kind, record.id), None)
        self._removed.add((record.kind, record.id))

    def get(self, kind: str, number: int) -> Record | None:
        """Return a record by its id."""
        return self._records.get(kind, {}).get(number)

    def all(self, kind: str) -> dict[int, Record]:
        """Return all records of a kind by id, oldest first."""
        return self._records.get(kind, {})

    def find(self, key: Hashable) -> Record | None:
        """Return the record of a unique key."""
        return self._unique.get(key)

    def group(self, key: Hashable) -> dict[int, Record]:
        """Return the records of a group by id, in the order they joined it."""
        return self._groups.get(key, {})

    def with_prefix(self, scope: Hashable, prefix: str) -> Iterator[int]:
        """Yield the ids of the records of `scope` whose text starts with `prefix`."""
        texts = self._texts.get(scope, [])
        for place in range(bisect.bisect_left(texts, (prefix, -1)), len(texts)):
            text, number = texts[place]
            if not text.startswith(prefix):
                return
            yield number

    def put_content(self, key: str, content: bytes) -> None:
        """Keep the bytes of a file under `key`."""
        if self._disk is None:
            self._contents[key] = pack_file(content)
        else:
            self._disk.put_content(key, content)

    def content(self, key: str) -> bytes | None:
        """Return the bytes of a file."""
        if self._disk is not None:
            return self._disk.content(key)
        packed = self._contents.get(key)
        return None if packed is None else unpack_file(packed)

    def drop_content(self, key: str) -> None:
        """Forget the bytes of a file."""
        if self._disk is None:
            self._contents.pop(key, None)
        else:
            self._disk.drop_content(key)

    def tally(self, key: str) -> None:
        """Count one more of `key`."""
        self.tallies[key] = self.tallies.get(key, 0) + 1
        self._tallied.add(key)

    def arrived(self, arrival: Arrival) -> None:
        """Have the disk remember a request: what a limit has counted, it has counted after a restart, too."""
        if self._disk is not None:
            self._disk.put_arrival(arrival)
            self._arrived = True

    def arrivals(self, now: float, seconds: float) -> list[Arrival]:
        """Return the arrivals of the last `seconds` that the disk remembers, in their order."""
        return self._disk.load_arrivals(now, seconds) if self._disk is not None else []

    def commit(self) -> None:
        """Write what has changed since the last time, in one step."""
        if self._disk is not None and (self._changed or self._removed or self._tallied or self._arrived):
            tallies = {key: self.tallies[key] for key in self._tallied}
            self._disk.write(self._changed.values(), self._removed, self._counters, tallies)
        self._changed.clear()
        self._removed.clear()
        self._tallied.clear()
        self._arrived = False
        self._packing.close()

    def close(self) -> None:
        """Write what is left and let go of the disk."""
        self.commit()
        if self._disk is not None:
            self._disk.close()

    def _put(self, record: Record) -> None:
        record.owner = sys.intern(record.owner)  # one text for all of an account's
        self._records.setdefault(record.kind, {})[record.id] = record
        if record.kind not in _FEW:
            record.keep(self._packing)
        self._reindex(record)

    def _reindex(self, record: Record) -> None:
        indexer = self._indexers.get(record.kind)
        fresh = indexer(record) if indexer is not None else _by_owner(record.kind, record.owner)
        if fresh == record.indexed:
            return
        old = record.indexed or Index()
        for key in old.unique:
            if key not in fresh.unique:
                self._unique.pop(key, None)
        for key in old.groups:
            if key not in fresh.groups:
                self._groups[key].pop(record.id, None)
        for key in fresh.unique:
            self._unique[key] = record
        for key in fresh.groups:
            self._groups.setdefault(key, {})[record.id] = record
        if (old.scope, old.text) != (fresh.scope, fresh.text):
            self._drop_text(record, old)
            if fresh.text is not None:
                bisect.insort(self._texts.setdefault(fresh.scope, []), (fresh.text, record.id))
        record.indexed = fresh

    def _unindex(self, record: Record) -> None:
        old = record.indexed or Index()
        for key in old.unique:
            self._unique.pop(key, None)
        for key in old.groups:
            self._groups[key].pop(record.id, None)
        self._drop_text(record, old)
        record.indexed = None

    def _drop_text(self, record: Record, old: Index) -> None:
        if old.text is None:
            return
        texts = self._texts[old.scope]
        place = bisect.bisect_left(texts, (old.text, record.id))
        if place < len(texts) and texts[place] == (old.text, record.id):
            del texts[place]

"""An inbox in memory, for tests and for trying things out: it ends with its process."""

from __future__ import annotations

import logging
import threading
import time
from typing import TYPE_CHECKING, Literal

from attrs import define, field

from .._keywords import tells_misspelt
from .store import KEEP, Item

if TYPE_CHECKING:
    from collections.abc import Callable

_log = logging.getLogger("b2brouter_async.inbox")


@define
class _Entry:
    queue: str
    body: bytes
    arrived: float
    due: float
    state: Literal["waiting", "working", "done", "dead"] = "waiting"
    tries: int = 0
    owner: str = ""
    note: str = ""
    problem: str | None = None


@tells_misspelt
@define(eq=False)
class MemoryInbox:
    """Keeps items in this process alone.

    Example:
        hooks = WebHooks("whsec_…", inbox=MemoryInbox())

    What was answered 2xx is lost with the process, and each of several processes works on its own copy of a repeat.

    Args:
        clock: returns Unix seconds.
        keep: seconds for which the keys of finished items stay known.
    """

    clock: Callable[[], float] = time.time
    keep: float = KEEP
    durable: bool = field(default=False, init=False)
    _entries: dict[str, _Entry] = field(factory=dict[str, _Entry], init=False, repr=False)
    _lock: threading.Lock = field(factory=threading.Lock, init=False, repr=False)

    def __attrs_post_init__(self) -> None:
        _log.warning(
            "this inbox is in memory: what it holds is lost when the process ends, and several processes don't share "
            "it; SQLiteInbox(path) keeps it"
        )

    def put(self, queue: str, key: str, body: bytes) -> bool:
        """Store an item; False if its key is known."""
        now = self.clock()
        with self._lock:
            if key in self._entries:
                return False
            self._entries[key] = _Entry(queue, body, now, now)
            return True

    def take(self, queue: str, owner: str, *, most: int, lease: float) -> list[Item]:
        """Lease items that are due."""
        now = self.clock()
        with self._lock:
            old = [
                key
                for key, entry in self._entries.items()
                if entry.state == "done" and entry.due < now - self.keep
            ]
            for key in old:
                del self._entries[key]
            due = sorted(
                (entry.due, key)
                for key, entry in self._entries.items()
                if entry.queue == queue and entry.state in ("waiting", "working") and entry.due <= now
            )
            taken: list[Item] = []
            for _, key in due[:most]:
                entry = self._entries[key]
                entry.state, entry.owner, entry.due = "working", owner, now + lease
                entry.tries += 1
                taken.append(_item(key, entry))
            return taken

    def renew(self, key: str, owner: str, *, lease: float) -> bool:
        """Lease an item for longer."""
        with self._lock:
            entry = self._owned(key, owner)
            if entry is not None:
                entry.due = self.clock() + lease
            return entry is not None

    def note(self, key: str, owner: str, note: str) -> bool:
        """Note how far the work came."""
        with self._lock:
            entry = self._owned(key, owner)
            if entry is not None:
                entry.note = note
            return entry is not None

    def done(self, key: str, owner: str) -> bool:
        """End an item."""
        with self._lock:
            entry = self._owned(key, owner)
            if entry is not None:
                entry.state, entry.body, entry.owner, entry.due = "done", b"", "", self.clock()
            return entry is not None

    def again(self, key: str, owner: str, *, delay: float, problem: str, counted: bool = True) -> bool:
        """Let an item wait again."""
        with self._lock:
            entry = self._owned(key, owner)
            if entry is not None:
                entry.state, entry.owner, entry.due = "waiting", "", self.clock() + delay
                entry.problem = problem
                entry.tries -= not counted
            return entry is not None

    def give_back(self, key: str, owner: str) -> bool:
        """Let an item wait again as if this try had not been."""
        with self._lock:
            entry = self._owned(key, owner)
            if entry is not None:
                entry.state, entry.owner, entry.due = "waiting", "", self.clock()
                entry.tries -= 1
            return entry is not None

    def bury(self, key: str, owner: str, *, problem: str) -> bool:
        """Set an item aside."""
        with self._lock:
            entry = self._owned(key, owner)
            if entry is not None:
                entry.state, entry.owner, entry.due, entry.problem = "dead", "", self.clock(), problem
            return entry is not None

    def dead(self, queue: str) -> list[Item]:
        """Return what was set aside."""
        with self._lock:
            return [
                _item(key, entry)
                for key, entry in self._entries.items()
                if entry.queue == queue and entry.state == "dead"
            ]

    def retry(self, queue: str, key: str) -> bool:
        """Let an item that was set aside wait again."""
        with self._lock:
            entry = self._entries.get(key)
            if entry is None or entry.queue != queue or entry.state != "dead":
                return False
            entry.state, entry.tries, entry.due = "waiting", 0, self.clock()
            return True

    def waiting(self, queue: str) -> int:
        """Return how many items wait or are being worked on."""
        with self._lock:
            return sum(
                entry.queue == queue and entry.state in ("waiting", "working")
                for entry in self._entries.values()
            )

    def finished(self, queue: str, key: str) -> bool:
        """Tell whether an item was ended."""
        with self._lock:
            entry = self._entries.get(key)
            return entry is not None and entry.queue == queue and entry.state == "done"

    def close(self) -> None:
        """Do nothing: there is nothing to let go of."""

    def _owned(self, key: str, owner: str) -> _Entry | None:
        entry = self._entries.get(key)
        return entry if entry is not None and entry.state == "working" and entry.owner == owner else None


def _item(key: str, entry: _Entry) -> Item:
    return Item(
        key=key,
        body=entry.body,
        arrived=entry.arrived,
        tries=entry.tries,
        note=entry.note,
        problem=entry.problem,
    )

"""State in an SQLite file: what a reply has confirmed is there after a kill -9."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING

import simplejson

from .store import Record

if TYPE_CHECKING:
    import os
    from collections.abc import Iterable, Iterator

_SCHEMA = """
CREATE TABLE IF NOT EXISTS records (
  kind TEXT NOT NULL, id INTEGER NOT NULL, owner TEXT NOT NULL, body TEXT NOT NULL, hidden TEXT NOT NULL,
  PRIMARY KEY (kind, id)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS counters (name TEXT PRIMARY KEY, next INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS tallies (key TEXT PRIMARY KEY, count INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS contents (key TEXT PRIMARY KEY, content BLOB NOT NULL);
"""


class SQLiteDisk:
    """Keeps records in an SQLite file that belongs to one simulator at a time."""

    def __init__(self, path: str | os.PathLike[str]) -> None:
        # The simulator holds its own lock; the thread that serves is another than the one that made it.
        self._connection = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        # With a write-ahead log each commit is in the system's hands: it outlives the process, if not a power cut.
        self._connection.execute("PRAGMA journal_mode=WAL")
        self._connection.execute("PRAGMA synchronous=NORMAL")
        self._connection.executescript(_SCHEMA)
        self._contents: dict[str, bytes] = {}
        self._counters: dict[str, int] = {}

    def load(self) -> Iterator[Record]:
        """Yield every record, in the order of kind and id."""
        for kind, number, owner, body, hidden in self._connection.execute(
            "SELECT kind, id, owner, body, hidden FROM records ORDER BY kind, id"
        ):
            yield Record(kind, number, owner, _read(body), _read(hidden))

    def load_counters(self) -> dict[str, int]:
        """Return the counters as last written."""
        self._counters = dict(self._connection.execute("SELECT name, next FROM counters"))
        return dict(self._counters)

    def load_tallies(self) -> dict[str, int]:
        """Return the tallies as last written."""
        return dict(self._connection.execute("SELECT key, count FROM tallies"))

    def write(
        self,
        changed: Iterable[Record],
        removed: Iterable[tuple[str, int]],
        counters: dict[str, int],
        tallies: dict[str, int],
    ) -> None:
        """Keep all of this, or none of it."""
        execute, many = self._connection.execute, self._connection.executemany
        execute("BEGIN IMMEDIATE")
        try:
            many("DELETE FROM records WHERE kind = ? AND id = ?", removed)
            many("INSERT OR REPLACE INTO records VALUES (?, ?, ?, ?, ?)", map(_row, changed))
            moved = [(name, at) for name, at in counters.items() if self._counters.get(name) != at]
            many("INSERT OR REPLACE INTO counters VALUES (?, ?)", moved)
            many("INSERT OR REPLACE INTO tallies VALUES (?, ?)", tallies.items())
            many("INSERT OR REPLACE INTO contents VALUES (?, ?)", self._contents.items())
        except BaseException:
            execute("ROLLBACK")
            raise
        execute("COMMIT")
        self._counters.update(moved)
        self._contents.clear()

    def put_content(self, key: str, content: bytes) -> None:
        """Keep the bytes of a file, with the next write."""
        self._contents[key] = content

    def drop_content(self, key: str) -> None:
        """Forget the bytes of a file."""
        self._contents.pop(key, None)
        self._connection.execute("DELETE FROM contents WHERE key = ?", (key,))

    def content(self, key: str) -> bytes | None:
        """Return the bytes of a file."""
        if key in self._contents:
            return self._contents[key]
        row = self._connection.execute("SELECT content FROM contents WHERE key = ?", (key,)).fetchone()
        return None if row is None else bytes(row[0])

    def close(self) -> None:
        """Let go of the file."""
        self._connection.close()


def _row(record: Record) -> tuple[str, int, str, str, str]:
    return (record.kind, record.id, record.owner, _text(record.body), _text(record.hidden))


def _text(value: object) -> str:
    return str(simplejson.dumps(value, use_decimal=True, separators=(",", ":")))


def _read(text: str) -> dict[str, object]:
    value: dict[str, object] = simplejson.loads(text, use_decimal=True)
    return value

"""State in an SQLite file: what a reply has confirmed is there after a kill -9."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import sys
from typing import TYPE_CHECKING

import simplejson

from .store import Record

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Iterator

    from .store import Arrival

_SCHEMA = """
CREATE TABLE IF NOT EXISTS records (
  kind TEXT NOT NULL, id INTEGER NOT NULL, owner TEXT NOT NULL, body TEXT NOT NULL, hidden TEXT NOT NULL,
  PRIMARY KEY (kind, id)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS counters (name TEXT PRIMARY KEY, next INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS tallies (key TEXT PRIMARY KEY, count INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS arrivals (key TEXT NOT NULL, at REAL NOT NULL, passed INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS contents (key TEXT PRIMARY KEY, content BLOB NOT NULL);
"""
# Made once: making one takes as long as writing with it.
_ENCODER = simplejson.JSONEncoder(use_decimal=True, separators=(",", ":"), namedtuple_as_object=False)
# So many arrivals later, those that no limit looks at any more are deleted.
FORGET_AFTER = 10_000

_COLUMNS = {
    "records": "kind, id, owner, body, hidden",
    "counters": "name, next",
    "tallies": "key, count",
    "contents": "key, content",
    "arrivals": "key, at, passed",
}


class SQLiteDisk:
    """Keeps records in an SQLite file that belongs to one simulator at a time.

    A file that can't be opened, is no state of a simulator, or belongs to a running one is a ValueError.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self._path = os.fspath(path)
        with self._readable():
            self._connection = _open(path)
        self._contents: dict[str, bytes | None] = {}
        self._counters: dict[str, int] = {}
        self._arrivals: list[Arrival] = []
        self._remembered = 0
        self._seconds = 0.0

    def load(self) -> Iterator[Record]:
        """Yield every record, in the order of kind and id."""
        with self._readable():
            for kind, number, owner, body, hidden in self._connection.execute(
                "SELECT kind, id, owner, body, hidden FROM records ORDER BY kind, id"
            ):
                yield Record(sys.intern(kind), number, sys.intern(owner), _read(body), _read(hidden))

    def load_counters(self) -> dict[str, int]:
        """Return the counters as last written."""
        with self._readable():
            self._counters = dict(self._connection.execute("SELECT name, next FROM counters"))
        return dict(self._counters)

    def load_tallies(self) -> dict[str, int]:
        """Return the tallies as last written."""
        with self._readable():
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
            kept = [(key, content) for key, content in self._contents.items() if content is not None]
            dropped = [(key,) for key, content in self._contents.items() if content is None]
            many("INSERT OR REPLACE INTO contents VALUES (?, ?)", kept)
            many("DELETE FROM contents WHERE key = ?", dropped)
            many("INSERT INTO arrivals VALUES (?, ?, ?)", self._arrivals)
            if self._remembered + len(self._arrivals) > FORGET_AFTER:
                execute("DELETE FROM arrivals WHERE at <= ?", (self._arrivals[-1][1] - self._seconds,))
                self._remembered = 0
        except BaseException:
            execute("ROLLBACK")
            raise
        execute("COMMIT")
        self._counters.update(moved)
        self._contents.clear()
        self._remembered += len(self._arrivals)
        self._arrivals.clear()

    def put_content(self, key: str, content: bytes) -> None:
        """Keep the bytes of a file, with the next write."""
        self._contents[key] = content

    def drop_content(self, key: str) -> None:
        """Forget the bytes of a file, with the next write."""
        self._contents[key] = None

    def content(self, key: str) -> bytes | None:
        """Return the bytes of a file."""
        if key in self._contents:
            return self._contents[key]
        row = self._connection.execute("SELECT content FROM contents WHERE key = ?", (key,)).fetchone()
        return None if row is None else bytes(row[0])

    def put_arrival(self, arrival: Arrival) -> None:
        """Keep a request's arrival, with the next write."""
        self._arrivals.append(arrival)

    def load_arrivals(self, now: float, seconds: float) -> list[Arrival]:
        """Return the arrivals of the last `seconds`, and keep no others from now on."""
        self._seconds = seconds
        with self._readable():
            self._connection.execute("DELETE FROM arrivals WHERE at <= ? OR at > ?", (now - seconds, now))
            rows = self._connection.execute("SELECT key, at, passed FROM arrivals ORDER BY rowid")
            return [(key, at, bool(passed)) for key, at, passed in rows]

    def close(self) -> None:
        """Let go of the file."""
        self._connection.close()

    @contextlib.contextmanager
    def _readable(self) -> Generator[None]:
        try:
            yield
        except (sqlite3.Error, simplejson.JSONDecodeError) as error:
            raise ValueError(f"the state can't be kept in {self._path}: {_reason(error)}") from error


def _open(path: str | os.PathLike[str]) -> sqlite3.Connection:
    # The simulator holds its own lock; the thread that serves is another than the one that made it.
    connection = sqlite3.connect(path, timeout=1, check_same_thread=False, isolation_level=None)
    try:
        # Two simulators would give the same ids to different things: the file is held from now on until it is closed.
        # The system lets go of it when the process is killed.
        connection.execute("PRAGMA locking_mode=EXCLUSIVE")
        # With a write-ahead log each commit is in the system's hands: it outlives the process, if not a power cut.
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=NORMAL")
        connection.executescript(_SCHEMA)
        for table, columns in _COLUMNS.items():
            connection.execute(f"SELECT {columns} FROM {table} LIMIT 1")  # noqa: S608 - names of ours
    except BaseException:
        connection.close()
        raise
    return connection


def _reason(error: Exception) -> str:
    text = str(error)
    if "locked" in text:
        return "another simulator is using it"
    if "not a database" in text or "no such column" in text:
        return "it is no state of a simulator; name another file"
    if isinstance(error, simplejson.JSONDecodeError) or "malformed" in text:
        return f"it is damaged ({text}); name another file"
    return text


def _row(record: Record) -> tuple[str, int, str, str, str]:
    return (record.kind, record.id, record.owner, _text(record.body), _text(record.hidden))


def _text(value: object) -> str:
    return str(_ENCODER.encode(value))


def _read(text: str) -> dict[str, object]:
    value: dict[str, object] = simplejson.loads(text, use_decimal=True)
    return value

"""An inbox in an SQLite file: durable, and shared by every process of one machine."""

# ruff: noqa: S608 - the pieces of every statement are constants of this file

from __future__ import annotations

import os
import sqlite3
import threading
import time
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from .._core.files import check_kept
from .._keywords import tells_misspelt
from .store import KEEP, InboxError, Item

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

_APPLICATION_ID = 0x42324249
_VERSION = 1
# `due` is when an item may be taken: the next try of what waits, the end of the lease of what is worked on.
# Of what ended it is the moment of that.
_SCHEMA = """
CREATE TABLE items (
    key TEXT PRIMARY KEY,
    queue TEXT NOT NULL,
    body BLOB NOT NULL,
    arrived REAL NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('waiting', 'working', 'done', 'dead')),
    due REAL NOT NULL,
    tries INTEGER NOT NULL DEFAULT 0,
    owner TEXT NOT NULL DEFAULT '',
    note TEXT NOT NULL DEFAULT '',
    problem TEXT
);
CREATE INDEX by_due ON items (queue, due) WHERE state IN ('waiting', 'working');
CREATE INDEX by_end ON items (due) WHERE state = 'done';
CREATE INDEX by_death ON items (queue, due) WHERE state = 'dead';
"""
_COLUMNS = "key, body, arrived, tries, note, problem"
_OWNED = "WHERE key = ? AND state = 'working' AND owner = ?"
_CLEANING = 3600.0  # seconds between two looks for keys that are kept no longer


@tells_misspelt
class SQLiteInbox:
    """Keeps items in a file.

    Example:
        hooks = WebHooks("whsec_…", inbox=SQLiteInbox("webhooks.sqlite", keep=7 * 86_400))

    A stored item outlives the process and a power cut (WAL, `synchronous=FULL`). The file belongs on a disk of this
    machine: SQLite's locks don't hold on network drives.

    Args:
        path: the file; it is made where it isn't there.
        clock: returns Unix seconds.
        keep: seconds for which the keys of finished items stay known.
        patience: seconds a call waits while another process writes, before it gives up with `InboxError`.
    """

    durable = True

    def __init__(
        self,
        path: str | os.PathLike[str],
        *,
        clock: Callable[[], float] = time.time,
        keep: float = KEEP,
        patience: float = 2.0,
    ) -> None:
        """Remember the file; it is opened with the first call.

        Raises:
            ConfigurationError: it is `:memory:`.
        """
        check_kept(path, "path", ", or take MemoryInbox() in tests")
        self.path: Path = Path(path)
        self._clock = clock
        self._keep = keep
        self._patience = patience
        self._lock = threading.Lock()
        self._connection: sqlite3.Connection | None = None
        self._process = 0
        self._cleaned = 0.0

    def __del__(self) -> None:
        # Whoever named a file has nothing to close; Python 3.13 reports connections that nobody closed.
        if getattr(self, "_connection", None) is not None:
            self.close()

    def __repr__(self) -> str:
        return f"SQLiteInbox({str(self.path)!r})"

    def put(self, queue: str, key: str, body: bytes) -> bool:
        """Store an item; False if its key is known."""
        now = self._clock()
        with self._opened() as connection:
            stored = connection.execute(
                "INSERT INTO items (key, queue, body, arrived, state, due) VALUES (?, ?, ?, ?, 'waiting', ?) "
                "ON CONFLICT (key) DO NOTHING",
                (key, queue, body, now, now),
            )
            return stored.rowcount == 1

    def take(self, queue: str, owner: str, *, most: int, lease: float) -> list[Item]:
        """Lease items that are due."""
        now = self._clock()
        with self._opened() as connection:
            self._clean(connection, now)
            # Looking takes no lock, so that many workers with nothing to do don't disturb those who store.
            if connection.execute(
                "SELECT 1 FROM items WHERE queue = ? AND state IN ('waiting', 'working') AND due <= ? LIMIT 1",
                (queue, now),
            ).fetchone() is None:  # fmt: skip
                return []
            rows = connection.execute(
                "UPDATE items SET state = 'working', owner = ?, due = ?, tries = tries + 1 WHERE key IN ("
                "SELECT key FROM items WHERE queue = ? AND state IN ('waiting', 'working') AND due <= ? "
                f"ORDER BY due LIMIT ?) RETURNING {_COLUMNS}",
                (owner, now + lease, queue, now, most),
            ).fetchall()
            return sorted((_item(row) for row in rows), key=lambda item: item.arrived)

    def renew(self, key: str, owner: str, *, lease: float) -> bool:
        """Lease an item for longer."""
        return self._change(f"UPDATE items SET due = ? {_OWNED}", self._clock() + lease, key, owner)

    def note(self, key: str, owner: str, note: str) -> bool:
        """Note how far the work came."""
        return self._change(f"UPDATE items SET note = ? {_OWNED}", note, key, owner)

    def done(self, key: str, owner: str) -> bool:
        """End an item."""
        return self._change(
            f"UPDATE items SET state = 'done', body = x'', owner = '', due = ? {_OWNED}",
            self._clock(), key, owner,
        )  # fmt: skip

    def again(self, key: str, owner: str, *, delay: float, problem: str, counted: bool = True) -> bool:
        """Let an item wait again."""
        return self._change(
            f"UPDATE items SET state = 'waiting', owner = '', due = ?, problem = ?, tries = tries - ? {_OWNED}",
            self._clock() + delay, problem, int(not counted), key, owner,
        )  # fmt: skip

    def give_back(self, key: str, owner: str) -> bool:
        """Let an item wait again as if this try had not been."""
        return self._change(
            f"UPDATE items SET state = 'waiting', owner = '', due = ?, tries = tries - 1 {_OWNED}",
            self._clock(), key, owner,
        )  # fmt: skip

    def bury(self, key: str, owner: str, *, problem: str) -> bool:
        """Set an item aside."""
        return self._change(
            f"UPDATE items SET state = 'dead', owner = '', due = ?, problem = ? {_OWNED}",
            self._clock(), problem, key, owner,
        )  # fmt: skip

    def dead(self, queue: str) -> list[Item]:
        """Return what was set aside."""
        with self._opened() as connection:
            rows = connection.execute(
                f"SELECT {_COLUMNS} FROM items WHERE queue = ? AND state = 'dead' ORDER BY due, key",
                (queue,),
            )
            return [_item(row) for row in rows]

    def retry(self, queue: str, key: str) -> bool:
        """Let an item that was set aside wait again."""
        return self._change(
            "UPDATE items SET state = 'waiting', tries = 0, due = ? WHERE queue = ? AND key = ? AND state = 'dead'",
            self._clock(), queue, key,
        )  # fmt: skip

    def waiting(self, queue: str) -> int:
        """Return how many items wait or are being worked on."""
        with self._opened() as connection:
            (count,) = connection.execute(
                "SELECT count(*) FROM items WHERE queue = ? AND state IN ('waiting', 'working')", (queue,)
            ).fetchone()
            return int(count)

    def finished(self, queue: str, key: str) -> bool:
        """Tell whether an item was ended."""
        with self._opened() as connection:
            row = connection.execute(
                "SELECT 1 FROM items WHERE queue = ? AND key = ? AND state = 'done'", (queue, key)
            ).fetchone()
            return row is not None

    def close(self) -> None:
        """Close the file; a later call opens it again."""
        with self._lock:
            if self._connection is not None and self._process == os.getpid():
                self._connection.close()
            self._connection = None

    def _change(self, statement: str, *values: object) -> bool:
        with self._opened() as connection:
            return connection.execute(statement, values).rowcount == 1

    @contextmanager
    def _opened(self) -> Generator[sqlite3.Connection]:
        with self._lock:
            try:
                # A connection must not be used on the other side of a fork.
                if self._connection is None or self._process != os.getpid():
                    self._connection, self._process = self._open(), os.getpid()
                yield self._connection
            except sqlite3.Error as error:
                raise InboxError(f"{self.path}: {error}") from error

    def _open(self) -> sqlite3.Connection:
        until = time.monotonic() + self._patience
        while True:
            connection = sqlite3.connect(
                self.path, timeout=self._patience, isolation_level=None, check_same_thread=False
            )
            try:
                self._prepare(connection)
                return connection
            except BaseException as error:
                connection.close()
                # Of several that open a new file at once, SQLite turns some away without waiting.
                busy = getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_BUSY
                if not busy or time.monotonic() > until:
                    raise
            time.sleep(0.01)

    def _prepare(self, connection: sqlite3.Connection) -> None:
        # Before anything is written: another program's file stays as it is. At one moment, so that a file that is made
        # into an inbox meanwhile isn't seen half made.
        connection.execute("BEGIN")
        try:
            self._is_ours(connection)
        finally:
            connection.execute("ROLLBACK")
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        with closing(connection.cursor()) as cursor:
            cursor.execute("BEGIN IMMEDIATE")
            try:
                if not self._is_ours(connection):
                    for statement in _SCHEMA.strip().rstrip(";").split(";"):
                        cursor.execute(statement)
                    cursor.execute(f"PRAGMA application_id = {_APPLICATION_ID}")
                    cursor.execute(f"PRAGMA user_version = {_VERSION}")
            except BaseException:
                cursor.execute("ROLLBACK")
                raise
            cursor.execute("COMMIT")

    def _is_ours(self, connection: sqlite3.Connection) -> bool:
        """Tell whether the file is an inbox; False for an empty one."""
        (owner,) = connection.execute("PRAGMA application_id").fetchone()
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        (tables,) = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
        if owner == _APPLICATION_ID and version != _VERSION:
            raise InboxError(
                f"{self.path}: this inbox was written by another version of the package ({version})"
            )
        if owner != _APPLICATION_ID and (owner or version or tables):
            raise InboxError(f"{self.path} is a database of another program; name another file")
        return bool(owner == _APPLICATION_ID)

    def _clean(self, connection: sqlite3.Connection, now: float) -> None:
        if now - self._cleaned < _CLEANING:
            return
        self._cleaned = now
        connection.execute(
            "DELETE FROM items WHERE key IN ("
            "SELECT key FROM items WHERE state = 'done' AND due < ? ORDER BY due LIMIT 10000)",
            (now - self._keep,),
        )


def _item(row: tuple[str, bytes, float, int, str, str | None]) -> Item:
    key, body, arrived, tries, note, problem = row
    return Item(key=key, body=body, arrived=arrived, tries=tries, note=note, problem=problem)

"""The shop's own database: orders, and what became of their invoices."""

from __future__ import annotations

import datetime
import sqlite3
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

from attrs import frozen

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path

SCHEMA = """
CREATE TABLE IF NOT EXISTS orders (
    id TEXT PRIMARY KEY,
    serial INTEGER NOT NULL UNIQUE,
    body TEXT NOT NULL,
    outcome TEXT,              -- what became of sending it; NULL until that is known
    problem TEXT,
    invoice_id INTEGER,
    state TEXT,                -- the invoice's state, as it was read last,
    state_at TEXT              -- and the moment at which it came into it, by the server
);
CREATE INDEX IF NOT EXISTS to_send ON orders (serial) WHERE outcome IS NULL;
"""


@frozen
class Order:
    """An order as it is stored."""

    id: str
    serial: int
    body: str
    outcome: str | None
    problem: str | None
    invoice_id: int | None
    state: str | None
    state_at: str | None

    @property
    def number(self) -> str:
        """The number of its invoice. It is fixed with the order: that makes sending it twice impossible."""
        return f"S-{self.serial:06}"


class Orders:
    """The orders in an SQLite file. What a method has returned from is on the disk."""

    def __init__(self, path: Path) -> None:
        self._lock = threading.Lock()
        self._connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=10)
        self._connection.execute("PRAGMA journal_mode = WAL")
        self._connection.execute("PRAGMA synchronous = FULL")
        self._connection.executescript(SCHEMA)

    def accept(self, id: str, body: str) -> Order:
        """Store an order, once: a client that got no answer sends it again."""
        with self._transaction() as database:
            database.execute(
                "INSERT INTO orders (id, serial, body) VALUES (?, (SELECT coalesce(max(serial), 0) + 1 FROM orders), ?) "
                "ON CONFLICT (id) DO NOTHING",
                (id, body),
            )
        found = self.find(id)
        assert found is not None
        return found

    def find(self, id: str) -> Order | None:
        with self._lock:
            row = self._connection.execute("SELECT * FROM orders WHERE id = ?", (id,)).fetchone()
        return None if row is None else Order(*row)

    def to_send(self, most: int = 100) -> list[Order]:
        """Return orders whose invoice may not be on the server."""
        with self._lock:
            rows = self._connection.execute(
                "SELECT * FROM orders WHERE outcome IS NULL ORDER BY serial LIMIT ?", (most,)
            ).fetchall()
        return [Order(*row) for row in rows]

    def settle(self, id: str, outcome: str, invoice_id: int | None, problem: str | None) -> None:
        """Note what became of sending an order's invoice."""
        with self._transaction() as database:
            database.execute(
                "UPDATE orders SET outcome = ?, invoice_id = coalesce(?, invoice_id), problem = ? WHERE id = ?",
                (outcome, invoice_id, problem, id),
            )

    def news(self, number: str, invoice_id: int, state: str, at: datetime.datetime) -> None:
        """Note an invoice's state, unless a later one is known: events overtake one another."""
        moment = at.astimezone(datetime.UTC).isoformat(timespec="microseconds")
        with self._transaction() as database:
            database.execute(
                "UPDATE orders SET invoice_id = ?, state = ?, state_at = ? "
                "WHERE serial = ? AND (state_at IS NULL OR state_at < ?)",
                (invoice_id, state, moment, int(number.removeprefix("S-")), moment),
            )

    def counts(self) -> dict[str, int]:
        with self._lock:
            rows = self._connection.execute(
                "SELECT coalesce(state, outcome, 'accepted'), count(*) FROM orders GROUP BY 1"
            ).fetchall()
        return dict(rows)

    @contextmanager
    def _transaction(self) -> Generator[sqlite3.Connection]:
        with self._lock:
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
            except BaseException:
                self._connection.execute("ROLLBACK")
                raise
            self._connection.execute("COMMIT")

"""A worker on received invoices that kills itself: python -m tests.received.crashing ADDRESS FOLDER NAME POINT NTH."""

from __future__ import annotations

import logging
import sqlite3
import subprocess
import sys
from pathlib import Path

import anyio

from b2brouter_async import B2Brouter, ReceivedDocument
from b2brouter_async.webhooks import Item, SQLiteInbox, Work
from tests.webhooks.crashing import Deadly

POINTS = (
    "leased",
    "in the work",
    "between work and note",
    "between note and acknowledgement",
    "between acknowledgement and end",
)
SCHEMA = """
CREATE TABLE IF NOT EXISTS busy (id INTEGER PRIMARY KEY, worker TEXT);
CREATE TABLE IF NOT EXISTS dead_workers (worker TEXT PRIMARY KEY);
CREATE TABLE IF NOT EXISTS two_at_once (id INTEGER, one TEXT, other TEXT);
CREATE TABLE IF NOT EXISTS calls (id INTEGER, worker TEXT);
CREATE TABLE IF NOT EXISTS effects (key TEXT PRIMARY KEY, id INTEGER, number TEXT);
"""


def open_database(folder: Path) -> sqlite3.Connection:
    database = sqlite3.connect(folder / "app.sqlite", isolation_level=None, timeout=10)
    database.execute("PRAGMA journal_mode = WAL")
    database.execute("PRAGMA synchronous = OFF")
    database.executescript(SCHEMA)
    return database


class DeadlyStore(SQLiteInbox):
    def __init__(self, path: Path, deadly: Deadly) -> None:
        super().__init__(path)
        self.deadly = deadly

    def take(self, queue: str, owner: str, *, most: int, lease: float) -> list[Item]:
        taken = super().take(queue, owner, most=most, lease=lease)
        for _ in taken:
            self.deadly.reached("leased")
        return taken

    def note(self, key: str, owner: str, note: str) -> bool:
        self.deadly.reached("between work and note")
        noted = super().note(key, owner, note)
        self.deadly.reached("between note and acknowledgement")
        return noted

    def done(self, key: str, owner: str) -> bool:
        self.deadly.reached("between acknowledgement and end")
        return super().done(key, owner)


async def main(address: str, folder: Path, name: str, point: str, nth: int) -> None:
    logging.getLogger("b2brouter_async").setLevel(logging.CRITICAL)  # bad invoices are part of it
    deadly = Deadly(point, nth)
    database = open_database(folder)
    store = DeadlyStore(folder / "store.sqlite", deadly)

    async def handler(document: ReceivedDocument) -> None:
        database.execute("BEGIN IMMEDIATE")
        holder = database.execute("SELECT worker FROM busy WHERE id = ?", (document.id,)).fetchone()
        if holder and not database.execute("SELECT 1 FROM dead_workers WHERE worker = ?", holder).fetchone():
            database.execute("INSERT INTO two_at_once VALUES (?, ?, ?)", (document.id, *holder, name))
        database.execute("INSERT OR REPLACE INTO busy VALUES (?, ?)", (document.id, name))
        database.execute("INSERT INTO calls VALUES (?, ?)", (document.id, name))
        database.execute("COMMIT")
        await anyio.lowlevel.checkpoint()
        try:
            number = document.invoice.number or ""
            if number.endswith("0"):
                raise ValueError(f"{number} is nonsense")
            database.execute("BEGIN IMMEDIATE")
            database.execute(
                "INSERT INTO effects VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
                (document.key, document.id, number),
            )
            deadly.reached("in the work")
            database.execute("COMMIT")
        finally:
            database.execute("DELETE FROM busy WHERE id = ?", (document.id,))

    work = Work(attempts=3, first=0.01, lease=1.0, poll=0.02, concurrency=4)
    async with B2Brouter(
        "test_received", account=sys.argv[6], base_url=address, requests_per_minute=1_000_000
    ) as client:
        while True:
            processed = await client.received.process(handler, store=store, work=work)
            if not processed.waiting:
                break
            await anyio.sleep(0.05)


def start(
    address: str, folder: Path, account: str, name: str, point: str = "never", nth: int = 0
) -> subprocess.Popen[bytes]:
    """Start a worker, that dies where a point is reached for the nth time."""
    command = [
        sys.executable,
        "-m",
        "tests.received.crashing",
        address,
        str(folder),
        name,
        point,
        str(nth),
        account,
    ]
    return subprocess.Popen(command)


if __name__ == "__main__":
    anyio.run(main, sys.argv[1], Path(sys.argv[2]), sys.argv[3], sys.argv[4], int(sys.argv[5]))

"""A receiver that kills itself with SIGKILL at a chosen point: python -m tests.webhooks.crashing FOLDER POINT NTH.

It reads the numbers of events from standard input, receives each, and writes the status of its answer. At the end of the
input it works off what waits, and ends.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sqlite3
import sys
from pathlib import Path
from typing import Any

import anyio
import anyio.to_thread

from b2brouter_async.webhooks import IssuedInvoiceStateChange, Item, SQLiteInbox, WebHooks, Work

from .support import NOW, SECRET, body_of, signed

POINTS = (
    "before it is stored",
    "between store and answer",
    "between answer and work",
    "in the work",
    "between work and note",
    "after the note",
)


class Deadly:
    """Ends the process when a point is reached for the nth time."""

    def __init__(self, point: str, nth: int) -> None:
        self.point, self.left = point, nth

    def reached(self, point: str) -> None:
        if point == self.point:
            self.left -= 1
            if self.left == 0:
                os.kill(os.getpid(), signal.SIGKILL)


class DeadlyInbox(SQLiteInbox):
    def __init__(self, path: Path, deadly: Deadly) -> None:
        super().__init__(path)
        self.deadly = deadly

    def put(self, queue: str, key: str, body: bytes) -> bool:
        self.deadly.reached("before it is stored")
        stored = super().put(queue, key, body)
        self.deadly.reached("between store and answer")
        return stored

    def take(self, queue: str, owner: str, *, most: int, lease: float) -> list[Item]:
        taken = super().take(queue, owner, most=most, lease=lease)
        if taken:
            self.deadly.reached("between answer and work")
        return taken

    def done(self, key: str, owner: str) -> bool:
        self.deadly.reached("between work and note")
        ended = super().done(key, owner)
        self.deadly.reached("after the note")
        return ended


async def main(folder: Path, point: str, nth: int) -> None:
    deadly = Deadly(point, nth)
    hooks = WebHooks(
        SECRET,
        inbox=DeadlyInbox(folder / "inbox.sqlite", deadly),
        work=Work(lease=0.3, poll=0.02, concurrency=4),
        clock=lambda: NOW,
    )
    database = sqlite3.connect(folder / "app.sqlite", isolation_level=None, timeout=10)
    database.execute("PRAGMA journal_mode = WAL")
    database.execute("CREATE TABLE IF NOT EXISTS calls (key TEXT)")
    database.execute("CREATE TABLE IF NOT EXISTS effects (key TEXT PRIMARY KEY, invoice INTEGER)")

    @hooks.on(IssuedInvoiceStateChange)
    async def changed(event: IssuedInvoiceStateChange) -> None:
        # The application's own transaction: the effect and the event's key, or neither.
        database.execute("BEGIN IMMEDIATE")
        database.execute("INSERT INTO calls VALUES (?)", (event.key,))
        database.execute(
            "INSERT INTO effects VALUES (?, ?) ON CONFLICT DO NOTHING", (event.key, event.data.invoice_id)
        )
        deadly.reached("in the work")
        database.execute("COMMIT")

    def answer(status: int) -> None:
        sys.stdout.write(f"{status}\n")
        sys.stdout.flush()

    async with hooks.running():
        while line := await anyio.to_thread.run_sync(sys.stdin.readline):
            body = body_of(int(line))
            answer((await hooks.receive(body, signed(body))).status)
        while await hooks.waiting():  # noqa: ASYNC110 - other processes' leases run out, too
            await anyio.sleep(0.01)


def drive(folder: Path, deaths: list[tuple[str, int]], events: int) -> dict[str, Any]:
    """Send events to one receiver after the other, each until it dies; what got no 204 is sent again.

    Args:
        folder: where the files are.
        deaths: the point at which each receiver but the last one dies, and at which time it is reached.
        events: how many there are.

    Returns:
        How often receivers died, how many calls were made, and what the application's database holds.
    """
    import subprocess

    lives = [*deaths, ("never", 0)]
    number = died = calls = 0
    for point, nth in lives:
        command = [sys.executable, "-m", "tests.webhooks.crashing", str(folder), point, str(nth)]
        child = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert child.stdin is not None
        assert child.stdout is not None
        try:
            while number < events:
                calls += 1
                child.stdin.write(f"{number}\n")
                child.stdin.flush()
                if child.stdout.readline() != "204\n":
                    break  # it died, and the event is sent again
                number += 1
        except BrokenPipeError:
            pass
        with contextlib.suppress(
            BrokenPipeError
        ):  # what was not written is dropped; the pipe is closed all the same
            child.stdin.close()
        code = child.wait()
        child.stdout.close()
        assert code in (0, -signal.SIGKILL), code
        died += code != 0
    database = sqlite3.connect(folder / "app.sqlite")
    effects = database.execute("SELECT key, invoice FROM effects").fetchall()
    (handled,) = database.execute("SELECT count(*) FROM calls").fetchone()
    database.close()
    return {"died": died, "calls": calls, "effects": effects, "handled": handled}


if __name__ == "__main__":
    anyio.run(main, Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]))

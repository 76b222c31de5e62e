"""Who waits for documents to be settled: one thread listens and looks for all of them."""

from __future__ import annotations

import contextlib
import os
import selectors
import socket
import threading
import time
from typing import TYPE_CHECKING, Any

import anyio
import anyio.lowlevel
from attrs import define, field

from .._postgres.connecting import connect
from .._postgres.failures import passes, told
from .._postgres.schema import quoted
from .._postgres.url import DatabaseURL, driver
from ..bulk.journal.errors import JournalError
from ..bulk.journal.postgres.row import SELECTED, read_row

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from ..bulk.journal.postgres.row import LedgerRow

_POLL = 2.0
"""Seconds between two looks without a notification: it is lost while nobody is connected, and a pooler passes none on."""
_IDLE = 30.0
"""Seconds after which the thread ends when nobody waits."""
_AGAIN = (0.1, 5.0)
"""Seconds between attempts to connect: the first, the longest."""

_ID = SELECTED.index("id")


@define(eq=False)
class _Waiter:
    document: int
    wake: Callable[[], None]
    row: LedgerRow | None = None
    error: JournalError | None = None


def _loop_caller(event: anyio.Event) -> Callable[[], None]:
    """Return what sets an event of this event loop, from any thread."""
    token = anyio.lowlevel.current_token()
    native: Any = getattr(token, "native_token", token)
    call_soon = getattr(native, "call_soon_threadsafe", None) or native.run_sync_soon

    def wake() -> None:
        with contextlib.suppress(RuntimeError):  # the loop has ended, and with it whoever waited
            call_soon(event.set)

    return wake


@define
class Settled:
    """Tells when documents are settled.

    Args:
        url: the database.
        schema: where the tables are.
        patience: seconds that the database may be away before those who wait are told.
    """

    url: DatabaseURL
    schema: str
    patience: float = 60.0
    _lock: threading.Lock = field(factory=threading.Lock, init=False)
    _waiters: list[_Waiter] = field(factory=list["_Waiter"], init=False)
    _thread: threading.Thread | None = field(default=None, init=False)
    _pid: int = field(default=0, init=False)
    _ears: tuple[socket.socket, socket.socket] | None = field(default=None, init=False)
    _closed: bool = field(default=False, init=False)

    async def wait(self, document: int) -> LedgerRow:
        """Wait until a document is settled.

        Raises:
            LookupError: there is no such document.
            JournalError: the database can't be read.
        """
        event = anyio.Event()
        waiter = _Waiter(document, _loop_caller(event))
        self._enter(waiter)
        try:
            await event.wait()
        finally:
            with self._lock:
                if waiter in self._waiters:
                    self._waiters.remove(waiter)
        if waiter.error is not None:
            raise waiter.error
        if waiter.row is None:
            raise LookupError(document)
        return waiter.row

    def look(self, documents: Iterable[int]) -> dict[int, LedgerRow | JournalError]:
        """Return what is known of documents now; an error for each that can't be read. Blocks.

        Raises:
            JournalError: the database can't be read.
        """
        psycopg = driver()
        try:
            with self._connect() as connection:
                return self._rows(connection, list(documents))
        except psycopg.Error as error:
            raise self.unreadable(error) from None

    def close(self) -> None:
        """End the thread. Who still waits is told."""
        self._closed = True
        self._poke()

    def _enter(self, waiter: _Waiter) -> None:
        with self._lock:
            if self._pid != os.getpid():
                # After a fork the parent's thread, pipe and waiters are not here.
                self._pid, self._thread, self._ears, self._waiters = os.getpid(), None, None, []
            if self._closed:
                raise JournalError("this outbox was closed; make a new one")
            self._waiters.append(waiter)
            if self._thread is None:
                if self._ears is None:
                    self._ears = socket.socketpair()
                    for end in self._ears:
                        end.setblocking(False)
                self._thread = threading.Thread(target=self._run, name="b2brouter-settled", daemon=True)
                self._thread.start()
        self._poke()

    def _poke(self) -> None:
        with self._lock, contextlib.suppress(BlockingIOError):
            if self._ears is not None and self._pid == os.getpid():
                self._ears[1].send(b".")

    # In the thread.

    def _run(self) -> None:
        psycopg = driver()
        pause, lost_at = _AGAIN[0], time.monotonic()
        while True:
            try:
                with self._connect() as connection:
                    connection.execute(f"LISTEN {quoted(self.schema)}_settled".encode())
                    while self._look(connection):
                        pause = _AGAIN[0]
                        lost_at = time.monotonic()
                    return
            except psycopg.Error as error:
                if not passes(error) or time.monotonic() - lost_at > self.patience:
                    self._fail(self.unreadable(error))
                    lost_at = time.monotonic()
                if self._ends():
                    return
                time.sleep(pause)
                pause = min(2 * pause, _AGAIN[1])

    def _look(self, connection: Any) -> bool:
        """Look once and wait for the next reason to look; False at the end."""
        with self._lock:
            asked = list(self._waiters)
        if asked:
            rows = self._rows(connection, sorted({waiter.document for waiter in asked}))
            for waiter in asked:
                row = rows.get(waiter.document)
                if isinstance(row, JournalError):  # the others hear of theirs
                    self._tell(waiter, None, row)
                elif row is None or row.settled:
                    self._tell(waiter, row, None)
        assert self._ears is not None
        with selectors.DefaultSelector() as selector:
            selector.register(connection.fileno(), selectors.EVENT_READ)
            selector.register(self._ears[0], selectors.EVENT_READ)
            came = selector.select(_POLL if asked else _IDLE)
        with contextlib.suppress(BlockingIOError):
            self._ears[0].recv(4096)
        connection.execute(b"")  # takes notifications in, and raises where the connection is gone
        if self._closed:
            return not self._ends()
        return bool(came or asked) or not self._ends()

    def _ends(self) -> bool:
        """End, if nobody waits or may wait any more: whoever comes next begins another thread."""
        with self._lock:
            if self._waiters and not self._closed:
                return False
            self._thread = None
            for end in self._ears or ():
                end.close()
            self._ears = None
        self._fail(JournalError("this outbox was closed while its outcome was waited for"))
        return True

    def _tell(self, waiter: _Waiter, row: LedgerRow | None, error: JournalError | None) -> None:
        with self._lock:
            if waiter not in self._waiters:
                return
            self._waiters.remove(waiter)
        waiter.row, waiter.error = row, error
        waiter.wake()

    def _fail(self, error: JournalError) -> None:
        for waiter in list(self._waiters):
            self._tell(waiter, None, error)

    def _connect(self) -> Any:
        return connect(self.url, autocommit=True, application_name="b2brouter outbox")

    def _rows(self, connection: Any, documents: list[int]) -> dict[int, LedgerRow | JournalError]:
        columns = ", ".join(f"d.{name}" for name in SELECTED)
        question = f"SELECT {columns} FROM {quoted(self.schema)}.documents d WHERE d.id = ANY(%s)"  # noqa: S608
        found = connection.execute(question.encode(), (documents,)).fetchall()
        return {values[_ID]: self._read(values) for values in found}

    def _read(self, values: tuple[Any, ...]) -> LedgerRow | JournalError:
        try:
            return read_row(values)
        except ValueError as error:  # of a newer version
            return self.unreadable(error)

    def unreadable(self, error: Exception) -> JournalError:
        """Return the error of a database that can't be read, without its password."""
        problem = told(self.url, error, self.schema)
        return JournalError(f"{self.url}: what became of documents can't be read: {problem}")

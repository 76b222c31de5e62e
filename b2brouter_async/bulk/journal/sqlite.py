"""The journal as an SQLite file: what was begun and what came of it, durable before the first byte leaves."""

from __future__ import annotations

import contextlib
import datetime
import errno
import os
import sqlite3
import tempfile
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Generic, TypeVar, cast

import anyio
import anyio.lowlevel
import anyio.to_thread
from attrs import define, field

from .errors import JournalError, another_run
from .lock import WriterLock
from .protocol import Claim
from .schema import APPLICATION_ID, SCHEMA, SELECTED, VERSION, find, put, read_row

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from ..outcome import Kind
    from .row import Row, Stage

T = TypeVar("T")
_OTHERS_WAITED_FOR = 5000
"""Milliseconds that another program may keep the journal locked, a tool in which somebody looks at it."""
_NOTHING_SENT: tuple[Kind, ...] = ("invalid",)


class SQLiteJournal:
    """The writing end of a journal file.

    Example:
        journal = await SQLiteJournal.open("own.db", {"account": "1234"})
        await journal.close()

    Writes of many tasks are committed together (group commit): whoever comes first commits for all that came until
    then, in a thread, while the next ones gather. A write returns when the disk has it (`synchronous=FULL`): it
    outlives the process and a power cut.
    """

    shared = False
    """One run at a time writes to it."""

    def __init__(self, path: Path, connection: sqlite3.Connection, lock: WriterLock) -> None:
        """Take over what `open` has opened and checked."""
        self._reader_lock = threading.Lock()
        self._reader = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        self._had_rows = _has_rows(connection)
        self.path = path
        self._file = path.absolute()  # a program may go to another folder
        self.about: dict[str, str] = dict(connection.execute("SELECT name, value FROM about"))
        self.cpu_seconds: float = 0.0
        """Processor time spent on commits, for benchmarks."""
        self._connection = connection
        self._lock: WriterLock | None = lock
        self._turn = anyio.Lock()
        # A thread of its own: files that are read must not keep a commit waiting for a place.
        self._thread = anyio.CapacityLimiter(1)
        self._gathering: list[_Write[object]] = []
        self._broken: JournalError | None = None

    @property
    def name(self) -> str:
        """The file."""
        return str(self.path)

    @classmethod
    async def open(cls, path: str | os.PathLike[str], about: Mapping[str, str]) -> SQLiteJournal:
        """Open a journal, or begin one, and prove that it can be written.

        Example:
            journal = await SQLiteJournal.open("own.db", {"account": "1234"})
            await journal.close()

        Args:
            path: the file.
            about: what the run is about; a journal serves one account, one direction and one way of sending.

        Raises:
            JournalInUseError: another run writes to it.
            JournalError: it can't be written, is damaged, or is about something else.
        """
        return await anyio.to_thread.run_sync(cls._open, Path(path), dict(about))

    @classmethod
    async def open_existing(
        cls, path: str | os.PathLike[str], about: Mapping[str, str]
    ) -> SQLiteJournal | None:
        """Open a journal that is there. None where there is none and one can be made.

        Example:
            journal = await SQLiteJournal.open_existing("other.db", {"account": "1234"})
            assert journal is None  # there is none yet

        Raises:
            JournalInUseError: another run writes to it.
            JournalError: it can't be written, is damaged, or is about something else.
        """

        def work() -> SQLiteJournal | None:
            if os.path.lexists(path):
                return cls._open(Path(path), dict(about))
            try:
                # Leaves nothing behind, whatever becomes of the run.
                with tempfile.TemporaryFile(dir=Path(path).parent):
                    return None
            except OSError as error:
                raise _unusable(Path(path), error) from error

        return await anyio.to_thread.run_sync(work)

    @classmethod
    def _open(cls, path: Path, about: dict[str, str]) -> SQLiteJournal:
        try:
            lock = WriterLock(path)
        except OSError as error:
            raise _unusable(path, error) from error
        try:
            connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
            try:
                _prepare(connection, path, about)
                return cls(path, connection, lock)
            except BaseException:
                connection.close()
                raise
        except sqlite3.Error as error:
            lock.release()
            raise _unusable(path, error) from error
        except BaseException:
            lock.release()
            raise

    async def claim(self, row: Row, again: Collection[Kind] = _NOTHING_SENT) -> Claim:
        """Note durably that a document is about to be sent, unless the journal knows it."""

        def work(connection: sqlite3.Connection, now: str) -> Claim:
            known = find(connection, row.key)
            if known is not None and known.stage != "open" and known.outcome.kind not in again:
                return Claim(known, granted=False)
            put(connection, row, now, begin=True)
            return Claim(row, granted=True)

        return await self._write(work)

    async def record(self, row: Row) -> None:
        """Write a document's row."""

        def work(connection: sqlite3.Connection, now: str) -> None:
            put(connection, row, now)

        await self._write(work)

    async def send_again(self, row: Row, attempts: int) -> int | None:
        """Let a document be sent once more: nobody else could have seen it."""
        return None

    def guard(self, row: Row) -> None:
        """Return nothing: the lock on the file holds as long as this process lives."""
        return

    def let_go(self, row: Row) -> None:
        """Do nothing: what was cut off is taken up by the next run."""

    def now(self) -> datetime.datetime:
        """Return the time of day, on this machine's clock."""
        return datetime.datetime.now(datetime.UTC)

    async def others_at_work(self) -> bool:
        """Return False: there are no others."""
        return False

    async def find(self, key: str) -> Row | None:
        """Return what the journal has about a document."""
        return await self._write(lambda connection, now: find(connection, key))

    async def owner_of(self, invoice_id: int) -> Row | None:
        """Return the document that an invoice on the server was made from, as far as this journal knows."""

        def work(connection: sqlite3.Connection, now: str) -> Row | None:
            values = connection.execute(
                f"SELECT {SELECTED} FROM documents WHERE invoice_id = ? AND kind IS NOT 'duplicate' LIMIT 1",  # noqa: S608
                (invoice_id,),
            ).fetchone()
            return None if values is None else read_row(values)

        return await self._write(work)

    def settled(self, key: str) -> Row | None:
        """Return a document's row if an earlier run has settled it. Blocks for microseconds, from any thread.

        So what is done with is passed over before it is parsed: a resumed run begins where the last one stopped.
        """
        if not self._had_rows:
            return None
        try:
            with self._reader_lock:  # a connection of its own: readers of a WAL don't wait for a commit
                row = find(self._reader, key)
        except (sqlite3.Error, ValueError) as error:
            raise _unusable(self.path, error) from error
        return row if row is not None and row.settled else None

    async def unsettled(self, after: int, most: int, *stages: Stage) -> list[Row]:
        """Return rows in one of some stages, in the order of their ids.

        Args:
            after: the last id that was had.
            most: how many rows at most.
            stages: which stages.
        """
        marks = ", ".join("?" * len(stages))

        def work(connection: sqlite3.Connection, now: str) -> list[Row]:
            rows = connection.execute(
                f"SELECT {SELECTED} FROM documents WHERE stage IN ({marks}) AND id > ? ORDER BY id LIMIT ?",  # noqa: S608
                (*stages, after, most),
            )
            return [read_row(values) for values in rows]

        return await self._write(work)

    async def waiting_since(self) -> str | None:
        """Return when the first of the documents was begun that wait for a final state; None if none does."""

        def work(connection: sqlite3.Connection, now: str) -> str | None:
            (began,) = connection.execute(
                "SELECT min(began) FROM documents WHERE stage = 'waiting'"
            ).fetchone()
            return None if began is None else str(began)

        return await self._write(work)

    async def close(self) -> None:
        """Fold the write-ahead log into the file and let go of the lock. A second time does nothing."""
        with anyio.CancelScope(shield=True):
            async with self._turn:
                await anyio.to_thread.run_sync(self._close, limiter=self._thread)

    def _close(self) -> None:
        if self._broken is None:
            self._broken = JournalError(f"{self.path}: the journal was closed")
        self._reader.close()
        self._connection.close()
        lock, self._lock = self._lock, None
        if lock is not None:
            lock.release()

    async def _write(self, work: Callable[[sqlite3.Connection, str], T]) -> T:
        await anyio.lowlevel.checkpoint_if_cancelled()
        write = _Write(work)
        self._gathering.append(cast("_Write[object]", write))
        # What has been handed over is waited for: the caller must know whether it is on disk.
        with anyio.CancelScope(shield=True):
            async with self._turn:
                if not write.done:
                    batch, self._gathering = self._gathering, []
                    try:
                        await anyio.to_thread.run_sync(self._commit, batch, limiter=self._thread)
                    except BaseException as error:  # no thread to be had, for example
                        self._spoil(batch, error)
                        if not isinstance(error, Exception):
                            raise
        if write.error is not None:
            raise write.error
        return cast("T", write.result)

    def _commit(self, batch: list[_Write[object]]) -> None:
        began = time.thread_time()
        try:
            if self._broken is not None:
                raise self._broken
            self._check_in_place()
            now = _now()
            self._connection.execute("BEGIN IMMEDIATE")
            for write in batch:
                write.result = write.work(self._connection, now)
            self._connection.execute("COMMIT")
            for write in batch:
                write.done = True
        except Exception as error:
            if self._broken is None:
                with contextlib.suppress(sqlite3.Error):  # it rolls back by itself on a full disk
                    self._connection.rollback()
            self._spoil(batch, error)
        finally:
            self.cpu_seconds += time.thread_time() - began

    def _check_in_place(self) -> None:
        """Raise where the next run wouldn't find the journal, or where a second one could write to it beside this one.

        SQLite says nothing: a file that was deleted or moved is written on, under no name or the wrong one.
        """
        if self._lock is not None and not (self._lock.in_place and os.path.exists(self._file)):
            raise JournalError(
                f"{self.path}: the journal, or the lock beside it, was moved or deleted while a run wrote to it. Nothing "
                "more was sent. Put the journal back and run the same again; without it issued invoices that are on the "
                "server are adopted by their numbers, and received ones may come twice"
            )

    def _spoil(self, batch: list[_Write[object]], error: BaseException) -> None:
        """Have nobody go on as if it had been written, whatever it was; not even the next."""
        if self._broken is None:
            self._broken = error if isinstance(error, JournalError) else _unusable(self.path, error)
        for write in batch:
            write.error, write.done = self._broken, True


@define(eq=False)
class _Write(Generic[T]):
    work: Callable[[sqlite3.Connection, str], T]
    result: T | None = None
    error: JournalError | None = None
    done: bool = field(default=False)


def _prepare(connection: sqlite3.Connection, path: Path, about: dict[str, str]) -> None:
    connection.execute(f"PRAGMA busy_timeout = {_OTHERS_WAITED_FOR}")
    application, version, tables = (
        connection.execute(question).fetchone()[0]
        for question in ("PRAGMA application_id", "PRAGMA user_version", "SELECT count(*) FROM sqlite_master")
    )
    if tables and application != APPLICATION_ID:
        raise JournalError(f"{path} is an SQLite file, but no journal of an upload: name another file")
    if version > VERSION:
        raise JournalError(
            f"{path} was written by a newer version of this package (schema {version}, this one knows {VERSION}): "
            "upgrade, or name another file"
        )
    if tables:
        fault = connection.execute("PRAGMA integrity_check(1)").fetchone()[0]
        if fault != "ok":
            raise JournalError(f"{path} is damaged ({' '.join(str(fault).split())}). {_DAMAGED}")
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    # Where fsync alone leaves it in the disk's cache, as macOS does.
    connection.execute("PRAGMA fullfsync = ON")
    connection.execute("BEGIN IMMEDIATE")
    if not tables:
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        connection.execute(f"PRAGMA user_version = {VERSION}")
        for statement in SCHEMA:
            connection.execute(statement)
    if not tables or not _has_rows(connection):
        # One that a failed start has left empty is about nothing yet.
        connection.execute("DELETE FROM about")
        connection.executemany("INSERT INTO about VALUES (?, ?)", [*about.items(), ("made", _now())])
    known = dict(connection.execute("SELECT name, value FROM about"))
    for name, value in about.items():
        if known.get(name) != value:
            connection.rollback()
            raise another_run(str(path), name, known.get(name), value)
    # A write, also where nothing changed: a disk that is full says so here and not after something was sent.
    connection.execute("INSERT OR REPLACE INTO about VALUES ('opened', ?)", (_now(),))
    connection.execute("COMMIT")
    if not tables:
        _sync_folder(path.parent)


def _has_rows(connection: sqlite3.Connection) -> bool:
    return connection.execute("SELECT 1 FROM documents LIMIT 1").fetchone() is not None


def _sync_folder(folder: Path) -> None:
    """Have the disk remember that the file is there, which a power cut may otherwise undo."""
    if os.name == "posix":
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


_DAMAGED = (
    "Nothing was sent. Begin a new journal: issued invoices that are on the server already will be adopted by their "
    "numbers. Received ones may not be, look for those first"
)
_NO_LOCKS = (errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP)


def _unusable(path: Path, error: BaseException) -> JournalError:
    text = str(error)
    if isinstance(error, ValueError):
        return JournalError(f"{path} can't be understood: {text}")
    if isinstance(error, sqlite3.DatabaseError) and ("not a database" in text or "malformed" in text):
        return JournalError(f"{path} is damaged or no SQLite file ({text}). {_DAMAGED}")
    if "full" in text:
        way_out = "make room on the disk, then run the same again: it goes on where it stopped"
    elif "locked" in text:
        way_out = (
            "end the other program that writes to it, then run the same again: it goes on where it stopped"
        )
    elif isinstance(error, OSError) and error.errno in _NO_LOCKS:
        way_out = "its file system has no locks; name a journal on a disk of this machine"
    elif isinstance(error, OSError) or "readonly" in text or "unable to open" in text:
        way_out = "name a journal in a folder that exists and can be written to"
    else:
        way_out = "mend it, then run the same again: it goes on where it stopped"
    reason = error.strerror or text if isinstance(error, OSError) else text
    return JournalError(f"{path}: the journal can't be written ({reason}); {way_out}")


def _now() -> str:
    return datetime.datetime.now(datetime.UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")

"""How far a stream of changes was told: a mark, and per invoice what was told last."""

from __future__ import annotations

import datetime
import os
import sqlite3
import threading
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from attrs import define, field, frozen

from .._core.files import check_kept
from ..errors import B2BrouterError

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Mapping, Sequence

_APPLICATION_ID = 0x42324343
_VERSION = 2
_SCHEMA = (
    "CREATE TABLE IF NOT EXISTS marks (stream TEXT PRIMARY KEY, day TEXT NOT NULL) WITHOUT ROWID",
    "CREATE TABLE IF NOT EXISTS told (stream TEXT, id INTEGER, state TEXT, at TEXT, PRIMARY KEY (stream, id)) "
    "WITHOUT ROWID",
)


class CursorError(B2BrouterError):
    """The cursor can't be read or written; what was told since may be told again."""


@frozen
class Told:
    """What was told last of an invoice.

    Example:
        told = Told(id=5, state="sent", at=datetime.datetime.now(datetime.UTC))
        MemoryCursor().tell("issued", told)
    """

    id: int
    state: str
    at: datetime.datetime | None


class Cursor(Protocol):
    """Keeps how far streams of changes were told. The methods block; async code calls them in a thread.

    Example:
        async for change in client.invoices.changes(1234, cursor=SQLiteCursor("changes.sqlite")):
            print(change.id, change.state)
            break
    """

    def mark(self, stream: str) -> datetime.date | None:
        """Return the day from which on changes are to be asked for; None at the beginning.

        Example:
            since = cursor.mark("issued") or datetime.date(2026, 11, 1)
        """
        ...

    def told(self, stream: str, ids: Sequence[int]) -> Mapping[int, Told]:
        """Return what was told last of some invoices.

        Example:
            known = cursor.told("issued", [5, 6])
            print(5 in known)
        """
        ...

    def tell(self, stream: str, told: Told) -> None:
        """Keep that something was told.

        Example:
            cursor.tell("issued", Told(id=5, state="sent", at=None))
        """
        ...

    def move(self, stream: str, mark: datetime.date, forget: datetime.datetime) -> None:
        """Move the mark, and forget what was told of changes before a moment: they are not asked for again.

        Example:
            today = datetime.datetime.now(datetime.UTC)
            cursor.move("issued", today.date(), forget=today - datetime.timedelta(days=3))

        Args:
            stream: whose mark.
            mark: the day from which on changes are to be asked for.
            forget: what came before this moment may be forgotten.
        """
        ...


@define
class MemoryCursor:
    """Keeps how far a stream was told in this process; the next one begins anew.

    Example:
        changes = client.invoices.changes(1234, cursor=MemoryCursor())
    """

    _marks: dict[str, datetime.date] = field(factory=dict[str, datetime.date], init=False)
    _told: dict[str, dict[int, Told]] = field(factory=dict[str, dict[int, Told]], init=False)

    def mark(self, stream: str) -> datetime.date | None:
        """Return the mark."""
        return self._marks.get(stream)

    def told(self, stream: str, ids: Sequence[int]) -> Mapping[int, Told]:
        """Return what was told last."""
        known = self._told.get(stream, {})
        return {one: known[one] for one in ids if one in known}

    def tell(self, stream: str, told: Told) -> None:
        """Keep that something was told."""
        self._told.setdefault(stream, {})[told.id] = told

    def move(self, stream: str, mark: datetime.date, forget: datetime.datetime) -> None:
        """Move the mark."""
        self._marks[stream] = mark
        known = self._told.get(stream, {})
        for told in [one for one in known.values() if one.at is not None and one.at < forget]:
            del known[told.id]


class SQLiteCursor:
    """Keeps how far streams were told in an SQLite file.

    Example:
        changes = client.invoices.changes(1234, cursor=SQLiteCursor("changes.sqlite"))

    Args:
        path: the file; it is made where it isn't there. It may hold the cursors of many accounts and environments.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        """Remember the file; it is opened with the first call.

        Raises:
            ConfigurationError: it is `:memory:`.
        """
        check_kept(path, "cursor", ", or take MemoryCursor() in tests")
        self.path: Path = Path(path)
        self._lock = threading.Lock()
        self._connection: sqlite3.Connection | None = None
        self._process = 0
        self._begun: set[str] = set()

    def __del__(self) -> None:
        # Whoever named a file has nothing to close; Python 3.13 reports connections that nobody closed.
        if getattr(self, "_connection", None) is not None:
            self.close()

    def __repr__(self) -> str:
        return f"SQLiteCursor({str(self.path)!r})"

    def mark(self, stream: str) -> datetime.date | None:
        """Return the mark."""
        with self._opened() as connection:
            self._begin(connection, stream)
            row = connection.execute("SELECT day FROM marks WHERE stream = ?", (stream,)).fetchone()
            return None if row is None else datetime.date.fromisoformat(row[0])

    def told(self, stream: str, ids: Sequence[int]) -> Mapping[int, Told]:
        """Return what was told last."""
        found: dict[int, Told] = {}
        with self._opened() as connection:
            self._begin(connection, stream)
            for number in ids:
                row = connection.execute(
                    "SELECT state, at FROM told WHERE stream = ? AND id = ?", (stream, number)
                ).fetchone()
                if row is not None:
                    at = None if row[1] is None else datetime.datetime.fromisoformat(row[1])
                    found[number] = Told(number, row[0], at)
        return found

    def tell(self, stream: str, told: Told) -> None:
        """Keep that something was told."""
        with self._opened() as connection:
            connection.execute(
                "INSERT OR REPLACE INTO told VALUES (?, ?, ?, ?)",
                (stream, told.id, told.state, _text(told.at)),
            )

    def move(self, stream: str, mark: datetime.date, forget: datetime.datetime) -> None:
        """Move the mark."""
        with self._opened() as connection:
            connection.execute("INSERT OR REPLACE INTO marks VALUES (?, ?)", (stream, mark.isoformat()))
            connection.execute("DELETE FROM told WHERE stream = ? AND at < ?", (stream, _text(forget)))

    def close(self) -> None:
        """Close the file; a later call opens it again.

        Example:
            cursor = SQLiteCursor("changes.sqlite")
            cursor.close()
        """
        with self._lock:
            if self._connection is not None and self._process == os.getpid():
                self._connection.close()
            self._connection = None

    def _begin(self, connection: sqlite3.Connection, stream: str) -> None:
        """Go on where a file of the first version stood, whose streams were named by account and type alone.

        Its rows are copied and not moved: whoever asks first may be another environment than the one they are of.
        """
        if stream in self._begun:
            return
        before = ":".join(stream.rsplit(":", 2)[1:])
        connection.execute("BEGIN IMMEDIATE")
        try:
            known = connection.execute(
                "SELECT 1 FROM marks WHERE stream = ? UNION SELECT 1 FROM told WHERE stream = ?",
                (stream, stream),
            ).fetchone()
            if known is None:
                for copy in (
                    "INSERT INTO marks SELECT ?, day FROM marks WHERE stream = ?",
                    "INSERT INTO told SELECT ?, id, state, at FROM told WHERE stream = ?",
                ):
                    connection.execute(copy, (stream, before))
            connection.execute("COMMIT")
        except BaseException:
            connection.execute("ROLLBACK")
            raise
        self._begun.add(stream)

    @contextmanager
    def _opened(self) -> Generator[sqlite3.Connection]:
        with self._lock:
            try:
                if self._connection is None or self._process != os.getpid():
                    self._connection, self._process = self._open(), os.getpid()
                yield self._connection
            except sqlite3.Error as error:
                raise CursorError(f"{self.path}: {error}") from error
            except (ValueError, TypeError) as error:
                # What stands in it is no day and no moment.
                raise CursorError(f"{self.path} is damaged ({error}); name another file") from error

    def _open(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self.path, timeout=10, isolation_level=None, check_same_thread=False)
        try:
            (owner,) = connection.execute("PRAGMA application_id").fetchone()
            (tables,) = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
            (version,) = connection.execute("PRAGMA user_version").fetchone()
            ours = owner == _APPLICATION_ID and version in (1, _VERSION)
            if not ours and (owner or version or tables):
                raise CursorError(f"{self.path} is no cursor of this version; name another file")
            connection.execute("PRAGMA journal_mode = WAL")
            # What a power cut takes is told again.
            connection.execute("PRAGMA synchronous = NORMAL")
            statements: Iterable[str] = (
                *_SCHEMA,
                f"PRAGMA application_id = {_APPLICATION_ID}",
                f"PRAGMA user_version = {_VERSION}",
            )
            for statement in statements:
                connection.execute(statement)
        except BaseException:
            connection.close()
            raise
        return connection


def _text(moment: datetime.datetime | None) -> str | None:
    # One spelling for all of them, so that SQLite compares them as text.
    return None if moment is None else moment.astimezone(datetime.UTC).isoformat(timespec="microseconds")

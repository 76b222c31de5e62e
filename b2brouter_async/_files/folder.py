"""A folder of invoices' files, with a record of whose each is: so a run goes on where another one was killed."""

from __future__ import annotations

import hashlib
import os
import sqlite3
import threading
from typing import TYPE_CHECKING, Self

from ..errors import ConfigurationError
from .names import same_name

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from types import TracebackType

RECORD = ".b2brouter-files.sqlite"
_PART = ".b2brouter-{}.part"
_MARK = 0x62_32_62_66
_VERSION = 1
_TABLE = """
CREATE TABLE files (
    source TEXT NOT NULL, invoice TEXT NOT NULL, document TEXT NOT NULL,
    path TEXT NOT NULL, same TEXT NOT NULL UNIQUE, sha256 TEXT NOT NULL, size INTEGER NOT NULL,
    PRIMARY KEY (source, invoice, document)
)
"""


class Folder:
    """A folder that one run at a time saves files into.

    A file is written beside its place, noted in the record with its SHA-256, and then put into its place, where nothing
    stands. Whatever kills the run, what lies in its place is whole, and the next run knows whose it is.
    """

    def __init__(self, root: Path, source: str) -> None:
        """Note where; `open` touches the disk.

        Args:
            root: the folder.
            source: where the invoices are from; ids of another environment or host are other invoices.
        """
        self.root = root
        self._source = source
        self._turn = threading.Lock()
        self._record: sqlite3.Connection

    def open(self) -> Self:
        """Make the folder where it isn't there, and take it.

        Raises:
            ConfigurationError: another run has it, or its record can't be read.
            OSError: it can't be made.
        """
        self.root.mkdir(parents=True, exist_ok=True)
        self.root = self.root.resolve()
        path = self.root / RECORD
        try:
            self._record = sqlite3.connect(path, timeout=0, isolation_level=None, check_same_thread=False)
        except sqlite3.Error as error:
            raise ConfigurationError(f"{path}: {error}") from None
        try:
            self._begin()
        except sqlite3.OperationalError as error:
            self._record.close()
            if error.sqlite_errorcode & 0xFF not in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
                raise ConfigurationError(f"{path}: {error}") from None
            raise ConfigurationError(
                f"{self.root}: another run saves files into it; wait for it to end, or take another folder"
            ) from None
        except sqlite3.Error as error:
            self._record.close()
            raise ConfigurationError(
                f"{path} is no record of files ({error}); move it away, and what is there is compared anew"
            ) from None
        except BaseException:
            self._record.close()
            raise
        for left in self.root.glob(_PART.format("*")):
            left.unlink(missing_ok=True)  # of a run that was killed: this one has the folder alone
        return self

    def close(self) -> None:
        """Let others have it."""
        self._record.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def whole(self, invoice: int, document: str) -> Path | None:
        """Return where an invoice's file is, if it is there as it was saved.

        Args:
            invoice: its id.
            document: which of its files.
        """
        with self._turn:
            row = self._record.execute(
                "SELECT path, sha256, size FROM files WHERE source = ? AND invoice = ? AND document = ?",
                (self._source, str(invoice), document),
            ).fetchone()
        if row is None:
            return None
        path = self.root / row[0]
        return path if holds(path, row[1], row[2]) else None

    def put(
        self, invoice: int, document: str, parts: tuple[str, ...], extension: str, content: bytes
    ) -> Path:
        """Save a file under its name, or where another's file has that, under one with the invoice's id.

        Args:
            invoice: its id.
            document: which of its files.
            parts: the folders and the name, without its ending.
            extension: the ending.
            content: the file.

        Raises:
            ConfigurationError: the name leads out of the folder, by a link that lies in it.
            OSError: it can't be written.
        """
        sha256 = hashlib.sha256(content).hexdigest()
        part = self.root / _PART.format(os.urandom(8).hex())
        try:
            _write(part, content)
            with self._turn:
                for path in names(parts, extension, invoice):
                    if self._put(part, invoice, document, path, sha256, len(content)):
                        return self.root / path
        finally:
            part.unlink(missing_ok=True)
        raise AssertionError("the names have no end")

    def _put(self, part: Path, invoice: int, document: str, path: str, sha256: str, size: int) -> bool:
        place = inside(self.root, path)
        mine = (self._source, str(invoice), document)
        holder = self._record.execute(
            "SELECT source, invoice, document FROM files WHERE same = ?", (same_name(path),)
        ).fetchone()
        if holder is not None and holder != mine:
            return False
        if os.path.lexists(place) and not holds(place, sha256, size):
            return False
        # Before it is put there: a run that is killed in between must know its own file.
        self._record.execute(
            "INSERT OR REPLACE INTO files VALUES (?, ?, ?, ?, ?, ?, ?)",
            (*mine, path, same_name(path), sha256, size),
        )
        if put_new(part, place):
            return True
        return holds(place, sha256, size)  # the same, or somebody else's that has come just now

    def _begin(self) -> None:
        record = self._record
        record.execute("PRAGMA locking_mode = EXCLUSIVE")
        record.execute("PRAGMA synchronous = FULL")
        record.execute("BEGIN EXCLUSIVE")  # held until it is closed, or the process ends, however it ends
        (mark,) = record.execute("PRAGMA application_id").fetchone()
        (version,) = record.execute("PRAGMA user_version").fetchone()
        (tables,) = record.execute("SELECT count(*) FROM sqlite_master").fetchone()
        if (mark, version, tables) == (0, 0, 0):
            record.execute(f"PRAGMA application_id = {_MARK}")
            record.execute(f"PRAGMA user_version = {_VERSION}")
            record.execute(_TABLE)
        elif (mark, version) != (_MARK, _VERSION):
            raise sqlite3.DatabaseError("it is of another program, or of a newer version")
        record.execute("COMMIT")


def names(parts: tuple[str, ...], extension: str, invoice: int) -> Iterator[str]:
    """Yield the paths that a file may have, the best first: its name, with the id, with the id and a count."""
    yield "/".join(parts) + extension
    yield "/".join(parts) + f"-{invoice}{extension}"
    number = 2
    while True:
        yield "/".join(parts) + f"-{invoice}-{number}{extension}"
        number += 1


def inside(root: Path, path: str) -> Path:
    """Return the place of a path in a folder, and make its folders.

    Raises:
        ConfigurationError: a link leads out of the folder.
        OSError: they can't be made.
    """
    place = root / path
    folder = root
    for part in place.parent.relative_to(root).parts:
        folder /= part
        folder.mkdir(exist_ok=True)
        if not folder.resolve().is_relative_to(root):
            raise ConfigurationError(f"{folder} leads out of {root}; take the link away, or another pattern")
    return place


def holds(place: Path, sha256: str, size: int) -> bool:
    """Tell whether a file is there with a content."""
    try:
        with place.open("rb") as opened:
            if os.fstat(opened.fileno()).st_size != size:
                return False
            return hashlib.file_digest(opened, "sha256").hexdigest() == sha256
    except OSError:
        return False


def put_new(part: Path, place: Path) -> bool:
    """Put a file that is written into its place in one step; False where something stands there."""
    try:
        if os.name == "nt":  # there renaming never replaces
            part.rename(place)
        else:
            os.link(part, place)
    except FileExistsError:
        return False
    except OSError:
        # A file system without links: looking first is the best there is.
        if os.path.lexists(place):
            return False
        part.rename(place)
    return True


def save_once(root: Path, parts: tuple[str, ...], extension: str, invoice: int, content: bytes) -> Path:
    """Save one file into a folder without a record, over nobody's file; one that is there already is taken.

    Args:
        root: the folder; it is made where it isn't there.
        parts: the folders and the name, without its ending.
        extension: the ending.
        invoice: the invoice's id, for the name where another file has it.
        content: the file.

    Raises:
        ConfigurationError: the name leads out of the folder.
        OSError: it can't be written.
    """
    root.mkdir(parents=True, exist_ok=True)
    inner = root.resolve()
    sha256 = hashlib.sha256(content).hexdigest()
    part = inner / _PART.format(os.urandom(8).hex())
    try:
        _write(part, content)
        for path in names(parts, extension, invoice):
            place = inside(inner, path)
            if holds(place, sha256, len(content)) or put_new(part, place):
                return root / path
    finally:
        part.unlink(missing_ok=True)
    raise AssertionError("the names have no end")


def _write(part: Path, content: bytes) -> None:
    with part.open("xb") as opened:
        opened.write(content)
        opened.flush()
        os.fsync(opened.fileno())

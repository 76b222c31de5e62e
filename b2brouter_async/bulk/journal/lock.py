"""One writer for a journal: a lock that the system lets go of when its process dies, however it dies."""

from __future__ import annotations

import contextlib
import os
import sys
from typing import TYPE_CHECKING

from .errors import JournalInUseError

if TYPE_CHECKING:
    from pathlib import Path


class WriterLock:
    """Holds `<journal>-lock`.

    A file of its own: SQLite locks the journal by ranges, and on POSIX closing any other handle of the same file
    would let go of those.
    """

    def __init__(self, journal: Path) -> None:
        """Take the lock.

        Raises:
            JournalInUseError: another run has it, in this process or another.
            OSError: the file can't be made, or its file system has no locks.
        """
        # Under whatever name it is opened: SQLite, too, follows links to the one file.
        path = journal.resolve()
        self._path = path.with_name(path.name + "-lock")
        self._file = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o644)
        try:
            _lock(self._file)
        except _TAKEN:
            holder = os.pread(self._file, 20, 0).decode("ascii", "replace").strip() if _POSIX else ""
            os.close(self._file)
            by = f" by process {holder}" if holder.isdigit() else ""
            raise JournalInUseError(
                f"{journal} is in use{by}: one run at a time can write to a journal. Wait for it to end, stop it, "
                "or give this run a journal of its own"
            ) from None
        except OSError:
            os.close(self._file)
            raise
        _held.add(self)
        if _POSIX:  # Windows lets nobody else read a locked file, so the number would serve no one
            with contextlib.suppress(OSError):  # on a full disk the sentence has no number, the lock holds
                os.ftruncate(self._file, 0)
                os.pwrite(self._file, str(os.getpid()).encode("ascii"), 0)

    @property
    def in_place(self) -> bool:
        """Whether its file still has its name: without one, another run would lock another file."""
        try:
            return os.path.samestat(os.stat(self._path), os.fstat(self._file))
        except FileNotFoundError:
            return False

    def release(self) -> None:
        """Let go. The file stays: taking it away would let two others lock two different files."""
        _held.discard(self)
        os.close(self._file)


_held: set[WriterLock] = set()


def _let_go_in_child() -> None:
    for lock in tuple(_held):
        lock.release()


if hasattr(os, "register_at_fork"):
    # A lock belongs to a file's handle, which a fork shares: a child would hold it on when the run is long dead.
    os.register_at_fork(after_in_child=_let_go_in_child)

if sys.platform == "win32":  # pragma: no cover
    import msvcrt

    _POSIX = False
    _TAKEN: type[OSError] = PermissionError

    def _lock(file: int) -> None:
        msvcrt.locking(file, msvcrt.LK_NBLCK, 1)

else:
    import fcntl

    _POSIX = True
    _TAKEN: type[OSError] = BlockingIOError

    def _lock(file: int) -> None:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)

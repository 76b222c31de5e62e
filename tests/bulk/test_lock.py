"""One writer for a journal, by whatever name it is opened, and whatever became of the one before."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from b2brouter_async.bulk import JournalError, JournalInUseError
from b2brouter_async.bulk.journal import lock
from b2brouter_async.bulk.journal.lock import WriterLock
from b2brouter_async.bulk.journal.sqlite import SQLiteJournal

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.anyio


async def test_a_link_to_a_journal_is_the_same_journal(tmp_path: Path) -> None:
    journal = await SQLiteJournal.open(tmp_path / "run.db", {})
    os.symlink(tmp_path / "run.db", tmp_path / "link.db")
    os.symlink(tmp_path, tmp_path / "folder")
    for name in ("link.db", "folder/run.db", "../" + tmp_path.name + "/run.db"):
        with pytest.raises(JournalInUseError, match=f"in use by process {os.getpid()}"):
            await SQLiteJournal.open(tmp_path / name, {})
    await journal.close()
    again = await SQLiteJournal.open(tmp_path / "link.db", {})
    await again.close()


@pytest.mark.parametrize("number", [errno.ENOLCK, errno.EOPNOTSUPP])
async def test_a_file_system_without_locks_is_said_to_be_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    def no_lock(file: int) -> None:
        raise OSError(number, os.strerror(number))

    with monkeypatch.context() as patch:
        patch.setattr(lock, "_lock", no_lock)
        with pytest.raises(
            JournalError, match=r"has no locks; name a journal on a disk of this machine"
        ) as caught:
            await SQLiteJournal.open(tmp_path / "run.db", {})
    assert not isinstance(caught.value, JournalInUseError)
    journal = await SQLiteJournal.open(tmp_path / "run.db", {})
    await journal.close()


def test_a_child_that_outlives_the_run_doesnt_hold_its_journal(tmp_path: Path) -> None:
    """Workers of a pool are forked, and stay when their parent is killed."""
    script = (
        "import os, sys, pathlib\n"
        "from b2brouter_async.bulk.journal.lock import WriterLock\n"
        "lock = WriterLock(pathlib.Path(sys.argv[1]))\n"
        "if os.fork() == 0:\n"
        "    os.write(1, b'forked\\n')\n"
        "    os.close(1)\n"
        "    sys.stdin.read()\n"
        "    os._exit(0)\n"
        "os.write(1, b'locked\\n')\n"
        "os.waitpid(-1, 0)\n"
    )
    command = [sys.executable, "-c", script, str(tmp_path / "run.db")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as parent:
        assert parent.stdin is not None
        assert parent.stdout is not None
        # Both run, so the child has let go of its copy; the parent still holds its own.
        assert {parent.stdout.readline(), parent.stdout.readline()} == {b"locked\n", b"forked\n"}
        with pytest.raises(JournalInUseError, match=f"in use by process {parent.pid}"):
            WriterLock(tmp_path / "run.db")
        parent.kill()
        parent.wait()
        # The child waits on for its input to end.
        WriterLock(tmp_path / "run.db").release()

"""Ctrl-C once and twice, a kill, a reader that has gone: every run can be taken up again."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from pathlib import Path
from typing import IO, TYPE_CHECKING

import pytest

from b2brouter_async.bulk import open_journal
from b2brouter_async.bulk.journal.lock import WriterLock
from tests.cli.conftest import COMMAND, simulator

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.cli.conftest import Ran

pytestmark = [pytest.mark.usefixtures("connected"), pytest.mark.nightly]

JOURNAL = "run.db"


def begin(folder: Path, *more: str) -> subprocess.Popen[str]:
    """Upload slowly, in a process of its own: slow enough to be met under way by a test that had to wait."""
    slowly = {**os.environ, "B2BROUTER_REQUESTS_PER_MINUTE": "240"}
    return subprocess.Popen(
        [*COMMAND, "upload", str(folder), "--journal", JOURNAL, "--json", "--concurrency", "4", *more],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=slowly,
    )


def read_some(out: IO[str] | None, count: int) -> list[str]:
    """Wait until so many documents are settled."""
    assert out is not None
    lines = [out.readline() for _ in range(count)]
    assert all(lines)
    return lines


def finish(process: subprocess.Popen[str]) -> tuple[list[str], str]:
    """Read the rest of what a process prints, and wait for its end."""
    # Not communicate: it would pass over what the lines read before left in the buffer.
    assert process.stdout is not None
    assert process.stderr is not None
    with process.stdout as out, process.stderr as err:
        rest = out.read().splitlines(), err.read()
    process.wait(timeout=60)
    return rest


def go_on(folder: Path) -> tuple[int, list[dict[str, object]]]:
    """Run the same command again, to its end."""
    ended = subprocess.run(
        [*COMMAND, "upload", str(folder), "--journal", JOURNAL, "--json"],
        capture_output=True,
        text=True,
        check=False,
    )
    return ended.returncode, [json.loads(line) for line in ended.stdout.splitlines()]


def attempts() -> list[int]:
    with open_journal(JOURNAL) as journal:
        return [row.outcome.attempts for row in journal.rows()]


def test_the_first_ctrl_c_finishes_what_is_under_way(invoices: Callable[..., Path]) -> None:
    folder = invoices(60)
    process = begin(folder)
    lines = read_some(process.stdout, 5)
    process.send_signal(signal.SIGINT)
    rest, err = finish(process)
    lines += rest
    assert process.returncode == 3
    assert "Finishing what is under way" in err
    assert "Stopped before the end. To go on, run the same command again; nothing is sent twice." in err
    assert all(json.loads(line)["kind"] == "created" for line in lines)
    assert 5 <= len(lines) < 60
    with open_journal(JOURNAL) as journal:
        assert len(journal) == len(lines)
        assert all(row.settled for row in journal.rows())
    status, outcomes = go_on(folder)
    assert (status, len(outcomes)) == (0, 60)
    assert attempts() == [1] * 60


def test_the_second_ctrl_c_stops_at_once_and_the_journal_knows_what_was_cut_off(
    invoices: Callable[..., Path], variables: Callable[..., None]
) -> None:
    folder = invoices(20)
    # Three go through; from then on the server takes every invoice, and has not answered when it is too late.
    stall = "stall operation='POST /accounts/{}/invoices/import' skip=3 seconds=300"
    with simulator("--fault", stall) as address:
        variables(B2BROUTER_BASE_URL=address)
        process = begin(folder)
        lines = read_some(process.stdout, 3)
        process.send_signal(signal.SIGINT)
        assert process.stderr is not None
        while "Finishing" not in process.stderr.readline():
            pass
        process.send_signal(signal.SIGINT)
        process.wait(timeout=30)
        rest, err = finish(process)
    assert (process.returncode, rest) == (3, [])
    assert "cut off on the way. To go on, run the same command again; nothing is sent twice." in err
    assert "Traceback" not in err
    with open_journal(JOURNAL) as journal:
        settled = {row.outcome.source for row in journal.rows() if row.settled}
        stages = {row.stage for row in journal.rows() if not row.settled}
    assert {json.loads(line)["source"] for line in lines} == settled
    assert stages == {"sending"}


@pytest.mark.nightly
def test_a_kill_is_taken_up_by_the_same_command(invoices: Callable[..., Path]) -> None:
    folder = invoices(40)
    process = begin(folder)
    read_some(process.stdout, 8)
    process.kill()
    finish(process)
    status, outcomes = go_on(folder)
    assert (status, len(outcomes)) == (0, 40)
    assert len({outcome["invoice_id"] for outcome in outcomes}) == 40


def test_a_reader_that_has_enough_stops_the_run_in_order(invoices: Callable[..., Path]) -> None:
    folder = invoices(40)
    process = begin(folder)
    read_some(process.stdout, 2)
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.close()
    err = process.stderr.read()
    assert process.wait(timeout=60) == 3
    assert "Stopped before the end" in err
    assert "BrokenPipe" not in err
    process.stderr.close()
    with open_journal(JOURNAL) as journal:
        assert all(row.settled for row in journal.rows())


def test_a_second_run_on_the_same_journal_is_refused(
    run: Callable[..., Ran], invoices: Callable[..., Path]
) -> None:
    lock = WriterLock(Path(JOURNAL).resolve())
    try:
        ran = run("upload", invoices(1), "--journal", JOURNAL)
    finally:
        lock.release()
    assert (ran.status, ran.out) == (2, "")
    assert "one run at a time can write to a journal" in ran.err

"""The journal: durable before anything is sent, for one run at a time, and clear about what is wrong with it."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import subprocess
import sys
import threading
import time
from collections import Counter
from typing import TYPE_CHECKING, Any

import anyio
import anyio.lowlevel
import httpx
import pytest

from b2brouter_async.bulk import Document, JournalError, JournalInUseError, Kind, Outcome, open_journal
from b2brouter_async.bulk.journal import sqlite
from b2brouter_async.bulk.journal.row import Row, Stage
from b2brouter_async.bulk.journal.sqlite import SQLiteJournal

from .support import Time, bench, document, documents, invoice

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.anyio

ABOUT = {"account": "1", "host": "https://simulator.test"}


def row(sha256: str = "a", stage: Stage = "sending", kind: Kind = "unknown") -> Row:
    return Row(stage=stage, outcome=Outcome(kind=kind, source="a.xml", sha256=sha256))


async def test_a_document_is_in_the_journal_before_its_first_byte_leaves(tmp_path: Path) -> None:
    seen: list[tuple[str, str]] = []

    class Looking(httpx.AsyncBaseTransport):
        def __init__(self, inner: httpx.AsyncBaseTransport) -> None:
            self.inner = inner

        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            if request.method == "POST":
                # Another connection sees what is committed, and nothing else.
                with open_journal(tmp_path / "run.db") as journal:
                    seen.extend((one.outcome.source, one.stage) for one in journal.rows())
            return await self.inner.handle_async_request(request)

    def wrap(inner: httpx.AsyncBaseTransport, time: Time) -> httpx.AsyncBaseTransport:
        return Looking(inner)

    async with bench(tmp_path, wrap=wrap) as one:
        await one.run([Document(document(), name="one.xml")])
    assert seen == [("one.xml", "sending")]


async def test_an_outcome_is_in_the_journal_before_anybody_is_told(tmp_path: Path) -> None:
    async with bench(tmp_path) as one, one.upload() as run:
        async for outcome in run(documents(30)):
            with open_journal(tmp_path / "run.db") as journal:
                (found,) = journal.rows(number=outcome.number)
                assert found.outcome == outcome


async def test_a_second_run_on_the_same_journal_is_refused_with_a_sentence(tmp_path: Path) -> None:
    async with bench(tmp_path) as one:
        async with one.upload():
            with pytest.raises(
                JournalInUseError, match=f"in use by process {os.getpid()}.*one run at a time"
            ):
                await one.run(documents(1))
        assert len(await one.kinds(documents(1))) == 1


async def test_a_second_process_on_the_same_journal_is_refused_until_the_first_is_killed(
    tmp_path: Path,
) -> None:
    script = (
        "import anyio, sys\n"
        "from b2brouter_async.bulk.journal.sqlite import SQLiteJournal\n"
        "async def main():\n"
        f"    await SQLiteJournal.open(sys.argv[1], {ABOUT!r})\n"
        "    print('open', flush=True)\n"
        "    await anyio.sleep_forever()\n"
        "anyio.run(main)\n"
    )
    command = [sys.executable, "-c", script, str(tmp_path / "run.db")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as first:  # noqa: ASYNC220
        assert first.stdout is not None
        assert first.stdout.readline() == "open\n"
        with pytest.raises(JournalInUseError, match=f"in use by process {first.pid}"):
            await SQLiteJournal.open(tmp_path / "run.db", ABOUT)
        first.kill()
    journal = await SQLiteJournal.open(tmp_path / "run.db", ABOUT)
    await journal.close()


async def test_a_journal_can_be_read_while_a_run_writes_to_it(tmp_path: Path) -> None:
    async with bench(tmp_path) as one, one.upload() as run:
        async for _ in run(documents(5)):
            with open_journal(tmp_path / "run.db") as journal:
                assert 1 <= len(journal) <= 5
                assert sum(journal.counts().values()) == len(journal)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"received": True}, "its direction is 'issued', this run's is 'received'"),
        ({"send": False}, "its send is 'yes', this run's is 'no'"),
        ({"account": 483977}, "its account is '483921', this run's is '483977'"),
    ],
)
async def test_a_journal_serves_one_account_one_direction_and_one_way_of_sending(
    tmp_path: Path, change: dict[str, object], reason: str
) -> None:
    async with bench(tmp_path) as one:
        await one.run(documents(1))
        with pytest.raises(JournalError, match=reason):
            await one.run(documents(1), **change)


async def test_a_file_that_is_no_journal_is_left_alone(tmp_path: Path) -> None:
    async with bench(tmp_path) as one:
        (tmp_path / "text.db").write_bytes(b"my letters to the tax office, " * 100)
        before = (tmp_path / "text.db").read_bytes()
        with pytest.raises(JournalError, match="no SQLite file"):
            await one.run(documents(1), journal="text.db")
        assert (tmp_path / "text.db").read_bytes() == before
        with contextlib.closing(sqlite3.connect(tmp_path / "other.db")) as other, other:
            other.execute("CREATE TABLE customers (name)")
        other.close()
        with pytest.raises(JournalError, match="no journal of an upload"):
            await one.run(documents(1), journal="other.db")
        with pytest.raises(JournalError, match="no journal of an upload"):
            open_journal(tmp_path / "other.db")
        assert not list(one.simulator.ledger())


async def test_a_damaged_journal_is_refused_before_anything_is_sent(tmp_path: Path) -> None:
    async with bench(tmp_path) as one:
        await one.run(documents(40))
        path = tmp_path / "run.db"
        content = bytearray(path.read_bytes())
        content[8192:12288] = os.urandom(4096)
        path.write_bytes(content)
        sent = one.sent("/import")
        with pytest.raises(JournalError, match=r"damaged.*Nothing was sent"):
            await one.run(documents(1, seed=2))
        assert one.sent("/import") == sent


async def test_a_journal_of_a_newer_version_is_refused(tmp_path: Path) -> None:
    async with bench(tmp_path) as one:
        await one.run(documents(1))
        with contextlib.closing(sqlite3.connect(tmp_path / "run.db")) as connection, connection:
            connection.execute("PRAGMA user_version = 2")
        connection.close()
        with pytest.raises(JournalError, match="newer version"):
            await one.run(documents(1))
        with pytest.raises(JournalError, match="newer version"):
            open_journal(tmp_path / "run.db")


@pytest.mark.parametrize("place", ["missing/run.db", "/proc/run.db", "/dev/null/run.db"])
async def test_a_folder_that_cant_be_written_is_said_before_anything_is_sent(
    tmp_path: Path, place: str
) -> None:
    async with bench(tmp_path) as one:
        with pytest.raises(JournalError, match=r"can't be written.*name a journal in a folder"):
            await one.run(documents(1), journal=place)
        assert not one.requests


async def test_a_full_disk_at_the_start_is_said_before_anything_is_sent(tmp_path: Path) -> None:
    script = (
        "import anyio, resource, signal, sys\n"
        "from b2brouter_async.bulk import JournalError\n"
        "from b2brouter_async.bulk.journal.sqlite import SQLiteJournal\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))\n"
        "try:\n"
        f"    anyio.run(SQLiteJournal.open, sys.argv[1], {ABOUT!r})\n"
        "except JournalError as error:\n"
        "    print(error)\n"
    )
    done = subprocess.run(  # noqa: ASYNC221
        # It must leave no half of a compiled file behind, wherever that would be written.
        [sys.executable, "-B", "-c", script, str(tmp_path / "run.db")],
        capture_output=True,
        text=True,
        check=True,
    )
    assert "the journal can't be written" in done.stdout


async def test_a_disk_that_fills_up_stops_the_run_and_loses_nothing(tmp_path: Path) -> None:
    async with bench(tmp_path) as one:
        with pytest.raises(JournalError, match=r"full.*make room.*goes on where it stopped"):  # noqa: PT012
            async with one.upload(concurrency=4) as run:
                async for outcome in run(documents(80)):
                    if outcome.number == "F1-00005":
                        assert run._runner is not None
                        writing = run._runner.journal
                        assert isinstance(writing, SQLiteJournal)
                        pages = writing._connection.execute("PRAGMA page_count").fetchone()[0]
                        writing._connection.execute(f"PRAGMA max_page_count = {pages}")
        assert not run.summary.finished
        cut_short = one.sent("/import")
        assert 5 <= cut_short < 80
        with open_journal(tmp_path / "run.db") as journal:
            noted = len(list(journal.rows(settled=True)))
        in_doubt = len(one.accepted) - noted
        outcomes, summary = await one.run(documents(80))
        # What the server took and the full disk could not note is found there, exactly that, and the rest is sent.
        kinds = Counter(outcome.kind for outcome in outcomes)
        assert kinds == Counter({"created": 80 - in_doubt, "adopted": in_doubt})
        assert set(one.accepted.values()) == {1}
        assert summary.requests >= 80 - cut_short


async def test_the_journal_holds_no_key_and_no_content(tmp_path: Path) -> None:
    async with bench(tmp_path) as one:
        (tmp_path / "private").mkdir()
        (tmp_path / "private" / "one.xml").write_bytes(document())
        await one.run([tmp_path / "private" / "one.xml", tmp_path / "private", invoice(), b"<x/>"])
        content = b"".join(path.read_bytes() for path in tmp_path.glob("run.db*"))  # noqa: ASYNC240
        for secret in (one.simulator.api_key, "Talleres", "Muestra", "ESB", "private", str(tmp_path), "lamp"):
            assert secret.encode() not in content
        with open_journal(tmp_path / "run.db") as journal:
            assert sorted(one.outcome.source for one in journal.rows()) == [
                "document 3",
                "document 4",
                "one.xml",
            ]


async def test_the_journal_keeps_its_schema_and_says_its_version(tmp_path: Path) -> None:
    async with bench(tmp_path) as one:
        await one.run(documents(3))
    with contextlib.closing(sqlite3.connect(tmp_path / "run.db")) as connection, connection:
        assert connection.execute("PRAGMA user_version").fetchone() == (1,)
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        columns = [column[1] for column in connection.execute("PRAGMA table_info(documents)")]
        assert columns == [
            "id", "stage", "kind", "source", "sha256", "number", "series", "year", "invoice_id", "state", "attempts",
            "seconds", "request_id", "status", "code", "param", "message", "began", "changed",
        ]  # fmt: skip
    connection.close()


async def test_a_closed_run_leaves_one_file_and_its_lock(tmp_path: Path) -> None:
    async with bench(tmp_path) as one:
        await one.run(documents(3))
    assert sorted(os.listdir(tmp_path)) == ["run.db", "run.db-lock"]


async def test_rows_are_filtered(tmp_path: Path) -> None:
    async with bench(tmp_path) as one:
        items = [Document(document(f"A-{n}"), name=f"{n}.xml") for n in range(3)]
        await one.run([*items, Document(b"<x/>", name="bad.xml")])
        with open_journal(tmp_path / "run.db") as journal:
            assert [one.outcome.source for one in journal.rows(kinds=["invalid"])] == ["bad.xml"]
            assert [one.outcome.source for one in journal.rows(number="A-1")] == ["1.xml"]
            assert len(list(journal.rows(source=".xml", kinds=["created", "invalid"], settled=True))) == 4
            assert not list(journal.rows(settled=False))
            assert journal.counts() == {"created": 3, "invalid": 1}
            assert journal.about["account"] == one.simulator.account
        with pytest.raises(JournalError, match="no such journal"):
            open_journal(tmp_path / "none.db")


async def test_writes_that_gather_are_committed_together(tmp_path: Path) -> None:
    journal = await SQLiteJournal.open(tmp_path / "run.db", ABOUT)
    commits = 0
    commit = journal._commit

    def counting(batch: list[object]) -> None:
        nonlocal commits
        commits += 1
        commit(batch)  # type: ignore[arg-type]

    journal._commit = counting  # type: ignore[method-assign, assignment]
    async with anyio.create_task_group() as tasks:
        for number in range(100):
            tasks.start_soon(journal.claim, row(str(number)))
    # The first goes at once, the others while it is on its way.
    assert commits <= 2
    assert not (await journal.claim(row("7"))).granted
    await journal.close()


async def test_what_was_handed_over_is_on_disk_also_when_the_task_is_cancelled(tmp_path: Path) -> None:
    journal = await SQLiteJournal.open(tmp_path / "run.db", ABOUT)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(journal.claim, row("a"))
        await anyio.lowlevel.checkpoint()
        tasks.cancel_scope.cancel()
    known = await journal.find("a")
    await journal.close()
    assert known is None or known.stage == "sending"
    with pytest.raises(JournalError, match="closed"):
        await journal.find("a")


async def test_a_document_provably_not_sent_is_claimed_anew_and_a_settled_one_isnt(tmp_path: Path) -> None:
    journal = await SQLiteJournal.open(tmp_path / "run.db", ABOUT)
    assert (await journal.claim(row("a"))).granted
    assert not (await journal.claim(row("a"))).granted
    await journal.record(row("a", "open"))
    assert (await journal.claim(row("a"))).granted
    kinds: dict[Kind, bool] = {"created": False, "refused": False, "invalid": True, "duplicate": False}
    for kind, again in kinds.items():
        await journal.record(row("a", "done", kind=kind))
        assert (await journal.claim(row("a"))).granted is again
    await journal.record(row("a", "done", kind="refused"))
    assert (await journal.claim(row("a"), ("invalid", "refused"))).granted
    await journal.close()


async def test_commits_are_made_off_the_event_loop(tmp_path: Path) -> None:
    journal = await SQLiteJournal.open(tmp_path / "run.db", ABOUT)
    threads: list[int] = []
    commit = journal._commit

    def noting(batch: list[object]) -> None:
        threads.append(threading.get_ident())
        commit(batch)  # type: ignore[arg-type]

    journal._commit = noting  # type: ignore[method-assign, assignment]
    await journal.claim(row("a"))
    await journal.close()
    assert threads
    assert threading.get_ident() not in threads


@pytest.mark.parametrize("gone", ["run.db", "run.db-lock"])
async def test_a_journal_that_is_deleted_or_moved_ends_the_run(tmp_path: Path, gone: str) -> None:
    async with bench(tmp_path) as one:
        with pytest.raises(JournalError, match="moved or deleted while a run wrote to it"):  # noqa: PT012
            async with one.upload(concurrency=4) as run:
                async for outcome in run(documents(24)):
                    if outcome.number == "F1-00005":
                        (tmp_path / gone).rename(tmp_path / "elsewhere")
        sent = one.sent("/import")
        assert 5 <= sent < 20
        (tmp_path / "elsewhere").replace(tmp_path / gone)  # what was written meanwhile went with it
        outcomes, summary = await one.run(documents(24))
        assert {outcome.kind for outcome in outcomes} <= {"created", "adopted"}
        assert (len(outcomes), summary.requests) == (24, 24 - sent)
        assert set(one.accepted.values()) == {1}


async def test_a_program_that_goes_to_another_folder_takes_no_journal_with_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    journal = await SQLiteJournal.open("run.db", ABOUT)
    monkeypatch.chdir("/")
    assert await journal.find("none") is None
    await journal.close()


async def test_a_journal_that_another_program_keeps_locked_is_said_with_the_way_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite, "_OTHERS_WAITED_FOR", 1)
    async with bench(tmp_path) as one:
        with pytest.raises(JournalError, match=r"locked.*end the other program"):  # noqa: PT012
            async with one.upload(concurrency=4) as run:
                other = sqlite3.connect(tmp_path / "run.db", isolation_level=None)
                async for outcome in run(documents(24)):
                    if outcome.number == "F1-00005":
                        other.execute("BEGIN IMMEDIATE")
        sent = one.sent("/import")
        with pytest.raises(JournalError, match=r"locked.*end the other program"):
            await one.run(documents(24))
        assert one.sent("/import") == sent
        other.close()
        outcomes, summary = await one.run(documents(24))
        assert (len(outcomes), summary.finished) == (24, True)
        assert set(one.accepted.values()) == {1}


async def test_a_slow_disk_slows_the_run_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    commits, ticks = 0, 0
    commit = SQLiteJournal._commit

    def slowly(self: SQLiteJournal, batch: Any) -> None:
        nonlocal commits
        commits += 1
        before = ticks
        # A disk that takes its time: the event loop turns meanwhile.
        while ticks - before < 3:
            time.sleep(0.0005)
        commit(self, batch)

    async def tick() -> None:
        nonlocal ticks
        while True:
            ticks += 1
            await anyio.lowlevel.checkpoint()

    monkeypatch.setattr(SQLiteJournal, "_commit", slowly)
    async with bench(tmp_path) as one, anyio.create_task_group() as tasks:
        tasks.start_soon(tick)
        assert await one.kinds(documents(40), concurrency=20) == ["created"] * 40
        tasks.cancel_scope.cancel()
    assert commits < 60  # two for each document would be 80: what waits for the disk is written together

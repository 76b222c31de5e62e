"""Where the record of an upload is kept: a file that is made in time, or a journal of somebody's own."""

from __future__ import annotations

import contextlib
import datetime
import os
import sqlite3
from typing import TYPE_CHECKING, Any

import attrs
import pytest
from attrs import define, evolve, field

from b2brouter_async import AuthenticationError, NotFoundError
from b2brouter_async.bulk import (
    Claim,
    Journal,
    JournalError,
    JournalInUseError,
    Kind,
    Patience,
    Row,
    SQLiteJournal,
    UploadSettings,
    open_journal,
    upload_many,
)
from b2brouter_async.bulk.settings import Settings

from .support import IMPORT, bench, document, documents, invoice

if TYPE_CHECKING:
    from collections.abc import Callable, Collection
    from pathlib import Path

    from b2brouter_async.bulk.journal.row import Stage

pytestmark = pytest.mark.anyio

NOTHING_SENT: tuple[Kind, ...] = ("invalid",)


@attrs.frozen(kw_only=True)
class Fenced(Row):
    """A row that only its holder may write."""

    fence: int = 0


@define
class InMemory:
    """A journal that forgets: enough to see what a run asks of one."""

    about: dict[str, str]
    name: str = "memory"
    rows: dict[str, Fenced] = field(factory=dict)
    closed: bool = False
    shared: bool = False

    async def claim(self, row: Row, again: Collection[Kind] = NOTHING_SENT) -> Claim:
        known = self.rows.get(row.key)
        if known is not None and known.stage != "open" and known.outcome.kind not in again:
            return Claim(known, granted=False)
        fence = len(self.rows) + 1
        mine = Fenced(id=fence, stage=row.stage, outcome=row.outcome, fence=fence)
        self.rows[row.key] = mine
        return Claim(mine, granted=True)

    async def record(self, row: Row) -> None:
        assert isinstance(row, Fenced)
        if self.rows[row.key].fence != row.fence:
            raise JournalError("somebody else has it")
        self.rows[row.key] = row

    async def send_again(self, row: Row, attempts: int) -> int | None:
        return None

    def guard(self, row: Row) -> Callable[[], None] | None:
        return None

    def let_go(self, row: Row) -> None:
        pass

    def now(self) -> datetime.datetime:
        return datetime.datetime.now(datetime.UTC)

    async def others_at_work(self) -> bool:
        return False

    async def find(self, key: str) -> Row | None:
        return self.rows.get(key)

    async def owner_of(self, invoice_id: int) -> Row | None:
        found = (row for row in self.rows.values() if row.outcome.invoice_id == invoice_id)
        return next((row for row in found if row.outcome.kind != "duplicate"), None)

    def settled(self, key: str) -> Row | None:
        row = self.rows.get(key)
        return row if row is not None and row.settled else None

    async def unsettled(self, after: int, most: int, *stages: Stage) -> list[Row]:
        rows = [row for row in self.rows.values() if row.stage in stages and row.id > after]
        return list(rows[:most])

    async def waiting_since(self) -> str | None:
        return next((row.began for row in self.rows.values() if row.stage == "waiting"), None)

    async def close(self) -> None:
        self.closed = True


def about(one: object, **changes: str) -> dict[str, str]:
    client, simulator = one.client, one.simulator  # type: ignore[attr-defined]
    return {
        "account": str(simulator.account),
        "environment": client.environment.name,
        "host": client.base_url,
        "direction": "issued",
        "send": "yes",
        **changes,
    }


async def test_an_upload_runs_on_a_journal_of_ones_own_and_leaves_it_open(tmp_path: Path) -> None:
    async with bench(tmp_path) as one:
        journal: Journal = InMemory(about(one))
        assert isinstance(journal, InMemory)
        patience = Patience(sleep=one.time.sleep, clock=one.time)
        one.simulator.faults.add(f"reset_after operation='{IMPORT}' times=2")
        view = one.client.account(one.simulator.account)
        items: list[Any] = [*documents(20), invoice(), b"<x/>"]
        summary = await upload_many(view, items, journal=journal, patience=patience)
        assert (summary.counts["created"], summary.counts["adopted"], summary.counts["invalid"]) == (19, 2, 1)
        assert {row.stage for row in journal.rows.values()} == {"done"}
        assert not journal.closed
        again = await upload_many(view, items, journal=journal, patience=patience)
        assert (again.repeated, again.requests) == (21, 0)


async def test_a_journal_of_ones_own_must_be_about_the_run_and_serves_one_at_a_time(tmp_path: Path) -> None:
    async with bench(tmp_path) as one:
        view = one.client.account(one.simulator.account)
        with pytest.raises(JournalError, match="its account is '7', this run's is"):
            await upload_many(view, [], journal=InMemory(about(one, account="7")))
        assert not one.requests
        journal = InMemory(about(one))
        async with view.upload(journal=journal):
            with pytest.raises(JournalInUseError, match="one run at a time"):
                await upload_many(view, [], journal=journal)
        assert (await upload_many(view, [], journal=journal)).finished


async def test_the_sqlite_journal_can_be_opened_by_oneself(tmp_path: Path) -> None:
    async with bench(tmp_path) as one:
        journal = await SQLiteJournal.open(tmp_path / "mine.db", about(one))
        view = one.client.account(one.simulator.account)
        assert (await upload_many(view, document(), journal=journal)).counts["created"] == 1
        assert (await upload_many(view, document(), journal=journal)).repeated == 1
        await journal.close()


async def test_a_start_that_the_account_refuses_leaves_no_journal(tmp_path: Path) -> None:
    async with bench(tmp_path) as one:
        with pytest.raises(NotFoundError):
            await one.run(documents(1), account=999)
        one.simulator.faults.add("401 times=1")
        with pytest.raises(AuthenticationError):
            await one.run(documents(1))
        assert os.listdir(tmp_path) == []
        assert await one.kinds(documents(1)) == ["created"]


async def test_an_empty_journal_that_a_failed_start_has_left_is_taken_over(tmp_path: Path) -> None:
    async with bench(tmp_path) as one:
        left = await SQLiteJournal.open(tmp_path / "run.db", about(one, account="7", host="https://typo"))
        await left.close()
        assert await one.kinds(documents(1)) == ["created"]
        with open_journal(tmp_path / "run.db") as journal:
            assert journal.about["account"] == one.simulator.account
        (tmp_path / "empty.db").touch()
        assert await one.kinds(documents(1), journal="empty.db") == ["adopted"]


async def test_a_journal_with_a_document_is_not_taken_over(tmp_path: Path) -> None:
    async with bench(tmp_path) as one:
        await one.kinds(b"<x/>")
        with pytest.raises(JournalError, match="journal of another run"):
            await one.kinds(documents(1), received=True)


async def test_a_refused_key_leaves_an_existing_journal_as_it_was(tmp_path: Path) -> None:
    async with bench(tmp_path) as one:
        await one.run(documents(3))
        one.simulator.faults.add("401 times=1")
        with pytest.raises(AuthenticationError):
            await one.run(documents(3))
        outcomes, _ = await one.run(documents(3))
        assert all(outcome.repeated for outcome in outcomes)


async def test_a_journal_of_the_columns_of_an_outcome_says_what_stands_in_them(tmp_path: Path) -> None:
    async with bench(tmp_path) as one:
        (outcome,), _ = await one.run(document())
        with contextlib.closing(sqlite3.connect(tmp_path / "run.db")) as connection, connection:
            kinds = {name: kind for _, name, kind, *_ in connection.execute("PRAGMA table_info(documents)")}
        connection.close()
        assert (kinds["invoice_id"], kinds["seconds"], kinds["message"]) == ("INTEGER", "REAL", "TEXT")
        with open_journal(tmp_path / "run.db") as journal:
            (row,) = journal.rows()
        assert row.outcome == outcome
        assert row.columns()["sha256"] == outcome.sha256
        assert evolve(row, outcome=evolve(outcome, sha256=None)).key == f"unread:{outcome.source}"


def test_every_setting_can_be_given_and_is_said_what_it_means() -> None:
    fields = [item.name for item in attrs.fields(Settings)]
    # Python 3.13 has those that are inherited in another order.
    assert sorted(UploadSettings.__annotations__) == sorted(fields)

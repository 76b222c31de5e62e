"""A stream that was stopped goes on where it stood: how far was told is kept in a file."""

from __future__ import annotations

import datetime
import sqlite3
from typing import TYPE_CHECKING

import anyio
import pytest

from b2brouter_async import CursorError, MemoryCursor, SQLiteCursor, Told

from .conftest import BEGIN, Server

if TYPE_CHECKING:
    from pathlib import Path

    from b2brouter_async import B2Brouter, Change, Changes

pytestmark = pytest.mark.anyio


@pytest.fixture(params=["asyncio", "trio"])
def anyio_backend(request: pytest.FixtureRequest) -> str:
    """The usual loops: a virtual clock would jump while a thread works on the file."""
    return str(request.param)


@pytest.fixture
def server() -> Server:
    return Server(passed=0)


async def one_look(changes: Changes) -> list[Change]:
    """Return what is told until the list was read to its end."""
    seen: list[Change] = []

    async def take() -> None:
        async for change in changes:
            seen.append(change)

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(take)
        while not changes.sweeps:  # noqa: ASYNC110
            await anyio.sleep(0.005)
        tasks.cancel_scope.cancel()
    return seen


def told(changes: list[Change]) -> list[tuple[int, str | None, str]]:
    return [(change.id, change.previous, change.state) for change in changes]


async def test_it_goes_on_where_it_stood_and_tells_the_last_one_again_if_nobody_asked_on(
    client: B2Brouter, server: Server, tmp_path: Path
) -> None:
    file = tmp_path / "changes.sqlite"
    for number in (1, 2, 3):
        server.put(number, "sent")
    first: list[int] = []
    async for change in client.invoices.changes(cursor=file):
        first.append(change.id)
        if len(first) == 2:
            break
    assert first == [1, 2]
    assert [change.id for change in await one_look(client.invoices.changes(cursor=file))] == [2, 3]
    server.passed = 10
    server.put(1, "registered")
    assert told(await one_look(client.invoices.changes(cursor=file))) == [(1, "sent", "registered")]
    assert await one_look(client.invoices.changes(cursor=file)) == []


async def test_what_changed_while_nobody_looked_is_told_after_days(
    client: B2Brouter, server: Server, tmp_path: Path
) -> None:
    file = tmp_path / "changes.sqlite"
    server.put(1, "sent")
    await one_look(client.invoices.changes(cursor=file))
    server.passed = 3600
    server.put(1, "registered")
    server.passed = 10 * 86_400
    server.put(2, "sent")
    seen = await one_look(client.invoices.changes(cursor=file))
    assert told(seen) == [(1, "sent", "registered"), (2, None, "sent")]


async def test_the_day_to_begin_at_holds_for_the_first_run_alone(
    client: B2Brouter, server: Server, tmp_path: Path
) -> None:
    server.put(1, "sent", at=BEGIN - datetime.timedelta(days=20))
    since = BEGIN.date() - datetime.timedelta(days=30)
    changes = client.invoices.changes(cursor=tmp_path / "c.sqlite", since=since)
    assert [change.id for change in await one_look(changes)] == [1]
    assert await one_look(client.invoices.changes(cursor=tmp_path / "c.sqlite", since=since)) == []


async def test_accounts_and_types_in_one_file_do_not_mix(
    client: B2Brouter, server: Server, tmp_path: Path
) -> None:
    file = tmp_path / "changes.sqlite"
    server.put(1, "sent")
    server.put(2, "new", type="ReceivedInvoice")
    assert [one.id for one in await one_look(client.invoices.changes(cursor=file))] == [1]
    received = client.invoices.changes(cursor=file, type="ReceivedInvoice")
    assert [one.id for one in await one_look(received)] == [2]
    assert [one.id for one in await one_look(client.invoices.changes(7, cursor=file))] == [1]


async def test_without_the_servers_clock_two_days_more_are_looked_at(
    client: B2Brouter, server: Server
) -> None:
    server.says_date = False
    cursor = MemoryCursor()
    server.put(1, "sent", at=datetime.datetime.now(datetime.UTC))
    await one_look(client.invoices.changes(cursor=cursor))
    mark = cursor.mark("483921:IssuedInvoice")
    assert mark is not None
    assert datetime.datetime.now(datetime.UTC).date() - mark >= datetime.timedelta(days=2)


class TestCursors:
    @pytest.mark.parametrize("kind", ["memory", "file"])
    def test_a_cursor_keeps_marks_and_what_was_told_and_forgets_the_old(
        self, kind: str, tmp_path: Path
    ) -> None:
        cursor = MemoryCursor() if kind == "memory" else SQLiteCursor(tmp_path / "c.sqlite")
        assert cursor.mark("a") is None
        assert dict(cursor.told("a", [1, 2])) == {}
        old, new = Told(1, "sent", BEGIN), Told(2, "paid", BEGIN + datetime.timedelta(days=3))
        timeless = Told(3, "new", None)
        for one in (old, new, timeless):
            cursor.tell("a", one)
        cursor.tell("b", old)
        if isinstance(cursor, SQLiteCursor):
            cursor.close()
        assert dict(cursor.told("a", [1, 2, 3, 4])) == {1: old, 2: new, 3: timeless}
        cursor.move("a", BEGIN.date(), BEGIN + datetime.timedelta(days=1))
        assert cursor.mark("a") == BEGIN.date()
        assert set(cursor.told("a", [1, 2, 3])) == {2, 3}
        assert set(cursor.told("b", [1])) == {1}
        assert cursor.mark("b") is None

    def test_a_file_that_is_no_cursor_is_refused(self, tmp_path: Path) -> None:
        (tmp_path / "text").write_text("not a database at all, " * 60)
        with pytest.raises(CursorError):
            SQLiteCursor(tmp_path / "text").mark("a")

        connection = sqlite3.connect(tmp_path / "other")
        connection.execute("CREATE TABLE theirs (a)")
        connection.close()
        with pytest.raises(CursorError, match="no cursor"):
            SQLiteCursor(tmp_path / "other").mark("a")

"""A stream that was stopped goes on where it stood: how far was told is kept in a file."""

from __future__ import annotations

import contextlib
import datetime
import sqlite3
from typing import TYPE_CHECKING

import anyio
import httpx
import pytest
from attrs import define

from b2brouter_async import B2Brouter, CursorError, MemoryCursor, SQLiteCursor, Told

from .conftest import ACCOUNT, BEGIN, Server

if TYPE_CHECKING:
    from pathlib import Path

    from b2brouter_async import Change, Changes, ClientOptions

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


async def test_environments_and_servers_in_one_file_do_not_mix(
    client: B2Brouter, server: Server, tmp_path: Path
) -> None:
    file = tmp_path / "changes.sqlite"
    server.put(1, "sent")
    keys: set[str] = set()
    async with httpx.AsyncClient(transport=httpx.MockTransport(server.answer)) as http:
        settings: list[ClientOptions] = [
            {"base_url": "https://server.test"},
            {"base_url": "https://server.test", "environment": "production"},
            {"base_url": "https://server.test/mirror"},
            {"base_url": "https://other.test"},
        ]
        for one in settings:
            one.update({"http_client": http, "requests_per_minute": 1_000_000})
            key = "live_key" if "environment" in one else "test_key"
            other = B2Brouter(key, **one)
            view = other.account(ACCOUNT).with_options(timeout=5)
            seen = await one_look(view.invoices.changes(cursor=file))
            assert [change.id for change in seen] == [1]
            keys |= {change.key for change in seen}
    assert len(keys) == 4


def write_first_version(file: Path, **marks: str) -> None:
    with contextlib.closing(sqlite3.connect(file)) as connection, connection:
        connection.executescript(
            "CREATE TABLE marks (stream TEXT PRIMARY KEY, day TEXT NOT NULL) WITHOUT ROWID;"
            "CREATE TABLE told (stream TEXT, id INTEGER, state TEXT, at TEXT, PRIMARY KEY (stream, id)) WITHOUT ROWID;"
            "PRAGMA application_id = 1110590275; PRAGMA user_version = 1;"
        )
        for account, day in marks.items():
            stream = f"{account.removeprefix('a')}:IssuedInvoice"
            connection.execute("INSERT INTO marks VALUES (?, ?)", (stream, day))
            connection.execute(
                "INSERT INTO told VALUES (?, 1, 'sent', ?)",
                (stream, BEGIN.isoformat(timespec="microseconds")),
            )


async def test_a_file_of_the_first_version_goes_on_where_it_stood(
    client: B2Brouter, server: Server, tmp_path: Path
) -> None:
    file = tmp_path / "changes.sqlite"
    write_first_version(file, a483921=(BEGIN.date() - datetime.timedelta(days=9)).isoformat())
    server.put(1, "sent", at=BEGIN)
    server.put(2, "sent", at=BEGIN - datetime.timedelta(days=8))
    assert told(await one_look(client.invoices.changes(cursor=file))) == [(2, None, "sent")]
    server.passed = 10
    server.put(1, "registered")
    assert told(await one_look(client.invoices.changes(cursor=file))) == [(1, "sent", "registered")]
    assert await one_look(client.invoices.changes(cursor=file)) == []


async def test_who_opens_an_old_file_first_takes_nothing_from_another_environment(
    server: Server, tmp_path: Path
) -> None:
    file = tmp_path / "changes.sqlite"
    mark = BEGIN.date() - datetime.timedelta(days=9)
    write_first_version(file, a7=mark.isoformat())
    theirs, ours = "sandbox@server.test:7:IssuedInvoice", "production@server.test:7:IssuedInvoice"
    other = "production@server.test:17:IssuedInvoice"
    cursor = SQLiteCursor(file)
    assert cursor.mark(theirs) == mark
    cursor.tell(theirs, Told(1, "paid", BEGIN))
    cursor.move(theirs, BEGIN.date(), BEGIN)
    assert cursor.told(ours, [1])[1].state == "sent"
    assert cursor.mark(ours) == mark
    assert cursor.mark(other) is None
    cursor.close()
    assert SQLiteCursor(file).mark(theirs) == BEGIN.date()


async def test_without_the_servers_clock_two_days_more_are_looked_at(
    client: B2Brouter, server: Server
) -> None:
    server.says_date = False
    cursor = MemoryCursor()
    server.put(1, "sent", at=datetime.datetime.now(datetime.UTC))
    await one_look(client.invoices.changes(cursor=cursor))
    mark = cursor.mark("sandbox@server.test:483921:IssuedInvoice")
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


class Impatient:
    """A cursor in whose use whoever reads the stream gives up, once at each place."""

    def __init__(self, place: str) -> None:
        self.kept = MemoryCursor()
        self.place: str | None = place
        self.scope = anyio.CancelScope()

    def __getattr__(self, name: str) -> object:
        if name == self.place:
            self.place = None
            self.scope.cancel()
        return getattr(self.kept, name)


@pytest.mark.parametrize("place", ["mark", "told", "tell", "move"])
@pytest.mark.parametrize("hooked", [False, True])
async def test_who_asks_with_a_timeout_again_and_again_is_told_everything_once(
    client: B2Brouter, server: Server, place: str, hooked: bool
) -> None:
    """A look that was given up halfway is gone on with: after days without one, no later look would show it."""
    for number in (1, 2, 3):
        server.put(number, "sent")
    cursor = Impatient(place)
    since = BEGIN.date() - datetime.timedelta(days=1)
    changes = client.invoices.changes(cursor=cursor, since=since)  # type: ignore[arg-type]
    if hooked:
        for number in (1, 2, 3):
            changes.heard(Heard(number, "sent"))
    server.passed = 5 * 86_400.0  # no later look goes back so far
    seen: list[int] = []

    async def take() -> None:
        while True:
            with anyio.CancelScope() as cursor.scope:
                seen.append((await anext(changes)).id)

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(take)
        while not changes.sweeps:  # noqa: ASYNC110
            await anyio.sleep(0.005)
        tasks.cancel_scope.cancel()

    assert cursor.place is None
    assert sorted(seen) == [1, 2, 3]
    assert changes.silent == 0


@define
class _Data:
    invoice_id: int | None
    state: str | None


class Heard:
    """What a web hook tells of an invoice."""

    def __init__(self, number: int, state: str) -> None:
        self.data = _Data(number, state)
        self.account_id: int | None = None
        self.triggered_at: int | None = None


@pytest.mark.parametrize("statement", ["UPDATE marks SET day = 'x'", "UPDATE told SET at = 'x'"])
async def test_a_file_with_rubbish_in_it_is_told(
    client: B2Brouter, server: Server, tmp_path: Path, statement: str
) -> None:
    file = tmp_path / "changes.sqlite"
    server.put(1, "sent")
    await one_look(client.invoices.changes(cursor=file))
    with contextlib.closing(sqlite3.connect(file)) as connection, connection:
        connection.execute(statement)

    with pytest.raises(CursorError, match=r"changes\.sqlite is damaged .*name another file"):
        await anext(client.invoices.changes(cursor=file))

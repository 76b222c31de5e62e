"""What is wrong with a database: told at once where it can't mend itself, and waited for where it may."""

from __future__ import annotations

import threading
from contextlib import contextmanager, suppress
from functools import partial
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from attrs import evolve

from b2brouter_async import ConfigurationError
from b2brouter_async._postgres import session as session_module
from b2brouter_async._postgres.session import DatabaseError, Session
from b2brouter_async._postgres.url import DatabaseURL
from b2brouter_async.bulk import JournalError, Ledger
from b2brouter_async.fleet import Outbox, migrate
from b2brouter_async.fleet.settled import Settled

from ..postgres import postgres_running
from .support import Look, journal_of, process, row

if TYPE_CHECKING:
    from collections.abc import Iterator

    from b2brouter_async._postgres.session import Steps

    from ..postgres import PostgresServer

pytestmark = pytest.mark.anyio
PATIENCE = 3.0
"""Seconds that are waited for where something is taken for what passes: then the error is another one."""


def asks(question: str = "SELECT 1") -> Steps[list[tuple[Any, ...]]]:
    rows = yield question.encode(), {}
    return rows


@contextmanager
def session(url: str, patience: float = PATIENCE) -> Iterator[Session]:
    made = Session(DatabaseURL(url), patience=patience)
    try:
        yield made
    finally:
        made.close()


@pytest.fixture
def connects(monkeypatch: pytest.MonkeyPatch) -> list[Settled]:
    """Whoever connects to wait for outcomes, each time: more than once is a wait."""
    made: list[Settled] = []

    def connect(self: Settled) -> Any:
        made.append(self)
        self.patience = PATIENCE
        return really(self)

    really = Settled._connect
    monkeypatch.setattr(Settled, "_connect", connect)
    return made


def name_of(database: str) -> str:
    return database.split("/")[3].split("?")[0]


@pytest.fixture
def guarded_server(mortal_postgres: PostgresServer) -> PostgresServer:
    """A server that asks for passwords."""
    with mortal_postgres.connect("postgres") as connection:
        connection.execute("CREATE ROLE ana LOGIN PASSWORD 'right'")
        connection.execute("CREATE ROLE guest NOLOGIN")
    rules = mortal_postgres.folder / "data" / "pg_hba.conf"
    rules.write_text("local all postgres trust\nlocal all ana scram-sha-256\nlocal all guest trust\n")
    with mortal_postgres.connect("postgres") as connection:
        connection.execute("SELECT pg_reload_conf()")
    mortal_postgres.restart()
    return mortal_postgres


def test_whoever_is_not_let_in_is_told_at_once_and_what_to_mend(guarded_server: PostgresServer) -> None:
    def told(url: str) -> DatabaseError:
        with session(url) as one, pytest.raises(DatabaseError) as raised:
            one.run_blocking(asks)
        assert not raised.value.away
        return raised.value

    wrong = guarded_server.url("postgres", "ana:wr0ng")
    unknown = guarded_server.url("postgres", "bob")
    for url, words in (
        (wrong, "user and password"),
        (unknown, "user and password"),
        (guarded_server.url("postgres", "guest"), "user and password"),
        (guarded_server.url("nowhere"), "database's name"),
    ):
        assert words in (told(url).way_out("b2brouter") or "")
        with pytest.raises(ConfigurationError, match=words) as raised:
            migrate(url)
        assert "wr0ng" not in str(raised.value)


async def test_a_password_that_is_changed_in_the_middle_of_a_run_is_told_at_once(
    guarded_server: PostgresServer,
) -> None:
    migrate(guarded_server.url("postgres"))
    with guarded_server.connect("postgres") as connection:
        connection.execute("GRANT ALL ON SCHEMA b2brouter TO ana")
        connection.execute("GRANT ALL ON ALL TABLES IN SCHEMA b2brouter TO ana")
    async with process(guarded_server.url("postgres", "ana:right"), patience=PATIENCE) as ledger:
        journal = await journal_of(ledger)
        with guarded_server.connect("postgres") as connection:
            connection.execute("ALTER ROLE ana PASSWORD 'another'")
            connection.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'ana'")
        with pytest.raises(JournalError, match="mend user and password"):
            await journal.claim(row())
        with guarded_server.connect("postgres") as connection:
            connection.execute("ALTER ROLE ana PASSWORD 'right'")
        assert (await journal.claim(row())).granted


async def test_rights_and_tables_that_are_missing_are_told_at_once(
    database: str, postgres_server: PostgresServer, connects: list[Settled]
) -> None:
    role = f"{name_of(database)}_web"
    with postgres_server.connect(name_of(database)) as connection:
        connection.execute(f"CREATE ROLE {role} LOGIN".encode())
    try:
        url = postgres_server.url(name_of(database), role)
        with pytest.raises(JournalError, match="grant this role what it needs on the schema b2brouter"):
            await Ledger.open(url, patience=PATIENCE)
        with pytest.raises(JournalError, match="grant this role what it needs on the schema b2brouter"):
            await Outbox(url, environment="sandbox", account=1).outcome(1)
        assert len(connects) == 1
    finally:
        with postgres_server.connect(name_of(database)) as connection:
            connection.execute(f"DROP ROLE {role}".encode())
    with pytest.raises(JournalError, match="no tables of ours in the schema elsewhere"):
        await Ledger.open(database, schema="elsewhere", patience=PATIENCE)
    with pytest.raises(JournalError, match="b2brouter migrate"):
        await Outbox(database, environment="sandbox", account=1, schema="elsewhere").outcome(1)
    assert len(connects) == 2


async def test_tables_that_vanish_in_the_middle_of_a_run_are_told_at_once(empty_database: str) -> None:
    migrate(empty_database)
    async with process(empty_database, patience=PATIENCE) as ledger:
        journal = await journal_of(ledger)
        Look(empty_database).rows("ALTER SCHEMA b2brouter RENAME TO moved")
        with pytest.raises(JournalError, match="b2brouter migrate"):
            await journal.claim(row())
        Look(empty_database).rows("ALTER SCHEMA moved RENAME TO b2brouter")


async def test_a_server_that_follows_another_one_is_told_at_once(mortal_postgres: PostgresServer) -> None:
    url = mortal_postgres.url("postgres")
    migrate(url)
    mortal_postgres.stop()
    (mortal_postgres.folder / "data" / "standby.signal").touch()
    mortal_postgres.start()
    with pytest.raises(JournalError, match="name the server that leads"):
        await Ledger.open(url, patience=PATIENCE)
    with session(url) as one, pytest.raises(DatabaseError) as raised:
        one.run_blocking(asks)
    assert not raised.value.away
    with pytest.raises(ConfigurationError, match="name the server that leads"):
        migrate(url, schema="another")


def test_of_several_servers_the_one_that_leads_is_taken(
    mortal_postgres: PostgresServer, postgres_server: PostgresServer
) -> None:
    mortal_postgres.stop()
    (mortal_postgres.folder / "data" / "standby.signal").touch()
    mortal_postgres.start()
    url = f"postgresql://postgres@/postgres?host={mortal_postgres.folder},{postgres_server.folder}"
    with session(url) as one:
        assert one.run_blocking(lambda: asks("SELECT pg_is_in_recovery()")) == [(False,)]


def test_a_server_that_is_too_old_is_told_at_once(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(psycopg.ConnectionInfo, "server_version", 110022)
    with session(database) as one, pytest.raises(DatabaseError, match="PostgreSQL 11"):
        one.run_blocking(asks)
    with pytest.raises(ConfigurationError, match="PostgreSQL 11"):
        migrate(database)


def test_a_server_that_has_no_place_for_another_connection_is_waited_for() -> None:
    with postgres_running(max_connections="4", superuser_reserved_connections="0") as server:
        taken = [server.connect("postgres") for _ in range(3)]
        with suppress(psycopg.OperationalError):
            while True:
                taken.append(server.connect("postgres"))
        with session(server.url("postgres"), patience=0.0) as one, pytest.raises(DatabaseError) as raised:
            one.run_blocking(asks)
        assert raised.value.away
        with session(server.url("postgres"), patience=60.0) as one:
            answers: list[object] = []
            waits = threading.Thread(target=lambda: answers.append(one.run_blocking(asks)))
            waits.start()
            for connection in taken:
                connection.close()
            waits.join(30.0)
            assert answers == [[(1,)]]


@pytest.mark.parametrize(
    "state", ["08006", "25P03", "40P01", "53100", "53400", "55006", "55P03", "57014", "57P04"]
)
def test_what_may_pass_is_tried_again_until_it_has_passed(
    database: str, state: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(session_module, "_PAUSES", (0.0, 0.0))
    times: list[str] = []
    with session(database, patience=60.0) as one:
        assert one.run_blocking(partial(fails, state, times, 8)) == "done"
    assert len(times) == 9


@pytest.mark.parametrize(
    "state", ["0A000", "22023", "25006", "28P01", "3D000", "3F000", "42501", "42P01", "XX001"]
)
def test_what_does_not_pass_by_itself_is_told_at_once(database: str, state: str) -> None:
    times: list[str] = []
    with session(database, patience=PATIENCE) as one:
        with pytest.raises(DatabaseError, match=f"it is {state}") as raised:
            one.run_blocking(partial(fails, state, times, 99))
        assert not raised.value.away
        assert len(times) == 2  # with others, and alone
        assert one.run_blocking(asks) == [(1,)]


def fails(state: str, times: list[str], most: int) -> Steps[str]:
    """Fail so many times in the database itself."""
    times.append(state)
    if len(times) <= most:
        yield f"DO $$ BEGIN RAISE EXCEPTION 'it is {state}' USING ERRCODE = '{state}'; END $$".encode(), {}
    return "done"


async def test_a_row_that_somebody_has_locked_is_waited_for_and_the_lease_is_renewed_meanwhile(
    database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for head in ("_HEAD", "_HEAD_WITH_TIMELINE"):
        monkeypatch.setattr(session_module, head, getattr(session_module, head).replace(b"'3s'", b"'50ms'"))
    failed = 0
    due: list[float] = []

    def spoil(self: Session, *args: Any, **named: Any) -> None:
        nonlocal failed
        failed += 1
        due.append(ledger.holder.due)
        ledger.holder.due = 0.0
        if failed == 3:  # together with others, alone, and once more
            meddler.rollback()
        really(self, *args, **named)

    async with process(database, patience=60.0) as ledger:
        journal = await journal_of(ledger)
        claim = await journal.claim(row())
        with psycopg.connect(database) as meddler:
            meddler.execute("SELECT FROM b2brouter.documents FOR UPDATE")
            really = Session._spoil
            monkeypatch.setattr(Session, "_spoil", spoil)
            outcome = row(kind="created", invoice_id=5).outcome
            await journal.record(evolve(claim.row, stage="done", outcome=outcome))
    assert failed == 3
    assert due[-1] > 0.0  # it was beaten since
    assert Look(database).one("SELECT stage FROM b2brouter.documents") == "done"


async def test_a_row_of_a_newer_version_is_told_to_whoever_waits_for_it(
    database: str, connects: list[Settled]
) -> None:
    look = Look(database)
    document = look.add(b"<a/>", "a" * 64)
    look.rows("UPDATE b2brouter.documents SET kind = 'unheard_of'")
    async with Outbox(database, environment="sandbox", account=1) as outbox:
        with pytest.raises(JournalError, match="unheard_of"):
            await outbox.look([document])
        with pytest.raises(JournalError, match="unheard_of"):
            await outbox.outcome(document, timeout=20.0)
        assert len(connects) == 2
        look.rows("UPDATE b2brouter.documents SET kind = 'created', stage = 'done', settled = now()")
        assert (await outbox.outcome(document, timeout=20.0)).kind == "created"  # the thread lives

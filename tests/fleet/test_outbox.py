"""The outbox: a document is in the ledger if the application's transaction was committed, whichever library made it."""

from __future__ import annotations

import contextlib
import datetime
import hashlib
import subprocess
import sys
import threading
from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING, Any

import anyio
import asyncpg
import psycopg
import pytest
import sqlalchemy
import sqlalchemy.ext.asyncio
import sqlalchemy.orm

from b2brouter_async import ArgumentError, ConfigurationError
from b2brouter_async.bulk import Ledger, Outcome
from b2brouter_async.fleet import DocumentKeys, Outbox, Reference
from b2brouter_async.fleet.contents import fetched
from b2brouter_async.models import InvoiceContactInput, InvoiceInput, InvoiceLineInput
from b2brouter_async.resources.waiting import WaitTimeout
from examples.sample_invoices import ubl_invoice
from tests.robustness.cancelling import cancelled_at, tasks_alive

from .support import Look, journal_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

pytestmark = [pytest.mark.anyio, pytest.mark.nightly]
DOCUMENT = ubl_invoice(number="F-1")
ORDERS = "CREATE TABLE IF NOT EXISTS orders (id integer PRIMARY KEY, document bigint)"
INSERT = "INSERT INTO orders (id) VALUES (1)"

on_asyncio = pytest.mark.parametrize("anyio_backend", ["asyncio"])


def outbox_of(database: str, **options: Any) -> Outbox:
    return Outbox(database, **{"environment": "sandbox", "account": 1234, **options})


def invoice(number: str = "F-1", **more: Any) -> InvoiceInput:
    return InvoiceInput(
        type="IssuedInvoice",
        number=number,
        date=datetime.date(2026, 3, 31),
        contact=InvoiceContactInput(name="Ana", tin_value="ESB00000018", country="es"),
        invoice_lines_attributes=[InvoiceLineInput(quantity=1, price=Decimal("10.50"), description="Gasket")],
        **more,
    )


@pytest.fixture
def look(database: str) -> Look:
    look = Look(database)
    look.rows(ORDERS)
    return look


def settle(look: Look, document: int, kind: str = "created", **known: Any) -> None:
    sets = "".join(f", {name} = %({name})s" for name in known)
    look.rows(
        f"UPDATE b2brouter.documents SET stage = 'done', kind = %(kind)s, settled = clock_timestamp(){sets} WHERE id = %(id)s",
        kind=kind,
        id=document,
        **known,
    )


@on_asyncio
async def test_adding_that_is_cancelled_at_any_step_leaves_order_and_document_together_or_neither(
    database: str, look: Look
) -> None:
    outbox, cut, at = outbox_of(database), True, 1

    async def order(at: int) -> None:
        async with (
            await psycopg.AsyncConnection.connect(database) as connection,
            connection.transaction(),
        ):
            await connection.execute("INSERT INTO orders (id) VALUES (%s)", [at])
            added = await outbox.add(ubl_invoice(number=f"F-{at}"), connection=connection, name=f"order {at}")
            await connection.execute("UPDATE orders SET document = %s WHERE id = %s", [added, at])

    alive = tasks_alive()
    while cut:
        cut = await cancelled_at(at, partial(order, at))
        assert tasks_alive() == alive, f"a task is left after a cancellation at step {at}"
        assert look.rows("SELECT document FROM orders ORDER BY id") == look.rows(
            "SELECT id FROM b2brouter.documents ORDER BY id"
        )
        at += 1
    assert look.one("SELECT count(*) FROM orders") >= 1
    assert at > 3


async def test_waiting_for_an_outcome_that_is_cancelled_at_any_step_harms_no_later_wait(
    database: str, look: Look
) -> None:
    cut, at = True, 1
    async with outbox_of(database) as outbox:
        with psycopg.connect(database) as connection:
            number = outbox.add_sync(DOCUMENT, connection=connection)
        settle(look, number)
        alive = tasks_alive()
        while cut:
            cut = await cancelled_at(at, partial(outbox.outcome, number, timeout=60))
            assert tasks_alive() == alive, f"a task is left after a cancellation at step {at}"
            at += 1
        assert (await outbox.outcome(number, timeout=60)).kind == "created"
    assert at > 2


class Backend:
    """One library: opens a transaction, runs SQL in it, commits or raises."""

    def __init__(self, name: str, database: str) -> None:
        self.name = name
        self.database = database

    @contextlib.asynccontextmanager
    async def transaction(self) -> AsyncIterator[tuple[Any, Callable[[str], Any]]]:
        if self.name == "psycopg":
            async with await psycopg.AsyncConnection.connect(self.database) as connection:
                yield connection, connection.execute
        elif self.name == "psycopg, autocommit":
            opened = await psycopg.AsyncConnection.connect(
                self.database, autocommit=True, row_factory=psycopg.rows.dict_row
            )
            async with opened as named, named.transaction():
                yield named, named.execute
        elif self.name == "asyncpg":
            plain = await asyncpg.connect(self.database)
            try:
                async with plain.transaction():
                    yield plain, plain.execute
            finally:
                await plain.close()
        elif self.name == "asyncpg, pool":
            async with (
                asyncpg.create_pool(self.database, min_size=1, max_size=1) as pool,
                pool.acquire() as lent,
                lent.transaction(),
            ):
                yield lent, lent.execute
        else:
            driver = "asyncpg" if "asyncpg" in self.name else "psycopg"
            engine = sqlalchemy.ext.asyncio.create_async_engine(
                self.database.replace("postgresql://", f"postgresql+{driver}://")
            )
            try:
                if "session" in self.name:
                    async with sqlalchemy.ext.asyncio.AsyncSession(engine) as session, session.begin():
                        yield session, lambda text: session.execute(sqlalchemy.text(text))
                else:
                    async with engine.begin() as begun:
                        yield begun, lambda text: begun.execute(sqlalchemy.text(text))
            finally:
                await engine.dispose()


BACKENDS = [
    "psycopg",
    "psycopg, autocommit",
    "asyncpg",
    "asyncpg, pool",
    "sqlalchemy over asyncpg",
    "sqlalchemy over psycopg",
    "sqlalchemy session over asyncpg",
    "sqlalchemy session over psycopg",
]


@on_asyncio
@pytest.mark.parametrize("name", BACKENDS)
class TestAsync:
    async def test_a_document_comes_with_the_order_and_not_without_it(
        self, name: str, database: str, look: Look
    ) -> None:
        backend, outbox = Backend(name, database), outbox_of(database)

        class Abort(Exception):
            pass

        with contextlib.suppress(Abort):
            async with backend.transaction() as (connection, execute):
                await execute(INSERT)
                await outbox.add(DOCUMENT, connection=connection)
                raise Abort
        assert look.one("SELECT count(*) FROM b2brouter.documents") == 0
        async with backend.transaction() as (connection, execute):
            await execute(INSERT)
            document = await outbox.add(DOCUMENT, connection=connection, name="order 1")
            assert look.one("SELECT count(*) FROM b2brouter.documents") == 0, (
                "nothing is there before the commit"
            )
        assert look.rows("SELECT document, account, environment, source, stage FROM b2brouter.outcomes") == [
            (document, "1234", "sandbox", "order 1", "open")
        ]
        assert look.one("SELECT count(*) FROM orders") == 1

    async def test_an_invoice_is_kept_as_it_was_given(self, name: str, database: str, look: Look) -> None:
        outbox = outbox_of(database)
        async with Backend(name, database).transaction() as (connection, _):
            document = await outbox.add(
                invoice(series_code="A"), connection=connection, total=Decimal("12.705")
            )
        assert look.rows(
            "SELECT number, series, year, send, options FROM b2brouter.documents WHERE id = %(id)s",
            id=document,
        ) == [("F-1", "A", 2026, True, {"total": "12.705"})]


class TestSync:
    def test_psycopg(self, database: str, look: Look) -> None:
        outbox = outbox_of(database)
        with psycopg.connect(database) as connection:
            connection.execute(INSERT)
            outbox.add_sync(DOCUMENT, connection=connection)
            connection.rollback()
        assert look.one("SELECT count(*) FROM b2brouter.documents") == 0
        with psycopg.connect(database, autocommit=True) as connection, connection.transaction():
            document = outbox.add_sync(invoice(), connection=connection)
        assert look.one("SELECT document FROM b2brouter.outcomes") == document

    def test_sqlalchemy(self, database: str, look: Look) -> None:
        outbox = outbox_of(database)
        engine = sqlalchemy.create_engine(database.replace("postgresql://", "postgresql+psycopg://"))
        with sqlalchemy.orm.Session(engine) as session:
            outbox.add_sync(DOCUMENT, connection=session)
            session.rollback()
            outbox.add_sync(invoice(), connection=session)
            session.commit()
        with engine.begin() as connection:
            outbox.add_sync(invoice("F-2"), connection=connection)
        assert look.one("SELECT count(*) FROM b2brouter.documents") == 2
        engine.dispose()

    def test_django(self, database: str, look: Look) -> None:
        # Django's settings hold for a process, so it gets one of its own.
        program = f"""
import django
from django.conf import settings
from psycopg.conninfo import conninfo_to_dict
parts = conninfo_to_dict({database!r})
settings.configure(DATABASES={{"default": {{"ENGINE": "django.db.backends.postgresql", "NAME": parts["dbname"],
    "USER": parts["user"], "HOST": parts["host"]}}}})
django.setup()
from django.db import connection, transaction
from b2brouter_async import ArgumentError
from b2brouter_async.fleet import Outbox
from tests.fleet.test_outbox import invoice
outbox = Outbox({database!r}, environment="sandbox", account=1234)
try:
    outbox.add_sync(invoice(), connection=connection)
except ArgumentError as error:
    assert "transaction.atomic" in str(error), error
else:
    raise AssertionError("it is in no transaction")
try:
    with transaction.atomic():
        outbox.add_sync(invoice("F-1"), connection=connection)
        raise ZeroDivisionError
except ZeroDivisionError:
    pass
with transaction.atomic():
    print(outbox.add_sync(invoice("F-2"), connection=connection))
with transaction.atomic(), connection.cursor():
    print(outbox.add_sync(invoice("F-3"), connection=connection))
"""
        done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        added = look.rows("SELECT document, number FROM b2brouter.outcomes ORDER BY 1")
        assert [number for _, number in added] == ["F-2", "F-3"]
        assert done.stdout.split() == [str(document) for document, _ in added]


class TestConnections:
    @on_asyncio
    async def test_a_connection_in_no_transaction_is_refused(self, database: str, look: Look) -> None:
        outbox = outbox_of(database)
        plain = await asyncpg.connect(database)
        alone = await psycopg.AsyncConnection.connect(database, autocommit=True)
        engine = sqlalchemy.ext.asyncio.create_async_engine(
            database.replace("postgresql://", "postgresql+asyncpg://"), isolation_level="AUTOCOMMIT"
        )
        async with engine.connect() as third, alone:
            for connection in (plain, alone, third):
                with pytest.raises(ArgumentError, match="in no transaction"):
                    await outbox.add(DOCUMENT, connection=connection)
        await plain.close()
        await engine.dispose()
        with psycopg.connect(database, autocommit=True) as blocking:
            with pytest.raises(ArgumentError, match="in no transaction"):
                outbox.add_sync(DOCUMENT, connection=blocking)
            with pytest.raises(ArgumentError, match="add_sync"):
                await outbox.add(DOCUMENT, connection=blocking)
        assert look.one("SELECT count(*) FROM b2brouter.documents") == 0

    async def test_what_is_no_connection_is_told(self, database: str) -> None:
        outbox = outbox_of(database)
        for wrong in (None, "postgresql://", object(), outbox):
            with pytest.raises(ArgumentError, match="connection"):
                await outbox.add(DOCUMENT, connection=wrong)
            with pytest.raises(ArgumentError, match="connection"):
                outbox.add_sync(DOCUMENT, connection=wrong)

    def test_a_role_without_rights_on_the_tables_may_add_and_do_nothing_else(
        self, database: str, look: Look
    ) -> None:
        role = f"web_{look.one('SELECT current_database()')}"
        look.rows(f"CREATE ROLE {role} LOGIN")
        look.rows(f"GRANT USAGE ON SCHEMA b2brouter TO {role}")
        url = database.replace("postgres@", f"{role}@")
        outbox = outbox_of(url)
        with psycopg.connect(url) as connection:
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                outbox.add_sync(DOCUMENT, connection=connection)
            connection.rollback()
            look.rows(f"GRANT EXECUTE ON FUNCTION b2brouter.add TO {role}")
            # Whatever it puts into its search path, the function means ours.
            connection.execute("CREATE TEMPORARY TABLE documents (id bigint)")
            connection.execute("SET search_path = pg_temp, public")
            document = outbox.add_sync(DOCUMENT, connection=connection)
            connection.commit()
            for statement in (
                "SELECT * FROM b2brouter.documents",
                "DELETE FROM b2brouter.contents",
                f"SELECT b2brouter.wake({document})",
            ):
                with pytest.raises(psycopg.errors.InsufficientPrivilege):
                    connection.execute(statement)
                connection.rollback()
        assert look.one("SELECT document FROM b2brouter.outcomes") == document
        look.rows(f"DROP OWNED BY {role}")
        look.rows(f"DROP ROLE {role}")


class _Unwanted(Exception):
    """What an application raises to be rid of a savepoint."""


class TestAdding:
    def add(self, database: str, document: Any, outbox: Outbox | None = None, **options: Any) -> int:
        with psycopg.connect(database) as connection:
            return (outbox or outbox_of(database)).add_sync(document, connection=connection, **options)

    def test_the_same_document_has_one_id_in_an_account_and_direction(
        self, database: str, look: Look
    ) -> None:
        first = self.add(database, DOCUMENT)
        assert self.add(database, bytearray(DOCUMENT)) == first
        assert self.add(database, DOCUMENT, account=7) != first
        assert self.add(database, DOCUMENT, received=True) != first
        assert self.add(database, DOCUMENT, outbox_of(database, base_url="http://127.0.0.1:1")) != first
        in_order = invoice().to_dict()
        other_order = dict(reversed(in_order.items()))
        assert self.add(database, in_order) == self.add(database, other_order) != first
        with pytest.raises(psycopg.errors.InvalidParameterValue, match="send"):
            self.add(database, DOCUMENT, send=False)

    def test_two_at_the_same_time_get_the_same(self, database: str, look: Look) -> None:
        outbox = outbox_of(database)
        with psycopg.connect(database) as one, psycopg.connect(database) as other:
            first = outbox.add_sync(DOCUMENT, connection=one)
            look.rows("ALTER FUNCTION b2brouter.add SET lock_timeout = '10ms'")
            with pytest.raises(psycopg.errors.LockNotAvailable):
                outbox.add_sync(DOCUMENT, connection=other)
            other.rollback()
            one.commit()
            assert outbox.add_sync(DOCUMENT, connection=other) == first

    def test_a_savepoint_that_is_rolled_back_takes_its_document_with_it_and_no_other(
        self, database: str, look: Look
    ) -> None:
        outbox = outbox_of(database)
        with psycopg.connect(database) as connection:
            kept = outbox.add_sync(DOCUMENT, connection=connection)
            with contextlib.suppress(_Unwanted), connection.transaction():
                gone = outbox.add_sync(ubl_invoice(number="S-1"), connection=connection)
                raise _Unwanted
            again = outbox.add_sync(ubl_invoice(number="S-1"), connection=connection)
        assert look.rows("SELECT id FROM b2brouter.documents ORDER BY id") == [(kept,), (again,)]
        assert gone not in (kept, again)

    @on_asyncio
    async def test_savepoints_of_other_libraries_do_the_same(self, database: str, look: Look) -> None:
        outbox = outbox_of(database)
        plain = await asyncpg.connect(database)
        async with plain.transaction():
            with contextlib.suppress(_Unwanted):
                async with plain.transaction():
                    await outbox.add(DOCUMENT, connection=plain)
                    raise _Unwanted
        await plain.close()
        engine = sqlalchemy.ext.asyncio.create_async_engine(
            database.replace("postgresql://", "postgresql+psycopg://")
        )
        async with engine.begin() as connection:
            with contextlib.suppress(_Unwanted):
                async with connection.begin_nested():
                    await outbox.add(DOCUMENT, connection=connection)
                    raise _Unwanted
        await engine.dispose()
        assert look.one("SELECT count(*) FROM b2brouter.documents") == 0

    @pytest.mark.parametrize("level", ["REPEATABLE_READ", "SERIALIZABLE"])
    def test_a_transaction_that_can_t_see_the_other_s_document_fails_and_finds_it_when_it_is_repeated(
        self, database: str, look: Look, level: str
    ) -> None:
        outbox = outbox_of(database)
        with psycopg.connect(database) as connection:
            connection.isolation_level = psycopg.IsolationLevel[level]
            connection.execute("SELECT 1 FROM b2brouter.journals")  # it sees what there was by now
            first = self.add(database, DOCUMENT)
            with pytest.raises(psycopg.errors.SerializationFailure):
                outbox.add_sync(DOCUMENT, connection=connection)
            connection.rollback()
            assert outbox.add_sync(DOCUMENT, connection=connection) == first
        assert look.one("SELECT count(*) FROM b2brouter.documents") == 1

    def test_what_is_settled_stays_and_what_was_invalid_is_tried_anew(
        self, database: str, look: Look
    ) -> None:
        document = self.add(database, DOCUMENT)
        settle(look, document, "created", invoice_id=5)
        look.rows("DELETE FROM b2brouter.contents")
        assert self.add(database, DOCUMENT) == document
        assert look.one("SELECT count(*) FROM b2brouter.contents") == 0
        settle(look, document, "invalid")
        assert self.add(database, DOCUMENT, self_billed=True) == document
        assert look.rows("SELECT stage, kind, options, settled FROM b2brouter.documents") == [
            ("open", "unknown", {"self_billed": True}, None)
        ]
        assert look.one("SELECT count(*) FROM b2brouter.contents") == 1

    def test_a_file_is_read_when_it_is_added(self, database: str, look: Look, tmp_path: Path) -> None:
        path = tmp_path / "F-1.xml"
        path.write_bytes(DOCUMENT)
        self.add(database, path)
        assert look.rows("SELECT source, sha256 FROM b2brouter.documents") == [
            ("F-1.xml", hashlib.sha256(DOCUMENT).hexdigest())
        ]

    async def test_a_reference_is_hashed_once(self, database: str, look: Look) -> None:
        fetched: list[str] = []

        async def fetch(name: str) -> bytes:
            fetched.append(name)
            return DOCUMENT

        sha256 = hashlib.sha256(DOCUMENT).hexdigest()
        with psycopg.connect(database) as connection:
            with pytest.raises(ArgumentError, match="sha256"):
                outbox_of(database).add_sync(Reference("s3://bucket/F-1"), connection=connection)
            outbox_of(database).add_sync(Reference("s3://bucket/F-1", sha256), connection=connection)
        hashed = await outbox_of(database, fetch=fetch)._hashed(Reference("s3://bucket/F-1"))
        assert (hashed.sha256, fetched) == (sha256, ["s3://bucket/F-1"])
        assert look.rows("SELECT kind, reference, body FROM b2brouter.contents") == [
            ("reference", "s3://bucket/F-1", None)
        ]

    @pytest.mark.parametrize(
        "wrong",
        [
            "F-1.xml",
            b"",
            None,
            5,
            b"x" * 101,
            {"nummer": "F-1"},
            {"number": " "},
            {"date": "2026-03-31"},
            {"number": "F-1", "total": 1.5},
            Reference("x", "A" * 64),
        ],
    )
    def test_what_can_not_be_sent_is_refused_before_it_is_added(
        self, database: str, look: Look, wrong: Any
    ) -> None:
        with pytest.raises(ArgumentError):
            self.add(database, wrong, outbox_of(database, max_bytes=100))
        assert look.one("SELECT count(*) FROM b2brouter.documents") == 0

    def test_names_that_the_database_can_not_hold_are_spelled_out(self, database: str, look: Look) -> None:
        self.add(database, DOCUMENT, name="a\0b\udce4")
        assert look.one("SELECT source FROM b2brouter.documents") == "a\\x00b\\udce4"

    def test_what_is_missing_is_said(self, database: str) -> None:
        with pytest.raises(ConfigurationError, match="environment"):
            Outbox(database)
        with pytest.raises(ConfigurationError, match="sandbx"):
            Outbox(database, environment="sandbx")  # type: ignore[arg-type]
        with pytest.raises(ArgumentError, match="account"):
            self.add(database, DOCUMENT, Outbox(database, environment="sandbox"))
        assert "secret" not in repr(Outbox("postgresql://me:secret@host/x", environment="sandbox"))

    async def test_a_journal_says_where_documents_go(self, database: str, look: Look) -> None:
        async with await Ledger.open(database) as ledger:
            outbox = Outbox(await journal_of(ledger))
            with psycopg.connect(database) as connection:
                outbox.add_sync(DOCUMENT, connection=connection)
            assert Outbox(ledger, environment="staging").environment == "staging"
        assert look.rows("SELECT host, environment, account FROM b2brouter.outcomes") == [
            ("https://api.example", "sandbox", "1234")
        ]


class TestEncryption:
    def test_nothing_of_a_document_lies_open(self, database: str, look: Look) -> None:
        new, old = DocumentKeys.generate(), DocumentKeys.generate()
        outbox = outbox_of(database, keys=DocumentKeys([old]))
        with psycopg.connect(database) as connection:
            outbox.add_sync(invoice(), connection=connection)
        ((body, how),) = look.rows("SELECT body, encryption FROM b2brouter.contents")
        assert how == "fernet"
        both = DocumentKeys(f"{new}, {old}")
        import zlib

        assert b"Gasket" in zlib.decompress(both.decrypt(body))
        assert not both.is_newest(body)
        turned = both.rotate(body)
        assert DocumentKeys(new).is_newest(turned)
        with pytest.raises(ConfigurationError, match="another key"):
            DocumentKeys(new).decrypt(body)
        assert new not in repr(both)

    @pytest.mark.parametrize("wrong", ["", "short", ["ok", None], [], "a" * 44])
    def test_what_is_no_key_is_refused_and_not_shown(self, wrong: Any) -> None:
        with pytest.raises(ConfigurationError) as caught:
            DocumentKeys(wrong)
        assert "short" not in str(caught.value)


class TestOutcomes:
    async def added(self, database: str, outbox: Outbox, count: int = 1, **options: Any) -> list[int]:
        def add() -> list[int]:
            with psycopg.connect(database) as connection:
                return [
                    outbox.add_sync(invoice(f"F-{number}"), connection=connection, **options)
                    for number in range(count)
                ]

        return await anyio.to_thread.run_sync(add)

    async def test_many_are_told_as_soon_as_it_is_known(
        self, database: str, look: Look, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        # Told by the notification: a look without one would come too late.
        monkeypatch.setattr("b2brouter_async.fleet.settled._POLL", 600.0)
        seen: dict[int, Outcome] = {}
        async with outbox_of(database) as outbox:
            documents = await self.added(database, outbox, 30)

            async def wait(document: int) -> None:
                seen[document] = await outbox.outcome(document)

            with anyio.fail_after(30):
                async with anyio.create_task_group() as tasks:
                    for document in documents:
                        tasks.start_soon(wait, document)
                    await anyio.sleep(0.2)
                    for document in documents:
                        settle(look, document, invoice_id=document + 1000)
        assert {document: outcome.invoice_id for document, outcome in seen.items()} == {
            document: document + 1000 for document in documents
        }

    @pytest.mark.parametrize("wrong", ["17", "abc", True, None, 1.5])
    async def test_what_is_no_number_is_told(self, database: str, wrong: Any) -> None:
        outbox = outbox_of(database)
        with pytest.raises(ArgumentError, match="no number of a document"):
            await outbox.look([wrong])
        with pytest.raises(ArgumentError, match="no number of a document"):
            await outbox.outcome(wrong)
        for number in (0, -1, 2**63, 10**30):
            assert await outbox.look([number]) == {}

    async def test_one_that_was_settled_before_is_told_at_once(self, database: str, look: Look) -> None:
        async with outbox_of(database) as outbox:
            (document,) = await self.added(database, outbox)
            settle(look, document, "refused", code="parameter_blank")
            with anyio.fail_after(30):
                outcome = await outbox.outcome(document)
        assert (outcome.kind, outcome.code) == ("refused", "parameter_blank")

    async def test_a_wait_ends_in_time_and_says_how_far_it_is(self, database: str, look: Look) -> None:
        async with outbox_of(database) as outbox:
            (document,) = await self.added(database, outbox)
            with pytest.raises(WaitTimeout, match="under way"):
                await outbox.outcome(document, timeout=0.1)
            with pytest.raises(ArgumentError, match="no document"):
                await outbox.outcome(document + 1, timeout=30)
            with pytest.raises(ArgumentError, match="timeout"):
                await outbox.outcome(document, timeout=0)
            known = await outbox.look([document, document + 1])
            assert {number: outcome.kind for number, outcome in known.items()} == {document: "unknown"}

    async def test_connections_that_are_cut_cost_nothing(
        self, database: str, look: Look, postgres_server: Any
    ) -> None:
        name = look.one("SELECT current_database()")
        async with outbox_of(database) as outbox:
            (document,) = await self.added(database, outbox)
            async with anyio.create_task_group() as tasks:

                async def wait() -> None:
                    assert (await outbox.outcome(document)).kind == "created"

                tasks.start_soon(wait)
                while not await anyio.to_thread.run_sync(postgres_server.cut, name):  # noqa: ASYNC110
                    await anyio.sleep(0.01)
                settle(look, document)

    async def test_who_waits_hears_that_it_was_closed(self, database: str, look: Look) -> None:
        outbox = outbox_of(database)
        (document,) = await self.added(database, outbox)
        with anyio.fail_after(30):
            async with anyio.create_task_group() as tasks:

                async def wait() -> None:
                    with pytest.raises(Exception, match="closed"):
                        await outbox.outcome(document)

                tasks.start_soon(wait)
                await anyio.sleep(0.1)
                outbox.close()

    async def test_a_callback_hears_of_each_at_least_once_and_again_where_it_failed(
        self, database: str, look: Look
    ) -> None:
        outbox = outbox_of(database)
        documents = await self.added(database, outbox, 3, tell=True)
        told: list[tuple[int, str]] = []

        async def hear(document: int, outcome: Outcome) -> None:
            told.append((document, outcome.kind))
            if len(told) == 1:
                raise ValueError("the order is locked")

        assert await outbox.tell(hear) == 0
        for document in documents:
            settle(look, document)
        assert await outbox.tell(hear) == 3
        assert await outbox.tell(hear) == 0, "what failed is told later"
        assert look.one("SELECT due > clock_timestamp() + interval '40 seconds' FROM b2brouter.untold")
        look.rows("UPDATE b2brouter.untold SET due = clock_timestamp()")
        assert await outbox.tell(hear) == 1
        assert told[3] == told[0]
        assert look.one("SELECT count(*) FROM b2brouter.untold") == 0

        (document,) = await self.added(database, outbox_of(database, account=9), tell=True)
        heard = anyio.Event()

        def plain(number: int, outcome: Outcome) -> None:
            assert number == document
            anyio.from_thread.run_sync(heard.set)

        with anyio.fail_after(30):
            async with outbox.telling(plain):
                settle(look, document)
                await heard.wait()
        assert await outbox.tell(hear) == 0

    async def test_without_being_asked_nobody_is_told(self, database: str, look: Look) -> None:
        outbox = outbox_of(database)
        (document,) = await self.added(database, outbox)
        settle(look, document)
        assert look.one("SELECT count(*) FROM b2brouter.untold") == 0


class TestFetching:
    @pytest.mark.parametrize("wrong", [None, "text", 5])
    async def test_a_function_that_blocks_may_fetch_and_must_return_bytes(self, wrong: Any) -> None:
        threads: list[int] = []

        def read(name: str) -> bytes:
            threads.append(threading.get_ident())
            return name.encode()

        async def later(name: str) -> bytes:
            return name.encode()

        assert await fetched(read, "s3://bucket/F-1") == b"s3://bucket/F-1"
        assert threads != [threading.get_ident()], "the event loop is not kept waiting"
        assert await fetched(later, "F-1") == b"F-1"
        with pytest.raises(ArgumentError, match="must return bytes"):
            await fetched(lambda name: wrong, "F-1")

    def test_the_worker_takes_a_function_of_the_application(self) -> None:
        from b2brouter_async.cli.worker import _named

        named: object = _named("tests.fleet.test_outbox:invoice")
        assert named is invoice
        for name in (
            "invoice",
            "no.such:thing",
            "tests.fleet.test_outbox:missing",
            "tests.fleet.test_outbox:DOCUMENT",
        ):
            with pytest.raises(ConfigurationError, match="--fetch"):
                _named(name)

"""What nobody foresees: connections, documents, waits and callbacks of every other kind, each told or taken as it is meant."""

from __future__ import annotations

import contextlib
import datetime
import hashlib
import json
import logging
import pathlib
import zlib
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import anyio
import anyio.to_thread
import asyncpg
import psycopg
import pytest
import sqlalchemy
import sqlalchemy.ext.asyncio

from b2brouter_async import ArgumentError, AuthenticationError, ConfigurationError
from b2brouter_async._postgres.connecting import connect
from b2brouter_async._postgres.url import DatabaseURL
from b2brouter_async.bulk import JournalError, Ledger, Outcome
from b2brouter_async.bulk.journal.postgres.row import Kept
from b2brouter_async.bulk.prepare import Invalid
from b2brouter_async.cli import app as cli
from b2brouter_async.fleet import Deliverer, DocumentKeys, Filter, Outbox, Reference, Retention, Worker
from b2brouter_async.fleet.contents import content_of
from b2brouter_async.fleet.overview import Overview
from b2brouter_async.fleet.settled import Settled
from b2brouter_async.resources.waiting import WaitTimeout

from ..bulk.support import bench, document
from .support import Look, journal_of, process
from .test_deliver import add, deliverer
from .test_outbox import DOCUMENT, invoice, outbox_of, settle
from .test_uploads_together import about

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.anyio
on_asyncio = pytest.mark.parametrize("anyio_backend", ["asyncio"])
NOWHERE = "postgresql://127.0.0.1:1/x"


@pytest.mark.nightly
@on_asyncio
class TestConnections:
    async def test_what_an_application_has_asyncpg_make_of_json_changes_nothing(self, database: str) -> None:
        connection = await asyncpg.connect(database)
        await connection.set_type_codec("jsonb", encoder=json.dumps, decoder=json.loads, schema="pg_catalog")
        async with connection.transaction():
            await outbox_of(database).add(DOCUMENT, connection=connection, tell=True)
        await connection.close()
        assert Look(database).one("SELECT options FROM b2brouter.documents") == {"tell": True}

    async def test_options_that_were_quoted_twice_are_read_all_the_same(self, database: str) -> None:
        look = Look(database)
        texts = ('"{\\"verify_totals\\": true}"', '"no JSON"', "[1]", "null", '{"self_billed": true}')
        async with process(database) as ledger:
            read = []
            for at, options in enumerate(texts):
                number = look.add(b"x", str(at) * 64, options=options)
                entry = await ledger.do(lambda number=number: ledger.steps.entry(number))  # type: ignore[misc]
                assert entry is not None
                read.append(entry.options)
        assert read == [{"verify_totals": True}, {}, {}, {}, {"self_billed": True}]

    @pytest.mark.parametrize("kind", ["AsyncRawCursor", "AsyncClientCursor", "AsyncServerCursor"])
    async def test_whatever_cursors_a_connection_of_psycopg_makes(self, database: str, kind: str) -> None:
        async with await psycopg.AsyncConnection.connect(database) as connection:
            connection.cursor_factory = getattr(psycopg, kind)
            number = await outbox_of(database).add(DOCUMENT, connection=connection)
        with psycopg.connect(database) as blocking:
            blocking.cursor_factory = getattr(psycopg, kind.removeprefix("Async"))
            assert outbox_of(database).add_sync(DOCUMENT, connection=blocking) == number

    def test_a_savepoint_that_is_rolled_back_takes_its_document_along(
        self, database: str, anyio_backend: str
    ) -> None:
        outbox = outbox_of(database)
        with psycopg.connect(database) as connection:
            kept = outbox.add_sync(invoice("F-1"), connection=connection)
            with connection.transaction(force_rollback=True):
                outbox.add_sync(invoice("F-2"), connection=connection)
            with contextlib.suppress(psycopg.errors.DivisionByZero), connection.transaction():
                outbox.add_sync(invoice("F-3"), connection=connection)
                connection.execute("SELECT 1 / 0")
            again = outbox.add_sync(invoice("F-1"), connection=connection)
        assert again == kept
        assert Look(database).rows("SELECT id FROM b2brouter.documents") == [(kept,)]

    async def test_so_does_one_of_asyncpg_and_of_sqlalchemy(self, database: str, anyio_backend: str) -> None:
        outbox, kept = outbox_of(database), []
        # As behind a pooler, and with whatever the application has set for its own.
        plain = await asyncpg.connect(database, statement_cache_size=0)
        async with plain.transaction(isolation="serializable"):
            await plain.execute("SET LOCAL search_path = pg_temp")
            with contextlib.suppress(ZeroDivisionError):
                async with plain.transaction():
                    await outbox.add(invoice("F-1"), connection=plain)
                    raise ZeroDivisionError
            kept.append(await outbox.add(invoice("F-2"), connection=plain))
        await plain.close()
        engine = sqlalchemy.ext.asyncio.create_async_engine(
            database.replace("postgresql://", "postgresql+asyncpg://")
        )
        async with sqlalchemy.ext.asyncio.AsyncSession(engine) as session, session.begin():
            with contextlib.suppress(ZeroDivisionError):
                async with session.begin_nested():
                    await outbox.add(invoice("F-3"), connection=session)
                    raise ZeroDivisionError
            kept.append(await outbox.add(invoice("F-4"), connection=session))
        await engine.dispose()
        assert Look(database).rows("SELECT id FROM b2brouter.documents ORDER BY id") == [
            (number,) for number in kept
        ]

    def test_a_transaction_that_has_failed_takes_none(self, database: str, anyio_backend: str) -> None:
        with psycopg.connect(database) as connection:
            with pytest.raises(psycopg.errors.DivisionByZero):
                connection.execute("SELECT 1 / 0")
            with pytest.raises(psycopg.errors.InFailedSqlTransaction):
                outbox_of(database).add_sync(DOCUMENT, connection=connection)
            connection.rollback()
        assert Look(database).one("SELECT count(*) FROM b2brouter.documents") == 0

    def test_a_connection_to_a_database_of_another_kind_is_told(self, anyio_backend: str) -> None:
        engine = sqlalchemy.create_engine("sqlite://")
        with engine.connect() as connection, pytest.raises(ArgumentError, match="leads to sqlite"):
            outbox_of(NOWHERE).add_sync(DOCUMENT, connection=connection)
        engine.dispose()

    def test_a_host_that_vanished_without_a_word_keeps_nobody_for_hours(
        self, database: str, anyio_backend: str
    ) -> None:
        with connect(DatabaseURL(f"{database}&keepalives_idle=7")) as connection:
            parameters = connection.info.get_parameters()
        assert (parameters["tcp_user_timeout"], parameters["keepalives_count"]) == ("15000", "3")
        assert parameters["keepalives_idle"] == "7"


class TestArguments:
    @pytest.mark.parametrize(
        ("wrong", "argument", "words"),
        [
            ({"account": " 1234 "}, "account", "space around"),
            ({"account": True}, "account", "expected an id"),
            ({"account": 0}, "account", "above 0"),
            ({"account": "Acme SL"}, "account", "is no id"),
            ({"account": "test_0123456789"}, "account", "looks like a key"),
            ({"name": 17}, "name", "expected text"),
            ({"total": Decimal("NaN")}, "total", "not an amount"),
            ({"total": 1.5}, "total", "float"),
            ({"total": "12"}, "total", "expected Decimal"),
            ({"send": "no"}, "send", "True or False"),
            ({"received": True, "verify_totals": True}, "verify_totals", "issued invoices"),
            ({"send": False, "verify_totals": True}, "verify_totals", "send=True"),
        ],
    )
    def test_what_nobody_could_deliver_is_refused_before_anything_is_added(
        self, wrong: dict[str, Any], argument: str, words: str
    ) -> None:
        with pytest.raises(ArgumentError, match=words) as raised:
            outbox_of(NOWHERE).add_sync(DOCUMENT, connection=None, **wrong)
        assert raised.value.argument == argument
        assert "0123456789" not in str(raised.value)

    @pytest.mark.parametrize(
        ("changes", "words"),
        [
            ({"number": " F-1 "}, "spaces around"),
            ({"number": "F\udce4"}, "half a character"),
            ({"date": None}, "date"),
            ({"type": "ReceivedInvoice"}, "of type ReceivedInvoice"),
            ({"send_after_import": True}, "beside the invoice"),
        ],
    )
    def test_an_invoice_is_checked_as_for_sending_when_it_is_added(
        self, changes: dict[str, Any], words: str
    ) -> None:
        with pytest.raises(ArgumentError, match=words):
            outbox_of(NOWHERE).add_sync({**invoice().to_dict(), **changes}, connection=None)

    @pytest.mark.nightly
    async def test_a_journal_says_too_whether_documents_are_sent_and_which_way_they_go(
        self, database: str
    ) -> None:
        async with process(database) as ledger:
            outbox = Outbox(await journal_of(ledger, direction="received", send="no"))
            with psycopg.connect(database) as connection:
                outbox.add_sync(DOCUMENT, connection=connection)
                outbox.add_sync(invoice(), connection=connection, received=False, send=True)
        assert Look(database).rows(
            "SELECT j.direction, d.send FROM b2brouter.documents d JOIN b2brouter.journals j ON j.id = d.journal"
            " ORDER BY d.id"
        ) == [("received", False), ("issued", True)]

    @pytest.mark.parametrize("name", ["", None, 5, pathlib.Path("x")])
    def test_a_reference_has_a_name_that_whoever_fetches_is_given(self, name: Any) -> None:
        with pytest.raises(ArgumentError, match="name: expected the text"):
            outbox_of(NOWHERE).add_sync(Reference(name, "a" * 64), connection=None)

    def test_an_invoice_that_is_larger_than_whoever_delivers_reads_is_refused(self) -> None:
        with pytest.raises(ArgumentError, match="more than the 100 bytes"):
            outbox_of(NOWHERE, max_bytes=100).add_sync(invoice(), connection=None)

    def test_a_filter_takes_one_outcome_and_a_number_of_an_account_and_refuses_what_is_none(self) -> None:
        assert Filter(kinds="refused") == Filter(kinds=["refused"])
        assert Filter(account=1234) == Filter(account="1234")
        with pytest.raises(ArgumentError, match="kinds: 'refsed' is none of created"):
            Filter(kinds=["refsed"])

    def test_keys_may_stand_one_a_line(self) -> None:
        old, new = DocumentKeys.generate(), DocumentKeys.generate()
        for text in (f"{new}\n{old}\n", f" {new} ,\r\n{old}", f"{new} {old}"):
            keys = DocumentKeys(text)
            assert repr(keys) == "<DocumentKeys, 2 of them>"
            assert keys.is_newest(DocumentKeys(new).encrypt(b"x"))


class TestWaiting:
    async def test_whoever_has_a_timeout_hears_of_it_though_the_database_is_away(self) -> None:
        with pytest.raises(WaitTimeout, match="can't be read"):
            await outbox_of(NOWHERE).outcome(1, timeout=0.05)

    @pytest.mark.parametrize("moment", ["at once", "between two looks"])
    async def test_an_outbox_that_is_closed_while_its_database_is_away_leaves_nobody_waiting(
        self, moment: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        outbox, told = outbox_of(NOWHERE), []
        if moment == "between two looks":
            really = Settled._ends

            def ends(self: Settled) -> bool:
                self.close()
                return really(self)

            monkeypatch.setattr(Settled, "_ends", ends)

        async def wait() -> None:
            with pytest.raises(JournalError, match="closed"):
                await outbox.outcome(1)
            told.append(1)

        with anyio.fail_after(30):
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(wait)
                while not (outbox._settled._waiters or told):  # noqa: ASYNC110 - it tells nobody
                    await anyio.sleep(0.01)
                outbox.close()
        assert told == [1]

    async def test_what_an_application_raises_while_it_is_told_comes_out_as_it_is(self) -> None:
        with pytest.raises(ZeroDivisionError):
            async with outbox_of(NOWHERE).telling(lambda number, outcome: None):
                raise ZeroDivisionError

    async def test_a_row_of_a_newer_version_keeps_nobody_from_another_one(
        self, database: str, caplog: pytest.LogCaptureFixture
    ) -> None:
        look = Look(database)
        known: dict[int, str] = {}
        told: list[int] = []
        with psycopg.connect(database) as connection:
            numbers = [
                outbox_of(database).add_sync(invoice(f"F-{one}"), connection=connection, tell=True)
                for one in range(3)
            ]
        for number in numbers:
            settle(look, number)
        look.rows("UPDATE b2brouter.documents SET kind = 'unheard_of' WHERE id = %(id)s", id=numbers[1])

        async def wait(number: int) -> None:
            try:
                known[number] = (await outbox.outcome(number, timeout=30)).kind
            except JournalError as error:
                known[number] = str(error)

        async with outbox_of(database) as outbox:
            async with anyio.create_task_group() as tasks:
                for number in numbers:
                    tasks.start_soon(wait, number)
            assert await outbox.tell(lambda number, outcome: told.append(number)) == 2
        assert (known[numbers[0]], known[numbers[2]]) == ("created", "created")
        assert "unheard_of" in known[numbers[1]]
        assert sorted(told) == [numbers[0], numbers[2]]
        assert f"document {numbers[1]}: its outcome can't be told" in caplog.text
        assert look.rows("SELECT document FROM b2brouter.untold") == [(numbers[1],)]


@pytest.mark.nightly
@on_asyncio
class TestTelling:
    @pytest.mark.parametrize("when", ["under way", "settled", "settled and told"])
    async def test_whoever_asks_to_be_told_is_told_though_it_was_added_before(
        self, database: str, anyio_backend: str, when: str
    ) -> None:
        outbox, look = outbox_of(database), Look(database)
        told: list[int] = []

        def again(*, tell: bool) -> int:
            with psycopg.connect(database) as connection:
                return outbox.add_sync(DOCUMENT, connection=connection, tell=tell)

        number = again(tell=when == "settled and told")
        if when != "under way":
            settle(look, number)
        assert await outbox.tell(lambda number, outcome: told.append(number)) == (when == "settled and told")
        again(tell=False)
        assert await outbox.tell(lambda number, outcome: told.append(number)) == 0
        assert again(tell=True) == number
        if when == "under way":
            assert await outbox.tell(lambda number, outcome: told.append(number)) == 0
            settle(look, number)
        told.clear()
        assert await outbox.tell(lambda number, outcome: told.append(number)) == 1
        assert told == [number]
        assert look.one("SELECT options FROM b2brouter.documents") == {"tell": True}

    async def test_what_is_settled_in_the_moment_somebody_asks_to_be_told_is_told(
        self, database: str, anyio_backend: str
    ) -> None:
        outbox, look = outbox_of(database), Look(database)
        with psycopg.connect(database) as connection:
            number = outbox.add_sync(DOCUMENT, connection=connection)
        with psycopg.connect(database) as settles:
            settles.execute(
                "UPDATE b2brouter.documents SET stage = 'done', kind = 'created', settled = clock_timestamp()"
            )

            def add_again() -> None:
                with psycopg.connect(database, application_name="again") as connection:
                    outbox.add_sync(DOCUMENT, connection=connection, tell=True)

            async with anyio.create_task_group() as tasks:
                tasks.start_soon(anyio.to_thread.run_sync, add_again)
                waits = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'again' AND wait_event_type = 'Lock'"
                with anyio.fail_after(30):
                    while not await anyio.to_thread.run_sync(look.one, waits):  # noqa: ASYNC110 - it tells nobody
                        await anyio.sleep(0.01)
                await anyio.to_thread.run_sync(settles.commit)
        assert look.rows("SELECT document FROM b2brouter.untold") == [(number,)]


@pytest.mark.nightly
@on_asyncio
class TestDelivering:
    async def test_what_other_programs_have_put_there_is_judged_and_does_not_wait_for_ever(
        self, database: str, tmp_path: Path
    ) -> None:
        async with bench(tmp_path) as one, process(database) as ledger:
            deliver = deliverer(ledger, one).deliver
            for at, (content, options, words) in enumerate(
                [(b"{x", "{}", "no JSON"), (b"[1]", "{}", "neither"), (b"{}", '{"total": "x"}', "no amount")]
            ):
                number = Look(database).add(
                    content, str(at) * 64, kind="invoice", about=about(one), options=options
                )
                outcome = await deliver(number)
                assert (outcome.kind, words in (outcome.message or "")) == ("invalid", True), outcome
            assert one.accepted == {}

    async def test_what_holds_since_the_client_s_version_is_no_reason_to_claim_and_send(
        self, database: str, tmp_path: Path
    ) -> None:
        nameless = {**invoice().to_dict(), "contact": {"name": "Ana", "country": "es"}}
        async with bench(tmp_path) as one, process(database) as ledger:
            outbox = Outbox(
                database,
                environment="sandbox",
                base_url=one.client.base_url,
                account=one.simulator.account,
            )
            with psycopg.connect(database) as connection:
                number = outbox.add_sync(nameless, connection=connection)
            outcome = await deliverer(ledger, one).deliver(number)
        assert (outcome.kind, outcome.attempts) == ("invalid", 0)

    async def test_a_function_that_returns_no_client_is_told(self, database: str, tmp_path: Path) -> None:
        async with bench(tmp_path) as one, process(database) as ledger:
            number = add(database, one, document("D-1"))
            with pytest.raises(ConfigurationError, match="clients: it returned NoneType for account"):
                await deliverer(ledger, one, clients=lambda destination: None).deliver(number)
            assert Look(database).held == 0

    @pytest.mark.parametrize("kind", ["async", "plain"])
    async def test_a_callback_of_a_worker_that_fails_does_no_harm(
        self, database: str, tmp_path: Path, caplog: pytest.LogCaptureFixture, kind: str
    ) -> None:
        heard: list[int] = []

        def plain(number: int, outcome: Outcome) -> None:
            heard.append(number)
            raise ValueError("a name of the invoice")

        async def later(number: int, outcome: Outcome) -> None:
            plain(number, outcome)

        async with bench(tmp_path) as one, process(database) as ledger:
            number = add(database, one, document("D-1"))
            worker = Worker(database, one.client, settled=later if kind == "async" else plain)
            with caplog.at_level(logging.ERROR):
                await worker._deliver(ledger, deliverer(ledger, one), number)
        assert (heard, worker.delivered) == ([number], 1)
        assert "callback settled failed: ValueError" in caplog.text
        assert "a name of the invoice" not in caplog.text


@pytest.mark.nightly
@on_asyncio
class TestSteering:
    async def test_a_refused_key_while_the_database_is_away_ends_no_job_with_an_error(
        self, tmp_path: Path, anyio_backend: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        async def refused(self: Deliverer, document: int) -> Outcome:
            raise AuthenticationError(status=401)

        async def away(self: Worker, ledger: Ledger, document: int) -> int | None:
            raise JournalError("it is away")

        monkeypatch.setattr(Deliverer, "deliver", refused)
        monkeypatch.setattr(Worker, "_journal_of", away)
        async with bench(tmp_path) as one:
            worker = Worker(NOWHERE, one.client)
            await worker._deliver(None, Deliverer(None, one.client), 1)  # type: ignore[arg-type]
            assert worker._refused == {}

    def test_what_waits_for_its_final_state_is_on_the_server_and_not_tried_again(
        self, database: str, anyio_backend: str
    ) -> None:
        look = Look(database)
        number = look.add(b"<x/>", "a" * 64)
        look.rows("UPDATE b2brouter.documents SET stage = 'waiting', kind = 'created', invoice_id = 5")
        with pytest.raises(ArgumentError, match="on the server as invoice 5, and its final state"):
            Overview(database).retry(number)
        assert look.one("SELECT kind FROM b2brouter.documents") == "created"

    async def test_what_somebody_has_tried_again_just_now_keeps_its_document(self, database: str) -> None:
        look = Look(database)
        number = look.add(b"<x/>", hashlib.sha256(b"<x/>").hexdigest())
        settle(look, number, "refused")
        keep_nothing = Retention(documents=datetime.timedelta(), kinds=["refused"])
        async with await Ledger.open(database) as ledger:
            with psycopg.connect(database) as other:
                other.execute("SELECT FROM b2brouter.documents FOR UPDATE")  # as a retry does
                assert (await keep_nothing.purge(ledger)).documents == 0
            assert (await keep_nothing.purge(ledger)).documents == 1


@on_asyncio
class TestKept:
    """A document as it lies in the ledger, put there by whatever program."""

    async def test_what_unpacks_to_more_than_is_allowed_is_not_unpacked_whole(
        self, anyio_backend: str
    ) -> None:
        kept = Kept(kind="file", body=zlib.compress(b"0" * 100_000), compression="zlib")
        assert await content_of(kept, None, most=100) == b"0" * 101

    @pytest.mark.parametrize(
        ("kept", "words"),
        [
            (Kept(kind="file", body=b"x", encryption="rot13"), "encrypted in a way that this version doesn't know: rot13"),
            (Kept(kind="file", body=b"x", compression="lzw"), "compressed in a way that this version doesn't know: lzw"),
            (Kept(kind="file", body=b"<Invoice/>", compression="zlib"), "can't be decompressed"),
            (Kept(kind="reference", reference="s3://x"), "nothing was given to fetch it with"),
        ],
    )  # fmt: skip
    async def test_what_can_t_be_read_for_good_is_invalid(
        self, anyio_backend: str, kept: Kept, words: str
    ) -> None:
        with pytest.raises(Invalid, match=words):
            await content_of(kept, None, most=100, keys=DocumentKeys(DocumentKeys.generate()))

    async def test_what_needs_another_key_waits_for_it(self, anyio_backend: str) -> None:
        kept = Kept(
            kind="file", body=DocumentKeys(DocumentKeys.generate()).encrypt(b"x"), encryption="fernet"
        )
        for keys in (None, DocumentKeys(DocumentKeys.generate())):
            with pytest.raises(ConfigurationError, match="keys: "):
                await content_of(kept, None, most=100, keys=keys)


class TestCommandLine:
    """What would end in a traceback, or would do another thing than it says."""

    @pytest.mark.parametrize(
        ("arguments", "words"),
        [
            (["worker", "--database", NOWHERE, "--keep-documents", "99999999999"], "--keep-documents: 36,500 days at most"),
            (["worker", "--database", NOWHERE, "--keep-rows", "36501"], "--keep-rows: 36,500 days at most"),
            (["journal", NOWHERE, "purge", "--keep-rows", "36501"], "--keep-rows: 36,500 days at most"),
            (["worker", "--database", NOWHERE, "--lease", "inf"], "--lease: a number of seconds, from 1 to 86,400"),
            (["worker", "--database", NOWHERE, "--lease", "nan"], "--lease: a number of seconds, from 1 to 86,400"),
            (["worker", "--database", NOWHERE, "--lease", "0.9"], "--lease: a number of seconds, from 1 to 86,400"),
            (["worker", "--database", NOWHERE, "--fetch", "broken:x"], "--fetch: broken can't be imported: SyntaxError"),
            (["migrate", NOWHERE, "--after", "1"], "--after: this is for --sql"),
            (["migrate", "--sql", "--after", "99"], "--after: there is no version 99 here"),
        ],
    )  # fmt: skip
    def test_it_is_told_in_one_line(
        self,
        arguments: list[str],
        words: str,
        tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch,
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        (tmp_path / "broken.py").write_text("def (")
        monkeypatch.syspath_prepend(tmp_path)
        monkeypatch.setenv("B2BROUTER_API_KEY", "test_unusual")
        assert cli.run(arguments) == 2
        said = capsys.readouterr().err
        assert said.startswith(f"b2brouter: {words}")
        assert said.count("\n") == 1

    @pytest.mark.nightly
    def test_documents_are_found_by_words_that_the_database_can_not_hold(
        self, database: str, capsys: pytest.CaptureFixture[str]
    ) -> None:
        with psycopg.connect(database) as connection:
            outbox_of(database).add_sync(DOCUMENT, connection=connection, name="order \udcff\0")
        capsys.readouterr()
        for text, found in (("\udcff", True), ("\0", True), ("\udcfe", False)):
            assert cli.run(["journal", database, "--source", text, "--json"]) == 0
            assert ("order" in capsys.readouterr().out) == found
        assert cli.run(["journal", database, "stats", "--account", "\udcff"]) == 0

"""A worker delivers what the outbox has, exactly once, whatever the queue, the processes and the key do."""

from __future__ import annotations

import asyncio
import contextlib
import datetime
import os
import re
import threading
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import anyio
import psycopg
import pytest
from sniffio import current_async_library

from b2brouter_async import B2Brouter, ConfigurationError
from b2brouter_async.bulk import JournalError, Ledger, Patience
from b2brouter_async.bulk.journal.postgres.statements import statements
from b2brouter_async.cli import main
from b2brouter_async.fleet import (
    BlockingDeliverer,
    Deliverer,
    DocumentKeys,
    Outbox,
    Overview,
    Reference,
    Retention,
    Worker,
    WorkerSettings,
    due,
    engine,
    install_engine,
    migrate,
    sweep,
    sweeping,
    worker,
)
from b2brouter_async.limiter import PostgresTokenBucket, RedisTokenBucket, TokenBucket
from b2brouter_async.simulator import Fault, Key, Simulator
from examples.sample_invoices import ubl_invoice

from ..cli.conftest import COMMAND
from ..postgres import KeptDatabase
from .support import Look

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator

    from b2brouter_async.bulk import Outcome
    from b2brouter_async.limiter import RateLimiter
    from tests.postgres import PostgresServer

pytestmark = [pytest.mark.anyio, pytest.mark.parametrize("anyio_backend", ["asyncio"]), pytest.mark.nightly]
QUICK = WorkerSettings(concurrency=8, sweep=0.2, poll=0.2)
PATIENCE = Patience(visibility=0.05, deadline=5)


@pytest.fixture(scope="session")
def workers_database(postgres_server: PostgresServer) -> KeptDatabase:
    def make_tables(url: str) -> None:
        migrate(url)
        assert install_engine(url) == ["schema.sql"]

    return KeptDatabase(postgres_server, make_tables)


@pytest.fixture
def database(workers_database: KeptDatabase) -> Iterator[str]:
    with workers_database.lent() as url:
        yield url


class Bench:
    """A simulator, an outbox, and what workers need."""

    def __init__(self, database: str, simulator: Simulator, url: str) -> None:
        self.database, self.simulator, self.url = database, simulator, url
        self.look = Look(database)
        self.outbox = Outbox(database, environment="sandbox", base_url=url, account=simulator.account)

    def jobs(self, *statements: str) -> None:
        """Meddle with the engine's tables, whose triggers need the search path."""
        with psycopg.connect(
            self.database, autocommit=True, options="-c search_path=b2brouter_jobs"
        ) as connection:
            for statement in statements:
                connection.execute(statement.encode())

    def client(self, **options: Any) -> B2Brouter:
        settings = {"base_url": self.url, "requests_per_minute": 100_000, **options}
        return B2Brouter(settings.pop("api_key", self.simulator.api_key), **settings)

    def add(self, count: int, *, outbox: Outbox | None = None, first: int = 1, **options: Any) -> list[int]:
        with psycopg.connect(self.database) as connection:
            return [
                (outbox or self.outbox).add_sync(
                    ubl_invoice(number=f"F-{number}"),
                    connection=connection,
                    name=f"order {number}",
                    **options,
                )
                for number in range(first, first + count)
            ]

    @contextlib.asynccontextmanager
    async def working(self, client: B2Brouter | None = None, **options: Any) -> AsyncIterator[Worker]:
        options = {"settings": QUICK, "patience": PATIENCE, "name": "worker", **options}
        async with contextlib.AsyncExitStack() as stack:
            if client is None:
                client = await stack.enter_async_context(self.client())
            worker = Worker(self.database, client, **options)
            started = anyio.Event()
            async with anyio.create_task_group() as tasks:

                async def run() -> None:
                    await worker.run(started=started.set)

                tasks.start_soon(run)
                await started.wait()
                yield worker
                worker.stop()

    async def outcomes(self, documents: list[int]) -> list[Outcome]:
        with anyio.fail_after(60):
            return [await self.outbox.outcome(document) for document in documents]

    async def until(self, done: Callable[[], object]) -> None:
        with anyio.fail_after(30):
            while not await anyio.to_thread.run_sync(done):  # noqa: ASYNC110 - the database tells nobody
                await anyio.sleep(0.02)

    async def until_no_job(self) -> None:
        await self.until(lambda: not self.look.one("SELECT count(*) FROM b2brouter_jobs.procrastinate_jobs"))

    async def accepted(self) -> Counter[str]:
        async with self.client() as client:
            rows = client.account(self.simulator.account).invoices.list(type="IssuedInvoice")
            return Counter([str(row.number) async for row in rows])


@pytest.fixture
async def bench(anyio_backend: str, database: str) -> AsyncIterator[Bench]:
    simulator = Simulator(api_key="test_fleet", limit=None)
    async with simulator.serve() as url:
        bench = Bench(database, simulator, url)
        yield bench
        bench.outbox.close()


async def in_thread(function: Any, *arguments: Any, **options: Any) -> Any:
    return await anyio.to_thread.run_sync(lambda: function(*arguments, **options))


async def test_documents_go_out_once_and_their_outcomes_are_told(bench: Bench) -> None:
    async with bench.working():
        documents = await in_thread(bench.add, 30)
        outcomes = await bench.outcomes(documents)
    assert [outcome.kind for outcome in outcomes] == ["created"] * 30
    assert await bench.accepted() == dict.fromkeys([f"F-{number}" for number in range(1, 31)], 1)
    assert bench.look.one("SELECT count(*) FROM b2brouter_jobs.procrastinate_jobs") == 0, "no job is left"
    assert bench.look.held == 0


async def test_what_is_added_while_nobody_works_waits_for_the_worker(bench: Bench) -> None:
    documents = await in_thread(bench.add, 3)
    await in_thread(bench.add, 3)
    assert bench.look.one("SELECT count(*) FROM b2brouter_jobs.procrastinate_jobs") == 3, "one job a document"
    async with bench.working():
        await bench.outcomes(documents)


async def test_a_job_that_is_lost_is_found_by_the_sweep(bench: Bench) -> None:
    documents = await in_thread(bench.add, 3)
    bench.jobs("DELETE FROM procrastinate_jobs")
    bench.look.rows("UPDATE b2brouter.documents SET due = clock_timestamp()")
    async with bench.working():
        assert [one.kind for one in await bench.outcomes(documents)] == ["created"] * 3


async def test_a_job_of_a_dead_worker_is_cleared_away_and_its_document_delivered(bench: Bench) -> None:
    documents = await in_thread(bench.add, 2)
    bench.jobs("UPDATE procrastinate_jobs SET status = 'doing', worker_id = NULL")
    bench.look.rows("UPDATE b2brouter.documents SET due = clock_timestamp()")
    async with bench.working():
        assert [one.kind for one in await bench.outcomes(documents)] == ["created"] * 2
    assert bench.look.one("SELECT count(*) FROM b2brouter_jobs.procrastinate_jobs") == 0


async def test_a_job_stuck_with_a_live_worker_does_no_harm(bench: Bench) -> None:
    (document,) = await in_thread(bench.add, 1)
    async with bench.working():
        bench.jobs(
            "INSERT INTO procrastinate_jobs (queue_name, task_name, args, status, worker_id)"
            f" SELECT 'b2brouter', 'b2brouter.deliver', jsonb_build_object('document', {document}), 'doing',"
            " (SELECT max(id) FROM procrastinate_workers)"
        )
        await bench.outcomes([document])
        bench.look.rows("UPDATE b2brouter.documents SET settled = settled - interval '1 hour'")
        async with await Ledger.open(bench.database) as ledger:
            with anyio.fail_after(30):
                while bench.look.one("SELECT count(*) FROM b2brouter_jobs.procrastinate_jobs"):
                    await sweep(ledger)
                    await anyio.sleep(0.02)


async def test_documents_in_doubt_do_not_keep_the_others_waiting(bench: Bench) -> None:
    # Both places of the ordinary queue would be taken by looking for what was perhaps sent.
    doubtful = await in_thread(bench.add, 4)
    bench.jobs("DELETE FROM procrastinate_jobs")
    bench.look.rows(
        "UPDATE b2brouter.documents SET stage = 'sending', began = clock_timestamp(), due = clock_timestamp(),"
        " number = 'F-' || id"
    )
    settings = WorkerSettings(concurrency=2, doubts=2, sweep=0.1, poll=0.1)
    slow = Patience(visibility=600, deadline=600)
    async with bench.client() as client, bench.working(client, settings=settings, patience=slow) as worker:
        await bench.until(lambda: bench.look.held >= 2)
        ordinary = await in_thread(bench.add, 6, first=100)
        assert [one.kind for one in await bench.outcomes(ordinary)] == ["created"] * 6
        assert bench.look.one("SELECT count(*) FROM b2brouter.documents WHERE settled IS NULL") == len(
            doubtful
        )
        object.__setattr__(worker, "settings", WorkerSettings(grace=0))
        for engine in worker._engines:
            engine.shutdown_graceful_timeout = 0


async def test_a_reply_that_was_lost_is_looked_for(bench: Bench) -> None:
    bench.simulator.faults.add(Fault("reset_after", operation="POST /accounts/{}/invoices/import", times=3))
    async with bench.working():
        outcomes = await bench.outcomes(await in_thread(bench.add, 6))
    assert {outcome.kind for outcome in outcomes} <= {"created", "adopted"}
    assert set((await bench.accepted()).values()) == {1}


async def test_a_refused_key_sends_nothing_and_is_not_asked_about_again_and_again(bench: Bench) -> None:
    documents = await in_thread(bench.add, 20)
    asked = 0

    async def count(attempt: Any, following: Any) -> Any:
        nonlocal asked
        asked += 1
        return await following(attempt)

    settings = WorkerSettings(concurrency=1, sweep=0.1, poll=0.1)
    async with (
        bench.client(api_key="test_wrong", middleware=[count]) as client,
        bench.working(client, settings=settings),
    ):
        await bench.until_no_job()
    assert asked == 1
    assert bench.look.rows("SELECT DISTINCT stage, settled FROM b2brouter.documents") == [("open", None)]
    bench.look.rows("UPDATE b2brouter.documents SET due = clock_timestamp()")
    async with bench.working():
        assert [one.kind for one in await bench.outcomes(documents)] == ["created"] * 20


@pytest.mark.parametrize("status", ["401", "403"])
async def test_whoever_is_refused_is_left_alone_for_a_while(
    bench: Bench, status: str, caplog: pytest.LogCaptureFixture
) -> None:
    (document,) = await in_thread(bench.add, 1)
    bench.simulator.faults.add(Fault(status, operation="POST /accounts/{}/invoices/import"))
    async with bench.client() as client, await Ledger.open(bench.database) as ledger:
        one = Worker(bench.database, client)
        await one._deliver(ledger, Deliverer(ledger, client, patience=PATIENCE), document)
    assert len(one._refused) == 1
    assert "the key is refused" in caplog.text


async def test_each_place_has_its_own_number_of_documents_at_once(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun: dict[str, int] = {}

    async def engine(self: Worker, app: Any, queue: str, concurrency: int) -> None:
        begun[queue] = concurrency

    monkeypatch.setattr(Worker, "_engine", engine)
    async with bench.client() as client, anyio.create_task_group() as tasks:
        one = Worker(bench.database, client, settings=WorkerSettings(concurrency=5, doubts=3))
        tasks.start_soon(lambda: one.run(started=one.stop))
    assert begun == {"b2brouter": 5, "b2brouter_doubt": 3}


async def test_documents_of_a_refused_key_are_not_swept_before_those_of_others(bench: Bench) -> None:
    refused = await in_thread(bench.add, 3)
    other = Outbox(bench.database, environment="sandbox", base_url=bench.url, account=77)
    await in_thread(bench.add, 2, outbox=other, first=100)
    other.close()
    bench.jobs("DELETE FROM procrastinate_jobs")
    bench.look.rows("UPDATE b2brouter.documents SET due = clock_timestamp()")
    journal = bench.look.one("SELECT journal FROM b2brouter.documents WHERE id = %(id)s", id=refused[0])
    async with await Ledger.open(bench.database) as ledger:
        assert await sweep(ledger, leave=[journal]) == 2
        assert await sweep(ledger, leave=[journal]) == 0
        assert await sweep(ledger) == 3


async def test_a_worker_leaves_the_documents_of_a_key_alone_that_it_knows_to_be_refused(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = WorkerSettings(concurrency=1, sweep=0.05, poll=0.1)
    await in_thread(bench.add, 3)
    async with bench.client(api_key="test_wrong") as client, bench.working(client, settings=settings):
        await bench.until_no_job()
        # Due again at once, and yet no job is made of them.
        bench.look.rows("UPDATE b2brouter.documents SET due = clock_timestamp() - interval '1 hour'")
        sweeps = 0

        async def counted(*arguments: Any, **options: Any) -> int | None:
            nonlocal sweeps
            woken = await sweep(*arguments, **options)
            sweeps += 1
            return woken

        monkeypatch.setattr(worker, "sweep", counted)
        await bench.until(lambda: sweeps > 3)
        assert bench.look.one("SELECT count(*) FROM b2brouter_jobs.procrastinate_jobs") == 0
        hour = (
            "SELECT count(*) FROM b2brouter.documents WHERE due < clock_timestamp() - interval '50 minutes'"
        )
        assert bench.look.one(hour) == 3


async def test_more_than_one_look_takes_up_is_taken_up_at_once(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sweeping, "MOST", 2)
    monkeypatch.setattr(worker, "MOST", 2)
    documents = await in_thread(bench.add, 7)
    bench.jobs("DELETE FROM procrastinate_jobs")
    bench.look.rows("UPDATE b2brouter.documents SET due = clock_timestamp()")
    # The next sweep would be in an hour.
    async with bench.working(settings=WorkerSettings(sweep=3600.0, poll=0.1)):
        assert [one.kind for one in await bench.outcomes(documents)] == ["created"] * 7


async def test_encrypted_documents_and_references_are_delivered(bench: Bench, tmp_path: Path) -> None:
    keys = DocumentKeys(DocumentKeys.generate())
    sealed = Outbox(
        bench.database, environment="sandbox", base_url=bench.url, account=bench.simulator.account, keys=keys
    )
    (tmp_path / "x.xml").write_bytes(ubl_invoice(number="F-9"))

    async def fetch(name: str) -> bytes:
        return await anyio.Path(tmp_path / name).read_bytes()

    def refer() -> int:
        import hashlib

        reference = Reference("x.xml", hashlib.sha256((tmp_path / "x.xml").read_bytes()).hexdigest())
        with psycopg.connect(bench.database) as connection:
            return bench.outbox.add_sync(reference, connection=connection)

    documents = await in_thread(bench.add, 2, outbox=sealed)
    documents.append(await in_thread(refer))
    # Whoever has not the key lets them wait.
    async with bench.working(fetch=fetch):
        await bench.outcomes(documents[2:])
        await bench.until_no_job()
    assert bench.look.one("SELECT count(*) FROM b2brouter.documents WHERE stage = 'open'") == 2
    bench.look.rows("UPDATE b2brouter.documents SET due = clock_timestamp()")
    async with bench.working(keys=keys, fetch=fetch):
        assert [one.kind for one in await bench.outcomes(documents)] == ["created"] * 3


async def test_a_reference_whose_bytes_have_changed_is_not_sent(bench: Bench) -> None:
    async def fetch(name: str) -> bytes:
        return ubl_invoice(number="F-2")

    def refer() -> int:
        with psycopg.connect(bench.database) as connection:
            return bench.outbox.add_sync(Reference("x", "a" * 64), connection=connection)

    async with bench.working(fetch=fetch):
        (outcome,) = await bench.outcomes([await in_thread(refer)])
    assert (outcome.kind, "changed since" in (outcome.message or "")) == ("invalid", True)
    assert await bench.accepted() == {}


async def test_a_delivery_that_outlasts_the_grace_is_let_go_of_and_looked_for_by_the_next(
    bench: Bench,
) -> None:
    stalled = Fault("stall", operation="POST /accounts/{}/invoices/import", seconds=60.0, times=1)
    bench.simulator.faults.add(stalled)
    settings = WorkerSettings(concurrency=2, sweep=0.2, poll=0.2, grace=0.1)
    async with bench.working(settings=settings) as stopped:
        (document,) = await in_thread(bench.add, 1)
        await bench.until(lambda: bench.simulator.faults.struck)
    assert stopped.delivered == 0
    left = "SELECT stage, kind, holder, due <= clock_timestamp() FROM b2brouter.documents"
    assert bench.look.rows(left) == [("sending", "unknown", None, True)]
    async with bench.working():
        (outcome,) = await bench.outcomes([document])
    assert outcome.kind in ("created", "adopted")
    assert await bench.accepted() == {"F-1": 1}


async def test_two_workers_share_the_work(bench: Bench) -> None:
    async with bench.working(name="one"), bench.working(name="two"):
        outcomes = await bench.outcomes(await in_thread(bench.add, 40))
    assert {outcome.kind for outcome in outcomes} == {"created"}
    assert set((await bench.accepted()).values()) == {1}


async def test_connections_that_are_cut_cost_time_and_no_document(
    bench: Bench, postgres_server: PostgresServer
) -> None:
    if current_async_library() == "asyncio":
        # The engine's own tasks tell the loop of their connection's end, beside the error that ends the engine.
        asyncio.get_running_loop().set_exception_handler(lambda _loop, _context: None)
    name = bench.look.one("SELECT current_database()")
    async with bench.working():
        documents = await in_thread(bench.add, 20)
        await in_thread(postgres_server.cut, name)
        outcomes = await bench.outcomes(documents)
        await in_thread(postgres_server.cut, name)
        more = await bench.outcomes(await in_thread(bench.add, 5, first=100))
    assert {outcome.kind for outcome in (*outcomes, *more)} <= {"created", "adopted"}
    assert set((await bench.accepted()).values()) == {1}


async def test_a_worker_without_its_tables_says_what_to_run(bench: Bench, empty_database: str) -> None:
    async with bench.client() as client:
        with pytest.raises(ConfigurationError, match="migrate --worker"):
            await Worker(empty_database, client).run()
        await in_thread(migrate, empty_database)
        with pytest.raises(ConfigurationError, match=r"missing.*migrate --worker"):
            await Worker(empty_database, client).run()


class TestLimit:
    """Of workers by the command: what each would take by itself, the server would refuse the others."""

    @pytest.mark.parametrize(
        ("options", "kind"),
        [
            ([], PostgresTokenBucket),
            (["--share-limit", "--requests-per-minute", "300"], PostgresTokenBucket),
            (["--no-share-limit"], TokenBucket),
            (["--redis", "redis://127.0.0.1:1/0"], RedisTokenBucket),
        ],
    )
    def test_workers_share_it_through_their_database_unless_they_are_told_otherwise(
        self,
        database: str,
        anyio_backend: str,
        monkeypatch: pytest.MonkeyPatch,
        options: list[str],
        kind: type[RateLimiter],
    ) -> None:
        made: list[Any] = []

        async def run(self: Worker, *, started: Callable[[], object] | None = None) -> None:
            made.append(self.clients)

        monkeypatch.setattr(Worker, "run", run)
        monkeypatch.setenv("B2BROUTER_API_KEY", "test_fleet")
        with pytest.raises(SystemExit) as ended:
            main(["worker", "--database", database, *options])
        assert not ended.value.code
        (client,) = made
        assert type(client.limiter) is kind

    async def test_of_several_keys_each_has_its_own_and_sends_the_documents_of_the_accounts_that_it_sees(
        self, database: str, anyio_backend: str, tmp_path: Path
    ) -> None:
        simulator = Simulator(api_key="test_fleet", limit=None, keys=[Key("test_south", group="south")])
        (tmp_path / "keys.txt").write_text("north = test_fleet\nsouth = test_south\n", encoding="utf-8")
        async with simulator.serve() as url:
            bench = Bench(database, simulator, url)
            async with bench.client(api_key="test_south") as south:
                made = await south.accounts.create(
                    details={
                        "name": "South",
                        "tin_value": "ESB00000018",
                        "country": "es",
                        "address": "Example Street 1",
                        "city": "Example",
                        "postalcode": "00001",
                        "email": "south@example.com",
                    }
                )
                account = made.id
            assert str(account) != simulator.account
            theirs, nobodys = (
                Outbox(database, environment="sandbox", base_url=url, account=one) for one in (account, 99)
            )
            documents = [*await in_thread(bench.add, 2), *await in_thread(bench.add, 2, outbox=theirs)]
            (stays,) = await in_thread(bench.add, 1, outbox=nobodys)
            command = [*COMMAND, "worker", "--database", database, "--base-url", url]
            async with await anyio.open_process([*command, "--keys", str(tmp_path / "keys.txt")]) as process:
                outcomes = await bench.outcomes(documents)
                await bench.until_no_job()
                process.terminate()
                assert await process.wait() == 0
            for outbox in (bench.outbox, theirs, nobodys):
                outbox.close()
        assert [outcome.kind for outcome in outcomes] == ["created"] * 4
        look = Look(database)
        assert look.one("SELECT count(*) FROM b2brouter.limits") == 2
        assert look.rows("SELECT stage FROM b2brouter.documents WHERE id = %(id)s", id=stays) == [("open",)]

    def test_it_is_shared_in_one_way(
        self, database: str, anyio_backend: str, capsys: pytest.CaptureFixture[str]
    ) -> None:
        with pytest.raises(SystemExit) as ended:
            main(["worker", "--database", database, "--share-limit", "--redis", "redis://127.0.0.1:1/0"])
        assert ended.value.code == 2
        assert "--redis, --share-limit: one of them at a time" in capsys.readouterr().err


class TestEngine:
    def test_it_is_installed_once_and_brought_up(
        self, empty_database: str, anyio_backend: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        with pytest.raises(ConfigurationError, match="b2brouter migrate"):
            install_engine(empty_database)
        migrate(empty_database)
        assert install_engine(empty_database) == ["schema.sql"]
        assert install_engine(empty_database) == []
        look = Look(empty_database)
        look.rows("UPDATE b2brouter.about SET value = '3.3.9' WHERE name = 'procrastinate'")
        steps = engine._migrations_after("3.3.9")
        assert steps == sorted(steps)
        assert steps[0].startswith("03.04.00_01_pre")
        monkeypatch.setattr(engine, "_text", lambda *path: f'CREATE TABLE "{path[-1]}" (id integer)')
        assert install_engine(empty_database) == steps
        made = "SELECT count(*) FROM pg_tables WHERE schemaname = 'b2brouter_jobs' AND tablename = ANY(%(names)s)"
        assert look.one(made, names=steps) == len(steps)
        assert install_engine(empty_database) == []

    def test_what_is_printed_makes_the_same(
        self, empty_database: str, anyio_backend: str, capsys: pytest.CaptureFixture[str]
    ) -> None:
        with pytest.raises(SystemExit):
            main(["migrate", "--worker", "--sql"])
        with psycopg.connect(empty_database) as connection:
            connection.execute(capsys.readouterr().out.encode())
        assert install_engine(empty_database) == []
        with pytest.raises(SystemExit):
            main(["migrate", "--worker", empty_database])
        assert "nothing to do" in capsys.readouterr().out

    def test_many_may_install_it_at_once(self, empty_database: str, anyio_backend: str) -> None:
        migrate(empty_database)
        ran: list[list[str]] = []
        threads = [
            threading.Thread(target=lambda: ran.append(install_engine(empty_database))) for _ in range(4)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(ran) == [[], [], [], ["schema.sql"]]


class TestSweep:
    async def test_only_what_is_due_and_free_is_swept_and_not_again_at_once(self, bench: Bench) -> None:
        documents = await in_thread(bench.add, 4)
        async with await Ledger.open(bench.database) as ledger:
            assert await due(ledger) == [], "who was woken comes first"
            bench.look.rows("UPDATE b2brouter.documents SET due = clock_timestamp()")
            bench.look.rows(
                "UPDATE b2brouter.documents SET holder = %(holder)s WHERE id = %(id)s",
                holder=ledger.holder.id,
                id=documents[0],
            )
            bench.look.rows("DELETE FROM b2brouter.contents WHERE document = %(id)s", id=documents[1])
            bench.look.rows(
                "UPDATE b2brouter.documents SET stage = 'sending' WHERE id = %(id)s", id=documents[2]
            )
            assert [(one.id, one.in_doubt) for one in await due(ledger)] == [
                (documents[2], True),
                (documents[3], False),
            ]
            assert await due(ledger) == []

    async def test_what_a_dead_process_had_is_swept_and_what_a_living_one_has_is_not(
        self, bench: Bench
    ) -> None:
        dead, buried, living = await in_thread(bench.add, 3)
        for document, ends, grave in (
            (dead, "- interval '1 second'", "NULL"),
            (buried, "+ interval '1 hour'", "clock_timestamp()"),
            (living, "+ interval '1 hour'", "NULL"),
        ):
            bench.look.rows(
                "WITH h AS (INSERT INTO b2brouter.holders (name, lease, ends, buried)"
                f" VALUES ('x', 60, clock_timestamp() {ends}, {grave}) RETURNING id)"
                " UPDATE b2brouter.documents SET stage = 'sending', due = clock_timestamp(),"
                " holder = (SELECT id FROM h) WHERE id = %(id)s",
                id=document,
            )
        async with await Ledger.open(bench.database) as ledger:
            assert [one.id for one in await due(ledger)] == [dead, buried]

    async def test_what_is_due_for_longest_is_swept_first_however_far_it_has_come(self, bench: Bench) -> None:
        documents = await in_thread(bench.add, 7)
        stages = ("open", "sending", "draft", "dispatching", "waiting", "done", "open")
        for at, (document, stage) in enumerate(zip(documents, stages, strict=True)):
            bench.look.rows(
                "UPDATE b2brouter.documents SET stage = %(stage)s, due = clock_timestamp() - make_interval(mins => %(at)s)"
                " WHERE id = %(id)s",
                stage=stage,
                at=at,
                id=document,
            )
        async with await Ledger.open(bench.database) as ledger:
            assert [one.id for one in await due(ledger, most=2)] == [documents[6], documents[3]]
            assert [one.id for one in await due(ledger)] == [documents[2], documents[1], documents[0]]

    async def test_jobs_that_nobody_will_end_are_cleared_away_and_no_others(self, bench: Bench) -> None:
        documents = await in_thread(bench.add, 8)
        cases = (
            ("waits", "status = 'todo'", ""),
            ("runs", "status = 'doing', worker_id = {alive}", ""),
            ("runs, settled just now", "status = 'doing', worker_id = {alive}", "9 minutes"),
            ("of another", "status = 'doing', worker_id = {silent}, task_name = 'of another'", ""),
            ("stuck", "status = 'doing', worker_id = {alive}", "11 minutes"),
            ("of one that is silent", "status = 'doing', worker_id = {silent}", ""),
            ("of nobody", "status = 'doing', worker_id = NULL", ""),
            ("failed", "status = 'failed'", ""),
        )
        workers = {}
        for name, ago in (("alive", 10), ("silent", 70)):
            workers[name] = bench.look.one(
                "INSERT INTO b2brouter_jobs.procrastinate_workers (last_heartbeat)"
                " VALUES (clock_timestamp() - make_interval(secs => %(ago)s)) RETURNING id",
                ago=ago,
            )
        for document, (_, sets, settled) in zip(documents, cases, strict=True):
            bench.jobs(
                f"UPDATE procrastinate_jobs SET {sets.format(**workers)} WHERE args ->> 'document' = '{document}'"
            )
            if settled:
                bench.look.rows(
                    f"UPDATE b2brouter.documents SET settled = clock_timestamp() - interval '{settled}'"
                    " WHERE id = %(id)s",
                    id=document,
                )
        async with await Ledger.open(bench.database) as ledger:
            await sweep(ledger)
        left = bench.look.rows(
            "SELECT (args ->> 'document')::int FROM b2brouter_jobs.procrastinate_jobs ORDER BY id"
        )
        assert [cases[documents.index(document)][0] for (document,) in left] == [
            "waits", "runs", "runs, settled just now", "of another",
        ]  # fmt: skip

    async def test_one_sweeps_at_a_time(self, bench: Bench) -> None:
        async with await Ledger.open(bench.database) as ledger:
            with psycopg.connect(bench.database) as other:
                other.execute(
                    "SELECT pg_advisory_xact_lock(hashtextextended('b2brouter.sweep.b2brouter', 0))"
                )
                assert await sweep(ledger) is None
            assert await sweep(ledger) == 0


@pytest.mark.parametrize(
    ("kind", "action", "queue"),
    [
        ("refused", "retry", "b2brouter_doubt"),
        ("invalid", "retry", "b2brouter"),
        ("unknown", "release", "b2brouter"),
        ("in doubt", "release", "b2brouter_doubt"),
    ],
)
async def test_what_a_person_has_tried_again_wakes_a_worker_at_once(
    bench: Bench, kind: str, action: str, queue: str
) -> None:
    (document,) = await in_thread(bench.add, 1)
    bench.jobs("DELETE FROM procrastinate_jobs")
    if kind in ("refused", "invalid"):
        bench.look.rows(
            "UPDATE b2brouter.documents SET stage = 'done', kind = %(kind)s, settled = clock_timestamp()",
            kind=kind,
        )
    elif kind == "in doubt":
        bench.look.rows("UPDATE b2brouter.documents SET stage = 'sending'")
    overview = Overview(bench.database)
    await in_thread(overview.retry if action == "retry" else overview.release, document)
    jobs = "SELECT queue_name, args FROM b2brouter_jobs.procrastinate_jobs"
    assert bench.look.rows(jobs) == [(queue, {"document": document})]
    due_now = bench.look.one("SELECT due <= clock_timestamp() FROM b2brouter.documents")
    assert due_now == (action == "release"), "where the job is lost, the sweep finds it"


class TestBlocking:
    def test_many_threads_and_forks_deliver_through_one_loop_each(
        self, database: str, anyio_backend: str
    ) -> None:
        with anyio.from_thread.start_blocking_portal() as portal:
            simulator = Simulator(api_key="test_fleet", limit=None)
            with portal.wrap_async_context_manager(simulator.serve()) as url:
                bench = Bench(database, simulator, url)
                deliverer = BlockingDeliverer(database, bench.client, patience=PATIENCE)
                documents = bench.add(16)
                kinds: list[str] = []

                def deliver(document: int) -> None:
                    kinds.append(deliverer.deliver(document).kind)

                threads = [threading.Thread(target=deliver, args=[one]) for one in documents[:12]]
                for thread in threads:
                    thread.start()
                for thread in threads:
                    thread.join()
                assert kinds == ["created"] * 12
                assert bench.look.one("SELECT count(*) FROM b2brouter.holders WHERE buried IS NULL") == 1
                child = os.fork()
                if not child:
                    os._exit(
                        0 if [deliverer.deliver(one).kind for one in documents[12:]] == ["created"] * 4 else 1
                    )
                assert os.waitpid(child, 0)[1] == 0
                assert deliverer.deliver(documents[15]).repeated
                assert [one.id for one in deliverer.due()] == []
                deliverer.close()
                assert deliverer.deliver(documents[0]).repeated, "it opens again"
                deliverer.close()
                assert set(portal.call(bench.accepted).values()) == {1}


class TestRetention:
    async def test_bytes_go_first_then_rows_by_age_and_outcome(self, bench: Bench) -> None:
        documents = await in_thread(bench.add, 5)
        for document, kind, days in zip(
            documents,
            ("created", "created", "refused", "adopted", "created"),
            (40, 10, 40, 400, 400),
            strict=True,
        ):
            bench.look.rows(
                "UPDATE b2brouter.documents SET stage = 'done', kind = %(kind)s,"
                " settled = clock_timestamp() - make_interval(days => %(days)s) WHERE id = %(id)s",
                kind=kind,
                days=days,
                id=document,
            )
        bench.look.rows("INSERT INTO b2brouter.untold (document) VALUES (%(id)s)", id=documents[4])
        (unsettled,) = await in_thread(bench.add, 1, first=9)
        day = datetime.timedelta(days=1)
        async with await Ledger.open(bench.database) as ledger:
            purged = await Retention(documents=30 * day, rows=365 * day).purge(ledger)
            assert (purged.documents, purged.rows) == (3, 1)
            kept = "SELECT document FROM b2brouter.contents ORDER BY 1"
            assert [row[0] for row in bench.look.rows(kept)] == [documents[1], documents[2], unsettled]
            assert (
                bench.look.rows("SELECT id FROM b2brouter.documents WHERE id = %(id)s", id=documents[3]) == []
            )
            purged = await Retention(documents=0 * day, kinds=["refused"]).purge(ledger)
            assert purged.documents == 1
            assert await Retention().purge(ledger) == type(purged)()

    async def test_many_are_purged_and_those_of_one_day_too(
        self, bench: Bench, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("b2brouter_async.fleet.retention._AT_ONCE", 2)
        await in_thread(bench.add, 5)
        bench.look.rows(
            "UPDATE b2brouter.documents SET stage = 'done', kind = 'created', settled = clock_timestamp()"
        )
        none = datetime.timedelta()
        async with await Ledger.open(bench.database) as ledger:
            purged = await Retention(documents=none, rows=none).purge(ledger)
        assert (purged.documents, purged.rows) == (5, 5)

    async def test_a_worker_purges_what_it_was_told_to(self, bench: Bench) -> None:
        await in_thread(bench.add, 1)
        async with bench.working(retention=Retention(documents=datetime.timedelta())):
            # What is settled by then; the next time is in an hour.
            await bench.until_no_job()
        async with bench.working(retention=Retention(documents=datetime.timedelta())):
            await bench.until(lambda: not bench.look.one("SELECT count(*) FROM b2brouter.contents"))

    def test_settings_that_contradict_each_other_are_refused(self, anyio_backend: str) -> None:
        day = datetime.timedelta(days=1)
        for wrong in (
            {"documents": -day},
            {"documents": 2 * day, "rows": day},
            {"kinds": ["unknown"]},
            {"kinds": ["nonsense"]},
        ):
            with pytest.raises(ValueError, match=list(wrong)[-1]):
                Retention(**wrong)


GRANTS = """
GRANT USAGE ON SCHEMA b2brouter, b2brouter_jobs TO {role};
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA b2brouter, b2brouter_jobs TO {role};
GRANT USAGE ON ALL SEQUENCES IN SCHEMA b2brouter_jobs TO {role};
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA b2brouter, b2brouter_jobs TO {role};
"""
"""What docs/fleet.md says that a worker's role needs."""


@pytest.fixture
def role(bench: Bench) -> Iterator[str]:
    """A role that may do what a worker needs, and nothing else."""
    name = f"{bench.database.split('/')[3].split('?')[0]}_worker"
    with psycopg.connect(bench.database, autocommit=True) as connection:
        connection.execute(f"CREATE ROLE {name} LOGIN".encode())
        connection.execute(GRANTS.format(role=name).encode())
        yield name
        connection.execute(f"DROP OWNED BY {name}; DROP ROLE {name}".encode())


def test_the_docs_say_what_a_worker_s_role_is_granted(anyio_backend: str) -> None:
    page = (Path(__file__).parents[2] / "docs" / "fleet.md").read_text(encoding="utf-8")
    assert GRANTS.format(role="worker").strip() in page


async def test_a_role_with_what_the_docs_grant_delivers_and_each_right_that_is_missing_is_told_at_the_start(
    bench: Bench, role: str
) -> None:
    documents = bench.add(2)
    owner, bench.database = bench.database, bench.database.replace("postgres@", f"{role}@")
    async with bench.working():
        outcomes = await bench.outcomes(documents)
        await bench.until_no_job()
    assert [outcome.kind for outcome in outcomes] == ["created", "created"]
    for what, words in {
        "USAGE ON SCHEMA b2brouter_jobs": r"SELECT b2brouter_jobs\.procrastinate_",
        "UPDATE ON b2brouter.documents": r"UPDATE b2brouter\.documents",
        "DELETE ON b2brouter_jobs.procrastinate_jobs": r"DELETE b2brouter_jobs\.procrastinate_jobs",
        "EXECUTE ON FUNCTION b2brouter.clear_jobs()": r"EXECUTE b2brouter\.clear_jobs",
        "USAGE ON ALL SEQUENCES IN SCHEMA b2brouter_jobs": r"USAGE b2brouter_jobs\.procrastinate_",
    }.items():
        Look(owner).rows(f"REVOKE {what} FROM {role}")
        if "clear_jobs" in what:
            Look(owner).rows("REVOKE EXECUTE ON FUNCTION b2brouter.clear_jobs() FROM PUBLIC")
        async with bench.client() as client:
            with pytest.raises(ConfigurationError, match=words):
                await Worker(bench.database, client).run()
        Look(owner).rows(GRANTS.format(role=role))
    bench.database = owner


async def test_a_worker_needs_the_rights_that_are_looked_for_at_the_start_and_no_others(
    bench: Bench, role: str
) -> None:
    owner = Look(bench.database)
    owner.rows(f"REVOKE ALL ON ALL TABLES IN SCHEMA b2brouter, b2brouter_jobs FROM {role}")
    owner.rows(f"GRANT SELECT ON b2brouter.migrations TO {role}")  # whose absence the ledger tells
    looked_for = [
        (right, f"b2brouter{behind}.{table}")
        for behind, tables in engine._NEEDED.items()
        for table, rights in tables.items()
        for right in rights
    ]
    for right, table in looked_for:
        owner.rows(f"GRANT {right} ON {table} TO {role}")
    looked_for += [
        ("EXECUTE", "b2brouter.wake(bigint, boolean)"),
        ("EXECUTE", "b2brouter.clear_jobs()"),
        ("USAGE", "b2brouter_jobs.procrastinate_jobs_id_seq"),
    ]
    kinds = {"EXECUTE": "FUNCTION", "USAGE": "SEQUENCE"}
    owner.rows("REVOKE EXECUTE ON ALL FUNCTIONS IN SCHEMA b2brouter FROM PUBLIC")
    bench.simulator.faults.add(Fault("reset_after", operation="POST /accounts/{}/invoices/import", times=1))
    documents = bench.add(3)
    bench.database = bench.database.replace("postgres@", f"{role}@")
    async with bench.working():
        outcomes = await bench.outcomes(documents)
        await bench.until_no_job()
    assert {outcome.kind for outcome in outcomes} <= {"created", "adopted"}
    with psycopg.connect(bench.database, autocommit=True) as connection:
        for right, what in looked_for:
            owner.rows(f"REVOKE {right} ON {kinds.get(right, 'TABLE')} {what} FROM {role}")
            with pytest.raises(ConfigurationError) as raised:
                engine.check_rights(connection, "b2brouter")
            assert f"no right to {right} {what};" in str(raised.value)
            owner.rows(f"GRANT {right} ON {kinds.get(right, 'TABLE')} {what} TO {role}")
        engine.check_rights(connection, "b2brouter")


def test_every_right_that_a_statement_of_the_ledger_takes_is_looked_for(anyio_backend: str) -> None:
    taken: dict[str, set[str]] = {}
    for one in statements("b2brouter").values():
        text = one.decode()
        for right, verb in (("INSERT", "INSERT INTO"), ("UPDATE", "UPDATE"), ("DELETE", "DELETE FROM")):
            for table in re.findall(rf"{verb} b2brouter\.(\w+)", text):
                taken.setdefault(table, set()).add(right)
                if "DO UPDATE" in text:
                    taken[table].add("UPDATE")
        for table in re.findall(r"b2brouter\.(\w+)", text):
            taken.setdefault(table, set()).add("SELECT")
    assert taken == {table: {*rights} for table, rights in engine._NEEDED[""].items()}


async def test_behind_a_pooler_nothing_is_listened_for_nor_kept_by_a_connection(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Worker, "_check_engines_connection", lambda self, url: None)
    made: dict[str, Any] = {}

    def connector(**parts: Any) -> Any:
        made.update(parts["kwargs"])
        raise ZeroDivisionError

    monkeypatch.setattr("procrastinate.PsycopgConnector", connector)
    for pooled in (True, False):
        made.clear()
        async with bench.client() as client:
            with pytest.raises(ZeroDivisionError):
                await Worker(bench.database, client, settings=WorkerSettings(pooled=pooled)).run()
        assert (made.get("prepare_threshold", 5) is None) == pooled
        assert ("options" in made) != pooled

    listens: dict[bool, bool] = {}

    class Engine:
        def __init__(self, app: Any, *, listen_notify: bool, **settings: Any) -> None:
            listens[one.settings.pooled] = listen_notify
            one.stop()

        async def run(self) -> None: ...

    monkeypatch.setattr("procrastinate.worker.Worker", Engine)
    for pooled in (True, False):
        async with bench.client() as client:
            one = Worker(bench.database, client, settings=WorkerSettings(pooled=pooled))
            await one._engine(None, "queue", 1)
    assert listens == {True: False, False: True}


async def test_behind_a_pooler_a_role_that_does_not_find_the_engine_s_tables_is_told(bench: Bench) -> None:
    async with bench.client() as client:
        with pytest.raises(ConfigurationError, match="SET search_path = b2brouter_jobs"):
            await Worker(bench.database, client, settings=WorkerSettings(pooled=True)).run()


@pytest.mark.parametrize("pooler", ["refuses", "ignores"])
async def test_a_pooler_that_nobody_has_told_of_is_noticed_at_the_start(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, pooler: str
) -> None:
    def connect(*arguments: Any, options: str = "", **parts: Any) -> Any:
        if options and pooler == "refuses":
            raise psycopg.OperationalError("FATAL: unsupported startup parameter: options")
        return really(*arguments, **parts)

    really = psycopg.connect
    monkeypatch.setattr(psycopg, "connect", connect)
    async with bench.client() as client:
        with pytest.raises(ConfigurationError, match="--pooled"):
            await Worker(bench.database, client).run()
        # Whoever has said so already, and asks for options of another kind in the address.
        url = f"{bench.database}&options=-c%20statement_timeout%3D0"
        pooled = Worker(url, client, settings=WorkerSettings(pooled=True))
        error, words = (
            (JournalError, "unsupported startup")
            if pooler == "refuses"
            else (ConfigurationError, "search_path")
        )
        with pytest.raises(error, match=words):
            await pooled.run()


def test_the_command_says_in_one_line_why_a_worker_can_t_start(
    empty_database: str,
    anyio_backend: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("B2BROUTER_API_KEY", "test_fleet")
    for database, code, words in (
        (empty_database, 2, "make them with 'b2brouter migrate --worker'"),
        (f"{empty_database}nowhere", 1, "can't be reached"),
    ):
        with pytest.raises(SystemExit) as ended:
            main(["worker", "--database", database])
        assert ended.value.code == code
        said = capsys.readouterr().err
        assert words in " ".join(said.split())
        assert "Traceback" not in said

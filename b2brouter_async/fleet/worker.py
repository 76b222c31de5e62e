"""A worker: takes documents from the engine's queue and delivers them; a sweep finds what the queue forgot.

The ledger decides, and a job only wakes somebody up. So a job that is lost, repeated or finished by the wrong worker costs
time, and never a document.
"""

from __future__ import annotations

import contextlib
import logging
import time
from functools import partial
from inspect import isawaitable
from typing import TYPE_CHECKING, Any

import anyio
import anyio.to_thread
from attrs import define, field, frozen, validators

from .._core.backoff import Backoff
from .._keywords import tells_misspelt
from .._postgres.connecting import connect
from .._postgres.failures import passes, told
from .._postgres.schema import SCHEMA, quoted
from .._postgres.url import DatabaseURL, driver
from ..bulk.journal.errors import JournalError
from ..bulk.journal.postgres.ledger import Ledger
from ..errors import AuthenticationError, B2BrouterError, ConfigurationError, PermissionDeniedError
from .deliver import Deliverer
from .engine import DOUBT_QUEUE, QUEUE, TASK, check_engine, check_rights, engine_version, jobs_schema
from .sweeping import MOST, sweep

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from .._postgres.session import Steps
    from ..bulk.journal.postgres.holder import LeaseTimes
    from ..bulk.outcome import Outcome
    from ..bulk.settings import Patience
    from .contents import Fetch
    from .deliver import Clients
    from .encryption import DocumentKeys
    from .retention import Retention

_log = logging.getLogger("b2brouter_async.fleet")
_REFUSED_FOR = 60.0
"""Seconds for which no document of an account is tried after its key was refused."""
_GRACE = 20.0
"""Seconds for which deliveries may go on when the worker is stopped; then they are let go of."""
_RESTART = Backoff(first=1.0, longest=30.0)
_PURGE_EVERY = 3600.0
_FOUND = b"SELECT to_regclass('procrastinate_jobs')"
_LOOKS = 10
"""So many times the sweep looks again at once where it finds more than it takes up at a time."""


@tells_misspelt
@frozen(kw_only=True)
class WorkerSettings:
    """How a worker works. All times are in seconds.

    Example:
        worker = Worker("postgresql://…", client, settings=WorkerSettings(concurrency=16, sweep=5.0))
    """

    concurrency: int = field(default=8, validator=validators.ge(1))
    """How many documents it delivers at once."""
    doubts: int = field(default=4, validator=validators.ge(1))
    """How many of those that are perhaps on the server it looks for beside."""
    sweep: float = field(default=10.0, validator=validators.gt(0))
    """Between two looks for what the queue forgot. One worker of all looks at a time."""
    poll: float = field(default=5.0, validator=validators.gt(0))
    """Between two looks for jobs without a notification."""
    pooled: bool = False
    """Whether a pooler in transaction mode stands before the database. Then nothing is listened for, and the role's own
    search path must lead to the engine's schema: `ALTER ROLE worker SET search_path = b2brouter_jobs`."""
    grace: float = field(default=_GRACE, validator=validators.ge(0))
    """For which deliveries may go on when it is stopped."""


@tells_misspelt
@define(eq=False)
class Worker:
    """Delivers documents of a ledger until it is stopped. Runs on asyncio, as its engine does.

    Example:
        async def work() -> None:
            async with B2Brouter.from_env() as client:
                await Worker("postgresql://…", client).run()

    Args:
        database: its address, `postgresql://…`.
        clients: the client that documents are sent with, or a function that returns the one for a destination.
        settings: how it works.
        schema: where the tables are.
        fetch: returns documents that the application keeps itself.
        keys: what documents may be encrypted with.
        patience: how long to look for what is in doubt.
        times: how long a process that says nothing is taken for alive.
        name: what people see of it.
        retention: what is purged, once an hour.
        settled: called with the id and the outcome of each document that it has settled; async, or a function that doesn't
            block. What must not be missed is told by `Outbox.telling`.
    """

    database: DatabaseURL | str = field(repr=str)
    clients: Clients = field(repr=False)
    settings: WorkerSettings = field(factory=WorkerSettings, kw_only=True)
    schema: str = field(default=SCHEMA, kw_only=True)
    fetch: Fetch | None = field(default=None, kw_only=True, repr=False)
    keys: DocumentKeys | None = field(default=None, kw_only=True, repr=False)
    patience: Patience | None = field(default=None, kw_only=True)
    times: LeaseTimes | None = field(default=None, kw_only=True)
    name: str | None = field(default=None, kw_only=True)
    retention: Retention | None = field(default=None, kw_only=True)
    settled: Callable[[int, Outcome], Awaitable[object] | object] | None = field(
        default=None, kw_only=True, repr=False
    )
    delivered: int = field(default=0, init=False)
    """How many documents it has settled."""
    _stopping: anyio.Event = field(factory=anyio.Event, init=False, repr=False)
    _engines: list[Any] = field(factory=list[Any], init=False, repr=False)
    _refused: dict[int, float] = field(factory=dict[int, float], init=False, repr=False)

    async def run(self, *, started: Callable[[], object] | None = None) -> None:
        """Work until `stop` is called or the task is cancelled; deliveries that run get the grace.

        Example:
            async def work() -> None:
                async with B2Brouter.from_env() as client:
                    await Worker("postgresql://…", client).run()

        Args:
            started: called when documents are taken.

        Raises:
            ConfigurationError: the tables of the ledger or the engine are missing or old, or Procrastinate is not installed.
            JournalError: the database can't be reached at the start. Later it may be away for as long as it likes.
        """
        engine_version()  # before the driver: the extra that brings the engine brings that, too
        url = self.database if isinstance(self.database, DatabaseURL) else DatabaseURL(self.database)
        await anyio.to_thread.run_sync(self._check, url)
        async with await Ledger.open(url, schema=self.schema, times=self.times, name=self.name) as ledger:
            deliverer = Deliverer(
                ledger, self.clients, patience=self.patience, fetch=self.fetch, keys=self.keys
            )
            app = self._app(url, ledger, deliverer)
            async with app.open_async(), anyio.create_task_group() as tasks:
                tasks.start_soon(self._sweep, ledger)
                if self.retention is not None:
                    tasks.start_soon(self._purge, ledger, self.retention)
                try:
                    async with anyio.create_task_group() as engines:
                        engines.start_soon(self._stop_engines)
                        engines.start_soon(self._engine, app, QUEUE, self.settings.concurrency)
                        engines.start_soon(self._engine, app, DOUBT_QUEUE, self.settings.doubts)
                        if started is not None:
                            started()
                finally:
                    tasks.cancel_scope.cancel()

    def stop(self) -> None:
        """Take no more documents, and end when those under way are settled, or the grace is over.

        Example:
            worker = Worker("postgresql://…", client)
            worker.stop()
        """
        self._stopping.set()

    def _check(self, url: DatabaseURL) -> None:
        psycopg: Any = driver()
        try:
            with connect(url, application_name="b2brouter worker") as connection:
                check_engine(connection, self.schema)
                check_rights(connection, self.schema)
                self._check_engines_connection(url)
        except psycopg.errors.UndefinedTable:
            raise ConfigurationError(
                f"{url} has no tables of ours in the schema {self.schema}: make them with 'b2brouter migrate --worker'",
                argument="database",
            ) from None
        except psycopg.Error as error:
            how = "can't be reached" if passes(error) else "can't be used"
            raise JournalError(f"{url} {how}: {told(url, error, jobs_schema(self.schema))}") from None

    def _check_engines_connection(self, url: DatabaseURL) -> None:
        """Make sure that the engine can connect as it does, and finds its tables: it would try for half a minute."""
        psycopg: Any = driver()
        try:
            with psycopg.connect(**self._engines_parts(url)) as connection:
                found = connection.execute(_FOUND).fetchone() != (None,)
        except psycopg.Error as error:
            if "options" not in str(error):  # which a pooler refuses
                raise
            found = False
        if not found:
            raise ConfigurationError(
                "behind a pooler this role must find the engine's tables by itself: ALTER ROLE … SET search_path = "
                + jobs_schema(self.schema)
                if self.settings.pooled
                else "the engine can't set its search path, as behind a pooler like PgBouncer: start the worker with --pooled, or "
                "WorkerSettings(pooled=True)",
                argument="database",
            )

    def _engines_parts(self, url: DatabaseURL) -> dict[str, str]:
        """Return how the engine connects."""
        parts = url.reveal(connect_timeout="5", application_name="b2brouter worker")
        if not self.settings.pooled:
            # Nor are the engine's transactions what the database makes of them.
            settings = {
                "search_path": jobs_schema(self.schema),
                "default_transaction_isolation": "read\\ committed",
                "default_transaction_read_only": "off",
            }
            given = " ".join(f"-c {name}={value}" for name, value in settings.items())
            parts["options"] = f"{parts.get('options', '')} {given}".strip()
        return parts

    def _app(self, url: DatabaseURL, ledger: Ledger, deliverer: Deliverer) -> Any:
        from procrastinate import App, PsycopgConnector

        # A pool of its own: what deliveries do to the database must not keep the engine's heart from beating.
        connector = PsycopgConnector(
            conninfo="",
            kwargs={
                **self._engines_parts(url),
                **({"prepare_threshold": None} if self.settings.pooled else {}),
            },
            min_size=1,
            max_size=6,
            timeout=30,
        )
        app = App(connector=connector)

        @app.task(name=TASK, queue=QUEUE)
        async def deliver(document: int) -> None:  # pyright: ignore[reportUnusedFunction]  # the engine holds it
            await self._deliver(ledger, deliverer, document)

        return app

    async def _engine(self, app: Any, queue: str, concurrency: int) -> None:
        """Run the engine on one queue, and again where it ends by itself."""
        from procrastinate.worker import Worker as Engine

        failures = 0
        while not self._stopping.is_set():
            engine = Engine(
                app,
                queues=[queue],
                name=f"{self.name or 'b2brouter'}:{queue}",
                concurrency=concurrency,
                fetch_job_polling_interval=self.settings.poll,
                shutdown_graceful_timeout=self.settings.grace,
                listen_notify=not self.settings.pooled,
                # A job leaves three events, and says nothing that the ledger doesn't.
                delete_jobs="always",
                install_signal_handlers=False,
            )
            self._engines.append(engine)
            began = time.monotonic()
            try:
                # It ends by being told to, and not by being cancelled at each of its steps.
                with anyio.CancelScope(shield=True):
                    await engine.run()  # type: ignore[no-untyped-call]
            except Exception as error:
                _log.error("the engine ended, and begins anew: %s: %s", type(error).__name__, error)
            finally:
                self._engines.remove(engine)
            await anyio.lowlevel.checkpoint()
            failures = 1 if time.monotonic() - began > 60 else failures + 1
            with anyio.move_on_after(_RESTART.pause(failures)):
                await self._stopping.wait()

    async def _stop_engines(self) -> None:
        try:
            await self._stopping.wait()
        finally:
            self._stopping.set()
            for engine in self._engines:
                engine.stop()

    async def _deliver(self, ledger: Ledger, deliverer: Deliverer, document: int) -> None:
        """Deliver one document. Never raises: the ledger knows when it is due again."""
        try:
            journal = await self._journal_of(ledger, document) if self._refused else None
            if journal is not None and self._refused.get(journal, 0.0) > time.monotonic():
                return
            outcome = await deliverer.deliver(document)
        except (AuthenticationError, PermissionDeniedError) as error:
            with contextlib.suppress(JournalError):  # then the next document of the account says it again
                journal = await self._journal_of(ledger, document)
                if journal is not None:
                    self._refused[journal] = time.monotonic() + _REFUSED_FOR
            _log.error(
                "document %d: the key is refused; its account is left alone for a minute: %s", document, error
            )
        except B2BrouterError as error:
            _log.warning("document %d waits: %s", document, error)
        except Exception as error:
            # Without its words: whoever fetches documents may put anything into them.
            _log.error("document %d waits: %s", document, type(error).__name__)
        else:
            if outcome.kind != "unknown" and not outcome.repeated:
                self.delivered += 1
                _log.info("document %d: %s", document, outcome.kind)
                await self._tell(document, outcome)

    async def _tell(self, document: int, outcome: Outcome) -> None:
        if self.settled is None:
            return
        try:
            told = self.settled(document, outcome)
            if isawaitable(told):
                await told
        except Exception as error:
            # Without its words, which may hold what stands in the invoice.
            _log.error("document %d: the callback settled failed: %s", document, type(error).__name__)

    async def _journal_of(self, ledger: Ledger, document: int) -> int | None:
        return await ledger.do(partial(_journal, ledger.schema, document))

    async def _sweep(self, ledger: Ledger) -> None:
        while True:
            try:
                for _ in range(_LOOKS):
                    # What can't be sent now would only be woken to be dropped, before those that can.
                    now = time.monotonic()
                    refused = [journal for journal, until in self._refused.items() if until > now]
                    woken = await sweep(ledger, leave=refused)
                    if woken:
                        _log.info("%d documents were forgotten, and are taken up", woken)
                    if woken != MOST:
                        break
            except JournalError as error:
                _log.warning("the ledger can't be swept, and is tried again: %s", error)
            await anyio.sleep(self.settings.sweep)

    async def _purge(self, ledger: Ledger, retention: Retention) -> None:
        while True:
            try:
                await retention.purge(ledger)
            except JournalError as error:
                _log.warning("nothing is purged, and it is tried again: %s", error)
            await anyio.sleep(_PURGE_EVERY)


def _journal(schema: str, document: int) -> Steps[int | None]:
    question = f"SELECT journal FROM {quoted(schema)}.documents WHERE id = %(id)s"  # noqa: S608
    rows = yield question.encode(), {"id": document}
    return int(rows[0][0]) if rows else None

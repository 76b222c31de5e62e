"""One thread with one connection: what many tasks want is sent together and committed once.

A thread and not psycopg's own async: that runs on asyncio alone, costs several times as much for each document, and a
cancellation could tear a transaction from its answer.
"""

from __future__ import annotations

import contextlib
import math
import os
import queue
import socket
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import nullcontext
from functools import partial
from itertools import chain
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeAlias, TypeVar, cast

import anyio
import anyio.lowlevel
from attrs import define, field, frozen

from .connecting import connect
from .failures import passes, state_of, text_of, way_out
from .url import DatabaseURL, driver

if TYPE_CHECKING:
    import datetime

    import psycopg

T = TypeVar("T")

Statement: TypeAlias = tuple[bytes, Mapping[str, object]]
"""SQL and its values."""
Rows: TypeAlias = list[tuple[Any, ...]]
Steps: TypeAlias = Generator[Statement, Rows, T]
"""Something to be done in one transaction: it yields statements and is sent their rows. It may be begun several times,
so whatever it does must be the same when it is done twice: nobody knows whether a commit stands whose reply was lost."""

MOST_TOGETHER = 64
"""So many are committed together at most."""
_TRIES = 5
_GRACE = 10.0
"""Seconds that an answer may take beyond all patience: then the connection is cut."""
_PAUSES = (0.05, 1.0)
"""Seconds between attempts to connect: the first, the longest."""


_GONE = ("57P01", "57P02", "57P03")
"""The server goes, went, or isn't there yet."""


class DatabaseError(Exception):
    """What was asked of the database was not done, or nobody knows whether it was. The text holds no password."""

    def __init__(self, problem: str, *, away: bool = False, cause: Exception | None = None) -> None:
        """Say what went wrong.

        Args:
            problem: in words.
            away: whether the database didn't answer, so that it may later.
            cause: what the driver said; it may hold the password.
        """
        super().__init__(problem)
        self.problem = problem
        self.away = away
        self._cause = cause

    def way_out(self, schema: str) -> str | None:
        """Return what a person does about it; None where nothing is known."""
        return None if self._cause is None else way_out(self._cause, schema)


class BegunBeforeFork(DatabaseError):
    """A forked process has none of its parent's connections."""


@frozen
class Clock:
    """The database's clock, as it was last seen."""

    seen: datetime.datetime
    at: float
    """When, on this machine's clock."""


class Timer(Protocol):
    """Something that is to be done now and then, whoever else waits."""

    @property
    def due(self) -> float:
        """When next, on the clock of `running_time`."""
        ...

    def steps(self) -> Steps[Callable[[], None]]:
        """Do it, in a transaction of its own; what it returns is called when that was committed."""
        ...

    def failed(self) -> None:
        """Hear that it could not be done."""
        ...


def running_time() -> float:
    """Return seconds that never go back, and that pass also while the machine is suspended, where it can tell."""
    return _RUNNING() if _RUNNING is not None else time.monotonic()


_BOOTTIME: int | None = getattr(time, "CLOCK_BOOTTIME", None)
_RUNNING: Callable[[], float] | None = None if _BOOTTIME is None else partial(time.clock_gettime, _BOOTTIME)


@define(eq=False)
class _Job(Generic[T]):
    """Something to be done, and who waits for it."""

    make: Callable[[], Steps[T]]
    order: str
    """Jobs are done in the order of this, so that two processes don't wait for one another."""
    since: float = field(factory=time.monotonic)
    loop: object = None
    done: Callable[[], object] | None = None
    result: T | None = None
    error: BaseException | None = None

    def take(self) -> T:
        if self.error is not None:
            raise self.error
        return cast("T", self.result)


class Session:
    """Does what many tasks and threads ask, in one thread on one connection.

    Every transaction is READ COMMITTED and durable, whatever the database's own settings are, and ends by itself if this
    process is stopped in the middle of it. Nothing outlives a transaction, so a pooler that hands the connection to
    another after each is no matter. A connection that was lost is made again, for `patience` seconds; what doesn't mend
    itself, as a wrong password, is told at once.
    """

    def __init__(self, url: DatabaseURL, *, patience: float = 30.0, name: str = "b2brouter") -> None:
        """Prepare; nothing is connected before something is asked.

        Args:
            url: the database.
            patience: seconds that it may be away before what was asked fails.
            name: shown in the database's list of connections.
        """
        self.url = url
        self.patience = patience
        self.clock: Clock | None = None
        self.cpu_seconds: float = 0.0
        """Processor time of the thread, for benchmarks."""
        self.commits: int = 0
        self.server: str | None = None
        """Which server it is, and how often another one took over from it, as the last transaction saw it; None where it
        doesn't tell."""
        self.expected: str | None = None
        """A transaction on another server is not committed."""
        self.on_another_server: Callable[[], Steps[None]] | None = None
        """What is done about it, before anything else."""
        self._name = name
        self._psycopg: Any = driver()
        self._pid = os.getpid()
        self._jobs: queue.SimpleQueue[_Job[Any] | None] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None
        self._lock = threading.Lock()
        self._connection: psycopg.Connection[Any] | None = None
        self._cluster = ""
        self._tells_timeline = True
        self._timer: Timer | None = None
        self._closing = False
        self._closed = threading.Event()

    async def run(self, make: Callable[[], Steps[T]], *, order: str = "") -> T:
        """Have something done, and wait for it. A cancelled caller doesn't stop it.

        Args:
            make: begins it.
            order: what it is about; see `_Job`.

        Raises:
            DatabaseError: it was not done, or nobody knows.
        """
        await anyio.lowlevel.checkpoint_if_cancelled()
        event = anyio.Event()
        token = anyio.lowlevel.current_token()
        job: _Job[T] = _Job(make, order, loop=getattr(token, "native_token", token), done=event.set)
        self._submit(job)
        with anyio.move_on_after(self.patience + _GRACE):
            await event.wait()
            return job.take()
        self._cut()
        raise self._away("it doesn't answer")

    def run_blocking(self, make: Callable[[], Steps[T]], *, order: str = "") -> T:
        """Have something done, and wait for it in this thread, which is not the one of an event loop.

        Raises:
            DatabaseError: it was not done, or nobody knows.
        """
        event = threading.Event()
        job: _Job[T] = _Job(make, order, done=event.set)
        self._submit(job)
        if event.wait(self.patience + _GRACE):
            return job.take()
        self._cut()
        raise self._away("it doesn't answer")

    def post(self, make: Callable[[], Steps[Any]], *, order: str = "") -> None:
        """Have something done that nobody waits for. A plain function, so that no cancellation can get in between."""
        with contextlib.suppress(DatabaseError):
            self._submit(_Job(make, order))

    def every(self, timer: Timer | None) -> None:
        """Have something done whenever it is due, from now on."""
        self._timer = timer
        self.post(_nothing)  # the thread looks at it

    def close(self) -> None:
        """Do what was asked, then let go of the connection. Blocks; a second time does nothing."""
        if self._pid != os.getpid():
            return
        with self._lock:
            if not self._closing:
                self._closing = True
                self._jobs.put(None)
                if self._thread is None:
                    self._closed.set()
        if not self._closed.wait(self.patience + _GRACE):
            self._cut()

    def _submit(self, job: _Job[Any]) -> None:
        if self._pid != os.getpid():
            raise BegunBeforeFork(
                f"the connection to {self.url} was made before this process was forked; open it here once more"
            )
        with self._lock:
            if self._closing:
                raise DatabaseError(f"the connection to {self.url} was closed")
            self._jobs.put(job)
            if self._thread is None:
                self._thread = threading.Thread(target=self._work, name="b2brouter-postgres", daemon=True)
                self._thread.start()

    # From here on in the thread.

    def _work(self) -> None:
        try:
            while (batch := self._batch()) is not None:
                began = time.thread_time()
                self._tick()
                if batch:
                    self._do(batch)
                self.cpu_seconds += time.thread_time() - began
        finally:
            self._drop()
            self._closed.set()

    def _batch(self) -> list[_Job[Any]] | None:
        """Return what is to be done: all that has come. None at the end."""
        timer = self._timer
        wait = None if timer is None or timer.due == math.inf else max(0.0, timer.due - running_time())
        try:
            # Not for long: a suspended machine's timers stand still, and its lease doesn't.
            first = self._jobs.get(timeout=None if wait is None else min(wait, 1.0))
        except queue.Empty:
            return []
        if first is None:
            return None
        batch = [first]
        while len(batch) < MOST_TOGETHER:
            try:
                following = self._jobs.get_nowait()
            except queue.Empty:
                break
            if following is None:
                self._jobs.put(None)
                break
            batch.append(following)
        return batch

    def _tick(self) -> None:
        timer = self._timer
        if timer is None or running_time() < timer.due:
            return
        try:
            (done,) = self._transact([timer.steps], _TRIES)
            done()
        except (
            Exception
        ) as error:  # whatever it was, it is tried again; what it was for ends by itself meanwhile
            self._lost(error)
            timer.failed()

    def _do(self, batch: list[_Job[Any]]) -> None:
        """Do a batch in one transaction; one by one, where one of them spoils it."""
        batch.sort(key=lambda job: job.order)  # stable: what was asked first about one thing is done first
        try:
            self._patiently(batch, 0)
        except Exception as error:
            if self._connection is not None or not isinstance(error, self._psycopg.Error):
                for job in batch:
                    with contextlib.suppress(Exception):
                        self._patiently([job], _TRIES)
        finally:
            self._tell(batch)

    def _patiently(self, batch: list[_Job[Any]], tries: int) -> None:
        """Do it, and again where the connection is lost, as long as somebody has patience."""
        pause = _PAUSES[0]
        while True:
            try:
                results = self._transact(_one_by_one(batch), tries)
            except Exception as error:
                lost = self._lost(error)
                # Whoever spoils a batch is found first: it may be one alone that somebody's lock is in the way of.
                again = self._may_pass(error) and (lost or tries > 0)
                self._spoil(batch, error, away=lost and again)
                if not again or self._out_of_patience(batch):
                    raise
                time.sleep(pause)
                pause = min(pause * 2.0, _PAUSES[1])
                if not lost:
                    self._tick()  # the lease doesn't wait
            else:
                for job, result in zip(batch, chain.from_iterable(results), strict=True):
                    job.result, job.error = result, None
                return

    def _out_of_patience(self, batch: list[_Job[Any]]) -> bool:
        return self._closing or time.monotonic() - min(job.since for job in batch) > self.patience

    def _may_pass(self, error: Exception) -> bool:
        if not isinstance(error, self._psycopg.Error):
            return False
        return passes(error) and (self._connection is None or state_of(error) is not None)

    def _spoil(self, batch: list[_Job[Any]], error: Exception, *, away: bool) -> None:
        if away:
            error = self._away(text_of(self.url, error))
        elif isinstance(error, self._psycopg.Error):
            error = DatabaseError(text_of(self.url, error), cause=error)
        for job in batch:
            job.error = error

    def _away(self, problem: str) -> DatabaseError:
        return DatabaseError(f"{self.url} can't be reached: {problem}", away=True)

    def _lost(self, error: Exception) -> bool:
        """Tell whether the connection is gone, so that another one may do. Lets go of it."""
        if not isinstance(error, self._psycopg.Error):
            return False
        state = str(getattr(error, "sqlstate", None) or "")
        gone = self._connection is None or self._connection.closed or state[:2] == "08" or state in _GONE
        if gone:
            self._drop()
        return gone

    def _connected(self) -> psycopg.Connection[Any]:
        if self._connection is None:
            connection = connect(
                self.url,
                autocommit=True,
                application_name=self._name,
            )
            try:
                self._cluster = self._asked(connection, _CLUSTER) or ""
                self._tells_timeline = self._asked(connection, _TIMELINE) is not None
            except BaseException:
                connection.close()
                raise
            self._connection = connection
        return self._connection

    def _asked(self, connection: psycopg.Connection[Any], question: bytes) -> str | None:
        """Return what a server says about itself; None where it doesn't tell."""
        try:
            row = connection.execute(question).fetchone()
        except self._psycopg.Error:
            if connection.closed:
                raise
            # Not every service that calls itself PostgreSQL has it, and a server that follows another has it not yet.
            return None
        return None if row is None else str(row[0])

    def _transact(self, makes: Sequence[Callable[[], Steps[Any]]], tries: int) -> list[Any]:
        """Do several things in one transaction, and return what each returns.

        Args:
            makes: begins each.
            tries: how often it is done again where somebody was in the way. With this, each statement may fail by itself.
        """
        errors = self._psycopg.errors
        left = tries
        while True:
            try:
                return self._once(makes, singly=tries > 0)
            except _AnotherServer:
                self._rollback()
                self.expected = self.server
                if self.on_another_server is not None:
                    self._once([self.on_another_server], singly=True)
            except Exception as error:
                self._rollback()
                left -= 1
                if left <= 0 or not isinstance(error, (errors.DeadlockDetected, errors.SerializationFailure)):
                    raise
                time.sleep(0.01 * (tries - left))

    def _once(self, makes: Sequence[Callable[[], Steps[Any]]], *, singly: bool) -> list[Any]:
        connection = self._connected()
        running = [make() for make in makes]
        results: list[Any] = [None] * len(makes)
        answers: dict[int, Rows | Exception | None] = dict.fromkeys(range(len(makes)))
        with nullcontext() if singly else connection.pipeline() as pipeline:
            connection.execute(_BEGIN)
            head = connection.execute(_HEAD_WITH_TIMELINE if self._tells_timeline else _HEAD)
            first = True
            while answers:
                asked: dict[int, Statement] = {}
                for index, answer in answers.items():
                    try:
                        asked[index] = _advance(running[index], answer)
                    except StopIteration as stop:
                        results[index] = stop.value
                if pipeline is None:
                    answers = {
                        index: self._alone(connection, statement) for index, statement in asked.items()
                    }
                else:
                    cursors = {index: connection.execute(*statement) for index, statement in asked.items()}
                    if cursors:
                        pipeline.sync()
                    answers = {index: _rows(cursor) for index, cursor in cursors.items()}
                if first:
                    first = False
                    self._look_around(head.fetchone())
            connection.execute(b"COMMIT")
        self.commits += 1
        return results

    def _alone(self, connection: psycopg.Connection[Any], statement: Statement) -> Rows | Exception:
        """Run a statement so that what it was in can go on when it fails."""
        connection.execute(b"SAVEPOINT one")
        try:
            rows = _rows(connection.execute(*statement))
        except (self._psycopg.IntegrityError, self._psycopg.errors.LockNotAvailable) as error:
            connection.execute(b"ROLLBACK TO SAVEPOINT one")
            return cast("Exception", error)
        connection.execute(b"RELEASE SAVEPOINT one")
        return rows

    def _look_around(self, seen: tuple[Any, ...] | None) -> None:
        assert seen is not None
        self.clock = Clock(seen[0], running_time())
        self.server = f"{self._cluster}/{seen[1]}" if self._tells_timeline else None
        if None not in (self.server, self.expected) and self.server != self.expected:
            raise _AnotherServer

    def _rollback(self) -> None:
        if self._connection is not None and not self._connection.closed:
            try:
                self._connection.rollback()
            except self._psycopg.Error:
                self._drop()

    def _drop(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            with contextlib.suppress(self._psycopg.Error):
                connection.close()

    def _tell(self, batch: Sequence[_Job[Any]]) -> None:
        """Wake up who waits, with one call for each event loop."""
        by_loop: dict[object, list[Callable[[], object]]] = defaultdict(list)
        for job in batch:
            if job.done is None:
                continue
            if job.loop is None:
                job.done()
            else:
                by_loop[job.loop].append(job.done)
        for loop, calls in by_loop.items():
            call_soon = getattr(loop, "call_soon_threadsafe", None) or getattr(loop, "run_sync_soon", None)
            if call_soon is not None:
                with contextlib.suppress(RuntimeError):  # it has ended
                    call_soon(partial(_call_all, calls))

    # From any thread.

    def _cut(self) -> None:
        """Have the thread see that the connection is gone: one that doesn't answer would be waited for for ever."""
        connection = self._connection
        if connection is not None:
            with contextlib.suppress(Exception):
                twin = socket.socket(fileno=os.dup(connection.fileno()))
                try:
                    twin.shutdown(socket.SHUT_RDWR)
                finally:
                    twin.close()


class _AnotherServer(Exception):
    """The database is not the one it was: another server leads now, or an old copy was brought back."""


_CLUSTER = b"SELECT system_identifier FROM pg_control_system()"
_TIMELINE = b"SELECT substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8)"
_BEGIN = b"BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE"
# Local to the transaction: a pooler would hand anything else on. The timeouts end a transaction whose process is stopped.
_LOCAL = (
    "set_config('synchronous_commit', 'on', true), set_config('lock_timeout', '3s', true),"
    " set_config('statement_timeout', '20s', true), set_config('idle_in_transaction_session_timeout', '10s', true)"
)
_HEAD = f"SELECT clock_timestamp(), {_LOCAL}".encode()
_HEAD_WITH_TIMELINE = (
    f"SELECT clock_timestamp(), substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8), {_LOCAL}".encode()
)


def _one_by_one(batch: Sequence[_Job[Any]]) -> list[Callable[[], Steps[list[Any]]]]:
    """Return what is to be done side by side: whatever is about one thing is done in the order it was asked for."""
    about: dict[object, list[Callable[[], Steps[Any]]]] = {}
    for job in batch:
        about.setdefault(job.order or id(job), []).append(job.make)
    return [partial(_in_turn, makes) for makes in about.values()]


def _in_turn(makes: Sequence[Callable[[], Steps[Any]]]) -> Steps[list[Any]]:
    results: list[Any] = []
    for make in makes:
        results.append((yield from make()))
    return results


def _nothing() -> Steps[None]:
    return
    yield


def _advance(steps: Steps[Any], answer: Rows | Exception | None) -> Statement:
    if answer is None:
        return next(steps)
    if isinstance(answer, Exception):
        return steps.throw(answer)
    return steps.send(answer)


def _rows(cursor: psycopg.Cursor[Any]) -> Rows:
    return [] if cursor.description is None else cursor.fetchall()


def _call_all(calls: Sequence[Callable[[], object]]) -> None:
    for call in calls:
        call()

"""What a fleet does: its limit used by four workers, documents a second without a limit, and many keys on one machine.

    python -m benchmarks.fleet limited [--redis]     # four workers on one key with 1,000 requests a minute, three minutes
    python -m benchmarks.fleet unlimited [1 2 4]     # so many workers without a limit, and what they wait for
    python -m benchmarks.fleet keys [10 50]          # four workers for so many keys of 1,000 requests a minute each

The workers are `b2brouter worker`, each a process; with many keys, a program of its own, since each account has a client.
The server is another process that answers at once and keeps nothing. The database is a PostgreSQL of our own that syncs its
log to the disk. Everything runs on this one machine, so each figure of processor time stands beside those of the others.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar
from urllib.parse import urlsplit

sys.path.insert(0, str(Path(__file__).parents[1]))

import anyio
import httpx
import psycopg
from attrs import frozen

from b2brouter_async import B2Brouter
from b2brouter_async.bulk import Ledger
from b2brouter_async.fleet import (
    Deliverer,
    Due,
    Outbox,
    Worker,
    WorkerSettings,
    due,
    install_engine,
    migrate,
)
from b2brouter_async.limiter import PostgresTokenBucket, TokenBucket
from benchmarks.bulk import Answerer
from examples.sample_invoices import ubl_invoice
from tests.fleet.torture import count_settled
from tests.limiter.conftest import RedisServer
from tests.limiter.servers import SERVERS, refused
from tests.postgres import PostgresServer, postgres_running

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from b2brouter_async.fleet import Destination

ROOT = Path(__file__).parents[1]
LIMIT, PERIOD = 1000, 60.0
LATENCY = 0.15
"""Seconds that the server takes for a reply."""
BATCH = 500
SETTINGS = {
    "fsync": "on",
    "full_page_writes": "on",
    "shared_buffers": "128MB",
    "max_wal_size": "1GB",
    "max_connections": "400",
}


class Noting(Answerer):
    """Also notes when the requests of each key came, and has every account."""

    arrivals: ClassVar[defaultdict[str, list[float]]] = defaultdict(list)

    def answer(self, head: bytes) -> tuple[int, object]:
        if head.startswith(b"GET /arrivals"):
            return 200, Noting.arrivals
        key = next(line for line in head.lower().split(b"\r\n") if line.startswith(b"x-b2b-api-key:"))
        Noting.arrivals[key.partition(b":")[2].strip().decode()].append(time.monotonic())
        return super().answer(head)


async def serve(latency: float) -> None:
    Noting.latency = latency
    server = await asyncio.get_running_loop().create_server(Noting, "127.0.0.1", 0)
    print(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", flush=True)
    await server.serve_forever()


@contextlib.contextmanager
def serving(latency: float) -> Iterator[tuple[str, int]]:
    """Serve in a process; gives its address and its number."""
    command = [sys.executable, "-m", "benchmarks.fleet", "serve", "--latency", str(latency)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as process:
        assert process.stdout is not None
        try:
            yield process.stdout.readline().strip(), process.pid
        finally:
            process.kill()


@contextlib.contextmanager
def running(commands: list[list[str]], variables: dict[str, str], folder: Path) -> Iterator[list[int]]:
    """Run programs, and wait until each says that it works; gives their numbers."""
    with contextlib.ExitStack() as stack:
        processes: list[subprocess.Popen[bytes]] = []
        logs = [folder / f"worker-{number}.log" for number in range(len(commands))]
        for command, log in zip(commands, logs, strict=True):
            said = stack.enter_context(log.open("wb"))
            processes.append(
                subprocess.Popen(command, env={**os.environ, **variables}, stdout=said, stderr=said, cwd=ROOT)
            )
            stack.callback(processes[-1].kill)
        while not all("works" in log.read_text(encoding="utf-8") for log in logs):
            time.sleep(0.05)
            for process, log in zip(processes, logs, strict=True):
                if process.poll() is not None:
                    raise RuntimeError(log.read_text(encoding="utf-8"))
        yield [process.pid for process in processes]


@frozen
class Seen:
    """What had been used up at a moment."""

    at: float
    workers: float
    server: float
    postgres: float
    idle: float
    commits: int
    rows: int
    """Written to the ledger's tables."""
    job_rows: int
    wal: int

    @classmethod
    def now(
        cls, connection: psycopg.Connection[Any], postmaster: int, server: int, workers: list[int]
    ) -> Seen:
        with psycopg.connect(connection.info.dsn, autocommit=True) as fresh:
            ((commits,),) = fresh.execute(
                "SELECT xact_commit FROM pg_stat_database WHERE datname = current_database()"
            ).fetchall()
            ((wal,),) = fresh.execute("SELECT pg_current_wal_lsn() - '0/0'::pg_lsn").fetchall()
            rows = dict(
                fresh.execute(
                    "SELECT schemaname, sum(n_tup_ins + n_tup_upd + n_tup_del)::bigint FROM pg_stat_user_tables"
                    " WHERE relname NOT LIKE 'limit%' GROUP BY 1"
                ).fetchall()
            )
        return cls(
            time.monotonic(),
            sum(_seconds(pid) for pid in workers),
            _seconds(server),
            _seconds(postmaster, children=True),
            _idle(),
            int(commits),
            int(rows.get("b2brouter", 0)),
            int(rows.get("b2brouter_jobs", 0)),
            int(wal),
        )


_TICKS = os.sysconf("SC_CLK_TCK")


def _seconds(pid: int, *, children: bool = False) -> float:
    """Processor time of a process, with that of those it has begun where it is asked for. As Linux tells it."""
    times = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    total = sum(int(one) for one in times[11 : 15 if children else 13]) / _TICKS
    if children:
        for child in Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split():
            with contextlib.suppress(FileNotFoundError):
                total += _seconds(int(child))
    return total


def _idle() -> float:
    """Seconds for which the processors had nothing to do."""
    return int(Path("/proc/stat").read_text(encoding="ascii").split()[4]) / _TICKS


def told(name: str, documents: int, before: Seen, after: Seen) -> str:
    """Return one line of the table."""
    seconds = after.at - before.at
    cores = os.cpu_count() or 1

    def part(what: str) -> str:
        used = getattr(after, what) - getattr(before, what)
        return f"{used / documents * 1000:.1f} ms, {used / seconds / cores:.0%}"

    idle = (after.idle - before.idle) / seconds / cores
    return (
        f"| {name} | {documents / seconds:.0f} | {(after.rows - before.rows) / seconds:.0f} | "
        f"{(after.job_rows - before.job_rows) / seconds:.0f} | {(after.commits - before.commits) / seconds:.0f} | "
        f"{(after.wal - before.wal) / documents / 1024:.1f} | {part('workers')} | {part('postgres')} | {part('server')} | "
        f"{idle:.0%} |"
    )


HEAD = (
    "| | documents a second | ledger rows a second | rows of jobs a second | commits a second | KB of log a document | "
    "workers, a document | PostgreSQL, a document | server, a document | idle |\n" + "|---" * 10 + "|"
)


def add(url: str, host: str, count: int, accounts: int = 1) -> float:
    """Add documents as an application does, many to a transaction; return how many a second."""
    began = time.monotonic()
    with psycopg.connect(url) as connection:
        outbox = Outbox(url, environment="sandbox", base_url=host)
        for number in range(count):
            account = 1 + number % accounts
            content = ubl_invoice(number=f"B-{number:06d}")
            outbox.add_sync(content, connection=connection, account=account, name=f"order {number}")
            if number % BATCH == BATCH - 1:
                connection.commit()
        connection.commit()
        outbox.close()
    return count / (time.monotonic() - began)


@frozen
class Scene:
    """A database with documents that are to be sent, and a server that takes them."""

    folder: Path
    server: PostgresServer
    database: str
    connection: psycopg.Connection[Any]
    host: str
    host_pid: int
    documents: int
    added: float
    """How many a second."""

    @classmethod
    @contextlib.contextmanager
    def of(cls, documents: int, *, accounts: int = 1, latency: float = 0.0) -> Iterator[Scene]:
        """Set it, for the length of a block."""
        with contextlib.ExitStack() as stack:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="b2b")))
            server = stack.enter_context(postgres_running(**SETTINGS))
            host, host_pid = stack.enter_context(serving(latency))
            database = server.url(server.create())
            migrate(database)
            install_engine(database)
            added = add(database, host, documents, accounts)
            connection = stack.enter_context(psycopg.connect(database, autocommit=True))
            yield cls(folder, server, database, connection, host, host_pid, documents, added)

    def row(self, name: str, workers: list[int]) -> tuple[str, float]:
        """Return a line of the table, and documents a second: from a tenth of all to nine tenths."""
        postmaster = (self.server.folder / "data" / "postmaster.pid").read_text(encoding="ascii")
        seen = partial(Seen.now, self.connection, int(postmaster.split("\n", 1)[0]), self.host_pid, workers)
        self._until_settled(self.documents // 10)
        begun = count_settled(self.connection)
        before = seen()
        self._until_settled(self.documents * 9 // 10)
        done = count_settled(self.connection) - begun
        after = seen()
        return told(name, done, before, after), done / (after.at - before.at)

    def _until_settled(self, count: int, most: float = 900.0) -> None:
        until = time.monotonic() + most
        while (settled := count_settled(self.connection)) < count:
            if time.monotonic() > until:
                raise RuntimeError(f"{settled} of {count} were settled in {most:g} s")
            time.sleep(0.2)


def worker(database: str, *options: str) -> list[str]:
    """The command of a worker."""
    program = [sys.executable, "-m", "b2brouter_async", "worker", "--database", database]
    return [*program, "--concurrency", "32", *options]


def limited(workers: int, seconds: float, *, redis: bool) -> None:
    """Four workers on one key: what they use of its limit, and whether any server would have refused a request."""
    with (
        Scene.of(int(LIMIT * seconds / PERIOD * 1.1), latency=LATENCY) as scene,
        contextlib.ExitStack() as stack,
    ):
        options = ["--requests-per-minute", str(LIMIT)]
        if redis:
            (scene.folder / "redis").mkdir()
            store = RedisServer(scene.folder / "redis")
            stack.callback(store.stop)
            options += ["--redis", store.url]
        else:
            options += ["--share-limit"]
        variables = {"B2BROUTER_API_KEY": "test_benchmark", "B2BROUTER_BASE_URL": scene.host}
        commands = [worker(scene.database, *options, "--name", f"worker-{n}") for n in range(workers)]
        with running(commands, variables, scene.folder) as pids:
            time.sleep(seconds + 5.0)
            used = sum(_seconds(pid) for pid in pids) / (seconds + 5.0)
            (arrivals,) = httpx.get(f"{scene.host}/arrivals", trust_env=False).json().values()
        first = arrivals[0]
        arrivals = [at - first for at in arrivals]
        counted = sum(at < seconds for at in arrivals)
        refusals = {name: refused(name, arrivals, LIMIT, PERIOD, phases=8) for name in SERVERS}
        print(
            f"{workers} workers, {LIMIT} requests a minute shared through {'Redis' if redis else 'PostgreSQL'}, {seconds:g} s: "
            f"{counted / LIMIT / seconds * PERIOD:.1%} of the limit used, {sum(refusals.values())} refused by "
            f"{', '.join(SERVERS)}; the workers take {used:.0%} of a core together; "
            f"load of the machine {os.getloadavg()[0]:.1f}"
        )


def unlimited(counts: list[int], documents: int, *, engine: bool) -> None:
    """Workers without a limit, on documents that are there already; or `deliver` alone, without the queue's engine."""
    print(HEAD)
    for workers in counts:
        with Scene.of(documents) as scene:
            variables = {"B2BROUTER_API_KEY": "test_benchmark", "B2BROUTER_BASE_URL": scene.host}
            options = ["--requests-per-minute", "100000000", "--no-share-limit"]
            commands = [worker(scene.database, *options, "--name", f"worker-{n}") for n in range(workers)]
            if not engine:
                given = {"database": scene.database, "host": scene.host}
                commands = [program("alone", given)] * workers
                scene.connection.execute("UPDATE b2brouter.documents SET due = clock_timestamp()")
            name = f"{workers} workers" + ("" if engine else ", without the queue's engine")
            with running(commands, variables, scene.folder) as pids:
                line, _ = scene.row(name, pids)
            print(f"{line}\n(added {scene.added:.0f} a second, {BATCH} to a transaction)", flush=True)


def keys(counts: list[int], documents: int, workers: int) -> None:
    """Workers for many keys, each with a limit of its own that they share through the database."""
    print(HEAD)
    for count in counts:
        with Scene.of(documents, accounts=count) as scene:
            given = {"database": scene.database, "host": scene.host, "keys": count}
            with running([program("child", given)] * workers, {}, scene.folder) as pids:
                line, rate = scene.row(f"{count} keys", pids)
                ((connections,),) = scene.connection.execute(
                    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
                ).fetchall()
            print(
                f"{line}\n({count} keys allow {count * LIMIT / PERIOD:.0f} documents a second, and "
                f"{min(count * LIMIT / PERIOD, rate):.0f} went out; {connections} connections to the database)",
                flush=True,
            )


def program(what: str, given: Mapping[str, object]) -> list[str]:
    """The command of a worker that is a program of its own."""
    return [sys.executable, "-m", "benchmarks.fleet", what, json.dumps(given)]


async def child(given: dict[str, Any]) -> None:
    """A worker for many keys: each account has a client with a budget of its own."""
    host = str(given["host"])
    async with contextlib.AsyncExitStack() as stack:
        clients: dict[str, B2Brouter] = {}
        for account in range(1, int(given["keys"]) + 1):
            key = f"test_benchmark_{account}"
            limiter = PostgresTokenBucket(given["database"], urlsplit(host).netloc, key, LIMIT)
            client = B2Brouter(key, base_url=host, limiter=limiter)
            clients[str(account)] = await stack.enter_async_context(client)

        def client_for(destination: Destination) -> B2Brouter:
            return clients[destination.account]

        made = Worker(given["database"], client_for, settings=WorkerSettings(concurrency=64))
        await made.run(started=lambda: print("works", flush=True))


async def alone(given: dict[str, Any]) -> None:
    """A worker of one's own that takes batches from the ledger."""
    limiter = TokenBucket(10**6, 1.0, max_in_flight=50)
    async with (
        await Ledger.open(given["database"]) as ledger,
        B2Brouter("test_benchmark", base_url=given["host"], limiter=limiter) as client,
    ):
        deliverer = Deliverer(ledger, client)
        print("works", flush=True)
        while True:
            documents = iter(await due(ledger, most=100))

            async def work(documents: Iterator[Due] = documents) -> None:
                for one in documents:
                    await deliverer.deliver(one.id)

            async with anyio.create_task_group() as tasks:
                for _ in range(32):
                    tasks.start_soon(work)
            await anyio.sleep(0.01)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("what", choices=["limited", "unlimited", "keys", "serve", "child", "alone"])
    parser.add_argument("more", nargs="*")
    parser.add_argument("--seconds", type=float, default=180.0, help="how long the limit is used")
    parser.add_argument("--redis", action="store_true", help="share the limit through Redis")
    parser.add_argument("--without-engine", action="store_true", help="call deliver for what due returns")
    parser.add_argument("--documents", type=int, default=4000)
    parser.add_argument("--workers", type=int, default=4)
    parser.add_argument("--latency", type=float, default=0.0)
    options = parser.parse_args()
    if options.what == "serve":
        asyncio.run(serve(options.latency))
    elif options.what == "child":
        anyio.run(child, json.loads(options.more[0]))
    elif options.what == "alone":
        anyio.run(alone, json.loads(options.more[0]))
    elif options.what == "limited":
        limited(options.workers, options.seconds, redis=options.redis)
    elif options.what == "unlimited":
        unlimited(
            [int(count) for count in options.more] or [1, 2, 4],
            options.documents,
            engine=not options.without_engine,
        )
    else:
        keys([int(count) for count in options.more] or [10, 50], options.documents, options.workers)


if __name__ == "__main__":
    main()

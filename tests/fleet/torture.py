"""Workers on one database through faults, `kill -9`, pauses, restarts of the database and cut connections.

    python -m tests.fleet.torture --documents 20000

A simulator is served on a socket of this machine. Documents are added to an outbox as an application does it, in
transactions of its own, while worker processes deliver them, are killed and started anew, and the database goes and comes
back. In the end the simulator's ledger is asked what it has accepted.

The simulator doesn't guard numbers unless it is told to, so that nothing but the ledger keeps a document from being sent
twice.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import anyio
import anyio.to_thread
import psycopg
from attrs import define, evolve, field, frozen

from b2brouter_async import B2Brouter
from b2brouter_async.bulk import LeaseTimes, Patience
from b2brouter_async.fleet import Outbox, Worker, WorkerSettings, install_engine, migrate
from b2brouter_async.limiter import TokenBucket
from b2brouter_async.simulator import Simulator
from examples.sample_invoices import ubl_invoice

from ..postgres import PostgresServer, postgres_running
from ..treatment import TIMEOUT, Judged, Now, add_faults, faults_struck

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
KEY = "test_simulator"
WORKS = "the worker works"
TIMES = LeaseTimes(lease=4.0, beat=1.0, margin=1.0)
BATCH = 50


@frozen(kw_only=True)
class Plan:
    """What is done, and how badly it is treated."""

    documents: int = 3000
    workers: int = 4
    faults: float = 0.05
    """Probability that a request meets one."""
    kill_every: int = 100
    """Documents that are settled between two kills, on average, so that a slow machine is treated no worse. Each is one
    worker's, drawn at random."""
    pause_every: int = 300
    """Documents between two SIGSTOPs, each longer than the lease."""
    cut_every: int = 200
    """Documents between two cuts of all connections to the database."""
    restarts: int = 2
    """Of the database: by turns as a power cut would do it, and in order."""
    hurry: bool = False
    """Whether the minute is cut short that the fleet gives whoever was woken for a document, once the queue is empty."""
    guarded: bool = False
    """Whether the simulator refuses a number that it has."""
    seed: int = 1


@define(kw_only=True)
class Result(Judged):
    """What came of it."""

    plan: Plan
    server: str
    kills: int = 0
    pauses: int = 0
    cuts: int = 0
    restarts: int = 0
    retried: int = 0
    seconds: float = 0.0
    requests: int = 0
    looked: int = 0
    claimed_again: int = 0
    """Documents that more than one claim was needed for."""
    untold: int = 0
    """Documents whose row is not settled, or says that they are not there."""
    faults: Counter[str] = field(factory=Counter[str])

    @property
    def good(self) -> bool:
        """Whether every document was accepted once, nothing stays claimed, and the ledger knows of each."""
        return super().good and not self.untold

    def __str__(self) -> str:
        plan = self.plan
        return (
            f"{plan.documents:,} documents, {plan.workers} workers, PostgreSQL {self.server}, numbers "
            f"{'guarded' if plan.guarded else 'not guarded'}, {self.seconds:.0f} s\n"
            f"workers killed: {self.kills}, paused beyond their lease: {self.pauses}; database restarted: {self.restarts}, "
            f"all its connections cut: {self.cuts}\n"
            f"requests: {self.requests:,}, struck by {sum(self.faults.values()):,} faults of {len(self.faults)} kinds\n"
            f"outcomes: {self.kinds_told()}; retried by hand: {self.retried}; claimed more than once: {self.claimed_again:,}\n"
            f"lost: {len(self.lost)}; doubled: {len(self.doubled)}; still claimed: {self.still_claimed}; "
            f"not settled: {self.untold}"
        )


class Worked:
    """A worker's process."""

    def __init__(self, number: int, given: dict[str, Any], folder: Path) -> None:
        self.name = f"worker-{number}"
        self.log = folder / f"{self.name}.log"
        self._command = [
            sys.executable,
            "-m",
            "tests.fleet.torture",
            "--child",
            json.dumps({**given, "name": self.name}),
        ]
        self.paused_until = 0.0
        self.start()

    def start(self) -> None:
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(self._command, stdout=log, stderr=log, cwd=ROOT)

    def kill(self) -> None:
        self.process.kill()  # also one that is paused
        self.process.wait()
        self.paused_until = 0.0

    def pause(self, until: float) -> None:
        self.process.send_signal(signal.SIGSTOP)
        self.paused_until = until

    def wake(self) -> None:
        self.process.send_signal(signal.SIGCONT)
        self.paused_until = 0.0


@contextlib.contextmanager
def workers_of(count: int, given: dict[str, Any], folder: Path) -> Iterator[list[Worked]]:
    """Run workers for the length of a block."""
    workers = [Worked(number, given, folder) for number in range(1, count + 1)]
    try:
        yield workers
    finally:
        for worker in workers:
            if worker.process.poll() is None:
                worker.kill()


def number_of(index: int) -> str:
    """The number of a document."""
    return f"T-{index:06}"


def count_settled(connection: psycopg.Connection[Any]) -> int:
    """Count the documents that are settled."""
    ((count,),) = connection.execute(
        "SELECT count(*) FROM b2brouter.documents WHERE settled IS NOT NULL"
    ).fetchall()
    return int(count)


def make_simulator(plan: Plan) -> Simulator:
    """Return a simulator whose requests meet faults of all kinds."""
    simulator = Simulator(api_key=KEY, limit=None, seed=plan.seed, unique_numbers=plan.guarded)
    add_faults(simulator, plan.faults, *(["duplicate"] if plan.guarded else []))
    return simulator


def run(plan: Plan) -> Result:
    """Do it, and judge it."""
    with postgres_running() as server, tempfile.TemporaryDirectory(prefix="b2b") as folder:
        name = server.create()
        migrate(server.url(name))
        install_engine(server.url(name))
        with server.connect(name) as connection:
            result = Result(plan=plan, server=str(connection.info.server_version // 10000))
        simulator = make_simulator(plan)
        began = time.monotonic()
        anyio.run(Torture(plan, server, name, simulator, Path(folder), result).run)
        result.seconds = time.monotonic() - began
        _judge(plan, server, name, simulator, result)
        return result


@define
class Torture:
    """One run of it."""

    plan: Plan
    server: PostgresServer
    name: str
    simulator: Simulator
    folder: Path
    result: Result
    chance: random.Random = field(init=False)
    added: int = field(default=0, init=False)

    def __attrs_post_init__(self) -> None:
        self.chance = random.Random(self.plan.seed)

    async def run(self) -> None:
        async with self.simulator.serve() as url:
            given = {"database": self.server.url(self.name), "url": url}
            with workers_of(self.plan.workers, given, self.folder) as workers:
                async with anyio.create_task_group() as tasks:
                    tasks.start_soon(anyio.to_thread.run_sync, self._add_all, url)
                    await anyio.to_thread.run_sync(self._trouble, workers)

    def _add_all(self, url: str) -> None:
        """Add documents as an application does: in its own transaction, tried again where the connection is lost."""
        outbox = Outbox(
            self.server.url(self.name), environment="sandbox", base_url=url, account=self.simulator.account
        )
        try:
            for first in range(0, self.plan.documents, BATCH):
                batch = range(first, min(first + BATCH, self.plan.documents))
                while not self._add(outbox, batch):
                    time.sleep(0.1)
                self.added = batch[-1] + 1
        finally:
            outbox.close()

    def _add(self, outbox: Outbox, batch: range) -> bool:
        try:
            with psycopg.connect(self.server.url(self.name)) as connection:
                for index in batch:
                    document = ubl_invoice(number=number_of(index))
                    outbox.add_sync(document, connection=connection, name=f"order {index}")
        except psycopg.OperationalError:
            return False  # whether it was committed is not known: added again it is the same
        return True

    def _trouble(self, workers: list[Worked]) -> None:
        """Kill, pause, cut and restart until every document is settled."""
        plan, result, chance = self.plan, self.result, self.chance
        kill, pause, cut = (
            Now(every, chance) for every in (plan.kill_every, plan.pause_every, plan.cut_every)
        )
        restarts = [plan.documents * (n + 1) // (plan.restarts + 1) for n in range(plan.restarts)]
        while (settled := self._settled()) < plan.documents:
            # Some moment, not always the one in which something was just settled.
            time.sleep(0.1 + 0.3 * chance.random())
            now = time.monotonic()
            for worker in workers:
                if worker.paused_until and now >= worker.paused_until:
                    worker.wake()
                if worker.process.poll() is not None:
                    raise RuntimeError(
                        f"{worker.name} ended with {worker.process.returncode}:\n"
                        + worker.log.read_text(encoding="utf-8", errors="replace")[-3000:]
                    )
            if restarts and settled >= restarts[0]:
                restarts.pop(0)
                self.server.stop(crash=len(restarts) % 2 == 1)
                time.sleep(1.0)
                self.server.start()
                result.restarts += 1
            if kill.is_it(settled):
                worker = chance.choice(workers)
                worker.kill()
                worker.start()
                result.kills += 1
            if pause.is_it(settled):
                awake = [worker for worker in workers if not worker.paused_until]
                if len(awake) > 1:
                    chance.choice(awake).pause(now + TIMES.lease + 1.0)
                    result.pauses += 1
            if cut.is_it(settled):
                self.server.cut(self.name)
                result.cuts += 1

    def _settled(self) -> int:
        """Count what is settled for good, and have what was refused by a fault tried again, as a person would."""
        try:
            with self.server.connect(self.name) as connection:
                if self.plan.hurry:
                    connection.execute(
                        "UPDATE b2brouter.documents SET due = clock_timestamp() WHERE settled IS NULL AND NOT EXISTS"
                        " (SELECT FROM b2brouter_jobs.procrastinate_jobs WHERE status = 'todo')"
                        " AND due > clock_timestamp() + interval '2 seconds' AND changed < clock_timestamp() - interval '2 seconds'"
                    )
                self.result.retried += connection.execute(
                    "UPDATE b2brouter.documents SET stage = 'open', kind = 'unknown', settled = NULL, code = NULL,"
                    " message = NULL, due = clock_timestamp() WHERE stage = 'done' AND kind = 'refused'"
                ).rowcount
                return count_settled(connection)
        except psycopg.OperationalError:
            return -1


def _judge(plan: Plan, server: PostgresServer, name: str, simulator: Simulator, result: Result) -> None:
    result.judge(simulator, map(number_of, range(plan.documents)))
    with server.connect(name) as connection:
        for stage, kind, held, claims, count in connection.execute(
            "SELECT stage, kind, holder IS NOT NULL, claims > 1, count(*) FROM b2brouter.documents GROUP BY 1, 2, 3, 4"
        ).fetchall():
            result.kinds[kind] += count
            result.still_claimed += count * held
            result.claimed_again += count * claims
            if stage != "done" or kind not in ("created", "adopted", "created_with_errors"):
                result.untold += count
    result.untold += max(0, plan.documents - sum(result.kinds.values()))
    result.requests = simulator.requests()
    result.faults = faults_struck(simulator)


async def _child(given: dict[str, Any]) -> None:
    """A worker, as `b2brouter worker` runs it, with a short lease and little patience."""
    from b2brouter_async.fleet import worker as module

    module._REFUSED_FOR = 0.5  # the faults refuse keys that are good
    async with B2Brouter(
        KEY, base_url=given["url"], timeout=TIMEOUT, limiter=TokenBucket(10**6, 1.0, max_in_flight=32)
    ) as client:
        worker = Worker(
            given["database"],
            client,
            name=given["name"],
            settings=WorkerSettings(concurrency=8, doubts=8, sweep=1.0, poll=1.0),
            # The simulator's lists lag behind by nothing.
            patience=Patience(visibility=1.0, deadline=600),
            times=TIMES,
        )
        while True:
            try:
                await worker.run()
            except Exception as error:
                # At its start it says that the database is away; whatever runs it starts it again.
                print(f"{given['name']} starts again: {error!r}", flush=True)
                await anyio.sleep(0.3)


def main() -> None:
    """The command line."""
    plan = Plan()
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--documents", type=int, default=20_000)
    parser.add_argument("--workers", type=int, default=plan.workers)
    parser.add_argument("--faults", type=float, default=plan.faults)
    parser.add_argument("--restarts", type=int, default=plan.restarts)
    parser.add_argument("--guarded", action="store_true")
    parser.add_argument("--hurry", action="store_true")
    parser.add_argument("--kill-every", type=int, default=plan.kill_every)
    parser.add_argument("--pause-every", type=int, default=plan.pause_every)
    parser.add_argument("--cut-every", type=int, default=plan.cut_every)
    parser.add_argument("--seed", type=int, default=plan.seed)
    parser.add_argument("--child", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        anyio.run(_child, json.loads(options.child))
        return
    result = run(
        evolve(
            plan,
            documents=options.documents,
            workers=options.workers,
            faults=options.faults,
            restarts=options.restarts,
            guarded=options.guarded,
            hurry=options.hurry,
            kill_every=options.kill_every,
            pause_every=options.pause_every,
            cut_every=options.cut_every,
            seed=options.seed,
        )
    )
    print(result)
    sys.exit(0 if result.good else 1)


if __name__ == "__main__":
    main()

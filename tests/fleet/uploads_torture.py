"""`b2brouter upload --journal postgresql://…` in several terminals: killed, cut off, the database restarted.

    python -m tests.fleet.uploads_torture --documents 2000

Two terminals upload all of a folder, two a half of it each. Whoever is killed, or ends before its time, is started again with
the same command, as a person would, until each has said that all is there. The simulator doesn't guard numbers.
"""

from __future__ import annotations

import argparse
import os
import random
import subprocess
import sys
import tempfile
import time
from collections import Counter
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import anyio
import anyio.to_thread
import psycopg
from attrs import define, evolve, field, frozen

from b2brouter_async.bulk import Patience
from b2brouter_async.cli import main as command
from examples.sample_invoices import ubl_invoice

from ..bulk.support import US
from ..postgres import PostgresServer, postgres_running
from ..treatment import Judged, Now
from . import torture
from .torture import KEY, ROOT, TIMES, count_settled, number_of

if TYPE_CHECKING:
    from b2brouter_async.simulator import Simulator


@frozen(kw_only=True)
class Plan:
    """What is done, and how badly it is treated."""

    documents: int = 400
    faults: float = 0.05
    kill_every: int = 40
    """Documents that are settled between two kills, on average."""
    cut_every: int = 100
    """Documents between two cuts of all connections to the database."""
    restarts: int = 2
    """Of the database: by turns in order, and as a power cut would do it."""
    seed: int = 1


@define(kw_only=True)
class Result(Judged):
    """What came of it."""

    plan: Plan
    kills: int = 0
    cuts: int = 0
    restarts: int = 0
    begun: int = 0
    """How often the command was started."""
    seconds: float = 0.0
    statuses: Counter[int] = field(factory=Counter[int])
    """How often a command ended with which status, kills left out."""

    def __str__(self) -> str:
        return (
            f"{self.plan.documents:,} documents, 4 terminals, {self.seconds:.0f} s; the command was started {self.begun} times "
            f"and killed {self.kills} times; database restarted: {self.restarts}, its connections cut: {self.cuts}\n"
            f"outcomes: {self.kinds_told()}; statuses: {dict(self.statuses)}\n"
            f"lost: {len(self.lost)}; doubled: {len(self.doubled)}; still claimed: {self.still_claimed}"
        )


class Terminal:
    """Somebody who runs one command until it says that all is there."""

    def __init__(self, paths: list[Path], variables: dict[str, str], log: Path) -> None:
        self._command = [sys.executable, "-m", "tests.fleet.uploads_torture", "--child", *map(str, paths)]
        self._variables, self.log = variables, log
        self.done = False
        self.start()

    def start(self) -> None:
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                self._command, env={**os.environ, **self._variables}, stdout=log, stderr=log, cwd=ROOT
            )


def run(plan: Plan) -> Result:
    """Do it, and judge it."""
    with postgres_running() as server, tempfile.TemporaryDirectory(prefix="b2b") as folder:
        simulator = torture.make_simulator(torture.Plan(faults=plan.faults, seed=plan.seed))
        result = Result(plan=plan)
        began = time.monotonic()
        anyio.run(partial(_serve, plan, server, simulator, Path(folder), result))
        result.seconds = time.monotonic() - began
        return result


async def _serve(
    plan: Plan, server: PostgresServer, simulator: Simulator, folder: Path, result: Result
) -> None:
    name = server.create()
    async with simulator.serve() as url:
        variables = {
            "B2BROUTER_API_KEY": KEY,
            "B2BROUTER_BASE_URL": url,
            "B2BROUTER_ACCOUNT": str(simulator.account),
            "B2BROUTER_JOURNAL": server.url(name),
            "B2BROUTER_REQUESTS_PER_MINUTE": "100000",
        }
        await anyio.to_thread.run_sync(partial(_treat, plan, server, name, variables, folder, result))
    result.judge(simulator, map(number_of, range(plan.documents)))
    with server.connect(name) as connection:
        for kind, held, count in connection.execute(
            "SELECT kind, holder IS NOT NULL, count(*) FROM b2brouter.documents GROUP BY 1, 2"
        ).fetchall():
            result.kinds[kind] += count
            result.still_claimed += count * held


def _treat(
    plan: Plan, server: PostgresServer, name: str, variables: dict[str, str], folder: Path, result: Result
) -> None:
    """Kill, cut and restart until each terminal has heard that all is there."""
    chance = random.Random(plan.seed)
    halves = [folder / "first", folder / "second"]
    for half in halves:
        half.mkdir()
    for index in range(plan.documents):
        content = ubl_invoice(number=number_of(index), seller=US)
        (halves[index % 2] / f"{index}.xml").write_bytes(content)
    terminals = [
        Terminal(paths, variables, folder / f"terminal-{number}.log")
        for number, paths in enumerate([halves, halves[:1], halves[1:], halves])
    ]
    result.begun = len(terminals)
    restarts = [plan.documents * (n + 1) // (plan.restarts + 1) for n in range(plan.restarts)]
    kill, cut = (Now(every, chance) for every in (plan.kill_every, plan.cut_every))
    try:
        while not all(terminal.done for terminal in terminals):
            time.sleep(0.1 + 0.3 * chance.random())
            settled = _settled(server, name)
            running = [terminal for terminal in terminals if not terminal.done]
            if restarts and settled >= restarts[0]:
                restarts.pop(0)
                server.restart(crash=len(restarts) % 2 == 0)
                result.restarts += 1
            if cut.is_it(settled):
                server.cut(name)
                result.cuts += 1
            if running and kill.is_it(settled):
                terminal = chance.choice(running)
                terminal.process.kill()
                terminal.process.wait()
                terminal.start()
                result.kills += 1
                result.begun += 1
            for terminal in running:
                status = terminal.process.poll()
                if status is None:
                    continue
                result.statuses[status] += 1
                if status not in (0, 1, 2, 3):
                    raise RuntimeError(terminal.log.read_text(encoding="utf-8", errors="replace")[-3000:])
                terminal.done = status == 0
                if status:
                    terminal.start()
                    result.begun += 1
    finally:
        for terminal in terminals:
            if terminal.process.poll() is None:
                terminal.process.kill()
                terminal.process.wait()


def _settled(server: PostgresServer, name: str) -> int:
    try:
        with server.connect(name) as connection:
            return count_settled(connection)
    except (psycopg.OperationalError, psycopg.errors.UndefinedTable):
        return -1


def _child(paths: list[str]) -> None:
    """The command itself, with a short lease and little patience."""
    from b2brouter_async.bulk import upload as run
    from b2brouter_async.bulk.journal.postgres import ledger

    given: Any = (ledger, run)
    given[0].LeaseTimes = lambda: TIMES
    given[1].Patience = partial(Patience, visibility=1.0, deadline=60)
    command(["upload", *paths, "--retry-refused", "--concurrency", "8"])


def main() -> None:
    """The command line."""
    plan = Plan()
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--documents", type=int, default=2000)
    parser.add_argument("--restarts", type=int, default=plan.restarts)
    parser.add_argument("--kill-every", type=int, default=plan.kill_every)
    parser.add_argument("--seed", type=int, default=plan.seed)
    parser.add_argument("--child", nargs="+", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        _child(options.child)
        return
    result = run(
        evolve(
            plan,
            documents=options.documents,
            restarts=options.restarts,
            kill_every=options.kill_every,
            seed=options.seed,
        )
    )
    print(result)
    sys.exit(0 if result.good else 1)


if __name__ == "__main__":
    main()

"""Upload many documents through faults of all kinds and `kill -9` at random moments, and have the ledger judge.

    python -m tests.bulk.torture --documents 5000 --kills 20

A simulator is served on a socket of this machine; a process of its own uploads a folder to it, is killed, and is
started again on the same journal until it comes to the end of the folder.
"""

from __future__ import annotations

import argparse
import json
import random
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from decimal import Decimal
from pathlib import Path

import anyio
from attrs import define, field

from b2brouter_async import AuthenticationError, B2Brouter, B2BrouterError, PermissionDeniedError
from b2brouter_async.bulk import Patience, open_journal
from b2brouter_async.limiter import TokenBucket
from b2brouter_async.simulator import Simulator
from examples.sample_invoices import write_samples

from ..treatment import TIMEOUT, add_faults, faults_struck
from .support import US

TOTAL = Decimal(121)
"""Of the invoices that `support.invoice` makes."""


@define
class Result:
    """What came of it."""

    documents: int
    kills: int = 0
    starts: int = 0
    outcomes: int = 0
    accepted: int = 0
    lost: int = 0
    doubled: int = 0
    requests: int = 0
    seconds: float = 0.0
    faults: Counter[str] = field(factory=Counter)
    kinds: Counter[str] = field(factory=Counter)

    def __str__(self) -> str:
        struck = ", ".join(f"{kind} {count}" for kind, count in sorted(self.faults.items()))
        kinds = ", ".join(f"{count:,} {kind}" for kind, count in self.kinds.most_common())
        return (
            f"{self.documents:,} documents, {self.kills} kills, {self.starts} starts, {self.seconds:.0f} s\n"
            f"requests: {self.requests:,}, struck by {sum(self.faults.values()):,} faults ({struck})\n"
            f"outcomes of the last run: {self.outcomes:,} ({kinds})\n"
            f"on the server: {self.accepted:,}; lost: {self.lost}; doubled: {self.doubled}"
        )


def run(folder: Path, *, documents: int, kills: int, faults: float, seed: int) -> Result:
    """Do it.

    Args:
        folder: where documents and journal go.
        documents: how many.
        kills: how often the uploading process is killed, at moments spread over the whole.
        faults: probability that a request meets one.
        seed: of the documents, the faults and the moments.
    """
    chance = random.Random(seed)
    write_samples(folder / "documents", documents, seed=seed + 1, seller=US)
    simulator = Simulator(limit=None, seed=seed)
    add_faults(simulator, faults, "duplicate")
    result = Result(documents)
    moments = [int(documents * (n + chance.random()) / kills) for n in range(kills)]
    began = time.monotonic()
    anyio.run(_drive, simulator, folder, moments, result)
    result.seconds = time.monotonic() - began
    _judge(simulator, folder, result)
    return result


async def _drive(simulator: Simulator, folder: Path, moments: list[int], result: Result) -> None:
    async with simulator.serve() as url:
        command = [sys.executable, "-m", "tests.bulk.torture", "--child", url, simulator.account, str(folder)]
        while True:
            result.starts += 1
            # The last start sends again what a fault refused, so that the ledger must show every document.
            done = await anyio.to_thread.run_sync(_one_start, command, simulator, moments, result)
            if done:
                return


def _one_start(command: list[str], simulator: Simulator, moments: list[int], result: Result) -> bool:
    """Run the uploading process once; True if it came to the end and nothing is left."""
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        killed = threading.Event()

        def kill_in_time() -> None:
            while process.poll() is None:
                if moments and len(simulator.ledger()) >= moments[0]:
                    moments.pop(0)
                    killed.set()
                    process.kill()
                    return
                time.sleep(0.005)

        killer = threading.Thread(target=kill_in_time)
        killer.start()
        output = process.stdout.read()
        killer.join()
    if killed.is_set():
        result.kills += 1
        return False
    if process.returncode == EXIT_REFUSED_KEY:
        return False
    if process.returncode != 0:
        raise RuntimeError(f"the uploading process ended with {process.returncode}")
    result.outcomes = 0
    result.kinds = Counter()
    for line in output.splitlines():
        result.outcomes += 1
        result.kinds[json.loads(line)] += 1
    left = result.kinds["refused"] + result.kinds["unknown"]
    return not left and not moments


def _judge(simulator: Simulator, folder: Path, result: Result) -> None:
    accepted = {entry.sha256: entry.times for entry in simulator.ledger()}
    with open_journal(folder / "run.db") as journal:
        told = {row.key for row in journal.rows(kinds=["created", "adopted", "created_with_errors"])}
        assert {row.stage for row in journal.rows()} == {"done"}
    result.accepted = len(accepted)
    result.lost = result.documents - len(accepted) + len(told ^ set(accepted))
    result.doubled = len(simulator.ledger().more_than_once())
    result.requests = simulator.requests()
    result.faults = faults_struck(simulator)


EXIT_REFUSED_KEY = 5


async def _child(url: str, account: str, folder: Path) -> int:
    """Upload the folder once, a line for each outcome."""
    client = B2Brouter(
        "test_simulator",
        base_url=url,
        timeout=TIMEOUT,
        limiter=TokenBucket(10**6, 1.0, max_in_flight=50),
    )
    # The simulator's lists lag behind by nothing.
    patience = Patience(visibility=1.0, deadline=600)
    try:
        async with (
            client,
            client.account(account).upload(
                journal=folder / "run.db",
                concurrency=32,
                retry_refused=True,
                patience=patience,
            ) as run,
        ):
            async for outcome in run(folder / "documents"):
                sys.stdout.write(json.dumps(outcome.kind) + "\n")
    except (AuthenticationError, PermissionDeniedError):
        return EXIT_REFUSED_KEY
    except B2BrouterError as error:
        if run_has_begun(error):
            raise
        return EXIT_REFUSED_KEY
    return 0


def run_has_begun(error: B2BrouterError) -> bool:
    """Tell a run's own error from a fault that met the reading of the account, before anything was sent."""
    return getattr(error, "operation", "") != "accounts.get"


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--documents", type=int, default=5000)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--faults", type=float, default=0.05)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--child", nargs=3, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        url, account, folder = options.child
        sys.exit(anyio.run(_child, url, account, Path(folder)))
    with tempfile.TemporaryDirectory() as folder:
        result = run(
            Path(folder),
            documents=options.documents,
            kills=options.kills,
            faults=options.faults,
            seed=options.seed,
        )
    print(result)
    sys.exit(1 if result.lost or result.doubled or result.outcomes != result.documents else 0)


if __name__ == "__main__":
    main()

"""A web app that serves while thousands of documents go out: one process, one key, one limiter, in real time.

    python -m benchmarks.limiter_program                     # 5,000 documents, about six minutes
    python -m benchmarks.limiter_program --documents 1500

The simulator runs in a process of its own and counts by a sliding counter, the strictest there is.
Every three seconds on average somebody opens a page that reads five things at once; all the time
`client.upload` sends documents. Printed are the pages' waits and what bulk work had of the rest.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

sys.path.insert(0, str(Path(__file__).parents[1]))

import anyio

from b2brouter_async import B2Brouter
from b2brouter_async.limiter import Lease, TokenBucket
from examples.sample_invoices import ubl_invoice

if TYPE_CHECKING:
    from collections.abc import Iterator

LIMIT, PERIOD = 1000, 60.0
KEY = "test_simulator"
PAGES_EVERY, CALLS = 3.0, 5


class Watched(TokenBucket):
    """Writes down when each call was granted, and how long it had waited."""

    def __init__(self) -> None:
        super().__init__(LIMIT, PERIOD)
        self.waits: dict[int, list[tuple[float, float]]] = {0: [], 1: []}

    async def acquire(self, priority: int = 0, max_wait: float | None = None) -> Lease:
        began = time.monotonic()
        lease = await super().acquire(priority, max_wait)
        now = time.monotonic()
        self.waits[priority].append((now, now - began))
        return lease


@contextlib.contextmanager
def simulator() -> Iterator[str]:
    command = [sys.executable, "-m", "b2brouter_async.simulator", "--port", "0", "--api-key", KEY]
    command += ["--limit", str(LIMIT), "--limit-policy", "sliding-counter"]
    with subprocess.Popen(command, stderr=subprocess.STDOUT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            for line in process.stdout:
                if "http://" in line:
                    yield "http://" + line.split("http://")[1].split()[0].rstrip("/.,")
                    break
        finally:
            process.kill()


def percentile(values: list[float], share: float) -> float:
    return sorted(values)[min(len(values) - 1, int(share * len(values)))]


async def main(url: str, folder: Path, documents: int) -> dict[str, float]:
    for number in range(documents):
        (folder / f"{number:05}.xml").write_bytes(ubl_invoice(number=f"P-{number}"))
    limiter, chance = Watched(), random.Random(1)
    calls: list[float] = []
    async with B2Brouter(KEY, base_url=url, limiter=limiter) as client:
        account = (await client.accounts.list()).items[0].id
        view = client.account(account)

        async def call() -> None:
            began = time.monotonic()
            await view.invoices.list(limit=5)
            calls.append(time.monotonic() - began)

        async def serve() -> None:
            while True:
                await anyio.sleep(chance.expovariate(1 / PAGES_EVERY))
                for _ in range(CALLS):
                    tasks.start_soon(call)

        began = time.monotonic()
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(serve)
            done = 0
            async with view.upload(journal=folder.parent / "run.db", concurrency=32) as run:
                async for outcome in run(folder):
                    assert outcome.kind == "created", outcome
                    done += 1
            ended = time.monotonic()
            tasks.cancel_scope.cancel()
    # From the second period on, and without the last moments, in which bulk work only waits for states.
    start, end = began + PERIOD, max(ended - 20.0, began + 1.5 * PERIOD)
    bulk = sum(start <= at < end for at, _ in limiter.waits[0])
    urgent = sum(start <= at < end for at, _ in limiter.waits[1])
    left = LIMIT * (end - start) / PERIOD - urgent
    waits = [wait for _, wait in limiter.waits[1]]
    return {
        "documents": done,
        "seconds": round(ended - began, 1),
        "interactive calls": len(calls),
        "waited for the limiter, p50": round(percentile(waits, 0.5), 3),
        "waited for the limiter, p99": round(percentile(waits, 0.99), 3),
        "waited for the limiter, most": round(max(waits), 3),
        "whole call, p99": round(percentile(calls, 0.99), 3),
        "bulk, of what is left": round(bulk / left, 3),
        "refused": limiter.snapshot().rejections,
    }


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--documents", type=int, default=5_000)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as place, simulator() as address:
        inside = Path(place) / "documents"
        inside.mkdir()
        print(json.dumps(anyio.run(main, address, inside, given.documents), indent=2))

"""How fast and how large the simulator is, through httpx and its ASGI transport, on one core.

    python -m benchmarks simulator
    python -m benchmarks.simulator creates | memory [COUNT]

Creates are counted by the second of processor time, of the client that asks for them as well; the best of several slices,
since what else runs on the machine only ever takes away.
"""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import anyio
import httpx

from b2brouter_async.simulator import Simulator
from tests.simulator.support import invoice

from .table import Line

if TYPE_CHECKING:
    from collections.abc import Iterable

SLICE = 400
SLICES = 8
MANY = 100_000


async def create(count: int) -> tuple[float, float]:
    """Create so many invoices; return creates a second in the best slice, and how many MB the process grew by."""
    simulator = Simulator(limit=None)
    path = f"/accounts/{simulator.account}/invoices"
    best = 0.0
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(simulator.app),
        base_url="https://any.test",
        headers={"X-B2B-API-Key": simulator.api_key},
    ) as http:

        async def slice_from(first: int, last: int) -> None:
            for number in range(first, last):
                body = {**invoice(f"F-{number:06d}"), "send_after_import": True}
                reply = await http.post(path, json=body)
                assert reply.status_code == 201, reply.text

        await slice_from(0, min(SLICE, count))  # what is imported and compiled once is no cost of an invoice
        before = _megabytes()
        for first in range(SLICE, count, SLICE):
            began = time.process_time()
            await slice_from(first, min(first + SLICE, count))
            best = max(best, (min(first + SLICE, count) - first) / (time.process_time() - began))
    return best, _megabytes() - before


def creates() -> float:
    """Return the creates a second of processor time."""
    return anyio.run(create, SLICE * (SLICES + 1))[0]


def memory(count: int = MANY) -> float:
    """Return by how many MB a process grows that so many invoices are created in; in an interpreter of its own."""
    command = [sys.executable, "-m", "benchmarks.simulator", "grown", str(count)]
    return float(subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout)


def lines() -> Iterable[Line]:
    """Return what `python -m benchmarks` shows of the simulator; takes about three minutes."""
    yield Line("the simulator, creates", creates(), 1_500, "a second of processor time", at_least=True)
    yield Line(f"{MANY:,} invoices in the simulator", memory(), 350, "MB more")


def _megabytes() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.simulator", description=__doc__.splitlines()[0]
    )
    parser.add_argument("what", choices=["creates", "memory", "grown"])
    parser.add_argument("count", nargs="?", type=int, default=MANY)
    options = parser.parse_args()
    if options.what == "creates":
        print(f"{creates():,.0f} creates a second of processor time")
    elif options.what == "memory":
        print(f"{options.count:,} invoices: {memory(options.count):.0f} MB")
    else:
        print(anyio.run(create, options.count)[1])


if __name__ == "__main__":
    main()

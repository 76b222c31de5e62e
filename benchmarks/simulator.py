"""How fast and how large the simulator is, through httpx and its ASGI transport, on one core.

    python -m benchmarks simulator
    python -m benchmarks.simulator creates | memory [COUNT] | imports [COUNT] | requests [COUNT]

Creates are counted by the second of processor time, of the client that asks for them as well; the best of several slices,
since what else runs on the machine only ever takes away. `imports` is the memory that imported documents of 5 KB take,
and `requests` the processor time of other calls to a simulator that holds so many invoices.
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
from examples.sample_invoices import ubl_invoice
from tests.simulator.support import invoice

from .table import Line

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable

SLICE = 400
SLICES = 8
MANY = 100_000
ROUNDS = 10


def _client(simulator: Simulator) -> httpx.AsyncClient:
    return httpx.AsyncClient(
        transport=httpx.ASGITransport(simulator.app),
        base_url="https://any.test",
        headers={"X-B2B-API-Key": simulator.api_key},
    )


async def _create(http: httpx.AsyncClient, path: str, first: int, last: int) -> None:
    for number in range(first, last):
        body = {**invoice(f"F-{number:06d}"), "send_after_import": True}
        reply = await http.post(path, json=body)
        assert reply.status_code == 201, reply.text


async def _import(http: httpx.AsyncClient, path: str, first: int, last: int) -> None:
    template = ubl_invoice(number="NUMBER")
    for number in range(first, last):
        content = template.replace(b"NUMBER", f"I-{number:06d}".encode())
        reply = await http.post(
            f"{path}/import", content=content, headers={"Content-Type": "application/octet-stream"}
        )
        assert reply.status_code == 201, reply.text


async def fill(
    count: int, make: Callable[[httpx.AsyncClient, str, int, int], Awaitable[None]]
) -> tuple[float, float]:
    """Make so many invoices; return those a second in the best slice, and by how many MB the process grew."""
    simulator = Simulator(limit=None)
    path = f"/accounts/{simulator.account}/invoices"
    best = 0.0
    async with _client(simulator) as http:
        await make(
            http, path, 0, min(SLICE, count)
        )  # what is imported and compiled once is no cost of an invoice
        before = _megabytes()
        for first in range(SLICE, count, SLICE):
            last = min(first + SLICE, count)
            began = time.process_time()
            await make(http, path, first, last)
            best = max(best, (last - first) / (time.process_time() - began))
    return best, _megabytes() - before


def creates() -> float:
    """Return the creates a second of processor time."""
    return anyio.run(fill, SLICE * (SLICES + 1), _create)[0]


def memory(count: int = MANY, what: str = "created") -> float:
    """Return by how many MB a process grows that so many invoices are made in; in an interpreter of its own."""
    command = [sys.executable, "-m", "benchmarks.simulator", what, str(count)]
    return float(subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout)


async def requests(count: int) -> None:
    """Print the milliseconds of processor time that calls take where there are so many invoices."""
    simulator = Simulator(limit=None)
    path = f"/accounts/{simulator.account}/invoices"
    async with _client(simulator) as http:
        await _create(http, path, 0, count)
        simulator.advance(60)
        first = (await http.get(f"{path}?limit=1")).json()["invoices"][0]["id"]
        drafts: list[int] = []
        for number in range(ROUNDS):
            reply = await http.post(path, json=invoice(f"X-{number}"))
            drafts.append(reply.json()["invoice"]["id"])

        async def timed(name: str, call: Callable[[int], Awaitable[httpx.Response]]) -> None:
            best = float("inf")
            for turn in range(ROUNDS):
                began = time.process_time()
                reply = await call(turn)
                best = min(best, time.process_time() - began)
                assert reply.is_success, reply.text
            print(f"{name:45} {best * 1000:7.2f} ms", flush=True)

        for query in (
            "number=F-000777", "limit=500", f"limit=500&offset={count - 500}", "sent=1", "date_from=2026-01-01",
            "query=tin_value=ESB98765431",
        ):  # fmt: skip
            await timed(f"GET invoices?{query}", lambda turn, query=query: http.get(f"{path}?{query}"))
        await timed("GET an invoice", lambda turn: http.get(f"/invoices/{first + turn}"))
        await timed(
            "GET an invoice with its lines", lambda turn: http.get(f"/invoices/{first + turn}?include=lines")
        )
        change = {"invoice": {"extra_info": "x"}}
        await timed("PUT an invoice", lambda turn: http.put(f"/invoices/{drafts[turn]}", json=change))
        events = f"/accounts/{simulator.account}/events?invoice_id={first}"
        await timed("GET events?invoice_id", lambda turn: http.get(events))


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
    parser.add_argument("what", choices=["creates", "memory", "imports", "requests", "created", "imported"])
    parser.add_argument("count", nargs="?", type=int, default=MANY)
    options = parser.parse_args()
    if options.what == "creates":
        print(f"{creates():,.0f} creates a second of processor time")
    elif options.what == "memory":
        print(f"{options.count:,} invoices: {memory(options.count):.0f} MB")
    elif options.what == "imports":
        print(f"{options.count:,} documents of 5 KB: {memory(options.count, 'imported'):.0f} MB")
    elif options.what == "requests":
        anyio.run(requests, options.count)
    else:
        print(anyio.run(fill, options.count, _create if options.what == "created" else _import)[1])


if __name__ == "__main__":
    main()

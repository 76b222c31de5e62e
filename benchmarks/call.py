"""What a typed call costs beside a bare one with the same HTTP library: the median of paired runs in one process.

    python -m benchmarks call
    python -m benchmarks.call profile | libraries

Processor time of `client.invoices.get(id)` over that of `http.get(url)` with `json.loads` of its reply, over a transport in
memory and over a connection to this machine, where the server is another process. The two of a pair run one after the
other, so that a busy machine is busy for both.
"""

from __future__ import annotations

import argparse
import asyncio
import cProfile
import json
import pstats
import statistics
import sys
import time
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import anyio
import httpx
from attrs import evolve

from b2brouter_async import B2Brouter
from b2brouter_async.limiter import TokenBucket

from . import peers
from .table import Line

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Iterable

KEY = "test_0123456789abcdef"
GOALS = {"in memory": 1.8, "loopback": 1.25}
CALLS = 200
RUNS = 15
REPLY = Path(__file__).parents[1] / "openapi" / "samples" / "invoice-detail.json"
SERVER = """
import asyncio, sys
body = open(sys.argv[1], "rb").read()
head = b"HTTP/1.1 200 OK\\r\\nContent-Type: application/json\\r\\nContent-Length: %d\\r\\n\\r\\n" % len(body)
class Answer(asyncio.Protocol):
    def connection_made(self, transport):
        self.transport, self.seen = transport, b""
    def data_received(self, data):
        self.seen += data
        while b"\\r\\n\\r\\n" in self.seen:
            self.seen = self.seen.partition(b"\\r\\n\\r\\n")[2]
            self.transport.write(head + body)
async def main():
    server = await asyncio.get_running_loop().create_server(Answer, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()
asyncio.run(main())
"""
HEADERS = {"X-B2B-API-Key": KEY, "X-B2B-API-Version": "2026-06-26", "Accept": "application/json"}


class InMemory(httpx.AsyncBaseTransport):
    """Answers each request with the same bytes, read as from a connection."""

    def __init__(self, body: bytes) -> None:
        self.body = body

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        headers = {"content-type": "application/json", "content-length": str(len(self.body))}
        return httpx.Response(200, headers=headers, stream=Stream(self.body))


class Stream(httpx.AsyncByteStream):
    def __init__(self, body: bytes) -> None:
        self.body = body

    async def __aiter__(self) -> AsyncIterator[bytes]:
        yield self.body


def typed(http: httpx.AsyncClient | None, url: str | None) -> B2Brouter:
    # A limit that is never reached: what is measured is the work, and not the waiting.
    return B2Brouter(KEY, base_url=url, http_client=http, limiter=TokenBucket(10_000_000, 60.0))


async def cpu(call: Callable[[], Awaitable[object]]) -> float:
    began = time.process_time()
    for _ in range(CALLS):
        await call()
    return (time.process_time() - began) / CALLS


async def compare(
    client: B2Brouter, http: httpx.AsyncClient, url: str, runs: int
) -> tuple[float, float, float]:
    """Return the ratio, and the microseconds of each."""

    async def own() -> object:
        return await client.invoices.get(5)

    async def bare() -> object:
        reply = await http.get(url, headers=HEADERS)
        reply.raise_for_status()
        value: object = json.loads(reply.content)
        return value

    for call in (own, bare):
        await cpu(call)
    pairs = [(await cpu(own), await cpu(bare)) for _ in range(runs)]
    ratio = statistics.median(one / other for one, other in pairs)
    mine, theirs = (statistics.median(column) * 1e6 for column in zip(*pairs, strict=True))
    return ratio, mine, theirs


@asynccontextmanager
async def in_memory(body: bytes) -> AsyncIterator[tuple[B2Brouter, httpx.AsyncClient, str]]:
    async with httpx.AsyncClient(transport=InMemory(body)) as http:
        yield typed(http, None), http, "https://api.b2brouter.net/invoices/5"


@asynccontextmanager
async def loopback(body: bytes) -> AsyncIterator[tuple[B2Brouter, httpx.AsyncClient, str]]:
    command = [sys.executable, "-c", SERVER, str(REPLY)]
    async with await anyio.open_process(command, stderr=None) as server:
        assert server.stdout is not None
        url = f"http://127.0.0.1:{(await server.stdout.receive()).decode().strip()}"
        async with httpx.AsyncClient() as http, typed(None, url) as client:
            yield client, http, f"{url}/invoices/5"
        server.kill()


async def libraries(runs: int) -> None:
    """Print what a call costs with each library, by the number of calls at once."""
    print(
        f"median of {runs} paired runs of {CALLS} calls over loopback, microseconds of processor time a call"
    )
    print(f"{'at once':>7} {'httpx':>8} {'httpx2':>8} {'ratio':>7}")
    command = [sys.executable, "-c", SERVER, str(REPLY)]
    async with await anyio.open_process(command, stderr=None) as server:
        assert server.stdout is not None
        url = f"http://127.0.0.1:{(await server.stdout.receive()).decode().strip()}"
        settings: dict[str, Any] = {"base_url": url, "limiter": TokenBucket(10_000_000, 60.0)}
        async with B2Brouter(KEY, **settings) as one, B2Brouter(KEY, transport="httpx2", **settings) as other:
            for at_once in (1, 10, 50):
                for client in (one, other):
                    await together(client, at_once)
                pairs = [(await together(one, at_once), await together(other, at_once)) for _ in range(runs)]
                ratio = statistics.median(second / first for first, second in pairs)
                first, second = (statistics.median(column) for column in zip(*pairs, strict=True))
                print(f"{at_once:>7} {first:>8.0f} {second:>8.0f} {ratio:>7.2f}")
        server.kill()


async def together(client: B2Brouter, at_once: int) -> float:
    """Return the processor time of a call, in microseconds, where a number of them is made at once."""

    async def some() -> None:
        for _ in range(CALLS // at_once):
            await client.invoices.get(5)

    began = time.process_time()
    async with anyio.create_task_group() as tasks:
        for _ in range(at_once):
            tasks.start_soon(some)
    return (time.process_time() - began) / CALLS * 1e6


WAYS: dict[str, Any] = {"in memory": in_memory, "loopback": loopback}


async def measured() -> list[Line]:
    found: list[Line] = []
    for name, way in WAYS.items():
        async with way(REPLY.read_bytes()) as (client, http, url):
            ratio, _, _ = await compare(client, http, url, RUNS)
            found.append(Line(f"a typed call, {name}", ratio, goal=GOALS[name], unit="times bare httpx"))
    found[0] = evolve(
        found[0],
        peers={name: peers.run("call", name) for name in peers.installed(peers.CALLERS)},
        note="peers: times the bare call of their own HTTP library",
    )
    return found


def lines() -> Iterable[Line]:
    return asyncio.run(measured())


async def profile() -> None:
    """Print where the time of a call goes."""
    for way in WAYS.values():
        async with way(REPLY.read_bytes()) as (client, _, _):
            watch = cProfile.Profile()
            await client.invoices.get(5)
            watch.enable()
            for _ in range(CALLS * 5):
                await client.invoices.get(5)
            watch.disable()
            pstats.Stats(watch).sort_stats("tottime").print_stats(45)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("what", choices=["profile", "libraries"])
    asyncio.run(profile() if parser.parse_args().what == "profile" else libraries(RUNS))

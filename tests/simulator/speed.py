"""How fast and how large the simulator is: `python -m tests.simulator.speed --invoices 100000`.

Creates go through httpx and its ASGI transport, one after the other. Times are those of the processor, so that a busy
machine does not change them: what one core does.
"""

from __future__ import annotations

import argparse
import resource
import time

import anyio
import httpx

from b2brouter_async.simulator import Simulator

from .support import invoice


def megabytes() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


async def timed(http: httpx.AsyncClient, path: str, times: int = 20) -> float:
    """Milliseconds of a request, on average."""
    start = time.process_time()
    for _ in range(times):
        (await http.get(path)).raise_for_status()
    return (time.process_time() - start) / times * 1000


async def measure(count: int, data: str | None) -> None:
    simulator = Simulator(limit=None, data=data)
    transport = httpx.ASGITransport(simulator.app)
    headers = {"X-B2B-API-Key": simulator.api_key}
    path = f"/accounts/{simulator.account}/invoices"
    async with httpx.AsyncClient(transport=transport, base_url="https://any.test", headers=headers) as http:
        before, begin = megabytes(), time.process_time()
        for number in range(count):
            reply = await http.post(path, json={**invoice(f"F-{number:06d}"), "send_after_import": True})
            assert reply.status_code == 201
            if (number + 1) % max(1, count // 10) == 0:
                rate = (number + 1) / (time.process_time() - begin)
                print(
                    f"{number + 1} invoices: {rate:.0f} creates a second, {megabytes() - before:.0f} MB",
                    flush=True,
                )
        simulator.advance(60)
        for query in (
            "?number=F-000777",
            "?limit=500",
            f"?limit=500&offset={count - 500}",
            "?sent=1",
            "?date_from=2026-01-01",
        ):
            print(f"GET {query}: {await timed(http, path + query):.1f} ms", flush=True)
    simulator.close()


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.simulator.speed", description=__doc__)
    parser.add_argument("--invoices", type=int, default=10_000)
    parser.add_argument("--data", default=None, help="an SQLite file to keep the state in")
    options = parser.parse_args()
    anyio.run(measure, options.invoices, options.data)


if __name__ == "__main__":
    main()

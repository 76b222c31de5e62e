"""One of several processes that send as fast as a limit shared through Redis or PostgreSQL lets them.

Started by the tests with a JSON object of settings as its argument. Prints one line when it is
ready, waits for one on its input, sends until told by time, then prints its arrivals as JSON.
All processes of one machine share the monotonic clock, so their arrivals can be put in order.
"""

from __future__ import annotations

import json
import random
import sys
import time

import anyio

from b2brouter_async.limiter import PostgresTokenBucket, RedisTokenBucket


async def main(settings: dict[str, float | str]) -> None:
    url = str(settings["url"])
    bucket = (PostgresTokenBucket if url.startswith("postgresql:") else RedisTokenBucket)(
        url,
        "api.example",
        str(settings["key"]),
        int(settings["limit"]),
        float(settings["period"]),
        lease=float(settings["lease"]),
        grace=float(settings["lease"]),
    )
    scale = float(settings["period"]) / 60.0
    chance = random.Random(int(settings["seed"]))
    arrivals: list[float] = []
    stood_still = 0.0

    async def work() -> None:
        while time.monotonic() < end:
            lease = await bucket.acquire()
            await anyio.sleep(scale * min(0.4, max(0.02, chance.lognormvariate(-2.5, 0.6))))
            arrivals.append(time.monotonic())
            await anyio.sleep(scale * min(0.4, max(0.02, chance.lognormvariate(-2.5, 0.6))))
            bucket.release(lease, "ok")

    async def watch() -> None:
        """Measure for how long this process stood still, which no limiter can help."""
        nonlocal stood_still
        while time.monotonic() < end:
            before = time.monotonic()
            await anyio.sleep(0.005)
            stood_still = max(stood_still, time.monotonic() - before - 0.005)

    print("ready", flush=True)
    sys.stdin.readline()
    end = time.monotonic() + float(settings["seconds"])
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(watch)
        for _ in range(12):
            tasks.start_soon(work)
    print(
        json.dumps({"arrivals": arrivals, "script_calls": bucket.script_calls, "stood_still": stood_still}),
        flush=True,
    )


if __name__ == "__main__":
    given = json.loads(sys.argv[1])
    anyio.run(main, given, backend=str(given["backend"]))

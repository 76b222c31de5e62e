"""The limiter beside four others, on five kinds of server, in virtual time; and what a grant costs.

    python -m benchmarks.limiter            # prints the tables
    python -m benchmarks.limiter --plot     # also draws docs/limiter.svg (needs matplotlib)

Every package runs as it is, on its own timers; only the clock is virtual (`limiter_virtual`).
Fifty workers with endless demand send for ten periods; one way through the network takes 20 to
400 ms (lognormal, median 80). The arrivals are judged by each server at eight phases of its
window; the worst counts.
"""

from __future__ import annotations

import sys
from collections.abc import Awaitable, Callable, Iterable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.limiter_virtual import Now, run  # first: it replaces the clock

# isort: split
import asyncio
import random

import aiolimiter
import aiometer
import pyrate_limiter
import throttled.asyncio as throttled

from b2brouter_async.limiter import TokenBucket
from benchmarks.table import Line
from tests.limiter.servers import SERVERS, refused
from tests.limiter.simulation import wan

LIMIT, PERIOD, PERIODS, WORKERS, SEEDS = 1000, 60.0, 10, 50, 3

Send = Callable[[], Awaitable[None]]
Limited = Callable[[Send], Awaitable[None]]


def ours(**settings: Any) -> Limited:
    bucket = TokenBucket(LIMIT, PERIOD, **settings)

    async def limited(send: Send, priority: int = 0) -> None:
        lease = await bucket.acquire(priority)
        try:
            await send()
        finally:
            bucket.release(lease, "ok")

    return limited


def with_aiolimiter(rate: float, period: float) -> Limited:
    limiter = aiolimiter.AsyncLimiter(rate, period)

    async def limited(send: Send) -> None:
        async with limiter:
            await send()

    return limited


def with_pyrate_limiter() -> Limited:
    limiter = pyrate_limiter.Limiter(pyrate_limiter.Rate(LIMIT, int(PERIOD * 1000)))

    async def limited(send: Send) -> None:
        assert await limiter.try_acquire_async("key")
        await send()

    return limited


def with_throttled() -> Limited:
    limiter = throttled.Throttled(
        key="key",
        using=throttled.RateLimiterType.GCRA.value,
        quota=throttled.rate_limiter.per_min(LIMIT),
        store=throttled.store.MemoryStore(),
        timeout=1e6,
    )

    async def limited(send: Send) -> None:
        result = await limiter.limit()
        assert not result.limited
        await send()

    return limited


CANDIDATES: dict[str, Callable[[], Limited] | None] = {
    "ours, default": ours,
    "ours, burst=50": lambda: ours(burst=50.0),
    "aiolimiter (1000, 60)": lambda: with_aiolimiter(LIMIT, PERIOD),
    "aiolimiter (1, 0.06)": lambda: with_aiolimiter(1, PERIOD / LIMIT),
    "pyrate-limiter": with_pyrate_limiter,
    "throttled-py GCRA": with_throttled,
    "aiometer": None,  # runs the tasks itself
}


def saturate(make: Callable[[], Limited] | None, seed: int) -> list[float]:
    """Arrivals at the server, in order, under endless demand."""
    chance = random.Random(seed)
    arrivals: list[float] = []
    start = Now.seconds
    end = start + PERIODS * PERIOD

    async def send(_: object = None) -> None:
        await asyncio.sleep(wan(chance))
        arrivals.append(Now.seconds - start)
        await asyncio.sleep(wan(chance))

    async def main() -> None:
        if make is None:
            requests = int(LIMIT * PERIODS)
            await aiometer.run_on_each(
                send, range(requests), max_per_second=LIMIT / PERIOD, max_at_once=WORKERS
            )
            return
        limited = make()

        async def work() -> None:
            while Now.seconds < end:
                await limited(send)

        async with asyncio.TaskGroup() as tasks:
            for _ in range(WORKERS):
                tasks.create_task(work())

    run(main())
    return sorted(arrival for arrival in arrivals if arrival < PERIODS * PERIOD)


def interactive_wait(make: Callable[[], Limited] | None) -> float | None:
    """How long a call waits that comes behind 2,000 others; None if the package has no such thing."""
    if make is None:
        return None
    waited = 0.0

    async def nothing() -> None:
        await asyncio.sleep(0.16)

    async def main() -> None:
        limited = make()
        bulk = [asyncio.ensure_future(limited(nothing)) for _ in range(2000)]
        await asyncio.sleep(5.0)
        asked = Now.seconds

        async def sent() -> None:
            nonlocal waited
            waited = Now.seconds - asked

        if limited.__qualname__.startswith("ours"):
            await limited(sent, 1)  # type: ignore[call-arg]
        else:
            await limited(sent)
        for task in bulk:
            task.cancel()
        await asyncio.gather(*bulk, return_exceptions=True)

    run(main())
    return waited


def percent(refusals: int, requests: int) -> str:
    return "0" if not refusals else f"{100 * refusals / requests:.2g} %"


def compare() -> dict[str, list[float]]:
    """Print the table, and return one run of each for the plot."""
    print("| limiter | first period | " + " | ".join(SERVERS) + " | used | first 100 | urgent |")
    print("|---|" + "---|" * (len(SERVERS) + 4))
    runs: dict[str, list[float]] = {}
    for name, make in CANDIDATES.items():
        seeds = [saturate(make, seed) for seed in range(SEEDS)]
        runs[name] = seeds[0]
        requests = sum(map(len, seeds))
        refusals = {
            server: sum(
                refused(server, arrivals, LIMIT, PERIOD, phases=8, counts_refused=False) for arrivals in seeds
            )
            for server in SERVERS
        }
        first = sum(arrival < PERIOD for arrival in seeds[0])
        used = sum(sum(arrival >= 2 * PERIOD for arrival in arrivals) for arrivals in seeds)
        used_share = used / (LIMIT * (PERIODS - 2) * SEEDS)
        wait = interactive_wait(make)
        print(
            f"| {name} | {first / LIMIT:.2f} | "
            + " | ".join(percent(count, requests) for count in refusals.values())
            + f" | {used_share:.1%} | {seeds[0][99]:.1f} s | {'-' if wait is None else f'{wait:.2f} s'} |",
            flush=True,
        )
    return runs


BESIDE = ("aiolimiter (1000, 60)", "aiolimiter (1, 0.06)", "pyrate-limiter", "throttled-py GCRA", "aiometer")


def lines() -> Iterable[Line]:
    """What the strictest of the servers refuses, and what is used, with one seed; the whole table takes three."""
    arrivals = {name: saturate(CANDIDATES[name], 0) for name in ("ours, default", *BESIDE)}

    def worst(sent: list[float]) -> float:
        counts = (refused(server, sent, LIMIT, PERIOD, phases=8, counts_refused=False) for server in SERVERS)
        return 100 * max(counts) / len(sent)

    def used(sent: list[float]) -> float:
        return sum(arrival >= 2 * PERIOD for arrival in sent) / (LIMIT * (PERIODS - 2)) * 100

    note = "virtual time; endless demand, 1,000 a minute"
    yield Line(
        "refused by the strictest of five servers",
        worst(arrivals["ours, default"]),
        goal=0.0,
        unit="% of requests",
        peers={name: worst(arrivals[name]) for name in BESIDE},
        note=note,
    )
    yield Line(
        "used of the limit, from the third minute on",
        used(arrivals["ours, default"]),
        goal=98.0,
        unit="%",
        at_least=True,
        peers={name: used(arrivals[name]) for name in BESIDE},
        note=note,
    )


def plot(runs: dict[str, list[float]], path: Path) -> None:
    import matplotlib as mpl

    mpl.use("svg")
    mpl.rcParams["svg.hashsalt"] = "b2brouter"  # the same file every time
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(figsize=(9, 4.5))
    for name in ("ours, default", "aiolimiter (1000, 60)", "pyrate-limiter", "aiometer"):
        arrivals = runs[name]
        times = [second / 2 for second in range(2, 2 * int(4 * PERIOD))]
        counts = [sum(time - PERIOD < arrival <= time for arrival in arrivals) for time in times]
        axes.plot(times, counts, label=name, linewidth=1.6)
    axes.axhline(LIMIT, color="black", linestyle="--", linewidth=1.0, label="the limit")
    axes.set_xlabel("seconds since the first request")
    axes.set_ylabel("requests in the last 60 s, at the server")
    axes.set_ylim(0, 2100)
    axes.legend(loc="upper right")
    axes.grid(alpha=0.3)
    figure.tight_layout()
    figure.savefig(path, metadata={"Date": None})


if __name__ == "__main__":
    results = compare()
    if "--plot" in sys.argv:
        plot(results, Path(__file__).parents[1] / "docs" / "limiter.svg")

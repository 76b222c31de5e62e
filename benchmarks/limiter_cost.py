"""What a grant costs in processor time: alone, and with 50 or 5,000 others waiting.

    python -m benchmarks.limiter_cost

The loop is virtual, so that waiting takes no time and only work is measured.
"""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.limiter_virtual import real_monotonic, run  # first: it replaces the clock

# isort: split
import asyncio
import statistics
import time
from typing import TYPE_CHECKING

import trio

from b2brouter_async.limiter import TokenBucket
from b2brouter_async.limiter.waiting import MonotonicClock
from benchmarks.limiter import CANDIDATES, Limited
from benchmarks.table import Line

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from contextlib import AbstractAsyncContextManager

ROUNDS = 9
TIMES = 10_000
SLOW = ("throttled-py GCRA",)  # minutes, with 5,000 waiting


class RealClock(MonotonicClock):
    """Costs what the users' clock costs, not what a virtual one does."""

    now = staticmethod(real_monotonic)


def bucket() -> TokenBucket:
    """So large that nobody ever waits."""
    return TokenBucket(10_000_000, clock=RealClock())


async def entries(gate: AbstractAsyncContextManager[object]) -> float:
    """Seconds for one uncontended entry and exit."""
    start = time.process_time()
    for _ in range(TIMES):
        async with gate:
            pass
    return (time.process_time() - start) / TIMES


async def pairs(semaphore: asyncio.Semaphore | trio.Semaphore | None) -> float:
    """Seconds for one uncontended acquire and release; None is our bucket."""
    ours = bucket()
    start = time.process_time()
    if semaphore is None:
        for _ in range(TIMES):
            ours.release(await ours.acquire(), "ok")
    else:
        for _ in range(TIMES):
            await semaphore.acquire()
            semaphore.release()
    return (time.process_time() - start) / TIMES


def measured_alone() -> dict[str, list[tuple[float, float]]]:
    """Return what an uncontended grant costs: a semaphore's and ours, in turn."""
    figures: dict[str, list[tuple[float, float]]] = {}

    async def on_asyncio() -> None:
        figures.setdefault("asyncio, `async with`", []).append(
            (await entries(asyncio.Semaphore(1)), await entries(bucket()))
        )
        figures.setdefault("asyncio, acquire and release", []).append(
            (await pairs(asyncio.Semaphore(1)), await pairs(None))
        )

    async def on_trio() -> None:
        figures.setdefault("trio, `async with`", []).append(
            (await entries(trio.Semaphore(1)), await entries(bucket()))
        )
        figures.setdefault("trio, acquire and release", []).append(
            (await pairs(trio.Semaphore(1)), await pairs(None))
        )

    for _ in range(ROUNDS):
        asyncio.run(on_asyncio())
        trio.run(on_trio)
    return figures


def alone() -> None:
    """Print what an uncontended grant costs: medians of runs in turn with a semaphore's."""
    figures = measured_alone()
    print("| uncontended | semaphore, us | TokenBucket, us | ratio |")
    print("|---|---|---|---|")
    for name, runs in figures.items():
        bare = statistics.median(run[0] for run in runs) * 1e6
        ours = statistics.median(run[1] for run in runs) * 1e6
        ratio = statistics.median(run[1] / run[0] for run in runs)
        print(f"| {name} | {bare:.2f} | {ours:.2f} | {ratio:.1f} |")


def crowded(make: Callable[[], Limited], waiting: int) -> float:
    """Seconds for one grant while so many wait: the best of five hundreds.

    The first twelve hundred don't count: some let a whole limit through at once.
    """
    best = float("inf")

    async def main() -> None:
        nonlocal best
        limited = make()
        granted = 0
        began = 0.0
        done = asyncio.Event()

        async def sent() -> None:
            nonlocal granted, began, best
            granted += 1
            if granted % 100 == 0:
                now = time.process_time()
                if granted > 1_200:
                    best = min(best, (now - began) / 100)
                began = now
            if granted >= 1_700:
                done.set()

        async def work() -> None:
            while not done.is_set():
                await limited(sent)

        workers = [asyncio.ensure_future(work()) for _ in range(waiting)]
        await done.wait()
        for worker in workers:
            worker.cancel()
        await asyncio.gather(*workers, return_exceptions=True)

    run(main())
    return best


def lines() -> Iterable[Line]:
    for name, runs in measured_alone().items():
        yield Line(
            f"a grant of the limiter that waits for nothing, {name}",
            statistics.median(ours / bare for bare, ours in runs),
            goal=4.0,
            unit="times a semaphore's",
        )
    few, many = (min(crowded(limiter_that_is_ours, waiting) for _ in range(5)) for waiting in (50, 5_000))
    yield Line(
        "a grant while 5,000 wait, beside 50",
        many / few,
        goal=1.5,
        note="virtual time; processor time of a grant",
    )


def limiter_that_is_ours() -> Limited:
    made = CANDIDATES["ours, default"]
    assert made is not None
    return made()


def table() -> None:
    alone()
    print("\n| a grant, in us | 50 waiting | 5,000 waiting | ratio |")
    print("|---|---|---|---|")
    for name, make in CANDIDATES.items():
        if make is None:
            continue
        few = min(crowded(make, 50) for _ in range(5))
        many = min(crowded(make, 5_000) for _ in range(1 if name in SLOW else 5))
        print(f"| {name} | {few * 1e6:.0f} | {many * 1e6:.0f} | {many / few:.1f} |", flush=True)


if __name__ == "__main__":
    table()

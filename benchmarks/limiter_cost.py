"""What a grant costs in processor time: alone, and with 50 or 5,000 others waiting.

    python -m benchmarks.limiter_cost

The loop is virtual, so that waiting takes no time and only work is measured.
"""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.limiter_virtual import run  # first: it replaces the clock

# isort: split
import asyncio
import time
from typing import TYPE_CHECKING

import anyio

from b2brouter_async.limiter import TokenBucket
from benchmarks.limiter import CANDIDATES, Limited

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractAsyncContextManager

ROUNDS = 5
SLOW = ("throttled-py GCRA",)  # minutes, with 5,000 waiting


async def nothing() -> None:
    pass


def alone(make: Callable[[], AbstractAsyncContextManager[object]], times: int = 20_000) -> float:
    """Seconds for one uncontended entry and exit, the best of some rounds."""
    best = float("inf")

    async def main() -> None:
        nonlocal best
        gate = make()
        start = time.process_time()
        for _ in range(times):
            async with gate:
                pass
        best = min(best, (time.process_time() - start) / times)

    for _ in range(ROUNDS):
        run(main())
    return best


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


def bucket() -> TokenBucket:
    """So large that nobody ever waits."""
    return TokenBucket(10_000_000, 0.05)


def table() -> None:
    gates: dict[str, Callable[[], AbstractAsyncContextManager[object]]] = {
        "asyncio.Semaphore": lambda: asyncio.Semaphore(1),
        "anyio.Semaphore, fast_acquire": lambda: anyio.Semaphore(1, fast_acquire=True),
        "anyio.Semaphore": lambda: anyio.Semaphore(1),
        "TokenBucket": bucket,
    }
    costs = {name: alone(make) for name, make in gates.items()}
    print("| uncontended `async with` | us | TokenBucket is |")
    print("|---|---|---|")
    for name, cost in costs.items():
        print(f"| {name} | {cost * 1e6:.2f} | {costs['TokenBucket'] / cost:.1f} x |")
    print("\n| a grant, in us | 50 waiting | 5,000 waiting | ratio |")
    print("|---|---|---|---|")
    for name, make in CANDIDATES.items():
        if make is None:
            continue
        few = min(crowded(make, 50) for _ in range(ROUNDS))
        many = min(crowded(make, 5_000) for _ in range(1 if name in SLOW else ROUNDS))
        print(f"| {name} | {few * 1e6:.0f} | {many * 1e6:.0f} | {many / few:.1f} |", flush=True)


if __name__ == "__main__":
    table()

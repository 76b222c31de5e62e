"""Several processes on one key through Redis, in virtual time: the real script on a real redis-server.

    python -m benchmarks.limiter_shared

Only the script's clock is replaced; a script takes 0.5 to 5 ms each way, one way through the network
20 to 400 ms. First processes with endless demand, judged by five servers; then a page that fans out
behind 2,000 waiting bulk calls, at the worst of twenty moments.
"""

from __future__ import annotations

import secrets
import sys
import tempfile
from functools import partial
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from tests.limiter.conftest import RedisServer
from tests.limiter.servers import SERVERS, refused
from tests.limiter.shared_simulation import SharedSimulation
from tests.limiter.simulation import wan

PERIOD = 60.0
PERIODS = 6
PAGES = {600: 30, 1000: 50}
MOMENTS = [
    1.0,
    *(57.0 + 0.5 * number for number in range(9)),
    *(75.3 + 11.7 * number for number in range(10)),
]
DRIFTS = (-0.0005, 0.0005)


def simulation(url: str, limit: int, processes: int, workers: int) -> SharedSimulation:
    return SharedSimulation(
        url, secrets.token_hex(8), limit, PERIOD, wan, processes=processes, workers=workers
    )


def endless(url: str, processes: int) -> str:
    """One row: refusals, use, shares and scripts."""
    limit = 1000
    world = simulation(url, limit, processes, workers=50)
    world.run(PERIODS * PERIOD)
    arrivals = world.arrivals()
    refusals = sum(
        max(refused(server, arrivals, limit, PERIOD, phases=8, drift=drift) for drift in DRIFTS)
        for server in SERVERS
    )
    used = sum(arrival >= PERIOD for arrival in arrivals) / (limit * (PERIODS - 1))
    shares = [len(process.arrivals) for process in world.processes]
    scripts = sum(process.messenger.script_calls for process in world.processes) / len(arrivals)
    world.close()
    return f"| {processes} | {refusals} | {used:.1%} | {min(shares)} to {max(shares)} | {scripts:.2f} |"


def page(url: str, limit: int, processes: int) -> float:
    """Seconds in which a page's calls leave, at the worst moment."""
    worst = 0.0
    for moment in MOMENTS:
        world = simulation(url, limit, processes, workers=2_000 // processes)
        for _ in range(PAGES[limit]):
            world.at(moment, partial(world.ask_urgently, world.processes[0]))
        world.run(moment + 20.0)
        worst = max(worst, *world.processes[0].interactive_waits)
        world.close()
    return worst


def main(url: str) -> None:
    print("| processes | refused, all five servers | used | shares | scripts a request |")
    print("|---|---|---|---|---|")
    for processes in (4, 12):
        print(endless(url, processes), flush=True)
    print("\n| a page behind 2,000 bulk calls | " + " | ".join(f"{n} processes" for n in (4, 12)) + " |")
    print("|---|---|---|")
    for limit, calls in PAGES.items():
        waits = " | ".join(f"{page(url, limit, processes):.2f} s" for processes in (4, 12))
        print(f"| {calls} calls, limit {limit} | {waits} |", flush=True)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(prefix="b2b") as folder:
        server = RedisServer(Path(folder))
        try:
            main(server.url)
        finally:
            server.stop()

"""Four processes, one key, a real Redis: limit and latency scaled down together."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.limiter.servers import SERVERS, refused

if TYPE_CHECKING:
    from tests.limiter.conftest import RedisServer

ROOT = Path(__file__).parents[2]


class Worker:
    """A process running `redis_worker`."""

    def __init__(self, server: RedisServer, seed: int, **settings: float | str) -> None:
        given = {
            "url": server.url,
            "seed": seed,
            "lease": 2.0,
            "backend": ("asyncio", "trio")[seed % 2],
            **settings,
        }
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.limiter.redis_worker", json.dumps(given)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=ROOT,
        )
        self.arrivals: list[float] = []
        self.visits = 0

    def wait_until_ready(self) -> None:
        assert self.process.stdout is not None
        assert self.process.stdout.readline() == "ready\n"

    def go(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write("go\n")
        self.process.stdin.flush()

    def finish(self) -> None:
        out, _ = self.process.communicate(timeout=60.0)
        told = json.loads(out)
        self.arrivals, self.visits = told["arrivals"], told["visits"]

    def kill(self) -> None:
        self.process.kill()
        self.process.communicate()


def start(server: RedisServer, **settings: float | str) -> list[Worker]:
    workers = [Worker(server, seed, **settings) for seed in range(4)]
    for worker in workers:
        worker.wait_until_ready()
    for worker in workers:
        worker.go()
    return workers


def test_four_processes_are_refused_nothing_use_the_limit_and_share_it_fairly(
    redis_server: RedisServer,
) -> None:
    limit, period, seconds = 400, 8.0, 25.0
    workers = start(redis_server, key="four", limit=limit, period=period, seconds=seconds)
    for worker in workers:
        worker.finish()
    arrivals = sorted(arrival for worker in workers for arrival in worker.arrivals)
    origin = arrivals[0]
    arrivals = [arrival - origin for arrival in arrivals]
    verdicts = {server: refused(server, arrivals, limit, period, phases=8) for server in SERVERS}
    assert verdicts == dict.fromkeys(SERVERS, 0)
    counted = sum(period <= arrival < 3 * period for arrival in arrivals)
    assert counted >= 0.97 * 2 * limit
    shares = [len(worker.arrivals) for worker in workers]
    assert min(shares) >= 0.8 * max(shares)
    assert sum(worker.visits for worker in workers) <= 3 * len(arrivals)
    print(
        f"\nrefused {verdicts}; used {counted / 2 / limit:.1%}; shares {shares}; "
        f"{sum(worker.visits for worker in workers) / len(arrivals):.2f} scripts a request"
    )


def test_when_a_process_is_killed_the_others_reach_the_full_limit_again(redis_server: RedisServer) -> None:
    limit, period, lease = 100, 2.0, 1.0
    workers = start(redis_server, key="killed", limit=limit, period=period, lease=lease, seconds=10.0)
    time.sleep(2.5)
    workers[0].kill()
    killed = time.monotonic()
    for worker in workers[1:]:
        worker.finish()
    recovered = killed + period + lease
    arrivals = [arrival for worker in workers[1:] for arrival in worker.arrivals]
    counted = sum(recovered <= arrival < recovered + 2 * period for arrival in arrivals)
    assert counted >= 0.97 * 2 * limit
    assert pytest.approx(counted, rel=0.04) == 2 * limit

"""Four processes, one key, a real Redis or PostgreSQL: limit and latency scaled down together."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.limiter.servers import SERVERS, refused

# Minutes of real time, of processor too: `make long`.
pytestmark = pytest.mark.nightly
ROOT = Path(__file__).parents[2]


@pytest.fixture(params=["redis", "postgres"])
def url(request: pytest.FixtureRequest) -> str:
    if request.param == "redis":
        return str(request.getfixturevalue("redis_server").url)
    return str(request.getfixturevalue("database"))


class Worker:
    """A process running `shared_worker`."""

    def __init__(self, url: str, seed: int, **settings: float | str) -> None:
        given = {
            "url": url,
            "seed": seed,
            "lease": 2.0,
            "backend": ("asyncio", "trio")[seed % 2],
            **settings,
        }
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.limiter.shared_worker", json.dumps(given)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=ROOT,
        )
        self.arrivals: list[float] = []
        self.script_calls = 0
        self.stood_still = 0.0

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
        self.arrivals, self.script_calls, self.stood_still = (
            told["arrivals"],
            told["script_calls"],
            told["stood_still"],
        )

    def kill(self) -> None:
        self.process.kill()
        self.process.communicate()


def start(url: str, **settings: float | str) -> list[Worker]:
    workers = [Worker(url, seed, **settings) for seed in range(4)]
    for worker in workers:
        worker.wait_until_ready()
    for worker in workers:
        worker.go()
    return workers


def was_busy(workers: list[Worker], period: float) -> bool:
    """Whether the machine, not the limiter, may be to blame for a missed figure.

    The pace leaves a margin of a hundredth of the period; a process that stands still for longer
    uses it up. The same figures in virtual time, whatever the machine does, are in test_shared.py.
    """
    stood_still = max(worker.stood_still for worker in workers)
    return stood_still > period / 200.0 or os.getloadavg()[0] > (os.cpu_count() or 1) / 2


def test_four_processes_are_refused_nothing_use_the_limit_and_share_it_fairly(
    url: str,
) -> None:
    limit, period, seconds = 200, 8.0, 18.0
    for attempt in range(3):
        workers = start(url, key=f"four-{attempt}", limit=limit, period=period, seconds=seconds)
        for worker in workers:
            worker.finish()
        arrivals = sorted(arrival for worker in workers for arrival in worker.arrivals)
        arrivals = [arrival - arrivals[0] for arrival in arrivals]
        verdicts = {server: refused(server, arrivals, limit, period, phases=8) for server in SERVERS}
        counted = sum(period <= arrival < 2 * period for arrival in arrivals)
        shares = [len(worker.arrivals) for worker in workers]
        script_calls = sum(worker.script_calls for worker in workers) / len(arrivals)
        stood_still = max(worker.stood_still for worker in workers)
        print(
            f"\nrefused {verdicts}; used {counted / limit:.1%}; shares {shares}; "
            f"{script_calls:.2f} scripts a request; stood still for {stood_still * 1000:.0f} ms at most"
        )
        # How often the store is asked hangs on the machine; test_shared.py counts it in virtual time.
        # These hold however late a request is sent or counted.
        assert verdicts["fixed windows"] == verdicts["sliding log"] == 0
        assert min(shares) > 0
        good = (
            verdicts == dict.fromkeys(SERVERS, 0)
            and counted >= 0.97 * limit
            and min(shares) >= 0.8 * max(shares)
        )
        if good:
            break
        assert was_busy(workers, period)


def test_when_a_process_is_killed_the_others_reach_the_full_limit_again(url: str) -> None:
    limit, period, lease = 60, 6.0, 1.5
    for attempt in range(3):
        workers = start(url, key=f"killed-{attempt}", limit=limit, period=period, lease=lease, seconds=17.5)
        time.sleep(3.0)
        workers[0].kill()
        killed = time.monotonic()
        for worker in workers[1:]:
            worker.finish()
        recovered = killed + period + lease
        arrivals = [arrival for worker in workers[1:] for arrival in worker.arrivals]
        counted = sum(recovered <= arrival < recovered + period for arrival in arrivals)
        print(f"\nused {counted / limit:.1%} by three of four")
        assert 0 < counted <= limit
        # Without the share of the one that was killed it would be 75 %. One request is 1.7 %; docs/limiter.md has the figure.
        if counted >= 0.9 * limit:
            break
        assert was_busy(workers[1:], period)

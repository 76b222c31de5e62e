"""The long forms of what the tests prove in short: python -m tests.webhooks.nightly

Web hooks, 5,000 events and a kill every hundred; received invoices, 300 and a kill in each gap; 10,000 open invoices
followed for a day.
"""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

import httpx
import trio
from trio.testing import MockClock

from b2brouter_async import B2Brouter
from tests.following.conftest import ACCOUNT, Server
from tests.following.test_changes import Watched, watch
from tests.received import crashing, test_crashes
from tests.webhooks.crashing import POINTS, drive


def web_hooks() -> str:
    """Receive 5,000 events with a receiver that is killed again and again."""
    deaths = [(POINTS[number % len(POINTS)], 60 + number % 50) for number in range(48)]
    with tempfile.TemporaryDirectory() as folder:
        result = drive(Path(folder), deaths, events=5000)
    effects = sorted(invoice for _, invoice in result["effects"])
    assert effects == list(range(5000)), "each event has one effect"
    assert result["died"] == len(deaths)
    return f"{result['died']} kills, {result['calls']} calls, {result['handled']} handled, {len(effects)} effects"


async def following() -> Watched:
    """Follow 10,000 open invoices for a day."""
    server = Server()
    async with (
        httpx.AsyncClient(transport=httpx.MockTransport(server.answer)) as http,
        B2Brouter(
            "test_key", account=ACCOUNT, base_url="https://server.test", http_client=http,
            requests_per_minute=1_000_000, max_attempts=1,
        ) as client,
    ):  # fmt: skip
        return await watch(client, server, invoices=10_000, hours=24, changing=2000)


def received() -> str:
    """Work off 300 received invoices with two workers, once for each gap in which one is killed."""
    for point in crashing.POINTS:
        with tempfile.TemporaryDirectory() as folder:
            trio.run(test_crashes.run, Path(folder), point, 3, 300)
    return f"{len(crashing.POINTS)} queues of 300"


def main() -> None:
    """Run all three and say what came out."""
    begun = time.monotonic()
    print("web hooks:", web_hooks())
    watched = trio.run(following, clock=MockClock(autojump_threshold=0))
    assert (watched.twice, watched.missed) == (0, 0)
    print("following:", watched)
    print("received:", received())
    print(f"in {time.monotonic() - begun:.0f} s")


if __name__ == "__main__":
    main()

"""A process that uploads a folder with a journal in a database: python -m tests.fleet.uploading JSON

Prints a line for each outcome. Its clocks may show any time of day.
"""

from __future__ import annotations

import datetime
import json
import sys
import time
from pathlib import Path
from typing import Any

import anyio


def turn_clocks(seconds: float) -> None:
    """Have this process believe that it is another time of day."""
    moment, real = time.time, datetime.datetime

    class Turned(real):  # type: ignore[misc, valid-type]
        @classmethod
        def now(cls, tz: datetime.tzinfo | None = None) -> Any:
            return real.now(tz) + datetime.timedelta(seconds=seconds)

    time.time = lambda: moment() + seconds
    datetime.datetime = Turned  # type: ignore[misc]


async def main(given: dict[str, Any]) -> None:
    """Upload."""
    from b2brouter_async import B2Brouter
    from b2brouter_async.bulk import LeaseTimes, Ledger, Patience, PostgresJournal
    from b2brouter_async.limiter import TokenBucket

    times = LeaseTimes(lease=given["lease"], beat=given["lease"] / 5, margin=given["lease"] / 5)
    limiter = TokenBucket(10**6, 1.0, max_in_flight=16)
    async with (
        await Ledger.open(given["database"], times=times, name=given["name"]) as ledger,
        B2Brouter("test_simulator", base_url=given["url"], timeout=60, limiter=limiter) as client,
    ):
        about = {"account": given["account"], "environment": client.environment.name, "host": client.base_url}
        journal = await PostgresJournal.on(ledger, {**about, "direction": "issued", "send": "yes"})
        async with client.account(given["account"]).upload(
            journal=journal, concurrency=8, patience=Patience(visibility=0.5, deadline=60)
        ) as run:
            async for outcome in run(Path(given["folder"])):
                print(json.dumps([outcome.kind, outcome.number, outcome.repeated]), flush=True)


if __name__ == "__main__":
    options = json.loads(sys.argv[1])
    if options.get("ahead"):
        turn_clocks(options["ahead"])
    anyio.run(main, options, backend=options.get("backend", "asyncio"))

"""How long a list of 10,000 rows takes, in sequence and with pages under way at once, at several latencies.

    python -m benchmarks.lists

On trio's own clock, which jumps to the next thing that happens: what is counted is waiting alone, the same on every
machine. Fails where reading ahead is less than 5 times as fast at 500 ms a page, or slower at any latency.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import trio
from trio.testing import MockClock

from b2brouter_async._core.operation import Operation, Repeat
from b2brouter_async._core.pagination import Page, Pager, PageReader
from b2brouter_async._core.replies import Reply
from b2brouter_async._core.requests import Request
from b2brouter_async.models import Contact

if TYPE_CHECKING:
    from b2brouter_async._core.operation import CallOptions

ROWS = 10_000
AHEAD = 8
LATENCIES = (0.0, 0.005, 0.05, 0.5, 2.0)
LIST: Operation[Page[Contact]] = Operation(
    "rows.list", "GET", "/rows", Repeat.SAFE, PageReader(Contact, "rows")
)


class Server:
    """Answers each page after a while."""

    def __init__(self, latency: float) -> None:
        self.latency = latency

    def account_or_default(self, account: Any) -> Any:
        return account

    async def call(self, operation: Operation[Any], request: Request, options: CallOptions) -> Any:
        query = dict(request.query)
        limit, offset = int(query["limit"]), int(query["offset"])
        await trio.sleep(self.latency)
        rows = ",".join(f'{{"id":{row}}}' for row in range(offset, min(offset + limit, ROWS)))
        counters = f'"meta":{{"total_count":{ROWS},"offset":{offset},"limit":{limit}}}'
        return operation.parse(Reply(200, {}, f'{{"rows":[{rows}],{counters}}}'.encode()))


async def seconds(latency: float, ahead: int) -> float:
    """Time on the clock for the whole list."""
    pager = Pager(Server(latency), LIST, Request("/rows"), {})
    began = trio.current_time()
    if ahead:
        async with pager.prefetch(ahead) as rows:
            count = len([row async for row in rows])
    else:
        count = len([row async for row in pager])
    assert count == ROWS
    return trio.current_time() - began


def main() -> int:
    print(f"{ROWS:,} rows, 500 a page; seconds of waiting")
    print(f"{'a page':>8} {'in turn':>9} {f'prefetch({AHEAD})':>12} {'times':>6}")
    bad = False
    for latency in LATENCIES:
        alone, ahead = (
            trio.run(seconds, latency, pages, clock=MockClock(autojump_threshold=0)) for pages in (0, AHEAD)
        )
        times = alone / ahead if ahead else 1.0
        print(f"{latency * 1000:>5.0f} ms {alone:>9.3f} {ahead:>12.3f} {times:>6.2f}")
        bad = bad or times < (5.0 if latency == 0.5 else 1.0)
    return 1 if bad else 0


if __name__ == "__main__":
    raise SystemExit(main())

"""When calls would leave: the limiter by itself, without waiting and without a server."""

from __future__ import annotations

import heapq
import itertools

from .interface import BULK, INTERACTIVE, Callers, Lease
from .machine import Machine


def forecast(
    calls: int,
    *,
    limit: int,
    period: float = 60.0,
    burst: float | None = None,
    priority: int = INTERACTIVE,
    beside_bulk: bool = False,
    reply_after: float = 0.2,
) -> list[float]:
    """Return when each of some calls that come at once would leave.

    Args:
        calls: how many come.
        limit: requests per period.
        period: seconds.
        burst: as for `TokenBucket`.
        priority: of the calls.
        beside_bulk: whether bulk work has sent all it could for two periods, and goes on.
        reply_after: seconds from a request to its reply.

    Returns:
        For each call, in their order, seconds since they came.
    """
    machine, callers = Machine[int](limit, period, burst), Callers()
    came, last = (2.0 * period if beside_bulk else 0.0), -1
    left: list[float] = []
    replies: list[tuple[float, int, Lease, int]] = []
    order = itertools.count()
    if beside_bulk:
        for worker in range(2 * machine.max_in_flight):
            machine.enter(
                last - worker, BULK, callers
            )  # below 0: bulk workers, who come back after each reply
    now = 0.0
    while len(left) < calls:
        if now >= came and not left and not machine.waiting_interactive and last == -1:
            last = calls
            for call in range(calls):
                machine.enter(call, priority, callers)
        for who, lease in machine.pump(now):
            if who >= 0:
                left.append(now - came)
            heapq.heappush(replies, (now + reply_after, next(order), lease, who))
        following = min(machine.wake_at, replies[0][0] if replies else machine.wake_at)
        now = min(following, came) if now < came else following
        while replies and replies[0][0] <= now:
            _, _, lease, who = heapq.heappop(replies)
            machine.release(lease, "ok", None, now)
            if who < 0:
                machine.enter(who, BULK, callers)
    return left

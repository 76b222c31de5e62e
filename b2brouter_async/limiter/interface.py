"""What every limiter offers, whether it counts in this process or in Redis."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, Protocol, TypeAlias, get_args

if TYPE_CHECKING:
    from types import TracebackType

    from .reports import Snapshot

Outcome: TypeAlias = Literal["ok", "rejected", "unsent", "unknown"]
"""What became of a request.

`"ok"`: any response but 429. `"rejected"`: a 429. `"unsent"`: it provably never left this
machine, so nothing was counted. `"unknown"`: it may have left (timeout, cancelled after
sending), and the server may still count it.
"""

OUTCOMES: tuple[Outcome, ...] = get_args(Outcome)
"""All of them."""

BULK = 0
"""The priority of work that nobody waits for."""

INTERACTIVE = 1
"""The priority of calls that somebody waits for; they pass bulk work."""


class Callers:
    """Those who are served in turn with others: for a process, the tasks of one event loop."""

    __slots__ = ("in_flight", "was_idle", "written_off")

    def __init__(self) -> None:
        self.in_flight: int = 0
        """Leases they hold."""
        self.was_idle: bool = True
        """They held none at some time since this was set to False."""
        self.written_off: bool = False
        """Their leases were taken for lost; what comes back of them counts no more."""


class Lease:
    """The right to send one request, to be given back with `release`.

    Example:
        lease = await client.limiter.acquire()
        client.limiter.release(lease, "ok")

    It carries only what the limiter needs to take it back; there is nothing in it for callers.
    """

    __slots__ = ("callers", "granted_at", "interval", "settled")

    # No `__init__`: to fill it in from outside costs half as much.
    callers: Callers
    granted_at: float
    interval: float
    settled: bool

    def __repr__(self) -> str:
        return f"<Lease {id(self):#x}{' settled' if self.settled else ''}>"


class RateLimiter(Protocol):
    """One budget of requests per period, shared by everybody who holds it.

    Example:
        async with B2Brouter(api_key="test_…", limiter=TokenBucket(300)) as client:
            accounts = await client.accounts.list()
    """

    async def acquire(self, priority: int = 0, max_wait: float | None = None) -> Lease:
        """Wait for the right to send one request.

        Example:
            lease = await client.limiter.acquire(priority=1, max_wait=5.0)
            client.limiter.release(lease, "ok")

        Args:
            priority: 1 passes everything that waits with 0.
            max_wait: seconds to wait at most; None is no end.

        Returns:
            The right, to be given back with `release`.

        Raises:
            RateLimitTimeout: there is no place in that time; nothing was sent.
        """
        ...

    def release(self, lease: Lease, outcome: Outcome, retry_after: float | None = None) -> None:
        """Say what became of it. A plain function, so that no cancellation can get in between.

        Example:
            lease = await client.limiter.acquire()
            client.limiter.release(lease, "rejected", retry_after=2.0)

        Args:
            lease: what `acquire` returned.
            outcome: `ok` for every reply but a 429, `rejected` for that, `unsent` where the request provably never left,
                `unknown` where it may have.
            retry_after: seconds the server asks to wait, where it did.
        """
        ...

    def snapshot(self) -> Snapshot:
        """Say how things stand.

        Example:
            print(client.limiter.snapshot().free)
        """
        ...

    async def __aenter__(self) -> None: ...

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None: ...

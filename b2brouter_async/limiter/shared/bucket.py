"""What limiters for several processes on one key have in common: the ledger lies elsewhere, on one clock for all."""

from __future__ import annotations

import logging
from functools import partial
from typing import TYPE_CHECKING, Literal, cast

from ...errors import ConfigurationError, LimiterUnavailableError
from ..checks import check_settings
from ..interface import BULK, OUTCOMES, Lease, Outcome
from ..machine import DRIFT, Machine
from ..waiting import MonotonicClock, WaitingLimiter
from .machine import SharedMachine
from .worker import Answer, NoAnswer, Script, Settings, SlotRequest, Worker

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from ..event_loop import EventLoop, Waiter
    from ..reports import Rejection

logger: logging.Logger = logging.getLogger("b2brouter_async.limiter")

RETRY_EVERY = 5.0  # seconds between looks for a store that was gone


class SharedTokenBucket(WaitingLimiter):
    """A `TokenBucket` that all processes with one key share. One script, wherever it runs, keeps the ledger."""

    shared_with_forks = True
    _store: str
    """Where the ledger lies, in words."""
    _on_error: str
    """The argument that says what to do when it doesn't answer."""

    def __init__(
        self,
        connect: Callable[[], Script],
        keys: Sequence[str],
        names: Mapping[str, object],
        *,
        limit: int,
        period: float,
        burst: float | None,
        max_in_flight: int | None,
        lease: float,
        grace: float,
        freeze_cap: float | None,
        on_error: Literal["fail", "local"],
        processes: int | None,
        patience: float,
        on_rejected: Callable[[Rejection], None] | None,
    ) -> None:
        check_settings(
            names,
            counts={"limit": limit, "max_in_flight": max_in_flight, "processes": processes},
            seconds={
                "period": period,
                "lease": lease,
                "grace": grace,
                "freeze_cap": freeze_cap,
                "patience": patience,
            },
        )
        if on_error not in ("fail", "local"):
            raise ConfigurationError(f'{on_error!r} is neither "fail" nor "local"', argument=self._on_error)
        if on_error == "local" and (processes is None or not 1 <= processes <= limit):
            raise ConfigurationError(
                f'{self._on_error}="local" needs the number of processes that share the limit, from 1 to the limit',
                argument="processes",
            )
        # The numbers of the in-process limiter, so that the two can't drift apart.
        model: Machine[Waiter] = Machine(limit, period, burst, max_in_flight=max_in_flight)
        settings = Settings(
            limit=limit,
            period=period,
            cycle=period * (1.0 + DRIFT),
            interval=model.pacer.interval,
            tolerances=model.pacer.tolerances,
            most_at_once=int(model.burst),
            lease=lease,
            grace=grace,
            max_in_flight=model.max_in_flight,
            freeze_cap=period if freeze_cap is None else freeze_cap,
            horizon=max(20.0 * model.pacer.interval, period / 60.0),
            patience=patience,
        )
        self._worker = Worker(connect, keys, settings, passes=self._passes)
        self._worker.on_pause = self._deliver
        self._shared: SharedMachine[Waiter] = SharedMachine(settings, self._worker, self._deliver)
        self._share = 0 if on_error == "fail" else limit // cast("int", processes)
        self._grace = grace
        self._local: Machine[Waiter] | None = None
        self._local_since = 0.0
        self._retry_at = 0.0
        super().__init__(self._shared, MonotonicClock(), on_rejected)

    @property
    def local(self) -> bool:
        """Whether the ledger is out of reach and this process goes on with its own share."""
        return self._local is not None

    @property
    def script_calls(self) -> int:
        """Scripts this process has run so far."""
        return self._worker.script_calls

    async def acquire(self, priority: int = BULK, max_wait: float | None = None) -> Lease:
        """Wait for the right to send one request; see `TokenBucket.acquire`.

        A `max_wait` shorter than the way to the ledger and back can't be met.

        Raises:
            RateLimitTimeout: no place within `max_wait`; nothing was sent.
            LimiterUnavailableError: whatever keeps the ledger doesn't answer, and nobody said `"local"`.
        """
        if self.local:
            self._look_for_store()
        return await super().acquire(priority, max_wait)

    def release(self, lease: Lease, outcome: Outcome, retry_after: float | None = None) -> None:
        """Give a lease back; see `TokenBucket.release`."""
        if retry_after is not None or outcome not in OUTCOMES:
            self._check_release(lease, outcome, retry_after)
        if self.local:
            self._look_for_store()  # here too: a long queue may be served without anybody newly asking
        self._postponed.append(partial(self._take_back, lease, outcome, retry_after))
        self._catch_up()

    def after_fork_in_child(self) -> None:
        """Begin without event loops, as a process of its own."""
        self._shared.forked()
        super().after_fork_in_child()

    def _take_back(self, lease: Lease, outcome: Outcome, retry_after: float | None) -> Rejection | None:
        if self._local is not None and self._shared.owns(lease):
            self._shared.release(lease, outcome, retry_after, self._now())
            return None
        if self._shared.owns(lease) or (self._local is not None and lease.granted_at >= self._local_since):
            return super()._take_back(lease, outcome, retry_after)
        return None  # our parent's, or of an earlier time without the ledger

    def _write_off(self, loop: EventLoop, now: float) -> None:
        super()._write_off(loop, now)
        if self._local is not None:
            self._shared.write_off(loop, now)

    def _deliver(self, answer: Answer | NoAnswer) -> None:
        """Called in the worker's thread."""
        with self._alone():
            report = self._answered(answer)
        if report is not None:
            report()

    def _answered(self, answer: Answer | NoAnswer) -> Callable[[], None] | None:
        now = self._now()
        if isinstance(answer, NoAnswer):
            self._shared.failed(answer.token, now)
            return None if self.local else self._lost(answer.error, now)
        came_back = self.local
        if came_back:
            self._local = None
            self._move_to(self._shared, now)
        self._shared.answered(answer, now)
        self._pump(now)
        if answer.new_pause > 0.0:
            return partial(self._report, self._rejection(answer.retry_after, now))
        if came_back:
            text = f"{self._store} answers again: back to the shared limit, after one period of silence"
            return partial(logger.warning, text)
        return None

    def _lost(self, error: Exception, now: float) -> Callable[[], None] | None:
        reason = self._reason(error)
        if not self._share:
            text = f"the limit shared through {self._store} can't be kept: {reason}; nothing was sent"
            self._dismiss(self._shared.evict(), lambda: LimiterUnavailableError(text))
            return None
        share: Machine[Waiter] = Machine(self._share, self._shared.period, grace=self._grace)
        share.start_spent(now)
        for loop in self._loops.values():
            loop.in_flight = 0  # of leases from this machine
        self._retry_at = now + RETRY_EVERY
        self._local, self._local_since = share, now
        self._move_to(share, now)
        return partial(
            logger.warning,
            "%s: going on with a share of %d of %d requests, after one period of silence, since what other "
            "processes have just sent is no longer known",
            reason,
            self._share,
            self._shared.limit,
        )

    @staticmethod
    def _passes(error: Exception) -> bool:
        """Tell whether what is wrong may be right in a moment, without anybody doing anything about it."""
        del error
        return True

    def _reason(self, error: Exception) -> str:
        """Say what went wrong; nothing of the error's own text, in which a password may stand."""
        return f"{type(error).__name__} from {self._store}"

    def _move_to(self, machine: Machine[Waiter] | SharedMachine[Waiter], now: float) -> None:
        waiters = self._machine.evict()
        self._machine = machine
        for waiter in waiters:
            machine.enter(waiter, waiter.priority, waiter.loop)
        self._pump(now)

    def _look_for_store(self) -> None:
        now = self._now()
        if now >= self._retry_at:
            self._retry_at = now + RETRY_EVERY
            self._shared.sent_alone = True
            self._worker.submit(SlotRequest("", 0, BULK, True, self._deliver))

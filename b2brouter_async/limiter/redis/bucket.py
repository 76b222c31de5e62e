"""The limiter for several processes on one key: one ledger in Redis, on Redis' clock."""

from __future__ import annotations

import hashlib
import logging
from functools import partial
from typing import TYPE_CHECKING, Any, Literal, cast

from ...errors import ConfigurationError, LimiterUnavailableError
from ..interface import BULK, Lease, Outcome
from ..machine import DRIFT, Machine, check_limits
from ..waiting import MonotonicClock, Rejection, WaitingLimiter
from .checks import check_settings
from .machine import RedisMachine
from .worker import Answer, NoAnswer, Script, Settings, SlotRequest, Worker

if TYPE_CHECKING:
    from collections.abc import Callable

    from redis import Redis
    from redis.cluster import RedisCluster

    from ..event_loop import EventLoop, Waiter

logger: logging.Logger = logging.getLogger("b2brouter_async.limiter")

RETRY_EVERY = 5.0  # seconds between looks for a Redis that was gone


class RedisTokenBucket(WaitingLimiter):
    """A `TokenBucket` that all processes with one key share through Redis.

    The same promise and the same interface. One script keeps ledger, pace and sliding window on
    Redis' clock and reserves the next slots; each process has its own queue and at most one slot
    of each priority reserved ahead. A lease whose process died comes back by itself.

    Redis is spoken to by one thread per bucket, with the synchronous redis-py: so it works under
    asyncio and trio alike, `release` stays a plain function, and no cancellation can tear a
    reservation from its answer. Needs the extra `redis`.

    Args:
        redis: a URL, or a client of redis-py (also of a cluster) with timeouts set.
        host: host name of the API.
        api_key: the key; only a hash of it reaches Redis.
        limit: requests per period the server allows, all processes together.
        period: length of the period in seconds.
        burst: see `TokenBucket`.
        max_in_flight: leases out at once, all processes together.
        lease: seconds after which the lease of a silent process is taken for dead; not less
            than the longest total timeout in use.
        grace: see `TokenBucket`.
        freeze_cap: see `TokenBucket`.
        on_redis_error: what to do when Redis doesn't answer for `patience` seconds. `"fail"`
            raises `LimiterUnavailableError` from `acquire`. `"local"` waits one period, since what
            the others have just sent is no longer known, and goes on with this process's share.
        processes: how many processes share the limit; needed for `"local"`.
        patience: seconds of silence that are no outage.
        on_rejected: see `TokenBucket`.

    Raises:
        ConfigurationError: A number that makes no limiter, or redis-py is not installed.
    """

    shared_with_forks = True

    def __init__(
        self,
        redis: str | Redis | RedisCluster,
        host: str,
        api_key: str,
        limit: int,
        period: float = 60.0,
        burst: float | None = None,
        *,
        max_in_flight: int | None = None,
        lease: float = 120.0,
        grace: float = 120.0,
        freeze_cap: float | None = None,
        on_redis_error: Literal["fail", "local"] = "fail",
        processes: int | None = None,
        patience: float = 2.0,
        on_rejected: Callable[[Rejection], None] | None = None,
    ) -> None:
        check_settings(
            redis,
            {"host": host, "api_key": api_key},
            counts={"limit": limit, "max_in_flight": max_in_flight, "processes": processes},
            seconds={
                "period": period,
                "lease": lease,
                "grace": grace,
                "freeze_cap": freeze_cap,
                "patience": patience,
            },
        )
        check_limits(limit, period, burst, max_in_flight, grace)
        if on_redis_error not in ("fail", "local"):
            raise ConfigurationError('on_redis_error must be "fail" or "local"')
        if on_redis_error == "local" and (processes is None or not 1 <= processes <= limit):
            raise ConfigurationError(
                'on_redis_error="local" needs processes, the number of processes that share the limit'
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
        self._worker = Worker(_registrar(redis), redis_keys(host, api_key), settings)
        self._worker.on_pause = self._deliver
        self._shared: RedisMachine[Waiter] = RedisMachine(settings, self._worker, self._deliver)
        self._share = 0 if on_redis_error == "fail" else limit // cast("int", processes)
        self._grace = grace
        self._local: Machine[Waiter] | None = None
        self._local_since = 0.0
        self._retry_at = 0.0
        super().__init__(self._shared, MonotonicClock(), on_rejected)

    @property
    def local(self) -> bool:
        """Whether Redis is gone and this process goes on with its own share."""
        return self._local is not None

    @property
    def script_calls(self) -> int:
        """Scripts this process has run so far."""
        return self._worker.script_calls

    async def acquire(self, priority: int = BULK, max_wait: float | None = None) -> Lease:
        """Wait for the right to send one request; see `TokenBucket.acquire`.

        A `max_wait` shorter than the way to Redis and back can't be met.

        Raises:
            RateLimitTimeout: no place within `max_wait`; nothing was sent.
            LimiterUnavailableError: Redis doesn't answer, and `on_redis_error` is `"fail"`.
        """
        if self.local:
            self._look_for_redis()
        return await super().acquire(priority, max_wait)

    def release(self, lease: Lease, outcome: Outcome, retry_after: float | None = None) -> None:
        """Give a lease back; see `TokenBucket.release`."""
        if self.local:
            self._look_for_redis()  # here too: a long queue may be served without anybody newly asking
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
        return None  # our parent's, or of an earlier time without Redis

    def _write_off(self, loop: EventLoop, now: float) -> None:
        super()._write_off(loop, now)
        if self._local is not None:
            self._shared.write_off(loop, now)

    def _deliver(self, answer: Answer | NoAnswer) -> None:
        """Called in the worker's thread."""
        with self._alone():
            report = self._answered(answer)
        if report is not None:
            try:
                report()
            except Exception:  # the user's own `on_rejected`; the thread must go on
                logger.exception("on_rejected failed")

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
            text = "Redis answers again: back to the shared limit, after one period of silence"
            return partial(logger.warning, text)
        return None

    def _lost(self, error: Exception, now: float) -> Callable[[], None] | None:
        reason = f"{type(error).__name__} from Redis"
        if not self._share:
            text = f"the limit shared through Redis can't be kept: {reason}; nothing was sent"
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

    def _move_to(self, machine: Machine[Waiter] | RedisMachine[Waiter], now: float) -> None:
        waiters = self._machine.evict()
        self._machine = machine
        for waiter in waiters:
            machine.enter(waiter, waiter.priority, waiter.loop)
        self._pump(now)

    def _look_for_redis(self) -> None:
        now = self._now()
        if now >= self._retry_at:
            self._retry_at = now + RETRY_EVERY
            self._shared.sent_alone = True
            self._worker.submit(SlotRequest("", 0, BULK, True, self._deliver))


def redis_keys(host: str, api_key: str) -> list[str]:
    """Name the keys of a budget: the API key only as a hash, and all on one node of a cluster."""
    digest = hashlib.sha256(f"{host.lower()}\0{api_key}".encode()).hexdigest()[:32]
    return [f"b2brouter:{{{digest}}}:{part}" for part in ("slots", "flight", "state")]


def _registrar(client: str | Redis | RedisCluster) -> Callable[[str], Script]:
    try:
        import redis
    except ImportError:
        raise ConfigurationError(
            'RedisTokenBucket needs redis-py: pip install "b2brouter-async[redis]"'
        ) from None
    # redis-py types keyword arguments and results as unknown.
    from_url = cast("Callable[..., Any]", redis.Redis.from_url)  # pyright: ignore[reportUnknownMemberType]
    opened: Any = client
    if isinstance(client, str):
        try:
            opened = from_url(client, socket_timeout=2.0, socket_connect_timeout=2.0)
        except Exception:
            opened = None
        if opened is None:
            # Nothing of it is said: a password may stand in it.
            raise ConfigurationError(
                "this is no URL of Redis; write it as redis://host:port/0", argument="redis"
            )
    return cast("Callable[[str], Script]", opened.register_script)

"""Several processes on one limit in Redis or PostgreSQL, in virtual time: the real script on a real server.

Only the script's clock is replaced, and the thread that carries its messages: a script takes
virtual time there and back. So a run is the same every time, whatever the machine is doing.
"""

from __future__ import annotations

import heapq
import itertools
import math
import random
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol

import psycopg
import redis

from b2brouter_async.limiter import PostgresTokenBucket
from b2brouter_async.limiter.interface import Callers
from b2brouter_async.limiter.postgres.bucket import budget_name
from b2brouter_async.limiter.redis.bucket import SCRIPT, RedisTokenBucket, redis_keys
from b2brouter_async.limiter.shared.machine import SharedMachine
from b2brouter_async.limiter.shared.worker import Answer, NoAnswer, Release, Settings, SlotRequest, Worker

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from b2brouter_async.limiter.interface import Lease, Outcome
    from tests.limiter.simulation import Latency

TIMEOUT = 5.0
START = 1_700_000_000.0  # as a server's clock shows it


def answered(chance: random.Random) -> Outcome:
    """Every request has its reply."""
    del chance
    return "ok"


class Gone(Exception):
    """Redis, or the database, doesn't answer."""


class Store(Protocol):
    """A server that keeps the ledger, with the simulation's time in place of its clock."""

    keys: list[str]
    settings: Settings
    """Those that a user's bucket would have."""

    def call(self, args: Sequence[str | int], micros: int) -> list[Any]: ...

    def ahead(self, micros: int) -> int:
        """How many slots are reserved whose time has not come."""
        ...

    def forget(self) -> None:
        """Lose all that is known of the budget."""
        ...

    def close(self) -> None: ...


class RedisStore:
    """The script in Redis."""

    def __init__(self, url: str, key: str, limit: int, period: float, lease: float, grace: float) -> None:
        self._client = redis.Redis.from_url(url)
        made = RedisTokenBucket(self._client, "api.example", key, limit, period, lease=lease, grace=grace)
        self.settings = made._shared._settings
        self.keys = redis_keys("api.example", key)
        script = SCRIPT.replace("redis.call('TIME')", "{KEYS[4], KEYS[5]}")
        assert script != SCRIPT
        self._script: Any = self._client.register_script(script)

    def call(self, args: Sequence[str | int], micros: int) -> list[Any]:
        keys = [*self.keys, *map(str, divmod(micros, 10**6))]
        answer: list[Any] = self._script(keys=keys, args=args)
        return answer

    def ahead(self, micros: int) -> int:
        return int(self._client.zcount(self.keys[1], f"({micros + self.settings.lease * 1e6:.0f}", "+inf"))

    def forget(self) -> None:
        self._client.delete(*self.keys)

    def close(self) -> None:
        self._client.close()


class PostgresStore:
    """The function in PostgreSQL."""

    CLOCK = "round(extract(epoch FROM clock_timestamp()) * 1000000)"

    def __init__(self, url: str, key: str, limit: int, period: float, lease: float, grace: float) -> None:
        made = PostgresTokenBucket(url, "api.example", key, limit, period, lease=lease, grace=grace)
        self.settings = made._shared._settings
        self.keys = [budget_name("api.example", key)]
        self._connection = psycopg.connect(url, autocommit=True)
        self._connection.execute("SET synchronous_commit = off")
        row = self._connection.execute(
            "SELECT pg_get_functiondef('b2brouter.reserve(text, text[])'::regprocedure)"
        ).fetchone()
        assert row is not None
        name, simulated = "b2brouter.reserve(", "b2brouter.reserve_at("
        text = row[0].replace(name, simulated).replace(self.CLOCK, "current_setting('test.now')::float8")
        assert "clock_timestamp" not in text
        self._connection.execute(text)

    def call(self, args: Sequence[str | int], micros: int) -> list[Any]:
        with self._connection.pipeline():
            self._connection.execute("SELECT set_config('test.now', %s, false)", (str(micros),))
            texts = [str(one) for one in args]
            cursor = self._connection.execute("SELECT b2brouter.reserve_at(%s, %s)", (self.keys[0], texts))
            row = cursor.fetchone()
        assert row is not None
        return list(row[0])

    def ahead(self, micros: int) -> int:
        row = self._connection.execute(
            "SELECT count(*) FROM b2brouter.limit_slots WHERE name = %s AND leased > %s",
            (self.keys[0], micros + self.settings.lease * 1e6),
        ).fetchone()
        assert row is not None
        return int(row[0])

    def forget(self) -> None:
        for table in ("limits", "limit_slots"):
            self._connection.execute(
                f"DELETE FROM b2brouter.{table} WHERE name = %s".encode(), (self.keys[0],)
            )

    def close(self) -> None:
        self._connection.close()


class Messenger(Worker):
    """A worker without a thread, on the simulation's time."""

    def __init__(self, world: SharedSimulation, keys: Sequence[str], settings: Settings) -> None:
        super().__init__(world.connect, keys, settings, now=lambda: world.now + world.under_way)
        self._world = world
        self._batch_: list[Release | SlotRequest] = []
        self._visit_at = math.inf

    def submit(self, command: Release | SlotRequest) -> None:
        self._batch_.append(command)
        wait = self._world.trip() if isinstance(command, SlotRequest) else self._settings.horizon / 20.0
        at = self._world.now + wait
        if at < self._visit_at:
            self._visit_at = at
            self._world.at(at, self._go)

    def _go(self) -> None:
        if self._world.now >= self._visit_at:
            self._visit_at = math.inf
            batch, self._batch_ = self._batch_, []
            self._exchange(batch)
            self._world.under_way = 0.0

    def _call_patiently(self, request: SlotRequest | None) -> Answer:
        return self._call(request)


@dataclass
class Process:
    """One of the processes, and what it did."""

    machine: SharedMachine[int]
    messenger: Messenger
    callers: Callers = field(default_factory=Callers)
    arrivals: list[float] = field(default_factory=list)
    interactive_waits: list[float] = field(default_factory=list)
    alive: bool = True
    woken: float = math.inf
    outcomes: list[Outcome] = field(default_factory=list)
    """Of its first requests, where they are not left to chance."""


class SharedSimulation:
    """Some processes with endless demand, one key, one Redis or PostgreSQL, one API."""

    def __init__(
        self,
        url: str,
        key: str,
        limit: int,
        period: float,
        latency: Latency,
        *,
        processes: int = 4,
        workers: int = 50,
        lease: float = 120.0,
        grace: float = 120.0,
        fate: Callable[[random.Random], Outcome] = answered,
        seed: int = 0,
    ) -> None:
        self.now = 0.0
        self.under_way = 0.0
        self.server_clock = START
        self.redis_gone = False
        self.chance = random.Random(seed)
        self._latency, self._workers, self._fate, self._grace = latency, workers, fate, grace
        self._events: list[tuple[float, int, Callable[[], None]]] = []
        self._order = itertools.count()
        self._since: dict[int, float] = {}
        store = PostgresStore if url.startswith("postgresql:") else RedisStore
        self._store: Store = store(url, key, limit, period, lease, grace)
        self.settings, self.keys = self._store.settings, self._store.keys
        self.processes = [self.start_process() for _ in range(processes)]

    def connect(self) -> Callable[..., Any]:
        def call(keys: Sequence[str], args: Sequence[str | int]) -> Any:
            if self.redis_gone:
                raise Gone
            reply = self._store.call(args, round((self.server_clock + self.now) * 1e6))
            self.under_way = self.trip()
            return reply

        return call

    def ahead(self) -> int:
        """How many slots are reserved whose time has not come."""
        return self._store.ahead(round((self.server_clock + self.now) * 1e6))

    def trip(self) -> float:
        """One way to the store."""
        return self.chance.uniform(0.0005, 0.005)

    def at(self, when: float, happen: Callable[[], None]) -> None:
        heapq.heappush(self._events, (when, next(self._order), happen))

    def start_process(self) -> Process:
        messenger = Messenger(self, self.keys, self.settings)
        process: Process

        def deliver(answer: Answer | NoAnswer) -> None:
            at = answer.at if isinstance(answer, Answer) else self.now
            self.at(at, partial(self._answered, process, answer))

        process = Process(SharedMachine(self.settings, messenger, deliver), messenger)
        for name in range(self._workers):
            process.machine.enter(name, 0, process.callers)
        self.at(self.now + self.chance.uniform(0.0, 0.01), partial(self._pump, process))
        return process

    def run(self, seconds: float) -> None:
        end = self.now + seconds
        while self._events and self._events[0][0] <= end:
            self.now, _, happen = heapq.heappop(self._events)
            happen()
        self.now = end

    def ask_urgently(self, process: Process) -> None:
        name = -1 - len(self._since)
        self._since[name] = self.now
        process.machine.enter(name, 1, process.callers)
        self._pump(process)

    def arrivals(self) -> list[float]:
        return sorted(arrival for process in self.processes for arrival in process.arrivals)

    def close(self) -> None:
        self._store.close()

    def _answered(self, process: Process, answer: Answer | NoAnswer) -> None:
        if isinstance(answer, NoAnswer):
            process.machine.failed(answer.token, self.now)
            self.at(self.now + 1.0, partial(self._pump, process))
        else:
            process.machine.answered(answer, self.now)
            self._pump(process)

    def _pump(self, process: Process) -> None:
        if not process.alive:
            return
        for name, lease in process.machine.pump(self.now):
            if name < 0:
                process.interactive_waits.append(self.now - self._since[name])
            there = self._latency(self.chance)
            outcome = process.outcomes.pop(0) if process.outcomes else self._fate(self.chance)
            back = there + self._latency(self.chance)
            if outcome == "unknown":
                back = TIMEOUT
                there = self.chance.uniform(0.0, TIMEOUT + self._grace)
            if outcome != "unsent":
                self.at(self.now + there, partial(process.arrivals.append, self.now + there))
            self.at(self.now + back, partial(self._reply, process, name, lease, outcome))
        if process.machine.wake_at < process.woken:
            process.woken = process.machine.wake_at
            self.at(process.woken, partial(self._wake, process))

    def _wake(self, process: Process) -> None:
        if self.now >= process.woken:
            process.woken = math.inf
        self._pump(process)

    def _reply(self, process: Process, name: int, lease: Lease, outcome: Outcome) -> None:
        if not process.alive:
            return
        process.machine.release(lease, outcome, None, self.now)
        if name >= 0:
            process.machine.enter(name, 0, process.callers)
        self._pump(process)

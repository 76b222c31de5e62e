"""The thread that talks to Redis, so that no event loop, and no cancellation, has a part in it."""

from __future__ import annotations

import atexit
import os
import queue
import random
import threading
import time
import weakref
from dataclasses import dataclass
from importlib.resources import files
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from b2brouter_async.limiter.interface import Outcome

IDLE = 5.0  # seconds without work after which the thread ends
MICRO = 1_000_000

SCRIPT = files("b2brouter_async.limiter.redis").joinpath("reserve.lua").read_text(encoding="utf-8")


class Script(Protocol):
    """A script registered with a Redis client."""

    def __call__(self, keys: Sequence[str], args: Sequence[str | int]) -> list[bytes | str | int]:
        """Run it."""
        ...


@dataclass(frozen=True, slots=True)
class GivenBack:
    """A lease that was released. Times are of this process's clock."""

    token: str
    outcome: Outcome
    granted_at: float
    at: float
    retry_after: float | None


@dataclass(frozen=True, slots=True)
class Wanted:
    """A wish for the next slot, or only for a word from Redis if the token is empty."""

    token: str
    sent_alone: bool
    deliver: Callable[[Answer | Silence], None]


@dataclass(frozen=True, slots=True)
class Answer:
    """What Redis said. Times are seconds, `at` of this process's clock."""

    token: str
    at: float
    reserved: bool
    release_helps: bool
    wait: float
    frozen_for: float
    free: int
    in_flight: int
    rejections: int
    new_pause: float
    retry_after: float | None
    believed: int


@dataclass(frozen=True, slots=True)
class Silence:
    """Redis didn't answer a wish; whether it reserved the slot nobody knows."""

    token: str
    error: Exception


@dataclass(frozen=True, slots=True)
class Terms:
    """The numbers every visit carries."""

    limit: int
    period: float
    cycle: float
    interval: float
    tolerance: float
    lease: float
    grace: float
    max_in_flight: int
    freeze_cap: float
    horizon: float
    patience: float

    def arguments(self) -> list[str | int]:
        """Arguments 1 to 9 of the script."""
        times = (self.cycle, self.interval, self.tolerance, self.lease, self.grace)
        return [
            self.limit,
            *(micros(seconds) for seconds in times),
            self.max_in_flight,
            micros(self.freeze_cap),
            micros(self.period),
        ]


def micros(seconds: float) -> int:
    """Microseconds, as the script counts."""
    return round(seconds * MICRO)


class Courier:
    """Carries releases and wishes to Redis in batches, one visit at a time.

    The thread starts with the first command and ends when there has been nothing to do for a
    while. What couldn't be delivered is kept and goes along with the next visit.
    """

    def __init__(
        self,
        register: Callable[[str], Script],
        keys: Sequence[str],
        terms: Terms,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self.visits = 0
        self.unasked: Callable[[Answer | Silence], None] | None = None
        """Hears of a pause that began while nobody waited for an answer."""
        self._now = now
        self._register = register
        self._keys = keys
        self._terms = terms
        self._begin()
        atexit.register(_deliver_all, weakref.ref(self))

    def _begin(self) -> None:
        self._pid = os.getpid()
        self._lock = threading.Lock()
        self._commands: queue.SimpleQueue[GivenBack | Wanted] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None
        self._script: Script | None = None
        self._kept: list[GivenBack] = []
        self._birth = ""
        self._last_visit = -float("inf")
        self._clocks = (0.0, 0)  # ours before the last visit, and Redis' at it
        self._down = False
        self._ending = False

    def carry(self, command: GivenBack | Wanted) -> None:
        """Take a command along; returns at once."""
        if self._pid != os.getpid():
            self._begin()  # a forked child inherits neither the thread nor the parent's commands
        with self._lock:
            self._commands.put(command)
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="b2brouter-limiter", daemon=True)
                self._thread.start()

    def finish(self) -> None:
        """Deliver what is left before the process ends, if Redis takes it within `patience`."""
        thread = self._thread
        if thread is not None and self._pid == os.getpid():
            self._ending = True
            self._commands.put(Wanted("", False, _no_answer))
            thread.join(self._terms.patience)

    def _run(self) -> None:
        while not self._ending or not self._commands.empty():
            try:
                first = self._commands.get(timeout=IDLE)
            except queue.Empty:
                with self._lock:
                    if self._commands.empty():
                        self._thread = None
                        return
                continue
            self._visit(self._batch(first))

    def _batch(self, first: GivenBack | Wanted) -> list[GivenBack | Wanted]:
        """Collect what is there. A release alone waits a moment: a wish usually follows."""
        batch = [first]
        linger = time.monotonic() + self._terms.horizon / 20.0
        while True:
            try:
                if any(isinstance(command, Wanted) for command in batch):
                    batch.append(self._commands.get_nowait())
                else:
                    batch.append(self._commands.get(timeout=max(0.0, linger - time.monotonic())))
            except queue.Empty:
                return batch

    def _visit(self, batch: list[GivenBack | Wanted]) -> None:
        self._kept += [command for command in batch if isinstance(command, GivenBack)]
        wishes = [command for command in batch if isinstance(command, Wanted)]
        # Older ones are of event loops that have ended. Who only asks for a word hears it too.
        wish = next((wish for wish in reversed(wishes) if wish.token), wishes[-1] if wishes else None)
        try:
            answer: Answer | Silence = self._call_patiently(wish)
        except Exception as error:  # whatever the client raises, the waiters must hear of it
            self._down = True
            answer = Silence("" if wish is None else wish.token, error)
        else:
            self._down = False
        if wish is not None:
            wish.deliver(answer)
        elif isinstance(answer, Answer) and answer.new_pause > 0.0 and self.unasked is not None:
            self.unasked(answer)

    def _call_patiently(self, wish: Wanted | None) -> Answer:
        """Try again for a moment: a dropped connection is no outage."""
        until = time.monotonic() + (0.0 if self._down else self._terms.patience)
        pause = 0.02
        while True:
            try:
                return self._call(wish)
            except Exception:
                if time.monotonic() + pause > until:
                    raise
                time.sleep(pause)
                pause *= 2.0

    def _call(self, wish: Wanted | None) -> Answer:
        if self._script is None:
            self._script = self._register(SCRIPT)
        terms = self._terms
        now = self._now()
        memory = terms.cycle + terms.lease + terms.grace
        self._kept = [given for given in self._kept if now - given.at < memory]
        sent = list(self._kept)
        remembers = now - self._last_visit < memory
        ours, theirs = self._clocks
        latest = theirs + micros(now - ours + terms.patience + terms.horizon)
        arguments = terms.arguments()
        arguments += [
            repr(random.random()),  # noqa: S311 - jitter
            micros(terms.horizon),
            # After so long a silence the keys may have expired, and what we knew no longer counts.
            self._birth if remembers else "",
            "1" if wish is not None and wish.sent_alone else "",
            wish.token if wish is not None else "",
            latest if remembers else "",
        ]
        for given in sent:
            # Rounded down, the reply seems later than it was: a token may come late, never early.
            arguments += [
                given.token,
                given.outcome,
                int((now - given.at) * MICRO),
                micros(now - given.granted_at),
                -1 if given.retry_after is None else micros(given.retry_after),
            ]
        self.visits += 1
        reply = self._script(keys=self._keys, args=arguments)
        at = self._now()
        self._last_visit = at
        self._kept = self._kept[len(sent) :]
        birth, verdict, wait, frozen, free, in_flight, rejections, new_pause, believed, shown = reply
        self._clocks = (now, int(shown))
        asked = [given.retry_after for given in sent if given.retry_after is not None]
        self._birth = birth.decode() if isinstance(birth, bytes) else str(birth)
        return Answer(
            token=wish.token if wish is not None else "",
            at=at,
            reserved=int(verdict) == 1,
            release_helps=int(verdict) == 2,
            wait=int(wait) / MICRO,
            frozen_for=int(frozen) / MICRO,
            free=int(free),
            in_flight=int(in_flight),
            rejections=int(rejections),
            new_pause=int(new_pause) / MICRO,
            retry_after=max(asked, default=None),
            believed=int(believed),
        )


def _deliver_all(courier: weakref.ref[Courier]) -> None:
    # A lease that never comes back would hold its token, and its place in flight, till it expires.
    alive = courier()
    if alive is not None:
        alive.finish()


def _no_answer(answer: Answer | Silence) -> None:
    del answer

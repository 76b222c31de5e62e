"""The thread that talks to whatever keeps the ledger, so that no event loop, and no cancellation, has a part in it."""

from __future__ import annotations

import atexit
import os
import queue
import threading
import time
import weakref
from typing import TYPE_CHECKING, Protocol, cast

from attrs import frozen

from ..._core.jitter import JITTER
from ..cooldown import FIRST_PAUSE, FLOOR, HALF, QUIET, SHRINK, SLOW_GROWTH
from ..interface import BULK
from ..queue import BULK_SHARE
from ..window import BINS

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ..interface import Outcome

IDLE = 5.0  # seconds without work after which the thread ends
MICRO = 1_000_000


class Script(Protocol):
    """What keeps the ledger: `redis/reserve.lua`, or the same elsewhere."""

    def __call__(self, keys: Sequence[str], args: Sequence[str | int]) -> list[bytes | str | int]:
        """Run it."""
        ...


@frozen
class Release:
    """A lease that was released. Times are of this process's clock."""

    token: str
    outcome: Outcome
    granted_at: float
    at: float
    retry_after: float | None


@frozen
class SlotRequest:
    """A process asks for the next slots, or only for an answer of any kind if the token is empty."""

    token: str
    count: int
    priority: int
    sent_alone: bool
    deliver: Callable[[Answer | NoAnswer], None]
    beside_bulk: bool = False
    """Interactive calls ask, and bulk work waits in the same process."""


@frozen
class Answer:
    """What the script said. Times are seconds, `at` of this process's clock."""

    token: str
    at: float
    tokens: list[str]
    """The slots reserved."""
    for_bulk: list[str]
    """Those of them that are bulk work's turn, though interactive calls asked."""
    place: float
    """When bulk work has its place in line, 0.0 if it has none."""
    release_helps: bool
    wait: float
    frozen_for: float
    free: int
    in_flight: int
    rejections: int
    new_pause: float
    retry_after: float | None
    believed: int


@frozen
class NoAnswer:
    """There was no answer; whether a slot was reserved nobody knows."""

    token: str
    error: Exception


@frozen
class Settings:
    """The numbers that go with every script."""

    limit: int
    period: float
    cycle: float
    interval: float
    tolerances: tuple[float, float]
    most_at_once: int
    lease: float
    grace: float
    max_in_flight: int
    freeze_cap: float
    horizon: float
    patience: float

    def arguments(self) -> list[str | int]:
        """Return what the script gets first, in its order."""
        times = (self.cycle, self.interval, *self.tolerances, self.lease, self.grace)
        return [
            self.limit,
            *(micros(seconds) for seconds in times),
            self.max_in_flight,
            micros(self.freeze_cap),
            micros(self.period),
            micros(self.horizon),
            *(repr(share) for share in (SHRINK, FLOOR, HALF, SLOW_GROWTH, QUIET, FIRST_PAUSE)),
            BINS,
            BULK_SHARE,
        ]


def slot_name(token: str, number: int) -> str:
    """Name one of the slots reserved by one request."""
    return f"{token}.{number}"


def micros(seconds: float) -> int:
    """Microseconds, as the script counts."""
    return round(seconds * MICRO)


class Worker:
    """Carries releases and requests to the script in batches, one script at a time.

    The thread starts with the first command and ends when there has been nothing to do for a
    while. What couldn't be delivered is kept and goes along with the next one.
    """

    def __init__(
        self,
        connect: Callable[[], Script],
        keys: Sequence[str],
        settings: Settings,
        now: Callable[[], float] = time.monotonic,
        passes: Callable[[Exception], bool] = lambda error: True,
    ) -> None:
        self.script_calls: int = 0
        self.on_pause: Callable[[Answer | NoAnswer], None] | None = None
        """Hears of a pause that began while nobody waited for an answer."""
        self._now = now
        self._connect = connect
        self._passes = passes
        self._keys = keys
        self._settings = settings
        self._begin()
        atexit.register(_deliver_all, weakref.ref(self))

    def _begin(self) -> None:
        self._pid = os.getpid()
        self._lock = threading.Lock()
        self._commands: queue.SimpleQueue[Release | SlotRequest] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None
        self._script: Script | None = None
        self._kept: list[Release] = []
        self._epoch = ""
        self._last_call = -float("inf")
        self._clocks = (0.0, 0)  # ours before the last call, and the script's at it
        self._down = False
        self._ending = False

    def submit(self, command: Release | SlotRequest) -> None:
        """Take a command along; returns at once."""
        if self._pid != os.getpid():
            self._begin()  # a forked child inherits neither the thread nor the parent's commands
        with self._lock:
            self._commands.put(command)
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="b2brouter-limiter", daemon=True)
                self._thread.start()

    def finish(self) -> None:
        """Deliver what is left before the process ends, if that works within `patience`."""
        thread = self._thread
        if thread is not None and self._pid == os.getpid():
            self._ending = True
            self._commands.put(SlotRequest("", 0, BULK, False, _no_answer))
            thread.join(self._settings.patience)

    def _run(self) -> None:
        while not self._ending or not self._commands.empty():
            try:
                first = self._commands.get(timeout=IDLE)
            except queue.Empty:
                with self._lock:
                    if self._commands.empty():
                        self._script = None  # and the connection that it alone may hold
                        self._thread = None
                        return
                continue
            self._exchange(self._batch(first))

    def _batch(self, first: Release | SlotRequest) -> list[Release | SlotRequest]:
        """Collect what is there. A release alone waits a moment: a request usually follows."""
        batch = [first]
        linger = time.monotonic() + self._settings.horizon / 20.0
        while True:
            try:
                if any(isinstance(command, SlotRequest) for command in batch):
                    batch.append(self._commands.get_nowait())
                else:
                    batch.append(self._commands.get(timeout=max(0.0, linger - time.monotonic())))
            except queue.Empty:
                return batch

    def _exchange(self, batch: list[Release | SlotRequest]) -> None:
        self._kept += [command for command in batch if isinstance(command, Release)]
        requests = [command for command in batch if isinstance(command, SlotRequest)]
        # Older ones are of event loops that have ended. Who asks for no slot gets the answer too.
        request = next((one for one in reversed(requests) if one.token), requests[-1] if requests else None)
        try:
            answer: Answer | NoAnswer = self._call_patiently(request)
        except Exception as error:  # whatever the client raises, the waiters must hear of it
            self._down = True
            answer = NoAnswer("" if request is None else request.token, error)
        else:
            self._down = False
        if request is not None:
            request.deliver(answer)
        elif isinstance(answer, Answer) and answer.new_pause > 0.0 and self.on_pause is not None:
            self.on_pause(answer)

    def _call_patiently(self, request: SlotRequest | None) -> Answer:
        """Try again for a moment: a dropped connection is no outage. What can't mend itself is told at once."""
        until = time.monotonic() + (0.0 if self._down else self._settings.patience)
        pause = 0.02
        while True:
            try:
                return self._call(request)
            except Exception as error:
                if time.monotonic() + pause > until or not self._passes(error):
                    raise
                time.sleep(pause)
                pause *= 2.0

    def _call(self, request: SlotRequest | None) -> Answer:
        if self._script is None:
            self._script = self._connect()
        settings = self._settings
        now = self._now()
        memory = settings.cycle + settings.lease + settings.grace
        self._kept = [release for release in self._kept if now - release.at < memory]
        sent = list(self._kept)
        remembers = now - self._last_call < memory
        ours, theirs = self._clocks
        latest = theirs + micros(now - ours + settings.patience + settings.horizon)
        arguments = settings.arguments()
        arguments += [
            repr(JITTER.random()),
            # After so long a silence the keys may have expired, and what we knew no longer counts.
            self._epoch if remembers else "",
            "1" if request is not None and request.sent_alone else "",
            *((request.token, request.count, request.priority) if request is not None else ("", 0, BULK)),
            latest if remembers else "",
            "1" if request is not None and request.beside_bulk else "",
        ]
        for release in sent:
            # Rounded down, the reply seems later than it was: a token may come late, never early.
            arguments += [
                release.token,
                release.outcome,
                int((now - release.at) * MICRO),
                micros(now - release.granted_at),
                -1 if release.retry_after is None else micros(release.retry_after),
            ]
        self.script_calls += 1
        reply = self._script(keys=self._keys, args=arguments)
        at = self._now()
        self._last_call = at
        self._kept = self._kept[len(sent) :]
        epoch, verdict, wait, frozen, free, in_flight, rejections, new_pause, believed, shown, *slots = reply
        reserved, turns, place = slots
        self._clocks = (now, int(shown))
        asked = [release.retry_after for release in sent if release.retry_after is not None]
        self._epoch = epoch.decode() if isinstance(epoch, bytes) else str(epoch)
        token = request.token if request is not None else ""
        return Answer(
            token=token,
            at=at,
            tokens=[slot_name(token, number) for number in range(int(reserved))],
            for_bulk=[slot_name(token, int(number)) for number in cast("bytes | str", turns).split()],
            place=int(place) / MICRO,
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


def _deliver_all(worker: weakref.ref[Worker]) -> None:
    # A lease that never comes back would hold its token, and its place in flight, till it expires.
    alive = worker()
    if alive is not None:
        alive.finish()


def _no_answer(answer: Answer | NoAnswer) -> None:
    del answer

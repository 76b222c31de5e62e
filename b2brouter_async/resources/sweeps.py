"""One look at what has changed, shared by all who wait for it."""

from __future__ import annotations

import datetime
import logging
import math
import time
from typing import TYPE_CHECKING, Generic, Protocol, TypeVar

import anyio
from attrs import define, field, frozen

from .._call.instrumentation import recorded_replies
from .._core.replies import date_of
from ..errors import APIConnectionError, APIStatusError, ArgumentError, B2BrouterError, CallError
from .waiting import WaitTimeout

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from .._core.backoff import Waiting
    from .._core.pagination import Page, Pager

PAUSE = 30.0
"""Seconds between two looks, for each page that a look reads: two requests a minute."""
FEW = 5
"""So many are read one by one; that costs less than a look at the day's changes."""
_DAY = datetime.timedelta(days=1)
_SOON = 1.0
_GROWTH = 0.6
_log = logging.getLogger("b2brouter_async.following")


class Row(Protocol):
    """What lists give and reads return."""

    @property
    def id(self) -> int:
        """Its id."""
        ...

    @property
    def state(self) -> str | None:
        """Its state."""
        ...


R = TypeVar("R", bound=Row)
D = TypeVar("D", bound=Row)
T = TypeVar("T")


@frozen
class Time:
    """How pauses are made: the event loop's own, or those of a client whose clock is a test's own."""

    waiting: Waiting

    @property
    def real(self) -> bool:
        """Whether pauses are the event loop's."""
        return self.waiting.clock is time.monotonic

    def now(self) -> float:
        """Return seconds that never go backwards."""
        return anyio.current_time() if self.real else self.waiting.clock()

    async def pause(self, seconds: float, woken: anyio.Event) -> None:
        """Wait a number of seconds, or until an event, where time is the event loop's."""
        if self.real:
            with anyio.move_on_after(seconds):
                await woken.wait()
        else:
            await self.waiting.sleep(max(seconds, 0.0))


@define
class ServerDay:
    """The day from which on changes are asked for, by the server's clock.

    The filter takes a day, in a zone that nobody knows, so it is the day before the one at which the last complete
    look began.
    """

    since: datetime.date | None = None
    began: datetime.datetime | None = None
    """When the last look began, by the server's clock where it says so."""

    def first(self) -> datetime.date:
        """Return the day to ask for."""
        # Where nothing is known of the server's clock yet, ours is not trusted to the day.
        return self.since or datetime.datetime.now(datetime.UTC).date() - 2 * _DAY

    def complete(self) -> datetime.date:
        """Note that the look came to its end, and return the day to ask for next time."""
        if self.began is not None:
            self.since = self.began.date() - _DAY
        else:
            self.since = datetime.datetime.now(datetime.UTC).date() - 2 * _DAY
        return self.since


class Look(Generic[T]):
    """One reading of a list, page by page."""

    def __init__(self, day: ServerDay, pager: Pager[T]) -> None:
        """Begin; nothing is sent yet.

        Args:
            day: where the moment goes at which the server began to answer.
            pager: the list.
        """
        self._day = day
        self._pages = pager.pages()
        self.count: int = 0
        """How many pages came so far."""

    async def page(self) -> Page[T] | None:
        """Return the next page; None at the end."""
        if self.count:
            page = await anext(self._pages, None)
        else:
            with recorded_replies() as replies:
                page = await anext(self._pages, None)
            self._day.began = date_of(replies[-1]) if replies else None
        self.count += page is not None
        return page


def passes(error: B2BrouterError) -> bool:
    """Tell whether an error is no end of what is waited for: a server that is away, or has enough for now."""
    return isinstance(error, (APIStatusError, APIConnectionError, CallError)) and error.retry == "later"


@define(eq=False)
class _Waiter:
    id: int
    judge: Callable[[Row], bool]
    known: object = None
    """State and moment as they were seen last; None before anything was."""
    last: str = "nothing"
    look: bool = False
    """Whether it is worth reading now."""
    error: B2BrouterError | None = None
    ends: float = math.inf
    late: bool = False
    woken: anyio.Event = field(factory=anyio.Event)

    def wake(self) -> None:
        self.woken.set()
        self.woken = anyio.Event()


class Sweeps(Generic[R, D]):
    """Waits for things to come into some state, with one look for all that wait.

    A few are read one by one, soon at first and then every half minute. When more wait, whoever came first looks at
    the list of what has changed since the day before, for all of them, and only what is worth it is read.
    """

    def __init__(
        self,
        changed: Callable[[datetime.date], Pager[R]] | None,
        read: Callable[[int], Awaitable[D]],
        waiting: Waiting,
    ) -> None:
        """Begin with nobody.

        Args:
            changed: lists what has changed on a day or later; None where there is no list.
            read: reads one.
            waiting: how pauses are made, and on which clock.
        """
        self._time = Time(waiting)
        self._changed = changed
        self._read = read
        self._day = ServerDay()
        self._waiters: dict[int, list[_Waiter]] = {}
        self._count = 0
        self._leader: _Waiter | None = None
        self._next = -math.inf

    @property
    def idle(self) -> bool:
        """Whether nobody waits."""
        return self._count == 0

    async def wait(
        self, number: int, judge: Callable[[Row], bool], *, timeout: float | None, waited_for: str
    ) -> D:
        """Wait until a judge is content.

        Args:
            number: the id.
            judge: tells of what was read, or of a row of the list, whether that is the end; raises where it can't come.
            timeout: seconds to wait at most; None is no end.
            waited_for: what is waited for, for the error's text.

        Returns:
            What was read last.

        Raises:
            WaitTimeout: it did not come in time; it has the last state.
            ArgumentError: the timeout is not above 0.
            Exception: what the judge raised, or what reading failed with.
        """
        if timeout is not None and not timeout > 0:
            raise ArgumentError(f"{timeout} seconds is no time to wait", argument="timeout")
        waiter = _Waiter(number, judge)
        if timeout is not None:
            waiter.ends = self._time.now() + timeout
        self._waiters.setdefault(number, []).append(waiter)
        self._count += 1
        try:
            # What hangs is cut off, where time is the event loop's.
            with anyio.move_on_after(timeout if timeout is not None and self._time.real else math.inf):
                found = await self._until(waiter)
                if found is not None:
                    return found
        finally:
            self._waiters[number].remove(waiter)
            if not self._waiters[number]:
                del self._waiters[number]
            self._count -= 1
            if self._few:
                for others in self._waiters.values():
                    for other in others:
                        other.wake()
        assert timeout is not None
        raise WaitTimeout(waited_for, last=waiter.last, timeout=timeout)

    @property
    def _few(self) -> bool:
        return self._changed is None or self._count <= FEW

    async def _until(self, waiter: _Waiter) -> D | None:
        began = self._time.now()
        while True:
            if waiter.look or self._few:
                waiter.look = False
                try:
                    found = await self._read(waiter.id)
                except B2BrouterError as error:
                    if not passes(error):
                        raise
                    waiter.last = str(error)
                else:
                    waiter.last, waiter.known = str(found.state), _seen(found)
                    if waiter.judge(found):
                        return found
            if self._few:
                # By the age of the wait: 1 s, 1.6 s, 2.6 s …, and what has waited long is in no hurry.
                age = self._time.now() - began
                pause = min(max(_SOON, age * _GROWTH), PAUSE, waiter.ends - self._time.now())
                await self._time.pause(pause, waiter.woken)
            else:
                await self._swept(waiter)
            if waiter.error is not None:
                raise waiter.error
            if waiter.late or self._time.now() >= waiter.ends:
                return None

    async def _swept(self, waiter: _Waiter) -> None:
        """Return when a look says that the waiter's own is worth reading, or when only a few are left."""
        while not waiter.look and not waiter.error and not waiter.late and not self._few:
            if self._leader is not None:
                await waiter.woken.wait()
                continue
            self._leader = waiter
            try:
                while not waiter.look and not waiter.error and not waiter.late and not self._few:
                    now = self._time.now()
                    if self._next > now:
                        await self._time.pause(min(self._next, self._first_end()) - now, waiter.woken)
                    else:
                        await self._sweep()
                    self._end_late()
            finally:
                self._leader = None
                self._hand_over(waiter)

    def _first_end(self) -> float:
        return min(one.ends for others in self._waiters.values() for one in others)

    def _end_late(self) -> None:
        now = self._time.now()
        for others in self._waiters.values():
            for one in others:
                if one.ends <= now and not one.late:
                    one.late = True
                    one.wake()

    def _hand_over(self, leaving: _Waiter) -> None:
        for others in self._waiters.values():
            for other in others:
                if other is not leaving and not other.look:
                    other.wake()
                    return

    async def _sweep(self) -> None:
        """Look at what has changed, and wake whom it concerns."""
        before = [one for others in self._waiters.values() for one in others]
        shown: set[_Waiter] = set()
        assert self._changed is not None
        look = Look(self._day, self._changed(self._day.first()))
        try:
            while (page := await look.page()) is not None:
                for row in page.items:
                    for waiter in self._waiters.get(row.id, ()):
                        shown.add(waiter)
                        self._show(waiter, row)
        except B2BrouterError as error:
            if not passes(error):
                # It would be the same for each of them.
                for waiter in before:
                    waiter.error = error
                    waiter.wake()
                return
            _log.warning("what has changed can't be read, and is asked for again: %s", error)
            self._next = self._time.now() + PAUSE
            return
        self._day.complete()
        self._next = self._time.now() + PAUSE * max(look.count, 1)
        for waiter in before:
            # It has not changed since yesterday, so no look will show it as it is: read it once.
            if waiter.known is None and waiter not in shown:
                waiter.look = True
                waiter.wake()

    def _show(self, waiter: _Waiter, row: Row) -> None:
        if waiter.known == _seen(row):
            return
        try:
            waiter.look = waiter.judge(row)
        except Exception:
            # Whatever is wrong with it, its own wait finds out when it reads: this look is made for others, too.
            waiter.look = True
        waiter.last, waiter.known = str(row.state), _seen(row)
        if waiter.look:
            waiter.wake()


def _seen(row: Row) -> object:
    return row.state, getattr(row, "state_updated_at", None)

"""Works off an inbox: takes what is due, keeps its lease, notes how it ended."""

from __future__ import annotations

import logging
import math
import os
import secrets
import socket
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, TypeVar

import anyio
import anyio.lowlevel
import anyio.to_thread
from attrs import field, frozen

from .._core.backoff import Backoff
from .._core.jitter import JITTER
from .._keywords import tells_misspelt
from ..errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Callable

    from .store import Inbox, Item

T = TypeVar("T")
_log = logging.getLogger("b2brouter_async.inbox")
_threads = anyio.lowlevel.RunVar[anyio.CapacityLimiter]("b2brouter_async.inbox.threads")


async def in_thread(function: Callable[..., T], *arguments: object) -> T:
    """Run what blocks for milliseconds in a thread, beside those that the application's own work may have filled."""
    try:
        threads = _threads.get()
    except LookupError:
        threads = anyio.CapacityLimiter(8)
        _threads.set(threads)
    return await anyio.to_thread.run_sync(function, *arguments, limiter=threads)


def _positive(instance: object, attribute: object, value: float) -> None:
    if not value > 0:
        raise ConfigurationError(f"{value} is not above 0", argument=str(getattr(attribute, "name", "")))


@tells_misspelt
@frozen(kw_only=True)
class Work:
    """How patiently items are worked off.

    Example:
        hooks = WebHooks("whsec_…", work=Work(concurrency=4, attempts=20))

    Args:
        concurrency: how many items one process works on at once.
        attempts: how often work on an item is begun before it is set aside.
        lease: seconds after which another process takes an item whose worker died; renewed while it is worked on.
        first: seconds until the second try.
        longest: seconds between two tries at most; each pause is twice the one before, less up to half by chance.
        poll: seconds between two looks for what other processes stored and what has become due.
        grace: seconds for which work may go on when the application ends, before it is cancelled and waits again.
    """

    concurrency: int = field(default=8, validator=_positive)
    attempts: int = field(default=10, validator=_positive)
    lease: float = field(default=60.0, validator=_positive)
    first: float = field(default=5.0, validator=_positive)
    longest: float = field(default=3600.0, validator=_positive)
    poll: float = field(default=1.0, validator=_positive)
    grace: float = 5.0

    def pause(self, tries: int) -> float:
        """Return the seconds to wait after a number of tries.

        Example:
            pauses = [Work().pause(tries) for tries in (1, 2, 3)]
        """
        whole = Backoff(first=self.first, longest=self.longest).pause(tries)
        return whole * JITTER.uniform(0.5, 1.0)


class Worker:
    """Works off one queue of an inbox in this process.

    Args:
        inbox: where the items are.
        queue: which of them.
        handle: works on one. When it returns, the item is done; when it raises, the item is tried again later.
        work: how patiently.
        failed: told of an item whose try failed, why, and whether it was set aside.
    """

    def __init__(
        self,
        inbox: Inbox,
        queue: str,
        handle: Callable[[Item, Note], Awaitable[None]],
        work: Work,
        failed: Callable[[Item, Exception, bool], None],
    ) -> None:
        """Begin with nothing to do."""
        self._inbox = inbox
        self._queue = queue
        self._handle = handle
        self._work = work
        self._failed = failed
        self._name = f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}"
        self._takes = 0
        self._active = 0
        self._worked = 0
        self._ending = False
        self._changed = anyio.Event()

    def wake(self) -> None:
        """Look for new items at once. From the worker's own event loop alone."""
        self._changed.set()

    @asynccontextmanager
    async def running(self) -> AsyncGenerator[None]:
        """Work in the background until the block is left; what is being worked on then gets the grace."""
        failure: Exception | None = None
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(self._loop, False)
            try:
                yield
            except Exception as error:
                failure = error  # raised again below, so that no task group wraps what isn't its own
            finally:
                self._ending = True
                self.wake()
                with anyio.move_on_after(self._work.grace, shield=True):
                    while self._active:
                        self._changed = anyio.Event()
                        await self._changed.wait()
                tasks.cancel_scope.cancel()
        if failure is not None:
            raise failure

    async def drain(self) -> int:
        """Work off what is due now, and return how many items were worked on."""
        self._worked = 0
        await self._loop(True)
        return self._worked

    async def _loop(self, until_empty: bool) -> None:
        unreadable: Exception | None = None
        async with anyio.create_task_group() as tasks:
            while not self._ending:
                self._changed = anyio.Event()
                free = self._work.concurrency - self._active
                taken: list[tuple[Item, str]] = []
                try:
                    taken = await self._take(free) if free else []
                except Exception as error:
                    if until_empty:
                        unreadable = error
                        break
                    _log.error("the inbox can't be read, and is tried again: %s", error)
                for item, owner in taken:
                    self._active += 1
                    tasks.start_soon(self._one, item, owner)
                if until_empty and not taken and not self._active:
                    return
                if len(taken) < free or not free:
                    with anyio.move_on_after(self._work.poll):
                        await self._changed.wait()
        if unreadable is not None:
            raise unreadable

    async def _take(self, most: int) -> list[tuple[Item, str]]:
        # A name for each time: who lost a lease and took the item again must not end it twice.
        self._takes += 1
        owner = f"{self._name}:{self._takes}"
        items = await in_thread(
            lambda: self._inbox.take(self._queue, owner, most=most, lease=self._work.lease)
        )
        return [(item, owner) for item in items]

    async def _one(self, item: Item, owner: str) -> None:
        try:
            await self._work_on(item, owner)
        finally:
            self._active -= 1
            self._worked += 1
            self.wake()

    async def _work_on(self, item: Item, owner: str) -> None:
        finished = False
        ended = False
        failure: Exception | None = None
        if item.tries > self._work.attempts:
            # Every try before ended without a word: the process died of it.
            failure = DiedError(f"each of {item.tries - 1} tries ended with its process")
        else:
            try:
                async with anyio.create_task_group() as beside:
                    beside.start_soon(self._keep_lease, item, owner, beside.cancel_scope)
                    try:
                        await self._handle(item, Note(self._inbox, item.key, owner))
                        finished = True
                    except Exception as error:
                        failure = error
                    except anyio.get_cancelled_exc_class():
                        if anyio.current_effective_deadline() == -math.inf:
                            raise
                        # Nobody cancelled this task: the handler waited for something else that was.
                        failure = StrayCancellationError("the handler was cancelled by something of its own")
                    except BaseException:
                        # The process ends of it. This try counts, or the next process would end of it, too, for ever.
                        ended = True
                        raise
                    beside.cancel_scope.cancel()
            finally:
                if not (finished or ended) and failure is None:
                    # Cancelled, or the lease is lost: in the latter case this changes nothing.
                    await self._end(lambda: self._inbox.give_back(item.key, owner))
        if finished:
            await self._end(lambda: self._inbox.done(item.key, owner))
        elif failure is not None:
            await self._fail(item, owner, failure)

    async def _fail(self, item: Item, owner: str, failure: Exception) -> None:
        counted = not isinstance(failure, Postponed)
        if isinstance(failure, Postponed):
            failure = failure.reason
        problem = _told(failure)
        last = counted and item.tries >= self._work.attempts
        if last:
            await self._end(lambda: self._inbox.bury(item.key, owner, problem=problem))
        else:
            pause = self._work.pause(item.tries)
            await self._end(
                lambda: self._inbox.again(item.key, owner, delay=pause, problem=problem, counted=counted)
            )
        self._failed(item, failure, last)

    async def _keep_lease(self, item: Item, owner: str, scope: anyio.CancelScope) -> None:
        while True:
            await anyio.sleep(self._work.lease / 3)
            try:
                kept = await in_thread(lambda: self._inbox.renew(item.key, owner, lease=self._work.lease))
            except Exception as error:
                _log.error("the lease of %s can't be renewed, and is tried again: %s", item.key, error)
                continue
            if not kept:
                _log.warning("%s was taken by another process meanwhile; its work here is stopped", item.key)
                scope.cancel()

    async def _end(self, step: Callable[[], bool]) -> None:
        """Note how an item ended, also while this task is being cancelled."""
        with anyio.CancelScope(shield=True):
            try:
                await in_thread(step)
            except Exception as error:
                # Its lease runs out, and it is worked on again: at least once.
                _log.error("the inbox can't be written; an item will be worked on again: %s", error)


def _told(failure: Exception) -> str:
    """Return what is kept of a failure, whatever a handler's own exception does when it is asked for its words."""
    try:
        words = str(failure)
    except Exception as error:
        words = f"(its text can't be had: {type(error).__name__})"
    # No store takes half a character.
    return f"{type(failure).__name__}: {words}"[:500].encode("utf-8", "backslashreplace").decode("utf-8")


class Postponed(Exception):
    """The world was in the way of a try, which doesn't count as one.

    Attributes:
        reason: what happened.
    """

    def __init__(self, reason: Exception) -> None:
        """Tell what was in the way."""
        super().__init__(str(reason))
        self.reason = reason


class StrayCancellationError(Exception):
    """A handler ended with a cancellation that was none of its task's."""


class DiedError(Exception):
    """Every try ended with the death of its process."""


@frozen
class Note:
    """Notes how far the work on an item came, for the next try should this one end here."""

    _inbox: Inbox
    _key: str
    _owner: str

    async def __call__(self, note: str) -> bool:
        """Note it; False if the item was taken by another process meanwhile."""
        return await in_thread(self._inbox.note, self._key, self._owner, note)

"""Small answers that are asked for again and again: kept for a while, by one client and for it alone."""

from __future__ import annotations

import copy
import datetime
import math
import os
import threading
from typing import TYPE_CHECKING, Any, TypeVar, cast

import anyio
import anyio.lowlevel
from attrs import define, evolve, field, frozen, validators

from .._core.replies import date_of
from .._keywords import tells_misspelt
from ..errors import B2BrouterError, CallError, DeadlineExceeded
from .kept import KEPT

if TYPE_CHECKING:
    from collections.abc import Hashable

    from cachetools import TLRUCache

    from .._core.operation import Operation, Options
    from .._core.replies import Reply
    from .._core.requests import Request
    from .kept import Kind
    from .pipeline import Pipeline

T = TypeVar("T")

_OVERHEAD = 1024
"""Bytes that an answer takes beside its content, at a guess."""


@tells_misspelt
@frozen(kw_only=True)
class CacheSettings:
    """How long small answers are kept, in seconds; 0 is not at all. For `B2Brouter(cache=…)`.

    Example:
        async with B2Brouter(api_key="test_…", cache=CacheSettings(directory=60.0)) as client:
            entry = await client.directory.lookup("be", "0214596464")
    """

    code_lists: float = field(default=24 * 3600.0, validator=validators.ge(0))
    """Document types, transport types, invoice states, schemes."""
    directory: float = field(default=3600.0, validator=validators.ge(0))
    """Parties that the directory has found. That one was not found is never kept."""
    tin_results: float = field(default=24 * 3600.0, validator=validators.ge(0))
    """Finished checks of tax numbers, which the server keeps for 24 hours itself (behaviour 66)."""
    most_bytes: int = field(default=8 * 1024 * 1024, validator=validators.ge(0))
    """What all of them may take together; what was not asked for longest goes first."""


@frozen(eq=False, repr=False)
class _Held:
    value: object
    size: int
    seconds: float


@define(eq=False, repr=False)
class _Flight:
    """A request that is under way, for all who ask the same."""

    ended: anyio.Event
    reply: Reply | None = None
    error: CallError | None = None


class Answers:
    """What one client has been answered. Replies are kept as they came, so each caller gets objects of its own."""

    def __init__(self, pipeline: Pipeline, settings: CacheSettings) -> None:
        """Begin with nothing.

        Args:
            pipeline: sends what isn't there, and has the clock.
            settings: how long what is kept.
        """
        self._pipeline = pipeline
        self._settings = settings
        self._lock = threading.Lock()
        self._process = os.getpid()
        self._held: TLRUCache[Hashable, _Held] | None = None
        self._flights: dict[Hashable, _Flight] = {}
        self._cleared = 0

    async def call(self, operation: Operation[T], request: Request, options: Options) -> T:
        """Return what the operation makes of the answer, kept or asked for now.

        Args:
            operation: what is called.
            request: with what.
            options: the call's own, filled up with the client's settings.

        Raises:
            CallError: as `Pipeline.call`.
        """
        kind = KEPT.get(operation.name)
        if kind is None or not self._seconds(kind) or self._pipeline.transport.closed:
            return await self._pipeline.call(operation, request, options)
        headers = tuple(sorted((options.headers or {}).items()))
        key = (operation.name, request.path, request.query, headers)
        held = self.get(kind, key)
        if held is not None:
            await anyio.lowlevel.checkpoint()
            return operation.parse(cast("Reply", held))
        return await self._together(kind, key, operation, request, options)

    async def _together(
        self, kind: Kind, key: Hashable, operation: Operation[T], request: Request, options: Options
    ) -> T:
        """Ask once for all who ask the same just now."""
        # Who is more urgent doesn't wait for others, nor can another event loop's tasks. Deadlines each keeps itself.
        how = (options.priority, options.timeout, options.max_attempts, options.attempt_timeout)
        place = (anyio.lowlevel.current_token(), key, how)
        ends = math.inf if options.deadline is None else self._pipeline.clock() + options.deadline
        while (flight := self._flights.get(place)) is not None:
            left = None if math.isinf(ends) else max(ends - self._pipeline.clock(), 0.0)
            with self._pipeline.within(left) as scope:
                await flight.ended.wait()
            if scope.cancelled_caught:
                raise _late(operation, request, options)
            if flight.reply is not None:
                return operation.parse(flight.reply)
            if flight.error is not None:
                raise copy.deepcopy(flight.error)
            # Who asked was cancelled, or in more of a hurry: the next one asks, unless another has the answer by now.
            held = self.get(kind, key)
            if held is not None:
                return operation.parse(cast("Reply", held))
        if not math.isinf(ends):
            options = evolve(options, deadline=max(ends - self._pipeline.clock(), 0.001))
        flight = self._flights[place] = _Flight(anyio.Event())
        cleared = self._cleared
        try:
            value, reply = await self._ask(operation, request, options)
            flight.reply = reply
        except DeadlineExceeded:
            raise
        except CallError as error:
            flight.error = error
            raise
        finally:
            if self._flights.get(place) is flight:
                del self._flights[place]
            flight.ended.set()
        if reply.status == 200 and _is_answer(kind, value) and cleared == self._cleared:
            self.put(kind, key, reply, len(reply.content), age=_age(value, reply))
        return value

    async def _ask(self, operation: Operation[T], request: Request, options: Options) -> tuple[T, Reply]:
        def parse(reply: Reply) -> tuple[T, Reply]:
            return operation.parse(reply), reply

        return await self._pipeline.call(operation.read_by(parse), request, options)

    def get(self, kind: Kind, key: Hashable) -> object | None:
        """Return what is kept, None where nothing is. It must not be changed."""
        with self._alone():
            held = None if self._held is None else self._held.get((kind, key))
        return None if held is None else held.value

    def put(self, kind: Kind, key: Hashable, value: object, size: int, *, age: float = 0.0) -> None:
        """Keep something.

        Args:
            kind: what it is, which decides for how long.
            key: what it is known by.
            value: something that nobody will change.
            size: about how many bytes it takes.
            age: how many seconds old it is already.
        """
        held = _Held(value, size + _OVERHEAD, self._seconds(kind) - age)
        if held.seconds <= 0 or held.size > self._settings.most_bytes:
            return
        with self._alone():
            if self._held is None:
                self._held = _cache(self._settings.most_bytes, self._pipeline)
            self._held[kind, key] = held

    def clear(self) -> None:
        """Forget everything."""
        with self._alone():
            self._held = None
            self._cleared += 1

    def _alone(self) -> threading.Lock:
        """Return the lock on what is kept; after a fork another one, since a thread may have held it then."""
        if self._process != os.getpid():
            self._process, self._lock, self._held = os.getpid(), threading.Lock(), None
        return self._lock

    def _seconds(self, kind: Kind) -> float:
        return {
            "code_lists": self._settings.code_lists,
            "directory": self._settings.directory,
            "tin_results": self._settings.tin_results,
        }[kind]


def _cache(most_bytes: int, pipeline: Pipeline) -> TLRUCache[Hashable, _Held]:
    from cachetools import TLRUCache  # needed by few programs, and not before the first answer is kept

    def ends(key: Hashable, held: _Held, now: float) -> float:
        return now + held.seconds

    def size(held: _Held) -> int:
        return held.size

    def now() -> float:
        return pipeline.clock()

    return TLRUCache(most_bytes, ends, timer=now, getsizeof=size)


def _is_answer(kind: Kind, value: object) -> bool:
    """Tell whether a reply is the end of what was asked for."""
    if kind != "tin_results":
        return True
    status, results = getattr(value, "status", None), getattr(value, "results", None)
    return status == "finished" and bool(results)


def _age(value: object, reply: Reply) -> float:
    """Return how many seconds before the reply something was finished, where both say when."""
    finished: object = getattr(value, "updated_at", None)
    now = date_of(reply)
    if now is None or not isinstance(finished, datetime.datetime) or finished.tzinfo is None:
        return 0.0
    return max((now - finished).total_seconds(), 0.0)


def _late(operation: Operation[Any], request: Request, options: Options) -> B2BrouterError:
    deadline = options.deadline or 0.0
    return DeadlineExceeded(
        f"its deadline of {deadline:g} s passed while another call asked the same", deadline=deadline
    ).about(operation=operation.name, method=operation.method, path=request.path, attempts=0)

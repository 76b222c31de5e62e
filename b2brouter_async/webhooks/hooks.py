"""`WebHooks`: which function handles which event, and the way of a call: verify, store, answer, work."""

from __future__ import annotations

import inspect
import logging
import os
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import asynccontextmanager
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar, cast, overload

import anyio
import anyio.lowlevel

from .._core.callbacks import call_either, check_called
from .._inbox.sqlite import SQLiteInbox
from .._inbox.worker import Work, Worker, in_thread
from .._keywords import tells_misspelt
from ..errors import ConfigurationError
from .answer import Answer
from .asgi import serve
from .errors import WebHookError
from .events import KNOWN, Event, UnknownEvent, parse
from .signature import TOLERANCE, Secrets, as_bytes, check_secrets, check_tolerance, verify

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, MutableMapping

    from .._inbox.store import Inbox, Item
    from .._inbox.worker import Note

E = TypeVar("E", bound=Event)
E2 = TypeVar("E2", bound=Event)
T = TypeVar("T")
H = TypeVar("H", bound=Callable[..., object])

Handler: TypeAlias = Callable[[E], Awaitable[object] | object]
"""Handles an event; a coroutine function runs in the event loop, any other function in a thread."""

_MISSPELT = 0.9
"""From here on a code is a known one misspelt, and no new event."""
_QUEUE = "webhooks"
_DEFAULT_FILE = "b2brouter-webhooks.sqlite"
_log = logging.getLogger("b2brouter_async.webhooks")
_working: list[WebHooks] = []
"""Those of this process that are inside `running`."""


@tells_misspelt
class WebHooks:
    """Receives the calls of one environment's web hooks.

    Example:
        hooks = WebHooks("whsec_…", inbox="webhooks.sqlite")


        @hooks.on(IssuedInvoiceStateChange)
        async def changed(event: IssuedInvoiceStateChange) -> None:
            print(event.data.invoice_id, event.data.state)

    A call is verified, stored, answered with 204, and worked off afterwards: at least once, also where the process
    dies in between. Repeats of an event that was stored are answered 204 and dropped.

    The object is an ASGI application for one route of yours, for POST.

    Args:
        secrets: the web hook's secret, or several while it is being changed.
        inbox: where events are kept until they are worked off: the path of an SQLite file, or an `Inbox`; left out,
            the file `b2brouter-webhooks.sqlite` in the current folder. Several processes may share it.
        queue: your own queue instead of an inbox: called with each event, repeats too; the call is answered 204 when
            it has returned. Hand what comes out of the queue to `handle`, or to code of your own.
        environment: goes into the events' keys. Name it where one inbox serves several environments.
        tolerance: seconds by which a call may be old or ahead.
        work: how patiently events are worked off.
        failed: told of an event whose handler failed, why, and whether the event was set aside.
        max_body: bytes of the largest body that is read.
        body_timeout: seconds for the body of a call to come.
        clock: returns Unix seconds.

    Raises:
        ConfigurationError: there is no usable secret, or both inbox and queue are given.
    """

    def __init__(
        self,
        secrets: Secrets,
        *,
        inbox: Inbox | str | os.PathLike[str] | None = None,
        queue: Callable[[Event], Awaitable[object] | object] | None = None,
        environment: str = "",
        tolerance: float = TOLERANCE,
        work: Work | None = None,
        failed: Callable[[Event, Exception, bool], object] | None = None,
        max_body: int = 1024 * 1024,
        body_timeout: float = 10.0,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """Check the settings. Nothing is opened before the first call."""
        self._secrets = tuple(key.decode("utf-8") for key in check_secrets(secrets))
        check_tolerance(tolerance)
        if queue is not None and inbox is not None:
            raise ConfigurationError("events go to one of them; leave the other out", argument="queue, inbox")
        if not environment.isascii() or any(char.isspace() for char in environment):
            raise ConfigurationError(f"{environment!r} is no name for one", argument="environment")
        check_called(failed, "failed", ConfigurationError)
        self.inbox: Inbox | None = None
        if queue is None:
            named = _DEFAULT_FILE if inbox is None else inbox
            self.inbox = SQLiteInbox(named) if isinstance(named, (str, os.PathLike)) else named
            if not hasattr(self.inbox, "put"):
                raise ConfigurationError(
                    f"expected a file's path or an Inbox, got {type(named).__name__}", argument="inbox"
                )
        self.environment = environment
        self.tolerance = tolerance
        self.work: Work = work or Work()
        self.max_body = max_body
        self.body_timeout = body_timeout
        self.counts: Counter[str] = Counter()
        """How many calls were `stored`, `repeated`, `queued`, `failed` (to be stored), or refused, by reason."""
        self._queue = queue
        self._told_failure = failed
        self._clock = clock
        self._handlers: dict[str, Handler[Any]] = {}
        self._other: Handler[Any] | None = None
        # Events are worked off by who knows their environment: their keys have it in them.
        self._queue_name = f"{_QUEUE}:{environment}" if environment else _QUEUE
        self._running: tuple[Worker, object] | None = None
        self._told_idle = False

    def __repr__(self) -> str:
        return f"WebHooks(inbox={self.inbox!r}, handles={sorted(self._handlers)})"

    @overload
    def on(self, event: type[E], /) -> Callable[[Callable[[E], T]], Callable[[E], T]]: ...

    @overload
    def on(
        self, one: type[E], two: type[E2], /
    ) -> Callable[[Callable[[E | E2], T]], Callable[[E | E2], T]]: ...

    @overload
    def on(
        self, one: type[Event], two: type[Event], three: type[Event], /, *more: type[Event]
    ) -> Callable[[H], H]: ...

    @overload
    def on(self, *codes: str) -> Callable[[H], H]: ...

    def on(self, *events: type[Event] | str) -> Callable[[Any], Any]:
        """Register the handler of some events: `@hooks.on(IssuedInvoiceStateChange)`.

        Example:
            @hooks.on(IssuedInvoiceStateChange, ReceivedInvoiceStateChange)
            async def changed(event: IssuedInvoiceStateChange | ReceivedInvoiceStateChange) -> None:
                print(event.data.invoice_id, event.data.state)

        An event has one handler: with two, a failure of the second would call the first again.

        Args:
            events: classes of events; a code as text for one that has no class yet.

        Raises:
            ConfigurationError: no event is named, one has a handler already, or is none.
        """
        if not events:
            raise ConfigurationError(
                "name the events, for example @hooks.on(IssuedInvoiceStateChange)", argument="on"
            )
        codes: list[str] = []
        for event in events:
            code = event if isinstance(event, str) else getattr(event, "CODE", "")
            if not code:
                raise ConfigurationError(
                    f"{getattr(event, '__name__', event)!r} stands for no single event; name its class or its "
                    "code, or take @hooks.unhandled for all the others",
                    argument="on",
                )
            if code not in KNOWN and (meant := get_close_matches(code, KNOWN, n=1, cutoff=_MISSPELT)):
                raise ConfigurationError(f"{code!r} is no event; did you mean {meant[0]!r}?", argument="on")
            if code in self._handlers:
                raise ConfigurationError(
                    f"{code} has a handler already; call both from one function", argument="on"
                )
            codes.append(code)

        def register(handler: H) -> H:
            _check_handler(handler, "on")
            for code in codes:
                self._handlers[code] = handler
            return handler

        return register

    def unhandled(self, handler: H) -> H:
        """Register the handler of every event that has none of its own; without it those are stored and let go.

        Example:
            @hooks.unhandled
            async def other(event: Event) -> None:
                print(event.code)

        Raises:
            ConfigurationError: there is one already.
        """
        if self._other is not None:
            raise ConfigurationError("there is a handler already", argument="unhandled")
        _check_handler(handler, "unhandled")
        self._other = handler
        return handler

    def verify(
        self, body: bytes | bytearray | memoryview, header: str | bytes | None, *, now: float | None = None
    ) -> Event:
        """Return the event of a genuine call; see `webhooks.verify`.

        Example:
            event = hooks.verify(body, header)

        Args:
            body: the raw body, byte for byte as it came.
            header: what stood in X-B2Brouter-Signature; None where there was none.
            now: Unix seconds; the clock of this object when left out.

        Raises:
            WebHookError: the call is refused; `reason` says why.
            TypeError: the body is no bytes.
        """
        return verify(
            body,
            header,
            self._secrets,
            tolerance=self.tolerance,
            now=self._clock() if now is None else now,
            environment=self.environment,
        )

    async def receive(
        self, body: bytes | bytearray | memoryview, header: str | bytes | None, *, encoding: str | None = None
    ) -> Answer:
        """Verify and store a call, and return what to answer; for a framework that is no ASGI one.

        Example:
            answer = await hooks.receive(body, header)
            print(answer.status)

        Args:
            body: the raw body.
            header: what stood in X-B2Brouter-Signature; of several all, joined with a comma.
            encoding: what stood in Content-Encoding, for the text of a refusal.
        """
        event = self._accepted(body, header, encoding)
        if isinstance(event, Answer):
            return event
        try:
            if self._queue is not None:
                result = self._queue(event)
                if inspect.isawaitable(result):
                    await result
                return self._stored("queued")
            assert self.inbox is not None
            if self._running is None and not self._told_idle:
                self._say_idle()
            new = await in_thread(self.inbox.put, self._queue_name, event.key, event.body)
        except Exception as error:
            return self._not_stored(event, error)
        self._wake()
        return self._stored("stored" if new else "repeated")

    def receive_sync(
        self, body: bytes | bytearray | memoryview, header: str | bytes | None, *, encoding: str | None = None
    ) -> Answer:
        """Verify and store a call, and return what to answer; for Django, Flask and other WSGI applications.

        Example:
            answer = hooks.receive_sync(body, header)
            print(answer.status)

        What is stored is worked off by `work_once`, called again and again by a command or a thread of yours, or by
        another process inside `running`.

        Args:
            body: the raw body: `request.body` in Django, `request.get_data()` in Flask.
            header: what stood in X-B2Brouter-Signature, or None.
            encoding: what stood in Content-Encoding, for the text of a refusal.
        """
        event = self._accepted(body, header, encoding)
        if isinstance(event, Answer):
            return event
        try:
            if self._queue is not None:
                if inspect.isawaitable(result := self._queue(event)):
                    cast("Any", result).close()
                    raise ConfigurationError(
                        "receive_sync needs a function that is not async", argument="queue"
                    )
                return self._stored("queued")
            assert self.inbox is not None
            new = self.inbox.put(self._queue_name, event.key, event.body)
        except Exception as error:
            return self._not_stored(event, error)
        return self._stored("stored" if new else "repeated")

    async def handle(self, event: Event) -> None:
        """Call the handler of an event, for events that come out of a queue of yours.

        Example:
            @hooks.unhandled
            async def other(event: Event) -> None:
                print(event.code)


            await hooks.handle(parse(body))

        Raises:
            Exception: what the handler raised.
        """
        handler = self._handlers.get(event.code, self._other)
        known = KNOWN.get(event.code)
        if isinstance(event, UnknownEvent) and known is not None:
            # Its handler was promised the class, and this is not it.
            handler = self._other
        if handler is None:
            _log.debug("%s has no handler: %s", event.code, event.key)
            return
        await call_either(handler, event)

    @asynccontextmanager
    async def running(self) -> AsyncGenerator[None]:
        """Work events off in the background, those left by an earlier process first, until the block is left.

        Example:
            async with hooks.running():
                ...  # as long as the application runs

        Enter it in your application's lifespan: the lifespan of an application that is mounted is never run.

        Raises:
            ConfigurationError: events go to a queue of yours, this object is running already, or another of this
                process works the same inbox off with handlers for other events.
            InboxError: the inbox can't be opened.
        """
        inbox = self._inbox_to_work()
        self._check_others()
        if self._running is not None:
            raise ConfigurationError(
                "this object is working already; enter it once in a process", argument="running"
            )
        # What can't be opened is told now, and not to the first call.
        await in_thread(inbox.waiting, self._queue_name)
        worker = self._worker(inbox)
        self._running = (worker, anyio.lowlevel.current_token())
        _working.append(self)
        try:
            async with worker.running():
                yield
        finally:
            _working.remove(self)
            self._running = None

    async def resume(self) -> int:
        """Work off the events that are due now, and return how many were worked on.

        Example:
            done = await hooks.resume()

        Raises:
            ConfigurationError: events go to a queue of yours, or another `WebHooks` of this process works the same inbox
                off with handlers for other events.
            InboxError: the inbox can't be read.
        """
        self._check_others()
        return await self._worker(self._inbox_to_work()).drain()

    def work_once(self) -> int:
        """Work off the events that are due now, and return how many were worked on; where nothing is async.

        Example:
            done = hooks.work_once()

        Raises:
            ConfigurationError: events go to a queue of yours.
            InboxError: the inbox can't be read.
        """
        return anyio.run(self.resume)

    async def dead(self) -> list[Item]:
        """Return the events that were set aside after their last try.

        Example:
            for item in await hooks.dead():
                print(item.key, item.tries, item.problem)
        """
        return list(await in_thread(self._inbox_to_work().dead, self._queue_name))

    async def retry(self, key: str) -> bool:
        """Let an event that was set aside be tried again; False if there is none of this key.

        Example:
            for item in await hooks.dead():
                await hooks.retry(item.key)
        """
        done = await in_thread(self._inbox_to_work().retry, self._queue_name, key)
        self._wake()
        return done

    async def waiting(self) -> int:
        """Return how many events wait or are being worked on.

        Example:
            print(await hooks.waiting())
        """
        return await in_thread(self._inbox_to_work().waiting, self._queue_name)

    async def __call__(
        self,
        scope: MutableMapping[str, Any],
        receive: Callable[[], Awaitable[MutableMapping[str, Any]]],
        send: Callable[[MutableMapping[str, Any]], Awaitable[None]],
    ) -> None:
        """Answer a call: the ASGI application."""
        await serve(self, scope, receive, send)

    def refuse(self, status: int, reason: str, text: str) -> Answer:
        """Count and log a call that is not taken in, and return what to answer.

        Example:
            answer = hooks.refuse(413, "too_large", "the body is too large")

        Args:
            status: what is answered.
            reason: what it is counted under in `counts`.
            text: what is answered and logged; it holds nothing of the body.
        """
        self.counts[reason] += 1
        _log.log(
            logging.WARNING if reason in ("too_old", "too_new", "mismatch") else logging.INFO,
            "a call was refused: %s",
            text,
        )
        return Answer(status, text)

    def _accepted(
        self, body: bytes | bytearray | memoryview, header: str | bytes | None, encoding: str | None
    ) -> Event | Answer:
        body = as_bytes(body)
        if len(body) > self.max_body:
            return self.refuse(413, "too_large", f"the body is larger than {self.max_body:,} bytes")
        try:
            return self.verify(body, header)
        except WebHookError as error:
            text = str(error)
            if error.reason == "mismatch" and encoding and encoding.strip().lower() != "identity":
                text += f"; the body came with Content-Encoding {encoding[:40]!r} and was not unpacked"
            return self.refuse(400, error.reason, text)

    def _stored(self, how: str) -> Answer:
        self.counts[how] += 1
        return Answer(204)

    def _not_stored(self, event: Event, error: Exception) -> Answer:
        # A 2xx would be a promise that can't be kept: the sender shall call again.
        self.counts["failed"] += 1
        _log.error("%s (%s) could not be stored: %s: %s", event.key, event.code, type(error).__name__, error)
        return Answer(503, "the event could not be stored; call again")

    def _say_idle(self) -> None:
        self._told_idle = True
        _log.warning(
            "events are stored and nothing in this process works them off; enter `async with hooks.running():` in "
            "the application's lifespan, unless another process does"
        )

    def _inbox_to_work(self) -> Inbox:
        if self.inbox is None:
            raise ConfigurationError(
                "the events are in a queue of yours; work them off with `handle`", argument="queue"
            )
        return self.inbox

    def _check_others(self) -> None:
        """Refuse to let go of events for which another object has the handler."""
        for other in _working:
            if other is self or other._place() != self._place():
                continue
            if (other._handlers.keys(), other._other is None) != (self._handlers.keys(), self._other is None):
                raise ConfigurationError(
                    f"another WebHooks of this process works {self.inbox!r} off, with handlers for other events: each would "
                    "let go of what the other has a handler for. Give each an inbox of its own, or one of them all handlers",
                    argument="inbox",
                )

    def _place(self) -> tuple[object, str]:
        path = getattr(self.inbox, "path", None)
        return os.path.realpath(path) if path is not None else id(self.inbox), self._queue_name

    def _worker(self, inbox: Inbox) -> Worker:
        async def work(item: Item, note: Note) -> None:
            await self.handle(parse(item.body, environment=self.environment))

        return Worker(inbox, self._queue_name, work, self.work, self._failed)

    def _failed(self, item: Item, error: Exception, dead: bool) -> None:
        event = parse(item.body, environment=self.environment)
        # The key and the code, and nothing that the body or a handler's words may hold.
        _log.error(
            "the handler of %s failed with %s on try %d of %d: %s%s",
            event.code,
            type(error).__name__,
            item.tries,
            self.work.attempts,
            item.key,
            "; the event was set aside" if dead else "",
        )
        if self._told_failure is not None:
            try:
                self._told_failure(event, error, dead)
            except Exception as problem:
                _log.error("failed: %s", type(problem).__name__)

    def _wake(self) -> None:
        if self._running is not None:
            worker, loop = self._running
            if loop is anyio.lowlevel.current_token():
                worker.wake()


def _check_handler(handler: object, argument: str) -> None:
    if not callable(handler):
        # What is no function would let go of the event, as if it had no handler.
        raise ConfigurationError(f"a handler is a function, not {type(handler).__name__}", argument=argument)

"""The way of a call. Everything that talks to the API goes through here.

deadline, span
  attempt                          as often as retry.py allows
    token from the limiter         one for each request, redirects included
      middleware                   sees the request without the key, and every reply as a value
        transport                  transport.py: key and version are put on, bytes go out and come in
    token back, with its outcome   in a `finally`, by a plain function: no cancellation can lose it
  the status decides               done, refused, again, or nobody knows
ending                             endings.py: the reply is parsed, or one error says what is known

A file that is handed out as it comes goes the same way up to its first piece; the rest is read within the deadline.
"""

from __future__ import annotations

import math
import re
import time
from contextlib import asynccontextmanager, nullcontext
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

import anyio
from attrs import evolve

from .._core.replies import Reply
from .._core.requests import unknown_words
from ..errors import (
    APIConnectionError,
    APIStatusError,
    CallError,
    ClientClosedError,
    DuplicateNumberError,
    RateLimitTimeout,
    ResponseTooLargeError,
)
from . import endings, retry
from .endings import CallState
from .granted import take_granted
from .instrumentation import around, log_attempt, record, span
from .options import check_headers
from .reply_body import Body
from .retry import Fate

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping

    from .._core.downloads import Download, DownloadStream
    from .._core.operation import Operation, Options
    from .._core.requests import Content, Request
    from ..config import Secret
    from ..limiter import Lease, Outcome, RateLimiter
    from .attempt import Attempt, Middleware, Next, Progress
    from .content import RequestContent
    from .retry_policy import RetryPolicy
    from .transport import Transport

T = TypeVar("T")

_MAX_REDIRECTS = 5
_ENDLESS = nullcontext()
_INVOICE_BY_WORDS = re.compile(r"/invoices/(?!\d+(/|$))")
_NAMES_ONLY_AN_ACCOUNT = re.compile(r"/accounts/\{account\}(/[a-z_]+)?(/import)?")


def _within(seconds: float | None) -> anyio.CancelScope:
    return anyio.move_on_after(seconds)


class Pipeline:
    """Sends requests the whole way; one for a client and all its views."""

    def __init__(
        self,
        *,
        transport: Transport,
        limiter: RateLimiter,
        key: Secret,
        policy: RetryPolicy | None = None,
        middleware: tuple[Middleware, ...] = (),
        sleep: Callable[[float], Awaitable[object]] = anyio.sleep,
        clock: Callable[[], float] = time.monotonic,
        within: Callable[[float | None], anyio.CancelScope] = _within,
    ) -> None:
        """Take the parts that every call uses.

        Args:
            transport: sends one request and reads its reply.
            limiter: one budget per key, shared by everybody who holds it.
            key: for taking it out of whatever the server says.
            policy: how often and how patiently calls are repeated; left out, as `RetryPolicy` says.
            middleware: the first is the outermost.
            sleep: waits a number of seconds.
            clock: counts seconds, never backwards.
            within: returns a scope that is cancelled after a number of seconds.
        """
        self.transport = transport
        self.limiter = limiter
        self.key = key
        self._policy = policy
        self.middleware = middleware
        self.sleep = sleep
        self.clock = clock
        self.within = within

    @property
    def policy(self) -> RetryPolicy:
        """How often and how patiently calls are repeated."""
        if self._policy is None:
            from .retry_policy import RetryPolicy  # most calls succeed at once

            self._policy = RetryPolicy()
        return self._policy

    async def call(self, operation: Operation[T], request: Request, options: Options) -> T:
        """Send a request the whole way.

        Args:
            operation: what is called.
            request: with what.
            options: the call's own, checked and filled up with the client's settings.

        Returns:
            What the operation's parse makes of the reply.

        Raises:
            APIStatusError: the server said no, at last.
            APIConnectionError: the server could not be reached, at last.
            OutcomeUnknownError: a write may or may not have happened.
            UnparsableReplyError: the reply is not what the spec says.
            DeadlineExceeded: the call's time was over.
            RateLimitTimeout: the limiter had no place in time.
            ArgumentError: a header or the content can't be sent.
        """
        call = self._begin(operation, request, options)
        state = call.state
        with span(operation, request, self.transport.host) as traced:
            with _ENDLESS if options.deadline is None else self.within(options.deadline):
                reply = await call.until_settled()
                traced.ended(state.attempts, reply)
                return await endings.parsed(state, operation, reply, self.key)
            raise endings.out_of_time(state)

    @asynccontextmanager
    async def open(
        self, operation: Operation[Download], request: Request, options: Options
    ) -> AsyncGenerator[DownloadStream]:
        """Send a request the same way and hand out the file that answers it as it comes.

        It is repeated until its first piece has come, and never after. The span ends there, too.

        Args:
            operation: what is called.
            request: with what.
            options: the call's own. Deadline and attempt_timeout hold until the file's last piece.

        Raises:
            Exception: as `call`; reading the file raises the same of what breaks on the way.
        """
        call = self._begin(operation, request, options, streams=True)
        try:
            reply, content = await self._opened(call)
            from .._core.downloads import open_file

            yield open_file(
                reply, partial(call.piece, content) if isinstance(content, Body) else _once(content)
            )
        finally:
            try:
                if call.body is not None:
                    await call.body.aclose()
            finally:
                if call.has_place:
                    self.transport.streams.release()

    async def _opened(self, call: _Call) -> tuple[Reply, bytes | Body]:
        """Return the reply that begins a file, and what gives its content."""
        state = call.state
        with span(state.operation, state.request, self.transport.host) as traced:
            with _ENDLESS if state.deadline is None else self.within(state.deadline):
                await self.transport.streams.acquire()
                call.has_place = True
                reply = await call.until_settled()
                traced.ended(state.attempts, reply)
                # A middleware may have answered by itself, or put another content in.
                return reply, reply.content or call.body or b""
            raise endings.out_of_time(state)

    def _begin(
        self, operation: Operation[Any], request: Request, options: Options, *, streams: bool = False
    ) -> _Call:
        if self.transport.closed:
            raise ClientClosedError("this client was closed; make a new one")
        if request.headers:
            check_headers(dict(request.headers))
        return _Call(
            pipeline=self,
            state=CallState(operation, request, options.deadline),
            options=options,
            headers=_headers(operation, request, options),
            content=None if request.body is None else _content(request.body.content),
            ends=math.inf if options.deadline is None else self.clock() + options.deadline,
            streams=streams,
        )


def _content(content: Content) -> RequestContent:
    from .content import RequestContent  # reads carry none

    return RequestContent(content)


def _once(content: bytes) -> Callable[[], Awaitable[bytes | None]]:
    """Return what gives a content that is here already."""
    left = [content] if content else []

    async def next_piece() -> bytes | None:
        return left.pop() if left else None

    return next_piece


def _headers(operation: Operation[T], request: Request, options: Options) -> dict[str, str]:
    """Return the call's headers; its own replace ours, whatever their case."""
    if request.body is None and not request.headers and not options.headers:
        return {"Accept": operation.accept}
    given = (("Accept", operation.accept), *request.headers, *(options.headers or {}).items())
    headers = dict({name.lower(): (name, value) for name, value in given}.values())
    if request.body is not None:
        headers["Content-Type"] = request.body.media_type
    return headers


class _Call:
    """One call on its way."""

    def __init__(
        self,
        *,
        pipeline: Pipeline,
        state: CallState,
        options: Options,
        headers: Mapping[str, str],
        content: RequestContent | None,
        ends: float,
        streams: bool,
    ) -> None:
        """Begin before the first attempt.

        Args:
            pipeline: the parts that it uses.
            state: what is known about it.
            options: its own, filled up with the client's settings.
            headers: without the key and the version.
            content: what it carries.
            ends: when, on the pipeline's clock.
            streams: whether a reply that says yes is handed out as it comes.
        """
        self.pipeline = pipeline
        self.state = state
        self.options = options
        self.headers = headers
        self.content = content
        self.ends = ends
        self.streams = streams
        self.has_place = False
        """Whether it has one of the places for replies that are handed out as they come."""
        self.not_followed: str | None = None
        """Why the last redirect was not followed."""
        self.refusals = 0
        """How many attempts were answered 429."""
        self.refused_until = math.inf
        """When it gives up if it meets nothing but refusals, on the pipeline's clock."""

    async def until_settled(self) -> Reply:
        """Try until the fate of the call is known or trying again would be wrong; return a reply that says yes."""
        state = self.state
        tried = 0
        while True:
            tried += 1
            try:
                result: Reply | CallError = await self._attempt(tried)
            except (APIConnectionError, ResponseTooLargeError) as failure:
                result = failure
            fate = self._fate_of(result)
            if isinstance(result, Reply):
                if fate is Fate.DONE:
                    return result
                if retry.deleted_before(state.operation.method, result.status, state.doubt):
                    return Reply(204, result.headers, b"", result.request_id)
            if fate in (Fate.UNKNOWN, Fate.UNKNOWN_FOR_GOOD):
                state.doubt = True
            error = self._as_error(result)
            state.last_problem = error.problem
            wait = self._wait_before_next(tried, error, fate)
            if wait is None:
                raise endings.given_up(state, error, fate)
            await self.pipeline.sleep(wait)

    @property
    def body(self) -> Body | None:
        """What the last attempt has open."""
        return None if self.state.progress is None else self.state.progress.body

    async def piece(self, body: Body) -> bytes | None:
        """Return the next piece of a file that is handed out as it comes."""
        try:
            if math.isinf(self.ends):
                return await body.piece()
            if (left := self.ends - self.pipeline.clock()) > 0:
                with self.pipeline.within(left):
                    return await body.piece()
        except CallError as error:
            raise self.state.about(error) from None
        raise endings.out_of_time(self.state)

    async def _attempt(self, number: int) -> Reply:
        """Send once, and on to where a redirect on the same server leads."""
        path, query = self.state.request.path, self.state.request.query
        asked: list[str] = []
        while True:
            reply = await self._with_token(number, path, query)
            if not 300 <= reply.status < 400:
                return reply
            asked.append(path)
            location = reply.headers.get("location", "")
            target = self.pipeline.transport.redirect_path(path, location) if location else None
            if target is None or self.state.operation.method != "GET" or len(asked) > _MAX_REDIRECTS:
                from .error_replies import not_followed

                self.not_followed = not_followed(self.state.operation.method, asked, target, location)
                return reply
            # The new query is part of where it leads.
            path, query = target, ()

    async def _with_token(self, number: int, path: str, query: tuple[tuple[str, str], ...]) -> Reply:
        """Send one request for one token of the limiter."""
        from .attempt import Attempt, Progress  # a client that is only made needs neither

        state = self.state
        token = _Token(self.pipeline.limiter, await self._token())
        progress = state.progress = Progress(on_reply=token.reply_began)
        attempt = Attempt(
            operation=state.operation.name,
            number=number,
            method=state.operation.method,
            path=path,
            query=query,
            headers=self.headers,
            account=state.request.account,
            content=self.content,
            guard=state.request.guard,
            timeout=self.options.timeout or 60.0,
            total_timeout=self.options.attempt_timeout,
            streams=self.streams,
        )
        began = self.pipeline.clock()
        replied = False
        try:
            reply = await self._through_middleware(progress)(attempt)
            replied = True
        finally:
            # What left counts, on the server and here; no await stands between the transport and this line.
            token.ended(progress)
            state.attempts += progress.left
            if not replied and progress.left and retry.may_be_done(progress.status):
                state.doubt = True
            if progress.reply is not None:
                record(progress.reply)
            log_attempt(attempt, progress, self.pipeline.clock() - began)
            if not replied and progress.body is not None:
                await progress.body.aclose()
        if progress.body is not None and not 200 <= reply.status < 300:  # a middleware made it another reply
            await progress.body.aclose()
        return reply

    async def _token(self) -> Lease:
        """Wait for a token, unless one was waited for before the call."""
        if (granted := take_granted(self.pipeline.limiter)) is not None:
            return granted
        left = None if math.isinf(self.ends) else max(self.ends - self.pipeline.clock(), 0.0)
        self.state.queueing = True
        try:
            lease = await self.pipeline.limiter.acquire(self.options.priority or 0, left)
        except RateLimitTimeout:
            if not self.state.attempts:
                raise
            # "Nothing was sent" is true of this attempt alone.
            raise endings.out_of_time(self.state) from None
        self.state.queueing = False
        return lease

    def _through_middleware(self, progress: Progress) -> Next:
        """Return what sends one attempt: the transport, with all middleware around it."""
        used = False

        def send(attempt: Attempt) -> Awaitable[Reply]:
            nonlocal used
            if used:
                raise RuntimeError("a middleware called next twice; the limiter granted one request")
            used = True
            if attempt.headers is not self.headers:
                check_headers({n: v for n, v in attempt.headers.items() if n.lower() != "content-type"})
            return self.pipeline.transport.send(attempt, progress)

        return around(self.pipeline.middleware, send)

    def _fate_of(self, result: Reply | CallError) -> Fate:
        fate = retry.fate_of(result)
        progress = self.state.progress
        if fate is Fate.NOT_DONE and progress is not None and not progress.undone:
            # A middleware that calls somewhere else may raise an error that is not about this request.
            return Fate.UNKNOWN
        return fate

    def _as_error(self, result: Reply | CallError) -> CallError:
        """Return the error that a reply that says no stands for."""
        if isinstance(result, Reply):
            from .error_replies import status_error

            # A server may quote the key in its complaint.
            clean = evolve(result, content=self.pipeline.key.scrub(result.content))
            words = unknown_words(self.state.operation.arguments, self.state.request)
            result = status_error(
                clean,
                not_followed=self.not_followed,
                unknown=words,
                names_only_an_account=_NAMES_ONLY_AN_ACCOUNT.fullmatch(self.state.operation.path) is not None,
                names_an_invoice_by_words=_INVOICE_BY_WORDS.match(self.state.request.path) is not None,
            )
            if isinstance(result, DuplicateNumberError):
                result.number = self.state.request.invoice_number
        return self.state.about(result)

    def _wait_before_next(self, tried: int, error: CallError, fate: Fate) -> float | None:
        """Return the seconds to wait before the next attempt; None if there is none."""
        policy, now = self.pipeline.policy, self.pipeline.clock()
        most = self.options.max_attempts or policy.max_attempts
        refused = error if isinstance(error, APIStatusError) else None
        if refused is not None and refused.status == 429:
            if not self.refusals:
                self.refused_until = now + policy.refused_for
            self.refusals += 1
            if most == 1 or now >= self.refused_until:
                return None
        elif tried - self.refusals >= most:
            return None
        if not retry.may_repeat(self.state.operation.repeat, fate):
            return None
        if self.content is not None and not self.content.repeatable:
            return None
        wait = retry.wait_before(
            self.refusals if refused is not None and refused.status == 429 else tried - self.refusals,
            status=None if refused is None else refused.status,
            retry_after=None if refused is None else refused.retry_after,
            policy=policy,
        )
        return wait if wait is not None and now + wait < self.ends else None


class _Token:
    """The limiter's permission for one request; given back once, as soon as the outcome is known."""

    def __init__(self, limiter: RateLimiter, lease: Lease) -> None:
        self._limiter = limiter
        self._lease: Lease | None = lease

    def reply_began(self, status: int, headers: Mapping[str, str]) -> None:
        """Give it back at the reply's headers: by then the server has counted the request."""
        if status == 429:
            self._give_back("rejected", retry.asked_to_wait(headers))
        else:
            self._give_back("ok")

    def ended(self, progress: Progress) -> None:
        """Give it back if no reply came."""
        self._give_back("unknown" if progress.left else "unsent")

    def _give_back(self, outcome: Outcome, retry_after: float | None = None) -> None:
        lease, self._lease = self._lease, None
        if lease is not None:
            self._limiter.release(lease, outcome, retry_after)

"""The way of a call. Everything that talks to the API goes through here.

deadline
  attempt                          as often as retry.py allows
    token from the limiter         one for each request, redirects included
      middleware                   sees the request without the key, and every reply as a value
        the wire                   transport.py: key and version are put on, bytes go out and come in
    token back, with its outcome   in a `finally`, by a plain function: no cancellation can lose it
  the status decides               done, refused, again, or nobody knows
parse
"""

from __future__ import annotations

import logging
import math
import time
from typing import TYPE_CHECKING, NoReturn, TypeVar, cast

import anyio
from attrs import define, evolve

from .._core.operation import Repeat, Reply
from ..errors import (
    APIConnectionError,
    APIStatusError,
    CallError,
    ClientClosedError,
    DeadlineExceeded,
    OutcomeUnknownError,
    RateLimitTimeout,
    ResponseTooLargeError,
    ShapeError,
    UnparsableReplyError,
)
from . import retry
from .checks import check_headers, check_options
from .content import Upload
from .error_replies import status_error
from .instrumentation import Attempt, Middleware, around, record, span
from .transport import Outgoing, Trip

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from .._core.operation import Operation, Options, Request
    from ..config import Secret
    from ..limiter import Lease, Outcome, RateLimiter
    from .transport import Transport

T = TypeVar("T")

_log = logging.getLogger("b2brouter_async")

_MAX_REDIRECTS = 5


@define
class _Call:
    """What is known about one call while it runs."""

    operation: Operation[object]
    request: Request
    headers: dict[str, str]
    upload: Upload | None
    options: Options
    ends: float
    """On the pipeline's clock."""
    attempts: int = 0
    """Requests that left, or may have."""
    doubt: bool = False
    """Whether one of them may have been carried out."""
    queueing: bool = False
    """Whether it waits for a token."""
    last_problem: str = ""
    """Why the last attempt was not the end of it."""
    trip: Trip | None = None
    """How far the last request came."""


class Pipeline:
    """Sends requests the whole way; one for a client and all its views."""

    def __init__(
        self,
        *,
        transport: Transport,
        limiter: RateLimiter,
        key: Secret,
        policy: retry.RetryPolicy,
        middleware: tuple[Middleware, ...] = (),
        sleep: Callable[[float], Awaitable[object]] = anyio.sleep,
        clock: Callable[[], float] = time.monotonic,
        within: Callable[[float | None], anyio.CancelScope] = anyio.move_on_after,
    ) -> None:
        """Join the parts.

        Args:
            transport: the wire.
            limiter: one budget per key, shared by everybody who holds it.
            key: for taking it out of whatever the server says.
            policy: how often and how patiently calls are repeated.
            middleware: the first is the outermost.
            sleep: waits a number of seconds.
            clock: counts seconds, never backwards.
            within: returns a scope that is cancelled after a number of seconds.
        """
        self.transport = transport
        self.limiter = limiter
        self._key = key
        self._policy = policy
        self._middleware = middleware
        self._sleep = sleep
        self._clock = clock
        self._within = within

    async def call(self, operation: Operation[T], request: Request, options: Options) -> T:
        """Send a request the whole way.

        Args:
            operation: what is called.
            request: with what.
            options: the call's own, already filled up with the client's settings.

        Returns:
            What the operation's parse makes of the reply.

        Raises:
            APIStatusError: the server said no, at last.
            APIConnectionError: the server could not be reached, at last.
            OutcomeUnknownError: a write may or may not have happened.
            UnparsableReplyError: the reply is not what the document says.
            DeadlineExceeded: the call's time was over.
            RateLimitTimeout: the limiter had no place in time.
            ArgumentError: a header or the content can't be sent.
        """
        if self.transport.closed:
            raise ClientClosedError("this client was closed; make a new one")
        check_options(options)
        check_headers(dict(request.headers))
        given = (("Accept", operation.accept), *request.headers, *(options.headers or {}).items())
        # A call's own header replaces ours whatever its case.
        headers = dict({name.lower(): (name, value) for name, value in given}.values())
        if request.body is not None:
            headers["Content-Type"] = request.body.media_type
        call = _Call(
            operation=cast("Operation[object]", operation),
            request=request,
            headers=headers,
            upload=None if request.body is None else Upload(request.body.content),
            options=options,
            ends=math.inf if options.deadline is None else self._clock() + options.deadline,
        )
        with span(operation, request, self.transport.host) as traced:
            with self._within(options.deadline):
                reply = await self._until_settled(call)
                traced.ended(call.attempts, reply)
                return cast("T", self._parse(call, reply))
            self._out_of_time(call)

    async def _until_settled(self, call: _Call) -> Reply:
        """Try until the fate of the call is known or trying again would be wrong; return a reply that says yes."""
        operation = call.operation
        tries = call.options.max_attempts or self._policy.max_attempts
        tried = 0
        while True:
            tried += 1
            try:
                result: Reply | CallError = await self._attempt(call, tried)
            except (APIConnectionError, ResponseTooLargeError) as failure:
                result = failure
            fate = retry.fate_of(result)
            if fate is retry.Fate.NOT_DONE and call.trip is not None and not call.trip.undone:
                # A middleware that calls somewhere else may raise an error that is not about this request.
                fate = retry.Fate.UNKNOWN
            if fate is retry.Fate.DONE:
                return cast("Reply", result)
            if isinstance(result, Reply) and retry.deleted_before(
                operation.method, result.status, call.doubt
            ):
                return Reply(204, result.headers, b"", result.request_id)
            if fate in (retry.Fate.UNKNOWN, retry.Fate.UNKNOWN_FOR_GOOD):
                call.doubt = True
            error, retry_after = self._as_error(call, result)
            call.last_problem = error.problem
            if tried >= tries or not retry.may_repeat(operation.repeat, fate) or not self._can_resend(call):
                self._give_up(call, error, fate)
            wait = retry.wait_before(
                tried,
                status=error.status if isinstance(error, APIStatusError) else None,
                retry_after=retry_after,
                policy=self._policy,
            )
            if wait is None or self._clock() + wait >= call.ends:
                self._give_up(call, error, fate)
            await self._sleep(wait)

    async def _attempt(self, call: _Call, tried: int) -> Reply:
        """Send once, and on to where a redirect on the same server leads."""
        path, query, hops = call.request.path, call.request.query, 0
        while True:
            reply = await self._with_token(call, tried, path, query)
            location = reply.headers.get("location")
            if not 300 <= reply.status < 400 or not location or call.operation.method != "GET":
                return reply
            target = self.transport.redirect_path(path, location)
            if target is None or hops == _MAX_REDIRECTS:
                return reply
            # The new query is part of where it leads.
            path, query, hops = target, (), hops + 1

    async def _with_token(
        self, call: _Call, tried: int, path: str, query: tuple[tuple[str, str], ...]
    ) -> Reply:
        lease = await self._token(call)
        returned = _Return(self.limiter, lease)
        trip = call.trip = Trip(on_answer=returned.answered)
        attempt = Attempt(
            operation=call.operation.name,
            number=tried,
            method=call.operation.method,
            path=path,
            query=query,
            headers=call.headers,
            account=call.request.account,
        )
        began = self._clock()
        replied = False
        try:
            reply = await self._through_middleware(call, attempt, trip)
            replied = True
            return reply
        finally:
            # What left counts, on the server and here; no await stands between the wire and this line.
            returned.ended(trip)
            call.attempts += trip.left
            if not replied and trip.left and retry.may_be_done(trip.status):
                call.doubt = True
            _log.debug(
                "%s %s %s, attempt %d: %s in %.0f ms",
                attempt.operation,
                attempt.method,
                attempt.path,
                tried,
                trip.status or ("no reply" if trip.left else "not sent"),
                (self._clock() - began) * 1000,
            )

    async def _token(self, call: _Call) -> Lease:
        left = None if math.isinf(call.ends) else max(call.ends - self._clock(), 0.0)
        call.queueing = True
        try:
            lease = await self.limiter.acquire(call.options.priority or 0, left)
        except RateLimitTimeout:
            if call.attempts:  # "nothing was sent" is true of this attempt alone
                self._out_of_time(call)
            raise
        call.queueing = False
        return lease

    async def _through_middleware(self, call: _Call, attempt: Attempt, trip: Trip) -> Reply:
        used = False

        async def wire(attempt: Attempt) -> Reply:
            nonlocal used
            if used:
                raise RuntimeError("a middleware called next twice; the limiter granted one request")
            used = True
            check_headers({n: v for n, v in attempt.headers.items() if n.lower() != "content-type"})
            outgoing = Outgoing(
                method=attempt.method,
                path=attempt.path,
                query=attempt.query,
                headers=attempt.headers,
                upload=call.upload,
                timeout=call.options.timeout or 60.0,
            )
            reply = await self.transport.send(outgoing, trip)
            record(reply)
            return reply

        return await around(self._middleware, wire)(attempt)

    def _as_error(self, call: _Call, result: Reply | CallError) -> tuple[CallError, float | None]:
        if not isinstance(result, Reply):
            return self._about(call, result), None
        asked = result.headers.get("retry-after")
        retry_after = None if asked is None else retry.parse_retry_after(asked)
        # A server may quote the key in its complaint.
        clean = evolve(result, content=self._key.scrub(result.content))
        return self._about(call, status_error(clean, retry_after=retry_after)), retry_after

    def _give_up(self, call: _Call, error: CallError, fate: retry.Fate) -> NoReturn:
        if retry.leaves_doubt(call.operation.repeat, fate):
            raise self._doubt(
                call, error.problem, getattr(error, "status", None), error.request_id
            ) from error
        raise error

    def _out_of_time(self, call: _Call) -> NoReturn:
        deadline = call.options.deadline or 0.0
        if call.doubt and retry.leaves_doubt(call.operation.repeat, retry.Fate.UNKNOWN):
            reason = f"its deadline of {deadline:g} s passed while it was under way"
            status, request_id = (call.trip.status, call.trip.request_id) if call.trip else (None, None)
            raise self._doubt(call, reason, status, request_id)
        if call.queueing and not call.attempts:
            raise RateLimitTimeout(
                f"{call.operation.name}: the limiter had no place within {deadline:g} s; nothing was sent"
            )
        last = f"; last: {call.last_problem}" if call.last_problem else ""
        problem = f"its deadline of {deadline:g} s passed{last}"
        raise self._about(call, DeadlineExceeded(problem, deadline=deadline))

    def _doubt(
        self, call: _Call, reason: str, status: int | None, request_id: str | None
    ) -> OutcomeUnknownError:
        number = call.request.invoice_number
        if call.operation.repeat is Repeat.RECONCILABLE:
            advice = (
                "Look for it with client.invoices.find_by_number, and send it again only if it isn't there; "
                'on_unknown="reconcile" does both'
            )
        else:
            advice = "Read what it was to change, and send it again only if that has not changed"
        error = OutcomeUnknownError(
            reason,
            advice=advice,
            account=call.request.account,
            number=number,
            status=status,
            request_id=request_id,
        )
        return self._about(call, error)

    def _parse(self, call: _Call, reply: Reply) -> object:
        try:
            return call.operation.parse(reply)
        except ShapeError as shape:
            write = call.operation.repeat in (Repeat.WRITE, Repeat.RECONCILABLE)
            problem, path = shape.problem, shape.json_path
            readable = not problem.startswith("not JSON")
        content = self._key.scrub(reply.content)
        if write and not readable:
            # Perhaps the API never saw it: a proxy's page answers 200, too.
            raise self._doubt(
                call, f"the reply ({reply.status}) is {problem}", reply.status, reply.request_id
            )
        accepted = f"; the server accepted the request ({reply.status}), don't send it again" if write else ""
        raise self._about(
            call,
            UnparsableReplyError(
                f"the reply is not what the document says: {path}: {problem}{accepted}",
                status=reply.status,
                json_path=path,
                body=content,
                request_id=reply.request_id,
            ),
        )

    def _can_resend(self, call: _Call) -> bool:
        return call.upload is None or call.upload.repeatable

    def _about(self, call: _Call, error: _E) -> _E:
        return error.about(
            operation=call.operation.name,
            method=call.operation.method,
            path=call.request.path,
            attempts=call.attempts,
        )


_E = TypeVar("_E", bound=CallError)


class _Return:
    """Gives one lease back, once, as soon as the outcome is known."""

    def __init__(self, limiter: RateLimiter, lease: Lease) -> None:
        self._limiter = limiter
        self._lease: Lease | None = lease

    def answered(self, status: int, headers: Mapping[str, str]) -> None:
        """Give it back at the reply's headers: by then the server has counted the request."""
        asked = headers.get("retry-after")
        if status == 429:
            self._give("rejected", None if asked is None else retry.parse_retry_after(asked))
        else:
            self._give("ok")

    def ended(self, trip: Trip) -> None:
        """Give it back if no reply came."""
        self._give("unknown" if trip.left else "unsent")

    def _give(self, outcome: Outcome, retry_after: float | None = None) -> None:
        lease, self._lease = self._lease, None
        if lease is not None:
            self._limiter.release(lease, outcome, retry_after)

"""The way of a request through the server: key, limit, version, route, parameters, body, handler."""

from __future__ import annotations

import re
import threading
import urllib.parse
from collections import deque
from typing import TYPE_CHECKING, Any

import attrs

from . import errors
from .bodies import JSON, parse
from .call import Call, Reply
from .checks import checks_of
from .errors import Refusal
from .keys import Key, Keys, check_group, check_version
from .limits import Meter, RetryAfter, retry_after
from .made_up import made_up
from .versions import downgrade, is_served, request_id_header, upgrade_body, upgrade_query

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from ..spec import Operation
    from ..state.store import Arrival
    from ..state.world import World
    from .call import Handler
    from .faults import Fault, Faults

_NOT_ALLOWED = 405
# How many requests the log holds.
LOGGED = 500


@attrs.frozen
class Request:
    """A request as it came: nothing of it is trusted yet. Names of headers are in lower case."""

    method: str
    raw_path: str
    query: str
    headers: dict[str, str]
    content: bytes
    base_url: str

    @property
    def segments(self) -> list[str]:
        """The path's segments, decoded one by one, so that an escaped slash stays within its segment.

        Rails takes the format behind the last one: `/accounts.json` is `/accounts`.
        """
        return [
            urllib.parse.unquote(part) for part in self.raw_path.strip("/").removesuffix(".json").split("/")
        ]


@attrs.frozen
class LoggedRequest:
    """One request that came, and what became of it.

    Args:
        at: when, in seconds since 1970 of the simulator's clock.
        method: the method.
        path: the path and the query.
        status: of the reply; None where the connection was broken instead.
        fault: what went wrong on purpose.
        request_id: as the reply has it.
    """

    at: float
    method: str
    path: str
    status: int | None
    fault: str | None
    request_id: str | None


class Service:
    """Answers requests, one after the other, without waiting for anything; safe to call from any thread."""

    def __init__(
        self,
        world: World,
        *,
        keys: Keys,
        handlers: dict[str, Handler],
        prepare: dict[str, Callable[[Any], None]],
        meter: Callable[[Key], Meter],
        retry_after: RetryAfter | None,
        faults: Faults,
    ) -> None:
        self.world = world
        self.faults = faults
        # A served simulator answers in a thread of its own while a test advances the clock in another.
        self.lock: threading.RLock = threading.RLock()
        self._keys = keys
        self._handlers = handlers
        self._prepare = prepare
        self._new_meter = meter
        self._retry_after: RetryAfter | None = retry_after
        self._checks = checks_of(world.spec)
        self.log: deque[LoggedRequest] = deque(maxlen=LOGGED)
        self.requests: int = 0
        self._replies = 0
        self.meters: dict[str, Meter] = {}

    def pick_fault(self, request: Request) -> Fault | None:
        """Return what goes wrong with a request, if anything does."""
        if not self.faults.any:  # then nobody needs to know what it is for
            return None
        with self.lock:
            return self.faults.pick(self._operation(request))

    def note(
        self, request: Request, *, status: int | None, fault: str | None, headers: dict[str, str]
    ) -> None:
        """Write a request into the log."""
        path = f"{request.raw_path}?{request.query}" if request.query else request.raw_path
        named = next((value for name, value in headers.items() if name.endswith("Request-Id")), None)
        self.log.append(LoggedRequest(self.world.now, request.method, path, status, fault, named))

    def advance(self, seconds: float) -> None:
        """Advance the clock by `seconds`; all that is due by then happens, in its order."""
        with self.lock:
            self.world.clock.advance(seconds)
            self.world.run_due()
            self.world.store.commit()

    def close(self) -> None:
        """Write what is left to the file, if there is one."""
        with self.lock:
            self.world.store.close()

    def _operation(self, request: Request) -> str | None:
        """Return the key of the operation a request is for, if there is one."""
        found = self.world.spec.match(request.segments)
        if found is None or _method(request) not in found[0]:
            return None
        return found[0][_method(request)][0].key

    def answer(self, request: Request) -> Reply:
        """Answer a request; every refusal becomes a reply in the documented envelope."""
        with self.lock:
            return self._answer(request)

    def _answer(self, request: Request) -> Reply:
        self.requests += 1
        if self.world.settings.advance_per_request:
            self.world.clock.advance(self.world.settings.advance_per_request)
        self.world.run_due()
        try:
            key = self._keys.check(request.headers.get("x-b2b-api-key"))
            check_group(key)
            self._count(key)
            version = check_version(key, request.headers.get("x-b2b-api-version"), self.world.spec.version)
            reply = self._handle(request, key, version)
        except Refusal as refusal:
            reply = Reply(refusal.status, refusal.body, headers=refusal.headers)
        self.world.store.commit()
        return attrs.evolve(reply, headers={**self.request_id(request), **reply.headers})

    def request_id(self, request: Request) -> dict[str, str]:
        """Return the header that names a reply; versions before 2026-03-02 have another name for it (behaviour 5)."""
        self._replies += 1
        key = self._keys.find(request.headers.get("x-b2b-api-key"))
        version = request.headers.get("x-b2b-api-version") or (key.version if key is not None else None)
        return {request_id_header(version): f"req-{self._replies:012x}"}

    def observe(self, request: Request) -> None:
        """Count a request that isn't going to be answered: it arrived all the same."""
        with self.lock:
            try:
                self._arrive(self._keys.check(request.headers.get("x-b2b-api-key")))
            except Refusal:
                return
            self.world.store.commit()

    def remember(self, arrivals: Iterable[Arrival]) -> None:
        """Have the limits count what arrived before a restart."""
        keys = {key.digest: key for key in self._keys}
        for digest, at, passed in arrivals:
            if digest in keys:
                self._meter(keys[digest]).remember(at, passed=passed)

    def too_many(self) -> Reply:
        """Return a 429 that no limit asked for."""
        with self.lock:
            refusal = self._refusal(1.0)
        return Reply(refusal.status, refusal.body, headers=refusal.headers)

    def _count(self, key: Key) -> None:
        wait = self._arrive(key)
        if wait is not None:
            raise self._refusal(wait)

    def _arrive(self, key: Key) -> float | None:
        now = self.world.now
        wait = self._meter(key).arrive(now)
        self.world.store.arrived((key.digest, now, wait is None))
        return wait

    def _meter(self, key: Key) -> Meter:
        meter = self.meters.get(key.value)
        if meter is None:
            meter = self.meters[key.value] = self._new_meter(key)
        return meter

    def _refusal(self, wait: float) -> Refusal:
        # The body of a 429 has no code (behaviour 2).
        headers = retry_after(self._retry_after, wait, self.world.now)
        return Refusal(429, None, "Too many requests.", headers=headers)

    def _handle(self, request: Request, key: Key, version: str) -> Reply:
        found = self.world.spec.match(request.segments)
        if found is None:
            raise errors.missing("resource")
        methods, path = found
        if _method(request) not in methods:
            raise Refusal(
                _NOT_ALLOWED, None, "Method not allowed.", headers={"Allow": ", ".join(sorted(methods))}
            )
        operation = self._choose(methods[_method(request)], path)
        if not is_served(operation.template, version):
            raise errors.missing("resource")
        given = _parameters(request.query)
        query = self._checks.query(operation, upgrade_query(given, version))
        call = Call(
            key=key,
            version=version,
            operation=operation,
            path=path,
            query=query,
            headers=request.headers,
            json=self._json(operation, request, version),
            content=request.content,
            base_url=request.base_url,
        )
        handler = self._handlers.get(operation.key)
        if handler is None:
            return made_up(self.world.spec, operation)
        reply = handler(self.world, call)
        status, body = downgrade(reply.status, reply.body, version, creates=operation.method == "POST")
        return attrs.evolve(reply, status=status, body=body)

    def _choose(self, operations: list[Operation], path: list[str]) -> Operation:
        """Take the operation whose patterns the path fits; two paths of the spec may have the same shape."""
        for operation in operations:
            if all(
                re.search(parameter.schema["pattern"], value)
                for parameter, value in zip(operation.path_parameters, path, strict=False)
                if "pattern" in parameter.schema
            ):
                break
        else:
            raise errors.missing("resource")
        for parameter, value in zip(operation.path_parameters, path, strict=False):
            number = parameter.schema.get("type") == "integer"
            if number and not (value.isascii() and value.isdigit() and len(value) <= 19):
                raise errors.missing("resource")
        return operation

    def _json(self, operation: Operation, request: Request, version: str) -> Any:
        """Return the checked JSON body of an operation that takes one."""
        media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if not operation.body:
            return None
        if media_type not in operation.body:
            wanted = " or ".join(operation.body)
            if 406 in operation.replies:
                # The code of a 406 is not public.
                raise Refusal(406, None, f"The media type must be {wanted}.")
            raise errors.bad_request(f"The media type must be {wanted}.")
        if media_type != JSON:
            return None
        value = upgrade_body(parse(request.content), version)
        prepare = self._prepare.get(operation.key)
        if prepare is not None:
            prepare(value)
        return self._checks.body(operation, value)


def _method(request: Request) -> str:
    """Return the method whose handler answers; HEAD is a GET whose body isn't sent (RFC 9110)."""
    return "GET" if request.method == "HEAD" else request.method


def _parameters(query: str) -> dict[str, str]:
    """Return the parameters of a query string; a list (`include[]=lines&include[]=...`) is joined with commas."""
    found: dict[str, str] = {}
    lists: dict[str, list[str]] = {}
    for name, value in urllib.parse.parse_qsl(query, keep_blank_values=True):
        listed = re.fullmatch(r"([^\[\]]+)\[[0-9]*\]", name)
        if listed is None:
            found[name] = value
        else:
            lists.setdefault(listed[1], []).append(value)
    return {**{name: ",".join(values) for name, values in lists.items()}, **found}

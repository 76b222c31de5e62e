"""The way of a request through the server: key, limit, version, route, parameters, body, handler."""

from __future__ import annotations

import re
import sys
import urllib.parse
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import attrs
import simplejson

from ..handlers.amounts import usable
from . import errors
from .call import Call, Reply
from .checks import Checks
from .errors import Refusal
from .keys import REQUEST_ID_SINCE, Key, Keys, check_group, check_version
from .limits import Meter, RetryAfter, retry_after

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from ..state.store import Arrival
    from ..state.world import World
    from .call import Handler
    from .spec import Operation

JSON = "application/json"
_NOT_ALLOWED = 405


@attrs.frozen
class Incoming:
    """A request as it came: nothing of it is trusted yet. Names of headers are in lower case."""

    method: str
    raw_path: str
    query: str
    headers: dict[str, str]
    content: bytes
    base_url: str

    @property
    def segments(self) -> list[str]:
        """The path's segments, decoded one by one, so that an escaped slash stays within its segment."""
        return [urllib.parse.unquote(part) for part in self.raw_path.strip("/").split("/")]


class Service:
    """Answers requests, one after the other, without waiting for anything."""

    def __init__(
        self,
        world: World,
        *,
        keys: Keys,
        handlers: dict[str, Handler],
        prepare: dict[str, Callable[[Any], None]],
        meter: Callable[[Key], Meter],
        retry_after: RetryAfter | None,
    ) -> None:
        self._world = world
        self._keys = keys
        self._handlers = handlers
        self._prepare = prepare
        self._new_meter = meter
        self._retry_after: RetryAfter | None = retry_after
        self._checks = Checks(world.document)
        self.requests = 0
        self.meters: dict[str, Meter] = {}

    def operation(self, incoming: Incoming) -> str | None:
        """Return the key of the operation a request is for, if there is one."""
        found = self._world.document.match(incoming.segments)
        if found is None or incoming.method not in found[0]:
            return None
        return found[0][incoming.method][0].key

    def answer(self, incoming: Incoming) -> Reply:
        """Answer a request; every refusal becomes a reply in the documented envelope."""
        self.requests += 1
        self._world.run_due()
        version: str | None = None
        try:
            key = self._keys.check(incoming.headers.get("x-b2b-api-key"))
            check_group(key)
            self._count(key)
            version = check_version(key, incoming.headers.get("x-b2b-api-version"))
            reply = self._handle(incoming, key, version)
        except Refusal as refusal:
            reply = Reply(refusal.status, refusal.body, headers=refusal.headers)
        self._world.store.commit()
        name = (
            "X-Request-Id" if version is not None and version < REQUEST_ID_SINCE else "X-B2B-API-Request-Id"
        )
        return attrs.evolve(reply, headers={name: f"req-{self.requests:012x}", **reply.headers})

    def observe(self, incoming: Incoming) -> None:
        """Count a request that something befalls before it is looked at: it arrived all the same."""
        try:
            self._arrive(self._keys.check(incoming.headers.get("x-b2b-api-key")))
        except Refusal:
            return
        self._world.store.commit()

    def remember(self, arrivals: Iterable[Arrival]) -> None:
        """Have the limits count what arrived before a restart."""
        keys = {key.digest: key for key in self._keys}
        for digest, at, passed in arrivals:
            if digest in keys:
                self._meter(keys[digest]).remember(at, passed=passed)

    def too_many(self) -> Reply:
        """Return a 429 that no limit asked for."""
        refusal = self._refusal(1.0)
        return Reply(refusal.status, refusal.body, headers=refusal.headers)

    def _count(self, key: Key) -> None:
        wait = self._arrive(key)
        if wait is not None:
            raise self._refusal(wait)

    def _arrive(self, key: Key) -> float | None:
        now = self._world.now
        wait = self._meter(key).arrive(now)
        self._world.store.arrived((key.digest, now, wait is None))
        return wait

    def _meter(self, key: Key) -> Meter:
        meter = self.meters.get(key.value)
        if meter is None:
            meter = self.meters[key.value] = self._new_meter(key)
        return meter

    def _refusal(self, wait: float) -> Refusal:
        # The body of a 429 has no code (behaviour 2).
        headers = retry_after(self._retry_after, wait, self._world.now)
        return Refusal(429, None, "Too many requests.", headers=headers)

    def _handle(self, incoming: Incoming, key: Key, version: str) -> Reply:
        found = self._world.document.match(incoming.segments)
        if found is None:
            raise errors.missing("resource")
        methods, path = found
        if incoming.method not in methods:
            raise Refusal(
                _NOT_ALLOWED, None, "Method not allowed.", headers={"Allow": ", ".join(sorted(methods))}
            )
        operation = self._choose(methods[incoming.method], path)
        given = dict(urllib.parse.parse_qsl(incoming.query, keep_blank_values=True))
        query = self._checks.query(operation, given)
        call = Call(
            key=key,
            version=version,
            operation=operation,
            path=path,
            query=query,
            headers=incoming.headers,
            json=self._json(operation, incoming),
            content=incoming.content,
            base_url=incoming.base_url,
        )
        handler = self._handlers.get(operation.key)
        if handler is None:
            raise errors.missing("resource")
        return handler(self._world, call)

    def _choose(self, operations: list[Operation], path: list[str]) -> Operation:
        """Take the operation whose patterns the path fits; two paths of the document may have the same shape."""
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

    def _json(self, operation: Operation, incoming: Incoming) -> Any:
        """Return the checked JSON body of an operation that takes one."""
        media_type = incoming.headers.get("content-type", "").partition(";")[0].strip().lower()
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
        value = parse(incoming.content)
        prepare = self._prepare.get(operation.key)
        if prepare is not None:
            prepare(value)
        self._checks.body(operation, value)
        return value


def parse(content: bytes) -> Any:
    """Return a JSON body with its numbers as Decimal, or refuse it."""
    try:
        return simplejson.loads(
            content.decode("utf-8"),
            parse_float=_amount,
            parse_int=_whole,
            parse_constant=_constant,
            object_pairs_hook=_object,
        )
    except (ValueError, RecursionError) as error:
        raise errors.bad_request("The body is not well-formed JSON.") from error


def render(body: Any) -> bytes:
    """Return JSON, every Decimal written digit by digit."""
    return simplejson.dumps(body, use_decimal=True, separators=(",", ":")).encode("ascii")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    # What is kept of 100,000 requests has the same few names: each is kept once.
    return {sys.intern(name): value for name, value in pairs}


def _amount(text: str) -> Decimal:
    value = Decimal(text)
    if not usable(value):
        raise errors.inclusion("number", "A number in the body is out of range")
    return value


def _whole(text: str) -> int:
    if len(text.lstrip("-")) > 19:
        raise errors.inclusion("number", "A number in the body is out of range")
    return int(text)


def _constant(text: str) -> Any:
    raise ValueError(f"{text} is not JSON")

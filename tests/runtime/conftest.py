"""A client on a scripted wire, and a limiter that writes down what it is told."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from importlib import import_module
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

import httpx
import pytest
from attrs import define, field

from b2brouter_async import RetryPolicy
from b2brouter_async.client import B2Brouter
from b2brouter_async.errors import RateLimitTimeout

if TYPE_CHECKING:
    from b2brouter_async.limiter import Lease, Outcome, Snapshot

KEY = "test_sekret0123456789"


@define
class RecordingLimiter:
    """Grants at once and keeps what came back."""

    released: list[tuple[str, float | None]] = field(factory=list)
    granted: list[int] = field(factory=list)
    out: int = 0
    full: bool = False

    async def acquire(self, priority: int = 0, max_wait: float | None = None) -> Lease:
        if self.full:
            raise RateLimitTimeout("no place; nothing was sent")
        self.granted.append(priority)
        self.out += 1
        return cast("Lease", SimpleNamespace(settled=False))

    def release(self, lease: Lease, outcome: Outcome, retry_after: float | None = None) -> None:
        assert not lease.settled
        lease.settled = True
        self.out -= 1
        self.released.append((outcome, retry_after))

    def snapshot(self) -> Snapshot:
        raise AssertionError("nobody asks")

    async def __aenter__(self) -> None:
        await self.acquire()

    async def __aexit__(self, *args: object) -> None:
        pass

    @property
    def outcomes(self) -> list[str]:
        return [outcome for outcome, _ in self.released]


@define
class Wire:
    """What a scripted server was sent, and the client that sends to it."""

    client: B2Brouter
    requests: list[httpx.Request]
    limiter: RecordingLimiter
    naps: list[float]

    @property
    def lines(self) -> list[str]:
        return [f"{request.method} {request.url.raw_path.decode()}" for request in self.requests]


Script = httpx.Response | Exception | Callable[[httpx.Request], httpx.Response]


@pytest.fixture(params=["httpx", "httpx2"])
def library(request: pytest.FixtureRequest) -> Any:
    """Each library that can speak HTTP."""
    return import_module(request.param)


def in_terms_of(library: Any, response: httpx.Response) -> Any:
    """Return a scripted response as one of the library under test, its body not read yet where it is a stream."""
    if library is httpx:
        return response
    if hasattr(response, "_content"):
        return library.Response(response.status_code, headers=response.headers.raw, content=response.content)

    class Stream(library.AsyncByteStream):  # type: ignore[misc]
        async def __aiter__(self) -> AsyncIterator[bytes]:
            try:
                async for piece in cast("AsyncIterator[bytes]", response.stream):
                    yield piece
            except httpx.HTTPError as error:
                raise as_error_of(library, error) from None

    return library.Response(response.status_code, headers=response.headers.raw, stream=Stream())


def as_error_of(library: Any, error: Exception) -> Exception:
    """Return a scripted exception as one of the library under test."""
    if not type(error).__module__.startswith("httpx"):
        return error
    made: Exception = getattr(library, type(error).__name__)(str(error))
    made.__cause__ = error.__cause__
    return made


@pytest.fixture
def wire(library: Any) -> Callable[..., Wire]:
    def make(*script: Script, **options: Any) -> Wire:
        requests: list[httpx.Request] = []
        steps = list(script)
        limiter = RecordingLimiter()
        naps: list[float] = []

        async def answer(request: httpx.Request) -> httpx.Response:
            await request.aread()
            requests.append(request)
            step = steps.pop(0) if len(steps) > 1 else steps[0]
            if isinstance(step, Exception):
                raise as_error_of(library, step)
            # A response is used up by being read.
            made = (
                step(request)
                if callable(step)
                else httpx.Response(step.status_code, headers=step.headers, content=step.content)
            )
            return cast("httpx.Response", in_terms_of(library, made))

        async def nap(seconds: float) -> None:
            naps.append(seconds)

        settings: dict[str, Any] = {
            "api_key": KEY,
            "limiter": limiter,
            "http_client": library.AsyncClient(transport=library.MockTransport(answer)),
            "retry": RetryPolicy(),
        }
        client = B2Brouter(**{**settings, **options})
        client.caller.pipeline.sleep = nap
        return Wire(client, requests, limiter, naps)

    return make


def reply(status: int, value: object = None, **headers: str) -> httpx.Response:
    named = {name.replace("_", "-"): said for name, said in headers.items()}
    if value is None:
        return httpx.Response(status, headers=named)
    return httpx.Response(status, json=value, headers=named)

"""An httpx transport to a simulator in the same process, with its network faults as httpx's own exceptions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

import anyio
import attrs
import httpx

from ..server.service import Request
from .respond import respond

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Callable, MutableMapping

    from ..server.service import Service

    Sleep: TypeAlias = Callable[[float], Awaitable[object]]


@attrs.frozen
class _Pause:
    seconds: float


class _Reset:
    pass


class _Cut:
    pass


class _Recording:
    """What was sent, and what happened to the connection meanwhile, in order."""

    def __init__(self) -> None:
        self.events: list[_Pause | _Reset | _Cut | bytes] = []
        self.status: int | None = None
        self.headers: list[tuple[bytes, bytes]] = []
        self.before: list[_Pause] = []

    async def send(self, message: MutableMapping[str, Any]) -> None:
        if message["type"] == "http.response.start":
            self.status, self.headers = message["status"], message["headers"]
        elif message.get("body"):
            self.events.append(message["body"])

    async def reset(self) -> None:
        self.events.append(_Reset())

    async def cut(self) -> None:
        self.events.append(_Cut())

    async def pause(self, seconds: float) -> None:
        (self.before if self.status is None else self.events).append(_Pause(seconds))


class SimulatorTransport(httpx.AsyncBaseTransport):
    """Sends requests to a simulator without a socket.

    Args:
        service: what answers them.
        sleep: how stalls and slow bytes wait, in seconds; a test's own clock may do it. A wait beyond the request's
            read timeout ends at the timeout, with `httpx.ReadTimeout`.
    """

    def __init__(self, service: Service, *, sleep: Sleep = anyio.sleep) -> None:
        self._service = service
        self._sleep = sleep

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Answer a request."""
        received = Request(
            method=request.method,
            raw_path=request.url.raw_path.decode("ascii").partition("?")[0],
            query=request.url.query.decode("ascii"),
            headers={name.lower(): value for name, value in request.headers.items()},
            content=await request.aread(),
            base_url=f"{request.url.scheme}://{request.url.netloc.decode('ascii')}",
        )
        recording = _Recording()
        await respond(self._service, received, recording.send, recording)
        for pause in recording.before:
            await _wait(pause.seconds, request, self._sleep)
        if recording.status is None:
            raise httpx.ReadError("connection reset by the simulator", request=request)
        stream = _Stream(recording, request, self._sleep)
        return httpx.Response(recording.status, headers=recording.headers, stream=stream)


class _Stream(httpx.AsyncByteStream):
    def __init__(self, recording: _Recording, request: httpx.Request, sleep: Sleep) -> None:
        self._recording = recording
        self._request = request
        self._sleep = sleep

    async def __aiter__(self) -> AsyncGenerator[bytes]:
        received = 0
        for event in self._recording.events:
            if isinstance(event, bytes):
                received += len(event)
                yield event
            elif isinstance(event, _Pause):
                await _wait(event.seconds, self._request, self._sleep)
            elif isinstance(event, _Reset):
                raise httpx.ReadError("connection reset by the simulator", request=self._request)
            else:
                expected = dict(self._recording.headers)[b"Content-Length"].decode("ascii")
                raise httpx.RemoteProtocolError(
                    "peer closed connection without sending complete message body "
                    f"(received {received} bytes, expected {expected})",
                    request=self._request,
                )


async def _wait(seconds: float, request: httpx.Request, sleep: Sleep) -> None:
    limit = request.extensions.get("timeout", {}).get("read")
    if limit is not None and seconds > limit:
        await sleep(limit)
        raise httpx.ReadTimeout("the simulator's reply took longer than the read timeout", request=request)
    await sleep(seconds)

"""The Starlette application: what comes over HTTP is turned into requests, replies into what goes back."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

import anyio
from starlette.applications import Starlette

from ..server.service import Request
from .respond import PlainNetwork, respond

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Coroutine

    from starlette.types import Receive, Scope, Send

    from ..server.service import Service
    from .respond import Network

# Where a server that can break connections puts the means to do so, in the scope's extensions.
NETWORK = "b2brouter.network"

# Beyond any document the API takes; a larger body is cut off unread.
LARGEST_BODY = 48 * 1024 * 1024


def build_app(service: Service, meanwhile: Callable[[], Coroutine[Any, Any, None]]) -> Starlette:
    """Return the ASGI application of a simulator.

    Args:
        service: what answers its requests.
        meanwhile: what goes on while it is served, until the server stops.
    """

    async def endpoint(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await send({"type": "websocket.close", "code": 1000})
            return
        request = await _read(scope, receive)
        network: Network = scope.get("extensions", {}).get(NETWORK) or PlainNetwork()
        await respond(service, request, send, network)

    @contextlib.asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncGenerator[None]:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(meanwhile)
            yield
            tasks.cancel_scope.cancel()

    app = Starlette(lifespan=lifespan)
    # Not a route: the simulator finds its operations itself, and no path a client can think of may escape it.
    app.router.default = endpoint
    return app


async def _read(scope: Scope, receive: Receive) -> Request:
    headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
    chunks: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] != "http.request":
            break
        chunk = message.get("body", b"")
        size += len(chunk)
        if size <= LARGEST_BODY:
            chunks.append(chunk)
        if not message.get("more_body", False):
            break
    raw_path = scope.get("raw_path")
    path = raw_path.decode("latin-1").partition("?")[0] if raw_path is not None else scope["path"]
    return Request(
        method=scope["method"],
        raw_path=path,
        query=scope["query_string"].decode("latin-1"),
        headers=headers,
        content=b"".join(chunks),
        base_url=f"{scope['scheme']}://{headers.get('host', 'localhost')}",
    )

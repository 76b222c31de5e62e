"""The Starlette application: what comes over HTTP is turned into requests, replies into what goes back."""

from __future__ import annotations

import contextlib
import json
import urllib.parse
from typing import TYPE_CHECKING, Any

import anyio
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.responses import HTMLResponse, Response

from ..server.bodies import JSON
from ..server.service import Request
from .respond import PlainNetwork, respond

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Coroutine

    from starlette.types import Receive, Scope, Send

    from ..server.service import Service
    from .respond import Network

# Where a server that can break connections puts the means to do so, in the scope's extensions.
NETWORK = "b2brouter.network"

SPEC_PATH = "/openapi.json"
LOOPBACK_ORIGIN = r"https?://(localhost|127(\.[0-9]{1,3}){3}|\[::1\])(:[0-9]+)?"
# The page runs no script and loads nothing.
PAGE_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; img-src data:",
    "Cache-Control": "no-store",
}

# Beyond any document the API takes; a larger body is cut off unread.
LARGEST_BODY = 48 * 1024 * 1024


def build_app(
    service: Service, meanwhile: Callable[[], Coroutine[Any, Any, None]], page: Callable[[int | None], str]
) -> Starlette:
    """Return the ASGI application of a simulator.

    Args:
        service: what answers its requests.
        meanwhile: what goes on while it is served, until the server stops.
        page: gives the page at `/`, which asks for itself again after so many seconds.
    """

    async def endpoint(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await send({"type": "websocket.close", "code": 1000})
            return
        own = _own_page(scope)
        if own is not None:
            await own(scope, receive, send)
            return
        request = await _read(scope, receive)
        network: Network = scope.get("extensions", {}).get(NETWORK) or PlainNetwork()
        await respond(service, request, send, network)

    def _own_page(scope: Scope) -> Response | None:
        """Return what the simulator itself has at a path, beside the API."""
        if scope["method"] not in ("GET", "HEAD"):
            return None
        if scope["path"] == SPEC_PATH:
            return Response(json.dumps(service.world.spec.source, ensure_ascii=False), media_type=JSON)
        if scope["path"] != "/":
            return None
        every = dict(urllib.parse.parse_qsl(scope["query_string"].decode("latin-1"))).get("every", "")
        return HTMLResponse(
            page(int(every) if every.isdecimal() and int(every) else None), headers=PAGE_HEADERS
        )

    @contextlib.asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncGenerator[None]:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(meanwhile)
            yield
            tasks.cancel_scope.cancel()

    # Pages of the same machine may call it, for the sake of front ends under development; others may not.
    cors = Middleware(
        CORSMiddleware,
        allow_origin_regex=LOOPBACK_ORIGIN,
        allow_methods=["*"],
        allow_headers=["*"],
        expose_headers=[
            "X-B2B-API-Request-Id",
            "X-Request-Id",
            "Retry-After",
            "Content-Disposition",
            "Location",
        ],
    )
    app = Starlette(lifespan=lifespan, middleware=[cors])
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

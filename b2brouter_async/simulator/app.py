"""The Starlette application: what comes over HTTP is turned into requests, replies into what goes back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.routing import Mount

from .service import JSON, Incoming, render

if TYPE_CHECKING:
    from starlette.types import Receive, Scope, Send

    from .simulator import Simulator
    from .wire import Reply

# Beyond any document the API takes; a larger body is cut off unread.
LARGEST_BODY = 48 * 1024 * 1024


def build_app(simulator: Simulator) -> Starlette:
    """Return the ASGI application of a simulator."""

    async def endpoint(scope: Scope, receive: Receive, send: Send) -> None:
        incoming = await _read(scope, receive)
        await _write(simulator.answer(incoming), send)

    return Starlette(routes=[Mount("/", app=endpoint)])


async def _read(scope: Scope, receive: Receive) -> Incoming:
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
    return Incoming(
        method=scope["method"],
        raw_path=path,
        query=scope["query_string"].decode("latin-1"),
        headers=headers,
        content=b"".join(chunks),
        base_url=f"{scope['scheme']}://{headers.get('host', 'localhost')}",
    )


def encode(reply: Reply) -> tuple[bytes, list[tuple[bytes, bytes]]]:
    """Return the body and headers of a reply as bytes."""
    headers = [
        (name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in reply.headers.items()
    ]
    if reply.body is None:
        return b"", headers
    if isinstance(reply.body, bytes):
        content, media_type = reply.body, reply.media_type
    else:
        content, media_type = render(reply.body), f"{JSON}; charset=utf-8"
    headers.append((b"content-type", media_type.encode("latin-1")))
    headers.append((b"content-length", str(len(content)).encode("ascii")))
    return content, headers


async def _write(reply: Reply, send: Send) -> None:
    content, headers = encode(reply)
    await send({"type": "http.response.start", "status": reply.status, "headers": headers})
    await send({"type": "http.response.body", "body": content})

"""The ASGI side of `WebHooks`: reads no more of a call than it must, and answers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import anyio

from .signature import SIGNATURE_HEADER

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, MutableMapping

    from .answer import Answer, Receiver

    Message = MutableMapping[str, Any]  # by the ASGI standard
    Receive = Callable[[], Awaitable[Message]]
    Send = Callable[[Message], Awaitable[None]]

_SIGNATURE = SIGNATURE_HEADER.lower().encode("ascii")


async def serve(hooks: Receiver, scope: Message, receive: Receive, send: Send) -> None:
    """Answer one connection of an ASGI server."""
    if scope["type"] == "lifespan":
        await _lifespan(hooks, receive, send)
    elif scope["type"] == "http":
        answer = await _answer(hooks, scope, receive)
        if answer is not None:
            await _send(answer, send)
    elif scope["type"] == "websocket":
        await send({"type": "websocket.close", "code": 1000})


async def _lifespan(hooks: Receiver, receive: Receive, send: Send) -> None:
    """Work events off while the application runs, where it is the whole of what a server serves."""
    await receive()
    try:
        async with hooks.running():
            await send({"type": "lifespan.startup.complete"})
            await receive()
    except Exception as error:
        await send({"type": "lifespan.startup.failed", "message": str(error)})
        return
    await send({"type": "lifespan.shutdown.complete"})


async def _answer(hooks: Receiver, scope: Message, receive: Receive) -> Answer | None:
    if scope["method"] != "POST":
        return hooks.refuse(405, "method", "a web hook is called with POST")
    headers: list[tuple[bytes, bytes]] = list(scope["headers"])
    # Of two signatures neither is taken for the one: joined as HTTP says, they are malformed.
    header = b",".join(value for name, value in headers if name.lower() == _SIGNATURE) or None
    lengths = [value for name, value in headers if name.lower() == b"content-length"]
    encoding = next(
        (value.decode("latin-1") for name, value in headers if name.lower() == b"content-encoding"), None
    )
    if header is None:
        # Unread: whoever doesn't sign fills no memory.
        return await hooks.receive(b"", None)
    announced = int(lengths[0]) if lengths and lengths[0].isdigit() and len(lengths[0]) < 20 else 0
    too_large = f"the body is larger than {hooks.max_body:,} bytes"
    if announced > hooks.max_body:
        return hooks.refuse(413, "too_large", too_large)
    body = bytearray()
    with anyio.move_on_after(hooks.body_timeout) as scope_of_body:
        while True:
            message = await receive()
            if message["type"] == "http.disconnect":
                return None  # whoever hung up comes again
            body += message.get("body", b"")
            if len(body) > hooks.max_body:
                return hooks.refuse(413, "too_large", too_large)
            if not message.get("more_body", False):
                break
    if scope_of_body.cancelled_caught:
        return hooks.refuse(
            408,
            "slow",
            f"the body did not come within {hooks.body_timeout:g} s, or a middleware read it before",
        )
    if announced and not body:
        return hooks.refuse(
            400,
            "mismatch",
            "mismatch: the body is empty though Content-Length names one: a middleware read it before",
        )
    return await hooks.receive(bytes(body), header, encoding=encoding)


async def _send(answer: Answer, send: Send) -> None:
    content = answer.text.encode()
    headers = [(b"content-length", str(len(content)).encode("ascii"))] if answer.status != 204 else []
    if content:
        headers.append((b"content-type", b"text/plain; charset=utf-8"))
    if answer.status == 405:
        headers.append((b"allow", b"POST"))
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    await send({"type": "http.response.body", "body": content})

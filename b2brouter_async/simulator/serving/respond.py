"""Sends a reply, with the fault that happens to it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import anyio
import attrs

from ..server.bodies import JSON, render
from ..server.call import Reply

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, MutableMapping
    from typing import Any

    from ..server.faults import Fault
    from ..server.service import Request, Service

    # An ASGI send: messages are mappings by the ASGI standard.
    Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

PIECES = 8
_PAGE = "<html><head><title>{0}</title></head><body><center><h1>{0}</h1></center></body></html>\n"
_TEXTS = {
    408: "Request Timeout", 500: "Internal Server Error", 502: "Bad Gateway", 503: "Service Unavailable",
    504: "Gateway Timeout",
}  # fmt: skip


class Network(Protocol):
    """What can happen to the connection a request came by."""

    async def reset(self) -> None:
        """Break the connection at once."""
        ...

    async def cut(self) -> None:
        """End the connection after what was sent so far."""
        ...

    async def pause(self, seconds: float) -> None:
        """Let time pass."""
        ...


class PlainNetwork:
    """A connection nothing is known about: an application called by some ASGI server or test transport."""

    async def reset(self) -> None:
        """Raise what the caller's end would feel."""
        raise ConnectionResetError("connection reset by the simulator")

    async def cut(self) -> None:
        """Raise what the caller's end would feel."""
        raise ConnectionResetError("reply truncated by the simulator")

    async def pause(self, seconds: float) -> None:
        """Sleep."""
        await anyio.sleep(seconds)


async def respond(service: Service, request: Request, send: Send, network: Network) -> None:
    """Answer a request over a network, with the fault that happens to it."""
    if request.method == "HEAD":
        send = _without_body(send)
    fault = service.pick_fault(request)
    kind = fault.kind if fault is not None else None
    reply = _reply(service, request, fault)
    status = reply.status if reply is not None and kind != "reset_after" else None
    service.note(request, status=status, fault=kind, headers=reply.headers if reply is not None else {})
    if reply is None or kind == "reset_after":
        await network.reset()
    elif fault is not None and kind == "stall":
        await network.pause(fault.seconds)
        await _send(reply, send)
    elif kind == "truncate":
        await _truncate(reply, send, network)
    elif fault is not None and kind == "slow":
        await _send_slowly(reply, send, network, fault.seconds)
    elif kind == "wrong_type":
        await _send(reply, send, content_type="text/html; charset=utf-8")
    else:
        await _send(reply, send)


def _without_body(send: Send) -> Send:
    async def send_head(message: MutableMapping[str, Any]) -> None:
        await send({**message, "body": b""} if message["type"] == "http.response.body" else message)

    return send_head


def _reply(service: Service, request: Request, fault: Fault | None) -> Reply | None:
    """Return the reply to a request; None where the connection breaks before the work is done."""
    if fault is not None and fault.kind == "reset_before":
        service.observe(request)
        return None
    if fault is not None and (fault.kind.isdigit() or fault.kind == "redirect"):
        if fault.done:
            service.answer(request)
        else:
            service.observe(request)
        reply = _instead(service, fault)
        return attrs.evolve(reply, headers={**service.request_id(request), **reply.headers})
    if fault is not None and fault.kind == "duplicate":
        service.answer(request)
    return service.answer(request)


def encode(reply: Reply, content_type: str | None = None) -> tuple[bytes, list[tuple[bytes, bytes]]]:
    """Return the body and headers of a reply as bytes."""
    headers = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in reply.headers.items()]
    if reply.body is None:
        return b"", headers
    if isinstance(reply.body, bytes):
        content, media_type = reply.body, reply.media_type
    else:
        content, media_type = render(reply.body), f"{JSON}; charset=utf-8"
    headers.append((b"Content-Type", (content_type or media_type).encode("latin-1")))
    headers.append((b"Content-Length", str(len(content)).encode("ascii")))
    return content, headers


def _instead(service: Service, fault: Fault) -> Reply:
    if fault.kind == "redirect":
        return Reply(302, headers={"Location": fault.location})
    status = int(fault.kind)
    if fault.body is not None or status < 300:
        content = (fault.body or "").encode()
        media_type = {b"{": JSON, b"[": JSON, b"<": "text/html"}.get(content[:1], "text/plain")
        return Reply(status, content or None, media_type)
    if status == 429:
        return service.too_many()
    text = _TEXTS.get(status, "Simulated error")
    if status in (502, 504):
        return Reply(status, _PAGE.format(f"{status} {text}").encode(), "text/html")
    if status == 503:
        return Reply(status, text.encode(), "text/plain")
    return Reply(status, {"error": {"code": None, "message": text, "type": "api_error"}})


async def _send(reply: Reply, send: Send, content_type: str | None = None) -> None:
    content, headers = encode(reply, content_type)
    await send({"type": "http.response.start", "status": reply.status, "headers": headers})
    await send({"type": "http.response.body", "body": content})


async def _truncate(reply: Reply, send: Send, network: Network) -> None:
    # A reply without a body has no middle: it promises some, and ends before.
    full = reply if reply.body is not None else attrs.evolve(reply, status=200, body=b" " * PIECES)
    content, headers = encode(full)
    await send({"type": "http.response.start", "status": full.status, "headers": headers})
    await send({"type": "http.response.body", "body": content[: len(content) // 2], "more_body": True})
    await network.cut()


async def _send_slowly(reply: Reply, send: Send, network: Network, seconds: float) -> None:
    content, headers = encode(reply)
    await send({"type": "http.response.start", "status": reply.status, "headers": headers})
    size = max(1, -(-len(content) // PIECES))
    for start in range(0, len(content), size):
        await network.pause(seconds / PIECES)
        await send({"type": "http.response.body", "body": content[start : start + size], "more_body": True})
    await send({"type": "http.response.body", "body": b""})

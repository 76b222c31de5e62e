"""What the tests of web hooks share: signed bodies, and an ASGI caller that sends what no library would."""

from __future__ import annotations

import hashlib
import hmac
import json
from typing import TYPE_CHECKING, Any

from attrs import define, field

if TYPE_CHECKING:
    from b2brouter_async.webhooks import WebHooks

SECRET = "whsec_5b1e0c7a9d3f42868ac1d0e97f3b6524"
NOW = 1_795_600_000


def body_of(number: int, *, code: str = "issued_invoice.state_change", state: str = "sent") -> bytes:
    """Return an event whose spelling no JSON writer of Python repeats: spaces, escapes, `\\/`, a line end."""
    spellings = [
        '{{"code": "{code}",  "triggered_at": 1795599999, "data": {{"invoice_id": {id}, "event_id": {id}, '
        '"state": "{state}", "notes": "NIF no v\\u00e1lido: 10 €"}}}}\n',
        '{{"triggered_at":1795599999,"code":"{code}","data":{{"state":"{state}","url":"https:\\/\\/example.test",'
        '"amount":121.00,"event_id":{id},"invoice_id":{id}}}}}',
    ]
    return spellings[number % 2].format(code=code, id=number, state=state).encode()


def signed(body: bytes, *, secret: str = SECRET, at: float = NOW) -> str:
    """Sign with nothing of the package."""
    digest = hmac.new(secret.encode(), b"%d." % at + body, hashlib.sha256).hexdigest()
    return f"t={int(at)},s={digest}"


@define
class Caller:
    """Calls an ASGI application, message by message."""

    app: WebHooks
    asked: int = 0
    """How often the application asked for a part of the body."""
    headers: dict[str, str] = field(factory=dict)

    async def post(
        self,
        body: bytes | list[bytes],
        *headers: tuple[str, str],
        method: str = "POST",
        ends: bool = True,
        length: bool = True,
    ) -> tuple[int, str]:
        """Return status and text of the answer; 0 where there was none.

        Args:
            body: the body, or its parts.
            headers: further headers, also twice.
            method: the method.
            ends: False hangs up after the last part instead of ending the body.
            length: whether Content-Length stands there.
        """
        parts = [body] if isinstance(body, bytes) else list(body)
        sent = [(name.lower().encode(), value.encode("latin-1")) for name, value in headers]
        if length:
            sent.append((b"content-length", str(sum(map(len, parts))).encode()))
        scope = {"type": "http", "method": method, "path": "/hooks", "headers": sent}
        answer: list[dict[str, Any]] = []

        async def receive() -> dict[str, Any]:
            self.asked += 1
            if not parts:
                return {"type": "http.disconnect"}
            part = parts.pop(0)
            return {"type": "http.request", "body": part, "more_body": bool(parts) or not ends}

        async def send(message: Any) -> None:
            answer.append(message)

        await self.app(scope, receive, send)
        if not answer:
            return 0, ""
        self.headers = {name.decode(): value.decode() for name, value in answer[0]["headers"]}
        return answer[0]["status"], answer[1]["body"].decode()

    async def event(self, number: int, **options: Any) -> int:
        """Send a genuine event and return the status of the answer."""
        body = body_of(number, **options)
        return (await self.post(body, ("X-B2Brouter-Signature", signed(body))))[0]


def compact(**fields: object) -> bytes:
    return json.dumps(fields, separators=(",", ":")).encode()

"""A client that behaves as the vendor's PHP SDK does: spelling of queries, bodies and headers included.

Written anew from what the SDK puts on the wire: `http_build_query` writes true and false as 1 and 0 and lists as
`a[0]=x`, an empty array is `[]` even where an object is meant, floats keep their point, and header names are looked up
as they are documented, letter by letter.
"""

from __future__ import annotations

import http.client
import json
import urllib.parse
from typing import Any

import attrs


@attrs.frozen
class PhpReply:
    status: int
    headers: dict[str, str]
    content: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.content)


class PhpError(Exception):
    def __init__(self, reply: PhpReply) -> None:
        super().__init__(f"{reply.status} {reply.content.decode(errors='replace')}")
        self.reply = reply


def http_build_query(fields: dict[str, Any]) -> str:
    """As PHP writes a query; what is null is left out."""
    pairs: list[tuple[str, str]] = []
    for name, value in fields.items():
        if isinstance(value, list):
            pairs += [(f"{name}[{place}]", _text(entry)) for place, entry in enumerate(value)]
        elif isinstance(value, dict):
            pairs += [(f"{name}[{key}]", _text(entry)) for key, entry in value.items()]
        elif value is not None:
            pairs.append((name, _text(value)))
    return urllib.parse.urlencode(pairs)


def json_encode(value: Any) -> str:
    """As PHP writes JSON: an empty array is a list, slashes and letters beyond ASCII are escaped."""

    def plain(entry: Any) -> Any:
        if isinstance(entry, dict):
            return {key: plain(inner) for key, inner in entry.items()} if entry else []
        return [plain(inner) for inner in entry] if isinstance(entry, list) else entry

    return json.dumps(plain(value), separators=(",", ":")).replace("/", "\\/")


def _text(value: Any) -> str:
    return str(int(value)) if isinstance(value, bool) else str(value)


class PhpClient:
    """Sends requests one after the other; a reply of 400 and above is an exception."""

    def __init__(self, url: str, key: str, version: str = "2026-04-20") -> None:
        self._host = urllib.parse.urlsplit(url).netloc
        self._headers = {
            "X-B2B-API-Key": key,
            "X-B2B-API-Version": version,
            "User-Agent": "B2BRouter-PHP/1.3.0 (PHP/8.2.10; curl/8.5.0) B2BRouter-WooCommerce/1.0.3",
        }
        self.version = version

    def request(self, method: str, path: str, params: dict[str, Any] | list[Any] | None = None) -> Any:
        """A JSON request, as every service of the SDK makes it: parameters in the query or in the body."""
        headers = {**self._headers, "Content-Type": "application/json", "Accept": "application/json"}
        body = None
        if method in ("GET", "DELETE"):
            path += f"?{http_build_query(params)}" if isinstance(params, dict) and params else ""
        else:
            body = json_encode(params if params is not None else []).encode()
        reply = self.raw(method, path, headers, body)
        return reply.json if reply.content else []

    def upload(self, path: str, content: bytes, media_type: str = "application/octet-stream") -> Any:
        headers = {**self._headers, "Content-Type": media_type, "Accept": "application/json"}
        reply = self.raw("POST", path, headers, content)
        return reply.json if reply.content else []

    def download(self, path: str, accept: str = "application/xml", **params: Any) -> PhpReply:
        path += f"?{http_build_query(params)}" if params else ""
        return self.raw("GET", path, {**self._headers, "Accept": accept})

    def raw(self, method: str, path: str, headers: dict[str, str], body: bytes | None = None) -> PhpReply:
        connection = http.client.HTTPConnection(self._host, timeout=60)
        try:
            connection.request(method, path, body=body, headers=headers)
            got = connection.getresponse()
            # A dict: a name is found by its documented spelling alone.
            reply = PhpReply(got.status, dict(got.getheaders()), got.read())
        finally:
            connection.close()
        named = "X-Request-Id" if self.version < "2026-03-02" else "X-B2B-API-Request-Id"
        assert named in reply.headers, f"{method} {path} has no {named}: {sorted(reply.headers)}"
        if reply.status >= 400:
            raise PhpError(reply)
        return reply

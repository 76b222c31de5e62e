"""The library that speaks HTTP. The only module that imports it, and that knows its exceptions and settings."""

from __future__ import annotations

import logging
import os
from functools import lru_cache
from http.cookiejar import CookieJar, DefaultCookiePolicy
from importlib.util import find_spec
from typing import TYPE_CHECKING, cast

import anyio
import httpx
from httpx import AsyncClient as AsyncClient  # for signatures elsewhere, which do not import it
from httpx import Request as Request
from httpx import Response as Response

from ..errors import ConfigurationError
from .decoding import BrokenEncoding

if TYPE_CHECKING:
    import ssl
    from collections.abc import AsyncIterable, AsyncIterator, Awaitable, Callable, Mapping

    Trace = Callable[[str, Mapping[str, object]], Awaitable[None]]

    from ..config import ProxyURL

NAME_AND_VERSION = f"httpx/{httpx.__version__}"
"""For User-Agent."""

CONNECT_TIMEOUT = 10.0
"""Seconds to reach the server; a longer time would only hide that it is away."""

BEFORE_SENDING = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.ProxyError,
    httpx.UnsupportedProtocol,
    httpx.InvalidURL,
    UnicodeError,
)
"""What is raised before a request was written: nothing of it can have reached the server."""

BROKEN = (
    httpx.HTTPError,
    httpx.InvalidURL,
    httpx.StreamError,
    OSError,
    UnicodeError,
    anyio.BrokenResourceError,
    anyio.ClosedResourceError,
    anyio.EndOfStream,
    BrokenEncoding,
)
"""What breaks on the way. Not all of it is the library's: an alert of TLS that comes instead of a reply is an
`ssl.SSLError`, and so an `OSError`; a host's name that is too long for DNS is a `UnicodeError`."""

TIMEOUTS = (httpx.TimeoutException, TimeoutError)


def make_client(
    *, ssl_context: ssl.SSLContext | None, proxy: ProxyURL | None, connections: int
) -> AsyncClient:
    """Return a client that follows nothing, keeps no cookie and reads no environment variable.

    Args:
        ssl_context: the caller's own.
        proxy: checked before, by `proxy_problem`.
        connections: how many at most.

    Raises:
        ConfigurationError: SSL_CERT_FILE or SSL_CERT_DIR can't be read.
    """
    if ssl_context is None:
        ssl_context = _default_ssl_context(os.environ.get("SSL_CERT_FILE"), os.environ.get("SSL_CERT_DIR"))
    return httpx.AsyncClient(
        verify=ssl_context,
        proxy=None if proxy is None else proxy.reveal(),
        trust_env=False,
        limits=httpx.Limits(
            max_connections=connections, max_keepalive_connections=connections, keepalive_expiry=5.0
        ),
        # A cookie would tie calls to one another that have nothing in common but the key.
        cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
        follow_redirects=False,
    )


def is_client(client: object) -> bool:
    """Tell whether a client handed in can be used."""
    return isinstance(client, httpx.AsyncClient)


def keep_headers_out_of_the_log() -> None:
    """Keep the key out of the log of a client that speaks HTTP/2: hpack writes each header into it at DEBUG."""
    for name in ("hpack.hpack", "hpack.table"):
        logging.getLogger(name).addFilter(_above_debug)


@lru_cache(maxsize=16)
def timeout(seconds: float) -> httpx.Timeout:
    """Return how long to wait for each step."""
    return httpx.Timeout(seconds, connect=min(CONNECT_TIMEOUT, seconds))


def headers_of(response: Response) -> dict[str, str]:
    """Return the headers of a reply, names in lower case, the values of one that came twice joined by a comma."""
    headers: dict[str, str] = {}
    for raw_name, raw_value in response.headers.raw:
        # The standard has ASCII alone; what else comes is kept, byte by byte.
        name, value = raw_name.lower().decode("latin-1"), raw_value.decode("latin-1")
        headers[name] = f"{headers[name]}, {value}" if name in headers else value
    return headers


def stream_of(response: Response) -> AsyncIterable[bytes]:
    """Return the bytes of a reply's body as they come from the connection."""
    return cast("AsyncIterable[bytes]", response.stream)


def new_request(
    method: str,
    url: str,
    *,
    query: tuple[tuple[str, str], ...],
    headers: Mapping[str, str],
    content: bytes | AsyncIterator[bytes] | None,
    seconds: float,
    trace: Trace,
    client: AsyncClient | None,
) -> Request:
    """Return a request.

    Args:
        method: the HTTP method.
        url: without a query, or with the one of a redirect.
        query: what is put behind it.
        headers: all of them, but for Host and the body's length.
        content: the body.
        seconds: how long to wait for each step.
        trace: is told what happens on the connection.
        client: the one handed in, whose own headers and cookies are sent, too; one of ours has none.
    """
    wait = timeout(seconds)
    if client is not None:
        return client.build_request(
            method,
            url,
            params=query or None,
            headers=headers,
            content=content,
            timeout=wait,
            extensions={"trace": trace},
        )
    extensions = {"trace": trace, "timeout": wait.as_dict()}
    return Request(method, url, params=query or None, headers=headers, content=content, extensions=extensions)


def proxy_problem(proxy: ProxyURL) -> str | None:
    """Return why a proxy can't be used, without a part of its URL; None where it can."""
    try:
        parsed = httpx.Proxy(proxy.reveal())
        usable = bool(parsed.url.host) and (parsed.url.port is None or 0 < parsed.url.port < 65536)
        _ = parsed.raw_auth  # name and password can be written
        socks = parsed.url.scheme.startswith("socks")
    except Exception:
        usable = socks = False
    if not usable:
        return "this is no URL of a proxy; write it as http://host:port, or socks5://host:port"
    if socks and find_spec("socksio") is None:
        return "a proxy that speaks SOCKS needs one package more: pip install 'httpx[socks]'"
    return None


@lru_cache(maxsize=1)
def _default_ssl_context(file: str | None, folders: str | None) -> ssl.SSLContext:
    # Reading the certificates takes longer than anything else here: once for the process.
    if file and (problem := _certificate_problem(file)):
        raise ConfigurationError(f"{file}: {problem}", argument="SSL_CERT_FILE")
    for folder in (folders or "").split(os.pathsep):
        if folder and (problem := _folder_problem(folder)):
            raise ConfigurationError(f"{folder}: {problem}", argument="SSL_CERT_DIR")
    return httpx.create_ssl_context()


def _certificate_problem(file: str) -> str | None:
    import ssl

    try:
        with open(file, "rb"):
            pass
        ssl.create_default_context(cafile=file)
    except ssl.SSLError:
        return "there are no certificates in it; it is a file of them in PEM form"
    except OSError as error:
        return f"it can't be read: {error.strerror or error}"
    return None


def _folder_problem(folder: str) -> str | None:
    try:
        os.listdir(folder)
    except OSError as error:
        return f"it can't be read: {error.strerror or error}"
    return None


def _above_debug(record: logging.LogRecord) -> bool:
    return record.levelno > logging.DEBUG

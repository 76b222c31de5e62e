"""The library that speaks HTTP: httpx, or its successor httpx2. The only module that imports them and knows the difference.

Both have the same names; a client of one takes no request of the other, so each call keeps to the library of its client.
"""

from __future__ import annotations

import logging
import os
import sys
from functools import lru_cache
from http.cookiejar import CookieJar, DefaultCookiePolicy
from importlib import import_module
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, cast

import anyio

from ..errors import ConfigurationError
from .decoding import BrokenEncoding

if TYPE_CHECKING:
    import ssl
    from collections.abc import AsyncIterable, AsyncIterator, Awaitable, Callable, Mapping

    import httpx
    import httpx2
    from httpx import Request as Request
    from httpx import Response as Response

    from ..config import ProxyURL

    AsyncClient: TypeAlias = httpx.AsyncClient | httpx2.AsyncClient
    """What can be handed in."""
    HTTPClient: TypeAlias = httpx.AsyncClient
    """What requests are sent with; it stands for that of httpx2, too, which has the same methods."""
    Trace = Callable[[str, Mapping[str, object]], Awaitable[None]]

TransportName: TypeAlias = Literal["httpx", "httpx2"]
NAMES: tuple[TransportName, ...] = ("httpx", "httpx2")

CONNECT_TIMEOUT = 10.0
"""Seconds to reach the server; a longer time would only hide that it is away."""


class HTTPLibrary:
    """One of the libraries."""

    def __init__(self, name: TransportName) -> None:
        """Import it.

        Raises:
            ConfigurationError: it is not installed.
        """
        if name not in NAMES:
            problem = f"{name!r} is none of {', '.join(NAMES)}"
            if type(name) is not str:
                # What httpx calls a transport.
                problem = (
                    f"expected one of {', '.join(NAMES)}, got {type(name).__name__}; an object that carries requests goes into a "
                    "client of its library: http_client=httpx.AsyncClient(transport=…)"
                )
            raise ConfigurationError(problem, argument="transport")
        try:
            module: Any = import_module(name)
        except ModuleNotFoundError:
            module = None
        if module is None:
            raise ConfigurationError(
                f"{name} is not installed: pip install 'b2brouter-async[{name}]'", argument="transport"
            )
        self._module = module
        self.name_and_version: str = f"{name}/{module.__version__}"
        """For User-Agent."""
        self.before_sending: tuple[type[Exception], ...] = (
            module.ConnectError,
            module.ConnectTimeout,
            module.PoolTimeout,
            module.ProxyError,
            module.UnsupportedProtocol,
            module.InvalidURL,
            UnicodeError,
        )
        """What is raised before a request was written: nothing of it can have reached the server."""
        # Not all of it is the library's: an alert of TLS that comes instead of a reply is an ssl.SSLError, and so an
        # OSError; a host's name that is too long for DNS is a UnicodeError.
        self.broken: tuple[type[Exception], ...] = (
            module.HTTPError,
            module.InvalidURL,
            module.StreamError,
            OSError,
            UnicodeError,
            anyio.BrokenResourceError,
            anyio.ClosedResourceError,
            anyio.EndOfStream,
            BrokenEncoding,
        )
        """What breaks on the way."""
        self.timeouts: tuple[type[Exception], ...] = (module.TimeoutException, TimeoutError)

    def make_client(
        self, *, secure: bool, ssl_context: ssl.SSLContext | None, proxy: ProxyURL | None, connections: int
    ) -> httpx.AsyncClient:
        """Return a client that follows nothing, keeps no cookie and reads no environment variable.

        Args:
            secure: whether its requests go over https; plain http reads no certificates.
            ssl_context: the caller's own.
            proxy: checked before, by `proxy_problem`.
            connections: how many at most.

        Raises:
            ConfigurationError: SSL_CERT_FILE or SSL_CERT_DIR can't be read.
        """
        if ssl_context is None and secure:
            ssl_context = _default_ssl_context(
                self._module, os.environ.get("SSL_CERT_FILE"), os.environ.get("SSL_CERT_DIR")
            )
        elif ssl_context is None:
            ssl_context = _context_that_trusts_nobody()
        client: httpx.AsyncClient = self._module.AsyncClient(
            verify=ssl_context,
            proxy=None if proxy is None else proxy.reveal(),
            trust_env=False,
            limits=self._module.Limits(
                max_connections=connections, max_keepalive_connections=connections, keepalive_expiry=5.0
            ),
            # A cookie would tie calls to one another that have nothing in common but the key.
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
            follow_redirects=False,
        )
        return client

    def timeout(self, seconds: float) -> httpx.Timeout:
        """Return how long to wait for each step."""
        return _timeout(self._module, seconds)

    def new_request(
        self,
        method: str,
        url: str,
        *,
        query: tuple[tuple[str, str], ...],
        headers: Mapping[str, str],
        content: bytes | AsyncIterator[bytes] | None,
        seconds: float,
        trace: Trace,
        client: httpx.AsyncClient | None,
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
        wait = self.timeout(seconds)
        extensions = {"trace": trace, "timeout": wait.as_dict()}
        made: Request
        if content is None and method == "GET" and (client is None or self._adds_headers_alone(client)):
            made = self._without_content(method, url, query, headers, extensions, client)
        elif client is not None:
            made = client.build_request(
                method, url, params=query or None, headers=headers, content=content, extensions=extensions
            )
        else:
            made = self._module.Request(
                method, url, params=query or None, headers=headers, content=content, extensions=extensions
            )
        return made

    def _adds_headers_alone(self, client: httpx.AsyncClient) -> bool:
        """Whether a client that was handed in puts nothing but its headers on a request."""
        usual: object = self._module.AsyncClient.build_request
        return type(client).build_request is usual and not client.params and not client.cookies

    def _without_content(
        self,
        method: str,
        url: str,
        query: tuple[tuple[str, str], ...],
        headers: Mapping[str, str],
        extensions: dict[str, Any],
        client: httpx.AsyncClient | None,
    ) -> Request:
        """Return the same request as `build_request`, made in a third of the time.

        The library writes and reads headers as text many times over before they are bytes at last; here they are bytes
        from the start.
        """
        target = self._module.URL(url, params=query) if query else self._module.URL(url)
        pairs = [(name.encode("ascii"), value.encode("ascii")) for name, value in headers.items()]
        if client is not None:
            ours = {name.lower() for name, _ in pairs}
            pairs = [*(pair for pair in client.headers.raw if pair[0].lower() not in ours), *pairs]
        if not any(name.lower() == b"host" for name, _ in pairs):
            pairs.insert(0, (b"Host", target.netloc))
        made: Request = self._module.Request(
            method, target, headers=pairs, stream=self._module.ByteStream(b""), extensions=extensions
        )
        made.read()  # so that a hook or a transport may look at its content
        return made

    def proxy_problem(self, proxy: ProxyURL) -> str | None:
        """Return why a proxy can't be used, without a part of its URL; None where it can."""
        try:
            parsed = self._module.Proxy(proxy.reveal())
            usable = bool(parsed.url.host) and (parsed.url.port is None or 0 < parsed.url.port < 65536)
            _ = parsed.raw_auth  # name and password can be written
            socks = parsed.url.scheme.startswith("socks")
        except Exception:
            usable = socks = False
        if not usable:
            return "this is no URL of a proxy; write it as http://host:port, or socks5://host:port"
        if socks and not _is_installed("socksio"):
            return "a proxy that speaks SOCKS needs one package more: pip install 'httpx[socks]'"
        return None


def library_of(client: object) -> HTTPLibrary | None:
    """Return the library that a client handed in belongs to; None where it is no async client of one."""
    for name in NAMES:
        module = sys.modules.get(name)
        if client is not None and module is not None and isinstance(client, module.AsyncClient):
            return http_library(name)
    return None


@lru_cache(maxsize=4)
def http_library(name: TransportName) -> HTTPLibrary:
    """Return a library, imported once."""
    return HTTPLibrary(name)


@lru_cache(maxsize=16)
def _timeout(module: Any, seconds: float) -> httpx.Timeout:
    made: httpx.Timeout = module.Timeout(seconds, connect=min(CONNECT_TIMEOUT, seconds))
    return made


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


def keep_headers_out_of_the_log() -> None:
    """Keep the key out of the log of a client that speaks HTTP/2: hpack writes each header into it at DEBUG."""
    for name in ("hpack.hpack", "hpack.table"):
        logging.getLogger(name).addFilter(_above_debug)


@lru_cache(maxsize=2)
def _default_ssl_context(module: Any, file: str | None, folders: str | None) -> ssl.SSLContext:
    import ssl

    # Reading the certificates takes longer than anything else here: once for the process.
    named = _ssl_context_of(file) if file else None
    for folder in (folders or "").split(os.pathsep):
        if folder and (problem := _folder_problem(folder)):
            raise ConfigurationError(f"{folder}: {problem}", argument="SSL_CERT_DIR")
    if named is not None:
        return named
    if folders:
        return ssl.create_default_context(capath=folders)
    context: ssl.SSLContext = module.create_ssl_context()
    return context


def _context_that_trusts_nobody() -> ssl.SSLContext:
    """Return a context for plain http: the library wants one, and over TLS it would refuse every server."""
    import ssl

    return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


def _ssl_context_of(file: str) -> ssl.SSLContext:
    import ssl

    try:
        with open(file, "rb"):
            pass
        return ssl.create_default_context(cafile=file)
    except ssl.SSLError:
        problem = "there are no certificates in it; it is a file of them in PEM form"
    except OSError as error:
        problem = f"it can't be read: {error.strerror or error}"
    raise ConfigurationError(f"{file}: {problem}", argument="SSL_CERT_FILE")


def _folder_problem(folder: str) -> str | None:
    try:
        os.listdir(folder)
    except OSError as error:
        return f"it can't be read: {error.strerror or error}"
    return None


def _is_installed(package: str) -> bool:
    from importlib.util import find_spec

    return find_spec(package) is not None


def _above_debug(record: logging.LogRecord) -> bool:
    return record.levelno > logging.DEBUG

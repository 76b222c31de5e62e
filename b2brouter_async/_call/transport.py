"""Sends one request to the server and reads its reply."""

from __future__ import annotations

import itertools
import os
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import AbstractContextManager, aclosing, nullcontext
from typing import TYPE_CHECKING, cast
from urllib.parse import unquote, urljoin, urlsplit

import anyio
from anyio.lowlevel import RunVar

from .._core.replies import Reply
from ..errors import (
    APIConnectionError,
    ArgumentError,
    ClientClosedError,
    ConfigurationError,
    ResponseTooLargeError,
)
from ..generated.platform import KEY_HEADER, REQUEST_ID_HEADERS, VERSION_HEADER
from .decoding import ACCEPT_ENCODING
from .http_library import headers_of, http_library, keep_headers_out_of_the_log, library_of
from .reply_body import Body, pieces_of

if TYPE_CHECKING:
    import ssl
    from types import TracebackType

    from ..config import ProxyURL, Secret
    from .attempt import Attempt, Progress
    from .http_library import AsyncClient, HTTPClient, HTTPLibrary, Request, Response, TransportName

MAX_CONNECTIONS = 100
"""Twice what the limiter lets into flight, because a reply gives its lease back before its body has come."""

_MOST_STREAMS = MAX_CONNECTIONS // 2
"""Files that are handed out as they come, at once: who reads them slowly must not keep others from a connection."""

_REQUEST_ID_HEADERS = tuple(name.lower() for name in REQUEST_ID_HEADERS)
_numbers = itertools.count()


class Transport:
    """Sends requests to one server, with the key on each, and nowhere else."""

    def __init__(
        self,
        *,
        base_url: str,
        key: Secret,
        api_version: str,
        user_agent: str,
        max_response_bytes: int,
        ssl_context: ssl.SSLContext | None = None,
        proxy: ProxyURL | None = None,
        http_client: AsyncClient | None = None,
        transport: TransportName = "httpx",
    ) -> None:
        """Prepare; connections are made with the first request of each event loop.

        Args:
            base_url: scheme, host, port and perhaps a path, without a trailing slash.
            key: the API key.
            api_version: what X-B2B-API-Version says.
            user_agent: what User-Agent says.
            max_response_bytes: replies are read no further.
            ssl_context: for networks that inspect TLS (behaviour 6).
            proxy: URL of a proxy; without it the environment's (HTTPS_PROXY) is used, except on plain http.
            http_client: an AsyncClient of httpx or httpx2 to use instead of our own. It is not closed here.
            transport: the library that our own client is of.

        Raises:
            ConfigurationError: the proxy is no URL of one, the client is none, or the library is not installed.
        """
        given = None if http_client is None else library_of(http_client)
        if http_client is not None and given is None:
            raise ConfigurationError(
                f"expected an httpx.AsyncClient or httpx2.AsyncClient, got {type(http_client).__name__}",
                argument="http_client",
            )
        if given is not None:
            keep_headers_out_of_the_log()
        self.library: HTTPLibrary = given or http_library(transport)
        if proxy is not None and (problem := self.library.proxy_problem(proxy)):
            raise ConfigurationError(problem, argument="proxy")
        self._base_url = base_url
        self._origin = _origin(base_url)
        self.host: str = urlsplit(base_url).netloc.lower()
        """Host and, where it is not the usual one, port."""
        self._key = key
        self._api_version = api_version
        self._user_agent = user_agent
        self._max_response_bytes = max_response_bytes
        self._ssl_context = ssl_context
        self._proxy = proxy
        self._proxied = proxy is not None
        # Both libraries have the same names, and httpx stands for both here.
        self._given = cast("HTTPClient | None", http_client)
        self._given_bound = False
        self._closed = False
        # One connection pool per event loop and process: sockets can't change either.
        self._local: RunVar[tuple[int, HTTPClient]] = RunVar(
            f"b2brouter_async._call.transport.{next(_numbers)}"
        )
        self._streams: RunVar[anyio.Semaphore] = RunVar(f"b2brouter_async._call.streams.{next(_numbers)}")

    @property
    def streams(self) -> anyio.Semaphore:
        """The places for replies that are handed out as they come, in the event loop that runs."""
        places = self._streams.get(None)
        if places is None:
            places = anyio.Semaphore(_MOST_STREAMS)
            self._streams.set(places)
        return places

    @property
    def closed(self) -> bool:
        """Whether nothing can be sent any more."""
        return self._closed

    async def aclose(self) -> None:
        """Close what was opened here, in the event loop that runs; a client that was handed in stays open."""
        self._closed = True
        pid, client = self._local.get((0, None))
        if client is not None and self._given is None and pid == os.getpid():
            await client.aclose()

    async def send(self, attempt: Attempt, progress: Progress) -> Reply:
        """Send one request and read its reply whole, whatever its status, unless it is to be handed out as it comes.

        Args:
            attempt: the request.
            progress: is told how far it came.

        Returns:
            The reply; error statuses are values here.

        Raises:
            APIConnectionError: no reply, or not all of it; `sent` says whether the request may have arrived.
            APITimeoutError: the same, for want of time.
            ResponseTooLargeError: the reply is larger than allowed.
            ClientClosedError: the client was closed.
            Exception: whatever the caller's own content raises while it is read, or the request's guard.
        """
        client = self._client()
        traces = self._given is None
        content, length = (None, None) if attempt.content is None else await attempt.content.open()
        if attempt.guard is not None:
            attempt.guard()
            if content is not None:
                from .content import guarded  # loaded already: it opened the content

                content = guarded(content, attempt.guard)
        own = _ContentErrors()
        if isinstance(content, AsyncIterator):
            content = own.collect(content)
        # httpx's own exceptions hold the request, and their frames its headers: they end here, as plain text.
        problem: Exception
        try:
            with _within(attempt.total_timeout):
                # It has the key in its headers, so it has no name in this frame, which the error's traceback keeps.
                return await self._exchange(
                    client, attempt, self._request(attempt, content, length, progress), progress, traces
                )
        except (ResponseTooLargeError, ArgumentError) as error:
            problem = error
        except self.library.broken as error:
            problem = error if error is own.error else self._connection_error(error, progress)
        except BaseException as error:
            if error is own.error:
                raise error.with_traceback(own.frames)  # noqa: B904 - the caller's own error, as it was
            # A cancellation goes through, but not with frames that show the headers.
            error.__context__ = None
            raise error.with_traceback(None)  # noqa: B904 - the same error
        finally:
            if isinstance(content, AsyncIterator):
                with anyio.CancelScope(shield=True):
                    await content.aclose()  # type: ignore[attr-defined]
        raise problem.with_traceback(own.frames) if problem is own.error else problem

    async def _exchange(
        self, client: HTTPClient, attempt: Attempt, request: Request, progress: Progress, traces: bool
    ) -> Reply:
        # A transport that doesn't tell what it does (a client handed in, a test's) may have sent at once.
        progress.left = progress.left or not traces
        response = await client.send(request, stream=True, follow_redirects=False)
        handed_out = False
        content = b""
        try:
            # A server or a proxy may quote the request, in its headers as in its text.
            headers = {name: self._key.scrub_text(value) for name, value in headers_of(response).items()}
            request_id = next((headers[name] for name in _REQUEST_ID_HEADERS if name in headers), None)
            progress.reply_began(response.status_code, headers, request_id)
            pieces = pieces_of(response, headers, self._max_response_bytes, request_id)
            if attempt.streams and response.is_success:
                body = Body(
                    response,
                    pieces,
                    library=self.library,
                    explain=lambda error: self._connection_error(error, progress),
                    seconds=attempt.total_timeout,
                )
                await body.begin()
                progress.body = body
                handed_out = True
            else:
                content = await self._whole(response, pieces)
        finally:
            if not handed_out and not response.is_closed:
                with anyio.CancelScope(shield=True):
                    await response.aclose()
        progress.reply = Reply(response.status_code, headers, content, request_id)
        return progress.reply

    async def _whole(self, response: Response, pieces: AsyncGenerator[bytes]) -> bytes:
        """Return the content of a reply; of one that says no, whatever of it came."""
        came: list[bytes] = []
        cut: tuple[type[Exception], ...] = (*self.library.broken, ResponseTooLargeError)
        try:
            async with aclosing(pieces):
                async for piece in pieces:
                    came.append(piece)
            await response.aclose()
        except cut:
            # A status that says no has said it, also when its body broke off.
            if response.is_success:
                raise
        return came[0] if len(came) == 1 else b"".join(came)

    def _connection_error(self, error: Exception, progress: Progress) -> APIConnectionError:
        from .connection_errors import connection_error  # most requests get their reply

        return connection_error(
            error, progress, library=self.library, host=self.host, key=self._key, proxied=self._proxied
        )

    def _request(
        self,
        attempt: Attempt,
        content: bytes | AsyncIterator[bytes] | None,
        length: int | None,
        progress: Progress,
    ) -> Request:
        if not attempt.path.startswith("/"):
            # Behind a host name, "@…" or ":…" or ".…" would make another one of it.
            raise ArgumentError(
                "it starts with a slash, or the request would go to another host", argument="path"
            )
        headers = {"Accept-Encoding": ACCEPT_ENCODING, **attempt.headers}
        headers["User-Agent"] = self._user_agent
        headers[KEY_HEADER] = self._key.reveal()
        headers[VERSION_HEADER] = self._api_version
        if content is not None and length is not None:
            headers["Content-Length"] = str(length)

        async def trace(event: str, info: Mapping[str, object]) -> None:
            if attempt.guard is not None and event.endswith(".started") and ".send_" in event:
                attempt.guard()
            if event.endswith(".send_request_headers.started"):
                # A proxy that is asked for a tunnel hears nothing of the request itself.
                asked: object = getattr(info.get("request"), "method", None)
                if asked != b"CONNECT":
                    progress.left = progress.begun = True

        return self.library.new_request(
            attempt.method,
            self._base_url + attempt.path,
            query=attempt.query,
            headers=headers,
            content=content,
            seconds=attempt.timeout,
            trace=trace,
            client=self._given,
        )

    def _client(self) -> HTTPClient:
        if self._closed:
            raise ClientClosedError("this client was closed; make a new one")
        pid, client = self._local.get((0, None))
        if client is not None and pid == os.getpid():
            return client
        if self._given is None:
            # After a fork the parent's sockets are left alone: closing them here would end them there.
            client = self._make_client()
        elif self._given_bound:
            raise ConfigurationError(
                "the http_client given to this client is used in another event loop or process; "
                "give each its own, or none and let the client make them"
            )
        elif self._given.is_closed:
            raise ClientClosedError("the http_client given to this client was closed; make a new one")
        else:
            client = self._given
            self._given_bound = True
        self._local.set((os.getpid(), client))
        return client

    def _make_client(self) -> HTTPClient:
        name, proxy = "proxy", self._proxy
        secure = self._base_url.startswith("https:")
        # The environment's proxy must not see a key that travels in clear on its way to this machine.
        if proxy is None and secure:
            from .proxies import environment_proxy

            name, proxy = environment_proxy(self._base_url) or (name, None)
        if proxy is not None and (problem := self.library.proxy_problem(proxy)):
            raise ConfigurationError(problem, argument=name)
        self._proxied = proxy is not None
        return self.library.make_client(
            secure=secure, ssl_context=self._ssl_context, proxy=proxy, connections=MAX_CONNECTIONS
        )

    def path_of(self, url: str) -> str | None:
        """Return an address as path and query on this server; None where it is on another, or no address."""
        if not isinstance(url, str) or not url.isprintable() or "\\" in url or " " in url:  # pyright: ignore[reportUnnecessaryIsInstance]
            return None
        if url.startswith("/") and not url.startswith("//"):
            # Relative to the API, which may lie in a folder of its host.
            url = self._base_url + url
        try:
            parts = urlsplit(url)
            there = parts.username is None and parts.password is None and _origin(url) == self._origin
        except ValueError:
            return None
        return self.redirect_path("/", url) if there else None

    def redirect_path(self, from_path: str, location: str) -> str | None:
        """Return where a redirect leads, as path and query on the same server; None if it leads elsewhere."""
        try:
            target = urljoin(self._base_url + from_path, location)
            if _origin(target) != self._origin:
                return None
            parts = urlsplit(target)
        except ValueError:
            return None
        base_path = urlsplit(self._base_url).path
        climbs = {".", ".."} & set(unquote(parts.path).split("/"))
        if climbs or not parts.path.startswith(base_path + "/"):
            return None
        path = parts.path[len(base_path) :]
        return f"{path}?{parts.query}" if parts.query else path


class _ContentErrors:
    """What the caller's own content raised, to be told from what the connection did: both come out at one place."""

    def __init__(self) -> None:
        self.error: Exception | None = None
        self.frames: TracebackType | None = None

    async def collect(self, content: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
        """Pass content through, and note what it raises, with its own frames and none of the transport's."""
        try:
            async for piece in content:
                yield piece
        except Exception as error:
            self.error, self.frames = error, error.__traceback__
            raise
        finally:
            with anyio.CancelScope(shield=True):
                await content.aclose()  # type: ignore[attr-defined]


def _within(seconds: float | None) -> AbstractContextManager[object]:
    """Raise TimeoutError after a number of seconds."""
    return nullcontext() if seconds is None else anyio.fail_after(seconds)


def _origin(url: str) -> tuple[str, str | None, int]:
    parts = urlsplit(url)
    return parts.scheme, parts.hostname, parts.port or (443 if parts.scheme == "https" else 80)

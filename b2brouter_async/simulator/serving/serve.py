"""The simulator on a real socket: uvicorn on loopback, in a thread of its own or until interrupted."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import socket
import struct
import threading
from typing import TYPE_CHECKING

import anyio
import anyio.to_thread
import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from .app import NETWORK

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Generator

    from starlette.types import ASGIApp, Receive, Scope, Send


LOOPBACK = "127.0.0.1"
_TICK = 0.1  # seconds; uvicorn counts ten ticks to a second
_MOMENT = 0.002
_PATIENCE = 1  # seconds for replies under way; a stalled one must not hold up the end


class _Server(uvicorn.Server):
    """A server that tells when it listens, or that it never will, and ends as soon as nothing is under way.

    uvicorn looks ten times a second whether it is to end, and as often whether its connections have ended. Tests that have
    a server each wait longer for that than for all else.
    """

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.ready = threading.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stopped = asyncio.Event()

    def stop(self) -> None:
        """Have it end; from any thread."""
        self.should_exit = True
        if self._loop is not None:
            with contextlib.suppress(RuntimeError):  # it has ended already
                self._loop.call_soon_threadsafe(self._stopped.set)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        self._loop = asyncio.get_running_loop()
        await super().startup(sockets)
        self.ready.set()
        if self.should_exit:
            # uvicorn leaves at once what was told to stop before it had come up, and its application hanging.
            await self.shutdown(sockets)

    async def main_loop(self) -> None:
        """Serve until it is to end; a signal is noticed at the next tick, `stop` at once."""
        ticks = 0
        while not await self.on_tick(ticks):
            ticks += 1
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._stopped.wait(), _TICK)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Take no more connections, let the replies under way end within the time for that, and end."""
        for server in self.servers:
            server.close()
        for listener in sockets or []:
            listener.close()
        state = self.server_state
        for connection in list(state.connections):
            connection.shutdown()
        try:
            async with asyncio.timeout(self.config.timeout_graceful_shutdown):
                while (state.connections or state.tasks) and not self.force_exit:  # noqa: ASYNC110 - nobody tells
                    await asyncio.sleep(_MOMENT)
        except TimeoutError:
            for task in state.tasks:
                task.cancel()
        await self.lifespan.shutdown()


@contextlib.asynccontextmanager
async def serving(app: ASGIApp, *, host: str = LOOPBACK, port: int = 0) -> AsyncGenerator[str]:
    """Serve an application from a thread while the block runs; gives the base URL. Port 0 takes any free one."""
    listener = _listen(host, port)
    server = _Server(_config(app))

    def run() -> None:
        try:
            server.run(sockets=[listener])
        finally:
            server.ready.set()

    thread = threading.Thread(target=run, name="b2brouter-simulator", daemon=True)
    thread.start()
    try:
        await anyio.to_thread.run_sync(server.ready.wait)
        yield _url(listener)
    finally:
        server.stop()
        with anyio.CancelScope(shield=True):
            await anyio.to_thread.run_sync(thread.join)
        listener.close()


def run(app: ASGIApp, *, host: str, port: int, listening: Callable[[str], None]) -> None:
    """Serve an application until an interrupt (Ctrl-C) or a SIGTERM; both end it in order.

    Args:
        app: what to serve.
        host: the address to listen on.
        port: the port to listen on; 0 takes any free one.
        listening: is told the base URL once the port is open.

    Raises:
        OSError: the port is taken.
    """
    listener = _listen(host, port)
    server = _Server(_config(app))
    try:
        with _stopped_by_signals(server):
            listening(_url(listener))
            server.run(sockets=[listener])
    finally:
        listener.close()


@contextlib.contextmanager
def _stopped_by_signals(server: _Server) -> Generator[None]:
    """Have Ctrl-C and SIGTERM stop the server, from before it runs until after it has ended."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    # No exception: one that is raised while some object is being finalised is lost, and the server runs on.
    def stop(number: int, frame: object) -> None:
        server.should_exit = True

    # uvicorn puts its own in their place while it serves, and raises the signal once more at its end.
    before = [(number, signal.signal(number, stop)) for number in (signal.SIGINT, signal.SIGTERM)]
    try:
        yield
    finally:
        for number, handler in before:
            signal.signal(number, handler)


class _SocketNetwork:
    """The connection of one request on a real socket."""

    def __init__(self, transport: asyncio.Transport, receive: Receive) -> None:
        self._transport = transport
        self._receive = receive

    async def reset(self) -> None:
        """Send RST in place of the reply."""
        sock: socket.socket = self._transport.get_extra_info("socket")
        # Linger for no time: the kernel drops what is unsent and resets.
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._transport.abort()
        await self._gone()

    async def cut(self) -> None:
        """Send what there is, then close."""
        self._transport.close()
        await self._gone()

    async def pause(self, seconds: float) -> None:
        """Wait, unless the other end goes first."""
        with anyio.move_on_after(seconds):
            await self._gone()

    async def _gone(self) -> None:
        # The server takes a reply that ends early for a fault of ours until it has seen the connection go.
        while (await self._receive())["type"] != "http.disconnect":
            pass


class _Protocol(H11Protocol):
    """uvicorn's protocol, with the means to break its connection handed to the application."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        app: ASGIApp = self.app

        async def with_network(scope: Scope, receive: Receive, send: Send) -> None:
            extensions = {**scope.get("extensions", {}), NETWORK: _SocketNetwork(transport, receive)}
            await app({**scope, "extensions": extensions}, receive, send)

        self.app = with_network


def _listen(host: str, port: int) -> socket.socket:
    if not 0 <= port <= 65535:
        raise ValueError(f"port must be between 0 and 65535, and is {port}")
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        # Listening from now on: whoever is told the address can connect before the server has come up.
        listener.listen(2048)
    except OSError:
        listener.close()
        raise
    except TypeError:  # what IDNA has no form for
        listener.close()
        raise ValueError(f"{host!r} is no name of a host") from None
    return listener


def _url(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _config(app: ASGIApp) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        http=_Protocol,
        log_level="warning",
        access_log=False,
        timeout_graceful_shutdown=_PATIENCE,
        # Proxy headers would let a caller choose its address; nobody stands in front of a simulator.
        proxy_headers=False,
        server_header=False,
    )

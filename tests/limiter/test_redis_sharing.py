"""The bucket in Redis among forks, ending processes, event loops that end, and in a cluster."""

from __future__ import annotations

import logging
import os
import random
import secrets
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import anyio
import pytest
import redis
from redis.cluster import RedisCluster

from b2brouter_async.limiter import RedisTokenBucket
from b2brouter_async.limiter.redis.bucket import redis_keys
from tests.limiter.conftest import redis_binary

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.limiter.conftest import RedisServer

HOST = "api.b2brouter.net"
ROOT = Path(__file__).parents[2]
PATIENT = 30.0


@pytest.fixture
def key() -> str:
    return secrets.token_hex(8)


@pytest.fixture
def look(redis_server: RedisServer) -> Iterator[redis.Redis]:
    client = redis.Redis.from_url(redis_server.url)
    yield client
    client.close()


def send(bucket: RedisTokenBucket, requests: int, backend: str = "asyncio") -> None:
    async def main() -> None:
        with anyio.fail_after(PATIENT):
            for _ in range(requests):
                bucket.release(await bucket.acquire(), "ok")

    anyio.run(main, backend=backend)


def wait_until_delivered(look: redis.Redis, key: str, spent: int, flying: int = 0) -> None:
    """Releases travel by a thread of their own."""
    slots, flight, _ = redis_keys(HOST, key)
    until = time.monotonic() + PATIENT
    while (look.zcard(slots), look.zcard(flight)) != (spent, flying):
        assert time.monotonic() < until, (look.zcard(slots), look.zcard(flight))
        time.sleep(0.01)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system doesn't fork")
@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_a_forked_child_shares_the_limit_with_its_parent(
    redis_server: RedisServer, key: str, look: redis.Redis, caplog: pytest.LogCaptureFixture
) -> None:
    bucket = RedisTokenBucket(redis_server.url, HOST, key, 1000, period=60.0)
    send(bucket, 2)
    held = anyio.run(bucket.acquire)
    child = os.fork()
    if child == 0:  # pragma: no cover - in the child
        status = 1
        try:
            bucket.release(held, "unsent")  # its parent's, and its parent gives it back
            with caplog.at_level(logging.WARNING):
                send(bucket, 3)
            bucket._worker.finish()
            status = 2 if caplog.records else 0
        finally:
            os._exit(status)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    wait_until_delivered(look, key, spent=6, flying=1)
    bucket.release(held, "ok")
    send(bucket, 3)
    wait_until_delivered(look, key, spent=9)


def test_a_process_that_ends_gives_back_what_it_released(
    redis_server: RedisServer, key: str, look: redis.Redis
) -> None:
    program = (
        "import sys, anyio\n"
        "from b2brouter_async.limiter import RedisTokenBucket\n"
        f"bucket = RedisTokenBucket(sys.argv[1], {HOST!r}, sys.argv[2], 1000)\n"
        "async def main():\n"
        "    async with bucket:\n"
        "        pass\n"
        "anyio.run(main)\n"
    )
    subprocess.run([sys.executable, "-c", program, redis_server.url, key], check=True, cwd=ROOT)
    slots, flight, _ = redis_keys(HOST, key)
    assert (look.zcard(slots), look.zcard(flight)) == (1, 0)


def test_an_answer_that_comes_after_its_event_loop_has_ended_blocks_nobody(
    mortal_redis: RedisServer, key: str, anyio_backend: str
) -> None:
    bucket = RedisTokenBucket(mortal_redis.url, HOST, key, 100, period=0.5)

    async def give_up() -> None:
        with anyio.fail_after(PATIENT):
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(bucket.acquire)
                while not bucket.script_calls:  # noqa: ASYNC110 - a thread makes them
                    await anyio.sleep(0.005)
                tasks.cancel_scope.cancel()

    mortal_redis.pause()
    anyio.run(give_up, backend=anyio_backend)
    mortal_redis.resume()
    until = time.monotonic() + PATIENT
    while bucket._worker._last_call < 0.0:
        assert time.monotonic() < until
        time.sleep(0.01)
    send(bucket, 2, anyio_backend)


def test_loops_one_after_the_other_share_the_bucket(redis_server: RedisServer, key: str) -> None:
    bucket = RedisTokenBucket(redis_server.url, HOST, key, 1000)
    for backend in ("asyncio", "trio", "asyncio"):
        send(bucket, 2, backend)
    assert bucket.snapshot().free == 994


@pytest.fixture(scope="module")
def cluster() -> Iterator[int]:
    """One node that holds all slots: its port."""
    with tempfile.TemporaryDirectory(prefix="b2b") as folder:
        for _ in range(10):
            port = random.randrange(20_000, 30_000)
            if not all(map(is_free, (port, port + 10_000))):  # the second one is the cluster's own
                continue
            command = [redis_binary(), "--port", str(port), "--bind", "127.0.0.1", "--dir", folder]
            process = subprocess.Popen(
                [*command, "--cluster-enabled", "yes", "--save", ""], stdout=subprocess.DEVNULL
            )
            try:
                if form_cluster(process, port):
                    yield port
                    return
            finally:
                process.kill()
                process.wait()
        pytest.fail("no port for a redis-server in cluster mode")


def is_free(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) != 0


def form_cluster(process: subprocess.Popen[bytes], port: int) -> bool:
    until = time.monotonic() + PATIENT
    with redis.Redis(port=port) as client:
        while process.poll() is None:
            assert time.monotonic() < until
            try:
                if not client.execute_command("CLUSTER SLOTS"):
                    client.execute_command("CLUSTER ADDSLOTS", *range(16384))
                if "ok" in str(client.execute_command("CLUSTER INFO")["cluster_state"]):
                    return True
            except redis.ConnectionError:
                pass
            time.sleep(0.02)
    return False


@pytest.mark.parametrize("client", ["cluster", "url"])
def test_a_cluster_keeps_a_budget(cluster: int, key: str, client: str, anyio_backend: str) -> None:
    url = f"redis://127.0.0.1:{cluster}"
    if client == "url":
        bucket = RedisTokenBucket(url, HOST, key, 1000)
        send(bucket, 4, anyio_backend)
    else:
        with RedisCluster.from_url(url) as nodes:
            bucket = RedisTokenBucket(nodes, HOST, key, 1000)
            send(bucket, 4, anyio_backend)
    assert bucket.snapshot().free == 996
    with redis.Redis(port=cluster) as look:
        wait_until_delivered(look, key, spent=4)

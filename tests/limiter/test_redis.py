"""The bucket shared through Redis: promises, privacy, and what happens when Redis is gone."""

from __future__ import annotations

import gc
import secrets
from typing import TYPE_CHECKING, Any

import anyio
import pytest
import redis

from b2brouter_async.errors import RateLimitTimeout
from b2brouter_async.limiter import (
    Lease,
    LimiterUnavailableError,
    Outcome,
    RateLimiter,
    RedisTokenBucket,
    Rejection,
)
from b2brouter_async.limiter.redis.bucket import redis_keys

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.limiter.conftest import RedisServer

pytestmark = pytest.mark.anyio

KEY = "prod_fictional_secret_key"
HOST = "api.b2brouter.net"


@pytest.fixture
def key() -> str:
    """A key nobody used before."""
    return KEY + secrets.token_hex(8)


@pytest.fixture
def look(redis_server: RedisServer) -> Iterator[redis.Redis]:
    client = redis.Redis.from_url(redis_server.url, decode_responses=True)
    yield client
    client.close()


async def until(true: Callable[[], bool], seconds: float = 20.0) -> None:
    with anyio.fail_after(seconds):
        while not true():  # noqa: ASYNC110 - what it waits for happens outside the event loop
            await anyio.sleep(0.005)


async def test_a_bucket_in_redis_is_a_rate_limiter(redis_server: RedisServer, key: str) -> None:
    bucket: RateLimiter = RedisTokenBucket(redis_server.url, HOST, key, 100)
    async with bucket:
        assert bucket.snapshot().in_flight == 1
    assert bucket.snapshot().in_flight == 0
    assert bucket.snapshot().free == 99


async def test_two_buckets_of_one_key_spend_one_limit(redis_server: RedisServer, key: str) -> None:
    first = RedisTokenBucket(redis_server.url, HOST, key, 100, period=600.0)
    second = RedisTokenBucket(redis_server.url, HOST.upper(), key, 100, period=600.0)
    first.release(await first.acquire(), "ok")
    with pytest.raises(RateLimitTimeout):  # a hundredth of 100 may go at once: that was it
        await second.acquire(max_wait=0.3)
    other_key = RedisTokenBucket(redis_server.url, HOST, key + "x", 100, period=600.0)
    other_key.release(await other_key.acquire(max_wait=20.0), "ok")


async def test_redis_sees_neither_the_key_nor_the_host_and_forgets(
    redis_server: RedisServer, key: str, look: redis.Redis
) -> None:
    client = redis.Redis.from_url(redis_server.url)
    bucket = RedisTokenBucket(client, HOST, key, 100, period=10.0, lease=5.0, grace=5.0)
    with look.monitor() as monitor:  # type: ignore[no-untyped-call]
        async with bucket:
            pass
        await until(lambda: bucket.script_calls >= 2)
        spoken = ""
        for _ in range(3):
            spoken += monitor.next_command()["command"]
    client.close()
    assert HOST not in spoken
    assert "secret" not in spoken
    names = redis_keys(HOST, key)
    assert {name[name.index("{") : name.index("}")] for name in names} == {
        names[0][10:43]
    }  # one cluster slot
    for name in names[:1] + names[2:]:
        assert 0 < look.ttl(name) <= 41


@pytest.mark.parametrize(
    ("outcome", "due"), [("ok", 10.0), ("rejected", 10.0), ("unknown", 40.0), ("unsent", None), (None, 17.0)]
)
async def test_a_token_comes_back_when_its_outcome_allows(
    redis_server: RedisServer, key: str, look: redis.Redis, outcome: Outcome | None, due: float | None
) -> None:
    bucket = RedisTokenBucket(redis_server.url, HOST, key, 100, period=10.0, lease=7.0, grace=30.0)
    lease = await bucket.acquire()
    if outcome is not None:  # None: the process died with it
        bucket.release(lease, outcome)
        await until(lambda: bucket.script_calls >= 2)
        assert look.zcard(redis_keys(HOST, key)[1]) == 0
    scores: Any = look.zrange(redis_keys(HOST, key)[0], 0, -1, withscores=True)
    seconds, micros = look.time()
    if due is None:
        assert scores == []
    else:
        [(_, score)] = scores
        assert due - 5.0 < score / 1e6 - seconds - micros / 1e6 <= due + 0.1


async def test_interactive_calls_pass_waiting_bulk(redis_server: RedisServer, key: str) -> None:
    bucket = RedisTokenBucket(redis_server.url, HOST, key, 100, period=5.0)
    granted: list[int] = []

    async def call(priority: int) -> None:
        lease = await bucket.acquire(priority)
        granted.append(priority)
        bucket.release(lease, "ok")

    redis_server.pause()  # until all of them wait
    async with anyio.create_task_group() as tasks:
        for priority in (0, 0, 0, 0, 0, 0, 1, 1):
            tasks.start_soon(call, priority)
        while bucket.snapshot().waiting < 8:
            await anyio.lowlevel.checkpoint()
        redis_server.resume()
    assert granted == [1, 1, 0, 0, 0, 0, 0, 0]


async def test_a_cancelled_waiter_loses_no_slot(
    redis_server: RedisServer, key: str, look: redis.Redis
) -> None:
    bucket = RedisTokenBucket(redis_server.url, HOST, key, 100, period=30.0)
    sent = 0

    async def call() -> None:
        nonlocal sent
        bucket.release(await bucket.acquire(), "ok")
        sent += 1

    await call()
    for _ in range(3):  # the next slot is due in a third of a second
        asked = bucket.script_calls
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(call)
            await until(lambda asked=asked: bucket.script_calls > asked)  # type: ignore[misc]
            tasks.cancel_scope.cancel()
    assert bucket.snapshot().waiting == 0
    await call()
    slots, flight, _ = redis_keys(HOST, key)
    await until(lambda: look.zcard(flight) == 0)
    assert look.zcard(slots) == sent


async def test_a_429_freezes_every_process_and_one_request_goes_first(
    redis_server: RedisServer, key: str, look: redis.Redis
) -> None:
    seen: list[Rejection] = []
    first = RedisTokenBucket(redis_server.url, HOST, key, 400, period=4.0, on_rejected=seen.append)
    second = RedisTokenBucket(redis_server.url, HOST, key, 400, period=4.0)
    leases = [await first.acquire() for _ in range(3)]
    for lease in leases:
        first.release(lease, "rejected", retry_after=0.3)
    state = redis_keys(HOST, key)[2]
    await until(lambda: look.hget(state, "rejections") == "3")
    granted: list[Lease] = []

    async def wait(bucket: RedisTokenBucket) -> None:
        granted.append(await bucket.acquire())

    async with anyio.create_task_group() as tasks:
        for bucket in (first, second, second):
            tasks.start_soon(wait, bucket)
        await until(lambda: bool(granted))
        seconds, micros = look.time()
        assert seconds * 10**6 + micros >= int(look.hget(state, "until") or 0)
        assert look.hget(state, "probing") == "1"
        for bucket in (first, second):  # whoever asks waits for what becomes of that one
            with pytest.raises(RateLimitTimeout):
                await bucket.acquire(1, max_wait=0.1)
        assert len(granted) == 1
        probe = granted[0]
        for bucket in (first, second):
            bucket.release(probe, "ok")  # the one that doesn't know it ignores it
        await until(lambda: len(granted) == 3)
    assert second.snapshot().rejections == 3
    assert len(seen) == 1
    assert seen[0].pause > 0.0


async def test_without_redis_acquire_fails_and_says_why(mortal_redis: RedisServer, key: str) -> None:
    bucket = RedisTokenBucket(mortal_redis.url, HOST, key, 100, period=0.5, patience=0.1)
    lease = await bucket.acquire()
    mortal_redis.stop()
    with pytest.raises(LimiterUnavailableError, match="nothing was sent") as caught:
        await bucket.acquire()
    assert key not in str(caught.value)
    bucket.release(lease, "ok")  # doesn't raise, and goes along when Redis is back
    mortal_redis.start()
    with anyio.fail_after(30.0):
        bucket.release(await bucket.acquire(), "ok")


@pytest.mark.parametrize("anyio_backend", ["asyncio"])
@pytest.mark.usefixtures("patience_that_flies")
@pytest.mark.parametrize("user", ["limiter_wrong:b", "limiter_few:b"])
async def test_a_user_that_redis_does_not_let_in_is_told_at_once_and_what_to_mend(
    redis_server: RedisServer, look: redis.Redis, key: str, user: str
) -> None:
    look.acl_setuser("limiter_few", enabled=True, passwords=["+b"], commands=["+ping"])
    url = redis_server.url.replace("://", f"://{user}@")
    bucket = RedisTokenBucket(url, HOST, key, 100, patience=5)
    with pytest.raises(LimiterUnavailableError, match="mend user and password in its URL"):
        await bucket.acquire()
    assert bucket.script_calls == 1


async def test_a_redis_that_lost_its_memory_lets_nobody_go_for_a_period(
    mortal_redis: RedisServer, key: str
) -> None:
    bucket = RedisTokenBucket(mortal_redis.url, HOST, key, 100, period=30.0)
    bucket.release(await bucket.acquire(), "ok")
    mortal_redis.stop()
    mortal_redis.start()
    with pytest.raises(RateLimitTimeout):
        await bucket.acquire(max_wait=0.1)
    await until(lambda: (bucket.snapshot().next or 0.0) > 15.0)


async def test_without_redis_a_process_may_go_on_with_its_share(
    mortal_redis: RedisServer, key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("b2brouter_async.limiter.shared.bucket.RETRY_EVERY", 0.2)
    bucket = RedisTokenBucket(
        mortal_redis.url, HOST, key, 100, period=0.3, patience=0.1, on_redis_error="local", processes=4
    )
    before = await bucket.acquire()
    mortal_redis.stop()
    lease = await bucket.acquire(1, max_wait=20.0)  # waits out the period in which others have sent
    assert bucket.local
    assert bucket.snapshot().limit == 25
    bucket.release(before, "ok")
    bucket.release(lease, "ok")
    mortal_redis.start()

    async def go_on() -> None:
        while bucket.local:
            bucket.release(await bucket.acquire(), "ok")

    with anyio.fail_after(30.0):
        await go_on()
        bucket.release(await bucket.acquire(), "ok")
    assert bucket.snapshot().limit == 100


async def test_a_share_is_given_up_when_redis_is_back_even_if_nobody_newly_asks(
    mortal_redis: RedisServer, key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("b2brouter_async.limiter.shared.bucket.RETRY_EVERY", 0.1)
    bucket = RedisTokenBucket(
        mortal_redis.url, HOST, key, 400, period=0.5, patience=0.1, on_redis_error="local", processes=4
    )
    mortal_redis.stop()

    async def one_call() -> None:
        bucket.release(await bucket.acquire(), "ok")

    async with anyio.create_task_group() as tasks:
        for _ in range(1500):  # seven seconds' worth, and all of them ask before Redis is back
            tasks.start_soon(one_call)
        await until(lambda: bucket.local)
        mortal_redis.start()
        await until(lambda: not bucket.local)
        assert bucket.snapshot().waiting > 0
        tasks.cancel_scope.cancel()


async def test_an_absurd_retry_after_is_capped_and_told(
    redis_server: RedisServer, key: str, caplog: pytest.LogCaptureFixture
) -> None:
    seen: list[Rejection] = []
    bucket = RedisTokenBucket(redis_server.url, HOST, key, 400, period=40.0, on_rejected=seen.append)
    bucket.release(await bucket.acquire(), "rejected", retry_after=float("inf"))
    with pytest.raises(RateLimitTimeout):
        await bucket.acquire(max_wait=0.1)
    await until(lambda: bool(seen))
    assert seen[0].retry_after == 40.0
    assert 20.0 < seen[0].pause <= 40.0
    assert "Retry-After: 40 s" in caplog.text
    assert bucket.snapshot().believed < 400


async def test_a_429_that_asks_for_no_pause_is_told_all_the_same(redis_server: RedisServer, key: str) -> None:
    told: list[Rejection] = []
    bucket = RedisTokenBucket(redis_server.url, HOST, key, 100, on_rejected=told.append)
    bucket.release(await bucket.acquire(1), "rejected", 0.0)
    with anyio.fail_after(30.0):
        bucket.release(await bucket.acquire(1), "ok")
        while not told:
            await anyio.lowlevel.checkpoint()
    assert [one.retry_after for one in told] == [0.0]


async def test_a_redis_that_hangs_is_gone_too(mortal_redis: RedisServer, key: str) -> None:
    client = redis.Redis.from_url(mortal_redis.url, socket_timeout=0.2)
    bucket = RedisTokenBucket(client, HOST, key, 100, period=4.0, patience=0.1)
    mortal_redis.pause()
    try:
        with pytest.raises(LimiterUnavailableError):
            await bucket.acquire()
    finally:
        mortal_redis.resume()
        client.close()


async def test_the_thread_ends_when_there_is_nothing_to_do(
    redis_server: RedisServer, key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("b2brouter_async.limiter.shared.worker.IDLE", 0.05)
    bucket = RedisTokenBucket(redis_server.url, HOST, key, 1000, period=2.0)
    for _ in range(2):
        async with bucket:
            pass
        await until(lambda: bucket._worker._thread is None)
    gc.collect()


async def test_one_node_of_a_cluster_holds_all_keys_of_a_budget(key: str) -> None:
    from redis.crc import key_slot

    assert len({key_slot(name.encode()) for name in redis_keys(HOST, key)}) == 1

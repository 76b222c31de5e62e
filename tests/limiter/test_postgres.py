"""The bucket shared through PostgreSQL: privacy, two event loops, and what happens when the database is gone."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import anyio
import anyio.to_thread
import psycopg
import pytest

from b2brouter_async._postgres.schema import migrate
from b2brouter_async.errors import ConfigurationError, RateLimitTimeout
from b2brouter_async.limiter import LimiterUnavailableError, PostgresTokenBucket, RateLimiter

if TYPE_CHECKING:
    from tests.postgres import PostgresServer

pytestmark = pytest.mark.anyio

KEY = "prod_fictional_secret_key"
HOST = "api.b2brouter.net"


@pytest.fixture
def database(new_database: str) -> str:
    """The address of one that no test had before: emptied tables are a memory that was lost, and cost a period."""
    return new_database


async def test_a_bucket_in_postgresql_is_a_rate_limiter(database: str) -> None:
    bucket: RateLimiter = PostgresTokenBucket(database, HOST, KEY, 100)
    async with bucket:
        assert bucket.snapshot().in_flight == 1
    assert bucket.snapshot().in_flight == 0
    assert bucket.snapshot().free == 99


async def test_two_buckets_of_one_key_spend_one_limit(database: str) -> None:
    first = PostgresTokenBucket(database, HOST, KEY, 100, period=600.0)
    second = PostgresTokenBucket(database, HOST.upper(), KEY, 100, period=600.0)
    first.release(await first.acquire(), "ok")
    with pytest.raises(RateLimitTimeout):  # a hundredth of 100 may go at once: that was it
        await second.acquire(max_wait=0.3)
    other_key = PostgresTokenBucket(database, HOST, KEY + "x", 100, period=600.0)
    other_key.release(await other_key.acquire(max_wait=20.0), "ok")


async def test_the_database_s_own_settings_and_a_pooler_change_nothing(
    database: str, postgres_server: PostgresServer
) -> None:
    name = database.split("/")[3].split("?")[0]
    with postgres_server.connect("postgres") as connection:
        connection.execute(
            f"ALTER DATABASE {name} SET default_transaction_isolation = 'serializable'".encode()
        )
        connection.execute(f"ALTER DATABASE {name} SET default_transaction_read_only = on".encode())
        connection.execute(f"ALTER DATABASE {name} SET search_path = nowhere".encode())
    first, second = (PostgresTokenBucket(database, HOST, KEY, 6000) for _ in range(2))

    async def calls(bucket: PostgresTokenBucket) -> None:
        for _ in range(20):
            bucket.release(await bucket.acquire(1), "ok")

    with anyio.fail_after(30.0):
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(calls, first)
            tasks.start_soon(calls, second)


async def test_the_database_sees_neither_the_key_nor_the_host(database: str) -> None:
    bucket = PostgresTokenBucket(database, HOST, KEY, 100)
    async with bucket:
        pass
    with psycopg.connect(database) as connection:
        rows = [
            str(row)
            for table in ("limits", "limit_slots")
            for row in connection.execute(f"SELECT * FROM b2brouter.{table}".encode())
        ]
    assert rows
    assert not any(KEY in row or HOST in row for row in rows)


@pytest.mark.usefixtures("patience_that_flies")
async def test_a_database_without_the_tables_is_told_at_once_with_the_way_to_make_them(
    empty_database: str,
) -> None:
    bucket = PostgresTokenBucket(empty_database, HOST, KEY, 100, patience=5)
    with pytest.raises(LimiterUnavailableError, match="b2brouter migrate"):
        await bucket.acquire()
    assert bucket.script_calls == 1
    migrate(empty_database)
    bucket.release(await bucket.acquire(), "ok")  # and it goes on with them


@pytest.mark.usefixtures("patience_that_flies")
async def test_a_role_without_rights_is_told_so_at_once(
    database: str, postgres_server: PostgresServer
) -> None:
    with postgres_server.connect("postgres") as connection:
        connection.execute("DROP ROLE IF EXISTS nobody_s")
        connection.execute("CREATE ROLE nobody_s LOGIN")
    url = database.replace("postgres@", "nobody_s@")
    bucket = PostgresTokenBucket(url, HOST, KEY, 100, patience=5)
    with pytest.raises(LimiterUnavailableError, match="may not use"):
        await bucket.acquire()
    assert bucket.script_calls == 1


@pytest.mark.usefixtures("patience_that_flies")
@pytest.mark.parametrize(
    ("said", "words", "waits"),
    [
        ('FATAL:  password authentication failed for user "ana"', "mend user and password", False),
        ('FATAL:  database "nowhere" does not exist', "mend the database's name", False),
        ("FATAL:  the database system is starting up", "OperationalError from PostgreSQL", True),
    ],
)
async def test_whoever_is_not_let_in_is_told_at_once_and_what_to_mend(
    monkeypatch: pytest.MonkeyPatch, said: str, words: str, waits: bool
) -> None:
    def connect(**parts: object) -> None:
        raise psycopg.OperationalError(f"connection failed: {said}")

    monkeypatch.setattr(psycopg, "connect", connect)
    bucket = PostgresTokenBucket("postgresql://ana:s3cret@localhost/nowhere", HOST, KEY, 100, patience=5)
    with pytest.raises(LimiterUnavailableError, match=words):
        await bucket.acquire()
    assert (bucket.script_calls > 1) == waits


async def test_a_database_that_is_gone_fails_the_call_without_telling_a_password() -> None:
    url = "postgresql://someone:very-secret@127.0.0.1:1/nowhere"
    bucket = PostgresTokenBucket(url, HOST, KEY, 100, patience=0.1)
    with pytest.raises(LimiterUnavailableError) as caught:
        await bucket.acquire()
    assert "from PostgreSQL" in str(caught.value)
    assert "very-secret" not in f"{caught.value!r} {bucket!r} {bucket.__dict__}"


async def test_connections_that_are_cut_cost_nothing(database: str, postgres_server: PostgresServer) -> None:
    bucket = PostgresTokenBucket(database, HOST, KEY, 6000, patience=10.0)
    for _ in range(5):
        bucket.release(await bucket.acquire(1), "ok")
        postgres_server.cut(database.split("/")[3].split("?")[0])
    bucket.release(await bucket.acquire(1), "ok")


async def test_without_the_database_a_share_of_the_limit_is_used_when_that_was_asked_for() -> None:
    bucket = PostgresTokenBucket(
        "postgresql://127.0.0.1:1/nowhere",
        HOST,
        KEY,
        100,
        period=0.5,
        patience=0.05,
        on_database_error="local",
        processes=4,
    )
    with anyio.fail_after(20.0):
        bucket.release(await bucket.acquire(), "ok")
    assert bucket.local
    assert bucket.snapshot().limit == 25


async def test_many_keys_of_a_process_need_few_connections(database: str) -> None:
    buckets = [PostgresTokenBucket(database, HOST, f"{KEY}{number}", 6000) for number in range(12)]
    most = 0

    async def calls(bucket: PostgresTokenBucket) -> None:
        nonlocal most
        for _ in range(5):
            bucket.release(await bucket.acquire(1), "ok")
            most = max(most, await anyio.to_thread.run_sync(connections, database))

    with anyio.fail_after(60.0):
        async with anyio.create_task_group() as tasks:
            for bucket in buckets:
                tasks.start_soon(calls, bucket)
    assert 1 <= most <= 4


def connections(database: str) -> int:
    """How many connections of limiters a database has."""
    with psycopg.connect(database, autocommit=True) as connection:
        row = connection.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
            " AND application_name = 'b2brouter limiter'"
        ).fetchone()
    assert row is not None
    return int(row[0])


async def test_a_process_that_has_nothing_to_do_keeps_no_connection(
    database: str, postgres_server: PostgresServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("b2brouter_async.limiter.shared.worker.IDLE", 0.05)
    bucket = PostgresTokenBucket(database, HOST, KEY, 6000)

    def connections() -> int:
        with postgres_server.connect("postgres") as connection:
            ((count,),) = connection.execute(
                "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'b2brouter limiter' AND datname = %s",
                (database.split("/")[3].split("?")[0],),
            ).fetchall()
        return int(count)

    for _ in range(2):
        bucket.release(await bucket.acquire(1), "ok")
        with anyio.fail_after(20.0):
            while connections():  # noqa: ASYNC110 - what it waits for happens outside the event loop
                await anyio.sleep(0.02)


STOPPED = """
import sys, time
from b2brouter_async.limiter import PostgresTokenBucket
from b2brouter_async.limiter.postgres.bucket import ReserveFunction
import anyio

class Slow(ReserveFunction):
    def _transact(self, *args):
        print("calls", flush=True)
        return super()._transact(*args)

import b2brouter_async.limiter.postgres.bucket as module
module.ReserveFunction = Slow

async def main():
    bucket = PostgresTokenBucket(sys.argv[1], "api.b2brouter.net", sys.argv[2], 6000)
    while True:
        bucket.release(await bucket.acquire(1), "ok")

anyio.run(main)
"""


async def test_a_process_that_is_stopped_anywhere_locks_nobody_out(database: str) -> None:
    other = subprocess.Popen(  # noqa: ASYNC220 - it returns at once
        [sys.executable, "-c", STOPPED, database, KEY], stdout=subprocess.PIPE, text=True
    )
    try:
        assert other.stdout is not None
        bucket = PostgresTokenBucket(database, HOST, KEY, 6000, patience=20.0)
        for _ in range(5):
            other.stdout.readline()
            os.kill(other.pid, signal.SIGSTOP)
            with anyio.fail_after(20.0):
                bucket.release(await bucket.acquire(1), "ok")
            os.kill(other.pid, signal.SIGCONT)
    finally:
        other.kill()
        other.communicate()


@pytest.mark.parametrize(
    ("settings", "argument", "says"),
    [
        ({"database": 5}, "database", "address of a database"),
        ({"database": "sqlite://x"}, "database", "postgresql://"),
        ({"host": ""}, "host", "host"),
        ({"api_key": None}, "api_key", "api_key"),
        ({"limit": 0}, "limit", "limit"),
        ({"patience": 0}, "patience", "patience"),
        ({"lease": -1.0}, "lease", "lease"),
        ({"burst": 6}, "burst", "burst"),
        ({"schema": "No Such"}, "schema", "schema"),
        ({"on_database_error": "maybe"}, "on_database_error", "on_database_error"),
        ({"on_database_error": "local"}, "processes", "processes"),
    ],
)
async def test_settings_that_cannot_work_are_refused_at_once(
    settings: dict[str, Any], argument: str, says: str
) -> None:
    given: dict[str, Any] = {"database": "postgresql:///x", "host": HOST, "api_key": KEY, "limit": 100}
    with pytest.raises(ConfigurationError) as caught:
        PostgresTokenBucket(**{**given, **settings})
    assert caught.value.argument == argument
    assert says in str(caught.value)

"""No key and no password is in the database, whatever went wrong: all of it is dumped after a run, and searched."""

from __future__ import annotations

import base64
import os
import shutil
import subprocess
import zlib
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import anyio
import psycopg
import pytest
from attrs import field, frozen

from b2brouter_async import B2Brouter
from b2brouter_async.bulk import Patience, Upload
from b2brouter_async.bulk.upload import about_server
from b2brouter_async.fleet import Outbox, Reference, install_engine, migrate
from b2brouter_async.limiter import PostgresTokenBucket
from b2brouter_async.models import Account
from b2brouter_async.simulator import Fault, Simulator
from examples.sample_invoices import ubl_invoice

from ..bulk.support import IMPORT, invoice
from ..cli.conftest import COMMAND
from ..runtime.test_doubt import Proxy
from .test_worker import Bench, in_thread

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.postgres import PostgresServer

pytestmark = [pytest.mark.anyio, pytest.mark.parametrize("anyio_backend", ["asyncio"]), pytest.mark.nightly]

KEY = "test_Zq7vN3xKd9LmT4wRb8Yc"
WRONG_KEY = "test_Hj2sWp6QeXn5Gf1uVk0t"
PROXY_PASSWORD = "aB4nC7hT9kZ2xW5s"
URL_PASSWORD = "mD8rF3vJ6yL1qS0p"
LIBPQ_PASSWORD = "uE5gK9bN2cX7zR4w"
PART = 8
"""Characters: so much of a secret in a row is a part of it."""


@frozen
class Secrets:
    """What is looked for: every part of each secret as it is, and the whole in the codings that programs use."""

    secrets: tuple[str, ...]
    parts: tuple[bytes, ...] = field(init=False)

    @parts.default
    def _make_parts(self) -> tuple[bytes, ...]:
        found: set[bytes] = set()
        for secret in self.secrets:
            random = secret.removeprefix("test_").encode()
            found |= {random[at : at + PART] for at in range(len(random) - PART + 1)}
            found.add(random.hex().encode())
            for shift in range(3):  # base64 of a text that the secret stands in, wherever
                coded = base64.b64encode(b"x" * shift + random + b"x" * 3)
                found.add(coded[4:-8])
        return tuple(sorted(found))

    def in_text(self, content: bytes) -> list[bytes]:
        return [part for part in self.parts if part in content]


def readings(value: object) -> Iterator[bytes]:
    """A column's value in every form in which somebody could read something."""
    if isinstance(value, bytes):
        yield value
        try:
            yield zlib.decompress(value)
        except zlib.error:
            return
    elif value is not None:
        yield str(value).encode("utf-8", "surrogateescape")


def dumped(url: str) -> Iterator[tuple[str, bytes]]:
    """Every column of every row of every table and view, the catalogue's too: with it come functions, sequences, comments,
    settings, statistics, and what each connection says of itself and asked last."""
    with psycopg.connect(url, autocommit=True) as connection:
        relations = connection.execute(
            "SELECT format('%I.%I', n.nspname, c.relname), n.nspname LIKE 'pg!_%' ESCAPE '!' FROM pg_class c"
            " JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind IN ('r', 'p', 'v', 'm', 'S')"
            # What tells of NUMA fails on a machine without it, and holds sizes alone.
            " AND n.nspname <> 'information_schema' AND c.relname NOT LIKE '%numa%' ORDER BY 1"
        ).fetchall()
        for name, of_the_catalogue in relations:
            # A row of the catalogue as one text: psycopg doesn't know each of its types.
            what = "t::text" if of_the_catalogue else "*"
            cursor = connection.execute(f"SELECT {what} FROM {name} t".encode())
            columns = [column.name for column in cursor.description or ()]
            for row in cursor:
                for column, value in zip(columns, row, strict=True):
                    for reading in readings(value):
                        yield f"{name}.{column}", reading


def dumped_by_pg_dump(url: str, folder: Path) -> Iterator[tuple[str, bytes]]:
    """What pg_dump writes; nothing where it isn't installed, or is older than the server and refuses."""
    program = shutil.which("pg_dump")
    if program is None:
        return
    done = subprocess.run([program, "--dbname", url, "--file", folder / "dump.sql"], capture_output=True)
    if done.returncode and b"server version mismatch" in done.stderr:
        return
    assert done.returncode == 0, done.stderr
    for number, line in enumerate((folder / "dump.sql").read_bytes().splitlines(), 1):
        yield f"dump.sql:{number}", line


def files_of(server: PostgresServer) -> Iterator[tuple[str, bytes]]:
    """What the server has on its disk: rows that are deleted, the log that replicas and backups get, its own log."""
    for path in sorted(server.folder.rglob("*")):
        if path.is_file() and path.name != "PG_VERSION":
            yield f"file {path.relative_to(server.folder)}", path.read_bytes()


def found_in(secrets: Secrets, server: PostgresServer, url: str, folder: Path) -> list[str]:
    """Every place where a part of a secret stands."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("CHECKPOINT")
    places: dict[str, None] = {}
    for source in (dumped(url), dumped_by_pg_dump(url, folder), files_of(server)):
        for where, content in source:
            if secrets.in_text(content):
                places[where] = None
    return list(places)


def quoting(status: str, key: str, **more: Any) -> Fault:
    """A server that repeats the key it was sent."""
    message = f'{{"error": {{"code": "parameter_invalid", "message": "{key} may not do this, {key}"}}}}'
    return Fault(status, operation=IMPORT, body=message, **more)


async def refused_by_a_proxy(url: str) -> None:
    """Upload through a proxy that quotes the name and the password it was sent."""
    words = f"who is jane:{PROXY_PASSWORD}".encode()
    proxy = Proxy(b"HTTP/1.1 407 " + words + b"\r\nContent-Length: 0\r\n\r\n")
    async with (
        await anyio.create_tcp_listener(local_host="127.0.0.1") as listener,
        anyio.create_task_group() as tasks,
    ):
        tasks.start_soon(listener.serve, proxy.serve)
        port = listener.extra(anyio.abc.SocketAttribute.local_port)
        through = f"http://jane:{PROXY_PASSWORD}@127.0.0.1:{port}"
        async with B2Brouter(KEY, proxy=through, max_attempts=1) as client:
            upload = Upload(
                client.caller,
                1234,
                about_server(client.environment.name, client.base_url),
                known=Account.from_dict({"id": 1234, "name": "Ana", "tin_value": "ESB00000018"}),
                journal=url,
                patience=Patience(deadline=0.5),
            )
            async with upload as run:
                kinds = [outcome.kind async for outcome in run([ubl_invoice(number="P-1")])]
        tasks.cancel_scope.cancel()
    assert kinds == ["unknown"]
    assert proxy.asked


async def test_after_a_run_with_every_kind_of_failure_no_part_of_a_key_or_a_password_is_in_the_database(
    mortal_postgres: PostgresServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PGPASSWORD", LIBPQ_PASSWORD)
    plain = mortal_postgres.url(mortal_postgres.create())
    url = plain.replace("postgres@", f"postgres:{URL_PASSWORD}@")
    assert url != plain
    await in_thread(migrate, url)
    await in_thread(install_engine, url)
    simulator = Simulator(api_key=KEY, limit=None)
    async with simulator.serve() as address:
        bench = Bench(url, simulator, address)
        host = urlsplit(address).netloc
        limiter = PostgresTokenBucket(url, host, KEY, 60_000)

        # The outbox, the jobs, the limiter; refusals, outages and lost replies whose texts quote the key.
        for fault in (
            quoting("422", KEY, times=3),
            quoting("400", KEY, times=2),
            quoting("500", KEY, times=2, done=True),
            quoting("429", KEY, times=1),
            Fault("reset_after", operation=IMPORT, times=2),
        ):
            simulator.faults.add(fault)

        def fetch(name: str) -> bytes:
            raise RuntimeError(f"{name} of {KEY} by {os.environ['PGPASSWORD']}")

        def refer() -> int:
            with psycopg.connect(url) as connection:
                return bench.outbox.add_sync(Reference("x", "a" * 64), connection=connection)

        documents = await in_thread(bench.add, 16)
        await in_thread(refer)
        async with (
            bench.client(limiter=limiter, requests_per_minute=None) as client,
            bench.working(client, fetch=fetch),
        ):
            outcomes = await bench.outcomes(documents)
        assert {outcome.kind for outcome in outcomes} >= {"created", "refused"}
        assert any("[key]" in (outcome.message or "") for outcome in outcomes), "the server's words are kept"

        # The journal of an upload, by the command line.
        simulator.faults.add(quoting("422", KEY, times=1))
        (tmp_path / "documents").mkdir()
        for number in range(3):
            (tmp_path / "documents" / f"{number}.xml").write_bytes(ubl_invoice(number=f"U-{number}"))
        variables = {"API_KEY": KEY, "BASE_URL": address, "ACCOUNT": str(simulator.account)}
        environment = {**os.environ, **{f"B2BROUTER_{name}": value for name, value in variables.items()}}
        ended = await anyio.run_process(
            [*COMMAND, "upload", str(tmp_path / "documents"), "--journal", url], env=environment, check=False
        )
        assert ended.returncode == 1, ended.stderr

        # A key that is refused, while documents wait; what nobody has worked on stays, with its job.
        async with bench.client(api_key=WRONG_KEY) as client, bench.working(client):
            await in_thread(bench.add, 2, first=100)
            await bench.until_no_job()
        await in_thread(bench.add, 2, first=200)
        await refused_by_a_proxy(url)

        await in_thread(reports_an_invoice, bench.outbox, url)
        bench.outbox.close()
    with psycopg.connect(url, autocommit=True) as connection:
        full = {
            name: connection.execute(f"SELECT count(*) FROM {name}".encode()).fetchone()
            for name in (
                "b2brouter.documents",
                "b2brouter.contents",
                "b2brouter.holders",
                "b2brouter.limits",
                "b2brouter.limit_slots",
                "b2brouter_jobs.procrastinate_jobs",
            )
        }
        assert all(count is not None and count[0] > 0 for count in full.values()), full
        connection.execute("ANALYZE")  # statistics hold values, too
    secrets = Secrets((KEY, WRONG_KEY, PROXY_PASSWORD, URL_PASSWORD, LIBPQ_PASSWORD))
    assert await in_thread(found_in, secrets, mortal_postgres, url, tmp_path) == []


def reports_an_invoice(outbox: Outbox, url: str) -> None:
    """Add an invoice as JSON."""
    with psycopg.connect(url) as connection:
        outbox.add_sync(invoice("J-1"), connection=connection)


async def test_the_search_finds_a_part_of_a_secret_wherever_somebody_has_put_it(
    mortal_postgres: PostgresServer, tmp_path: Path, anyio_backend: str
) -> None:
    url = mortal_postgres.url(mortal_postgres.create())
    await in_thread(migrate, url)
    part = KEY[9:19]
    places = {
        "CREATE SEQUENCE planted_sequence; COMMENT ON SEQUENCE planted_sequence IS '{part}'": "pg_description",
        "CREATE FUNCTION planted() RETURNS text LANGUAGE sql AS $$SELECT '{part}'$$": "pg_proc",
        'CREATE TABLE planted (x jsonb); INSERT INTO planted VALUES (\'{{"a": "{part}"}}\')': "planted.x",
        "CREATE TABLE packed (x bytea); INSERT INTO packed VALUES ('\\x{packed}')": "packed.x",
        "CREATE TABLE coded (x text); INSERT INTO coded VALUES ('{coded}')": "coded.x",
        "INSERT INTO b2brouter.about VALUES ('x', '{part}'); DELETE FROM b2brouter.about WHERE name = 'x'": "file ",
        "ALTER DATABASE {name} SET search_path = '{part}'": "pg_db_role_setting",
    }
    with psycopg.connect(url, autocommit=True) as connection:
        for statement in places:
            filled = statement.format(
                part=part,
                name=connection.info.dbname,
                packed=zlib.compress(part.encode() * 3).hex(),
                coded=base64.b64encode(f"key={KEY}".encode()).decode(),
            )
            connection.execute(filled.encode())
    found = await in_thread(found_in, Secrets((KEY,)), mortal_postgres, url, tmp_path)
    missed = [place for place in places.values() if not any(place in where for where in found)]
    assert missed == []

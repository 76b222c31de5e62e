"""Each extra alone brings what it promises, and what needs another one says in a sentence which."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from typing import TYPE_CHECKING

import pytest
from anyio.from_thread import start_blocking_portal

from b2brouter_async.simulator import Simulator
from examples.sample_invoices import ubl_invoice
from tests.limiter.conftest import redis_server as redis_server
from tests.tables.spreadsheets import xlsx

from .test_archives import archives as archives
from .test_archives import installed as installed
from .test_archives import run

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.limiter.conftest import RedisServer

pytestmark = pytest.mark.nightly

WHAT_IS_MISSING = {
    "redis": [
        "from b2brouter_async.limiter import RedisTokenBucket; RedisTokenBucket('redis://127.0.0.1:1/0', 'h', 'test_k', 600)",
        "from b2brouter_async.webhooks import RedisInbox",
    ],
    "postgres": [
        "from b2brouter_async.fleet import migrate; migrate('postgresql://127.0.0.1:1/x')",
        "from b2brouter_async.limiter import PostgresTokenBucket; "
        "PostgresTokenBucket('postgresql://127.0.0.1:1/x', 'h', 'test_k', 600)",
        """
        import anyio
        from b2brouter_async import B2Brouter
        async def main():
            async with B2Brouter("test_k").account(5).upload(journal="postgresql://127.0.0.1:1/x"):
                pass
        anyio.run(main)
        """,
    ],
    "fleet": [
        """
        import anyio
        from b2brouter_async import B2Brouter
        from b2brouter_async.fleet import Worker
        anyio.run(Worker("postgresql://127.0.0.1:1/x", B2Brouter("test_k")).run)
        """,
        "from b2brouter_async.fleet import install_engine; install_engine('postgresql://127.0.0.1:1/x')",
    ],
    "crypto": ["from b2brouter_async.fleet import DocumentKeys; DocumentKeys.generate()"],
    "qr": ["from b2brouter_async import QRCode; QRCode('https://tax.example/1', None).svg()"],
    "simulator": [
        """
        import anyio
        from b2brouter_async.simulator import Simulator
        async def main():
            async with Simulator().serve():
                pass
        anyio.run(main)
        """,
        "import runpy; runpy.run_module('b2brouter_async.simulator', run_name='__main__')",
    ],
    "httpx2": ["from b2brouter_async import B2Brouter; B2Brouter('test_k', transport='httpx2')"],
    "otel": [
        "from b2brouter_async.limiter import TokenBucket, observe; observe(TokenBucket(600))",
    ],
    "tables": [
        """
        from pathlib import Path
        from b2brouter_async.tables import Table, propose
        propose(Path("invoices.xlsx"))
        """,
    ],
    "cli": ["import runpy; runpy.run_module('b2brouter_async', run_name='__main__')"],
}  # fmt: skip

FIRST_ACCOUNT = """
import os
import anyio
from b2brouter_async import B2Brouter

async def main():
    async with B2Brouter("test_simulator", base_url=os.environ["SERVER"]) as client:
        print((await client.accounts.list())[0].id)

anyio.run(main)
"""
UPLOAD = """
import os
import anyio
from pathlib import Path
from b2brouter_async import B2Brouter

async def main():
    async with B2Brouter("test_simulator", base_url=os.environ["SERVER"]) as client:
        account = (await client.accounts.list())[0].id
        async with client.account(account).upload(journal=os.environ.get("DATABASE", "run.db")) as run:
            print([outcome.kind async for outcome in run([Path("invoice.xml")])])

anyio.run(main)
"""
WHAT_IT_BRINGS = {
    "redis": """
        import os
        import anyio
        from b2brouter_async import B2Brouter
        from b2brouter_async.limiter import RedisTokenBucket
        from b2brouter_async.webhooks import RedisInbox
        async def main():
            bucket = RedisTokenBucket(os.environ["REDIS"], "simulator", "test_simulator", 600)
            async with bucket, B2Brouter("test_simulator", base_url=os.environ["SERVER"], limiter=bucket) as client:
                await client.accounts.list()
            print(RedisInbox(os.environ["REDIS"]).put("queue", "key", b"event"))
        anyio.run(main)
        """,
    "postgres": "import os\nfrom b2brouter_async.fleet import migrate\nmigrate(os.environ['DATABASE'])\n" + UPLOAD,
    "fleet": """
        import os
        import anyio
        import psycopg
        from pathlib import Path
        from b2brouter_async import B2Brouter
        from b2brouter_async.fleet import Outbox, Worker, install_engine, migrate
        database, server = os.environ["DATABASE"], os.environ["SERVER"]
        migrate(database)
        install_engine(database)
        async def main():
            async with B2Brouter("test_simulator", base_url=server) as client:
                account = (await client.accounts.list())[0].id
                outbox = Outbox(database, environment="sandbox", base_url=server, account=account)
                with psycopg.connect(database) as connection:
                    outbox.add_sync(Path("invoice.xml").read_bytes(), connection=connection)
                worker = Worker(database, client, settled=lambda document, outcome: (print(outcome.kind), worker.stop()))
                with anyio.fail_after(60):
                    await worker.run()
        anyio.run(main)
        """,
    "crypto": """
        from b2brouter_async.fleet import DocumentKeys
        keys = DocumentKeys(DocumentKeys.generate())
        assert b"secret" not in keys.encrypt(b"secret") and keys.decrypt(keys.encrypt(b"secret")) == b"secret"
        """,
    "qr": """
        from b2brouter_async import QRCode
        code = QRCode("https://tax.example/1", None)
        assert "<svg" in code.svg() and code.png.startswith(b"\\x89PNG")
        """,
    "httpx2": """
        import os
        import sys
        import anyio
        from b2brouter_async import B2Brouter
        async def main():
            async with B2Brouter("test_simulator", base_url=os.environ["SERVER"], transport="httpx2") as client:
                print(len((await client.accounts.list()).items))
        anyio.run(main)
        assert "httpx2" in sys.modules
        """,
    "otel": """
        import os
        import anyio
        from opentelemetry import trace
        from b2brouter_async import B2Brouter
        from b2brouter_async.limiter import observe
        spans = []
        class Tracer(trace.NoOpTracer):
            def start_span(self, name, *arguments, **options):
                spans.append(name)
                return super().start_span(name, *arguments, **options)
        class Provider(trace.TracerProvider):
            def get_tracer(self, *arguments, **options):
                return Tracer()
        trace.set_tracer_provider(Provider())
        async def main():
            async with B2Brouter("test_simulator", base_url=os.environ["SERVER"]) as client:
                observe(client.limiter)
                await client.accounts.list()
        anyio.run(main)
        assert spans == ["b2brouter accounts.list"], spans
        """,
    "tables": """
        from pathlib import Path
        from b2brouter_async.tables import propose
        print(propose(Path("invoices.xlsx")))
        """,
}  # fmt: skip


@pytest.fixture
def server() -> Iterator[str]:
    with (
        start_blocking_portal() as portal,
        portal.wrap_async_context_manager(Simulator(limit=None).serve()) as address,
    ):
        yield address


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "invoice.xml").write_bytes(ubl_invoice(number="F-1"))
    rows = [["Number", "Date", "Customer", "Tax ID", "Net", "VAT %", "Total"]]
    rows += [[f"F-{n}", "2026-10-01", "Acme SL", "ESB12345674", 100, 21, 121] for n in range(1, 4)]  # type: ignore[list-item]
    (tmp_path / "invoices.xlsx").write_bytes(xlsx({"Invoices": rows}))
    return tmp_path


def ended(python: Path, program: str, folder: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [python, "-c", textwrap.dedent(program)], cwd=folder, capture_output=True, text=True, timeout=120,
        check=False, env=variables,
    )  # fmt: skip


def test_what_an_extra_would_bring_is_told_without_it(installed: Callable[..., Path], folder: Path) -> None:
    python = installed("wheel")
    silent: list[str] = []
    for extra, programs in WHAT_IS_MISSING.items():
        for program in programs:
            done = ended(python, program, folder)
            last = (done.stderr.strip().splitlines() or [""])[-1]
            if done.returncode == 0 or f"pip install 'b2brouter-async[{extra}]'" not in last:
                silent.append(f"{extra}: {program}: {done.stdout}{done.stderr[-300:]}")
    assert not silent, "\n".join(silent)


@pytest.mark.parametrize(
    "extra", [one for one in WHAT_IT_BRINGS if one not in ("redis", "postgres", "fleet")]
)
def test_an_extra_alone_brings_what_it_promises(
    installed: Callable[..., Path], folder: Path, server: str, extra: str
) -> None:
    done = ended(installed("wheel", f"[{extra}]"), WHAT_IT_BRINGS[extra], folder, SERVER=server)
    assert done.returncode == 0, done.stderr


def test_the_extra_of_redis_alone_shares_a_limit_and_keeps_events(
    installed: Callable[..., Path], folder: Path, server: str, redis_server: RedisServer
) -> None:
    python = installed("wheel", "[redis]")
    done = ended(python, WHAT_IT_BRINGS["redis"], folder, SERVER=server, REDIS=redis_server.url)
    assert (done.returncode, done.stdout) == (0, "True\n"), done.stderr


@pytest.mark.parametrize(("extra", "told"), [("postgres", "['created']\n"), ("fleet", "created\n")])
def test_the_extras_of_postgresql_alone_upload_and_deliver(
    installed: Callable[..., Path], folder: Path, server: str, empty_database: str, extra: str, told: str
) -> None:
    python = installed("wheel", f"[{extra}]")
    done = ended(python, WHAT_IT_BRINGS[extra], folder, SERVER=server, DATABASE=empty_database)
    assert (done.returncode, done.stdout) == (0, told), done.stderr


def test_the_extra_of_the_command_alone_uploads_a_spreadsheet_and_reports(
    installed: Callable[..., Path], folder: Path, server: str
) -> None:
    python = installed("wheel", "[cli]")
    command = python.with_name("b2brouter")
    account = ended(python, FIRST_ACCOUNT, folder, SERVER=server).stdout.strip()
    assert "1 created" in run(
        "env", "B2BROUTER_API_KEY=test_simulator", f"B2BROUTER_BASE_URL={server}",
        command, "upload", "invoice.xml", "--account", account, "--report", "report.html", folder=folder,
    )  # fmt: skip
    assert "created" in (folder / "report.html").read_text("utf-8")
    run(command, "map", "invoices.xlsx", folder=folder)
    assert "number" in (folder / "invoices.toml").read_text("utf-8")
    for arguments, extra in [
        (["simulator"], "simulator"),
        (["upload", "invoice.xml", "--rehearse"], "simulator"),
        (["migrate", "postgresql://127.0.0.1:1/x"], "postgres"),
        (["worker", "--database", "postgresql://127.0.0.1:1/x"], "fleet"),
        (["upload", "invoice.xml", "--account", "5", "--journal", "postgresql://127.0.0.1:1/x"], "postgres"),
        (["upload", "invoice.xml", "--account", "5", "--redis", "redis://127.0.0.1:1/0"], "redis"),
    ]:
        done = subprocess.run(
            [command, *arguments], cwd=folder, capture_output=True, text=True, check=False,
            env={"B2BROUTER_API_KEY": "test_k", "B2BROUTER_BASE_URL": server},
        )  # fmt: skip
        told = " ".join(done.stderr.split())
        assert done.returncode == 2, told
        assert f"pip install 'b2brouter-async[{extra}]'" in told, f"{arguments}: {told}"
        assert "Traceback" not in told


def test_every_extra_of_the_project_is_tried() -> None:
    import tomllib

    from .test_archives import ROOT

    extras = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["optional-dependencies"]
    # That of the simulator is tried with the archives.
    assert set(extras) == {*WHAT_IT_BRINGS, "cli", "simulator"} == set(WHAT_IS_MISSING)


def test_the_test_runs_elsewhere_than_in_what_it_tests() -> None:
    assert "site-packages" not in str(sys.modules["b2brouter_async"].__file__)

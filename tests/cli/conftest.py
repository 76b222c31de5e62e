"""A simulator in a process of its own, and the command line run against it."""

from __future__ import annotations

import contextlib
import io
import os
import subprocess
import sys
import zlib
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from anyio.from_thread import start_blocking_portal
from attrs import frozen

from b2brouter_async.cli import main
from b2brouter_async.limiter import bucket as registry
from b2brouter_async.simulator import Delays, Simulator
from examples.sample_invoices import ubl_invoice

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from anyio.from_thread import BlockingPortal

KEY = "test_simulator"
COMMAND = [sys.executable, "-c", "from b2brouter_async.cli import main; main()"]


@frozen
class Ran:
    """What a command line came to."""

    status: int
    out: str
    err: str


@contextlib.contextmanager
def simulator(*options: str) -> Iterator[str]:
    """Serve a simulator from a process of its own; gives its address."""
    command = [sys.executable, "-m", "b2brouter_async.simulator", "--port", "0", "--limit", "none", *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        line = process.stdout.readline()
        try:
            yield line.split(" at ", 1)[1].split()[0]
        finally:
            process.terminate()


@pytest.fixture
def variables(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[..., None]:
    """Set environment variables for this test, and no others of ours."""
    for name in list(os.environ):
        if name.startswith("B2BROUTER_"):
            monkeypatch.delenv(name)
    for name, value in {"NO_COLOR": "1", "TERM": "dumb", "COLUMNS": "200"}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(tmp_path)

    def put(**values: str) -> None:
        for name, value in values.items():
            monkeypatch.setenv(name, value)

    return put


@pytest.fixture
def run(
    variables: Callable[..., None], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Callable[..., Ran]:
    """Run a command line in this process."""

    def call(*arguments: str | Path) -> Ran:
        # A limit belongs to a key for as long as the process lives; each command line has one to itself.
        monkeypatch.setattr(registry, "_buckets", {})
        capsys.readouterr()
        with pytest.raises(SystemExit) as end:
            main([str(argument) for argument in arguments])
        out, err = capsys.readouterr()
        assert isinstance(end.value.code, int)
        return Ran(end.value.code, out, err)

    return call


@pytest.fixture
def connected(variables: Callable[..., None], server: str) -> None:
    """Have the command line talk to the simulator, with a limit that tests don't wait for."""
    variables(
        B2BROUTER_API_KEY=KEY,
        B2BROUTER_BASE_URL=server,
        B2BROUTER_ACCOUNT="483921",
        B2BROUTER_REQUESTS_PER_MINUTE="60000",
    )


@pytest.fixture
def invoices(tmp_path: Path, request: pytest.FixtureRequest) -> Callable[..., Path]:
    """Write a folder of invoices whose numbers no other test has."""
    series = f"{zlib.crc32(request.node.nodeid.encode()):010}"

    def write(count: int, name: str = "invoices") -> Path:
        folder = tmp_path / name
        folder.mkdir()
        for index in range(count):
            number = f"{series}-{name[:1]}-{index}"
            (folder / f"{index:04}.xml").write_bytes(ubl_invoice(number=number))
        return folder

    return write


@pytest.fixture(scope="session")
def portal() -> Iterator[BlockingPortal]:
    """An event loop in a thread, for the simulators of single tests."""
    with start_blocking_portal() as started:
        yield started


@pytest.fixture(scope="session")
def server(portal: BlockingPortal) -> Iterator[str]:
    """Serve a simulator without a limit for all tests; gives its address."""
    with portal.wrap_async_context_manager(Simulator(limit=None).serve()) as address:
        yield address


@pytest.fixture
def own(portal: BlockingPortal, variables: Callable[..., None]) -> Iterator[Simulator]:
    """A simulator of the test's own, where everything happens at once and faults can be made; commands talk to it."""
    at_once = Delays(send=0, register=0, refuse=0, pdf=0, tax_report=0, directory=0)
    simulator = Simulator(limit=None, delays=at_once)
    with portal.wrap_async_context_manager(simulator.serve()) as address:
        variables(
            B2BROUTER_API_KEY=KEY,
            B2BROUTER_BASE_URL=address,
            B2BROUTER_ACCOUNT=simulator.account,
            B2BROUTER_REQUESTS_PER_MINUTE="60000",
        )
        yield simulator


class Terminal(io.StringIO):
    """Somebody at a terminal who types something."""

    def isatty(self) -> bool:
        return True


class Seed:
    """What is put onto a simulator before a command runs."""

    def __init__(self, simulator: Simulator) -> None:
        self.simulator = simulator
        self.http = httpx.Client(
            base_url=os.environ["B2BROUTER_BASE_URL"],
            headers={"X-B2B-API-Key": KEY},
            trust_env=False,
            verify=False,  # it speaks plain HTTP, and reading certificates takes longer than most tests
        )

    def post(self, path: str, **given: Any) -> dict[str, Any]:
        reply = self.http.post(path, **given)
        assert reply.status_code in (200, 201), reply.text
        body: dict[str, Any] = reply.json()
        return body

    def invoice(
        self, number: str, date: str = "2026-10-14", account: str | None = None, **fields: Any
    ) -> int:
        contact = {"name": "Ana", "tin_value": "ESB00000018", "country": "es", **fields.pop("contact", {})}
        line = {
            "quantity": 1, "price": 100, "description": "Gasket",
            "taxes_attributes": [{"name": "IVA", "category": "S", "percent": 21}],
        }  # fmt: skip
        about = {
            "number": number,
            "date": date,
            "contact": contact,
            "invoice_lines_attributes": [line],
            **fields,
        }
        owner = account or self.simulator.account
        made: int = self.post(f"/accounts/{owner}/invoices", json={"invoice": about})["invoice"]["id"]
        return made

    def received(self, number: str) -> int:
        path = f"/accounts/{self.simulator.account}/invoices/import?issued=false"
        kind = {"Content-Type": "application/octet-stream"}
        made: int = self.post(path, content=ubl_invoice(number=number), headers=kind)["invoice"]["id"]
        return made

    def body(self, invoice: int) -> dict[str, Any]:
        """Return what the server holds, to be changed as a sender or an odd server might."""
        record = self.simulator.world.store.get("invoice", invoice)
        assert record is not None
        return record.body

    def state(self, invoice: int) -> Any:
        reply = self.http.get(f"/invoices/{invoice}")
        return reply.json()["invoice"]["state"] if reply.status_code == 200 else reply.status_code

    def writes(self) -> int:
        return sum(one.method != "GET" for one in self.simulator.log())


@pytest.fixture
def seed(own: Simulator) -> Iterator[Seed]:
    seed = Seed(own)
    with seed.http:
        yield seed

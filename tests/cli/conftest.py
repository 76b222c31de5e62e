"""A simulator in a process of its own, and the command line run against it."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import zlib
from typing import TYPE_CHECKING

import pytest
from attrs import frozen

from b2brouter_async.cli import main
from b2brouter_async.limiter import bucket as registry
from examples.sample_invoices import ubl_invoice

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

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


@pytest.fixture(scope="session")
def server() -> Iterator[str]:
    """Serve a simulator without a limit for all tests; gives its address."""
    with simulator() as address:
        yield address


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

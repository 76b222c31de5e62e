"""What is published works where nothing else is: both archives are built, installed and used in clean environments."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).parent.parent.parent
FIRST_CALL = """
import anyio, importlib.metadata, b2brouter_async
from b2brouter_async import B2Brouter
from b2brouter_async.models import InvoiceInput
from b2brouter_async.simulator import Simulator

assert b2brouter_async.__version__ == importlib.metadata.version("b2brouter-async")
assert "site-packages" in b2brouter_async.__file__, b2brouter_async.__file__

async def main():
    async with Simulator(limit=None).serve() as url, B2Brouter("test_simulator", base_url=url) as client:
        for account in await client.accounts.list():
            print(account.name)
            await client.invoices.list(account.id)

anyio.run(main)
"""
WITHOUT_EXTRAS = """
import http.server, threading
import anyio
from b2brouter_async import B2Brouter

class Answer(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        assert self.headers["X-B2B-API-Key"] == "test_clean" and self.headers["X-B2B-API-Version"]
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b'{"accounts": [{"id": 7, "name": "Clean"}], "total_count": 1, "offset": 0, "limit": 25}')
    def log_message(self, *_): pass

server = http.server.HTTPServer(("127.0.0.1", 0), Answer)
threading.Thread(target=server.serve_forever, daemon=True).start()

async def main():
    async with B2Brouter("test_clean", base_url=f"http://127.0.0.1:{server.server_port}") as client:
        print((await client.accounts.list())[0].name)

anyio.run(main)
"""


def run(*command: str | Path, folder: Path) -> str:
    done = subprocess.run(
        [str(part) for part in command], cwd=folder, capture_output=True, text=True, timeout=600, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def archives(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The wheel and the source archive, built from this tree."""
    folder = tmp_path_factory.mktemp("archives")
    run(sys.executable, "-m", "build", "--no-isolation", "--outdir", folder, ROOT, folder=folder)
    (wheel,) = folder.glob("*.whl")
    (source,) = folder.glob("*.tar.gz")
    return {"wheel": wheel, "source": source}


@pytest.fixture
def installed(archives: dict[str, Path], tmp_path: Path) -> Callable[..., Path]:
    """Install an archive into a clean environment and give its Python."""

    def install(kind: str, extra: str = "") -> Path:
        run(sys.executable, "-m", "venv", tmp_path / "clean", folder=tmp_path)
        python = tmp_path / "clean" / ("Scripts" if os.name == "nt" else "bin") / "python"
        run(python, "-m", "pip", "install", "--quiet", f"{archives[kind]}{extra}", folder=tmp_path)
        return python

    return install


@pytest.mark.nightly
@pytest.mark.parametrize("kind", ["wheel", "source"])
def test_an_archive_is_installed_with_nothing_else_and_makes_a_first_call(
    installed: Callable[..., Path], kind: str, tmp_path: Path
) -> None:
    python = installed(kind)
    assert run(python, "-c", WITHOUT_EXTRAS, folder=tmp_path) == "Clean\n"
    told = subprocess.run(
        [python, "-m", "b2brouter_async"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert (told.returncode, told.stdout) == (2, "")
    assert "pip install 'b2brouter-async[cli]'" in told.stderr


@pytest.mark.nightly
def test_the_extra_of_the_simulator_alone_brings_its_command(
    installed: Callable[..., Path], tmp_path: Path
) -> None:
    python = installed("wheel", "[simulator]")
    assert run(python, "-c", FIRST_CALL, folder=tmp_path).splitlines()
    assert "--port" in run(python, "-m", "b2brouter_async", "simulator", "--help", folder=tmp_path)
    assert "simulator" in run(python.with_name("b2brouter"), "--help", folder=tmp_path)


def files_of_the_project() -> set[str]:
    """Every file as git knows them; in an unpacked archive, which has no git, those of its folders."""
    if (ROOT / ".git").exists() and shutil.which("git"):
        listed = run("git", "ls-files", "--cached", "--others", "--exclude-standard", "-z", folder=ROOT)
        return {name for name in listed.split("\0") if name and (ROOT / name).is_file()}
    folders = ("b2brouter_async", "openapi", "overrides", "tests", "examples", "benchmarks", "docs", ".ci")
    return {
        path.relative_to(ROOT).as_posix()
        for folder in folders
        for path in (ROOT / folder).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }


@pytest.mark.nightly
def test_the_source_archive_has_every_file_of_the_project_and_the_wheel_the_package_alone(
    archives: dict[str, Path],
) -> None:
    with tarfile.open(archives["source"]) as source:
        inside = {name.partition("/")[2] for name in source.getnames()}
    files = files_of_the_project()
    assert len(files) > 800, "the search itself works"
    assert files - inside == set()
    with zipfile.ZipFile(archives["wheel"]) as wheel:
        parts = set(wheel.namelist())
        tops = {name.partition("/")[0] for name in wheel.namelist()}
        metadata = wheel.read(next(name for name in wheel.namelist() if name.endswith("METADATA"))).decode()
    assert tops == {"b2brouter_async", f"b2brouter_async-{archives['wheel'].name.split('-')[1]}.dist-info"}
    assert {name for name in files if name.startswith("b2brouter_async/")} - parts == set()
    # What is shown as the project's page has no files beside it.
    assert "](docs/" not in metadata
    assert "/blob/main/docs/calls.md)" in metadata

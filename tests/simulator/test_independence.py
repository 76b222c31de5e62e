"""The simulator knows nothing of the client, so the two can't agree by accident."""

from __future__ import annotations

import ast
import subprocess
import sys
from typing import TYPE_CHECKING

from .support import ROOT

if TYPE_CHECKING:
    from pathlib import Path

FOLDER = ROOT / "b2brouter_async" / "simulator"
CLIENT = (
    "client",
    "config",
    "models",
    "bulk",
    "resources",
    "_call",
    "_reconcile",
    "_core",
    "generated",
    "limiter",
)


def imported() -> set[tuple[str, str]]:
    """Every module of ours that the simulator's files import from outside it, at whatever depth in the file."""
    found = set()
    for path in FOLDER.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Import):
                found |= {(path.name, alias.name) for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and _leaves(path, node.level):
                found.add((path.name, "." * node.level + (node.module or "")))
    return {(file, name) for file, name in found if name.startswith(("b2brouter_async", "."))}


def _leaves(path: Path, level: int) -> bool:
    """Whether a relative import leads out of the simulator; an absolute one always counts."""
    return not level or level > len(path.relative_to(FOLDER).parts)


def test_it_imports_the_reader_of_documents_and_what_knows_nothing_of_ours() -> None:
    assert imported() == {
        ("imports.py", "...einvoice"),
        ("invoice_lines.py", "...einvoice"),
        ("invoice_lines.py", "...einvoice.lines"),
        ("__init__.py", ".._lazy"),
        # How a misspelt argument is told: of any class, with nothing of ours in it.
        ("simulator.py", ".._keywords"),
        ("faults.py", "..._keywords"),
        ("keys.py", "..._keywords"),
        ("world.py", "..._keywords"),
    }


def test_a_working_simulator_has_loaded_nothing_of_the_client() -> None:
    script = """
import sys
from pathlib import Path
import anyio, httpx
from b2brouter_async.simulator import Simulator
simulator = Simulator()
async def main():
    async with httpx.AsyncClient(transport=simulator.transport(), base_url=simulator.base_url) as http:
        headers = {"X-B2B-API-Key": simulator.api_key, "Content-Type": "application/octet-stream"}
        path = f"/accounts/{simulator.account}/invoices/import"
        assert (await http.post(path, content=b"<a/>", headers=headers)).status_code == 422
anyio.run(main)
print(*(name for name in sys.modules if name.startswith("b2brouter_async.")))
"""
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True
    )
    loaded = {name.split(".")[1] for name in done.stdout.split()}
    assert {"simulator", "einvoice"} <= loaded
    assert not loaded & set(CLIENT)


def test_no_yaml_and_no_schema_library_is_needed_to_run_it() -> None:
    script = (
        "import sys; import b2brouter_async.simulator as s; s.Simulator();"
        "print(*(n for n in ('yaml', 'jsonschema', 'uvicorn', 'pypdf') if n in sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == []

"""The day the vendor's spec replaces ours: two commands, and the tests pass on the SDK that comes of it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from overrides.codegen import generate as regenerate
from overrides.codegen.fetch import fetch
from overrides.codegen.generate import ROOT
from overrides.codegen.spec import api_version
from tests.generation.test_fetch import Server
from tests.generation.test_transformed import COMBINED, original, transformed

if TYPE_CHECKING:
    from pathlib import Path

TAKEN = (
    "b2brouter_async",
    "openapi",
    "overrides",
    "tests",
    "examples",
    "docs",
    "pyproject.toml",
    "generator-config.yaml",
    "README.md",
    "Makefile",
)
# Every part of the house that stands on generated code or on the spec. What is left out takes long (crashes,
# processes, thousands of specs) and goes the same ways.
SUITES = {
    "models and client": ["tests/models", "tests/runtime"],
    "bulk": ["tests/bulk/test_upload.py", "tests/bulk/test_settle.py", "tests/bulk/test_source.py"],
    "command line": ["tests/cli/test_commands.py", "tests/cli/test_upload.py"],
    "simulator and generation": [
        "tests/simulator/test_spec.py",
        "tests/simulator/test_states_and_web_hooks.py",
        "tests/simulator/test_tax_and_directory.py",
        "tests/generation/test_news.py",
        "tests/generation/test_limits.py",
    ],
}


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the repository in which another spec was fetched and generated from."""
    folder = tmp_path_factory.mktemp("replaced")
    for name in TAKEN:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, folder / name, ignore=shutil.ignore_patterns("__pycache__", "*.db", ".*"))
        else:
            shutil.copy(source, folder)
    server = Server()
    try:
        server.content = json.dumps(transformed(COMBINED["everything"], seed=7)).encode()
        fetch(api_version(original()), folder / "openapi", url=server.url)
    finally:
        server.close()
    assert regenerate.run(None, check=False, root=folder) == 0
    return folder


@pytest.mark.parametrize("part", SUITES)
def test_the_suite_passes_on_a_document_that_is_spelled_otherwise(part: str, root: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", *SUITES[part]],
        capture_output=True,
        text=True,
        cwd=root,
        env={**os.environ, "PYTHONPATH": str(root)},
        check=False,
    )

    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-1000:]
    assert " passed" in done.stdout


def test_the_vendors_document_takes_the_place_of_ours_and_is_told_of(root: Path) -> None:
    told = (root / "openapi" / "CHANGES.md").read_text("utf-8")
    ours = (ROOT / "openapi" / "CHANGES.md").read_text("utf-8")

    assert "0 of them breaking" in told.removesuffix(ours.removeprefix(regenerate.CHANGES_TITLE))
    assert regenerate.run(None, check=True, root=root) == 0

"""The day the vendor's spec replaces ours: two commands, and the tests pass on the SDK that comes of it."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from functools import cache
from typing import TYPE_CHECKING

import pytest

from overrides.codegen import generate as regenerate
from overrides.codegen.fetch import fetch
from overrides.codegen.generate import OPENAPI, ROOT, current
from overrides.codegen.spec import api_version, read
from tests.generation.next_version import small_step
from tests.generation.test_fetch import Server
from tests.generation.test_transformed import COMBINED, transformed

if TYPE_CHECKING:
    from pathlib import Path

    from overrides.codegen.spec import Node

# Each part is a suite of its own, on a generation of its own.
pytestmark = pytest.mark.nightly
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
    "models": ["tests/models"],
    "client": ["tests/runtime", "tests/webhooks"],
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
FROZEN = "tests/models/test_generated_code.py::test_the_exported_names_are_frozen"
# Spelled otherwise in every way, as OpenAPI 3.0, and silent about all that the vendor's file may be silent about.
VENDORS = [*COMBINED["everything"], "silent_about_events", "silent_about_values", "silent_about_reasons"]


@cache
def ours() -> Node:
    return read(current(OPENAPI)[0])


def replaced(folder: Path, spec: Node) -> Path:
    """A copy of the repository in which another spec was fetched and generated from."""
    for name in TAKEN:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, folder / name, ignore=shutil.ignore_patterns("__pycache__", "*.db", ".*"))
        else:
            shutil.copy(source, folder)
    server = Server()
    try:
        server.content = json.dumps(spec).encode()
        fetch(api_version(spec), folder / "openapi", url=server.url)
    finally:
        server.close()
    assert regenerate.run(None, check=False, root=folder) == 0
    return folder


@pytest.fixture(scope="module")
def vendors(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return replaced(tmp_path_factory.mktemp("vendors"), transformed(VENDORS, seed=7, spec=ours()))


@pytest.fixture(scope="module")
def newer(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return replaced(tmp_path_factory.mktemp("newer"), small_step(ours()))


def suite(part: str, root: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *SUITES[part]],
        capture_output=True,
        text=True,
        cwd=root,
        env={**os.environ, "PYTHONPATH": str(root)},
        check=False,
    )


@pytest.mark.parametrize("part", SUITES)
def test_the_suite_passes_on_a_spec_that_is_spelled_otherwise_and_says_less(part: str, vendors: Path) -> None:
    done = suite(part, vendors)

    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-1000:]
    assert " passed" in done.stdout


@pytest.mark.parametrize("part", SUITES)
def test_on_a_newer_version_nothing_fails_but_the_frozen_names_which_say_how_to_accept_it(
    part: str, newer: Path
) -> None:
    done = suite(part, newer)

    failed = re.findall(r"^(?:FAILED|ERROR) (\S+)", done.stdout, re.MULTILINE)
    assert failed == ([FROZEN] if part == "models" else []), done.stdout[-3000:] + done.stderr[-1000:]
    assert " passed" in done.stdout
    if part == "models":
        assert "new: models.Parcel, parcels.get, parcels.list; gone: ledgers.download; " in done.stdout
        assert "python -m tests.models.names" in done.stdout


def test_accepting_the_names_is_one_command(newer: Path) -> None:
    command = [sys.executable, "-m"]
    environment = {**os.environ, "PYTHONPATH": str(newer)}
    subprocess.run([*command, "tests.models.names"], cwd=newer, env=environment, check=True)

    done = subprocess.run(
        [*command, "pytest", "-q", "-p", "no:cacheprovider", FROZEN], cwd=newer, env=environment, check=False
    )

    assert done.returncode == 0


def test_the_vendors_spec_takes_the_place_of_ours_and_is_told_of(vendors: Path) -> None:
    told = (vendors / "openapi" / "CHANGES.md").read_text("utf-8")
    before = (ROOT / "openapi" / "CHANGES.md").read_text("utf-8")

    news = told.removesuffix(before.removeprefix(regenerate.CHANGES_TITLE))
    assert "0 of them breaking" in news or "Nothing changed that a caller can see" in news
    assert regenerate.run(None, check=True, root=vendors) == 0

"""Where the peers are, and what they measure of themselves: `make bench` installs them into `.bench`, apart from us.

Without that folder they are looked for beside this project; one that can't be imported is told as missing.
"""

from __future__ import annotations

import functools
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

ROOT = Path(__file__).parents[1]
GENERATED = "openapi-python-client"
"""The client that the generator makes of our spec by itself."""
MODULES = {
    "openai": "openai",
    "anthropic": "anthropic",
    "stripe": "stripe",
    "githubkit": "githubkit",
    GENERATED: "openapi_python_client",
    "cattrs": "cattrs",
}
CALLERS = ("openai", "anthropic", "stripe", "githubkit", GENERATED)
"""Who makes calls like ours."""
READERS = (GENERATED, "cattrs")
"""Who reads our replies."""
ENVIRONMENT = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
"""Else every module would be compiled anew each time, as no program of a user's does."""


def interpreter(name: str) -> str:
    """Return the Python that has a peer."""
    own = ROOT / ".bench" / "bin" / "python"
    return str(own) if own.exists() and name != GENERATED else sys.executable


@functools.cache
def is_installed(name: str) -> bool:
    """Whether a peer can be imported."""
    command = [interpreter(name), "-c", f"import {MODULES[name]}"]
    return subprocess.run(command, stderr=subprocess.DEVNULL, check=False).returncode == 0


def installed(names: Iterable[str] = tuple(MODULES)) -> list[str]:
    """Return the peers that are there, of some or of all."""
    return [name for name in names if is_installed(name)]


def missing() -> list[str]:
    """Return the peers that can't be imported."""
    return [name for name in MODULES if not is_installed(name)]


def versions() -> dict[str, str]:
    """Return the versions of those that are there."""
    return {name: _version(name) for name in installed()}


def _version(name: str) -> str:
    program = f"from importlib.metadata import version; print(version({name!r}))"
    done = subprocess.run([interpreter(name), "-c", program], stdout=subprocess.PIPE, text=True, check=True)
    return done.stdout.strip()


def run(what: str, name: str, *more: str) -> float:
    """Have a peer measure itself, in an interpreter of its own.

    Raises:
        subprocess.CalledProcessError: it failed.
    """
    command = [interpreter(name), str(Path(__file__).with_name("peer_programs.py")), what, name, *more]
    environment = ENVIRONMENT
    if name == GENERATED:
        environment = {**ENVIRONMENT, "PYTHONPATH": str(generated())}
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True, env=environment)
    return float(done.stdout)


@functools.cache
def generated() -> Path:
    """Return the folder with the package `raw_client`, generated now."""
    folder = Path(_kept().name)
    command = [
        str(Path(sys.executable).with_name("openapi-python-client")),
        *("generate", "--meta", "none", "--path", str(next((ROOT / "openapi").glob("b2brouter-*.yaml")))),
        *("--output-path", str(folder / "raw_client")),
    ]
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, env={**ENVIRONMENT, "PATH": path})
    return folder


@functools.cache
def _kept() -> tempfile.TemporaryDirectory[str]:
    """Return a folder that lasts as long as this process."""
    return tempfile.TemporaryDirectory(prefix="b2brouter-peers-")

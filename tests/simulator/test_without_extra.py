"""What somebody sees who has not installed the extra."""

from __future__ import annotations

import subprocess
import sys

import pytest

HIDE = "import sys; sys.modules['uvicorn'] = sys.modules['starlette'] = None; "


@pytest.mark.parametrize(
    "program",
    [
        "import b2brouter_async.simulator as s; s.Simulator",
        "from b2brouter_async.pytest_plugin import b2brouter_simulator as f; next(f.__wrapped__(None))",
        "import runpy; runpy.run_module('b2brouter_async.simulator', run_name='__main__')",
    ],
    ids=["imported", "as a fixture", "run"],
)
def test_without_the_extra_the_simulator_says_how_to_install_it(program: str) -> None:
    done = subprocess.run([sys.executable, "-c", HIDE + program], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "pip install 'b2brouter-async[simulator]'" in done.stderr.splitlines()[-1]

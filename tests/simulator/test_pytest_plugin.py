from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

from .support import ROOT

if TYPE_CHECKING:
    from pathlib import Path

TESTS = """
import anyio
import pytest

from b2brouter_async.simulator import Fault, Simulator


def test_a_simulator_is_given(b2brouter_simulator):
    assert isinstance(b2brouter_simulator, Simulator)


@pytest.mark.b2brouter(faults=["503 times=1", Fault("404")], limit=7)
class TestMarked:
    @pytest.mark.b2brouter(limit=None)
    def test_the_marker_closest_to_the_test_wins(self, b2brouter_simulator):
        assert b2brouter_simulator.faults.pick("GET /accounts").kind == "503"
        assert b2brouter_simulator.faults.pick("GET /accounts").kind == "404"


def test_a_client_is_given_that_talks_to_it(b2brouter_client, b2brouter_simulator):
    async def main():
        async with b2brouter_client:
            return [account.id async for account in b2brouter_client.accounts.list()]

    assert [str(number) for number in anyio.run(main)] == b2brouter_simulator.accounts


@pytest.mark.b2brouter("limit")
def test_the_marker_takes_named_options_only(b2brouter_simulator):
    pass
"""


def test_fixtures_and_marker_work_in_somebody_elses_tests(tmp_path: Path) -> None:
    (tmp_path / "test_theirs.py").write_text(TESTS, "utf-8")
    command = [sys.executable, "-m", "pytest", "--strict-markers", "-q", str(tmp_path)]
    done = subprocess.run(
        [*command, "-p", "no:cacheprovider", "--rootdir", str(tmp_path)],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert "3 passed, 1 error" in done.stdout, done.stdout + done.stderr
    assert "takes named options only" in done.stdout

"""The commands of docs/simulator.md, run by a shell and curl against a real socket."""

from __future__ import annotations

import re
import shutil
import subprocess
from typing import TYPE_CHECKING

import anyio
import pytest

from b2brouter_async.simulator import Simulator

from .support import ROOT

if TYPE_CHECKING:
    from pathlib import Path

PAGE = (ROOT / "docs" / "simulator.md").read_text("utf-8")
STEPS = re.findall(r"```sh\n(.*?)```\n\n```text\n(.*?)```", PAGE, re.DOTALL)
MARK = "--- next step ---"


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
def test_the_day_of_an_invoice_goes_as_the_page_tells(tmp_path: Path) -> None:
    assert len(STEPS) == PAGE.count("```sh\n") >= 10

    async def run() -> str:
        simulator = Simulator()
        async with simulator.serve() as url:
            script = f"\necho; echo '{MARK}'\n".join(commands for commands, _ in STEPS)
            script = script.replace("http://127.0.0.1:8000", url)
            done = await anyio.run_process(
                ["bash", "-euo", "pipefail", "-c", script], cwd=tmp_path, stderr=subprocess.STDOUT
            )
            return done.stdout.decode()

    told = [part.strip() for part in anyio.run(run).split(MARK)]
    assert told == [expected.strip() for _, expected in STEPS]

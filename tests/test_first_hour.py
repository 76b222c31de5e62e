"""The commands of docs/first-hour.md, typed one after the other, do what stands below them."""

from __future__ import annotations

import datetime
import re
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from .tables.spreadsheets import xlsx

PAGE = (Path(__file__).parents[1] / "docs" / "first-hour.md").read_text(encoding="utf-8")
CONSOLE = "\n".join(re.findall(r"^```console\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE))
COMMANDS = [line.removeprefix("$ ") for line in CONSOLE.splitlines() if line.startswith("$ ")]
SOME_ARE_THERE = "until [ $(b2brouter invoices list --all --json | wc -l) -gt 20 ]; do sleep 0.2; done;"
"""In the place of four seconds, which are more on a busy machine."""
HEADS = ["Invoice number", "Invoice date", "Customer", "VAT number", "Country", "Description"]
HEADS += ["Net amount", "VAT %", "VAT amount", "Total"]


def table(rows: int) -> bytes:
    """Return the workbook that the page tells of."""
    lines: list[list[object]] = [[*HEADS]]
    for number in range(1, rows + 1):
        net = 100 + number
        day = datetime.date(2026, 10, number % 28 + 1).isoformat()
        taxed = [net, 21, round(net * 0.21, 2), round(net * 1.21, 2)]
        lines.append([f"2026-{number:03}", day, "Acme SL", "ESB12345674", "ES", "Gaskets", *taxed])
    return xlsx({"Invoices": lines})


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


@pytest.mark.nightly
@pytest.mark.skipif(shutil.which("bash") is None, reason="the commands are written for a shell")
def test_a_first_hour_goes_as_the_page_says(tmp_path: Path) -> None:
    (tmp_path / "invoices.xlsx").write_bytes(table(240))
    (program,) = re.findall(r"^```python\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)
    (tmp_path / "first.py").write_text(program, encoding="utf-8")
    script = "\n".join(one for one in COMMANDS if not one.startswith("pip install"))
    assert "sleep 4;" in script
    script = script.replace("sleep 4;", SOME_ARE_THERE)
    script = script.replace("8000", str(free_port())).replace("8080", str(free_port()))
    done = subprocess.run(
        ["bash", "-c", f"trap 'kill $(jobs -p) 2>/dev/null' EXIT\n{script}"],
        cwd=tmp_path, capture_output=True, text=True, timeout=400, check=False,
        env={"PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin", "LC_ALL": "C.UTF-8"},
    )  # fmt: skip
    told = done.stdout + done.stderr
    # What differs from run to run isn't looked at: ports, times, and how far it had come when it was killed.
    for line in CONSOLE.splitlines():
        fixed = (
            line
            and line[0] not in "$…"
            and not re.search(r"\d{4}(?!\d)/?\b.*(POST|key)| ms$|:8000|41 s", line)
        )
        if fixed and not re.match(r"71 documents|21:06", line):
            assert " ".join(line.split()) in " ".join(told.split()), f"{line}\n{told[-3000:]}"
    assert re.search(r"240 documents in [0-9.]+ (s|min).*: 240 created \([0-9]+ settled before\)", told), (
        told[-3000:]
    )
    assert "registered" in (tmp_path / "events.log").read_text("utf-8")

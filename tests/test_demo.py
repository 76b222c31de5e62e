"""The main job as a person runs it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from examples.sample_invoices import write_samples

ROOT = Path(__file__).parent.parent


def demo(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(ROOT / "examples" / "demo.py"), *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)


def test_the_demo_uploads_every_sample_and_gets_one_back() -> None:
    done = demo("--count", "15")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "states: 15 sent" in done.stdout
    assert "equal to" in done.stdout
    assert "15 uploaded, 0 refused" in done.stdout
    assert "0 times 429" in done.stdout


def test_a_refused_document_is_named_with_its_reason_and_stops_no_other(tmp_path: Path) -> None:
    write_samples(tmp_path, count=5)
    (tmp_path / "not-an-invoice.xml").write_text("<order/>")
    done = demo("--documents", str(tmp_path))
    assert done.returncode == 0, done.stdout + done.stderr
    assert "refused: not-an-invoice.xml: 422" in done.stdout
    assert "5 uploaded, 1 refused" in done.stdout


@pytest.mark.parametrize("content", ["empty", "missing"])
def test_a_folder_without_documents_is_said_to_be_one(tmp_path: Path, content: str) -> None:
    folder = tmp_path if content == "empty" else tmp_path / "nowhere"
    done = demo("--documents", str(folder))
    assert done.returncode == 2
    assert "no .xml or .pdf documents there" in done.stderr


@pytest.mark.nightly
def test_the_fleet_loses_and_doubles_nothing_though_a_worker_is_killed() -> None:
    command = [sys.executable, "-m", "examples.fleet.demo", "--orders", "20"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False, cwd=ROOT)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "worker-2 is killed, with " in done.stdout
    assert "20 invoices on the server, 0 lost or doubled" in done.stdout
    assert "0 were answered 429" in done.stdout

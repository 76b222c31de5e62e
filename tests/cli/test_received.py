"""`b2brouter received`: the queue is shown, fetched, and worked off by a command."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

import pytest

from b2brouter_async._core.downloads import Download
from b2brouter_async.cli.received import _safe_name
from examples.sample_invoices import ubl_invoice

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from .conftest import Ran, Seed


@pytest.fixture
def queue(seed: Seed) -> list[int]:
    """Three received invoices, R-1 to R-3, on a simulator of the test's own."""
    return [seed.received(f"R-{one}") for one in (1, 2, 3)]


def command(folder: Path, program: str) -> str:
    path = folder / "handler.py"
    path.write_text(program, encoding="utf-8")
    return f"{sys.executable} {path}"


GOOD = """
import json, os, sys
invoice = json.load(sys.stdin)
assert "B2BROUTER_API_KEY" not in os.environ
assert os.environ["B2BROUTER_INVOICE_ID"] == str(invoice["id"])
document = open(sys.argv[1], "rb").read()
assert invoice["number"].encode() in document
open("handled", "a").write(os.environ["B2BROUTER_INVOICE_KEY"] + " " + invoice["number"] + "\\n")
"""


def test_a_command_handles_the_queue_and_what_it_handled_is_acknowledged(
    run: Callable[..., Ran], queue: list[int], tmp_path: Path
) -> None:
    listed = run("received", "list", "--json")
    assert {json.loads(line)["number"] for line in listed.out.splitlines()} == {"R-1", "R-2", "R-3"}
    done = run("received", "process", "--exec", command(tmp_path, GOOD))
    assert done.status == 0, done.err
    assert "3 invoices handled, 0 failed, 0 set aside, 0 waiting" in done.err
    handled = (tmp_path / "handled").read_text().splitlines()
    assert sorted(line.split()[1] for line in handled) == ["R-1", "R-2", "R-3"]
    assert run("received", "list").out.strip().splitlines()[1:] == []
    assert run("received", "list", "--acknowledged").out.count("R-") == 3


def test_a_command_that_fails_leaves_the_invoice_and_it_is_set_aside_listed_and_retried(
    run: Callable[..., Ran], queue: list[int], tmp_path: Path
) -> None:
    bad = command(tmp_path, GOOD + 'sys.exit(3 if invoice["number"] == "R-2" else 0)')
    failed = run("received", "process", "--exec", bad, "--attempts", "1")
    assert failed.status == 1
    assert "ended with status 3; set aside" in failed.err
    assert "2 invoices handled, 0 failed, 1 set aside" in failed.err
    assert "Traceback" not in failed.err
    dead = [json.loads(line) for line in run("received", "dead", "--json").out.splitlines()]
    assert [(one["id"], one["tries"]) for one in dead] == [(queue[1], 1)]
    assert str(queue[1]) in run("received", "dead").out
    assert "R-2" in run("received", "list").out
    assert run("received", "retry", str(queue[1])).status == 0
    assert "not set aside" in run("received", "retry", str(queue[1])).err
    assert run("received", "process", "--exec", command(tmp_path, GOOD)).status == 0


def test_originals_are_fetched_once_and_nothing_is_acknowledged(
    run: Callable[..., Ran], queue: list[int], tmp_path: Path
) -> None:
    folder = tmp_path / "in" / "here"
    assert "3 documents fetched, 0 there already" in run("received", "download", "--to", folder).err
    files = sorted(folder.iterdir())
    assert [file.name.split("-")[0] for file in files] == sorted(map(str, queue))
    assert {file.read_bytes() for file in files} == {ubl_invoice(number=f"R-{one}") for one in (1, 2, 3)}
    assert "0 documents fetched, 3 there already" in run("received", "download", "--to", folder).err
    assert run("received", "list").out.count("R-") == 3


@pytest.mark.parametrize(
    ("words", "said"), [("", "name a command"), ("'open", "--exec: "), ("/nonsense/at/all", "No such file")]
)
def test_a_command_that_is_none_is_told(
    run: Callable[..., Ran], queue: list[int], words: str, said: str
) -> None:
    done = run("received", "process", "--exec", words, "--attempts", "1")
    assert done.status == 2
    assert said in done.err
    assert "Traceback" not in done.err
    # A slip of the pen is no try: nothing was set aside by it.
    assert "3 invoices handled" in run("received", "process", "--exec", "true").err


@pytest.mark.parametrize(
    ("sent", "name"),
    [
        (None, "invoice-5"),
        ("", "invoice-5"),
        ("..", "invoice-5"),
        ("F-1.xml", "F-1.xml"),
        ("../../etc/passwd", "passwd"),
        ("C:\\Windows\\F-1.xml", "F-1.xml"),
        ("CON.xml", "_CON.xml"),
        ("a\x1b[31m:b?.xml", "a [31m_b_.xml"),
        (".hidden.xml", "hidden.xml"),
        ("n" * 300 + ".xml", "n" * 96 + ".xml"),
    ],
)
def test_a_stranger_names_a_file_and_no_place(sent: str | None, name: str) -> None:
    file = Download(content=b"<x/>", media_type="application/xml", filename=sent)
    assert _safe_name(file, 5) == name

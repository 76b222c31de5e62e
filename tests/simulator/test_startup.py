"""What somebody is told whose simulator can't start: one sentence, and no traceback."""

from __future__ import annotations

import signal
import socket
import sqlite3
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from b2brouter_async.simulator import Fault, Simulator
from b2brouter_async.simulator.__main__ import main

from .support import ROOT

if TYPE_CHECKING:
    from pathlib import Path


def told(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> str:
    """The last line of what a start that fails says."""
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 2
    lines = capsys.readouterr().err.splitlines()
    assert not any("Traceback" in line for line in lines)
    return lines[-1]


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--port", "65536"], "port must be between 0 and 65535, and is 65536"),
        (["--port", "-1"], "port must be between 0 and 65535, and is -1"),
        (["--limit", "many"], "'many' is neither a number nor 'none'"),
        (["--limit", "-1"], "limit must not be negative, and is -1"),
        (["--period", "0"], "period must be a number of seconds above 0, and is 0.0"),
        (["--period", "inf"], "period must be a number of seconds above 0, and is inf"),
        (["--period", "0", "--limit", "none"], "period must be a number of seconds above 0"),
        (["--limit-policy", "bucket", "--burst", "0"], "burst must be at least 1, and is 0"),
        (["--hook-repeats", "7"], "hook_repeats is a probability between 0 and 1, and is 7.0"),
        (["--fault", "explode"], "fault 'explode' is unknown: choose one of reset_before"),
        (["--fault", ""], "fault '' is unknown: choose one of reset_before"),
        (["--fault", "500 operation='POST"], "\"500 operation='POST\" can't be read: No closing quotation"),
        (["--fault", "stall seconds=x"], "seconds=x of a fault is no number"),
        (["--api-key", "test_1", "--environment", "production"], "starts with test_ is always a sandbox key"),
    ],
)
def test_an_option_that_makes_no_sense_is_said_in_a_sentence(
    arguments: list[str], sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert sentence in told(arguments, capsys)


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"limit_policy": "leaky"}, "choose one of fixed, sliding-log, sliding-counter, bucket"),
        ({"retry_after": "minutes"}, "choose one of seconds, date"),
        ({"environment": "prod"}, "choose one of production, sandbox, staging"),
        ({"hook_repeats": -0.1}, "between 0 and 1"),
    ],
)
def test_it_is_the_simulator_that_refuses_an_option_and_not_its_first_request(
    options: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(ValueError, match=sentence):
        Simulator(**options)


@pytest.mark.parametrize(
    "options",
    [{"probability": 1.5}, {"probability": -1}, {"seconds": -1}, {"seconds": float("nan")}, {"skip": -1}, {"times": -1}],
)  # fmt: skip
def test_a_fault_that_could_never_happen_as_told_is_refused(options: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="of a fault"):
        Fault("500", **options)


def test_a_port_that_is_taken_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as holder:
        port = str(holder.getsockname()[1])
        assert told(["--port", port], capsys).endswith(f"127.0.0.1:{port}: Address already in use")


def test_a_file_that_is_no_state_is_refused_and_left_as_it_was(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text, foreign = tmp_path / "notes.txt", tmp_path / "foreign.db"
    text.write_text("not a database, and long enough to be taken for one " * 100, "utf-8")
    with sqlite3.connect(foreign) as other:
        other.execute("CREATE TABLE records (title TEXT)")
    other.close()
    for file in (text, foreign):
        before = file.read_bytes()
        assert told(["--port", "0", "--data", str(file)], capsys).endswith(
            f"the state can't be kept in {file}: it is no state of a simulator; name another file"
        )
        assert (file.read_bytes() == before) or file is foreign
    assert "unable to open" in told(["--data", str(tmp_path / "missing" / "state.db")], capsys)


@pytest.mark.parametrize("column", ["body", "hidden"])
def test_a_damaged_record_is_said_in_a_sentence(tmp_path: Path, column: str) -> None:
    file = tmp_path / "state.db"
    Simulator(data=file).close()
    with sqlite3.connect(file) as other:
        other.execute(f"UPDATE records SET {column} = '{{'")
    other.close()
    with pytest.raises(ValueError, match=r"state\.db: it is damaged"):
        Simulator(data=file)


def test_a_state_belongs_to_one_simulator_at_a_time(tmp_path: Path) -> None:
    file = tmp_path / "state.db"
    first = Simulator(data=file)
    with pytest.raises(ValueError, match=r"state\.db: another simulator is using it"):
        Simulator(data=file)
    first.close()
    Simulator(data=file).close()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_interrupt_and_termination_end_the_server_in_order(number: signal.Signals, tmp_path: Path) -> None:
    """The signal is sent at the earliest moment there is something to end: when the address is told."""
    file = tmp_path / "state.db"
    command = [sys.executable, "-m", "b2brouter_async.simulator", "--port", "0", "--data", str(file)]
    with subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as server:
        try:
            assert server.stdout is not None
            assert "simulator at http://127.0.0.1:" in server.stdout.readline()
            server.send_signal(number)
            _, errors = server.communicate(timeout=120)
        finally:
            server.kill()
    assert (server.returncode, errors) == (0, "")
    # Closed in order: nothing is left to be read back from a log.
    assert [path.name for path in tmp_path.iterdir()] == ["state.db"]

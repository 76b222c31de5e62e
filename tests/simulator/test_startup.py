"""What somebody is told whose simulator can't start: one sentence, and no traceback."""

from __future__ import annotations

import contextlib
import re
import signal
import socket
import sqlite3
import subprocess
import sys
import tomllib
from typing import TYPE_CHECKING, Any

import pytest

from b2brouter_async.simulator import Delays, Fault, Simulator, frozen
from b2brouter_async.simulator.__main__ import main, options_of, parser

from .support import ROOT, create, invoice, unchecked

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
    with contextlib.closing(sqlite3.connect(foreign)) as other, other:
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
    with contextlib.closing(sqlite3.connect(file)) as other, other:
        other.execute(f"UPDATE records SET {column} = '{{'")
    other.close()
    with pytest.raises(ValueError, match=r"state\.db: it is damaged") as raised:
        Simulator(data=file)
    # The file is let go of at once, also while somebody holds the error with its frames.
    with contextlib.closing(sqlite3.connect(file, timeout=0)) as other, other:
        other.execute("UPDATE records SET body = '{}', hidden = '{}'")
    assert raised.value.__traceback__ is not None


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


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--delay", "soon"], "'soon' is no number of seconds"),
        (["--delay", "send=-1"], "a delay is 0 seconds or more, and is -1"),
        (["--delay", "pdf=nan"], "a delay is 0 seconds or more, and is nan"),
        (["--delay", "lunch=1"], "there is no delay 'lunch': it is one of send, register"),
        (["--speed", "0"], "speed must be a number above 0, and is 0.0"),
        (["--speed", "nan"], "speed must be a number above 0, and is nan"),
        (
            ["--advance-per-request", "-1"],
            "advance_per_request is a number of seconds, 0 or more, and is -1.0",
        ),
        (["--spec", "/nowhere.yaml"], "/nowhere.yaml is no OpenAPI spec"),
        (
            ["--fault", "500 operation='GET /nothing'"],
            "no operation fits the fault's operation 'GET /nothing'",
        ),
    ],
)
def test_what_concerns_time_and_spec_is_checked_too(
    arguments: list[str], sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert sentence in told(arguments, capsys)


def test_delays_are_set_all_at_once_or_one_by_one() -> None:
    options = options_of(parser().parse_args(["--delay", "0.5", "--delay", "pdf=3"]))
    assert options["delays"] == Delays(
        send=0.5,
        register=0.5,
        refuse=0.5,
        pdf=3,
        tax_report=0.5,
        directory=0.5,
        tin_verification=0.5,
        batch=0.5,
    )
    assert options_of(parser().parse_args([]))["delays"] == Delays()


@pytest.mark.anyio
async def test_time_goes_on_with_each_request_where_that_is_asked_for() -> None:
    simulator = Simulator(advance_per_request=1.0, clock=frozen(0.0))
    http = unchecked(simulator)
    made = await create(http, simulator.account, {**invoice(), "send_after_import": True})
    assert (await http.get(f"/invoices/{made['id']}")).json()["invoice"]["state"] == "sent"
    assert (await http.get(f"/invoices/{made['id']}/as/pdf.invoice")).status_code == 200


@pytest.mark.anyio
async def test_time_runs_as_fast_as_it_is_told() -> None:
    moment = 1000.0
    simulator = Simulator(speed=60.0, clock=lambda: moment)
    http = unchecked(simulator)
    made = await create(http, simulator.account, {**invoice(), "send_after_import": True})
    moment += 1
    assert simulator.now == 1060
    assert (await http.get(f"/invoices/{made['id']}")).json()["invoice"]["state"] == "sent"
    moment -= 5
    assert simulator.now == 1060


def test_the_extra_of_the_simulator_alone_gives_the_command() -> None:
    """Nothing is loaded but what that extra brings."""
    others = ("python_calamine", "redis", "opentelemetry", "yaml", "jsonschema", "pytest")
    script = (
        f"import sys; [sys.modules.__setitem__(name, None) for name in {others}];"
        "sys.argv = ['b2brouter', 'simulator', '--help'];"
        "from b2brouter_async.cli import main; main()"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert "--advance-per-request" in done.stdout
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["optional-dependencies"]
    wanted = {re.split(r"[^A-Za-z0-9-]", one)[0] for one in extras["simulator"]}
    assert {"starlette", "uvicorn", "typer", "rich", "jinja2"} <= wanted

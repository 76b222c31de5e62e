"""The other commands, and how the command line says what went wrong."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import signal
import subprocess
import sys
from typing import TYPE_CHECKING, cast

import httpx
import pytest
from typer.testing import CliRunner

import b2brouter_async.cli as cli
from b2brouter_async.bulk import open_journal
from b2brouter_async.cli import connection
from b2brouter_async.cli.app import app
from b2brouter_async.cli.error_texts import error_text
from b2brouter_async.errors import ArgumentError, AuthenticationError, B2BrouterError, ConfigurationError
from b2brouter_async.spec import spec_info
from tests.cli.conftest import COMMAND, KEY

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from types import ModuleType

    from b2brouter_async.simulator import Simulator
    from tests.cli.conftest import Ran

    Run = Callable[..., Ran]
    Invoices = Callable[..., Path]


# Help and version


def test_help_names_every_command() -> None:
    told = CliRunner().invoke(app, ["--help"]).output
    assert all(name in told for name in ("upload", "journal", "accounts", "invoices", "simulator", "spec"))


def test_the_key_is_no_option_of_any_command() -> None:
    for command in (
        ["upload"],
        ["accounts"],
        ["invoices", "list"],
        ["invoices", "get"],
        ["invoices", "download"],
    ):
        assert "--api-key" not in CliRunner().invoke(app, [*command, "--help"]).output


def test_the_version_is_one_line(run: Run) -> None:
    ran = run("--version")
    assert (ran.status, ran.err) == (0, "")
    assert re.fullmatch(r"b2brouter-async/\S+ httpx/\S+\n", ran.out)


def test_without_the_extra_one_sentence_says_how_to_install_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(cli, "_NEEDED", ("typer", "a_package_that_is_not_there"))
    with pytest.raises(SystemExit) as end:
        cli.main(["--help"])
    assert end.value.code == 2
    assert capsys.readouterr().err == (
        "b2brouter needs the extra 'cli'; install it with: pip install 'b2brouter-async[cli]'\n"
    )


def test_ctrl_c_while_modules_are_loaded_is_no_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    class Loading:
        def __getattr__(self, name: str) -> object:
            raise KeyboardInterrupt

    monkeypatch.setitem(sys.modules, "b2brouter_async.cli.app", cast("ModuleType", Loading()))
    with pytest.raises(SystemExit) as end:
        cli.main(["--help"])
    assert end.value.code == 130


def test_a_command_loads_only_what_it_needs(variables: Callable[..., None]) -> None:
    program = (
        "import sys\nfrom b2brouter_async.cli import main\n"
        "try:\n main(['spec'])\nexcept SystemExit:\n print(*sys.modules, file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    loaded = done.stderr.split()
    needless = ("httpx", "asyncio", "sqlite3", "b2brouter_async.client", "b2brouter_async.simulator", "segno")
    assert [name for name in needless if name in loaded] == []


@pytest.mark.usefixtures("own")
def test_an_output_without_a_letter_for_something_ends_no_command(own: Simulator) -> None:
    body = {"contact": {"name": "\u00d1and\u00fa SL", "tin_value": "ESB98765431", "country": "es"}}
    url, headers = os.environ["B2BROUTER_BASE_URL"], {"X-B2B-API-Key": KEY}
    httpx.post(f"{url}/accounts/{own.account}/contacts", json=body, headers=headers, trust_env=False)

    def out(*options: str) -> bytes:
        variables = {**os.environ, "PYTHONIOENCODING": "ascii"}
        command = [*COMMAND, "contacts", "list", *options]
        return subprocess.run(command, capture_output=True, env=variables, check=True).stdout

    assert b"?and? SL" in out()
    assert "\u00d1and\u00fa SL".encode() in out("--csv")
    assert json.loads(out("--json"))["name"] == "\u00d1and\u00fa SL"


# The key


def test_without_a_key_nothing_is_sent(run: Run) -> None:
    ran = run("accounts")
    assert (ran.status, ran.out) == (2, "")
    assert ran.err == (
        "b2brouter: there is no API key; set B2BROUTER_API_KEY, or name a file with --key-file\n"
    )


def test_the_key_is_read_from_a_file_before_the_variable(
    tmp_path: Path, variables: Callable[..., None]
) -> None:
    variables(B2BROUTER_API_KEY="test_variable")
    (tmp_path / "key").write_text("test_file\n")
    assert connection.read_key(tmp_path / "key").reveal() == "test_file"
    assert connection.read_key(None).reveal() == "test_variable"


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (None, "No such file"),
        (b"\xff\xfe", "holds no text"),
        (b"test_0123456789 b", "a space"),
        (b"\n", "is empty"),
    ],
    ids=["missing", "binary", "two words", "empty"],
)
def test_a_key_file_that_holds_no_key_is_told_without_its_content(
    tmp_path: Path, content: bytes | None, complaint: str
) -> None:
    if content is not None:
        (tmp_path / "key").write_bytes(content)
    with pytest.raises(ConfigurationError, match=complaint) as error:
        connection.read_key(tmp_path / "key")
    assert "0123456789" not in str(error.value)


def test_at_a_terminal_the_key_is_asked_for(
    variables: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    monkeypatch.setattr(sys, "stdin", Terminal())
    monkeypatch.setattr(connection, "getpass", lambda prompt: f" {KEY} ")
    assert connection.read_key(None).reveal() == KEY


def test_a_key_that_is_not_of_the_sandbox_must_say_where_it_belongs(
    run: Run, variables: Callable[..., None]
) -> None:
    variables(B2BROUTER_API_KEY="abc")
    ran = run("accounts")
    assert ran.status == 2
    assert "--environment: say 'production' or 'staging'" in ran.err


# Reading


@pytest.mark.usefixtures("connected")
def test_accounts_are_listed_for_people_and_for_programs(run: Run) -> None:
    assert run("accounts").out == (
        "    id  name                               tax number    country  archived  \n"
        "483921  Talleres Ficticios del Norte S.L.  ESB01234566   es                 \n"
        "483977  Imaginaire Diensten BV             BE0123456749  be                 \n"
    )
    assert [json.loads(line)["id"] for line in run("accounts", "--json").out.splitlines()] == [483921, 483977]


@pytest.mark.usefixtures("connected")
def test_a_table_that_a_program_reads_is_never_cut(run: Run, variables: Callable[..., None]) -> None:
    wide = run("accounts").out
    variables(COLUMNS="40")
    assert run("accounts").out == wide


@pytest.mark.parametrize(
    ("command", "status", "told"),
    [
        (["spec"], 1, "b2brouter: the output can't be written: "),
        (["spec", "--json"], 1, "b2brouter: the output can't be written: "),
        (["spec", "--nonsense"], 2, "No such option"),
    ],
    ids=["for people", "for programs", "usage"],
)
def test_an_output_that_cant_be_written_is_told(
    tmp_path: Path, variables: Callable[..., None], command: list[str], status: int, told: str
) -> None:
    (tmp_path / "only-read").touch()
    with (tmp_path / "only-read").open("rb") as closed:
        done = subprocess.run(
            [*COMMAND, *command], stdout=closed, stderr=subprocess.PIPE, text=True, check=False
        )
    assert done.returncode == status
    assert told in done.stderr
    assert "Traceback" not in done.stderr


def test_closed_streams_break_nothing(variables: Callable[..., None]) -> None:
    def status(arguments: str) -> int:
        line = f'exec "$@" {arguments}'
        done = subprocess.run(["sh", "-c", line, "sh", *COMMAND], check=False, stderr=subprocess.DEVNULL)
        return done.returncode

    assert status("spec >&-") == 0
    assert status("spec --nonsense 2>&-") == 2
    assert status("accounts <&-") == 2  # there is no key, and nobody to ask for one


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (
            ConfigurationError("'x' is none of a, b", argument="environment"),
            "--environment: 'x' is none of a, b",
        ),
        (
            ArgumentError("write it as https://host", argument="base_url"),
            "--base-url: write it as https://host",
        ),
        (ConfigurationError("too few", argument="requests_per_minute"), "--requests-per-minute: too few"),
        (ConfigurationError("can't be", argument="proxy"), "proxy: can't be"),
        (
            AuthenticationError(status=401, code="invalid_api_key", hint="check environment= and api_key="),
            "401 invalid_api_key. Keys belong to one environment, and a key that starts with test_ works in the sandbox "
            "alone; check --environment and the key",
        ),
        (ConfigurationError("environment: all"), "environment: all"),
    ],
)
def test_errors_name_options_and_not_arguments(error: B2BrouterError, text: str) -> None:
    assert error_text(error) == text


@pytest.mark.usefixtures("connected")
@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (["--environment", "nowhere"], "--environment: 'nowhere' is none of"),
        (
            ["--environment", "production"],
            "--environment: a key that starts with test_ works in the sandbox alone",
        ),
        (["--base-url", "here"], "--base-url: write it as https://host"),
    ],
)
def test_a_setting_that_cant_work_is_told_with_its_option(
    run: Run, arguments: list[str], problem: str
) -> None:
    ran = run("accounts", *arguments)
    assert ran.status == 2
    assert ran.err.startswith(f"b2brouter: {problem}")


@pytest.mark.usefixtures("connected")
def test_an_invoice_is_listed_read_and_fetched_back_byte_for_byte(
    run: Run, invoices: Invoices, tmp_path: Path
) -> None:
    folder = invoices(2)
    outcomes = [json.loads(line) for line in run("upload", folder, "--json").out.splitlines()]
    first = min(outcomes, key=lambda outcome: outcome["source"])
    listed = run("invoices", "list", "--number", first["number"], "--json")
    assert json.loads(listed.out)["id"] == first["invoice_id"]
    assert first["number"] in run("invoices", "list", "--number", first["number"]).out
    assert run("invoices", "list", "--received", "--number", first["number"]).out.count("\n") == 1
    assert "The first 1; --limit shows more." in run("invoices", "list", "--limit", "1").err
    fetched = run("invoices", "download", str(first["invoice_id"]), "-o", "back.xml")
    assert (fetched.status, fetched.out) == (0, "")
    assert (tmp_path / "back.xml").read_bytes() == (folder / "0000.xml").read_bytes()


@pytest.mark.usefixtures("connected")
def test_a_name_that_the_server_chose_replaces_nothing(run: Run, invoices: Invoices, tmp_path: Path) -> None:
    (outcome,) = map(json.loads, run("upload", invoices(1), "--json").out.splitlines())
    before = set(tmp_path.iterdir())
    assert run("invoices", "download", str(outcome["invoice_id"])).status == 0
    (made,) = set(tmp_path.iterdir()) - before
    again = run("invoices", "download", str(outcome["invoice_id"]))
    assert again.status == 2
    assert f"{made.name} is there already; say where to with --output" in again.err


@pytest.mark.usefixtures("connected")
def test_what_the_server_refuses_is_one_sentence_and_status_1(run: Run) -> None:
    ran = run("invoices", "get", "1", "--id")
    assert (ran.status, ran.out) == (1, "")
    assert ran.err.startswith("b2brouter: invoices.get: 404 resource_missing")
    assert ran.err.count("\n") == 1


# The journal


@pytest.fixture
def a_journal(run: Run, invoices: Invoices, connected: None) -> str:
    folder = invoices(3)
    (folder / "=broken.xml").write_text("<Order/>")
    run("upload", folder, "--journal", "run.db")
    return "run.db"


def test_a_journal_is_shown(run: Run, a_journal: str, server: str) -> None:
    ran = run("journal", a_journal)
    lines = ran.out.splitlines()
    assert lines[:3] == [f"account 483921 · sandbox · {server}", "4 documents: 3 created, 1 invalid", ""]
    assert lines[3].split() == ["source", "number", "outcome", "invoice", "sent", "message"]
    assert [line.split()[0] for line in sorted(lines[4:])] == [
        "0000.xml",
        "0001.xml",
        "0002.xml",
        "=broken.xml",
    ]


def test_a_journal_is_filtered(run: Run, a_journal: str) -> None:
    def sources(*options: str) -> list[str]:
        return sorted(
            json.loads(line)["source"]
            for line in run("journal", a_journal, "--json", *options).out.splitlines()
        )

    with open_journal(a_journal) as journal:
        number = next(row.outcome.number for row in journal.rows(source="0001"))
    assert sources("--failed") == sources("--kind", "invalid") == ["=broken.xml"]
    assert sources("--kind", "created", "--kind", "invalid") == sources()
    assert sources("--number", str(number)) == sources("--source", "0001") == ["0001.xml"]
    assert sources("--open") == []
    assert "No document is like that." in run("journal", a_journal, "--open").err


def test_a_journal_is_exported_for_spreadsheets_without_formulas(run: Run, a_journal: str) -> None:
    rows = list(csv.DictReader(io.StringIO(run("journal", a_journal, "--csv").out)))
    assert [row["kind"] for row in rows].count("created") == 3
    (broken,) = (row for row in rows if row["kind"] == "invalid")
    assert broken["source"] == "'=broken.xml"
    assert broken["invoice_id"] == ""


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["none.db"], "there is no such journal"),
        (["text.db"], "can't be read"),
        (["text.db", "--kind", "fine"], "--kind: 'fine' is none of created, adopted"),
        (["text.db", "--json", "--csv"], "one of them at a time"),
        (["text.db", "stats"], "stats: this is for a ledger in a database"),
        (["text.db", "--account", "5"], "--account: this is for a ledger in a database"),
        (["text.db", "--since", "2026-10-01"], "--since: this is for a ledger in a database"),
        (["text.db", "--in-doubt"], "--in-doubt: this is for a ledger in a database"),
        (["text.db", "--keep-rows", "0"], "--keep-rows: this is for a ledger in a database"),
    ],
    ids=["missing", "no journal", "no kind", "two forms", "action", "account", "day", "doubt", "purge"],
)
def test_what_cant_be_shown_is_told(run: Run, tmp_path: Path, arguments: list[str], complaint: str) -> None:
    (tmp_path / "text.db").write_text("this is no journal, but long enough to be one" * 50)
    ran = run("journal", *arguments)
    assert ran.status == 2
    assert complaint in ran.err


# The simulator


def test_the_simulator_command_serves_until_interrupted(
    variables: Callable[..., None], tmp_path: Path
) -> None:
    command = [
        *COMMAND,
        "simulator",
        "--port",
        "0",
        "--api-key",
        "test_other",
        "--data",
        str(tmp_path / "state.db"),
    ]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=dict(os.environ)) as process:
        assert process.stdout is not None
        line = process.stdout.readline()
        assert re.fullmatch(r"B2Brouter simulator at http://127\.0\.0\.1:\d+ with the key test_other\n", line)
        headers = {"X-B2B-API-Key": "test_other", "X-B2B-API-Version": "2026-06-26"}
        assert httpx.get(line.split()[3] + "/accounts", headers=headers).status_code == 200
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=30) == 0
    assert (tmp_path / "state.db").exists()


def test_the_simulator_command_has_the_options_of_the_module(run: Run) -> None:
    ran = run("simulator", "--help")
    assert ran.status == 0
    assert ran.out.startswith("usage: b2brouter simulator")
    assert all(option in ran.out for option in ("--port", "--data", "--fault", "--limit-policy"))


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["--fault", "explosion"], "explosion"),
        (["--port", "0", "--host", "192.0.2.1"], "192.0.2.1:0: "),
        (["--nonsense"], "unrecognized arguments: --nonsense"),
    ],
    ids=["fault", "address", "option"],
)
def test_what_the_simulator_cant_do_is_status_2(run: Run, arguments: list[str], complaint: str) -> None:
    ran = run("simulator", *arguments)
    assert ran.status == 2
    assert complaint in ran.err


# The document


def test_the_document_is_told_for_people_and_for_programs(run: Run) -> None:
    info = spec_info()
    told = json.loads(run("spec", "--json").out)
    assert told["evidence"] == dict(info.evidence)
    assert told["date"] == str(info.date)
    assert (told["api_version"], told["sha256"], told["operations"]) == (
        info.api_version, info.sha256, info.operations,
    )  # fmt: skip
    lines = run("spec").out.splitlines()
    assert lines[0] == f"API version   {info.api_version}"
    assert f"sha256        {info.sha256}" in lines
    assert lines[-1].startswith(f"operations    {info.operations}: ")
    assert f"{info.evidence['documented']} documented" in lines[-1]


TABLE = "Nº factura;Fecha;Cliente;NIF;Concepto;Base;% IVA;Total\nMAP-1;13/01/2026;Ana;ESB00000018;Sal;100,00;21;121,00\n"


def test_map_writes_a_mapping_that_upload_takes_once_its_questions_are_decided(
    run: Run, connected: None, tmp_path: Path
) -> None:
    (tmp_path / "march.csv").write_text(TABLE, encoding="utf-8")
    ran = run("map", "march.csv")
    assert (ran.status, ran.out) == (0, "")
    assert "1 of 1 invoices add up with this mapping" in ran.err
    assert "must be decided before it is used" in ran.err
    refused = run("upload", "march.csv", "--map", "march.toml")
    assert refused.status == 2
    assert "question is open" in refused.err or "questions are open" in refused.err
    text = (tmp_path / "march.toml").read_text(encoding="utf-8")
    (tmp_path / "march.toml").write_text(
        re.sub(r"questions = \[.*?\n\]", "", text, flags=re.DOTALL), encoding="utf-8"
    )
    assert run("upload", "march.csv", "--map", "march.toml").status == 0
    assert json.loads(run("invoices", "list", "--number", "MAP-1", "--json").out)["total"] == 121.0
    assert "is there already; say where to with --output" in run("map", "march.csv").err


def test_map_knows_the_account(run: Run, connected: None, tmp_path: Path) -> None:
    (tmp_path / "march.csv").write_text(TABLE.replace("ESB00000018", "ESB01234566"), encoding="utf-8")
    ran = run("map", "march.csv", "--account", "483921", "-o", "-")
    assert ran.status == 0
    assert "holds your own tax number" in ran.out


def test_map_of_nothing_is_status_2(run: Run, tmp_path: Path) -> None:
    (tmp_path / "empty.csv").write_text("")
    assert run("map", "empty.csv").status == 2
    assert run("map", "nowhere.csv").status == 2

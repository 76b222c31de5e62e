"""A variable of the command does what its option does; blank it is none, and wrong or misspelt it is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from b2brouter_async import B2Brouter, ConfigurationError
from b2brouter_async.cli import app as cli
from b2brouter_async.config import COMMAND_VARIABLES, VARIABLES

# Nothing answers there: where a command gets so far, its variables were taken.
NOWHERE = "http://127.0.0.1:1"
DATABASE = "postgresql://127.0.0.1:1/x"
UPLOAD = ["upload", "one.xml", "--account", "5"]
DRY = [*UPLOAD, "--dry-run"]
"""So that nobody tries to connect, again and again."""
SEND = ["webhooks", "send", f"{NOWHERE}/hook"]


@pytest.fixture(autouse=True)
def somewhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    Path("one.xml").write_text("<x/>", "utf-8")
    monkeypatch.setenv("B2BROUTER_API_KEY", "test_variables")
    monkeypatch.setenv("B2BROUTER_BASE_URL", NOWHERE)


def told(capsys: pytest.CaptureFixture[str], arguments: list[str]) -> str:
    assert cli.run(arguments) in (1, 2)
    return " ".join(capsys.readouterr().err.replace("│", " ").split())


@pytest.mark.parametrize(
    ("variable", "value", "arguments", "words"),
    [
        ("B2BROUTER_CONCURRENCY", "many", UPLOAD, "'B2BROUTER_CONCURRENCY'): 'many' is not a valid"),
        ("B2BROUTER_CONCURRENCY", "0", UPLOAD, "'B2BROUTER_CONCURRENCY'): 0 is not in the range 1<=x<=500"),
        ("B2BROUTER_JOURNAL", "no/such/run.db", UPLOAD, "no/such/run.db: the journal can't be written"),
        ("B2BROUTER_SHARE_LIMIT", "perhaps", UPLOAD, "'B2BROUTER_SHARE_LIMIT'): 'perhaps' is not a valid boolean"),
        ("B2BROUTER_REDIS", "localhost", UPLOAD, "redis: this is no URL of Redis; write it as redis://host:port/0"),
        ("B2BROUTER_DATABASE", "localhost", ["migrate"], "database: this is no address of a PostgreSQL; write it as"),
        ("B2BROUTER_DATABASE", "mysql://h/x", ["worker"], "database: this is no address of a PostgreSQL; write it as"),
        ("B2BROUTER_DOCUMENT_KEYS", "short", ["worker", "--database", DATABASE], "B2BROUTER_DOCUMENT_KEYS: key 1 is no Fernet key"),
        ("B2BROUTER_ENVIRONMENT", "live", UPLOAD, "--environment: 'live' is none of production, staging, sandbox"),
        ("B2BROUTER_BASE_URL", "localhost", UPLOAD, "--base-url: write it as https://host[:port]"),
        ("B2BROUTER_API_VERSION", "latest", UPLOAD, "B2BROUTER_API_VERSION: 'latest' is no version; write it as YYYY-MM-DD"),
        ("B2BROUTER_REQUESTS_PER_MINUTE", "many", ["accounts"], "B2BROUTER_REQUESTS_PER_MINUTE: 'many' is no whole number"),
        ("B2BROUTER_KEY_FILE", "no-key.txt", UPLOAD, "no-key.txt: No such file"),
        ("B2BROUTER_ACCOUNT", "Acme SL", ["invoices", "list"], "--account: 'Acme SL' is no id"),
    ],
)  # fmt: skip
def test_a_wrong_value_is_told_with_its_name_and_the_way_out(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    variable: str,
    value: str,
    arguments: list[str],
    words: str,
) -> None:
    monkeypatch.setenv(variable, value)
    assert words in told(capsys, arguments)


@pytest.mark.parametrize("blank", ["", "  ", "\t"])
def test_a_blank_variable_is_as_one_that_is_not_set(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], blank: str
) -> None:
    for name in {*VARIABLES.values(), *COMMAND_VARIABLES} - {"B2BROUTER_API_KEY", "B2BROUTER_BASE_URL"}:
        monkeypatch.setenv(name, blank)
    assert "Nothing was sent" in told(capsys, DRY)
    assert not list(Path.cwd().glob("* *"))
    assert "or set B2BROUTER_DATABASE" in told(capsys, ["migrate"])
    assert "there is no secret; set B2BROUTER_WEBHOOK_SECRET" in told(capsys, SEND)
    assert f"{DATABASE} can't be reached" in told(capsys, ["worker", "--database", DATABASE])


def test_the_spaces_around_a_value_are_not_of_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("B2BROUTER_DATABASE", f" {DATABASE}\n")
    assert "127.0.0.1" in told(capsys, ["migrate"])
    assert "no address" not in told(capsys, ["migrate"])


@pytest.mark.parametrize(
    ("wrong", "meant", "arguments", "passes_before"),
    [
        ("B2BROUTER_JORNAL", "B2BROUTER_JOURNAL", DRY, ["--journal", "run.db"]),
        ("B2BROUTER_CONCURENCY", "B2BROUTER_CONCURRENCY", DRY, ["--concurrency", "4"]),
        ("B2BROUTER_REDDIS", "B2BROUTER_REDIS", DRY, ["--redis", "redis://127.0.0.1:1/0"]),
        ("B2BROUTER_SHARELIMIT", "B2BROUTER_SHARE_LIMIT", DRY, ["--no-share-limit"]),
        ("B2BROUTER_DATABSE", "B2BROUTER_DATABASE", ["migrate"], [DATABASE]),
        ("B2BROUTER_DATABSE", "B2BROUTER_DATABASE", ["worker"], ["--database", DATABASE]),
        ("B2BROUTER_DATABASE_URL", "B2BROUTER_DATABASE", ["migrate"], [DATABASE]),
        ("B2BROUTER_DATABASE_DSN", "B2BROUTER_DATABASE", ["worker"], ["--database", DATABASE]),
        ("B2BROUTER_REDIS_URL", "B2BROUTER_REDIS", DRY, ["--redis", "redis://127.0.0.1:1/0"]),
        ("B2BROUTER_DOCUMENT_KEY", "B2BROUTER_DOCUMENT_KEYS", ["worker", "--database", DATABASE], ["--document-keys", "no.txt"]),
        ("B2BROUTER_WEBHOOKS_SECRET", "B2BROUTER_WEBHOOK_SECRET", SEND, ["--secret-file", "no.txt"]),
    ],
)  # fmt: skip
def test_a_misspelt_variable_is_told_unless_the_option_is_given(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    wrong: str,
    meant: str,
    arguments: list[str],
    passes_before: list[str],
) -> None:
    monkeypatch.setenv(wrong, "x")
    words = f"{wrong} is set, and nothing reads it; did you mean {meant}?"
    assert words in told(capsys, arguments)
    assert words not in told(capsys, [*arguments, *passes_before])


def test_a_program_is_told_of_its_variable_by_the_variables_name(monkeypatch: pytest.MonkeyPatch) -> None:
    for variable, value, words in [
        ("B2BROUTER_ENVIRONMENT", "live", "'live' is none of production"),
        ("B2BROUTER_BASE_URL", "localhost:8000", "write it as https://"),
        ("B2BROUTER_API_VERSION", "latest", "write it as YYYY-MM-DD"),
        ("B2BROUTER_ACCOUNT", "Acme SL", "'Acme SL' is no id"),
        ("B2BROUTER_REQUESTS_PER_MINUTE", "0", "'0' is no whole number above 0"),
        ("B2BROUTER_KEY_FILE", "no-key.txt", "no-key.txt: No such file"),
        ("B2BROUTER_API_KEY", "test_ variables", "the key holds a space"),
    ]:
        with monkeypatch.context() as context:
            context.setenv(variable, value)
            with pytest.raises(ConfigurationError) as raised:
                B2Brouter.from_env()
        name = "api_key" if variable == "B2BROUTER_API_KEY" else variable
        assert str(raised.value).startswith(f"{name}: ")
        assert words in str(raised.value)
    with pytest.raises(ConfigurationError, match=r"^environment: 'live' is none"):
        B2Brouter.from_env(environment="live")  # type: ignore[arg-type]


def test_a_blank_variable_of_a_program_is_as_one_that_is_not_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in set(VARIABLES.values()) - {"B2BROUTER_API_KEY"}:
        monkeypatch.setenv(name, " ")
    assert B2Brouter.from_env().base_url == "https://api.b2brouter.net"

"""docs/cli.md says what the command line does."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import typer.main

from b2brouter_async.cli import journal
from b2brouter_async.cli.app import app
from b2brouter_async.cli.upload import progress, record
from b2brouter_async.tables import SUFFIXES, read_mapping

PAGE = (Path(__file__).parents[2] / "docs" / "cli.md").read_text(encoding="utf-8")
COMMANDS: dict[str, object] = dict(typer.main.get_command(app).commands)  # type: ignore[attr-defined]


def options(command: object) -> list[str]:
    """Return the long options of a command and of those below it."""
    below = getattr(command, "commands", {}).values()
    own = [
        name
        for parameter in command.params  # type: ignore[attr-defined]
        for name in (*parameter.opts, *parameter.secondary_opts)
        if name.startswith("--")
    ]
    return own + [name for one in below for name in options(one)]


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_every_command_and_option_is_on_the_page(name: str) -> None:
    assert f"b2brouter {name}" in PAGE
    missing = [
        option
        for option in options(COMMANDS[name])
        if option != "--all" and not re.search(rf"{option}\b", PAGE)
    ]
    assert missing == []


def test_every_option_and_variable_on_the_page_exists() -> None:
    known = {option for command in COMMANDS.values() for option in options(command)}
    elsewhere = {"--port", "--data", "--version"}
    assert set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", PAGE)) - known - elsewhere == set()
    variables = {
        parameter.envvar
        for command in (COMMANDS["upload"], COMMANDS["migrate"], COMMANDS["worker"])
        for parameter in command.params  # type: ignore[attr-defined]
        if parameter.envvar
    }
    assert set(re.findall(r"B2BROUTER_[A-Z_]+", PAGE)) == variables | {
        "B2BROUTER_API_KEY",
        "B2BROUTER_WEBHOOK_SECRET",
        "B2BROUTER_DOCUMENT_KEYS",
    }


def test_the_mapping_on_the_page_can_be_used(tmp_path: Path) -> None:
    (example,) = re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL)
    path = tmp_path / "map.toml"
    path.write_text(example, encoding="utf-8")
    mapping = read_mapping(path)
    assert mapping.columns is not None
    assert len(mapping.columns) == 9
    assert len(mapping.constants) == 4
    assert (mapping.decimal, mapping.date, mapping.delimiter, mapping.encoding) == (
        ",",
        "%d/%m/%Y",
        ";",
        "cp1252",
    )


def test_the_figures_on_the_page_hold() -> None:
    assert "every ten seconds" in PAGE
    assert progress.PLAIN_EVERY == 10
    assert "The first twenty problems" in PAGE
    assert progress.PROBLEMS_TOLD == 20
    assert f"the first {journal.SHOWN}" in PAGE
    assert f"{record.FILES_KEPT:,} files each" in PAGE
    assert all(f"`{suffix}`" in PAGE for suffix in SUFFIXES)
    assert all(f"`{state}`" in PAGE for state in record.BAD_STATES)

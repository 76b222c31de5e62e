"""The help of every command looks right with the oldest Typer that is allowed and with the newest, which differ much."""

from __future__ import annotations

import contextlib
import io
import os
import re
from functools import cache
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

import pytest
import typer.main

from b2brouter_async.cli.app import app

if TYPE_CHECKING:
    from collections.abc import Iterator


def commands(command: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, Any]]:
    yield " ".join(path), command
    for name, inner in getattr(command, "commands", {}).items():
        yield from commands(inner, (*path, name))


WHOLE: Any = typer.main.get_command(app)
# The simulator's options are not Typer's.
EVERY = {path: command for path, command in commands(WHOLE) if path != "simulator"}


@cache
def told(path: str, width: int) -> str:
    with (
        patch.dict(os.environ, {"COLUMNS": str(width)}),
        contextlib.redirect_stdout(io.StringIO()) as shown,
    ):
        WHOLE.main([*path.split(), "--help"], prog_name="b2brouter", standalone_mode=False)
    return shown.getvalue()


@pytest.mark.parametrize("width", [80, 120])
@pytest.mark.parametrize("path", EVERY)
def test_no_word_of_the_help_is_cut_at_usual_widths(path: str, width: int) -> None:
    shown = told(path, width)
    words = {word.strip("│") for word in shown.split()}
    missing: list[str] = []
    for parameter in EVERY[path].params:
        if parameter.name in ("install_completion", "show_completion"):
            continue
        wanted = (parameter.help or "").split()
        if parameter.param_type_name == "option":
            wanted += [*parameter.opts, *parameter.secondary_opts]
        if parameter.envvar:
            wanted.append(f"{parameter.envvar}]")
        missing += [word for word in wanted if word not in words]
    assert missing == []
    assert max(len(line.rstrip()) for line in shown.splitlines()) <= width


@pytest.mark.parametrize("path", EVERY)
def test_paragraphs_fill_the_width_whatever_lines_the_source_has(path: str) -> None:
    shown = " ".join(told(path, 120).split("╭")[0].split())
    for paragraph in EVERY[path].help.split("\n\n"):
        assert "\n" not in paragraph
        assert paragraph in shown


@pytest.mark.parametrize("path", EVERY)
def test_what_a_command_takes_is_named_once_and_in_no_second_brackets(path: str) -> None:
    # The newest put brackets and dots where the oldest put none: no name may have its own. A plural tells both.
    for argument in (one for one in EVERY[path].params if one.param_type_name == "argument"):
        assert re.fullmatch(r"[A-Z=|]+", argument.metavar)
        assert argument.metavar.endswith(("S", "=VALUE")) is (argument.nargs == -1)
    usage = told(path, 120).split("Usage:")[1].splitlines()[0]
    assert "[[" not in usage
    assert "…" not in usage
    assert "..}" not in usage


@pytest.mark.parametrize("path", EVERY)
def test_every_option_that_takes_a_value_says_what_kind(path: str) -> None:
    options = [one for one in EVERY[path].params if one.param_type_name == "option" and not one.is_flag]
    assert [one.opts[0] for one in options if not one.metavar] == []

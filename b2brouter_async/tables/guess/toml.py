"""A proposal as a TOML file that a person reads: each column with what it holds and why, each question with its place."""

from __future__ import annotations

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final, cast

from ..words import holds_money

if TYPE_CHECKING:
    from .proposal import Guess, Proposal

_FIRST: Final = ("encoding", "delimiter", "decimal", "date", "sheet", "names", "rows", "fill", "percents", "rounding",
                 "negative", "credit_notes", "apostrophes", "hidden", "untaxed")  # fmt: skip
_SAMPLE: Final = 30


def toml_of(proposal: Proposal) -> str:
    """Return a proposal as a mapping file in TOML.

    Example:
        Path("proposed.toml").write_text(toml_of(propose(Path("march.csv"), country="es")))
    """
    given = proposal.mapping()
    rows = f"{len(proposal.survey.lines):,} rows{' and more' if proposal.survey.more else ''}"
    parts = [
        _comment(
            f"A mapping to start from, for {proposal.survey.path.name} ({rows}). docs/tables.md says what each setting is."
        ),
        *(_comment(line) for line in proposal.proof),
        "",
    ]
    if proposal.questions:
        parts.append(
            "# What the table does not say. Decide each, mend the mapping where it is wrong, and delete its line here:"
        )
        parts.append("# a mapping with an open question is not used.")
        parts.append("questions = [")
        parts += [f"  {_text(question.text)}," for question in proposal.questions]
        parts += ["]", ""]
    parts += [f"{name} = {_value(given[name])}" for name in _FIRST if name in given]
    parts += ["", "[columns]"]
    for guess in proposal.guesses:
        parts += _column(guess, given["columns"])
    for name, section in given.items():
        if not isinstance(section, Mapping) or name == "columns":
            continue
        entries = cast("Mapping[str, Any]", section)
        if name == "values":
            for column, words in entries.items():
                parts += ["", f"[values.{_text(column)}]"]
                parts += [f"{_text(word)} = {_value(one)}" for word, one in words.items()]
        else:
            parts += ["", f"[{name}]"]
            parts += [f"{_key(key)} = {_value(one)}" for key, one in entries.items()]
    return "\n".join(parts) + "\n"


def _column(guess: Guess, columns: Mapping[str, Any]) -> list[str]:
    column = guess.column
    samples = " · ".join(_short(text) for text in column.samples) or "empty"
    lines = [_comment(f"{samples}{'   ' + guess.why if guess.why else ''}")]
    entry = f"{_text(column.label)} = {_value(columns.get(column.label, ''))}"
    if column.label not in columns:
        # Left out and not called unused: money that stands there in another file is then not dropped in silence.
        lines.append(f"# {column.label} is not mapped" if holds_money(column.name) else _comment(entry))
    else:
        lines.append(entry)
    return lines


def _short(text: str) -> str:
    return text if len(text) <= _SAMPLE else text[: _SAMPLE - 1] + "…"


def _comment(text: str) -> str:
    return "# " + "".join(char if char.isprintable() else " " for char in text)


def _key(text: str) -> str:
    return text if text.isascii() and text.replace("_", "").replace("-", "").isalnum() else _text(text)


def _text(text: str) -> str:
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, Decimal)):
        return f"{value:f}" if isinstance(value, Decimal) else str(value)
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, Mapping):
        pairs = cast("Mapping[str, Any]", value).items()
        return "{ " + ", ".join(f"{_key(key)} = {_value(one)}" for key, one in pairs) + " }"
    return "[" + ", ".join(_value(one) for one in cast("list[Any]", value)) + "]"

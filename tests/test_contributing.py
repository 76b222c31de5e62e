"""CONTRIBUTING.md sends people to places that are there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
TABLE = [
    [cell.strip() for cell in row.strip("| ").split(" | ")]
    for row in (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8").splitlines()
    if row.startswith("| ") and not row.startswith("| I want to")
]


def names_in(places: str) -> list[str]:
    return re.findall(r"`([^`\s]+)`", places)


@pytest.mark.parametrize(("wish", "places"), TABLE, ids=[row[0] for row in TABLE])
def test_what_a_row_names_is_there(wish: str, places: str) -> None:
    files = [name for name in names_in(places) if "/" in name or (ROOT / name).exists()]
    assert 1 <= len(files) <= 3
    for name in files:
        assert (ROOT / name).exists(), f"{wish}: {name}"
    text = "".join((ROOT / name).read_text(encoding="utf-8") for name in files if (ROOT / name).is_file())
    for name in names_in(places):
        assert name in files or re.search(rf"\b{name}\b", text), f"{wish}: {name}"


@pytest.mark.parametrize(
    "wish",
    [
        "an environment",
        "an error code an exception",
        "e-invoice syntax",
        "`Retry-After`",
        "another HTTP library",
        "a command",
        "journal",
        "idempotency header",
        "envelope",
        "web-hook event",
    ],
)
def test_the_table_has_what_is_most_often_asked_for(wish: str) -> None:
    assert [row for row in TABLE if wish in row[0]]

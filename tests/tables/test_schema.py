"""The JSON Schema of mappings says what the reader takes."""

from __future__ import annotations

import json
import runpy
import tomllib
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from b2brouter_async.errors import ConfigurationError
from b2brouter_async.tables.fields import known_fields
from b2brouter_async.tables.mapping import SETTINGS, mapping_from

ROOT = Path(__file__).parents[2]
SCHEMA = json.loads((ROOT / "docs" / "mapping.schema.json").read_text(encoding="utf-8"))
ANSWERS = sorted((Path(__file__).parent / "answers").glob("*.toml"))
PAGE = (ROOT / "docs" / "tables.md").read_text(encoding="utf-8")


def test_the_schema_beside_the_page_is_what_the_code_says() -> None:
    """`make names` writes it."""
    assert runpy.run_path(str(ROOT / "docs" / "mapping_schema.py"))["mapping_schema"]() == SCHEMA


@pytest.mark.parametrize("path", ANSWERS, ids=lambda path: path.stem)
def test_mappings_that_are_read_pass_it(path: Path) -> None:
    jsonschema.validate(tomllib.loads(path.read_text(encoding="utf-8")), SCHEMA)


@pytest.mark.parametrize(
    "given",
    [
        {"colums": {}},
        {"columns": {"a": "nmber"}},
        {"decimal": ";"},
        {"rates": {"a": 2100}},
        {"rates": {"a": {"category": "E"}}},
        {"kinds": {"a": "bill"}},
        {"currencies": {"$": "dollar"}},
        {"rows": "invoices"},
    ],
    ids=str,
)
def test_what_the_reader_refuses_it_refuses_too(given: dict[str, Any]) -> None:
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(given, SCHEMA)
    with pytest.raises(ConfigurationError):
        mapping_from(given)


def test_every_setting_and_every_word_is_on_the_page() -> None:
    assert [name for name in SETTINGS if f"`{name}`" not in PAGE and f"`[{name}" not in PAGE] == []
    own = [
        name
        for name, field in known_fields().items()
        if field.about and not name.startswith(("tax.", "surcharge.", "withholding."))
    ]
    assert [
        name for name in own if f"`{name}`" not in PAGE and f"`.{name.rpartition('.')[2]}`" not in PAGE
    ] == []


def test_the_mapping_on_the_page_is_read() -> None:
    (example,) = [part.split("```")[0] for part in PAGE.split("```toml\n")[1:2]]
    mapping = mapping_from(tomllib.loads(example))
    assert mapping.columns is not None
    assert len(mapping.columns) == 11

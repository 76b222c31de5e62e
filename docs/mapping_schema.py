"""Write docs/mapping.schema.json: what mapping files have, for editors that complete and check them.

python docs/mapping_schema.py   writes it; `make names` does it
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from b2brouter_async.tables.fields import TAXES, known_fields
from b2brouter_async.tables.mapping import CHOICES, KINDS, SETTINGS

FILE = Path(__file__).with_name("mapping.schema.json")


def mapping_schema() -> dict[str, Any]:
    """Return the JSON Schema of a mapping file."""
    text: dict[str, Any] = {"type": "string"}
    words: dict[str, Any] = {"anyOf": [text, {"type": "array", "items": text}]}
    field: dict[str, Any] = {
        "anyOf": [
            {"enum": ["", *sorted(known_fields())]},
            {"type": "string", "pattern": r"^(base|tax)@[0-9]{1,2}(\.[0-9]{1,2})?$"},
            {"type": "string", "pattern": r"^line\.tax\.(percent|amount|key|name|category|comment)$"},
        ]
    }
    fields: dict[str, Any] = {"anyOf": [field, {"type": "array", "items": field}]}
    percent: dict[str, Any] = {"type": "number", "minimum": 0, "maximum": 100}
    rate: dict[str, Any] = {
        "anyOf": [
            percent,
            {
                "type": "object",
                "properties": {"percent": percent, "category": text, "comment": text, "name": text},
                "required": ["percent"],
                "additionalProperties": False,
            },
        ]
    }
    by_kind = {"type": "object", "propertyNames": {"enum": list(KINDS[:3])}, "additionalProperties": fields}
    line: dict[str, Any] = {"type": "integer", "minimum": 1}
    shapes: dict[str, dict[str, Any]] = {
        "columns": _table({"anyOf": [*fields["anyOf"], by_kind]}),
        "constants": {**_table({"type": ["string", "number", "boolean"]}), "propertyNames": field},
        "names": {"anyOf": [line, {"type": "array", "items": line, "maxItems": 2}]},
        "fill": {"type": "array", "items": field},
        "first_filled": {**_table({"type": "array", "items": text}), "propertyNames": field},
        "only": _table(words),
        "skip": _table(words),
        "kinds": _table({"enum": list(KINDS)}),
        "rates": _table(rate),
        "surcharges": _table(rate),
        "withholdings": _table(rate),
        "rates_from_amounts": {
            **_table({"anyOf": [percent, {"type": "array", "items": percent}]}),
            "propertyNames": {"enum": list(TAXES)},
        },
        "currencies": _table({"type": "string", "pattern": "^[A-Z]{3}$"}),
        "values": _table(_table({"type": ["string", "number", "boolean"]})),
        "untaxed": {"type": "boolean"},
        "questions": {"type": "array", "items": text},
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Mapping of a table of invoices",
        "type": "object",
        "properties": {
            name: {
                **shapes.get(name, {"enum": list(CHOICES[name])} if name in CHOICES else text),
                "description": about,
            }
            for name, about in SETTINGS.items()
        },
        "additionalProperties": False,
    }


def _table(values: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "additionalProperties": values}


if __name__ == "__main__":
    FILE.write_text(json.dumps(mapping_schema(), indent=1, ensure_ascii=False) + "\n", encoding="utf-8")

"""The SQL of the ledger, filled in for one schema. Every name is written with it, so no search path matters."""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Final

from ...._postgres.schema import quoted
from ..row import KNOWN
from .row import SELECTED

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

WHICH: Final = ("number", "series", "year")
FATE: Final = tuple(name for name in KNOWN if name not in ("source", "sha256", *WHICH))
"""What is known of a document's fate; the rest of an outcome says which document it is."""

_WRITTEN: Final = ("sha256", "source", *WHICH, *FATE)
_TEXT: Final = (
    files("b2brouter_async.bulk.journal.postgres").joinpath("statements.sql").read_text(encoding="utf-8")
)


@cache
def statements(schema: str) -> Mapping[str, bytes]:
    """Return the statements by name; their values are given by name, too.

    Args:
        schema: where the tables are.
    """
    s = quoted(schema)
    alive = f"EXISTS (SELECT FROM {s}.holders h WHERE h.id = d.holder AND h.buried IS NULL)"
    parts = {
        "s": s,
        "row": ", ".join(f"d.{column}" for column in SELECTED),
        "clock": "FROM (SELECT clock_timestamp() AS now) AS clock",
        "alive": alive,
        "ends": "clock_timestamp() + make_interval(secs => %(lease)s)",
        "held": "h.name, h.id IS NOT NULL AND h.buried IS NULL, coalesce(h.ends < clock_timestamp(), true)",
        "of_holder": f"{s}.documents d LEFT JOIN {s}.holders h ON h.id = d.holder",
        "about": "host = %(host)s AND environment = %(environment)s AND account = %(account)s"
        " AND direction = %(direction)s",
        "written": ", ".join(_WRITTEN),
        "values": ", ".join(f"%({name})s" for name in _WRITTEN),
        "which": _changes(WHICH),
        "fate": _changes(FATE),
        # What the row was when it was read is what it still is: whoever comes between changes the fence.
        "unchanged": f"d.id = %(id)s AND d.fence = %(known)s AND d.stage = %(was)s AND NOT {alive}",
        "claimed": "holder = %(holder)s, fence = %(fence)s, claims = d.claims + 1, claimed = now, changed = now, due = now",
        # Who gave up comes back later each time, so that one document doesn't keep the others waiting.
        "later": "now + least(3600, 60 * 2 ^ least(greatest(d.claims - 1, 0), 10)) * interval '1 second'",
    }
    named = re.findall(r"^-- name: (\w+)\n(.*?)(?=^-- name: |\Z)", _TEXT, re.MULTILINE | re.DOTALL)
    return {name: " ".join(text.format(**parts).split()).encode() for name, text in named}


def _changes(names: Iterable[str]) -> str:
    return ", ".join(f"{name} = %({name})s" for name in names)

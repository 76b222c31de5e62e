"""What a newer Python refuses and the oldest that is allowed says nothing about."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent


def test_no_statement_of_sqlite_numbers_its_places() -> None:
    # Python 3.12 warns of values in order for numbered places, and 3.14 refuses them.
    numbered = [
        f"{path.relative_to(ROOT)}: {line.strip()}"
        for folder in ("b2brouter_async", "examples")
        for path in sorted((ROOT / folder).rglob("*.py"))
        for line in path.read_text("utf-8").splitlines()
        if re.search(r"\b(SELECT|WHERE|VALUES|SET)\b.*\?[0-9]", line)
    ]
    assert numbered == []

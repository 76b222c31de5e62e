"""docs/environment.md names every environment variable that the package reads, and no other."""

from __future__ import annotations

import re
from pathlib import Path

from b2brouter_async.config import VARIABLES

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs" / "environment.md").read_text(encoding="utf-8")
EXAMPLES = {"B2BROUTER_BASE_ULR", "B2BROUTER_KEY"}
"""Names that are wrong on purpose."""
NAME = re.compile(r"B2BROUTER_[A-Z][A-Z_]*[A-Z]")


def test_every_variable_that_stands_in_the_code_is_on_the_page_and_no_other() -> None:
    code = "".join(
        path.read_text(encoding="utf-8") for path in sorted((ROOT / "b2brouter_async").rglob("*.py"))
    )
    assert set(NAME.findall(PAGE)) - EXAMPLES == set(NAME.findall(code)) - EXAMPLES


def test_the_table_says_which_argument_a_variable_stands_for() -> None:
    rows = dict(re.findall(r"^\| `(B2BROUTER_\w+)` \| `(\w+)`", PAGE, re.MULTILINE))
    for setting, variable in VARIABLES.items():
        assert rows[variable] == ("api_key" if setting == "key_file" else setting)

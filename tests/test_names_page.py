"""docs/names.md lists every public name; llms.txt leads to every page. Who changes a public name sees it there."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent


def test_the_page_of_names_is_what_the_code_says() -> None:
    """`make names` writes it anew. A name that went, or means something else, needs its line in CHANGELOG.md."""
    told = (
        "import sys; sys.path.insert(0, 'docs'); import names; sys.stdout.buffer.write(names.page().encode())"
    )
    done = subprocess.run([sys.executable, "-c", told], cwd=ROOT, capture_output=True, check=True)
    assert done.stdout.decode() == (ROOT / "docs" / "names.md").read_text("utf-8")


def test_what_people_annotate_with_has_a_public_home() -> None:
    page = (ROOT / "docs" / "names.md").read_text("utf-8")
    for name in ("Content", "Options", "CallOptions", "Page", "Pager", "Upload", "AccountId", "Middleware"):
        assert f"| `{name}` |" in page


def test_the_file_for_language_models_leads_to_every_page() -> None:
    text = (ROOT / "llms.txt").read_text("utf-8")
    linked = set(re.findall(r"\]\((docs/[a-z-]+\.md)\)", text))
    assert linked == {f"docs/{page.name}" for page in (ROOT / "docs").glob("*.md")}
    for target in re.findall(r"\]\(([^)]+)\)", text):
        assert (ROOT / target).exists()


def test_the_readme_leads_to_every_page() -> None:
    text = (ROOT / "README.md").read_text("utf-8")
    assert {page.name for page in (ROOT / "docs").glob("*.md")} <= set(
        re.findall(r"docs/([a-z-]+\.md)", text)
    )

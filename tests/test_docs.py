"""What the docs show can be run, and what they point to is there."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PAGES = sorted([ROOT / "README.md", *(ROOT / "docs").glob("*.md")])
pages = pytest.mark.parametrize("page", PAGES, ids=[page.name for page in PAGES])


@pages
def test_every_python_example_compiles(page: Path) -> None:
    for example in re.findall(
        r"^```python\n(.*?)^```", page.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE
    ):
        compile(example, page.name, "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)


@pages
def test_every_link_into_the_project_leads_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8")):
        if not target.startswith("http"):
            assert (page.parent / target).exists(), f"{page.name} points to {target}"


def test_every_task_the_readme_names_is_a_make_target() -> None:
    tasks = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    named = set(re.findall(r"make ([a-z-]+)", (ROOT / "README.md").read_text(encoding="utf-8")))
    assert {"demo", "test", "generate", "fetch-spec"} <= named <= tasks


def test_the_readmes_invoice_is_taken() -> None:
    from decimal import Decimal

    from b2brouter_async.models import InvoiceInput, InvoiceLineInput, TaxInput

    line = InvoiceLineInput(
        quantity=2, price=Decimal("49.90"), taxes_attributes=[TaxInput(name="IVA", category="S", percent=21)]
    )
    invoice = InvoiceInput(number="F-2026-1", contact_id=77, invoice_lines_attributes=[line])
    assert invoice.to_dict()["invoice_lines_attributes"] == [
        {
            "quantity": 2,
            "price": Decimal("49.90"),
            "taxes_attributes": [{"name": "IVA", "category": "S", "percent": 21}],
        }
    ]


def test_models_have_a_short_name_and_load_one_by_one() -> None:
    import subprocess
    import sys

    program = (
        "import sys\nfrom b2brouter_async.models import TaxInput\n"
        "print(sorted(name for name in sys.modules if name.startswith('b2brouter_async.generated.models.')))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "['b2brouter_async.generated.models.tax_input']"

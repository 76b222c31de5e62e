"""What the docs show can be run, and what they point to is there."""

from __future__ import annotations

import re
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from b2brouter_async import B2Brouter, payment_method, wait_for_document
from b2brouter_async.models import ContactInput
from b2brouter_async.simulator import Delays, Key, Simulator
from examples.sample_invoices import ubl_invoice

from .shown import ANYWHERE, compiled, on_server, run, with_documents

ROOT = Path(__file__).parent.parent
PAGES = sorted([ROOT / "README.md", *(ROOT / "docs").glob("*.md")])
pages = pytest.mark.parametrize("page", PAGES, ids=[page.name for page in PAGES])


def examples(page: Path) -> list[str]:
    """Return the Python examples of a page."""
    return re.findall(r"^```python\n(.*?)^```", page.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)


@pages
def test_every_python_example_compiles(page: Path) -> None:
    for example in examples(page):
        compiled(example, page.name)


RUNNABLE = [
    ROOT / "README.md",
    *(
        ROOT / "docs" / name
        for name in (
            "accounts.md",
            "building.md",
            "bulk.md",
            "calls.md",
            "einvoice.md",
            "files.md",
            "finding.md",
            "following.md",
            "limiter.md",
            "models.md",
            "received.md",
            "sandbox.md",
            "simulator.md",
            "tables.md",
            "tax-reports.md",
            "web-apps.md",
            "webhooks.md",
        )
    ),
]


async def own_request() -> SimpleNamespace:
    return SimpleNamespace(status_code=200)


@pytest.mark.anyio
@pytest.mark.parametrize("page", RUNNABLE, ids=[page.name for page in RUNNABLE])
async def test_every_python_example_runs_against_the_simulator(
    page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(with_documents(tmp_path))
    monkeypatch.setenv("B2BROUTER_WEBHOOK_SECRET", "whsec_…")
    monkeypatch.setenv("B2BROUTER_KEY_NORTH", "test_simulator")
    monkeypatch.setenv("B2BROUTER_KEY_SOUTH", "test_south")
    at_once = Delays(send=0, register=0, refuse=0, pdf=0, tax_report=0, directory=0)
    simulator = Simulator(delays=at_once, keys=[Key("test_south", group="south")])
    async with simulator.serve() as url, B2Brouter(simulator.api_key, base_url=url) as client:
        account = (await client.accounts.list()).items[0].id
        contact = await client.contacts.create(
            account, contact=ContactInput(name="Ana", tin_value="ESB00000018", country="es")
        )
        first = await client.invoices.import_document(account, content=ubl_invoice(number="FIRST"))
        simulator.advance(60)
        theirs = {
            "B2BrouterGroup(keys": f'B2BrouterGroup(keys, base_url="{url}"',
            "1234": str(account),
            "account(123)": f"account({account})",
            "=77": f"={contact.id}",
            "(5": f"({first.id}",
            '"invoice_id": 5': f'"invoice_id": {first.id}',
            "timeout=300": "timeout=0.1",
            "anyio.run(main)": "await main()",
        }
        names = {
            **ANYWHERE,
            "client": client,
            "wait_for_document": wait_for_document,
            "payment_method": payment_method,
            "send": own_request,
            "api_key": simulator.api_key,
        }
        for example in examples(page):
            example = on_server(example, simulator, url)
            for said, meant in theirs.items():
                example = example.replace(said, meant)
            await run(example, page.name, names)


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


def test_the_page_of_web_hooks_notes_an_event_once_from_whatever_thread(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (example,) = [one for one in examples(ROOT / "docs" / "webhooks.md") if "def act_once" in one]
    names: dict[str, Any] = {}
    exec(example, names)
    with ThreadPoolExecutor(2) as threads:  # as handlers are called that are no coroutine functions
        for _ in range(2):
            threads.submit(names["act_once"], SimpleNamespace(key="sandbox:1")).result()
    with closing(sqlite3.connect("shop.sqlite")) as database:
        assert database.execute("SELECT key FROM handled").fetchall() == [("sandbox:1",)]

"""Runs what docs and docstrings show, against a simulator in a world where all of it makes sense.

Examples name an account 1234, a contact 77, and 5 whatever else they are about: the simulator's own ids take their place.
"""

from __future__ import annotations

import ast
import datetime
import inspect
import re
import shutil
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import anyio
import anyio.to_thread

from b2brouter_async import models, simulator
from b2brouter_async.models import ContactInput
from examples.sample_invoices import samples, ubl_invoice

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from types import CodeType

    from b2brouter_async import B2Brouter
    from b2brouter_async.simulator import Simulator

ANYWHERE: Mapping[str, object] = {
    **{name: getattr(models, name) for name in dir(models)},
    "Path": Path,
    "Decimal": Decimal,
    "datetime": datetime,
}
"""What examples use without importing it."""

SERVER = '"test_…"'


def compiled(example: str, name: str) -> CodeType:
    """Compile an example; await may stand at its top.

    Raises:
        SyntaxError: it is no Python.
    """
    code: CodeType = compile(example, name, "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
    return code


async def run(example: str, name: str, names: dict[str, Any]) -> None:
    """Run an example; what it defines is in `names` afterwards."""
    code = compiled(example, name)
    if code.co_flags & inspect.CO_COROUTINE:
        await eval(code, names)
    else:
        # What awaits nothing is of a program that does not: it may block, and no event loop is around it.
        await anyio.to_thread.run_sync(eval, code, names)


@cache
def _documents() -> Mapping[str, bytes]:
    """The e-invoices that examples name, by path."""
    two = dict(samples(2))
    return {
        **{f"{folder}/{name}": content for folder in ("outbox", "invoices") for name, content in two.items()},
        "invoice.xml": ubl_invoice(number="IMPORTED-1"),
        "F-1.xml": ubl_invoice(number="F-1"),
    }


def with_documents(folder: Path) -> Path:
    """Fill a folder with the files that examples name, and return it."""
    for name in ("outbox", "invoices"):
        (folder / name).mkdir()
    for name, content in _documents().items():
        (folder / name).write_bytes(content)
    tables = Path(__file__).parent / "tables"
    shutil.copy(tables / "samples" / "es-gestoria.csv", folder / "march.csv")
    shutil.copy(tables / "answers" / "es-gestoria.toml", folder / "march.toml")
    shutil.copy(Path(simulator.__file__).parent / "openapi.json", folder / "spec.json")
    (folder / "logo.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    (folder / "hours.pdf").write_bytes(b"%PDF-1.7\n")
    return folder


def on_server(example: str, simulator: Simulator, url: str) -> str:
    """Let a client that an example makes talk to the simulator."""
    return example.replace(SERVER, f'"{simulator.api_key}", base_url="{url}"')


class World:
    """One account with a little of everything, made as far as an example asks for it."""

    def __init__(self, client: B2Brouter, simulator: Simulator) -> None:
        self.client = client
        self.simulator = simulator
        self.account = int(simulator.account)

    async def contact(self) -> int:
        made = await self.client.contacts.create(
            self.account, contact=ContactInput(name="Ana", tin_value="ESB00000018", country="es")
        )
        return made.id

    async def invoice(self) -> int:
        made = await self.client.invoices.import_document(self.account, content=ubl_invoice(number="FIRST"))
        return made.id

    async def received(self) -> int:
        made = await self.client.invoices.import_document(
            self.account, content=ubl_invoice(number="THEIRS"), issued=False
        )
        return made.id

    async def tax_report(self) -> int:
        await self.setting()
        made = await self.client.tax_reports.create(self.account, tax_report=REPORT)
        return made.id

    async def setting(self) -> None:
        await self.client.tax_report_settings.ensure(
            self.account, tax_report_setting={"code": "verifactu", "auto_generate": True, "auto_send": True}
        )

    async def ledger(self) -> int:
        made = await self.client.ledgers.import_document(self.account, content=b"<Ledger/>")
        return made.id

    async def web_hook(self) -> int:
        made = await self.client.web_hooks.create(
            web_hook={"url": "https://acme.example/old", "events": ["issued_invoice.state_change"]}
        )
        return made.id

    async def batch(self) -> str:
        made = await self.client.tax_report_batches.create(self.account, tax_reports=[REPORT])
        return f'"{made.batch_id}"'

    async def tin_verification(self) -> str:
        made = await self.client.tin_verifications.create(
            [{"tin_value": "ESB12345678", "name": "Acme SL"}], country="es"
        )
        return f'"{made.id}"'

    async def furnish(self, example: str) -> str:
        """Make what an example is about, and return it with the ids of that."""
        for pattern, make in self._places():
            if re.search(pattern, example):
                made = await make()
                example = re.sub(pattern, lambda found, made=made: f"{found[1]}{made}", example)  # type: ignore[misc]
        if "unarchive" in example:
            await self.client.accounts.delete(self.account)
        if "delete_logo" in example:
            await self.client.accounts.upload_logo(self.account, content=b"\x89PNG\r\n\x1a\n")
        if "verifactu" in example:
            await self.setting()
        self.simulator.advance(60)
        return example.replace("1234", str(self.account))

    def _places(self) -> list[tuple[str, Callable[[], Any]]]:
        return [
            (r"(\btax_reports\.(?!verifactu)\w+\(\s*)5\b", self.tax_report),
            (r"(\bledgers\.\w+\(\s*)5\b", self.ledger),
            (r"(\bweb_hooks\.\w+\(\s*)5\b", self.web_hook),
            (r"(\breceived\.\w+\(\s*)5\b", self.received),
            (
                r'((?:\binvoices\.\w+\(\s*|verifactu_qr\(|"invoice_id": |client, |/invoices/))5\b',
                self.invoice,
            ),
            (r'((?:\bcontacts\.\w+\(\s*|"contact_id": |contact_id=))77\b', self.contact),
            (r'((?:batch_id=|batches\.\w+\())"17"', self.batch),
            (r'(\btin_verifications\.\w+\()"17"', self.tin_verification),
        ]


REPORT: Any = {
    "type": "Verifactu",
    "invoice_date": "2026-10-14",
    "invoice_number": "R-1",
    "description": "Gaskets",
    "invoice_type_code": "F1",
    "customer_party_name": "Acme SL",
    "customer_party_tax_id": "B12345678",
    "customer_party_country": "es",
    "currency": "EUR",
    "tax_inclusive_amount": Decimal("121.00"),
    "tax_amount": Decimal("21.00"),
    "tax_breakdowns": [
        {
            "name": "IVA",
            "category": "S",
            "non_exemption_code": "S1",
            "percent": 21,
            "taxable_base": Decimal("100.00"),
            "tax_amount": Decimal("21.00"),
            "special_regime_key": "01",
        }
    ],
}

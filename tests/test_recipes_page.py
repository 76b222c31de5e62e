"""The recipes of six countries run against the simulator, each with an account of its country."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from b2brouter_async import B2Brouter
from b2brouter_async.simulator import Simulator

from .shown import ANYWHERE, run
from .test_docs import examples

if TYPE_CHECKING:
    from b2brouter_async.models import Account

PAGE = Path(__file__).parents[1] / "docs" / "recipes.md"
COUNTRIES = {"1235": "es", "3001": "it", "3002": "fr", "3003": "be", "3004": "pl", "3005": "de"}
REFUSED = (
    "IRPF is withheld, and its rate negative: pass -15",
    "invoice_references",
    "amended_number: the API has no such field since 2026-04-20",
    'a consumer without one gets type="IssuedSimplifiedInvoice"',
    "later",  # the code of a report that isn't chained
    "E charges nothing, and the rate is 22 %",
    "['remittance_information', 'payment_method_text', 'payment_terms']",
    "Remittance information is required for DGFiP reporting",
    "30 is none of B2Brouter's own codes; for 30 of other formats that is 4 (transfer)",
    "'zł' is no code of ISO 4217",
    "pin_value routes the invoice and doesn't identify the party",
)
"""What the failure path of each recipe prints."""


@pytest.mark.anyio
async def test_every_recipe_runs_and_its_failure_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    simulator = Simulator()
    async with simulator.serve() as url, B2Brouter(simulator.api_key, base_url=url) as client:
        theirs = {"1234": str((await client.accounts.list()).items[0].id)}
        for number, country in COUNTRIES.items():
            theirs[number] = str((await opened(client, number, country)).id)
        names = {**ANYWHERE, "client": client}
        for example in examples(PAGE):
            for said, meant in theirs.items():
                example = example.replace(f"({said})", f"({meant})")
            simulator.advance(600)  # what was reported in the block before is registered by now
            await run(example, PAGE.name, names)

    printed = capsys.readouterr().out
    assert [text for text in REFUSED if text not in printed] == []


async def opened(client: B2Brouter, number: str, country: str) -> Account:
    return await client.accounts.create(
        details={
            "name": f"Example {country}",
            "tin_value": f"{country.upper()}00000{number}",
            "country": country,
            "address": "Example Street 1",
            "city": "Example",
            "postalcode": "00001",
            "email": "example@example.com",
        }
    )

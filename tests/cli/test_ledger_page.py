"""The page of a ledger, as far as it needs no database."""

from __future__ import annotations

import re
import sys
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest
from attrs import frozen

from b2brouter_async.cli.ledger_page import ledger_app
from b2brouter_async.fleet import Overview

if TYPE_CHECKING:
    from collections.abc import Callable

    from .conftest import Ran

NOWHERE = "postgresql://127.0.0.1:1/x"
PROJECT = Path(__file__).parents[2] / "pyproject.toml"


@frozen
class Without:
    """A Python in which a package is not installed."""

    package: str

    def find_spec(self, name: str, *_: object) -> None:
        if name == self.package:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)


@pytest.mark.parametrize("missing", ["starlette", "uvicorn"])
def test_what_the_page_needs_is_in_the_extras_that_it_names(
    run: Callable[..., Ran], monkeypatch: pytest.MonkeyPatch, missing: str
) -> None:
    for name in list(sys.modules):
        if name.split(".")[0] == missing or name == "b2brouter_async.cli.ledger_page":
            monkeypatch.delitem(sys.modules, name)
    monkeypatch.setattr(sys, "meta_path", [Without(missing), *sys.meta_path])

    ran = run("journal", NOWHERE, "--serve")

    assert ran.status == 2
    (named,) = re.findall(rf"--serve needs {missing}; .*pip install 'b2brouter-async\[(.*)\]'", ran.err)
    extras = tomllib.loads(PROJECT.read_text(encoding="utf-8"))["project"]["optional-dependencies"]
    brought = [requirement for extra in named.split(",") for requirement in extras[extra]]
    assert any(requirement.startswith(missing) for requirement in brought)


@pytest.mark.parametrize(
    "command", [["journal", NOWHERE, "--serve"], ["webhooks", "listen"], ["simulator"]], ids=" ".join
)
def test_a_host_whose_name_no_host_can_have_is_told_in_a_sentence(
    run: Callable[..., Ran],
    variables: Callable[..., None],
    command: list[str],
) -> None:
    variables(B2BROUTER_WEBHOOK_SECRET="whsec_x")
    ran = run(*command, "--host", "é..")
    assert ran.status == 2
    assert "'é..' is no name of a host" in ran.err


@pytest.mark.anyio
@pytest.mark.parametrize("origin", ["https://elsewhere.example", "null", "http://[::1", "http://[x]", "?"])
async def test_a_form_of_another_site_is_refused_whatever_it_says_of_itself(origin: str) -> None:
    transport = httpx.ASGITransport(ledger_app(Overview(NOWHERE)))
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8765") as browser:
        reply = await browser.post("/documents/1/retry", data={"token": "x"}, headers={"Origin": origin})
    assert reply.status_code == 403
    assert "of another site" in reply.text

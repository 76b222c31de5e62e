"""`b2brouter upload --keys`: each document to the account of who issues it, whichever key sees that."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest
from anyio.from_thread import start_blocking_portal

from b2brouter_async.bulk import open_journal
from b2brouter_async.simulator import ACCOUNTS, Key, Simulator
from examples.sample_invoices import SELLERS, ubl_invoice

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.cli.conftest import Ran

    Run = Callable[..., Ran]

NORTH, SOUTH = "test_north_0123456789", "test_south_0123456789"
SPAIN, GERMANY, STRANGER = SELLERS[0], SELLERS[1], SELLERS[4]


def account(number: int, company: Any) -> Any:
    return {**ACCOUNTS[0], "id": number, "name": company.name, "tin_value": company.tax_id,
            "country": company.country.lower()}  # fmt: skip


@pytest.fixture
def simulator(variables: Callable[..., None]) -> Iterator[Simulator]:
    simulator = Simulator(
        limit=None, api_key=NORTH, accounts=[account(101, SPAIN)], keys=[Key(SOUTH, group="south")]
    )
    simulator.add_account(account(201, GERMANY), api_key=SOUTH)
    with start_blocking_portal() as portal, portal.wrap_async_context_manager(simulator.serve()) as url:
        variables(B2BROUTER_BASE_URL=url, B2BROUTER_REQUESTS_PER_MINUTE="60000")
        yield simulator


@pytest.fixture
def outbox(tmp_path: Path) -> Path:
    folder = tmp_path / "outbox"
    folder.mkdir()
    for company in (SPAIN, GERMANY):
        for number in range(3):
            name = f"{company.country}-{number}"
            (folder / f"{name}.xml").write_bytes(ubl_invoice(seller=company, number=name))
    (tmp_path / "keys.txt").write_text(f"# ours\nnorth = {NORTH}\n\n{SOUTH}\n")
    return folder


def test_each_document_goes_to_its_account(
    simulator: Simulator, run: Run, outbox: Path, tmp_path: Path
) -> None:
    (outbox / "stranger.xml").write_bytes(ubl_invoice(seller=STRANGER, number="X-1"))
    ran = run("upload", outbox, "--keys", "keys.txt", "--json")
    assert ran.status == 1
    lines = {one["source"]: one for one in map(json.loads, ran.out.splitlines())}
    assert {name: (one["account"], one["kind"]) for name, one in lines.items()} == {
        **{f"ES-{n}.xml": (101, "created") for n in range(3)},
        **{f"DE-{n}.xml": (201, "created") for n in range(3)},
        "stranger.xml": (None, "invalid"),
    }
    assert lines["stranger.xml"]["code"] == "no_account"
    assert "Uploading to the accounts of 2 keys · sandbox · journal b2brouter-sandbox-journals" in ran.err
    with open_journal("b2brouter-sandbox-journals/201.db") as journal:
        assert len(journal) == 3
    (outbox / "stranger.xml").unlink()
    again = run("upload", outbox, "--keys", "keys.txt", "--report", "run.html")
    assert again.status == 0
    assert "Upload to the accounts of 2 keys (sandbox)" in (tmp_path / "run.html").read_text()
    assert re.match(r"6 documents in .*: 6 created \(6 settled before\)", again.out)
    assert NORTH not in ran.out + ran.err + again.out + again.err


def test_an_account_that_fails_is_named_and_the_others_go_on(
    simulator: Simulator, run: Run, outbox: Path, tmp_path: Path
) -> None:
    (tmp_path / "journals").mkdir()
    (tmp_path / "journals" / "201.db").write_text("no journal")
    ran = run("upload", outbox, "--keys", "keys.txt", "--journal", "journals")
    assert ran.status == 3
    assert "account 201:" in ran.err
    assert "3 created, 3 invalid" in ran.out
    assert sorted(entry.number for entry in simulator.ledger()) == ["ES-0", "ES-1", "ES-2"]


def test_a_key_that_is_refused_begins_nothing(
    simulator: Simulator, run: Run, outbox: Path, tmp_path: Path
) -> None:
    (tmp_path / "keys.txt").write_text(f"north = {NORTH}\nold = test_unknown_0123456789\n")
    ran = run("upload", outbox, "--keys", "keys.txt")
    assert ran.status == 2
    assert "not every key of the group could be asked for its accounts: old:" in ran.err
    assert not list(simulator.ledger())


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("", "keys.txt holds no key"),
        ("# nothing\n", "keys.txt holds no key"),
        (f"a = {NORTH}\na = {SOUTH}\n", "line 2: there is another key of this name"),
        (f"a = {NORTH} {SOUTH}\n", "line 1: write a key, or name = key"),
        (f"{NORTH}\n{NORTH}\n", "line 1 and line 2 are the same key"),
        ("prod_0123456789\n", "environment"),
    ],
)
def test_a_file_that_holds_no_keys_is_refused_and_shown_nowhere(
    simulator: Simulator, run: Run, outbox: Path, tmp_path: Path, content: str, problem: str
) -> None:
    (tmp_path / "keys.txt").write_text(content)
    ran = run("upload", outbox, "--keys", "keys.txt")
    assert ran.status == 2
    assert problem in ran.err
    assert NORTH not in ran.err
    assert simulator.requests(NORTH) == 0


@pytest.mark.parametrize("more", [("--account", "101"), ("--dry-run",), ("--rehearse",), ("--key-file", "k")])
def test_what_does_not_go_together_is_refused(
    simulator: Simulator, run: Run, outbox: Path, more: tuple[str, ...]
) -> None:
    ran = run("upload", outbox, "--keys", "keys.txt", *more)
    assert ran.status == 2
    assert f"--keys, {more[0]}: one of them at a time" in ran.err


def test_a_missing_file_is_named(simulator: Simulator, run: Run, outbox: Path) -> None:
    ran = run("upload", outbox, "--keys", "nowhere.txt")
    assert ran.status == 2
    assert "--keys: nowhere.txt: No such file" in ran.err

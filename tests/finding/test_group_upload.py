"""One upload over many accounts: each document to its own, once, and none to another's."""

from __future__ import annotations

import os
import resource
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import anyio
import anyio.to_thread
import pytest

from b2brouter_async import B2BrouterGroup, ConfigurationError, GroupIncompleteError, GroupOutcome
from b2brouter_async.bulk import Document, Patience, Summary, open_journal, prepare
from b2brouter_async.bulk.journal import lock
from b2brouter_async.bulk.source import Seen
from b2brouter_async.einvoice import read_document
from b2brouter_async.group import upload as group_upload
from b2brouter_async.simulator import ACCOUNTS, Key, Simulator
from examples.sample_invoices import BUYERS, SELLERS, Company, ubl_invoice

from .test_accounts import BOTH, NORTH, SOUTH, client_of, group_of

if TYPE_CHECKING:
    import pathlib
    from collections.abc import AsyncIterator
    from pathlib import Path

pytestmark = pytest.mark.anyio

IMPORT = "POST /accounts/{}/invoices/import"
SPAIN, GERMANY, FRANCE, ITALY = SELLERS[:4]
ES, DE, FR, IT = 101, 201, 102, 202


def account(number: int, company: Company, **fields: Any) -> Any:
    return {
        **ACCOUNTS[0],
        "id": number,
        "name": company.name,
        "tin_value": company.tax_id,
        "country": company.country.lower(),
        **fields,
    }


@pytest.fixture
def simulator() -> Simulator:
    simulator = Simulator(
        limit=None,
        api_key=NORTH,
        accounts=[account(ES, SPAIN), account(FR, FRANCE)],
        keys=[Key(SOUTH, group="south"), Key(BOTH, group="main")],
    )
    simulator.add_account(account(DE, GERMANY), api_key=SOUTH)
    simulator.add_account(account(IT, ITALY), api_key=SOUTH)
    return simulator


@pytest.fixture
def group(simulator: Simulator) -> B2BrouterGroup:
    return group_of(simulator)


def document(seller: Company, number: str, **fields: Any) -> bytes:
    return ubl_invoice(seller=seller, number=number, **fields)


def self_billed(content: bytes) -> bytes:
    return content.replace(b"TypeCode>380<", b"TypeCode>389<")


async def upload(
    group: B2BrouterGroup, folder: Path, documents: Any, **settings: Any
) -> tuple[list[GroupOutcome], Any]:
    clock = next(iter(group.clients.values())).caller.waiting
    settings.setdefault("patience", Patience(sleep=clock.sleep, clock=clock.clock))
    with anyio.fail_after(60):
        async with group.upload(folder, **settings) as run:
            outcomes = [one async for one in run(documents)]
    return outcomes, run


def told(outcomes: list[GroupOutcome]) -> dict[str | None, tuple[int | None, str, str | None]]:
    return {
        one.outcome.number or one.outcome.source: (
            one.account.id if one.account else None,
            one.outcome.kind,
            one.outcome.code,
        )
        for one in outcomes
    }


def accepted(simulator: Simulator) -> dict[str, int]:
    counts: dict[str, int] = {}
    for entry in simulator.ledger():
        counts[entry.number] = counts.get(entry.number, 0) + entry.times
    return counts


async def numbers(group: B2BrouterGroup, number: int) -> list[str | None]:
    return [row.number async for row in (await group.account(number)).invoices.list()]


async def test_each_document_goes_to_the_account_of_its_seller(
    simulator: Simulator, group: B2BrouterGroup, tmp_path: Path
) -> None:
    sellers = {"E": SPAIN, "D": GERMANY, "F": FRANCE, "I": ITALY}
    documents = [document(sellers[letter], f"{letter}-{n}") for n in range(5) for letter in sellers]
    outcomes, run = await upload(group, tmp_path / "new" / "journals", documents)
    # The lists have shown the accounts: nothing but the documents is sent.
    assert [entry.method for entry in simulator.log()] == ["GET"] * 2 + ["POST"] * 20
    assert {kind for _, kind, _ in told(outcomes).values()} == {"created"}
    assert {str(number)[0]: owner for number, (owner, _, _) in told(outcomes).items()} == {
        "E": ES, "D": DE, "F": FR, "I": IT,
    }  # fmt: skip
    assert sorted(map(str, await numbers(group, DE))) == [f"D-{n}" for n in range(5)]
    assert (run.summary.total, run.summary.there, run.summary.finished, run.failures) == (20, 20, True, {})
    assert {number: one.there for number, one in run.summaries.items()} == {ES: 5, DE: 5, FR: 5, IT: 5}
    names = sorted(path.name for path in (tmp_path / "new" / "journals").glob("*.db"))
    assert names == ["101.db", "102.db", "201.db", "202.db"]
    with open_journal(tmp_path / "new" / "journals" / "201.db") as journal:
        assert (journal.about["account"], len(journal)) == ("201", 5)


async def test_the_same_again_sends_nothing(
    simulator: Simulator, group: B2BrouterGroup, tmp_path: Path
) -> None:
    documents = [document(SPAIN, "E-1"), document(GERMANY, "D-1")]
    await upload(group, tmp_path, documents)
    outcomes, run = await upload(group, tmp_path, documents)
    assert all(one.outcome.repeated for one in outcomes)
    assert run.summary.repeated == 2
    assert accepted(simulator) == {"E-1": 1, "D-1": 1}


async def test_small_files_are_read_once(
    simulator: Simulator, group: B2BrouterGroup, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "outbox"
    folder.mkdir()
    (folder / "e.xml").write_bytes(document(SPAIN, "E-1"))
    (folder / "d.xml").write_bytes(document(GERMANY, "D-1"))
    (folder / "notes.txt").write_text("x")
    (folder / "broken.xml").write_text("<x>")

    def again(*anything: object) -> bytes:
        raise AssertionError("what is sent may be another document than the one that was looked at")

    monkeypatch.setattr(prepare, "read_file", again)
    outcomes, run = await upload(group, tmp_path / "journals", folder)
    assert told(outcomes) == {
        "E-1": (ES, "created", None),
        "D-1": (DE, "created", None),
        "broken.xml": (None, "invalid", "unreadable"),
    }
    assert {one.outcome.source for one in outcomes} == {"e.xml", "d.xml", "broken.xml"}
    assert run.summary.skipped == 1
    outcomes, _ = await upload(group, tmp_path / "journals", [folder / "missing.xml"])
    assert told(outcomes) == {"missing.xml": (None, "invalid", "unreadable")}


async def test_a_larger_file_is_read_again_and_sent_only_as_it_was_looked_at(
    simulator: Simulator, group: B2BrouterGroup, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "outbox"
    folder.mkdir()
    padding = b"<!-- a scan -->" * 8000
    for name, seller in (("a.xml", SPAIN), ("b.xml", GERMANY)):
        (folder / name).write_bytes(document(seller, f"{name[0].upper()}-1") + padding)
    read = prepare.read_file

    def changed(path: pathlib.Path, max_bytes: int, room: int) -> bytes:
        if path.name == "a.xml":  # another company's by now
            path.write_bytes(document(GERMANY, "X-1") + padding)
        return read(path, max_bytes, room)

    with monkeypatch.context() as patched:
        patched.setattr(prepare, "read_file", changed)
        outcomes, _ = await upload(group, tmp_path / "journals", folder)
    assert {one.outcome.source: one.outcome.kind for one in outcomes} == {
        "a.xml": "invalid",
        "b.xml": "created",
    }
    (invalid,) = (one.outcome for one in outcomes if one.outcome.kind == "invalid")
    assert "has changed since it was looked at" in (invalid.message or "")
    assert accepted(simulator) == {"B-1": 1}
    outcomes, _ = await upload(group, tmp_path / "journals", folder)
    assert told(outcomes) == {"X-1": (DE, "created", None), "B-1": (DE, "created", None)}
    assert accepted(simulator) == {"B-1": 1, "X-1": 1}


async def test_what_waits_for_its_turn_is_not_held_in_memory(group: B2BrouterGroup, tmp_path: Path) -> None:
    for number in range(6):
        content = document(SPAIN, f"E-{number}") + b"<!-- a scan -->" * 5_000
        (tmp_path / f"{number}.xml").write_bytes(content)
    held: list[int] = []

    def look(summary: Summary) -> None:
        for worker in run._workers.values():
            contents = [one.content.content for one in worker.backlog.items if isinstance(one.content, Seen)]
            held.extend(len(one) for one in contents if isinstance(one, bytes))
            assert len(contents) == len(worker.backlog.items)

    clock = next(iter(group.clients.values())).caller.waiting
    patience = Patience(sleep=clock.sleep, clock=clock.clock)
    async with group.upload(tmp_path / "j", concurrency=1, patience=patience, on_progress=look) as run:
        outcomes = [one async for one in run(tmp_path)]
    assert {one.outcome.kind for one in outcomes} == {"created"}
    assert held == []


async def test_odd_files_and_names_end_no_run(
    simulator: Simulator, group: B2BrouterGroup, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "outbox"
    (folder / "sub.xml").mkdir(parents=True)
    (folder / "closed").mkdir()
    undecodable = os.fsdecode(b"caf\xe9.xml")
    for number, name in enumerate((undecodable, "a\nb.xml", "-rf.xml", "deep.xml", "sub.xml/x.xml")):
        (folder / name).write_bytes(document(SPAIN, f"E-{number}"))
    (folder / os.fsdecode(b"\xff.xml")).write_bytes(b"<x>")
    (folder / "closed.xml").symlink_to(tmp_path / "nowhere")
    (folder / "sock.xml").touch()
    (folder / "empty.xml").touch()
    scandir = os.scandir

    def refusing(path: Any) -> Any:
        if str(path).rstrip("/").endswith("closed"):
            raise PermissionError(13, "Permission denied", str(path))
        return scandir(path)

    def breaking(content: bytes, *, max_bytes: int) -> object:
        if b"E-3<" in content:
            raise RecursionError("too deep")
        return read_document(content, max_bytes=max_bytes)

    monkeypatch.setattr("os.scandir", refusing)
    monkeypatch.setattr(group_upload, "read_document", breaking)
    outcomes, run = await upload(
        group, tmp_path / "journals", [folder, "no\0name.xml", None, tmp_path / "gone"]
    )
    kinds = {one.outcome.source: one.outcome.kind for one in outcomes}
    assert kinds == {
        "caf\\udce9.xml": "created", "a\nb.xml": "created", "-rf.xml": "created", "sub.xml/x.xml": "created",
        "deep.xml": "invalid", "\\udcff.xml": "invalid", "closed.xml": "invalid", "sock.xml": "invalid",
        "empty.xml": "invalid", "closed/": "invalid", "no\0name.xml": "invalid", "document 3": "invalid", "gone": "invalid",
    }  # fmt: skip
    assert all(one.outcome.message for one in outcomes if one.outcome.kind == "invalid")
    assert (run.summary.total, run.summary.finished) == (13, True)
    assert set(accepted(simulator).values()) == {1}


async def test_a_pipe_is_waited_for_and_can_be_given_up(
    simulator: Simulator, group: B2BrouterGroup, tmp_path: Path
) -> None:
    os.mkfifo(tmp_path / "pipe")

    async def write() -> None:
        await anyio.to_thread.run_sync((tmp_path / "pipe").write_bytes, document(SPAIN, "E-1"))

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(write)
        outcomes, _ = await upload(group, tmp_path / "journals", tmp_path / "pipe")
    assert told(outcomes) == {"E-1": (ES, "created", None)}
    with anyio.fail_after(30):
        async with group.upload(tmp_path / "journals") as run:
            run([document(SPAIN, "E-1"), tmp_path / "pipe"])
            await anyio.wait_all_tasks_blocked()
    assert run.summary.counts["created"] <= 1
    assert accepted(simulator) == {"E-1": 1}


# Whose a document is


async def test_a_document_of_no_account_is_refused_with_the_way_out(
    simulator: Simulator, group: B2BrouterGroup, tmp_path: Path
) -> None:
    stranger = SELLERS[4]
    outcomes, _ = await upload(group, tmp_path, [Document(document(stranger, "X-1"), name="x.xml")])
    (one,) = outcomes
    assert (one.account, one.outcome.kind, one.outcome.code) == (None, "invalid", "no_account")
    assert one.outcome.message == (
        f"No account of the group is the party {stranger.tax_id} ({stranger.name}). Add the key that sees its account, "
        "make the account with accounts.create, or say whose it is: Document(content, account=…)."
    )
    assert [entry.method for entry in simulator.log()] == ["GET", "GET"]


async def test_a_self_billed_document_is_of_its_buyer(
    simulator: Simulator, group: B2BrouterGroup, tmp_path: Path
) -> None:
    content = self_billed(document(SELLERS[4], "S-1", buyer=GERMANY))
    outcomes, _ = await upload(group, tmp_path, [content])
    assert told(outcomes) == {"S-1": (DE, "invalid", "self_billed")}
    outcomes, _ = await upload(group, tmp_path, [content], self_billed=True)
    assert told(outcomes) == {"S-1": (DE, "created", None)}
    # Both are ours: who issues it decides.
    both = self_billed(document(SPAIN, "S-2", buyer=GERMANY))
    outcomes, _ = await upload(group, tmp_path, [both], self_billed=True)
    assert told(outcomes)["S-2"][0] == DE


async def test_a_received_document_is_of_the_other_side(
    simulator: Simulator, group: B2BrouterGroup, tmp_path: Path
) -> None:
    content = document(SELLERS[4], "R-1", buyer=GERMANY)
    outcomes, _ = await upload(group, tmp_path, [content])
    (one,) = outcomes
    assert told(outcomes) == {"document 1": (None, "invalid", "received_document")}
    assert "is account 201 (Muster & Söhne GmbH): upload it with received=True" in str(one.outcome.message)
    assert one.outcome.hint == "upload it with received=True"
    outcomes, _ = await upload(group, tmp_path, [content], received=True)
    assert told(outcomes) == {"R-1": (DE, "created", None)}
    assert (tmp_path / "201-received.db").exists()
    assert not (tmp_path / "201.db").exists()
    # Issued and received between two of ours: one for each side.
    between = document(SPAIN, "B-1", buyer=GERMANY)
    for received, owner in ((False, ES), (True, DE)):
        outcomes, _ = await upload(group, tmp_path, [between], received=received)
        assert told(outcomes)["B-1"][0] == owner


async def test_a_document_of_an_archived_account_is_refused_with_the_way_out(
    simulator: Simulator, group: B2BrouterGroup, tmp_path: Path
) -> None:
    await group.clients["south"].accounts.delete(DE)
    content = document(GERMANY, "D-1")
    outcomes, _ = await upload(group, tmp_path, [content, Document(content, account=DE)])
    assert {one.outcome.code for one in outcomes} == {"archived_account"}
    assert "accounts.unarchive(201)" in str(outcomes[0].outcome.message)
    assert accepted(simulator) == {}
    # An active one with the same number takes its place.
    simulator.add_account(account(203, GERMANY), api_key=SOUTH)
    await group.accounts(refresh=True)
    outcomes, _ = await upload(group, tmp_path, [content])
    assert told(outcomes) == {"D-1": (203, "created", None)}


async def test_a_document_of_perhaps_several_accounts_is_refused(
    simulator: Simulator, group: B2BrouterGroup, tmp_path: Path
) -> None:
    simulator.add_account(account(103, GERMANY, name="Muster Nord"))
    content = document(GERMANY, "D-1")
    outcomes, _ = await upload(group, tmp_path, [content])
    (one,) = outcomes
    assert (one.outcome.kind, one.outcome.code) == ("invalid", "several_accounts")
    assert "account 103 (Muster Nord) and account 201 (Muster & Söhne GmbH)" in str(one.outcome.message)
    outcomes, _ = await upload(group, tmp_path, [Document(content, account=201)])
    assert told(outcomes) == {"D-1": (201, "created", None)}


async def test_a_company_is_meant_before_its_units(
    simulator: Simulator, group: B2BrouterGroup, tmp_path: Path
) -> None:
    simulator.add_account(account(204, GERMANY, name="Werk Süd", parent_id=DE), api_key=SOUTH)
    outcomes, _ = await upload(group, tmp_path, [document(GERMANY, "D-1")])
    assert told(outcomes)["D-1"][0] == DE


async def test_companies_that_share_a_tax_number_are_told_apart_by_their_own(
    simulator: Simulator, group: B2BrouterGroup, tmp_path: Path
) -> None:
    dutch = SELLERS[4]
    for number, own in ((301, "11111111"), (302, "22222222")):
        simulator.add_account(account(number, dutch, name=own, cin_value=own, cin_scheme="0106"))
    documents = [
        document(replace(dutch, company_id=own), f"N-{own}") for own in ("11111111", "22222222", "33333333")
    ]
    outcomes, _ = await upload(group, tmp_path, documents)
    assert told(outcomes) == {
        "N-11111111": (301, "created", None),
        "N-22222222": (302, "created", None),
        "document 3": (None, "invalid", "several_accounts"),
    }
    refused = next(str(one.outcome.message) for one in outcomes if one.outcome.code)
    assert "has the tax number of account 301 (11111111), and another company number, 33333333" in refused


async def test_an_account_that_two_keys_see_is_one(simulator: Simulator, tmp_path: Path) -> None:
    group = group_of(simulator, BOTH, NORTH)
    outcomes, _ = await upload(group, tmp_path, [document(SPAIN, "E-1")])
    (one,) = outcomes
    assert one.account is not None
    assert (one.account.id, one.account.keys) == (ES, ("both", "north"))
    assert accepted(simulator) == {"E-1": 1}
    assert simulator.requests(NORTH) == 1


async def test_the_same_digits_of_another_country_are_another_company(
    simulator: Simulator, group: B2BrouterGroup, tmp_path: Path
) -> None:
    portuguese = replace(SELLERS[6], tax_id="PT000000012", company_id="4711", gln="9520000000004")
    outcomes, _ = await upload(group, tmp_path, [document(portuguese, "P-1")])
    assert told(outcomes) == {"document 1": (None, "invalid", "no_account")}


@pytest.mark.parametrize("spelling", ["000.000.012", "de 000 000 012"])
async def test_a_number_in_another_spelling_is_the_same(
    group: B2BrouterGroup, tmp_path: Path, spelling: str
) -> None:
    content = document(replace(GERMANY, tax_id=spelling), "D-1")
    outcomes, _ = await upload(group, tmp_path, [content])
    assert told(outcomes)["D-1"][0] == DE


async def test_an_invoice_as_json_says_whose_it_is(
    simulator: Simulator, group: B2BrouterGroup, tmp_path: Path
) -> None:
    invoice: Any = {
        "number": "J-1",
        "date": "2026-03-02",
        "contact": {"name": "Compras", "tin_value": "ESB12345674", "country": "es"},
        "invoice_lines_attributes": [{"description": "x", "quantity": 1, "price": 50}],
    }
    outcomes, _ = await upload(group, tmp_path, [invoice])
    assert told(outcomes) == {"document 1": (None, "invalid", "no_account")}
    outcomes, _ = await upload(group, tmp_path, [Document(invoice, account="201")])
    assert told(outcomes) == {"J-1": (DE, "created", None)}
    outcomes, _ = await upload(group, tmp_path, [Document(invoice, account=9)])
    assert "no key of the group sees account 9" in str(outcomes[0].outcome.message)


async def test_an_account_that_the_document_contradicts_is_refused(
    simulator: Simulator, group: B2BrouterGroup, tmp_path: Path
) -> None:
    outcomes, _ = await upload(group, tmp_path, [Document(document(GERMANY, "D-1"), account=ES)])
    (one,) = outcomes
    assert (one.outcome.kind, one.outcome.code) == ("invalid", "several_accounts")
    assert "One of the two is wrong" in str(one.outcome.message)
    assert accepted(simulator) == {}


async def test_an_upload_to_one_account_refuses_a_document_of_another(
    simulator: Simulator, group: B2BrouterGroup, tmp_path: Path
) -> None:
    client = await group.account(ES)
    async with client.upload(journal=tmp_path / "one.db") as run:
        (outcome,) = [one async for one in run([Document(document(GERMANY, "D-1"), account=DE)])]
    assert outcome.kind == "invalid"
    assert outcome.message == "account: the document is for account 201, and this upload for 101."


# What goes wrong


async def test_one_account_that_fails_sinks_no_other(
    simulator: Simulator, group: B2BrouterGroup, tmp_path: Path
) -> None:
    (tmp_path / "201.db").write_text("no journal")
    documents = [document(seller, f"{seller.country}-{n}") for n in range(15) for seller in (SPAIN, GERMANY)]
    outcomes, run = await upload(group, tmp_path, documents)
    kinds = [(one.outcome.kind, one.outcome.code) for one in outcomes if one.account and one.account.id == DE]
    assert kinds == [("invalid", "account_failed")] * 15
    assert len(await numbers(group, ES)) == 15
    assert set(run.failures) == {DE}
    assert not run.summary.finished
    assert "Nothing was sent; run the same again" in str(
        next(one.outcome.message for one in outcomes if one.outcome.code == "account_failed")
    )
    (tmp_path / "201.db").unlink()
    _, run = await upload(group, tmp_path, documents)
    assert len(await numbers(group, DE)) == 15
    assert run.summary.finished


async def test_a_key_that_can_not_be_asked_stops_before_anything_is_sent(
    simulator: Simulator, tmp_path: Path
) -> None:
    simulator.faults.add("401 operation='GET /accounts' times=1")
    group = group_of(simulator)
    with pytest.raises(GroupIncompleteError):
        await upload(group, tmp_path, [document(SPAIN, "E-1")])
    assert accepted(simulator) == {}


@pytest.mark.parametrize("fault", ["reset_after", "500 done", "truncate", "reset_before", "429", "503"])
async def test_nothing_is_lost_or_doubled_by_faults(
    simulator: Simulator, group: B2BrouterGroup, tmp_path: Path, fault: str
) -> None:
    simulator.faults.add(f"{fault} operation='{IMPORT}' probability=0.3")
    documents = [document(seller, f"{seller.country}-{n}") for n in range(5) for seller in SELLERS[:4]]
    for _ in range(2):
        _, run = await upload(group, tmp_path, documents)
    assert run.summary.there == 20
    assert accepted(simulator) == {f"{seller.country}-{n}": 1 for n in range(5) for seller in SELLERS[:4]}


async def test_what_an_earlier_run_left_is_settled_though_no_document_of_it_comes_again(
    simulator: Simulator, group: B2BrouterGroup, tmp_path: Path
) -> None:
    begun = anyio.Event()

    async def never(attempt: Any, send: Any) -> Any:
        if attempt.operation == "invoices.import_document":
            reply = await send(attempt)
            begun.set()
            await anyio.sleep_forever()
            return reply
        return await send(attempt)

    stuck = B2BrouterGroup(
        {"north": client_of(simulator, NORTH, middleware=[never]), "south": client_of(simulator, SOUTH)}
    )
    with anyio.CancelScope() as scope:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(upload, stuck, tmp_path, [document(SPAIN, "E-1")])
            await begun.wait()
            scope.cancel()
    with open_journal(tmp_path / "101.db") as journal:
        assert len(list(journal.rows(settled=False))) == 1
    outcomes, run = await upload(group, tmp_path, [document(GERMANY, "D-1")])
    assert told(outcomes) == {"E-1": (ES, "adopted", None), "D-1": (DE, "created", None)}
    assert accepted(simulator) == {"E-1": 1, "D-1": 1}
    assert run.summary.finished


async def test_what_was_left_with_an_account_that_is_gone_is_told(
    simulator: Simulator, group: B2BrouterGroup, tmp_path: Path
) -> None:
    simulator.faults.script(IMPORT, ["reset_after"])
    simulator.faults.add("500 operation='GET /accounts/{}/invoices'")
    outcomes, _ = await upload(group, tmp_path, [document(GERMANY, "D-1")])
    assert [one.outcome.kind for one in outcomes] == ["unknown"]
    simulator.faults.clear()
    await group.clients["south"].accounts.delete(DE)
    await group.accounts(refresh=True)
    _, run = await upload(group, tmp_path, [document(SPAIN, "E-1")])
    assert "it is archived" in str(run.failures[DE])
    assert not run.summary.finished


async def test_a_source_that_fails_is_told_after_what_was_taken_is_finished(
    simulator: Simulator, group: B2BrouterGroup, tmp_path: Path
) -> None:
    async def broken() -> AsyncIterator[bytes]:
        yield document(SPAIN, "E-1")
        yield document(GERMANY, "D-1")
        raise LookupError("the queue is gone")

    with pytest.raises(LookupError, match="the queue is gone"):
        await upload(group, tmp_path, broken())
    assert accepted(simulator) == {"E-1": 1, "D-1": 1}


async def test_leaving_early_finishes_what_is_under_way(
    simulator: Simulator, group: B2BrouterGroup, tmp_path: Path
) -> None:
    documents = [document(seller, f"{seller.country}-{n}") for n in range(50) for seller in (SPAIN, GERMANY)]
    with anyio.fail_after(60):
        async with group.upload(tmp_path) as run:
            async for _ in run(documents):
                break
    sent = accepted(simulator)
    assert 0 < len(sent) < 100
    assert set(sent.values()) == {1}
    assert not run.summary.finished
    _, run = await upload(group, tmp_path, documents)
    assert set(accepted(simulator).values()) == {1}
    assert len(accepted(simulator)) == 100
    assert run.summary.finished


async def test_stopping_takes_no_more(simulator: Simulator, group: B2BrouterGroup, tmp_path: Path) -> None:
    async def endless() -> AsyncIterator[bytes]:
        number = 0
        while True:
            number += 1
            yield document(SPAIN, f"E-{number}")

    with anyio.fail_after(60):
        async with group.upload(tmp_path) as run:
            async for _ in run(endless()):
                if run.summary.there >= 20:
                    run.stop()
    assert 20 <= len(accepted(simulator)) < 100


async def test_more_accounts_than_fit_at_once_take_turns(
    simulator: Simulator, group: B2BrouterGroup, tmp_path: Path
) -> None:
    companies = [replace(SPAIN, tax_id=f"ESB{n:08d}", name=f"Empresa {n}") for n in range(500, 512)]
    for number, company in enumerate(companies):
        simulator.add_account(account(500 + number, company), api_key=SOUTH)
    documents = [document(company, f"{company.tax_id}-{n}") for n in range(3) for company in companies]
    open_at_once: list[int] = []

    async def source() -> AsyncIterator[bytes]:
        for content in documents:
            open_at_once.append(len(lock._held))
            yield content

    outcomes, run = await upload(group, tmp_path, source(), accounts_at_once=4)
    assert 2 <= max(open_at_once) <= 4
    assert [one.outcome.kind for one in outcomes] == ["created"] * 36
    assert all(
        str(one.outcome.number).startswith(f"ESB{one.account.id:08d}") for one in outcomes if one.account
    )
    assert run.summary.finished
    assert {number: one.there for number, one in run.summaries.items()} == {500 + n: 3 for n in range(12)}


@pytest.mark.parametrize(("files", "accounts"), [(1024, 100), (256, 26), (64, 4), (-1, 100)])
async def test_no_more_journals_are_open_than_the_system_lets_files_be(
    monkeypatch: pytest.MonkeyPatch, files: int, accounts: int
) -> None:
    monkeypatch.setattr(resource, "getrlimit", lambda kind: (files, files))
    assert group_upload._as_files_allow() == accounts


async def test_progress_is_told_for_all_of_them(group: B2BrouterGroup, tmp_path: Path) -> None:
    totals: list[int] = []
    documents = [document(SPAIN, "E-1"), document(GERMANY, "D-1"), b"<x>"]
    await upload(group, tmp_path, documents, on_progress=lambda summary: totals.append(summary.total))
    # Several may have been settled before one of them is told.
    assert (len(totals), totals[-1], totals == sorted(totals)) == (3, 3, True)


async def test_journals_may_lie_elsewhere(
    simulator: Simulator, group: B2BrouterGroup, tmp_path: Path
) -> None:
    def place(account: Any) -> pathlib.Path:
        return tmp_path / f"{account.keys[0]}-{account.id}.journal"

    outcomes, _ = await upload(group, place, [document(GERMANY, "D-1")])  # type: ignore[arg-type]
    assert told(outcomes) == {"D-1": (DE, "created", None)}
    assert (tmp_path / "south-201.journal").exists()


async def test_states_are_waited_for(simulator: Simulator, group: B2BrouterGroup, tmp_path: Path) -> None:
    documents = [
        document(SPAIN, "E-1", buyer=replace(BUYERS[0], gln="9508397101047")),
        document(GERMANY, "D-1"),
    ]
    outcomes, run = await upload(group, tmp_path, documents, wait=True)
    assert {one.outcome.kind for one in outcomes} == {"created"}
    assert all(one.outcome.state for one in outcomes)
    assert run.summary.finished


async def test_settings_that_can_not_work_are_refused(
    simulator: Simulator, group: B2BrouterGroup, tmp_path: Path
) -> None:
    with pytest.raises(ConfigurationError, match="accounts_at_once"):
        group.upload(tmp_path, accounts_at_once=0)
    with pytest.raises(ConfigurationError, match="concurrency"):
        group.upload(tmp_path, concurrency=0)
    with pytest.raises(ConfigurationError, match="verify_totals"):
        group.upload(tmp_path, verify_totals=True, send=False)
    (tmp_path / "file").write_text("x")
    with pytest.raises(ConfigurationError, match="journals: the folder"):
        await upload(group, tmp_path / "file", [])
    run = group.upload(tmp_path / "j")
    with pytest.raises(ConfigurationError, match="inside its block"):
        run([])
    async with run:
        _ = [one async for one in run([])]
        with pytest.raises(ConfigurationError, match="one source for a run"):
            run([])
    with pytest.raises(ConfigurationError, match="begun before"):
        await run.__aenter__()

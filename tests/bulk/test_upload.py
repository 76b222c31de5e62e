"""What becomes of documents when nothing breaks."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from b2brouter_async import ArgumentError, ConfigurationError, NotFoundError
from b2brouter_async.bulk import Document, Outcome, Summary, open_journal, upload_many
from b2brouter_async.generated.models.invoice_input import InvoiceInput
from b2brouter_async.simulator import ACCOUNTS, Delays, Simulator
from examples.sample_invoices import BUYERS, Company, cii_invoice

from .support import US, bench, document, documents, invoice

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

pytestmark = pytest.mark.anyio


async def test_every_document_is_created_once_and_said_so(tmp_path: Path) -> None:
    async with bench(tmp_path) as one:
        outcomes, summary = await one.run(documents(40))
        assert [outcome.kind for outcome in outcomes] == ["created"] * 40
        assert one.accepted == {outcome.number: 1 for outcome in outcomes}
        assert summary.total == summary.there == summary.taken == summary.requests == 40
        assert summary.finished
        assert not summary.in_flight


async def test_an_outcome_says_all_there_is_to_know(tmp_path: Path) -> None:
    async with bench(tmp_path) as one:
        content = document("F1-7")
        (outcome,), _ = await one.run([Document(content, name="seven.xml")])
        (entry,) = one.simulator.ledger()
        assert outcome.kind == "created"
        assert outcome.source == "seven.xml"
        assert outcome.sha256 == hashlib.sha256(content).hexdigest() == entry.sha256
        assert (outcome.number, outcome.year, outcome.attempts, outcome.state) == ("F1-7", 2026, 1, "sending")
        assert outcome.invoice_id is not None
        assert outcome.request_id
        assert not outcome.repeated


async def test_all_kinds_of_items_go_up_from_all_kinds_of_sources(tmp_path: Path) -> None:
    path = tmp_path / "one.xml"
    path.write_bytes(document("A-1"))
    model = InvoiceInput.from_dict(invoice("A-4"))
    items = [path, str(path), document("A-2"), bytearray(document("A-3")), model, invoice("A-5")]

    def generator() -> Iterator[object]:
        yield from items

    async def stream() -> AsyncIterator[object]:
        for item in items:
            yield item

    for source in (items, generator(), stream()):
        async with bench(tmp_path) as one:
            name = f"{type(source).__name__}.db"
            outcomes, _ = await one.run(source, journal=name)
            assert sorted(outcome.kind for outcome in outcomes) == ["created"] * 6
            assert one.accepted == {f"A-{n}": 1 for n in range(1, 6)}
            assert sum(outcome.repeated for outcome in outcomes) == 1


async def test_one_document_is_a_source_as_well(tmp_path: Path) -> None:
    async with bench(tmp_path) as one:
        assert await one.kinds(document("A-1")) == ["created"]
        assert await one.kinds(invoice("A-2")) == ["created"]
        assert await one.kinds(Document(document("A-3"), name="three")) == ["created"]


async def test_the_same_document_twice_is_sent_once(tmp_path: Path) -> None:
    async with bench(tmp_path) as one:
        outcomes, summary = await one.run([document()] * 20)
        assert {outcome.kind for outcome in outcomes} == {"created"}
        assert len({outcome.invoice_id for outcome in outcomes}) == 1
        assert sum(not outcome.repeated for outcome in outcomes) == 1
        assert summary.requests == 1
        assert summary.repeated == 19


async def test_a_second_run_on_the_journal_sends_nothing_and_says_the_same(tmp_path: Path) -> None:
    async with bench(tmp_path) as one:
        first, _ = await one.run(documents(10))
        second, summary = await one.run(documents(10))
        assert {o.sha256: o.invoice_id for o in first} == {o.sha256: o.invoice_id for o in second}
        assert all(outcome.repeated for outcome in second)
        assert summary.requests == 0


async def test_an_invoice_with_its_keys_in_another_order_is_the_same(tmp_path: Path) -> None:
    async with bench(tmp_path) as one:
        outcomes, summary = await one.run([invoice(), dict(reversed(invoice().items()))])
        assert [outcome.repeated for outcome in outcomes] == [False, True]
        assert summary.requests == 1


async def test_an_invoice_with_its_numbers_spelled_otherwise_and_its_gaps_named_is_the_same(
    tmp_path: Path,
) -> None:
    async with bench(tmp_path) as one:
        lines: Any = invoice()["invoice_lines_attributes"]
        respelled = {**lines[0], "quantity": Decimal("2.0"), "price": Decimal("5E+1")}
        outcomes, summary = await one.run(
            [invoice(), invoice(invoice_lines_attributes=[respelled], due_date=None)]
        )
        assert [outcome.repeated for outcome in outcomes] == [False, True]
        assert summary.requests == 1


async def test_what_is_on_the_server_with_the_same_content_is_adopted(tmp_path: Path) -> None:
    async with bench(tmp_path) as one:
        first, _ = await one.run([*documents(5), invoice()])
        second, _ = await one.run([*documents(5), invoice()], journal="other.db")
        assert {outcome.kind for outcome in second} == {"adopted"}
        assert {o.number: o.invoice_id for o in first} == {o.number: o.invoice_id for o in second}
        assert set(one.accepted.values()) == {1}


async def test_a_number_taken_by_different_content_is_a_duplicate(tmp_path: Path) -> None:
    async with bench(tmp_path) as one:
        (first,), _ = await one.run(document("D-1"))
        (second,), _ = await one.run(document("D-1", buyer=BUYERS[3]), journal="other.db")
        assert second.kind == "duplicate"
        assert second.invoice_id == first.invoice_id
        assert (second.status, second.code, second.param) == (422, "parameter_taken", "number")
        (json,), _ = await one.run(invoice("D-1"))
        assert json.kind == "duplicate"
        changed = invoice("J-1", contact={"name": "Somebody Else", "tin_value": "ESB00000000"})
        assert sorted(await one.kinds([invoice("J-1"), changed])) == ["created", "duplicate"]


async def test_the_same_number_in_another_year_or_series_is_another_invoice(tmp_path: Path) -> None:
    async with bench(tmp_path) as one:
        years = [invoice("1", date=f"{year}-03-02") for year in (2024, 2025, 2026)]
        series = [invoice("1", series_code=code) for code in "AB"]
        assert await one.kinds(years + series) == ["created"] * 5


async def test_a_draft_is_not_sent(tmp_path: Path) -> None:
    async with bench(tmp_path) as one:
        outcomes, _ = await one.run([document(), invoice()], send=False)
        assert [outcome.state for outcome in outcomes] == ["new", "new"]


async def test_an_adopted_draft_is_sent_where_the_run_sends(tmp_path: Path) -> None:
    async with bench(tmp_path) as one:
        await one.run(document(), send=False)
        (outcome,), _ = await one.run(document(), journal="other.db", send=True)
        assert (outcome.kind, outcome.state) == ("adopted", "sending")
        assert one.sent(f"/send_invoice/{outcome.invoice_id}") == 1


async def test_an_invoice_with_errors_is_there_and_not_sent(tmp_path: Path) -> None:
    async with bench(tmp_path) as one:
        (outcome,), _ = await one.run(invoice(invoice_lines_attributes=[]))
        assert outcome.kind == "created_with_errors"
        assert outcome.there
        assert outcome.invoice_id
        assert "lines are missing" in (outcome.message or "")


NOBODY = {"name": "Nobody", "tin_value": "ESB00000018", "tin_scheme": "0001"}


async def test_a_refusal_is_an_outcome_with_code_and_parameter(tmp_path: Path) -> None:
    async with bench(tmp_path) as one:
        (outcome,), _ = await one.run(invoice(contact=NOBODY))
        assert (outcome.kind, outcome.status, outcome.code) == ("refused", 422, "parameter_inclusion")
        assert outcome.param
        assert outcome.message
        assert await one.kinds(invoice(contact=NOBODY)) == ["refused"]
        assert one.sent("/invoices") == 1
        assert await one.kinds(invoice(contact=NOBODY), retry_refused=True) == ["refused"]
        assert one.sent("/invoices") == 2


@pytest.mark.parametrize(
    ("item", "reason"),
    [
        (b"no invoice at all", ""),
        (Path("/nowhere/at/all.xml"), "can't be read"),
        (12, "document 1 is a int"),
        ({**invoice(), "number": None}, "number"),
        (invoice(" J-1"), "spaces around"),
        (invoice(date=None), "date"),
        (invoice(type="ReceivedInvoice"), "received=True"),
        (invoice(payments_on_account=1.5), "float"),
        (document(seller=BUYERS[1], buyer=US), "buyer of this document"),
        (cii_invoice(seller=BUYERS[1], buyer=US), "buyer of this document"),
    ],
)
async def test_a_bad_item_is_an_outcome_and_nothing_is_sent(
    tmp_path: Path, item: object, reason: str
) -> None:
    async with bench(tmp_path) as one:
        (outcome,), summary = await one.run([item])
        assert outcome.kind == "invalid"
        assert reason in f"{outcome.message} {outcome.hint}"
        assert summary.requests == 0
        assert not list(one.simulator.ledger())


async def test_a_bad_item_doesnt_stop_the_others(tmp_path: Path) -> None:
    async with bench(tmp_path) as one:
        kinds = await one.kinds([b"<x/>", document(), 7, invoice()])
        assert sorted(kinds) == ["created", "created", "invalid", "invalid"]


SELF_BILLED = document("S-1", seller=BUYERS[1], buyer=US).replace(b"TypeCode>380<", b"TypeCode>389<")
SOLD_BY_US = document("S-2", seller=US, buyer=BUYERS[1]).replace(b"TypeCode>380<", b"TypeCode>389<")


@pytest.mark.parametrize(
    ("content", "received", "says"),
    [
        (SELF_BILLED, False, "file it as issued by the account; the account issues it."),
        (SELF_BILLED, True, "file it as received; the account issues it."),
        (SOLD_BY_US, False, "file it as issued by the account; the account receives it."),
        (SOLD_BY_US, True, "file it as received; the account receives it."),
    ],
)
async def test_a_self_billed_document_is_sent_only_where_that_is_confirmed(
    tmp_path: Path, content: bytes, received: bool, says: str
) -> None:
    async with bench(tmp_path) as one:
        (outcome,), summary = await one.run([content], received=received)
        assert (outcome.kind, outcome.code, summary.requests) == ("invalid", "self_billed", 0)
        assert outcome.message is not None
        assert outcome.message.startswith("The document is self-billed: its buyer (")
        assert outcome.message.endswith(says)
        assert outcome.hint == "where that is what you mean, upload it with self_billed=True"
        assert not list(one.simulator.ledger())


@pytest.mark.parametrize(("content", "received"), [(SELF_BILLED, False), (SOLD_BY_US, True)])
async def test_a_self_billed_document_goes_the_way_of_who_issues_it(
    tmp_path: Path, content: bytes, received: bool
) -> None:
    async with bench(tmp_path) as one:
        assert await one.kinds(content, received=received, self_billed=True) == ["created"]
        (entry,) = one.simulator.ledger()
        assert entry.type == ("ReceivedInvoice" if received else "IssuedInvoice")


@pytest.mark.parametrize(
    ("content", "received", "says", "code"),
    [
        (SELF_BILLED, True, "the buyer of this self-billed document, not its seller", "issued_document"),
        (SOLD_BY_US, False, "the seller of this self-billed document, not its buyer", "received_document"),
    ],
)
async def test_a_confirmed_self_billed_document_still_goes_no_wrong_way(
    tmp_path: Path, content: bytes, received: bool, says: str, code: str
) -> None:
    async with bench(tmp_path) as one:
        (outcome,), summary = await one.run([content], received=received, self_billed=True)
        assert (outcome.kind, outcome.code, summary.requests) == ("invalid", code, 0)
        assert says in f"{outcome.message}"


async def test_received_invoices_go_the_other_way(tmp_path: Path) -> None:
    async with bench(tmp_path) as one:
        theirs = [document("R-1", seller=seller, buyer=US) for seller in BUYERS[1:3]]
        outcomes, _ = await one.run([*theirs, document("R-1")], received=True)
        assert sorted(outcome.kind for outcome in outcomes) == ["created", "created", "invalid"]
        assert {entry.type for entry in one.simulator.ledger()} == {"ReceivedInvoice"}
        again, _ = await one.run(theirs, received=True, journal="other.db")
        assert [outcome.kind for outcome in again] == ["adopted", "adopted"]


async def test_totals_that_agree_are_sent_and_others_stay_drafts(tmp_path: Path) -> None:
    adds = [{**ACCOUNTS[0], "adds_tax": ("IVA", 20)}]
    exempt = [{"description": "Advice", "quantity": 1, "price": 810}]
    async with bench(tmp_path, accounts=adds) as one:
        right = Document(invoice("V-1"), total=Decimal(121))
        wrong = Document(invoice("V-2", invoice_lines_attributes=exempt), total=Decimal(810))
        none = invoice("V-3")
        outcomes, _ = await one.run([document("V-4"), right, wrong, none], verify_totals=True)
        by_number = {outcome.number: outcome for outcome in outcomes}
        assert {number: outcome.kind for number, outcome in by_number.items()} == {
            "V-1": "created", "V-2": "created_with_errors", "V-3": "invalid", "V-4": "created",
        }  # fmt: skip
        assert "810 in the document and 972" in (by_number["V-2"].message or "")
        states = {number: outcome.state for number, outcome in by_number.items()}
        assert states == {"V-1": "sending", "V-2": "new", "V-3": None, "V-4": "sending"}


async def test_final_states_are_waited_for(tmp_path: Path) -> None:
    async with bench(tmp_path) as one:
        peppol = [document(f"W-{n}", buyer=_sandbox(gln)) for n, gln in enumerate(_SANDBOX)]
        plain = document("W-9")
        outcomes, _ = await one.run([*peppol, plain], wait=True)
        states = {outcome.number: outcome.state for outcome in outcomes}
        assert states["W-2"] == "error"
        assert states["W-0"] == "registered"
        assert states["W-1"] in ("registered", "refused")
        assert states["W-9"] == "sent"
        assert len(outcomes) == 4
        with open_journal(tmp_path / "run.db") as journal:
            assert {row.outcome.number: row.outcome.state for row in journal.rows(settled=True)} == states


async def test_when_the_last_state_is_known_nothing_is_waited_for(tmp_path: Path) -> None:
    at_once = Delays(send=0, register=0)
    async with bench(tmp_path, delays=at_once) as one:
        (outcome,), _ = await one.run(document(buyer=_sandbox(_SANDBOX[0])), wait=True)
        assert outcome.state == "registered"
        assert not any(one.time.slept)


async def test_a_view_of_the_client_uploads_to_its_account(tmp_path: Path) -> None:
    async with bench(tmp_path) as one:
        view = one.client.account(one.simulator.account)
        async with view.upload(journal=tmp_path / "run.db", concurrency=32, send=True) as run:
            kinds = [outcome.kind async for outcome in run(documents(3))]
        assert kinds == ["created"] * 3
        assert run.summary.finished


async def test_upload_many_does_it_in_one_call(tmp_path: Path) -> None:
    seen: list[Outcome] = []
    progress: list[int] = []
    async with bench(tmp_path) as one:

        def note(summary: Summary) -> None:
            progress.append(summary.total)

        summary = await upload_many(
            one.client.account(one.simulator.account),
            documents(12),
            journal=tmp_path / "run.db",
            on_outcome=seen.append,
            on_progress=note,
        )
        assert summary.counts["created"] == len(seen) == 12
        assert progress[-1] == 12
        assert progress == sorted(progress)
        assert "12 created" in str(summary)


async def test_several_sources_go_one_after_the_other(tmp_path: Path) -> None:
    async with bench(tmp_path) as one, one.upload() as run:
        first = [outcome async for outcome in run(documents(5))]
        with pytest.raises(ConfigurationError, match="one source at a time"):
            run(documents(1)) and run(documents(1))
    assert len(first) == 5


async def test_settings_that_make_no_sense_are_refused_at_once(tmp_path: Path) -> None:
    async with bench(tmp_path) as one:
        for options in (
            {"concurrency": 0},
            {"verify_totals": True, "send": False},
            {"wait": True, "received": True},
        ):
            with pytest.raises(ConfigurationError):
                one.upload(**options)
        with pytest.raises(ArgumentError, match=r"client\.account"):
            one.client.upload(journal=tmp_path / "run.db")
        with pytest.raises(ConfigurationError, match="inside its block"):
            one.upload()(documents(1))
        with pytest.raises(NotFoundError):
            await one.run(documents(1), account=999)
        assert not list(one.simulator.ledger())


_SANDBOX = ("9508397101047", "9506215594996", "9500047420799")


def _sandbox(gln: str) -> Company:
    return replace(BUYERS[0], gln=gln)


def test_the_simulator_judges_by_what_was_accepted() -> None:
    assert len(Simulator().ledger()) == 0

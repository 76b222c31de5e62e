"""What is the same invoice, and what only looks like it."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from b2brouter_async.bulk import Document, Patience
from examples.sample_invoices import BUYERS

from .support import CREATE, IMPORT, Lagging, bench, document, invoice

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.anyio


async def test_two_suppliers_with_one_number_are_two_invoices(tmp_path: Path) -> None:
    from .support import US

    async with bench(tmp_path) as one:
        await one.run(document("R-1", seller=BUYERS[1], buyer=US), received=True)
        one.simulator.faults.add(f"reset_after operation='{IMPORT}' times=1")
        (outcome,), _ = await one.run(
            document("R-1", seller=BUYERS[2], buyer=US), received=True, journal="other.db"
        )
        assert outcome.kind == "adopted"
        one.simulator.faults.add(f"reset_before operation='{IMPORT}' times=1")
        (outcome,), _ = await one.run(
            document("R-1", seller=BUYERS[3], buyer=US), received=True, journal="third.db"
        )
        assert (outcome.kind, outcome.attempts) == ("created", 2)
        assert one.accepted == {"R-1": 3}


@pytest.mark.parametrize("change", [{"series_code": "B"}, {"date": "2025-03-02"}])
async def test_the_same_number_in_another_series_or_year_proves_nothing(
    tmp_path: Path, change: dict[str, Any]
) -> None:
    async with bench(tmp_path) as one:
        await one.run(invoice("1", series_code="A"))
        one.simulator.faults.add(f"reset_before operation='{CREATE}' times=1")
        (outcome,), _ = await one.run(invoice("1", **{"series_code": "A", **change}))
        assert (outcome.kind, outcome.attempts) == ("created", 2)


async def test_an_invoice_alike_in_all_but_its_series_is_not_adopted(tmp_path: Path) -> None:
    async with bench(tmp_path) as one:
        await one.run(invoice("1", series_code="B"), journal="other.db")
        one.simulator.faults.add(f"reset_before operation='{CREATE}' times=1")
        (outcome,), _ = await one.run(invoice("1"))
        assert (outcome.kind, outcome.attempts) == ("created", 2)
        assert len(one.simulator.ledger()) == 2


async def test_received_invoices_that_were_acknowledged_are_found_as_well(tmp_path: Path) -> None:
    from .support import US

    async with bench(tmp_path) as one:
        mine = document("R-1", seller=BUYERS[1], buyer=US)
        (first,), _ = await one.run(mine, received=True)
        assert first.invoice_id is not None
        await one.client.invoices.ack(first.invoice_id)
        (outcome,), _ = await one.run(mine, received=True, journal="other.db")
        assert outcome.kind == "adopted"


async def test_what_this_journal_made_of_one_document_isnt_adopted_for_another(tmp_path: Path) -> None:
    """Two invoices that differ in something the server doesn't show: only the journal can tell them apart."""
    async with bench(tmp_path) as one:
        outcomes, _ = await one.run([invoice(), invoice(extra_info="Second copy")], concurrency=1)
        assert [outcome.kind for outcome in outcomes] == ["created", "duplicate"]
        assert outcomes[0].invoice_id == outcomes[1].invoice_id


async def test_an_adopted_invoice_in_state_new_gets_time_before_it_is_asked_for_again(tmp_path: Path) -> None:
    async with bench(tmp_path) as one:
        one.simulator.faults.add(f"reset_after operation='{CREATE}' times=1")
        (outcome,), _ = await one.run(invoice(), send=True)
        assert (outcome.kind, outcome.attempts) == ("adopted", 1)
        assert outcome.state in ("sending", "sent")
        assert one.sent("") == 1


async def test_with_final_states_awaited_each_appearance_has_one_outcome(tmp_path: Path) -> None:
    async with bench(tmp_path) as one:
        patience = Patience(sleep=one.time.sleep, clock=one.time, states=5.0)
        outcomes, _ = await one.run([document()] * 3, wait=True, patience=patience)
        assert len(outcomes) == 3
        assert sum(not outcome.repeated for outcome in outcomes) == 1


async def test_an_interrupted_wait_is_taken_up_by_the_next_run(tmp_path: Path) -> None:
    async with bench(tmp_path) as one:
        async with one.upload(wait=True) as run:
            async for _ in run([]):
                pass
        with pytest.raises(ZeroDivisionError):
            await _broken_off(one)
        outcomes, summary = await one.run(document(), wait=True)
        assert [outcome.state for outcome in outcomes] == ["sent"]
        assert summary.requests == 0


async def _broken_off(one: Any) -> None:
    async def sleep(seconds: float) -> None:
        raise ZeroDivisionError

    patience = Patience(sleep=sleep, clock=one.time)
    await one.run(document(), wait=True, patience=patience)


async def test_looks_become_rarer_and_the_last_comes_when_lists_must_show_it() -> None:
    looks = list(Patience(visibility=15.0).looks())
    assert looks == [0.5, 1.0, 2.0, 4.0, 7.5]
    assert sum(looks) == 15.0
    assert list(Patience(visibility=15.0).looks(100.0)) == [0.0]
    assert list(Patience(visibility=15.0).looks(14.0)) == [0.5, 0.5]
    assert next(Patience().looks(at_once=True)) == 0.0
    assert list(Patience(visibility=0.0).looks(at_once=True)) == [0.0]


async def test_a_total_for_files_that_lack_one_can_be_given(tmp_path: Path) -> None:
    async with bench(tmp_path) as one:
        wrong = Document(document("T-1"), total=Decimal("0.01"))
        (outcome,), _ = await one.run([wrong], verify_totals=True)
        assert outcome.kind == "created_with_errors"
        assert "0.01 in the document" in (outcome.message or "")


async def test_lists_that_hide_a_row_prove_nothing(tmp_path: Path) -> None:
    import httpx
    import simplejson

    class Hiding(Lagging):
        """Counts a row that it doesn't show, as pages do that shift while they are read."""

        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            response = await self.inner.handle_async_request(request)
            if (
                request.method != "GET"
                or not request.url.path.endswith("/invoices")
                or self.time.now > self.until
            ):
                return response
            body = simplejson.loads(await response.aread(), use_decimal=True)
            body["invoices"] = []
            return httpx.Response(200, content=simplejson.dumps(body, use_decimal=True))

        until = 0.0

    def wrap(inner: httpx.AsyncBaseTransport, time: Any) -> httpx.AsyncBaseTransport:
        hiding = Hiding(inner, time, 0.0)
        hiding.until = time.now + 50.0
        return hiding

    async with bench(tmp_path, unique_numbers=False, wrap=wrap) as one:
        one.simulator.faults.add(f"reset_after operation='{IMPORT}' times=1")
        (outcome,), _ = await one.run(document())
        assert outcome.kind == "adopted"
        assert one.accepted == {"F1-1": 1}


async def test_an_invoice_as_json_that_isnt_given_again_stays_unknown_and_is_recognised_later(
    tmp_path: Path,
) -> None:
    async with bench(tmp_path) as one:
        one.simulator.faults.add(f"reset_after operation='{CREATE}' times=1")
        one.simulator.faults.add("503 operation='GET /accounts/{}/invoices'")
        assert await one.kinds(invoice()) == ["unknown"]
        one.simulator.faults.clear()
        outcomes, _ = await one.run([])
        assert [outcome.kind for outcome in outcomes] == ["unknown"]
        assert await one.kinds(invoice()) == ["adopted"]
        assert one.accepted == {"J-1": 1}


async def test_received_invoices_as_json_are_told_apart_by_their_sender(tmp_path: Path) -> None:
    """Two suppliers have one number; nothing but the sender tells whose it is, where numbers aren't guarded."""

    def received(number: str, name: str) -> dict[str, object]:
        sender = {"name": name, "tin_value": number, "country": "es"}
        return invoice("R-1", type="ReceivedInvoice", contact=sender, currency="EUR")

    async with bench(tmp_path, unique_numbers=False) as one:
        await one.run(received("ESB12345674", "One S.L."), received=True, journal="other.db")
        one.simulator.faults.add(f"reset_before operation='{CREATE}' times=1")
        (outcome,), _ = await one.run(received("ESB76543214", "Two S.L."), received=True)
        assert (outcome.kind, outcome.attempts) == ("created", 2)
        one.simulator.faults.add(f"reset_after operation='{CREATE}' times=1")
        (outcome,), _ = await one.run(received("ESB01234566", "Three S.L."), received=True)
        assert (outcome.kind, outcome.attempts) == ("adopted", 1)
        assert one.accepted == {"R-1": 3}


async def test_a_tax_that_the_account_adds_to_a_draft_of_ours_is_seen_by_its_total(tmp_path: Path) -> None:
    from b2brouter_async.simulator import ACCOUNTS

    adds = [{**ACCOUNTS[0], "adds_tax": ("IVA", 20)}]
    exempt = invoice("V-1", invoice_lines_attributes=[{"description": "Advice", "quantity": 1, "price": 810}])
    async with bench(tmp_path, accounts=adds) as one:
        one.simulator.faults.add(f"reset_after operation='{CREATE}' times=1")
        (outcome,), _ = await one.run([Document(exempt, total=Decimal(810))], verify_totals=True)
        assert (outcome.kind, outcome.state, outcome.attempts) == ("created_with_errors", "new", 1)
        assert "810 in the document and 972" in (outcome.message or "")

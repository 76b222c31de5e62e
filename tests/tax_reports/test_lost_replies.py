"""A write about a tax report whose reply is lost is sent once, and found where it is proved to be there."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from b2brouter_async import ArgumentError, OutcomeUnknownError, UnprocessableError
from b2brouter_async.models import TaxReportUpdateInput

from .conftest import ANNUL, CORRECT, CREATE, LIST, READ, a_report, reports, writes

if TYPE_CHECKING:
    from b2brouter_async import B2Brouter
    from b2brouter_async.simulator import Simulator

pytestmark = [pytest.mark.anyio, pytest.mark.b2brouter(limit=None)]

# Ways in which a reply is lost: after the work was done, and each with the fault's own text.
lost = pytest.mark.parametrize(
    "fault", ["reset_after", "truncate", "504 done", "500 done", "200 done body='<html>a proxy</html>'"]
)


def fail(simulator: Simulator, operation: str, fault: str, times: int = 1) -> None:
    simulator.faults.add(f"{fault} operation='{operation}' times={times}")


# Creating


@lost
async def test_a_report_that_was_made_is_found_by_its_reference(
    b2brouter_client: B2Brouter, b2brouter_simulator: Simulator, fault: str
) -> None:
    fail(b2brouter_simulator, CREATE, fault)
    made = await b2brouter_client.tax_reports.create(tax_report=a_report(external_reference="mine-1"))
    assert made.external_reference == "mine-1"
    assert (reports(b2brouter_simulator), writes(b2brouter_simulator)) == (1, 1)


async def test_without_a_reference_nobody_claims_a_report(
    b2brouter_client: B2Brouter, b2brouter_simulator: Simulator
) -> None:
    fail(b2brouter_simulator, CREATE, "reset_after")
    with pytest.raises(OutcomeUnknownError, match="no external_reference") as error:
        await b2brouter_client.tax_reports.create(tax_report=a_report())
    assert error.value.retry == "unknown"
    assert writes(b2brouter_simulator) == 1


async def test_a_report_that_never_arrived_is_not_sent_again(
    b2brouter_client: B2Brouter, b2brouter_simulator: Simulator
) -> None:
    fail(b2brouter_simulator, CREATE, "reset_before")
    with pytest.raises(OutcomeUnknownError):
        await b2brouter_client.tax_reports.create(tax_report=a_report(external_reference="mine-1"))
    assert (reports(b2brouter_simulator), writes(b2brouter_simulator)) == (0, 1)


@pytest.mark.parametrize(
    "changed",
    [
        {"tax_amount": Decimal("20.99")},
        {"invoice_number": "F-2026-0119"},
        {"customer_party_tax_id": "B00000018"},
        {"description": "Maintenance "},
        {"tax_breakdowns": [*(a_report().tax_breakdowns or ()), {"name": "IRPF", "tax_amount": Decimal(0)}]},
        {"tax_breakdowns": [{"name": "IVA", "percent": Decimal("10.0"), "tax_amount": Decimal("21.00")}]},
    ],
    ids=lambda changed: next(iter(changed)),
)
async def test_a_report_with_the_reference_that_says_something_else_is_not_claimed(
    b2brouter_client: B2Brouter, b2brouter_simulator: Simulator, changed: dict[str, Any]
) -> None:
    await b2brouter_client.tax_reports.create(tax_report=a_report(external_reference="mine-1", **changed))
    fail(b2brouter_simulator, CREATE, "reset_before")
    with pytest.raises(OutcomeUnknownError, match="but"):
        await b2brouter_client.tax_reports.create(tax_report=a_report(external_reference="mine-1"))
    assert reports(b2brouter_simulator) == 1


async def test_an_older_report_with_the_reference_is_not_taken_for_this_one(
    b2brouter_client: B2Brouter, b2brouter_simulator: Simulator
) -> None:
    older = await b2brouter_client.tax_reports.create(tax_report=a_report(external_reference="mine-1"))
    record = b2brouter_simulator.world.store.get("tax_report", older.id)
    assert record is not None
    record.body["created_at"] = "2026-01-01T00:00:00.000Z"
    fail(b2brouter_simulator, CREATE, "reset_before")
    with pytest.raises(OutcomeUnknownError):
        await b2brouter_client.tax_reports.create(tax_report=a_report(external_reference="mine-1"))


async def test_two_reports_with_the_reference_are_named_and_none_is_claimed(
    b2brouter_client: B2Brouter, b2brouter_simulator: Simulator
) -> None:
    b2brouter_simulator.faults.script(CREATE, [None, "reset_after"])
    first = await b2brouter_client.tax_reports.create(tax_report=a_report(external_reference="mine-1"))
    with pytest.raises(OutcomeUnknownError, match=f"reports .*{first.id}.* have its external_reference"):
        await b2brouter_client.tax_reports.create(tax_report=a_report(external_reference="mine-1"))


async def test_a_refused_report_is_an_error_and_looked_for_nowhere(
    b2brouter_client: B2Brouter, b2brouter_simulator: Simulator
) -> None:
    with pytest.raises(UnprocessableError):
        await b2brouter_client.tax_reports.create(tax_report=a_report(invoice_number=None))
    assert b2brouter_simulator.requests() == 1


# Correcting


@lost
async def test_a_correction_is_found_where_the_report_points_to(
    b2brouter_client: B2Brouter, b2brouter_simulator: Simulator, fault: str
) -> None:
    tax_reports = b2brouter_client.tax_reports
    first = await tax_reports.create(tax_report=a_report())
    fail(b2brouter_simulator, CORRECT, fault)
    correcting = await tax_reports.correct(first.id, tax_report=TaxReportUpdateInput(description="Gaskets"))
    assert (correcting.correction, correcting.description) == (True, "Gaskets")
    assert (await tax_reports.get(first.id)).corrected_by_id == correcting.id
    assert (reports(b2brouter_simulator), writes(b2brouter_simulator)) == (2, 2)


async def test_a_correction_that_never_arrived_is_not_sent_again(
    b2brouter_client: B2Brouter, b2brouter_simulator: Simulator
) -> None:
    first = await b2brouter_client.tax_reports.create(tax_report=a_report())
    fail(b2brouter_simulator, CORRECT, "reset_before")
    with pytest.raises(OutcomeUnknownError, match=rf"chain\({first.id}\)"):
        await b2brouter_client.tax_reports.correct(first.id, tax_report={"description": "Gaskets"})
    assert (reports(b2brouter_simulator), writes(b2brouter_simulator)) == (1, 2)


async def test_somebody_elses_correction_is_not_claimed(
    b2brouter_client: B2Brouter, b2brouter_simulator: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    tax_reports = b2brouter_client.tax_reports
    first = await tax_reports.create(tax_report=a_report())
    # Ours never arrives, and between the look before and it somebody else corrects the report.
    b2brouter_simulator.faults.script(CORRECT, ["reset_before"])
    real = b2brouter_simulator.faults.pick

    def pick(operation: str | None) -> Any:
        found = real(operation)
        if operation == CORRECT and found is not None:
            other = b2brouter_simulator.world.store.get("tax_report", first.id)
            theirs = b2brouter_simulator.world.store.get("tax_report", second.id)
            assert other is not None
            assert theirs is not None
            other.body["corrected_by_id"] = second.id
            theirs.body["description"] = "theirs"
        return found

    second = await tax_reports.create(tax_report=a_report())
    monkeypatch.setattr(b2brouter_simulator.faults, "pick", pick)
    with pytest.raises(OutcomeUnknownError, match=f"report {second.id} corrects it, but description is ours"):
        await tax_reports.correct(first.id, tax_report={"description": "ours"})


async def test_a_report_is_not_corrected_twice_by_accident(
    b2brouter_client: B2Brouter, b2brouter_simulator: Simulator
) -> None:
    tax_reports = b2brouter_client.tax_reports
    first = await tax_reports.create(tax_report=a_report())
    second = await tax_reports.correct(first.id, tax_report={"description": "Gaskets"})
    with pytest.raises(ArgumentError, match=f"was corrected by {second.id}; correct that one"):
        await tax_reports.correct(first.id, tax_report={"description": "Gaskets"})
    third = await tax_reports.correct(second.id, tax_report={"description": "Seals"})
    await tax_reports.annul(third.id)
    with pytest.raises(ArgumentError, match="was annulled by"):
        await tax_reports.correct(third.id, tax_report={"description": "Seals"})
    assert writes(b2brouter_simulator) == 4


async def test_a_report_that_is_changed_in_its_place_is_found_too(
    b2brouter_client: B2Brouter, b2brouter_simulator: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where a report is not registered yet, a server may change it instead of making another one."""
    from b2brouter_async.simulator.handlers import tax_reports as handlers

    first = await b2brouter_client.tax_reports.create(tax_report=a_report())

    def in_place(world: Any, old: Any, changes: dict[str, Any], hidden: Any = None) -> Any:
        old.body.update({name: value for name, value in changes.items() if name != "correction"})
        b2brouter_simulator.advance(1)
        return old

    monkeypatch.setattr(handlers, "_successor", in_place)
    # The handler notes a successor, which here is the report itself.
    fail(b2brouter_simulator, CORRECT, "reset_after")
    real = b2brouter_simulator.world.touch

    def touch(record: Any) -> None:
        record.body["corrected_by_id"] = None
        real(record)

    monkeypatch.setattr(b2brouter_simulator.world, "touch", touch)
    changed = await b2brouter_client.tax_reports.correct(first.id, tax_report={"description": "Gaskets"})
    assert (changed.id, changed.description) == (first.id, "Gaskets")


# Annulling


@lost
async def test_an_annulment_is_found_where_the_report_points_to(
    b2brouter_client: B2Brouter, b2brouter_simulator: Simulator, fault: str
) -> None:
    tax_reports = b2brouter_client.tax_reports
    first = await tax_reports.create(tax_report=a_report())
    fail(b2brouter_simulator, ANNUL, fault)
    annulling = await tax_reports.annul(first.id)
    assert annulling.annullation
    assert (reports(b2brouter_simulator), writes(b2brouter_simulator)) == (2, 2)
    assert (await tax_reports.wait_for(annulling.id)).state == "annulled"
    assert (await tax_reports.get(first.id)).state == "annulled"


async def test_an_annulment_that_never_arrived_is_not_sent_again(
    b2brouter_client: B2Brouter, b2brouter_simulator: Simulator
) -> None:
    first = await b2brouter_client.tax_reports.create(tax_report=a_report())
    fail(b2brouter_simulator, ANNUL, "reset_before")
    with pytest.raises(OutcomeUnknownError):
        await b2brouter_client.tax_reports.annul(first.id)
    assert (reports(b2brouter_simulator), writes(b2brouter_simulator)) == (1, 2)


async def test_what_is_annulled_by_nobody_knows_what_is_left_in_doubt(
    b2brouter_client: B2Brouter, b2brouter_simulator: Simulator
) -> None:
    """Before API version 2026-03-02 a report doesn't say which one annuls it."""
    first = await b2brouter_client.tax_reports.create(tax_report=a_report())
    b2brouter_simulator.faults.add(
        f"""200 operation='{READ}' body='{{"tax_report": {{"id": {first.id}, "state": "annullating"}}}}'"""
    )
    fail(b2brouter_simulator, ANNUL, "reset_after")
    with pytest.raises(OutcomeUnknownError, match="don't annul it again"):
        await b2brouter_client.tax_reports.annul(first.id)


async def test_annulling_twice_is_refused_by_the_server(b2brouter_client: B2Brouter) -> None:
    first = await b2brouter_client.tax_reports.create(tax_report=a_report())
    await b2brouter_client.tax_reports.annul(first.id)
    with pytest.raises(UnprocessableError):
        await b2brouter_client.tax_reports.annul(first.id)


# Both


async def test_looks_that_fail_prove_nothing(
    b2brouter_client: B2Brouter, b2brouter_simulator: Simulator
) -> None:
    first = await b2brouter_client.tax_reports.create(tax_report=a_report())
    fail(b2brouter_simulator, ANNUL, "reset_after")
    fail(b2brouter_simulator, READ, "503", times=1000)
    with pytest.raises(OutcomeUnknownError, match=r"Looking for it failed: .*503"):
        await b2brouter_client.tax_reports.annul(first.id)


async def test_one_look_that_fails_is_followed_by_another(
    b2brouter_client: B2Brouter, b2brouter_simulator: Simulator
) -> None:
    first = await b2brouter_client.tax_reports.create(tax_report=a_report())
    fail(b2brouter_simulator, ANNUL, "reset_after")
    fail(b2brouter_simulator, READ, "503", times=5)
    assert (await b2brouter_client.tax_reports.annul(first.id)).annullation


async def test_a_deadline_ends_the_looking(
    b2brouter_client: B2Brouter, b2brouter_simulator: Simulator
) -> None:
    fail(b2brouter_simulator, CREATE, "reset_before")
    with pytest.raises(OutcomeUnknownError, match="deadline left no time"):
        await b2brouter_client.tax_reports.create(
            tax_report=a_report(external_reference="mine-1"), deadline=2.0
        )


async def test_raise_doesnt_look(b2brouter_client: B2Brouter, b2brouter_simulator: Simulator) -> None:
    first = await b2brouter_client.tax_reports.create(tax_report=a_report(), on_unknown="raise")
    for operation in (CREATE, CORRECT, ANNUL):
        fail(b2brouter_simulator, operation, "reset_after")
    before = b2brouter_simulator.requests()
    tax_reports = b2brouter_client.tax_reports
    with pytest.raises(OutcomeUnknownError):
        await tax_reports.create(tax_report=a_report(external_reference="x"), on_unknown="raise")
    with pytest.raises(OutcomeUnknownError):
        await tax_reports.correct(first.id, tax_report={"description": "x"}, on_unknown="raise")
    with pytest.raises(OutcomeUnknownError):
        await tax_reports.annul(first.id, on_unknown="raise")
    assert b2brouter_simulator.requests() == before + 3


async def test_another_word_is_refused(b2brouter_client: B2Brouter) -> None:
    with pytest.raises(ArgumentError, match="neither"):
        await b2brouter_client.tax_reports.annul(1, on_unknown="retry")  # type: ignore[arg-type]


async def test_a_refused_connection_is_tried_again_for_nothing_was_done(
    b2brouter_client: B2Brouter, b2brouter_simulator: Simulator
) -> None:
    fail(b2brouter_simulator, CREATE, "429")
    await b2brouter_client.tax_reports.create(tax_report=a_report())
    assert reports(b2brouter_simulator) == 1


async def test_rows_on_later_pages_are_looked_at(
    b2brouter_client: B2Brouter, b2brouter_simulator: Simulator
) -> None:
    for number in range(3):
        await b2brouter_client.tax_reports.create(tax_report=a_report(external_reference=f"r-{number}"))
    fail(b2brouter_simulator, CREATE, "reset_after")
    fail(b2brouter_simulator, LIST, "503")
    made = await b2brouter_client.tax_reports.create(tax_report=a_report(external_reference="r-3"))
    assert made.external_reference == "r-3"

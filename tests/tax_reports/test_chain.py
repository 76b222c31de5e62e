"""Corrections and annulments are reports of their own, and the chain tells which of them holds."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from b2brouter_async import NotFoundError

from .conftest import a_report

if TYPE_CHECKING:
    from b2brouter_async import B2Brouter
    from b2brouter_async.simulator import Simulator

pytestmark = [pytest.mark.anyio, pytest.mark.b2brouter(limit=None)]


async def test_a_report_alone_is_a_chain(b2brouter_client: B2Brouter) -> None:
    only = await b2brouter_client.tax_reports.create(tax_report=a_report())
    chain = await b2brouter_client.tax_reports.chain(only.id)
    assert [report.id for report in chain.reports] == [only.id]
    assert (chain.current, chain.annulled, chain.whole) == (chain.reports[0], False, True)


@pytest.mark.parametrize("begin", [0, 1, 2, 3])
async def test_a_chain_is_found_from_any_of_its_reports(b2brouter_client: B2Brouter, begin: int) -> None:
    tax_reports = b2brouter_client.tax_reports
    first = await tax_reports.create(tax_report=a_report())
    second = await tax_reports.correct(first.id, tax_report={"description": "second"})
    third = await tax_reports.correct(second.id, tax_report={"description": "third"})
    before = await tax_reports.chain(first.id)
    assert before.current is not None
    assert before.current.id == third.id
    last = await tax_reports.annul(third.id)
    ids = [first.id, second.id, third.id, last.id]
    chain = await tax_reports.chain(ids[begin])
    assert [report.id for report in chain.reports] == ids
    assert (chain.annulled, chain.whole) == (True, True)


async def test_without_an_account_a_chain_begins_with_what_was_asked_for(
    b2brouter_client: B2Brouter, b2brouter_simulator: Simulator
) -> None:
    from b2brouter_async.pytest_plugin import make_client

    first = await b2brouter_client.tax_reports.create(tax_report=a_report())
    last = await b2brouter_client.tax_reports.annul(first.id)
    async with make_client(b2brouter_simulator, account=None) as anybody:
        chain = await anybody.tax_reports.chain(last.id)
        assert [report.id for report in chain.reports] == [last.id]
        assert (chain.whole, chain.annulled) == (False, True)
        whole = await anybody.tax_reports.chain(last.id, account=b2brouter_simulator.account)
        assert [report.id for report in whole.reports] == [first.id, last.id]


async def test_a_correction_that_failed_leaves_what_it_was_about_in_force(
    b2brouter_client: B2Brouter, b2brouter_simulator: Simulator
) -> None:
    tax_reports = b2brouter_client.tax_reports
    first = await tax_reports.create(tax_report=a_report())
    wrong = await tax_reports.correct(first.id, tax_report={"tax_amount": 1})
    b2brouter_simulator.advance(60)
    assert (await tax_reports.get(wrong.id)).state == "error"
    chain = await tax_reports.chain(first.id)
    assert chain.current is not None
    assert chain.current.id == first.id


async def test_an_annulment_that_failed_annuls_nothing(
    b2brouter_client: B2Brouter, b2brouter_simulator: Simulator
) -> None:
    tax_reports = b2brouter_client.tax_reports
    first = await tax_reports.create(tax_report=a_report())
    annulling = await tax_reports.annul(first.id)
    record = b2brouter_simulator.world.store.get("tax_report", annulling.id)
    assert record is not None
    record.body["state"] = "error"
    chain = await tax_reports.chain(first.id)
    assert chain.current is not None
    assert (chain.current.id, chain.annulled) == (first.id, False)


async def test_reports_that_point_at_each_other_end_all_the_same(
    b2brouter_client: B2Brouter, b2brouter_simulator: Simulator
) -> None:
    tax_reports = b2brouter_client.tax_reports
    one, two = [await tax_reports.create(tax_report=a_report()) for _ in range(2)]
    for here, there in ((one, two), (two, one)):
        record = b2brouter_simulator.world.store.get("tax_report", here.id)
        assert record is not None
        record.body.update(corrected_by_id=there.id, correction=True)
    chain = await tax_reports.chain(one.id)
    assert {report.id for report in chain.reports} == {one.id, two.id}
    assert not chain.whole


async def test_a_report_that_isnt_there_is_no_chain(b2brouter_client: B2Brouter) -> None:
    with pytest.raises(NotFoundError):
        await b2brouter_client.tax_reports.chain(1)


@pytest.mark.b2brouter(faults=["503 times=2 operation='GET /tax_reports/{}'"])
async def test_a_server_that_is_away_for_a_moment_is_asked_again(b2brouter_client: B2Brouter) -> None:
    first = await b2brouter_client.tax_reports.create(tax_report=a_report())
    assert (await b2brouter_client.tax_reports.chain(first.id)).reports


@pytest.mark.parametrize("annulled", [False, True])
async def test_a_chain_with_a_gap_tells_what_is_missing_and_not_that_nothing_holds(
    b2brouter_client: B2Brouter, b2brouter_simulator: Simulator, annulled: bool
) -> None:
    """A correction that the server doesn't show may hold; an annulment that it doesn't show annuls all the same."""
    tax_reports = b2brouter_client.tax_reports
    first = await tax_reports.create(tax_report=a_report())
    if annulled:
        gone = await tax_reports.annul(first.id)
    else:
        gone = await tax_reports.correct(first.id, tax_report={"description": "second"})
    store = b2brouter_simulator.world.store
    record = store.get("tax_report", gone.id)
    assert record is not None
    store.remove(record)

    chain = await tax_reports.chain(first.id)

    assert [report.id for report in chain.reports] == [first.id]
    assert (chain.missing, chain.whole) == ((gone.id,), False)
    assert (chain.current, chain.annulled) == (None, annulled)

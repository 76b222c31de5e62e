from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from b2brouter_async.simulator import Simulator

from .support import client, create, error, invoice

if TYPE_CHECKING:
    from collections.abc import Sequence

    import httpx

pytestmark = pytest.mark.anyio


async def numbers(http: httpx.AsyncClient, account: str, **query: Any) -> list[str]:
    reply = await http.get(f"/accounts/{account}/invoices", params=query)
    assert reply.status_code == 200, reply.text
    rows = reply.json()["invoices"]
    assert reply.json()["meta"]["total_count"] >= len(rows)
    return [row["number"] for row in rows]


async def received(http: httpx.AsyncClient, account: str, number: str) -> int:
    return int((await create(http, account, invoice(number, type="ReceivedInvoice")))["id"])


async def test_a_limit_above_500_is_cut_and_echoed(simulator: Simulator, http: httpx.AsyncClient) -> None:
    for limit, echoed in ((501, 500), (500, 500), (7, 7), (0, 25)):
        body = (await http.get(f"/accounts/{simulator.account}/invoices?limit={limit}")).json()
        assert body["meta"] == {"total_count": 0, "offset": 0, "limit": echoed}
    assert (await http.get(f"/accounts/{simulator.account}/invoices")).json()["meta"]["limit"] == 25


async def test_pages_follow_each_other_by_offset(simulator: Simulator, http: httpx.AsyncClient) -> None:
    for number in range(7):
        await create(http, simulator.account, invoice(str(number)))
    pages = [await numbers(http, simulator.account, limit=3, offset=offset) for offset in (0, 3, 6, 9)]
    assert pages == [["0", "1", "2"], ["3", "4", "5"], ["6"], []]


async def test_newest_first_shifts_pages_while_data_arrives() -> None:
    simulator = Simulator(newest_first=True)
    http = client(simulator)
    for number in range(3):
        await create(http, simulator.account, invoice(str(number)))
    first = await numbers(http, simulator.account, limit=2)
    await create(http, simulator.account, invoice("3"))
    second = await numbers(http, simulator.account, limit=2, offset=2)
    assert (first, second) == (["2", "1"], ["1", "0"])
    assert await numbers(http, simulator.account, date_from="2026-01-01") == ["3", "2", "1", "0"]


async def test_received_invoices_without_ack_are_the_queue_only(
    simulator: Simulator, http: httpx.AsyncClient
) -> None:
    account = simulator.account
    ids = [await received(http, account, number) for number in ("a", "b", "c", "d")]
    await create(http, account, invoice("issued"))
    await http.post(f"/invoices/{ids[0]}/ack")
    await http.get(f"/invoices/{ids[1]}?ack=true")
    kind = "ReceivedInvoice"
    assert await numbers(http, account, type=kind) == ["c", "d"]
    assert await numbers(http, account, type=kind, ack="false") == ["c", "d"]
    assert await numbers(http, account, type=kind, ack="true") == ["a", "b", "c", "d"]
    assert await numbers(http, account, type=kind) == ["c", "d"]
    assert await numbers(http, account, type=kind, number="a") == []
    assert await numbers(http, account, type=kind, number="a", ack="true") == ["a"]
    assert await numbers(http, account, type=kind, new=1) == ["c", "d"]


async def test_rows_know_no_account_and_no_acknowledgement_and_the_detail_does(
    simulator: Simulator, http: httpx.AsyncClient
) -> None:
    number = await received(http, simulator.account, "a")
    await http.post(f"/invoices/{number}/ack")
    listed = await http.get(f"/accounts/{simulator.account}/invoices?type=ReceivedInvoice&ack=true")
    (row,) = listed.json()["invoices"]
    detail = (await http.get(f"/invoices/{number}")).json()["invoice"]
    assert "account" not in row
    assert row["ack_at"] is None
    assert detail["account"]["id"] == int(simulator.account)
    assert detail["ack_at"] is not None


async def test_acknowledging_twice_keeps_the_first_time(
    simulator: Simulator, http: httpx.AsyncClient
) -> None:
    number = await received(http, simulator.account, "a")
    first = (await http.post(f"/invoices/{number}/ack")).json()["invoice"]["ack_at"]
    simulator.advance(10)
    assert (await http.post(f"/invoices/{number}/ack")).json()["invoice"]["ack_at"] == first


@pytest.mark.parametrize(
    ("prefix", "found"),
    [("F-1", ["F-1", "F-10", "F-1b"]), ("F-10", ["F-10"]), ("f", []), ("", ["F-1", "F-10", "F-1b", "G"])],
)
async def test_number_is_a_prefix(
    simulator: Simulator, http: httpx.AsyncClient, prefix: str, found: Sequence[str]
) -> None:
    for number in ("F-1", "F-10", "F-1b", "G"):
        await create(http, simulator.account, invoice(number))
    assert await numbers(http, simulator.account, number=prefix) == found


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"new": 1}, ["open"]),
        ({"sending": 1}, ["sending"]),
        ({"sent": 1}, ["sent"]),
        ({"new": 1, "sent": 1}, ["open", "sent"]),
        ({"new": 0}, ["sending", "sent"]),
        ({"error": 1}, []),
        ({"sent": 1, "number": "se"}, ["sent"]),
    ],
)
async def test_state_flags_choose_states(
    simulator: Simulator, http: httpx.AsyncClient, query: dict[str, int], found: list[str]
) -> None:
    await create(http, simulator.account, {**invoice("sent"), "send_after_import": True})
    simulator.advance(5)
    await create(http, simulator.account, {**invoice("sending"), "send_after_import": True})
    await create(http, simulator.account, invoice("open"))
    assert sorted(await numbers(http, simulator.account, **query)) == sorted(found)


async def test_dates_filter_the_issue_date_and_state_updated_at_the_change(
    simulator: Simulator, http: httpx.AsyncClient
) -> None:
    account = simulator.account
    await create(http, account, invoice("old", date="2020-01-01", due_date="2020-02-01"))
    await create(http, account, invoice("new", date="2026-10-14", due_date="2026-11-14"))
    assert await numbers(http, account, date_from="2026-01-01") == ["new"]
    assert await numbers(http, account, date_to="2026-01-01") == ["old"]
    assert await numbers(http, account, due_date_from="2026-01-01", due_date_to="2026-12-31") == ["new"]
    assert await numbers(http, account, state_updated_at_from="2026-10-14") == ["old", "new"]
    assert await numbers(http, account, updated_at_from="2026-10-15") == []
    assert await numbers(http, account, from_net="peppol") == []


async def test_the_list_of_another_group_is_404(simulator: Simulator, http: httpx.AsyncClient) -> None:
    assert error(await http.get("/accounts/1/invoices")) == (404, "resource_missing", None)


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("tin_value=ESB98765431", ["1", "2"]),
        ("tin_value=ESB98765432", []),
        ("name~inventado AND date>=2026-01-01", ["2"]),
        ("number=1 OR -state=new", ["1"]),
        (" ", ["1", "2"]),
    ],
)
async def test_invoices_are_found_by_expression(
    simulator: Simulator, http: httpx.AsyncClient, query: str, found: list[str]
) -> None:
    await create(http, simulator.account, invoice("1", date="2020-01-01"))
    await create(http, simulator.account, invoice("2"))
    assert await numbers(http, simulator.account, query=query) == found


@pytest.mark.parametrize("query", ["cliente", "total=100", "tin_value="])
async def test_an_expression_over_invoices_that_cannot_be_read_is_invalid_query(
    simulator: Simulator, http: httpx.AsyncClient, query: str
) -> None:
    reply = await http.get(f"/accounts/{simulator.account}/invoices", params={"query": query})
    assert error(reply) == (400, "invalid_query", "query")

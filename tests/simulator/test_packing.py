"""What is kept takes little room, and comes back as it was."""

from __future__ import annotations

import gc
import random
import tracemalloc
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from b2brouter_async.simulator import Simulator, frozen
from b2brouter_async.simulator.state import packing
from b2brouter_async.simulator.state.packing import Packing, pack_file, unpack_file

from . import documents
from .conftest import MORNING
from .support import client, create, invoice, unchecked

if TYPE_CHECKING:
    import httpx

OBJECTS: list[dict[str, Any]] = [
    {},
    {
        "id": 1,
        "total": Decimal("121.00"),
        "rate": Decimal("1E-7"),
        "name": "Ñandú \U0001f600 \ud800",
        "at": 1.5,
    },
    {"id": 1, "name": "1", "nested": {"lines": [{"a": None}, []], "yes": True}, "zero": Decimal("-0.0")},
    {"name": "the same names in another order", "id": 2},
    {"id": 3, "contact": {"id": 7, "name": "x"}, "account": {"id": 8}, "company": None},
    {"id": 4, "contact": {"id": 7, "name": "y"}, "account": {"id": 8}},
    {"id": 5, "contact": {"id": 7, "names": ["a", "list"]}},
    {"id": 6, "contact": None},
]


def test_parts_that_are_equal_and_not_the_same_in_json_are_kept_apart() -> None:
    packs = Packing()
    packed = [packs.pack({"contact": {"id": 7, "taken": value}}) for value in (1, True, 1.0)]

    assert [repr(packs.unpack(one)["contact"]["taken"]) for one in packed] == ["1", "True", "1.0"]


@pytest.mark.parametrize("most", [0, 2, 1000])
def test_what_is_packed_comes_back_with_its_digits_types_and_order(
    monkeypatch: pytest.MonkeyPatch, most: int
) -> None:
    monkeypatch.setattr(packing, "MOST_SHARED", most)
    held = Packing()
    packed = [held.pack(one) for one in OBJECTS]
    assert [repr(held.unpack(one)) for one in packed] == [repr(one) for one in OBJECTS]
    for only in (("id",), ("name", "id"), ("contact", "id", "nowhere"), ("nowhere",)):
        wanted = [{name: one[name] for name in only if name in one} for one in OBJECTS]
        assert [held.unpack(one, only) for one in packed] == wanted


@pytest.mark.parametrize(
    "content",
    [b"", b"x", b"<Invoice>" + b"<Line>1</Line>" * 300, bytes(range(256)) * 3, random.Random(1).randbytes(5000), b"y" * 1_500_000],
)  # fmt: skip
def test_a_file_comes_back_byte_by_byte(content: bytes) -> None:
    assert unpack_file(pack_file(content)) == content
    assert len(pack_file(content)) <= len(content) + 1


def test_xml_is_kept_in_less_room() -> None:
    content = documents.ubl("F-1")
    assert len(pack_file(content)) < len(content) / 2


async def _walk(http: httpx.AsyncClient, account: str) -> list[Any]:
    path = f"/accounts/{account}/invoices"
    made = [
        await create(http, account, invoice(f"F-{number}", date=f"2026-10-{number:02}"))
        for number in (1, 2, 3)
    ]
    await http.post(f"/invoices/send_invoice/{made[0]['id']}")
    await http.put(f"/invoices/{made[1]['id']}", json={"invoice": {"extra_info": "ñ"}})
    await http.delete(f"/invoices/{made[2]['id']}")
    asked = (
        f"/invoices/{made[0]['id']}?include=detailed_lines", f"/invoices/{made[1]['id']}", path, f"{path}?new=1",
        f"{path}?number=F-&sending=1", f"{path}?date_from=2026-10-02", f"{path}?query=tin_value=ESB98765431",
        f"{path}?query=number%3E=F-2 AND created_at>2026", f"/accounts/{account}/contacts?name=inventado",
        f"/accounts/{account}/events?invoice_id={made[0]['id']}",
    )  # fmt: skip
    return [(await http.get(one)).json() for one in asked]


@pytest.mark.anyio
async def test_replies_are_the_same_when_nothing_is_shared(monkeypatch: pytest.MonkeyPatch) -> None:
    """A thousand kinds of names and parties are kept once; the next ones are kept with each object."""
    simulator = Simulator(clock=frozen(MORNING))
    shared = await _walk(client(simulator), simulator.account)
    monkeypatch.setattr(packing, "MOST_SHARED", 0)
    simulator = Simulator(clock=frozen(MORNING))
    assert await _walk(client(simulator), simulator.account) == shared
    counts = [len(reply[next(iter(reply))]) for reply in shared[2:]]
    assert counts == [2, 1, 1, 1, 2, 1, 1, 1]


@pytest.mark.anyio
async def test_a_list_knows_what_became_due_with_its_own_request() -> None:
    simulator = Simulator(clock=frozen(MORNING), advance_per_request=2)
    http = client(simulator)
    path = f"/accounts/{simulator.account}/invoices"
    for number in range(3):
        await create(http, simulator.account, {**invoice(f"F-{number}"), "send_after_import": True})
    # The last one is sent by the request that asks for it.
    reply = (await http.get(path, params={"number": "F-2", "sent": 1})).json()
    assert [row["state"] for row in reply["invoices"]] == ["sent"]


@pytest.mark.anyio
async def test_an_invoice_that_is_sent_takes_three_and_a_half_kilobytes_at_most() -> None:
    simulator = Simulator(limit=None, clock=frozen(MORNING), advance_per_request=1)
    http = unchecked(simulator)

    async def create_and_send(first: int, last: int) -> None:
        for number in range(first, last):
            await create(http, simulator.account, {**invoice(f"F-{number}"), "send_after_import": True})

    count = 600
    await create_and_send(0, count)  # what is needed once is no part of an invoice
    gc.collect()
    tracemalloc.start()
    try:
        await create_and_send(count, 2 * count)
        await http.get(f"/accounts/{simulator.account}/invoices?limit=500&date_from=2026-01-01")
        gc.collect()
        held, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert held / count < 3500

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar, cast

import anyio
import pytest
from attrs import define, field
from hypothesis import given, settings
from hypothesis import strategies as st

from b2brouter_async._core.codecs import INTEGER
from b2brouter_async._core.exact_json import dump_json
from b2brouter_async._core.model import Field, Model
from b2brouter_async._core.operation import CallOptions, Operation, Repeat
from b2brouter_async._core.pagination import Page, Pager, PageReader
from b2brouter_async._core.replies import Reply
from b2brouter_async._core.requests import AccountId, Request
from b2brouter_async.errors import ArgumentError, ServerError, ShapeError, UnparsableReplyError

if TYPE_CHECKING:
    from collections.abc import Callable

    from b2brouter_async._core.backoff import Waiting

pytestmark = pytest.mark.anyio

T = TypeVar("T")


@define(kw_only=True)
class Row(Model):
    id: int

    @classmethod
    def fields(cls) -> tuple[Field, ...]:
        return (Field("id", "id", INTEGER, required=True),)


LIST: Operation[Page[Row]] = Operation("rows.list", "GET", "/rows", Repeat.SAFE, PageReader(Row, "rows"))


@define
class Server:
    """Serves rows by offset, in the envelope asked for; may be changed between pages."""

    rows: list[int]
    envelope: str = "meta"
    cut: int = 500
    ignores_offset: bool = False
    pretends: bool = False
    """Echoes every offset."""
    counts: bool = True
    """Names the total."""
    asked: list[dict[str, str]] = field(factory=list)
    between: Callable[[list[int]], None] = lambda rows: None
    fail_at: int | None = None

    @property
    def waiting(self) -> Waiting:
        raise AssertionError("nobody waits")

    @property
    def server(self) -> str:
        raise AssertionError("nobody asks")

    api_version = "2026-06-26"

    def account_or_default(self, account: AccountId | None) -> AccountId:
        raise AssertionError("nobody asks")

    def open(self, operation: Operation[T], request: Request, options: CallOptions) -> NoReturn:
        raise AssertionError("nobody downloads")

    async def call(self, operation: Operation[T], request: Request, options: CallOptions) -> T:
        query = dict(request.query)
        assert len(query) == len(request.query)
        if len(self.asked) == self.fail_at:
            raise ServerError(status=500, message="down")
        if self.asked:
            self.between(self.rows)
        self.asked.append(query)
        limit = min(int(query.get("limit", 25)), self.cut)
        offset = 0 if self.ignores_offset else int(query.get("offset", 0))
        page = self.rows[offset : offset + limit]
        counters: dict[str, object] = {"total_count": len(self.rows), "offset": offset, "limit": limit}
        if self.pretends:
            counters["offset"] = int(query.get("offset", 0))
            if not self.counts:
                del counters["total_count"]
        body: dict[str, object] = {"rows": [{"id": row} for row in page]}
        if self.envelope == "meta":
            body["meta"] = counters
        elif self.envelope == "flat":
            body.update(counters)
        await anyio.lowlevel.checkpoint()
        return operation.parse(Reply(200, {}, dump_json(body)))

    def list(self, **options: Any) -> Pager[Row]:
        return Pager(self, cast("Any", LIST), Request("/rows"), {}, **options)


def ids(rows: list[Row]) -> list[int]:
    return [row.id for row in rows]


async def test_nothing_is_sent_before_it_is_awaited_or_iterated() -> None:
    server = Server(list(range(3)))
    pager = server.list()
    pager.pages()
    pager.take(3)
    pager.prefetch()
    aiter(pager)
    assert not server.asked


@pytest.mark.parametrize("envelope", ["meta", "flat"])
async def test_awaiting_gives_one_page_with_its_counters(envelope: str) -> None:
    server = Server(list(range(60)), envelope)
    page = await server.list()
    assert (len(page), page.total_count, page.offset, page.limit, page.has_more) == (25, 60, 0, 25, True)
    page = await server.list(limit=50, offset=20)
    assert (ids(page.items), page.has_more) == (list(range(20, 60)), False)
    assert server.asked == [{}, {"limit": "50", "offset": "20"}]


@pytest.mark.parametrize("envelope", ["meta", "flat", "none"])
async def test_iterating_gives_every_item(envelope: str) -> None:
    server = Server(list(range(1203)), envelope)
    assert ids([row async for row in server.list()]) == list(range(1203))
    asked = [(query["limit"], query["offset"]) for query in server.asked]
    assert asked[:3] == [("500", "0"), ("500", "500"), ("500", "1000")]
    # Without an echoed limit only an empty page says that it is over.
    assert len(asked) == (4 if envelope == "none" else 3)


async def test_a_limit_that_the_server_cuts_does_not_end_the_list_early() -> None:
    server = Server(list(range(1100)), cut=500)
    assert ids([row async for row in server.list(limit=1000)]) == list(range(1100))


async def test_a_full_last_page_is_followed_by_an_empty_one() -> None:
    server = Server(list(range(10)))
    assert len([row async for row in server.list(limit=5)]) == 10
    assert [query["offset"] for query in server.asked] == ["0", "5", "10"]


async def test_a_list_that_knows_no_pages_is_given_once() -> None:
    server = Server(list(range(10)), "none", ignores_offset=True)
    assert ids([row async for row in server.list()]) == list(range(10))
    assert len(server.asked) == 2


async def test_a_server_that_ignores_offsets_is_found_out() -> None:
    server = Server(list(range(50)), ignores_offset=True)
    with pytest.raises(UnparsableReplyError, match="offset"):
        [row async for row in server.list(limit=10)]


async def test_a_server_that_goes_round_in_circles_is_left() -> None:
    server = Server(list(range(50)), ignores_offset=True, pretends=True, counts=False)
    pager = server.list(limit=10)
    seen: list[int] = []

    async def read() -> None:
        async for row in pager:
            seen.append(row.id)

    with pytest.raises(UnparsableReplyError, match="nothing new"):
        await read()
    assert seen == list(range(10))
    assert len(server.asked) == 101


async def test_a_page_of_repeats_past_the_servers_own_count_is_the_last() -> None:
    server = Server(list(range(50)), ignores_offset=True, pretends=True)
    assert ids([row async for row in server.list(limit=10)]) == list(range(10))
    assert len(server.asked) == 5


async def test_a_page_is_iterated_and_a_list_says_how() -> None:
    pager = Server([1, 2, 3]).list(limit=2)
    assert [row.id for row in await pager] == [1, 2]
    assert "rows.list" in repr(pager)
    for misuse in (iter, list, sorted):
        with pytest.raises(TypeError, match="async for"):
            misuse(cast("Any", pager))


async def test_two_iterations_of_one_list_do_not_disturb_each_other() -> None:
    pager = Server(list(range(7))).list(limit=2)
    one, other = aiter(pager), aiter(pager)
    seen: list[tuple[int, int]] = []
    async for row in one:
        seen.append((row.id, (await anext(other)).id))
        if row.id == 4:
            break
    assert seen == [(index, index) for index in range(5)]
    assert ids([row async for row in other]) == [5, 6]
    assert ids([row async for row in pager]) == list(range(7))
    assert len(await pager) == 2


async def test_items_can_be_cut_without_asking_for_more() -> None:
    server = Server(list(range(2000)))
    assert ids([row async for row in server.list().take(7)]) == list(range(7))
    assert ids([row async for row in server.list(limit=4).take(9)]) == list(range(9))
    assert [row async for row in server.list().take(0)] == []
    assert len(await server.list().take(3)) == 3
    asked = [(query["limit"], query["offset"]) for query in server.asked if "offset" in query]
    assert asked == [("7", "0"), ("4", "0"), ("4", "4"), ("4", "8")]


async def test_a_list_goes_on_where_it_was_left() -> None:
    server = Server(list(range(30)))
    pager = server.list(limit=8, offset=2)
    seen: list[int] = []
    async for row in pager:
        seen.append(row.id)
        if len(seen) == 11:
            break
    assert pager.position == 13
    seen += ids([row async for row in server.list(limit=8, offset=pager.position)])
    assert seen == list(range(2, 30))
    await pager
    assert pager.position == 10


async def test_pages_come_one_after_the_other() -> None:
    server = Server([*range(5), 3, 4, *range(5, 8)])
    pages = [ids(page.items) async for page in server.list(limit=5).pages()]
    assert pages == [[0, 1, 2, 3, 4], [5, 6, 7], []]


async def test_a_prefetched_list_is_the_same_list() -> None:
    server = Server(list(range(50)))
    pager = server.list(limit=7)
    async with pager.prefetch(2) as rows:
        assert ids([row async for row in rows]) == list(range(50))
    assert pager.position == 50


async def test_the_next_page_is_fetched_while_this_one_is_worked_on() -> None:
    server = Server(list(range(50)))
    async with server.list(limit=5).prefetch() as rows:
        await anext(rows)
        for _ in range(20):
            await anyio.lowlevel.checkpoint()
        assert 2 <= len(server.asked) <= 3
    assert 2 <= len(server.asked) <= 3


@define
class SlowServer(Server):
    """Answers when everybody who may ask has asked, and in any order."""

    under_way: int = 0
    most: int = 0
    priorities: list[object] = field(factory=list)
    chance: random.Random = field(factory=lambda: random.Random(3))

    async def call(self, operation: Operation[T], request: Request, options: CallOptions) -> T:
        self.priorities.append(options.get("priority"))
        self.under_way += 1
        self.most = max(self.most, self.under_way)
        try:
            for _ in range(self.chance.randrange(5, 40)):
                await anyio.lowlevel.checkpoint()
            return await super().call(operation, request, options)
        finally:
            self.under_way -= 1


@pytest.mark.parametrize("pages", [1, 3, 8])
async def test_so_many_pages_are_under_way_at_once_and_come_in_order(pages: int) -> None:
    server = SlowServer(list(range(1000)))
    pager = server.list(limit=20)

    async with pager.prefetch(pages) as rows:
        assert ids([row async for row in rows]) == list(range(1000))

    assert server.most == pages
    assert len(server.asked) == 51
    assert server.priorities[0] is None
    assert set(server.priorities[1:]) == {0}


async def test_nothing_is_asked_for_in_advance_beyond_the_end_or_the_number_taken() -> None:
    server = SlowServer(list(range(100)))
    async with server.list(limit=20).take(45).prefetch(8) as rows:
        assert len([row async for row in rows]) == 45
    assert sorted(int(one.get("offset", 0)) for one in server.asked) == [0, 20, 40]


async def test_a_reader_that_stops_ends_what_is_under_way() -> None:
    server = SlowServer(list(range(1000)))
    async with server.list(limit=20).prefetch(8) as rows:
        async for row in rows:
            if row.id == 25:
                break
    assert server.under_way == 0
    asked = len(server.asked)
    assert asked <= 10
    assert len([row async for row in rows]) < 20
    assert len(server.asked) == asked


async def test_rows_that_go_away_are_met_as_without() -> None:
    def shrink(rows: list[int]) -> None:
        del rows[-30:]

    for pages in (0, 8):
        server = SlowServer(list(range(300)), between=shrink)
        pager = server.list(limit=20)
        if pages:
            async with pager.prefetch(pages) as rows:
                seen = ids([row async for row in rows])
        else:
            seen = ids([row async for row in pager])
        assert seen == list(range(len(seen)))
        assert len(seen) < 300


async def test_a_row_that_moves_between_two_answers_is_not_passed_over() -> None:
    """A later page that is answered first, and a new row in front before the earlier one is."""
    answered: list[int] = []

    @define
    class LateServer(Server):
        async def call(self, operation: Operation[T], request: Request, options: CallOptions) -> T:
            offset = int(dict(request.query)["offset"])
            if offset == 20 and 20 not in answered and 999 not in self.rows:
                while 40 not in answered:
                    await anyio.lowlevel.checkpoint()
                self.rows.insert(0, 999)
            answered.append(offset)
            return await super().call(operation, request, options)

    server = LateServer(list(range(100)))

    async with server.list(limit=20).prefetch(3) as rows:
        seen = ids([row async for row in rows])

    assert set(range(100)) <= set(seen)
    assert len(seen) == len(set(seen))


async def test_errors_of_a_prefetched_list_come_where_it_is_read() -> None:
    server = Server(list(range(50)), fail_at=2)
    seen: list[int] = []

    async def read(server: Server, work: Callable[[Row], None]) -> None:
        async with server.list(limit=5).prefetch(3) as rows:
            async for row in rows:
                work(row)

    def fail(row: Row) -> None:
        raise KeyError("mine")

    with pytest.raises(ServerError):
        await read(server, lambda row: seen.append(row.id))
    assert seen == list(range(10))
    with pytest.raises(KeyError):
        await read(Server(list(range(50))), fail)


@pytest.mark.parametrize(
    ("body", "path"),
    [
        (b"[]", "$"),
        (b"null", "$"),
        (b"{}", "$.rows"),
        (b'{"rows": {}}', "$.rows"),
        (b'{"rows": null}', "$.rows"),
        (b'{"rows": [{"id": 1}, {"id": "x"}]}', "$.rows[1].id"),
        (b'{"rows": [{}]}', "$.rows[0].id"),
    ],
)
def test_a_reply_without_its_collection_raises(body: bytes, path: str) -> None:
    with pytest.raises(ShapeError) as caught:
        LIST.parse(Reply(200, {}, body))
    assert caught.value.json_path == path


@pytest.mark.parametrize(
    "counters", [b'"meta": null', b'"meta": {"limit": -1}', b'"limit": true', b'"limit": "x"']
)
def test_counters_that_make_no_sense_are_none(counters: bytes) -> None:
    page = LIST.parse(Reply(200, {}, b'{"rows": [], ' + counters + b"}"))
    assert (page.total_count, page.limit, page.offset) == (None, None, 0)


def test_meta_is_read_before_the_root() -> None:
    body = b'{"rows": [], "limit": 9, "total_count": 8, "meta": {"limit": "7"}}'
    page = LIST.parse(Reply(200, {}, body))
    assert (page.limit, page.total_count) == (7, 8)


@pytest.mark.parametrize(
    "options", [{"limit": 0}, {"limit": -1}, {"offset": -1}, {"limit": "5"}, {"limit": 5.0}, {"offset": True}]
)
def test_numbers_out_of_range_are_refused(options: dict[str, Any]) -> None:
    with pytest.raises(ArgumentError, match=next(iter(options))):
        Server([]).list(**options)
    for number in (-1, -9):
        with pytest.raises(ArgumentError):
            Server([]).list().take(number)
    with pytest.raises(ArgumentError):
        Server([]).list().prefetch(0)


@given(
    rows=st.integers(0, 60),
    limit=st.none() | st.integers(1, 40),
    cut=st.integers(1, 30),
    envelope=st.sampled_from(["meta", "flat", "none"]),
    take=st.none() | st.integers(0, 70),
    start=st.integers(0, 70),
)
def test_every_row_comes_once_and_in_order(
    rows: int, limit: int | None, cut: int, envelope: str, take: int | None, start: int
) -> None:
    server = Server(list(range(rows)), envelope, cut)

    async def run() -> list[int]:
        pager = server.list(limit=limit, offset=start)
        return ids([row async for row in (pager if take is None else pager.take(take))])

    expected = list(range(rows))[start:]
    assert anyio.run(run) == (expected if take is None else expected[:take])


@settings(deadline=None)
@given(
    rows=st.integers(0, 40),
    limit=st.integers(1, 12),
    seed=st.integers(),
    prefetch=st.sampled_from([0, 1, 3, 8]),
    envelope=st.sampled_from(["meta", "flat"]),
)
def test_while_rows_come_and_go_none_comes_twice_and_it_ends(
    rows: int, limit: int, seed: int, prefetch: int, envelope: str
) -> None:
    chance = random.Random(seed)
    changes = 30
    untouched = set(range(rows))

    def shift(now: list[int]) -> None:
        nonlocal changes
        if changes and chance.random() < 0.7:
            changes -= 1
            # New rows in front push the others back: the page boundary is seen twice.
            now.insert(0, 1000 + changes)
            if chance.random() < 0.3:
                chance.shuffle(now)
                untouched.clear()

    server = Server(list(range(rows)), envelope, between=shift)

    async def run() -> list[int]:
        pager = server.list(limit=limit)
        if not prefetch:
            return ids([row async for row in pager])
        async with pager.prefetch(prefetch) as ahead:
            return ids([row async for row in ahead])

    seen = anyio.run(run)
    assert len(seen) == len(set(seen))
    assert untouched <= set(seen)

from __future__ import annotations

import gc
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar, cast

import anyio
import httpx
import pytest
from anyio.lowlevel import checkpoint
from attrs import define, field

from b2brouter_async import B2Brouter
from b2brouter_async._core.codecs import INTEGER
from b2brouter_async._core.exact_json import dump_json
from b2brouter_async._core.model import Field, Model
from b2brouter_async._core.operation import CallOptions, Operation, Repeat
from b2brouter_async._core.pagination import Page, Pager, PageReader
from b2brouter_async._core.replies import Reply
from b2brouter_async._core.requests import AccountId, Request
from b2brouter_async.errors import ServerError, ShapeError

if TYPE_CHECKING:
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
    """Serves 38 rows unless it is told otherwise; a page comes when its gate is open."""

    count: int = 38
    asked: list[int] = field(factory=list)
    limits: list[int] = field(factory=list)
    cancelled: list[int] = field(factory=list)
    options: list[CallOptions] = field(factory=list)
    tasks: list[int] = field(factory=list)
    """In which task each was asked for."""
    closed: dict[int, anyio.Event] = field(factory=dict)
    broken: set[int] = field(factory=set)

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
        query = {name: int(value) for name, value in request.query}
        offset, limit = query.get("offset", 0), query["limit"]
        self.asked.append(offset)
        self.limits.append(limit)
        self.options.append(options)
        self.tasks.append(anyio.get_current_task().id)
        try:
            await checkpoint()
            if offset in self.closed:
                await self.closed[offset].wait()
        except BaseException:
            self.cancelled.append(offset)
            raise
        if offset in self.broken:
            raise ServerError(status=500, message="down")
        rows = [{"id": row} for row in range(offset, min(offset + limit, self.count))]
        meta = {"total_count": self.count, "offset": offset, "limit": limit}
        return operation.parse(Reply(200, {}, dump_json({"rows": rows, "meta": meta})))

    def list(self, options: CallOptions | None = None, limit: int | None = 10) -> Pager[Row]:
        return Pager(self, cast("Any", LIST), Request("/rows"), options or {}, limit=limit)


async def test_a_page_is_asked_for_while_a_slow_reader_is_busy_with_the_one_before() -> None:
    server = Server()
    asked: list[int] = []
    rows: list[int] = []
    async for row in server.list():
        await anyio.wait_all_tasks_blocked()
        rows.append(row.id)
        asked.append(len(server.asked))
    assert rows == list(range(38))
    assert asked == [1] * 5 + [2] * 5 + [3] * 10 + [4] * 18


async def test_pages_are_asked_for_in_advance_from_the_second_on() -> None:
    server = Server()
    asked: list[int] = []
    async for _ in server.list().pages():
        await anyio.wait_all_tasks_blocked()
        asked.append(len(server.asked))
    assert asked == [1, 3, 4, 4]


@pytest.mark.parametrize("wanted", [1, 5])
async def test_a_reader_that_needs_the_first_page_alone_asks_for_no_other(wanted: int) -> None:
    server = Server()
    async for row in server.list():
        await anyio.wait_all_tasks_blocked()
        if row.id == wanted - 1:
            break
    await anyio.wait_all_tasks_blocked()
    assert server.asked == [0]


async def test_no_page_is_asked_for_beyond_what_is_taken() -> None:
    server = Server()
    async for _ in server.list().take(20):
        await anyio.wait_all_tasks_blocked()
    assert server.asked == [0, 10]


async def test_the_page_in_advance_has_no_more_rows_than_are_taken() -> None:
    server = Server(count=1200)
    rows: list[int] = []
    async for row in server.list(limit=None).take(700):
        if row.id % 100 == 50:
            await anyio.wait_all_tasks_blocked()
        rows.append(row.id)
    assert rows == list(range(700))
    assert list(zip(server.asked, server.limits, strict=True)) == [(0, 500), (500, 200)]
    assert len(set(server.tasks)) == 2  # it was asked for in advance


async def test_leaving_the_loop_ends_what_is_under_way() -> None:
    server = Server(closed={20: anyio.Event()})
    tasks = len(anyio.get_running_tasks())
    async for row in server.list():
        await anyio.wait_all_tasks_blocked()
        if row.id == 12:
            assert server.asked == [0, 10, 20]
            break
    gc.collect()
    await anyio.wait_all_tasks_blocked()
    assert (server.asked, server.cancelled) == ([0, 10, 20], [20])
    assert len(anyio.get_running_tasks()) == tasks


async def test_leaving_the_loop_before_it_began_asks_for_nothing() -> None:
    server = Server()
    async for row in server.list():
        if row.id == 12:  # what was noted on the second page has had no moment to begin
            break
    gc.collect()
    await anyio.wait_all_tasks_blocked()
    assert server.asked == [0, 10]


async def test_a_reader_that_waits_for_nothing_asks_for_each_page_itself() -> None:
    server = Server()
    assert [row.id async for row in server.list()] == list(range(38))
    assert server.asked == [0, 10, 20, 30]
    assert set(server.tasks) == {anyio.get_current_task().id}


async def test_a_cancelled_reader_has_ended_its_request_and_can_go_on() -> None:
    server = Server(closed={10: anyio.Event()})
    rows = aiter(server.list())
    for _ in range(10):
        await anext(rows)
        await anyio.wait_all_tasks_blocked()
    assert server.asked == [0, 10]
    with anyio.CancelScope() as scope:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(_cancel_when_blocked, scope)
            await anext(rows)
    assert scope.cancelled_caught
    assert server.cancelled == [10]
    server.closed.clear()
    assert [row.id async for row in rows] == list(range(10, 38))


async def _cancel_when_blocked(scope: anyio.CancelScope) -> None:
    await anyio.wait_all_tasks_blocked()
    scope.cancel()


async def test_an_error_comes_when_the_reader_gets_to_the_page() -> None:
    server = Server(broken={10})
    rows = aiter(server.list())
    for number in range(10):
        assert (await anext(rows)).id == number
        await anyio.wait_all_tasks_blocked()
    with pytest.raises(ServerError):
        await anext(rows)
    assert server.asked == [0, 10]


async def test_the_page_in_advance_has_the_options_of_the_list() -> None:
    server = Server()
    async for _ in server.list({"priority": 1, "timeout": 3.0}):
        await anyio.wait_all_tasks_blocked()
    assert server.options == [{"priority": 1, "timeout": 3.0}] * 4


async def test_a_deadline_around_the_reader_is_not_the_page_s() -> None:
    server = Server(closed={10: anyio.Event()})
    rows = aiter(server.list())
    with anyio.CancelScope() as scope:
        for _ in range(8):
            await anext(rows)
            await anyio.wait_all_tasks_blocked()
        scope.cancel()
    await anyio.wait_all_tasks_blocked()
    assert server.asked == [0, 10]
    assert not server.cancelled  # the reader still holds the list, and may go on
    server.closed[10].set()
    assert [row.id async for row in rows] == list(range(8, 38))


happened: list[str] = []


@define(kw_only=True)
class Long(Row):
    @classmethod
    def read_any(cls, value: object) -> Long:
        happened.append("row")
        return super().read_any(value)


async def test_while_a_long_page_is_read_other_tasks_run() -> None:
    body = dump_json({"rows": [{"id": row, "note": "x" * 200} for row in range(500)]})
    happened.clear()
    over = False

    async def tick() -> None:
        while not over:
            happened.append("tick")
            await checkpoint()

    operation: Operation[Page[Long]] = Operation(
        "rows.list", "GET", "/rows", Repeat.SAFE, PageReader(Long, "rows")
    )
    transport = httpx.MockTransport(lambda request: httpx.Response(200, content=body))
    async with (
        httpx.AsyncClient(transport=transport) as http,
        B2Brouter("test_0123456789abcdef", http_client=http) as client,
        anyio.create_task_group() as tasks,
    ):
        tasks.start_soon(tick)
        page = await client.caller.call(operation, Request("/rows"), {})
        over = True
    assert [row.id for row in page.items] == list(range(500))
    runs = [len(run.split()) for run in " ".join(happened).split("tick") if run.strip()]
    assert sum(runs) == 500
    assert max(runs) <= 100  # slices of 50; trio draws who of two goes first


async def test_a_wrong_row_of_a_long_page_is_named_by_its_place_in_the_whole() -> None:
    rows: list[object] = [{"id": row} for row in range(500)]
    rows[321] = {"id": "x"}
    reader = PageReader(Row, "rows")
    reply = Reply(200, {}, dump_json({"rows": rows}))
    with pytest.raises(ShapeError) as sliced:
        await reader.in_slices(reply)
    with pytest.raises(ShapeError) as whole:
        reader(reply)
    assert sliced.value.json_path == whole.value.json_path == "$.rows[321].id"

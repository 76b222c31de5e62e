"""Lists that come in pages: awaited they give one page, iterated they give every item."""

from __future__ import annotations

from collections.abc import AsyncIterator, Generator, Iterator, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, Generic, NoReturn, Self, TypeVar, cast

import anyio
import anyio.lowlevel
from attrs import define, evolve, field, frozen

from ..errors import ArgumentError, UnparsableReplyError
from .background import Background
from .replies import items_of, read_rows, rows_of
from .spelling import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from types import TracebackType

    from anyio.abc import TaskGroup

    from .model import Model
    from .operation import Caller, CallOptions, Operation
    from .replies import Reply
    from .requests import Request

T = TypeVar("T")
M = TypeVar("M", bound="Model")

LARGEST_PAGE = 500
"""The server cuts longer pages to this (behaviour 8)."""

_ROWS_AT_ONCE = 50
"""So many are read before other tasks run."""

_STALEST = 100
"""So many pages of repeats in a row are no list that grows, but one that goes round in circles."""


@frozen
class Page(Generic[T]):
    """One page of a list, with the counters that came with it.

    Example:
        page = await client.invoices.list(account=1234, limit=50)
        print(len(page.items), page.total_count, page.has_more)
    """

    items: list[T]
    total_count: int | None = None
    """Rows in the whole list, as the server counts them; a check, not a promise (behaviour 10)."""
    offset: int = 0
    """Where in the list the page begins."""
    limit: int | None = None
    """The page size as the server echoes it: what it cut the request to."""

    @property
    def has_more(self) -> bool:
        """Whether rows may follow: only a page shorter than its echoed limit says that none do (behaviour 10)."""
        if not self.items:
            return False
        if self.limit is not None and self.limit > 0:
            return len(self.items) >= self.limit
        if self.total_count is not None:
            return self.offset + len(self.items) < self.total_count
        return True

    def __len__(self) -> int:
        """Return the number of items on this page."""
        return len(self.items)

    def __iter__(self) -> Iterator[T]:
        """Iterate over the items of this page alone; `async for` on the list itself goes on to the next pages."""
        return iter(self.items)

    def __getitem__(self, index: int) -> T:
        """Return one item of this page."""
        return self.items[index]

    if not TYPE_CHECKING:  # a type checker knows by itself that this needs no waiting for

        def __aiter__(self) -> NoReturn:
            raise TypeError(
                "a page is here already: `for` gives its items; `async for` on the list itself, without await, "
                "gives those of all pages"
            )


@frozen
class PageReader(Generic[M]):
    """Reads a page in either envelope: counters in `meta`, or at the root (behaviour 9)."""

    kind: type[M]
    """The items' model."""
    key: str
    """Where the items stand, for example `invoices`."""

    def __call__(self, reply: Reply) -> Page[M]:
        """Read the whole page at once.

        Raises:
            ShapeError: the reply has no such list (behaviour 17), or an item is not what the spec says.
        """
        root = reply.json()
        return _page(root, items_of(root, self.kind, self.key))

    async def in_slices(self, reply: Reply) -> Page[M]:
        """Read the page, and let other tasks run in between.

        Raises:
            ShapeError: as when it is called.
        """
        root = reply.json()
        await anyio.lowlevel.checkpoint()
        rows = rows_of(root, self.key)
        items: list[M] = []
        for begin in range(0, len(rows), _ROWS_AT_ONCE):
            if begin:
                await anyio.lowlevel.checkpoint()
            items += read_rows(rows[begin : begin + _ROWS_AT_ONCE], self.kind, self.key, begin)
        return _page(root, items)


def _page(root: object, items: list[M]) -> Page[M]:
    body = cast("Mapping[str, object]", root)
    return Page(
        items,
        total_count=_counter(body, "total_count"),
        offset=_counter(body, "offset") or 0,
        limit=_counter(body, "limit"),
    )


def _counter(body: Mapping[str, object], name: str) -> int | None:
    meta = body.get("meta")
    for place in (meta, body):
        if not isinstance(place, Mapping):
            continue
        value = cast("Mapping[str, object]", place).get(name)
        if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 16:
            return int(value)
        if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
            return value
    return None


@frozen
class ListCall(Generic[T]):
    """A list as it was asked for; fetches its pages."""

    caller: Caller
    operation: Operation[Page[T]]
    request: Request
    options: CallOptions
    limit: int | None
    offset: int | None
    most: int | None = None

    async def fetch(self, offset: int | None, limit: int | None) -> Page[T]:
        """Fetch one page."""
        pairs = (("limit", limit), ("offset", offset))
        query = (*self.request.query, *((name, str(value)) for name, value in pairs if value is not None))
        return await self.caller.call(self.operation, self.request.changed(query=query), self.options)


def page_size(call: ListCall[Any], left: int | None) -> int:
    """Return how many rows to ask for."""
    return call.limit or (LARGEST_PAGE if left is None else min(LARGEST_PAGE, left))


class NextPage(Generic[T]):
    """Asks for one page in advance, in the time that a reader takes for the one before.

    Behind the first page no earlier than in its middle: many readers want that page alone. What was asked for is cancelled
    when the reader leaves, and asked for anew where the reader waits for nothing, so that it never began.
    """

    def __init__(self, call: ListCall[T]) -> None:
        self._call = call
        self._next: Callable[[], Awaitable[Page[T]]] | None = None
        self._ahead: Background[Page[T]] | None = None
        self._pages = 0

    def __del__(self) -> None:
        ahead: Background[Page[T]] | None = getattr(self, "_ahead", None)
        if ahead is not None:
            ahead.cancel()

    async def fetch(self, offset: int, limit: int) -> Page[T]:
        """Return a page: the one that was asked for in advance, or else one fetched now."""
        ahead, self._ahead, self._next = self._ahead, None, None
        if ahead is None:
            return await self._call.fetch(offset, limit)
        if not ahead.begun:
            ahead.cancel()
            return await self._call.fetch(offset, limit)
        return await ahead.result()

    def go_on(self, page: Page[T], offset: int, left: int | None) -> None:
        """Note which page comes next, and ask for it unless this one is the first.

        Args:
            page: the one that has come.
            offset: where the next one begins.
            left: how many items are wanted still; None for all.
        """
        self._next = partial(self._call.fetch, offset, page_size(self._call, left))
        self._pages += 1
        if self._pages > 1:
            self.halfway()

    def halfway(self) -> None:
        """Ask for the next page if there is one: the reader has come to the middle of this one."""
        if self._next is not None and self._ahead is None:
            self._ahead = Background(self._next)


@define
class Position:
    """How far a list was read: the offset of the row after the last that was given."""

    offset: int


_IN_PAGES = "a list comes in pages, over the network: `async for` gives its items, `await` one page"


def _in_pages(*_arguments: object) -> NoReturn:
    raise TypeError(_IN_PAGES)


class Pager(Generic[T]):
    """A list that was asked for and not fetched yet.

    Example:
        page = await client.invoices.list(account=1234)
        async for invoice in client.invoices.list(account=1234):
            print(invoice.number)

    `page = await pager` gives one page with its counters. `async for item in pager` gives every item of all pages.
    Nothing is sent before. Rows can move while pages are read, because the server pages by offset: what comes twice
    (the same id) is given once (behaviour 12). What moves forward over the edge of a page, because rows before it went
    away, is missed: a list that shrinks while it is read is to be read again. Each `async for` begins anew, so several
    may run at once; `position` is then where the last one stands.
    """

    def __init__(
        self,
        caller: Caller,
        operation: Operation[Page[T]],
        request: Request,
        options: CallOptions,
        *,
        limit: int | None = None,
        offset: int | None = None,
    ) -> None:
        """Note what to ask for.

        Args:
            caller: sends the requests.
            operation: the list operation.
            request: its request; what its query says of `limit` and `offset` is passed over.
            options: per-call options; they hold for each page.
            limit: rows per page. Left out, the server's 25 when awaited, and 500 when iterated.
            offset: the row to begin at.

        Raises:
            ArgumentError: a number is out of range.
            TypeError: there is no such option.
        """
        operation.check_options(options)
        for name, number in (("limit", limit), ("offset", offset)):
            if number is not None and (isinstance(number, bool) or not isinstance(number, int)):  # pyright: ignore[reportUnnecessaryIsInstance]
                raise ArgumentError(f"expected a whole number, got {type(number).__name__}", argument=name)
        if limit is not None and limit < 1:
            raise ArgumentError(f"{limit} rows make no page; pass 1 to {LARGEST_PAGE}", argument="limit")
        if offset is not None and offset < 0:
            raise ArgumentError(f"{offset} lies before the first row; the first is 0", argument="offset")
        query = tuple(pair for pair in request.query if pair[0] not in ("limit", "offset"))
        request = request.changed(query=query)
        self._call = ListCall(caller, operation, request, options, limit, offset)
        self._position = Position(offset or 0)

    @property
    def position(self) -> int:
        """The offset to go on from: pass it as `offset=` to begin after the last item that was given."""
        return self._position.offset

    def __await__(self) -> Generator[Any, Any, Page[T]]:
        return self._one().__await__()

    def __aiter__(self) -> AsyncIterator[T]:
        return ItemIterator(PageIterator(self._call, self._position), self._position)

    if not TYPE_CHECKING:  # a type checker knows by itself that this is no iterable

        def __iter__(self) -> NoReturn:
            raise TypeError(_IN_PAGES)

        __getitem__ = __len__ = __bool__ = __contains__ = __next__ = __enter__ = __exit__ = _in_pages

        def __getattr__(self, name: str) -> NoReturn:
            if not name.startswith("_") and hasattr(Page, name):
                raise AttributeError(
                    f"a list has no {name!r} before it is fetched: `await` gives one page, which has it"
                )
            known = [one for one in dir(type(self)) if not one.startswith("_")]
            hint = did_you_mean(name, known, otherwise="" if name.startswith("_") else f": {_IN_PAGES}")
            raise AttributeError(f"Pager has no attribute {name!r}{hint}")

    def __repr__(self) -> str:
        call = self._call
        return (
            f"<Pager of {call.operation.name}, {call.request.path}: await it, or iterate it with async for>"
        )

    def pages(self) -> AsyncIterator[Page[T]]:
        """Return the pages one after the other, each without what came on an earlier one.

        Example:
            async for page in client.invoices.list(account=1234, limit=100).pages():
                print(page.offset, len(page.items))
        """
        return PageIterator(self._call, self._position)

    def take(self, most: int) -> Pager[T]:
        """Return the same list, cut after a number of items; no page is asked for beyond them.

        Example:
            newest = [invoice async for invoice in client.invoices.list(account=1234).take(10)]

        Raises:
            ArgumentError: the number is negative.
        """
        if most < 0:
            raise ArgumentError(f"{most} is no number of items; pass 0 or more", argument="most")
        call = self._call
        taken = Pager(
            call.caller,
            call.operation,
            call.request,
            call.options,
            limit=call.limit,
            offset=call.offset,
        )
        taken._call = evolve(call, most=most)
        return taken

    def prefetch(self, pages: int = 1) -> Prefetch[T]:
        """Return the list for `async with`, fetching pages ahead while the current one is worked on.

        Example:
            async with client.invoices.list(account=1234).prefetch(8) as invoices:
                async for invoice in invoices:
                    print(invoice.number)

        Once the first page has told how many rows there are, so many pages are fetched at once, at the priority of
        bulk work. They come in order, and changes of the list meanwhile are met as without.

        Args:
            pages: how many pages may be under way, or lie ready, beyond the one that is worked on.

        Raises:
            ArgumentError: the number is below 1.
        """
        if pages < 1:
            raise ArgumentError(f"{pages} pages ahead is nothing; pass 1 or more", argument="pages")
        return Prefetch(self._call, self._position, pages)

    async def _one(self) -> Page[T]:
        call = self._call
        if call.most is None:
            page = await call.fetch(call.offset, call.limit)
        else:
            page = await call.fetch(call.offset, min(call.limit or LARGEST_PAGE, max(call.most, 1)))
            page = evolve(page, items=page.items[: call.most])
        self._position.offset = (call.offset or 0) + len(page.items)
        return page


@frozen
class FreshPage(Generic[T]):
    """A page without repeats, and for each item the offset of the row after it."""

    page: Page[T]
    after: list[int]
    end: int


class PageIterator(Generic[T]):
    """Walks through the pages. A class and not a generator: leaving the loop early leaves nothing to be closed."""

    def __init__(self, call: ListCall[T], position: Position, source: PagesAhead[T] | None = None) -> None:
        self._call = call
        self._source = source or NextPage(call)
        self._position = position
        self._offset = call.offset or 0
        self._left = call.most
        self._over = call.most == 0
        self._seen: set[object] = set()
        self._last: list[T] = []
        self._stale = 0

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Page[T]:
        fresh = await self.next_page()
        self._position.offset = fresh.end
        return fresh.page

    async def next_page(self) -> FreshPage[T]:
        """Fetch the next page."""
        if self._over:
            raise StopAsyncIteration
        offset = self._offset
        page = await self._source.fetch(offset, page_size(self._call, self._left))
        if page.items and page.items == self._last and page.offset != offset:
            self._over = True
            if page.limit is None and page.total_count is None:
                raise StopAsyncIteration  # a list that knows no pages was whole the first time
            self._stop(
                f"the page for offset {offset} is the one before once more; the server ignores offsets"
            )
        self._last = page.items
        self._offset = offset + len(page.items)
        fresh: list[T] = []
        after: list[int] = []
        for index, item in enumerate(page.items):
            if self._left == 0:
                break
            if self._is_repeat(item):
                continue
            fresh.append(item)
            after.append(offset + index + 1)
            if self._left is not None:
                self._left -= 1
        counted = page.total_count is not None and self._offset >= page.total_count
        self._over = (
            self._left == 0
            or not evolve(page, offset=offset).has_more
            # Full of repeats, and past the end by the server's own count: it would go on for ever.
            or (counted and not fresh)
        )
        self._stale = 0 if fresh else self._stale + 1
        if self._stale == _STALEST and not self._over:
            self._over = True
            self._stop(
                f"{_STALEST} pages up to offset {offset} hold nothing new, and the server names no end"
            )
        if not self._over:
            self._source.go_on(page, self._offset, self._left)
        end = after[-1] if self._left == 0 and after else self._offset
        return FreshPage(evolve(page, items=fresh), after, end)

    def halfway(self) -> None:
        """Take note that the reader has come to the middle of the page."""
        self._source.halfway()

    def _stop(self, problem: str) -> NoReturn:
        operation = self._call.operation
        raise UnparsableReplyError(problem).about(
            operation=operation.name, method=operation.method, path=self._call.request.path, attempts=1
        )

    def _is_repeat(self, item: T) -> bool:
        identity: object = getattr(item, "id", None)
        if identity is None:
            return False
        if identity in self._seen:
            return True
        self._seen.add(identity)
        return False


class ItemIterator(Generic[T]):
    """Walks through the items of all pages."""

    def __init__(self, pages: PageIterator[T], position: Position) -> None:
        self._pages = pages
        self._position = position
        self._fresh: FreshPage[T] | None = None
        self._next = 0
        self._middle = 0

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> T:
        while self._fresh is None or self._next >= len(self._fresh.page.items):
            self._fresh = await self._pages.next_page()
            self._next = 0
            self._middle = len(self._fresh.page.items) // 2
        if self._next == self._middle:
            self._pages.halfway()
        self._position.offset = self._fresh.after[self._next]
        self._next += 1
        return self._fresh.page.items[self._next - 1]


class Prefetch(Generic[T]):
    """A list whose next pages are fetched in the background, as long as its `async with` lasts."""

    def __init__(self, call: ListCall[T], position: Position, pages: int) -> None:
        self._call = call
        self._position = position
        self._pages = pages
        self._tasks: TaskGroup | None = None
        self._source: PagesAhead[T] | None = None

    async def __aenter__(self) -> AsyncIterator[T]:
        self._tasks = anyio.create_task_group()
        await self._tasks.__aenter__()
        self._source = PagesAhead(self._call, self._tasks, self._pages)
        return ItemIterator(PageIterator(self._call, Position(0), self._source), self._position)

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._tasks is not None
        assert self._source is not None
        self._source.closed = True
        self._tasks.cancel_scope.cancel()
        # Not told of the error: it would wrap it in a group, and the fetching tasks have none of their own.
        await self._tasks.__aexit__(None, None, None)


@define(eq=False)
class _Request(Generic[T]):
    """One page that was asked for in advance."""

    in_turn: bool
    """Whether it was asked for when the page before it had come."""
    begun: anyio.Event = field(factory=anyio.Event)
    ended: anyio.Event = field(factory=anyio.Event)
    scope: anyio.CancelScope = field(factory=anyio.CancelScope)
    page: Page[T] | None = None
    error: Exception | None = None


class PagesAhead(Generic[T]):
    """Fetches several pages at once, as soon as the first has told how many there are.

    The walk through the pages is the same as without: it asks for one page after the other, and gets those that were
    asked for in advance. Where the list turned out another (a page was cut, rows went away), what was asked for does
    not fit, and it is asked for anew. So it is where the count changed meanwhile: a server may answer a later page
    before an earlier one, and a row that moved back between the two would be in neither. From then on pages are asked
    for in turn, one in advance.
    """

    def __init__(self, call: ListCall[T], tasks: TaskGroup, most: int) -> None:
        # Whoever waits for an answer passes what is fetched in advance.
        self._call = call
        self._ahead = evolve(call, options=cast("CallOptions", {**call.options, "priority": 0}))
        self._tasks = tasks
        self._most = most
        self._requests: dict[tuple[int, int], _Request[T]] = {}
        self._count: int | None = None
        self.closed = False

    async def fetch(self, offset: int, limit: int) -> Page[T]:
        """Return a page: the one that was asked for in advance, or else one fetched now."""
        if self.closed:
            raise StopAsyncIteration
        request = self._requests.pop((offset, limit), None)
        if request is not None:
            await request.ended.wait()
            if request.error is not None:
                raise request.error
            assert request.page is not None
            if request.in_turn or request.page.total_count == self._count:
                return request.page
            self._most = 1
        for other in self._requests.values():
            other.scope.cancel()
        self._requests.clear()
        return await self._call.fetch(offset, limit)

    def go_on(self, page: Page[T], offset: int, left: int | None) -> None:
        """Ask for the pages behind one that has come.

        Args:
            page: that page.
            offset: where the next one begins.
            left: how many items are wanted still; None for all.
        """
        self._count = page.total_count
        for number in range(self._most):
            if page.total_count is None and number:
                return  # nobody knows whether there are more
            # A last page that is full does not say that it is the last: the one behind it is asked for, too.
            if page.total_count is not None and offset > page.total_count:
                return
            if left is not None and left <= 0:
                return
            key = offset, page_size(self._call, left)
            if key not in self._requests:
                before = next(reversed(self._requests.values()), None)
                request = self._requests[key] = _Request[T](in_turn=number == 0)
                self._tasks.start_soon(self._run, request, before, *key)
            offset += len(page.items)
            left = None if left is None else left - len(page.items)

    def halfway(self) -> None:
        """Do nothing: all was asked for when the page came."""

    async def _run(self, request: _Request[T], before: _Request[T] | None, offset: int, limit: int) -> None:
        with request.scope:
            if before is not None:
                await before.begun.wait()
            request.begun.set()
            try:
                request.page = await self._ahead.fetch(offset, limit)
            except Exception as error:  # for whoever iterates, not for the task group
                request.error = error
        request.begun.set()
        request.ended.set()

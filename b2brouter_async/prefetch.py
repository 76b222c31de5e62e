"""A list whose next pages are fetched while the current one is worked on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, TypeVar

import anyio

from .pagination import Asked, Cursor, Items, Pages, Turned

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from types import TracebackType

    from anyio.abc import TaskGroup
    from anyio.streams.memory import MemoryObjectReceiveStream, MemoryObjectSendStream

T = TypeVar("T")


class Prefetch(Generic[T]):
    """A list whose next pages are fetched in the background, as long as its `async with` lasts."""

    def __init__(self, asked: Asked[T], cursor: Cursor, pages: int) -> None:
        self._asked = asked
        self._cursor = cursor
        self._ready = pages
        self._tasks: TaskGroup | None = None
        self._receive: MemoryObjectReceiveStream[Turned[T] | Exception] | None = None

    async def __aenter__(self) -> AsyncIterator[T]:
        # One page waits in the producer's hand, the others in the stream.
        send, receive = anyio.create_memory_object_stream[Turned[T] | Exception](self._ready - 1)
        self._tasks = anyio.create_task_group()
        await self._tasks.__aenter__()
        self._tasks.start_soon(_fetch_ahead, Pages(self._asked, Cursor(0)), send)
        self._receive = receive
        return Items(Ahead(receive), self._cursor)

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._tasks is not None
        assert self._receive is not None
        self._receive.close()
        self._tasks.cancel_scope.cancel()
        # Not told of the error: it would wrap it in a group, and the fetching task has none of its own.
        await self._tasks.__aexit__(None, None, None)


async def _fetch_ahead(pages: Pages[T], send: MemoryObjectSendStream[Turned[T] | Exception]) -> None:
    async with send:
        try:
            while True:
                await send.send(await pages.turn())
        except (StopAsyncIteration, anyio.BrokenResourceError):
            return
        except Exception as error:  # for whoever iterates, not for the task group
            await send.send(error)


class Ahead(Generic[T]):
    """The receiving end of `_fetch_ahead`."""

    def __init__(self, receive: MemoryObjectReceiveStream[Turned[T] | Exception]) -> None:
        self._receive = receive

    async def turn(self) -> Turned[T]:
        """Return the next page, as soon as it is there."""
        try:
            received = await self._receive.receive()
        except anyio.EndOfStream:
            self._receive.close()
            raise StopAsyncIteration from None
        except anyio.ClosedResourceError:
            raise StopAsyncIteration from None
        if isinstance(received, Exception):
            self._receive.close()
            raise received
        return received

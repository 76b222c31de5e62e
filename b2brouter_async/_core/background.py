"""Work that goes on beside the task that began it, and belongs to an object instead of a block."""

from __future__ import annotations

import contextlib
import contextvars
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import anyio
import anyio.lowlevel

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Awaitable, Callable

T = TypeVar("T")

_tasks: set[asyncio.Task[None]] = set()
"""asyncio keeps none of them alive by itself."""


class Background(Generic[T]):
    """One piece of work under way; its error is kept for whoever asks for the result.

    A task group would tie it to a block, and an iterator has none: nobody tells it when a loop is left. Whoever holds it
    cancels it, at the latest when it is thrown away itself.
    """

    def __init__(self, work: Callable[[], Awaitable[T]]) -> None:
        """Begin as soon as the task that calls this waits for something.

        Args:
            work: is called in a task of its own, in a copy of this task's context.
        """
        self._run = _Run(work)
        token: Any = anyio.lowlevel.current_token()
        self._loop: Any = getattr(token, "native_token", token)
        if hasattr(self._loop, "create_task"):
            task: asyncio.Task[None] = self._loop.create_task(self._run())
            _tasks.add(task)
            task.add_done_callback(_tasks.discard)
        else:
            import trio

            trio.lowlevel.spawn_system_task(self._run, context=contextvars.copy_context())

    @property
    def begun(self) -> bool:
        """Whether it has begun."""
        return self._run.begun

    def cancel(self) -> None:
        """Cancel it as soon as its event loop can; may be called anywhere, at any time, by the garbage collector too."""
        self._run.unwanted = True
        post = getattr(self._loop, "call_soon_threadsafe", None) or self._loop.run_sync_soon
        with contextlib.suppress(RuntimeError):  # the loop has ended, and the work with it
            post(self._run.scope.cancel)

    async def result(self) -> T:
        """Wait for the result. A cancellation cancels the work, and comes out when that has ended.

        Raises:
            Exception: what the work raised.
        """
        run = self._run
        try:
            await run.ended.wait()
        except BaseException:
            self.cancel()
            with anyio.CancelScope(shield=True):
                await run.ended.wait()
            raise
        if run.error is not None:
            raise run.error
        if not run.results:
            raise RuntimeError("the event loop ended the work")
        return run.results[0]


class _Run(Generic[T]):
    """What runs: it doesn't hold the object that cancels it, which else would never be thrown away."""

    def __init__(self, work: Callable[[], Awaitable[T]]) -> None:
        self.work = work
        self.begun = False
        self.unwanted = False
        self.ended = anyio.Event()
        self.scope = anyio.CancelScope()
        self.results: list[T] = []
        self.error: Exception | None = None

    async def __call__(self) -> None:
        try:
            if self.unwanted:
                return
            self.begun = True
            with self.scope:
                self.results.append(await self.work())
        except Exception as error:
            self.error = error
        finally:
            self.ended.set()

"""Cancels a function at its n-th step: a step is a task going on after it waited, its own tasks' steps included."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Generator
from typing import TYPE_CHECKING, Any

import anyio
import sniffio
import trio

if TYPE_CHECKING:
    from collections.abc import Callable


class Steps:
    """Counts the steps of all tasks that begin while it counts, and cancels a scope at one of them."""

    def __init__(self, at: int) -> None:
        self.at = at
        self.made = 0
        self.scope = anyio.CancelScope()

    def step(self) -> None:
        self.made += 1
        if self.made == self.at:
            self.scope.cancel()


class _CountedCoroutine(Coroutine[Any, Any, Any]):
    """A coroutine of asyncio whose every step is counted."""

    def __init__(self, coroutine: Coroutine[Any, Any, Any], steps: Steps) -> None:
        self._coroutine, self._steps = coroutine, steps

    def send(self, value: Any) -> Any:
        self._steps.step()
        return self._coroutine.send(value)

    def throw(self, *error: Any) -> Any:
        return self._coroutine.throw(*error)

    def close(self) -> None:
        self._coroutine.close()

    def __await__(self) -> Generator[Any, Any, Any]:
        return self._coroutine.__await__()

    def __getattr__(self, name: str) -> Any:
        # anyio asks whether a task runs: what a coroutine knows of itself.
        return getattr(self._coroutine, name)


class _CountedTasks(trio.abc.Instrument):
    """Counts the steps of trio's tasks, but for those that were there before."""

    def __init__(self, steps: Steps, before: set[trio.lowlevel.Task]) -> None:
        self._steps, self._before = steps, before

    def before_task_step(self, task: trio.lowlevel.Task) -> None:
        if task not in self._before and not task.name.startswith("<"):
            self._steps.step()


async def cancelled_at(step: int, function: Callable[[], Coroutine[Any, Any, object]]) -> bool:
    """Run a function and cancel it at a step; return whether it was still running then.

    Raises:
        whatever the function raises, but for its cancellation.
    """
    steps = Steps(step)
    with steps.scope:
        if sniffio.current_async_library() == "trio":
            await _on_trio(steps, function)
        else:
            await _on_asyncio(steps, function)
    return steps.scope.cancelled_caught


async def _on_trio(steps: Steps, function: Callable[[], Coroutine[Any, Any, object]]) -> None:
    root = trio.lowlevel.current_root_task()
    assert root is not None
    counted = _CountedTasks(steps, set(_below(root)))
    trio.lowlevel.add_instrument(counted)
    try:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(function)
    except BaseExceptionGroup as group:
        raise _alone(group) from None
    finally:
        trio.lowlevel.remove_instrument(counted)


async def _on_asyncio(steps: Steps, function: Callable[[], Coroutine[Any, Any, object]]) -> None:
    loop = asyncio.get_running_loop()
    before = loop.get_task_factory()

    def make(loop: asyncio.AbstractEventLoop, coroutine: Any, **options: Any) -> asyncio.Task[Any]:
        return asyncio.Task(_CountedCoroutine(coroutine, steps), loop=loop, **options)

    loop.set_task_factory(make)
    try:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(function)
    except BaseExceptionGroup as group:
        raise _alone(group) from None
    finally:
        loop.set_task_factory(before)


def _below(task: trio.lowlevel.Task) -> list[trio.lowlevel.Task]:
    tasks = [task]
    for nursery in task.child_nurseries:
        for child in nursery.child_tasks:
            tasks += _below(child)
    return tasks


def _alone(error: BaseException) -> BaseException:
    while isinstance(error, BaseExceptionGroup) and len(error.exceptions) == 1:
        error = error.exceptions[0]
    return error


def tasks_alive() -> int:
    """Return how many tasks there are."""
    if sniffio.current_async_library() == "trio":
        root = trio.lowlevel.current_root_task()
        assert root is not None
        return len([task for task in _below(root) if not task.name.startswith("<")])
    return len(asyncio.all_tasks())

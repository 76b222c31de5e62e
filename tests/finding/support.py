"""Two callers at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import anyio
from attrs import define, field

if TYPE_CHECKING:
    from collections.abc import Callable


@define
class Meeting:
    """Has two programs arrive at a request before either sends it."""

    method: str
    waiting: int = 0
    open: anyio.Event = field(factory=anyio.Event)

    async def __call__(self, attempt: Any, send: Any) -> Any:
        if attempt.method == self.method and not self.open.is_set():
            self.waiting += 1
            if self.waiting == 2:
                self.open.set()
            await self.open.wait()
        return await send(attempt)


async def together(*calls: Callable[[], Any]) -> list[Any]:
    """Run calls at once; return what each returns or raises, in their order."""
    results: list[Any] = [None] * len(calls)

    async def run(place: int, call: Callable[[], Any]) -> None:
        try:
            results[place] = await call()
        except Exception as error:
            results[place] = error

    with anyio.fail_after(60):
        async with anyio.create_task_group() as tasks:
            for place, call in enumerate(calls):
                tasks.start_soon(run, place, call)
    return results


def but(fields: Any, changes: Any) -> Any:
    """Return fields with some changed."""
    return {**fields, **changes}

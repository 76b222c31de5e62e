"""Documents are read several at a time, and none that takes its time keeps the others waiting."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import anyio
import anyio.to_thread
import pytest

from b2brouter_async.bulk import Document
from b2brouter_async.bulk.prepare import Invalid, Prepared, Rules
from b2brouter_async.bulk.reading import Reader
from b2brouter_async.bulk.settings import Settings

from .support import bench, document

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.anyio


def nothing_settled(key: str) -> None:
    return None


async def test_what_comes_together_is_read_together(monkeypatch: pytest.MonkeyPatch) -> None:
    trips = 0
    run_sync = anyio.to_thread.run_sync

    async def counted(*arguments: Any, **options: Any) -> Any:
        nonlocal trips
        trips += 1
        return await run_sync(*arguments, **options)

    monkeypatch.setattr("anyio.to_thread.run_sync", counted)
    reader = Reader(Rules(settings=Settings(journal="run.db"), account=1), nothing_settled)
    found: dict[str, object] = {}

    async def read(name: str, content: bytes) -> None:
        try:
            found[name] = await reader.read(Document(content, name))
        except Invalid as error:
            found[name] = error

    async with anyio.create_task_group() as tasks:
        for number in range(32):
            content = b"no invoice" if number == 5 else document(f"A-{number}")
            tasks.start_soon(read, str(number), content)
    # Eight at a time; the first may have gone alone.
    assert trips <= 5
    assert isinstance(found.pop("5"), Invalid)
    numbers = {name: one.sought.number for name, one in found.items() if isinstance(one, Prepared)}
    assert numbers == {str(number): f"A-{number}" for number in range(32) if number != 5}


async def test_who_is_cancelled_while_others_wait_for_him_leaves_them_their_documents() -> None:
    reader = Reader(Rules(settings=Settings(journal="run.db"), account=1), nothing_settled)
    found: list[str] = []

    async def read(number: int, scope: anyio.CancelScope) -> None:
        with scope:
            one = await reader.read(Document(document(f"A-{number}"), "name"))
            assert isinstance(one, Prepared)
            found.append(one.sought.number)

    scopes = [anyio.CancelScope() for _ in range(20)]
    async with anyio.create_task_group() as tasks:
        for number, scope in enumerate(scopes):
            tasks.start_soon(read, number, scope)
        await anyio.lowlevel.checkpoint()
        for scope in scopes[:10]:
            scope.cancel()
    assert {f"A-{number}" for number in range(10, 20)} <= set(found)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes here")
async def test_a_pipe_whose_document_is_yet_to_come_keeps_nobody_waiting(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    told: list[str | None] = []
    both = anyio.Event()

    async def write() -> None:
        with anyio.move_on_after(20):  # so that it ends in any case
            await both.wait()
        await anyio.to_thread.run_sync(pipe.write_bytes, document("P-1"))

    items: list[Path | Document] = [
        pipe,
        Document(document("A-1"), "first"),
        Document(document("A-2"), "second"),
    ]
    async with bench(tmp_path) as one, one.upload() as run, anyio.create_task_group() as tasks:
        tasks.start_soon(write)
        async for outcome in run(items):
            told.append(outcome.number)
            if len(told) == 2:
                both.set()
    assert told[-1] == "P-1"
    assert set(told[:2]) == {"A-1", "A-2"}

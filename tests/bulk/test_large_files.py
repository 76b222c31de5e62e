"""Large files: few of them are held at once, and they are sent as they are."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import anyio
import pytest

from b2brouter_async.bulk import prepare, runner
from b2brouter_async.bulk.slots import Room

from .support import bench, document

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.anyio

PAD = b"<!--" + b"x" * 1000 + b"-->"


def large(number: str) -> bytes:
    """More than is handed to a connection in one piece, in comments of a bearable length."""
    return document(number) + PAD * (prepare.LARGE // len(PAD) + 1)


async def test_a_large_file_arrives_byte_by_byte_as_it_is(tmp_path: Path) -> None:
    content = large("A-1")
    (tmp_path / "a.xml").write_bytes(content)
    async with bench(tmp_path) as one:
        one.simulator.faults.add("503 operation='POST*' times=1")  # and a second time, too
        (outcome,), _ = await one.run(tmp_path / "a.xml")
        assert outcome.kind == "created"
        (accepted,) = one.simulator.ledger()
        assert accepted.sha256 == hashlib.sha256(content).hexdigest() == outcome.sha256
        assert {
            request.headers["content-length"] for request in one.requests if request.method == "POST"
        } == {str(len(content))}


async def test_a_large_file_waits_for_room_and_small_ones_pass_it(tmp_path: Path) -> None:
    (tmp_path / "a.xml").write_bytes(large("A-1"))
    (tmp_path / "b.xml").write_bytes(document("A-2"))
    async with bench(tmp_path) as one, one.upload() as run:
        assert run._runner is not None
        async with run._runner.room.hold(runner.ROOM):
            outcomes = run([tmp_path / "a.xml", tmp_path / "b.xml"])
            first = await anext(outcomes)
            assert (first.source, first.kind) == ("b.xml", "created")
        second = await anext(outcomes)
        assert (second.source, second.kind) == ("a.xml", "created")


async def test_room_comes_back_whatever_becomes_of_a_document(tmp_path: Path) -> None:
    (tmp_path / "a.xml").write_bytes(b"<nothing/>" + PAD * 2000)
    (tmp_path / "b.xml").write_bytes(large("A-1"))
    async with bench(tmp_path) as one, one.upload() as run:
        assert run._runner is not None
        run._runner.room = Room(1)  # so each takes all of it
        kinds = {
            outcome.source: outcome.kind async for outcome in run([tmp_path / "a.xml", tmp_path / "b.xml"])
        }
        assert kinds == {"a.xml": "invalid", "b.xml": "created"}


async def test_room_is_given_in_the_order_of_asking_and_never_too_much() -> None:
    room, order, held, most = Room(10), list[int](), 0, 0

    async def take(number: int, size: int) -> None:
        nonlocal held, most
        async with room.hold(size):
            order.append(number)
            held += min(size, 10)
            most = max(most, held)
            await anyio.lowlevel.checkpoint()
            held -= min(size, 10)

    async with room.hold(6), anyio.create_task_group() as tasks:
        # The large one isn't passed for ever by small ones behind it.
        for number, size in enumerate((4, 9, 1, 99, 2)):
            tasks.start_soon(take, number, size)
            await anyio.wait_all_tasks_blocked()
        assert order == [0]
        tasks.cancel_scope.cancel()
    async with anyio.create_task_group() as tasks:
        for number, size in enumerate((4, 9, 1, 99, 2), 1):
            tasks.start_soon(take, number, size)
            await anyio.lowlevel.checkpoint()
    assert order == [0, 1, 2, 3, 4, 5]
    assert most == 10

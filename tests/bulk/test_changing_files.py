"""Files that change between the moment they are found and the moment they are read: the whole document or none."""

from __future__ import annotations

import builtins
import os
import shutil
from typing import TYPE_CHECKING, Any

import anyio
import pytest

from b2brouter_async.bulk import Document, Summary, open_journal
from b2brouter_async.bulk.reading import read_stream

from .support import bench, document

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

pytestmark = pytest.mark.anyio

CHANGES = "The file changes while it is read"


def when_opened(monkeypatch: pytest.MonkeyPatch, path: Path, *then: Callable[[], object]) -> None:
    """Have something happen to a file each time it is opened, after its size was looked at."""
    opened, left = builtins.open, list(then)

    def opening(file: Any, *arguments: Any, **options: Any) -> Any:
        if left and isinstance(file, (str, os.PathLike)) and os.fspath(file) == os.fspath(path):
            left.pop(0)()
        return opened(file, *arguments, **options)

    monkeypatch.setattr(builtins, "open", opening)


def half_read(
    monkeypatch: pytest.MonkeyPatch, path: Path, then: Callable[[], object], times: int = 1
) -> None:
    """Have something happen to a file when half of it is read."""
    opened, left = builtins.open, times

    class Slow:
        def __init__(self, file: Any) -> None:
            self.file = file

        def __enter__(self) -> Slow:
            return self

        def __exit__(self, *error: object) -> None:
            self.file.close()

        def fileno(self) -> int:
            number: int = self.file.fileno()
            return number

        def read(self, size: int = -1) -> bytes:
            nonlocal left
            half: bytes = self.file.read(os.stat(path).st_size // 2)
            left -= 1
            if left >= 0:
                then()
            rest: bytes = self.file.read(size - len(half) if size >= 0 else -1)
            return half + rest

    def opening(file: Any, *arguments: Any, **options: Any) -> Any:
        found = opened(file, *arguments, **{**options, "buffering": 0} if file == path else options)
        return Slow(found) if file == path else found

    monkeypatch.setattr(builtins, "open", opening)


async def test_a_file_that_is_replaced_is_sent_as_it_is_now(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (path := tmp_path / "a.xml").write_bytes(document("OLD-1"))
    new = document("NEW-1") + b"<!-- longer than it was -->" * 50

    def replace() -> None:
        (tmp_path / "a.new").write_bytes(new)
        os.replace(tmp_path / "a.new", path)

    when_opened(monkeypatch, path, replace)
    async with bench(tmp_path) as one:
        outcomes, _ = await one.run(path)
        assert [(outcome.kind, outcome.number) for outcome in outcomes] == [("created", "NEW-1")]
        (entry,) = one.simulator.ledger()
        assert entry.sha256 == outcomes[0].sha256


async def test_no_mixture_of_two_versions_is_sent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # Of the same length: the first half of one and the second half of the other are an invoice too.
    (path := tmp_path / "a.xml").write_bytes(document("OLD-1"))

    def rewrite() -> None:
        with path.open("r+b") as file:
            file.write(document("NEW-1"))
        os.utime(path, ns=(0, os.stat(path).st_mtime_ns + 10**9))

    half_read(monkeypatch, path, rewrite)
    async with bench(tmp_path) as one:
        outcomes, _ = await one.run(path)
        assert [(outcome.kind, outcome.number) for outcome in outcomes] == [("created", "NEW-1")]


@pytest.mark.parametrize("size", [100, -100], ids=["grows", "shrinks"])
async def test_a_file_that_never_comes_to_rest_is_invalid_and_the_next_run_sends_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    (path := tmp_path / "a.xml").write_bytes(document("A-1") + b" " * 1000)

    def change() -> None:
        os.truncate(path, os.stat(path).st_size + size)

    with monkeypatch.context() as patched:
        half_read(patched, path, change, times=10**6)
        async with bench(tmp_path) as one:
            (outcome,), summary = await one.run(path)
            assert (outcome.kind, outcome.source) == ("invalid", "a.xml")
            assert CHANGES in (outcome.message or "")
            assert summary.finished
            assert one.accepted == {}
    path.write_bytes(document("A-1"))
    async with bench(tmp_path) as one:
        assert await one.kinds(path) == ["created"]


async def test_a_file_that_grows_without_end_is_not_read_without_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (path := tmp_path / "a.xml").write_bytes(document("A-1"))
    when_opened(monkeypatch, path, *[lambda: os.truncate(path, 2**36)] * 9)
    async with bench(tmp_path) as one:
        (outcome,), _ = await one.run(path)
        assert outcome.kind == "invalid"
        assert "more than the 20,971,520 bytes" in (outcome.message or "")


async def test_a_file_that_is_too_large_is_not_opened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (path := tmp_path / "a.xml").touch()
    os.truncate(path, 200 * 2**20)
    when_opened(
        monkeypatch, path, lambda: pytest.fail("a file of 200 MB was opened to see that it is too large")
    )
    async with bench(tmp_path) as one:
        (outcome,), _ = await one.run(path)
        assert (outcome.kind, outcome.source) == ("invalid", "a.xml")
        assert "more than the 20,971,520 bytes" in (outcome.message or "")


async def test_what_is_gone_when_its_turn_comes_is_an_outcome_each(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    for name in ("1.xml", "2.xml", "3.xml", "4.xml", "sub/5.xml", "sub2/6.xml"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(document(f"A-{name[-5]}"))

    def change(summary: Summary) -> None:
        if summary.taken == 1 and (folder / "sub").exists():
            (folder / "2.xml").unlink()
            (folder / "3.xml").unlink()
            (folder / "3.xml").mkdir()
            (folder / "4.xml").unlink()
            os.mkfifo(folder / "4.xml")
            shutil.rmtree(folder / "sub")

    told: dict[str, tuple[str, str]] = {}
    async with bench(tmp_path) as one:
        with anyio.fail_after(30):
            async with one.upload(on_progress=change) as run:
                async for outcome in run(folder):
                    told[outcome.source] = (outcome.kind, outcome.message or "")
                    if len(told) == 5:  # all but the pipe, which somebody may yet write to
                        (folder / "4.xml").write_bytes(document("A-4"))
        with open_journal(tmp_path / "run.db") as journal:
            assert {row.outcome.source: row.outcome.kind for row in journal.rows()} == {
                name: kind for name, (kind, _) in told.items()
            }
    kinds = {name: kind for name, (kind, _) in told.items()}
    assert kinds == {
        "1.xml": "created", "2.xml": "invalid", "3.xml": "invalid", "4.xml": "created", "sub/": "invalid",
        "sub2/6.xml": "created",
    }  # fmt: skip
    assert "No such file" in told["2.xml"][1]
    assert "Is a directory" in told["3.xml"][1]


async def test_a_pipe_that_nobody_has_written_to_is_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")

    async def give_up(scope: anyio.CancelScope) -> None:
        await anyio.wait_all_tasks_blocked()
        scope.cancel()

    async with anyio.create_task_group() as tasks:
        with anyio.CancelScope() as scope:
            tasks.start_soon(give_up, scope)
            pytest.fail(f"nobody wrote {await read_stream(tmp_path / 'pipe', 100)!r}")
    assert scope.cancelled_caught


@pytest.mark.skipif(not os.path.exists("/proc/version"), reason="Linux alone has such files")
async def test_a_file_that_is_longer_than_its_size_is_not_cut_off(tmp_path: Path) -> None:
    async with bench(tmp_path) as one:
        (outcome,), _ = await one.run("/proc/version")
    assert (outcome.kind, outcome.source) == ("invalid", "version")
    assert CHANGES in (outcome.message or "")


async def test_waiting_for_a_pipe_can_be_given_up(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    async with bench(tmp_path) as one:
        with anyio.fail_after(30):
            with anyio.CancelScope() as scope:
                async with one.upload() as run:
                    async for outcome in run([tmp_path / "pipe", Document(document("A-1"), "a.xml")]):
                        assert (outcome.source, outcome.kind) == ("a.xml", "created")
                        scope.cancel()
            assert scope.cancelled_caught


@pytest.mark.parametrize("name", ["/dev/null", "/dev/zero"])
async def test_a_device_is_an_outcome(tmp_path: Path, name: str) -> None:
    async with bench(tmp_path) as one:
        with anyio.fail_after(30):
            (outcome,), _ = await one.run(name, max_bytes=100_000)
    assert (outcome.kind, outcome.source) == ("invalid", os.path.basename(name))

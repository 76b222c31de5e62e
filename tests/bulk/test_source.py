"""Where documents come from."""

from __future__ import annotations

import os
import tracemalloc
from typing import TYPE_CHECKING

import pytest

from b2brouter_async import ArgumentError
from b2brouter_async.bulk import Document, prepare
from b2brouter_async.bulk.source import Documents, Source
from b2brouter_async.einvoice import read_document

from .support import bench, document

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path
from typing import Any

pytestmark = pytest.mark.anyio


async def taken(documents: Documents) -> tuple[list[str], int]:
    skipped = 0

    def skip(files: Sequence[str]) -> None:
        nonlocal skipped
        skipped += len(files)

    source = Source(documents, skip)
    names: list[str] = []
    while (item := await source.take()) is not None:
        assert isinstance(item, Document)
        assert item.name is not None
        names.append(item.name)
    await source.aclose()
    return names, skipped


def tree(folder: Path, *names: str) -> Path:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(b"<x/>")
    return folder


async def test_a_folder_is_walked_in_the_order_of_its_names_subfolders_last(tmp_path: Path) -> None:
    tree(tmp_path, "b.xml", "a.XML", "z/1.xml", "m/2.pdf", "m/1.xsig", "m/n/0.p7m", "10.xml", "9.xml")
    names, skipped = await taken(tmp_path)
    assert names == ["10.xml", "9.xml", "a.XML", "b.xml", "m/1.xsig", "m/2.pdf", "m/n/0.p7m", "z/1.xml"]
    assert skipped == 0


async def test_names_are_handed_on_as_the_system_has_them(tmp_path: Path) -> None:
    names = [
        "-rf.xml", "A.xml", "a.xml", "a.XML", "a\nb.xml", "a b\t.xml", "cafe\u0301.xml", "caf\u00e9.xml", "\u5e74.xml", "\U0001f9fe.xml",
        os.fsdecode(b"caf\xe9.xml"), os.fsdecode(b"\xff\xfe.xml"), "n" * 251 + ".xml", "\\udce9.xml", "x.xml.xml",
    ]  # fmt: skip
    for number, name in enumerate(names):
        (tmp_path / name).write_bytes(document(f"N-{number}"))
    (tmp_path / "z.xml").mkdir()  # a folder, whatever it is called
    (tmp_path / "z.xml" / "-.xml").write_bytes(document("N-99"))
    found, skipped = await taken(tmp_path)
    assert found == [*sorted(names, key=os.fsencode), "z.xml/-.xml"]
    assert skipped == 0
    async with bench(tmp_path) as one:
        outcomes, _ = await one.run(tmp_path)
    assert {outcome.kind for outcome in outcomes} == {"created"}
    assert one.accepted == {f"N-{number}": 1 for number in (*range(len(names)), 99)}


@pytest.mark.parametrize("anyio_backend", ["asyncio"])
async def test_the_names_of_a_large_folder_take_little_memory(tmp_path: Path) -> None:
    for number in range(400):
        (tmp_path / f"{number}.xml").touch()
    source = Source(tmp_path, lambda files: None)
    tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        assert await source.take() is not None
        held, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    # A list of texts takes 70 bytes for each, and twice that while it is read.
    assert (held - before) / 400 < 60
    assert (most - before) / 400 < 160


async def test_what_holds_no_invoice_is_passed_over_and_counted(tmp_path: Path) -> None:
    tree(tmp_path, "a.xml", "readme.txt", ".hidden.xml", "run.db", "sub/.git", "sub/b.xml", "noending")
    names, skipped = await taken(tmp_path)
    assert names == ["a.xml", "sub/b.xml"]
    assert skipped == 5


async def test_a_file_named_by_itself_is_taken_whatever_its_name(tmp_path: Path) -> None:
    tree(tmp_path, "readme.txt", ".hidden")
    assert (await taken([tmp_path / "readme.txt", str(tmp_path / ".hidden")]))[0] == ["readme.txt", ".hidden"]


async def test_links_to_files_are_followed_and_links_to_folders_are_not(tmp_path: Path) -> None:
    tree(tmp_path, "real/a.xml")
    os.symlink(tmp_path, tmp_path / "real" / "round")
    os.symlink(tmp_path / "real" / "a.xml", tmp_path / "b.xml")
    assert (await taken(tmp_path))[0] == ["b.xml", "real/a.xml"]


async def test_files_and_folders_and_others_may_be_mixed(tmp_path: Path) -> None:
    tree(tmp_path, "one/a.xml", "two/a.xml")
    items: list[Any] = [tmp_path / "one", Document(b"<x/>", name="q-1"), b"<x/>", tmp_path / "two" / "a.xml"]
    assert (await taken(items))[0] == ["a.xml", "q-1", "document 3", "a.xml"]


async def test_an_empty_folder_and_an_empty_list_are_worked_off_at_once(tmp_path: Path) -> None:
    assert await taken(tmp_path) == ([], 0)
    assert await taken([]) == ([], 0)
    async with bench(tmp_path) as one:
        _, summary = await one.run([])
        assert summary.finished
        assert "nothing to do" in str(summary)


async def test_an_item_that_is_no_document_is_named_by_its_place() -> None:
    source = Source([b"<x/>", None], lambda files: None)  # type: ignore[list-item]
    assert isinstance(await source.take(), Document)
    error = await source.take()
    assert isinstance(error, ArgumentError)
    assert "document 2 is a NoneType" in str(error)
    assert await source.take() is None


async def test_a_folder_in_a_run_skips_the_journal_that_lies_in_it(tmp_path: Path) -> None:
    (tmp_path / "a.xml").write_bytes(document("A-1"))
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "b.xml").write_bytes(document("A-2"))
    async with bench(tmp_path) as one:
        outcomes, summary = await one.run(tmp_path)
        assert sorted(outcome.source for outcome in outcomes) == ["a.xml", "sub/b.xml"]
        assert summary.skipped >= 1
        assert set(one.accepted) == {"A-1", "A-2"}


async def test_a_file_is_read_once_and_one_that_is_settled_isnt_parsed_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a.xml").write_bytes(document("A-1"))
    reads: list[Path] = []
    parses = 0
    read = prepare.read_file

    def reading(path: Path, max_bytes: int, room: int) -> bytes:
        reads.append(path)
        return read(path, max_bytes, room)

    def parsing(content: bytes, *, max_bytes: int) -> object:
        nonlocal parses
        parses += 1
        return read_document(content, max_bytes=max_bytes)

    monkeypatch.setattr(prepare, "read_file", reading)
    monkeypatch.setattr("b2brouter_async.bulk.prepare.read_document", parsing)
    async with bench(tmp_path) as one:
        one.simulator.faults.add("503 operation='POST*' times=2")
        assert await one.kinds(tmp_path / "a.xml") == ["created"]
        assert (len(reads), parses) == (1, 1)
        (outcome,), _ = await one.run(tmp_path / "a.xml")
        assert outcome.repeated
        assert (len(reads), parses) == (1, 1)  # its hash was enough


async def test_a_resumed_run_passes_what_is_settled_and_sends_what_has_come_to_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "documents"
    folder.mkdir()
    for number in range(40):
        (folder / f"{number:02}.xml").write_bytes(document(f"A-{number}"))
    async with bench(tmp_path) as one:
        assert set(await one.kinds(folder)) == {"created"}
        (folder / "05.xml").write_bytes(document("B-1"))
        (folder / "99.xml").write_bytes(document("B-2"))
        (folder / "98.xml").write_bytes(b"no invoice")
        os.symlink(tmp_path / "nowhere", folder / "97.xml")
        looked_at: list[str | None] = []
        whole = prepare.prepare

        def preparing(item: Document, *rest: Any) -> object:
            looked_at.append(item.name)
            return whole(item, *rest)

        monkeypatch.setattr("b2brouter_async.bulk.reading.prepare", preparing)
        outcomes, summary = await one.run(folder)
        assert sorted(map(str, looked_at)) == ["05.xml", "97.xml", "98.xml", "99.xml"]
        assert sorted(str(outcome.source) for outcome in outcomes if not outcome.repeated) == sorted(
            map(str, looked_at)
        )
        assert (summary.taken, summary.repeated, summary.total) == (43, 39, 43)
        assert len(one.accepted) == 42


async def test_a_file_that_is_too_large_is_invalid_and_not_read_whole(tmp_path: Path) -> None:
    (tmp_path / "big.xml").write_bytes(document() + b" " * 100_000)
    async with bench(tmp_path) as one:
        (outcome,), _ = await one.run(tmp_path / "big.xml", max_bytes=50_000)
        assert outcome.kind == "invalid"
        assert "more than the 50,000 bytes" in (outcome.message or "")
        (outcome,), _ = await one.run(tmp_path / "big.xml")
        assert outcome.kind == "created"

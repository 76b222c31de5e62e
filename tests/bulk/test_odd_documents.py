"""Documents and folders that are odd in some way: an outcome, and never the end of a run."""

from __future__ import annotations

import base64
import os
import stat
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from b2brouter_async import ArgumentError
from b2brouter_async.bulk import Document, open_journal
from b2brouter_async.bulk.source import Source
from b2brouter_async.einvoice import read_document

from ..einvoice.envelopes import envelope
from ..einvoice.samples import fatturapa_invoice
from .support import bench, document, invoice

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

pytestmark = pytest.mark.anyio


async def test_a_name_that_is_no_text_is_spelled_out(tmp_path: Path) -> None:
    items = [Document(document("A-1"), name="caf\udce9.xml"), Document(b"<x/>", name="\ud800")]
    async with bench(tmp_path) as one:
        outcomes, _ = await one.run(items, concurrency=1)
        assert [(outcome.kind, outcome.source) for outcome in outcomes] == [
            ("created", "caf\\udce9.xml"),
            ("invalid", "\\ud800"),
        ]
        with open_journal(tmp_path / "run.db") as journal:
            assert [row.outcome.source for row in journal.rows()] == ["caf\\udce9.xml", "\\ud800"]


async def test_a_file_whose_name_is_no_text_is_uploaded(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / os.fsdecode(b"caf\xe9.xml")).write_bytes(document("A-1"))
    async with bench(tmp_path) as one:
        (outcome,), _ = await one.run(tmp_path / "in")
        assert (outcome.kind, outcome.source) == ("created", "caf\\udce9.xml")


@pytest.mark.parametrize(
    "write", [envelope, lambda xml: base64.encodebytes(envelope(xml))], ids=["der", "base64"]
)
async def test_a_signed_document_is_sent_as_it_is(tmp_path: Path, write: Callable[[bytes], bytes]) -> None:
    (tmp_path / "in").mkdir()
    signed = write(fatturapa_invoice(number="P7M-1"))
    (tmp_path / "in" / "IT00000000014_00001.xml.p7m").write_bytes(signed)
    async with bench(tmp_path) as one:
        (outcome,), _ = await one.run(tmp_path / "in")
        assert (outcome.kind, outcome.number) == ("created", "P7M-1")
        assert outcome.invoice_id is not None
        assert (await one.client.invoices.download(outcome.invoice_id, "original")).content == signed
        assert await one.kinds(signed, journal="other.db") == ["adopted"]


@pytest.mark.parametrize(
    ("item", "reason"),
    [
        (invoice("\ud800"), "half a character"),
        (invoice(date="²²²²-03-02"), "date"),
        (invoice(date="٢٠٢٦-03-02"), "date"),
        (invoice(date="next week"), "date"),
        (invoice(extra_info="\ud800"), ""),
    ],
)
async def test_odd_text_in_an_invoice_ends_no_run(tmp_path: Path, item: dict[str, Any], reason: str) -> None:
    async with bench(tmp_path) as one:
        outcomes, summary = await one.run([item, document()])
        assert summary.finished
        assert sorted(outcome.kind for outcome in outcomes)[0] == "created"
        if reason:
            (invalid,) = (outcome for outcome in outcomes if outcome.kind == "invalid")
            assert reason in (invalid.message or "")


async def test_a_reader_that_breaks_on_one_document_ends_no_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def breaking(content: bytes, *, max_bytes: int) -> object:
        if b"A-1" in content:
            raise RecursionError("too deep")
        return read_document(content, max_bytes=max_bytes)

    monkeypatch.setattr("b2brouter_async.bulk.prepare.read_document", breaking)
    async with bench(tmp_path) as one:
        outcomes, _ = await one.run([Document(document("A-1"), name="deep.xml"), document("A-2")])
        assert sorted((outcome.number, outcome.kind) for outcome in outcomes if outcome.number) == [
            ("A-2", "created")
        ]
        (invalid,) = (outcome for outcome in outcomes if outcome.kind == "invalid")
        assert invalid.source == "deep.xml"
        assert "too deep" in (invalid.message or "")
        assert "deep.xml can't be read" in caplog.text


async def test_a_folder_that_cant_be_read_is_an_outcome(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed = os.fsdecode(b"b\xe9")
    for number, name in enumerate(("a", closed, "c")):
        (tmp_path / "in" / name).mkdir(parents=True)
        (tmp_path / "in" / name / "1.xml").write_bytes(document(f"A-{number}"))
    scandir = os.scandir

    def refusing(path: Any) -> Any:
        if str(path).rstrip("/").endswith(closed):
            raise PermissionError(13, "Permission denied", str(path))
        return scandir(path)

    monkeypatch.setattr("os.scandir", refusing)
    async with bench(tmp_path) as one:
        outcomes, summary = await one.run(tmp_path / "in")
        assert sorted(outcome.kind for outcome in outcomes) == ["created", "created", "invalid"]
        (invalid,) = (outcome for outcome in outcomes if outcome.kind == "invalid")
        assert invalid.source == "b\\udce9/"
        assert "in/b\\udce9 can't be read: Permission denied" in (invalid.message or "")
        assert summary.finished
        with open_journal(tmp_path / "run.db") as journal:
            assert [row.outcome.source for row in journal.rows(kinds=["invalid"])] == ["b\\udce9/"]


async def test_a_folder_with_a_pipe_in_it_is_not_waited_for(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    os.mkfifo(tmp_path / "in" / "pipe.xml")
    os.mknod(tmp_path / "in" / "socket.xml", stat.S_IFSOCK | 0o600)
    os.symlink(tmp_path / "in" / "pipe.xml", tmp_path / "in" / "link.xml")
    os.symlink(tmp_path / "nowhere.xml", tmp_path / "in" / "broken.xml")
    os.symlink("round.xml", tmp_path / "in" / "round.xml")
    passed: list[Sequence[str]] = []
    source = Source(tmp_path / "in", passed.append)
    names = []
    while (item := await source.take()) is not None:
        assert isinstance(item, Document)
        names.append(item.name)
    assert names == ["broken.xml", "round.xml"]
    assert passed == [["link.xml", "pipe.xml", "socket.xml"]]


async def test_what_the_servers_words_hold_is_written_down(tmp_path: Path) -> None:
    import httpx

    class Rude(httpx.AsyncBaseTransport):
        def __init__(self, inner: httpx.AsyncBaseTransport) -> None:
            self.inner = inner

        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            if request.method == "POST":
                error = b'{"error": {"code": "odd\\udc00", "message": "half a \\ud83d face"}}'
                return httpx.Response(422, content=error, headers={"Content-Type": "application/json"})
            return await self.inner.handle_async_request(request)

    async with bench(tmp_path, wrap=lambda inner, time: Rude(inner)) as one:
        (outcome,), _ = await one.run(document())
        assert outcome.kind == "refused"
        with open_journal(tmp_path / "run.db") as journal:
            assert [(row.outcome.kind, row.outcome.message) for row in journal.rows()] == [
                ("refused", outcome.message)
            ]


@pytest.mark.parametrize("total", [121.0, "121", "121,00", True, Decimal("NaN"), Decimal("Infinity")])
def test_a_total_that_is_no_exact_amount_is_refused_where_it_is_named(total: Any) -> None:
    with pytest.raises(ArgumentError, match="total: "):
        Document(b"", total=total)


def test_a_total_may_be_a_whole_number_of_any_sign() -> None:
    totals: list[Any] = [121, -5, Decimal("0.00"), None]
    assert [Document(b"", total=total).total for total in totals] == totals


@pytest.mark.nightly
@pytest.mark.parametrize("anyio_backend", ["asyncio"])
@pytest.mark.parametrize("fault", [None, "reset_after probability=0.3 operation='POST*'"])
async def test_a_thousand_copies_and_a_thousand_claims_on_one_number_are_sent_once(
    tmp_path: Path, fault: str | None
) -> None:
    (tmp_path / "in").mkdir()
    for number in range(1000):
        (tmp_path / "in" / f"copy {number}.xml").write_bytes(document("COPY-1"))
        (tmp_path / "in" / f"other {number}.xml").write_bytes(document("TAKEN-1") + b"<!-- %d -->" % number)
    async with bench(tmp_path) as one:
        if fault is not None:
            one.simulator.faults.add(fault)
        outcomes, summary = await one.run(tmp_path / "in")
        copies = [outcome for outcome in outcomes if outcome.source.startswith("copy")]
        others = [outcome for outcome in outcomes if outcome.source.startswith("other")]
        assert {outcome.invoice_id for outcome in copies if outcome.there} == {copies[0].invoice_id}
        assert (len(copies), sum(outcome.repeated for outcome in copies)) == (1000, 999)
        assert sorted(outcome.kind for outcome in others)[1:] == ["duplicate"] * 999
        assert summary.finished
        assert one.accepted == {"COPY-1": 1, "TAKEN-1": 1}
        assert {request.headers["X-B2B-API-Key"] for request in one.requests} == {one.simulator.api_key}
    assert one.simulator.api_key.encode() not in (tmp_path / "run.db").read_bytes()

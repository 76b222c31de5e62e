"""What a caller gets beside the parsed reply: files on disk, and replies as they came."""

from __future__ import annotations

import errno
import os
import stat
from typing import TYPE_CHECKING, Any

import anyio
import httpx
import pytest

from b2brouter_async import ArgumentError, Download, NotFoundError, UnparsableReplyError, recorded_replies
from b2brouter_async._core.downloads import read_file
from b2brouter_async._core.replies import Reply
from b2brouter_async.models import TaxReportRejection

from .conftest import KEY, Wire, reply

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

pytestmark = pytest.mark.anyio

INVOICE = {"invoice": {"id": 5, "number": "F-1", "state": "new"}}
FILE = Download(b"%PDF", "application/pdf", "F-1.pdf")


def inside(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


async def test_a_download_is_saved_under_the_name_it_is_given_or_came_with(tmp_path: Path) -> None:
    there = tmp_path / "a.pdf"
    there.write_bytes(b"an older one, and longer")
    assert await FILE.save(there) == there
    assert await FILE.save(str(tmp_path)) == tmp_path / "F-1.pdf"
    assert inside(tmp_path) == {"a.pdf": b"%PDF", "F-1.pdf": b"%PDF"}
    (tmp_path / "plain").write_bytes(b"")
    assert stat.S_IMODE(there.stat().st_mode) == stat.S_IMODE((tmp_path / "plain").stat().st_mode)
    with pytest.raises(ArgumentError, match="folder"):
        await Download(b"", "text/plain").save(tmp_path)


async def test_a_full_disk_leaves_what_was_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    there = tmp_path / "a.pdf"
    there.write_bytes(b"old")

    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "no space left")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="no space"):
        await FILE.save(there)
    assert inside(tmp_path) == {"a.pdf": b"old"}
    with pytest.raises(FileNotFoundError):
        await FILE.save(tmp_path / "no" / "such" / "folder.pdf")


async def test_a_cancelled_save_is_whole_or_nothing(tmp_path: Path) -> None:
    with anyio.CancelScope() as scope:
        scope.cancel()
        await FILE.save(tmp_path / "a.pdf")
    assert inside(tmp_path) in ({}, {"a.pdf": b"%PDF"})


@pytest.mark.parametrize(
    ("given", "name"),
    [
        ('attachment; filename="F-1.pdf"', "F-1.pdf"),
        ('attachment; filename="../../etc/passwd"', "passwd"),
        ('attachment; filename="C:\\\\x\\\\y.pdf"', "y.pdf"),
        ("attachment; filename*=UTF-8''Factura%20%C3%B1.pdf", "Factura ñ.pdf"),
        ('attachment; filename=".."', None),
        ('attachment; filename="a/.."', None),
        ("attachment; filename*=UTF-8''a%00b", None),
        ("attachment", None),
        ("", None),
    ],
)
async def test_a_server_chooses_no_folder_for_a_file(given: str, name: str | None) -> None:
    assert read_file(Reply(200, {"content-disposition": given}, b"")).filename == name


async def test_replies_are_recorded_as_they_came(wire: Callable[..., Wire]) -> None:
    api = wire(
        reply(503),
        reply(200, INVOICE, x_b2b_api_request_id="r-1", x_ratelimit_remaining="7"),
        reply(404, {"error": {"code": "resource_missing"}}, x_b2b_api_request_id="r-2"),
        reply(200, INVOICE),
    )
    with recorded_replies() as replies:
        await api.client.invoices.get(5)
        assert [each.status for each in replies] == [503, 200]
        assert (replies[-1].request_id, replies[-1].json()) == ("r-1", INVOICE)
        assert replies[-1].headers["x-ratelimit-remaining"] == "7"
        with recorded_replies() as inner, pytest.raises(NotFoundError):
            await api.client.invoices.get(6)
    await api.client.invoices.get(7)
    assert [each.request_id for each in inner] == ["r-2"]
    assert [each.status for each in replies] == [503, 200, 404]
    assert KEY not in repr(replies)


async def test_only_the_calls_of_ones_own_tasks_are_recorded(wire: Callable[..., Wire]) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, json={"invoice": {"id": int(request.url.path.rsplit("/", 1)[1])}})

    api = wire(answer)
    seen: dict[int, list[Any]] = {}

    async def one(number: int) -> None:
        with recorded_replies() as replies:
            async with anyio.create_task_group() as below:
                below.start_soon(api.client.invoices.get, number)
                below.start_soon(api.client.invoices.get, number + 10)
        seen[number] = sorted(each.json()["invoice"]["id"] for each in replies)  # type: ignore[index]

    async with anyio.create_task_group() as tasks:
        for number in range(1, 4):
            tasks.start_soon(one, number)
    assert seen == {1: [1, 11], 2: [2, 12], 3: [3, 13]}


@pytest.mark.parametrize(
    ("body", "media_type"),
    [
        (b'{"code": "4102", "message": "Falta un campo", "new": [1]}', "application/json"),
        (
            b'{"code": "4102", "message": "Falta un campo", "new": [1]}',
            "application/problem+json; charset=utf-8",
        ),
        (b' \n{"code": "4102", "message": "Falta un campo", "new": [1]}', "application/octet-stream"),
        (b'{"code": "4102", "message": "Falta un campo", "new": [1]}', "application/xml"),
    ],
)
async def test_the_authoritys_reason_is_never_given_as_a_receipt(
    body: bytes, media_type: str, wire: Callable[..., Wire]
) -> None:
    """Behaviour 53: the same address answers XML or JSON."""
    client = wire(httpx.Response(200, content=body, headers={"content-type": media_type})).client

    answer = await client.tax_reports.download_response(5)

    assert isinstance(answer, TaxReportRejection)
    assert not hasattr(answer, "save")
    assert (answer.code, answer.message) == ("4102", "Falta un campo")
    assert answer.additional_properties == {"new": [1]}


async def test_a_receipt_is_a_file_and_none_yet_is_none(wire: Callable[..., Wire]) -> None:
    xml = httpx.Response(200, content=b"<a/>", headers={"content-type": "application/xml"})
    receipt = await wire(xml).client.tax_reports.download_response(5)
    assert isinstance(receipt, Download)
    assert receipt.content == b"<a/>"
    assert await wire(httpx.Response(204)).client.tax_reports.download_response(5) is None
    broken = wire(httpx.Response(200, content=b"[", headers={"content-type": "application/json"}))
    with pytest.raises(UnparsableReplyError):
        await broken.client.tax_reports.download_response(5)


async def test_a_row_without_a_field_that_no_source_calls_required_does_not_cost_the_list(
    wire: Callable[..., Wire],
) -> None:
    for name in ("tax_reports", "invoices", "contacts", "payments"):
        client = wire(
            reply(200, {name: [{"id": 1}, {"id": 2, "number": None}], "meta": {"total_count": 2}})
        ).client
        assert [row.id for row in (await getattr(client, name).list(7)).items] == [1, 2]
    schemes = wire(reply(200, {"schemes": [{"code": "9914"}]})).client
    assert [(row.code, row.taxcode) for row in await schemes.code_lists.schemes()] == [("9914", None)]

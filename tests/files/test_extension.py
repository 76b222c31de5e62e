"""The ending of a file's name is that of what came, whatever was asked for."""

from __future__ import annotations

import pytest
import respx

from b2brouter_async import B2Brouter

XML = b"<Invoice/>"


@pytest.mark.parametrize(
    ("content", "headers", "extension"),
    [
        (b"%PDF-1.7", {"Content-Type": "application/pdf"}, ".pdf"),
        (b"%PDF-1.7", {"Content-Type": "application/octet-stream"}, ".pdf"),
        (b"%PDF-1.7", {"Content-Type": "application/xml"}, ".pdf"),
        (XML, {"Content-Type": "application/pdf"}, ".xml"),
        (XML, {"Content-Type": "application/octet-stream"}, ".xml"),
        (XML, {}, ".xml"),
        (b"\xef\xbb\xbf\n " + XML, {}, ".xml"),
        ("<Invoice/>".encode("utf-16"), {}, ".xml"),
        (b"<!DOCTYPE html><p>", {"Content-Type": "text/html; charset=utf-8"}, ".html"),
        (b"<HTML>", {}, ".html"),
        (b"<htmlish/>", {}, ".xml"),
        (b"PK\x03\x04", {}, ".zip"),
        (b"\x89PNG\r\n", {}, ".png"),
        (b"\xff\xd8\xff\xe0", {}, ".jpg"),
        (b"{}", {"Content-Type": "application/json"}, ".json"),
        (b"x", {"Content-Type": "application/atom+xml"}, ".xml"),
        (b"x", {"Content-Type": "application/hal+json"}, ".json"),
        (b"0\x82", {"Content-Type": "application/pkcs7-mime"}, ".p7m"),
        (b"0\x82", {"Content-Disposition": 'attachment; filename="IT01.xml.P7M"'}, ".p7m"),
        (b"x", {"Content-Disposition": 'attachment; filename="../a.b/c"'}, ".bin"),
        (b"x", {"Content-Disposition": 'attachment; filename="x.verylong"'}, ".bin"),
        (b"x", {}, ".bin"),
        (b"", {}, ".bin"),
    ],
)
@pytest.mark.asyncio
async def test_a_downloads_ending(content: bytes, headers: dict[str, str], extension: str) -> None:
    with respx.mock(base_url="https://api.b2brouter.net") as server:
        server.get("/invoices/5/as/original").respond(content=content, headers=headers)
        async with B2Brouter("test_key", max_attempts=1) as client:
            assert (await client.invoices.download(5, "original")).extension == extension

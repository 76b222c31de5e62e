"""What a file is, by its content and by what a server says of it: the ending that its name should have."""

from __future__ import annotations

import re

_BY_TYPE = {
    "application/pdf": ".pdf",
    "application/xml": ".xml",
    "text/xml": ".xml",
    "application/json": ".json",
    "text/html": ".html",
    "application/xhtml+xml": ".html",
    "application/zip": ".zip",
    "application/pkcs7-mime": ".p7m",
    "application/x-pkcs7-mime": ".p7m",
    "image/png": ".png",
    "image/jpeg": ".jpg",
    "text/plain": ".txt",
    "text/csv": ".csv",
}
_BY_BEGINNING = ((b"%PDF", ".pdf"), (b"PK\x03\x04", ".zip"), (b"\x89PNG", ".png"), (b"\xff\xd8\xff", ".jpg"))
_MARKS = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")
_HTML = re.compile(rb"<(?:!doctype\s+html|html)\b", re.IGNORECASE)


def extension_of(content: bytes, media_type: str, filename: str | None) -> str:
    """Return the ending of a file's name, with its dot; `.bin` where nothing tells.

    What the content begins with decides before what the server says: originals come as `application/octet-stream`.

    Args:
        content: the file.
        media_type: as in Content-Type, without parameters.
        filename: the name that the server gave it.
    """
    begins = content[:1024]
    for known, extension in _BY_BEGINNING:
        if begins.startswith(known):
            return extension
    for mark in _MARKS:
        begins = begins.removeprefix(mark)
    begins = begins.replace(b"\0", b"").lstrip()  # in UTF-16 every other byte
    if begins.startswith(b"<"):
        return ".html" if _HTML.match(begins) else ".xml"
    if media_type in _BY_TYPE:
        return _BY_TYPE[media_type]
    if media_type.endswith("+xml"):
        return ".xml"
    if media_type.endswith("+json"):
        return ".json"
    named = re.search(r"\.[A-Za-z0-9]{1,5}\Z", filename or "", re.ASCII)
    return named[0].lower() if named else ".bin"

"""Writes signed envelopes (CMS signed data) by hand: as DER, in pieces without lengths, and made to overload."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

from .samples import fatturapa_invoice

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

SIGNED_DATA = bytes.fromhex("06092a864886f70d010702")
DATA = bytes.fromhex("06092a864886f70d010701")
ALGORITHMS = bytes.fromhex("310d300b0609608648016503040201")
VERSION = bytes.fromhex("020101")


def field(tag: int, content: bytes, *, indefinite: bool = False) -> bytes:
    """One field, with its length before it or its end marked behind it."""
    if indefinite:
        return bytes([tag, 0x80]) + content + b"\0\0"
    length = len(content)
    if length < 0x80:
        return bytes([tag, length]) + content
    digits = length.to_bytes((length.bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 + len(digits)]) + digits + content


def envelope(content: bytes, *, piece: int | None = None, indefinite: bool = False) -> bytes:
    """A signed envelope without anybody's signature, the content in pieces of so many bytes or whole."""
    if piece is None:
        octets = field(0x04, content)
    else:
        pieces = (content[start : start + piece] for start in range(0, len(content), piece))
        octets = field(0x24, b"".join(field(0x04, one) for one in pieces), indefinite=indefinite)
    return around(octets, indefinite=indefinite)


def around(octets: bytes, *, indefinite: bool = False, algorithms: bytes = ALGORITHMS) -> bytes:
    """An envelope around what stands in the place of its content."""
    inside = field(0x30, DATA + field(0xA0, octets, indefinite=indefinite), indefinite=indefinite)
    signed = field(0x30, VERSION + algorithms + inside + field(0x31, b""), indefinite=indefinite)
    return field(0x30, SIGNED_DATA + field(0xA0, signed, indefinite=indefinite), indefinite=indefinite)


def hostile_envelopes(size: int) -> Iterable[tuple[str, Callable[[], bytes]]]:
    """Envelopes of so many bytes that a careless reader takes for ever over."""
    xml = fatturapa_invoice()

    def pieces(one: bytes) -> bytes:
        return one * ((size - 200) // len(one))

    yield "empty pieces", lambda: around(field(0x24, pieces(b"\x04\0")))
    yield (
        "empty pieces without end",
        lambda: around(field(0x24, pieces(b"\x04\0"), indefinite=True), indefinite=True),
    )
    yield "fields within fields", lambda: around(field(0x04, xml), algorithms=pieces(b"\x31\x80"))
    yield (
        "fields beside fields",
        lambda: around(field(0x04, xml), algorithms=b"\x31\x80" + pieces(b"\x05\0") + b"\0\0"),
    )
    yield "a length without end", lambda: b"\x30\xff" + SIGNED_DATA + bytes(size - 100)
    yield "base64 without end", lambda: base64.b64encode(envelope(pieces(b"x")))[: size - 4]
    yield (
        "base64 in lines of one",
        lambda: b"\n".join(bytes([one]) for one in base64.b64encode(envelope(xml))),
    )
    yield "base64 and blanks", lambda: base64.b64encode(envelope(xml)) + pieces(b"\n")
    yield "a heading after the other", lambda: pieces(b"-----BEGIN PKCS7-----\n")

"""Signed envelopes (`.p7m`, CAdES): CMS signed data (RFC 5652) with the invoice inside, as Italy signs FatturaPA.

What is inside is read, the signature isn't checked: whoever receives the invoice does that, on the same bytes. The few
fields on the way are read here, each once and forwards, because a library for all of ASN.1 builds a tree of the
whole envelope first.
"""

from __future__ import annotations

import base64
import binascii
import re

from attrs import define, frozen

from .facts import UnreadableDocument

MAX_ENVELOPES = 5
"""Envelopes within one another: one for each who signed."""
MAX_FIELDS = 50_000
"""Fields of an envelope, with the pieces that the invoice is cut into."""

_SIGNED_DATA = bytes.fromhex("2a864886f70d010702")
_ENVELOPED_DATA = bytes.fromhex("2a864886f70d010703")
_KNOWN = (b"\x06\x09" + _SIGNED_DATA, b"\x06\x09" + _ENVELOPED_DATA)
_BEGIN = re.compile(rb"-----BEGIN [A-Z0-9 #]{1,40}-----")
_BEGIN_SIGNED = re.compile(rb"-----BEGIN (?:PKCS ?#?7|CMS|P7M)\b")
_END = re.compile(rb"-----END [A-Z0-9 #]{1,40}-----")
_MAIL_HEADERS = re.compile(rb"(?i:mime-version|content-[a-z-]+):")
_SPACE = b" \t\r\n\0\x0b\x0c"
_SAMPLE = 128

_OTHERWISE = "Take the XML out, for instance with `{}openssl cms -verify -noverify -inform {}-out FILE.xml`, and upload that."
_COMMANDS = {
    "DER": _OTHERWISE.format("", "DER -in FILE.p7m "),
    "PEM": _OTHERWISE.format("", "PEM -in FILE.p7m "),
    "base64": _OTHERWISE.format("base64 -d FILE.p7m | ", "DER "),
    "SMIME": _OTHERWISE.format("", "SMIME -in FILE.p7m "),
}

_SEQUENCE, _OBJECT, _OCTETS, _CONTENT = 0x30, 0x06, 0x04, 0xA0
_CONSTRUCTED = 0x20


class _Unreadable(Exception):
    """The envelope can't be read; its text says why."""

    def __init__(self, why: str, way_out: str | None = None) -> None:
        super().__init__(why)
        self.way_out = way_out


def form_of(content: bytes) -> str | None:
    """Tell how a signed envelope is written: "DER", "PEM", "base64" or "SMIME"; None where it is none."""
    begin = content[: 4 * 1024].lstrip(_SPACE).removeprefix(b"\xef\xbb\xbf").lstrip(_SPACE)
    if begin.startswith(b"\x30"):
        return "DER" if _is_envelope(begin) else None
    if _BEGIN_SIGNED.match(begin):
        return "PEM"
    if _BEGIN.match(begin):
        return "PEM" if _is_envelope(_decoded(_base64_in(begin)[:_SAMPLE])) else None
    if _MAIL_HEADERS.match(begin):
        return "SMIME" if _is_envelope(_decoded(_base64_in(begin)[:_SAMPLE])) else None
    return "base64" if _is_envelope(_decoded(begin.translate(None, _SPACE)[:_SAMPLE])) else None


def content_of(content: bytes, *, whole: bool = True) -> bytes:
    """Take what was signed out of its envelope, and out of the envelopes inside it.

    Args:
        content: the envelope, as `form_of` knows it.
        whole: False takes what there is of an envelope that is cut off.

    Raises:
        UnreadableDocument: it is damaged, encrypted, or holds a signature alone.
    """
    opened = 0
    while (form := form_of(content)) is not None:
        opened += 1
        if opened > MAX_ENVELOPES:
            raise UnreadableDocument(
                f"The invoice is inside more than {MAX_ENVELOPES} signed envelopes (.p7m)."
            )
        try:
            if form != "DER":
                content = _decoded(_base64_in(content), whole=whole)
            content = _Fields(content.lstrip(_SPACE), whole).signed_content()
        except _Unreadable as error:
            way_out = error.way_out or _COMMANDS[form]
            raise UnreadableDocument(
                f"This signed envelope (.p7m) can't be read: {error}. {way_out}"
            ) from error
    return content


def _is_envelope(begin: bytes) -> bool:
    return begin[:1] == b"\x30" and any(known in begin[:24] for known in _KNOWN)


def _base64_in(content: bytes) -> bytes:
    """Return the digits alone, without the lines around them."""
    if (begin := _BEGIN.search(content)) is not None:
        end = _END.search(content, begin.end())
        content = content[begin.end() : end.start() if end else None]
    elif _MAIL_HEADERS.match(content.lstrip(_SPACE)):
        content = re.split(rb"\r?\n\r?\n", content.lstrip(_SPACE), maxsplit=1)[-1]
    return content.removeprefix(b"\xef\xbb\xbf").translate(None, _SPACE)


def _decoded(digits: bytes, *, whole: bool = False) -> bytes:
    digits = digits.rstrip(b"=")
    if not whole:
        digits = digits[: len(digits) // 4 * 4]
    try:
        return base64.b64decode(digits + b"=" * (-len(digits) % 4), validate=True)
    except binascii.Error as error:
        if not whole:
            return b""
        raise _Unreadable("its base64 is damaged") from error


@frozen
class _Field:
    tag: int
    start: int
    end: int | None
    """None where the end is marked and not told beforehand."""


@define(eq=False)
class _Fields:
    """Reads fields by the rules of BER (X.690), of which DER is the strict form."""

    data: bytes
    whole: bool
    left: int = MAX_FIELDS

    def signed_content(self) -> bytes:
        """Return what was signed."""
        information = self._expect(0, _SEQUENCE)
        kind = self._expect(information.start, _OBJECT)
        if self.data[kind.start : kind.end] == _ENVELOPED_DATA:
            raise _Unreadable("it is encrypted", "Upload the invoice as it was before that.")
        if self.data[kind.start : kind.end] != _SIGNED_DATA:
            raise _Unreadable("it is no signed data")
        signed = self._expect(self._expect(self._behind(kind), _CONTENT).start, _SEQUENCE)
        version = self._field(signed.start)
        algorithms = self._field(self._behind(version))
        encapsulated = self._expect(self._behind(algorithms), _SEQUENCE)
        what = self._expect(encapsulated.start, _OBJECT)
        position = self._behind(what)
        if self._is_end(encapsulated, position):
            raise _Unreadable(
                "it holds a signature alone (detached), and the invoice is another file", "Upload that."
            )
        octets = self._field(self._expect(position, _CONTENT).start)
        if octets.tag == _OCTETS:
            return self._octets(octets)
        if octets.tag == _OCTETS | _CONSTRUCTED:
            return b"".join(self._pieces(octets))
        raise _Unreadable("what was signed is not where it should be")

    def _pieces(self, outer: _Field) -> list[bytes]:
        pieces: list[bytes] = []
        position = outer.start
        while not self._is_end(outer, position):
            piece = self._field(position)
            if piece.tag != _OCTETS:
                raise _Unreadable("what was signed is cut into pieces of another kind")
            pieces.append(self._octets(piece))
            position = self._behind(piece)
            if not self.whole and position >= len(self.data):
                break
        return pieces

    def _octets(self, field: _Field) -> bytes:
        if self.whole and (field.end is None or field.end > len(self.data)):
            raise _Unreadable("it is cut off")
        return self.data[field.start : field.end]

    def _is_end(self, outer: _Field, position: int) -> bool:
        if outer.end is not None:
            return position >= outer.end
        return self.data[position : position + 2] == b"\0\0"

    def _expect(self, position: int, tag: int) -> _Field:
        field = self._field(position)
        if field.tag != tag:
            raise _Unreadable("it is no signed data, or is damaged")
        return field

    def _field(self, position: int) -> _Field:
        self.left -= 1
        if self.left < 0:
            raise _Unreadable(f"it has more than {MAX_FIELDS:,} fields")
        head = self.data[position : position + 2]
        if len(head) < 2 or head[0] & 0x1F == 0x1F:
            raise _Unreadable("it is cut off")
        start, length = position + 2, head[1]
        if length == 0x80:
            return _Field(head[0], start, None)
        if length > 0x80:
            size = length - 0x80
            length = int.from_bytes(self.data[start : start + size], "big") if size <= 8 else -1
            start += size
        if length < 0:
            raise _Unreadable("it has a field of an impossible length")
        return _Field(head[0], start, start + length)

    def _behind(self, field: _Field) -> int:
        if field.end is not None:
            return field.end
        # Inside are fields to their own end mark; of those that have one too, as many are open.
        position, opened = field.start, 1
        while opened:
            if self.data[position : position + 2] == b"\0\0":
                self.left -= 1
                position, opened = position + 2, opened - 1
                continue
            inner = self._field(position)
            opened += inner.end is None
            position = inner.start if inner.end is None else inner.end
        return position

"""Writes XML made to overload its reader."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .samples import ubl_invoice

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

INVOICE = ubl_invoice()


def _line(inside: bytes) -> bytes:
    return INVOICE.replace(b"</cac:InvoiceLine>", inside + b"</cac:InvoiceLine>", 1)


def _head(inside: bytes) -> bytes:
    return INVOICE.replace(b"</Invoice>", inside + b"</Invoice>", 1)


def hostile_xml(size: int) -> Iterable[tuple[str, Callable[[], bytes]]]:
    """Documents of so many bytes that a careless parser takes a hundred times that for."""
    room = size - len(INVOICE) - 1_000

    def fill(unit: bytes, into: Callable[[bytes], bytes] = _head) -> bytes:
        return into(unit * (room // len(unit)))

    def counted(unit: bytes, into: Callable[[bytes], bytes] = _line, different: int = 10**9) -> bytes:
        return into(b"".join(unit % (one % different) for one in range(room // (len(unit) + 6))))

    def tags(attributes: bytes, count: int) -> bytes:
        tag = b"<a %s/>" % b" ".join(attributes % one for one in range(count))
        return fill(tag, _line)

    yield "blank lines", lambda: fill(b"\n")
    yield "short lines", lambda: fill(b"ab\n")
    yield "one long text", lambda: fill(b"x")
    yield "characters by number", lambda: fill(b"&#65;")
    yield "comments", lambda: fill(b"<!---->")
    yield "instructions", lambda: fill(b"<?a?>")
    yield "sections", lambda: fill(b"<![CDATA[]]>")
    yield "elements in a line", lambda: fill(b"<a/>", _line)
    yield "elements in the head", lambda: fill(b"<a/>")
    yield "different elements in the head", lambda: counted(b"<a%d/>", _head, 4_000)
    yield "elements that all differ", lambda: counted(b"<a%d/>")
    yield "attributes that all differ", lambda: counted(b"<a b%d='1'/>")
    yield "prefixes that all differ", lambda: counted(b"<a xmlns:b%d='u'/>")
    yield (
        "one tag of many attributes",
        lambda: _line(b"<a %s/>" % b" ".join(b"a%d=''" % one for one in range(room // 12))),
    )
    yield "tags of many attributes", lambda: tags(b"a%d=''", 4_000)
    yield "tags of fifty attributes", lambda: tags(b"a%d=''", 50)
    yield "tags of many prefixes", lambda: tags(b"xmlns:a%d='u'", 4_000)
    yield "one long attribute", lambda: _line(b"<a b='" + b"x" * room + b"'/>")
    yield "one long name", lambda: _line(b"<" + b"x" * room + b"/>")
    yield "one long comment", lambda: _line(b"<!--" + b"x" * room + b"-->")
    yield "deep nesting again and again", lambda: fill(b"<a>" * 50 + b"</a>" * 50, _line)
    smile = "\U0001f600".encode()
    yield "wide texts", lambda: fill(b"<a>" + b"x" * 700 + smile + b"</a>")
    yield (
        "two bytes a character",
        lambda: fill(b"<a>1</a>", _line)[: room // 2].decode().replace("UTF-8", "UTF-16").encode("utf-16"),
    )
    yield "blank space before the declaration", lambda: b"\n" * room + INVOICE
    yield "marks before the declaration", lambda: b"\xef\xbb\xbf\n" * (room // 4) + INVOICE
    yield (
        "wide space before the declaration",
        lambda: ("\n" * (room // 2) + INVOICE.decode().replace("UTF-8", "UTF-16")).encode("utf-16-le"),
    )

"""Writes PDFs by hand, byte for byte: honest ones of every kind, and ones made to overload their reader."""

from __future__ import annotations

import base64
import zlib
from functools import partial
from typing import TYPE_CHECKING

from .samples import cii_invoice

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

XML = cii_invoice()
HEADER = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n"
MB = 1024 * 1024


def stream(data: bytes, entries: bytes = b"", *, length: bytes | None = None) -> bytes:
    """An object with data."""
    length = b"%d" % len(data) if length is None else length
    return b"<</Length %s %s>>\nstream\n%s\nendstream" % (length, entries, data)


def file_of(
    objects: dict[int, bytes],
    *,
    trailer: bytes = b"/Root 1 0 R",
    before: bytes = HEADER,
    prev: int | None = None,
) -> bytes:
    """A file with a table of objects; after `before` it is an update of that."""
    written = bytearray(before)
    places: dict[int, int] = {}
    for number, body in objects.items():
        places[number] = len(written)
        written += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = len(written)
    written += b"xref\n"
    if prev is None:
        written += b"0 1\n0000000000 65535 f \n"
    for number, place in places.items():
        written += b"%d 1\n%010d 00000 n \n" % (number, place)
    more = b"" if prev is None else b"/Prev %d" % prev
    written += b"trailer\n<</Size %d %s %s>>\nstartxref\n%d\n%%%%EOF\n" % (
        max(objects, default=0) + 1, trailer, more, table,
    )  # fmt: skip
    return bytes(written)


def table_of(written: bytes) -> int:
    """Where the last table of a file begins."""
    return int(written[written.rindex(b"startxref") + 9 :].split()[0])


def attached(
    file: bytes, *, name: bytes = b"(factur-x.xml)", more: dict[int, bytes] | None = None
) -> dict[int, bytes]:
    """Objects of a document with one attached file."""
    return {
        1: b"<</Type/Catalog/Pages 2 0 R/Names<</EmbeddedFiles 3 0 R>>>>",
        2: b"<</Type/Pages/Kids[]/Count 0>>",
        3: b"<</Names[(factur-x.xml) 4 0 R]>>",
        4: b"<</Type/Filespec/F %s/UF %s/EF<</F 5 0 R/UF 5 0 R>>>>" % (name, name),
        5: file,
        **(more or {}),
    }


def packed(data: bytes, *filters: str, params: bytes = b"") -> bytes:
    """A stream that unpacks by these filters, in their order, to `data`."""
    for name in reversed(filters):
        data = PACKERS[name](data)
    names = b"".join(b"/%s" % name.encode() for name in filters)
    return stream(data, b"/Filter[%s]%s" % (names, params))


def lzw(data: bytes, early: int = 1) -> bytes:
    """Pack by LZW, with a table that is used to its end."""
    table = {bytes([one]): one for one in range(256)}
    bits, width, sought = [format(256, "09b")], 9, b""
    for place in range(len(data)):
        byte = data[place : place + 1]
        if sought + byte in table:
            sought += byte
            continue
        bits.append(format(table[sought], f"0{width}b"))
        table[sought + byte] = len(table) + 2
        if len(table) + 2 + early > 1 << width and width < 12:
            width += 1
        if len(table) + 2 == 4095:
            bits.append(format(256, f"0{width}b"))
            table, width = {bytes([one]): one for one in range(256)}, 9
        sought = byte
    if sought:
        bits.append(format(table[sought], f"0{width}b"))
        width += len(table) + 3 + early > 1 << width and width < 12
    bits.append(format(257, f"0{width}b"))
    packed = "".join(bits)
    packed += "0" * (-len(packed) % 8)
    return int(packed, 2).to_bytes(len(packed) // 8, "big")


def run_length(data: bytes) -> bytes:
    """Pack in runs of single bytes."""
    packed = bytearray()
    place = 0
    while place < len(data):
        run = 1
        while run < 128 and data[place + run : place + run + 1] == data[place : place + 1]:
            run += 1
        packed += bytes([257 - run, data[place]]) if run > 1 else bytes([0, data[place]])
        place += run
    return bytes(packed) + b"\x80"


PACKERS: dict[str, Callable[[bytes], bytes]] = {
    "FlateDecode": lambda data: zlib.compress(data, 9),
    "ASCII85Decode": lambda data: base64.a85encode(data) + b"~>",
    "ASCIIHexDecode": lambda data: data.hex().encode() + b">",
    "LZWDecode": lzw,
    "RunLengthDecode": run_length,
}


def zeros_packed(size: int, times: int = 1) -> bytes:
    """So many zeros, packed by Flate again and again."""
    packer = zlib.compressobj(9)
    piece = bytes(MB)
    data = b"".join(packer.compress(piece) for _ in range(size // MB)) + packer.flush()
    for _ in range(times - 1):
        data = zlib.compress(data, 9)
    return data


def object_stream(objects: dict[int, bytes], packer: str = "FlateDecode") -> bytes:
    """Several objects in one stream."""
    bodies, header, place = b"", b"", 0
    for number, body in objects.items():
        header += b"%d %d " % (number, place)
        bodies += body + b"\n"
        place = len(bodies)
    data = PACKERS[packer](header + bodies)
    return stream(
        data, b"/Type/ObjStm/N %d/First %d/Filter/%s" % (len(objects), len(header), packer.encode())
    )


def modern_file(
    plain: dict[int, bytes],
    compressed: dict[int, bytes],
    *,
    predictor: bool = True,
    packer: str = "FlateDecode",
) -> bytes:
    """A file with an object stream and a cross-reference stream, as PDF 1.5 has it."""
    written = bytearray(HEADER)
    rows: dict[int, tuple[int, int, int]] = {0: (0, 0, 65535)}
    holder = max([*plain, *compressed]) + 1
    for number, body in {**plain, holder: object_stream(compressed, packer)}.items():
        rows[number] = (1, len(written), 0)
        written += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    for index, number in enumerate(compressed):
        rows[number] = (2, holder, index)
    table = holder + 1
    rows[table] = (1, len(written), 0)
    lines = [
        bytes([kind]) + value.to_bytes(4, "big") + third.to_bytes(2, "big")
        for _, (kind, value, third) in sorted(rows.items())
    ]
    params = b""
    if predictor:
        above = bytes(7)
        for place, line in enumerate(lines):
            lines[place] = b"\x02" + bytes(
                (one - other) % 256 for one, other in zip(line, above, strict=True)
            )
            above = line
        params = b"/DecodeParms<</Predictor 12/Columns 7>>"
    body = stream(
        zlib.compress(b"".join(lines)),
        b"/Type/XRef/W[1 4 2]/Root 1 0 R/Size %d/Filter/FlateDecode%s" % (table + 1, params),
    )
    place = len(written)
    written += b"%d 0 obj\n%s\nendobj\nstartxref\n%d\n%%%%EOF\n" % (table, body, place)
    return bytes(written)


def png(data: bytes, predictor: int, columns: int) -> bytes:
    """Write rows as the differences from their neighbours, as PNG does."""
    above, written = bytes(columns), bytearray()
    for start in range(0, len(data), columns):
        row = data[start : start + columns].ljust(columns, b" ")
        written.append(predictor)
        for place in range(columns):
            left = row[place - 1] if place else 0
            corner = above[place - 1] if place else 0
            up = above[place]
            nearest = min((left, up, corner), key=lambda one: abs(left + up - corner - one))
            guess = (0, left, up, (left + up) // 2, nearest)[predictor]
            written.append((row[place] - guess) % 256)
        above = row
    return bytes(written)


def repeated(unit: bytes, size: int) -> bytes:
    """The unit again and again."""
    return unit * (size // len(unit))


def hostile(size: int, unpacked: int) -> Iterable[tuple[str, Callable[[], bytes]]]:
    """Files made to take gigabytes or minutes, each with what it does.

    Args:
        size: bytes that a file may have.
        unpacked: bytes that it unpacks to, where it is packed.
    """

    def endless(unit: bytes) -> bytes:
        return repeated(unit, size - 10_000)

    bomb = b"/Filter/FlateDecode"

    def rows_of(row: bytes, entries: bytes) -> bytes:
        return file_of(attached(stream(zlib.compress(repeated(row, unpacked), 9), entries)))

    def in_catalogue(data: bytes) -> bytes:
        return file_of({**attached(stream(XML)), 1: data})

    def compressed_catalogue(holder: bytes) -> bytes:
        written = modern_file(
            {5: stream(XML)}, {number: body for number, body in attached(b"").items() if number != 5}
        )
        start = written.index(b"6 0 obj")
        end = written.index(b"endobj", start)
        table = written.index(b"7 0 obj")
        return written[:start] + b"6 0 obj\n" + holder + written[end:table] + written[table:]

    yield "flate", lambda: file_of(attached(stream(zeros_packed(unpacked), bomb)))
    yield (
        "flate twice",
        lambda: file_of(
            attached(stream(zeros_packed(2 * unpacked, 2), b"/Filter[/FlateDecode/FlateDecode]"))
        ),
    )
    yield (
        "flate thrice",
        lambda: file_of(
            attached(stream(zeros_packed(2 * unpacked, 3), b"/Filter[/FlateDecode/FlateDecode/FlateDecode]"))
        ),
    )
    yield (
        "flate 1000 times",
        lambda: file_of(attached(stream(zeros_packed(MB), b"/Filter[%s]" % (b"/FlateDecode" * 1000)))),
    )
    yield (
        "flate over base 85",
        lambda: file_of(
            attached(
                packed(zeros_packed(unpacked), "ASCII85Decode", params=b"").replace(
                    b"[/ASCII85Decode]", b"[/ASCII85Decode/FlateDecode]"
                )
            )
        ),
    )
    yield (
        "base 85 over flate",
        lambda: file_of(
            attached(
                packed(repeated(b"z", unpacked), "FlateDecode").replace(
                    b"[/FlateDecode]", b"[/FlateDecode/ASCII85Decode]"
                )
            )
        ),
    )
    yield "base 85", lambda: file_of(attached(stream(endless(b"zzzz"), b"/Filter/ASCII85Decode")))
    yield "base 85 of digits", lambda: file_of(attached(stream(endless(b"87cUR"), b"/Filter/ASCII85Decode")))
    yield "base 85 of blanks", lambda: file_of(attached(stream(endless(b" \n"), b"/Filter/ASCII85Decode")))
    yield "hexadecimal", lambda: file_of(attached(stream(endless(b"00"), b"/Filter/ASCIIHexDecode")))
    yield "runs", lambda: file_of(attached(stream(endless(b"\x81\x00"), b"/Filter/RunLengthDecode")))
    yield "empty runs", lambda: file_of(attached(stream(endless(b"\x00a"), b"/Filter/RunLengthDecode")))
    yield "lzw", lambda: file_of(attached(stream(lzw(bytes(size // 8)), b"/Filter/LZWDecode")))
    yield (
        "lzw without end",
        lambda: file_of(
            attached(stream(endless(b"\x80\x40\x20\x10\x08\x04\x02\x01\x00"), b"/Filter/LZWDecode"))
        ),
    )
    yield (
        "lzw over flate",
        lambda: file_of(
            attached(
                stream(
                    zlib.compress(repeated(lzw(bytes(size // 16))[:-2], unpacked), 9),
                    b"/Filter[/FlateDecode/LZWDecode]",
                )
            )
        ),
    )
    for predictor in (2, 10, 11, 12, 13, 14, 15):
        params = b"/DecodeParms<</Predictor %d/Columns 1>>" % predictor
        wide = b"/DecodeParms<</Predictor %d/Columns 60000>>" % predictor
        byte = bytes([max(0, predictor - 10)])
        yield f"predictor {predictor}", partial(rows_of, byte + bytes(1), bomb + params)
        yield f"predictor {predictor} of long rows", partial(rows_of, byte + bytes(60_000), bomb + wide)
    yield (
        "a predictor of endless rows",
        lambda: file_of(
            attached(
                stream(zeros_packed(unpacked), bomb + b"/DecodeParms<</Predictor 12/Columns 999999999>>")
            )
        ),
    )
    yield "catalogue of nested arrays", lambda: in_catalogue(endless(b"["))
    yield "catalogue of nested dictionaries", lambda: in_catalogue(endless(b"<</a"))
    yield "catalogue of numbers", lambda: in_catalogue(b"<</Type/Catalog/a[" + endless(b"1 ") + b"]>>")
    yield "catalogue of references", lambda: in_catalogue(b"<</Type/Catalog/a[" + endless(b"1 0 R ") + b"]>>")
    yield "catalogue of dictionaries", lambda: in_catalogue(b"<</Type/Catalog/a[" + endless(b"<<>>") + b"]>>")
    yield "catalogue of names", lambda: in_catalogue(b"<</Type/Catalog/a[" + endless(b"/a") + b"]>>")
    yield (
        "catalogue of keys",
        lambda: in_catalogue(
            b"<</Type/Catalog" + b"".join(b"/%x 1" % one for one in range(size // 14)) + b">>"
        ),
    )
    yield "catalogue of one string", lambda: in_catalogue(b"<</Type/Catalog/a(" + endless(b"x") + b")>>")
    yield (
        "catalogue of brackets in a string",
        lambda: in_catalogue(b"<</Type/Catalog/a(" + endless(b"(") + b")>>"),
    )
    yield "catalogue of escapes", lambda: in_catalogue(b"<</Type/Catalog/a(" + endless(rb"\1") + b")>>")
    yield (
        "catalogue of one long hexadecimal",
        lambda: in_catalogue(b"<</Type/Catalog/a<" + endless(b"0") + b">>>"),
    )
    yield "catalogue of one long name", lambda: in_catalogue(b"<</Type/Catalog/a/" + endless(b"#41") + b">>")
    yield "catalogue of one long number", lambda: in_catalogue(b"<</Type/Catalog/a " + endless(b"1") + b">>")
    yield "catalogue of comments", lambda: in_catalogue(b"<</Type/Catalog" + endless(b"%\n") + b">>")
    yield "catalogue of blanks", lambda: in_catalogue(b"<</Type/Catalog" + endless(b" ") + b">>")
    yield "catalogue of nothing", lambda: in_catalogue(endless(b"\0"))
    inside = b"/Type/ObjStm/N 4/First 30/Filter/FlateDecode"
    yield "object stream of zeros", lambda: compressed_catalogue(stream(zeros_packed(unpacked), inside))
    yield (
        "object stream of zeros over base 85",
        lambda: compressed_catalogue(
            stream(
                base64.a85encode(zeros_packed(unpacked)),
                b"/Type/ObjStm/N 4/First 30/Filter[/ASCII85Decode/FlateDecode]",
            )
        ),
    )
    yield (
        "object stream of numbers",
        lambda: compressed_catalogue(
            stream(
                zlib.compress(repeated(b"1 ", 8 * MB - 100), 9),
                b"/Type/ObjStm/N 9999999/First 8388000/Filter/FlateDecode",
            )
        ),
    )
    yield (
        "object stream of arrays",
        lambda: compressed_catalogue(
            stream(
                zlib.compress(b"1 0 " + repeated(b"[1 2 3]", 8 * MB - 100), 9),
                b"/Type/ObjStm/N 1/First 4/Filter/FlateDecode",
            )
        ),
    )
    yield (
        "cross-reference stream of zeros",
        lambda: (
            HEADER
            + b"1 0 obj\n"
            + stream(zeros_packed(unpacked), b"/Type/XRef/W[1 4 2]/Root 1 0 R/Size 9/Filter/FlateDecode")
            + b"\nendobj\nstartxref\n%d\n" % len(HEADER)
        ),
    )

    def chain_of_tables() -> bytes:
        written = bytearray(HEADER)
        before = 0
        while len(written) < size - 10_000:
            place = len(written)
            written += b"xref\n0 0\ntrailer\n<</Prev %d>>\n" % before
            before = place
        return bytes(written) + b"startxref\n%d\n" % before

    yield "tables one before another", chain_of_tables
    yield (
        "a table before itself",
        lambda: (
            HEADER
            + b"xref\n0 0\ntrailer\n<</Prev %d/Root 1 0 R>>\nstartxref\n%d\n" % (len(HEADER), len(HEADER))
        ),
    )
    yield (
        "a table of many runs",
        lambda: HEADER + b"xref\n" + endless(b"9 0\n") + b"trailer\n<<>>\nstartxref\n%d\n" % len(HEADER),
    )
    yield "many ends", lambda: HEADER + endless(b"startxref\n") + b"startxref\n9\n"
    yield "many trailers", lambda: HEADER + b"1 0 obj<<>>endobj\n" + endless(b"trailer\n<<>>\n")
    yield "endless objects", lambda: HEADER + endless(b"1 0 obj<<>>endobj\n")
    yield (
        "numbered objects",
        lambda: HEADER + b"".join(b"%d 0 obj<<>>endobj\n" % one for one in range(size // 26)),
    )
    yield "headings without objects", lambda: HEADER + endless(b"obj")
    yield "streams without end", lambda: HEADER + endless(b"1 0 obj<</Type/ObjStm>>stream\n")

    def many_object_streams() -> bytes:
        data = zeros_packed(7 * MB)
        holder = stream(data, b"/Type/ObjStm/N 1/First 4/Filter/FlateDecode")
        objects = b"".join(b"%d 0 obj%sendobj\n" % (one, holder) for one in range(10, size // 7_500))
        return HEADER + b"1 0 obj<</Type/Catalog/Names 5 0 R>>endobj\n" + objects

    yield "many object streams and no table", many_object_streams

    def multiplying_tree() -> bytes:
        kids = {
            number: b"<</Kids[%s]>>" % repeated(b"%d 0 R " % (number + 1), 7_000)
            for number in range(10, size // 7_500)
        }
        return file_of({**attached(stream(XML)), 3: b"<</Kids[10 0 R]>>", **kids})

    yield "a tree of names that multiplies", multiplying_tree
    yield (
        "a tree of names that is its own leaf",
        lambda: file_of({**attached(stream(XML)), 3: b"<</Kids[3 0 R 3 0 R]>>"}),
    )
    yield (
        "a tree of names without references",
        lambda: file_of({**attached(stream(XML)), 3: b"<</Kids[" + repeated(b"<<>>", size // 4) + b"]>>"}),
    )

    def million_attachments() -> bytes:
        files = b"<</Names[" + repeated(b"()<</UF(a.xml)/EF<</F 5 0 R>>>>", size - MB) + b"]>>"
        return file_of({**attached(stream(XML)), 3: files})

    yield "a million attachments", million_attachments

    def twenty_bombs() -> bytes:
        bomb_of_19 = stream(zeros_packed(size - MB), b"/Filter/FlateDecode")
        names = b"".join(b"()<</UF(%d.xml)/EF<</F %d 0 R>>>>" % (one, one) for one in range(10, 30))
        return file_of(
            {
                **attached(stream(XML)),
                3: b"<</Names[%s]>>" % names,
                **dict.fromkeys(range(10, 30), bomb_of_19),
            }
        )

    yield "twenty large attachments", twenty_bombs
    yield "references in a circle", lambda: file_of({**attached(stream(XML)), 4: b"4 0 R"})
    yield (
        "references in a long chain",
        lambda: file_of(
            {
                **attached(stream(XML)),
                4: b"10 0 R",
                **{one: b"%d 0 R" % (one + 1) for one in range(10, 5_000)},
            }
        ),
    )
    yield "a length that refers to itself", lambda: file_of(attached(stream(XML, length=b"5 0 R")))
    yield (
        "a filter that refers to itself",
        lambda: file_of(attached(stream(XML, b"/Filter 6 0 R"), more={6: b"[6 0 R 6 0 R]"})),
    )
    laughs = b"<!DOCTYPE x [<!ENTITY a 'ha'>" + b"".join(
        b"<!ENTITY %c '%s'>" % (one, b"&%c;" % (one - 1) * 10) for one in range(ord("b"), ord("k"))
    )
    yield "entities in the attachment", lambda: file_of(attached(stream(laughs + b"]><x>&j;</x>")))
    elements = (
        b"<rsm:CrossIndustryInvoice xmlns:rsm='urn:un:unece:uncefact:data:standard:CrossIndustryInvoice:100'>"
    )
    yield (
        "elements in the attachment",
        lambda: file_of(attached(packed(elements + repeated(b"<a/>", size - MB), "FlateDecode"))),
    )
    yield (
        "blanks in the attachment",
        lambda: file_of(attached(stream(zlib.compress(repeated(b" ", size)), bomb))),
    )
    yield (
        "newlines in the attachment",
        lambda: file_of(attached(stream(zlib.compress(elements + repeated(b"\n", size - 200)), bomb))),
    )

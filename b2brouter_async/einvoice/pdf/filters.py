"""The filters of ISO 32000-1, 7.4 that unpack data, each a piece at a time.

A filter takes pieces and gives pieces, none longer than `PIECE`, and pays for each before it makes the next. So a chain
of any filters holds a few pieces at a time, and stops as soon as nobody asks for more or the work is used up.
"""

from __future__ import annotations

import base64
import binascii
import zlib
from typing import TYPE_CHECKING

from .work import DamagedPdf

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from .work import Work

PIECE = 64 * 1024
"""Bytes."""
MAX_ROW = PIECE
"""Bytes of a row of a predictor."""
_SPACE = b"\0\t\n\f\r "


def flate(pieces: Iterable[bytes], work: Work) -> Iterator[bytes]:
    """Unpack zlib's format. Data that is cut off gives what there is; a checksum that is wrong is no small thing."""
    unpacker = zlib.decompressobj()
    begun = False
    for piece in pieces:
        rest = piece if begun else piece.lstrip(b"\r\n")  # a line too many after the word "stream"
        begun = begun or bool(rest)
        more = True
        while more:
            before = len(rest)
            try:
                unpacked = unpacker.decompress(rest, PIECE)
            except zlib.error as error:
                raise DamagedPdf("data is not packed as it says, or was changed since") from error
            rest = unpacker.unconsumed_tail
            work.spend(1 + (before - len(rest) + len(unpacked)) // 128)
            if unpacked:
                yield unpacked
            if unpacker.eof:
                return
            # A full piece may have more behind it, although all that was packed is taken.
            more = bool(rest) or len(unpacked) == PIECE


def ascii85(pieces: Iterable[bytes], work: Work) -> Iterator[bytes]:
    """Unpack base 85: five characters for four bytes, z for four zeros."""
    rest = b""
    begun = False
    for piece in _smaller(pieces, PIECE // 8):
        work.spend(1 + len(piece) // 64)
        text = piece.translate(None, _SPACE)
        if not begun and text:
            text, begun = text.removeprefix(b"<~"), True
        text, end, _ = text.partition(b"~")
        rest = (rest + text).replace(b"z", b"!!!!!")
        whole = len(rest) - len(rest) % 5
        work.spend(whole // 4)
        yield _base85(rest[:whole])
        rest = rest[whole:]
        if end:
            break
    if rest:
        yield _base85(rest)


def _base85(text: bytes) -> bytes:
    try:
        return base64.a85decode(text)
    except ValueError as error:
        raise DamagedPdf("data is not base 85 as it says") from error


def ascii_hex(pieces: Iterable[bytes], work: Work) -> Iterator[bytes]:
    """Unpack hexadecimal digits."""
    rest = b""
    for piece in pieces:
        text, end, _ = piece.translate(None, _SPACE).partition(b">")
        work.spend(1 + len(piece) // 128)
        rest += text
        if end:
            rest += b"0" * (len(rest) % 2)
        whole = len(rest) - len(rest) % 2
        try:
            yield binascii.unhexlify(rest[:whole])
        except binascii.Error as error:
            raise DamagedPdf("data is not hexadecimal as it says") from error
        rest = rest[whole:]
        if end:
            return


def run_length(pieces: Iterable[bytes], work: Work) -> Iterator[bytes]:
    """Unpack runs: a length and as many bytes, or a length and a byte to repeat."""
    rest = b""
    for piece in _smaller(pieces, PIECE // 128):
        rest += piece
        unpacked: list[bytes] = []
        position = 0
        while position < len(rest):
            length = rest[position]
            if length == 128:
                yield b"".join(unpacked)
                return
            used = length + 2 if length < 128 else 2
            if position + used > len(rest):
                break
            if length < 128:
                unpacked.append(rest[position + 1 : position + used])
            else:
                unpacked.append(rest[position + 1 : position + 2] * (257 - length))
            position += used
        work.spend(1 + len(unpacked) // 2 + len(piece) // 64)
        rest = rest[position:]
        yield b"".join(unpacked)


_CLEAR, _END = 256, 257


def lzw(pieces: Iterable[bytes], work: Work, *, early: int = 1) -> Iterator[bytes]:
    """Unpack LZW.

    Args:
        pieces: what is packed.
        work: pays for it.
        early: 1 where codes get longer one code early, as most writers have it.
    """
    table = [bytes([one]) for one in range(256)] + [b"", b""]
    before = b""
    width, bits, held = 9, 0, 0
    for piece in _smaller(pieces, 16):
        unpacked: list[bytes] = []
        for byte in piece:
            bits, held = (bits << 8) | byte, held + 8
            if held < width:
                continue
            held -= width
            code = bits >> held
            bits &= (1 << held) - 1
            if code == _CLEAR:
                del table[258:]
                before, width = b"", 9
                continue
            if code == _END:
                yield b"".join(unpacked)
                return
            if code < len(table):
                entry = table[code]
            elif code == len(table) and before:
                entry = before + before[:1]
            else:
                raise DamagedPdf("data is not packed by LZW as it says")
            unpacked.append(entry)
            if before and len(table) < 4096:
                table.append(before + entry[:1])
                if len(table) + early >= 1 << width and width < 12:
                    width += 1
            before = entry
        work.spend(1 + len(piece))
        yield b"".join(unpacked)


_BYTES_A_STEP = {1: 4, 2: 16, 3: 4, 4: 1}


def png_rows(pieces: Iterable[bytes], work: Work, *, row: int, pixel: int) -> Iterator[bytes]:
    """Undo PNG's predictors, which write each byte as its difference from its neighbours.

    Args:
        pieces: what is packed.
        work: pays for it.
        row: bytes of a row.
        pixel: bytes of a pixel.
    """
    above = bytes(row)
    for line in _cut(pieces, row + 1):
        predictor = line[0]
        work.spend(2 + row // _BYTES_A_STEP.get(predictor, 128))
        data = bytearray(line[1:].ljust(row, b"\0"))
        if predictor == 2:
            data = bytearray([(one + other) & 255 for one, other in zip(data, above, strict=True)])
        elif predictor in (1, 3, 4):
            _undo(predictor, data, above, pixel)
        above = bytes(data)
        yield above


def _undo(predictor: int, data: bytearray, above: bytes, pixel: int) -> None:
    for place in range(len(data)):
        left = data[place - pixel] if place >= pixel else 0
        if predictor == 1:
            guess = left
        elif predictor == 3:
            guess = (left + above[place]) // 2
        else:
            guess = _paeth(left, above[place], above[place - pixel] if place >= pixel else 0)
        data[place] = (data[place] + guess) & 255


def _paeth(left: int, above: int, corner: int) -> int:
    guess = left + above - corner
    # The nearest of the three; of equals the first.
    return min(
        (abs(guess - left), 0, left), (abs(guess - above), 1, above), (abs(guess - corner), 2, corner)
    )[2]


def tiff_rows(pieces: Iterable[bytes], work: Work, *, row: int, pixel: int) -> Iterator[bytes]:
    """Undo TIFF's predictor, which writes each byte as its difference from the one on its left."""
    for line in _cut(pieces, row):
        work.spend(2 + len(line) // 4)
        data = bytearray(line)
        for place in range(pixel, len(data)):
            data[place] = (data[place] + data[place - pixel]) & 255
        yield bytes(data)


def _smaller(pieces: Iterable[bytes], size: int) -> Iterator[bytes]:
    # For filters that give much more than they take.
    for piece in pieces:
        for start in range(0, len(piece), size):
            yield piece[start : start + size]


def _cut(pieces: Iterable[bytes], size: int) -> Iterator[bytes]:
    rest = b""
    for piece in pieces:
        rest += piece
        whole = len(rest) - len(rest) % size
        for start in range(0, whole, size):
            yield rest[start : start + size]
        rest = rest[whole:]
    if rest:
        yield rest

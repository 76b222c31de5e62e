"""A stream's data through all its filters (ISO 32000-1, 7.3.8 and 7.4)."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, TypeAlias

from . import filters
from .objects import Name
from .work import DamagedPdf, TooManyBytes, TooMuchWork

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from .objects import Stream, Value
    from .work import Work

    Resolve: TypeAlias = Callable[[Value], Value]
    Filter: TypeAlias = Callable[[Iterable[bytes], Work], Iterator[bytes]]

MAX_FILTERS = 8
"""Filters one after another. Two are usual."""
_FILTERS = {
    b"FlateDecode": filters.flate,
    b"Fl": filters.flate,
    b"LZWDecode": filters.lzw,
    b"LZW": filters.lzw,
    b"ASCII85Decode": filters.ascii85,
    b"A85": filters.ascii85,
    b"ASCIIHexDecode": filters.ascii_hex,
    b"AHx": filters.ascii_hex,
    b"RunLengthDecode": filters.run_length,
    b"RL": filters.run_length,
}


def packed(stream: Stream, data: bytes, resolve: Resolve, work: Work) -> bytes:
    """Return a stream's data as it stands in the file.

    Args:
        stream: the stream.
        data: the file.
        resolve: gives what a reference means.
        work: pays for it.

    Raises:
        DamagedPdf: it has no end.
    """
    length = resolve(stream.entries.get(b"Length"))
    if isinstance(length, int) and length >= 0:
        end = stream.start + length
        if data[end : end + 16].lstrip(b"\0\t\n\f\r ").startswith(b"endstream"):
            return data[stream.start : end]
    end = data.find(b"endstream", stream.start)
    if end < 0:
        raise DamagedPdf("data has no end")
    work.spend(1 + (end - stream.start) // 1024)
    return data[stream.start : end]


def unpack(packed: bytes, entries: dict[bytes, Value], resolve: Resolve, work: Work, *, most: int) -> bytes:
    """Unpack a stream's data.

    Args:
        packed: the data as it stands in the file.
        entries: the stream's dictionary.
        resolve: gives what a reference means.
        work: pays for it.
        most: bytes it may come to.

    Raises:
        DamagedPdf: it isn't packed as it says, or by a filter that no file's data needs.
        TooManyBytes: it comes to more.
        TooMuchWork: it takes too many steps.
    """
    pieces: Iterable[bytes] = (
        packed[start : start + filters.PIECE] for start in range(0, len(packed), filters.PIECE)
    )
    for one in _chain(entries, resolve):
        pieces = one(pieces, work)
    unpacked: list[bytes] = []
    left = most
    for piece in pieces:
        left -= len(piece)
        if left < 0:
            raise TooManyBytes
        unpacked.append(piece)
    return b"".join(unpacked)


def _chain(entries: dict[bytes, Value], resolve: Resolve) -> Iterator[Filter]:
    names = _list(resolve(entries.get(b"Filter", entries.get(b"F"))))
    given = _list(resolve(entries.get(b"DecodeParms", entries.get(b"DP"))))
    if len(names) > MAX_FILTERS:
        raise TooMuchWork
    for place, unresolved in enumerate(names):
        name = resolve(unresolved)
        if not isinstance(name, Name) or name not in _FILTERS:
            known = name.decode("latin-1")[:40] if isinstance(name, Name) else "that has no name"
            raise DamagedPdf(f"data is packed by a filter {known}")
        parameters = resolve(given[place]) if place < len(given) else None
        if not isinstance(parameters, dict):
            yield _FILTERS[name]
            continue
        numbers = {key: value for key, one in parameters.items() if isinstance(value := resolve(one), int)}
        if _FILTERS[name] is filters.lzw:
            yield partial(filters.lzw, early=0 if numbers.get(b"EarlyChange") == 0 else 1)
        else:
            yield _FILTERS[name]
        if (predictor := _predictor(numbers)) is not None:
            yield predictor


def _list(value: Value) -> list[Value]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def _predictor(numbers: dict[bytes, int]) -> Filter | None:
    predictor = numbers.get(b"Predictor", 1)
    if predictor < 2:
        return None
    bits, colors, columns = (numbers.get(key, default) for key, default in _DEFAULTS)
    row = (columns * colors * bits + 7) // 8
    if min(bits, colors, columns) < 1 or row > filters.MAX_ROW:
        raise DamagedPdf("a predictor has rows of an impossible length")
    pixel = max(1, colors * bits // 8)
    if predictor == 2 and bits != 8:
        raise DamagedPdf("a predictor works on parts of bytes")
    return partial(filters.tiff_rows if predictor == 2 else filters.png_rows, row=row, pixel=pixel)


_DEFAULTS = ((b"BitsPerComponent", 8), (b"Colors", 1), (b"Columns", 1))

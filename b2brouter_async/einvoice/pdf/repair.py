"""Where the objects of a damaged PDF are: looked for in the whole file, as every reader does."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from attrs import frozen

from .objects import Reference, Stream, Value
from .work import DamagedPdf

if TYPE_CHECKING:
    from .objects import Objects

_HEADING = re.compile(rb"(?<![0-9])([0-9]{1,10})[\0\t\n\f\r ]+[0-9]{1,5}[\0\t\n\f\r ]+\Z")
_LENGTH = re.compile(rb"/Length[\0\t\n\f\r ]+([0-9]{1,10})[\0\t\n\f\r ]*[/>]")
_BEFORE, _BEHIND = 40, 2048
_STEPS = 6
"""For each object: what it costs to look at it and to remember it."""


@frozen
class Found:
    """What the whole file holds."""

    positions: dict[int, int]
    """Where each object begins; of several with one number the last, which replaces the others."""
    object_streams: list[int]
    """Their numbers, the last first."""
    trailer: dict[bytes, Value]


def look_for_objects(objects: Objects) -> Found:
    """Go through the whole file.

    Raises:
        DamagedPdf: no catalogue of the document is found.
        TooMuchWork: the file has too many objects for this.
    """
    data, work = objects.data, objects.work
    positions: dict[int, int] = {}
    object_streams: dict[int, None] = {}
    roots: list[int] = []
    catalogues: list[int] = []
    position = 0
    while (found := data.find(b"obj", position)) >= 0:
        work.spend(1 + (found - position) // 1024)
        position = found + len(b"obj")
        heading = _HEADING.search(data[max(0, found - _BEFORE) : found])
        if heading is None:
            continue
        work.spend(_STEPS)
        number = int(heading[1])
        positions[number] = max(0, found - _BEFORE) + heading.start()
        head = data[position : position + _BEHIND].partition(b"endobj")[0]
        entries, stream, _ = head.partition(b"stream")
        if b"/Catalog" in entries:
            catalogues.append(number)
        if not stream:
            continue
        if b"/ObjStm" in entries:
            object_streams[number] = None
        if b"/XRef" in entries and b"/Root" in entries:
            roots.append(positions[number])
        position = _behind_data(data, position + len(entries) + len(stream), entries)
    return Found(positions, list(object_streams)[::-1], _trailer(objects, roots, catalogues))


def _behind_data(data: bytes, position: int, entries: bytes) -> int:
    # A file attached as it is may be a PDF with objects of its own, which are none of ours.
    length = _LENGTH.search(entries + b">")
    if length is not None:
        end = position + int(length[1])
        if data[end : end + 20].lstrip(b"\0\t\n\f\r ").startswith(b"endstream"):
            return end
    return position


def _trailer(objects: Objects, roots: list[int], catalogues: list[int]) -> dict[bytes, Value]:
    position = len(objects.data)
    while (position := objects.data.rfind(b"trailer", 0, position)) >= 0:
        objects.work.spend(10)
        try:
            entries, _ = objects.read(position + len(b"trailer"))
        except DamagedPdf:
            continue
        if isinstance(entries, dict) and b"Root" in entries:
            return entries
    for root in reversed(roots):
        _, stream = objects.indirect(root)
        if isinstance(stream, Stream):
            return stream.entries
    if catalogues:
        return {b"Root": Reference(catalogues[-1])}
    raise DamagedPdf("it has no catalogue")

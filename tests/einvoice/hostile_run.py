"""Reads every hostile document at its full size, each in a process of its own, and measures what that takes.

    python -m tests.einvoice.hostile_run

A document may take 100 MB and 2 seconds, whatever is inside. Linux only: it reads /proc.
"""

from __future__ import annotations

import multiprocessing
import sys
import time
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

from b2brouter_async.einvoice import UnreadableDocument, read_document

from .envelopes import hostile_envelopes
from .pdfs import MB, hostile
from .samples import facturx_pdf
from .xmls import hostile_xml

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

MOST_MEGABYTES, MOST_SECONDS = 100, 2.0
SIZE, UNPACKED = 20 * MB, 512 * MB
_STATUS = Path("/proc/self/status")


def documents() -> Iterable[tuple[str, Callable[[], bytes]]]:
    """Everything that is read, by name."""
    return chain(hostile(SIZE, UNPACKED), hostile_xml(SIZE), hostile_envelopes(SIZE))


def _memory(what: str) -> int:
    line = next(line for line in _STATUS.read_text().splitlines() if line.startswith(what))
    return int(line.split()[1]) * 1024


def measure(name: str) -> tuple[int, float, float, str]:
    """Read one document; return its bytes, the megabytes and seconds that took, and what came of it."""
    content = dict(documents())[name]()
    read_document(facturx_pdf())  # the parsers' own import isn't the document's
    before = _memory("VmRSS")
    Path("/proc/self/clear_refs").write_text("5")
    begun = time.process_time()
    try:
        end = f"read as {read_document(content, max_bytes=SIZE + MB).number}"
    except UnreadableDocument as error:
        end = error.reason
    seconds = time.process_time() - begun
    return len(content), (_memory("VmHWM") - before) / MB, seconds, end


def main() -> int:
    """Measure them all; return 1 where one takes too much."""
    failed = 0
    names = [name for name, _ in documents()]
    with multiprocessing.get_context("spawn").Pool(maxtasksperchild=1) as pool:
        results = pool.imap(measure, names, chunksize=1)
        for name, (size, megabytes, seconds, end) in zip(names, results, strict=True):
            failed += _told(name, size, megabytes, seconds, end)
    return 1 if failed else 0


def _told(name: str, size: int, megabytes: float, seconds: float, end: str) -> bool:
    too_much = megabytes > MOST_MEGABYTES or seconds > MOST_SECONDS
    line = f"{name:45} {size / MB:5.1f} MB  +{megabytes:5.1f} MB  {seconds:5.2f} s  {end[:90]}"
    print(line + ("  TOO MUCH" if too_much else ""), flush=True)
    return too_much


if __name__ == "__main__":
    sys.exit(main())

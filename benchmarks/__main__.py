"""Measure everything once and print one table: each line with its goal and the peers beside it.

    python -m benchmarks [PROGRAM ...] [--write docs/benchmarks.md]

Each program runs in an interpreter of its own, one after the other. Ends with status 1 where a goal is missed by more than a
tenth, and with 2 where a program failed. Peers that are not installed are told, and their figures left out.
"""

from __future__ import annotations

import argparse
import datetime
import json
import os
import platform
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from . import peers
from .table import Line, figure

if TYPE_CHECKING:
    from collections.abc import Sequence

ORDER = (
    "reading",
    "call",
    "lists",
    "import_time",
    "first_call",
    "limiter",
    "limiter_cost",
    "bulk",
    "simulator",
)
"""The table's order; programs that it doesn't name come last."""


def programs_here() -> list[str]:
    """Return the modules of this folder that have `lines()`."""
    found = [
        one.stem for one in Path(__file__).parent.glob("*.py") if "\ndef lines(" in one.read_text("utf-8")
    ]
    return sorted(found, key=lambda name: (ORDER.index(name) if name in ORDER else len(ORDER), name))


PROGRAMS = tuple(programs_here())

PACKAGES = ("httpx", "httpx2", "anyio", "attrs", "simplejson", "trio")
"""Whose versions the page names."""


def measured(program: str) -> list[Line]:
    """Run a program and return its lines; those it printed before it failed, if it did.

    Raises:
        subprocess.CalledProcessError: it failed.
    """
    command = [sys.executable, "-m", "benchmarks.table", program]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    return [Line(**json.loads(one)) for one in done.stdout.splitlines()]


def row(line: Line) -> tuple[str, ...]:
    """Return a line's cells."""
    peers = ", ".join(f"{name} {figure(value)}" for name, value in line.peers.items())
    return (
        line.name,
        f"{figure(line.measured)} {line.unit}",
        line.goal_text + (" MISSED" if line.missed else ""),
        peers,
        line.note,
    )


HEAD = ("what", "measured", "goal", "peers, the same unit", "note")


def text(lines: Sequence[Line]) -> str:
    """Return the table for a terminal."""
    rows = [HEAD, *(row(line) for line in lines)]
    widths = [max(len(one[column]) for one in rows) for column in range(len(HEAD))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(one, widths, strict=True)).rstrip() for one in rows
    )


def page_of(lines: Sequence[Line]) -> str:
    """Return docs/benchmarks.md."""
    rows = [HEAD, tuple("---" for _ in HEAD), *(row(line) for line in lines)]
    table = "\n".join(f"| {' | '.join(cells)} |" for cells in rows)
    today = datetime.datetime.now(datetime.UTC).date()
    versions = ", ".join(f"{name} {version(name)}" for name in PACKAGES)
    others = ", ".join(f"{name} {number}" for name, number in peers.versions().items())
    missing = f" Not installed: {', '.join(peers.missing())}." if peers.missing() else ""
    load = os.getloadavg()[0] / (os.cpu_count() or 1)
    python = f"{platform.python_implementation()} {platform.python_version()}"
    return f"""# Benchmarks

Written by `make bench` on {today}, with {python}, {versions}.
Peers: {others}.{missing} The load of the machine at the end was {load:.1f} for each processor.

Each figure is a ratio to something measured in the same run, or processor time, or a count; nothing is timed against a clock
alone, since that would say what the machine is. A goal counts as missed where it is missed by more than a tenth.

{table}

## Where the time of a call goes

One call over a transport in memory, function by function; the widths are time, and what a function calls stands below it
(`python -m benchmarks.call_profile docs/call-profile.svg`):

![A typed call: pipeline, transport, httpx, and the reading of the reply](call-profile.svg)

A request without content is made here instead of by `build_request`, with headers that are bytes from the start: that brought
the typed call in memory from 1.90 to 1.55 times a bare one. What is left beside httpx is the pipeline, the limiter and the
reading of the reply.

## Why it is so

Large pages are read in slices of 50 rows and not in a thread: a thread takes the interpreter's lock from the event loop for
longer than a slice does, and costs the same work besides (the lines of the longest gap name both). What is in a program
besides is left to no garbage collector in those lines: a full collection stops every program for as long as its objects
take, whatever is being read.

What starting costs is measured as where nothing but this package is installed: httpx imports click, rich, pygments and trio
where it finds them, which would make it look dearer and us cheaper.

Of the client with its first resource, httpx, attrs and anyio alone take about 1.2 to 1.3 times `import httpx`; what is ours is
some 50 modules and 20 classes of attrs, each of which compiles its methods when it is made. Lists, files, models, refusals and
the limiter's reports are loaded when they are first needed (tests/runtime/test_what_is_loaded.py), and `preload()` loads them
at once. What is left are the parts that every call goes through: client, pipeline, transport, limiter.

In a first call everybody pays for all that is imported, asyncio too. The bare httpx call among the peers is the floor of both
stripe and us: more than half of our time is asyncio, httpx, httpcore, h11 and anyio. Certificates are read over https alone;
the line below tells what a call costs that needs them. What is left of ours is the same modules, and the models of the
reply, each a class with its `__init__`, `__eq__` and slots.

Models are read by a loader that is written for each of them once (`_core/readers.py`). cattrs was measured in its place, with
hooks for amounts, dates and states: 4.3 times `json.loads` for the page of 500 invoices, where ours took 3.7 in the same run. And it keeps
less: no unknown fields, no spelling that is written back as it came, no JSON path in an error.
"""


def main(programs: Sequence[str], write: Path | None) -> int:
    lines: list[Line] = []
    failed: list[str] = []
    for name in peers.missing():
        print(f"not installed: {name}; `make bench` installs it", file=sys.stderr)
    for program in programs:
        print(f"measuring: {program}", file=sys.stderr, flush=True)
        try:
            lines += measured(program)
        except subprocess.CalledProcessError as error:
            print(f"{program} ended with status {error.returncode}", file=sys.stderr)
            failed.append(program)
    print(text(lines))
    if write is not None and not failed:
        write.write_text(page_of(lines), encoding="utf-8")
    missed = [line.name for line in lines if line.missed]
    if missed:
        print(f"missed by more than a tenth: {'; '.join(missed)}")
    return 2 if failed else 1 if missed else 0


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m benchmarks")
    parser.add_argument(
        "programs", nargs="*", metavar="PROGRAM", help=f"of {', '.join(PROGRAMS)}; all if none"
    )
    parser.add_argument("--write", type=Path, help="also write the table there, as Markdown")
    given = parser.parse_args()
    raise SystemExit(main(given.programs or PROGRAMS, given.write))

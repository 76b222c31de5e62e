"""Measure everything once and print one table: each line with its goal and the peers beside it.

    python -m benchmarks [PROGRAM ...] [--write docs/benchmarks.md]

Each program runs in an interpreter of its own, one after the other. Ends with status 1 where a goal is missed by more than a
tenth, and with 2 where a program failed.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from typing import TYPE_CHECKING

from .table import Line, figure

if TYPE_CHECKING:
    from collections.abc import Sequence

PROGRAMS = ("reading", "call")
"""Modules of this folder that have `lines()`, in the table's order."""


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


def main(programs: Sequence[str]) -> int:
    lines: list[Line] = []
    failed: list[str] = []
    for program in programs:
        print(f"measuring: {program}", file=sys.stderr, flush=True)
        try:
            lines += measured(program)
        except subprocess.CalledProcessError as error:
            print(f"{program} ended with status {error.returncode}", file=sys.stderr)
            failed.append(program)
    print(text(lines))
    missed = [line.name for line in lines if line.missed]
    if missed:
        print(f"missed by more than a tenth: {'; '.join(missed)}")
    return 2 if failed else 1 if missed else 0


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m benchmarks")
    parser.add_argument(
        "programs", nargs="*", metavar="PROGRAM", help=f"of {', '.join(PROGRAMS)}; all if none"
    )
    given = parser.parse_args()
    raise SystemExit(main(given.programs or PROGRAMS))

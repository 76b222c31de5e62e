"""Where the command line writes: results on standard output, everything else on standard error."""

from __future__ import annotations

import os
import sys

from rich.console import Console

from .words import printable


def results() -> Console:
    """Return a console for what was asked for."""
    return Console(highlight=False, soft_wrap=not sys.stdout.isatty())


def remarks() -> Console:
    """Return a console for progress, warnings and errors."""
    return Console(stderr=True, highlight=False, soft_wrap=not sys.stderr.isatty())


def complain(problem: str) -> None:
    """Say what went wrong, in one sentence."""
    remarks().print(f"b2brouter: {printable(problem)}", markup=False, style="red")


def hush() -> None:
    """Write standard output to nowhere from now on: whoever read it has enough, and the interpreter must not complain."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)

"""The command line: `b2brouter …`. Installed with `b2brouter-async[cli]`."""

from __future__ import annotations

import os
import sys
from importlib.util import find_spec
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["main"]

_NEEDED = ("typer", "rich")


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and end the process.

    Args:
        arguments: what stands behind `b2brouter`; taken from the process when left out.

    Raises:
        SystemExit: always, with the exit status.
    """
    if any(find_spec(name) is None for name in _NEEDED):
        print(
            "b2brouter needs the extra 'cli'; install it with: pip install 'b2brouter-async[cli]'",
            file=sys.stderr,
        )
        raise SystemExit(2)
    # A shell may have closed them (>&-): then nothing is read, and what is printed goes nowhere.
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: SIM115 - until the process ends
    try:
        from .app import run

        status = run(arguments)
    except KeyboardInterrupt:  # while modules were loaded: nothing was begun
        status = 130
    raise SystemExit(status)


def __dir__() -> list[str]:
    return list(__all__)

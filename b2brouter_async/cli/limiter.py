"""`b2brouter limiter`: what the limit means for a program, in words."""

from __future__ import annotations

from typing import Annotated

import typer

from ..errors import ArgumentError
from ..generated.platform import ENVIRONMENTS
from ..limiter.forecast import forecast
from ..limiter.interface import BULK
from ..limiter.machine import Machine
from .output import duration, plural, print_json, results


def limiter(
    calls: Annotated[
        int, typer.Option(min=1, max=100_000, metavar="N", help="Calls that come at once.")
    ] = 30,
    environment: Annotated[str, typer.Option(metavar="NAME", help="Whose limit holds.")] = "sandbox",
    limit: Annotated[
        int | None, typer.Option(min=1, metavar="N", help="Another limit, in requests a minute.")
    ] = None,
    burst: Annotated[
        float | None,
        typer.Option(metavar="N", help="How many of them leave at once after idling; as for the client."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
) -> None:
    """Tell when calls that come at once would leave. Nothing is sent, and no key is needed."""
    if environment not in ENVIRONMENTS:
        raise ArgumentError(f"one of {', '.join(ENVIRONMENTS)}", argument="environment")
    requests = ENVIRONMENTS[environment][1] if limit is None else limit
    machine = Machine[int](requests, burst=burst)
    figures = {
        "limit": requests,
        "burst": int(machine.burst),
        "bulk_burst": int(machine.bulk_burst),
        "in_flight": machine.max_in_flight,
        "calls": calls,
        "interactive": forecast(calls, limit=requests, burst=burst)[-1],
        "interactive_beside_bulk": forecast(calls, limit=requests, burst=burst, beside_bulk=True)[-1],
        "bulk": forecast(calls, limit=requests, burst=burst, priority=BULK)[-1],
    }
    if as_json:
        print_json(figures)
        return
    many = plural(calls, "call")
    for line in (
        f"{plural(requests, 'request')} a minute, at most {machine.max_in_flight} in flight",
        f"at once after idling: {plural(int(machine.burst), 'interactive call')}, or "
        f"{plural(int(machine.bulk_burst), 'request')} of bulk work",
        "",
        f"{many} at once after idling: the last leaves after {_seconds(figures['interactive'])}",
        f"{many} at once while bulk work sends all it can: after {_seconds(figures['interactive_beside_bulk'])}",
        f"the same as bulk work: after {_seconds(figures['bulk'])}",
    ):
        results().print(line, markup=False, highlight=False)


def _seconds(seconds: float) -> str:
    return f"{seconds:.1f} s" if seconds < 60 else duration(seconds)

"""`python -m b2brouter_async.simulator --port 8000`."""

from __future__ import annotations

import argparse
import math
import sys
from typing import TYPE_CHECKING, Any

import attrs

try:
    from .server.faults import KINDS
    from .server.limits import POLICIES
    from .simulator import Simulator
    from .spec import Spec
    from .state.world import Delays
except ModuleNotFoundError as _missing:
    sys.exit(
        f"the simulator needs {_missing.name}; install it with: pip install 'b2brouter-async[simulator]'"
    )

if TYPE_CHECKING:
    from collections.abc import Sequence

_DELAYS = tuple(field.name for field in attrs.fields(Delays))


def parser() -> argparse.ArgumentParser:
    """Return the command line."""
    parser = argparse.ArgumentParser(prog="python -m b2brouter_async.simulator", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (127.0.0.1)")
    parser.add_argument("--port", type=int, default=8000, help="port; 0 takes any free one (8000)")
    parser.add_argument("--api-key", default="test_simulator", help="the key requests carry (test_simulator)")
    parser.add_argument(
        "--environment", choices=["production", "sandbox", "staging"], default="sandbox",
        help="whose limit and rules hold (sandbox)",
    )  # fmt: skip
    parser.add_argument(
        "--limit", type=_limit, default="environment",
        help="requests in a period; 'none' for no limit (1000 in production, else 600)",
    )  # fmt: skip
    parser.add_argument("--period", type=float, default=60.0, help="period of the limit in seconds (60)")
    parser.add_argument(
        "--limit-policy", choices=POLICIES, default="fixed",
        help="how requests are counted: in fixed periods, in the last period, or as a bucket that fills (fixed)",
    )  # fmt: skip
    parser.add_argument(
        "--burst", type=int, default=None, help="what the bucket holds (a tenth of the limit)"
    )
    parser.add_argument(
        "--retry-after", choices=["seconds", "date"], default=None, help="header of a 429 (none)"
    )
    parser.add_argument(
        "--data", default=None, metavar="FILE", help="SQLite file to keep the state in (none)"
    )
    parser.add_argument(
        "--fault", action="append", default=[], dest="faults", metavar="FAULT",
        help="what goes wrong, as \"reset_after operation='POST /accounts/{}/invoices/import' probability=0.05\"; "
        f"may be given several times; kinds: {', '.join(KINDS)}",
    )  # fmt: skip
    parser.add_argument(
        "--delay", action="append", default=[], dest="delays", metavar="[WHAT=]SECONDS", type=_delay,
        help=f"how long what comes later takes: everything, or one of {', '.join(_DELAYS)}; may be given several times",
    )  # fmt: skip
    parser.add_argument(
        "--speed", type=float, default=1.0, help="seconds of the simulator in one of the clock (1)"
    )
    parser.add_argument(
        "--advance-per-request", type=float, default=0.0, metavar="SECONDS",
        help="let the clock go forward with each request, so that a client that polls sees the end soon (0)",
    )  # fmt: skip
    parser.add_argument("--strict", action="store_true", help="web hooks need a public https address")
    parser.add_argument(
        "--spec", type=_spec, default=None, metavar="FILE",
        help="answer by another OpenAPI spec, JSON or YAML (that of the package)",
    )  # fmt: skip
    parser.add_argument("--seed", type=int, default=0, help="of what happens by chance (0)")
    parser.add_argument(
        "--hook-repeats", type=float, default=0.0, help="probability that a web hook comes twice (0)"
    )
    parser.add_argument("--hook-disorder", action="store_true", help="web hooks come in any order")
    parser.add_argument("--no-content", action="store_true", help="send, ack, mark_as and delete answer 204")
    parser.add_argument("--newest-first", action="store_true", help="lists start with the newest")
    return parser


def main(arguments: Sequence[str] | None = None) -> None:
    """Serve a simulator until interrupted."""
    line = parser()
    options = options_of(line.parse_args(arguments))
    host, port = options.pop("host"), options.pop("port")
    try:
        Simulator(**options).run(host=host, port=port)
    except ValueError as error:
        line.exit(2, f"{line.prog}: {error}\n")
    except OSError as error:
        line.exit(2, f"{line.prog}: {host}:{port}: {error.strerror or error}\n")


def options_of(arguments: argparse.Namespace) -> dict[str, Any]:
    """Return what the command line says as arguments of `Simulator`, with `host` and `port` beside them."""
    options = vars(arguments)
    delays = Delays()
    for name, seconds in options.pop("delays"):
        delays = attrs.evolve(delays, **dict.fromkeys([name] if name else _DELAYS, seconds))
    return {**options, "delays": delays}


def _delay(text: str) -> tuple[str, float]:
    name, _, value = text.rpartition("=")
    if name and name not in _DELAYS:
        raise argparse.ArgumentTypeError(f"there is no delay {name!r}: it is one of {', '.join(_DELAYS)}")
    try:
        seconds = float(value)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{value!r} is no number of seconds") from None
    if not 0 <= seconds < math.inf:
        raise argparse.ArgumentTypeError(f"a delay is 0 seconds or more, and is {value}")
    return name, seconds


def _spec(path: str) -> Spec:
    try:
        return Spec.load(path)
    except (OSError, ValueError) as error:
        raise argparse.ArgumentTypeError(f"{path} is no OpenAPI spec: {error}") from None


def _limit(text: str) -> int | str | None:
    if text == "environment":
        return text
    if text == "none":
        return None
    try:
        return int(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is neither a number nor 'none'") from None


if __name__ == "__main__":
    main()

"""`b2brouter simulator`: a B2Brouter on your own machine, for any language."""

from __future__ import annotations

import typer  # noqa: TC002 - Typer resolves the annotations

from ..errors import ConfigurationError

# Every argument goes on as it is: the options are those of `python -m b2brouter_async.simulator`, by construction.
PASSED_ON: dict[str, bool | list[str]] = {
    "allow_extra_args": True,
    "ignore_unknown_options": True,
    "help_option_names": [],
}


def simulator(context: typer.Context) -> None:
    """Run a local B2Brouter until interrupted (--port, --data, --fault …; --help lists all)."""
    try:
        from ..simulator import Simulator
        from ..simulator.__main__ import options_of, parser
    except ModuleNotFoundError as error:
        raise ConfigurationError(
            f"the simulator needs {error.name}; install it with: pip install 'b2brouter-async[simulator]'"
        ) from None
    line = parser()
    line.prog = context.command_path
    line.description = "A local B2Brouter: stateful, with its limit, its quirks and faults on demand."
    options = options_of(line.parse_args(context.args))
    host, port = options.pop("host"), options.pop("port")
    try:
        Simulator(**options).run(host=host, port=port)
    except ValueError as error:
        raise ConfigurationError(str(error)) from None
    except OSError as error:
        raise ConfigurationError(f"{host}:{port}: {error.strerror or error}") from None

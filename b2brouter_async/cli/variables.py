"""Environment variables as the command takes them: a blank one is none, and a misspelt one is refused."""

from __future__ import annotations

import os
from typing import Any

from typer.core import TyperCommand

from ..config import COMMAND_VARIABLES, VARIABLES, refuse_misspelt


def settle_variables() -> None:
    """Take a blank variable for one that is not set, and the spaces around a value away."""
    for name in (*VARIABLES.values(), *COMMAND_VARIABLES):
        said = os.environ.get(name)
        if said is None:
            continue
        if not said.strip():
            del os.environ[name]
        elif said != said.strip():
            os.environ[name] = said.strip()


class Command(TyperCommand):
    """A command that passes over no misspelt variable of an option that nothing else says."""

    # Typer brings a click of its own, older ones use click itself: context and errors have two classes.
    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Refuse a misspelt variable, before what it should have said is missed.

        Raises:
            ConfigurationError: there is one; with the name that was probably meant.
        """
        try:
            rest = super().parse_args(ctx, args)
        except Exception as error:
            missing = getattr(error, "param", None)
            if type(error).__name__ == "MissingParameter" and missing is not None:
                refuse_misspelt(_variables_of(missing))
            raise
        for parameter in self.params:
            source = ctx.get_parameter_source(parameter.name)
            if source is not None and source.name == "DEFAULT":
                refuse_misspelt(_variables_of(parameter))
        return rest


def _variables_of(parameter: Any) -> list[str]:
    named = parameter.envvar
    return [named] if isinstance(named, str) else list(named or ())

"""Names of a package that are loaded when they are first used, so that importing the package costs next to nothing."""

from __future__ import annotations

import sys
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence


def lazy_names(
    package: str, homes: Mapping[str, Sequence[str]], *, extra: str | None = None
) -> tuple[Callable[[str], object], Callable[[], list[str]], list[str]]:
    """Return what a package takes as its `__getattr__`, `__dir__` and `__all__`.

        if not TYPE_CHECKING:
            __getattr__, __dir__, __all__ = lazy_names(__name__, {"client": ("B2Brouter",)})

    Type checkers read the imports that stand beside it and report a name that isn't there. Tests hold the two equal.

    Args:
        package: the package's own name.
        homes: for each module, as seen from the package, the names that are taken from it.
        extra: the extra of this distribution that brings what these modules import beyond the base install.

    Returns:
        The three, in this order.
    """
    home_of = {name: home for home, names in homes.items() for name in names}
    public = sorted(home_of)

    def load(name: str) -> object:
        home = home_of.get(name)
        if home is None:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        try:
            value: object = getattr(import_module(f".{home}", package), name)
        except ModuleNotFoundError as error:
            if extra is None:
                raise
            raise ModuleNotFoundError(
                f"{package} needs {error.name}; install it with: pip install 'b2brouter-async[{extra}]'",
                name=error.name,
            ) from None
        setattr(sys.modules[package], name, value)
        return value

    return load, lambda: list(public), public

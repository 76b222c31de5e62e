"""Names of a package that are loaded when they are first used, so that importing the package costs next to nothing."""

from __future__ import annotations

import sys
from importlib import import_module

# Not taken from `typing`, whose import takes longer than this package's. Type checkers know the name.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence


def lazy_names(
    package: str,
    homes: Mapping[str, Sequence[str]],
    *,
    extra: str | None = None,
    siblings: Sequence[str] = (),
) -> tuple[Callable[[str], object], Callable[[], list[str]], list[str]]:
    """Return what a package takes as its `__getattr__`, `__dir__` and `__all__`.

    Example:
        if not TYPE_CHECKING:
            __getattr__, __dir__, __all__ = lazy_names(__name__, {"client": ("B2Brouter",)})

    Type checkers read the imports that stand beside it and report a name that isn't there. Tests hold the two equal.

    Args:
        package: the package's own name.
        homes: for each module, as seen from the package, the names that are taken from it.
        extra: the extra of this distribution that brings what these modules import beyond the base install.
        siblings: packages with public names of their own, which somebody may look for here.

    Returns:
        The three, in this order.
    """
    home_of = {name: home for home, names in homes.items() for name in names}
    public = sorted(home_of)

    def load(name: str) -> object:
        home = home_of.get(name)
        if home is None:
            raise _unknown(name, package, public, siblings)
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


def _unknown(
    name: str, package: str, public: Sequence[str], siblings: Sequence[str]
) -> AttributeError | ImportError:
    """Return the error for a name that a package doesn't have, with where it is or what was probably meant."""
    plain = AttributeError(f"module {package!r} has no attribute {name!r}")
    if name.startswith("_"):
        return plain
    from importlib.machinery import PathFinder

    if PathFinder.find_spec(f"{package}.{name}", sys.modules[package].__path__) is not None:
        # `from b2brouter_async import errors` asks for the attribute first, and imports the module where there is none.
        return plain
    for sibling in siblings:
        if name in import_module(f".{sibling}", package).__all__:
            # Python replaces an AttributeError by words of its own where the name is imported.
            return ImportError(f"{name} is in {package}.{sibling}: from {package}.{sibling} import {name}")
    from difflib import get_close_matches  # only somebody who mistyped pays for it

    near = get_close_matches(name, public, n=1)
    hint = f"; did you mean {near[0]!r}?" if near else ""
    return AttributeError(f"module {package!r} has no attribute {name!r}{hint}")

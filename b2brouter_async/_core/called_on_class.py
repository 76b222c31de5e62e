"""What somebody meant who called on the class what belongs to an object of it: `B2Brouter.upload(…)`."""

from __future__ import annotations

from functools import cached_property, update_wrapper, wraps
from inspect import isfunction
from types import MethodType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable


class _Method:
    """A method that, called on the class, says how it is called."""

    def __init__(self, function: Callable[..., Any], told: str) -> None:
        self._function = function
        self._told = told
        itself: Any = self
        update_wrapper(itself, function)

    def __get__(self, instance: object, owner: type | None = None) -> Any:
        if instance is not None:
            return MethodType(self._function, instance)

        @wraps(self._function)
        def on_the_class(*arguments: Any, **options: Any) -> Any:
            if arguments and owner is not None and isinstance(arguments[0], owner):
                return self._function(*arguments, **options)
            raise TypeError(self._told)

        return on_the_class


class _Part(cached_property[Any]):
    """A part of an object that, on the class, says where it is."""

    told = ""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        raise AttributeError(self.told)


def tell_what_was_meant(kind: type, *, made: str, variable: str) -> None:
    """Let the public methods and parts of a class say what was meant where they are used on the class itself.

    Args:
        kind: the class.
        made: how an object of it is made, for example `async with B2Brouter(…) as client`.
        variable: the object's name there.
    """
    for name, value in list(vars(kind).items()):
        told = f"{kind.__name__}.{name} belongs to an object: {made}, then {variable}.{name}"
        if name.startswith("_"):
            continue
        if isfunction(value):
            setattr(kind, name, _Method(value, f"{told}(…)"))
        elif isinstance(value, cached_property):
            part = _Part(value.func)
            part.told = told
            part.__set_name__(kind, name)
            setattr(kind, name, part)

"""Classes that only hold what they are made with, for what every program loads at its start.

attrs writes and compiles the methods of each of its classes when the class is made, which takes as long as loading two modules.
These are declared the same way and compile nothing: one `__init__` serves them all. What is public, and whatever checks or
converts its values, stays with attrs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Self, dataclass_transform


@dataclass_transform(frozen_default=True, eq_default=False)
class Record:
    """What is declared in the class, given by place or by name and never changed. Each equals itself alone.

    Example:
        class Place(Record):
            path: str
            query: str = ""

        Place("/accounts").changed(query="limit=5")
    """

    _names: ClassVar[tuple[str, ...]]
    _defaults: ClassVar[dict[str, object]]

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        cls._names = tuple(cls.__annotations__)
        cls._defaults = {name: vars(cls)[name] for name in cls._names if name in vars(cls)}

    def __init__(self, *values: Any, **named: Any) -> None:
        """Take the values, which are Any here: type checkers read them in the class.

        Raises:
            TypeError: one is missing, there are too many, or there is none of that name.
        """
        held = vars(self)
        held.update(self._defaults)
        held.update(zip(self._names, values, strict=False))
        held.update(named)
        if len(held) != len(self._names) or len(values) > len(self._names):
            raise TypeError(f"{type(self).__name__} takes {', '.join(self._names)}; got {', '.join(held)}")

    def changed(self, **values: Any) -> Self:
        """Return another one, with other values for some names.

        Raises:
            TypeError: there is none of that name.
        """
        return type(self)(**{**vars(self), **values})

    if not TYPE_CHECKING:  # type checkers know it already

        def __setattr__(self, name, value):
            raise AttributeError(
                f"{type(self).__name__} is never changed; changed({name}=…) returns another one"
            )

"""A misspelt keyword argument is told with the one that was probably meant, as Python does since 3.13."""

from __future__ import annotations

import functools
import inspect
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")


def tells_misspelt(made: type[T]) -> type[T]:
    """Have a class say which argument was probably meant, where it is made with one that it doesn't have.

    Example:
        @tells_misspelt
        class Limits:
            def __init__(self, *, per_minute: int) -> None: ...

        Limits(per_minut=5)  # TypeError: Limits() has no argument 'per_minut'; did you mean 'per_minute'?
    """
    init: Callable[..., None] = made.__init__

    @functools.wraps(init)
    def __init__(self: T, *arguments: object, **values: object) -> None:  # noqa: N807
        try:
            init(self, *arguments, **values)
        except TypeError:
            known = [*inspect.signature(init).parameters][1:]
            wrong = next((name for name in values if name not in known), None)
            if wrong is None:
                raise
            raise TypeError(f"{made.__name__}() has no argument {wrong!r}; {_hint(wrong, known)}") from None

    made.__init__ = __init__  # type: ignore[method-assign, assignment]
    return made


def _hint(wrong: str, known: list[str]) -> str:
    from difflib import get_close_matches  # only somebody who mistyped pays for it

    near = get_close_matches(wrong.lower(), known, n=1, cutoff=0.6)
    near = near or [name for name in known if wrong.lower() in name.split("_")]
    return f"did you mean {near[0]!r}?" if near else f"it takes {', '.join(known)}"

"""Telling which of several things on the server is meant: all of them are looked at, and two are never taken for one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, TypeVar

from ..errors import B2BrouterError, UnparsableReplyError

if TYPE_CHECKING:
    from collections.abc import Callable

    from .._core.pagination import Pager


class AmbiguousMatchError(B2BrouterError):
    """Several things on the server fit what was asked for, or one fits it in part; nothing was changed.

    Attributes:
        ids: their ids.
    """

    def __init__(self, problem: str, ids: tuple[int, ...]) -> None:
        """Tell what fits, and the way out."""
        super().__init__(problem)
        self.ids = ids


class HasId(Protocol):
    """A row of a list."""

    @property
    def id(self) -> int:
        """Its id."""
        ...


R = TypeVar("R", bound=HasId)

_READINGS = 3


async def every(make: Callable[[], Pager[R]]) -> list[R]:
    """Return all rows of a list, by their ids.

    Rows may move while pages are read (behaviour 12), and one that was passed over may be the one that is looked for.
    So the rows are counted, and the list is read again where some are missing.

    Args:
        make: returns the list, from its beginning.

    Raises:
        UnparsableReplyError: the server gives fewer rows than it counts, again and again.
    """
    found: dict[int, R] = {}
    seen = counted = 0
    for _ in range(_READINGS):
        found.clear()
        counted = 0
        async for page in make().pages():
            counted = max(counted, page.total_count or 0)
            found |= {row.id: row for row in page.items}
        seen = len(found)
        if seen >= counted:
            return [found[number] for number in sorted(found)]
    raise UnparsableReplyError(f"the list gave {seen} of {counted} rows")

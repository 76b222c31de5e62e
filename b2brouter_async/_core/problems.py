"""Something that is wrong with a request, known before it is sent."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import frozen

from ..errors import ArgumentError

if TYPE_CHECKING:
    from collections.abc import Iterable

_MOST = 5


@frozen
class Problem:
    """Something that is wrong with what would be sent, or worth a look.

    Example:
        for problem in InvoiceInput(number="F-1").problems():
            print(problem.place, problem.text, problem.stops)
    """

    place: str
    """For example `invoice_lines_attributes[0].taxes_attributes[0].name`."""
    text: str
    """What is wrong, and the way out."""
    stops: bool = True
    """Whether it is refused before it is sent."""
    since: str = ""
    """The version of the API since which it holds."""

    def __str__(self) -> str:
        return f"{self.place}: {self.text}" if self.place else self.text


def refuse(problems: Iterable[Problem], api_version: str) -> None:
    """Refuse a request with problems that stop it.

    Args:
        problems: what is wrong with it.
        api_version: the version of the API that it would be sent to.

    Raises:
        ArgumentError: with the first five of them.
    """
    [*stops] = [one for one in problems if one.stops and api_version >= one.since]
    if not stops:
        return
    first, *rest = stops
    more = "".join(f"; also {one}" for one in rest[: _MOST - 1])
    more += f"; and {len(stops) - _MOST} more" if len(stops) > _MOST else ""
    raise ArgumentError(f"{first.text}{more}", argument=first.place or None)

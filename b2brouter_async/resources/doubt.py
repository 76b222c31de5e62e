"""What is done about a write where nobody knows whether the server carried it out."""

from __future__ import annotations

from typing import Literal, TypeAlias

from ..errors import ArgumentError

OnUnknown: TypeAlias = Literal["raise", "reconcile"]
"""`raise` raises OutcomeUnknownError, `reconcile` looks for what the write was to make."""


def reconciles(on_unknown: str) -> bool:
    """Tell whether it is looked for.

    Raises:
        ArgumentError: it is neither of the two words.
    """
    if on_unknown not in ("raise", "reconcile"):
        raise ArgumentError(f'{on_unknown!r} is neither "raise" nor "reconcile"', argument="on_unknown")
    return on_unknown == "reconcile"

"""What is wrong with a call that says it is a web hook."""

from __future__ import annotations

from typing import Literal, TypeAlias

from ..errors import B2BrouterError

Reason: TypeAlias = Literal["missing", "malformed", "mismatch", "too_old", "too_new", "unreadable"]
"""Why a call was refused: no signature; one that can't be one; one of another secret or another body; a genuine one
that is too old or too far ahead; a genuine one around a body that is no event."""


class WebHookError(B2BrouterError, ValueError):
    """A call that is no genuine, timely, readable web hook. It holds no secret and nothing of the body.

    Attributes:
        reason: missing, malformed, mismatch, too_old, too_new or unreadable.
        age: seconds since the call was signed, negative for the future; for `too_old` and `too_new` alone.
    """

    def __init__(self, reason: Reason, problem: str, *, age: float | None = None) -> None:
        """Tell what is wrong, and the usual cause."""
        super().__init__(problem)
        self.reason: Reason = reason
        self.age = age

    def __str__(self) -> str:
        return f"{self.reason}: {self.args[0]}"

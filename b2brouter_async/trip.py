"""One request on its way: what is sent, and how far it came."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import define, field, frozen

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from .files import Upload


@frozen
class Outgoing:
    """One request as it leaves, all but the key and the version."""

    method: str
    path: str
    """Percent-encoded, from the root of the API."""
    query: tuple[tuple[str, str], ...]
    headers: Mapping[str, str]
    upload: Upload | None
    timeout: float
    """Seconds to wait for each step: a place in the pool, a write, a read."""


@define
class Trip:
    """How far a request came; kept up to date while it travels, so that a cancellation finds the truth."""

    on_answer: Callable[[int, Mapping[str, str]], None] = field(repr=False)
    """Called when the reply's status and headers are there, before its body is read."""
    left: bool = False
    """Whether a byte may have left this machine."""
    begun: bool = False
    """Whether the wire said that it begins to send the request."""
    status: int | None = None
    """Of the reply, once that much of it has come."""
    request_id: str | None = None
    """The server's, as the reply says."""

    def answered(self, status: int, headers: Mapping[str, str], request_id: str | None) -> None:
        """Note that the server replied."""
        self.left = True
        self.status = status
        self.request_id = request_id
        self.on_answer(status, headers)

    @property
    def undone(self) -> bool:
        """Whether the server has provably not done what was asked: it never came there, or met 429."""
        return not self.left or self.status == 429

"""What a call is answered with, and what whoever serves a protocol needs of the receiver behind it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from attrs import frozen

if TYPE_CHECKING:
    from contextlib import AbstractAsyncContextManager


@frozen
class Answer:
    """What to answer a call with.

    Example:
        answer = await hooks.receive(body, header)
        print(answer.status, answer.text)
    """

    status: int
    """204: stored, now or before. 400: refused. 413: too large. 503: it could not be stored, and shall come again."""
    text: str = ""


class Receiver(Protocol):
    """Takes calls in: `WebHooks`."""

    max_body: int
    body_timeout: float

    async def receive(self, body: bytes, header: bytes | None, *, encoding: str | None = None) -> Answer:
        """Verify and store a call."""
        ...

    def refuse(self, status: int, reason: str, text: str) -> Answer:
        """Count and log a call that is not taken in."""
        ...

    def running(self) -> AbstractAsyncContextManager[None]:
        """Work off what was taken in."""
        ...

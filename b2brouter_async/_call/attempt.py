"""One attempt of a call: the request as it goes to the transport, what may stand around it, and how far it came."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, TypeAlias

from attrs import field, frozen

from .._core.replies import Reply

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .content import RequestContent
    from .reply_body import Body


@frozen
class Attempt:
    """One request on its way: all but the key and the version, which the transport puts on.

    Example:
        async def named(attempt: Attempt, send: Next) -> Reply:
            headers = {**attempt.headers, "X-Job": "night"}
            return await send(attrs.evolve(attempt, headers=headers))


        async with B2Brouter(api_key="test_…", middleware=[named]) as client:
            await client.accounts.list()

    A middleware sees it and may send another one on, with other headers.
    """

    operation: str
    """The operation in the SDK, for example `invoices.create`."""
    number: int
    """Which attempt of the call this is; the first is 1."""
    method: str
    path: str
    """Percent-encoded, from the root of the API."""
    query: tuple[tuple[str, str], ...]
    headers: Mapping[str, str]
    account: str | None
    """The account the call is about, where its path names one."""
    content: RequestContent | None = field(default=None, repr=False, eq=False)
    """What the request carries."""
    guard: Callable[[], None] | None = field(default=None, repr=False, eq=False)
    """Called before each step of sending and before each piece of the content; what it raises ends the attempt."""
    timeout: float = 60.0
    """Seconds to wait for each step: a place in the pool, a write, a read."""
    total_timeout: float | None = None
    """Seconds for all of it, from its first step to the end of its reply."""
    streams: bool = False
    """Whether a reply that says yes is handed out as it comes: a middleware sees it without its content then."""


Next: TypeAlias = Callable[[Attempt], Awaitable[Reply]]
"""Sends the attempt on. To be awaited at most once."""

Middleware: TypeAlias = Callable[[Attempt, Next], Awaitable[Reply]]
"""Code that runs around every single request.

It runs inside the retry loop and below the limiter: once per attempt (and per redirect), after the token was granted
and before key and version are put on, so it sees neither. Error statuses come back from `next` as replies, not as
exceptions; whether they are repeated or raised is decided after all middleware has returned. What `next` raises is
`APIConnectionError` and its like. A middleware may change the attempt's headers with `attrs.evolve`, may answer by
itself (no token is spent then), and must not call `next` twice: a token was granted for one request.
"""


class Progress:
    """How far a request came; kept up to date while it is sent, so that a cancellation finds the truth."""

    def __init__(self, on_reply: Callable[[int, Mapping[str, str]], None]) -> None:
        """Begin before anything was sent.

        Args:
            on_reply: called when the reply's status and headers are there, before its body is read.
        """
        self.on_reply = on_reply
        self.left: bool = False
        """Whether a byte may have left this machine."""
        self.begun: bool = False
        """Whether the connection said that it begins to send the request."""
        self.status: int | None = None
        """Of the reply, once that much of it has come."""
        self.request_id: str | None = None
        """The server's, as the reply says."""
        self.reply: Reply | None = None
        """The reply, once it has come whole; of one that is handed out as it comes, all but its content."""
        self.body: Body | None = None
        """The content of such a reply, to be closed by whoever asked for it."""

    def reply_began(self, status: int, headers: Mapping[str, str], request_id: str | None) -> None:
        """Note that status and headers of the reply have come."""
        self.left = True
        self.status = status
        self.request_id = request_id
        self.on_reply(status, headers)

    @property
    def undone(self) -> bool:
        """Whether the server has provably not done what was asked: it never came there, or met 429."""
        return not self.left or self.status == 429

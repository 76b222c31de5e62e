"""Replies as they came, for whoever wants more of them than what they say."""

from __future__ import annotations

from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Generator

    from .operation import Reply

_lists: ContextVar[tuple[list[Reply], ...]] = ContextVar("b2brouter_async.recording", default=())


@contextmanager
def recorded_replies() -> Generator[list[Reply], None, None]:
    """Collect the replies of all calls that are made inside: status, headers, request id, and the body unparsed.

        with recorded_replies() as replies:
            invoice = await client.invoices.get(5)
        print(replies[-1].request_id, replies[-1].headers, replies[-1].json())

    Every reply is there in the order in which they came, also those that were answered by another attempt, by a
    redirect, or that raise an error. Calls of this task and of tasks started inside are collected, those of others
    not; recordings may be nested. Whole bodies are kept: don't let one run for ever.

    Returns:
        A list that fills while calls are made.
    """
    replies: list[Reply] = []
    token = _lists.set((*_lists.get(), replies))
    try:
        yield replies
    finally:
        _lists.reset(token)


def record(reply: Reply) -> None:
    """Add a reply to every recording that runs here."""
    for replies in _lists.get():
        replies.append(reply)

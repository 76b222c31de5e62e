"""A document's number in the ledger, as callers and queues hand it on."""

from __future__ import annotations

from ..errors import ArgumentError


def check_number(document: object) -> int:
    """Return a document's number.

    Args:
        document: what somebody gave for it.

    Raises:
        ArgumentError: it is no number.
    """
    if isinstance(document, bool) or not isinstance(document, int):
        raise ArgumentError(
            f"{document!r} is no number of a document; give the whole number that the outbox returned",
            argument="document",
        )
    return document

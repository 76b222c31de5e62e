"""Whether a call may be sent again, and when: small functions of the operation and of what came back."""

from __future__ import annotations

import enum
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

from .._core.jitter import JITTER
from .._core.operation import Repeat
from .._core.replies import Reply
from ..errors import APIConnectionError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from ..errors import CallError
    from .retry_policy import RetryPolicy

_MANY_REFUSALS = 4
"""From so many on a call waits by itself too: its limiter may be one that doesn't."""

_PASSING = frozenset({408, 429, 500, 502, 503, 504})
"""Statuses that may be another one the next time."""


class Fate(enum.Enum):
    """What is known about a request after one attempt."""

    DONE = "done"
    """It happened."""
    REFUSED = "refused"
    """It did not happen, and never will as it stands."""
    NOT_DONE = "not done"
    """It provably did not happen, and may the next time."""
    UNKNOWN = "unknown"
    """It may have happened, and asking again may get an answer."""
    UNKNOWN_FOR_GOOD = "unknown for good"
    """It may have happened, and asking again would get the same."""


def fate_of(result: Reply | CallError) -> Fate:
    """Tell what one attempt's result says about whether it happened."""
    if isinstance(result, Reply):
        return fate_of_status(result.status)
    if isinstance(result, APIConnectionError):
        return Fate.UNKNOWN if result.sent else Fate.NOT_DONE
    return Fate.UNKNOWN_FOR_GOOD  # a reply that is too large to be read


def fate_of_status(status: int) -> Fate:
    """Tell what a status says about whether the request happened (behaviour 25)."""
    if 200 <= status < 300:
        return Fate.DONE
    if status == 429:
        return Fate.NOT_DONE
    if status in _PASSING:
        return Fate.UNKNOWN
    if status >= 500 or status < 200:
        return Fate.UNKNOWN_FOR_GOOD
    if status in (301, 302, 303):
        # What was asked may have been done before the server pointed elsewhere.
        return Fate.UNKNOWN_FOR_GOOD
    return Fate.REFUSED


def may_be_done(status: int | None) -> bool:
    """Tell whether a request that left may have been carried out, from the status of its reply if one came."""
    return status is None or fate_of_status(status) in (Fate.DONE, Fate.UNKNOWN, Fate.UNKNOWN_FOR_GOOD)


def may_repeat(repeat: Repeat, fate: Fate) -> bool:
    """Tell whether sending the request again can do no harm and may do good."""
    if fate is Fate.NOT_DONE:
        return True
    return fate is Fate.UNKNOWN and repeat in (Repeat.SAFE, Repeat.IDEMPOTENT)


def leaves_doubt(repeat: Repeat, fate: Fate) -> bool:
    """Tell whether a failed call leaves open if something was changed on the server."""
    return fate in (Fate.UNKNOWN, Fate.UNKNOWN_FOR_GOOD) and repeat in (Repeat.WRITE, Repeat.RECONCILABLE)


def deleted_before(method: str, status: int, doubt: bool) -> bool:
    """Tell whether a 404 means that an earlier attempt of the same DELETE has succeeded (behaviour 34).

    Args:
        method: the HTTP method.
        status: what this attempt was answered.
        doubt: whether an earlier attempt may have arrived.
    """
    return method == "DELETE" and status == 404 and doubt


def wait_before(
    attempt: int,
    *,
    status: int | None,
    retry_after: float | None,
    policy: RetryPolicy,
    draw: Callable[[float, float], float] = JITTER.uniform,
) -> float | None:
    """Return how long to wait before the next attempt.

    Args:
        attempt: how many were made; of refusals, how many came.
        status: what the last was answered; None where nothing came.
        retry_after: seconds the server asked to wait, where it did.
        policy: base and caps.
        draw: how a wait is drawn from a range.

    Returns:
        Seconds; None if the server asks for more than is reasonable to wait.
    """
    if retry_after is not None and retry_after > policy.retry_after_cap:
        return None
    if status == 429:
        # The limiter makes everybody wait, this call among them and in its turn. Should it not, we do.
        return 0.0 if attempt < _MANY_REFUSALS else policy.backoff.drawn(attempt - _MANY_REFUSALS + 1, draw)
    if retry_after:  # 0 says that it is no longer asked for: those who failed together still come apart
        return retry_after
    # Full jitter: whoever failed together doesn't come back together.
    return policy.backoff.drawn(attempt, draw)


def asked_to_wait(headers: Mapping[str, str]) -> float | None:
    """Return the seconds that a reply asks to wait; None where it doesn't.

    Args:
        headers: of the reply, names in lower case.
    """
    header = headers.get("retry-after")
    return None if header is None else parse_retry_after(header)


def parse_retry_after(header: str) -> float | None:
    """Read a `Retry-After` header.

    Args:
        header: its value, seconds or an HTTP date (RFC 9110, 10.2.3).

    Returns:
        Seconds to wait, never negative; None if the value is neither.
    """
    text = header.strip()
    if text.isascii() and text.replace(".", "", 1).isdigit():
        return float(text)
    try:
        date = parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return None
    if date.tzinfo is None:  # "-0000" in the header: UTC without a place
        date = date.replace(tzinfo=UTC)
    # The one look at the wall clock: a date can't be compared with anything else.
    return max(0.0, (date - datetime.now(UTC)).total_seconds())

"""Settings that make no limiter, and words that nobody knows, refused at once and by name."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from ..errors import ConfigurationError
from .interface import OUTCOMES

if TYPE_CHECKING:
    from collections.abc import Mapping

_LONGEST = 86400.0
"""Seconds: what is remembered for longer than a day would be of no use to anybody."""

_OPTIONAL = frozenset({"max_in_flight", "processes", "freeze_cap"})


def check_settings(
    names: Mapping[str, object],
    *,
    counts: Mapping[str, object],
    seconds: Mapping[str, object],
) -> None:
    """Refuse what makes no limiter, saying which setting.

    Args:
        names: settings that are text and can't be empty.
        counts: settings that are whole numbers above 0.
        seconds: settings that are seconds above 0, but for `grace`, which may be 0.

    Raises:
        ConfigurationError: one of them can't work.
    """
    for name, value in names.items():
        if not isinstance(value, str) or not value.strip():
            raise ConfigurationError("it is empty, or no text", argument=name)
    for name, value in counts.items():
        if value is None and name in _OPTIONAL:
            continue
        if isinstance(value, bool) or not isinstance(value, int) or value < 1:
            raise ConfigurationError(f"{value!r} is no whole number above 0", argument=name)
    for name, value in seconds.items():
        if value is None and name in _OPTIONAL:
            continue
        if not isinstance(value, (int, float)) or not _is_seconds(value):
            raise ConfigurationError(f"{value!r} is no number of seconds", argument=name)
        if value < 0 or value > _LONGEST or (value == 0 and name != "grace"):
            raise ConfigurationError(f"{value} s can't work; it lies above 0 and below a day", argument=name)


def check_wait(max_wait: object) -> None:
    """Refuse a longest wait that is no number of seconds.

    Args:
        max_wait: what `acquire` was given, if anything.

    Raises:
        ConfigurationError: it is text, or not a number.
    """
    if not _is_seconds(max_wait):
        raise ConfigurationError(
            f"{max_wait!r} is no number of seconds; None waits for ever", argument="max_wait"
        )


def mistake_in_release(outcome: object, retry_after: object) -> ConfigurationError | None:
    """Say what is wrong with the words a lease is given back with, if anything is.

    Args:
        outcome: what became of the request.
        retry_after: seconds the server asked to wait, if it did.

    Returns:
        What to raise once the lease is back.
    """
    if outcome not in OUTCOMES:
        known = ", ".join(f'"{one}"' for one in OUTCOMES)
        return ConfigurationError(f"{outcome!r} is none of {known}", argument="outcome")
    if retry_after is not None and not _is_seconds(retry_after):
        return ConfigurationError(
            f"{retry_after!r} is no number of seconds; leave it out where the server names none",
            argument="retry_after",
        )
    return None


def _is_seconds(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and not math.isnan(value)

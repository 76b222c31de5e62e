"""Settings of a shared limiter that can't work, refused before anybody is asked."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from ...errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Mapping

_LONGEST = 86400.0
"""Seconds: a shared state that outlives a day would be of no use to anybody."""


def check_settings(
    names: Mapping[str, object],
    *,
    counts: Mapping[str, object],
    seconds: Mapping[str, object],
) -> None:
    """Refuse what makes no limiter, saying which setting.

    Args:
        names: settings that are text and can't be empty.
        counts: settings that are whole numbers above 0; None is left out.
        seconds: settings that are seconds above 0, but for `grace`, which may be 0; None is left out.

    Raises:
        ConfigurationError: one of them can't work.
    """
    for name, value in names.items():
        if not isinstance(value, str) or not value.strip():
            raise ConfigurationError("it is empty, or no text", argument=name)
    for name, value in counts.items():
        if value is not None and (isinstance(value, bool) or not isinstance(value, int) or value < 1):
            raise ConfigurationError(f"{value!r} is no whole number above 0", argument=name)
    for name, value in seconds.items():
        if value is None:
            continue
        if isinstance(value, bool) or not isinstance(value, (int, float)) or math.isnan(value):
            raise ConfigurationError(f"{value!r} is no number of seconds", argument=name)
        if value < 0 or value > _LONGEST or (value == 0 and name != "grace"):
            raise ConfigurationError(f"{value} s can't work; it lies above 0 and below a day", argument=name)

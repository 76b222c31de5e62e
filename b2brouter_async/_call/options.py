"""What a call is given beside its arguments: options and headers, checked and joined with the client's own."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from ..errors import ArgumentError
from ..generated.platform import KEY_HEADER, VERSION_HEADER
from ..limiter import BULK, INTERACTIVE

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .._core.operation import Options

_RESERVED = frozenset(
    {
        KEY_HEADER.lower(),
        VERSION_HEADER.lower(),
        "host",
        "content-length",
        "content-type",
        "transfer-encoding",
        "connection",
        "user-agent",
    }
)


def check_headers(headers: Mapping[str, str]) -> None:
    """Refuse headers that are not the caller's to set.

    Raises:
        ArgumentError: key, version or framing would be overridden, or a name or value can't stand in a header.
    """
    for name, value in headers.items():
        if not isinstance(name, str) or not isinstance(value, str):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise ArgumentError(
                f"name and value are text, got {type(value).__name__} for {name!r}", argument="headers"
            )
        if name.lower() in _RESERVED:
            raise ArgumentError(f"{name} is set by the client; leave it out", argument="headers")
        if not name or not all("!" <= char <= "~" and char not in ':"(),/;<=>?@[\\]{}' for char in name):
            raise ArgumentError(f"{name!r} is no header name", argument="headers")
        if not all(" " <= char <= "~" or char == "\t" for char in value):
            raise ArgumentError(
                f"the value of {name} holds a line break or what isn't ASCII", argument="headers"
            )


def check_options(options: Options) -> None:
    """Refuse options that can't work.

    Raises:
        ArgumentError: a number is none or out of range, or a header is not the caller's to set.
    """
    for name in ("timeout", "deadline", "max_attempts", "attempt_timeout"):
        value: object = getattr(options, name)
        if value is None:
            continue
        if isinstance(value, bool) or not isinstance(value, int if name == "max_attempts" else (int, float)):
            wanted = "a whole number" if name == "max_attempts" else "a number of seconds"
            raise ArgumentError(f"expected {wanted}, got {type(value).__name__}", argument=name)
        if not value > 0:
            raise ArgumentError(f"{value} is not above 0", argument=name)
    if options.timeout == math.inf:
        raise ArgumentError(
            "without an end a dead connection is waited for for ever; say how long", argument="timeout"
        )
    if options.priority not in (None, BULK, INTERACTIVE):
        raise ArgumentError(
            f"{options.priority!r} is neither {BULK} (bulk) nor {INTERACTIVE}", argument="priority"
        )
    check_headers(options.headers or {})

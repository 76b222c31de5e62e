"""What the command line says about an error: the SDK's own sentence, with the option where it names an argument."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ..bulk.outcome import ISSUED_DOCUMENT, NO_TOTAL, RECEIVED_DOCUMENT, SELF_BILLED
from ..config import VARIABLES
from ..errors import APIStatusError, ArgumentError, ConfigurationError

if TYPE_CHECKING:
    from ..errors import B2BrouterError

OPTIONS: Final = {
    name: f"--{name.replace('_', '-')}"
    for name in ("account", "base_url", "concurrency", "environment", "requests_per_minute")
} | {"api_version": VARIABLES["api_version"]}
"""The options that arguments of the SDK come from; the version comes from a variable alone."""

_HINTS: Final = {
    "invalid_api_key": "Keys belong to one environment, and a key that starts with test_ works in the sandbox alone; "
    "check --environment and the key"
}
"""In the place of the SDK's own hint, by the server's code, where that names arguments."""

_WAYS_OUT: Final = {
    RECEIVED_DOCUMENT: "upload it with --received",
    ISSUED_DOCUMENT: "upload it without --received",
    SELF_BILLED: "where that is what you mean, upload it with --self-billed",
    NO_TOTAL: 'map a column to "total", or leave --verify-totals out',
}


def error_text(error: B2BrouterError) -> str:
    """Return what an error says, with the option in the place of the argument."""
    if isinstance(error, APIStatusError) and error.hint and error.code in _HINTS:
        return str(error).removesuffix(error.hint) + _HINTS[error.code]
    if isinstance(error, (ConfigurationError, ArgumentError)) and error.argument in OPTIONS:
        return f"{OPTIONS[error.argument]}: {error.problem}"
    return str(error)


def invalid_text(message: str | None, code: str | None) -> str | None:
    """Return why a document is invalid, with the way out where an option is one.

    Args:
        message: the outcome's message.
        code: the outcome's code.
    """
    way_out = _WAYS_OUT.get(code or "")
    return message if way_out is None else f"{(message or '').removesuffix('.')}: {way_out}."

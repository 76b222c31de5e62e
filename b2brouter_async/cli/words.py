"""How the command line spells numbers, times and text from elsewhere."""

from __future__ import annotations

import math
import re


def printable(text: str) -> str:
    """Return text of others (a file name, a server's words) without anything that steers a terminal."""
    return "".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in text)


def counted(count: int, one: str, many: str = "") -> str:
    """Return `1 document`, `2,000 documents`."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def duration(seconds: float) -> str:
    """Return a time as people say it: `0.4 s`, `12 s`, `6:05`, `1:02:03`."""
    if seconds < 9.95:
        return f"{max(0.0, seconds):.1f} s"
    if seconds < 59.5:
        return f"{seconds:.0f} s"
    whole = round(seconds)
    hours, rest = divmod(whole, 3600)
    minutes, rest = divmod(rest, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def percent(part: float, whole: float) -> str:
    """Return a share, rounded down so that only what is whole says 100 %."""
    if whole <= 0:
        return "0 %"
    share = 100 * part / whole
    return f"{math.floor(share)} %" if share >= 10 or share == 0 else f"{math.floor(10 * share) / 10:.1f} %"


_OPTIONS = {
    "received_document": "upload it with --received",
    "issued_document": "upload it without --received",
    "no_total": 'map a column to "total", or leave --verify-totals out',
}


def in_options(message: str | None, code: str | None) -> str | None:
    """Return why a document is invalid, with the way out where an option is one, by the outcome's code."""
    option = _OPTIONS.get(code or "")
    return message if option is None else f"{(message or '').removesuffix('.')}: {option}."


_ARGUMENTS = re.compile(r"^(account|base_url|concurrency|environment|requests_per_minute):")


def naming_options(message: str) -> str:
    """Return an error of the SDK with options where it names its arguments."""
    message = message.replace("check environment= and api_key=", "check --environment and the key")
    message = message.replace("leave environment out", "leave --environment out")
    return _ARGUMENTS.sub(lambda found: f"--{found[1].replace('_', '-')}:", message)

"""When two spellings mean the same tax, company or routing identifier."""

from __future__ import annotations

import re

_PUNCTUATION = re.compile(r"[^0-9A-Z]")
_SCHEME = re.compile(r"^\s*[0-9]{4}:")
_COUNTRY_PREFIX = re.compile(
    r"(?:AT|BE|BG|CHE|CY|CZ|DE|DK|EE|EL|ES|FI|FR|GB|GR|HR|HU|IE|IS|IT|LI|LT|LU|LV|MT|NL|NO|PL|PT|RO|RS|SE|SI"
    r"|SK|SM|TR|UA|XI)(?=.*[0-9])"
)


def same_identifier(one: str, other: str) -> bool:
    """Whether two spellings mean the same tax, company or routing identifier.

    Case, spaces and punctuation don't count, nor a scheme in front (`0208:...`), nor a country prefix
    that only one of the two carries: `ES B-1234567.8` is `b12345678`, but `DE123` is not `FR123`.
    """
    first, second = _plain(one), _plain(other)
    if not first or not second:
        return False
    return first == second or _without_country(first) == second or first == _without_country(second)


def _plain(identifier: str) -> str:
    return _PUNCTUATION.sub("", _SCHEME.sub("", identifier).upper())


def _without_country(identifier: str) -> str:
    return _COUNTRY_PREFIX.sub("", identifier, count=1) if _COUNTRY_PREFIX.match(identifier) else identifier

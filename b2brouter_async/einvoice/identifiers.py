"""When two spellings mean the same tax, company or routing identifier."""

from __future__ import annotations

import re

_PUNCTUATION = re.compile(r"[^0-9A-Z]")
_SCHEME = re.compile(r"^\s*[0-9]{4}:")
_HAS_DIGITS = r"(?=.*[0-9])"
_WORD = re.compile(
    r"^(?:NIF|CIF|NIE|VATNO|VAT|TVA|PIVA|PARTITAIVA|IVA|BTW|USTIDNR|USTID|UID|SIREN|SIRET|KVK)" + _HAS_DIGITS
)
_COUNTRY_PREFIX = re.compile(
    r"(?:AT|BE|BG|CHE|CY|CZ|DE|DK|EE|EL|ES|FI|FR|GB|GR|HR|HU|IE|IS|IT|LI|LT|LU|LV|MT|NL|NO|PL|PT|RO|RS|SE|SI"
    r"|SK|SM|TR|UA|XI)" + _HAS_DIGITS
)
_TAX_SUFFIX = re.compile(r"^((?:CHE|NO)?[0-9]{9})(?:MVA|MWST|TVA|IVA)$")
_SPANISH_PERSON = re.compile(r"^(ES)?0*([0-9]{6,8}[A-Z])$")


def same_identifier(one: str, other: str) -> bool:
    """Whether two spellings mean the same tax, company or routing identifier.

    Case, spaces and punctuation don't count, nor a scheme in front (`0208:…`), the identifier's name (`NIF`, `VAT`),
    the tax behind a Norwegian or Swiss number (`MVA`, `MWST`), zeros before a Spanish person's number, or a country
    prefix that only one of the two carries: `ES B-1234567.8` is `b12345678`, but `DE123` is not `FR123`.

    Args:
        one: an identifier, in any spelling.
        other: another one.
    """
    first, second = _plain(one), _plain(other)
    if not first or not second:
        return False
    return first == second or _without_country(first) == second or first == _without_country(second)


def distinct(*values: str | None) -> tuple[str, ...]:
    """Return the values that are there, each once, in their order."""
    return tuple(dict.fromkeys(value for value in values if value))


def _plain(identifier: str) -> str:
    plain = _PUNCTUATION.sub("", _SCHEME.sub("", identifier).upper())
    plain = _TAX_SUFFIX.sub(r"\1", _WORD.sub("", plain, count=1))
    return _SPANISH_PERSON.sub(r"\1\2", plain)


def _without_country(identifier: str) -> str:
    return _COUNTRY_PREFIX.sub("", identifier, count=1) if _COUNTRY_PREFIX.match(identifier) else identifier

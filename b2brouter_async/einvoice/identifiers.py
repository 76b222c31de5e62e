"""When two spellings mean the same tax, company or routing identifier."""

from __future__ import annotations

import functools
import re
import unicodedata

_PUNCTUATION = re.compile(r"[\W_]")
_SCHEME = re.compile(r"^\s*[0-9]{4}:")
_HAS_DIGITS = r"(?=.*[0-9])"
_WORD = re.compile(
    r"^(?:NIF|CIF|NIE|VATNO|VAT|TVA|PIVA|PARTITAIVA|IVA|BTW|USTIDNR|USTID|UID|SIREN|SIRET|KVK)" + _HAS_DIGITS
)
_COUNTRY_PREFIX = re.compile(
    r"(?:AT|BE|BG|CHE|CY|CZ|DE|DK|EE|EL|ES|FI|FR|GB|GR|HR|HU|IE|IS|IT|LI|LT|LU|LV|MT|NL|NO|PL|PT|RO|RS|SE|SI"
    r"|SK|SM|TR|UA|XI)" + _HAS_DIGITS
)
_PREFIX_OF = {"EL": "gr", "XI": "gb", "CHE": "ch"}
"""Prefixes that are not the country's own two letters."""
_TAXED_AS = {"el": "gr", "uk": "gb", "xi": "gb", "im": "gb", "mc": "fr"} | dict.fromkeys(
    ("gp", "mq", "gf", "re", "yt"), "fr"
)
"""Codes of countries and territories whose tax numbers are another country's."""
_TAX_SUFFIX = re.compile(r"^((?:CHE|NO)?[0-9]{9})(?:MVA|MWST|TVA|IVA)$")
_SPANISH_PERSON = re.compile(r"^(ES)?0*([0-9]{6,8}[A-Z])$")


def same_identifier(one: str, other: str) -> bool:
    """Whether two spellings mean the same tax, company or routing identifier.

    Example:
        same_identifier("ES B-1234567.8", "b12345678")  # True

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


def same_number(
    one: str, other: str, *, country: str | None = None, other_country: str | None = None
) -> bool | None:
    """Whether two tax or company numbers are the same number of the same country.

    Spellings differ as for `same_identifier`, but a number without a country prefix is only as good as what is known
    of its country: `123456789` of Portugal is neither `DE123456789` nor `123456789` of France.

    Example:
        same_number("ES B-1234567.8", "b12345678", other_country="es")  # True
        same_number("DE123456789", "123456789", other_country="pt")  # False
        same_number("DE123456789", "123456789")  # None

    Args:
        one: a number, in any spelling.
        other: another one.
        country: of the party with the first number, two letters; None where it isn't known.
        other_country: of the party with the other.

    Returns:
        None if the digits agree, and nothing says of which country the one without a prefix is.
    """
    first, second = _plain(one), _plain(other)
    if not _is_number(first) or not _is_number(second):
        return False
    home, other_home = _taxed_in(country), _taxed_in(other_country)
    prefix, body = _split(first, home)
    other_prefix, other_body = _split(second, other_home)
    if first == second:
        known = home and other_home and home != other_home
        return bool(prefix) or not known  # a prefix says more than an address
    if prefix and other_prefix:
        return prefix == other_prefix and body == other_body
    if prefix and body == second:
        return None if other_home is None else prefix == other_home
    if other_prefix and other_body == first:
        return None if home is None else other_prefix == home
    return False


def bare_number(identifier: str, country: str | None = None) -> str:
    """Return a number in capitals, without punctuation and without the prefix of its own country.

    Example:
        bare_number("ES B-1234567.8", "es")  # "B12345678"

    Args:
        identifier: in any spelling.
        country: whose prefix is taken off, two letters; None takes none off.
    """
    plain = _plain(identifier)
    home = _taxed_in(country)
    prefix, body = _split(plain, home)
    return body if prefix is not None and prefix == home else plain


def has_number(identifier: str) -> bool:
    """Whether a text holds a number of somebody: `N/A` and `000` are nobody's.

    Example:
        has_number("N/A")  # False
    """
    return _is_number(_plain(identifier))


def _is_number(plain: str) -> bool:
    return re.search(r"[1-9]", plain) is not None


def _taxed_in(country: str | None) -> str | None:
    code = (country or "").strip().lower()
    return _TAXED_AS.get(code, code) or None


def _split(plain: str, country: str | None) -> tuple[str | None, str]:
    """Return the country whose prefix a number has, and the rest; None and all of it where it has none."""
    match = _COUNTRY_PREFIX.match(plain)
    if match is not None:
        prefix = match[0]
        return _PREFIX_OF.get(prefix, prefix.lower()), plain[len(prefix) :]
    # Any other country's letters are a prefix where the party is known to be of that country.
    if country is not None and plain.startswith(country.upper()) and re.search(r"[0-9]", plain[2:]):
        return country, plain[2:]
    return None, plain


def distinct(*values: str | None) -> tuple[str, ...]:
    """Return the values that are there, each once, in their order."""
    return tuple(dict.fromkeys(value for value in values if value))


@functools.lru_cache(maxsize=1024)  # the account's own ones are compared with those of every document
def _plain(identifier: str) -> str:
    # Digits and letters of double width are the plain ones; letters of other alphabets are part of a number.
    identifier = unicodedata.normalize("NFKC", identifier)
    plain = _PUNCTUATION.sub("", _SCHEME.sub("", identifier).upper())
    plain = _TAX_SUFFIX.sub(r"\1", _WORD.sub("", plain, count=1))
    return _SPANISH_PERSON.sub(r"\1\2", plain)


def _without_country(identifier: str) -> str:
    return _COUNTRY_PREFIX.sub("", identifier, count=1) if _COUNTRY_PREFIX.match(identifier) else identifier

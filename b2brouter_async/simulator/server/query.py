"""The filter `query` of lists: `name~acme AND (country=es OR -status=9)`.

The operators and their examples are public (behaviour 67); how they combine further is not. Here AND binds tighter than
OR, parentheses group, a minus turns a condition round, values with blanks are quoted.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, TypeAlias

from .errors import Refusal

if TYPE_CHECKING:
    from collections.abc import Callable

# Gives the value of a field of a row.
Value: TypeAlias = "Callable[[str], object]"
Match: TypeAlias = "Callable[[Value], bool]"

PARTY_FIELDS = frozenset(("tin_value", "tin_scheme", "cin_value", "cin_scheme", "country", "name"))
ACCOUNT_FIELDS = PARTY_FIELDS | {"identifier", "created_at", "status"}
# Those of invoices are not public but for tin_value: the other party's, and what says when and which.
INVOICE_FIELDS = PARTY_FIELDS | {
    "number",
    "series_code",
    "state",
    "date",
    "due_date",
    "currency",
    "created_at",
    "updated_at",
}
_TOKEN = re.compile(r"""\s*(?:(AND\b|OR\b|\(|\)|-)|([a-z_]+)\s*(>=|<=|=|~|>|<)\s*("[^"]*"|[^\s()"]+))""")
# Deeper nesting than anybody writes, and far from the interpreter's own limit.
_DEEPEST = 50


def parse_query(text: str, fields: frozenset[str]) -> Match:
    """Return a function that tells whether a row fits, from what gives its `fields`; 400 `invalid_query` for what can't be read."""
    tokens: list[tuple[str, str, str, str]] = []
    at = 0
    text = text.rstrip()
    while at < len(text):
        found = _TOKEN.match(text, at)
        if found is None:
            raise _invalid()
        tokens.append((found[1] or "", found[2] or "", found[3] or "", found[4] or ""))
        at = found.end()
    parser = _Parser(tokens, fields)
    match = parser.either(0)
    if parser.at != len(tokens):
        raise _invalid()
    return match


class _Parser:
    def __init__(self, tokens: list[tuple[str, str, str, str]], fields: frozenset[str]) -> None:
        self.tokens = tokens
        self.fields = fields
        self.at = 0

    def either(self, depth: int) -> Match:
        parts = [self.both(depth)]
        while self._take("OR"):
            parts.append(self.both(depth))
        return parts[0] if len(parts) == 1 else lambda value: any(part(value) for part in parts)

    def both(self, depth: int) -> Match:
        parts = [self.one(depth)]
        while self._take("AND"):
            parts.append(self.one(depth))
        return parts[0] if len(parts) == 1 else lambda value: all(part(value) for part in parts)

    def one(self, depth: int) -> Match:
        if depth > _DEEPEST:
            raise _invalid()
        if self._take("-"):
            inner = self.one(depth + 1)
            return lambda value: not inner(value)
        if self._take("("):
            inner = self.either(depth + 1)
            if not self._take(")"):
                raise _invalid()
            return inner
        if self.at >= len(self.tokens) or self.tokens[self.at][1] not in self.fields:
            raise _invalid()
        _, name, operator, value = self.tokens[self.at]
        self.at += 1
        return _condition(name, operator, value.strip('"'))

    def _take(self, word: str) -> bool:
        if self.at < len(self.tokens) and self.tokens[self.at][0] == word:
            self.at += 1
            return True
        return False


def _condition(name: str, operator: str, wanted: str) -> Match:
    def matches(value: Value) -> bool:
        held = value(name)
        if held is None:
            return False
        # The vendor's page says of `~` alone that capitals don't count.
        text = str(held)
        if operator == "=":
            return text == wanted
        if operator == "~":
            return wanted.lower() in text.lower()
        if operator == ">":
            return text > wanted
        if operator == "<":
            return text < wanted
        return text >= wanted if operator == ">=" else text <= wanted

    return matches


def _invalid() -> Refusal:
    return Refusal(400, "invalid_query", "The query expression is not valid.", param="query")

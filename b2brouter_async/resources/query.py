"""The filter language of lists: `query=` of accounts and of invoices (behaviour 67)."""

from __future__ import annotations

import datetime
import re
from decimal import Decimal
from typing import TYPE_CHECKING, Literal, TypeAlias

from ..errors import ArgumentError

if TYPE_CHECKING:
    from typing import NoReturn

Value: TypeAlias = str | int | Decimal | datetime.date
"""What a field is compared with; a `datetime` needs a time zone."""

_FIELD = re.compile(r"[a-z][a-z0-9_]*")
_BARE = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.:+-]*")
_WORDS = frozenset({"AND", "OR"})
_Joined: TypeAlias = Literal["AND", "OR"]


class Query(str):
    """A filter expression, to be passed as `query=` to a list. Made by `where`, joined with `&`, `|` and `~`.

    Example:
        query = where("country").equals("es") & where("name").contains("acme")
        accounts = [one async for one in client.accounts.list(query=query)]

    It is text: `str(query)` is what is sent.
    """

    __slots__ = ("_conditions", "_joined")
    _conditions: tuple[str, ...]
    _joined: _Joined | None

    def __new__(cls, conditions: tuple[str, ...], joined: _Joined | None = None) -> Query:
        """Write conditions, joined in one way. Use `where`."""
        made = super().__new__(cls, f" {joined} ".join(conditions))
        made._conditions = conditions
        made._joined = joined
        return made

    def __and__(self, other: Query) -> Query:
        """Return what both fit."""
        return self._join("AND", other)

    def __or__(self, other: Query) -> Query:
        """Return what either fits."""
        return self._join("OR", other)

    def __invert__(self) -> Query:
        """Return what this does not fit."""
        turned = tuple(one[1:] if one.startswith("-") else f"-{one}" for one in self._conditions)
        joined: _Joined | None = None if self._joined is None else ("OR" if self._joined == "AND" else "AND")
        return Query(turned, joined)

    def __bool__(self) -> NoReturn:
        raise TypeError(
            "join conditions with & and |, and negate with ~; `and`, `or` and `not` can't be seen here"
        )

    def __getnewargs__(self) -> tuple[tuple[str, ...], _Joined | None]:  # type: ignore[override]
        return self._conditions, self._joined

    def _join(self, how: _Joined, other: object) -> Query:
        if not isinstance(other, Query):
            raise TypeError(
                f"a Query is joined with another one, not with {type(other).__name__}: use where(…)"
            )
        if {self._joined, other._joined} - {None, how}:
            # Nor does any source show a parenthesis.
            raise ArgumentError(
                f"({self}) {how} ({other}): no source says whether AND or OR binds closer, so the server may read it "
                "otherwise. Ask with the part that is joined in one way, and filter the rest yourself",
                argument="query",
            )
        return Query((*self._conditions, *other._conditions), how)


class Where:
    """A field of a filter, waiting for what it is compared with. Made by `where`."""

    __slots__ = ("_field",)

    def __init__(self, field: str) -> None:
        """Name the field."""
        self._field = field

    def __repr__(self) -> str:
        return f"where({self._field!r})"

    def equals(self, value: Value) -> Query:
        """Return a filter for exactly this value; the server may tell capitals from small letters."""
        return self._compared("=", value)

    def contains(self, value: str) -> Query:
        """Return a filter for a text that holds this one, in whatever case."""
        return self._compared("~", value)

    def above(self, value: Value) -> Query:
        """Return a filter for what is greater, or later."""
        return self._compared(">", value)

    def at_least(self, value: Value) -> Query:
        """Return a filter for this value and what is greater, or later."""
        return self._compared(">=", value)

    def below(self, value: Value) -> Query:
        """Return a filter for what is less, or earlier."""
        return self._compared("<", value)

    def at_most(self, value: Value) -> Query:
        """Return a filter for this value and what is less, or earlier."""
        return self._compared("<=", value)

    def _compared(self, operator: str, value: object) -> Query:
        return Query((f"{self._field}{operator}{_written(self._field, value)}",))


def where(field: str) -> Where:
    """Begin a filter for `query=` of a list of accounts or invoices.

    Example:
        query = where("country").equals("es") & ~where("status").equals(9)
        accounts = [one async for one in client.accounts.list(query=query)]

    Accounts know tin_value, tin_scheme, cin_value, cin_scheme, country, name, identifier, created_at and status, where 9
    is archived; of invoices tin_value alone is known. A field that the server doesn't know is its 400 `invalid_query`.
    Join with `&` or `|`, and negate with `~`; not both `&` and `|` in one, since no source says which binds closer.

    Args:
        field: the field's name.

    Returns:
        What compares it: `equals`, `contains`, `above`, `at_least`, `below`, `at_most`.

    Raises:
        ArgumentError: this is no name of a field, or a value can't be written in the filter.
    """
    if not isinstance(field, str) or not _FIELD.fullmatch(field):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise ArgumentError(f"{field!r} is no name of a field; write one like tin_value", argument="field")
    return Where(field)


def _written(field: str, value: object) -> str:
    if isinstance(value, bool) or not isinstance(value, (str, int, Decimal, datetime.date)):
        raise ArgumentError(
            f"{type(value).__name__} has no form in a filter; pass text, a number or a date", argument=field
        )
    if isinstance(value, datetime.datetime):
        if value.tzinfo is None:
            raise ArgumentError("a date-time needs a time zone, for example datetime.UTC", argument=field)
        text = value.astimezone(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    elif isinstance(value, datetime.date):
        text = value.isoformat()
    else:
        text = str(value)
    if not text.strip():
        raise ArgumentError("an empty value finds nothing, or everything", argument=field)
    if '"' in text or "\\" in text or not text.isprintable():
        raise ArgumentError(
            f"{text!r}: no source says how a quotation mark, a backslash or a line break is written in a filter; "
            "use contains(…) with the part before it",
            argument=field,
        )
    return text if _BARE.fullmatch(text) and text.upper() not in _WORDS else f'"{text}"'

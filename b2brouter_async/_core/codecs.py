"""How single values travel: from JSON to Python and back, digit by digit, with an error that says what was wrong.

`load` reads what a server sent and raises `ShapeError`; `dump` writes what a caller passed and raises `ArgumentError`.
"""

from __future__ import annotations

import datetime
import enum
import functools
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Protocol, Self, cast

from ..errors import ArgumentError, ShapeError
from .exact_json import json_type, moment, plain, same
from .record import Record

if TYPE_CHECKING:
    from .enums import OpenIntEnum, OpenStrEnum


def _never(loaded: object, raw: object) -> bool:
    return False


class Kind(enum.Enum):
    """What a value is; the words are for error texts."""

    TEXT = "text"
    INTEGER = "a whole number"
    BOOLEAN = "true or false"
    NUMBER = "a number"
    DATE = "a date"
    DATETIME = "a date and time"
    UUID = "a UUID"
    FILE = "a file"
    OBJECT = "an object"
    LIST = "a list"
    NULL = "null"
    ANYTHING = "anything"
    UNION = "one of several"


class UnusualError(Exception):
    """A value is not of the usual JSON type; it is read again with care, which tells what is wrong with it, if anything."""


class Usual(Record):
    """How a value of the JSON type that a kind of value usually has is read: at once, with no other check."""

    type: type
    load: Callable[[Any], object] | None = None
    """None takes the value itself."""
    exact: bool = True
    """Whether it is written again just as it came, so that nothing of it has to be kept."""


class Codec(Record):
    """How one kind of value is read and written.

    UUID and FILE stand ready for the vendor's own spec, as does `OpenIntEnum`; today's has none.
    """

    kind: Kind
    name: str
    """What the value is, for error texts."""
    load: Callable[[object], object]
    dump: Callable[[object], object]
    respells: Callable[[object, object], bool] = _never
    """Whether writing the value would spell it differently from what was read. True only where it can be written."""
    nullable: bool = False
    words: tuple[str, ...] = ()
    """The known ones of an enumeration of texts; it may grow."""
    inner: Codec | None = None
    """That of a list's items."""
    members: tuple[Codec, ...] = ()
    """Those of a union."""
    usual: Usual | None = None
    holds_objects: bool = False
    """Whether JSON objects may be in it."""
    fields: Callable[[], Iterable[Field]] = tuple
    """Those of a model."""
    model: Callable[[], type[Readable]] | None = None
    """Returns the model that an object becomes."""


class Field(Record):
    """One property of a schema: its attribute in Python, its key on the wire, and how its value travels."""

    attribute: str
    key: str
    codec: Codec
    required: bool = False


def _wrong(expected: str, value: object) -> ShapeError:
    return ShapeError(f"expected {expected}, got {json_type(value)}")


def _refused(expected: str, value: object) -> ArgumentError:
    return ArgumentError(f"expected {expected}, got {type(value).__name__}")


# The server casts where that is harmless, and its versions differ in what they write (behaviours 64 and 65): a scheme
# is "9957" or 9957, a flag true or 1. So a number is taken for text, and text of digits for a number, both ways.
_FLAGS: dict[object, bool] = {"true": True, "1": True, "false": False, "0": False}


def _number_as_text(value: object) -> str | None:
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        return None
    return f"{value:f}" if isinstance(value, Decimal) else str(int(value))


def _text_as_integer(value: object) -> int | None:
    return int(value) if isinstance(value, str) and re.fullmatch(r"-?[0-9]{1,19}", value) else None


def _as_flag(value: object) -> bool | None:
    return _FLAGS.get(str(value)) if isinstance(value, int | str) else None


def _came_as_no_text(loaded: object, raw: object) -> bool:
    return not isinstance(raw, str)


def _came_as_text(loaded: object, raw: object) -> bool:
    return isinstance(raw, str)


def _came_as_no_boolean(loaded: object, raw: object) -> bool:
    return not isinstance(raw, bool)


def _load_text(value: object) -> object:
    if isinstance(value, str):
        return value
    text = _number_as_text(value)
    if text is None:
        raise _wrong("text", value)
    return text


def _dump_text(value: object) -> object:
    if isinstance(value, str):
        return value.value if isinstance(value, enum.Enum) else value
    text = _number_as_text(value) if isinstance(value, int) else None
    if text is None:
        raise _refused("str", value)
    return text


def _load_integer(value: object) -> object:
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    number = _text_as_integer(value)
    if number is None:
        raise _wrong("a whole number", value)
    return number


def _dump_integer(value: object) -> object:
    if isinstance(value, int) and not isinstance(value, bool):
        return int(value)
    number = _text_as_integer(value)
    if number is None:
        raise _refused("int", value)
    return number


def _load_boolean(value: object) -> object:
    if isinstance(value, bool):
        return value
    flag = _as_flag(value)
    if flag is None:
        raise _wrong("true or false", value)
    return flag


def _dump_boolean(value: object) -> object:
    if isinstance(value, bool):
        return value
    flag = _as_flag(value)
    if flag is None:
        raise _refused("bool", value)
    return flag


def _dump_flag(value: object) -> object:
    if not isinstance(value, int) or value not in (0, 1):
        raise _refused("bool, 1 or 0", value)
    return int(value)


def _load_decimal(value: object) -> object:
    if isinstance(value, Decimal):
        return value
    if isinstance(value, str) and re.fullmatch(r"-?[0-9]{1,40}(\.[0-9]{1,40})?", value):
        return Decimal(value)
    if isinstance(value, bool) or not isinstance(value, int):
        if isinstance(value, float):
            raise ShapeError(
                f"a float, {value!r}, can't hold an amount exactly; read JSON with from_json, or with "
                "json.loads(text, parse_float=Decimal)"
            )
        raise _wrong("a number", value)
    return Decimal(value)


def _dump_decimal(value: object) -> object:
    if isinstance(value, float):
        raise ArgumentError(
            f"a float can't hold an amount exactly; pass Decimal({str(value)!r}), or an int for a whole amount"
        )
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    if not isinstance(value, Decimal):
        if not isinstance(value, str):
            raise ArgumentError(f"expected Decimal or int, got {type(value).__name__}")
        plain = re.fullmatch(r"-?[0-9]{1,40}(\.[0-9]{1,40})?", value)
        way_out = (
            f"pass Decimal({value!r})"
            if plain
            else f"{value[:40]!r} is no amount beyond doubt; pass Decimal, with a point and nothing between thousands: "
            "Decimal('1234.50')"
        )
        raise ArgumentError(f"expected Decimal or int, got str; {way_out}")
    if not value.is_finite():
        raise ArgumentError(f"{value} is not an amount")
    return value


def _day(text: str) -> datetime.date:
    # fromisoformat also takes weeks (2026-W01-1) and days without dashes.
    if len(text) != 10 or text[4] != "-" or text[7] != "-":
        raise ValueError(text)
    return datetime.date.fromisoformat(text)


def _load_date(value: object) -> object:
    if isinstance(value, str):
        try:
            return _day(value)
        except ValueError:
            pass
    raise ShapeError(f"expected a date as YYYY-MM-DD, got {_shown(value)}")


def _dump_date(value: object) -> object:
    if isinstance(value, datetime.datetime):
        raise ArgumentError("expected a day, got a date and time; pass value.date()")
    if isinstance(value, str):
        try:
            return _day(value).isoformat()
        except ValueError:
            raise ArgumentError(f"{value!r} is not a date; write it as YYYY-MM-DD") from None
    if not isinstance(value, datetime.date):
        raise _refused("datetime.date", value)
    return value.isoformat()


def _load_datetime(value: object) -> object:
    if isinstance(value, str) and len(value) > 10:
        try:
            loaded = datetime.datetime.fromisoformat(value)
        except ValueError:
            pass
        else:
            # Some replies leave the offset out; the others are in UTC, so UTC is what is assumed.
            return loaded if loaded.tzinfo is not None else loaded.replace(tzinfo=datetime.UTC)
    raise ShapeError(f"expected a date and time in ISO 8601, got {_shown(value)}")


def _datetime_respells(loaded: object, raw: object) -> bool:
    return moment(loaded) != raw


def _load_uuid(value: object) -> object:
    from uuid import UUID  # no value of today's spec is one

    if isinstance(value, str):
        try:
            return UUID(value)
        except ValueError:
            pass
    raise ShapeError(f"expected a UUID, got {_shown(value)}")


def _dump_uuid(value: object) -> object:
    from uuid import UUID

    if not isinstance(value, UUID):
        raise _refused("uuid.UUID", value)
    return str(value)


def _dump_file(value: object) -> object:
    match value:
        case bytes() | (str(), bytes()):
            return value
        case _:
            raise _refused("bytes, or a name and bytes,", value)


def _shown(value: object) -> str:
    return repr(value[:40]) if isinstance(value, str) else json_type(value)


def _load_anything(value: object) -> object:
    return value


def _dump_anything(value: object) -> object:
    return plain(value)


def _load_null(value: object) -> object:
    if value is not None:
        raise _wrong("null", value)
    return None


TEXT = Codec(Kind.TEXT, Kind.TEXT.value, _load_text, _dump_text, _came_as_no_text, usual=Usual(str))
INTEGER = Codec(
    Kind.INTEGER, Kind.INTEGER.value, _load_integer, _dump_integer, _came_as_text, usual=Usual(int)
)
BOOLEAN = Codec(
    Kind.BOOLEAN, Kind.BOOLEAN.value, _load_boolean, _dump_boolean, _came_as_no_boolean, usual=Usual(bool)
)
FLAG = Codec(Kind.BOOLEAN, Kind.BOOLEAN.value, _load_boolean, _dump_flag, _came_as_no_boolean)
"""A flag in a query, which the API counts as 1 and 0 (behaviour 15)."""
DECIMAL = Codec(
    Kind.NUMBER, Kind.NUMBER.value, _load_decimal, _dump_decimal, _came_as_text, usual=Usual(Decimal)
)
DATE = Codec(Kind.DATE, Kind.DATE.value, _load_date, _dump_date, usual=Usual(str, _load_date))
DATETIME = Codec(
    Kind.DATETIME,
    Kind.DATETIME.value,
    _load_datetime,
    moment,
    _datetime_respells,
    usual=Usual(str, _load_datetime, exact=False),
)
UUID = Codec(Kind.UUID, Kind.UUID.value, _load_uuid, _dump_uuid, lambda loaded, raw: str(loaded) != raw)
FILE = Codec(Kind.FILE, Kind.FILE.value, _load_text, _dump_file)
ANYTHING = Codec(Kind.ANYTHING, Kind.ANYTHING.value, _load_anything, _dump_anything, nullable=True)
NULL = Codec(Kind.NULL, Kind.NULL.value, _load_null, _load_null, nullable=True)


def nullable(codec: Codec) -> Codec:
    """Return a codec that lets null pass as None."""

    def load(value: object) -> object:
        return None if value is None else codec.load(value)

    def dump(value: object) -> object:
        return None if value is None else codec.dump(value)

    def respells(loaded: object, raw: object) -> bool:
        return loaded is not None and codec.respells(loaded, raw)

    return codec.changed(name=f"{codec.name} or null", load=load, dump=dump, respells=respells, nullable=True)


def enumeration(kind: type[OpenStrEnum] | type[OpenIntEnum]) -> Codec:
    """Return the codec of an open enumeration."""
    base = str if issubclass(kind, str) else int
    expected = "text" if base is str else "a whole number"
    member = cast("Callable[[object], enum.Enum]", kind)

    known = cast("Mapping[object, enum.Enum]", kind._value2member_map_)

    # Looking a member up by value is not enough of a check: true and 1.0 find the member 1.
    def load(value: object) -> object:
        if isinstance(value, bool) or not isinstance(value, base):
            raise _wrong(f"{expected} for {kind.__name__}", value)
        return member(value)

    def dump(value: object) -> object:
        if isinstance(value, bool) or not isinstance(value, base):
            raise _refused(f"{kind.__name__} or {base.__name__}", value)
        return cast("object", member(value).value)

    words = tuple(str(one) for one in kind) if base is str else ()

    def load_usual(value: object) -> object:
        return known.get(value) or member(value)

    return Codec(
        Kind.TEXT if base is str else Kind.INTEGER,
        expected,
        load,
        dump,
        words=words,
        usual=Usual(base, load_usual),
    )


def list_of(item: Codec) -> Codec:
    """Return the codec of a list."""

    def load(value: object) -> object:
        if not isinstance(value, list):
            raise _wrong("a list", value)
        loaded: list[object] = []
        for index, element in enumerate(cast("list[object]", value)):
            try:
                loaded.append(item.load(element))
            except ShapeError as error:
                raise error.below(index) from None
        return loaded

    def dump(value: object) -> object:
        if isinstance(value, (str, bytes)) or not isinstance(value, Sequence):
            raise _refused("a list", value)
        dumped: list[object] = []
        for index, element in enumerate(cast("Sequence[object]", value)):
            try:
                dumped.append(item.dump(element))
            except ArgumentError as error:
                raise error.below(index) from None
        return dumped

    def respells(loaded: object, raw: object) -> bool:
        pairs = zip(cast("list[object]", loaded), cast("list[object]", raw), strict=True)
        return any(item.respells(one, other) for one, other in pairs)

    return Codec(
        Kind.LIST,
        Kind.LIST.value,
        load,
        dump,
        respells,
        inner=item,
        usual=_usual_list(item),
        holds_objects=item.holds_objects,
    )


def _usual_list(item: Codec) -> Usual | None:
    ways = item.members or (item,)
    if any(one.usual is None or (item.members and not one.usual.exact) for one in ways):
        return None
    loads: dict[type, Callable[[Any], object] | None] = {}
    for one in ways:
        if one.usual is not None:
            loads.setdefault(one.usual.type, one.usual.load)
    kind, load = next(iter(loads.items()))

    def load_usual(value: list[object]) -> object:
        for element in value:
            if type(element) is not kind:
                raise UnusualError
        return list(value) if load is None else [load(element) for element in value]

    def load_any(value: list[object]) -> object:
        loaded: list[object] = []
        for element in value:
            if type(element) not in loads:
                raise UnusualError
            load = loads[type(element)]
            loaded.append(element if load is None else load(element))
        return loaded

    exact = item.usual.exact if item.usual is not None else True
    return Usual(list, load_usual if len(loads) == 1 else load_any, exact)


def map_of(item: Codec) -> Codec:
    """Return the codec of an object whose keys are free and whose values are alike."""

    def load(value: object) -> object:
        if not isinstance(value, Mapping):
            raise _wrong("an object", value)
        loaded: dict[str, object] = {}
        for key, element in cast("Mapping[str, object]", value).items():
            try:
                loaded[key] = item.load(element)
            except ShapeError as error:
                raise error.below(key) from None
        return loaded

    def dump(value: object) -> object:
        if not isinstance(value, Mapping):
            raise _refused("a mapping", value)
        dumped: dict[str, object] = {}
        for key, element in cast("Mapping[str, object]", value).items():
            try:
                dumped[str(key)] = item.dump(element)
            except ArgumentError as error:
                raise error.below(f"[{key!r}]") from None
        return dumped

    def respells(loaded: object, raw: object) -> bool:
        others = cast("Mapping[str, object]", raw)
        return any(
            item.respells(one, others[key]) for key, one in cast("Mapping[str, object]", loaded).items()
        )

    return Codec(Kind.OBJECT, Kind.OBJECT.value, load, dump, respells, holds_objects=True)


class Readable(Protocol):
    """A class of objects that JSON objects become: a model."""

    @classmethod
    def fields(cls) -> tuple[Field, ...]:
        """Return the fields that the spec names."""
        ...

    @classmethod
    def read_any(cls, value: object) -> Self:
        """Read a JSON object, whatever keys it has."""
        ...

    @classmethod
    def from_usual(cls, value: dict[str, object]) -> Self:
        """Read a JSON object whose values are of the usual types."""
        ...

    @classmethod
    def read_plain(cls, value: object) -> Self:
        """Read a JSON object of somebody else's making."""
        ...

    @classmethod
    def keeps_unknown(cls) -> bool:
        """Whether such an object may have keys that no field has."""
        ...

    def to_dict(self) -> dict[str, object]:
        """Return the JSON object."""
        ...

    @classmethod
    def write_dictionary(cls, given: Mapping[str, object]) -> dict[str, object]:
        """Return the JSON object that a dictionary in the place of the model stands for."""
        ...


def model(kind: Callable[[], type[Readable]]) -> Codec:
    """Return the codec of another model; a dictionary is taken for it when writing.

    Args:
        kind: returns it, when the first such object is there: each class takes its time to be made, and a reply has few
            of all the objects that may be in it.
    """

    def load(value: object) -> object:
        return kind().read_any(value)

    def load_usual(value: dict[str, object]) -> object:
        return kind().from_usual(value)

    def dump(value: object) -> object:
        if isinstance(value, Mapping):
            return kind().write_dictionary(cast("Mapping[str, object]", value))
        if not isinstance(value, kind()):
            raise _refused(f"{kind().__name__} or a dictionary", value)
        return value.to_dict()

    return Codec(
        Kind.OBJECT,
        Kind.OBJECT.value,
        load,
        dump,
        fields=functools.cache(lambda: kind().fields()),
        model=kind,
        usual=Usual(dict, load_usual),
        holds_objects=True,
    )


def union(*members: Codec) -> Codec:
    """Return the codec of a value that may be one of several kinds.

    The first that it fits as it is written is taken, else the first that it can be cast to.
    """
    usual = members[0].usual
    expected = " or ".join(member.name for member in members)

    def load(value: object) -> object:
        casts: list[object] = []
        for member in members:
            try:
                loaded = member.load(value)
            except ShapeError:
                continue
            if not member.respells(loaded, value):
                return loaded
            casts.append(loaded)
        if not casts:
            raise _wrong(expected, value)
        return casts[0]

    def dump(value: object) -> object:
        reason: ArgumentError | None = None
        for member in members:
            try:
                return member.dump(value)
            except ArgumentError as error:
                # A float is refused by the kind that would take a Decimal, and that is the reason worth telling.
                reason = error if reason is None or isinstance(value, float) else reason
        raise ArgumentError(f"expected {expected}, got {type(value).__name__}") from reason

    def respells(loaded: object, raw: object) -> bool:
        try:
            return not same(dump(loaded), raw)
        except ArgumentError:
            return False

    return Codec(
        Kind.UNION,
        expected,
        load,
        dump,
        respells,
        nullable=any(member.nullable for member in members),
        members=members,
        usual=usual if usual is not None and usual.exact else None,
        holds_objects=any(member.holds_objects for member in members),
    )

"""What every generated model stands on: how JSON becomes attrs objects and back, exactly.

A model lists its fields once, each with a codec. Reading keeps what the spec doesn't know (fields, enum values)
and refuses what it contradicts, with the JSON path of the place. Writing sends only what is set (behaviour 21) and
refuses a float wherever it stands: money is `Decimal`.
"""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from functools import wraps
from typing import TYPE_CHECKING, Any, Self, cast

from attrs import define, field

from ..errors import ArgumentError, ShapeError
from .codecs import Field as Field  # generated models take it from here
from .codecs import UnusualError
from .dictionaries import write_dictionary
from .exact_json import json_type, plain, same
from .readers import reader_of
from .spelling import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Callable

    from .codecs import Codec


@define(kw_only=True)
class Model:
    """A JSON object of the API.

    None stands for "not there": such a field isn't sent. Keys that the spec doesn't know are kept in
    `additional_properties` and written back; a key put there by hand is sent as it is, also with the value None,
    which is how an explicit null is sent.
    """

    additional_properties: dict[str, object] = field(factory=dict[str, object], repr=False)
    if not TYPE_CHECKING:

        def __init_subclass__(cls, **arguments):
            super().__init_subclass__(**arguments)
            # attrs has put its own there when it makes the class again, with slots.
            init = cls.__dict__.get("__init__")
            if init is not None:
                cls.__init__ = _says_what_was_meant(init)

    # What was read and may not be written the same way again (a null, a date-time in another spelling), as it came. It
    # is written back so as long as the attribute would still be written like what was read; that is worked out when it
    # is written. Values in Python are not compared: one that is changed in place equals itself.
    _read: dict[str, object] = field(factory=dict[str, object], init=False, repr=False, eq=False)

    @classmethod
    def fields(cls) -> tuple[Field, ...]:
        """Return the fields that the spec names."""
        raise TypeError(f"{cls.__name__} has no fields of its own")

    @classmethod
    def from_dict(cls, value: object) -> Self:
        """Read a JSON object.

        Args:
            value: what a JSON parser made of the object, fractional numbers as `Decimal`.

        Raises:
            ShapeError: a required key is missing, or a value is not what the spec says, with its JSON path.
        """
        if type(value) is dict:
            try:
                return cls.from_usual(value)  # pyright: ignore[reportUnknownArgumentType]
            except (ShapeError, UnusualError):
                pass
        return cls._with_care(value)  # pyright: ignore[reportUnknownArgumentType]

    @classmethod
    def from_usual(cls, value: dict[str, object]) -> Self:
        """Read a JSON object whose values are of the usual types, which nearly all are; see `from_dict`.

        Raises:
            ShapeError, UnusualError: some value is not, or it isn't worth the trouble yet; neither says where.
        """
        reader: Callable[[dict[str, object]], Self] | None = _readers.get(cls)
        if reader is None:
            # A program that reads one reply and ends is better off without.
            _reads[cls] = _reads.get(cls, 0) + 1
            if _reads[cls] <= _BEFORE_COMPILING:
                raise UnusualError
            reader = _readers[cls] = reader_of(cls, fields_of(cls))
        return reader(value)

    @classmethod
    def _with_care(cls, value: object) -> Self:
        """Read a JSON object field by field, with care."""
        if not isinstance(value, Mapping):
            raise ShapeError(f"expected an object for {cls.__name__}, got {json_type(value)}")
        rest = dict(cast("Mapping[str, object]", value))
        arguments: dict[str, object] = {}
        read: dict[str, object] = {}
        for item in fields_of(cls):
            if item.key not in rest:
                if item.required:
                    raise ShapeError("the key is missing", (item.key,))
                continue
            raw = rest.pop(item.key)
            try:
                loaded = item.codec.load(raw)
            except ShapeError as error:
                raise error.below(item.key) from None
            arguments[item.attribute] = loaded
            if loaded is None or item.codec.respells(loaded, raw):
                read[item.attribute] = raw
        result = cls(additional_properties=rest, **arguments)
        result._read = read
        return result

    def to_dict(self) -> dict[str, object]:
        """Return the JSON object: what is set, under the keys of the wire.

        Raises:
            ArgumentError: a value doesn't fit its field, for example a float for an amount, with the field's name.
        """
        written: dict[str, object] = {}
        for item in fields_of(type(self)):
            value = getattr(self, item.attribute)
            if value is None and self._read.get(item.attribute, _MISSING) is None:
                written[item.key] = None
                continue
            if value is None:
                if item.required and not item.codec.nullable:
                    raise ArgumentError(f"{type(self).__name__}.{item.attribute}: a value is required")
                if item.required:
                    written[item.key] = None
                continue
            try:
                dumped = item.codec.dump(value)
            except ArgumentError as error:
                raise ArgumentError(f"{type(self).__name__}.{item.attribute}: {error}") from None
            if item.attribute in self._read:
                dumped = _as_it_came(item.codec, self._read[item.attribute], dumped)
            written[item.key] = dumped
        if self.additional_properties:
            written.update(cast("dict[str, object]", plain(self.additional_properties)))
        return written

    @classmethod
    def write_dictionary(cls, given: Mapping[str, object]) -> dict[str, object]:
        """Return the JSON object that a dictionary in the place of this model stands for.

        Args:
            given: keyed by the names of the wire; None is "not there", as in the model, and what the spec doesn't
                have stands under `additional_properties`.

        Raises:
            ArgumentError: a key is none of the model's, or a value doesn't fit its field.
        """
        return write_dictionary(cls.__name__, _by_key(cls), given)


def _as_it_came(codec: Codec, raw: object, dumped: object) -> object:
    """Return what was read, where what is to be written says the same."""
    try:
        if raw is not None and same(codec.dump(codec.load(raw)), dumped):
            return deepcopy(raw)
    except (ArgumentError, ShapeError):
        pass  # what can't be written (a float, where no JSON parser of ours read it) has no spelling to keep
    return dumped


_MISSING = object()
# A model names others that may name it in turn, so its list is made on first use and not with the class.
_known: dict[type[Model], tuple[Field, ...]] = {}


def fields_of(model: type[Model]) -> tuple[Field, ...]:
    """Return the fields of a model, made once."""
    fields = _known.get(model)
    if fields is None:
        fields = _known[model] = model.fields()
    return fields


_keys: dict[type[Model], dict[str, Field]] = {}


def _by_key(model: type[Model]) -> dict[str, Field]:
    known = _keys.get(model)
    if known is None:
        known = _keys[model] = {item.key: item for item in fields_of(model)}
    return known


_BEFORE_COMPILING = 4
_reads: dict[type[Model], int] = {}
_readers: dict[type[Model], Callable[[dict[str, object]], Any]] = {}


def _says_what_was_meant(init: Callable[..., None]) -> Callable[..., None]:
    """Return the `__init__` of a model, whose error for a misspelt field names the one that was probably meant."""

    @wraps(init)
    def __init__(self: Model, *arguments: object, **values: object) -> None:  # noqa: N807
        try:
            init(self, *arguments, **values)
        except TypeError:
            known = [item.attribute for item in fields_of(type(self))]
            for name in values:
                if name not in (*known, "additional_properties"):
                    problem = f"{type(self).__name__}() got an unexpected keyword argument {name!r}"
                    raise TypeError(f"{problem}{did_you_mean(name, known)}") from None
            raise

    return __init__

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

import attrs
from attrs import define, field

from ..errors import ArgumentError, ShapeError
from .codecs import Field as Field  # generated models take it from here
from .codecs import UnusualError
from .dictionaries import unknown_key, write_dictionary
from .exact_json import json_text, json_type, load_json, plain, same
from .readers import reader_of
from .spelling import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from .codecs import Codec


def _says_what_was_meant(init: Callable[..., None]) -> Callable[..., None]:
    """Return the `__init__` of a model, whose error for a misspelt field names the one that was probably meant."""

    @wraps(init)
    def __init__(self: Model, *arguments: object, **values: object) -> None:  # noqa: N807
        try:
            init(self, *arguments, **values)
        except TypeError:
            known = [item.attribute for item in fields_of(type(self))]
            for name, value in values.items():
                if name not in (*known, "additional_properties"):
                    problem = f"{type(self).__name__}() got an unexpected keyword argument {name!r}"
                    said = type(self).about(name, value)
                    hint = f": {said}" if said else did_you_mean(name, known)
                    raise TypeError(f"{problem}{hint}") from None
            raise

    return __init__


@define(kw_only=True, repr=False)
class Model:
    """A JSON object of the API.

    None stands for "not there": such a field isn't sent. Keys that the spec doesn't know are kept in
    `additional_properties` and written back; a key put there by hand is sent as it is, also with the value None,
    which is how an explicit null is sent.

    `to_json` and `from_json` keep amounts digit by digit. Pydantic and FastAPI take models as they are.
    """

    additional_properties: dict[str, object] = field(factory=dict[str, object], repr=False)
    if not TYPE_CHECKING:

        def __init_subclass__(cls, **arguments):
            super().__init_subclass__(**arguments)
            # attrs has put its own there when it makes the class again, with slots.
            init = cls.__dict__.get("__init__")
            if init is not None:
                cls.__init__ = _says_what_was_meant(init)

        def __getattr__(self, name):
            """Tell what was probably meant; called where there is no such attribute."""
            raise _NoAttributeError(self, name)

        def __getitem__(self, key):
            """Tell how a model is read, to who takes it for a dictionary."""
            raise TypeError(
                f"{type(self).__name__} is no dictionary: read its fields as attributes, for example .{self.fields()[0].attribute}; "
                "to_dict() gives one"
            )

    # What was read and may not be written the same way again (a null, a date-time in another spelling), as it came. It
    # is written back so as long as the attribute would still be written like what was read; that is worked out when it
    # is written. Values in Python are not compared: one that is changed in place equals itself.
    _read: dict[str, object] = field(factory=dict[str, object], init=False, repr=False, eq=False)

    @classmethod
    def fields(cls) -> tuple[Field, ...]:
        """Return the fields that the spec names."""
        raise TypeError(f"{cls.__name__} has no fields of its own")

    @classmethod
    def from_dict(cls, value: object, *, keep_unknown: bool | None = None) -> Self:
        """Read a JSON object.

        Example:
            line = InvoiceLineInput.from_dict({"quantity": 2, "price": Decimal("49.90")})

        Args:
            value: what a JSON parser made of the object, fractional numbers as `Decimal`.
            keep_unknown: whether keys that the spec doesn't know are kept, as in `from_json`: left out, those of replies
                are, and in what is sent they are refused.

        Raises:
            ShapeError: a required key is missing, or a value is not what the spec says, with its JSON path.
            ArgumentError: a key is none of the model's.
        """
        return cls.read_plain(value, keep_unknown=keep_unknown)

    @classmethod
    def read_any(cls, value: object) -> Self:
        """Read a JSON object, whatever keys it has besides; see `from_dict`."""
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
                said = type(self).about(item.key, value)
                hint = f"; {said}" if said else ""
                raise ArgumentError(f"{type(self).__name__}.{item.attribute}: {error}{hint}") from None
            if item.attribute in self._read:
                dumped = _as_it_came(item.codec, self._read[item.attribute], dumped)
            written[item.key] = dumped
        if self.additional_properties:
            written.update(cast("dict[str, object]", plain(self.additional_properties)))
        return written

    def to_json(self, *, indent: int | None = None) -> str:
        """Return the JSON text: what is set, under the keys of the wire, amounts digit by digit.

        Example:
            InvoiceLineInput(quantity=2, price=Decimal("49.90")).to_json()    # '{"quantity":2,"price":49.90}'

        `json.dumps(invoice.to_dict())` can't do that: the standard library has no way to write a `Decimal`. Lists and
        dictionaries of models are written by `b2brouter_async.to_json`.

        Args:
            indent: spaces for each level, for people to read; left out, the text is one line.

        Raises:
            ArgumentError: as `to_dict`.
        """
        return json_text(self.to_dict(), indent=indent)

    @classmethod
    def from_json(cls, content: str | bytes, *, keep_unknown: bool | None = None) -> Self:
        """Read JSON text, amounts digit by digit.

        Example:
            invoice = InvoiceInput.from_json(await request.body())

        Args:
            content: a JSON object as text, or as UTF-8.
            keep_unknown: whether keys that the spec doesn't know are kept in `additional_properties`. Left out, those
                of replies are, and in what is sent they are refused: the server ignores such a key (behaviour 21), and
                a misspelt one is lost. True reads back what `to_json` wrote, whatever stood in it.

        Raises:
            ShapeError: it is no JSON, a required key is missing, a value is not what the spec says, or of what is
                sent a key is there twice.
            ArgumentError: a key is none of the model's.
        """
        return cls.read_plain(load_json(content, once=not cls.keeps_unknown()), keep_unknown=keep_unknown)

    @classmethod
    def read_plain(cls, value: object, *, keep_unknown: bool | None = None) -> Self:
        """Read what a JSON parser made of an object, as `from_json` reads the text."""
        read = cls.read_any(value)
        keep = cls.keeps_unknown() if keep_unknown is None else keep_unknown
        first = None if keep else next(unknown_keys(read), None)
        if first is not None:
            raise _refused(*first)
        return read

    @classmethod
    def keeps_unknown(cls) -> bool:
        """Whether `from_json` keeps keys that no field has."""
        return True

    def __repr__(self) -> str:
        fields = attrs.fields(type(self))
        shown = [(one.name, getattr(self, one.name)) for one in fields if one.repr]
        said = ", ".join(f"{name}={_shown(value)}" for name, value in shown if value is not None)
        return f"{type(self).__name__}({said})"

    @classmethod
    def __get_pydantic_core_schema__(cls, source: object, handler: object) -> Any:
        """Tell pydantic how to read and write this model; called by pydantic alone.

        Any, since its type is pydantic's, which need not be installed.
        """
        from .pydantic_schema import core_schema_of

        return core_schema_of(cls)

    @classmethod
    def __get_pydantic_json_schema__(cls, core_schema: object, handler: object) -> dict[str, object]:
        """Tell pydantic, and OpenAPI through it, what this model's JSON looks like."""
        from .pydantic_schema import json_schema_of

        return json_schema_of(cls, written=getattr(handler, "mode", "") == "serialization")

    @classmethod
    def write_dictionary(cls, given: Mapping[str, object]) -> dict[str, object]:
        """Return the JSON object that a dictionary in the place of this model stands for.

        Args:
            given: keyed by the names of the wire; None is "not there", as in the model, and what the spec doesn't
                have stands under `additional_properties`.

        Raises:
            ArgumentError: a key is none of the model's, or a value doesn't fit its field.
        """
        return write_dictionary(cls.__name__, _by_key(cls), given, cls.about)

    @classmethod
    def about(cls, key: str, value: object) -> str | None:
        """Tell what is known of a key that no field has, or of a value that doesn't fit: what it is, and the way out.

        Args:
            key: as it was given.
            value: what stands under it.
        """
        return None


@define(kw_only=True, repr=False)
class RequestModel(Model):
    """A JSON object that is sent. Foreign JSON is held to its fields: see `from_json`."""

    @classmethod
    def keeps_unknown(cls) -> bool:
        """Whether `from_json` keeps keys that no field has."""
        return False


def unknown_keys(model: Model) -> Iterator[tuple[tuple[str | int, ...], str, type[Model]]]:
    """Yield the keys that no field has: place of the model they stand in, key, and the model.

    Args:
        model: it and all that is in it are looked through.
    """
    for key in model.additional_properties:
        yield (), key, type(model)
    for item in fields_of(type(model)):
        value = getattr(model, item.attribute)
        if isinstance(value, Model):
            for place, key, kind in unknown_keys(value):
                yield (item.key, *place), key, kind
        elif isinstance(value, list):
            for index, one in enumerate(cast("list[object]", value)):
                if isinstance(one, Model):
                    for place, key, kind in unknown_keys(one):
                        yield (item.key, index, *place), key, kind


def _refused(place: tuple[str | int, ...], key: str, kind: type[Model]) -> ArgumentError:
    said = kind.about(key, None)
    if said is not None:
        error = ArgumentError(said, argument=key)
    else:
        way_out = "the spec doesn't have is read with keep_unknown=True"
        error = unknown_key(kind.__name__, key, _by_key(kind), way_out)
    for step in reversed(place):
        error = error.below(step)
    return error


_SHOWN = 3
"""Items of a list that a repr shows; an invoice may have thousands of lines."""


def _shown(value: object) -> str:
    if not isinstance(value, list):
        return repr(value)
    items = cast("list[object]", value)
    if len(items) <= _SHOWN:
        return repr(items)
    return f"[{', '.join(map(repr, items[:_SHOWN]))}, … {len(items) - _SHOWN} more]"


def _as_it_came(codec: Codec, raw: object, dumped: object) -> object:
    """Return what was read, where what is to be written says the same."""
    try:
        if raw is not None and same(codec.dump(codec.load(raw)), dumped):
            return deepcopy(raw)
    except (ArgumentError, ShapeError):
        pass  # what can't be written (a float, where no JSON parser of ours read it) has no spelling to keep
    return dumped


class _NoAttributeError(AttributeError):
    """A model has no such attribute. What was meant is looked for when somebody reads it: `getattr` may ask in vain, and often."""

    def __init__(self, model: Model, name: str) -> None:
        super().__init__(name)
        self._model = model

    def __str__(self) -> str:
        return _no_attribute(self._model, self.args[0])


def _no_attribute(model: Model, name: str) -> str:
    known = [item.attribute for item in fields_of(type(model))]
    by_key = {item.key: item.attribute for item in fields_of(type(model))}
    problem = f"{type(model).__name__} has no attribute {name!r}"
    if name in model.additional_properties:
        return f"{problem}; it came unknown to the spec, and stands in additional_properties[{name!r}]"
    if name in by_key:
        return f"{problem}; it is {by_key[name]!r} here"
    return f"{problem}{did_you_mean(name, [*known, 'to_dict', 'to_json', 'additional_properties'])}"


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

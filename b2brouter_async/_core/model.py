"""What every generated model stands on: how JSON becomes attrs objects and back, exactly.

A model lists its fields once, each with a codec. Reading keeps what the spec doesn't know (fields, enum values)
and refuses what it contradicts, with the JSON path of the place. Writing sends only what is set (behaviour 21) and
refuses a float wherever it stands: money is `Decimal`.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from copy import deepcopy
from typing import Self, cast

from attrs import define, field

from ..errors import ArgumentError, ShapeError
from .codecs import Field as Field  # noqa: TC001 - generated models take it from here
from .dictionaries import write_dictionary
from .exact_json import json_type, same


@define(kw_only=True)
class Model:
    """A JSON object of the API.

    None stands for "not there": such a field isn't sent. Keys that the spec doesn't know are kept in
    `additional_properties` and written back; a key put there by hand is sent as it is, also with the value None,
    which is how an explicit null is sent.
    """

    additional_properties: dict[str, object] = field(factory=dict[str, object], repr=False)
    # What was read and would not be written the same way again (a null, a date-time in another spelling): the way it
    # would be written, and the way it came. It is written back as it came as long as the attribute would still be
    # written like the former. Values in Python are not compared: one that is changed in place equals itself.
    _read: dict[str, tuple[object, object]] = field(
        factory=dict[str, tuple[object, object]], init=False, repr=False, eq=False
    )

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
        if not isinstance(value, Mapping):
            raise ShapeError(f"expected an object for {cls.__name__}, got {json_type(value)}")
        rest = dict(cast("Mapping[str, object]", value))
        arguments: dict[str, object] = {}
        read: dict[str, tuple[object, object]] = {}
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
            if loaded is None:
                read[item.attribute] = (None, None)
            elif item.codec.respells(loaded, raw):
                # What can't be written (a float, where no JSON parser of ours read it) has no spelling to keep.
                with suppress(ArgumentError):
                    read[item.attribute] = (item.codec.dump(loaded), deepcopy(raw))
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
            if value is None and item.attribute in self._read and self._read[item.attribute][0] is None:
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
            if item.attribute in self._read and same(self._read[item.attribute][0], dumped):
                dumped = deepcopy(self._read[item.attribute][1])
            written[item.key] = dumped
        written.update(self.additional_properties)
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
        return write_dictionary(cls.__name__, fields_of(cls), given)


# A model names others that may name it in turn, so its list is made on first use and not with the class.
_known: dict[type[Model], tuple[Field, ...]] = {}


def fields_of(model: type[Model]) -> tuple[Field, ...]:
    """Return the fields of a model, made once."""
    fields = _known.get(model)
    if fields is None:
        fields = _known[model] = model.fields()
    return fields

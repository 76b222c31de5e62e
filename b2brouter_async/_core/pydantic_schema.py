"""How pydantic, and FastAPI through it, reads, writes and describes a model. Only pydantic's own calls lead here.

Pydantic writes a `Decimal` as text, because JSON numbers become floats in most programs; so do models, with all their
digits. Read are whole numbers and text; a number with a fraction has become a float on its way, and is refused.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..errors import ArgumentError, ShapeError
from .codecs import Kind
from .exact_json import plain

if TYPE_CHECKING:
    from pydantic_core.core_schema import CoreSchema

    from .codecs import Codec, Readable

_TYPES: dict[Kind, dict[str, object]] = {
    Kind.TEXT: {"type": "string"},
    Kind.INTEGER: {"type": "integer"},
    Kind.BOOLEAN: {"type": "boolean"},
    Kind.DATE: {"type": "string", "format": "date"},
    Kind.DATETIME: {"type": "string", "format": "date-time"},
    Kind.UUID: {"type": "string", "format": "uuid"},
    Kind.FILE: {"type": "string", "format": "binary"},
    Kind.OBJECT: {"type": "object"},
    Kind.NULL: {"type": "null"},
    Kind.ANYTHING: {},
}
_AMOUNT: dict[str, object] = {"type": "string", "format": "decimal", "examples": ["49.90"]}


def core_schema_of(kind: type[Readable]) -> CoreSchema:
    """Return pydantic's schema of a model.

    Args:
        kind: the model.
    """
    from pydantic_core import PydanticCustomError, core_schema

    def read(value: object) -> Readable:
        if isinstance(value, kind):
            return value
        try:
            return kind.read_plain(plain(value))
        except (ArgumentError, ShapeError) as error:
            raise PydanticCustomError("b2brouter_model", "{problem}", {"problem": _problem(error)}) from None

    def write(value: Readable) -> dict[str, object]:
        return value.to_dict()

    return core_schema.no_info_plain_validator_function(
        read, serialization=core_schema.plain_serializer_function_ser_schema(write)
    )


def _problem(error: ArgumentError | ShapeError) -> str:
    text = str(error)
    if "a float" in text:
        return f"{text}. A JSON number with a fraction is a float here: send it as text, or read the bytes with from_json"
    return text


def json_schema_of(kind: type[Readable], *, written: bool) -> dict[str, object]:
    """Return the JSON schema of a model, the models in it in their places.

    Args:
        kind: the model.
        written: whether it describes what is written; what is read may have its amounts as whole numbers, too.
    """
    return _object(kind, written, ())


def _object(kind: type[Readable], written: bool, above: tuple[type[Readable], ...]) -> dict[str, object]:
    fields = kind.fields()
    schema: dict[str, object] = {
        "title": kind.__name__,
        "type": "object",
        "properties": {item.key: _value(item.codec, written, (*above, kind)) for item in fields},
        "additionalProperties": written or kind.keeps_unknown(),
    }
    required = [item.key for item in fields if item.required]
    return {**schema, "required": required} if required else schema


def _value(codec: Codec, written: bool, above: tuple[type[Readable], ...]) -> dict[str, object]:
    if codec.nullable and codec.kind not in (Kind.NULL, Kind.ANYTHING):
        return {"anyOf": [_plain_value(codec, written, above), {"type": "null"}]}
    return _plain_value(codec, written, above)


def _plain_value(codec: Codec, written: bool, above: tuple[type[Readable], ...]) -> dict[str, object]:
    if codec.kind is Kind.NUMBER:
        return _AMOUNT if written else {"anyOf": [{"type": "integer"}, _AMOUNT]}
    if codec.kind is Kind.LIST and codec.inner is not None:
        return {"type": "array", "items": _value(codec.inner, written, above)}
    if codec.kind is Kind.UNION:
        return {"anyOf": [_value(member, written, above) for member in codec.members]}
    model = None if codec.model is None else codec.model()
    if model is not None and model not in above:
        return _object(model, written, above)
    words = {"examples": list(codec.words)} if codec.words else {}
    return {**_TYPES[codec.kind], **words}

"""Every model, word and error goes to another process and comes back the same: queues and pools of processes need it."""

from __future__ import annotations

import copy
import pickle
from inspect import signature
from typing import Any

import pytest

import b2brouter_async
from b2brouter_async import bulk, einvoice, errors, fleet, limiter, models, simulator, tables, webhooks
from b2brouter_async._core.codecs import Codec, Kind
from b2brouter_async._core.enums import OpenStrEnum
from b2brouter_async._core.model import Model, fields_of
from b2brouter_async.tables.errors import Problems

MODELS = [name for name in dir(models) if issubclass(getattr(models, name), Model)]
WORDS = [name for name in dir(models) if issubclass(getattr(models, name), OpenStrEnum)]
PLAIN: dict[Kind, object] = {
    Kind.TEXT: "text",
    Kind.INTEGER: 7,
    Kind.BOOLEAN: True,
    Kind.NUMBER: "1.10",
    Kind.DATE: "2026-06-26",
    Kind.DATETIME: "2026-06-26T10:00:00.000+02:00",
    Kind.UUID: "12345678-1234-5678-1234-567812345678",
    Kind.NULL: None,
    Kind.ANYTHING: {"any": ["thing", None]},
}
"""A value of each kind as JSON has it."""


def value_of(codec: Codec, depth: int = 0) -> Any:
    """Return a JSON value that a codec reads, with everything in it that can be in it."""
    if codec.words:
        return codec.words[0]
    if codec.kind is Kind.LIST:
        assert codec.inner is not None
        return [value_of(codec.inner, depth + 1)]
    if codec.kind is Kind.UNION:
        return value_of(codec.members[0], depth)
    if codec.kind is Kind.OBJECT:
        fields = list(codec.fields()) if depth < 4 else []
        required = [item for item in codec.fields() if item.required]
        return {item.key: value_of(item.codec, depth + 1) for item in fields or required}
    return PLAIN[codec.kind]


def copies(value: Any) -> list[Any]:
    return [
        *(pickle.loads(pickle.dumps(value, protocol)) for protocol in range(2, pickle.HIGHEST_PROTOCOL + 1)),
        copy.copy(value),
        copy.deepcopy(value),
    ]


@pytest.mark.parametrize("name", MODELS)
def test_every_model_comes_back_as_it_was(name: str) -> None:
    model: type[Model] = getattr(models, name)
    read = model.from_dict(
        {item.key: value_of(item.codec) for item in fields_of(model)} | {"unheard_of": [None, {"a": "1.10"}]},
        keep_unknown=True,
    )
    for again in copies(read):
        assert type(again) is model
        assert again == read
        assert again.to_dict() == read.to_dict()
        assert again.additional_properties == {"unheard_of": [None, {"a": "1.10"}]}


@pytest.mark.parametrize("name", WORDS)
def test_every_word_comes_back_as_it_was_also_one_that_nobody_knew(name: str) -> None:
    words: type[OpenStrEnum] = getattr(models, name)
    for word in (*words, words("unheard_of")):
        for again in copies(word):
            assert again == word
            assert type(again) is words
            assert str(again) == str(word)


PUBLIC_ERRORS = {
    name: getattr(package, name)
    for package in (b2brouter_async, bulk, fleet, limiter, webhooks, tables, einvoice, simulator)
    for name in dir(package)
    if isinstance(getattr(package, name), type) and issubclass(getattr(package, name), Exception)
}
# tests/runtime/test_errors.py has one each of these.
OTHERS = sorted(PUBLIC_ERRORS.keys() - set(dir(errors)))
ARGUMENTS: dict[str, Any] = {
    "str": "a text", "str | None": "a text", "int": 7, "int | None": 7, "Retry": "later", "float": 60.0, "float | None": 60.0, "Reason": "too_old", "Problems": Problems(),
    "tuple[int, ...]": (1, 2), "tuple[str, ...]": ("one", "two"), "Sequence[int]": (1, 2), "Sequence[str]": ("one", "two"),
    "Mapping[int, Exception]": {7: errors.ArgumentError("a text")}, "Mapping[str, Exception]": {"main": errors.ArgumentError("a text")},
}  # fmt: skip
"""A value for each kind of argument that errors take."""


def error_of(kind: type[Exception]) -> Exception:
    """Return an error of a class, with a value for everything it takes."""
    given: list[Any] = []
    named: dict[str, Any] = {}
    for parameter in list(signature(kind.__init__).parameters.values())[1:]:
        if parameter.kind is parameter.VAR_POSITIONAL:
            given.append("a text")
        elif parameter.kind is parameter.KEYWORD_ONLY:
            named[parameter.name] = ARGUMENTS[str(parameter.annotation)]
        elif parameter.kind is not parameter.VAR_KEYWORD:
            given.append(ARGUMENTS[str(parameter.annotation)])
    return kind(*given, **named)


@pytest.mark.parametrize("name", OTHERS)
def test_every_public_error_comes_back_as_it_was(name: str) -> None:
    error = error_of(PUBLIC_ERRORS[name])
    for again in copies(error):
        assert type(again) is type(error)
        assert str(again) == str(error)
        assert str(vars(again)) == str(vars(error))

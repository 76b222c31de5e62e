"""Every sample of openapi/samples goes through its model, or its method's arguments, without loss."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import pytest

from b2brouter_async._core.exact_json import dump_json, load_json, same
from b2brouter_async._core.model import Model
from b2brouter_async._core.pagination import Page
from b2brouter_async._core.replies import Reply
from b2brouter_async.generated import models
from tests.described import ERRORS, EVENTS, LISTED, MANIFEST, REPLIES, REQUESTS, SAMPLES, model_of, operations

if TYPE_CHECKING:
    from types import ModuleType


def module_of(name: str) -> ModuleType:
    resource, method = name.split(".")
    for spelled in (method, f"{method}_"):
        if Path(models.__file__ or "").parent.parent.joinpath("api", resource, f"{spelled}.py").exists():
            return import_module(f"b2brouter_async.generated.api.{resource}.{spelled}")
    raise AssertionError(name)


def load(name: str) -> tuple[bytes, Any]:
    content = (SAMPLES / name).read_bytes()
    return content, load_json(content)


def written(value: object) -> object:
    """What would be sent for a value, read again."""
    if isinstance(value, Model):
        return load_json(dump_json(value.to_dict()))
    assert isinstance(value, list)
    return [written(one) for one in cast("list[object]", value)]


def test_every_sample_has_its_test() -> None:
    assert {path.name for path in SAMPLES.glob("*.json")} == {*LISTED, "manifest.json"}
    assert len(REPLIES) + len(EVENTS) + len(REQUESTS) + len(ERRORS) == len(MANIFEST)
    assert min(map(len, (REPLIES, EVENTS, REQUESTS, ERRORS))) > 0


@pytest.mark.parametrize("name", REPLIES)
def test_a_reply_is_read_and_written_without_loss(name: str) -> None:
    content, raw = load(name)
    facts = MANIFEST[name]

    value = module_of(facts["operation"]).OPERATION.parse(Reply(facts["status"], {}, content))

    again = written(value.items if isinstance(value, Page) else value)
    entry = operations()[facts["operation"]].entry
    expected = raw[entry.items] if entry.items else raw.get(entry.unwrap, raw)
    assert again == expected
    assert same(again, expected)
    if isinstance(value, Page):
        assert value.total_count == raw.get("meta", raw).get("total_count")


@pytest.mark.parametrize("name", REPLIES)
def test_a_reply_holds_no_field_that_its_model_lacks(name: str) -> None:
    content, _ = load(name)
    facts = MANIFEST[name]
    value = module_of(facts["operation"]).OPERATION.parse(Reply(facts["status"], {}, content))
    items = value.items if isinstance(value, Page) else value if isinstance(value, list) else [value]
    # The document says of a party found that further keys hold further kinds of document.
    free = {"CreditNote"} if name == "directory-200.json" else set[str]()

    assert items
    assert all(isinstance(one, Model) and set(one.additional_properties) == free for one in items)


@pytest.mark.parametrize("name", EVENTS)
def test_an_event_is_read_and_written_without_loss(name: str) -> None:
    _, raw = load(name)

    event = getattr(models, model_of(MANIFEST[name]["event"])).from_dict(raw)

    assert same(written(event), raw)


@pytest.mark.parametrize("name", REQUESTS)
def test_a_request_is_what_its_arguments_make(name: str) -> None:
    _, raw = load(name)
    operation = module_of(MANIFEST[name]["operation"]).OPERATION
    arguments = {
        item.name: item.codec.load(raw[item.key])
        for item in operation.arguments
        if item.place == "body" and item.key in raw
    }
    assert len(arguments) == len(raw)
    [first] = [item.name for item in operation.arguments if item.place == "path"]

    request = operation.request(**{first: 1}, **arguments)

    assert same(load_json(request.body.content), raw)
    assert any(isinstance(one, Model) for one in arguments.values()) or "state" in arguments


@pytest.mark.parametrize("name", ERRORS)
def test_the_json_of_an_error_is_read_without_loss(name: str) -> None:
    _, raw = load(name)

    assert same(load_json(dump_json(raw)), raw)

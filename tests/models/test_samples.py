"""Every sample of openapi/samples goes through its model, or its method's arguments, without loss."""

from __future__ import annotations

import json
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import pytest

from b2brouter_async.exact_json import dump_json, load_json, same
from b2brouter_async.generated import models
from b2brouter_async.model import Model
from b2brouter_async.operation import Reply
from b2brouter_async.pagination import Page
from overrides.document import read
from overrides.generation import HERE
from overrides.operations import load_entries, match
from overrides.regenerate import OPENAPI

if TYPE_CHECKING:
    from types import ModuleType

SAMPLES = OPENAPI / "samples"
MANIFEST: dict[str, dict[str, Any]] = json.loads((SAMPLES / "manifest.json").read_text("utf-8"))
# The manifest speaks of the document it came with, whatever `make generate` was given since.
DOCUMENT = OPENAPI / "b2brouter-2026-06-26.yaml"
ERRORS = sorted(name for name in MANIFEST if name.startswith("error-"))
EVENTS = sorted(name for name in MANIFEST if name.startswith("event-"))
REQUESTS = sorted(name for name in MANIFEST if name.startswith("request-"))
REPLIES = sorted(MANIFEST.keys() - {*ERRORS, *EVENTS, *REQUESTS})


@pytest.fixture(scope="module")
def names() -> dict[str, str]:
    """The SDK's name of each operationId of the document."""
    matched, _ = match(read(DOCUMENT), load_entries(HERE / "operations.yaml"))
    return {str(one.node["operationId"]): one.name for one in matched}


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


def unwrapped(raw: Any) -> Any:
    """A reply without its wrapper and its counters."""
    rest = {key: value for key, value in raw.items() if key not in ("meta", "total_count", "offset", "limit")}
    only = next(iter(rest.values())) if len(rest) == 1 else None
    return only if isinstance(only, (dict, list)) else raw


def test_every_sample_has_its_test() -> None:
    assert {path.name for path in SAMPLES.glob("*.json")} == {*MANIFEST, "manifest.json"}
    assert len(REPLIES) + len(EVENTS) + len(REQUESTS) + len(ERRORS) == len(MANIFEST)
    assert min(map(len, (REPLIES, EVENTS, REQUESTS, ERRORS))) > 0


@pytest.mark.parametrize("name", REPLIES)
def test_a_reply_is_read_and_written_without_loss(name: str, names: dict[str, str]) -> None:
    content, raw = load(name)
    facts = MANIFEST[name]

    value = module_of(names[facts["operation"]]).parse(Reply(facts["status"], {}, content))

    again = written(value.items if isinstance(value, Page) else value)
    expected = unwrapped(raw) if facts["schema"].endswith(("Response", "List")) else raw
    assert again == expected
    assert same(again, expected)
    if isinstance(value, Page):
        assert value.total_count == raw.get("meta", raw).get("total_count")


@pytest.mark.parametrize("name", REPLIES)
def test_a_reply_holds_no_field_that_its_model_lacks(name: str, names: dict[str, str]) -> None:
    content, _ = load(name)
    facts = MANIFEST[name]
    value = module_of(names[facts["operation"]]).parse(Reply(facts["status"], {}, content))
    items = value.items if isinstance(value, Page) else value if isinstance(value, list) else [value]
    # The document says of a party found that further keys hold further kinds of document.
    free = {"CreditNote"} if name == "directory-200.json" else set[str]()

    assert items
    assert all(isinstance(one, Model) and set(one.additional_properties) == free for one in items)


@pytest.mark.parametrize("name", EVENTS)
def test_an_event_is_read_and_written_without_loss(name: str) -> None:
    _, raw = load(name)

    event = getattr(models, MANIFEST[name]["schema"]).from_dict(raw)

    assert same(written(event), raw)


@pytest.mark.parametrize("name", REQUESTS)
def test_a_request_is_what_its_arguments_make(name: str, names: dict[str, str]) -> None:
    _, raw = load(name)
    module = module_of(names[MANIFEST[name]["operation"]])
    arguments = {
        item.attribute: item.codec.load(raw[item.key]) for item in module.ARGUMENTS if item.key in raw
    }
    assert len(arguments) == len(raw)

    request = module.build(1, **arguments)

    assert same(load_json(request.body.content), raw)
    assert any(isinstance(one, Model) for one in arguments.values()) or "state" in arguments


@pytest.mark.parametrize("name", ERRORS)
def test_the_json_of_an_error_is_read_without_loss(name: str) -> None:
    _, raw = load(name)

    assert same(load_json(dump_json(raw)), raw)

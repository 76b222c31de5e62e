"""What openapi-python-client does not do by itself, and its cure here, one by one."""

from __future__ import annotations

import datetime
import email
import email.policy
import importlib
import shutil
import sys
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from overrides.codegen import overlay
from overrides.codegen.generate import PACKAGE
from overrides.codegen.spec import SpecError
from tests.generation.own_spec import canonical, original
from tests.generation.small import answers, generated, spec

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from types import ModuleType

THING = {"type": "object", "required": ["id"], "properties": {"id": {"type": "integer"}}}
FILE = {"type": "string", "format": "binary"}

FORM = {
    "type": "object",
    "required": ["file"],
    "properties": {
        "file": FILE,
        "more": {"type": "array", "items": {"type": "string", "contentMediaType": "application/pdf"}},
        "amount": {"type": "number", "format": "decimal"},
        "sent": {"type": "boolean"},
        "day": {"type": "string", "format": "date"},
        'a"\r\nb': {"type": "string"},
        "tags": {"type": "array", "items": {"type": "string"}},
        "thing": THING,
    },
}


def body(*media_types: str, schema: Any = None) -> Any:
    return {"content": {name: {"schema": schema or {"type": "string"}} for name in media_types}}


PATHS: dict[str, Any] = {
    "/odd": {"post": {"responses": answers(THING, status="299")}},
    "/ranged": {"post": {"responses": answers(THING, status="2XX")}},
    "/rest": {"post": {"responses": answers(THING, status="default")}},
    "/both": {
        "post": {"responses": {**answers(THING, status="2XX"), **answers({"type": "object"}, status="201")}}
    },
    "/xml": {"post": {"responses": answers({"type": "string"}, media_type="text/xml")}},
    "/pdf": {"post": {"responses": answers(FILE, media_type="application/pdf")}},
    "/anything": {"post": {"responses": answers(FILE, media_type="*/*")}},
    "/empty": {"post": {"responses": {"204": {"description": ""}}}},
    "/several": {
        "post": {
            "requestBody": body("multipart/form-data", "application/xml", "application/octet-stream"),
            "responses": answers(THING),
        }
    },
    "/json_too": {
        "post": {
            "requestBody": body("multipart/form-data", "application/vnd.x+json; charset=utf-8", schema=THING),
            "responses": answers(THING),
        }
    },
    "/forms": {
        "post": {
            "requestBody": body("application/x-www-form-urlencoded", "Multipart/Form-Data", schema=FORM),
            "responses": answers(THING),
        }
    },
    "/encoded": {
        "post": {
            "requestBody": body("application/x-www-form-urlencoded", schema=FORM),
            "responses": answers(THING),
        }
    },
    "/old": {"post": {"deprecated": True, "responses": answers(THING)}},
    "/defaults": {
        "post": {
            "parameters": [
                {"name": "size", "in": "query", "schema": {"type": "integer", "default": 25}},
                {
                    "name": "kind",
                    "in": "query",
                    "schema": {"type": "string", "enum": ["a", "b"], "default": "a"},
                },
            ],
            "requestBody": body(
                "application/json",
                schema={
                    "type": "object",
                    "properties": {
                        "amount": {"type": "number", "format": "decimal", "default": 1.5},
                        "when": {"type": "string", "format": "date-time", "default": "2026-01-01T00:00:00Z"},
                        "_destroy": {"type": "boolean", "default": True},
                        "type": {"type": "string"},
                        "class": {"type": "string"},
                        "kind": {"type": "string"},
                    },
                },
            ),
            "responses": answers(THING),
        }
    },
    "/shapes": {
        "post": {
            "responses": answers(
                {
                    "type": "object",
                    "required": ["must"],
                    "properties": {
                        "must": {"type": "integer"},
                        "maybe": {"type": ["string", "null"], "enum": ["a", "b", None]},
                        "level": {"type": "integer", "enum": [1, 2]},
                        "scheme": {"oneOf": [{"type": "string"}, {"type": "integer"}, {"type": "null"}]},
                        "rows": {
                            "type": "array",
                            "items": {"type": ["string", "null"], "format": "date-time"},
                        },
                        "by_day": {"type": "object", "additionalProperties": {"type": "number"}},
                        "self": {"$ref": "#/components/schemas/Tree"},
                    },
                }
            )
        }
    },
}
TREE = {
    "type": "object",
    "properties": {
        "children": {"type": "array", "items": {"$ref": "#/components/schemas/Tree"}},
        "parent": {"allOf": [{"$ref": "#/components/schemas/Tree"}], "nullable": True},
    },
}


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """The generated package, imported beside a copy of the hand-written one under another name."""
    folder = tmp_path_factory.mktemp("limits")
    _, tree = generated(folder, spec(PATHS, Tree=TREE))
    name = "b2brouter_limits"
    (folder / name).mkdir()
    (folder / name / "__init__.py").touch()
    for own in ("errors.py", "_lazy.py"):
        shutil.copy(PACKAGE / own, folder / name)
    shutil.copytree(PACKAGE / "_core", folder / name / "_core")
    shutil.copytree(tree, folder / name / "generated")
    sys.path.insert(0, str(folder))

    def module(path: str) -> ModuleType:
        return importlib.import_module(f"{name}.{path}")

    yield module
    sys.path.remove(str(folder))
    for loaded in [one for one in sys.modules if one.startswith(name)]:
        del sys.modules[loaded]


def parsed(api: Any, resource: str, content: bytes, status: int = 200, media_type: str = "") -> Any:
    reply = api("_core.replies").Reply(status, {"content-type": media_type}, content)
    return api(f"generated.api.{resource}.create").OPERATION.parse(reply)


@pytest.mark.parametrize(
    ("resource", "status"), [("odd", 299), ("ranged", 207), ("rest", 200), ("both", 201)]
)
def test_a_status_out_of_the_ordinary_is_read(api: Any, resource: str, status: int) -> None:
    value = parsed(api, resource, b'{"id": 7}', status)

    assert (value["id"] if resource == "both" else value.id) == 7


@pytest.mark.parametrize("resource", ["xml", "pdf", "anything"])
def test_xml_and_binary_replies_are_files(api: Any, resource: str) -> None:
    value = parsed(api, resource, b"<a/>\xff", media_type="text/xml; charset=x")

    assert value.content == b"<a/>\xff"
    assert value.media_type == "text/xml"
    assert api(f"generated.api.{resource}.create").OPERATION.accept == "*/*"


def test_a_reply_without_a_body_is_none(api: Any) -> None:
    assert parsed(api, "empty", b"", 204) is None


def test_of_several_bodies_bytes_are_sent_as_they_are_and_json_wins(api: Any) -> None:
    several = api("generated.api.several.create").OPERATION.request(content=b"\x00\xff")
    assert (several.body.content, several.body.media_type) == (b"\x00\xff", "application/octet-stream")

    too = api("generated.api.json_too.create").OPERATION.request(id=1)
    assert too.body.content == b'{"id":1}'


def test_a_form_has_files_and_fields_and_no_boundary_is_random(api: Any) -> None:
    def build() -> Any:
        return api("generated.api.forms.create").OPERATION.request(
            file=('f\u00e4cture "1".xml', b"<a/>\xff\r\n"),
            more=[b"one", b"two"],
            amount=Decimal("1.10"),
            sent=True,
            day=datetime.date(2026, 6, 26),
            a_b="odd",
            tags=["x", "\u00fc"],
            thing={"id": 7},
        )

    sent = build().body

    assert (sent.content, sent.media_type) == (build().body.content, build().body.media_type)
    message = email.message_from_bytes(
        b"Content-Type: " + sent.media_type.encode() + b"\r\n\r\n" + sent.content, policy=email.policy.HTTP
    )
    parts = [
        (part["content-disposition"], part.get("content-type"), part.get_payload(decode=True))
        for part in message.iter_parts()
    ]
    octets = "application/octet-stream"
    assert parts == [
        ('form-data; name="file"; filename="f\u00e4cture %221%22.xml"', octets, b"<a/>\xff\r\n"),
        ('form-data; name="more"; filename="file"', octets, b"one"),
        ('form-data; name="more"; filename="file"', octets, b"two"),
        ('form-data; name="amount"', None, b"1.10"),
        ('form-data; name="sent"', None, b"true"),
        ('form-data; name="day"', None, b"2026-06-26"),
        ('form-data; name="a%22%0D%0Ab"', None, b"odd"),
        ('form-data; name="tags"', None, b"x"),
        ('form-data; name="tags"', None, "\u00fc".encode()),
        ('form-data; name="thing"', "application/json", b'{"id":7}'),
    ]


def test_two_forms_that_differ_have_boundaries_that_differ(api: Any) -> None:
    build = api("generated.api.forms.create").OPERATION.request

    assert build(file=b"1").body.media_type != build(file=b"2").body.media_type
    boundary = build(file=b"1").body.media_type.partition("boundary=")[2]
    assert build(file=b"1").body.content.count(boundary.encode()) == 2


def test_a_form_without_parts_is_an_address_line_where_only_that_is_taken(api: Any) -> None:
    sent = (
        api("generated.api.encoded.create")
        .OPERATION.request(file="<a/> &", sent=False, tags=["x", "y z"])
        .body
    )

    assert sent.media_type == "application/x-www-form-urlencoded"
    assert sent.content == b"file=%3Ca%2F%3E+%26&sent=false&tags=x&tags=y+z"


@pytest.mark.parametrize("file", ["text", ("a", "b"), (b"a", b"b"), {"a": b"b"}, 5])
def test_a_file_of_a_form_is_bytes(api: Any, file: object) -> None:
    with pytest.raises(api("errors").ArgumentError, match="file: expected bytes, or a name and bytes"):
        api("generated.api.forms.create").OPERATION.request(file=file)


@pytest.mark.parametrize("media_type", ["multipart/form-data", "Multipart/Mixed"])
def test_a_form_without_fields_is_refused_with_a_sentence(media_type: str, tmp_path: Path) -> None:
    paths = {"/forms": {"post": {"requestBody": body(media_type), "responses": answers(THING)}}}

    with pytest.raises(SpecError, match=r"forms\.create \(POST /forms\): a body of .* can't be generated"):
        generated(tmp_path, spec(paths))


def test_json_holds_no_files(tmp_path: Path) -> None:
    thing = {"type": "object", "properties": {"file": FILE}}
    paths = {
        "/x": {"post": {"requestBody": body("application/json", schema=thing), "responses": answers(thing)}}
    }

    generation, _ = generated(tmp_path, spec(paths))

    assert generation.surface["operations"]["x.create"]["arguments"]["file"]["type"] == "str | None"
    assert generation.surface["models"]["XCreate"]["fields"]["file"]["type"] == "str | None"


def test_a_media_type_that_is_none_is_refused(tmp_path: Path) -> None:
    paths = {"/x": {"post": {"requestBody": body("a/b\r\nX-Y: z"), "responses": answers(THING)}}}

    with pytest.raises(SpecError, match="is no media type"):
        generated(tmp_path, spec(paths))


@pytest.mark.anyio
async def test_a_deprecated_operation_warns(api: Any) -> None:
    class Caller:
        api_version = "2026-06-26"

        def account_or_default(self, account: object) -> object:
            return account

        async def call(self, operation: Any, request: Any, options: Any) -> Any:
            return operation.deprecated

    old = api("generated.resources.old").Old(Caller())

    with pytest.warns(DeprecationWarning, match=r"old\.create is deprecated by the API"):
        assert await old.create() is True


def test_defaults_of_the_document_are_not_sent(api: Any) -> None:
    request = api("generated.api.defaults.create").OPERATION.request()

    assert request.query == ()
    assert request.body.content == b"{}"


def test_awkward_names_have_usable_arguments(api: Any) -> None:
    when = datetime.datetime(2026, 1, 2, tzinfo=datetime.UTC)

    request = api("generated.api.defaults.create").OPERATION.request(
        amount=Decimal("1.10"), when=when, destroy=False, type="t", class_="c", kind="q", kind_="b", size=5
    )

    assert dict(request.query) == {"size": "5", "kind": "q"}
    assert request.body.value == {
        "amount": Decimal("1.10"),
        "when": "2026-01-02T00:00:00.000Z",
        "_destroy": False,
        "type": "t",
        "class": "c",
        "kind": "b",
    }
    with pytest.raises(api("errors").ArgumentError, match="amount: a float can't hold an amount exactly"):
        api("generated.api.defaults.create").OPERATION.request(amount=1.1)


def test_nullable_enumerations_unions_maps_and_recursion(api: Any) -> None:
    raw = (
        b'{"must":1,"maybe":null,"level":3,"scheme":"0088","rows":["2026-01-01T00:00:00",null],'
        b'"by_day":{"a":0.10},"self":{"children":[{"parent":null}],"more":1}}'
    )

    value = parsed(api, "shapes", raw)

    assert value.maybe is None
    assert value.level == 3
    assert not value.level.known
    assert value.by_day == {"a": Decimal("0.10")}
    assert value.self_.children[0].parent is None
    assert api("_core.exact_json").dump_json(value.to_dict()) == raw
    assert parsed(api, "shapes", b'{"must":1,"maybe":"new"}').maybe == "new"
    assert parsed(api, "shapes", b'{"must":1,"scheme":88}').scheme == 88


def test_a_reference_that_more_is_said_of_is_the_same_model(api: Any) -> None:
    assert [name for name in api("generated.models").__all__ if "Tree" in name] == ["Tree"]


@pytest.mark.parametrize(
    ("content", "place"),
    [
        (b"{}", "$.must"),
        (b'{"must":null}', "$.must"),
        (b'{"must":1,"level":"x"}', "$.level"),
        (b'{"must":1,"self":{"children":[{"children":5}]}}', "$.self.children[0].children"),
        (b'{"must":1,"by_day":{"a":"b"}}', "$.by_day.a"),
        (b"[]", "$"),
        (b"<html>", "$"),
    ],
)
def test_what_the_document_contradicts_is_one_error_with_its_place(
    api: Any, content: bytes, place: str
) -> None:
    with pytest.raises(api("errors").ShapeError) as caught:
        parsed(api, "shapes", content)

    assert caught.value.json_path == place


ACTION = {"target": "$.info", "update": {"x": 1}, "description": "why", "x-drop-when": "when"}


@pytest.mark.parametrize("missing", ["target", "description", "x-drop-when"])
def test_a_correction_without_its_reason_is_refused(missing: str, tmp_path: Path) -> None:
    import json

    path = tmp_path / "overlay.yaml"
    action = {key: value for key, value in ACTION.items() if key != missing}
    path.write_text(json.dumps({"overlay": "1.0.0", "actions": [action]}))

    with pytest.raises(SpecError, match=f"action 1 lacks {missing}"):
        overlay.load(path)


def test_corrections_merge_append_and_remove_and_idle_ones_are_told() -> None:
    before = {"info": {"a": [1], "b": {"c": 2}}, "gone": 1}
    actions = [
        {**ACTION, "target": "$.info", "update": {"a": [2], "b": {"d": 3}}},
        {**ACTION, "target": "$.gone", "update": None, "remove": True},
        {**ACTION, "target": "$.info.b", "update": {"c": 2}},
        {**ACTION, "target": "$.nowhere", "update": {}},
    ]

    after, idle = overlay.apply(before, {"actions": actions})

    assert after == {"info": {"a": [1, 2], "b": {"c": 2, "d": 3}}}
    assert before["gone"] == 1
    assert [text.split(" ")[1] for text in idle] == ["3", "4"]


def test_every_correction_changes_something_in_the_spec_it_was_written_for() -> None:
    _, notes = canonical(original())

    assert notes == []

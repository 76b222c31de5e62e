"""Documents that are broken, or built to break: each ends in one sentence that says where, or in a generation."""

from __future__ import annotations

import json
import random
from typing import TYPE_CHECKING, Any

import pytest

from overrides.codegen.generate import canonical
from overrides.codegen.naming import LONGEST
from overrides.codegen.spec import DEEPEST, SpecError, check, look_up, parse, read
from tests.generation.own_spec import original
from tests.generation.small import answers, generated, spec

if TYPE_CHECKING:
    from pathlib import Path

    from overrides.codegen.spec import Node

pytestmark = pytest.mark.nightly

THING = {"type": "object", "required": ["id"], "properties": {"id": {"type": "integer"}}}


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (b"a: 1\nb: 2\na: 3\n", "line 3: the key 'a' stands there twice"),
        (b"x:\n  200: a\n  '200': b\n", "line 3: the key '200' stands there twice"),
        (b'{"a": {"b": 1, "b": 2}}', "the key 'b' stands twice"),
        (b"x: &x {a: 1}\ny: {<<: *x}\n", "line 2: merge keys"),
        (b"a: " + b"[" * 100_000, f"nested more than {DEEPEST} deep"),
        (b"a: " + b"{b: " * 100_000, f"nested more than {DEEPEST} deep"),
        (b"[" * 100_000, "not YAML"),
        (b"a: !!python/object/apply:os.getcwd []", "not YAML"),
        (b"a: " + b"9" * 5000, "not YAML"),
        (b"a: \x00", "not YAML"),
        (b"a: 1\n---\nb: 2\n", "not YAML"),
    ],
)
def test_what_a_parser_would_swallow_or_choke_on_is_refused(text: bytes, sentence: str) -> None:
    with pytest.raises(SpecError, match=sentence):
        parse(text)


def test_dates_codes_with_a_leading_zero_and_norway_stay_text() -> None:
    assert parse(b"a: 2026-06-26\nb: no\nc: on\nd: 0777\ne: 1_000\nf: 12:30:45\ng: 0208\n") == {
        "a": "2026-06-26",
        "b": "no",
        "c": "on",
        "d": "0777",
        "e": "1_000",
        "f": "12:30:45",
        "g": "0208",
    }


@pytest.mark.parametrize(
    "value", ["!!binary aGk=", "!!timestamp 2020-01-01", "!!set {a}", "{? !!binary aGk= : 1}"]
)
def test_a_value_that_json_cannot_hold_is_refused(value: str, tmp_path: Path) -> None:
    source = tmp_path / "vendor.yaml"
    source.write_text(f"{json.dumps(spec({'/x': {}}))[:-1]}, x-y: {value}}}", encoding="utf-8")

    with pytest.raises(SpecError, match="has no place in an OpenAPI spec"):
        read(source)


def test_a_document_in_json_that_is_nested_too_deeply_is_refused() -> None:
    node: Any = {}
    for _ in range(DEEPEST + 1):
        node = {"a": node}

    with pytest.raises(SpecError, match=f"here: it is nested more than {DEEPEST} deep"):
        check({**spec({"/x": {}}), "x-deep": node}, "here")


def test_an_alias_that_holds_itself_is_refused() -> None:
    with pytest.raises(SpecError, match="aliases make it larger"):
        check({**spec({"/x": {}}), "x-loop": parse(b"&a [*a]")}, "here")


@pytest.mark.parametrize("version", ["1.0.0", "latest", "2026-13-01", "20260626\r\nX-Other: 1", "v2026"])
def test_a_version_that_no_request_could_ask_for_is_refused(version: str, tmp_path: Path) -> None:
    described = spec({"/x": {"get": {"responses": answers(THING)}}})
    described["info"]["version"] = version

    with pytest.raises(SpecError, match="an API version is a day: YYYY-MM-DD"):
        generated(tmp_path, described)


@pytest.mark.parametrize("version", ["2027-01-15", "20270115", "v20270115", "v2027-01-15"])
def test_the_version_is_sent_as_a_day_however_the_document_spells_it(version: str, tmp_path: Path) -> None:
    described = spec({"/x": {"get": {"responses": answers(THING)}}})
    described["info"]["version"] = version

    generation, tree = generated(tmp_path, described)

    assert generation.api_version == "2027-01-15"
    assert 'API_VERSION = "2027-01-15"' in (tree / "platform.py").read_text("utf-8")
    assert json.loads((tree / "SPEC.json").read_text("utf-8"))["api_version"] == "2027-01-15"


PATHS: Node = {
    "/x/{a}": {
        "parameters": [{"name": "a", "in": "path", "required": True, "schema": {"type": "integer"}}],
        "get": {"responses": answers(THING)},
    }
}


@pytest.mark.parametrize("path", ["~1x~1{a}", "~1x~1%7Ba%7D", "~1x~1%7ba%7d"])
def test_a_reference_into_the_paths_and_into_a_list_is_followed(path: str) -> None:
    described = spec(PATHS)

    assert look_up(described, f"#/paths/{path}/parameters/0/name") == "a"
    assert look_up(described, f"#/paths/{path}/get/responses/200/content/application~1json/schema") == THING
    for nowhere in ("parameters/1", "parameters/-1", "parameters/x", "get/none", "get/responses/200/0"):
        with pytest.raises(SpecError, match="nothing is there"):
            look_up(described, f"#/paths/{path}/{nowhere}")


def test_what_refers_to_itself_without_an_object_between_ends_in_anything(tmp_path: Path) -> None:
    tree = {"oneOf": [{"type": "string"}, {"type": "array", "items": {"$ref": "#/components/schemas/Tree"}}]}
    free = {"type": "object", "additionalProperties": {"$ref": "#/components/schemas/Free"}}
    thing = {
        "type": "object",
        "properties": {
            "tree": {"$ref": "#/components/schemas/Tree"},
            "beside": {"$ref": "#/components/schemas/Tree"},
            "free": {"$ref": "#/components/schemas/Free"},
            "rows": {"$ref": "#/components/schemas/List"},
        },
    }
    # Through an object there is no end either, but a name.
    things = {"type": "array", "items": {"$ref": "#/components/schemas/Thing"}}
    paths = {"/x": {"get": {"responses": answers({"$ref": "#/components/schemas/Thing"})}}}

    generation, _ = generated(tmp_path, spec(paths, Tree=tree, Free=free, Thing=thing, List=things))

    fields = generation.surface["models"]["Thing"]["fields"]
    assert {name: one["type"] for name, one in fields.items()} == {
        "tree": "str | list[object] | None",
        "beside": "str | list[object] | None",
        "free": "dict[str, object] | None",
        "rows": "list[Thing] | None",
    }
    held = [note for note in generation.notes if "holds itself, and no object is between" in note]
    assert [note.split(":")[0] for note in held] == ["Thing.tree[]", "Thing.beside[]", "Thing.free{}"]


@pytest.mark.parametrize("kind", ["allOf", "anyOf"])
def test_what_is_nothing_but_itself_is_refused(kind: str, tmp_path: Path) -> None:
    paths = {"/x": {"get": {"responses": answers({"$ref": "#/components/schemas/A"})}}}

    with pytest.raises(SpecError, match="GET /x: a schema there holds itself without end"):
        generated(tmp_path, spec(paths, A={kind: [{"$ref": "#/components/schemas/A"}, THING]}))


def test_references_that_go_in_a_circle_are_refused(tmp_path: Path) -> None:
    paths = {"/x": {"get": {"responses": answers({"$ref": "#/components/schemas/A"})}}}
    schemas = {"A": {"$ref": "#/components/schemas/B"}, "B": {"$ref": "#/components/schemas/A"}}

    with pytest.raises(SpecError, match="the references go in a circle"):
        generated(tmp_path, spec(paths, **schemas))


def test_endless_names_are_cut_and_kept_apart(tmp_path: Path) -> None:
    long = "a" * 3000
    paths = {
        f"/{long}": {"get": {"responses": answers({"$ref": f"#/components/schemas/{long}"})}},
        f"/{long}b": {"get": {"responses": answers({"$ref": f"#/components/schemas/{long}b"})}},
        f"/x/{long}/{long}/{{{long}}}": {"delete": {"responses": {"204": {"description": ""}}}},
        f"/x/{long}/{long}c/{{{long}}}": {"delete": {"responses": {"204": {"description": ""}}}},
    }
    fields = {f"{long}{number}": {"type": "string", "enum": [long, f"{long}b"]} for number in range(2)}
    schemas = {long: {"type": "object", "properties": fields}, f"{long}b": THING}

    generation, tree = generated(tmp_path, spec(paths, **schemas))

    assert len(generation.surface["operations"]) == 4
    assert len(generation.surface["models"]) == 2
    assert len(next(iter(generation.surface["models"].values()))["fields"]) == 2
    assert max(len(path.name) for path in tree.rglob("*")) < 2 * LONGEST


@pytest.mark.parametrize(
    ("path", "place"),
    [
        ({"get": {"parameters": 5, "responses": answers(THING)}}, "GET /x"),
        ({"parameters": 5, "get": {"responses": answers(THING)}}, "/x"),
        ({"get": {"responses": [1]}}, "GET /x"),
        ({"get": {"responses": {"200": {"content": [1]}}}}, "GET /x"),
        ({"get": {"responses": {"200": {"content": {"application/json": None}}}}}, "GET /x"),
        ({"get": {"responses": answers({"properties": 5})}}, "GET /x"),
        ({"post": {"requestBody": {"content": {"application/json": 1}}, "responses": {}}}, "POST /x"),
    ],
)
def test_a_malformed_part_is_named(path: Node, place: str, tmp_path: Path) -> None:
    with pytest.raises(SpecError, match=rf"^{place}: it is not as OpenAPI has it: "):
        generated(tmp_path, spec({"/x": path}))


def test_parts_that_are_there_and_empty_are_nothing(tmp_path: Path) -> None:
    paths: Node = {
        "/x": {"parameters": None, "get": {"parameters": None, "responses": None}},
        "/y": {"get": {"responses": {"200": None}}, "post": None},
        "/z": None,
    }

    generation, _ = generated(tmp_path, spec(paths))

    assert list(generation.surface["operations"]) == ["x.list", "y.list"]


def spots(spec: Node) -> list[tuple[Any, Any]]:
    """Every place of a spec: what holds it, and the key."""
    found: list[tuple[Any, Any]] = []
    waiting: list[Any] = [spec]
    while waiting:
        node = waiting.pop()
        inner = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
        for key, value in inner:
            found.append((node, key))
            waiting.append(value)
    return found


@pytest.mark.parametrize("seed", range(40))
def test_whatever_is_broken_ends_in_a_sentence_or_in_a_generation(seed: int) -> None:
    chance = random.Random(seed)
    described = original()
    others: list[Any] = [
        None,
        5,
        1.5,
        "x",
        True,
        [],
        {},
        [None],
        [5],
        {"a": None},
        {"$ref": 5},
        {"$ref": "#/x"},
    ]
    for holder, key in chance.sample(spots(described), 20):
        holder[key] = chance.choice(others)

    assert outcome(described)


def outcome(described: Node) -> str:
    try:
        check(described, "here")
        rebuilt, _ = canonical(described)
    except SpecError as error:
        return str(error)
    return f"{len(rebuilt.operations)} operations"

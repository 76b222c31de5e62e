"""The same API in other words gives the same SDK."""

from __future__ import annotations

import ast
import functools
import json
import random
from typing import TYPE_CHECKING, Any, cast

import pytest
import yaml
from attrs import evolve

from overrides.codegen.generate import Generation, differences
from overrides.codegen.merging import bare
from tests.generation import small, transform
from tests.generation.own_spec import SPEC, canonical, generate, original

if TYPE_CHECKING:
    from pathlib import Path

    from overrides.codegen.spec import Node

pytestmark = pytest.mark.nightly

# What a combination leaves out would undo what it is to show.
COMBINED = {
    "renamed": ["other_operation_ids", "other_tags", "other_path_parameters", "other_components"],
    "inlined": ["everything_inlined", "other_operation_ids", "other_tags", "other_path_parameters"],
    "extracted": ["everything_extracted", "other_components", "other_path_parameters"],
    "3.0 inlined": ["everything_inlined", "as_3_0", "other_tags"],
    "3.0 extracted": ["as_3_0", "everything_extracted", "other_components", "shared_by_paths"],
    "3.0 renamed": ["as_3_0", "other_path_parameters", "other_components", "other_operation_ids"],
    "bundled": ["referred_to_first_use", "without_extensions", "other_components"],
    "silent": [
        "as_3_0",
        "silent_about_events",
        "silent_about_values",
        "silent_about_reasons",
        "other_components",
    ],
    "shuffled": ["unions_by_one_of", "reordered", "other_path_parameters", "other_components"],
    "everything": [
        "unions_by_one_of",
        "shared_by_paths",
        "other_path_parameters",
        "everything_extracted",
        "other_components",
        "as_3_0",
        "other_operation_ids",
        "other_tags",
        "without_texts",
        "without_extensions",
        "reordered",
    ],
}


def transformed(names: list[str], seed: int, spec: Node | None = None) -> Node:
    spec, chance = spec or original(), random.Random(seed)
    for name in names:
        spec = transform.ALL[name](spec, chance)
    return spec


def generated(spec: Node, folder: Path, *, form: str = "json") -> tuple[Generation, Path]:
    source = folder / f"vendor.{form}"
    text = json.dumps(spec) if form == "json" else yaml.safe_dump(spec, sort_keys=False)
    source.write_text(text, encoding="utf-8")
    return generate(source, folder / "generated"), folder / "generated"


def visible(surface: Node) -> Any:
    """What a caller sees: resources, methods, arguments, types, models, fields, values."""
    operations = {name: {**one, "evidence": ""} for name, one in surface["operations"].items()}
    enums = {name: sorted(map(str, values)) for name, values in surface["enums"].items()}
    return {**surface, "operations": operations, "enums": enums}


class _Undocumented(ast.NodeTransformer):
    """Drops docstrings and the texts below attributes."""

    def visit_Expr(self, node: ast.Expr) -> ast.Expr | None:
        return None if isinstance(node.value, ast.Constant) else node


@functools.cache
def without_texts(source: str) -> str:
    """What a module says to Python."""
    return ast.dump(_Undocumented().visit(ast.parse(source)))


def code(root: Path) -> dict[str, str]:
    return {
        str(path.relative_to(root)): without_texts(path.read_text("utf-8"))
        for path in sorted(root.rglob("*.py"))
    }


def meaning(spec: Node) -> object:
    """What the generator is given of a spec, without texts and in one order."""
    rebuilt, _ = canonical(spec)
    for item in rebuilt.spec["paths"].values():
        for operation in item.values():
            operation["parameters"].sort(key=lambda one: (one["in"], one["name"]))
    # Texts, and how well things are known, are the spec's own business.
    said = {"summary": "", "description": "", "statuses": [], "evidence": "", "beta": False}
    infos = {
        name: evolve(info, matched=cast("Any", info.matched.entry), **cast("Any", said))
        for name, info in rebuilt.operations.items()
    }
    return bare(rebuilt.spec), infos, rebuilt.request_models, rebuilt.body_models


@pytest.fixture(scope="module")
def our_meaning() -> object:
    return meaning(original())


@pytest.mark.parametrize(
    "seed", [0, pytest.param(1, marks=pytest.mark.nightly), pytest.param(2, marks=pytest.mark.nightly)]
)
@pytest.mark.parametrize("name", transform.ALL)
def test_another_spelling_means_the_same(name: str, seed: int, our_meaning: object) -> None:
    assert meaning(transformed([name], seed)) == our_meaning


@pytest.mark.nightly
@pytest.mark.parametrize("name", COMBINED)
def test_several_spellings_at_once_give_the_same_sdk(
    name: str, ours: tuple[Generation, Path], tmp_path: Path
) -> None:
    generation, tree = generated(transformed(COMBINED[name], seed=2), tmp_path)

    assert visible(generation.surface) == visible(ours[0].surface)
    if not {"reordered", "without_extensions"} & set(COMBINED[name]):
        assert code(tree) == code(ours[1])


def test_the_tree_is_the_same_to_the_byte_where_only_names_differ(
    ours: tuple[Generation, Path], tmp_path: Path
) -> None:
    names = ["other_operation_ids", "other_tags", "other_path_parameters", "other_components"]

    _, tree = generated(transformed(names, seed=4), tmp_path)

    assert differences(tree, ours[1]) == ["SPEC.json"]


def test_yaml_and_json_say_the_same(ours: tuple[Generation, Path], tmp_path: Path) -> None:
    _, tree = generated(original(), tmp_path, form="yaml")

    assert differences(tree, ours[1]) == ["SPEC.json"]


def test_a_generation_repeats_to_the_byte(ours: tuple[Generation, Path], tmp_path: Path) -> None:
    generate(SPEC, tmp_path / "again")

    assert differences(tmp_path / "again", ours[1]) == []


def test_the_transformations_do_change_a_document_that_has_something_of_everything() -> None:
    thing = {
        "type": "object",
        "description": "A thing.",
        "properties": {
            "id": {"type": ["integer", "null"]},
            "other": {"$ref": "#/components/schemas/Other", "description": "More of it."},
            "either": {"anyOf": [{"type": "string"}, {"type": "integer"}, {"type": "boolean"}]},
        },
    }
    other = {"type": "object", "x-evidence": "inferred", "properties": {"id": {"type": "integer"}}}
    body = {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Thing"}}}}
    number = {"name": "id", "in": "path", "required": True, "schema": {"type": "integer"}}
    operation = {
        "operationId": "thing",
        "tags": ["things"],
        "parameters": [number],
        "responses": {"200": body},
    }
    paths = {"/x/{id}": {"get": operation}, "/y/{id}": {"post": {**operation, "requestBody": body}}}
    kinds = {"type": "string", "enum": ["IssuedInvoice", "IssuedSimplifiedInvoice", "ReceivedInvoice"]}
    receipt: Node = {"content": {"application/json": {"schema": {}}, "application/xml": {"schema": {}}}}
    paths["/z/download_response"] = {"get": {"responses": {"200": receipt}}}
    described = small.spec(paths, Thing=thing, Other=other, Kind=kinds)
    described["webhooks"] = {"x": {"post": {"requestBody": body}}}
    before = json.dumps(described)

    for name, change in transform.ALL.items():
        assert any(json.dumps(change(described, random.Random(seed))) != before for seed in range(5)), name
    assert json.dumps(described) == before

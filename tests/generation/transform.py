"""The same API in other words: specs made from ours by transformation.

Each function takes a spec and a source of chance, and returns a new one that describes the same API.
"""

from __future__ import annotations

import copy
import random
import re
from collections.abc import Callable
from typing import Any, cast

from overrides.codegen.generate import supplement_of
from overrides.codegen.spec import METHODS, Node, follow, look_up
from tests.generation.own_spec import FOLDER

Transformation = Callable[[Node, random.Random], Node]
HOSTILE = (
    "Model",
    "Field",
    "Decimal",
    "Sequence",
    "Operation",
    "List",
    "None",
    "match",
    "class",
    "Invoice_",
    "çà",
)


def _walk(node: Any, change: Callable[[Any], Any]) -> Any:
    """Rebuild a tree from the leaves up."""
    if isinstance(node, dict):
        node = {key: _walk(value, change) for key, value in node.items()}
    elif isinstance(node, list):
        node = [_walk(value, change) for value in node]
    return change(node)


def _operations(spec: Node) -> list[Node]:
    return [
        item[method]
        for item in spec["paths"].values()
        for method in METHODS
        if isinstance(item.get(method), dict)
    ]


def _word(chance: random.Random) -> str:
    return chance.choice(HOSTILE) + "".join(chance.choices("abcXYZ019-_.", k=8))


def other_operation_ids(spec: Node, chance: random.Random) -> Node:
    """Spell operationIds otherwise, or leave them out."""
    spec = copy.deepcopy(spec)
    for operation in _operations(spec):
        operation.pop("operationId", None)
        if chance.random() < 0.7:
            operation["operationId"] = _word(chance)
    return spec


def other_tags(spec: Node, chance: random.Random) -> Node:
    """Group operations otherwise, or not at all."""
    spec = copy.deepcopy(spec)
    spec.pop("tags", None)
    for operation in _operations(spec):
        operation["tags"] = [_word(chance) for _ in range(chance.randrange(3))]
    return spec


def other_path_parameters(spec: Node, chance: random.Random) -> Node:
    """Name the parameters of paths otherwise."""
    spec = copy.deepcopy(spec)
    paths: Node = {}
    for path, item in spec["paths"].items():
        item = dict(item.items())
        names = {name: _word(chance) for name in re.findall(r"\{([^{}]*)\}", path)}
        for key, holder in list(item.items()):
            if key == "parameters":
                item[key] = [_renamed(spec, one, names) for one in holder]
            elif isinstance(holder, dict) and "parameters" in holder:
                parameters = [_renamed(spec, one, names) for one in holder["parameters"]]
                item[key] = {**holder, "parameters": parameters}
        paths[re.sub(r"\{([^{}]*)\}", lambda found: "{" + names[found[1]] + "}", path)] = item  # noqa: B023
    return {**spec, "paths": paths}


def _renamed(spec: Node, parameter: Node, names: dict[str, str]) -> Node:
    resolved, _ = follow(spec, parameter)
    if resolved["in"] != "path" or resolved["name"] not in names:
        return parameter
    return {**resolved, "name": names[resolved["name"]]}


def other_components(spec: Node, chance: random.Random) -> Node:
    """Name every component otherwise."""
    spec = copy.deepcopy(spec)
    names: dict[str, str] = {}
    components: Node = {}
    for kind, section in spec["components"].items():
        if kind == "securitySchemes":
            components[kind] = section
            continue
        components[kind] = {}
        for name, value in section.items():
            other = f"{_word(chance)}{len(names)}"
            names[f"#/components/{kind}/{name}"] = f"#/components/{kind}/{other}"
            components[kind][other] = value
    spec["components"] = components

    def change(node: Any) -> Any:
        if isinstance(node, dict) and isinstance(node.get("$ref"), str):
            return {**node, "$ref": names.get(node["$ref"], node["$ref"])}
        return node

    return dict(_walk(spec, change))


def _inlined(spec: Node, node: Any) -> Any:
    """Write out every reference, with what stands beside it."""
    if isinstance(node, dict) and isinstance(node.get("$ref"), str):
        beside = {key: value for key, value in node.items() if key != "$ref"}
        return _inlined(spec, {**look_up(spec, node["$ref"]), **beside})
    if isinstance(node, dict):
        return {key: _inlined(spec, value) for key, value in node.items()}
    if isinstance(node, list):
        return [_inlined(spec, value) for value in node]
    return node


def _at_the_top(spec: Node, node: Any) -> Any:
    """Write out the reference of a schema, and leave those in it."""
    return copy.deepcopy(follow(spec, node)[0]) if isinstance(node, dict) and "$ref" in node else node


def inlined_bodies(spec: Node, chance: random.Random) -> Node:
    """Write request bodies where they are used."""
    original = spec
    spec = copy.deepcopy(spec)
    for operation in _operations(spec):
        if "requestBody" in operation:
            body = _at_the_top(original, operation["requestBody"])
            for content in body["content"].values():
                content["schema"] = _at_the_top(original, content.get("schema", {}))
            operation["requestBody"] = body
    return spec


def inlined_replies(spec: Node, chance: random.Random) -> Node:
    """Write replies and their wrappers where they are used."""
    original = spec
    spec = copy.deepcopy(spec)
    for operation in _operations(spec):
        for status, reply in operation["responses"].items():
            reply = _at_the_top(original, reply)
            for content in reply.get("content", {}).values():
                content["schema"] = _at_the_top(original, content.get("schema", {}))
            operation["responses"][status] = reply
    return spec


def everything_inlined(spec: Node, chance: random.Random) -> Node:
    """Write everything where it is used; there are no components left."""
    inlined: Node = _inlined(spec, {key: value for key, value in spec.items() if key != "components"})
    return inlined


def everything_extracted(spec: Node, chance: random.Random) -> Node:
    """Make components of every schema, parameter, reply and request body that stands inline."""
    spec = copy.deepcopy(spec)
    components = spec.setdefault("components", {})

    def extract(kind: str, node: Any) -> Any:
        # Null is no schema of its own in 3.0.
        if not isinstance(node, dict) or "$ref" in node or node in ({}, {"type": "null"}):
            return node
        section = components.setdefault(kind, {})
        name = f"{_word(chance)}{len(section)}"
        section[name] = node
        return {"$ref": f"#/components/{kind}/{name}"}

    def schema(node: Any) -> Any:
        if not isinstance(node, dict):
            return node
        node = dict(node)
        if isinstance(node.get("properties"), dict):
            node["properties"] = {
                key: extract("schemas", schema(one)) for key, one in node["properties"].items()
            }
        for key in ("items", "additionalProperties"):
            if key in node:
                node[key] = extract("schemas", schema(node[key]))
        for key in ("allOf", "anyOf", "oneOf"):
            if key in node:
                node[key] = [extract("schemas", schema(one)) for one in node[key]]
        return node

    for name, node in list(components.get("schemas", {}).items()):
        components["schemas"][name] = schema(node)
    for holder in [*components.get("responses", {}).values(), *components.get("requestBodies", {}).values()]:
        for content in holder.get("content", {}).values():
            content["schema"] = extract("schemas", schema(content["schema"]))
    for operation in _operations(spec):
        for one in operation.get("parameters", []):
            if "schema" in one:
                one["schema"] = extract("schemas", schema(one["schema"]))
        operation["parameters"] = [extract("parameters", one) for one in operation.get("parameters", [])]
        for holder in [*operation["responses"].values(), operation.get("requestBody", {})]:
            for content in holder.get("content", {}).values():
                if "schema" in content:
                    content["schema"] = extract("schemas", schema(content["schema"]))
        operation["responses"] = {
            status: extract("responses", reply) for status, reply in operation["responses"].items()
        }
        if "requestBody" in operation:
            operation["requestBody"] = extract("requestBodies", operation["requestBody"])
    return spec


def as_3_0(spec: Node, chance: random.Random) -> Node:
    """Say it in OpenAPI 3.0: nullable, enumerations of one value, allOf around a reference that is said more of."""

    def change(node: Any) -> Any:
        if not isinstance(node, dict):
            return node
        if isinstance(node.get("$ref"), str) and len(node) > 1:
            rest = {key: value for key, value in node.items() if key != "$ref"}
            return {"allOf": [{"$ref": node["$ref"]}], **rest}
        if "const" in node and not isinstance(node["const"], dict):
            node = {**{key: value for key, value in node.items() if key != "const"}, "enum": [node["const"]]}
        for key in ("anyOf", "oneOf"):
            if isinstance(node.get(key), list) and {"type": "null"} in node[key]:
                others = [one for one in node[key] if one != {"type": "null"}]
                node = {name: value for name, value in node.items() if name != key}
                whole = {"allOf": others} if len(others) == 1 and "$ref" in others[0] else {key: others}
                node = {
                    **(others[0] if len(others) == 1 and "$ref" not in others[0] else whole),
                    **node,
                    "nullable": True,
                }
        if isinstance(node.get("type"), list):
            kinds = [kind for kind in node["type"] if kind != "null"]
            null = {"nullable": True} if len(kinds) < len(node["type"]) else {}
            if isinstance(node.get("enum"), list) and null and None not in node["enum"]:
                node = {**node, "enum": [*node["enum"], None]}
            if len(kinds) == 1:
                node = {**node, "type": kinds[0], **null}
            else:
                said = {"description", "x-evidence", "default", "examples"}
                beside = {key: value for key, value in node.items() if key in said}
                rest = {key: value for key, value in node.items() if key not in {*said, "type"}}
                node = {"oneOf": [{"type": kind, **rest} for kind in kinds], **beside, **null}
        return node

    spec = {"x-webhooks" if key == "webhooks" else key: value for key, value in spec.items()}
    return {**_walk(spec, change), "openapi": "3.0.3"}


def referred_to_first_use(spec: Node, chance: random.Random) -> Node:
    """Write shared things out where they are first used, and refer to that place afterwards, as some bundlers do."""
    original = spec
    spec = copy.deepcopy(spec)
    first: dict[str, str] = {}

    def visit(node: Any, place: str) -> Any:
        if isinstance(node, list):
            return [visit(one, f"{place}/{number}") for number, one in enumerate(node)]
        if not isinstance(node, dict):
            return node
        if set(node) == {"$ref"}:
            if node["$ref"] in first:
                return {"$ref": first[node["$ref"]]}
            first[node["$ref"]] = place
            node = copy.deepcopy(look_up(original, node["$ref"]))
        for key in node:
            step = str(key).replace("~", "~0").replace("/", "~1")
            node[key] = visit(node[key], f"{place}/{step.replace('{', '%7B').replace('}', '%7D')}")
        return node

    # What refers to itself stays where it is: there is no first use of it.
    spec["paths"] = visit(spec["paths"], "#/paths")
    return spec


def without_extensions(spec: Node, chance: random.Random) -> Node:
    """Leave out what only a reconstruction says: how well things are known, which enumerations may grow."""

    def change(node: Any) -> Any:
        if isinstance(node, dict):
            return {
                key: value
                for key, value in node.items()
                if not str(key).startswith("x-") or isinstance(value, dict)
            }
        return node

    return dict(_walk(spec, change))


def unions_by_one_of(spec: Node, chance: random.Random) -> Node:
    """Say anyOf as oneOf, lists of types as oneOf, and both in another order."""

    def change(node: Any) -> Any:
        if not isinstance(node, dict):
            return node
        if isinstance(node.get("anyOf"), list):
            node = {**{key: value for key, value in node.items() if key != "anyOf"}, "oneOf": node["anyOf"]}
        if isinstance(node.get("type"), list) and "enum" not in node:
            said = {"description", "x-evidence", "default"}
            beside = {key: value for key, value in node.items() if key in said}
            rest = {key: value for key, value in node.items() if key not in {*said, "type"}}
            kinds = [{"type": kind} if kind == "null" else {"type": kind, **rest} for kind in node["type"]]
            node = {"oneOf": kinds, **beside}
        if isinstance(node.get("oneOf"), list):
            node = {**node, "oneOf": chance.sample(node["oneOf"], len(node["oneOf"]))}
        return node

    return dict(_walk(spec, change))


def reordered(spec: Node, chance: random.Random) -> Node:
    """Shuffle paths, operations, properties, parameters and components."""

    def shuffled(node: Node) -> Node:
        return dict(chance.sample(list(node.items()), len(node)))

    def change(node: Any) -> Any:
        if isinstance(node, dict):
            node = shuffled(node)
        if isinstance(node, dict) and isinstance(node.get("parameters"), list):
            node = {**node, "parameters": chance.sample(node["parameters"], len(node["parameters"]))}
        return node

    return dict(_walk(spec, change))


def shared_by_paths(spec: Node, chance: random.Random) -> Node:
    """Lift the parameters of paths from the operations to the paths."""
    spec = copy.deepcopy(spec)
    for item in spec["paths"].values():
        shared: list[Any] = list(item.get("parameters", []))
        for method in METHODS:
            if method in item:
                kept: list[Any] = []
                for one in item[method].get("parameters", []):
                    in_path = follow(spec, one)[0]["in"] == "path"
                    (shared if in_path else kept).append(one)
                item[method]["parameters"] = kept
        unique = {follow(spec, one)[0]["name"]: one for one in shared}
        item["parameters"] = list(unique.values())
    return spec


def without_texts(spec: Node, chance: random.Random) -> Node:
    """Leave out summaries, and say nothing in descriptions, which replies must have."""

    def change(node: Any) -> Any:
        if isinstance(node, dict):
            return {
                key: "" if key == "description" and isinstance(value, str) else value
                for key, value in node.items()
                if key != "summary" or not isinstance(value, str)
            }
        return node

    return dict(_walk(spec, change))


def silent_about_events(spec: Node, chance: random.Random) -> Node:
    """OpenAPI 3.0 has no place for web-hook events."""
    return {key: value for key, value in spec.items() if key not in ("webhooks", "x-webhooks")}


def silent_about_values(spec: Node, chance: random.Random) -> Node:
    """States and kinds are text, and no more is said of them."""
    said = [
        set(one["enum"]) for one in supplement_of(FOLDER)["components"]["schemas"].values() if "enum" in one
    ]

    def change(node: Any) -> Any:
        if (
            isinstance(node, dict)
            and isinstance(node.get("enum"), list)
            and set(map(str, node["enum"])) in said
        ):
            return {key: value for key, value in node.items() if key not in ("enum", "x-open-enum")}
        return node

    return cast("Node", _walk(spec, change))


def silent_about_reasons(spec: Node, chance: random.Random) -> Node:
    """A receipt is XML, and nothing is said of what else may come."""
    spec = copy.deepcopy(spec)
    for path, item in spec["paths"].items():
        if path.endswith("/download_response"):
            for response in item["get"]["responses"].values():
                response.get("content", {}).pop("application/json", None)
    return spec


ALL: dict[str, Transformation] = {
    function.__name__: function
    for function in (
        other_operation_ids,
        other_tags,
        other_path_parameters,
        other_components,
        inlined_bodies,
        inlined_replies,
        everything_inlined,
        everything_extracted,
        referred_to_first_use,
        without_extensions,
        as_3_0,
        unions_by_one_of,
        reordered,
        shared_by_paths,
        without_texts,
        silent_about_events,
        silent_about_values,
        silent_about_reasons,
    )
}

"""The same API in other words: documents made from ours by transformation.

Each function takes a document and a source of chance, and returns a new one that describes the same API.
"""

from __future__ import annotations

import copy
import random
import re
from collections.abc import Callable
from typing import Any

from overrides.codegen.spec import METHODS, Node, follow, look_up

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


def _operations(document: Node) -> list[Node]:
    return [
        item[method]
        for item in document["paths"].values()
        for method in METHODS
        if isinstance(item.get(method), dict)
    ]


def _word(chance: random.Random) -> str:
    return chance.choice(HOSTILE) + "".join(chance.choices("abcXYZ019-_.", k=8))


def other_operation_ids(document: Node, chance: random.Random) -> Node:
    """Spell operationIds otherwise, or leave them out."""
    document = copy.deepcopy(document)
    for operation in _operations(document):
        operation.pop("operationId", None)
        if chance.random() < 0.7:
            operation["operationId"] = _word(chance)
    return document


def other_tags(document: Node, chance: random.Random) -> Node:
    """Group operations otherwise, or not at all."""
    document = copy.deepcopy(document)
    document.pop("tags", None)
    for operation in _operations(document):
        operation["tags"] = [_word(chance) for _ in range(chance.randrange(3))]
    return document


def other_path_parameters(document: Node, chance: random.Random) -> Node:
    """Name the parameters of paths otherwise."""
    document = copy.deepcopy(document)
    paths: Node = {}
    for path, item in document["paths"].items():
        item = dict(item.items())
        names = {name: _word(chance) for name in re.findall(r"\{([^{}]*)\}", path)}
        for key, holder in list(item.items()):
            if key == "parameters":
                item[key] = [_renamed(document, one, names) for one in holder]
            elif isinstance(holder, dict) and "parameters" in holder:
                parameters = [_renamed(document, one, names) for one in holder["parameters"]]
                item[key] = {**holder, "parameters": parameters}
        paths[re.sub(r"\{([^{}]*)\}", lambda found: "{" + names[found[1]] + "}", path)] = item  # noqa: B023
    return {**document, "paths": paths}


def _renamed(document: Node, parameter: Node, names: dict[str, str]) -> Node:
    resolved, _ = follow(document, parameter)
    if resolved["in"] != "path" or resolved["name"] not in names:
        return parameter
    return {**resolved, "name": names[resolved["name"]]}


def other_components(document: Node, chance: random.Random) -> Node:
    """Name every component otherwise."""
    document = copy.deepcopy(document)
    names: dict[str, str] = {}
    components: Node = {}
    for kind, section in document["components"].items():
        if kind == "securitySchemes":
            components[kind] = section
            continue
        components[kind] = {}
        for name, value in section.items():
            other = f"{_word(chance)}{len(names)}"
            names[f"#/components/{kind}/{name}"] = f"#/components/{kind}/{other}"
            components[kind][other] = value
    document["components"] = components

    def change(node: Any) -> Any:
        if isinstance(node, dict) and isinstance(node.get("$ref"), str):
            return {**node, "$ref": names.get(node["$ref"], node["$ref"])}
        return node

    return dict(_walk(document, change))


def _inlined(document: Node, node: Any) -> Any:
    """Write out every reference, with what stands beside it."""
    if isinstance(node, dict) and isinstance(node.get("$ref"), str):
        beside = {key: value for key, value in node.items() if key != "$ref"}
        return _inlined(document, {**look_up(document, node["$ref"]), **beside})
    if isinstance(node, dict):
        return {key: _inlined(document, value) for key, value in node.items()}
    if isinstance(node, list):
        return [_inlined(document, value) for value in node]
    return node


def _at_the_top(document: Node, node: Any) -> Any:
    """Write out the reference of a schema, and leave those in it."""
    return copy.deepcopy(follow(document, node)[0]) if isinstance(node, dict) and "$ref" in node else node


def inlined_bodies(document: Node, chance: random.Random) -> Node:
    """Write request bodies where they are used."""
    original = document
    document = copy.deepcopy(document)
    for operation in _operations(document):
        if "requestBody" in operation:
            body = _at_the_top(original, operation["requestBody"])
            for content in body["content"].values():
                content["schema"] = _at_the_top(original, content.get("schema", {}))
            operation["requestBody"] = body
    return document


def inlined_replies(document: Node, chance: random.Random) -> Node:
    """Write replies and their wrappers where they are used."""
    original = document
    document = copy.deepcopy(document)
    for operation in _operations(document):
        for status, reply in operation["responses"].items():
            reply = _at_the_top(original, reply)
            for content in reply.get("content", {}).values():
                content["schema"] = _at_the_top(original, content.get("schema", {}))
            operation["responses"][status] = reply
    return document


def everything_inlined(document: Node, chance: random.Random) -> Node:
    """Write everything where it is used; there are no components left."""
    inlined: Node = _inlined(document, {key: value for key, value in document.items() if key != "components"})
    return inlined


def everything_extracted(document: Node, chance: random.Random) -> Node:
    """Make components of every schema, parameter, reply and request body that stands inline."""
    document = copy.deepcopy(document)
    components = document.setdefault("components", {})

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
    for operation in _operations(document):
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
    return document


def as_3_0(document: Node, chance: random.Random) -> Node:
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

    document = {"x-webhooks" if key == "webhooks" else key: value for key, value in document.items()}
    return {**_walk(document, change), "openapi": "3.0.3"}


def referred_to_first_use(document: Node, chance: random.Random) -> Node:
    """Write shared things out where they are first used, and refer to that place afterwards, as some bundlers do."""
    original = document
    document = copy.deepcopy(document)
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
    document["paths"] = visit(document["paths"], "#/paths")
    return document


def without_extensions(document: Node, chance: random.Random) -> Node:
    """Leave out what only a reconstruction says: how well things are known, which enumerations may grow."""

    def change(node: Any) -> Any:
        if isinstance(node, dict):
            return {
                key: value
                for key, value in node.items()
                if not str(key).startswith("x-") or isinstance(value, dict)
            }
        return node

    return dict(_walk(document, change))


def unions_by_one_of(document: Node, chance: random.Random) -> Node:
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

    return dict(_walk(document, change))


def reordered(document: Node, chance: random.Random) -> Node:
    """Shuffle paths, operations, properties, parameters and components."""

    def shuffled(node: Node) -> Node:
        return dict(chance.sample(list(node.items()), len(node)))

    def change(node: Any) -> Any:
        if isinstance(node, dict):
            node = shuffled(node)
        if isinstance(node, dict) and isinstance(node.get("parameters"), list):
            node = {**node, "parameters": chance.sample(node["parameters"], len(node["parameters"]))}
        return node

    return dict(_walk(document, change))


def shared_by_paths(document: Node, chance: random.Random) -> Node:
    """Lift the parameters of paths from the operations to the paths."""
    document = copy.deepcopy(document)
    for item in document["paths"].values():
        shared: list[Any] = list(item.get("parameters", []))
        for method in METHODS:
            if method in item:
                kept: list[Any] = []
                for one in item[method].get("parameters", []):
                    in_path = follow(document, one)[0]["in"] == "path"
                    (shared if in_path else kept).append(one)
                item[method]["parameters"] = kept
        unique = {follow(document, one)[0]["name"]: one for one in shared}
        item["parameters"] = list(unique.values())
    return document


def without_texts(document: Node, chance: random.Random) -> Node:
    """Leave out summaries, and say nothing in descriptions, which replies must have."""

    def change(node: Any) -> Any:
        if isinstance(node, dict):
            return {
                key: "" if key == "description" and isinstance(value, str) else value
                for key, value in node.items()
                if key != "summary" or not isinstance(value, str)
            }
        return node

    return dict(_walk(document, change))


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
    )
}

"""Schemas in one spelling: what is one thing in the API becomes one component, under a name pinned to its place.

A place is written `invoices.create body.invoice`, `invoices.list reply.invoices[]`, `invoices.list query.type`,
`event issued_invoice.state_change`, or, below a named object, `Invoice.lines[]`.
"""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any, cast

from .merging import bare, merge_all_of, union_of, unlike
from .naming import class_name, constant, pascal
from .spec import Node, follow, look_up
from .supplement import named

if TYPE_CHECKING:
    from collections.abc import Mapping

KEPT = {
    "object": ("properties", "required", "additionalProperties"),
    "array": ("items",),
}


class Schemas:
    """Collects the components of one spec."""

    def __init__(self, spec: Node, pins: Mapping[str, str], supplement: Mapping[str, Node]) -> None:
        """Prepare.

        Args:
            spec: the spec as it was read.
            pins: place of use → name.
            supplement: name in the SDK → the schema for a spec that has none.
        """
        self.supplement = supplement
        self.spec = spec
        self.pins = pins
        self.components: Node = {}
        self.places: dict[str, list[str]] = {}
        """Every place of use of each component."""
        self.notes: list[str] = []
        self._files = False
        """Whether a form with parts is being rebuilt: nothing else holds files beside other fields."""
        self.request_models: set[str] = set()
        """Names of components that a caller fills in."""
        self.body_models: set[str] = set()
        """Components that only carry the arguments of a method."""
        self._names: dict[str, str] = {}
        self._built: set[tuple[str, str]] = set()
        self._open: frozenset[str] = frozenset()
        """What is being rebuilt since the last object: one of these again would have no end."""
        self._pinned = set(pins.values())

    def schema(self, raw: Any, place: str, *, request: bool = False) -> Node:
        """Rebuild a schema; objects and enumerations in it become components.

        Args:
            raw: the schema as the spec spells it.
            place: where it is used.
            request: a caller fills it in.
        """
        node, pointer = follow(self.spec, raw)
        ours = named(pointer)
        if ours in self.components:
            return self._refer(ours, place)
        if pointer in self._open:
            self.notes.append(
                f"{place}: {pointer} holds itself, and no object is between; anything goes there"
            )
            return {}
        outside = self._open
        self._open |= {pointer} if pointer else set()
        try:
            return self._rebuilt(raw, node, pointer, place, request=request)
        finally:
            self._open = outside

    def _rebuilt(self, raw: Any, node: Node, pointer: str | None, place: str, *, request: bool) -> Node:
        identity = pointer or _fingerprint(raw)
        node = merge_all_of(self.spec, node)
        members, may_be_null = self._members(node)
        description = "" if isinstance(raw, dict) and "$ref" in raw else described(node, self.spec)
        if not members:
            return _with({}, description)
        objects = 0
        built: list[Node] = []
        for raw_member in members:
            member, inner = node, identity
            if raw_member is not node:
                member, member_pointer = follow(self.spec, raw_member)
                inner = member_pointer or (identity if len(members) == 1 else _fingerprint(raw_member))
                member = merge_all_of(self.spec, member)
            where = place
            if _nameable(member):
                objects += 1
                where = place if objects == 1 else f"{place}|{objects}"
            one = self._single(member, where, inner, request=request)
            if one not in built:
                built.append(one)
        # The order in which a spec lists kinds of value says nothing; the narrower kind has to be tried first.
        built.sort(key=self._rank)
        if may_be_null:
            built.append({"type": "null"})
        return _with(built[0] if len(built) == 1 else {"anyOf": built}, description)

    def arguments(self, node: Node, place: str, name: str, *, files: bool = False) -> Node:
        """Rebuild a request body that is an object, or a form: its properties are a method's arguments."""
        name = class_name(name, self._pinned | self.components.keys())
        self.body_models.add(name)
        self._files = files
        self.components[name] = self._object(node, place, "", request=True)
        self._files = False
        return {"$ref": f"#/components/schemas/{name}"}

    def _members(self, node: Node) -> tuple[list[Node], bool]:
        """Return the kinds of value a schema allows, null left out, and whether null is allowed."""
        may_be_null = bool(node.get("nullable"))
        members: list[Node] = []
        for raw in (*cast("list[Any]", node.get("anyOf") or []), *cast("list[Any]", node.get("oneOf") or [])):
            member, pointer = follow(self.spec, raw)
            inner, null = self._members(merge_all_of(self.spec, member))
            may_be_null = may_be_null or null
            # A reference keeps its name, as long as what it names is one thing.
            members.extend([raw] if pointer is not None and len(inner) == 1 and not null else inner)
        if members or (may_be_null and (node.get("anyOf") or node.get("oneOf"))):
            return members, may_be_null
        kinds = node.get("type")
        if isinstance(kinds, list):
            rest = [kind for kind in kinds if kind != "null"]
            may_be_null = may_be_null or len(rest) < len(kinds)
            if len(rest) == 1:
                return [_without_null_values({**node, "type": rest[0]})], may_be_null
            return [_of_kind(node, str(kind)) for kind in rest], may_be_null
        if kinds == "null" or ("const" in node and node["const"] is None):
            return [], True
        if isinstance(node.get("enum"), list) and None in node["enum"]:
            return [_without_null_values(node)], True
        return [node], may_be_null

    def _single(self, node: Node, place: str, identity: str, *, request: bool) -> Node:
        if node.get("properties"):
            return self._component(node, place, identity, request=request)
        values = [node["const"]] if "const" in node else node.get("enum")
        # A text that can be one thing only stays text (const in 3.1, an enumeration of one value in 3.0), but where
        # we know more of it.
        if values and (len(values) > 1 or node.get("x-open-enum") or place in self.pins):
            return self._enumeration(node, values, place, identity, request=request)
        kind = node.get("type")
        if kind is None and values:
            kind = _kind_of(values[0])
        known = cast("list[Any]", self.supplement.get(self.pins.get(place, ""), {}).get("enum") or [])
        if kind == "string" and known and not values:
            name = self.pins[place]
            note = f"the spec has no values of {name}; supplement.yaml has"
            self.notes += [note] if note not in self.notes else []
            return self._enumeration(self.supplement[name], known, place, identity, request=request)
        if kind == "array" or (kind is None and "items" in node):
            return {
                "type": "array",
                "items": self.schema(node.get("items") or {}, f"{place}[]", request=request),
            }
        if kind == "object":
            extra = node.get("additionalProperties", True)
            inner = self.schema(extra, f"{place}{{}}", request=request) if isinstance(extra, dict) else {}
            return {"type": "object", "additionalProperties": inner or True}
        if kind == "string" and (node.get("format") == "binary" or "contentMediaType" in node):
            return {"type": "string", **({"format": "binary"} if self._files else {})}
        if kind in ("string", "integer", "number", "boolean"):
            return _of_kind(node, kind)
        return {}

    def _enumeration(
        self, node: Node, values: list[Any], place: str, identity: str, *, request: bool
    ) -> Node:
        kinds = {type(value) for value in values}
        if len(kinds) != 1 or not kinds <= {str, int}:
            return (
                {"type": node["type"]}
                if node.get("type") in ("string", "integer", "number", "boolean")
                else {}
            )
        unique = list(dict.fromkeys(values))
        members: list[str] = []
        for value in unique:
            if isinstance(value, int):
                spelled = f"VALUE_{value}" if value >= 0 else f"VALUE_NEGATIVE_{-value}"
            else:
                spelled = constant(value, f"VALUE_{len(members)}")
            members.append(unlike(spelled, members))
        component = {
            "type": "integer" if kinds == {int} else "string",
            "description": self._own_description(node, identity),
            "enum": unique,
            "x-enum-varnames": members,
        }
        return self._keep(self._name(place, identity), component, place, request=request)

    def _component(self, node: Node, place: str, identity: str, *, request: bool) -> Node:
        name = self._name(place, identity)
        # What was met in a reply first is gone through once more as input.
        if (identity, name) in self._built and (not request or name in self.request_models):
            return self._refer(name, place)
        self._built.add((identity, name))
        if request:
            self.request_models.add(name)
        component = self._object(node, name, self._own_description(node, identity), request=request)
        return self._keep(name, component, place, request=request)

    def _object(self, node: Node, place: str, description: str, *, request: bool) -> Node:
        required = [str(name) for name in cast("list[Any]", node.get("required") or [])]
        properties = cast("Node", node["properties"])
        outside, self._open = self._open, frozenset()
        built = {
            str(name): self.schema(child, f"{place}.{name}", request=request)
            | {"description": described(child, self.spec)}
            for name, child in properties.items()
        }
        self._open = outside
        return {
            "type": "object",
            "description": description,
            "required": sorted(set(required) & built.keys()),
            "properties": built,
        }

    def _rank(self, built: Node) -> int:
        if "$ref" in built:
            # One that is still being built is an object: only those can hold themselves.
            component = self.components.get(built["$ref"].rsplit("/", 1)[-1], {})
            return {"string": 0, "integer": 2}.get(str(component.get("type")), 7)
        kind = built.get("type")
        if kind == "string":
            return 0 if built.get("format") in ("date", "date-time", "uuid") else 1
        order = ("integer", "number", "boolean", "array", "object")
        return (3, 4, 5, 6, 8)[order.index(kind)] if kind in order else 9

    def _own_description(self, node: Node, identity: str) -> str:
        """Return what is said of the thing itself, not of one of its uses."""
        if identity.startswith("#/"):
            node = merge_all_of(self.spec, follow(self.spec, look_up(self.spec, identity))[0])
        return text_of(node.get("description"))

    def _keep(self, name: str, component: Node, place: str, *, request: bool) -> Node:
        if request:
            self.request_models.add(name)
        known = self.components.get(name)
        if known is None:
            self.components[name] = component
        elif bare(known) != bare(component):
            self.notes.append(
                f"{name}: {place} differs from the others called so; the fields of all are kept"
            )
            self.components[name] = union_of(known, component)
        return self._refer(name, place)

    def _refer(self, name: str, place: str) -> Node:
        places = self.places.setdefault(name, [])
        if place not in places:
            places.append(place)
        return {"$ref": f"#/components/schemas/{name}"}

    def _name(self, place: str, identity: str) -> str:
        pinned = self.pins.get(place)
        if pinned is not None:
            self._names.setdefault(identity, pinned)
            return pinned
        if identity not in self._names:
            taken = self._pinned | set(self._names.values()) | self.body_models
            own = pascal(identity.rsplit("/", 1)[-1]) if identity.startswith("#/") else ""
            if not own or own in taken:
                own = pascal(place.replace(" body", " ").replace(" reply", " ").replace(" query", " "))
            self._names[identity] = class_name(own, taken)
        return self._names[identity]


def described(raw: Any, spec: Node) -> str:
    """Return the description of a schema or a parameter, with what the server assumes where it is left out."""
    node, _ = follow(spec, raw)
    text = text_of(node.get("description"))
    default = node.get("default")
    if default is None and isinstance(node.get("schema"), dict):
        default = follow(spec, node["schema"])[0].get("default")
    if default is not None and not isinstance(default, (dict, list)):
        shown = str(default).lower() if isinstance(default, bool) else str(default)
        text = f"{text} Server's default: {shown}.".strip()
    return text


def text_of(value: object) -> str:
    """Return a text without the space around it; nothing for what is none."""
    return value.strip() if isinstance(value, str) else ""


def without_null(schema: Node) -> Node:
    """Return a rebuilt schema that no longer allows null, if one kind of value is left."""
    members = [member for member in schema.get("anyOf", []) if member != {"type": "null"}]
    return cast("Node", members[0]) if len(members) == 1 else schema


def _fingerprint(raw: Any) -> str:
    """Return a name for a schema that has none: the same for the same spelling, so that recursion comes to an end."""
    spelled = json.dumps(raw, sort_keys=True, default=str)
    return "inline " + hashlib.sha256(spelled.encode("utf-8", "surrogatepass")).hexdigest()


def _nameable(node: Node) -> bool:
    return bool(node.get("properties") or node.get("enum"))


def _without_null_values(node: Node) -> Node:
    if not isinstance(node.get("enum"), list):
        return node
    return {**node, "enum": [value for value in node["enum"] if value is not None]}


def _of_kind(node: Node, kind: str) -> Node:
    member: Node = {"type": kind}
    member |= {key: node[key] for key in KEPT.get(kind, ()) if key in node}
    if kind in ("string", "number") and isinstance(node.get("format"), str):
        member["format"] = node["format"]
    return member


def _kind_of(value: object) -> str | None:
    if isinstance(value, bool):
        return "boolean"
    return {str: "string", int: "integer", float: "number"}.get(type(value))


def _with(schema: Node, description: str) -> Node:
    return {**schema, "description": description} if description and "$ref" not in schema else schema

"""One spelling for every document: what openapi-python-client reads is made here.

The vendor may inline what is shared, share what is inlined, wrap replies or not, write 3.0 or 3.1. Here each operation
is rebuilt under its name in the SDK, each object and enumeration becomes a component under a name pinned to its place
of use (overrides/schemas.yaml), and wrappers dissolve. So the same API gives the same names, whoever wrote it down.

A place is written `invoices.create body.invoice`, `invoices.list reply.invoices[]`, `invoices.list query.type`,
`event issued_invoice.state_change`, or, below a named object, `Invoice.lines[]`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from attrs import define, field

from .document import DocumentError, Node, follow, parameter_names
from .naming import constant, free, pascal

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from .operations import Matched

REPEAT = {"GET": "safe", "HEAD": "safe", "OPTIONS": "safe", "PUT": "idempotent", "DELETE": "idempotent"}


@define
class ReplyShape:
    """What one success status brings: json, list, page, file or nothing."""

    status: int
    kind: str


@define
class Described:
    """What the templates need to know of an operation beyond what the generator parses."""

    matched: Matched
    repeat: str
    summary: str
    description: str
    evidence: str
    beta: bool
    deprecated: bool
    replies: list[ReplyShape] = field(factory=list)
    unwrap: str | None = None
    root_too: bool = False
    items: str | None = None
    paged: bool = False
    body_kind: str | None = None
    """object, value or bytes."""
    body_media_type: str = "application/json"
    body_argument: str | None = None
    flags: set[str] = field(factory=set)
    """Query parameters that count as 0 and 1."""
    statuses: list[str] = field(factory=list)


@define
class Canonical:
    """The rebuilt document, and what was noticed on the way."""

    document: Node
    operations: dict[str, Described]
    request_models: set[str]
    """Names of components that a caller fills in."""
    body_models: set[str]
    """Components that only carry the arguments of a method."""
    places: dict[str, list[str]]
    """Every place of use of each component."""
    notes: list[str]


class Builder:
    """Rebuilds one document."""

    def __init__(self, document: Node, pins: Mapping[str, str], key_headers: frozenset[str]) -> None:
        """Prepare.

        Args:
            document: the document as it was read.
            pins: place of use → name.
            key_headers: header parameters that the client sends by itself, in lower case.
        """
        self.document = document
        self.pins = pins
        self.key_headers = key_headers
        self.components: Node = {}
        self.places: dict[str, list[str]] = {}
        self.notes: list[str] = []
        self.request_models: set[str] = set()
        self.body_models: set[str] = set()
        self._names: dict[object, str] = {}
        self._built: set[tuple[object, str]] = set()
        self._pinned = set(pins.values())

    def build(self, matched: list[Matched]) -> Canonical:
        """Rebuild the operations given and the events of the document."""
        paths: Node = {}
        described: dict[str, Described] = {}
        for one in matched:
            operation, info = self._operation(one)
            described[one.name] = info
            paths.setdefault(one.path, {})[one.entry.method.lower()] = operation
        self._events()
        document = {
            "openapi": "3.1.0",
            "info": {"title": "generated", "version": str(self.document["info"]["version"])},
            "paths": paths,
            "components": {"schemas": dict(sorted(self.components.items()))},
        }
        return Canonical(document, described, self.request_models, self.body_models, self.places, self.notes)

    # -- operations

    def _operation(self, one: Matched) -> tuple[Node, Described]:
        node = one.node
        info = Described(
            one,
            repeat=one.entry.repeat or REPEAT.get(one.entry.method, "write"),
            summary=_text(node.get("summary")),
            description=_text(node.get("description")),
            evidence=_text(node.get("x-evidence")) or "unstated",
            beta=bool(node.get("x-beta")),
            deprecated=bool(node.get("deprecated")),
        )
        operation: Node = {
            "operationId": one.entry.name,
            "tags": [one.entry.resource],
            "parameters": self._parameters(one, info),
            "responses": self._replies(one, info),
        }
        body = self._body(one, info)
        if body is not None:
            operation["requestBody"] = body
        return operation, info

    def _parameters(self, one: Matched, info: Described) -> list[Node]:
        ours = dict(zip(parameter_names(one.document_path), parameter_names(one.path), strict=True))
        merged: dict[tuple[str, str], Node] = {}
        for raw in (*one.shared, *cast("list[Any]", one.node.get("parameters", []))):
            parameter, _ = follow(self.document, raw)
            merged[str(parameter.get("in")), str(parameter.get("name"))] = parameter
        built: list[Node] = []
        for (where, name), parameter in merged.items():
            if where == "cookie" or (where == "header" and name.lower() in self.key_headers):
                continue
            if where == "path" and name not in ours:
                self.notes.append(f"{one.name}: path parameter {name} does not stand in {one.document_path}")
                continue
            wire = ours[name] if where == "path" else name
            schema: Node = {"type": "integer"}
            if _is_flag(self.document, _parameter_schema(parameter)):
                info.flags.add(wire)
            else:
                schema = self._schema(_parameter_schema(parameter), f"{one.name} {where}.{wire}")
            built.append(
                {
                    "name": wire,
                    "in": where,
                    "required": where == "path" or bool(parameter.get("required")),
                    "schema": {**schema, "description": _described(parameter, self.document)},
                }
            )
        for name in ours.values():
            if not any(item["in"] == "path" and item["name"] == name for item in built):
                self.notes.append(f"{one.name}: the document does not describe path parameter {name}")
                built.append({"name": name, "in": "path", "required": True, "schema": {"type": "string"}})
        return built

    def _body(self, one: Matched, info: Described) -> Node | None:
        raw = one.node.get("requestBody")
        if raw is None:
            return None
        body, _ = follow(self.document, raw)
        content = cast("Node", body.get("content") or {})
        media_type = next((name for name in content if _is_json(name)), None)
        if media_type is None:
            if not content:
                return None
            media_type = (
                "application/octet-stream" if "application/octet-stream" in content else next(iter(content))
            )
            if media_type.startswith(("multipart/", "application/x-www-form-urlencoded")):
                raise DocumentError(
                    f"{one.name}: a body of {media_type} can't be generated; correct it in overlay.yaml"
                )
            info.body_kind = "bytes"
            info.body_argument = one.entry.body or "content"
            info.body_media_type = media_type
            schema: Node = {"type": "string", "format": "binary"}
            return {"required": True, "content": {"application/octet-stream": {"schema": schema}}}
        node = cast("Node", content[media_type].get("schema") or {})
        info.body_media_type = media_type.split(";", 1)[0]
        resolved, _ = follow(self.document, node)
        place = f"{one.name} body"
        merged = _merge_all_of(self.document, resolved)
        if merged.get("properties"):
            info.body_kind = "object"
            name = f"{pascal(one.entry.resource)}{pascal(one.entry.name)}Body"
            self.body_models.add(name)
            self.components[name] = self._object(merged, place, request=True)
            schema = {"$ref": f"#/components/schemas/{name}"}
        else:
            info.body_kind = "value"
            info.body_argument = one.entry.body or "body"
            schema = self._schema(node, place, request=True)
        return {"required": True, "content": {"application/json": {"schema": schema}}}

    def _replies(self, one: Matched, info: Described) -> Node:
        built: Node = {}
        responses = {
            str(status): node for status, node in cast("Node", one.node.get("responses") or {}).items()
        }
        info.statuses = sorted(responses)
        wanted = [status for status in responses if status.startswith("2")] or [
            s for s in responses if s == "default"
        ]
        for status in wanted:
            reply, _ = follow(self.document, responses[status])
            code = int(status) if status.isdigit() else 200
            content = cast("Node", reply.get("content") or {})
            media_type = next((name for name in content if _is_json(name)), None)
            if media_type is not None:
                kind, schema = self._json_reply(one, info, content[media_type].get("schema") or {}, code)
                built[str(code)] = {"description": "", "content": {"application/json": {"schema": schema}}}
            else:
                kind = "file" if content else "nothing"
                built[str(code)] = {"description": ""}
            if not any(shape.status == code for shape in info.replies):
                info.replies.append(ReplyShape(code, kind))
        if not info.replies:
            info.replies.append(ReplyShape(200, "nothing"))
            built["200"] = {"description": ""}
        info.replies.sort(key=lambda shape: (shape.kind == "nothing", shape.status))
        return built

    def _json_reply(self, one: Matched, info: Described, node: Any, status: int) -> tuple[str, Node]:
        entry = one.entry
        root = _merge_all_of(self.document, follow(self.document, node)[0])
        properties = cast("Node", root.get("properties") or {})
        unwrap, items = entry.unwrap, entry.items
        if not entry.known and unwrap is None and items is None:
            unwrap, items = self._guess(properties)
        place = f"{one.name} reply" if status in (200, 201) else f"{one.name} reply {status}"
        if items is not None:
            if items not in properties:
                raise DocumentError(f"{one.name}: its reply has no list {items!r}; see operations.yaml")
            info.items = items
            listed, _ = follow(self.document, properties[items])
            query = {str(follow(self.document, p)[0].get("name")) for p in one.node.get("parameters", [])}
            query |= {str(follow(self.document, p)[0].get("name")) for p in one.shared}
            info.paged = {"limit", "offset"} <= query
            item = self._schema(listed.get("items") or {}, f"{place}.{items}[]")
            return ("page" if info.paged else "list"), {"type": "array", "items": item}
        if unwrap is not None:
            info.unwrap = unwrap if unwrap in properties else None
            info.root_too = entry.root_too
            if unwrap in properties:
                return "json", _without_null(self._schema(properties[unwrap], f"{place}.{unwrap}"))
            self.notes.append(f"{one.name}: the reply is not wrapped in {unwrap!r}; its root is taken")
            return "json", self._schema(node, f"{place}.{unwrap}")
        return "json", self._schema(node, place)

    def _guess(self, properties: Node) -> tuple[str | None, str | None]:
        counters = {"meta", "total_count", "offset", "limit"}
        rest = [name for name in properties if name not in counters]
        if len(rest) == 1:
            node = _merge_all_of(self.document, follow(self.document, properties[rest[0]])[0])
            if node.get("type") == "array":
                return None, rest[0]
            if node.get("properties") and len(properties) == 1:
                return rest[0], None
        return None, None

    def _events(self) -> None:
        for name, raw in cast("Node", self.document.get("webhooks") or {}).items():
            item, _ = follow(self.document, raw)
            for operation in item.values():
                if not isinstance(operation, dict) or "requestBody" not in operation:
                    continue
                body, _ = follow(self.document, operation["requestBody"])
                for media_type, content in cast("Node", body.get("content") or {}).items():
                    if _is_json(media_type):
                        node = content.get("schema") or {}
                        self._schema(node, f"event {self._event_code(node) or name}")

    def _event_code(self, node: Any) -> str | None:
        payload = _merge_all_of(self.document, follow(self.document, node)[0])
        code, _ = follow(self.document, cast("Node", payload.get("properties") or {}).get("code", {}))
        values = [code["const"]] if "const" in code else code.get("enum") or []
        return str(values[0]) if len(values) == 1 else None

    # -- schemas

    def _schema(self, raw: Any, place: str, *, request: bool = False) -> Node:
        node, pointer = follow(self.document, raw)
        identity: object = pointer if pointer is not None else id(raw)
        node = _merge_all_of(self.document, node)
        members, may_be_null = self._members(node)
        description = _described(node, self.document) if isinstance(raw, dict) and "$ref" not in raw else ""
        if not members:
            return _with({}, description)
        objects = 0
        built: list[Node] = []
        for member in members:
            member, member_pointer = follow(self.document, member) if member is not node else (node, None)
            member = _merge_all_of(self.document, member)
            inner = member_pointer or (identity if len(members) == 1 else id(member))
            where = place
            if _nameable(member):
                objects += 1
                where = place if objects == 1 else f"{place}|{objects}"
            one = self._single(member, where, inner, request=request)
            if one not in built:
                built.append(one)
        if may_be_null:
            built.append({"type": "null"})
        return _with(built[0] if len(built) == 1 else {"anyOf": built}, description)

    def _members(self, node: Node) -> tuple[list[Node], bool]:
        """Return the kinds of value a schema allows, null left out, and whether null is allowed."""
        may_be_null = bool(node.get("nullable"))
        members: list[Node] = []
        for raw in (*cast("list[Any]", node.get("anyOf") or []), *cast("list[Any]", node.get("oneOf") or [])):
            member, pointer = follow(self.document, raw)
            inner, null = self._members(member)
            may_be_null = may_be_null or null
            # A reference keeps its name, as long as what it names is one thing.
            members.extend([raw] if pointer is not None and len(inner) == 1 and not null else inner)
        if members or (may_be_null and (node.get("anyOf") or node.get("oneOf"))):
            return members, may_be_null
        kinds = node.get("type")
        if isinstance(kinds, list):
            may_be_null = may_be_null or "null" in kinds
            rest = [kind for kind in kinds if kind != "null"]
            if len(rest) == 1 and "enum" not in node:
                members = [{**node, "type": rest[0]}]
            elif len(rest) == 1:
                members = [{**node, "type": rest[0], "enum": [v for v in node["enum"] if v is not None]}]
            else:
                members = [_of_kind(node, str(kind)) for kind in rest]
            return members, may_be_null
        if kinds == "null":
            return [], True
        if "enum" in node and None in cast("list[Any]", node["enum"]):
            return [{**node, "enum": [value for value in node["enum"] if value is not None]}], True
        return [node], may_be_null

    def _single(self, node: Node, place: str, identity: object, *, request: bool) -> Node:
        if node.get("properties"):
            return self._component(node, place, identity, request=request)
        values = node.get("enum")
        if values:
            return self._enumeration(node, cast("list[Any]", values), place, identity, request=request)
        kind = node.get("type")
        if "const" in node and isinstance(node["const"], str):
            return {"type": "string", "const": node["const"]}
        if kind == "array" or "items" in node:
            return {
                "type": "array",
                "items": self._schema(node.get("items") or {}, f"{place}[]", request=request),
            }
        if kind == "object":
            extra = node.get("additionalProperties", True)
            inner = self._schema(extra, f"{place}{{}}", request=request) if isinstance(extra, dict) else {}
            return {"type": "object", "additionalProperties": inner or True}
        if kind in ("string", "integer", "number", "boolean"):
            form = node.get("format")
            return {"type": kind, "format": form} if isinstance(form, str) else {"type": kind}
        return {}

    def _enumeration(
        self, node: Node, values: list[Any], place: str, identity: object, *, request: bool
    ) -> Node:
        kinds = {type(value) for value in values}
        if kinds == {bool} or len(kinds) != 1 or not kinds <= {str, int}:
            return {"type": node["type"]} if isinstance(node.get("type"), str) else {}
        unique = list(dict.fromkeys(values))
        name = self._name(place, identity, node)
        members: list[str] = []
        for value in unique:
            if isinstance(value, int):
                spelled = f"VALUE_{value}" if value >= 0 else f"VALUE_NEGATIVE_{-value}"
            else:
                spelled = constant(value, f"VALUE_{len(members)}")
            members.append(_unlike(spelled, members))
        component = {
            "type": "integer" if kinds == {int} else "string",
            "description": _text(node.get("description")),
            "enum": unique,
            "x-enum-varnames": members,
        }
        return self._keep(name, component, place, request=request)

    def _component(self, node: Node, place: str, identity: object, *, request: bool) -> Node:
        name = self._name(place, identity, node)
        if (identity, name) in self._built:
            if request and name not in self.request_models:
                self._built.discard(
                    (identity, name)
                )  # met in a reply first: go through it once more as input
            else:
                return self._refer(name, place)
        self._built.add((identity, name))
        if request:
            self.request_models.add(name)
        return self._keep(name, self._object(node, name, request=request), place, request=request)

    def _object(self, node: Node, place: str, *, request: bool) -> Node:
        required = [str(name) for name in cast("list[Any]", node.get("required") or [])]
        properties = cast("Node", node["properties"])
        built = {
            str(name): self._schema(child, f"{place}.{name}", request=request)
            | {"description": _described(child, self.document)}
            for name, child in properties.items()
        }
        return {
            "type": "object",
            "description": _text(node.get("description")),
            "required": sorted(set(required) & built.keys()),
            "properties": built,
        }

    def _keep(self, name: str, component: Node, place: str, *, request: bool) -> Node:
        if request:
            self.request_models.add(name)
        known = self.components.get(name)
        if known is None:
            self.components[name] = component
        elif _bare(known) != _bare(component):
            self.notes.append(
                f"{name}: {place} differs from the others called so; the fields of all are kept"
            )
            self.components[name] = _union(known, component)
        return self._refer(name, place)

    def _refer(self, name: str, place: str) -> Node:
        if place not in self.places.setdefault(name, []):
            self.places[name].append(place)
        return {"$ref": f"#/components/schemas/{name}"}

    def _name(self, place: str, identity: object, node: Node) -> str:
        pinned = self.pins.get(place)
        if pinned is not None:
            self._names.setdefault(identity, pinned)
            return pinned
        if identity not in self._names:
            own = pascal(identity.rsplit("/", 1)[-1]) if isinstance(identity, str) else ""
            if not own or own in self._pinned or own in self.components:
                own = pascal(place.replace("body", "").replace("reply", "").replace("query", ""))
            self._names[identity] = free(own, self._pinned | set(self._names.values()) | self.body_models)
        return self._names[identity]


def _parameter_schema(parameter: Node) -> Any:
    if "schema" in parameter:
        return parameter["schema"]
    content = cast("Node", parameter.get("content") or {})
    return next((cast("Node", item).get("schema") or {} for item in content.values()), {})


def _is_flag(document: Node, raw: Any) -> bool:
    node, _ = follow(document, raw)
    values = node.get("enum")
    return isinstance(values, list) and {str(value) for value in values} == {"0", "1"}


def _is_json(media_type: str) -> bool:
    bare = media_type.split(";", 1)[0].strip().lower()
    return bare in ("application/json", "*/*") or bare.endswith("+json")


def _nameable(node: Node) -> bool:
    return bool(node.get("properties") or node.get("enum"))


def _of_kind(node: Node, kind: str) -> Node:
    keep = {
        "object": ("properties", "required", "additionalProperties"),
        "array": ("items",),
        "string": ("format",),
    }
    member: Node = {"type": kind}
    member |= {key: node[key] for key in keep.get(kind, ("format",)) if key in node}
    if kind == "integer" and member.get("format") not in (None, "int32", "int64"):
        del member["format"]
    return member


def _merge_all_of(document: Node, node: Node) -> Node:
    parts = cast("list[Any]", node.get("allOf") or [])
    if not parts:
        return node
    merged: Node = {}
    for raw in (*parts, {key: value for key, value in node.items() if key != "allOf"}):
        part = _merge_all_of(document, follow(document, raw)[0])
        properties = {**merged.get("properties", {}), **part.get("properties", {})}
        required = [*merged.get("required", []), *part.get("required", [])]
        merged = {**merged, **part}
        if properties:
            merged["properties"] = properties
        if required:
            merged["required"] = required
    return merged


def _described(raw: Any, document: Node) -> str:
    node, _ = follow(document, raw)
    text = _text(node.get("description"))
    default = node.get("default")
    if default is None and isinstance(node.get("schema"), dict):
        default = follow(document, node["schema"])[0].get("default")
    if default is not None and not isinstance(default, (dict, list)):
        shown = str(default).lower() if isinstance(default, bool) else str(default)
        text = f"{text} Server's default: {shown}.".strip()
    return text


def _text(value: object) -> str:
    return value.strip() if isinstance(value, str) else ""


def _with(schema: Node, description: str) -> Node:
    return {**schema, "description": description} if description and "$ref" not in schema else schema


def _without_null(schema: Node) -> Node:
    members = [member for member in schema.get("anyOf", []) if member != {"type": "null"}]
    return cast("Node", members[0]) if len(members) == 1 else schema


def _unlike(name: str, taken: list[str]) -> str:
    candidate, number = name, 2
    while candidate in taken:
        candidate, number = f"{name}_{number}", number + 1
    return candidate


def _bare(component: Node) -> object:
    """Return a component without its texts, in one order: what two spellings of one thing share."""

    def strip(node: object) -> Iterator[tuple[object, ...]]:
        if isinstance(node, dict):
            for key in sorted(node):
                if key != "description" or isinstance(node[key], dict):
                    yield key, tuple(strip(node[key]))
        elif isinstance(node, list):
            for item in node:
                yield tuple(strip(item))
        else:
            yield (node,)

    return tuple(strip(component))


def _union(one: Node, other: Node) -> Node:
    if "enum" in one and "enum" in other:
        values = dict(zip(one["enum"], one["x-enum-varnames"], strict=True))
        for value, name in zip(other["enum"], other["x-enum-varnames"], strict=True):
            values.setdefault(value, _unlike(name, list(values.values())))
        return {**one, "enum": list(values), "x-enum-varnames": list(values.values())}
    if "enum" in one or "enum" in other:
        return one
    return {
        **one,
        "required": sorted(set(one["required"]) & set(other["required"])),
        "properties": {**other["properties"], **one["properties"]},
    }

"""One spelling for every spec: what openapi-python-client reads is made here.

The vendor may inline what is shared, share what is inlined, wrap replies or not, write 3.0 or 3.1. Here each operation
is rebuilt under its name in the SDK, each object and enumeration becomes a component under a name pinned to its place
of use (overrides/schemas.yaml; see schemas.py), and wrappers dissolve. So the same API gives the same names, whoever
wrote it down.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, cast

from attrs import define, field

from .merging import merge_all_of
from .naming import pascal
from .schemas import Schemas, described, text_of, without_null
from .spec import Node, SpecError, follow, parameter_names, reading
from .supplement import event_schemas

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .operations import Matched

FORMS = ("multipart/form-data", "application/x-www-form-urlencoded")
MEDIA_TYPE = re.compile(r"[A-Za-z0-9!#$&^_.+-]+/[A-Za-z0-9!#$&^_.+*-]+")
TOKEN = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
REPEAT = {"GET": "safe", "HEAD": "safe", "OPTIONS": "safe", "PUT": "idempotent", "DELETE": "idempotent"}


@define
class ReplyShape:
    """What one success status brings: json, list, page, file, "file or json", or nothing."""

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
    """object, form, value or bytes."""
    body_media_type: str = "application/json"
    body_argument: str | None = None
    flags: set[str] = field(factory=set)
    """Query parameters that count as 0 and 1."""
    statuses: list[str] = field(factory=list)


@define
class Canonical:
    """The rebuilt spec, and what was noticed on the way."""

    spec: Node
    operations: dict[str, Described]
    request_models: set[str]
    """Names of components that a caller fills in."""
    body_models: set[str]
    """Components that only carry the arguments of a method."""
    places: dict[str, list[str]]
    """Every place of use of each component."""
    notes: list[str]


class Builder:
    """Rebuilds one spec."""

    def __init__(
        self,
        spec: Node,
        pins: Mapping[str, str],
        key_headers: frozenset[str],
        supplement: Mapping[str, Node],
    ) -> None:
        """Prepare.

        Args:
            spec: the spec as it was read.
            pins: place of use → name.
            key_headers: header parameters that the client sends by itself, in lower case.
            supplement: name in the SDK → the schema for a spec that has none.
        """
        self.spec = spec
        self.key_headers = key_headers
        self.schemas = Schemas(spec, pins, supplement)
        self.notes = self.schemas.notes
        # A spec that is no reconstruction is the vendor's word.
        self.evidence = "unstated" if spec["info"].get("x-reconstruction") else "documented"

    def build(self, matched: list[Matched]) -> Canonical:
        """Rebuild the operations given and the events of the spec.

        Raises:
            SpecError: two operations can't be told apart, or one can't be generated.
        """
        paths: Node = {}
        known: dict[str, Described] = {}
        for one in matched:
            with reading(f"{one.entry.method} {one.spec_path}"):
                operation, info = self._operation(one)
            known[one.name] = info
            item = paths.setdefault(one.path, {})
            if one.entry.method.lower() in item:
                raise SpecError(f"{one.entry.method} {one.spec_path}: another operation has the same address")
            item[one.entry.method.lower()] = operation
        self._events()
        schemas = self.schemas
        spec = {
            "openapi": "3.1.0",
            "info": {"title": "generated", "version": str(self.spec["info"]["version"])},
            "paths": paths,
            "components": {"schemas": dict(sorted(schemas.components.items()))},
        }
        return Canonical(
            spec, known, schemas.request_models, schemas.body_models, schemas.places, schemas.notes
        )

    def _operation(self, one: Matched) -> tuple[Node, Described]:
        node = one.node
        info = Described(
            one,
            repeat=one.entry.repeat or REPEAT.get(one.entry.method, "write"),
            summary=text_of(node.get("summary")),
            description=text_of(node.get("description")),
            evidence=text_of(node.get("x-evidence")) or self.evidence,
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
        ours = dict(zip(parameter_names(one.spec_path), parameter_names(one.path), strict=True))
        merged: dict[tuple[str, str], Node] = {}
        for raw in (*one.shared, *cast("list[Any]", one.node.get("parameters") or [])):
            parameter, _ = follow(self.spec, raw)
            merged[str(parameter.get("in")), str(parameter.get("name"))] = parameter
        built: list[Node] = []
        for (where, name), parameter in merged.items():
            if where == "cookie" or (where == "header" and name.lower() in self.key_headers):
                continue
            if where == "path" and name not in ours:
                self.notes.append(f"{one.name}: path parameter {name} does not stand in {one.spec_path}")
                continue
            if where == "header" and not TOKEN.fullmatch(name):
                self.notes.append(f"{one.name}: {name!r} can't be the name of a header; it is left out")
                continue
            wire = ours[name] if where == "path" else name
            schema: Node = {"type": "integer"}
            if _is_flag(self.spec, _parameter_schema(parameter)):
                info.flags.add(wire)
            else:
                schema = self.schemas.schema(_parameter_schema(parameter), f"{one.name} {where}.{wire}")
            built.append(
                {
                    "name": wire,
                    "in": where,
                    "required": where == "path" or bool(parameter.get("required")),
                    "schema": {**schema, "description": described(parameter, self.spec)},
                }
            )
        for name in ours.values():
            if not any(item["in"] == "path" and item["name"] == name for item in built):
                self.notes.append(f"{one.name}: the spec does not describe path parameter {name}")
                built.append({"name": name, "in": "path", "required": True, "schema": {"type": "string"}})
        return built

    def _body(self, one: Matched, info: Described) -> Node | None:
        raw = one.node.get("requestBody")
        if raw is None:
            return None
        body, _ = follow(self.spec, raw)
        content = cast("Node", body.get("content") or {})
        media_type = self._json_of(content)
        if media_type is None:
            if not content:
                return None
            # Several types: bytes that need no form first.
            whole = [name for name in content if not name.lower().startswith(("multipart/", *FORMS))]
            if not whole:
                return self._form(one, info, content)
            media_type = "application/octet-stream" if "application/octet-stream" in whole else whole[0]
            if not MEDIA_TYPE.fullmatch(media_type):
                raise SpecError(f"{one.name}: {media_type!r} is no media type")
            info.body_kind = "bytes"
            info.body_argument = one.entry.body or "content"
            info.body_media_type = media_type
            schema: Node = {"type": "string", "format": "binary"}
            return {"required": True, "content": {"application/octet-stream": {"schema": schema}}}
        if not MEDIA_TYPE.fullmatch(media_type.split(";", 1)[0].strip()):
            raise SpecError(f"{one.name}: {media_type!r} is no media type")
        node = cast("Node", content[media_type].get("schema") or {})
        info.body_media_type = (
            "application/json" if media_type == "*/*" else media_type.split(";", 1)[0].strip()
        )
        resolved, _ = follow(self.spec, node)
        place = f"{one.name} body"
        merged = merge_all_of(self.spec, resolved)
        if merged.get("properties"):
            info.body_kind = "object"
            name = f"{pascal(one.entry.resource)}{pascal(one.entry.name)}Body"
            schema = self.schemas.arguments(merged, place, name)
        else:
            info.body_kind = "value"
            info.body_argument = one.entry.body or "body"
            schema = self.schemas.schema(node, place, request=True)
        return {"required": True, "content": {"application/json": {"schema": schema}}}

    def _form(self, one: Matched, info: Described, content: Node) -> Node:
        kinds = {str(name).split(";", 1)[0].strip().lower(): name for name in content}
        for media_type in FORMS:
            node, _ = follow(self.spec, (content.get(kinds.get(media_type, "")) or {}).get("schema") or {})
            merged = merge_all_of(self.spec, node)
            if merged.get("properties"):
                info.body_kind, info.body_media_type = "form", media_type
                name = f"{pascal(one.entry.resource)}{pascal(one.entry.name)}Body"
                files = media_type == FORMS[0]
                schema = self.schemas.arguments(merged, f"{one.name} body", name, files=files)
                return {"required": True, "content": {"application/json": {"schema": schema}}}
        raise SpecError(
            f"{one.name} ({one.entry.method} {one.spec_path}): a body of {', '.join(content)} can't be "
            "generated; JSON, bytes, and forms with fields can"
        )

    def _replies(self, one: Matched, info: Described) -> Node:
        built: Node = {}
        responses = {
            str(status): node for status, node in cast("Node", one.node.get("responses") or {}).items()
        }
        info.statuses = sorted(responses)
        # One status says more than a range of them, and both say more than the rest.
        exact = sorted(status for status in responses if re.fullmatch("2[0-9][0-9]", status))
        wanted = exact or [status for status in ("2XX", "2xx", "default") if status in responses][:1]
        for status in wanted:
            reply, _ = follow(self.spec, responses[status])
            code = int(status) if status in exact else 200
            content = cast("Node", reply.get("content") or {})
            media_type = self._json_of(content)
            if media_type is not None:
                kind, schema = self._json_reply(one, info, content[media_type].get("schema") or {}, code)
                if kind == "json" and self._brings_file(content):
                    kind = "file or json"
                built[str(code)] = {"description": "", "content": {"application/json": {"schema": schema}}}
            else:
                kind = "file" if content else "nothing"
                built[str(code)] = {"description": ""}
            info.replies.append(ReplyShape(code, kind))
        if not info.replies:
            info.replies.append(ReplyShape(200, "nothing"))
            built["200"] = {"description": ""}
        info.replies.sort(key=lambda shape: (shape.kind == "nothing", shape.status))
        return built

    def _json_reply(self, one: Matched, info: Described, node: Any, status: int) -> tuple[str, Node]:
        entry = one.entry
        root = merge_all_of(self.spec, follow(self.spec, node)[0])
        properties = cast("Node", root.get("properties") or {})
        unwrap, items = entry.unwrap, entry.items
        if not entry.known and unwrap is None and items is None:
            unwrap, items = self._guess(properties)
        place = f"{one.name} reply" if status in (200, 201) else f"{one.name} reply {status}"
        if items is not None:
            if items not in properties:
                raise SpecError(f"{one.name}: its reply has no list {items!r}; see operations.yaml")
            info.items = items
            listed, _ = follow(self.spec, properties[items])
            given = (*one.shared, *cast("list[Any]", one.node.get("parameters") or []))
            query = {str(follow(self.spec, raw)[0].get("name")) for raw in given}
            info.paged = {"limit", "offset"} <= query
            item = self.schemas.schema(listed.get("items") or {}, f"{place}.{items}[]")
            return ("page" if info.paged else "list"), {"type": "array", "items": item}
        if unwrap is not None:
            info.unwrap = unwrap if unwrap in properties else None
            info.root_too = entry.root_too
            if unwrap in properties:
                return "json", without_null(self.schemas.schema(properties[unwrap], f"{place}.{unwrap}"))
            self.notes.append(f"{one.name}: the reply is not wrapped in {unwrap!r}; its root is taken")
            return "json", self.schemas.schema(node, f"{place}.{unwrap}")
        return "json", self.schemas.schema(node, place)

    def _brings_file(self, content: Node) -> bool:
        """Whether a reply may be a file, beside JSON: one of its media types is bytes."""
        schemas = (follow(self.spec, (one or {}).get("schema") or {})[0] for one in content.values())
        return any(
            one.get("type") == "string" and (one.get("format") == "binary" or "contentMediaType" in one)
            for one in schemas
        )

    def _json_of(self, content: Node) -> str | None:
        """Return the media type under which a body is JSON."""
        for media_type, described_as in content.items():
            bare_type = str(media_type).split(";", 1)[0].strip().lower()
            if bare_type == "application/json" or bare_type.endswith("+json"):
                return str(media_type)
            schema, _ = follow(self.spec, (described_as or {}).get("schema") or {})
            if bare_type == "*/*" and schema and schema.get("type") != "string":
                return str(media_type)
        return None

    def _guess(self, properties: Node) -> tuple[str | None, str | None]:
        counters = {"meta", "total_count", "offset", "limit"}
        rest = [name for name in properties if name not in counters]
        if len(rest) == 1:
            node = merge_all_of(self.spec, follow(self.spec, properties[rest[0]])[0])
            if node.get("type") == "array":
                return None, rest[0]
            if node.get("properties") and len(properties) == 1:
                return rest[0], None
        return None, None

    def _events(self) -> None:
        with reading("webhooks"):
            for code, schema in event_schemas(self.spec):
                self.schemas.schema(schema, f"event {code}")


def _parameter_schema(parameter: Node) -> Any:
    if "schema" in parameter:
        return parameter["schema"]
    content = cast("Node", parameter.get("content") or {})
    return next((cast("Node", item).get("schema") or {} for item in content.values()), {})


def _is_flag(spec: Node, raw: Any) -> bool:
    node, _ = follow(spec, raw)
    values = node.get("enum")
    return isinstance(values, list) and {str(value) for value in values} == {"0", "1"}

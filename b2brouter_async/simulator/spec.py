"""The OpenAPI spec as the simulator sees it: operations by method and path, parameters, bodies.

Operations are matched by method and path with the parameter names blanked (`POST /accounts/{}/invoices`), never by
operationId or component name: those belong to whoever wrote the spec, and change with its editor.
"""

from __future__ import annotations

import functools
import json
import re
from importlib import resources
from typing import TYPE_CHECKING, Any, TypeAlias, cast

import attrs

if TYPE_CHECKING:
    import os
    from collections.abc import Iterator

# A JSON Schema or a piece of the spec: its shape is the spec's own business, hence Any.
Schema: TypeAlias = dict[str, Any]

METHODS = ("get", "post", "put", "patch", "delete")
PACKAGED = "openapi.json"


@attrs.frozen
class Parameter:
    """One parameter of an operation, with its schema resolved."""

    name: str
    location: str
    required: bool
    schema: Schema


@attrs.frozen
class Operation:
    """One operation of the spec.

    `key` is the method and the blanked path; `body` maps media types to schemas and is empty for operations
    without a body; `replies` maps a status to its media types and their schemas.
    `path_parameters` are in the order of the template.
    """

    key: str
    method: str
    template: str
    parameters: tuple[Parameter, ...]
    body: dict[str, Schema]
    replies: dict[int, dict[str, Schema]]
    path_parameters: tuple[Parameter, ...]


def blank(path: str) -> str:
    """Return `path` with the names of its parameters left out: `/invoices/{id}` gives `/invoices/{}`."""
    return re.sub(r"\{[^}]*\}", "{}", path)


class Spec:
    """An OpenAPI spec with its references resolved on demand.

    Example:
        spec = Spec({"openapi": "3.0.3", "info": {"version": "1"}, "paths": {}})
    """

    def __init__(self, source: Schema) -> None:
        self.source = source
        self.operations: dict[str, list[Operation]] = {}
        self._tree: dict[str, Any] = {}
        for operation in self._read():
            self.operations.setdefault(operation.key, []).append(operation)
            node = self._tree
            for segment in blank(operation.template).strip("/").split("/"):
                node = node.setdefault(segment, {})
            node.setdefault("", {}).setdefault(operation.method, []).append(operation)

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Spec:
        """Read a spec from a file, JSON or (where PyYAML is installed) YAML.

        Example:
            simulator = Simulator(spec=Spec.load("spec.json"))

        Raises:
            OSError: the file can't be read.
            ValueError: it is no OpenAPI spec.
        """
        with open(path, encoding="utf-8") as file:
            text = file.read()
        try:
            source: Any = json.loads(text)
        except ValueError:
            source = _from_yaml(text)
        if not isinstance(source, dict) or not {"openapi", "info", "paths"} <= source.keys():
            raise ValueError("openapi, info and paths are missing")
        try:
            return cls(cast("Schema", source))
        except (KeyError, TypeError, AttributeError) as error:
            raise ValueError(f"its paths can't be read: {type(error).__name__} {error}") from None

    @property
    def version(self) -> str:
        """The API version the spec describes, `2026-06-26`, however `info.version` spells it."""
        text = str(self.source["info"]["version"]).removeprefix("v")
        return f"{text[:4]}-{text[4:6]}-{text[6:]}" if re.fullmatch("[0-9]{8}", text) else text

    def resolve(self, schema: Schema) -> Schema:
        """Follow `$ref` in `schema`; keys beside the reference win over the ones it names.

        Example:
            schema = Spec.load("spec.json").resolve({"type": "string"})

        An `allOf` of one is how OpenAPI 3.0 puts keys beside a reference, so it is followed, too.
        """
        while True:
            if "$ref" in schema:
                target: Any = self.source
                for part in str(schema["$ref"]).removeprefix("#/").split("/"):
                    target = target[part.replace("~1", "/").replace("~0", "~")]
                left = "$ref"
            elif len(schema.get("allOf", ())) == 1:
                target = schema["allOf"][0]
                left = "allOf"
            else:
                return schema
            schema = {**target, **{key: value for key, value in schema.items() if key != left}}

    def match(self, path: list[str]) -> tuple[dict[str, list[Operation]], list[str]] | None:
        """Find the path of the spec that fits these segments.

        Example:
            found = Spec.load("spec.json").match(["accounts", "1234"])

        Returns its operations by method, and the values of its parameters from left to right; None where no path
        fits. A literal segment is preferred to a parameter.
        """
        return _walk(self._tree, path, 0, [])

    def success(self, key: str) -> Schema:
        """Return the resolved schema of the JSON reply with the lowest 2xx status, or an empty schema.

        Example:
            schema = Spec.load("spec.json").success("GET /accounts/{}")
        """
        for operation in self.operations.get(key, []):
            for status in sorted(operation.replies):
                schema = operation.replies[status].get("application/json")
                if 200 <= status < 300 and schema is not None:
                    return self.resolve(schema)
        return {}

    def field(self, schema: Schema, *names: str) -> Schema:
        """Go down `properties` (and `items` of arrays) by name; an empty schema where a name is unknown.

        Example:
            spec = Spec.load("spec.json")
            name = spec.field(spec.success("GET /accounts/{}"), "account", "name")
        """
        for name in names:
            schema = self.resolve(schema)
            if "items" in schema:
                schema = self.resolve(schema["items"])
            schema = schema.get("properties", {}).get(name, {})
        schema = self.resolve(schema)
        return self.resolve(schema["items"]) if "items" in schema else schema

    def _read(self) -> Iterator[Operation]:
        for template, item in self.source["paths"].items():
            shared = [self._parameter(p) for p in item.get("parameters", [])]
            for method in METHODS:
                if method not in item:
                    continue
                entry = item[method]
                own = [self._parameter(p) for p in entry.get("parameters", [])]
                in_path = {p.name: p for p in (*shared, *own) if p.location == "path"}
                named = {(p.name, p.location) for p in own}
                body = self.resolve(entry.get("requestBody", {}))
                yield Operation(
                    key=f"{method.upper()} {blank(template)}",
                    method=method.upper(),
                    template=template,
                    parameters=(*(p for p in shared if (p.name, p.location) not in named), *own),
                    path_parameters=tuple(
                        in_path[name] for name in re.findall(r"\{([^}]*)\}", template) if name in in_path
                    ),
                    body={media: entry.get("schema", {}) for media, entry in body.get("content", {}).items()},
                    replies={
                        int(status): {
                            media: _with_example(content)
                            for media, content in self.resolve(reply).get("content", {}).items()
                        }
                        for status, reply in entry["responses"].items()
                        if str(status).isdigit()
                    },
                )

    def _parameter(self, entry: Schema) -> Parameter:
        entry = self.resolve(entry)
        return Parameter(
            name=str(entry["name"]),
            location=str(entry["in"]),
            required=bool(entry.get("required")),
            schema=self.resolve(entry.get("schema", {})),
        )


def _with_example(content: Schema) -> Schema:
    """Return the schema of a body, with the example that stands beside it put into it."""
    schema: Schema = content.get("schema", {})
    examples: list[Any] = [entry.get("value") for entry in content.get("examples", {}).values()]
    for example in (*([content["example"]] if "example" in content else []), *examples):
        return {**schema, "example": example}
    return schema


def _walk(
    node: dict[str, Any], path: list[str], at: int, values: list[str]
) -> tuple[dict[str, list[Operation]], list[str]] | None:
    if at == len(path):
        return (node[""], values) if "" in node else None
    segment = path[at]
    # "" marks the end of a path in the tree, so an empty segment can't be looked up as a literal.
    if segment and segment != "{}" and segment in node:
        found = _walk(node[segment], path, at + 1, values)
        if found is not None:
            return found
    if segment and "{}" in node:
        return _walk(node["{}"], path, at + 1, [*values, segment])
    return None


def _from_yaml(text: str) -> Any:
    try:
        import yaml
    except ModuleNotFoundError:
        raise ValueError("it is not JSON, and PyYAML, which reads YAML, is not installed") from None

    class Loader(yaml.SafeLoader):  # type: ignore[misc,unused-ignore]
        # JSON has no dates, so examples that hold some are left as text.
        yaml_implicit_resolvers = {  # noqa: RUF012
            first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
            for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
        }

    try:
        return yaml.load(text, Loader=Loader)  # noqa: S506 - a subclass of SafeLoader
    except yaml.YAMLError as error:
        raise ValueError(f"it is neither JSON nor YAML: {str(error).splitlines()[0]}") from None


@functools.cache
def packaged() -> Spec:
    """Load the spec that is shipped with the package."""
    text = resources.files("b2brouter_async.simulator").joinpath(PACKAGED).read_text("utf-8")
    return Spec(json.loads(text))

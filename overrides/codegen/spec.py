"""The vendor's spec as plain data: reading it, and following its references."""

from __future__ import annotations

import datetime
import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeAlias
from urllib.parse import unquote

import yaml

if TYPE_CHECKING:
    from pathlib import Path

Node: TypeAlias = dict[str, Any]
NOTES = frozenset(
    [
        "description",
        "title",
        "nullable",
        "default",
        "example",
        "examples",
        "deprecated",
        "readOnly",
        "writeOnly",
        "externalDocs",
    ]
)
PATH = re.compile(r"/(?:[A-Za-z0-9._~!$&'()*+,;=:@%/-]|\{[^{}/]+\})*")
MOST_NODES = 2_000_000
DEEPEST = 200
METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")


class SpecError(Exception):
    """The spec, or what overrides/ says of it, can't be used; the text says what and where."""


class _Loader(yaml.CSafeLoader):
    """YAML with the types of JSON alone: a date stays text, and so do `no` (Norway) and `on`."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        """Refuse what YAML would let win, or lose, without a word."""
        known: set[str] = set()
        for key, _ in node.value:
            line = key.start_mark.line + 1
            if key.value == "<<":
                raise ValueError(f"line {line}: merge keys (<<) are not understood; write them out")
            if isinstance(key, yaml.ScalarNode) and key.value in known:
                raise ValueError(f"line {line}: the key {key.value!r} stands there twice")
            known.add(str(key.value))
        return super().construct_mapping(node, deep)


_Loader.yaml_implicit_resolvers = {}
for _tag, _pattern, _first in (
    ("tag:yaml.org,2002:bool", r"^(?:true|True|TRUE|false|False|FALSE)$", "tTfF"),
    ("tag:yaml.org,2002:null", r"^(?:~|null|Null|NULL|)$", ["~", "n", "N", ""]),
    ("tag:yaml.org,2002:int", r"^[-+]?(?:0|[1-9][0-9]*)$", "-+0123456789"),
    (
        "tag:yaml.org,2002:float",
        r"^[-+]?(?:[0-9]+\.[0-9]*|\.[0-9]+|[0-9]+(?=[eE]))(?:[eE][-+]?[0-9]+)?$",
        "-+0123456789.",
    ),
):
    _Loader.add_implicit_resolver(_tag, re.compile(_pattern), list(_first))


def parse(text: bytes) -> Any:
    """Read YAML or JSON.

    Raises:
        SpecError: it is neither.
    """
    try:
        if text.lstrip()[:1] in (b"{", b"["):
            # Nearly all JSON is YAML, but not an emoji written as two escapes.
            try:
                return json.loads(text, object_pairs_hook=_once)
            except json.JSONDecodeError:
                pass
        _measure(text)
        return yaml.load(text, Loader=_Loader)  # noqa: S506 - a safe loader, with fewer types still
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise SpecError(f"not YAML: {error}") from None


def _measure(text: bytes) -> None:
    """Refuse YAML that is nested so deeply that the parser would take the interpreter down with it."""
    depth = 0
    for event in yaml.parse(text, Loader=_Loader):
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > DEEPEST:
            raise ValueError(f"it is nested more than {DEEPEST} deep")


def _once(pairs: list[tuple[str, Any]]) -> Node:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"the key {twice!r} stands twice in one object")
    return found


def read(path: Path) -> Node:
    """Read an OpenAPI 3.0 or 3.1 spec.

    Raises:
        SpecError: the file is none.
    """
    try:
        spec = parse(path.read_bytes())
    except OSError as error:
        raise SpecError(f"{path}: {error.strerror}") from None
    check(spec, str(path))
    assert isinstance(spec, dict)
    return spec


def check(spec: object, source: str) -> None:
    """Refuse what is no OpenAPI 3.0 or 3.1 spec with operations.

    Raises:
        SpecError: with what is missing.
    """
    if not isinstance(spec, dict):
        raise SpecError(f"{source}: expected an OpenAPI spec, got {type(spec).__name__}")
    if "swagger" in spec:
        raise SpecError(f"{source}: this is Swagger {spec['swagger']}; OpenAPI 3.0 or 3.1 is needed")
    if not str(spec.get("openapi", "")).startswith(("3.0", "3.1")):
        raise SpecError(f"{source}: openapi is {spec.get('openapi')!r}; 3.0 or 3.1 is needed")
    info = spec.get("info")
    if not isinstance(info, dict) or not info.get("version"):
        raise SpecError(f"{source}: info.version is missing")
    if not isinstance(spec.get("paths"), dict) or not spec["paths"]:
        raise SpecError(f"{source}: it has no paths")
    try:
        weight = _weight(spec, {})
    except SpecError as error:
        raise SpecError(f"{source}: {error}") from None
    if weight > MOST_NODES:
        raise SpecError(f"{source}: its YAML aliases make it larger than {MOST_NODES} values")
    for path in spec["paths"]:
        if not PATH.fullmatch(str(path)):
            raise SpecError(
                f"{source}: path {str(path)!r} is none: it begins with a slash, its braces match, and anything "
                "but letters, digits and -._~!$&'()*+,;=:@ is percent-encoded"
            )


def _weight(node: object, known: dict[int, int], depth: int = 0) -> int:
    """Count the values of a spec as if its aliases were written out, and refuse what JSON can't hold.

    Raises:
        SpecError: a value of another type, or it is nested too deeply.
    """
    if not isinstance(node, (dict, list)):
        if not isinstance(node, (str, int, float, type(None))):
            raise SpecError(f"a value of the type {type(node).__name__} has no place in an OpenAPI spec")
        return 1
    if depth > DEEPEST:
        raise SpecError(f"it is nested more than {DEEPEST} deep")
    if id(node) not in known:
        # One that holds itself through an alias has no end.
        known[id(node)] = MOST_NODES + 1
        inner = [*node, *node.values()] if isinstance(node, dict) else node
        known[id(node)] = 1 + sum(_weight(one, known, depth + 1) for one in inner)
    return known[id(node)]


def follow(spec: Node, node: Any) -> tuple[Node, str | None]:
    """Resolve a chain of references; an allOf that only lets a reference stand beside other keys is one.

    Returns:
        The node with what stood beside the references laid over it, and the pointer of the last reference.
    """
    pointer: str | None = None
    beside: Node = {}
    seen: set[str] = set()
    while isinstance(node, Mapping):
        if "$ref" in node:
            pointer = str(node["$ref"])
            if pointer in seen:
                raise SpecError(f"{pointer}: the references go in a circle")
            seen.add(pointer)
            beside = {**{key: value for key, value in node.items() if key != "$ref"}, **beside}
            node = look_up(spec, pointer)
        elif _is_reference(node):
            beside = {**{key: value for key, value in node.items() if key != "allOf"}, **beside}
            node = node["allOf"][0]
        else:
            break
    if not isinstance(node, dict):
        # JSON Schema writes "anything" as true.
        node = {}
    return ({**node, **beside} if beside else node), pointer


def _is_reference(node: Mapping[str, Any]) -> bool:
    """Whether a schema is 3.0's way of saying more of a reference: allOf with one part, and notes beside it."""
    parts = node.get("allOf")
    return (
        isinstance(parts, list)
        and len(parts) == 1
        and isinstance(parts[0], Mapping)
        and "$ref" in parts[0]
        and all(key == "allOf" or key in NOTES or str(key).startswith("x-") for key in node)
    )


def look_up(spec: Node, pointer: str) -> Any:
    """Return what a local reference points to.

    Raises:
        SpecError: it points nowhere, or out of the spec.
    """
    if not pointer.startswith("#/"):
        raise SpecError(f"{pointer}: the spec is not bundled; only references into itself can be followed")
    node: Any = spec
    # A pointer in an address: tools that bundle write the braces of a path as %7B and %7D.
    for step in unquote(pointer[2:]).split("/"):
        step = step.replace("~1", "/").replace("~0", "~")
        if isinstance(node, dict) and step in node:
            node = node[step]
        elif isinstance(node, list) and step.isdecimal() and int(step) < len(node):
            node = node[int(step)]
        else:
            raise SpecError(f"{pointer}: nothing is there")
    return node


def api_version(spec: Node) -> str:
    """Return the API version that a spec describes, as the header of a request spells it.

    The vendor writes the day with dashes in the header and without them in the address.

    Raises:
        SpecError: info.version is no day.
    """
    found = str(spec["info"]["version"])
    try:
        return datetime.date.fromisoformat(found.removeprefix("v")).isoformat()
    except ValueError:
        raise SpecError(f"info.version is {found!r}; an API version is a day: YYYY-MM-DD") from None


@contextmanager
def reading(place: str) -> Iterator[None]:
    """Turn what goes wrong in a malformed part of a spec into a sentence that says which part it is.

    Raises:
        SpecError: whatever went wrong.
    """
    try:
        yield
    except RecursionError:
        raise SpecError(f"{place}: a schema there holds itself without end") from None
    except (AttributeError, IndexError, KeyError, TypeError, ValueError) as error:
        raise SpecError(f"{place}: it is not as OpenAPI has it: {type(error).__name__}: {error}") from error


def operations(spec: Node) -> Iterator[tuple[str, str, Node, list[Any]]]:
    """Yield method, path, operation and the path's shared parameters, in the spec's order."""
    for path, item in spec["paths"].items():
        with reading(str(path)):
            item, _ = follow(spec, item)
            shared = list(item.get("parameters") or [])
        for method in METHODS:
            if isinstance(item.get(method), dict):
                yield method.upper(), str(path), item[method], shared


def blank(path: str) -> str:
    """Return a path with the names of its parameters left out: what an operation is matched by."""
    return re.sub(r"\{[^{}]*\}", "{}", path)


def parameter_names(path: str) -> list[str]:
    """Return the names of a path's parameters in order."""
    return re.findall(r"\{([^{}]*)\}", path)


def as_json(value: object) -> str:
    """Write JSON the way every generated data file is written."""
    text = json.dumps(value, indent=1, ensure_ascii=False) + "\n"
    try:
        text.encode()
    except UnicodeEncodeError:
        # Half of a surrogate pair, which JSON can carry and UTF-8 can't.
        text = json.dumps(value, indent=1) + "\n"
    return text

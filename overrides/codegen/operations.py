"""Which operation is which: the spec's operations under their names in the SDK."""

from __future__ import annotations

import re
from collections import defaultdict
from functools import partial
from typing import TYPE_CHECKING, Any, cast

from attrs import define, field, frozen

from .merging import unlike
from .naming import IN_CLIENT, IN_RESOURCES, snake
from .spec import Node, SpecError, blank, follow, operations, parameter_names, parse

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path


@frozen
class Entry:
    """What overrides/operations.yaml says of one operation."""

    resource: str
    name: str
    method: str
    path: str
    unwrap: str | None = None
    root_too: bool = False
    items: str | None = None
    repeat: str | None = None
    body: str | None = None
    rename: dict[str, str] = field(factory=dict, eq=False, hash=False)
    example: dict[str, str] = field(factory=dict, eq=False, hash=False)
    words: dict[str, list[str]] = field(factory=dict, eq=False, hash=False)
    check: str | None = None
    shows: str | None = None
    known: bool = True


@define
class Matched:
    """An operation of the spec, with the entry that names it."""

    entry: Entry
    node: Node
    path: str
    """The spec's path with our names of the parameters."""
    spec_path: str
    shared: list[Any] = field(factory=list)

    @property
    def name(self) -> str:
        """Resource and method, for example `invoices.create`."""
        return f"{self.entry.resource}.{self.entry.name}"


def load_entries(path: Path) -> list[Entry]:
    """Read overrides/operations.yaml.

    Raises:
        SpecError: an entry can't be understood.
    """
    entries: list[Entry] = []
    for resource, methods in cast("dict[str, dict[str, Node]]", parse(path.read_bytes())).items():
        for name, raw in methods.items():
            rest = dict(raw)
            try:
                method, address = str(rest.pop("call")).split(" ", 1)
            except (KeyError, ValueError):
                raise SpecError(f"{path.name}: {resource}.{name} needs call: METHOD /path") from None
            unwrap = rest.pop("unwrap", None)
            entries.append(
                Entry(
                    resource,
                    name,
                    method,
                    address,
                    unwrap=unwrap.removesuffix("?") if unwrap else None,
                    root_too=bool(unwrap) and unwrap.endswith("?"),
                    **rest,
                )
            )
    return entries


def match(spec: Node, entries: list[Entry]) -> tuple[list[Matched], list[Entry]]:
    """Match the spec's operations with the entries, by method and blanked path.

    Returns:
        Every operation of the spec, known ones in the order of the entries, then unknown ones under derived
        names; and the entries that the spec no longer has.
    """
    groups: dict[tuple[str, str], list[_Found]] = defaultdict(list)
    for method, path, node, shared in operations(spec):
        groups[method, blank(path)].append(_Found(method, path, node, shared))
    waiting: dict[tuple[str, str], list[Entry]] = defaultdict(list)
    for entry in entries:
        waiting[entry.method, blank(entry.path)].append(entry)
    found: dict[Entry, Matched] = {}
    unknown: list[_Found] = []
    for key, group in groups.items():
        candidates = list(waiting.get(key, []))
        # Two addresses of one shape (the directory has such a pair) are told apart by the names of their parameters
        # where those are what we know, then by what the parameters may be, then by their order.
        for fits in (_named_alike, partial(_takes, spec), _any):
            for one in list(group):
                known = next((entry for entry in candidates if fits(one, entry)), None)
                if known is not None:
                    candidates.remove(known)
                    group.remove(one)
                    found[known] = Matched(known, one.node, known.path, one.path, one.shared)
        unknown += group
    matched = [found[entry] for entry in entries if entry in found]
    taken = {one.name for one in matched}
    # In an order that does not depend on the spec's: who comes first gets the shorter name.
    for one in sorted(unknown, key=lambda one: (one.path, one.method)):
        entry = derived(one.method, one.path, taken)
        taken.add(f"{entry.resource}.{entry.name}")
        matched.append(Matched(entry, one.node, entry.path, one.path, one.shared))
    return matched, [entry for entry in entries if entry not in found]


@define
class _Found:
    method: str
    path: str
    node: Node
    shared: list[Any]


def _named_alike(one: _Found, entry: Entry) -> bool:
    return parameter_names(one.path) == parameter_names(entry.path)


def _takes(spec: Node, one: _Found, entry: Entry) -> bool:
    """Whether the spec's parameters are seen to take what operations.yaml gives as an example."""
    schemas: dict[str, Node] = {}
    for raw in (*one.shared, *cast("list[Any]", one.node.get("parameters") or [])):
        parameter, _ = follow(spec, raw)
        if parameter.get("in") == "path":
            schemas[str(parameter.get("name"))], _ = follow(spec, parameter.get("schema") or {})
    names = dict(zip(parameter_names(entry.path), parameter_names(one.path), strict=True))
    seen = False
    for ours, example in entry.example.items():
        pattern = schemas.get(names[ours], {}).get("pattern")
        try:
            if isinstance(pattern, str) and len(pattern) < 100:
                if re.search(pattern, example) is None:
                    return False
                seen = True
        except re.error:
            continue
    return seen


def _any(one: _Found, entry: Entry) -> bool:
    return True


def derived(method: str, path: str, taken: Collection[str]) -> Entry:
    """Return a name for an operation nobody has named yet, made from its path.

    `GET /orders` is `orders.list`, `GET /orders/{id}` is `orders.get`, `POST /accounts/{account}/orders` is
    `orders.create`, `POST /orders/{id}/close` is `orders.close`.
    """
    originals = parameter_names(path)
    parameters = [snake(name, "id") for name in originals]
    segments = [segment for segment in path.strip("/").split("/") if segment]
    if len(segments) > 1 and segments[0] == "accounts" and segments[1].startswith("{"):
        parameters[0] = "account"
        segments = segments[2:] if len(segments) > 2 else segments
    fixed = [segment for segment in segments if not segment.startswith("{")]
    resource = snake(fixed[0] if fixed else "", "root")
    while resource in IN_CLIENT or resource.endswith("_"):
        resource = f"{resource.rstrip('_')}_resource"
    on_one = bool(segments) and segments[-1].startswith("{")
    action = "_".join(filter(None, (snake(segment, "") for segment in fixed[1:])))
    verb = {
        "GET": "get" if on_one or action else "list",
        "POST": "create",
        "PUT": "update",
        "PATCH": "change",
        "DELETE": "delete",
    }.get(method, method.lower())
    short = action if method == "POST" or (method == "GET" and not on_one) else ""
    long = snake("_".join(filter(None, (verb, action))))
    names = [snake(short)] if short else []
    names += [long, *(f"{long.rstrip('_')}_{number}" for number in range(2, len(taken) + 3))]
    name = next(name for name in names if f"{resource}.{name}" not in taken and name not in IN_RESOURCES)
    seen: list[str] = []
    for ours in parameters:
        seen.append(ours if ours not in seen else unlike(ours, seen))
    spelled = iter(seen)
    address = re.sub(r"\{[^{}]*\}", lambda _: "{" + next(spelled) + "}", path)
    return Entry(resource, name, method, address, known=False)

"""Which operation is which: the document's operations under their names in the SDK."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any, cast

from attrs import define, field, frozen

from .document import DocumentError, Node, blank, operations, parameter_names, parse
from .naming import snake

if TYPE_CHECKING:
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
    known: bool = True


@define
class Matched:
    """An operation of the document, with the entry that names it."""

    entry: Entry
    node: Node
    path: str
    """The document's path with our names of the parameters."""
    document_path: str
    shared: list[Any] = field(factory=list)

    @property
    def name(self) -> str:
        """Resource and method, for example `invoices.create`."""
        return f"{self.entry.resource}.{self.entry.name}"


def load_entries(path: Path) -> list[Entry]:
    """Read overrides/operations.yaml.

    Raises:
        DocumentError: an entry can't be understood.
    """
    entries: list[Entry] = []
    for resource, methods in cast("dict[str, dict[str, Node]]", parse(path.read_bytes())).items():
        for name, raw in methods.items():
            rest = dict(raw)
            try:
                method, address = str(rest.pop("call")).split(" ", 1)
            except (KeyError, ValueError):
                raise DocumentError(f"{path.name}: {resource}.{name} needs call: METHOD /path") from None
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


def match(document: Node, entries: list[Entry]) -> tuple[list[Matched], list[Entry]]:
    """Match the document's operations with the entries, by method and blanked path.

    Returns:
        Every operation of the document, known ones in the order of the entries, then unknown ones under derived
        names; and the entries that the document no longer has.
    """
    waiting: dict[tuple[str, str], list[Entry]] = defaultdict(list)
    for entry in entries:
        waiting[entry.method, blank(entry.path)].append(entry)
    found: dict[Entry, Matched] = {}
    unknown: list[tuple[str, str, Node, list[Any]]] = []
    groups: dict[tuple[str, str], list[tuple[str, Node, list[Any]]]] = defaultdict(list)
    for method, path, node, shared in operations(document):
        groups[method, blank(path)].append((path, node, shared))
    for key, group in groups.items():
        candidates = list(waiting.get(key, []))
        # Two addresses of one shape (the directory has such a pair) are told apart by the parameters' names where
        # they still are what we know, and by their order where they are not.
        group.sort(key=lambda item: not _agrees(item[0], candidates))
        for path, node, shared in group:
            known = next((one for one in candidates if _names(one.path) == _names(path)), None)
            if known is None and candidates:
                known = candidates[0]
            if known is None:
                unknown.append((key[0], path, node, shared))
                continue
            candidates.remove(known)
            found[known] = Matched(known, node, known.path, path, shared)
    matched = [found[entry] for entry in entries if entry in found]
    taken = {one.name for one in matched}
    for method, path, node, shared in unknown:
        entry = derived(method, path, taken)
        taken.add(f"{entry.resource}.{entry.name}")
        matched.append(Matched(entry, node, entry.path, path, shared))
    return matched, [entry for entry in entries if entry not in found]


def _names(path: str) -> list[str]:
    return parameter_names(path)


def _agrees(path: str, candidates: list[Entry]) -> bool:
    return any(_names(entry.path) == _names(path) for entry in candidates)


def derived(method: str, path: str, taken: set[str]) -> Entry:
    """Return a name for an operation nobody has named yet, made from its path."""
    parameters = [snake(name, "id") for name in parameter_names(path)]
    segments = [segment for segment in path.strip("/").split("/") if segment]
    if len(segments) > 2 and segments[0] == "accounts" and segments[1].startswith("{"):
        segments = segments[2:]
        parameters[0] = "account"
    fixed = [segment for segment in segments if not segment.startswith("{")]
    resource = snake(fixed[0] if fixed else "root", "root")
    on_one = segments[-1].startswith("{")
    verb = {
        "GET": "get" if on_one or len(fixed) > 1 else "list",
        "POST": "create",
        "PUT": "update",
        "PATCH": "change",
        "DELETE": "delete",
    }.get(method, method.lower())
    action = "_".join(snake(segment) for segment in fixed[1:])
    name = action if action and method in ("GET", "POST") else "_".join(filter(None, (verb, action)))
    while f"{resource}.{name}" in taken:
        name = f"{verb}_{name}" if not name.startswith(verb) else f"{name}_again"
    seen: set[str] = set()
    address = path
    for index, (original, ours) in enumerate(zip(parameter_names(path), parameters, strict=True)):
        if ours in seen or (ours == "id" and len(parameters) > 1):
            ours = f"{ours}_{index + 1}"
        seen.add(ours)
        address = address.replace("{" + original + "}", "{" + ours + "}", 1)
    return Entry(resource, name, method, address, known=False)

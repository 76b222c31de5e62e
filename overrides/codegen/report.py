"""What changed between two generations, and what of it breaks callers."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from attrs import frozen

from .texts import one_line

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .openapi_python_client import Outcome
    from .spec import Node


@frozen
class Change:
    """One difference, as a sentence."""

    kind: str
    """new, changed or gone."""
    text: str
    breaking: bool


def surface(outcome: Outcome) -> Node:
    """Return what callers can see of a generation, as plain data."""
    return {
        "operations": {
            view.name: {
                "call": f"{view.info.matched.entry.method} {view.info.matched.entry.path}",
                "returns": view.parsed,
                "repeat": view.info.repeat,
                "evidence": view.info.evidence,
                "deprecated": view.info.deprecated,
                "arguments": {
                    one.name: {
                        "type": one.annotation,
                        "required": one.required,
                        "wire": f"{one.where} {one.key}",
                    }
                    for one in view.arguments
                },
            }
            for view in outcome.views
        },
        "models": {
            name: {
                "input": request,
                "fields": {
                    one.name: {"type": one.annotation, "required": one.required, "wire": one.key}
                    for one in fields
                },
            }
            for name, (fields, request) in sorted(outcome.models.items())
        },
        "enums": {name: list(values) for name, values in sorted(outcome.enums.items())},
    }


def compare(before: Node, after: Node) -> list[Change]:
    """Return the differences between two surfaces, breaking ones first."""
    changes = [
        *_operations(before["operations"], after["operations"]),
        *_evidence(before["operations"], after["operations"]),
        *_models(before["models"], after["models"]),
        *_enums(before["enums"], after["enums"]),
    ]
    order = {"gone": 0, "changed": 1, "new": 2}
    return sorted(changes, key=lambda change: (not change.breaking, order[change.kind], change.text))


def _operations(before: Node, after: Node) -> Iterator[Change]:
    for name in before.keys() - after.keys():
        yield Change("gone", f"operation `{name}` ({before[name]['call']})", True)
    for name in after.keys() - before.keys():
        yield Change("new", f"operation `{name}` ({after[name]['call']})", False)
    for name in before.keys() & after.keys():
        old, new = before[name], after[name]
        narrowed = _widened(old["returns"], new["returns"], given=False)
        for key, breaking in (("call", False), ("returns", not narrowed), ("repeat", False)):
            if old[key] != new[key]:
                yield Change(
                    "changed",
                    f"operation `{name}`: {key} `{one_line(old[key])}` is now `{one_line(new[key])}`",
                    breaking,
                )
        if new["deprecated"] != old["deprecated"]:
            still = "" if new["deprecated"] else "no longer "
            yield Change("changed", f"operation `{name}` is {still}deprecated", False)
        yield from _members(f"operation `{name}`: argument", old["arguments"], new["arguments"], given=True)


def _evidence(before: Node, after: Node) -> Iterator[Change]:
    """Tell how much better, or worse, operations are known: one line for all that moved alike."""
    moved: dict[tuple[str, str], list[str]] = {}
    for name in sorted(before.keys() & after.keys()):
        pair = (before[name]["evidence"], after[name]["evidence"])
        if pair[0] != pair[1]:
            moved.setdefault(pair, []).append(name)
    for (old, new), names in moved.items():
        who = f"operation `{names[0]}`" if len(names) == 1 else f"{len(names)} operations"
        yield Change("changed", f"{who}: evidence `{one_line(old)}` is now `{one_line(new)}`", False)


def _models(before: Node, after: Node) -> Iterator[Change]:
    for name in before.keys() - after.keys():
        yield Change("gone", f"model `{name}`", True)
    for name in after.keys() - before.keys():
        yield Change("new", f"model `{name}`", False)
    for name in before.keys() & after.keys():
        old, new = cast("Node", before[name]), cast("Node", after[name])
        yield from _members(f"model `{name}`: field", old["fields"], new["fields"], given=bool(new["input"]))


def _members(label: str, before: Node, after: Node, *, given: bool) -> Iterator[Change]:
    for name in before.keys() - after.keys():
        yield Change("gone", f"{label} `{name}`", True)
    for name in after.keys() - before.keys():
        # What a caller must give and did not give before breaks the call; what a reply brings never does.
        required = given and after[name]["required"]
        yield Change(
            "new", f"{label} `{name}`: `{after[name]['type']}`" + (", required" if required else ""), required
        )
    for name in before.keys() & after.keys():
        old, new = before[name], after[name]
        if old["type"] != new["type"]:
            text = f"{label} `{name}`: type `{old['type']}` is now `{new['type']}`"
            yield Change("changed", text, not _widened(old["type"], new["type"], given=given))
        if old["required"] != new["required"]:
            text = f"{label} `{name}` is {'now' if new['required'] else 'no longer'} required"
            yield Change("changed", text, given and new["required"])
        if old["wire"] != new["wire"]:
            yield Change(
                "changed",
                f"{label} `{name}` is written `{one_line(new['wire'])}` on the wire, not `{one_line(old['wire'])}`",
                False,
            )


def _widened(old: str, new: str, *, given: bool) -> bool:
    """Whether code that was right before stays right: more may be given, or less may come."""
    before, after = set(old.split(" | ")), set(new.split(" | "))
    return before <= after if given else after <= before


def _enums(before: Node, after: Node) -> Iterator[Change]:
    for name in before.keys() - after.keys():
        yield Change("gone", f"enumeration `{name}`", True)
    for name in after.keys() - before.keys():
        yield Change("new", f"enumeration `{name}`", False)
    for name in before.keys() & after.keys():
        for value in before[name]:
            if value not in after[name]:
                yield Change("gone", f"enumeration `{name}`: value `{one_line(value)}`", True)
        for value in after[name]:
            if value not in before[name]:
                yield Change("new", f"enumeration `{name}`: value `{one_line(value)}`", False)


def summary(changes: list[Change]) -> str:
    """Return what changed in a clause."""
    if not changes:
        return "nothing changed that a caller can see"
    breaking = sum(change.breaking for change in changes)
    return f"{len(changes)} change{'s' * (len(changes) > 1)}, {breaking} of them breaking"


def markdown(title: str, changes: list[Change], notes: list[str], *, first: int | None = None) -> str:
    """Return a section of openapi/CHANGES.md.

    Args:
        title: the version and its spec.
        changes: against the last generation.
        notes: what else was noticed.
        first: the count of operations, where there was no generation before.
    """
    lines = [f"## {one_line(title)}", ""]
    if first is not None:
        lines += [f"The first generation: {first} operations.", ""]
    else:
        lines += [f"{summary(changes).capitalize()}.", ""]
    for kind, heading in (("gone", "Gone"), ("changed", "Changed"), ("new", "New")):
        rows = [change for change in changes if change.kind == kind]
        if rows:
            lines += [f"### {heading}", ""]
            lines += [f"- {'**breaking** ' if row.breaking else ''}{row.text}" for row in rows]
            lines += [""]
    if notes:
        lines += ["### Noticed", "", *(f"- {one_line(note)}" for note in notes), ""]
    return "\n".join(lines)

"""Corrections to the spec: OpenAPI Overlay 1.0."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any, cast

import jsonpath

from .spec import Node, SpecError, parse

if TYPE_CHECKING:
    from pathlib import Path


def load(path: Path) -> Node:
    """Read an overlay.

    Raises:
        SpecError: it is none, or an action lacks its reason or its "drop when".
    """
    overlay = parse(path.read_bytes())
    if not isinstance(overlay, dict) or not str(overlay.get("overlay", "")).startswith("1.0"):
        raise SpecError(f"{path.name}: overlay: 1.0.0 is missing")
    for number, action in enumerate(cast("list[Node]", overlay.get("actions") or []), 1):
        for key in ("target", "description", "x-drop-when"):
            if not action.get(key):
                raise SpecError(f"{path.name}: action {number} lacks {key}")
        if ("update" in action) == bool(action.get("remove")):
            raise SpecError(f"{path.name}: action {number} needs either update or remove")
    return cast("Node", overlay)


def apply(spec: Node, overlay: Node) -> tuple[Node, list[str]]:
    """Apply the actions in their order.

    Returns:
        The corrected spec, and a sentence for each action that changed nothing.
    """
    spec = copy.deepcopy(spec)
    idle: list[str] = []
    for number, action in enumerate(cast("list[Node]", overlay.get("actions") or []), 1):
        changed = False
        for found in list(jsonpath.finditer(str(action["target"]), spec)):
            if action.get("remove"):
                changed = True
                _remove(spec, list(found.parts))
            else:
                changed = _update(spec, list(found.parts), copy.deepcopy(action["update"])) or changed
        if not changed:
            idle.append(
                f"action {number} ({action['target']}) changes nothing: drop it ({action['x-drop-when']})"
            )
    return spec, idle


def _parent(spec: Node, parts: list[Any]) -> Any:
    node: Any = spec
    for part in parts[:-1]:
        node = node[part]
    return node


def _remove(spec: Node, parts: list[Any]) -> None:
    if not parts:
        raise SpecError("overlay: the root can't be removed")
    del _parent(spec, parts)[parts[-1]]


def _update(spec: Node, parts: list[Any], update: Any) -> bool:
    """Merge the update into a place; returns whether that changed it."""
    holder, key = (_parent(spec, parts), parts[-1]) if parts else ({"": spec}, "")
    before = holder[key]
    after = _merged(before, update)
    if after == before:
        return False
    if parts:
        holder[key] = after
    else:
        spec.update(after)
    return True


def _merged(target: Any, update: Any) -> Any:
    """Merge as the specification says: objects by key, a list grows by what is added, anything else is replaced."""
    if isinstance(target, dict) and isinstance(update, dict):
        return {**target, **{key: _merged(target.get(key), value) for key, value in update.items()}}
    if isinstance(target, list):
        return [*target, *(update if isinstance(update, list) else [update])]
    return update

"""Names of the wire on their way through the generator, which has ideas of its own about names.

Two keys that the generator would spell alike stop it, and one that it can't spell is lost. So it is given names that
it leaves alone, and templates read the real one back.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from .spec import Node

_PLAIN = re.compile(r"(?!wire)[a-z]+[0-9]*(?:_[a-z]+[0-9]*)*")
_HIDDEN = re.compile(r"wire((?:[0-9a-f]{2})*)")


def hide(name: str) -> str:
    """Return a name that the generator leaves alone."""
    return name if _PLAIN.fullmatch(name) else "wire" + name.encode("utf-8", "surrogatepass").hex()


def real(name: str) -> str:
    """Return the name that was hidden."""
    found = _HIDDEN.fullmatch(name)
    return bytes.fromhex(found[1]).decode("utf-8", "surrogatepass") if found else name


def hide_all(spec: Node) -> Node:
    """Return a canonical spec with every property and parameter under a hidden name."""
    schemas: Node = {}
    for name, component in spec["components"]["schemas"].items():
        if "properties" in component:
            component = {
                **component,
                "properties": {hide(key): node for key, node in component["properties"].items()},
                "required": [hide(key) for key in component["required"]],
            }
        schemas[name] = component
    paths: Node = {}
    for path, item in spec["paths"].items():
        paths[path] = {
            method: {**operation, "parameters": [_hidden(one) for one in operation["parameters"]]}
            for method, operation in item.items()
        }
    return {**spec, "paths": paths, "components": {"schemas": schemas}}


def _hidden(parameter: Any) -> Node:
    # What stands in a path is ours already.
    return cast(
        "Node", parameter if parameter["in"] == "path" else {**parameter, "name": hide(parameter["name"])}
    )

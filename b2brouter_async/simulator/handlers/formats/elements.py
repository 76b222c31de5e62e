"""Elements of XML, and how amounts are written in them."""

from __future__ import annotations

from decimal import Decimal

import attrs

from ..markup import text


@attrs.frozen
class Node:
    """An element: its name with a prefix, its text or its children, its attributes."""

    name: str
    text: str | None
    children: tuple[Node, ...]
    attributes: dict[str, str]

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing in it."""
        return self.text is None and all(child.is_empty for child in self.children)


def node(name: str, *content: object, **attributes: object) -> Node:
    """Make an element of child elements or of one value; what is empty is left out when it is written."""
    children = tuple(one for one in content if isinstance(one, Node))
    values = [_plain(one) for one in content if not isinstance(one, Node) and one not in (None, "")]
    kept = {key: str(value) for key, value in attributes.items() if value is not None}
    return Node(name, values[0] if values else None, children, kept)


def xml(root: Node, namespaces: dict[str, str]) -> bytes:
    """Return a document: the root with the namespaces of its prefixes; the prefix of the default one is empty."""
    declared = {f"xmlns:{prefix}" if prefix else "xmlns": address for prefix, address in namespaces.items()}
    whole = attrs.evolve(root, attributes={**declared, **root.attributes})
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{_written(whole)}\n'.encode()


def _written(one: Node) -> str:
    attributes = "".join(f' {name}="{text(value)}"' for name, value in one.attributes.items())
    inner = text(one.text) if one.text is not None else ""
    inner += "".join(_written(child) for child in one.children if not child.is_empty)
    return f"<{one.name}{attributes}>{inner}</{one.name}>"


def _plain(value: object) -> str:
    return f"{value:f}" if isinstance(value, Decimal) else str(value)


def decimal(value: object) -> Decimal:
    """Return a number of an invoice; 0 where it has none."""
    return Decimal(str(value or 0))


def amount(value: Decimal) -> str:
    """Return a number with two places, or with all that it has where they are more."""
    return f"{value:.2f}" if value == value.quantize(Decimal("0.01")) else f"{value:f}"


def upper(value: object) -> str | None:
    """Return a code in capitals, as standards write it; None where there is none."""
    return str(value).upper() if value else None

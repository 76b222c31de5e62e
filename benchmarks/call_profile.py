"""Where the time of one typed call goes, drawn: each box is a function, those that it calls stand below it.

    python -m benchmarks.call_profile docs/call-profile.svg

One call over a transport in memory, the mean of many. Watching costs time itself, most where functions are small, so that
widths tell what calls what and roughly how much it costs.
"""

from __future__ import annotations

import asyncio
import sys
import time
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

from attrs import define, field

from .call import REPLY, in_memory

if TYPE_CHECKING:
    from types import FrameType

CALLS = 300
WIDTH, HEIGHT = 1200, 18
NARROWEST = 3.0
"""Pixels below which a function is left out."""
COLOURS = {"b2brouter_async": "#8ecae6", "httpx": "#ffd6a5", "benchmarks": "#e5e5e5"}
OTHER = "#d9ed92"


@define
class Node:
    """A function where it was called from."""

    name: str
    package: str
    seconds: float = 0.0
    below: dict[object, Node] = field(factory=dict)


class Watch:
    """Adds up where time is spent, function by function along the stack."""

    def __init__(self) -> None:
        self.root = Node("", "")
        self._stack: list[tuple[Node, float]] = []

    def __call__(self, frame: FrameType, event: str, _: object) -> None:
        if event == "call":
            above = self._stack[-1][0] if self._stack else self.root
            code = frame.f_code
            node = above.below.get(code)
            if node is None:
                module = str(frame.f_globals.get("__name__", ""))
                shown = (
                    code.co_qualname.replace(".<locals>", "")
                    if hasattr(code, "co_qualname")
                    else code.co_name
                )
                node = above.below[code] = Node(f"{module}.{shown}", module.partition(".")[0])
            self._stack.append((node, time.perf_counter()))
        elif event == "return" and self._stack:
            node, began = self._stack.pop()
            node.seconds += time.perf_counter() - began


async def watched() -> Node:
    """Return the function that a call begins with, and all below it."""
    watch = Watch()
    async with in_memory(REPLY.read_bytes()) as (client, _, _):
        get = client.invoices.get
        for _ in range(CALLS):
            await get(5)
        sys.setprofile(watch)
        try:
            for _ in range(CALLS):
                await get(5)
        finally:
            sys.setprofile(None)
    return max(watch.root.below.values(), key=lambda node: node.seconds)


def boxes(node: Node, left: float, depth: int, scale: float) -> list[str]:
    """Return the boxes of a function and all below it."""
    width = node.seconds * scale
    if width < NARROWEST:
        return []
    microseconds = node.seconds / CALLS * 1e6
    told = escape(f"{node.name}: {microseconds:.0f} µs")
    most = int(width / 6.2)
    label = escape(node.name.rpartition(".")[2][:most]) if most > 3 else ""
    drawn = [
        f'<g><title>{told}</title><rect x="{left:.1f}" y="{depth * HEIGHT}" width="{width:.1f}" height="{HEIGHT - 1}" '
        f'fill="{COLOURS.get(node.package, OTHER)}"/><text x="{left + 3:.1f}" y="{depth * HEIGHT + 13}">{label}</text></g>'
    ]
    for below in sorted(node.below.values(), key=lambda one: -one.seconds):
        drawn += boxes(below, left, depth + 1, scale)
        left += below.seconds * scale
    return drawn


def depth_of(node: Node, scale: float) -> int:
    shown = [one for one in node.below.values() if one.seconds * scale >= NARROWEST]
    return 1 + max((depth_of(one, scale) for one in shown), default=0)


def picture(root: Node) -> str:
    """Return the drawing as SVG."""
    scale = WIDTH / root.seconds
    high = depth_of(root, scale) * HEIGHT
    legend: list[Any] = []
    for number, (name, colour) in enumerate([*list(COLOURS.items())[:2], ("the rest", OTHER)]):
        x = 10 + number * 170
        legend.append(f'<rect x="{x}" y="{high + 6}" width="12" height="12" fill="{colour}"/>')
        legend.append(f'<text x="{x + 18}" y="{high + 16}">{name}</text>')
    drawn = "\n".join([*boxes(root, 0.0, 0, scale), *legend])
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {high + 24}" font-family="monospace" '
        f'font-size="10">\n<rect width="100%" height="100%" fill="white"/>\n{drawn}\n</svg>\n'
    )


def main(path: Path) -> None:
    path.write_text(picture(asyncio.run(watched())), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))

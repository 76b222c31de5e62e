"""A spec of the generator's own tests, and what overrides/ said of it: both stay as they are when the API's spec moves on.

Tests of the generator ask whether it does right by a spec, whichever that is. Only what the package is generated from
has to change with the vendor's file; it is tested elsewhere.
"""

from __future__ import annotations

import copy
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from overrides.codegen import generate as codegen
from overrides.codegen.spec import read

if TYPE_CHECKING:
    from overrides.codegen.canonical import Canonical
    from overrides.codegen.generate import Generation
    from overrides.codegen.spec import Node

FOLDER = Path(__file__).parent / "own"
SPEC = FOLDER / "spec.json"


@cache
def _read() -> Node:
    return read(SPEC)


def original() -> Node:
    """Return the spec; each caller gets one of its own, since some of them change it."""
    return copy.deepcopy(_read())


def canonical(spec: Node) -> tuple[Canonical, list[str]]:
    return codegen.canonical(spec, FOLDER)


def generate(spec: Path, target: Path) -> Generation:
    return codegen.generate(spec, target, provenance={}, folder=FOLDER)

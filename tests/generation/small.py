"""Small specs, and a generation that knows nothing of B2Brouter."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING, Any

from overrides.codegen.generate import OVERRIDES, Generation, generate

if TYPE_CHECKING:
    from pathlib import Path

    from overrides.codegen.spec import Node

EMPTY = {
    "operations.yaml": "{}",
    "schemas.yaml": "{}",
    "needed.yaml": "{}",
    "overlay.yaml": "overlay: 1.0.0\nactions: []",
    "supplement.yaml": "{}",
}


def folder_in(path: Path, **files: str) -> Path:
    """Make a folder like overrides/, in which nothing is named or needed."""
    path.mkdir()
    shutil.copy(OVERRIDES / "platform.yaml", path)
    for name, text in {**EMPTY, **{f"{name}.yaml": text for name, text in files.items()}}.items():
        (path / name).write_text(text, encoding="utf-8")
    return path


def spec(paths: Node, **components: Any) -> Node:
    """Return a spec with these paths and schemas."""
    return {
        "openapi": "3.1.0",
        "info": {"title": "Small", "version": "2027-01-15"},
        "paths": paths,
        "components": {"schemas": components},
    }


def answers(schema: Any, *, media_type: str = "application/json", status: str = "200") -> Node:
    """Return the replies of an operation that answers so."""
    return {status: {"description": "", "content": {media_type: {"schema": schema}}}}


def generated(tmp_path: Path, described: Node, **files: str) -> tuple[Generation, Path]:
    """Generate from a spec."""
    source = tmp_path / "vendor.json"
    source.write_text(json.dumps(described), encoding="utf-8")
    folder = tmp_path / "overrides"
    if not folder.exists():
        folder_in(folder, **files)
    target = tmp_path / "generated"
    shutil.rmtree(target, ignore_errors=True)
    return generate(source, target, provenance={}, folder=folder), target

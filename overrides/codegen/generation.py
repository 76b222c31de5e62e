"""One generation: from a document to a tree of files, without touching anything else."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, cast

from attrs import frozen

from . import openapi_python_client as generator
from . import overlay
from .canonical import Builder, Canonical, ReplyShape
from .operations import load_entries, match
from .report import surface
from .spec import DocumentError, Node, api_version, as_json, parse, read

if TYPE_CHECKING:
    from .views import EndpointView

HERE = Path(__file__).parents[1]
CONFIG = HERE.parent / "pyproject.toml"


@frozen
class Generation:
    """What came of it."""

    surface: Node
    notes: list[str]
    api_version: str
    sha256: str
    operations: int


def pins(path: Path) -> dict[str, str]:
    """Return place of use → name from overrides/schemas.yaml.

    Raises:
        DocumentError: a place is pinned twice.
    """
    found: dict[str, str] = {}
    for name, places in cast("dict[str, list[str]]", parse(path.read_bytes())).items():
        for place in places:
            if place in found:
                raise DocumentError(f"{path.name}: {place} is pinned to {found[place]} and to {name}")
            found[place] = name
    return found


def canonical(document: Node, folder: Path = HERE) -> tuple[Canonical, list[str]]:
    """Name and correct a document.

    Returns:
        The rebuilt document, and sentences on what was noticed.
    """
    platform = cast("Node", parse((folder / "platform.yaml").read_bytes()))
    entries = load_entries(folder / "operations.yaml")
    matched, gone = match(document, entries)
    headers = frozenset({platform["headers"]["key"].lower(), platform["headers"]["version"].lower()})
    named = pins(folder / "schemas.yaml")
    rebuilt = Builder(document, named, headers).build(matched)
    notes = [
        f"operations.yaml names {one.resource}.{one.name}, which the document no longer has" for one in gone
    ]
    notes += [
        f"operation {one.name} ({one.entry.method} {one.document_path}) is named by its path; put it into operations.yaml"
        for one in matched
        if not one.entry.known
    ]
    notes += [
        f"{name} is named by the document or by its place ({places[0]}); put it into schemas.yaml"
        for name, places in sorted(rebuilt.places.items())
        if not any(place in named for place in places)
    ]
    rebuilt.document, idle = overlay.apply(rebuilt.document, overlay.load(folder / "overlay.yaml"))
    _adopt_corrections(rebuilt)
    return rebuilt, [*notes, *rebuilt.notes, *(f"overlay.yaml: {one}" for one in idle)]


def _adopt_corrections(rebuilt: Canonical) -> None:
    """Tell the descriptions which replies the overlay added or removed."""
    for info in rebuilt.operations.values():
        entry = info.matched.entry
        operation = rebuilt.document["paths"][info.matched.path][entry.method.lower()]
        responses = cast("Node", operation["responses"])
        kept = [shape for shape in info.replies if str(shape.status) in responses]
        known = {shape.status for shape in kept}
        for status, response in responses.items():
            if status.isdigit() and int(status) not in known:
                kept.append(ReplyShape(int(status), "json" if response.get("content") else "nothing"))
        info.replies = sorted(kept, key=lambda shape: (shape.kind == "nothing", shape.status))


def generate(document_path: Path, target: Path, *, provenance: Node, folder: Path = HERE) -> Generation:
    """Write a generation into a folder that doesn't exist yet.

    Args:
        document_path: an OpenAPI 3.0 or 3.1 document.
        target: where the package `generated` goes.
        provenance: what is known of the document, for SPEC.json.
        folder: the folder that holds operations.yaml and its siblings.

    Raises:
        DocumentError: the document can't be used, lacks what hand-written code needs, or the generator warned.
    """
    document = read(document_path)
    version_described = api_version(document)
    rebuilt, notes = canonical(document, folder)
    outcome = generator.run(
        rebuilt,
        target,
        templates=folder / "templates",
        platform=cast("Node", parse((folder / "platform.yaml").read_bytes())),
        api_version=version_described,
    )
    seen = surface(outcome)
    check_needs(seen, cast("Node", parse((folder / "needed.yaml").read_bytes())))
    digest = hashlib.sha256(document_path.read_bytes()).hexdigest()
    (target / "SPEC.json").write_text(
        as_json(_spec(document, digest, provenance, outcome.views)), encoding="utf-8"
    )
    _format(target)
    return Generation(seen, notes, version_described, digest, len(outcome.views))


def check_needs(seen: Node, needed: Node) -> None:
    """Stop where a generation lacks what hand-written code stands on.

    Args:
        seen: the surface of the generation.
        needed: overrides/needed.yaml.

    Raises:
        DocumentError: with what is missing, and which module needs it for what.
    """
    problems: list[str] = []
    for name, need in cast("Node", needed.get("operations") or {}).items():
        operation = seen["operations"].get(name)
        if operation is None:
            problems.append(f"there is no operation {name} ({need['call']}), which {need['by']}")
            continue
        for argument in need.get("arguments") or []:
            if argument not in operation["arguments"]:
                problems.append(
                    f"operation {name} ({operation['call']}) has no argument {argument}, which {need['by']}"
                )
    for model, fields in cast("dict[str, dict[str, str]]", needed.get("fields") or {}).items():
        for name, by in fields.items():
            if name not in seen["models"].get(model, {}).get("fields", {}):
                problems.append(f"model {model} has no field {name}, which {by}")
    for enum, values in cast("dict[str, dict[str, str]]", needed.get("values") or {}).items():
        for value, by in values.items():
            if value not in seen["enums"].get(enum, []):
                problems.append(f"enumeration {enum} has no value {value}, which {by}")
    if problems:
        raise DocumentError(
            "the document lacks what hand-written code needs (overrides/needed.yaml): " + "; ".join(problems)
        )


def _spec(document: Node, digest: str, provenance: Node, views: list[EndpointView]) -> Node:
    evidence: dict[str, int] = {}
    for view in views:
        evidence[view.info.evidence] = evidence.get(view.info.evidence, 0) + 1
    return {
        "api_version": api_version(document),
        "openapi": str(document["openapi"]),
        "sha256": digest,
        "date": provenance.get("date"),
        "source": provenance.get("source"),
        "reconstruction": bool(document["info"].get("x-reconstruction")),
        "generator": f"openapi-python-client {version('openapi-python-client')}",
        "operations": len(views),
        "evidence": dict(sorted(evidence.items())),
    }


def _format(target: Path) -> None:
    """Drop what templates import and a module doesn't need, and lay everything out alike."""
    ruff = shutil.which("ruff", path=str(Path(sys.executable).parent)) or "ruff"
    settings = ["lint.isort.split-on-trailing-comma=false", "lint.isort.known-first-party=[]"]
    common = ["--quiet", "--config", str(CONFIG), "--no-cache"]
    for setting in settings:
        common += ["--config", setting]
    fixes = ["--select", "F401,I,TC,PIE790", "--fix", "--unsafe-fixes"]
    for command in (
        [ruff, "check", *common, *fixes, str(target)],
        [ruff, "format", *common, str(target)],
    ):
        done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - our own command
        if done.returncode:
            raise DocumentError(f"ruff stopped on generated code: {done.stdout[-3000:]}{done.stderr[-1000:]}")

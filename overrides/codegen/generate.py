"""What `make generate` runs: the current spec becomes b2brouter_async/generated.

Offline, and repeatable to the byte. `--check` writes nothing and fails where the tree differs from what would be
written; `--spec` takes another file.
"""

from __future__ import annotations

import argparse
import filecmp
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, cast

from attrs import frozen

from . import openapi_python_client, overlay
from .canonical import Builder, Canonical, ReplyShape
from .operations import load_entries, match
from .report import compare, markdown, summary, surface
from .spec import Node, SpecError, api_version, as_json, parse, read
from .supplement import fill

if TYPE_CHECKING:
    from .views import EndpointView

ROOT = Path(__file__).parents[2]
OVERRIDES = ROOT / "overrides"
OPENAPI = ROOT / "openapi"
PACKAGE = ROOT / "b2brouter_async"
PROVENANCE = "provenance.json"
SURFACE = "surface.json"
CHANGES = "CHANGES.md"
CHANGES_TITLE = "# What regeneration changed\n\nNewest first; written by `make generate`.\n\n"
# The simulator speaks by the same spec. It reads JSON, so that nobody needs a YAML parser to run it.
SIMULATOR_SPEC = "simulator/openapi.json"


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
        SpecError: a place is pinned twice.
    """
    found: dict[str, str] = {}
    for name, places in cast("dict[str, list[str]]", parse(path.read_bytes())).items():
        for place in places:
            if place in found:
                raise SpecError(f"{path.name}: {place} is pinned to {found[place]} and to {name}")
            found[place] = name
    return found


def supplement_of(folder: Path) -> Node:
    """Return what stands in for a spec that is silent: overrides/supplement.yaml."""
    return cast("Node", parse((folder / "supplement.yaml").read_bytes()))


def bases_of(folder: Path) -> dict[str, str]:
    """Return which models stand on a class with methods of its own: overrides/bases.yaml, where there is one."""
    path = folder / "bases.yaml"
    return cast("dict[str, str]", parse(path.read_bytes())) if path.exists() else {}


def canonical(spec: Node, folder: Path = OVERRIDES) -> tuple[Canonical, list[str]]:
    """Name and correct a spec.

    Returns:
        The rebuilt spec, and sentences on what was noticed.
    """
    platform = cast("Node", parse((folder / "platform.yaml").read_bytes()))
    entries = load_entries(folder / "operations.yaml")
    supplement = supplement_of(folder)
    spec, taken = fill(spec, supplement)
    matched, gone = match(spec, entries)
    headers = frozenset({platform["headers"]["key"].lower(), platform["headers"]["version"].lower()})
    named = pins(folder / "schemas.yaml")
    rebuilt = Builder(spec, named, headers, supplement.get("components", {}).get("schemas", {})).build(
        matched
    )
    notes = [f"operations.yaml names {one.resource}.{one.name}, which the spec no longer has" for one in gone]
    notes += taken
    notes += [
        f"operation {one.name} ({one.entry.method} {one.spec_path}) is named by its path; put it into operations.yaml"
        for one in matched
        if not one.entry.known
    ]
    notes += [
        f"{name} is named by the spec or by its place ({places[0]}); put it into schemas.yaml"
        for name, places in sorted(rebuilt.places.items())
        if not any(place in named for place in places)
    ]
    rebuilt.spec, idle = overlay.apply(rebuilt.spec, overlay.load(folder / "overlay.yaml"))
    _adopt_corrections(rebuilt)
    return rebuilt, [*notes, *rebuilt.notes, *(f"overlay.yaml: {one}" for one in idle)]


def _adopt_corrections(rebuilt: Canonical) -> None:
    """Tell the descriptions which replies the overlay added or removed."""
    for info in rebuilt.operations.values():
        entry = info.matched.entry
        operation = rebuilt.spec["paths"][info.matched.path][entry.method.lower()]
        responses = cast("Node", operation["responses"])
        kept = [shape for shape in info.replies if str(shape.status) in responses]
        known = {shape.status for shape in kept}
        for status, response in responses.items():
            if status.isdigit() and int(status) not in known:
                kept.append(ReplyShape(int(status), "json" if response.get("content") else "nothing"))
        info.replies = sorted(kept, key=lambda shape: (shape.kind == "nothing", shape.status))


def generate(
    spec_path: Path,
    target: Path,
    *,
    provenance: Node,
    folder: Path = OVERRIDES,
    templates: Path = OVERRIDES / "templates",
) -> Generation:
    """Write a generation into a folder that doesn't exist yet.

    Args:
        spec_path: an OpenAPI 3.0 or 3.1 spec.
        target: where the package `generated` goes.
        provenance: what is known of the spec, for SPEC.json.
        folder: the folder that holds operations.yaml and its siblings.
        templates: the folder of the templates.

    Raises:
        SpecError: the spec can't be used, lacks what hand-written code needs, or the generator warned.
    """
    spec = read(spec_path)
    version_described = api_version(spec)
    rebuilt, notes = canonical(spec, folder)
    outcome = openapi_python_client.run(
        rebuilt,
        target,
        templates=templates,
        platform=cast("Node", parse((folder / "platform.yaml").read_bytes())),
        api_version=version_described,
        bases=bases_of(folder),
    )
    seen = surface(outcome)
    check_needs(seen, cast("Node", parse((folder / "needed.yaml").read_bytes())))
    digest = hashlib.sha256(spec_path.read_bytes()).hexdigest()
    (target / "SPEC.json").write_text(
        as_json(_spec(spec, digest, provenance, outcome.views)), encoding="utf-8"
    )
    _format(target)
    return Generation(seen, notes, version_described, digest, len(outcome.views))


def check_needs(seen: Node, needed: Node) -> None:
    """Stop where a generation lacks what hand-written code stands on.

    Args:
        seen: the surface of the generation.
        needed: overrides/needed.yaml.

    Raises:
        SpecError: with what is missing, and which module needs it for what.
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
        raise SpecError(
            "the spec lacks what hand-written code needs (overrides/needed.yaml): " + "; ".join(problems)
        )


def _spec(spec: Node, digest: str, provenance: Node, views: list[EndpointView]) -> Node:
    evidence: dict[str, int] = {}
    for view in views:
        evidence[view.info.evidence] = evidence.get(view.info.evidence, 0) + 1
    return {
        "api_version": api_version(spec),
        "openapi": str(spec["openapi"]),
        "sha256": digest,
        "date": provenance.get("date"),
        "source": provenance.get("source"),
        "reconstruction": bool(spec["info"].get("x-reconstruction")),
        "generator": f"openapi-python-client {version('openapi-python-client')}",
        "operations": len(views),
        "evidence": dict(sorted(evidence.items())),
    }


def _format(target: Path) -> None:
    """Drop what templates import and a module doesn't need, and lay everything out alike."""
    ruff = shutil.which("ruff", path=str(Path(sys.executable).parent)) or "ruff"
    settings = ["lint.isort.split-on-trailing-comma=false", "lint.isort.known-first-party=[]"]
    common = ["--quiet", "--config", str(ROOT / "pyproject.toml"), "--no-cache"]
    for setting in settings:
        common += ["--config", setting]
    fixes = ["--select", "F401,I,TC,PIE790", "--fix", "--unsafe-fixes"]
    for command in (
        [ruff, "check", *common, *fixes, str(target)],
        [ruff, "format", *common, str(target)],
    ):
        done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - our own command
        if done.returncode:
            raise SpecError(f"ruff stopped on generated code: {done.stdout[-3000:]}{done.stderr[-1000:]}")


def current(openapi: Path) -> tuple[Path, Node]:
    """Return the spec in use and what is known of where it comes from.

    Raises:
        SpecError: openapi/provenance.json names none, or the file is not the one it names.
    """
    try:
        provenance = cast("Node", json.loads((openapi / PROVENANCE).read_text(encoding="utf-8")))
        name = provenance["current"]
        facts = cast("Node", provenance["specs"][name])
        found = hashlib.sha256((openapi / name).read_bytes()).hexdigest()
    except (OSError, ValueError, KeyError) as error:
        raise SpecError(f"openapi/provenance.json does not name a spec: {error}") from None
    if found != facts.get("sha256"):
        raise SpecError(
            f"openapi/{name} is not the file that was fetched: its sha256 is {found}, not {facts.get('sha256')}"
        )
    return openapi / name, facts


def import_everything(package: Path) -> None:
    """Import every module of the package's generated part in a fresh interpreter.

    Raises:
        SpecError: a module does not import.
    """
    modules = [
        ".".join((package.name, *path.relative_to(package).with_suffix("").parts)).removesuffix(".__init__")
        for path in sorted((package / "generated").rglob("*.py"))
    ]
    program = (
        f"import importlib\nfor name in {modules!r}:\n    importlib.import_module(name)\n"
        f"from {package.name}.generated import models\n"
        "for name in models.__all__:\n    getattr(getattr(models, name), 'fields', tuple)()\n"
    )
    environment = {**os.environ, "PYTHONPATH": str(package.parent), "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        check=False,
        env=environment,
        cwd=package.parent,
    )
    if done.returncode:
        raise SpecError(f"generated code does not import: {done.stderr.strip()[-2000:]}")


def differences(one: Path, other: Path) -> list[str]:
    """Return the files in which two trees differ."""
    names = {
        str(path.relative_to(root))
        for root in (one, other)
        for path in root.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    return sorted(
        name
        for name in names
        if not (one / name).is_file()
        or not (other / name).is_file()
        or not filecmp.cmp(one / name, other / name, shallow=False)
    )


def run(spec: Path | None, *, check: bool, root: Path = ROOT) -> int:
    """Generate, or check what is there.

    Args:
        spec: another spec than the current one.
        check: write nothing.
        root: the repository.

    Returns:
        The exit status.
    """
    openapi, package, overrides = root / "openapi", root / PACKAGE.name, root / OVERRIDES.name
    path, provenance = current(openapi)
    if spec is not None and spec.resolve() != path.resolve():
        path, provenance = spec, {"source": spec.name, "date": None}
    simulated = (
        json.dumps(fill(read(path), supplement_of(overrides))[0], ensure_ascii=False, separators=(",", ":"))
        + "\n"
    )
    with tempfile.TemporaryDirectory() as temporary:
        trial = Path(temporary) / package.name
        shutil.copytree(package, trial, ignore=shutil.ignore_patterns("generated", "__pycache__"))
        fresh = trial / "generated"
        generation = generate(
            path, fresh, provenance=provenance, folder=overrides, templates=overrides / "templates"
        )
        import_everything(trial)
        different = differences(fresh, package / "generated")
        if check:
            different = [f"{package.name}/generated/{name}" for name in different]
            if (openapi / SURFACE).read_text(encoding="utf-8") != as_json(generation.surface):
                different.append(f"openapi/{SURFACE}")
            if (package / SIMULATOR_SPEC).read_text(encoding="utf-8") != simulated:
                different.append(f"{package.name}/{SIMULATOR_SPEC}")
            return _tell(different, generation)
        _install(fresh, package / "generated", different)
    (package / SIMULATOR_SPEC).write_text(simulated, encoding="utf-8")
    print(_report(generation, path, openapi))
    return 0


def _tell(different: list[str], generation: Generation) -> int:
    for name in different:
        print(f"differs from what `make generate` would write: {name}")
    if not different:
        print(f"b2brouter_async/generated is what the spec says ({generation.operations} operations).")
    return 1 if different else 0


def _install(fresh: Path, target: Path, different: list[str]) -> None:
    """Write what changed and nothing else: who reads the tree meanwhile finds it whole."""
    for name in different:
        source, file = fresh / name, target / name
        if source.is_file():
            file.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, file)
        else:
            file.unlink()
    for folder in sorted((path for path in target.rglob("*") if path.is_dir()), reverse=True):
        if not (fresh / folder.relative_to(target)).is_dir():
            shutil.rmtree(folder)


def _report(generation: Generation, path: Path, openapi: Path) -> str:
    known, log = openapi / SURFACE, openapi / CHANGES
    before = json.loads(known.read_text(encoding="utf-8")) if known.exists() else None
    changes = [] if before is None else compare(before, generation.surface)
    known.write_text(as_json(generation.surface), encoding="utf-8")
    section = markdown(
        f"{generation.api_version} ({path.name}, sha256 {generation.sha256[:12]})",
        changes,
        generation.notes,
        first=generation.operations if before is None else None,
    )
    if changes or before is None:
        earlier = log.read_text(encoding="utf-8").removeprefix(CHANGES_TITLE) if log.exists() else ""
        log.write_text(CHANGES_TITLE + section + (f"\n{earlier}" if earlier else ""), encoding="utf-8")
    return f"{section}\n{generation.operations} operations generated; {summary(changes)}."


def main(arguments: list[str] | None = None) -> int:
    """Run from the command line."""
    parser = argparse.ArgumentParser(prog="regenerate", description=__doc__)
    parser.add_argument("--spec", type=Path, help="another OpenAPI 3.0 or 3.1 spec")
    parser.add_argument("--check", action="store_true", help="write nothing; fail where the tree differs")
    given = parser.parse_args(arguments)
    try:
        return run(given.spec, check=given.check)
    except SpecError as error:
        print(f"make generate stopped: {error}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    raise SystemExit(main())

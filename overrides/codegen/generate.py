"""What `make generate` runs: the current document becomes b2brouter_async/generated.

Offline, and repeatable to the byte. `--check` writes nothing and fails where the tree differs from what would be
written; `--spec` takes another document.
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
from pathlib import Path
from typing import cast

from .generation import Generation, generate
from .report import compare, markdown, summary
from .spec import DocumentError, Node, as_json, read

ROOT = Path(__file__).parents[2]
OPENAPI = ROOT / "openapi"
PACKAGE = ROOT / "b2brouter_async"
PROVENANCE = "provenance.json"
SURFACE = "surface.json"
CHANGES = "CHANGES.md"
CHANGES_TITLE = "# What regeneration changed\n\nNewest first; written by `make generate`.\n\n"
# The simulator speaks by the same document. It reads JSON, so that nobody needs a YAML parser to run it.
SIMULATOR_DOCUMENT = "simulator/openapi.json"


def current(openapi: Path) -> tuple[Path, Node]:
    """Return the document in use and what is known of where it comes from.

    Raises:
        DocumentError: openapi/provenance.json names none, or the file is not the one it names.
    """
    try:
        provenance = cast("Node", json.loads((openapi / PROVENANCE).read_text(encoding="utf-8")))
        name = provenance["current"]
        facts = cast("Node", provenance["documents"][name])
        found = hashlib.sha256((openapi / name).read_bytes()).hexdigest()
    except (OSError, ValueError, KeyError) as error:
        raise DocumentError(f"openapi/provenance.json does not name a document: {error}") from None
    if found != facts.get("sha256"):
        raise DocumentError(
            f"openapi/{name} is not the file that was fetched: its sha256 is {found}, not {facts.get('sha256')}"
        )
    return openapi / name, facts


def import_everything(package: Path) -> None:
    """Import every module of the package's generated part in a fresh interpreter.

    Raises:
        DocumentError: a module does not import.
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
        raise DocumentError(f"generated code does not import: {done.stderr.strip()[-2000:]}")


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
        spec: another document than the current one.
        check: write nothing.
        root: the repository.

    Returns:
        The exit status.
    """
    openapi, package = root / "openapi", root / PACKAGE.name
    path, provenance = current(openapi)
    if spec is not None and spec.resolve() != path.resolve():
        path, provenance = spec, {"source": spec.name, "date": None}
    simulated = json.dumps(read(path), ensure_ascii=False, separators=(",", ":")) + "\n"
    with tempfile.TemporaryDirectory() as temporary:
        trial = Path(temporary) / package.name
        shutil.copytree(package, trial, ignore=shutil.ignore_patterns("generated", "__pycache__"))
        fresh = trial / "generated"
        generation = generate(path, fresh, provenance=provenance)
        import_everything(trial)
        different = differences(fresh, package / "generated")
        if check:
            different = [f"{package.name}/generated/{name}" for name in different]
            if (openapi / SURFACE).read_text(encoding="utf-8") != as_json(generation.surface):
                different.append(f"openapi/{SURFACE}")
            if (package / SIMULATOR_DOCUMENT).read_text(encoding="utf-8") != simulated:
                different.append(f"{package.name}/{SIMULATOR_DOCUMENT}")
            return _tell(different, generation)
        _install(fresh, package / "generated", different)
    (package / SIMULATOR_DOCUMENT).write_text(simulated, encoding="utf-8")
    print(_report(generation, path, openapi))
    return 0


def _tell(different: list[str], generation: Generation) -> int:
    for name in different:
        print(f"differs from what `make generate` would write: {name}")
    if not different:
        print(f"b2brouter_async/generated is what the document says ({generation.operations} operations).")
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
    parser.add_argument("--spec", type=Path, help="another OpenAPI 3.0 or 3.1 document")
    parser.add_argument("--check", action="store_true", help="write nothing; fail where the tree differs")
    given = parser.parse_args(arguments)
    try:
        return run(given.spec, check=given.check)
    except DocumentError as error:
        print(f"make generate stopped: {error}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    raise SystemExit(main())

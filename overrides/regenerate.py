"""What `make generate` runs: the committed document becomes b2brouter_async/generated.

Offline, and repeatable to the byte. `--check` writes nothing and fails where the tree differs from what would be
written; `--spec` takes another document.
"""

from __future__ import annotations

import argparse
import filecmp
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import cast

from .document import DocumentError, Node, as_json
from .generation import Generation, generate
from .report import Change, compare, markdown

ROOT = Path(__file__).parent.parent
OPENAPI = ROOT / "openapi"
PACKAGE = ROOT / "b2brouter_async"
SURFACE = "surface.json"
CHANGES = "CHANGES.md"
CHANGES_TITLE = "# What regeneration changed\n\nNewest first; written by `make generate`.\n\n"


def current(openapi: Path = OPENAPI) -> tuple[Path, Node]:
    """Return the document in use and what is known of where it comes from.

    Raises:
        DocumentError: openapi/provenance.json names none.
    """
    try:
        provenance = cast("Node", json.loads((openapi / "provenance.json").read_text(encoding="utf-8")))
        name = provenance["current"]
        return openapi / name, cast("Node", provenance["documents"][name])
    except (OSError, ValueError, KeyError) as error:
        raise DocumentError(f"openapi/provenance.json does not name a document: {error}") from None


def import_everything(package: Path) -> None:
    """Import every module of the package's generated part in a fresh interpreter.

    Raises:
        DocumentError: a module does not import.
    """
    modules = [
        ".".join((package.name, *path.relative_to(package).with_suffix("").parts)).removesuffix(".__init__")
        for path in sorted((package / "generated").rglob("*.py"))
    ]
    program = f"import importlib\nfor name in {modules!r}:\n    importlib.import_module(name)\n"
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


def trial_package(folder: Path) -> Path:
    """Copy the hand-written package beside which a generation can be tried."""
    package = folder / PACKAGE.name
    shutil.copytree(PACKAGE, package, ignore=shutil.ignore_patterns("generated", "__pycache__"))
    return package


def run(spec: Path | None, *, check: bool) -> int:
    """Generate, or check what is there; returns the exit status."""
    path, provenance = current()
    if spec is not None:
        path, provenance = spec, {"source": spec.name, "date": None}
    with tempfile.TemporaryDirectory() as temporary:
        package = trial_package(Path(temporary))
        generation = generate(path, package / "generated", provenance=provenance)
        import_everything(package)
        for cache in (package / "generated").rglob("__pycache__"):
            shutil.rmtree(cache)
        if check:
            return _check(package / "generated", generation)
        _install(package / "generated")
    _report(generation, path)
    return 0


def _check(fresh: Path, generation: Generation) -> int:
    different = differences(fresh, PACKAGE / "generated")
    if (OPENAPI / SURFACE).read_text(encoding="utf-8") != as_json(generation.surface):
        different.append(f"openapi/{SURFACE}")
    for name in different:
        print(f"differs from what `make generate` would write: {name}")
    if not different:
        print(f"b2brouter_async/generated is what the document says ({generation.operations} operations).")
    return 1 if different else 0


def _install(fresh: Path) -> None:
    target = PACKAGE / "generated"
    if target.exists():
        shutil.rmtree(target)
    shutil.copytree(fresh, target)


def _report(generation: Generation, path: Path) -> None:
    known = OPENAPI / SURFACE
    before = json.loads(known.read_text(encoding="utf-8")) if known.exists() else None
    text = as_json(generation.surface)
    changes: list[Change] = [] if before is None else compare(before, generation.surface)
    known.write_text(text, encoding="utf-8")
    title = f"{generation.api_version} ({path.name}, sha256 {generation.sha256[:12]})"
    section = markdown(title, changes, generation.notes)
    if changes or before is None:
        log = OPENAPI / CHANGES
        earlier = log.read_text(encoding="utf-8").removeprefix(CHANGES_TITLE) if log.exists() else ""
        first = f"## {title}\n\nThe first generation: {generation.operations} operations.\n"
        log.write_text(
            CHANGES_TITLE + (section if before is not None else first) + ("\n" + earlier if earlier else "")
        )
    print(section if changes or generation.notes else f"## {title}\n\nNothing changed.\n")
    print(
        f"{generation.operations} operations generated; breaking changes: {sum(one.breaking for one in changes)}."
    )


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

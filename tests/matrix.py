"""Runs the suite on every Python that is here, with the oldest and the newest versions of what the package needs.

    python -m tests.matrix                      every Python, oldest and newest
    python -m tests.matrix --oldest --python 3.11 -- tests/runtime -x

The newest versions are those of requirements-dev.txt. The oldest are the lower bounds in pyproject.toml; everything else
stays as it is pinned.
"""

from __future__ import annotations

import argparse
import json
import re
import shutil
import subprocess
import sys
import time
import tomllib
from pathlib import Path

from packaging.version import Version

ROOT = Path(__file__).parent.parent
FOLDER = ROOT / ".matrix"
_PIN = re.compile(r"^([A-Za-z0-9._-]+)(\[[^\]]*\])?==([^ ;\\]+)\s*(;[^\\]*)?", re.MULTILINE)
_BOUND = re.compile(r"^([A-Za-z0-9._-]+)(?:\[[^\]]*\])?>=([0-9][^,; ]*)")

# Tools of the tests that must be as old as what they stand on.
_COMPANIONS = {
    "opentelemetry-sdk": "1.28.0", "opentelemetry-semantic-conventions": "0.49b0", "fastapi": "0.115.12", "taskiq-redis": "1.0.2",
    "httpcore2": "2.16.0", "psycopg-binary": "3.2.0",
}  # fmt: skip
_ALSO_NEEDED = ["deprecated==1.2.14", "wrapt==1.16.0", "importlib-metadata==7.0.0", "zipp==3.17.0"]
"""What opentelemetry-api needed then."""
_VERSIONS = """
import json
from importlib.metadata import distributions
print(json.dumps([(one.name, one.version) for one in distributions()]))
"""


def name_of(package: str) -> str:
    """Return a package's name in the one spelling by which names are compared."""
    return re.sub(r"[-_.]+", "-", package).lower()


def oldest() -> dict[str, str]:
    """Return the lower bound of everything that the package may need."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    needed = [
        *project["dependencies"],
        *(one for extra in project["optional-dependencies"].values() for one in extra),
    ]
    found = {name_of(match[1]): match[2] for one in needed if (match := _BOUND.match(one))}
    missing = [one for one in needed if not _BOUND.match(one)]
    if missing:
        raise SystemExit(f"no lower bound in pyproject.toml for: {', '.join(missing)}")
    return found


def pins(replaced: dict[str, str]) -> str:
    """Return the pinned requirements with some versions replaced."""
    lines: list[str] = []
    for match in _PIN.finditer((ROOT / "requirements-dev.txt").read_text("utf-8")):
        package, extras, version, marker = match.groups()
        chosen = replaced.get(name_of(package))
        lines.append(f"{package}{extras or ''}=={chosen or version} {(marker or '').strip()}".strip())
    return "\n".join(lines + (_ALSO_NEEDED if replaced else [])) + "\n"


def pythons() -> dict[str, Path]:
    """Return every Python from 3.11 up that is on this machine, by version."""
    minors = range(11, 20)
    places = [shutil.which(f"python3.{minor}") for minor in minors]
    versions = Path.home() / ".pyenv" / "versions"
    candidates = [Path(place) for place in places if place] + sorted(versions.glob("3.*/bin/python"))
    found: dict[str, Path] = {}
    for candidate in [Path(sys.executable), *candidates]:
        asked = subprocess.run(
            [candidate, "-c", "import sys; print('%d.%d' % sys.version_info[:2])"],
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        version = asked.stdout.strip()
        if asked.returncode == 0 and int(version.split(".")[1]) >= minors[0]:
            found.setdefault(version, candidate)
    return dict(sorted(found.items(), key=lambda item: int(item[0].split(".")[1])))


def environment(python: Path, version: str, kind: str) -> Path:
    """Make an environment and return its Python."""
    place = FOLDER / f"{version}-{kind}"
    requirements = FOLDER / f"{version}-{kind}.txt"
    FOLDER.mkdir(exist_ok=True)
    requirements.write_text(pins(oldest() | _COMPANIONS if kind == "oldest" else {}), "utf-8")
    uv = Path(sys.executable).with_name("uv")
    inside = place / "bin" / "python"
    if not inside.exists():
        subprocess.run([python, "-m", "venv", "--without-pip", place], check=True)
    options: list[str | Path] = ["--quiet", "--python", inside]
    # What an earlier run left goes: what isn't asked for now must not be what a test stands on.
    subprocess.run([uv, "pip", "sync", *options, requirements], check=True)
    subprocess.run(
        [uv, "pip", "install", *options, "--no-deps", "--no-build-isolation", "-e", ROOT], check=True
    )
    return inside


def installed(inside: Path) -> dict[str, Version]:
    """Return the version of everything that an environment has."""
    asked = subprocess.run(
        [inside, "-c", _VERSIONS], capture_output=True, text=True, check=True, stdin=subprocess.DEVNULL
    )
    return {name_of(name): Version(version) for name, version in json.loads(asked.stdout)}


def check_oldest(there: dict[str, Version]) -> None:
    """Refuse an environment that has something newer than the lower bound, or lacks it."""
    wrong = [
        f"{name} {there.get(name, 'is missing')} instead of {version}"
        for name, version in oldest().items()
        if there.get(name) != Version(version)
    ]
    if wrong:
        raise SystemExit(f"these are not the oldest: {', '.join(wrong)}")


def main() -> None:
    """Run the suite in every environment and say what came of it."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--oldest", action="store_true", help="only with the oldest versions")
    which.add_argument("--newest", action="store_true", help="only with the newest versions")
    parser.add_argument("--python", help="only this version, for example 3.11")
    parser.add_argument("pytest", nargs="*", help="arguments for pytest")
    chosen = parser.parse_args()
    known = pythons()
    if chosen.python is not None and chosen.python not in known:
        raise SystemExit(f"there is no Python {chosen.python} here, but: {', '.join(known)}")
    rows: list[tuple[str, str, str, float]] = []
    for version, python in known.items():
        if chosen.python not in (None, version):
            continue
        for kind in ["oldest"] if chosen.oldest else ["newest"] if chosen.newest else ["oldest", "newest"]:
            print(f"\nPython {version}, {kind} versions", flush=True)
            inside = environment(python, version, kind)
            there = installed(inside)
            if kind == "oldest":
                check_oldest(there)
            print(
                ", ".join(f"{name} {there[name]}" for name in sorted(oldest()) if name in there), flush=True
            )
            begun = time.monotonic()
            arguments = chosen.pytest or ["-n", "auto", "--dist", "worksteal", "-q"]
            done = subprocess.run(
                [inside, "-m", "pytest", *arguments], cwd=ROOT, check=False, stdin=subprocess.DEVNULL
            )
            ending = "passed" if done.returncode == 0 else "FAILED"
            rows.append((version, kind, ending, time.monotonic() - begun))
    print()
    for version, kind, ending, seconds in rows:
        print(f"Python {version:5} {kind:6}  {ending:6}  {seconds:6.0f} s")
    raise SystemExit(any(ending != "passed" for _, _, ending, _ in rows))


if __name__ == "__main__":
    main()

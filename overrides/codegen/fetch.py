"""What `make fetch-spec VERSION=YYYY-MM-DD` runs: the vendor's spec is downloaded, or everything stays as it was.

The file is stored exactly as it came, with its checksum, size, date and address, and becomes the current one. Nothing
is generated: `make generate` does that.
"""

from __future__ import annotations

import argparse
import contextlib
import datetime
import hashlib
import json
import os
import re
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, cast

import httpx
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TransferSpeedColumn

from .generate import OPENAPI, PROVENANCE
from .spec import Node, SpecError, api_version, as_json, check, look_up, parse

if TYPE_CHECKING:
    from collections.abc import Iterator

# openapi/EVIDENCE.md: the pattern is inferred from one published address.
ADDRESS = "https://app.b2brouter.net/api/v{compact}/bundled/openapi.yaml"
LARGEST = 20_000_000
TIMEOUT = httpx.Timeout(60.0, connect=15.0)


def fetch(version: str, openapi: Path = OPENAPI, *, url: str | None = None, largest: int = LARGEST) -> Path:
    """Download a spec and make it the current one.

    Args:
        version: the API version, YYYY-MM-DD.
        openapi: the folder of the specs.
        url: where it is, if not at the vendor's address.
        largest: bytes; more are refused.

    Returns:
        The file written.

    Raises:
        SpecError: it can't be had, or it is not the spec of this version; nothing was changed.
    """
    try:
        day = datetime.date.fromisoformat(version)
    except ValueError:
        day = None
    if day is None or not re.fullmatch(r"\d{4}-\d{2}-\d{2}", version):
        raise SpecError(f"VERSION={version}: an API version is a date, for example 2026-06-26")
    address = url or ADDRESS.format(compact=version.replace("-", ""))
    content = _download(address, largest)
    _check(content, version, address)
    provenance = _provenance(openapi)
    name = f"b2brouter-{version}.yaml"
    provenance["specs"][name] = {
        "api_version": version,
        "sha256": hashlib.sha256(content).hexdigest(),
        "size": len(content),
        "date": datetime.datetime.now(datetime.UTC).date().isoformat(),
        "source": "downloaded by make fetch-spec",
        "address": address,
    }
    provenance["current"] = name
    _write(openapi, {name: content, PROVENANCE: as_json(provenance).encode()})
    return openapi / name


def _download(address: str, largest: int) -> bytes:
    content = bytearray()
    try:
        with (
            httpx.Client(follow_redirects=True, timeout=TIMEOUT) as client,
            client.stream(
                "GET", address, headers={"accept": "application/yaml, application/json, */*"}
            ) as reply,
            _progress() as progress,
        ):
            if reply.status_code != 200:
                raise SpecError(
                    f"{address} answered {reply.status_code} {reply.reason_phrase}; "
                    "is it published under this version? SPEC_URL= takes another address"
                )
            announced = reply.headers.get("content-length", "")
            task = progress.add_task("openapi.yaml", total=int(announced) if announced.isdecimal() else None)
            for part in reply.iter_bytes():
                content += part
                if len(content) > largest:
                    raise SpecError(f"{address}: more than {largest} bytes; no API description is that long")
                progress.advance(task, len(part))
    except httpx.InvalidURL as error:
        raise SpecError(f"{address} is no address: {error}") from None
    except httpx.RemoteProtocolError as error:
        raise SpecError(f"{address}: the download broke off after {len(content)} bytes: {error}") from None
    except httpx.HTTPError as error:
        raise SpecError(f"{address} can't be reached: {type(error).__name__}: {error}") from None
    return bytes(content)


def _progress() -> Progress:
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        DownloadColumn(),
        TransferSpeedColumn(),
        console=Console(stderr=True),
    )


def _check(content: bytes, version: str, address: str) -> None:
    if not content.strip():
        raise SpecError(f"{address}: the file is empty")
    if content.lstrip()[:1] == b"<":
        raise SpecError(f"{address}: this is a web page, not YAML or JSON")
    try:
        spec = parse(content)
    except SpecError as error:
        raise SpecError(f"{address}: {error}; is it cut off?") from None
    check(spec, address)
    try:
        found = api_version(spec)
    except SpecError as error:
        raise SpecError(f"{address}: {error}") from None
    if found != version:
        raise SpecError(f"{address}: info.version is {found!r}, asked for was {version}")
    _check_references(spec, address)


def _check_references(spec: Node, address: str) -> None:
    """Refuse a spec whose references point nowhere: its end is missing, or it is not the bundled one."""
    waiting: list[object] = [spec]
    while waiting:
        node = waiting.pop()
        if isinstance(node, dict):
            pointer = node.get("$ref")
            if isinstance(pointer, str):
                try:
                    look_up(spec, pointer)
                except SpecError:
                    raise SpecError(
                        f"{address}: {pointer} points nowhere; is the file cut off, or not bundled?"
                    ) from None
            waiting += node.values()
        elif isinstance(node, list):
            waiting += node


def _provenance(openapi: Path) -> Node:
    try:
        found = cast("Node", json.loads((openapi / PROVENANCE).read_text(encoding="utf-8")))
    except FileNotFoundError:
        return {"current": None, "specs": {}}
    except (OSError, ValueError) as error:
        raise SpecError(f"{openapi / PROVENANCE} can't be read: {error}") from None
    return found


def _write(folder: Path, files: dict[str, bytes]) -> None:
    """Write all files or none: each beside its place first, then moved there, the one that names the others last."""
    with _cleaned() as temporary:
        try:
            folder.mkdir(parents=True, exist_ok=True)
            for name, content in files.items():
                number, path = tempfile.mkstemp(dir=folder, prefix=f".{name}.")
                temporary[name] = Path(path)
                with os.fdopen(number, "wb") as file:
                    file.write(content)
                    file.flush()
                    os.fsync(file.fileno())
                temporary[name].chmod(0o644)
            before = {name: _bytes(folder / name) for name in files}
            moved: list[str] = []
            try:
                for name in files:
                    temporary[name].replace(folder / name)
                    moved.append(name)
            except BaseException:
                for name in moved:
                    _restore(folder / name, before[name])
                raise
        except OSError as error:
            raise SpecError(f"{folder}: {error.strerror}") from None


def _bytes(path: Path) -> bytes | None:
    return path.read_bytes() if path.exists() else None


def _restore(path: Path, content: bytes | None) -> None:
    if content is None:
        path.unlink()
    else:
        path.write_bytes(content)


@contextlib.contextmanager
def _cleaned() -> Iterator[dict[str, Path]]:
    temporary: dict[str, Path] = {}
    try:
        yield temporary
    finally:
        for path in temporary.values():
            path.unlink(missing_ok=True)


def main(arguments: list[str] | None = None) -> int:
    """Run from the command line."""
    parser = argparse.ArgumentParser(prog="fetch", description=__doc__)
    parser.add_argument("--version", required=True, help="the API version, YYYY-MM-DD")
    parser.add_argument("--url", default=None, help="another address than the vendor's")
    given = parser.parse_args(arguments)
    try:
        path = fetch(given.version, url=given.url or None)
    except SpecError as error:
        print(f"make fetch-spec stopped, and nothing was changed: {error}", file=sys.stderr)
        return 1
    print(f"{path.name}: {path.stat().st_size} bytes. Now run `make generate` and read openapi/CHANGES.md.")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())

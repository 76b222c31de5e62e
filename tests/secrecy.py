"""Looks through the whole test run for keys: logs, errors, spans and every file that a test leaves must hold none.

A key is noted when a `Secret` is made of it. What holds one on purpose (a file of keys that a test hands over, the state of a
simulator or what it says of itself, which are the server's side, a copy of our own sources, whose examples have keys) is told
apart by what it is, not by where it lies.
"""

from __future__ import annotations

import contextlib
import logging
import re
import sqlite3
from pathlib import Path
from typing import TYPE_CHECKING, Any

from b2brouter_async import errors
from b2brouter_async.config import Secret

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parent.parent

_SHORTEST = 10
"""Shorter keys of tests are parts of ordinary words."""
_PASSED_OVER = 20 * 1024 * 1024
"""Bytes; larger files are documents that a test made large."""

_HANDED_OVER = {"keys.txt", "plugin.curl"}
"""Files by which tests hand keys to a program; nothing of ours writes one."""
_COMPILED = {"__pycache__", ".hypothesis"}
"""Folders with what is made of sources."""

_SAID_BY_A_SIMULATOR = re.compile(r"^B2Brouter simulator at http://\S+ with the key \S+$", re.MULTILINE)
"""The line in which it tells whoever started it how to reach it."""

keys: set[str] = {"test_simulator"}
"""The simulator's own is there from the beginning: programs that a test starts use it, whichever process of the run looks."""
found: list[str] = []


def key_in(text: str) -> str | None:
    """Return the key that stands in a text, if one does."""
    return next((key for key in keys if key in text), None)


def note(where: str, text: str) -> None:
    """Note a place where a key stands, without the key itself."""
    key = key_in(text)
    if key is not None:
        found.append(f"{where}: {text.replace(key, '[KEY]')[:300]}")


def watch() -> None:
    """Begin to look: at each log record, each error of ours and each span, when it is made."""
    make_secret = Secret.__init__

    def making(self: Secret, value: Any) -> None:
        try:
            make_secret(self, value)
            if len(value) >= _SHORTEST:
                keys.add(value)
        finally:
            value = None  # this frame is in tracebacks, too

    Secret.__init__ = making  # type: ignore[method-assign]
    make_record = logging.getLogRecordFactory()

    def recording(*arguments: Any, **more: Any) -> logging.LogRecord:
        record = make_record(*arguments, **more)
        if not record.name.startswith("b2brouter_async.simulator"):
            note(f"log of {record.name}", record.getMessage())
        return record

    logging.setLogRecordFactory(recording)
    for kind in vars(errors).values():
        if isinstance(kind, type) and issubclass(kind, errors.B2BrouterError) and "__init__" in vars(kind):
            _watch_errors(kind)
    from opentelemetry.sdk.trace import Span

    end = Span.end

    def ending(self: Span, *arguments: Any) -> None:
        note(
            "span", f"{self.name} {dict(self.attributes or {})} {[event.attributes for event in self.events]}"
        )
        end(self, *arguments)

    Span.end = ending  # type: ignore[method-assign, assignment]


def _watch_errors(kind: type[errors.B2BrouterError]) -> None:
    make = kind.__init__

    def making(self: errors.B2BrouterError, *arguments: Any, **more: Any) -> None:
        make(self, *arguments, **more)
        if type(self).__init__ is making:
            note(type(self).__name__, f"{self} {vars(self)!r}")

    kind.__init__ = making  # type: ignore[method-assign, assignment]


def files_below(folder: Path) -> Iterator[tuple[Path, str]]:
    """Give the text of every file of a folder but for those that hold a key by design."""
    for path in sorted(folder.rglob("*")):
        try:
            if path.is_symlink() or not path.is_file() or path.stat().st_size > _PASSED_OVER:
                continue
            content = path.read_bytes()
        except FileNotFoundError:  # another run of the tests beside this one clears folders away
            continue
        text = _SAID_BY_A_SIMULATOR.sub("", content.decode("utf-8", "replace"))
        if text.strip() in keys or path.name in _HANDED_OVER or not _COMPILED.isdisjoint(path.parts):
            continue
        if key_in(text) is not None and (
            _is_of_a_simulator(path, content) or _is_a_copy_of_ours(path, content)
        ):
            continue
        yield path, text


def _is_a_copy_of_ours(path: Path, content: bytes) -> bool:
    """Whether a file is one of the project's own, in a tree that a test has made of them."""
    return any(
        own.is_file() and own.read_bytes() == content
        for folder in ("b2brouter_async", "docs", "examples", "overrides", "tests", ".")
        for own in (ROOT / folder).glob(path.name if folder == "." else f"**/{path.name}")
    )


def _is_of_a_simulator(path: Path, content: bytes) -> bool:
    """Whether a file is a simulator's state, which has the keys that it accepts."""
    if not content.startswith(b"SQLite format 3"):
        return False
    with contextlib.closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as database, database:
        tables = {name for (name,) in database.execute("SELECT name FROM sqlite_master")}
    database.close()
    return {"tallies", "arrivals"} <= tables


def search(folder: Path | None) -> list[str]:
    """Return every place where a key was found, once."""
    if folder is not None and folder.is_dir():
        for path, text in files_below(folder):
            note(f"file {path.name} of {path.parent.name}", text)
    return sorted(set(found))

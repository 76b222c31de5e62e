"""Writing a file so that it is there whole or not at all."""

from __future__ import annotations

import os
import secrets
from contextlib import contextmanager
from typing import TYPE_CHECKING, BinaryIO

from ..errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path


def check_kept(path: str | os.PathLike[str], argument: str, instead: str) -> None:
    """Refuse what SQLite takes for a database in memory, where a file is to outlive the process.

    Args:
        path: the file.
        argument: how it was passed.
        instead: what to take where nothing needs to outlive the process.

    Raises:
        ConfigurationError: it is `:memory:`.
    """
    if os.fspath(path) == ":memory:":
        raise ConfigurationError(
            f"{os.fspath(path)!r} is no file, and what is kept in it is lost with the process; name a file{instead}",
            argument=argument,
        )


@contextmanager
def written_whole(path: Path) -> Generator[BinaryIO]:
    """Open a file to write: what stood there stays until the block has ended well and all is on the disk.

    Args:
        path: the file; its folder must be there.

    Raises:
        OSError: it can't be written.
    """
    beside = path.with_name(f".{secrets.token_hex(8)}.part")
    try:
        with beside.open("xb") as opened:
            yield opened
            opened.flush()
            os.fsync(opened.fileno())
        beside.replace(path)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise


def write_whole(path: Path, content: bytes) -> None:
    """Write a file: what stood there stays until the new content is on the disk.

    Args:
        path: the file; its folder must be there.
        content: what it holds then.

    Raises:
        OSError: it can't be written.
    """
    with written_whole(path) as opened:
        opened.write(content)

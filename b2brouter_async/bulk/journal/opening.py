"""Where a journal is kept, by how it is named: a file, or the address of a database."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..._postgres.url import is_database
from .sqlite import SQLiteJournal

if TYPE_CHECKING:
    import os
    from collections.abc import Mapping

    from .protocol import Journal


async def open_existing(where: str | os.PathLike[str], about: Mapping[str, str]) -> Journal | None:
    """Open a journal that is there. None where there is none and one can be made.

    Args:
        where: a file, or `postgresql://…`.
        about: what the run is about.

    Raises:
        JournalError: it can't be written, is damaged, is about something else, or is in use.
        ConfigurationError: the address of a database can't be read, or psycopg is not installed.
    """
    if isinstance(where, str) and is_database(where):
        from .postgres.journal import PostgresJournal

        return await PostgresJournal.open_existing(where, about)
    return await SQLiteJournal.open_existing(where, about)


async def open_new(where: str | os.PathLike[str], about: Mapping[str, str]) -> Journal:
    """Open a journal, or begin one, and prove that it can be written.

    Args:
        where: a file, or `postgresql://…`.
        about: what the run is about.

    Raises:
        JournalError: it can't be written, is damaged, is about something else, or is in use.
    """
    if isinstance(where, str) and is_database(where):
        from .postgres.journal import PostgresJournal

        return await PostgresJournal.open(where, about)
    return await SQLiteJournal.open(where, about)

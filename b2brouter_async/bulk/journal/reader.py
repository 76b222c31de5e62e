"""Reading a journal, also while a run writes to it: what `b2brouter journal` and reports are made of."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import TYPE_CHECKING, Self
from urllib.parse import quote

from .errors import JournalError
from .schema import APPLICATION_ID, SELECTED, VERSION, read_row

if TYPE_CHECKING:
    import os
    from collections.abc import Collection, Iterator
    from types import TracebackType

    from ..outcome import Kind
    from .row import Row


class JournalReader:
    """A journal, to be read and not changed.

    Example:
        with open_journal("run.db") as journal:
            print(journal.counts())

    with open_journal("run.db") as journal:
        for row in journal.rows(kinds=["refused"]):
            print(row.outcome.source, row.outcome.message)
    """

    def __init__(self, path: Path, connection: sqlite3.Connection) -> None:
        """Take over what `open_journal` has opened."""
        self.path = path
        self._connection = connection
        self.about: dict[str, str] = dict(connection.execute("SELECT name, value FROM about"))
        """Account, host, environment, direction, send, made, opened."""

    def rows(
        self,
        *,
        kinds: Collection[Kind] | None = None,
        settled: bool | None = None,
        source: str | None = None,
        number: str | None = None,
    ) -> Iterator[Row]:
        """Yield the documents, in the order they were first taken from a source.

        Example:
            with open_journal("run.db") as journal:
                for row in journal.rows(kinds=["refused", "invalid"]):
                    print(row.outcome.source, row.outcome.message)

        Args:
            kinds: only outcomes of these kinds.
            settled: True for what is done with, False for what the next run will take up again.
            source: only documents whose file name holds this text.
            number: only this invoice number.

        Raises:
            JournalError: the journal is damaged.
        """
        conditions, values = ["1"], list[object]()
        if kinds is not None:
            conditions.append(f"kind IN ({', '.join('?' * len(kinds))})")
            values += kinds
        if settled is not None:
            conditions.append("stage = 'done'" if settled else "stage != 'done'")
        if source is not None:
            conditions.append("instr(source, ?)")
            values.append(source)
        if number is not None:
            conditions.append("number = ?")
            values.append(number)
        try:
            for row in self._connection.execute(
                f"SELECT {SELECTED} FROM documents WHERE {' AND '.join(conditions)} ORDER BY id",  # noqa: S608
                values,
            ):
                yield read_row(row)
        except (sqlite3.Error, ValueError) as error:
            raise JournalError(f"{self.path} can't be read: {error}") from error

    def counts(self) -> dict[str, int]:
        """Return how many documents there are of each kind; `unknown` are also those under way.

        Example:
            with open_journal("run.db") as journal:
                print(journal.counts()["unknown"])
        """
        return dict(
            self._connection.execute("SELECT kind, count(*) FROM documents GROUP BY kind ORDER BY kind")
        )

    def __len__(self) -> int:
        """Return the number of documents."""
        (count,) = self._connection.execute("SELECT count(*) FROM documents").fetchone()
        return int(count)

    def close(self) -> None:
        """Let go of the file.

        Example:
            journal = open_journal("run.db")
            journal.close()
        """
        self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def open_journal(path: str | os.PathLike[str]) -> JournalReader:
    """Open a journal to read it. A run that writes to it is not disturbed, and what it has committed is seen.

    Example:
        with open_journal("run.db") as journal:
            for row in journal.rows(settled=False):
                print(row.outcome.source, row.stage)

    Raises:
        JournalError: there is no such file, or it is no journal.
    """
    path = Path(path)
    if not path.is_file():
        raise JournalError(f"{path}: there is no such journal")
    # Not even a reader's bookkeeping can be written in some folders: then the file is taken as it lies there.
    for mode in ("mode=ro", "mode=ro&immutable=1"):
        connection = sqlite3.connect(f"file:{quote(str(path))}?{mode}", uri=True)
        try:
            application = connection.execute("PRAGMA application_id").fetchone()[0]
            version = connection.execute("PRAGMA user_version").fetchone()[0]
            if application != APPLICATION_ID:
                raise JournalError(f"{path} is no journal of an upload")
            if version > VERSION:
                raise JournalError(
                    f"{path} was written by a newer version of this package (schema {version}); upgrade"
                )
            return JournalReader(path, connection)
        except sqlite3.OperationalError as error:
            connection.close()
            problem: sqlite3.Error = error
        except sqlite3.DatabaseError as error:
            connection.close()
            problem = error
            break
        except BaseException:
            connection.close()
            raise
    raise JournalError(f"{path} can't be read: {problem}")

"""Where an upload goes: one account, the accounts of several keys, or a simulator in this process."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from attrs import frozen

from ..._postgres.schema import make_where_none_are
from ..._postgres.url import DatabaseURL, is_database
from ..connection import shared_through

if TYPE_CHECKING:
    from ..._call.attempt import Middleware
    from ...client import B2Brouter
    from ..connection import Connection
    from .group import GroupUploader


class JournalPlace:
    """Where the journal is kept: a file, or a database whose password is shown to nobody."""

    def __init__(self, where: str) -> None:
        """Tell one from the other.

        Raises:
            ConfigurationError: the address of a database can't be read.
        """
        self.where: str | Path = where if is_database(where) else Path(where)
        self._shown = str(DatabaseURL(where)) if is_database(where) else str(self.where)

    @property
    def may_hold_documents(self) -> bool:
        """Whether an earlier run may have left something in it."""
        return not isinstance(self.where, Path) or self.where.exists()

    def __str__(self) -> str:
        return self._shown


@frozen(kw_only=True)
class Destination:
    """What documents are uploaded with, and where it is remembered."""

    client: B2Brouter | GroupUploader
    journal: JournalPlace
    limit: int
    """Requests a minute that are allowed; 0 where there is no limit."""
    account: str = ""
    """Empty where there are several."""
    accounts: str | None = None
    """All of them in words, where there are several."""
    rehearsal: bool = False
    """Whether it is a simulator in this process."""


def one_account(
    connection: Connection,
    account: str,
    *,
    journal: str | None,
    kind: str,
    redis: str | None,
    share_limit: bool | None,
    requests_per_minute: int | None,
    middleware: Middleware,
) -> Destination:
    """Return the way to one account.

    Args:
        connection: what the options say about the server.
        account: its id.
        journal: a file or a database; left out, a file is named after environment, account and kind.
        kind: ends the name of that file, so that drafts and received invoices are remembered apart.
        redis: what the limit is shared through.
        share_limit: whether it is shared through the journal's database; None leaves that to whether there is one.
        requests_per_minute: another limit than the environment's.
        middleware: runs around every request.

    Raises:
        ConfigurationError: an option can't be used, or there is no key.
        JournalError: the database can't be used.
    """
    shared = shared_through(journal if is_database(journal) else None, redis=redis, share_limit=share_limit)
    if shared is not None:
        # The limit is needed before the journal is: the account is asked for first.
        make_where_none_are(shared)
    client = connection.sharing_client(
        redis=redis,
        database=shared,
        account=account,
        requests_per_minute=requests_per_minute,
        middleware=[middleware],
    )
    return Destination(
        client=client,
        journal=JournalPlace(journal or f"b2brouter-{client.environment.name}-{account}{kind}.db"),
        limit=requests_per_minute or client.environment.requests_per_minute,
        account=account,
    )


def accounts_of_keys(
    connection: Connection,
    keys: Path,
    *,
    journals: str | None,
    requests_per_minute: int | None,
    middleware: Middleware,
) -> Destination:
    """Return the way to all accounts that several keys see.

    Args:
        connection: what the options say about the server.
        keys: the file with the keys.
        journals: the folder with a journal for each account; left out, it is named after the environment.
        requests_per_minute: another limit than the environment's, for each key.
        middleware: runs around every request.

    Raises:
        ConfigurationError: the file can't be read, or the keys contradict the environment, or each other.
    """
    from .group import GroupUploader, read_keys

    client = GroupUploader(
        connection.group(read_keys(keys), requests_per_minute=requests_per_minute, middleware=[middleware])
    )
    return Destination(
        client=client,
        journal=JournalPlace(journals or f"b2brouter-{client.environment.name}-journals"),
        limit=client.requests_per_minute,
        accounts=str(client),
    )


def simulated(folder: str, *, middleware: Middleware) -> Destination:
    """Return the way to a simulator.

    Args:
        folder: where the journal is, as long as the rehearsal runs.
        middleware: runs around every request.

    Raises:
        ConfigurationError: the simulator is not installed.
    """
    from .rehearsal import rehearsal_client

    client, account = rehearsal_client([middleware])
    return Destination(
        client=client,
        journal=JournalPlace(str(Path(folder) / "rehearsal.db")),
        limit=0,
        account=account,
        rehearsal=True,
    )

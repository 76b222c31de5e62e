"""One connection to a database, as all of ours are made: whatever the database's and the role's own settings are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from .url import driver

if TYPE_CHECKING:
    import psycopg

    from .url import DatabaseURL

OLDEST: Final = 12
"""Of PostgreSQL, whose SQL ours is."""

_WATCHED: Final = {
    "connect_timeout": "5",
    "keepalives_idle": "5",
    "keepalives_interval": "3",
    "keepalives_count": "3",
    "tcp_user_timeout": "15000",
}
"""A host that vanished without a word must not keep anybody for hours."""


def connect(url: DatabaseURL, *, autocommit: bool = False, **parts: str) -> psycopg.Connection[Any]:
    """Connect; a transaction that it begins by itself is READ COMMITTED and may write.

    Args:
        url: the database.
        autocommit: as the driver has it.
        parts: of the address, where it says nothing about them.

    Raises:
        psycopg.Error: it can't be reached, doesn't let anybody in, is too old, or can't hold every text.
    """
    library: Any = driver()
    shown = url.reveal(**_WATCHED, **parts)
    # A pooler hands a prepared statement to nobody else. What another encoding can't hold would end a whole run.
    connection: psycopg.Connection[Any] = library.connect(
        **{**shown, "client_encoding": "UTF8"}, autocommit=autocommit, prepare_threshold=None
    )
    try:
        _check(connection)
        connection.isolation_level = library.IsolationLevel.READ_COMMITTED
        connection.read_only = False
    except BaseException:
        connection.close()
        raise
    return connection


def _check(connection: psycopg.Connection[Any]) -> None:
    not_supported: Any = driver().errors.FeatureNotSupported
    version = connection.info.server_version
    if 0 < version < OLDEST * 10000:
        raise not_supported(
            f"it is PostgreSQL {version // 10000}, which doesn't know all of the SQL that is needed; upgrade it to "
            f"{OLDEST} or newer"
        )
    encoding = connection.info.parameter_status("server_encoding")
    if encoding not in (None, "UTF8"):
        raise not_supported(
            f"its encoding is {encoding}, which can't hold every name and message; make a database with: "
            "createdb --encoding=UTF8 --template=template0"
        )
    if not (connection.info.parameter_status("DateStyle") or "ISO").startswith("ISO"):
        # The driver reads no other. Poolers keep it for this client alone.
        was, connection.autocommit = connection.autocommit, True
        connection.execute("SET DateStyle = 'ISO'")
        connection.autocommit = was

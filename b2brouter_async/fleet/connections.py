"""One statement on the application's own connection, whichever library that is of, in the transaction it is in."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, Final

from attrs import frozen

from ..errors import ArgumentError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_KINDS: Final = (
    "a connection of psycopg or asyncpg, a connection or session of SQLAlchemy, or django.db.connection"
)


@frozen
class Call:
    """A call of a function of the database."""

    function: str
    """With its schema."""
    types: Mapping[str, str]
    """Of the arguments, by name."""

    def sql(self, placeholder: Callable[[int, str], str]) -> str:
        """Return the statement.

        Args:
            placeholder: returns what stands for an argument, from its position and name.
        """
        arguments: list[str] = []
        for position, (name, kind) in enumerate(self.types.items(), 1):
            value = placeholder(position, name)
            if kind == "jsonb":
                # By way of text: what an application has its driver make of JSON (asyncpg's codecs) would quote it again.
                value = f"CAST({value} AS text)"
            arguments.append(f"{name} => CAST({value} AS {kind})")
        return f"SELECT {self.function}({', '.join(arguments)})"


async def call(connection: Any, what: Call, values: Mapping[str, object]) -> Any:
    """Call a function on an async connection, and return what it returns.

    Args:
        connection: of psycopg, asyncpg or SQLAlchemy.
        what: the function.
        values: its arguments.

    Raises:
        ArgumentError: it is no connection, is not async, or is in no transaction.
    """
    if _is(connection, "asyncpg", "Connection") or _is(connection, "asyncpg.pool", "PoolConnectionProxy"):
        if not connection.is_in_transaction():
            raise _in_none("async with connection.transaction():")
        return await connection.fetchval(what.sql(lambda position, _: f"${position}"), *values.values())
    if _is(connection, "psycopg", "AsyncConnection"):
        if _commits_by_itself(connection):
            raise _in_none("async with connection.transaction():")
        # Whatever the application makes of its own rows and statements. Not prepared: a pooler keeps it for nobody.
        rows = sys.modules["psycopg.rows"].tuple_row
        async with sys.modules["psycopg"].AsyncCursor(connection, row_factory=rows) as cursor:
            await cursor.execute(what.sql(lambda _, name: f"%({name})s"), values, prepare=False)
            return (await cursor.fetchone())[0]
    if any(
        _is(connection, "sqlalchemy.ext.asyncio", name)
        for name in ("AsyncConnection", "AsyncSession", "async_scoped_session")
    ):
        text = sys.modules["sqlalchemy"].text
        inner = connection
        if not _is(connection, "sqlalchemy.ext.asyncio", "AsyncConnection"):
            inner = await connection.connection()
        _check_sqlalchemy(inner.sync_connection)
        return (await connection.execute(text(what.sql(lambda _, name: f":{name}")), values)).scalar_one()
    if _is_sync(connection):
        raise ArgumentError("this connection is not async; call add_sync", argument="connection")
    raise _unknown(connection)


def call_sync(connection: Any, what: Call, values: Mapping[str, object]) -> Any:
    """Call a function on a connection that blocks, and return what it returns.

    Args:
        connection: of psycopg, SQLAlchemy or Django.
        what: the function.
        values: its arguments.

    Raises:
        ArgumentError: it is no connection, is async, or is in no transaction.
    """
    if _is(connection, "psycopg", "Connection"):
        if _commits_by_itself(connection):
            raise _in_none("with connection.transaction():")
        rows = sys.modules["psycopg.rows"].tuple_row
        with sys.modules["psycopg"].Cursor(connection, row_factory=rows) as cursor:
            cursor.execute(what.sql(lambda _, name: f"%({name})s"), values, prepare=False)
            return cursor.fetchone()[0]
    if _is_of_django(connection):
        _check_postgresql(connection.vendor)
        if not connection.in_atomic_block and connection.get_autocommit():
            raise _in_none("with transaction.atomic():")
        with connection.cursor() as cursor:
            cursor.execute(what.sql(lambda _, name: f"%({name})s"), values)
            return cursor.fetchone()[0]
    session = any(_is(connection, "sqlalchemy.orm", name) for name in ("Session", "scoped_session"))
    if session or _is(connection, "sqlalchemy", "Connection"):
        text = sys.modules["sqlalchemy"].text
        _check_sqlalchemy(connection.connection() if session else connection)
        return connection.execute(text(what.sql(lambda _, name: f":{name}")), values).scalar_one()
    if not isinstance(connection, str) and hasattr(connection, "execute"):
        raise ArgumentError("this connection is async, or not known; call add", argument="connection")
    raise _unknown(connection)


def _is(connection: object, module: str, name: str) -> bool:
    """Tell whether something is of a class, without importing what nobody uses."""
    kind = getattr(sys.modules.get(module), name, None)
    return isinstance(kind, type) and isinstance(connection, kind)


def _is_of_django(connection: object) -> bool:
    return _is(connection, "django.utils.connection", "ConnectionProxy") or _is(
        connection, "django.db.backends.base.base", "BaseDatabaseWrapper"
    )


def _is_sync(connection: object) -> bool:
    return (
        _is(connection, "psycopg", "Connection")
        or _is(connection, "sqlalchemy", "Connection")
        or _is(connection, "sqlalchemy.orm", "Session")
        or _is_of_django(connection)
    )


def _commits_by_itself(connection: Any) -> bool:
    idle = connection.info.transaction_status == 0
    return bool(connection.autocommit and idle)


def _check_postgresql(name: str) -> None:
    if name != "postgresql":
        raise ArgumentError(
            f"it leads to {name}, and the ledger is in PostgreSQL: pass a connection to the ledger's own database",
            argument="connection",
        )


def _check_sqlalchemy(connection: Any) -> None:
    _check_postgresql(connection.dialect.name)
    usual = getattr(connection.dialect, "_on_connect_isolation_level", None)
    if connection.get_execution_options().get("isolation_level", usual) == "AUTOCOMMIT":
        raise _in_none("don't set its isolation level to AUTOCOMMIT")


def _in_none(how: str) -> ArgumentError:
    return ArgumentError(
        f"it is in no transaction, so the document would be sent whatever becomes of the rest: {how}",
        argument="connection",
    )


def _unknown(connection: object) -> ArgumentError:
    return ArgumentError(f"expected {_KINDS}, got {type(connection).__name__}", argument="connection")

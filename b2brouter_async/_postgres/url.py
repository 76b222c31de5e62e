"""The address of a database, with its password kept out of sight."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from ..errors import ConfigurationError

if TYPE_CHECKING:
    from types import ModuleType

SCHEMES = ("postgresql://", "postgres://")


def is_database(where: object) -> bool:
    """Tell whether something is the address of a PostgreSQL, and no file."""
    return isinstance(where, DatabaseURL) or (isinstance(where, str) and where.startswith(SCHEMES))


def driver() -> ModuleType:
    """Return psycopg.

    Raises:
        ConfigurationError: it is not installed.
    """
    try:
        import psycopg
    except ImportError:
        raise ConfigurationError(
            "psycopg is not installed, which speaks with PostgreSQL: pip install 'b2brouter-async[postgres]'"
        ) from None
    return psycopg


class DatabaseURL:
    """The address of a database: `postgresql://user:password@host:5432/name`. Neither `repr` nor `str` shows the password.

    What the address leaves out, libpq takes from its own variables and files (PGHOST, PGPASSWORD, .pgpass).
    """

    __slots__ = ("_parts", "_shown")

    def __init__(self, url: str) -> None:
        """Take an address apart.

        Raises:
            ConfigurationError: it is none, or psycopg is not installed. The text shows nothing of it.
        """
        conninfo: Any = driver().conninfo
        if not url.startswith(SCHEMES):
            raise ConfigurationError(
                "this is no address of a PostgreSQL; write it as postgresql://user:password@host:5432/name",
                argument="database",
            )
        try:
            parts: dict[str, str] | None = conninfo.conninfo_to_dict(url)
        except Exception:  # its text quotes the address
            parts = None
        if parts is None:
            raise ConfigurationError(
                "the address of the database can't be read; write it as postgresql://user:password@host:5432/name, "
                "with %-escapes for @, :, / and % in a password",
                argument="database",
            )
        self._parts = {name: str(value) for name, value in parts.items()}
        if "," in self._parts.get("host", "") and "PGTARGETSESSIONATTRS" not in os.environ:
            # Of several servers one leads, and the others can only be read.
            self._parts.setdefault("target_session_attrs", "read-write")
        host, port, name = (self._parts.get(key, "") for key in ("host", "port", "dbname"))
        user = f"{self._parts['user']}@" if "user" in self._parts else ""
        # A socket's folder would read as a path.
        where = "" if host.startswith(("/", "@")) else f"{host}{f':{port}' if port else ''}"
        self._shown = f"postgresql://{user}{where}/{name}"

    def reveal(self, **defaults: str) -> dict[str, str]:
        """Return the parts, the password among them, for the driver alone.

        Args:
            defaults: what holds where the address says nothing.
        """
        return {**defaults, **self._parts}

    def scrub(self, text: str) -> str:
        """Return text without the password."""
        for secret in (self._parts.get("password"), os.environ.get("PGPASSWORD")):
            if secret:
                text = text.replace(secret, "…")
        return text

    def __str__(self) -> str:
        return self._shown

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self._shown}>"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, DatabaseURL) and self._parts == other._parts

    def __hash__(self) -> int:
        return hash(tuple(sorted(self._parts.items())))

"""What an error of PostgreSQL means: whether it may pass by itself, and what a person does where it doesn't.

By SQLSTATE, and not by words, which a server says in its own language. Only while a connection is made no SQLSTATE comes
through (libpq keeps it): there the words of an English server are known. In another language such an error is waited for.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from .url import DatabaseURL

_STARTING: Final = (
    ("28P01", r"password authentication failed|no password supplied|no such user|SASL authentication failed"),
    (
        "28000",
        r"no pg_hba\.conf entry|role .* does not exist|authentication failed for user|not permitted to log in"
        r"|(?:connection requires|requires) a valid client certificate",
    ),
    ("3D000", r"database .* does not exist|no such database"),
    ("55000", r"not currently accepting connections"),
    ("42501", r"permission denied for database"),
    ("TLS", r"server does not support SSL|certificate verify failed|root certificate file .* does not exist"),
)
"""What a server that doesn't let anybody in says, by SQLSTATE."""
_PASSING: Final = frozenset({"08", "40", "53", "57"})
"""Classes of what passes: connections, others in the way, too little room, an operator at work."""
_PASSING_STATES: Final = frozenset({"55P03", "55006", "25P03"})
"""A lock that somebody has; an object in use; a transaction of ours that was idle for too long."""
_TABLES: Final = frozenset({"3F000", "42P01", "42703", "42704", "42883"})
_RIGHTS: Final = frozenset({"42501"})
_ENTRANCE: Final = frozenset({"28000", "28P01"})


def state_of(error: BaseException) -> str | None:
    """Return the SQLSTATE of an error; None where the server said none, mostly because nobody answered."""
    state = getattr(error, "sqlstate", None)
    if state is not None:
        return str(state)
    text = str(error)
    return next((state for state, words in _STARTING if re.search(words, text)), None)


def passes(error: BaseException) -> bool:
    """Tell whether what is wrong may be right in a moment, without anybody doing anything about it."""
    state = state_of(error)
    if state is None:
        return True
    return state[:2] in _PASSING or state in _PASSING_STATES


def way_out(error: BaseException, schema: str | None = None) -> str | None:
    """Return what a person does about an error that doesn't pass; None where nothing is known.

    Args:
        error: the driver's.
        schema: of ours, where it has a part in it.
    """
    state = state_of(error)
    text = str(error)
    if state in _ENTRANCE:
        return "mend user and password in its address (or PGPASSWORD, ~/.pgpass), or the server's pg_hba.conf"
    if state == "3D000":
        return "mend the database's name in its address, or make it with createdb"
    if state == "55000" and "accepting connections" in text:
        return "have its owner allow connections to it"
    if state == "TLS":
        return "mend sslmode and sslrootcert in its address"
    if state == "25006" or (state == "0A000" and "recovery" in text):
        return "it can only be read: name the server that leads, or all of them with target_session_attrs=read-write"
    if state in _RIGHTS:
        on = "this database" if schema is None else f"the schema {schema}"
        return f"have its owner grant this role what it needs on {on}"
    if state in _TABLES:
        return "bring its tables to this version with 'b2brouter migrate'"
    return None


def text_of(url: DatabaseURL, error: BaseException) -> str:
    """Return an error in one line, without the password and the statement that it was met in.

    Args:
        url: the database.
        error: the driver's.
    """
    said = getattr(getattr(error, "diag", None), "message_primary", None)
    return " ".join(url.scrub(str(said or error)).split())


def told(url: DatabaseURL, error: BaseException, schema: str | None = None) -> str:
    """Return an error in one line, without the password, and what is to be done about it.

    Args:
        url: the database.
        error: the driver's.
        schema: of ours, where it has a part in it.
    """
    problem = text_of(url, error)
    way = way_out(error, schema)
    return problem if way is None else f"{problem}; {way}"

"""Databases with settings of their own: everything works as in a plain one, or is refused before anything is sent."""

from __future__ import annotations

from typing import TYPE_CHECKING

import psycopg
import pytest
from attrs import evolve

from b2brouter_async import ConfigurationError
from b2brouter_async.bulk import JournalError, Ledger
from b2brouter_async.fleet import Outbox, install_engine, migrate, migration_sql
from b2brouter_async.fleet.overview import Overview

from .support import Look, journal_of, process, row

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ..postgres import PostgresServer

pytestmark = pytest.mark.anyio
ODD_TEXT = "Año 年 😀 €"


@pytest.fixture
def make(postgres_server: PostgresServer) -> Iterator[Callable[..., str]]:
    """Makes databases with an encoding and settings, and drops them in the end."""
    names: list[str] = []

    def made(*settings: str, encoding: str = "UTF8") -> str:
        name = f"odd_{len(names)}"
        names.append(name)
        with postgres_server.connect("postgres") as connection:
            connection.execute(
                f"CREATE DATABASE {name} TEMPLATE template0 ENCODING '{encoding}' LC_COLLATE 'C' LC_CTYPE 'C'".encode()
            )
            for setting in settings:
                connection.execute(f"ALTER DATABASE {name} SET {setting}".encode())
        return postgres_server.url(name)

    yield made
    for name in names:
        postgres_server.drop(name)


@pytest.mark.parametrize(
    "setting",
    [
        "default_transaction_read_only = on",
        "default_transaction_isolation = 'serializable'",
        "default_transaction_deferrable = on",
        "DateStyle = 'German, DMY'",
        "DateStyle = 'SQL, MDY'",
        "IntervalStyle = 'sql_standard'",
        "TimeZone = 'America/Caracas'",
        "TimeZone = '<+03>-3'",
        "bytea_output = 'escape'",
        "standard_conforming_strings = off",
        "client_encoding = 'LATIN1'",
        "extra_float_digits = -3",
        "search_path = ''",
        "lock_timeout = 1",
        "idle_in_transaction_session_timeout = 500",
        "synchronous_commit = off",
        "transform_null_equals = on",
    ],
)
async def test_settings_of_the_database_change_nothing(make: Callable[..., str], setting: str) -> None:
    url = make(setting)
    migrate(url)
    install_engine(url)
    async with process(url) as ledger:
        journal = await journal_of(ledger)
        claim = await journal.claim(row(source=f"{ODD_TEXT}.xml"))
        outcome = evolve(claim.row.outcome, kind="created", invoice_id=5, message=ODD_TEXT)
        await journal.record(evolve(claim.row, stage="done", outcome=outcome))
        known = await journal.find("a" * 64)
        assert known is not None
        assert (known.outcome.source, known.outcome.message) == (f"{ODD_TEXT}.xml", ODD_TEXT)
    async with Outbox(url, environment="sandbox", account=1) as outbox:
        with psycopg.connect(url) as connection:
            connection.read_only = False
            document = outbox.add_sync(b"<Invoice/>", connection=connection, name="order", tell=True)
        assert (await outbox.look([document]))[document].kind == "unknown"
        Look(url).rows(
            "BEGIN READ WRITE; UPDATE b2brouter.documents SET stage = 'done', kind = 'refused',"
            f" settled = clock_timestamp() WHERE id = {document}; COMMIT"
        )
        assert (await outbox.outcome(document, timeout=20.0)).kind == "refused"
        told: list[int] = []
        assert await outbox.tell(lambda document, outcome: told.append(document)) == 1
        assert told == [document]
    overview = Overview(url)
    assert overview.stats().counts == {"created": 1, "refused": 1}
    overview.retry(document)
    assert overview.stats().counts == {"created": 1, "in doubt": 1}


@pytest.mark.parametrize("encoding", ["LATIN1", "SQL_ASCII"])
async def test_a_database_that_can_t_hold_every_text_is_refused_before_anything_is_sent(
    make: Callable[..., str], encoding: str
) -> None:
    url = make(encoding=encoding)
    with pytest.raises(ConfigurationError, match="createdb --encoding=UTF8"):
        migrate(url)
    with pytest.raises(JournalError, match="createdb --encoding=UTF8"):
        await Ledger.open(url)


@pytest.mark.parametrize(
    "name", ["user", "order", "all", "table", "information_schema", "b2brouter-2", "Rechnungen"]
)
def test_a_schema_whose_name_would_need_quotes_is_refused_by_name(name: str) -> None:
    with pytest.raises(ConfigurationError, match="can't be the name of a schema"):
        migration_sql(name)


def test_every_word_that_the_server_keeps_for_itself_is_refused(make: Callable[..., str]) -> None:
    with psycopg.connect(make()) as connection:
        words = connection.execute(
            "SELECT word FROM pg_get_keywords() WHERE catcode IN ('R', 'T')"
        ).fetchall()
    assert len(words) > 90
    for (word,) in words:
        with pytest.raises(ConfigurationError, match="can't be the name of a schema"):
            migration_sql(word)

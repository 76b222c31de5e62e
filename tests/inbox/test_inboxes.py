"""What every inbox does, whatever it is kept in."""

from __future__ import annotations

import contextlib
import logging
import multiprocessing
import os
import sqlite3
import threading
from typing import TYPE_CHECKING, Any

import pytest

from b2brouter_async.webhooks import InboxError, MemoryInbox, RedisInbox, SQLiteInbox

from .conftest import Clock

if TYPE_CHECKING:
    from pathlib import Path

    from tests.limiter.conftest import RedisServer

    from .conftest import Opening


def test_a_key_is_stored_once_also_by_many_at_the_same_time(opening: Opening) -> None:
    inboxes = [opening() for _ in range(4)]
    stored: list[bool] = []

    def put_all(inbox_number: int) -> None:
        stored.extend(inboxes[inbox_number].put("q", f"key-{number}", b"body") for number in range(50))

    threads = [threading.Thread(target=put_all, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(stored), sum(stored)) == (200, 50)
    assert opening().waiting("q") == 50


def test_a_file_that_another_makes_an_inbox_meanwhile_is_none_of_another_program(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "inbox.sqlite"
    other = SQLiteInbox(path, patience=0)
    connect = sqlite3.connect

    class Meanwhile(sqlite3.Connection):
        def execute(self, sql: str, *values: Any) -> sqlite3.Cursor:
            if sql == "PRAGMA user_version":
                monkeypatch.setattr(sqlite3, "connect", connect)
                with contextlib.suppress(InboxError):  # it may have to wait until the file was looked at
                    other.put("q", "theirs", b"")
            return super().execute(sql, *values)

    def connecting(*arguments: Any, **options: Any) -> sqlite3.Connection:
        return connect(*arguments, factory=Meanwhile, **options)

    monkeypatch.setattr(sqlite3, "connect", connecting)
    inbox = SQLiteInbox(path)

    assert inbox.put("q", "ours", b"")
    other.put("q", "theirs", b"")
    assert inbox.waiting("q") == 2
    inbox.close()
    other.close()


def test_an_item_is_taken_by_one_of_many(opening: Opening) -> None:
    inbox = opening()
    for number in range(200):
        inbox.put("q", f"key-{number}", b"%d" % number)
    inboxes = [opening() for _ in range(4)]
    taken: list[str] = []

    def take_all(number: int) -> None:
        while items := inboxes[number].take("q", f"owner-{number}", most=7, lease=60):
            taken.extend(item.key for item in items)

    threads = [threading.Thread(target=take_all, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(taken) == sorted(f"key-{number}" for number in range(200))


def test_an_item_comes_with_its_bytes_and_ends_for_good(opening: Opening) -> None:
    inbox = opening()
    body = bytes(range(256))
    assert inbox.put("q", "key", body)
    (item,) = inbox.take("q", "me", most=10, lease=60)
    assert (item.key, item.body, item.tries, item.note, item.problem) == ("key", body, 1, "", None)
    assert not opening().finished("q", "key")
    assert inbox.done("key", "me")
    assert opening().finished("q", "key")
    assert not opening().finished("other", "key")
    assert (inbox.waiting("q"), inbox.take("q", "me", most=10, lease=60)) == (0, [])
    assert not inbox.put("q", "key", body), "a late repeat is still known"
    assert not inbox.done("key", "me")


def test_only_the_owner_changes_what_is_taken(opening: Opening) -> None:
    inbox = opening()
    inbox.put("q", "key", b"")
    inbox.take("q", "me", most=1, lease=60)
    other = opening()
    assert not other.done("key", "you")
    assert not other.again("key", "you", delay=0, problem="")
    assert not other.give_back("key", "you")
    assert not other.bury("key", "you", problem="")
    assert not other.renew("key", "you", lease=60)
    assert not other.note("key", "you", "far")
    assert not other.done("another", "me")
    assert inbox.done("key", "me")


def test_a_lease_that_ran_out_lets_another_take_it_and_the_first_end_nothing(opening: Opening) -> None:
    inbox = opening()
    inbox.put("q", "key", b"")
    inbox.take("q", "first", most=1, lease=0)
    inbox.note("key", "first", "half")
    (item,) = opening().take("q", "second", most=1, lease=60)
    assert (item.tries, item.note) == (2, "half")
    assert not inbox.renew("key", "first", lease=60)
    assert not inbox.done("key", "first")
    assert inbox.take("q", "first", most=1, lease=60) == []
    assert inbox.done("key", "second")


def test_a_renewed_lease_holds(opening: Opening) -> None:
    inbox = opening()
    inbox.put("q", "key", b"")
    inbox.take("q", "me", most=1, lease=0)
    assert inbox.renew("key", "me", lease=60)
    assert opening().take("q", "you", most=1, lease=60) == []


def test_a_failed_item_waits_for_its_pause_and_says_why(opening: Opening) -> None:
    inbox = opening()
    inbox.put("q", "key", b"")
    inbox.take("q", "me", most=1, lease=60)
    assert inbox.again("key", "me", delay=60, problem="Error: ñ")
    assert inbox.take("q", "me", most=1, lease=60) == []
    assert inbox.waiting("q") == 1
    inbox.put("q", "other", b"")
    inbox.take("q", "me", most=1, lease=60)
    assert inbox.again("other", "me", delay=0, problem="Error: ñ")
    (item,) = inbox.take("q", "me", most=2, lease=60)
    assert (item.key, item.tries, item.problem) == ("other", 2, "Error: ñ")


def test_a_try_that_was_none_is_not_counted(opening: Opening) -> None:
    inbox = opening()
    inbox.put("q", "key", b"")
    for counted, tries in ((False, 1), (False, 1), (True, 1), (False, 2)):
        (item,) = inbox.take("q", "me", most=1, lease=60)
        assert item.tries == tries
        assert inbox.again("key", "me", delay=0, problem="away", counted=counted)


def test_what_is_given_back_counts_no_try(opening: Opening) -> None:
    inbox = opening()
    inbox.put("q", "key", b"")
    for _ in range(3):
        (item,) = inbox.take("q", "me", most=1, lease=60)
        assert item.tries == 1
        assert inbox.give_back("key", "me")


def test_the_dead_are_listed_with_their_problem_and_retried_by_hand_alone(opening: Opening) -> None:
    inbox = opening()
    for key in ("one", "two"):
        inbox.put("q", key, b"body")
        inbox.take("q", "me", most=1, lease=60)
        assert inbox.bury(key, "me", problem="no")
    assert inbox.take("q", "me", most=9, lease=60) == []
    assert inbox.waiting("q") == 0
    assert [(item.key, item.body, item.problem) for item in opening().dead("q")] == [
        ("one", b"body", "no"),
        ("two", b"body", "no"),
    ]
    assert not inbox.put("q", "one", b"body"), "a repeat brings nobody back to life"
    assert opening().retry("q", "one")
    assert not inbox.retry("q", "one")
    assert not inbox.retry("other", "two")
    (item,) = inbox.take("q", "me", most=9, lease=60)
    assert (item.key, item.tries, item.body) == ("one", 1, b"body")
    assert [item.key for item in inbox.dead("q")] == ["two"]


def test_queues_do_not_see_each_others_items(opening: Opening) -> None:
    inbox = opening()
    inbox.put("a", "a-key", b"")
    inbox.put("b", "b-key", b"")
    assert [item.key for item in inbox.take("a", "me", most=9, lease=60)] == ["a-key"]
    assert (inbox.waiting("a"), inbox.waiting("b")) == (1, 1)
    inbox.bury("a-key", "me", problem="")
    assert inbox.dead("b") == []


def test_no_more_are_taken_than_asked_for_and_the_oldest_first(opening: Opening) -> None:
    inbox = opening()
    for number in range(5):
        inbox.put("q", f"key-{number}", b"")
    taken = [item.key for item in inbox.take("q", "me", most=2, lease=60)]
    assert taken == ["key-0", "key-1"]


def test_after_closing_it_opens_again(opening: Opening) -> None:
    inbox = opening()
    inbox.put("q", "key", b"")
    inbox.close()
    assert inbox.waiting("q") == 1


def test_memory_says_that_it_forgets(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        inbox = MemoryInbox()
    assert "lost when the process ends" in caplog.text
    assert not inbox.durable


@pytest.mark.parametrize("kind", ["memory", "sqlite"])
def test_the_keys_of_finished_items_are_forgotten_after_a_month(kind: str, tmp_path: Path) -> None:
    clock = Clock()
    inbox = MemoryInbox(clock=clock) if kind == "memory" else SQLiteInbox(tmp_path / "i.sqlite", clock=clock)
    inbox.put("q", "done", b"")
    inbox.take("q", "me", most=1, lease=60)
    inbox.done("done", "me")
    inbox.put("q", "dead", b"")
    inbox.take("q", "me", most=1, lease=60)
    inbox.bury("dead", "me", problem="")
    clock.now += 29 * 86_400
    inbox.take("q", "me", most=1, lease=60)
    assert not inbox.put("q", "done", b"")
    clock.now += 2 * 86_400
    inbox.take("q", "me", most=1, lease=60)
    assert not inbox.put("q", "dead", b""), "what was set aside is never forgotten"
    assert inbox.put("q", "done", b"")


def test_redis_forgets_finished_keys_by_itself_and_no_others(inbox_redis: RedisServer) -> None:
    import redis

    inbox = RedisInbox(inbox_redis.url, name="expiring", keep=100)
    for key in ("done", "waiting"):
        inbox.put("q", key, b"body")
    inbox.take("q", "me", most=1, lease=60)
    inbox.done("done", "me")
    client = redis.Redis.from_url(inbox_redis.url)
    assert 0 < client.ttl("{expiring}:item:done") <= 100
    assert client.ttl("{expiring}:item:waiting") == -1
    assert client.hget("{expiring}:item:done", "body") is None


def test_redis_that_is_away_is_an_inbox_error_and_shows_no_password() -> None:
    inbox = RedisInbox("redis://:very-secret@127.0.0.1:1/0", timeout=0.2)
    with pytest.raises(InboxError) as caught:
        inbox.put("q", "key", b"")
    assert "very-secret" not in str(caught.value) + repr(inbox)


def test_a_locked_file_is_an_inbox_error_after_a_short_wait(tmp_path: Path) -> None:
    inbox = SQLiteInbox(tmp_path / "i.sqlite", patience=0.05)
    inbox.put("q", "key", b"")
    other = sqlite3.connect(tmp_path / "i.sqlite", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(InboxError, match="locked"):
        inbox.put("q", "second", b"")
    other.execute("COMMIT")
    other.close()
    assert inbox.put("q", "second", b"")


@pytest.mark.parametrize("what", ["folder", "text", "database", "version"])
def test_a_file_that_is_no_inbox_is_left_as_it_is(what: str, tmp_path: Path) -> None:
    path = tmp_path / "file"
    if what == "folder":
        path.mkdir()
    elif what == "text":
        path.write_text("not a database at all, " * 50)
    else:
        connection = sqlite3.connect(path)
        connection.execute("CREATE TABLE theirs (a)" if what == "database" else "PRAGMA user_version = 7")
        if what == "version":
            connection.execute(f"PRAGMA application_id = {0x42324249}")
        connection.commit()
        connection.close()
    before = path.read_bytes() if path.is_file() else b""
    with pytest.raises(InboxError):
        SQLiteInbox(path).put("q", "key", b"")
    assert (path.read_bytes() if path.is_file() else b"") == before


def test_a_stored_item_is_on_the_disk_when_put_returns(tmp_path: Path) -> None:
    inbox = SQLiteInbox(tmp_path / "i.sqlite")
    inbox.put("q", "key", b"")
    connection = inbox._connection
    assert connection is not None
    assert connection.execute("PRAGMA synchronous").fetchone() == (2,)
    assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)


def _put_in_child(inbox: SQLiteInbox, done: int) -> None:
    inbox.put("q", "child", b"")
    os.write(done, b"x")


def test_a_file_opened_before_a_fork_is_opened_again_after_it(tmp_path: Path) -> None:
    inbox = SQLiteInbox(tmp_path / "i.sqlite")
    inbox.put("q", "parent", b"")
    reading, writing = os.pipe()
    child = multiprocessing.get_context("fork").Process(target=_put_in_child, args=(inbox, writing))
    child.start()
    child.join()
    assert os.read(reading, 1) == b"x"
    os.close(reading)
    os.close(writing)
    assert inbox.waiting("q") == 2

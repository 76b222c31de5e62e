"""What people see of a ledger, and what they may do about it: trying again is safe by construction."""

from __future__ import annotations

import csv
import datetime
import io
import re
import shutil
import tempfile
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import anyio
import httpx
import psycopg
import pytest
import simplejson
from attrs import evolve

from b2brouter_async import ArgumentError, ConfigurationError
from b2brouter_async.bulk import JournalError, Ledger
from b2brouter_async.cli import ledger_page, main
from b2brouter_async.cli.ledger_page import ledger_app
from b2brouter_async.fleet import Deliverer, DocumentKeys, Filter, Outbox, Overview
from b2brouter_async.simulator import Fault, Simulator
from tests.browser import CHROMIUM, browser
from tests.simulator.test_page import FLAGS

from .support import Look
from .test_outbox import invoice, settle
from .test_worker import PATIENCE, Bench, in_thread

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

    from b2brouter_async.fleet.overview import Seen

pytestmark = [pytest.mark.anyio, pytest.mark.nightly]
DAY = datetime.timedelta(days=1)


@pytest.fixture
def overview(database: str) -> Overview:
    return Overview(database)


@pytest.fixture
def look(database: str) -> Look:
    return Look(database)


def add(database: str, count: int = 1, *, first: int = 1, **options: Any) -> list[int]:
    outbox = Outbox(database, **{"environment": "sandbox", "account": 1234, **options})
    with psycopg.connect(database) as connection:
        return [
            outbox.add_sync(invoice(f"F-{number}"), connection=connection, name=f"order {number}")
            for number in range(first, first + count)
        ]


def seen(overview: Overview, document: int) -> Seen:
    found = overview.document(document)
    assert found is not None
    return found[0]


def holder(look: Look, seconds: float, document: int) -> None:
    """Have a process hold a document, its lease over in some seconds."""
    look.rows(
        "WITH h AS (INSERT INTO b2brouter.holders (name, lease, ends) VALUES ('machine:7', 60,"
        " clock_timestamp() + make_interval(secs => %(seconds)s)) RETURNING id)"
        " UPDATE b2brouter.documents SET stage = 'sending', holder = (SELECT id FROM h), fence = 99 WHERE id = %(id)s",
        seconds=seconds,
        id=document,
    )


class TestSeeing:
    def test_documents_are_listed_and_chosen(self, database: str, overview: Overview, look: Look) -> None:
        first, second, third, fourth = add(database, 4)
        (other,) = add(database, account=77, first=9)
        settle(look, first, "created", invoice_id=5)
        settle(look, second, "refused", code="parameter_blank", param="contact", message="It is missing.")
        look.rows("UPDATE b2brouter.documents SET stage = 'sending' WHERE id = %(id)s", id=third)
        look.rows(
            "UPDATE b2brouter.documents SET added = added - interval '3 days' WHERE id = %(id)s", id=fourth
        )

        def ids(**which: Any) -> list[int]:
            return [seen.id for seen in overview.documents(Filter(**which))]

        today = datetime.datetime.now(datetime.UTC).date()
        assert ids() == [other, fourth, third, second, first]
        assert ids(account="77") == [other]
        assert ids(kinds=["refused", "created"]) == [second, first]
        assert ids(open=True) == [other, fourth, third]
        assert ids(in_doubt=True) == [third]
        assert ids(number="F-2") == [second]
        assert ids(source="ORDER 3") == [third]
        assert ids(source="%") == []
        assert ids(until=today - DAY) == [fourth]
        assert ids(since=today - DAY, account="1234") == [third, second, first]
        assert [one.id for one in overview.documents(most=2)] == [other, fourth]
        found = overview.document(second)
        assert found is not None
        seen, _ = found
        assert (seen.what, seen.why, seen.kept, seen.encrypted) == (
            "refused",
            "parameter_blank (contact): It is missing.",
            "invoice",
            False,
        )
        assert overview.document(10**9) is None

    def test_many_are_read_page_by_page(
        self, database: str, overview: Overview, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("b2brouter_async.fleet.overview._AT_ONCE", 3)
        documents = add(database, 8)
        assert [one.id for one in overview.documents()] == documents[::-1]
        assert [one.id for one in overview.documents(most=5)] == documents[:2:-1]
        assert len(list(overview.documents(most=6))) == 6

    def test_it_tells_how_the_ledger_stands(self, database: str, overview: Overview, look: Look) -> None:
        documents = add(database, 5)
        add(database, 1, account=77, first=9, environment="staging")
        for document in documents[:2]:
            settle(look, document)
        settle(look, documents[2], "refused")
        holder(look, 60, documents[3])
        look.rows(
            "UPDATE b2brouter.documents SET settled = clock_timestamp() - interval '90 seconds' WHERE id = 1"
        )
        look.rows("INSERT INTO b2brouter.untold (document) VALUES (1)")
        stats = overview.stats()
        assert dict(stats.counts) == {"created": 2, "refused": 1, "in doubt": 1, "open": 2}
        assert (stats.total, stats.untold, stats.kept, stats.unencrypted) == (6, 1, 6, 6)
        assert (stats.minutes[-1], stats.minutes[-2]) == (2, 1)
        assert stats.per_minute == 0.2
        assert stats.limit == 1200, "sandbox and staging"
        (process,) = stats.processes
        assert (process.name, process.held) == ("machine:7", 1)
        assert 50 < process.left <= 60
        assert {(day.account, day.total) for day in stats.days} == {("1234", 5), ("77", 1)}
        assert overview.stats(account="77").total == 1
        assert stats.oldest_open is not None

    def test_an_old_transaction_is_told(self, database: str, overview: Overview) -> None:
        with psycopg.connect(database) as other:
            other.execute("SELECT 1")
            assert overview.stats().oldest_transaction is not None

    def test_a_database_without_the_tables_says_so(self, empty_database: str) -> None:
        with pytest.raises(JournalError, match="b2brouter migrate"):
            Overview(empty_database).stats()
        with pytest.raises(JournalError) as caught:
            Overview("postgresql://me:secret@127.0.0.1:1/x").stats()
        assert "secret" not in str(caught.value)


class TestSteering:
    @pytest.mark.parametrize(
        ("kind", "stage"), [("refused", "sending"), ("duplicate", "sending"), ("invalid", "open")]
    )
    def test_what_was_refused_is_looked_for_before_it_is_sent_again(
        self, database: str, overview: Overview, look: Look, kind: str, stage: str
    ) -> None:
        (document,) = add(database)
        settle(look, document, kind, message="no", fence=7)
        overview.retry(document)
        (row,) = look.rows(
            "SELECT stage, kind, settled, message, holder, fence <> 7 FROM b2brouter.documents"
        )
        assert row == (stage, "unknown", None, None, None, True)
        overview.retry(document)

    @pytest.mark.parametrize(
        ("kind", "why"),
        [
            ("created", "on the server as invoice 5"),
            ("adopted", "on the server"),
            ("created_with_errors", "mend it there"),
        ],
    )
    def test_what_is_on_the_server_is_never_tried_again(
        self, database: str, overview: Overview, look: Look, kind: str, why: str
    ) -> None:
        (document,) = add(database)
        settle(look, document, kind, invoice_id=5)
        before = look.rows("SELECT * FROM b2brouter.documents")
        with pytest.raises(ArgumentError, match=why):
            overview.retry(document)
        assert look.rows("SELECT * FROM b2brouter.documents") == before

    def test_what_is_worked_on_gone_or_unknown_is_left_alone(
        self, database: str, overview: Overview, look: Look
    ) -> None:
        held, purged = add(database, 2)
        holder(look, 60, held)
        look.rows("DELETE FROM b2brouter.contents WHERE document = %(id)s", id=purged)
        settle(look, purged, "refused")
        for number, why in ((held, "machine:7 works on it"), (purged, "purged"), (10**9, "no document")):
            with pytest.raises(ArgumentError, match=why):
                overview.retry(number)
        with pytest.raises(ArgumentError, match="settled"):
            overview.release(purged)

    def test_a_number_that_is_under_way_is_waited_for(
        self, database: str, overview: Overview, look: Look
    ) -> None:
        first, second = add(database, 2)
        settle(look, first, "refused")
        look.rows(
            "UPDATE b2brouter.documents SET number = 'F-1', stage = 'sending' WHERE id = %(id)s", id=second
        )
        with pytest.raises(ArgumentError, match="another document with its number"):
            overview.retry(first)

    def test_a_living_process_is_not_interrupted_and_a_dead_one_gives_up_what_it_has(
        self, database: str, overview: Overview, look: Look
    ) -> None:
        (document,) = add(database)
        holder(look, 60, document)
        with pytest.raises(ArgumentError, match="lives"):
            overview.release(document)
        assert seen(overview, document).what == "being worked on"
        look.rows("UPDATE b2brouter.holders SET ends = clock_timestamp() - interval '1 second'")
        assert seen(overview, document).what == "left by a dead process"
        with pytest.raises(ArgumentError, match="machine:7 had it, and its lease is over"):
            overview.retry(document)
        overview.release(document)
        assert look.rows("SELECT holder, due <= clock_timestamp(), stage FROM b2brouter.documents") == [
            (None, True, "sending")
        ]
        assert look.one("SELECT count(*) FROM b2brouter.holders WHERE buried IS NULL") == 0

    @pytest.mark.parametrize("anyio_backend", ["asyncio"])
    async def test_pressed_often_it_makes_one_invoice(self, database: str, overview: Overview) -> None:
        simulator = Simulator(api_key="test_fleet", limit=None)
        simulator.faults.add(Fault("422", operation="POST /accounts/{}/invoices/import", times=1))
        async with simulator.serve() as url:
            bench = Bench(database, simulator, url)
            (document,) = await in_thread(bench.add, 1)
            async with bench.client() as client, await Ledger.open(database) as ledger:
                deliverer = Deliverer(ledger, client, patience=PATIENCE)
                assert (await deliverer.deliver(document)).kind == "refused"
                await in_thread(overview.retry, document)
                await in_thread(overview.retry, document)
                async with anyio.create_task_group() as tasks:
                    for _ in range(4):
                        tasks.start_soon(deliverer.deliver, document)
                outcome = await deliverer.deliver(document)
                assert outcome.kind == "created"
                with pytest.raises(ArgumentError, match="on the server"):
                    await in_thread(overview.retry, document)
            assert await bench.accepted() == {"F-1": 1}

    @pytest.mark.parametrize("anyio_backend", ["asyncio"])
    async def test_what_somebody_has_sent_meanwhile_is_found_and_not_sent(
        self, database: str, overview: Overview
    ) -> None:
        simulator = Simulator(api_key="test_fleet", limit=None)
        simulator.faults.add(Fault("422", operation="POST /accounts/{}/invoices/import", times=1))
        async with simulator.serve() as url:
            bench = Bench(database, simulator, url)
            (document,) = await in_thread(bench.add, 1)
            async with bench.client() as client, await Ledger.open(database) as ledger:
                deliverer = Deliverer(ledger, client, patience=PATIENCE)
                assert (await deliverer.deliver(document)).kind == "refused"
                from examples.sample_invoices import ubl_invoice

                by_hand = await client.invoices.import_document(
                    simulator.account, content=ubl_invoice(number="F-1"), issued=True
                )
                await in_thread(overview.retry, document)
                outcome = await deliverer.deliver(document)
            assert (outcome.kind, outcome.invoice_id) == ("adopted", by_hand.id)
            assert await bench.accepted() == {"F-1": 1}

    def test_keys_are_changed(self, database: str, overview: Overview, look: Look) -> None:
        old, new = DocumentKeys.generate(), DocumentKeys.generate()
        add(database, 3)
        add(database, 60, keys=DocumentKeys(old), first=10)
        assert overview.rotate(DocumentKeys([new, old])) == 63
        assert overview.rotate(DocumentKeys([new, old])) == 0
        keys = DocumentKeys(new)
        assert all(
            keys.is_newest(bytes(body)) for (body,) in look.rows("SELECT body FROM b2brouter.contents")
        )
        assert overview.stats().unencrypted == 0
        (lost,) = add(database, keys=DocumentKeys(old), first=90)
        with pytest.raises(ConfigurationError, match=f"keys: document {lost}: .*another key"):
            overview.rotate(keys)


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str, str]]:
    def call(*arguments: object) -> tuple[int, str, str]:
        capsys.readouterr()
        with pytest.raises(SystemExit) as end:
            main([str(argument) for argument in arguments])
        out, err = capsys.readouterr()
        return int(end.value.code or 0), out, err

    return call


class TestCommandLine:
    def test_list_show_and_stats(
        self, database: str, look: Look, run: Callable[..., tuple[int, str, str]]
    ) -> None:
        first, second = add(database, 2)
        settle(look, first, "refused", message="no \x1b[31mred", code="x")
        look.rows(
            "INSERT INTO b2brouter.sightings (document, invoice_id, seen_by) VALUES (%(id)s, 99, 'machine:7')",
            id=second,
        )
        code, out, _ = run("journal", database)
        assert code == 0
        assert "order 1" in out
        assert "order 2" in out
        assert "\x1b[31mred" not in out
        assert "order 2" not in run("journal", database, "list", "--failed")[1]
        assert "order 1" not in run("journal", database, "list", "--open")[1]
        shown = run("journal", database, "show", second)[1]
        assert "invoice 99 was seen by machine:7" in shown
        assert "retry: possible" in shown
        as_json = simplejson.loads(run("journal", database, "show", second, "--json")[1])
        assert (as_json["number"], as_json["sightings"][0]["invoice_id"]) == ("F-2", 99)
        stats = run("journal", database, "stats")[1]
        assert "2 documents: 1 open, 1 refused" in stats
        assert "1234" in stats
        assert simplejson.loads(run("journal", database, "stats", "--json")[1])["total"] == 2

    def test_every_choice_reaches_the_list_the_export_and_what_is_done(
        self, database: str, look: Look, run: Callable[..., tuple[int, str, str]]
    ) -> None:
        first, second, third = add(database, 3)
        (other,) = add(database, account=77, first=9)
        settle(look, first, "refused")
        look.rows("UPDATE b2brouter.documents SET stage = 'sending' WHERE id = %(id)s", id=second)
        look.rows(
            "UPDATE b2brouter.documents SET added = added - interval '3 days' WHERE id = %(id)s", id=third
        )
        today = datetime.datetime.now(datetime.UTC).date()

        def chosen(*options: object) -> list[int]:
            listed = [
                simplejson.loads(line)["id"]
                for line in run("journal", database, "--json", *options)[1].splitlines()
            ]
            exported = csv.DictReader(io.StringIO(run("journal", database, "export", *options)[1]))
            assert [int(row["id"]) for row in exported] == listed
            return listed

        assert chosen("--account", 77) == [other]
        assert chosen("--until", today - DAY) == [third]
        assert chosen("--since", today - DAY) == [other, second, first]
        assert chosen("--in-doubt") == [second]
        assert chosen("--kind", "refused") == [first]
        assert chosen("--source", "ORDER 3") == [third]
        assert "1 document released" in run("journal", database, "release", "--account", 77)[1]
        assert "1 document released" in run("journal", database, "release", "--in-doubt")[1]

    def test_more_than_a_screen_is_cut_off_and_said_and_shown_if_asked_for(
        self,
        database: str,
        run: Callable[..., tuple[int, str, str]],
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        monkeypatch.setattr("b2brouter_async.cli.ledger.SHOWN", 2)
        add(database, 3)
        _, out, err = run("journal", database)
        assert ("order 1" in out, "The newest 2" in err) == (False, True)
        _, out, err = run("journal", database, "--all")
        assert ("order 1" in out, "The newest" in err) == (True, False)

    def test_stats_tell_what_a_person_should_look_at(
        self, database: str, look: Look, run: Callable[..., tuple[int, str, str]]
    ) -> None:
        def stats() -> str:
            return " ".join(run("journal", database, "stats")[1].split())

        sealed, plain, _ = (
            *add(database, keys=DocumentKeys(DocumentKeys.generate())),
            *add(database, 2, first=2),
        )
        before = stats()
        assert "3 documents kept" in before
        assert "2 of them not encrypted" in before
        for words in ("still to be told", "a transaction is open"):
            assert words not in before
        look.rows("INSERT INTO b2brouter.untold (document) VALUES (%(id)s)", id=plain)
        holder(look, 60, plain)
        with psycopg.connect(database) as other:
            other.execute("SELECT 1")
            assert "a transaction is open" not in stats(), "everybody has one for a moment"
        after = stats()
        assert "1 outcome still to be told" in after
        assert re.search("machine:7 .* left 1 ", after)
        look.rows("UPDATE b2brouter.holders SET ends = clock_timestamp() - interval '1 second'")
        assert re.search("machine:7 .* over 1 ", stats())
        assert ", encrypted" in run("journal", database, "show", sealed)[1]
        assert ", not encrypted" in run("journal", database, "show", plain)[1]

    def test_a_transaction_that_has_been_open_for_long_is_told(
        self, database: str, run: Callable[..., tuple[int, str, str]], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        told = Overview(database).stats()
        for seconds, tells in ((61.0, True), (60.0, False)):
            monkeypatch.setattr(
                Overview,
                "stats",
                lambda self, seconds=seconds, **of: evolve(told, oldest_transaction=seconds),
            )
            assert ("a transaction is open" in run("journal", database, "stats")[1]) == tells

    def test_what_is_steered_is_named_or_chosen(
        self, database: str, look: Look, run: Callable[..., tuple[int, str, str]]
    ) -> None:
        add(database, 2)
        for action in ("retry", "release"):
            code, out, err = run("journal", database, action)
            assert (code, out, "name documents by their numbers" in err) == (2, "", True)
        assert look.one("SELECT count(*) FROM b2brouter.documents WHERE due <= clock_timestamp()") == 0

    def test_only_outcomes_that_were_named_are_purged(
        self, database: str, look: Look, run: Callable[..., tuple[int, str, str]]
    ) -> None:
        first, second = add(database, 2)
        settle(look, first)
        settle(look, second, "refused")
        purge = ("journal", database, "purge", "--keep-documents", 0)
        assert "1 document purged" in run(*purge, "--kind", "refused")[1]
        assert look.rows("SELECT document FROM b2brouter.contents") == [(first,)]
        assert "1 document purged, and all that was known of 1" in run(*purge, "--keep-rows", 0)[1]
        assert look.rows("SELECT id FROM b2brouter.documents") == [(second,)]

    def test_export_has_every_column(
        self, database: str, look: Look, run: Callable[..., tuple[int, str, str]]
    ) -> None:
        add(database, 3)
        look.rows("UPDATE b2brouter.documents SET source = '=1+1' WHERE number = 'F-1'")
        rows = list(csv.DictReader(io.StringIO(run("journal", database, "export")[1])))
        assert len(rows) == 3
        assert rows[-1]["source"] == "'=1+1"
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT[\d:]+Z", rows[0]["added"])
        assert len(run("journal", database, "export", "--json", "--number", "F-2")[1].splitlines()) == 1
        assert run("journal", database, "--csv")[1].startswith("id,")

    def test_a_process_that_is_dead_is_not_said_to_work(
        self, database: str, look: Look, run: Callable[..., tuple[int, str, str]]
    ) -> None:
        (document,) = add(database)
        holder(look, 60, document)
        assert "machine:7 works on it" in run("journal", database, "show", document)[1]
        look.rows("UPDATE b2brouter.holders SET ends = clock_timestamp() - interval '1 second'")
        shown = run("journal", database, "show", document)[1]
        assert "works on it" not in shown
        assert "machine:7 had it, and its lease is over" in shown
        assert "left by a dead process" in run("journal", database, "list")[1]

    def test_retry_and_release(
        self, database: str, look: Look, run: Callable[..., tuple[int, str, str]]
    ) -> None:
        first, second, third = add(database, 3)
        settle(look, first, "refused")
        settle(look, second, "created", invoice_id=5)
        code, out, err = run("journal", database, "retry", first, second)
        assert (code, "1 document tried again, 1 not" in out, "on the server as invoice 5" in err) == (
            0,
            True,
            True,
        )
        settle(look, first, "refused")
        assert "1 document tried again" in run("journal", database, "retry", "--kind", "refused")[1]
        assert "1 document released" in run("journal", database, "release", third)[1]
        code, _, err = run("journal", database, "retry")
        assert (code, "name documents" in err) == (2, True)
        code, _, err = run("journal", database, "retry", second)
        assert (code, "no document could be tried again" in err) == (2, True)

    def test_purge_and_rotate(
        self, database: str, look: Look, run: Callable[..., tuple[int, str, str]], tmp_path: Path
    ) -> None:
        first, _ = add(database, 2)
        settle(look, first)
        look.rows("UPDATE b2brouter.documents SET settled = settled - interval '40 days'")
        assert "1 document purged" in run("journal", database, "purge", "--keep-documents", 30)[1]
        assert "say what is kept" in run("journal", database, "purge")[2]
        keys = tmp_path / "keys"
        keys.write_text(f"# new\n{DocumentKeys.generate()}\n")
        assert "1 document encrypted" in run("journal", database, "rotate", "--document-keys", keys)[1]
        assert "--document-keys" in run("journal", database, "rotate")[2]

    def test_what_does_not_fit_is_told(
        self, database: str, run: Callable[..., tuple[int, str, str]], tmp_path: Path
    ) -> None:
        assert "none of list, show" in run("journal", database, "delete")[2]
        assert "takes no numbers" in run("journal", database, "stats", 5)[2]
        assert "name a document" in run("journal", database, "show")[2]
        assert "no document 5" in run("journal", database, "show", 5)[2]
        assert "--keep-documents: only purge" in run("journal", database, "--keep-documents", 5)[2]
        assert "--serve, purge: one of them" in run("journal", database, "purge", "--serve")[2]
        assert "--name: this is for the page" in run("journal", database, "--name", "here")[2]
        assert "a ledger in a database" in run("journal", tmp_path / "run.db", "stats")[2]
        assert "secret" not in run("journal", "postgresql://me:secret@127.0.0.1:1/x")[2]


# Starlette and httpx leave generators of bodies that nobody reads to the end.
@pytest.mark.filterwarnings("ignore:Async generator:ResourceWarning")
class TestPage:
    @pytest.fixture
    def http(self, overview: Overview) -> httpx.AsyncClient:
        return httpx.AsyncClient(
            transport=httpx.ASGITransport(ledger_app(overview)), base_url="http://127.0.0.1:8765"
        )

    async def test_it_shows_what_is_in_doubt_and_dead_and_tries_again(
        self, http: httpx.AsyncClient, database: str, look: Look
    ) -> None:
        refused, doubtful, sent = await in_thread(add, database, 3)
        settle(look, refused, "refused", message="<script>alert(1)</script>", source="<b>x</b>")
        settle(look, sent, "created", invoice_id=5)
        look.rows(
            "UPDATE b2brouter.documents SET stage = 'sending', message = 'no reply' WHERE id = %(id)s",
            id=doubtful,
        )
        page = (await http.get("/")).text
        assert "<script" not in page
        assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
        assert "&lt;b&gt;x&lt;/b&gt;" in page
        assert "no reply" in page
        assert f'action="/documents/{refused}/retry"' in page
        assert f'action="/documents/{sent}/retry"' not in page
        (token, *_) = re.findall(r'name="token" value="([^"]+)"', page)
        answer = await http.post(f"/documents/{refused}/retry", data={"token": token})
        assert (answer.status_code, answer.headers["location"].startswith("/?told=")) == (303, True)
        assert "is tried again" in (await http.get(answer.headers["location"])).text
        assert look.one("SELECT stage FROM b2brouter.documents WHERE id = %(id)s", id=refused) == "sending"
        answer = await http.post(f"/documents/{sent}/retry", data={"token": token})
        assert "on the server as invoice 5" in (await http.get(answer.headers["location"])).text
        one = (await http.get(f"/documents/{sent}")).text
        assert "be tried again: it is on the server as invoice 5" in one
        assert (await http.get("/documents/999")).status_code == 404
        assert (await http.post(f"/documents/{sent}/drop", data={"token": token})).status_code == 404

    async def test_each_section_shows_its_own_and_of_one_account_alone_if_that_is_asked_for(
        self, http: httpx.AsyncClient, database: str, look: Look
    ) -> None:
        refused, doubtful, _, sent = await in_thread(add, database, 4)
        theirs, doubt_of_theirs = await in_thread(add, database, 2, account=77, first=8)
        for document, kind in ((refused, "refused"), (sent, "created"), (theirs, "invalid")):
            settle(look, document, kind)
        look.rows(
            "UPDATE b2brouter.documents SET stage = 'sending' WHERE id = ANY(%(ids)s)",
            ids=[doubtful, doubt_of_theirs],
        )

        async def shown(url: str) -> list[list[int]]:
            page = (await http.get(url)).text
            sections = re.split(r"<h2>(?:In doubt|For a person|Processes)</h2>", page)[1:3]
            return [
                [int(one) for one in re.findall(r'href="/documents/(\d+)"', section)] for section in sections
            ]

        assert await shown("/") == [[doubt_of_theirs, doubtful], [theirs, refused]]
        assert await shown("/?account=77") == [[doubt_of_theirs], [theirs]]
        assert await shown("/?account=no%00body") == [[], []]

    async def test_the_button_beside_what_is_in_doubt_releases_it(
        self, http: httpx.AsyncClient, database: str, look: Look
    ) -> None:
        (document,) = await in_thread(add, database)
        look.rows("UPDATE b2brouter.documents SET stage = 'sending', message = 'no reply', fence = 7")
        page = (await http.get("/")).text
        assert f'action="/documents/{document}/release"' in page
        (token, *_) = re.findall(r'name="token" value="([^"]+)"', page)
        answer = await http.post(f"/documents/{document}/release", data={"token": token})
        assert "may be taken up at once" in (await http.get(answer.headers["location"])).text
        assert look.rows(
            "SELECT stage, message, fence, due <= clock_timestamp() FROM b2brouter.documents"
        ) == [("sending", "no reply", 7, True)]

    @pytest.mark.parametrize("anyio_backend", ["asyncio"])
    def test_served_to_others_it_answers_to_this_machine_s_names_and_to_nobody_s_at_home(
        self, overview: Overview, anyio_backend: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        known: list[set[str]] = []
        monkeypatch.setattr(
            "b2brouter_async.cli.ledger_page.ledger_app",
            lambda overview, *, names: known.append({*names}),
        )
        monkeypatch.setattr("uvicorn.Server.run", lambda self, sockets: None)
        monkeypatch.setattr("socket.gethostname", lambda: "accounting-7")
        for host in ("127.0.0.1", "0.0.0.0"):
            ledger_page.serve(overview, host, 0, ["ledger.example"])
        assert known == [{"ledger.example"}, {"ledger.example", "0.0.0.0", "accounting-7"}]

    async def test_who_calls_it_by_two_names_at_once_reads_nothing(self, http: httpx.AsyncClient) -> None:
        answer = await http.get("/", headers=[("Host", "localhost"), ("Host", "evil.example")])
        assert answer.status_code == 400

    async def test_no_other_site_presses_or_reads(
        self, http: httpx.AsyncClient, database: str, look: Look
    ) -> None:
        (refused,) = await in_thread(add, database)
        settle(look, refused, "refused")
        for form in ({}, {"token": ""}, {"token": "x"}, {"token": "é" * 20}, {"token": "x" * 20_000}):
            answer = await http.post(f"/documents/{refused}/retry", data=form)
            assert answer.status_code == 403
        assert look.one("SELECT stage FROM b2brouter.documents") == "done"
        assert (await http.get(f"/documents/{refused}/retry")).status_code == 405
        (token, *_) = re.findall(r'name="token" value="([^"]+)"', (await http.get("/")).text)
        for header in (
            {"Origin": "https://evil.example"},
            {"Origin": "null"},
            {"Origin": "http://127.0.0.1:9999"},
            {"Sec-Fetch-Site": "cross-site"},
            {"Sec-Fetch-Site": "same-site"},
        ):
            answer = await http.post(f"/documents/{refused}/retry", data={"token": token}, headers=header)
            assert answer.status_code == 403, header
        answer = await http.post(f"/documents/{refused}/retry", data={"token": token, "more": "x" * 10_000})
        assert answer.status_code == 403, "a form of ours is small"
        assert look.one("SELECT stage FROM b2brouter.documents") == "done"
        headers = (await http.get("/")).headers
        assert "frame-ancestors 'none'" in headers["content-security-policy"]
        assert headers["x-frame-options"] == "DENY"

    @pytest.mark.parametrize(
        ("host", "status"),
        [
            ("127.0.0.1:8765", 200),
            ("localhost", 200),
            ("LOCALHOST:8765", 200),
            ("[::1]:8765", 200),
            ("192.168.1.7:8765", 200),
            ("ledger.example:443", 200),
            ("evil.example", 400),
            ("localhost.evil.example", 400),
            ("127.0.0.1.evil.example", 400),
            ("evil.example@localhost:8765", 200),  # that host is localhost, and no browser sends such a thing
            ("localhost@evil.example", 400),
            ("[::1", 400),
            ("", 400),
        ],
    )
    async def test_a_name_that_was_made_to_lead_here_reads_nothing(
        self, overview: Overview, host: str, status: int
    ) -> None:
        app = ledger_app(overview, names=["Ledger.example"])
        async with httpx.AsyncClient(
            transport=httpx.ASGITransport(app), base_url="http://127.0.0.1:8765"
        ) as http:
            answer = await http.get("/", headers={"Host": host})
            assert answer.status_code == status
            assert ("Settled in each" in answer.text) == (status == 200)

    async def test_it_loads_nothing_from_anywhere_and_shows_no_password(
        self, database: str, http: httpx.AsyncClient
    ) -> None:
        page = (await http.get("/")).text
        for words in ("src=", "@import", "url(", "<script"):
            assert words not in page
        assert "Nobody works." in page
        shown = httpx.AsyncClient(
            transport=httpx.ASGITransport(ledger_app(Overview("postgresql://me:secret@127.0.0.1:1/x"))),
            base_url="http://localhost",
        )
        answer = await shown.get("/")
        assert (answer.status_code, "secret" in answer.text) == (503, False)

    @pytest.mark.nightly
    @pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed: apt-get install chromium")
    @pytest.mark.parametrize("anyio_backend", ["asyncio"])
    async def test_a_browser_shows_it(
        self, overview: Overview, database: str, look: Look, tmp_path: Path
    ) -> None:
        documents = await in_thread(add, database, 30)
        for document in documents[:20]:
            settle(look, document)
        settle(look, documents[20], "refused", code="parameter_blank", message="<script>alert('x')</script>")
        holder(look, 40, documents[21])
        async with served(overview) as url:
            with tempfile.TemporaryDirectory() as profile:
                command = [str(CHROMIUM), *FLAGS, f"--user-data-dir={profile}"]
                await anyio.run_process([*command, f"--screenshot={tmp_path / 'page.png'}", url], check=True)
                seen = (await anyio.run_process([*command, "--dump-dom", url], check=True)).stdout.decode()
        assert (tmp_path / "page.png").read_bytes().startswith(b"\x89PNG")
        assert "parameter_blank" in seen
        assert "&lt;script&gt;alert('x')&lt;/script&gt;" in seen
        assert "machine:7" in seen
        if target := __import__("os").environ.get("PYTEST_KEEP_PAGE"):
            shutil.copy(tmp_path / "page.png", target)


@pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed: apt-get install chromium")
@pytest.mark.parametrize("anyio_backend", ["asyncio"])
class TestBrowser:
    async def test_a_person_presses_the_button_twice_and_it_is_tried_again_once(
        self, overview: Overview, database: str, look: Look
    ) -> None:
        refused, sent = await in_thread(add, database, 2)
        settle(look, refused, "refused", message="contact is missing")
        settle(look, sent, "created", invoice_id=5)

        def press(url: str) -> tuple[str, str]:
            with browser() as page:
                page.open(url)
                assert page.run("document.querySelectorAll('form').length") == 1
                page.run(
                    f"document.querySelector('form[action=\"/documents/{refused}/retry\"] button').click()"
                )
                page.until("document.body.innerText.includes('is tried again')")
                # The page that was left open in another window still has the button.
                page.open(f"{url}/documents/{refused}")
                token = page.run("document.querySelector('[name=token]').value")
                page.run("document.querySelector('form button').click()")
                page.until("location.pathname == '/' && document.readyState == 'complete'")
                return page.run("document.body.innerText"), token

        async with served(overview) as url:
            seen, token = await in_thread(press, url.rstrip("/"))
        assert len(token) > 30
        assert "IN DOUBT" in seen.upper()
        assert look.rows("SELECT stage, kind FROM b2brouter.documents WHERE id = %(id)s", id=refused) == [
            ("sending", "unknown")
        ]
        assert look.one("SELECT kind FROM b2brouter.documents WHERE id = %(id)s", id=sent) == "created"

    async def test_a_page_of_another_site_can_neither_press_nor_read(
        self, overview: Overview, database: str, look: Look, tmp_path: Path
    ) -> None:
        (refused,) = await in_thread(add, database)
        settle(look, refused, "refused")

        def attack(url: str) -> tuple[str, str, str]:
            evil = tmp_path / "evil.html"
            evil.write_text(
                f"<iframe src='{url}'></iframe><form method=post action='{url}/documents/{refused}/retry'>"
                "<input name=token value=guessed></form>"
            )
            with browser() as page:
                page.open(evil.as_uri())
                page.run(
                    f"fetch('{url}').then(r => r.text()).catch(e => 'kept out').then(t => {{ window.read = t }})"
                )
                page.until("window.read !== undefined")
                read = page.run("window.read")
                framed = page.run(
                    "(() => { try { return document.querySelector('iframe').contentDocument.body.innerText }"
                    " catch (e) { return 'kept out' } })()"
                )
                page.run("document.forms[0].submit()")
                page.until("location.pathname.endsWith('/retry') && document.readyState == 'complete'")
                return str(read), str(framed), page.run("document.body.innerText")

        async with served(overview) as url:
            read, framed, answered = await in_thread(attack, url.rstrip("/"))
        assert (read, "Settled" in framed) == ("kept out", False)
        assert "of another site" in answered
        assert look.one("SELECT stage FROM b2brouter.documents") == "done"


@asynccontextmanager
async def served(overview: Overview) -> AsyncIterator[str]:
    from b2brouter_async.simulator.serving.serve import serving

    async with serving(ledger_app(overview)) as url:
        yield url

"""`b2brouter upload` against a simulator: what it prints, and its exit status."""

from __future__ import annotations

import json
import os
import re
import subprocess
from dataclasses import replace
from typing import TYPE_CHECKING

import psycopg
import pytest

from b2brouter_async.bulk import open_journal
from examples.sample_invoices import BUYERS, SANDBOX_GLNS, ubl_invoice
from tests.cli.conftest import COMMAND

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from b2brouter_async.simulator import Simulator
    from tests.cli.conftest import Ran

    Run = Callable[..., Ran]
    Invoices = Callable[..., Path]

pytestmark = pytest.mark.usefixtures("connected")


def steady(text: str) -> str:
    """Take the times out, which no two runs share."""
    return re.sub(r"[0-9.:]+ s\b", "N s", text)


def test_a_folder_is_uploaded_and_told_in_plain_lines(run: Run, invoices: Invoices) -> None:
    folder = invoices(3)
    (folder / "broken.xml").write_text("<Order/>")
    (folder / "notes.txt").write_text("not an invoice")
    ran = run("upload", folder, "--journal", "run.db")
    assert ran.status == 1
    assert steady(ran.out) == (
        "4 documents in N s: 3 created, 1 invalid; 1 file passed over\n"
        "passed over: notes.txt\n"
        "1 invalid: The XML is a 'Order' without a namespace: not an invoice we know. Upload UBL (Invoice, CreditNote),"
        " CII, Factur-X, Facturae 3.2 or FatturaPA.\n"
        "    broken.xml\n"
        "Journal run.db\n"
    )
    assert ran.err.splitlines() == [
        "Uploading to account 483921 · sandbox · journal run.db · 4 documents",
        "invalid broken.xml: The XML is a 'Order' without a namespace: not an invoice we know. Upload UBL (Invoice,"
        " CreditNote), CII, Factur-X, Facturae 3.2 or FatturaPA.",
    ]


def test_all_there_is_status_0_and_the_same_command_sends_nothing_again(run: Run, invoices: Invoices) -> None:
    folder = invoices(4)
    first = run("upload", folder)
    assert (first.status, steady(first.out).splitlines()[0]) == (0, "4 documents in N s: 4 created")
    again = run("upload", folder)
    assert (again.status, steady(again.out).splitlines()[0]) == (
        0,
        "4 documents in N s: 4 created (4 settled before)",
    )
    with open_journal("b2brouter-sandbox-483921.db") as journal:
        assert [row.outcome.attempts for row in journal.rows()] == [1, 1, 1, 1]


def test_json_is_a_line_for_each_outcome_and_nothing_else(run: Run, invoices: Invoices) -> None:
    folder = invoices(3)
    (folder / "broken.xml").write_text("<Order/>")
    ran = run("upload", folder, "--json")
    outcomes = [json.loads(line) for line in ran.out.splitlines()]
    assert sorted((outcome["kind"], outcome["source"]) for outcome in outcomes) == [
        ("created", "0000.xml"), ("created", "0001.xml"), ("created", "0002.xml"), ("invalid", "broken.xml"),
    ]  # fmt: skip
    assert all(outcome["invoice_id"] for outcome in outcomes if outcome["kind"] == "created")
    assert "4 documents in" in ran.err


def test_a_number_that_another_document_has_is_a_duplicate(run: Run, invoices: Invoices) -> None:
    folder = invoices(1)
    assert run("upload", folder, "--journal", "one.db").status == 0
    number = json.loads(run("journal", "one.db", "--json").out)["number"]
    (folder / "0000.xml").unlink()
    (folder / "other.xml").write_bytes(ubl_invoice(number=number, currency="USD"))
    ran = run("upload", folder, "--journal", "two.db", "--json")
    assert ran.status == 1
    assert [json.loads(line)["kind"] for line in ran.out.splitlines()] == ["duplicate"]


def test_a_table_is_uploaded_with_its_mapping(run: Run, tmp_path: Path) -> None:
    (tmp_path / "map.toml").write_text(
        'decimal = ","\ndate = "%d/%m/%Y"\n[columns]\nNo = "number"\nDay = "date"\nWho = "contact.name"\n'
        'NIF = "contact.tin_value"\nWhat = "line.description"\nHow = "line.quantity"\nEach = "line.price"\n'
        'Rate = "line.tax.percent"\nSum = "total"\n[constants]\ncurrency = "EUR"\n"line.tax.name" = "IVA"\n'
        '"line.tax.category" = "S"\n'
    )
    (tmp_path / "march.csv").write_text(
        "No;Day;Who;NIF;What;How;Each;Rate;Sum\n"
        "TAB-1;03/11/2026;Ana;ESB00000018;Salt;2;1.250,50;21;3.026,21\n"
        "TAB-2;04/11/2026;Bo;ESB00000026;Oil;1;10,00;10;11,00\n"
    )
    ran = run("upload", "march.csv", "--map", "map.toml", "--verify-totals", "--journal", "t.db", "--json")
    outcomes = {line["source"]: line for line in map(json.loads, ran.out.splitlines())}
    assert {source: outcome["kind"] for source, outcome in outcomes.items()} == {
        "march.csv line 2": "created", "march.csv line 3": "created",
    }  # fmt: skip
    printed = run("invoices", "get", str(outcomes["march.csv line 2"]["invoice_id"])).out
    listed = run("invoices", "list", "--number", "TAB-1", "--json").out
    assert '"total": 3026.21' in printed
    assert '"total": 3026.21' in listed
    got = json.loads(printed)
    assert (got["number"], got["total"], got["contact"]["name"]) == ("TAB-1", 3026.21, "Ana")


def test_one_doubt_in_a_table_stops_all_of_it_before_anything_is_sent(run: Run, tmp_path: Path) -> None:
    (tmp_path / "map.toml").write_text(
        'decimal = ","\n[columns]\nNo = "number"\nDay = "date"\nEach = "line.price"\nSum = "total"\n'
        '[constants]\ncurrency = "EUR"\n"tax.name" = "IVA"\n"tax.percent" = 21\n"contact.name" = "Ana"\n'
    )
    (tmp_path / "march.csv").write_text(
        "No;Day;Each;Sum\nDOUBT-1;2026-11-03;10,00;12,10\nDOUBT-2;2026-13-03;10,00;12,10\nDOUBT-3;2026-11-03;10,00;13,00\n"
    )
    ran = run("upload", "march.csv", "--map", "map.toml", "--journal", "t.db")
    assert (ran.status, ran.out) == (2, "")
    assert ran.err.splitlines() == [
        "b2brouter: march.csv: 2 places need a decision; nothing was sent",
        "  line 3, invoice DOUBT-2, column 'Day': '2026-13-03' is no date written as YYYY-MM-DD; say date = \"%d/%m/%Y\" or "
        "the like in the mapping",
        "  line 4, invoice DOUBT-3: total is 13.00 in the table, and what would go out comes to 12.10 (net 10.00, IVA 21 % "
        "2.10, total 12.10)",
    ]
    assert not (tmp_path / "t.db").exists()
    assert run("invoices", "list", "--number", "DOUBT", "--json").out == ""


def test_the_states_invoices_end_in_are_waited_for(run: Run, invoices: Invoices, own: Simulator) -> None:
    folder = invoices(0)
    for gln, number in zip(SANDBOX_GLNS, ("WAIT-1", "WAIT-2", "WAIT-3"), strict=True):
        buyer = replace(BUYERS[0], gln=gln)
        (folder / f"{number}.xml").write_bytes(ubl_invoice(number=number, buyer=buyer))
    ran = run("upload", folder, "--wait", "--json", "--report", "r.html")
    outcomes = {line["number"]: line for line in map(json.loads, ran.out.splitlines())}
    assert {outcome["kind"] for outcome in outcomes.values()} == {"created"}
    assert (outcomes["WAIT-1"]["state"], outcomes["WAIT-3"]["state"]) == ("registered", "error")
    assert ran.status == 1
    assert "created: the invoice came to the state error" in ran.err


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (["--wait", "7"], "7.0 s"),
        (["--wait=90"], "1:30"),
        (["--wait"], "2:00"),
        (["--wait", "--no-send"], None),
    ],
)
def test_how_long_states_are_awaited_can_be_said_and_is_told(
    run: Run, invoices: Invoices, own: Simulator, given: list[str], told: str | None
) -> None:
    folder = invoices(0)
    buyer = replace(BUYERS[0], gln=SANDBOX_GLNS[0])  # soon registered, and that is final
    (folder / "soon.xml").write_bytes(ubl_invoice(number="SOON-1", buyer=buyer))
    ran = run("upload", *given, folder)
    assert (ran.status == 2) == (told is None)
    if told is not None:
        assert f"states are awaited for {told} after the last was sent" in ran.err


@pytest.mark.parametrize("what", ["--wait", "--verify-totals"])
@pytest.mark.parametrize("without", ["--no-send", "--received"])
def test_what_needs_sending_is_refused_without_it(
    run: Run, invoices: Invoices, what: str, without: str
) -> None:
    ran = run("upload", invoices(1), what, without)
    assert (ran.status, ran.out) == (2, "")
    assert ran.err == (
        "b2brouter: --verify-totals, --wait: only for invoices that are sent, without --no-send and --received\n"
    )


def test_a_document_that_goes_the_other_way_is_told_with_the_option_that_helps(
    run: Run, invoices: Invoices
) -> None:
    folder = invoices(0)
    us = replace(BUYERS[0], tax_id="ESB01234566")
    (folder / "theirs.xml").write_bytes(ubl_invoice(number="IN-1", buyer=us))
    ran = run("upload", folder)
    assert ran.status == 1
    assert "The account is the buyer of this document, not its seller: upload it with --received." in ran.out
    assert "with --received." in run("journal", "b2brouter-sandbox-483921.db").out
    assert run("upload", folder, "--received").status == 0
    assert (
        json.loads(run("invoices", "list", "--received", "--number", "IN-1", "--json").out)["number"]
        == "IN-1"
    )


def test_a_self_billed_document_is_told_and_sent_with_the_option(run: Run, invoices: Invoices) -> None:
    folder = invoices(0)
    us = replace(BUYERS[0], tax_id="ESB01234566")
    written = ubl_invoice(number="SB-1", buyer=us).replace(b"TypeCode>380<", b"TypeCode>389<")
    (folder / "ours.xml").write_bytes(written)
    ran = run("upload", folder)
    assert ran.status == 1
    assert "The document is self-billed" in ran.out
    assert "where that is what you mean, upload it with --self-billed." in ran.out
    assert run("upload", folder, "--self-billed").status == 0


def test_drafts_are_not_sent(run: Run, invoices: Invoices) -> None:
    ran = run("upload", invoices(2), "--no-send", "--json")
    assert ran.status == 0
    for line in ran.out.splitlines():
        assert json.loads(run("invoices", "get", str(json.loads(line)["invoice_id"])).out)["state"] == "new"


def test_the_report_is_written_and_named(run: Run, invoices: Invoices, tmp_path: Path) -> None:
    ran = run("upload", invoices(2), "--report", "r.html")
    assert ran.out.splitlines()[-1] == "Report r.html"
    page = (tmp_path / "r.html").read_text(encoding="utf-8")
    assert "2 documents: all there" in page
    assert "test_simulator" not in page


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["nowhere"], "nowhere: there is no such file or folder"),
        (["."], "there is no document to upload"),
        ([".", "--map", "m.toml"], "--map: m.toml: No such file"),
        ([".", "--report", "no/r.html"], "--report: no: there is no such folder"),
        ([".", "--concurrency", "0"], "--concurrency"),
        ([".", "--wait=-1"], "--wait: a number of seconds, 0 or more"),
        ([".", "--wait=nan"], "--wait: a number of seconds, 0 or more"),
        ([".", "--report", "."], "--report: . is a folder; name a file in it"),
        ([""], "PATH: an empty name; say '.' for this folder"),
        ([], "Missing argument"),
    ],
    ids=[
        "no path",
        "no document",
        "no mapping",
        "no folder for the report",
        "no concurrency",
        "less than no time",
        "no time",
        "a folder for a report",
        "an empty name",
        "no argument",
    ],
)
def test_usage_is_status_2_and_a_sentence(run: Run, arguments: list[str], complaint: str) -> None:
    ran = run("upload", *arguments)
    assert ran.status == 2
    assert complaint in ran.err
    assert "Traceback" not in ran.err


def test_a_pipe_is_not_waited_for(run: Run, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.xml")
    ran = run("upload", "pipe.xml")
    assert (ran.status, ran.err) == (
        2,
        "b2brouter: pipe.xml is no file and no folder; write it to a file first\n",
    )


def _nothing_can_be_written(path: object, mode: int) -> bool:
    return mode != os.W_OK


def test_a_report_that_cant_be_written_is_told_before_anything_is_sent(
    run: Run, invoices: Invoices, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "access", _nothing_can_be_written)
    ran = run("upload", invoices(1), "--report", "r.html")
    assert (ran.status, ran.err) == (2, "b2brouter: --report: .: nothing can be written there\n")


@pytest.mark.parametrize("form", ["--json", "--no-send"], ids=["lines", "people"])
def test_an_output_that_cant_be_written_is_told_and_the_journal_knows_all(
    invoices: Invoices, tmp_path: Path, form: str
) -> None:
    folder = invoices(2)
    (tmp_path / "only-read").touch()
    with (tmp_path / "only-read").open("rb") as closed:
        command = [*COMMAND, "upload", str(folder), "--journal", "run.db", form]
        done = subprocess.run(command, stdout=closed, stderr=subprocess.PIPE, text=True, check=False)
    assert done.returncode in (1, 3)  # 3 where the loss came before the last document was taken
    assert "output can't be written" in done.stderr
    assert "Traceback" not in done.stderr
    with open_journal("run.db") as journal:
        assert all(row.settled for row in journal.rows())


def test_an_account_that_the_key_does_not_see_is_told_with_the_way_to_find_one(
    run: Run, invoices: Invoices
) -> None:
    ran = run("upload", invoices(1), "--account", "999")
    assert ran.err.splitlines() == [
        "Uploading to account 999 · sandbox · journal b2brouter-sandbox-999.db · 1 document",
        ran.err.splitlines()[1],
    ]
    assert ran.err.endswith("; 'b2brouter accounts' lists those that the key sees\n")


def test_a_mapping_without_a_table_is_told(run: Run, invoices: Invoices, tmp_path: Path) -> None:
    (tmp_path / "m.toml").write_text('[columns]\na = "number"\n')
    ran = run("upload", invoices(1), "--map", "m.toml")
    assert (ran.status, "--map: no table was named" in ran.err) == (2, True)


@pytest.mark.parametrize(
    ("variable", "value", "complaint"),
    [
        ("B2BROUTER_API_KEY", "test_wrong", "401 invalid_api_key"),
        ("B2BROUTER_ACCOUNT", "999", "404 resource_missing"),
        ("B2BROUTER_BASE_URL", "http://127.0.0.1:1", "no connection"),
        ("B2BROUTER_JOURNAL", "nowhere/run.db", "the journal can't be written"),
    ],
    ids=["key", "account", "address", "journal"],
)
def test_what_keeps_a_run_from_beginning_is_status_2(
    run: Run, invoices: Invoices, variables: Callable[..., None], variable: str, value: str, complaint: str
) -> None:
    folder = invoices(1)
    variables(**{variable: value})
    ran = run("upload", folder)
    assert (ran.status, ran.out) == (2, "")
    assert complaint in ran.err
    assert "test_wrong" not in ran.err


def test_a_draft_whose_tax_was_corrected_is_not_taken_for_the_correction(run: Run, tmp_path: Path) -> None:
    def table(percent: int) -> Path:
        tax = {"name": "IVA", "category": "S", "percent": percent}
        lines = [{"description": "Desk lamp", "quantity": 1, "price": 100, "taxes_attributes": [tax]}]
        contact = {"name": "Compras de Muestra, S.A.", "tin_value": "ESB12345674", "country": "es"}
        invoice = {"number": "TAX-1", "date": "2026-03-02", "currency": "EUR", "contact": contact}
        path = tmp_path / f"{percent}.jsonl"
        path.write_text(json.dumps({**invoice, "invoice_lines_attributes": lines}) + "\n")
        return path

    draft = run("upload", table(21), "--no-send", "--journal", "drafts.db")
    assert (draft.status, draft.err) == (0, draft.err)
    ran = run("upload", table(4), "--journal", "run.db")
    assert ran.status == 1
    assert "1 duplicate" in ran.out
    assert "percent is 4 here and 21 there" in ran.out
    with open_journal("run.db") as journal:
        (row,) = journal.rows()
    shown = json.loads(run("invoices", "get", str(row.outcome.invoice_id)).out)
    assert (shown["state"], shown["total"]) == ("new", 121.0)


def test_runs_on_one_database_share_the_limit_through_it(run: Run, invoices: Invoices, database: str) -> None:
    ended = run("upload", invoices(3), "--journal", database)
    assert ended.status == 0, ended.err
    with psycopg.connect(database) as connection:
        ((slots, keys),) = connection.execute(
            "SELECT count(*), count(DISTINCT name) FROM b2brouter.limit_slots"
        ).fetchall()
    assert slots >= 3  # every request has taken a token there
    assert keys == 1


def test_the_first_run_on_an_empty_database_makes_the_tables_and_shares_the_limit_through_them(
    run: Run, invoices: Invoices, empty_database: str
) -> None:
    ended = run("upload", invoices(2), "--journal", empty_database)
    assert ended.status == 0, ended.err
    with psycopg.connect(empty_database) as connection:
        assert connection.execute("SELECT count(*) FROM b2brouter.limits").fetchone() == (1,)


def test_a_run_on_a_database_takes_all_of_the_limit_where_it_is_told_to(
    run: Run, invoices: Invoices, database: str
) -> None:
    ended = run("upload", invoices(2), "--journal", database, "--no-share-limit")
    assert ended.status == 0, ended.err
    with psycopg.connect(database) as connection:
        assert connection.execute("SELECT count(*) FROM b2brouter.limits").fetchone() == (0,)


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["--share-limit"], "--journal postgresql://"),
        (["--share-limit", "--journal", "here.db"], "--journal postgresql://"),
        (
            ["--share-limit", "--journal", "postgresql:///x", "--redis", "redis://127.0.0.1:1/0"],
            "--redis, --share-limit: one of them at a time",
        ),
        (["--redis", "redis://127.0.0.1:1/0", "--keys", "keys.txt"], "one of them at a time"),
    ],
)
def test_a_limit_that_cannot_be_shared_is_told_before_anything_is_sent(
    run: Run, invoices: Invoices, arguments: list[str], complaint: str
) -> None:
    ended = run("upload", invoices(1), *arguments)
    assert ended.status == 2
    assert complaint in " ".join(ended.err.split())

"""`b2brouter invoices`: lists in three forms, files, and acts on exactly one invoice."""

from __future__ import annotations

import csv
import io
import json
import os
import sys
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
from attrs import evolve

from b2brouter_async.errors import APITimeoutError
from b2brouter_async.resources import saving

from .conftest import Terminal

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from .conftest import Ran, Seed

    Run = Callable[..., Ran]

SEND = "POST /invoices/send_invoice/{}"
DELETE = "DELETE /invoices/{}"


def numbers(ran: Ran) -> list[str]:
    assert ran.status == 0, ran.err
    return sorted(json.loads(line)["number"] for line in ran.out.splitlines())


# Lists


def test_invoices_are_chosen_by_day_month_state_and_contact(run: Run, seed: Seed) -> None:
    seed.invoice("A-1", "2026-10-01")
    sent = seed.invoice("A-2", "2026-10-31", contact={"name": "Acme SL", "tin_value": "ESB98765431"})
    seed.invoice("A-3", "2026-11-01")
    seed.post(f"/invoices/send_invoice/{sent}")

    def listed(*options: str) -> list[str]:
        return numbers(run("invoices", "list", "--json", *options))

    assert (
        listed("--month", "2026-10") == listed("--from", "2026-10-01", "--to", "2026-10-31") == ["A-1", "A-2"]
    )
    assert listed("--from", "2026-11-01") == ["A-3"]
    assert listed("--state", "sent") == ["A-2"]
    assert listed("--state", "SENT", "--state", "new") == ["A-1", "A-2", "A-3"]
    assert listed("--state", "issued", "--state", "sent") == ["A-2"]  # the server has no filter for issued
    assert listed("--contact", "acme") == listed("--contact", "es b-98765431") == ["A-2"]
    assert listed("--contact", "B98765431", "--state", "new") == []
    contact = json.loads(run("invoices", "list", "--state", "sent", "--json").out)["contact"]["id"]
    assert listed("--contact", str(contact)) == ["A-2"]
    assert listed("--limit", "2", "--state", "new") == ["A-1", "A-3"]


def test_a_state_that_nobody_knows_is_asked_about_where_nothing_has_it(run: Run, seed: Seed) -> None:
    ran = run("invoices", "list", "--state", "regstered")
    assert ran.status == 0
    assert "No state 'regstered' is known here; did you mean 'registered'?" in ran.err


def test_more_than_was_asked_for_is_told_of_and_all_is_all(run: Run, seed: Seed) -> None:
    for number in range(3):
        seed.invoice(f"A-{number}")
    ran = run("invoices", "list", "--limit", "2", "--json")
    assert len(ran.out.splitlines()) == 2
    assert "The first 2" in ran.err
    assert len(run("invoices", "list", "--all", "--json").out.splitlines()) == 3
    assert run("invoices", "list", "--all", "--json").err == ""


def test_amounts_keep_their_digits_in_every_form(run: Run, seed: Seed) -> None:
    number = seed.invoice("A-1")
    seed.body(number)["total"] = Decimal("12345678901234567.10")
    for form in ((), ("--json",), ("--csv",)):
        assert "12345678901234567.10" in run("invoices", "list", *form).out
    assert '"total": 12345678901234567.10' in run("invoices", "get", "A-1", "--json").out


HOSTILE = "=cmd|' /C calc'!A0"


@pytest.mark.parametrize(
    "name",
    [HOSTILE, "+1", "-1", "@x", " =1", "\t=1", "\r=1", "\n=1", "\x1b=1", "\uff1d1", "\u00a0=1"],
)
def test_a_contacts_name_is_no_formula_in_a_spreadsheet(run: Run, seed: Seed, name: str) -> None:
    body = seed.body(seed.invoice("A-1"))
    body["contact"]["name"] = name
    (row,) = csv.DictReader(io.StringIO(run("invoices", "list", "--csv").out))
    assert row["contact"].startswith("'")
    assert row["total"] == "121.00"


@pytest.mark.parametrize("form", [("list",), ("list", "--csv"), ("list", "--json"), ("get", "A-1", "--json")])
def test_what_a_sender_wrote_steers_no_terminal(run: Run, seed: Seed, form: tuple[str, ...]) -> None:
    body = seed.body(seed.invoice("A-1"))
    body["contact"]["name"] = "\x1b]0;owned\x07\x1b[2J\u202egnp\x9b1m"
    body["errors"] = ["\x1b[2J"]
    ran = run("invoices", *form)
    assert ran.status == 0
    assert (ran.out + ran.err).replace("\n", "").isprintable()


def test_csv_has_more_columns_and_negative_amounts_stay_numbers(run: Run, seed: Seed) -> None:
    body = seed.body(seed.invoice("A-1", series_code="S"))
    body["total"] = Decimal("-121.00")
    (row,) = csv.DictReader(io.StringIO(run("invoices", "list", "--csv").out))
    assert (row["total"], row["series"], row["tax_number"]) == ("-121.00", "S", "ESB00000018")


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        (["--json", "--csv"], "one of them at a time"),
        (["--month", "2026-10", "--to", "2026-10-31"], "--month: it says the days already"),
        (["--month", "10/2026"], "--month: '10/2026' is no month"),
        (["--from", "yesterday"], "--from: 'yesterday' is no day; write it as 2026-10-31"),
        (["--from", "2026-10-02", "--to", "2026-10-01"], "lies before"),
    ],
)
def test_a_list_that_cant_be_meant_is_status_2_and_asks_nothing(
    run: Run, seed: Seed, options: list[str], problem: str
) -> None:
    ran = run("invoices", "list", *options)
    assert (ran.status, ran.out) == (2, "")
    assert problem in ran.err
    assert seed.simulator.requests() == 0


def test_a_list_that_breaks_off_prints_nothing_half(run: Run, seed: Seed) -> None:
    seed.invoice("A-1")
    seed.simulator.faults.add("500 operation='GET /accounts/{}/invoices'")
    ran = run("invoices", "list", "--csv")
    assert (ran.status, ran.out) == (1, "")
    assert ran.err.count("\n") == 1


# Which one


def test_an_invoice_is_found_by_its_number_and_by_its_id(run: Run, seed: Seed) -> None:
    number = seed.invoice("A-1")
    seed.invoice("A-10")  # the server's filter takes the beginning for the whole
    for given in (["A-1"], [str(number)], [str(number), "--id"], [" A-1 "]):
        assert json.loads(run("invoices", "get", *given).out)["id"] == number


def test_at_a_terminal_one_is_a_table(run: Run, seed: Seed, monkeypatch: pytest.MonkeyPatch) -> None:
    seed.invoice("A-1")
    monkeypatch.setattr(type(sys.stdout), "isatty", lambda self: True, raising=False)
    out = run("invoices", "get", "A-1").out
    assert "A-1" in out
    assert "121.00 EUR" in out
    assert "{" not in out
    assert json.loads(run("invoices", "get", "A-1", "--json").out)


def test_a_number_that_is_anothers_id_is_nobody(run: Run, seed: Seed) -> None:
    other = seed.invoice("A-1")
    mine = seed.invoice(str(other))
    for command in (["get"], ["delete", "--yes"], ["send", "--yes"]):
        ran = run("invoices", command[0], str(other), *command[1:])
        assert ran.status == 2
        assert f"say --id for the one with the id {other}" in ran.err
        assert str(mine) in ran.err
    assert seed.state(other) == seed.state(mine) == "new"
    assert run("invoices", "delete", str(other), "--id", "--yes").status == 0
    assert (seed.state(other), seed.state(mine)) == (404, "new")


def test_a_number_of_several_is_nobody_until_series_or_year_say_which(run: Run, seed: Seed) -> None:
    old = seed.invoice("A-1", "2025-10-14")
    new = seed.invoice("A-1", "2026-10-14", series_code="B")
    ran = run("invoices", "delete", "A-1", "--yes")
    assert ran.status == 2
    assert f"id {old}" in ran.err
    assert f"id {new}" in ran.err
    assert "--series or --year" in ran.err
    assert seed.state(old) == seed.state(new) == "new"
    assert run("invoices", "delete", "A-1", "--year", "2025", "--yes").status == 0
    assert (seed.state(old), seed.state(new)) == (404, "new")


def test_an_invoice_of_another_account_is_refused(run: Run, seed: Seed) -> None:
    other = seed.invoice("A-1", account=seed.simulator.accounts[1])
    ran = run("invoices", "delete", str(other), "--yes")
    assert ran.status == 2
    assert f"belongs to account {seed.simulator.accounts[1]}, and --account says" in ran.err
    assert seed.state(other) == "new"


@pytest.mark.parametrize(
    ("given", "status", "problem"),
    [
        (["nothing"], 1, "there is no issued invoice 'nothing' in account"),
        (["nothing", "--received"], 1, "there is no received invoice"),
        (["7"], 1, "there is no issued invoice '7' in account"),
        (["A-1", "--id"], 2, "'A-1' is no id"),
        (["0"], 1, "there is no issued invoice '0'"),
        (["1" * 30], 1, "there is no issued invoice"),
        (["../accounts/1"], 1, "there is no issued invoice"),
        ([""], 1, "there is no issued invoice"),
    ],
)
def test_what_is_not_there_is_one_sentence(
    run: Run, seed: Seed, given: list[str], status: int, problem: str
) -> None:
    ran = run("invoices", "get", *given)
    assert (ran.status, ran.out) == (status, "")
    assert problem in ran.err
    assert ran.err.count("\n") == 1


def test_without_an_account_only_ids_can_be_found(
    run: Run, seed: Seed, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = seed.invoice("A-1")
    monkeypatch.delenv("B2BROUTER_ACCOUNT")
    assert json.loads(run("invoices", "get", str(number)).out)["number"] == "A-1"
    ran = run("invoices", "get", "A-1")
    assert ran.status == 2
    assert "--account: name it" in ran.err


# Acts


def test_an_act_asks_and_no_means_no(run: Run, seed: Seed, monkeypatch: pytest.MonkeyPatch) -> None:
    number = seed.invoice("A-1")
    for answer in ("n\n", "\n", "", "yes please\n"):
        monkeypatch.setattr(sys, "stdin", Terminal(answer))
        ran = run("invoices", "delete", "A-1")
        assert ran.status == 1
        assert f"Delete invoice A-1 (id {number}, Ana, 121.00 EUR, new)?" in ran.err
        assert "Nothing was done" in ran.err
    assert seed.state(number) == "new"
    monkeypatch.setattr(sys, "stdin", Terminal("y\n"))
    assert run("invoices", "delete", "A-1").status == 0
    assert seed.state(number) == 404


@pytest.mark.parametrize("command", [["send"], ["delete"], ["mark", "paid"], ["ack"]])
def test_where_nobody_can_be_asked_nothing_is_done(
    run: Run, seed: Seed, monkeypatch: pytest.MonkeyPatch, command: list[str]
) -> None:
    seed.invoice("A-1")
    seed.received("A-1")
    before = seed.writes()
    monkeypatch.setattr(sys, "stdin", io.StringIO("y\n"))
    ran = run("invoices", command[0], "A-1", *command[1:])
    assert ran.status == 2
    assert "Say so with --yes; nothing was done" in ran.err
    assert seed.writes() == before


def test_an_invoice_is_sent(run: Run, seed: Seed) -> None:
    number = seed.invoice("A-1")
    ran = run("invoices", "send", "A-1", "--yes")
    assert ran.status == 0
    assert "A-1 (id" in ran.err
    assert seed.state(number) == "sent"


def test_an_invoice_that_stays_new_was_not_sent(run: Run, seed: Seed) -> None:
    seed.invoice("A-1")
    seed.simulator.faults.add(f"200 operation='{SEND}'")
    ran = run("invoices", "send", "A-1", "--yes")
    assert ran.status == 1
    assert "was not sent" in ran.err


def test_a_send_whose_reply_is_lost_is_not_sent_again(run: Run, seed: Seed) -> None:
    seed.invoice("A-1")
    before = seed.writes()
    seed.simulator.faults.add(f"reset_after operation='{SEND}'")
    ran = run("invoices", "send", "A-1", "--yes")
    assert ran.status == 1
    assert "it is unknown whether this happened" in ran.err
    assert seed.writes() == before + 1


def test_a_state_is_set_that_the_kind_can_take_and_no_other(run: Run, seed: Seed) -> None:
    number = seed.invoice("A-1")
    seed.post(f"/invoices/send_invoice/{number}")
    before = seed.writes()
    ran = run("invoices", "mark", "A-1", "annotated", "--yes")
    assert ran.status == 2
    assert "STATE: 'annotated' can't be set on an invoice of type IssuedInvoice" in ran.err
    assert "force" not in ran.err
    assert "did you mean 'paid'" in run("invoices", "mark", "A-1", "payd", "--yes").err
    assert seed.writes() == before
    assert run("invoices", "mark", "A-1", "paid", "--yes").status == 0
    assert seed.state(number) == "paid"


def test_a_received_invoice_is_acknowledged_and_refused(run: Run, seed: Seed) -> None:
    number = seed.received("R-1")
    seed.invoice("R-1")  # of the same number, and issued
    assert run("invoices", "ack", "R-1", "--yes").status == 0
    assert run("received", "list", "--json").out == ""
    assert (
        run("invoices", "mark", "R-1", "refused", "--received", "--reason", "not ours", "--yes").status == 0
    )
    assert seed.state(number) == "refused"


def test_an_issued_invoice_is_not_acknowledged(run: Run, seed: Seed) -> None:
    number = seed.invoice("A-1")
    ran = run("invoices", "ack", str(number), "--id", "--yes")
    assert ran.status == 2
    assert "is no received invoice" in ran.err


@pytest.mark.parametrize("no_content", [False, True])
def test_replies_without_a_body_are_fine(run: Run, seed: Seed, no_content: bool) -> None:
    seed.simulator.world.settings = evolve(seed.simulator.world.settings, no_content=no_content)
    seed.invoice("A-1")
    assert run("invoices", "send", "A-1", "--yes").status == 0
    assert run("invoices", "delete", "A-1", "--yes").status == 0


# Files


def test_a_file_is_named_by_the_invoice_with_the_ending_of_what_it_is(
    run: Run, seed: Seed, tmp_path: Path
) -> None:
    seed.invoice("A/1")
    ran = run("invoices", "download", "A/1", "--as", "pdf.invoice")
    assert ran.status == 0
    assert (tmp_path / "invoice-A_1.pdf").read_bytes().startswith(b"%PDF")
    again = run("invoices", "download", "A/1", "--as", "pdf.invoice")
    assert again.status == 2
    assert "invoice-A_1.pdf is there already; say where to with --output" in again.err


def test_a_month_is_fetched_and_taken_up_again(run: Run, seed: Seed, tmp_path: Path) -> None:
    for number in range(3):
        seed.invoice(f"A-{number}", contact={"name": "../Ana"})
    options = ("--month", "2026-10", "--folder", "archive")
    ran = run("invoices", "download", *options)
    assert ran.status == 0
    assert "3 files fetched, 0 there already: archive" in ran.err
    assert sorted(os.listdir(tmp_path / "archive" / "2026-10")) == [f"A-{number}.pdf" for number in range(3)]
    assert "0 files fetched, 3 there already" in run("invoices", "download", *options).err
    other = run(
        "invoices",
        "download",
        *options[:2],
        "--folder",
        "b",
        "--pattern",
        "{contact}/{number}",
        "--as",
        "xml.ubl.invoice",
    )
    assert other.status == 0
    assert sorted(os.listdir(tmp_path / "b" / "_Ana")) == [f"A-{number}.xml" for number in range(3)]


def test_a_month_with_a_file_missing_is_status_1_and_says_which(run: Run, seed: Seed) -> None:
    seed.invoice("A-0")
    seed.invoice("A-1\x1b[2J")
    ran = run("invoices", "download", "--month", "2026-10", "--folder", "archive", "--as", "original")
    assert ran.status == 1
    assert "0 files fetched, 0 there already, 2 missing" in ran.err
    assert "the same command may get it later" in ran.err
    assert "\x1b" not in ran.err


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        ([], "NUMBER|ID: name an invoice, or say --month"),
        (["--month", "2026-10"], "--folder: say where the files go"),
        (["--month", "2026-10", "A-1"], "NUMBER|ID: it goes with one invoice"),
        (["--month", "2026-10", "--folder", "x", "-o", "y"], "--output: it goes with one invoice"),
        (["A-1", "--folder", "x"], "--folder: it goes with --month"),
        (["--month", "2026-10", "--folder", "x", "--pattern", "../{number}"], "--pattern: "),
        (["--month", "2026-10", "--folder", "x", "--pattern", "{nummer}"], "there is no field {nummer}"),
        (["--month", "2026-10", "--folder", "file/x"], "--folder: file/x: "),
    ],
)
def test_a_download_that_cant_be_meant_is_status_2(
    run: Run, seed: Seed, tmp_path: Path, options: list[str], problem: str
) -> None:
    (tmp_path / "file").touch()
    ran = run("invoices", "download", *options)
    assert ran.status == 2
    assert problem in ran.err


def test_a_server_that_does_not_answer_is_no_problem_of_the_folder(
    run: Run, seed: Seed, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def late(*given: object, **more: object) -> object:
        raise APITimeoutError("no answer in time", sent=True)  # which is an OSError, too

    monkeypatch.setattr(saving, "save_many", late)
    ran = run("invoices", "download", "--month", "2026-10", "--folder", "x")
    assert (ran.status, ran.err) == (1, "b2brouter: no answer in time\n")

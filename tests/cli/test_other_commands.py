"""Contacts, tax reports, the directory, documents and web hooks on the command line."""

from __future__ import annotations

import csv
import io
import json
import os
import stat
import sys
from typing import TYPE_CHECKING, Any

import pytest

from b2brouter_async.cli import webhooks
from examples.sample_invoices import ubl_invoice

from .conftest import Terminal

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from .conftest import Ran, Seed

    Run = Callable[..., Ran]

ACME = ("name=Acme SL", "tin_value=ESB98765431", "country=es")


def rows(ran: Ran) -> list[dict[str, Any]]:
    assert ran.status == 0, ran.err
    return [json.loads(line) for line in ran.out.splitlines()]


# Contacts


def test_a_contact_is_made_changed_and_left_as_it_is(run: Run, seed: Seed) -> None:
    (made,) = rows(run("contacts", "upsert", *ACME, "--json"))
    (again,) = rows(run("contacts", "upsert", "tin_value=es b-98765431", "name=Acme SL", "--json"))
    (changed,) = rows(run("contacts", "upsert", *ACME, "city=Bilbao", "is_client=yes", "--json"))
    assert made["id"] == again["id"] == changed["id"]
    assert (changed["city"], changed["is_client"]) == ("Bilbao", True)
    assert seed.writes() == 2


def test_contacts_are_listed_and_found_in_any_spelling(run: Run, seed: Seed) -> None:
    run("contacts", "upsert", *ACME)
    run("contacts", "upsert", "name==2+3", "tin_value=ESB00000018", "country=es")
    assert len(rows(run("contacts", "list", "--json"))) == 2
    assert "Acme SL" in run("contacts", "list").out
    listed = list(csv.DictReader(io.StringIO(run("contacts", "list", "--csv").out)))
    assert sorted(row["name"] for row in listed) == ["'=2+3", "Acme SL"]
    assert [row["name"] for row in rows(run("contacts", "list", "--name", "acme", "--json"))] == ["Acme SL"]
    for text in ("B-98765431", "acme  sl"):
        assert [row["name"] for row in rows(run("contacts", "find", text, "--json"))] == ["Acme SL"]
    assert run("contacts", "find", "Acme SL", "--by", "tin").status == 1


def test_a_contact_that_is_not_there_or_several_is_one_sentence(run: Run, seed: Seed) -> None:
    assert "has no contact 'nobody'" in run("contacts", "find", "nobody").err
    path = f"/accounts/{seed.simulator.account}/contacts"
    for country, tin in (("es", "ESB98765431"), ("pt", "PT98765431")):
        seed.post(path, json={"contact": {"name": "Acme", "tin_value": tin, "country": country}})
    ran = run("contacts", "find", "acme")
    assert ran.status == 1
    assert "all have 'acme'; say which with --country" in ran.err
    assert run("contacts", "find", "acme", "--country", "pt").status == 0


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        (["Acme"], "'Acme' is no FIELD=VALUE"),
        (["nmae=Acme"], "nmae: a contact has no such field; did you mean 'name'?"),
        (["name=A", "name=B"], "name: it is given twice"),
        (["name=A", "is_client=perhaps"], "is_client: 'perhaps' is neither yes nor no"),
        (["name=A", "parent_id=x"], "parent_id: 'x' is no whole number"),
        ([], "FIELD=VALUE, --file: pass one of them"),
        (["name=A", "--file", "-"], "FIELD=VALUE, --file: pass one of them"),
        (["--file", "nowhere"], "--file: nowhere: No such file"),
        (["--file", "bad"], "--file: line 2: "),
        (["--file", "list"], "--file: line 1 is no object"),
    ],
)
def test_a_contact_that_cant_be_meant_is_status_2_and_sends_nothing(
    run: Run, seed: Seed, tmp_path: Path, given: list[str], problem: str
) -> None:
    (tmp_path / "bad").write_text('{"name": "A", "tin_value": "ESB98765431", "country": "es"}\n{"name": \n')
    (tmp_path / "list").write_text("[]\n")
    ran = run("contacts", "upsert", *given)
    assert ran.status == 2
    assert problem in ran.err
    assert seed.simulator.requests() == 0


def test_a_file_of_contacts_is_done_line_by_line(run: Run, seed: Seed, tmp_path: Path) -> None:
    (tmp_path / "contacts.jsonl").write_text(
        '\ufeff{"name": "Acme SL", "tin_value": "ESB98765431", "country": "es"}\n\n'
        '{"name": "Nobody"}\n'
        '{"nmae": "Misspelt"}\n'
        '{"name": "Ana", "tin_value": "ESB00000018", "country": "es"}\n',
        encoding="utf-8",
    )
    ran = run("contacts", "upsert", "--file", "contacts.jsonl", "--json")
    assert ran.status == 1
    assert [json.loads(line)["name"] for line in ran.out.splitlines()] == ["Acme SL", "Ana"]
    assert "line 3: " in ran.err
    assert "did you mean 'name'" in ran.err
    assert "2 lines of 4 could not be done" in ran.err


def test_contacts_come_from_standard_input(run: Run, seed: Seed, monkeypatch: pytest.MonkeyPatch) -> None:
    line = b'{"name": "Ana", "tin_value": "ESB00000018", "country": "es"}'
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(line)))
    assert [row["name"] for row in rows(run("contacts", "upsert", "--file", "-", "--json"))] == ["Ana"]


# Tax reports


@pytest.fixture
def reported(seed: Seed) -> int:
    """An invoice that was reported to VeriFactu; its id."""
    setting = {"tax_report_setting": {"code": "verifactu"}}
    seed.post(f"/accounts/{seed.simulator.account}/tax_report_settings", json=setting)
    number = seed.invoice("F-1")
    seed.post(f"/invoices/send_invoice/{number}")
    return number


def test_tax_reports_are_listed_and_shown(run: Run, seed: Seed, reported: int) -> None:
    (report,) = rows(run("tax-reports", "list", "--invoice", "F-1", "--json"))
    assert report["invoice_id"] == reported
    assert "121.00" in run("tax-reports", "list").out
    assert rows(run("tax-reports", "list", "--state", "error", "--json")) == []
    assert (
        len(rows(run("tax-reports", "list", "--state", "registered", "--from", "2020-01-01", "--json"))) == 1
    )
    (row,) = csv.DictReader(io.StringIO(run("tax-reports", "list", "--csv").out))
    assert row["invoice_number"] == "F-1"
    number = str(report["id"])
    assert rows(run("tax-reports", "get", number, "--json"))[0]["id"] == report["id"]
    assert "F-1" in run("tax-reports", "get", number).out
    ran = run("tax-reports", "list", "--invoice", "F-2")
    assert (ran.status, "there is no issued invoice 'F-2'" in ran.err) == (1, True)


def test_a_chain_is_shown_with_the_one_that_holds(run: Run, seed: Seed, reported: int) -> None:
    (report,) = rows(run("tax-reports", "list", "--json"))
    body = {"tax_report": {"description": "corrected"}}
    second = seed.http.patch(f"/tax_reports/{report['id']}", json=body).json()["tax_report"]["id"]
    ran = run("tax-reports", "get", str(second), "--chain")
    assert ran.status == 0
    assert f"corrected by {second}" in ran.out
    assert f"Report {second} holds." in ran.err
    seed.http.delete(f"/tax_reports/{second}")
    assert "None of them holds: annulled." in run("tax-reports", "get", str(second), "--chain").err
    assert len(rows(run("tax-reports", "get", str(second), "--chain", "--json"))) == 3


def test_a_qr_code_is_a_file(run: Run, seed: Seed, reported: int, tmp_path: Path) -> None:
    (report,) = rows(run("tax-reports", "list", "--json"))
    number = str(report["id"])
    ran = run("tax-reports", "qr", number)
    assert (ran.status, (tmp_path / f"qr-{number}.png").read_bytes()[:4]) == (0, b"\x89PNG")
    assert report["identifier"] in ran.err
    assert "is there already" in run("tax-reports", "qr", number).err
    assert run("tax-reports", "qr", "--invoice", "F-1", "-o", "qr.svg", "--size", "30").status == 0
    assert "<svg" in (tmp_path / "qr.svg").read_text()
    assert run("tax-reports", "qr", "--invoice", str(reported), "-o", "-").out.startswith("<svg")


@pytest.mark.parametrize(
    ("options", "status", "problem"),
    [
        ([], 2, "ID, --invoice: name one of them"),
        (["5", "--invoice", "F-1"], 2, "name one of them"),
        (["5", "-o", "qr.pdf"], 2, "--output: qr.pdf ends neither in .png nor in .svg"),
        (["5"], 1, "404"),
        (["--invoice", "F-9"], 1, "has no VeriFactu report"),
        (["--invoice", "F-1", "-o", "nowhere/qr.svg"], 2, "nowhere/qr.svg: No such file"),
        (["--invoice", "F-1", "-o", "x.svg", "--size", "0"], 2, "size: 0"),
    ],
)
def test_a_qr_code_that_cant_be_had_is_one_sentence(
    run: Run, seed: Seed, reported: int, options: list[str], status: int, problem: str
) -> None:
    seed.invoice("F-9")
    ran = run("tax-reports", "qr", *options)
    assert ran.status == status
    assert problem in ran.err
    assert ran.err.count("\n") == 1


# The directory, and documents


def test_a_party_is_looked_for_in_the_directory(run: Run, seed: Seed) -> None:
    seed.simulator.add_party("be", "0208", "0123456749", "Imaginaire\x1b[2J BV")
    ran = run("directory", "be", "BE 0123.456.749")
    assert ran.status == 0, ran.err
    assert "Imaginaire" in ran.out
    assert "\x1b" not in ran.out
    told = json.loads(run("directory", "be", "0208:0123456749", "--json").out)
    assert (told["reachable"], told["settled"]) == (True, True)
    assert told["tried"][0]["answer"] == "found"


def test_a_party_that_cant_be_reached_is_status_1_and_one_that_is_open_3(run: Run, seed: Seed) -> None:
    assert run("directory", "be", "0208:0999999999").status == 1
    seed.simulator.faults.add("424 operation='GET /directory/*'")
    ran = run("directory", "be", "0208:0123456749", "--timeout", "0.5")
    assert ran.status == 3
    assert run("directory", "belgium", "1").status == 2


def test_documents_are_checked_and_nothing_is_sent(run: Run, seed: Seed, tmp_path: Path) -> None:
    good = ubl_invoice(number="F-1")
    (tmp_path / "good.xml").write_bytes(good)
    (tmp_path / "bad.xml").write_bytes(
        good.replace(b'TaxInclusiveAmount currencyID="EUR">', b'TaxInclusiveAmount currencyID="EUR">9')
    )
    (tmp_path / "none.xml").write_text("<Order/>")
    assert run("validate", "good.xml").out == "good.xml: valid\n"
    ran = run("invoices", "validate", "good.xml", "bad.xml", "none.xml")
    assert ran.status == 1
    assert "bad.xml: not valid" in ran.out
    assert "BR-CO-15" in ran.out
    assert "//cac:LegalMonetaryTotal" in ran.out
    assert "none.xml: " in ran.out
    told = [json.loads(line) for line in run("validate", "bad.xml", "none.xml", "--json").out.splitlines()]
    assert [(one["file"], one["valid"]) for one in told] == [("bad.xml", False), ("none.xml", False)]
    assert told[0]["errors"][0]["code"] == "BR-CO-15"
    missing = run("validate", "good.xml", "nowhere.xml")
    assert (missing.status, missing.out) == (2, "")
    assert len(seed.simulator.ledger()) == 0


def test_a_fault_that_says_nothing_we_know_is_shown_all_the_same(
    run: Run, seed: Seed, tmp_path: Path
) -> None:
    (tmp_path / "f.xml").write_bytes(ubl_invoice(number="F-1"))
    body = (
        '{"valid": null, "errors": ["text", {"xpath": "/a", "text": "odd"}], "warnings": [{"message": "m"}]}'
    )
    seed.simulator.faults.add(f"200 operation='POST /documents/validate' body='{body}'")
    ran = run("validate", "f.xml")
    assert ran.status == 1
    assert all(said in ran.out for said in ("text", "odd", "/a", "warning", "m"))


def test_a_refused_version_says_nothing_about_the_document(run: Run, seed: Seed, tmp_path: Path) -> None:
    (tmp_path / "f.xml").write_bytes(ubl_invoice(number="F-1"))
    body = '{"error": {"code": "invalid_api_version", "message": "no"}}'
    seed.simulator.faults.add(f"400 operation='POST /documents/validate' body='{body}'")
    ran = run("validate", "f.xml")
    assert (ran.status, ran.out) == (1, "")
    assert "invalid_api_version" in ran.err


# Web hooks

URL = "https://ours.example/hooks"


def test_a_web_hook_is_made_with_its_secret_and_then_left(run: Run, seed: Seed) -> None:
    made = run("webhooks", "ensure", URL, "--event", "issued_invoice.state_change")
    assert made.status == 0
    secret = made.out.strip()
    assert len(secret) > 8
    assert secret not in made.err
    again = run("webhooks", "ensure", URL, "--event", "issued_invoice.state_change")
    assert (again.status, again.out) == (0, "")
    assert "--replace makes another" in again.err
    (hook,) = rows(run("webhooks", "list", "--json"))
    assert hook["url"] == URL
    assert secret not in run("webhooks", "list").out


def test_a_secret_is_saved_for_one_reader(run: Run, seed: Seed, tmp_path: Path) -> None:
    ran = run("webhooks", "ensure", URL, "--save-secret", "secret", "--json")
    path = tmp_path / "secret"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert path.read_text().strip() not in ran.out + ran.err
    taken = run("webhooks", "ensure", URL, "--save-secret", "secret", "--replace", "--yes")
    assert (taken.status, "nothing was made" in taken.err) == (2, True)
    assert len(rows(run("webhooks", "list", "--json"))) == 1
    run("webhooks", "ensure", URL, "--save-secret", "other")  # there already: no secret comes
    assert not (tmp_path / "other").exists()


def test_a_web_hook_that_is_refused_leaves_no_file(run: Run, seed: Seed, tmp_path: Path) -> None:
    seed.simulator.faults.add("422 operation='POST /web_hooks'")
    assert run("webhooks", "ensure", URL, "--save-secret", "secret").status == 1
    assert not (tmp_path / "secret").exists()


def test_a_secret_that_cant_be_written_is_printed(
    run: Run, seed: Seed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(file: int, content: bytes) -> int:
        raise OSError(28, "No space left on device")

    class Full:
        def __getattr__(self, name: str) -> Any:
            return full if name == "write" else getattr(os, name)

    monkeypatch.setattr(webhooks, "os", Full())
    ran = run("webhooks", "ensure", URL, "--save-secret", "secret")
    assert ran.status == 0
    assert len(ran.out.strip()) > 8
    assert "No space left on device; the secret is printed instead" in ran.err
    assert not (tmp_path / "secret").exists()


def test_replacing_asks_and_deletes_what_was_there(
    run: Run, seed: Seed, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = run("webhooks", "ensure", URL).out
    monkeypatch.setattr(sys, "stdin", Terminal("no\n"))
    assert run("webhooks", "ensure", URL, "--replace").status == 1
    second = run("webhooks", "ensure", URL, "--replace", "--yes").out
    assert second.strip() not in ("", first.strip())
    assert len(rows(run("webhooks", "list", "--json"))) == 1


def test_a_new_secret_is_told_though_the_old_web_hook_cant_be_deleted(run: Run, seed: Seed) -> None:
    run("webhooks", "ensure", URL)
    seed.simulator.faults.add("409 operation='DELETE /web_hooks/{}'")
    ran = run("webhooks", "ensure", URL, "--replace", "--yes")
    assert ran.status == 0
    assert len(ran.out.strip()) > 8
    assert len(rows(run("webhooks", "list", "--json"))) == 2


def test_a_folder_is_not_taken_for_a_file_that_is_missing(run: Callable[..., Ran], tmp_path: Path) -> None:
    ran = run("validate", tmp_path)
    assert (ran.status, "it is a folder; name the files in it" in ran.err) == (2, True)

"""`b2brouter upload --dry-run` and `--rehearse`: everything is told, and nothing is sent."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from b2brouter_async.cli.upload.dry_run import Sums
from examples.sample_invoices import ubl_invoice

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.cli.conftest import Ran

    Run = Callable[..., Ran]
    Invoices = Callable[..., Path]

TABLES = Path(__file__).parents[1] / "tables"


def sample(name: str) -> list[str]:
    (table,) = [path for path in TABLES.glob(f"samples/{name}.*") if path.suffix != ".json"]
    return [str(table), "--map", str(TABLES / "answers" / f"{name}.toml")]


def words(text: str) -> list[list[str]]:
    return [[part.strip() for part in line.split("  ") if part.strip()] for line in text.splitlines()]


def test_a_table_is_told_invoice_by_invoice_with_sums_and_nothing_is_made(run: Run, tmp_path: Path) -> None:
    ran = run("upload", *sample("es-factura-irpf"), "--dry-run")
    assert ran.status == 0
    told = words(ran.out)
    assert told[1] == [
        "2026-0011", "2026-03-15", "invoice", "Puerto Inventado SL", "1", "150.00", "IVA 21 % 31.50, IRPF -15 % -22.50",
        "159.00", "EUR", "es-factura-irpf.csv line 2",
    ]  # fmt: skip
    assert ["2026-04", "EUR", "IVA 21 %", "1820.00", "382.20"] in told
    assert ["2026-04", "EUR", "3 invoices", "2229.20"] in told
    assert ran.err.splitlines()[-1] == "4 invoices would go out. Nothing was sent."
    assert list(tmp_path.iterdir()) == []


def test_credit_notes_lower_the_sums_whatever_their_sign(run: Run) -> None:
    told = words(run("upload", *sample("fr-tva-par-taux"), "--dry-run").out)
    assert ["2026-09", "EUR", "TVA 20 %", "1400.00", "280.00"] in told
    assert ["2026-09", "EUR", "4 invoices", "2451.10"] in told


def test_what_is_wrong_is_told_beside_what_is_right(run: Run) -> None:
    ran = run("upload", *sample("pl-faktury"), "--dry-run")
    assert ran.status == 1
    assert "pl-faktury.csv line 4  FV/3/2026  a tax of 31.00 on 200.00: it is none of the rates" in ran.out
    assert ran.err.splitlines()[-1] == "3 invoices would go out, 1 place wrong. Nothing was sent."


def test_rows_that_are_left_out_are_told(run: Run) -> None:
    ran = run("upload", *sample("de-einnahmen-ausgaben"), "--dry-run")
    assert "Left out: 1 row where Belegart is Ausgabe" in ran.err


def test_documents_are_told_too_and_one_number_twice_is_wrong(run: Run, tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    for name in ("a", "b"):
        (tmp_path / "in" / f"{name}.xml").write_bytes(ubl_invoice(number="DRY-1"))
    (tmp_path / "in" / "broken.xml").write_text("<Order/>")
    ran = run("upload", "in", "--dry-run", "--json")
    assert ran.status == 1
    told = {line["source"]: line for line in map(json.loads, ran.out.splitlines())}
    assert (told["a.xml"]["number"], told["a.xml"]["wrong"]) == ("DRY-1", None)
    assert told["a.xml"]["total"]
    assert told["b.xml"]["wrong"] == "its number is in a.xml too"
    assert "not an invoice we know" in told["broken.xml"]["wrong"]


def test_the_lines_of_a_document_are_added_up_and_a_contradiction_is_told(run: Run, tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    content = ubl_invoice(number="DRY-1")
    (tmp_path / "in" / "a.xml").write_bytes(content)
    wrong = content.replace(b">DRY-1<", b">DRY-2<").replace(b">162.23<", b">162.24<")
    assert wrong.count(b">162.24<") > 0
    (tmp_path / "in" / "b.xml").write_bytes(wrong)

    ran = run("upload", "in", "--dry-run", "--json")

    told = {line["source"]: line for line in map(json.loads, ran.out.splitlines())}
    assert told["a.xml"]["lines"] == 2
    assert {tax["name"] for tax in told["a.xml"]["taxes"]} == {"IVA 10 %", "IVA 21 %"}
    assert told["a.xml"]["doubt"] is None
    assert told["b.xml"]["wrong"] is None
    assert "Its lines don't come to what it states" in told["b.xml"]["doubt"]
    assert "IVA 21 % S" in run("upload", "in", "--dry-run").out
    assert "doubtful" in run("upload", "in", "--dry-run").out


def test_the_page_of_a_dry_run_escapes_what_is_in_the_table(run: Run, tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text(
        "number,date,currency,contact.name,line.price,tax.name,tax.percent\nX-1,2026-11-03,EUR,<script>alert(1)</script>,1,IVA,21\n"
    )
    assert run("upload", "t.csv", "--dry-run", "--report", "d.html").status == 0
    page = (tmp_path / "d.html").read_text(encoding="utf-8")
    assert "<script>" not in page
    assert "&lt;script&gt;" in page
    assert "1 invoice would go out" in page


def test_a_rehearsal_uploads_all_of_it_to_a_simulator_and_leaves_nothing_behind(
    run: Run, tmp_path: Path
) -> None:
    ran = run("upload", *sample("es-gestoria"), "--rehearse", "--verify-totals", "--json")
    assert ran.status == 0
    assert [json.loads(line)["kind"] for line in ran.out.splitlines()] == ["created"] * 3
    assert "A rehearsal: nothing was sent." in ran.err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["--dry-run", "--rehearse"], "--dry-run, --rehearse: one of them at a time"),
        ([], "--account: name the account"),
    ],
)
def test_what_is_missing_or_contradicts_is_status_2(
    run: Run, invoices: Invoices, arguments: list[str], complaint: str
) -> None:
    ran = run("upload", invoices(1), *arguments)
    assert (ran.status, complaint in ran.err) == (2, True)


@pytest.mark.parametrize(
    ("currency", "totals", "shown"),
    [
        ("EUR", ["121", "0.5"], "121.50"),
        ("JPY", ["1200", "34"], "1234"),
        ("JPY", ["1200.00"], "1200"),
        ("KWD", ["1.234", "1"], "2.234"),
        ("KWD", ["1"], "1.000"),
        ("EUR", ["0.125"], "0.125"),
        ("EUR", ["1E+3"], "1000.00"),
        ("EUR", ["1", "-1"], "0.00"),
    ],
)
def test_a_sum_has_the_digits_of_its_currency_and_loses_none(
    currency: str, totals: list[str], shown: str
) -> None:
    sums = Sums()
    for total in totals:
        sums.add_total("2026-03", currency, Decimal(total))
        sums.add_rate("2026-03", currency, "IVA 21 %", Decimal(total), Decimal(0))
    (_, _, _, base, _), (_, _, _, _, total_shown) = sums.rows()
    assert (str(base), str(total_shown)) == (shown, shown)

"""The sample generator writes what it promises."""

from __future__ import annotations

import sys
from collections import Counter
from decimal import Decimal
from typing import TYPE_CHECKING

from b2brouter_async.einvoice import detect, read_document
from examples import sample_invoices

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

WRITTEN = dict(sample_invoices.samples(200))
FACTS = {name: read_document(content) for name, content in WRITTEN.items()}


def test_the_same_seed_gives_the_same_bytes_and_another_seed_other_numbers() -> None:
    assert dict(sample_invoices.samples(200)) == WRITTEN
    assert list(sample_invoices.samples(20)) == list(WRITTEN.items())[:20]
    other = {read_document(content).number for _, content in sample_invoices.samples(200, seed=2)}
    assert other.isdisjoint(facts.number for facts in FACTS.values())


def test_numbers_and_names_are_unique() -> None:
    assert len(WRITTEN) == 200
    assert len({facts.number for facts in FACTS.values()}) == 200


def test_invoices_credit_notes_and_both_syntaxes_are_among_them() -> None:
    kinds = Counter((facts.syntax, facts.kind) for facts in FACTS.values())
    assert kinds == {("ubl", "invoice"): 120, ("ubl", "credit_note"): 20, ("cii", "invoice"): 60}
    assert all(name.endswith(f"-{detect(content)}.xml") for name, content in WRITTEN.items())


def test_countries_currencies_and_lengths_vary() -> None:
    assert len({facts.seller.country for facts in FACTS.values()}) == 9
    assert len({facts.buyer.country for facts in FACTS.values()}) == 12
    assert {facts.currency for facts in FACTS.values()} == {"EUR", "PLN", "SEK"}
    lengths = {content.count(b"<cac:Item>") for content in WRITTEN.values()}
    assert {1, 2, 3, 5, 8, 13, 60} <= lengths


def test_totals_are_consistent_to_the_cent() -> None:
    for facts in FACTS.values():
        assert facts.subtotal is not None
        assert facts.tax_total is not None
        assert facts.total is not None
        assert facts.total == facts.subtotal + facts.tax_total == facts.payable
        assert facts.total > 0
        assert facts.total.as_tuple().exponent == -2


def test_tax_is_rounded_half_up_for_each_rate() -> None:
    def line(price: str, rate: str) -> sample_invoices.Line:
        return sample_invoices.Line(name="x", quantity=Decimal(1), price=Decimal(price), rate=Decimal(rate))

    invoice = sample_invoices.Invoice(
        lines=(line("0.05", "10"), line("0.10", "21"), line("0.10", "21"), line("9", "0"))
    )
    assert invoice.taxes == [
        ("S", Decimal(21), Decimal("0.20"), Decimal("0.04")),
        ("S", Decimal(10), Decimal("0.05"), Decimal("0.01")),
        ("Z", Decimal(0), Decimal("9.00"), Decimal("0.00")),
    ]
    assert (invoice.net, invoice.tax, invoice.gross) == (Decimal("9.25"), Decimal("0.05"), Decimal("9.30"))


def test_one_seller_can_issue_them_all() -> None:
    seller = sample_invoices.SELLERS[2]
    for _, content in sample_invoices.samples(30, seller=seller):
        assert read_document(content).direction([seller.tax_id]) == "issued"


def test_credit_notes_name_the_invoice_they_correct() -> None:
    assert b"<cbc:ID>F1-00009</cbc:ID>" in WRITTEN["C1-00010-ubl.xml"]


def test_some_go_to_the_recipients_of_the_sandbox_on_demand() -> None:
    marked = [read_document(content) for _, content in sample_invoices.samples(60, sandbox_recipients=True)]
    reached = Counter(
        facts.buyer.endpoint_id for facts in marked if facts.buyer.endpoint_id in sample_invoices.SANDBOX_GLNS
    )
    assert reached == dict.fromkeys(sample_invoices.SANDBOX_GLNS, 2)
    assert all(facts.buyer.endpoint_id not in sample_invoices.SANDBOX_GLNS for facts in FACTS.values())


def test_location_numbers_are_examples_with_a_right_check_digit() -> None:
    for company in (*sample_invoices.SELLERS, *sample_invoices.BUYERS):
        assert company.gln.startswith("952")
        assert sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(company.gln)) % 10 == 0
        assert company.email.isascii()


def test_the_command_line_writes_a_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "new" / "samples"
    monkeypatch.setattr(sys, "argv", ["sample_invoices.py", str(folder), "--count", "12", "--seller", "IT"])
    sample_invoices.main()
    files = sorted(folder.iterdir())
    assert len(files) == 12
    assert "12 documents" in capsys.readouterr().out
    assert {read_document(path.read_bytes()).seller.country for path in files} == {"IT"}

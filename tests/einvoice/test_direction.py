"""Issued or received: told by comparing identifiers in any spelling."""

from __future__ import annotations

import pytest

from b2brouter_async.einvoice import read_document, same_identifier
from examples.sample_invoices import BUYERS, SELLERS

from .samples import facturae_invoice, fatturapa_invoice, ubl_invoice

FACTS = read_document(ubl_invoice(seller=SELLERS[0], buyer=BUYERS[1]))  # ESB00000011 to DE000000052


@pytest.mark.parametrize(
    "own", ["ESB00000011", "B00000011", "es b-0000001.1", "9520000000110", "0088:9520000000110"]
)
def test_a_document_of_our_own_is_issued(own: str) -> None:
    assert FACTS.direction([own]) == "issued"
    assert FACTS.direction({"unrelated", own}) == "issued"


@pytest.mark.parametrize("own", ["DE000000052", "000000052", "00000052", "9520000000523"])
def test_a_document_to_us_is_received(own: str) -> None:
    assert FACTS.direction((own,)) == "received"


@pytest.mark.parametrize("own", [[], [""], [" - "], ["FRB00000011"], ["B00000012"], ["ES"], ["B0000001"]])
def test_a_document_between_others_has_no_direction(own: list[str]) -> None:
    assert FACTS.direction(own) is None


def test_a_document_between_two_of_our_own_companies_is_undecided() -> None:
    assert FACTS.direction(["ESB00000011", "DE000000052"]) is None


def test_one_identifier_may_be_given_as_text() -> None:
    assert FACTS.direction("ESB00000011") == "issued"


def test_direction_works_for_national_syntaxes() -> None:
    assert read_document(facturae_invoice()).direction(["B00000011"]) == "issued"
    assert read_document(facturae_invoice()).direction(["B00000051"]) == "received"
    assert read_document(fatturapa_invoice()).direction(["00000000014"]) == "issued"


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("BE 0123.456.789", "0208:0123456789", True),
        ("NL8200.98.395.B.01", "820098395B01", True),
        ("NO123456789MVA", "123456789MVA", True),
        ("EL123456789", "123456789", True),
        ("CHE-123.456.789", "123456789", True),
        ("DE123456789", "FR123456789", False),
        ("DE123456789", "de123456789", True),
        ("BERLIN", "RLIN", False),
        ("12345678", "12345679", False),
        ("", "", False),
        ("NIF: B-12.345.678", "ESB12345678", True),
        ("N.I.F. ES B12345678", "B12345678", True),
        ("cif b12345678", "B12345678", True),
        ("1234567L", "01234567L", True),
        ("ES01234567L", "1234567-L", True),
        ("X1234567L", "NIE X-1234567-L", True),
        ("X1234567L", "1234567L", False),
        ("7A", "007A", False),
        ("NO987654321MVA", "987 654 321", True),
        ("CHE-123.456.789 MWST", "CHE123456789", True),
        ("CHE-123.456.789 TVA", "CHE-123.456.789 IVA", True),
        ("VAT BE0123456789", "0208:0123456789", True),
        ("P.IVA 01234567890", "IT01234567890", True),
        ("USt-IdNr. DE123456789", "123456789", True),
        ("VATICAN", "ICAN", False),
        ("B12345678", "A12345678", False),
    ],
)
def test_spellings_of_one_identifier_are_the_same(one: str, other: str, same: bool) -> None:
    assert same_identifier(one, other) is same
    assert same_identifier(other, one) is same

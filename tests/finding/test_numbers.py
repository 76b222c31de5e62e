"""Two spellings of one number are the same party, and two parties never are."""

from __future__ import annotations

import pytest

from b2brouter_async.einvoice import same_number


@pytest.mark.parametrize(
    ("one", "country", "other", "other_country"),
    [
        ("ESB12345678", None, "es b-1234567.8", None),
        ("B12345678", None, "b 12.345.678", None),
        ("B12345678", "es", "ESB12345678", None),
        ("ESB12345678", None, "B12345678", "ES"),
        ("ESB12345678", "fr", "ES-B12345678", "es"),
        ("NIF: 12345678Z", "es", "ES12345678Z", "es"),
        ("EL123456789", None, "GR 123456789", None),
        ("123456789", "gr", "EL123456789", None),
        ("123456789", "el", "GR123456789", None),
        ("GB123456789", None, "123456789", "xi"),
        ("CHE-123.456.789 MWST", None, "CHE123456789", None),
        ("123.456.789", "ch", "CHE123456789", None),
        ("FR12345678901", None, "12345678901", "mc"),
        ("FR12345678901", None, "12345678901", "re"),
        ("0208:0123456749", None, "0123.456.749", "be"),
        ("BE0123456749", None, "0123456749", "be"),
        ("ADL123456X", "ad", "L-123456-X", "ad"),
        ("BR12345678000195", "br", "12.345.678/0001-95", "br"),
        ("NO 923 609 016 MVA", None, "923609016", "no"),
        ("\uff25\uff33\uff22\uff11\uff12\uff13", None, "ESB123", None),  # letters and digits of double width
    ],
)  # fmt: skip
def test_spellings_of_one_number_are_the_same(
    one: str, country: str | None, other: str, other_country: str | None
) -> None:
    assert same_number(one, other, country=country, other_country=other_country) is True
    assert same_number(other, one, country=other_country, other_country=country) is True


@pytest.mark.parametrize(
    ("one", "country", "other", "other_country"),
    [
        ("DE123456789", None, "123456789", "pt"),
        ("123456789", "pt", "123456789", "fr"),
        ("DE123456789", None, "FR123456789", None),
        ("DE123456789", "de", "PT123456789", "pt"),
        ("EL123456789", None, "CY123456789", None),
        ("ESB12345678", "es", "ESB12345679", "es"),
        ("B12345678", "es", "B1234567", "es"),
        ("123456789", "br", "BR123456789", "es"),
        ("", None, "", None),
        ("ES", None, "ES", "fr"),
        ("-", None, "-", None),
        ("N/A", "es", "n/a", "es"),
        ("00000000", "es", "00000000", "es"),
        ("\u0416123456789", "bg", "123456789", "bg"),  # a letter of another alphabet is part of it
        ("ES1234567\u00d1", "es", "ES1234567", "es"),
    ],
)  # fmt: skip
def test_two_parties_are_never_the_same(
    one: str, country: str | None, other: str, other_country: str | None
) -> None:
    assert not same_number(one, other, country=country, other_country=other_country)
    assert not same_number(other, one, country=other_country, other_country=country)


@pytest.mark.parametrize(("one", "other"), [("DE123456789", "123456789"), ("ESB12345678", "B12345678")])
def test_a_number_whose_country_nobody_knows_may_be_another_ones(one: str, other: str) -> None:
    assert same_number(one, other) is None
    assert same_number(other, one) is None

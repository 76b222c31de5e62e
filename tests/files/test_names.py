"""A name made of a pattern and of what strangers wrote stays in its folder, on every system."""

from __future__ import annotations

import pathlib
import re
import unicodedata
from pathlib import PurePosixPath, PureWindowsPath
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from b2brouter_async import ArgumentError
from b2brouter_async._files.names import NAMES, Pattern, safe_part, same_name
from b2brouter_async.models import InvoiceListItem


def row(**fields: Any) -> InvoiceListItem:
    given = {
        "id": 5,
        "number": "F-1",
        "date": "2026-10-14",
        "due_date": "2026-11-13",
        "series_code": "A",
        "state": "sent",
        "type": "IssuedInvoice",
        "currency": "EUR",
        "total": 121,
        "contact": {"name": "Ana", "tin_value": "ESB00000018"},
        **fields,
    }
    return InvoiceListItem.from_dict(given)


def named(pattern: str, **fields: Any) -> str:
    return "/".join(Pattern.parse(pattern).path(row(**fields)))


@pytest.mark.parametrize(
    ("pattern", "name"),
    [
        ("{date:%Y-%m}/{number}.pdf", "2026-10/F-1"),
        ("{date:%Y-%m}/{number}", "2026-10/F-1"),
        ("{date:%Y/%m/%d}/{number}.XML", "2026/10/14/F-1"),
        ("invoice-{number}.{ext}", "invoice-F-1"),
        ("{contact}/{series}-{number}", "Ana/A-F-1"),
        ("{id:08}", "00000005"),
        ("{tin}_{currency}_{total}_{state}_{type}", "ESB00000018_EUR_121_sent_IssuedInvoice"),
        ("due {due_date}", "due 2026-11-13"),
        ("{{{number}}}", "{F-1}"),
        ("v1.2/{number}", "v1.2/F-1"),
        ("{number:.2}", "F-"),
    ],
)
def test_a_pattern_makes_a_name(pattern: str, name: str) -> None:
    assert named(pattern) == name


@pytest.mark.parametrize(
    ("number", "name"),
    [
        ("F/2026/1", "F_2026_1"),
        ("../../etc/passwd", "_.._etc_passwd"),
        ("..", "_"),
        (".", "_"),
        ("...", "_"),
        ("/", "_"),
        ("/etc/passwd", "_etc_passwd"),
        (r"..\..\boot.ini", r"_.._boot.ini"),
        ("C:", "C_"),
        ("C:\\x", "C__x"),
        ("CON", "_CON"),
        ("con.2026", "_con.2026"),
        ("aux ", "_aux"),
        ("LPT1", "_LPT1"),
        ("COM¹", "_COM¹"),
        ("COMET", "COMET"),
        (".hidden", "hidden"),
        ("F-1.", "F-1"),
        ("F-1. . ", "F-1"),
        ("a\x00b", "a b"),
        ("a\nb\tc", "a b c"),
        ("\x1b[31mred", "[31mred"),
        ("\u202egnp.exe", "gnp.exe"),
        ('<a>|"?*', "_a_____"),
        ("F.pdf", "F.pdf"),
        ("e\u0301", "\u00e9"),
        ("\ud800", "_"),
        ("", "5"),
        (None, "5"),
    ],
)
def test_what_a_sender_wrote_is_one_name_that_every_system_takes(number: str | None, name: str) -> None:
    assert named("{number}", number=number) == name


def test_a_very_long_number_is_cut_between_letters() -> None:
    assert named("{number}", number="F" * 10_000) == "F" * 180
    cut = named("{number}", number="é" * 10_000)
    assert cut == "é" * 90


@pytest.mark.parametrize("field", ["date", "due_date", "series_code", "contact", "total"])
def test_what_an_invoice_lacks_is_said(field: str) -> None:
    placeholder = {"series_code": "series"}.get(field, field)
    assert named(f"{{{placeholder}}}", **{field: None}) == "none"
    spec = ":%Y" if "date" in field else ""
    assert named(f"{{{placeholder}{spec}}}", **{field: None}) == "none"


@pytest.mark.parametrize(
    ("pattern", "problem"),
    [
        ("{nummer}", "there is no field {nummer}; there are id, number"),
        ("{numbr}", "did you mean 'number'"),
        ("{0}", "there is no field"),
        ("{}", "there is no field"),
        ("{number.__class__}", "there is no field"),
        ("{number[0]}", "there is no field"),
        ("{number!r}", "there is no field"),
        ("{number:{id}}", "there is no field"),
        ("{number", "can't be read"),
        ("number}", "can't be read"),
        ("../{number}", "must stay in the folder"),
        ("a/../{number}", "must stay in the folder"),
        ("/tmp/{number}", "must stay in the folder"),
        ("{number}/", "must stay in the folder"),
        ("a//{number}", "must stay in the folder"),
        ("", "must stay in the folder"),
        (".pdf", "must stay in the folder"),
        (" . /{number}", "must stay in the folder"),
        ("C:/{number}", "no drive"),
        ("a\\{number}", "divided by /"),
        ("a\n{number}", "divided by /"),
        ("{number:d}", "'{number:d}'"),
        ("{date:d}", None),
    ],
)
def test_a_pattern_that_cant_be_used_is_refused_before_anything_is_sent(
    pattern: str, problem: str | None
) -> None:
    if problem is None:
        assert Pattern.parse(pattern)
        return
    with pytest.raises(ArgumentError, match="pattern: ") as error:
        Pattern.parse(pattern)
    assert problem in str(error.value)


def test_a_format_that_leads_upwards_leads_nowhere() -> None:
    assert named("{date:../../%Y}/{number}") == "_/_/2026/F-1"


@given(st.text(max_size=400))
def test_any_number_stays_one_plain_name(number: str) -> None:
    path = Pattern.parse("{date:%Y-%m}/{number}").path(row(number=number))
    assert len(path) == 2
    name = path[1]
    assert name
    assert len(name.encode()) <= 190
    assert name == name.strip(" .") or name == "_"
    assert name.isprintable()
    for system in (PurePosixPath, PureWindowsPath):
        joined = system("root", *path)
        assert joined.parts == ("root", "2026-10", name)
        assert not joined.is_absolute()
    assert not re.match(r"(?i)(con|prn|aux|nul|(com|lpt)[0-9\u00b9\u00b2\u00b3]) *(\.|$)", name)  # devices
    assert safe_part(name) == name


@given(st.text(max_size=20))
def test_two_spellings_that_a_system_takes_for_one_are_known_as_one(text: str) -> None:
    assert same_name(unicodedata.normalize("NFD", text)) == same_name(unicodedata.normalize("NFC", text))


def test_every_field_is_on_the_page() -> None:
    page = (pathlib.Path(__file__).parents[2] / "docs" / "files.md").read_text(encoding="utf-8")
    assert all(f"`{{{name}" in page for name in NAMES)

"""How numbers, times and text from elsewhere are spelled."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from b2brouter_async.cli.output import duration, percent, plural, printable


@pytest.mark.parametrize(
    ("seconds", "told"),
    [(0, "0.0 s"), (0.44, "0.4 s"), (9.94, "9.9 s"), (9.96, "10 s"), (59.4, "59 s"), (59.6, "1:00"), (365, "6:05"),
     (3723, "1:02:03")],
)  # fmt: skip
def test_a_time_is_told_as_people_say_it(seconds: float, told: str) -> None:
    assert duration(seconds) == told


@pytest.mark.parametrize(
    ("part", "whole", "told"),
    [
        (0, 0, "0 %"),
        (0, 7, "0 %"),
        (4999, 5000, "99 %"),
        (5000, 5000, "100 %"),
        (1, 300, "0.3 %"),
        (9, 100, "9.0 %"),
    ],
)
def test_only_the_whole_is_a_hundred_percent(part: int, whole: int, told: str) -> None:
    assert percent(part, whole) == told


def test_one_is_singular_and_thousands_are_marked() -> None:
    assert plural(1, "document") == "1 document"
    assert plural(0, "document") == "0 documents"
    assert plural(12345, "time", "times") == "12,345 times"


@pytest.mark.parametrize("text", ["1\u202f234,00 €", "Société\u00a0X", "株式\u3000会社"])
def test_spaces_of_other_scripts_stay_as_they_are(text: str) -> None:
    assert printable(text) == text


@given(st.text())
def test_text_of_others_steers_no_terminal(text: str) -> None:
    shown = printable(text)
    assert len(shown) == len(text)
    assert re.sub(r"[\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]", " ", shown).isprintable()
    if text.isprintable():
        assert shown == text

"""The report: one page that needs nothing else."""

from __future__ import annotations

import datetime
import functools
import itertools
import re
from html.parser import HTMLParser
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from b2brouter_async.bulk import Outcome
from b2brouter_async.cli.upload import plot
from b2brouter_async.cli.upload.record import Record
from b2brouter_async.cli.upload.report import Run, headline, render, write
from b2brouter_async.cli.upload.traffic import Traffic

if TYPE_CHECKING:
    from pathlib import Path

VOID = {"meta", "br"}


class Page(HTMLParser):
    """What stands on a page: its tags with their attributes, and its text; everything opened is closed."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self._open: list[str] = []
        self.feed(page)
        self.close()
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        if not self._open or self._open[-1] != "style":
            self.text += data


def a_run(*outcomes: Outcome, seconds: float = 30.0, finished: bool = True, **more: object) -> Run:
    now = [0.0]
    traffic = Traffic(600, lambda: now[0])
    record = Record()
    for second in range(int(seconds)):
        traffic.requests.add(second, 10)
    for outcome in outcomes:
        record.note(outcome)
        traffic.finish()
    told: dict[str, object] = {
        "record": record,
        "traffic": traffic,
        "seconds": seconds,
        "began": datetime.datetime(2026, 11, 5, 9, 3, 1, tzinfo=datetime.UTC),
        "account": "123",
        "environment": "sandbox",
        "host": "http://127.0.0.1:8000",
        "journal": "run.db",
        "program": "b2brouter-async/0.1.0",
        "finished": finished,
        **more,
    }
    return Run(**told)  # type: ignore[arg-type]


GOOD = Outcome(
    kind="created", source="good.xml", number="F-1", invoice_id=7, seconds=0.4, attempts=1, request_id="r-1"
)
BAD = Outcome(kind="refused", source="bad.xml", number="F-2", code="parameter_blank", param="contact.tin_value",
              message="tin_value can't be blank", seconds=3.5, attempts=1)  # fmt: skip


def test_the_page_tells_totals_outcomes_causes_and_the_slowest() -> None:
    page = Page(render(a_run(GOOD, BAD, GOOD)))
    assert "2 of 3 documents there" in page.text
    assert "Upload to account 123 (sandbox), 5 November 2026, 09:03" in page.text
    words = re.sub(r"\s+", " ", page.text)
    assert (
        "tin_value can't be blank refused · 1 document · parameter_blank · param contact.tin_value bad.xml"
        in words
    )
    assert words.index("bad.xmlrefused13.5 s") < words.index("good.xmlcreatedr-110.4 s")
    assert "limit 600 a minute" in words
    assert "300 requests in 30 s" in words


def test_the_page_asks_nothing_of_the_network() -> None:
    page = Page(render(a_run(GOOD, BAD)))
    names = {name for _, attributes in page.tags for name in attributes}
    assert not names & {"src", "href", "srcset", "action", "background", "poster", "data"}
    assert not {tag for tag, _ in page.tags} & {"script", "link", "img", "iframe", "object", "base", "form"}
    assert ("meta", {"http-equiv": "Content-Security-Policy",
                     "content": "default-src 'none'; style-src 'unsafe-inline'"}) in page.tags  # fmt: skip
    assert "url(" not in render(a_run(GOOD))
    assert "@import" not in render(a_run(GOOD))


def test_it_knows_the_dark_and_paper() -> None:
    page = render(a_run(GOOD))
    assert "prefers-color-scheme: dark" in page
    assert "@media print" in page


@functools.cache
def tags_of_a_quiet_page() -> list[str]:
    refused = Outcome(kind="refused", source="a", code="c", param="p", message="m", number="n")
    return [tag for tag, _ in Page(render(a_run(refused))).tags]


@given(st.text(), st.text(), st.text())
def test_no_text_of_others_becomes_markup(source: str, message: str, code: str) -> None:
    hostile = f"<script>alert(1)</script>\"'&{message}"
    loud = Page(
        render(
            a_run(
                Outcome(
                    kind="refused",
                    source=f"<b>{source}",
                    code=f"</p>{code}",
                    param=f"<i>{code}",
                    message=hostile,
                    number=hostile,
                )
            )
        )
    )
    assert [tag for tag, _ in loud.tags] == tags_of_a_quiet_page()


@pytest.mark.parametrize(
    ("outcomes", "finished", "expected"),
    [
        ([], True, ("No document was uploaded", "good")),
        ([GOOD], True, ("1 document: all there", "good")),
        ([GOOD], False, ("1 document: all there, and more to do", "warn")),
        ([GOOD, BAD], True, ("1 of 2 documents there", "bad")),
        ([Outcome(kind="unknown", source="u")], True, ("0 of 1 document there", "warn")),
    ],
    ids=["nothing", "all there", "stopped", "some refused", "unknown"],
)
def test_the_headline_says_how_it_went(
    outcomes: list[Outcome], finished: bool, expected: tuple[str, str]
) -> None:
    assert headline(a_run(*outcomes, finished=finished)) == expected


def test_what_was_cut_off_is_listed() -> None:
    page = Page(render(a_run(GOOD, finished=False, in_flight=("late & slow.xml",), skipped=3)))
    assert "late & slow.xml" in page.text
    assert "stopped before its end" in page.text
    assert "3 files" in page.text


def test_files_that_were_passed_over_are_named() -> None:
    page = Page(render(a_run(GOOD, skipped=1002, skipped_names=("notes & more.txt", "sub/.hidden.xml"))))
    words = re.sub(r"\s+", " ", page.text)
    assert "notes & more.txt" in words
    assert "sub/.hidden.xml" in words
    assert "and 1,000 more" in words


def test_a_group_of_causes_shows_how_many_different_ones_it_holds() -> None:
    def refused(message: str) -> Outcome:
        return Outcome(kind="refused", source="a.xml", code="parameter_inclusion", message=message)

    words = Page(render(a_run(refused("one"), refused("two"), refused("two"), refused("three")))).text
    assert "refused · 4 documents · 3 different messages · parameter_inclusion" in re.sub(r"\s+", " ", words)
    assert "different" not in Page(render(a_run(refused("one"), refused("one")))).text


def test_a_long_list_opens_fully() -> None:
    outcomes = [Outcome(kind="refused", source=f"{index}.xml", code="x", message="m") for index in range(60)]
    page = render(a_run(*outcomes))
    assert "<summary>show 40 more</summary>" in page
    assert all(f"<li>{index}.xml</li>" in page for index in range(60))
    assert "max-height" not in page


def test_ten_thousand_failures_are_a_page_of_bounded_size() -> None:
    outcomes = [
        Outcome(kind="refused", source=f"{index}.xml", code="x", message="m") for index in range(10_000)
    ]
    page = render(a_run(*outcomes))
    assert len(page) < 200_000
    assert "and 9,000 more: <code>b2brouter journal run.db --kind refused</code>" in page


def test_the_file_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    target = tmp_path / "report.html"
    target.write_text("before")
    write(a_run(GOOD), target)
    assert target.read_text(encoding="utf-8") == render(a_run(GOOD))
    (tmp_path / "taken").mkdir()
    with pytest.raises(OSError, match="directory"):
        write(a_run(GOOD), tmp_path / "taken")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["report.html", "taken"]


@given(
    st.lists(st.integers(0, 40), min_size=1, max_size=400),
    st.floats(0, 0.99),
    st.integers(0, 1000),
)
def test_the_plot_stays_within_its_frame_and_shows_the_busiest_minute(
    counts: list[int], part: float, limit: int
) -> None:
    traffic = Traffic(limit, lambda: 0.0)
    for second, count in enumerate(counts):
        traffic.requests.add(second, count)
    seconds = len(counts) - 1 + part
    cut = plot.bins(traffic, seconds)
    assert len(cut) <= plot.MOST_BINS
    assert cut[0].begins == 0
    assert all(one.ends == following.begins for one, following in itertools.pairwise(cut))
    busiest = max(sum(counts[max(0, end - 59) : end + 1]) for end in range(len(counts)))
    assert max(one.requests for one in cut) == busiest
    drawn = plot.svg(traffic, seconds)
    for points in re.findall(r'points="([^"]+)"', drawn):
        for point in points.split():
            x, y = map(float, point.split(","))
            assert plot.LEFT <= x <= plot.WIDTH
            assert 0 <= y <= plot.HEIGHT - plot.BOTTOM


def test_a_burst_at_the_start_does_not_seem_to_pass_the_limit() -> None:
    traffic = Traffic(600, lambda: 0.0)
    for second in range(300):
        traffic.requests.add(second, 300 if second % 60 < 2 else 0)
    assert {one.requests for one in plot.bins(traffic, 300.0)} <= {300, 600}
    assert "at most 600 in 60 seconds, limit 600 a minute" in plot.svg(traffic, 300.0)


@pytest.mark.parametrize("seconds", [0.0, 0.4, 1.0, 61.0, 3599.5, 20_000.0])
def test_a_run_of_any_length_has_a_plot(seconds: float) -> None:
    traffic = Traffic(1000, lambda: 0.0)
    for second in range(0, int(seconds) + 1, 7):
        traffic.requests.add(second, 16)
        traffic.refused.add(second)
    page = Page(plot.svg(traffic, seconds))
    assert 1 <= sum(tag == "circle" for tag, _ in page.tags) <= plot.MOST_BINS
    assert sum(tag == "text" for tag, _ in page.tags) < 25


def test_a_report_that_has_nothing_to_add_to_a_figure_shows_no_sign_of_a_letter_that_is_missing() -> None:
    assert "\N{REPLACEMENT CHARACTER}" not in render(a_run(GOOD))

"""Days and moments: naive, with an offset, with milliseconds and Z, both ways."""

from __future__ import annotations

import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from b2brouter_async._core.codecs import DATE, DATETIME, UUID, list_of, map_of, nullable, union
from b2brouter_async._core.codecs import TEXT as ANY_TEXT
from b2brouter_async._core.model import Field, Model
from b2brouter_async.errors import ArgumentError, ShapeError
from b2brouter_async.generated.models import InvoiceListItem

UTC = datetime.UTC
SPELLINGS = {
    "2026-10-14T09:12:07.000Z": datetime.datetime(2026, 10, 14, 9, 12, 7, tzinfo=UTC),
    "2026-10-14T09:12:07Z": datetime.datetime(2026, 10, 14, 9, 12, 7, tzinfo=UTC),
    "2026-10-14T09:12:07": datetime.datetime(2026, 10, 14, 9, 12, 7, tzinfo=UTC),
    "2026-10-14 09:12:07 +0200".replace(" +", "+"): datetime.datetime(2026, 10, 14, 7, 12, 7, tzinfo=UTC),
    "2026-10-14T09:12:07.123456+02:00": datetime.datetime(2026, 10, 14, 7, 12, 7, 123456, tzinfo=UTC),
    "2026-10-14T09:12:07.123456789Z": datetime.datetime(2026, 10, 14, 9, 12, 7, 123456, tzinfo=UTC),
}


@pytest.mark.parametrize("text", SPELLINGS)
def test_a_moment_is_read_aware_and_written_as_it_came(text: str) -> None:
    item = InvoiceListItem.from_dict({"id": 1, "created_at": text})

    assert item.created_at == SPELLINGS[text]
    assert item.created_at is not None
    assert item.created_at.tzinfo is not None
    assert item.to_dict() == {"id": 1, "created_at": text}


@given(st.datetimes(timezones=st.timezones()))
def test_a_moment_survives_the_wire(moment: datetime.datetime) -> None:
    item = InvoiceListItem(id=1, created_at=moment)

    written = item.to_dict()["created_at"]
    back = InvoiceListItem.from_dict({"id": 1, "created_at": written})

    assert back.created_at is not None
    assert back.created_at.astimezone(UTC) == moment.astimezone(UTC)


def test_a_moment_is_written_with_milliseconds_and_z() -> None:
    moment = datetime.datetime(2026, 1, 2, 3, 4, 5, 6000, tzinfo=UTC)

    assert DATETIME.dump(moment) == "2026-01-02T03:04:05.006Z"
    assert DATETIME.dump(moment.replace(microsecond=7)) == "2026-01-02T03:04:05.000007Z"


def test_a_moment_without_a_zone_is_refused_with_the_name_of_the_field() -> None:
    item = InvoiceListItem(id=1, created_at=datetime.datetime(2026, 1, 1))

    with pytest.raises(ArgumentError, match=r"InvoiceListItem\.created_at: .*time zone"):
        item.to_dict()


@pytest.mark.parametrize("raw", ["2026-10-14", "yesterday at noon", "2026-13-01T00:00:00Z", 5, None, ""])
def test_what_is_no_moment_is_refused(raw: object) -> None:
    with pytest.raises(ShapeError, match="expected a date and time in ISO 8601"):
        DATETIME.load(raw)


@given(st.dates())
def test_a_day_survives_the_wire(day: datetime.date) -> None:
    item = InvoiceListItem.from_dict({"id": 1, "date": day.isoformat()})

    assert item.date == day
    assert item.to_dict() == {"id": 1, "date": day.isoformat()}


@pytest.mark.parametrize("raw", ["14/10/2026", "2026-02-30", "20261014", "2026-W01-1", 20261014, None])
def test_what_is_no_day_is_refused(raw: object) -> None:
    with pytest.raises(ShapeError, match="expected a date as YYYY-MM-DD"):
        DATE.load(raw)


def test_a_day_may_be_given_as_text_but_not_as_a_moment() -> None:
    assert DATE.dump("2026-10-14") == "2026-10-14"
    with pytest.raises(ArgumentError, match=r"pass value\.date\(\)"):
        DATE.dump(datetime.datetime(2026, 10, 14, tzinfo=UTC))
    with pytest.raises(ArgumentError, match="write it as YYYY-MM-DD"):
        DATE.dump("tomorrow")


def test_a_moment_that_was_changed_is_not_written_as_it_was_read() -> None:
    item = InvoiceListItem.from_dict({"id": 1, "created_at": "2026-10-14T09:12:07+02:00"})

    item.created_at = datetime.datetime(2026, 10, 14, 7, 12, 7, tzinfo=UTC)

    # The same moment, given in another zone by the caller: the caller's is written.
    assert item.to_dict()["created_at"] == "2026-10-14T07:12:07.000Z"


class Diary(Model):
    """Fields that no spec has today."""

    moments: list[datetime.datetime | None] | None
    by_name: dict[str, datetime.datetime] | None
    when: datetime.datetime | str | None
    key: object

    def __init__(self, **values: object) -> None:
        super().__init__(additional_properties=dict(values.pop("additional_properties", {})))  # type: ignore[call-overload]
        for item in self.fields():
            setattr(self, item.attribute, values.get(item.attribute))

    @classmethod
    def fields(cls) -> tuple[Field, ...]:
        """Return the fields."""
        return (
            Field("moments", "moments", nullable(list_of(nullable(DATETIME)))),
            Field("by_name", "byName", nullable(map_of(DATETIME))),
            Field("when", "when", nullable(union(DATETIME, DATE, ANY_TEXT))),
            Field("key", "key", nullable(list_of(UUID))),
        )


RAW = {
    "moments": ["2026-10-14T09:12:07Z", None, "2026-10-14T09:12:07.000Z"],
    "byName": {"a": "2026-10-14T09:12:07", "b": "2026-10-14T09:12:07.000Z"},
    "when": "2026-10-14T09:12:07",
    "key": ["6BA7B810-9DAD-11D1-80B4-00C04FD430C8"],
}


def test_lists_maps_and_unions_of_moments_are_written_as_they_came() -> None:
    assert Diary.from_dict(RAW).to_dict() == RAW


@pytest.mark.parametrize("text", ["2026-10-14", "20261014", "noon", "2026-W01-1", "2026-10-14T09:12Z"])
def test_text_in_a_union_with_days_and_moments_keeps_its_spelling(text: str) -> None:
    assert Diary.from_dict({"when": text}).to_dict() == {"when": text}


def test_a_list_that_was_changed_in_place_is_written_as_it_is_now() -> None:
    diary = Diary.from_dict(RAW)
    assert diary.moments is not None
    assert diary.by_name is not None

    diary.moments.append(None)
    diary.moments[0] = datetime.datetime(2020, 1, 1, tzinfo=UTC)
    del diary.by_name["a"]

    assert diary.to_dict()["moments"] == ["2020-01-01T00:00:00.000Z", None, "2026-10-14T09:12:07.000Z", None]
    assert diary.to_dict()["byName"] == {"b": "2026-10-14T09:12:07.000Z"}


def test_changing_what_was_written_does_not_change_what_is_written_next() -> None:
    diary = Diary.from_dict(RAW)

    written = diary.to_dict()
    assert isinstance(written["moments"], list)
    written["moments"].clear()

    assert diary.to_dict() == RAW


def test_a_field_set_to_none_is_not_written_again() -> None:
    diary = Diary.from_dict(RAW)

    diary.moments = None

    assert "moments" not in diary.to_dict()

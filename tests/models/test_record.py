from __future__ import annotations

import pickle
from typing import TYPE_CHECKING

import pytest

from b2brouter_async._core.record import Record

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable


class Place(Record):
    path: str
    query: str = ""
    steps: Callable[[], Iterable[str]] = tuple
    spelled: Callable[[str], str] = str.lower


def test_values_are_given_by_place_or_by_name_and_the_rest_is_as_declared() -> None:
    place = Place("/a", steps=lambda: ["1"])

    assert (place.path, place.query, list(place.steps()), place.spelled("A")) == ("/a", "", ["1"], "a")


def test_another_one_has_other_values_for_some_names() -> None:
    place = Place("/a", "x=1")

    other = place.changed(query="x=2")

    assert (other.path, other.query) == ("/a", "x=2")
    assert (place.path, place.query) == ("/a", "x=1")
    assert place != Place("/a", "x=1")
    assert len({place, other}) == 2


def test_a_value_is_never_changed() -> None:
    with pytest.raises(
        AttributeError, match=r"Place is never changed; changed\(query=…\) returns another one"
    ):
        Place("/a").query = "x"  # type: ignore[misc]


@pytest.mark.parametrize(
    ("given", "named"),
    [((), {}), ((), {"query": "x"}), (("/a",), {"quarry": "x"}), (("/a", "b", tuple, str, "e"), {})],
)
def test_what_is_missing_too_much_or_misspelt_is_told(
    given: tuple[object, ...], named: dict[str, object]
) -> None:
    with pytest.raises(TypeError, match="Place takes path, query, steps, spelled; got"):
        Place(*given, **named)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="quarry"):
        Place("/a").changed(quarry="x")


def test_it_goes_to_another_process() -> None:
    place = pickle.loads(pickle.dumps(Place("/a", "x=1")))

    assert (type(place), place.path, place.query) == (Place, "/a", "x=1")

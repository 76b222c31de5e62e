"""Models are read by a function compiled for each, and with care where a value is unusual: both read the same."""

from __future__ import annotations

import copy
import pickle
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from b2brouter_async._core import model as model_module
from b2brouter_async._core.codecs import (
    ANYTHING,
    DATE,
    DATETIME,
    DECIMAL,
    INTEGER,
    TEXT,
    UnusualError,
    list_of,
    map_of,
    model,
    nullable,
    union,
)
from b2brouter_async._core.exact_json import dump_json, load_json, same
from b2brouter_async._core.model import Field, Model, fields_of
from b2brouter_async._core.readers import reader_of
from b2brouter_async.errors import ShapeError
from b2brouter_async.generated import models
from b2brouter_async.models import Invoice, InvoiceListItem
from tests.described import MANIFEST, REPLIES, SAMPLES, operations

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ALL = [kind for name in dir(models) if issubclass(kind := getattr(models, name), Model)]
WRONG: list[Any] = [
    None,
    True,
    0,
    7,
    Decimal("1.50"),
    "",
    "x",
    "7",
    "2026-01-02",
    "2026-01-02T03:04:05Z",
    [],
    ["x"],
    [1, None],
    {},
]


@pytest.fixture(autouse=True)
def compiled_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(model_module, "_BEFORE_COMPILING", 0)


def outcome(read: Callable[[], Model]) -> object:
    try:
        found = read()
    except ShapeError as error:
        return error.path, error.problem
    return found, dump_json(found.to_dict())


def both(kind: type[Model], value: object) -> tuple[object, object]:
    """What comes of reading a value, and of reading it with care from the beginning."""
    return outcome(lambda: kind.read_any(copy.deepcopy(value))), outcome(
        lambda: kind._with_care(copy.deepcopy(value))
    )


def objects() -> Iterator[tuple[type[Model], Any]]:
    for name in REPLIES:
        entry = operations()[MANIFEST[name]["operation"]].entry
        root = load_json((SAMPLES / name).read_bytes())
        assert isinstance(root, dict)
        if entry.items == "invoices":
            yield from ((InvoiceListItem, row) for row in root["invoices"])
        elif entry.unwrap == "invoice":
            yield Invoice, root["invoice"]


OBJECTS = list(objects())


@pytest.mark.parametrize("index", range(len(OBJECTS)))
def test_what_the_api_sends_is_read_straight_through_and_the_same_as_with_care(index: int) -> None:
    kind, value = OBJECTS[index]

    quick, careful = both(kind, value)

    assert quick == careful
    kind.from_usual(copy.deepcopy(value))  # nothing in it is unusual
    assert same(load_json(dump_json(kind.read_any(value).to_dict())), value)


@pytest.mark.parametrize("kind", ALL, ids=lambda kind: kind.__name__)
def test_any_value_in_any_field_is_read_or_refused_alike(kind: type[Model]) -> None:
    good = {item.key: 1 for item in fields_of(kind) if item.required}
    for item in fields_of(kind):
        for wrong in WRONG:
            quick, careful = both(kind, {**good, item.key: wrong, "new": [wrong]})
            assert quick == careful, (item.key, wrong)
    quick, careful = both(kind, {})
    assert quick == careful


@attrs.define(kw_only=True)
class Tree(Model):
    """Something of every kind, and itself."""

    id: int
    name: str | None = None
    amount: Decimal | None = None
    day: object = None
    moment: object = None
    either: object = None
    free: object = None
    twigs: list[Tree] | None = None
    by_name: dict[str, Tree] | None = None
    mixed: object = None
    moments: object = None

    @classmethod
    def fields(cls) -> tuple[Field, ...]:
        return (
            Field("id", "id", INTEGER, required=True),
            Field("name", "na me'", nullable(TEXT)),
            Field("amount", "amount", DECIMAL),
            Field("day", "day", nullable(DATE)),
            Field("moment", "moment", DATETIME),
            Field("either", "either", union(TEXT, INTEGER)),
            Field("free", "free", ANYTHING),
            Field("twigs", "twigs", nullable(list_of(model(lambda: Tree)))),
            Field("by_name", "by_name", map_of(model(lambda: Tree))),
            Field("mixed", "mixed", list_of(union(TEXT, model(lambda: Tree)))),
            Field("moments", "moments", list_of(DATETIME)),
        )


LEAVES = st.sampled_from(WRONG)
TREES = st.recursive(
    st.fixed_dictionaries(
        {"id": st.sampled_from([1, 2, 3, "4", None])},
        optional=dict.fromkeys(
            ("na me'", "amount", "day", "moment", "either", "free", "new", "moments"), LEAVES
        ),
    ),
    lambda trees: st.builds(
        lambda tree, twigs, by, mixed: {**tree, "twigs": twigs, "by_name": by, "mixed": mixed},
        trees,
        st.lists(trees, max_size=3),
        st.dictionaries(st.text(max_size=2), trees, max_size=2),
        st.lists(trees | st.just("x"), max_size=2),
    ),
    max_leaves=6,
)


@settings(deadline=None, max_examples=300)
@given(TREES)
def test_trees_of_anything_are_read_and_written_alike(tree: Any) -> None:
    quick, careful = both(Tree, tree)

    assert quick == careful
    if isinstance(quick, tuple) and isinstance(quick[0], Tree):
        assert same(load_json(quick[1]), tree)


def test_a_mistake_far_down_is_found_in_time_that_grows_with_the_depth_alone() -> None:
    tree: dict[str, Any] = {"id": "no"}
    for _ in range(60):
        tree = {"id": 1, "twigs": [tree], "mixed": [tree]}

    with pytest.raises(ShapeError) as caught:
        Tree.from_dict(
            {"id": 1, "twigs": [{"id": 2, "by_name": {"a": {"id": 3, "mixed": ["x", {"id": None}]}}}]}
        )
    assert caught.value.json_path.startswith("$.twigs[0].by_name.a.mixed[1]")
    straight = {"id": "no"}
    for _ in range(150):
        straight = {"id": 1, "twigs": [straight]}  # type: ignore[dict-item]
    with pytest.raises(ShapeError) as caught:
        Tree.from_dict(straight)
    assert caught.value.json_path.endswith(".twigs[0].id")


def test_what_was_read_is_written_as_it_came_until_it_is_changed() -> None:
    item = InvoiceListItem.from_dict(
        {"id": 1, "created_at": "2026-01-02T03:04:05Z", "ack_at": None, "new": 1}
    )
    for one in (item, copy.deepcopy(item), pickle.loads(pickle.dumps(item))):
        assert one.to_dict() == {"id": 1, "created_at": "2026-01-02T03:04:05Z", "ack_at": None, "new": 1}
    assert item.created_at is not None
    item.created_at = item.created_at.replace(second=6)
    assert item.to_dict()["created_at"] == "2026-01-02T03:04:06.000Z"
    item.created_at = item.created_at.replace(second=5)
    assert item.to_dict()["created_at"] == "2026-01-02T03:04:05Z"


def test_a_subclass_with_more_to_set_is_read_with_care() -> None:
    @attrs.define(kw_only=True)
    class Mine(InvoiceListItem):
        colour: str = "red"

    item = Mine.from_dict({"id": 1, "number": "F-1"})

    assert (item.colour, item.number) == ("red", "F-1")
    with pytest.raises(UnusualError):
        Mine.from_usual({"id": 1})


def test_no_text_of_a_field_becomes_source() -> None:
    @attrs.define(kw_only=True)
    class Odd(Model):
        a: str | None = None

    key = "'); raise SystemExit('"
    assert reader_of(Odd, (Field("a", key, TEXT),))({key: "x"}).a == "x"
    with pytest.raises(UnusualError):
        reader_of(Odd, (Field("a = 1; b", key, TEXT),))({key: "x"})


def test_the_first_replies_of_a_program_are_read_without_compiling(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(model_module, "_BEFORE_COMPILING", 2)
    monkeypatch.setattr(model_module, "_readers", {})
    monkeypatch.setattr(model_module, "_reads", {})

    made = []
    for _ in range(4):
        assert InvoiceListItem.from_dict({"id": 1}).id == 1
        made.append(InvoiceListItem in model_module._readers)

    assert made == [False, False, True, True]

"""Enumerations may grow: what the spec doesn't know is kept."""

from __future__ import annotations

import copy
import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from b2brouter_async._core.codecs import enumeration
from b2brouter_async._core.enums import OpenIntEnum
from b2brouter_async.errors import ArgumentError, ShapeError
from b2brouter_async.generated.models import InvoiceListItem, InvoiceState

PROTOCOLS = range(pickle.HIGHEST_PROTOCOL + 1)


class Level(OpenIntEnum):
    """Two known numbers."""

    LOW = 1
    HIGH = 2


@given(st.text())
def test_any_text_is_a_value_and_equals_itself(text: str) -> None:
    state = InvoiceState(text)

    assert state == text
    assert hash(state) == hash(text)
    assert {state: 1}[text] == 1  # type: ignore[index]
    assert str(state) == f"{state}" == text
    assert state.value == text
    assert repr(text) in repr(state)
    assert state.known is (text in [str(one) for one in InvoiceState])
    assert all(pickle.loads(pickle.dumps(state, protocol)) == text for protocol in PROTOCOLS)
    assert type(pickle.loads(pickle.dumps(state))) is InvoiceState
    assert copy.deepcopy(state) == copy.copy(state) == text


@given(st.text())
def test_an_unknown_state_goes_through_a_model_and_back(text: str) -> None:
    item = InvoiceListItem.from_dict({"id": 1, "state": text})

    assert isinstance(item.state, InvoiceState)
    assert item.state == text
    assert item.to_dict() == {"id": 1, "state": text}


def test_a_known_value_is_the_member_itself() -> None:
    assert InvoiceState("sent") is InvoiceState.SENT
    assert InvoiceState.SENT.known
    assert pickle.loads(pickle.dumps(InvoiceState.SENT)) is InvoiceState.SENT


def test_an_unknown_value_is_not_learned() -> None:
    before = list(InvoiceState)
    InvoiceState("half_sent")

    assert list(InvoiceState) == before
    assert not InvoiceState("half_sent").known


def test_two_unknown_values_are_equal_when_their_text_is() -> None:
    assert InvoiceState("a") == InvoiceState("a")
    assert InvoiceState("a") != InvoiceState("b")
    assert f"{InvoiceState('a'):>3}" == "  a"


def test_a_field_takes_the_text_of_a_member() -> None:
    codec = enumeration(InvoiceState)

    assert codec.dump("sent") == "sent"
    assert codec.dump(InvoiceState.SENT) == "sent"
    assert type(codec.dump(InvoiceState("else"))) is str


@pytest.mark.parametrize("raw", [1, None, True, [], {}])
def test_what_is_no_text_is_no_value(raw: object) -> None:
    with pytest.raises(ShapeError, match="expected text for InvoiceState"):
        enumeration(InvoiceState).load(raw)
    with pytest.raises(ArgumentError, match="expected InvoiceState or str"):
        enumeration(InvoiceState).dump(raw)


@given(st.integers())
def test_an_unknown_number_is_kept_too(number: int) -> None:
    level = Level(number)

    assert level == number
    assert str(level) == f"{level}" == str(number)
    assert level.known is (number in (1, 2))
    assert all(pickle.loads(pickle.dumps(level, protocol)) == number for protocol in PROTOCOLS)
    assert type(enumeration(Level).dump(level)) is int


@pytest.mark.parametrize("raw", [True, "1", None, 1.5])
def test_what_is_no_whole_number_is_no_level(raw: object) -> None:
    with pytest.raises(ShapeError, match="expected a whole number for Level"):
        enumeration(Level).load(raw)

"""Counts, causes and the slowest."""

from __future__ import annotations

from typing import get_args

from hypothesis import given
from hypothesis import strategies as st

from b2brouter_async.bulk import Kind, Outcome
from b2brouter_async.cli.upload import record as module
from b2brouter_async.cli.upload.record import FINE, Record, is_fine

outcomes = st.builds(
    Outcome,
    kind=st.sampled_from(get_args(Kind)),
    source=st.text(max_size=8),
    seconds=st.floats(0, 100),
    code=st.sampled_from([None, "parameter_blank", "parameter_taken"]),
    message=st.sampled_from([None, "number F-1 is taken", "number F-2 is taken", "tin_value can't be blank"]),
    state=st.sampled_from([None, "sent", "error", "registered"]),
    repeated=st.booleans(),
)


@given(st.lists(outcomes, max_size=60))
def test_every_outcome_is_counted_once_and_every_problem_has_a_cause(given_: list[Outcome]) -> None:
    record = Record()
    for outcome in given_:
        record.note(outcome)
    assert record.total == len(given_)
    assert record.fine == sum(is_fine(outcome) for outcome in given_)
    assert sum(cause.count for cause in record.worst()) == record.total - record.fine
    assert [cause.count for cause in record.worst()] == sorted(
        (c.count for c in record.worst()), reverse=True
    )
    fresh = [outcome.seconds for outcome in given_ if not outcome.repeated]
    assert [outcome.seconds for outcome in record.slowest] == sorted(fresh, reverse=True)[
        : module.SLOWEST_KEPT
    ]


def test_messages_that_differ_in_the_document_alone_are_one_cause() -> None:
    record = Record()
    for number in ("F-1", "F-2", "2026/77"):
        record.note(
            Outcome(kind="refused", source=f"{number}.xml", message=f"number {number} is 'odd {number}'")
        )
    record.note(Outcome(kind="refused", source="x.xml", message="the buyer is unknown"))
    assert [(cause.count, cause.alike) for cause in record.worst()] == [(3, False), (1, True)]


def test_one_code_on_two_parameters_is_two_causes() -> None:
    record = Record()
    for param in ("number", "date", "number"):
        record.note(Outcome(kind="refused", source="a", code="parameter_blank", param=param, message="blank"))
    assert [(cause.param, cause.count) for cause in record.worst()] == [("number", 2), ("date", 1)]


def test_an_invoice_that_ended_in_an_error_is_not_fine() -> None:
    record = Record()
    record.note(Outcome(kind="created", source="a", state="registered"))
    record.note(Outcome(kind="created", source="b", state="error"))
    assert (record.total, record.fine) == (2, 1)
    (cause,) = record.worst()
    assert cause.message == "the invoice came to the state error"
    assert [document.source for document in cause.documents] == ["b"]


def test_memory_is_bounded_whatever_goes_wrong() -> None:
    record = Record()
    for index in range(module.FILES_KEPT + 500):
        record.note(Outcome(kind="refused", source=str(index), code="same"))
    for index in range(module.CAUSES_KEPT + 100):
        record.note(Outcome(kind="invalid", source=str(index), code=f"code-{index}"))
    first = record.worst()[0]
    assert (first.count, len(first.documents)) == (module.FILES_KEPT + 500, module.FILES_KEPT)
    assert len(record.causes) == module.CAUSES_KEPT
    assert record.further == 101
    assert record.total == module.FILES_KEPT + module.CAUSES_KEPT + 600


def test_created_and_adopted_are_fine_and_nothing_else() -> None:
    assert {"created", "adopted"} == FINE

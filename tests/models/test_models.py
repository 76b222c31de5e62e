"""Models: what is there is written back, what is not what the spec says is refused with its place."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from b2brouter_async._core.replies import Reply, read, read_list
from b2brouter_async.errors import ArgumentError, ShapeError, UnparsableReplyError
from b2brouter_async.generated.models import (
    Invoice,
    InvoiceContact,
    InvoiceInput,
    InvoiceLineInput,
    InvoiceListItem,
    Transport,
    ValidationErrorEntry,
)

LISTED = {"id": 1, "number": "F-1", "series_code": None, "errors": ["a", {"code": "b", "new": [1, None]}]}


def test_unknown_fields_are_kept_and_written_back() -> None:
    raw = {**LISTED, "brand_new": {"deep": [1, {"x": None}]}}

    item = InvoiceListItem.from_dict(raw)

    assert item.additional_properties == {"brand_new": {"deep": [1, {"x": None}]}}
    assert item.to_dict() == raw


@given(
    st.dictionaries(
        st.text(min_size=1).filter(lambda key: key not in {"code", "id"}), st.integers() | st.none()
    )
)
def test_no_key_is_lost_whatever_it_is_called(more: dict[str, int | None]) -> None:
    known = {item.key for item in Transport.fields()}
    raw = {"code": "peppol", **{key: value for key, value in more.items() if key not in known}}

    assert Transport.from_dict(raw).to_dict() == raw


def test_nulls_are_remembered_and_absent_keys_stay_absent() -> None:
    item = InvoiceListItem.from_dict({"id": 1, "series_code": None})

    assert item.series_code is None
    assert item.to_dict() == {"id": 1, "series_code": None}


def test_a_value_set_after_a_null_is_written() -> None:
    item = InvoiceListItem.from_dict({"id": 1, "series_code": None})

    item.series_code = "A"

    assert item.to_dict() == {"id": 1, "series_code": "A"}


def test_only_what_is_set_is_written() -> None:
    assert InvoiceInput(number="F-1").to_dict() == {"number": "F-1"}


def test_an_explicit_null_is_sent_through_additional_properties() -> None:
    invoice = InvoiceInput(number="F-1", additional_properties={"due_date": None})

    assert invoice.to_dict() == {"number": "F-1", "due_date": None}


def test_awkward_keys_have_usable_attributes() -> None:
    line = InvoiceLineInput.from_dict({"id": 7, "_destroy": 1})

    assert line.to_dict() == {"id": 7, "_destroy": 1}
    assert {item.key: item.attribute for item in InvoiceLineInput.fields()}["_destroy"] == "destroy"
    assert {"id", "type", "from_net"} <= {item.attribute for item in InvoiceListItem.fields()}


@pytest.mark.parametrize(
    ("raw", "place", "problem"),
    [
        ({}, "$.id", "the key is missing"),
        ({"id": "one"}, "$.id", "expected a whole number, got text"),
        ({"id": None}, "$.id", "expected a whole number, got null"),
        ({"id": True}, "$.id", "expected a whole number, got a boolean"),
        ({"id": 1, "state": None}, "$.state", "expected text for InvoiceState, got null"),
        ({"id": 1, "contact": []}, "$.contact", "expected an object for InvoiceContact, got a list"),
        ({"id": 1, "tax_report_ids": [1, "two"]}, "$.tax_report_ids[1]", "expected a whole number, got text"),
        ({"id": 1, "tax_report_ids": {}}, "$.tax_report_ids", "expected a list, got an object"),
        ({"id": 1, "errors": [True]}, "$.errors[0]", "expected text or an object, got a boolean"),
        ({"id": 1, "total": "one"}, "$.total", "expected a number, got text"),
        ({"id": 1, "is_credit_note": 2}, "$.is_credit_note", "expected true or false, got the number 2"),
        ([], "$", "expected an object for InvoiceListItem, got a list"),
        (None, "$", "expected an object for InvoiceListItem, got null"),
    ],
)
def test_what_the_document_contradicts_is_refused_with_its_path(
    raw: object, place: str, problem: str
) -> None:
    with pytest.raises(ShapeError) as caught:
        InvoiceListItem.from_dict(raw)

    assert caught.value.json_path == place
    assert caught.value.problem == problem
    assert str(caught.value) == f"{place}: {problem}"
    assert str(pickle.loads(pickle.dumps(caught.value))) == str(caught.value)


def reply(body: str) -> Reply:
    return Reply(200, {}, body.encode(), "req-1")


@pytest.mark.parametrize(
    ("body", "place"),
    [
        ('{"invoice": {"number": "F-1"}}', "$.invoice.id"),
        ('{"invoice": null}', "$.invoice"),
        ('{"bill": {}}', "$.invoice"),
        ("[]", "$"),
    ],
)
def test_a_wrapped_object_is_refused_with_the_path_from_the_root(body: str, place: str) -> None:
    with pytest.raises(ShapeError) as caught:
        read(reply(body), Invoice, "invoice")

    assert caught.value.json_path == place


@pytest.mark.parametrize(
    ("body", "place"),
    [
        ('{"transports": [{"code": "a"}, {}]}', "$.transports[1].code"),
        ('{"transports": null}', "$.transports"),
        ("{}", "$.transports"),
        ("[]", "$"),
        ("<html>", "$"),
    ],
)
def test_a_reply_without_its_list_is_never_an_empty_list(body: str, place: str) -> None:
    with pytest.raises(ShapeError) as caught:
        read_list(reply(body), Transport, "transports")

    assert caught.value.json_path == place


def test_the_error_of_a_call_names_the_path_and_the_request() -> None:
    error = UnparsableReplyError("$.invoice.id: the key is missing", request_id="req-1")

    assert "req-1" in str(error)


def test_a_scheme_may_be_text_a_number_or_null() -> None:
    for scheme in ("0088", 88, None):
        raw = {"code": "peppol", "pin_scheme": scheme}
        assert Transport.from_dict(raw).pin_scheme == scheme
        assert Transport.from_dict(raw).to_dict() == raw


def test_an_entry_of_errors_may_be_text_or_an_object() -> None:
    item = InvoiceListItem.from_dict(LISTED)

    assert item.errors is not None
    assert item.errors[0] == "a"
    assert isinstance(item.errors[1], ValidationErrorEntry)


def test_a_nested_model_may_be_given_as_a_dictionary() -> None:
    invoice = InvoiceInput(
        contact={"name": "A"}, invoice_lines_attributes=[InvoiceLineInput(description="d")]
    )

    assert invoice.to_dict() == {"contact": {"name": "A"}, "invoice_lines_attributes": [{"description": "d"}]}


@pytest.mark.parametrize("value", [5, "text", ["list"], InvoiceContact(name="of another kind")])
def test_a_nested_model_of_another_kind_is_refused(value: object) -> None:
    with pytest.raises(
        ArgumentError, match=r"InvoiceInput\.contact: expected InvoiceContactInput or a dictionary"
    ):
        InvoiceInput(contact=value).to_dict()  # type: ignore[arg-type]


def test_a_required_value_must_be_there_when_it_is_written() -> None:
    with pytest.raises(ArgumentError, match=r"InvoiceListItem\.id: a value is required"):
        InvoiceListItem(id=None).to_dict()  # type: ignore[arg-type]


def test_models_compare_copy_evolve_and_pickle() -> None:
    item = InvoiceListItem.from_dict(LISTED)

    assert item == InvoiceListItem.from_dict(LISTED)
    assert pickle.loads(pickle.dumps(item)).to_dict() == LISTED
    assert copy.deepcopy(item).to_dict() == LISTED
    assert attrs.evolve(item, number="F-2") != item
    assert attrs.evolve(item, number="F-2").number == "F-2"


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"nubmer": "F-1"}, "nubmer: InvoiceInput has no such key; did you mean 'number'"),
        (
            {"invoice_lines_attributes": [{"quantity": 1, "quantty": 5}]},
            r"invoice_lines_attributes\[0\]\.quantty: .*did you mean 'quantity'",
        ),
        ({"send_after_import": True}, "send_after_import: it stands beside the invoice"),
    ],
)
def test_a_dictionary_of_what_is_sent_is_held_to_its_keys(given: dict[str, object], said: str) -> None:
    with pytest.raises(ArgumentError, match=said):
        InvoiceInput.from_dict(given)
    assert InvoiceInput.from_dict(given, keep_unknown=True).to_dict() == given


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("nubmer", "InvoiceListItem has no attribute 'nubmer'; did you mean 'number'?"),
        ("xyzzy", "InvoiceListItem has no attribute 'xyzzy'"),
        (
            "newer",
            "InvoiceListItem has no attribute 'newer'; it came unknown to the spec, and stands in additional_properties['newer']",
        ),
    ],
)
def test_an_attribute_that_is_none_is_told(name: str, said: str) -> None:
    item = InvoiceListItem.from_dict({"id": 1, "newer": True})
    with pytest.raises(AttributeError) as caught:
        getattr(item, name)
    assert str(caught.value) == said
    assert getattr(item, name, None) is None
    with pytest.raises(AttributeError, match="InvoiceLineInput has no attribute '_destroy'"):
        InvoiceLineInput()._destroy  # type: ignore[attr-defined] # noqa: B018


def test_a_model_taken_for_a_dictionary_says_what_it_is() -> None:
    item: Any = InvoiceListItem.from_dict(LISTED)
    for use in (lambda: item["number"], lambda: list(item), lambda: "number" in item):
        with pytest.raises(
            TypeError, match=r"is no dictionary: read its fields as attributes, .*to_dict\(\) gives one"
        ):
            use()

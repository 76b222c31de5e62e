from __future__ import annotations

import copy
import json
import pickle
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from b2brouter_async import errors
from b2brouter_async._call.error_replies import read_error_body, status_error
from b2brouter_async._core.replies import Reply
from b2brouter_async.errors import (
    APIConnectionError,
    APIStatusError,
    APITimeoutError,
    B2BrouterError,
    DeadlineExceeded,
    DuplicateNumberError,
    OutcomeUnknownError,
    ResponseTooLargeError,
    ShapeError,
    UnparsableReplyError,
    UnprocessableError,
    status_error_class,
)
from b2brouter_async.resources.invoices import AmbiguousNumberError

SAMPLES = Path(__file__).parents[2] / "openapi" / "samples"


def refused(status: int, value: object = None, **headers: str) -> APIStatusError:
    content = value if isinstance(value, bytes) else b"" if value is None else json.dumps(value).encode()
    return status_error(Reply(status, headers, content, "req-1"))


@pytest.mark.parametrize(
    ("status", "name"),
    [
        (302, "RedirectError"),
        (400, "BadRequestError"),
        (401, "AuthenticationError"),
        (403, "PermissionDeniedError"),
        (404, "NotFoundError"),
        (406, "NotAcceptableError"),
        (408, "RequestTimeoutError"),
        (409, "ConflictError"),
        (418, "APIStatusError"),
        (422, "UnprocessableError"),
        (424, "FailedDependencyError"),
        (429, "RateLimitedError"),
        (500, "ServerError"),
        (503, "ServerError"),
    ],
)
def test_every_status_that_matters_has_its_class(status: int, name: str) -> None:
    error = refused(status)
    assert type(error).__name__ == name
    assert error.status == status
    assert isinstance(error, B2BrouterError)


SHAPES: list[tuple[object, dict[str, Any]]] = [
    (
        {"error": {"code": "c", "message": "M", "type": "t", "param": "p", "details": {"a": 1}}},
        {"code": "c", "message": "M", "type": "t", "param": "p", "details": {"a": 1}, "errors": ("M",)},
    ),
    ({"errors": ["one", "two"]}, {"code": None, "message": "one; two", "errors": ("one", "two")}),
    ({"errors": {"tin": ["is bad"]}}, {"message": "tin: is bad", "param": "tin", "errors": ("tin: is bad",)}),
    ({"errors": {"a": ["x", "y"], "b": "z"}}, {"errors": ("a: x", "a: y", "b: z"), "param": None}),
    ({"message": "words"}, {"message": "words", "errors": ("words",)}),
    ({"error": "text"}, {"message": "text", "errors": ("text",)}),
    ({"errors": [{"message": "m", "param": "q"}, {"error": "e"}]}, {"errors": ("q: m", "e")}),
    (
        b"<html><head><title>502 Bad\n Gateway</title></head></html>",
        {"message": "an HTML page, probably from a proxy: 502 Bad Gateway"},
    ),
    (
        b"plain words\nin two lines",
        {"message": "plain words in two lines", "body": "plain words\nin two lines"},
    ),
    (b"", {"message": "the server gave no reason", "errors": (), "body": None}),
    ([], {"message": "the server gave no reason"}),
    (["a"], {"errors": ("a",)}),
    ("a", {"message": "a"}),
    (7, {"message": "the server gave no reason", "body": 7}),
    ({"error": None, "errors": None}, {"message": "the server gave no reason"}),
    (
        {"error": {"code": "a\nb", "param": "\n", "message": "\x00"}},
        {"code": "a b", "param": None, "message": "the server gave no reason"},
    ),
    ({"error": {"code": 12, "message": 5}}, {"code": "12", "message": "5"}),
]


@pytest.mark.parametrize(("value", "expected"), SHAPES, ids=lambda value: repr(value)[:40])
def test_all_shapes_of_error_bodies_end_in_the_same_attributes(
    value: object, expected: dict[str, Any]
) -> None:
    error = refused(400, value)
    assert {name: getattr(error, name) for name in expected} == expected
    for name in [
        "status",
        "code",
        "message",
        "param",
        "type",
        "details",
        "errors",
        "retry_after",
        "body",
        "hint",
        "request_id",
        "method",
        "path",
        "attempts",
    ]:
        assert hasattr(error, name)


@pytest.mark.parametrize("path", sorted(SAMPLES.glob("error-*.json")), ids=lambda path: path.stem)
def test_the_samples_of_errors_are_read(path: Path) -> None:
    status = int(path.stem.split("-")[1])
    error = status_error(Reply(status, {"content-type": "application/json"}, path.read_bytes()))
    assert isinstance(error, status_error_class(status))
    assert error.message
    assert error.errors


@pytest.mark.parametrize(
    "body",
    [
        {"error": {"code": "parameter_taken", "message": "taken", "param": "number"}},
        {"error": {"code": "parameter_taken", "message": "taken", "param": "invoice.number"}},
        {"error": {"code": "parameter_taken", "message": "taken", "param": "invoice[number]"}},
        {"error": {"code": "parameter_taken", "message": "Number has already been taken"}},
        {"errors": {"number": ["has already been taken"]}},
        {"errors": ["Number has already been taken"]},
    ],
)
def test_a_number_that_is_taken_is_told_apart(body: object) -> None:
    assert type(refused(422, body)) is DuplicateNumberError


@pytest.mark.parametrize(
    "body",
    [
        {"error": {"code": "parameter_taken", "message": "Number of something", "param": "tin_value"}},
        {"error": {"code": "parameter_taken", "message": "taken", "param": "phone_number_prefix"}},
        {"error": {"code": "parameter_blank", "message": "Number has already been blank", "param": "number"}},
        {"errors": ["Numbering is required"]},
        {},
    ],
)
def test_other_refusals_are_no_duplicates(body: object) -> None:
    assert type(refused(422, body)) is UnprocessableError


@pytest.mark.parametrize(
    ("code", "word"),
    [
        ("api_version_subdomain_mismatch", "api_version="),
        ("invalid_api_version", "YYYY-MM-DD"),
        ("invalid_api_key", "environment="),
    ],
)
def test_errors_of_set_up_come_with_a_hint(code: str, word: str) -> None:
    error = refused(400, {"error": {"code": code, "message": "no"}})
    assert error.hint is not None
    assert word in error.hint
    assert word in str(error)


def test_a_message_is_one_line_and_names_the_operation() -> None:
    error = refused(422, {"message": "a\nb\x00c\u2028d" + "x" * 5000})
    error.about(operation="invoices.create", method="POST", path="/p", attempts=2)
    text = str(error)
    assert text.startswith("invoices.create: 422: a b c d")
    assert text.isprintable()
    assert "req-1" in text
    assert len(text) < 400


EVERY: list[B2BrouterError] = [
    *(
        refused(status, {"error": {"code": "c", "message": "m"}})
        for status in (302, 400, 401, 403, 404, 406, 408, 409, 418, 422, 424, 429, 500)
    ),
    refused(422, {"error": {"code": "parameter_taken", "message": "m", "param": "number"}}),
    APIConnectionError("broke", sent=True),
    APITimeoutError("late", sent=False),
    DeadlineExceeded("over", deadline=3.0),
    UnparsableReplyError("odd", status=200, json_path="$.a", body=b"x"),
    ResponseTooLargeError("big", status=200),
    OutcomeUnknownError("lost", advice="look", account="1", number="F", status=502),
    ShapeError("wrong", ("a", 0)),
    errors.ConfigurationError("c"),
    errors.ArgumentError("a"),
    errors.ClientClosedError("d"),
    errors.RateLimitTimeout("r"),
    errors.LimiterUnavailableError("u"),
    errors.CallError("x", operation="o"),
    AmbiguousNumberError("F", (1, 2)),
]


def test_no_error_is_left_out_here() -> None:
    def below(kind: type) -> set[type]:
        return {kind}.union(*map(below, kind.__subclasses__()))

    ours = {kind for kind in below(B2BrouterError) if kind.__module__ == "b2brouter_async.errors"}
    assert ours - {type(error) for error in EVERY} == {B2BrouterError}


@pytest.mark.parametrize("error", EVERY, ids=lambda error: type(error).__name__)
def test_every_error_is_pickled_and_copied_whole(error: B2BrouterError) -> None:
    if isinstance(error, errors.CallError):
        error.about(operation="o", method="M", path="/p", attempts=2)
    error.add_note("noted")
    for again in (
        *(pickle.loads(pickle.dumps(error, protocol)) for protocol in range(pickle.HIGHEST_PROTOCOL + 1)),
        copy.copy(error),
        copy.deepcopy(error),
    ):
        assert type(again) is type(error)
        assert str(again) == str(error)
        assert vars(again) == vars(error)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: (
        st.lists(inner)
        | st.dictionaries(
            st.text() | st.sampled_from(["error", "errors", "message", "code", "param", "details"]), inner
        )
    ),
    max_leaves=12,
)


@given(
    json_values | st.dictionaries(st.sampled_from(["error", "errors", "message"]), json_values),
    st.integers(300, 599),
)
def test_any_json_is_an_error_body(value: object, status: int) -> None:
    error = refused(status, value)
    assert isinstance(error.message, str)
    assert error.message
    assert all(isinstance(text, str) and text.isprintable() for text in error.errors)
    assert "\n" not in str(error)
    assert str(pickle.loads(pickle.dumps(error))) == str(error)


@given(st.binary(), st.sampled_from(["", "application/json", "text/html"]))
def test_any_bytes_are_an_error_body(content: bytes, media_type: str) -> None:
    assert "\n" not in read_error_body(content, media_type).message


def test_deep_json_is_an_error_body() -> None:
    assert read_error_body(b"[" * 100_000).message
    assert read_error_body(b'{"errors":' + b"[" * 500 + b'"x"' + b"]" * 500 + b"}").message == ""


def test_the_tree_at_the_head_of_the_module_is_that_of_its_classes() -> None:
    tree = (errors.__doc__ or "").split("\n\n")[1]
    parents: dict[str, str] = {}
    above: list[tuple[int, str]] = [(-1, "")]
    for line in tree.splitlines():
        depth, name = len(line) - len(line.lstrip()), line.split()[0]
        while above[-1][0] >= depth:
            above.pop()
        parents[name] = above[-1][1]
        above.append((depth, name))
    ours = {
        name: kind
        for name, kind in vars(errors).items()
        if isinstance(kind, type) and issubclass(kind, B2BrouterError)
    }
    assert parents == {
        name: next((base.__name__ for base in kind.__bases__ if issubclass(base, B2BrouterError)), "")
        for name, kind in ours.items()
    }

"""What events become, also those that are not quite as expected."""

from __future__ import annotations

import hashlib
import json
import pickle
from pathlib import Path
from typing import Any

import pytest

from b2brouter_async import webhooks
from b2brouter_async.models import WebHookEventCode
from b2brouter_async.webhooks import (
    Event,
    IssuedInvoiceStateChange,
    TaxReportStateChange,
    UnknownEvent,
    WebHookError,
    parse,
)

from .support import compact

SAMPLES = sorted((Path(__file__).parent.parent.parent / "openapi" / "samples").glob("event-*.json"))


@pytest.mark.parametrize("sample", SAMPLES, ids=[path.stem for path in SAMPLES])
def test_every_sample_becomes_an_event_of_its_own_class(sample: Path) -> None:
    raw = sample.read_bytes()
    event = parse(raw)
    said = json.loads(raw)
    assert type(event) is not UnknownEvent
    assert type(event).CODE == event.code == said["code"]
    assert event.triggered_at == said["triggered_at"]
    data: Any = event.data
    assert data.to_dict() == said["data"]


def test_there_is_a_class_for_every_code_of_the_spec() -> None:
    classes = {
        kind.CODE
        for kind in (getattr(webhooks, name) for name in dir(webhooks))
        if isinstance(kind, type) and issubclass(kind, Event) and kind.CODE
    }
    assert classes == {code.value for code in WebHookEventCode}


@pytest.mark.parametrize(
    ("root", "key"),
    [
        ({"data": {"event_id": 7}}, "c:7"),
        ({"data": {"event_id": "7"}}, "c:7"),
        ({"id": 9, "data": {"event_id": 7}}, "c:7"),
        ({"id": 9, "data": {}}, "c:9"),
        ({"id": 9, "data": {"event_id": None}}, "c:9"),
        ({"id": 9, "data": {"event_id": ""}}, "c:9"),
        ({"id": 9}, "c:9"),
        ({"id": True, "data": {"event_id": False}}, None),
        ({"id": None, "data": {"event_id": None}}, None),
        ({"data": {"event_id": 7.5}}, None),
        ({"data": {"event_id": [7]}}, None),
        ({"data": {"event_id": "x" * 300}}, None),
        ({"data": {"event_id": "a b"}}, None),
        ({"data": {"event_id": "\ud800"}}, None),
    ],
)
def test_the_key_is_the_events_id_or_the_hash_of_its_body(root: dict[str, object], key: str | None) -> None:
    body = compact(code="c", **root)
    expected = key or f"sha256:{hashlib.sha256(body).hexdigest()}"
    assert parse(body).key == expected
    assert parse(body, environment="staging").key == f"staging:{expected}"


def test_events_of_two_codes_or_two_environments_never_share_a_key() -> None:
    bodies = [compact(code=code, data={"event_id": 1}) for code in ("a", "b")]
    keys = {parse(body, environment=name).key for body in bodies for name in ("", "sandbox", "production")}
    assert len(keys) == 6


def test_fields_that_nobody_knows_are_kept_with_their_digits() -> None:
    event = parse(
        b'{"code":"tax_report.state_change","triggered_at":1,"sequence":9,"data":{"tax_report_id":5,"colour":"green",'
        b'"object":{"id":5,"state":"new","tax_inclusive_amount":121.00}}}'
    )
    assert isinstance(event, TaxReportStateChange)
    assert event.additional_properties == {"sequence": 9}
    assert event.data.additional_properties == {"colour": "green"}
    assert event.data.object_ is not None
    assert str(event.data.object_.to_dict()["tax_inclusive_amount"]) == "121.00"


def test_a_state_that_nobody_knows_is_kept() -> None:
    event = parse(compact(code="issued_invoice.state_change", data={"invoice_id": 1, "state": "frozen"}))
    assert isinstance(event, IssuedInvoiceStateChange)
    assert event.data.state == "frozen"


def test_a_value_that_does_not_fit_is_kept_aside_and_the_rest_is_read() -> None:
    event = parse(
        compact(
            code="issued_invoice.state_change",
            triggered_at="yesterday",
            data={"invoice_id": 1, "event_id": None, "state": 5, "notes": ["a"], "account_id": "none"},
        )
    )
    assert isinstance(event, IssuedInvoiceStateChange)
    assert (event.data.invoice_id, event.data.state, event.data.event_id) == (1, None, None)
    assert event.data.additional_properties == {
        "state": 5,
        "notes": ["a"],
        "account_id": "none",
        "event_id": None,
    }
    assert (event.triggered_at, event.account_id) == (None, None)


def test_an_absent_account_is_none_whatever_the_event() -> None:
    assert parse(compact(code="tax_report.state_change", data={"tax_report_id": 1})).account_id is None
    assert parse(compact(code="tax_report.state_change", data={"account_id": 7})).account_id == 7
    assert parse(compact(code="new.code", data={"account_id": 7})).account_id == 7


@pytest.mark.parametrize("data", [None, 7, "text", [1], True])
def test_a_known_code_around_something_else_is_an_unknown_event(data: object) -> None:
    event = parse(compact(code="issued_invoice.state_change", data=data))
    assert type(event) is UnknownEvent
    assert event.data == data
    assert type(parse(b'{"code":"issued_invoice.state_change"}')) is UnknownEvent


@pytest.mark.parametrize(
    "body",
    [
        b"", b" ", b"null", b"7", b'"code"', b"[]", b"{}", b'{"code":null}', b'{"code":""}', b'{"code":["x"]}',
        b'{"code":"x"', b'{"code":"x"}}', b'{"code":"x","data":NaN}', b"\xff\xfe{\x00}\x00",
        '{"code":"x"}'.encode("utf-16"), '{"code":"x"}'.encode("utf-32"), b'{"code":"x\xf3"}',
        b'{"code":"x","data":' + b"[" * 200_000 + b"]" * 200_000 + b"}",
        b'{"code":"x","data":' + b"9" * 10_000 + b"}",
    ],
)  # fmt: skip
def test_what_is_no_event_is_unreadable(body: bytes) -> None:
    with pytest.raises(WebHookError) as caught:
        parse(body)
    assert caught.value.reason == "unreadable"


def test_a_byte_order_mark_is_no_reason_to_lose_an_event() -> None:
    assert parse(b'\xef\xbb\xbf{"code":"x"}').code == "x"


def test_an_event_can_be_sent_through_a_queue() -> None:
    event = parse(compact(code="issued_invoice.state_change", data={"invoice_id": 1, "event_id": 2}))
    assert pickle.loads(pickle.dumps(event)) == event


def test_an_events_repr_shows_nothing_of_what_it_is_about() -> None:
    for code in ("issued_invoice.state_change", "new.code"):
        event = parse(compact(code=code, data={"event_id": 2, "notes": "very private"}, more="private"))
        assert "private" not in repr(event)
        assert f"{code}:2" in repr(event)

"""Which calls are genuine, and why the others are not."""

from __future__ import annotations

import base64
import json
import math
import pickle
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from b2brouter_async.errors import B2BrouterError, ConfigurationError
from b2brouter_async.webhooks import UnknownEvent, WebHookError, WebHooks, parse, sign, verify

from .support import NOW, SECRET, body_of, signed

VECTORS: list[dict[str, Any]] = json.loads(
    (Path(__file__).parent / "vectors.json").read_text(encoding="utf-8")
)["vectors"]


@pytest.mark.parametrize("vector", VECTORS, ids=[vector["name"] for vector in VECTORS])
def test_every_vector_gets_its_verdict(vector: dict[str, Any]) -> None:
    body = base64.b64decode(vector["body_base64"])

    def judge() -> Any:
        return verify(
            body,
            vector["header"],
            vector["secrets"],
            tolerance=vector.get("tolerance", 300),
            now=vector["now"],
        )

    if vector["verdict"] == "accept":
        event = judge()
        assert event.code == vector["code"]
        assert event.body == body
        assert isinstance(event, UnknownEvent) == (vector.get("note") == "an UnknownEvent")
    elif vector["verdict"] == "refuse":
        with pytest.raises(WebHookError) as caught:
            judge()
        assert caught.value.reason == vector["reason"]
        assert str(caught.value).startswith(vector["reason"])
    else:
        with pytest.raises(ValueError, match="secrets"):
            judge()


def test_an_openssl_signature_is_taken() -> None:
    body = body_of(2)
    done = subprocess.run(
        ["openssl", "dgst", "-sha256", "-hmac", SECRET],
        input=b"%d." % NOW + body,
        capture_output=True,
        check=True,
    )
    digest = done.stdout.decode().split()[-1]
    assert verify(body, f"t={NOW},s={digest}", SECRET, now=NOW).code == "issued_invoice.state_change"


def test_the_packages_own_signature_is_taken_at_once() -> None:
    body = body_of(1)
    assert verify(body, sign(body, SECRET), SECRET).body == body
    assert abs(int(sign(body, SECRET)[2:].split(",")[0]) - time.time()) < 60


@given(st.binary(max_size=60), st.text(max_size=80))
def test_whatever_comes_is_refused_with_a_reason(body: bytes, header: str) -> None:
    with pytest.raises(WebHookError) as caught:
        verify(body, header, SECRET, now=NOW)
    assert caught.value.reason in ("missing", "malformed", "mismatch")


@given(st.binary(max_size=60))
def test_a_signed_body_that_is_no_event_is_unreadable(body: bytes) -> None:
    with pytest.raises(WebHookError) as caught:
        verify(body, signed(body), SECRET, now=NOW)
    assert caught.value.reason == "unreadable"


@given(st.integers(0, 140), st.sampled_from("0123456789abcdef,=ts xA"))
def test_a_header_changed_in_one_place_is_refused(place: int, letter: str) -> None:
    body = body_of(1)
    good = signed(body)
    changed = good[:place] + letter + good[place + 1 :]
    if place >= len(good) or changed == good:
        return
    with pytest.raises(WebHookError):
        verify(body, changed, SECRET, now=NOW)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda good: f"{good}, x=y ,\tnew-scheme=1", None),
        (lambda good: good + ",s=" + "0" * 64, None),
        (lambda good: good + (",s=" + "0" * 64) * 5, "malformed"),
        (lambda good: good + ",x" * 600, "malformed"),
        (lambda good: good + "\n", "malformed"),
        (lambda good: good.replace(",", "\n,"), "malformed"),
        (lambda good: "\u00a0" + good, "malformed"),
        (lambda good: good.replace("t=", "t=\uff11"), "malformed"),
        (lambda good: good.replace("t=1", "t= 1"), "malformed"),
        (lambda good: ", " + good, "malformed"),
        (lambda good: "=," + good, "malformed"),
        (lambda good: " \t ", "missing"),
        (lambda good: good.encode(), None),
        (lambda good: good.encode() + b"\xff", "malformed"),
    ],
)
def test_only_what_the_senders_form_allows_is_a_header(change: Any, reason: str | None) -> None:
    body = body_of(1)
    header = change(signed(body))
    if reason is None:
        assert verify(body, header, SECRET, now=NOW)
    else:
        with pytest.raises(WebHookError) as caught:
            verify(body, header, SECRET, now=NOW)
        assert caught.value.reason == reason


def test_the_age_is_told_in_seconds_of_genuine_calls_alone() -> None:
    body = body_of(1)
    with pytest.raises(WebHookError, match=r"too_old: .* signed 400 s ago") as caught:
        verify(body, signed(body), SECRET, now=NOW + 400)
    assert caught.value.age == 400
    with pytest.raises(WebHookError, match=r"too_new: .* signed 400 s ahead") as caught:
        verify(body, signed(body), SECRET, now=NOW - 400)
    assert caught.value.age == -400
    with pytest.raises(WebHookError) as caught:
        verify(body, signed(body), "another", now=NOW + 400)
    assert (caught.value.reason, caught.value.age) == ("mismatch", None)


@pytest.mark.parametrize("tolerance", [-1, math.nan, math.inf, -0.001])
def test_a_tolerance_that_is_none_is_refused(tolerance: float) -> None:
    with pytest.raises(ValueError, match="tolerance"):
        verify(body_of(1), signed(body_of(1)), SECRET, now=NOW, tolerance=tolerance)
    with pytest.raises(ValueError, match="tolerance"):
        WebHooks(SECRET, tolerance=tolerance)


def test_a_moment_that_is_none_is_refused() -> None:
    with pytest.raises(ValueError, match="now"):
        verify(body_of(1), signed(body_of(1)), SECRET, now=math.nan)


@pytest.mark.parametrize(
    "secrets",
    [(), [], "", [""], " whsec_x", "whsec_x\n", ["whsec_x", "\twhsec_y"], None, [None], b"x", [b"x"], 7],
)
def test_a_secret_that_would_let_anybody_in_or_nobody_is_refused_at_set_up(secrets: Any) -> None:
    with pytest.raises(ConfigurationError, match="secret"):
        WebHooks(secrets)
    with pytest.raises(ValueError, match="secret"):
        verify(body_of(1), signed(body_of(1)), secrets, now=NOW)


def test_a_secret_that_is_half_a_character_is_refused_and_not_shown() -> None:
    with pytest.raises(ConfigurationError) as caught:
        verify(body_of(1), signed(body_of(1)), "whsec_\udce4", now=NOW)
    assert "whsec" not in repr(caught.value)
    assert caught.value.__context__ is None


def test_secrets_may_come_from_anything_that_can_be_iterated_once() -> None:
    body = body_of(1)
    hooks = WebHooks(secret for secret in ("whsec_other", SECRET))
    for _ in range(2):
        assert hooks.verify(body, signed(body), now=NOW).body == body


def test_one_text_is_one_secret_and_not_its_letters() -> None:
    body = body_of(1)
    for letter in set(SECRET):
        with pytest.raises(WebHookError):
            verify(body, signed(body, secret=letter), SECRET, now=NOW)


@pytest.mark.parametrize("body", ["text", {"code": "x"}, None, 7, ["x"]])
def test_what_is_no_raw_body_is_refused_by_its_type(body: Any) -> None:
    with pytest.raises(TypeError, match="raw bytes"):
        verify(body, signed(b""), SECRET, now=NOW)
    with pytest.raises(TypeError, match="raw bytes"):
        parse(body)


@pytest.mark.parametrize("kind", [bytes, bytearray, memoryview])
def test_every_kind_of_bytes_is_a_body(kind: Any) -> None:
    assert verify(kind(body_of(1)), signed(body_of(1)), SECRET, now=NOW).body == body_of(1)


def test_an_empty_body_names_its_usual_cause() -> None:
    with pytest.raises(WebHookError, match="a middleware read the body"):
        verify(b"", signed(body_of(1)), SECRET, now=NOW)


def test_the_error_is_one_of_the_packages_and_survives_pickling() -> None:
    error = WebHookError("too_old", "a genuine call", age=301.0)
    again = pickle.loads(pickle.dumps(error))
    assert isinstance(again, WebHookError)
    assert isinstance(again, B2BrouterError)
    assert isinstance(again, ValueError)
    assert (again.reason, again.age, str(again)) == ("too_old", 301.0, "too_old: a genuine call")


def test_no_secret_and_nothing_of_the_body_is_shown() -> None:
    body = b'{"code":"x","data":{"notes":"very private"},"cut'
    hooks = WebHooks([SECRET, "whsec_other"])
    texts = [repr(hooks)]
    for header in (signed(body), signed(body, secret="x" * 8), "t=1,s=2"):
        with pytest.raises(WebHookError) as caught:
            hooks.verify(body, header, now=NOW)
        texts += [str(caught.value), repr(caught.value)]
    assert not any("whsec" in text or "private" in text for text in texts)


def test_web_hooks_are_imported_without_httpx() -> None:
    program = (
        "import sys\nfrom b2brouter_async.webhooks import WebHooks, verify, parse, SQLiteInbox\n"
        f"verify({body_of(1)!r}, {signed(body_of(1))!r}, {SECRET!r}, now={NOW})\n"
        "print([name for name in ('httpx', 'simplejson', 'redis', 'starlette') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"

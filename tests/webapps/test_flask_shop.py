"""The web hook route in Flask: called as a server would, worked off by a command."""

from __future__ import annotations

import importlib
import io
import sys
from typing import TYPE_CHECKING, Any

import pytest

from b2brouter_async.webhooks import sign
from tests.webhooks.support import SECRET, body_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    monkeypatch.setenv("B2BROUTER_WEBHOOK_SECRET", SECRET)
    monkeypatch.setenv("SHOP_DATA", str(tmp_path))
    name = "examples.flask_shop.app"
    sys.modules.pop(name, None)
    yield importlib.import_module(name)
    sys.modules.pop(name, None)


def post(shop: Any, body: bytes, header: str | None, **more: Any) -> Any:
    headers = [] if header is None else [("X-B2Brouter-Signature", header)]
    more.setdefault("content_type", "application/json")
    return shop.app.test_client().post("/hooks/b2brouter", headers=headers, **{"data": body, **more})


def test_calls_are_stored_once_and_worked_off_by_a_command(shop: Any, tmp_path: Path) -> None:
    for number in (1, 2, 1):
        assert post(shop, body_of(number), sign(body_of(number), SECRET)).status_code == 204
    other = body_of(3, code="ledger.state_change")
    assert post(shop, other, sign(other, SECRET)).status_code == 204
    assert (shop.hooks.work_once(), shop.hooks.work_once()) == (3, 0)
    handled = (tmp_path / "handled.txt").read_text(encoding="utf-8").splitlines()
    assert sorted(handled) == [f"issued_invoice.state_change:{number} {number} sent" for number in (1, 2)]


@pytest.mark.parametrize("kind", ["application/x-www-form-urlencoded", "multipart/form-data; boundary=x", ""])
def test_the_raw_body_counts_whatever_the_call_says_it_is(shop: Any, kind: str) -> None:
    assert post(shop, body_of(1), sign(body_of(1), SECRET), content_type=kind).status_code == 204


def test_what_is_not_genuine_is_refused_with_the_reason(shop: Any) -> None:
    body = body_of(1)
    for header, reason in ((None, "missing"), ("t=1,s=2", "malformed"), (sign(b"{}", SECRET), "mismatch")):
        answer = post(shop, body, header)
        assert answer.status_code == 400
        assert answer.text.startswith(reason)
    assert post(shop, body, sign(body, SECRET, now=1)).text.startswith("too_old")
    twice = shop.app.test_client().post(
        "/hooks/b2brouter", data=body, headers=[("X-B2Brouter-Signature", sign(body, SECRET))] * 2
    )
    assert (twice.status_code, twice.text.split(":")[0]) == (400, "malformed")
    assert shop.app.test_client().get("/hooks/b2brouter").status_code == 405
    assert shop.hooks.work_once() == 0


def test_a_body_that_is_too_large_is_not_read(shop: Any) -> None:
    class Counted(io.BytesIO):
        given = 0

        def read(self, size: int | None = -1, /) -> bytes:
            piece = super().read(size)
            Counted.given += len(piece)
            return piece

    large = Counted(b" " * (5 * shop.hooks.max_body))
    answer = post(
        shop, b"", sign(b"", SECRET), data=None, input_stream=large, content_length=5 * shop.hooks.max_body
    )
    assert answer.status_code == 413
    assert Counted.given <= shop.hooks.max_body


def test_a_store_that_fails_asks_the_sender_to_call_again(shop: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> bool:
        raise OSError("no space left on device")

    monkeypatch.setattr(shop.hooks.inbox, "put", full)
    assert post(shop, body_of(1), sign(body_of(1), SECRET)).status_code == 503

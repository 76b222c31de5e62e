"""The web hook route in Django: called as a server would, worked off by a command."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

from tests.webhooks.support import SECRET, body_of

if TYPE_CHECKING:
    from pathlib import Path

# Django's settings hold for a process, so it gets one of its own.
PROGRAM = """
from unittest import mock
import django
from django.conf import settings
settings.configure(
    ROOT_URLCONF="examples.django_shop.urls", ALLOWED_HOSTS=["*"], SECRET_KEY="x",
    MIDDLEWARE=["django.middleware.common.CommonMiddleware", "django.middleware.csrf.CsrfViewMiddleware"],
)
django.setup()
from django.test import Client
from b2brouter_async.webhooks import sign
from examples.django_shop.urls import hooks
from tests.webhooks.support import SECRET, body_of

client = Client(enforce_csrf_checks=True)

def post(body, header, **more):
    headers = {} if header is None else {"X-B2Brouter-Signature": header}
    return client.post("/hooks/b2brouter", body, content_type="application/json", headers=headers, **more)

for number in (1, 2, 1):
    assert post(body_of(number), sign(body_of(number), SECRET)).status_code == 204
other = body_of(3, code="ledger.state_change")
assert post(other, sign(other, SECRET)).status_code == 204
for header, reason in ((None, "missing"), ("t=1,s=2", "malformed"), (sign(body_of(9), SECRET), "mismatch")):
    answer = post(body_of(1), header)
    assert answer.status_code == 400 and answer.content.decode().startswith(reason), answer.content
assert post(body_of(1), sign(body_of(1), SECRET, now=1)).content.startswith(b"too_old")
assert client.get("/hooks/b2brouter").status_code == 405
for size in (2 * hooks.max_body, 20 * hooks.max_body):
    assert post(b" " * size, sign(b" " * size, SECRET)).status_code == 413
kinds = ("application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "")
for kind in kinds:
    headers = {"X-B2Brouter-Signature": sign(body_of(1), SECRET)}
    assert client.post("/hooks/b2brouter", body_of(1), content_type=kind, headers=headers).status_code == 204
with mock.patch.object(hooks.inbox, "put", side_effect=OSError("no space left on device")):
    assert post(body_of(4), sign(body_of(4), SECRET)).status_code == 503
assert (hooks.work_once(), hooks.work_once()) == (3, 0)
"""


def test_calls_are_stored_once_and_worked_off_by_a_command(tmp_path: Path) -> None:
    import os

    variables = {**os.environ, "B2BROUTER_WEBHOOK_SECRET": SECRET, "SHOP_DATA": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], env=variables, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    handled = (tmp_path / "handled.txt").read_text(encoding="utf-8").splitlines()
    assert sorted(handled) == [f"issued_invoice.state_change:{number} {number} sent" for number in (1, 2)]
    assert body_of(1) != body_of(2)

"""`b2brouter webhooks`: what arrives is shown, and an endpoint is told apart from a good one."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, ClassVar

import pytest

from .conftest import COMMAND

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from .conftest import Ran

SECRET = "whsec_5b1e0c7a9d3f42868ac1d0e97f3b6524"


@pytest.fixture
def webhooks(run: Callable[..., Ran], variables: Callable[..., None]) -> Callable[..., Ran]:
    """Run a command about web hooks, with a secret or without."""

    def call(*arguments: str, secret: str | None = SECRET) -> Ran:
        if secret is not None:
            variables(B2BROUTER_WEBHOOK_SECRET=secret)
        return run("webhooks", *arguments)

    return call


@contextlib.contextmanager
def listening(*options: str, secret: str = SECRET) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    process = subprocess.Popen(
        [*COMMAND, "webhooks", "listen", "--port", "0", *options],
        env={**os.environ, "B2BROUTER_WEBHOOK_SECRET": secret},
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stderr is not None
    try:
        line = process.stderr.readline()
        yield line.split(" at ", 1)[1].split()[0], process
    finally:
        process.terminate()
        process.wait()
        assert process.stdout is not None
        process.stdout.close()
        process.stderr.close()


def test_what_send_sends_listen_takes_and_shows_without_the_secret(webhooks: Callable[..., Ran]) -> None:
    with listening("--json") as (url, process):
        done = webhooks("send", url + "hooks/b2brouter", "--hostile")
        assert done.status == 0, done.out + done.err
        process.terminate()
        out, err = process.communicate()
    events = [json.loads(line) for line in out.splitlines()]
    assert [event["code"] for event in events if not event["repeated"]] == [
        "issued_invoice.state_change",
        "invoice.frozen",
        "received_invoice.created",
        "received_invoice.state_change",
        "tax_report.state_change",
        "ledger.state_change",
        "tin_verification.finished",
        "sii_batch.finished",
    ]
    assert [event["repeated"] for event in events].count(True) == 2
    assert events[0]["data"]["notes"] == "señor Ñandú: 10 €"
    assert err.count("refused: ") == 6
    assert SECRET not in out + err + done.out + done.err


def test_events_are_shown_with_key_and_state(webhooks: Callable[..., Ran]) -> None:
    with listening() as (url, process):
        ran = webhooks("send", url, "--event", "received_invoice.created", "--event", "sii_batch.finished")
        assert ran.status == 0
        process.terminate()
        out, _ = process.communicate()
    first, second = out.splitlines()
    assert "received_invoice.created:sha256:" in first or "sha256:" in first
    assert first.endswith("new")
    assert "sii_batch.finished" in second or "sha256" in second


def test_another_secret_is_told(webhooks: Callable[..., Ran]) -> None:
    with listening(secret="whsec_other") as (url, process):
        done = webhooks("send", url, "--event", "ledger.state_change")
        process.terminate()
        _, err = process.communicate()
    assert done.status == 1
    assert "400" in done.out
    assert "mismatch" in err


class Careless(BaseHTTPRequestHandler):
    """An endpoint that takes everything."""

    status: ClassVar[int] = 200

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.send_response(self.status)
        self.send_header("Content-Length", "0")
        self.send_header("Connection", "close")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        pass


class Failing(Careless):
    status = 500


@contextlib.contextmanager
def endpoint(handler: type[Careless]) -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_an_endpoint_that_takes_what_is_not_genuine_is_told(webhooks: Callable[..., Ran]) -> None:
    with endpoint(Careless) as url:
        done = webhooks("send", url, "--event", "ledger.state_change", "--hostile")
    assert done.status == 1
    assert "6 of 10 answers" in done.err
    assert "signed with another secret" in done.out


def test_an_endpoint_that_fails_or_is_not_there_is_told(webhooks: Callable[..., Ran]) -> None:
    with endpoint(Failing) as url:
        assert webhooks("send", url, "--event", "ledger.state_change").status == 1
    assert "ConnectError" in webhooks("send", url, "--event", "ledger.state_change").out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["send", "ftp://x/"], "is no address"),
        (["send", "http://x/", "--event", "nonsense"], "--event: nonsense is none of"),
        (["send", "http://x/", "--secret-file", "/nonsense"], "--secret-file"),
    ],
)
def test_what_can_not_be_is_told_in_one_sentence(
    webhooks: Callable[..., Ran], arguments: list[str], said: str
) -> None:
    done = webhooks(*arguments)
    assert done.status == 2
    assert said in done.err
    assert "Traceback" not in done.err


def test_without_a_secret_nothing_is_verified(webhooks: Callable[..., Ran], tmp_path: Path) -> None:
    assert "there is no secret" in webhooks("listen", secret=None).err
    empty = tmp_path / "secret"
    empty.write_text(" \n")
    assert "is empty" in webhooks("listen", "--secret-file", str(empty), secret=None).err


def test_a_port_that_is_taken_is_told(webhooks: Callable[..., Ran]) -> None:
    with endpoint(Careless) as url:
        done = webhooks("listen", "--port", url.rsplit(":", 1)[1].strip("/"))
    assert done.status == 2
    assert "in use" in done.err


@pytest.mark.parametrize(
    "url",
    ["nonsense", "ftp://x/", "http://", "http://[::1", "http://x:port/", "http://\xe9..x/", "http://x\n/"],
)
def test_what_is_no_address_is_told_in_a_sentence(webhooks: Callable[..., Ran], url: str) -> None:
    done = webhooks("send", url)
    assert done.status == 2
    assert "is no address; write it as https://host/path" in done.err

"""The web hook route in Flask: verified, stored, answered. A command works the events off.

B2BROUTER_WEBHOOK_SECRET=whsec_… flask --app examples.flask_shop.app run, and beside it `flask … work-off`.
"""

from __future__ import annotations

import os
import time
from pathlib import Path

from flask import Flask, Response, request

from b2brouter_async.webhooks import Event, IssuedInvoiceStateChange, WebHooks

DATA = Path(os.environ.get("SHOP_DATA", "."))
hooks = WebHooks(secrets=os.environ["B2BROUTER_WEBHOOK_SECRET"], inbox=DATA / "webhooks.sqlite")
app = Flask(__name__)


@hooks.on(IssuedInvoiceStateChange)
def changed(event: IssuedInvoiceStateChange) -> None:
    """Note the event's key in the transaction that acts on it: it may be handled more than once."""
    with (DATA / "handled.txt").open("a", encoding="utf-8") as file:
        file.write(f"{event.key} {event.data.invoice_id} {event.data.state}\n")


@hooks.unhandled
def others(event: Event) -> None:
    """Let the others go."""


@app.post("/hooks/b2brouter")
def receive() -> Response:
    """Answer a call."""
    request.max_content_length = hooks.max_body  # more is answered 413 before it is read
    header = request.headers.get("X-B2Brouter-Signature")
    # Without a signature nothing is read. `request.data` would be empty where the call says that it is a form.
    body = request.get_data() if header else b""
    answer = hooks.receive_sync(body, header, encoding=request.headers.get("Content-Encoding"))
    return Response(answer.text, answer.status, mimetype="text/plain")


@app.cli.command("work-off")
def work_off(pause: float = 1.0) -> None:
    """Work events off, for ever."""
    while True:
        if not hooks.work_once():
            time.sleep(pause)

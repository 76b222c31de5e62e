"""The web hook route in Django: verified, stored, answered. A command works the events off.

In your project: put `receive` at an exact path (senders follow no redirect), and run `work_off` in a process of its own,
for example as a management command.
"""

from __future__ import annotations

import os
import time
from pathlib import Path

from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.urls import path
from django.views.decorators.csrf import csrf_exempt

from b2brouter_async.webhooks import Event, IssuedInvoiceStateChange, WebHooks

DATA = Path(os.environ.get("SHOP_DATA", "."))
hooks = WebHooks(secrets=os.environ["B2BROUTER_WEBHOOK_SECRET"], inbox=DATA / "webhooks.sqlite")


@hooks.on(IssuedInvoiceStateChange)
def changed(event: IssuedInvoiceStateChange) -> None:
    """Note the event's key in the transaction that acts on it: it may be handled more than once."""
    with (DATA / "handled.txt").open("a", encoding="utf-8") as file:
        file.write(f"{event.key} {event.data.invoice_id} {event.data.state}\n")


@hooks.unhandled
def others(event: Event) -> None:
    """Let the others go."""


@csrf_exempt  # the signature says who calls
def receive(request: HttpRequest) -> HttpResponse:
    """Answer a call."""
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    header = request.headers.get("X-B2Brouter-Signature")
    try:
        body = request.body if header else b""  # without a signature nothing is read
    except RequestDataTooBig:
        return HttpResponse(status=413)
    answer = hooks.receive_sync(body, header, encoding=request.headers.get("Content-Encoding"))
    return HttpResponse(answer.text, status=answer.status, content_type="text/plain; charset=utf-8")


urlpatterns = [path("hooks/b2brouter", receive)]


def work_off(pause: float = 1.0) -> None:
    """Work events off, for ever."""
    while True:
        if not hooks.work_once():
            time.sleep(pause)

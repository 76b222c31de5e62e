"""The page at `/`: accounts, invoices and their states, the last requests, the web hook calls made."""

from __future__ import annotations

import collections
import functools
import itertools
from typing import TYPE_CHECKING

from ..state.clock import timestamp

if TYPE_CHECKING:
    from jinja2 import Template

    from ..server.outbox import Outbox
    from ..server.service import Service
    from ..state.store import JsonObject
    from .hooks import HookCaller

MOST_INVOICES = 100
MOST_REQUESTS = 100
_BAD = frozenset(
    ("error", "refused", "invalid", "discarded", "annulled", "cancelled", "expired", "ocr_failed")
)
_BUSY = frozenset(("sending", "issued", "performing_ocr"))
_OPEN = frozenset(("new",))


def render_page(service: Service, outbox: Outbox, hooks: HookCaller, *, every: int | None) -> str:
    """Return the page as HTML.

    Args:
        service: whose accounts, invoices and requests are shown.
        outbox: the web hook calls that wait.
        hooks: those that were made.
        every: seconds until the browser asks for the page again; None for never.
    """
    with service.lock:
        world = service.world
        world.run_due()
        world.store.commit()
        invoices = world.store.all("invoice")
        states = collections.Counter(str(record.facts["state"]) for record in invoices.values())
        return _template().render(
            every=every,
            tone=_tone,
            clock=_clock,
            text_of=_text_of,
            environment=world.environment,
            version=world.spec.version,
            now=timestamp(world.now)[:19].replace("T", " "),
            requests=sum(meter.requests for meter in service.meters.values()),
            limited=sum(meter.refused for meter in service.meters.values()),
            waiting=len(outbox),
            accounts=[record.body for record in world.store.all("account").values()],
            states=sorted(states.items()),
            invoices=[
                record.look() for record in itertools.islice(reversed(invoices.values()), MOST_INVOICES)
            ],
            more_invoices=max(0, len(invoices) - MOST_INVOICES),
            log=list(itertools.islice(reversed(service.log), MOST_REQUESTS)),
            calls=list(reversed(hooks.made)),
        )


def _tone(state: str) -> str:
    """How a state is coloured."""
    return "bad" if state in _BAD else "busy" if state in _BUSY else "" if state in _OPEN else "good"


def _text_of(error: str | JsonObject) -> str:
    """The text of an entry of an invoice's errors: a text, or an object that has one."""
    return error if isinstance(error, str) else str(error.get("error"))


def _clock(at: float) -> str:
    """The time of day of a moment."""
    return timestamp(at)[11:23]


@functools.cache
def _template() -> Template:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("b2brouter_async.simulator", "serving"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("page.html")

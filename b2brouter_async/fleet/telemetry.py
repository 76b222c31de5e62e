"""A delivery as OpenTelemetry sees it: a span with the document's id, and figures whose exemplars lead to it.

A program that has not imported OpenTelemetry's API pays nothing.
"""

from __future__ import annotations

import sys
import time
from contextlib import contextmanager
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from ..errors import CallError

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping

    from ..bulk.outcome import Outcome

_SCOPE = "b2brouter_async"


class Delivering:
    """What is noted of one delivery."""

    __slots__ = ("_span", "about")

    def __init__(self, span: Any = None) -> None:
        """Note it in a span, or nowhere."""
        self._span = span
        self.about: dict[str, str] = {}

    def goes_to(self, about: Mapping[str, str]) -> None:
        """Note where the document goes.

        Args:
            about: host, environment, account and direction.
        """
        self.about = {name: about[name] for name in ("environment", "account", "direction")}
        if self._span is not None:
            for name, value in self.about.items():
                self._span.set_attribute(f"b2brouter.{name}", value)

    def ended(self, outcome: Outcome) -> None:
        """Note what became of it."""
        if self._span is not None:
            self._span.set_attribute("b2brouter.outcome", outcome.kind)
            self._span.set_attribute("b2brouter.repeated", outcome.repeated)
            if outcome.invoice_id is not None:
                self._span.set_attribute("b2brouter.invoice", outcome.invoice_id)


@contextmanager
def delivery(document: int) -> Generator[Delivering]:
    """Open a span for the delivery of a document; the calls that it takes are spans below it.

    Args:
        document: its id.
    """
    traces: Any = sys.modules.get("opentelemetry.trace")
    if traces is None:
        yield Delivering()
        return
    tracer = traces.get_tracer(_SCOPE)
    attributes = {"b2brouter.document": document}
    with tracer.start_as_current_span("b2brouter deliver", attributes=attributes) as span:
        noted = Delivering(span)
        began = time.monotonic()
        try:
            yield noted
        except CallError as error:
            span.set_attribute("error.type", type(error).__name__)
            raise
        finally:
            # Inside the span: its id stands in the exemplar, and the document's in the span. As a dimension of its own an
            # id would make a series of every document.
            _measure(time.monotonic() - began, noted)


def count(outcome: Outcome, noted: Delivering) -> None:
    """Count a document that was settled.

    Args:
        outcome: what became of it.
        noted: of its delivery.
    """
    instruments = _here()
    if instruments is not None and not outcome.repeated and outcome.kind != "unknown":
        instruments["documents"].add(1, {**_named(noted), "outcome": outcome.kind})


def _measure(seconds: float, noted: Delivering) -> None:
    instruments = _here()
    if instruments is not None:
        instruments["duration"].record(seconds, _named(noted))


def _named(noted: Delivering) -> dict[str, str]:
    return {f"b2brouter.{name}": value for name, value in noted.about.items()}


def _here() -> dict[str, Any] | None:
    metrics: Any = sys.modules.get("opentelemetry.metrics")
    return None if metrics is None else _instruments(metrics, metrics.get_meter_provider())


@lru_cache(maxsize=8)
def _instruments(metrics: Any, provider: Any) -> dict[str, Any]:
    meter = metrics.get_meter(_SCOPE, meter_provider=provider)
    return {
        "documents": meter.create_counter(
            "b2brouter.documents", unit="{document}", description="Documents that were settled."
        ),
        "duration": meter.create_histogram(
            "b2brouter.delivery.duration", unit="s", description="How long deliveries took."
        ),
    }

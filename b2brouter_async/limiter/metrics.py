"""A limiter's figures as OpenTelemetry metrics."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from ..errors import ConfigurationError
from .waiting import WaitingLimiter

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from opentelemetry.metrics import CallbackOptions, MeterProvider, Observation

    from .interface import RateLimiter
    from .reports import Snapshot

_BULK = {"priority": "bulk"}
_INTERACTIVE = {"priority": "interactive"}


class _Instruments(Protocol):
    """What is used of an OpenTelemetry meter."""

    def __call__(
        self, name: str, callbacks: list[Callable[[CallbackOptions], Iterable[Observation]]], unit: str
    ) -> object: ...


def observe(limiter: RateLimiter, *, provider: MeterProvider | None = None) -> None:
    """Report a limiter's figures to OpenTelemetry, for as long as the process lives.

    Example:
        observe(client.limiter)

    The instruments, all named `b2brouter.limiter.…`: `requests` granted and calls `waiting` by priority,
    `wait` (a histogram, in seconds, of the calls that had to wait, by priority), `refusals` (429s),
    `tokens.free`, `tokens.believed` and `in_flight`. What is read when metrics are collected costs nothing
    in between. Call it once for a limiter; several limiters need a provider each.

    Args:
        limiter: of a client or your own; one that is not of this package has no histogram.
        provider: where the metrics go; the process's own provider if left out.

    Raises:
        ConfigurationError: OpenTelemetry is not installed.
    """
    try:
        from opentelemetry import metrics
    except ImportError:
        raise ConfigurationError(
            "metrics need OpenTelemetry; install it with: pip install 'b2brouter-async[otel]'"
        ) from None
    meter = metrics.get_meter("b2brouter_async", meter_provider=provider)

    def report(
        instrument: _Instruments,
        name: str,
        unit: str,
        *values: tuple[Callable[[Snapshot], int], dict[str, str]],
    ) -> None:
        def read(options: CallbackOptions) -> Iterable[Observation]:
            snapshot = limiter.snapshot()
            return [metrics.Observation(value(snapshot), attributes) for value, attributes in values]

        instrument(f"b2brouter.limiter.{name}", [read], unit)

    report(
        meter.create_observable_counter,
        "requests",
        "{request}",
        (lambda now: now.granted - now.granted_interactive, _BULK),
        (lambda now: now.granted_interactive, _INTERACTIVE),
    )
    report(meter.create_observable_counter, "refusals", "{request}", (lambda now: now.rejections, {}))
    report(
        meter.create_observable_gauge,
        "waiting",
        "{call}",
        (lambda now: now.waiting - now.waiting_interactive, _BULK),
        (lambda now: now.waiting_interactive, _INTERACTIVE),
    )
    report(meter.create_observable_gauge, "tokens.free", "{request}", (lambda now: now.free, {}))
    report(meter.create_observable_gauge, "tokens.believed", "{request}", (lambda now: now.believed, {}))
    report(meter.create_observable_gauge, "in_flight", "{request}", (lambda now: now.in_flight, {}))
    if isinstance(limiter, WaitingLimiter):
        waits = meter.create_histogram("b2brouter.limiter.wait", unit="s")

        def waited(priority: int, seconds: float) -> None:
            waits.record(seconds, _INTERACTIVE if priority else _BULK)

        limiter.on_wait = waited

"""Metrics, health and the command that tells what a burst would meet."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import anyio
import pytest
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import HistogramDataPoint, InMemoryMetricReader, NumberDataPoint
from typer.testing import CliRunner

from b2brouter_async.cli.app import app
from b2brouter_async.limiter import TokenBucket, observe
from b2brouter_async.limiter.forecast import forecast
from tests.limiter.virtual import VirtualClock

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def reader() -> Iterator[tuple[InMemoryMetricReader, MeterProvider]]:
    memory = InMemoryMetricReader()
    provider = MeterProvider(metric_readers=[memory])
    yield memory, provider
    provider.shutdown()


def figures(reader: InMemoryMetricReader) -> dict[tuple[str, str], float]:
    found: dict[tuple[str, str], float] = {}
    data = reader.get_metrics_data()
    assert data is not None
    for metric in data.resource_metrics[0].scope_metrics[0].metrics:
        for point in metric.data.data_points:
            name = metric.name.removeprefix("b2brouter.limiter.")
            priority = str((point.attributes or {}).get("priority", ""))
            if isinstance(point, HistogramDataPoint):
                found[f"{name} count", priority] = point.count
                found[name, priority] = point.sum
            elif isinstance(point, NumberDataPoint):
                found[name, priority] = point.value
    return found


@pytest.mark.anyio
async def test_what_the_limiter_does_is_seen_in_metrics(
    reader: tuple[InMemoryMetricReader, MeterProvider],
) -> None:
    memory, provider = reader
    clock = VirtualClock()
    bucket = TokenBucket(100, clock=clock)
    observe(bucket, provider=provider)
    async with bucket:
        pass
    bucket.release(await bucket.acquire(priority=1), "ok")
    held = await bucket.acquire(priority=1)

    async def call() -> None:
        bucket.release(await bucket.acquire(), "ok")

    async with anyio.create_task_group() as tasks:
        for _ in range(2):
            tasks.start_soon(call)
        await clock.settle()
        assert figures(memory)["waiting", "bulk"] == 2
        await clock.run(10.0)
    seen = figures(memory)
    assert seen["requests", "bulk"] == 3
    assert seen["requests", "interactive"] == 2
    assert seen["wait count", "bulk"] == 2
    assert 0.6 <= seen["wait", "bulk"] <= 10.0
    assert seen["in_flight", ""] == 1
    assert seen["tokens.free", ""] == 95
    assert seen["refusals", ""] == 0
    bucket.release(held, "rejected", retry_after=1.0)
    seen = figures(memory)
    assert seen["refusals", ""] == 1
    assert seen["tokens.believed", ""] == 50


def test_a_snapshot_counts_what_was_granted() -> None:
    bucket = TokenBucket(100, clock=VirtualClock())
    lease = anyio.run(bucket.acquire, 1)
    bucket.release(lease, "unsent")
    assert (bucket.snapshot().granted, bucket.snapshot().granted_interactive) == (1, 1)


@pytest.mark.parametrize(("limit", "calls"), [(600, 30), (1000, 50)])
def test_a_forecast_says_what_the_limiter_does(limit: int, calls: int) -> None:
    assert max(forecast(calls, limit=limit)) <= 0.3
    assert 0.5 <= max(forecast(calls, limit=limit, beside_bulk=True)) <= 3.5
    assert max(forecast(2 * limit, limit=limit)) > 60.0
    left = forecast(7, limit=limit, priority=0)
    assert left == sorted(left)


def test_the_command_tells_it_in_words_and_as_json() -> None:
    told = CliRunner().invoke(app, ["limiter", "--calls", "30"])
    assert told.exit_code == 0
    assert "600 requests a minute" in told.output
    assert "30 calls at once after idling: the last leaves after 0.0 s" in told.output
    figures = json.loads(CliRunner().invoke(app, ["limiter", "--environment", "production", "--json"]).output)
    assert (figures["limit"], figures["burst"], figures["bulk_burst"]) == (1000, 50, 10)
    assert CliRunner().invoke(app, ["limiter", "--environment", "moon"]).exit_code != 0

"""A delivery in traces and metrics: the document's id leads from a figure to its span and to the calls below it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from opentelemetry import metrics, trace
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from b2brouter_async.bulk import Ledger
from b2brouter_async.fleet import Deliverer
from b2brouter_async.simulator import Simulator

from .test_worker import PATIENCE, Bench, in_thread

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

pytestmark = [pytest.mark.anyio, pytest.mark.parametrize("anyio_backend", ["asyncio"])]


@pytest.fixture
async def bench(anyio_backend: str, database: str) -> AsyncIterator[Bench]:
    simulator = Simulator(api_key="test_fleet", limit=None)
    async with simulator.serve() as url:
        yield Bench(database, simulator, url)


async def test_span_and_figures_lead_to_the_document(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    exporter, reader = InMemorySpanExporter(), InMemoryMetricReader()
    spans = TracerProvider()
    spans.add_span_processor(SimpleSpanProcessor(exporter))
    figures = MeterProvider([reader])
    monkeypatch.setattr(trace, "get_tracer", spans.get_tracer)
    monkeypatch.setattr(metrics, "get_meter_provider", lambda: figures)
    monkeypatch.setattr(metrics, "get_meter", lambda name, meter_provider: meter_provider.get_meter(name))
    (document,) = await in_thread(bench.add, 1)
    async with bench.client() as client, await Ledger.open(bench.database) as ledger:
        deliverer = Deliverer(ledger, client, patience=PATIENCE)
        await deliverer.deliver(document)
        await deliverer.deliver(document)
    finished = exporter.get_finished_spans()
    first, second = [span for span in finished if span.name == "b2brouter deliver"]
    attributes = dict(first.attributes or {})
    assert attributes["b2brouter.document"] == document
    assert attributes["b2brouter.outcome"] == "created"
    assert attributes["b2brouter.account"] == bench.simulator.account
    assert dict(second.attributes or {})["b2brouter.repeated"] is True
    below = [span for span in finished if span.parent and span.parent.span_id == first.context.span_id]
    assert "b2brouter invoices.import_document" in [span.name for span in below]

    data: Any = reader.get_metrics_data()
    found = {
        metric.name: list(metric.data.data_points)
        for resource in data.resource_metrics
        for scope in resource.scope_metrics
        for metric in scope.metrics
    }
    (documents,) = found["b2brouter.documents"]
    assert documents.value == 1
    assert dict(documents.attributes)["outcome"] == "created"
    (durations,) = found["b2brouter.delivery.duration"]
    assert durations.count == 2
    seen = {exemplar.span_id for exemplar in durations.exemplars}
    assert seen <= {first.context.span_id, second.context.span_id}
    assert seen

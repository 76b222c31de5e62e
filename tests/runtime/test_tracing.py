from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from b2brouter_async import NotFoundError

from .conftest import KEY, reply

if TYPE_CHECKING:
    from collections.abc import Callable

    from .conftest import Wire

pytestmark = pytest.mark.anyio


async def test_a_call_is_a_span_without_the_key(
    wire: Callable[..., Wire], monkeypatch: pytest.MonkeyPatch
) -> None:
    exporter = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    monkeypatch.setattr(trace, "get_tracer", provider.get_tracer)
    api = wire(reply(503), reply(200, {"invoice": {"id": 5}}, x_b2b_api_request_id="r"), reply(404))
    await api.client.invoices.get(5)
    with pytest.raises(NotFoundError):
        await api.client.invoices.get(6)
    done, failed = exporter.get_finished_spans()
    assert done.name == "b2brouter invoices.get"
    assert dict(done.attributes or {}) == {
        "http.request.method": "GET",
        "url.template": "/invoices/{invoice_id}",
        "server.address": "api.b2brouter.net",
        "b2brouter.operation": "invoices.get",
        "http.response.status_code": 200,
        "http.request.resend_count": 1,
        "b2brouter.request_id": "r",
    }
    assert dict(failed.attributes or {}) == {
        "http.request.method": "GET",
        "url.template": "/invoices/{invoice_id}",
        "server.address": "api.b2brouter.net",
        "b2brouter.operation": "invoices.get",
        "error.type": "NotFoundError",
        "http.response.status_code": 404,
        "http.request.resend_count": 0,
    }
    assert not failed.status.is_ok
    assert failed.events[0].name == "exception"
    assert KEY not in done.to_json() + failed.to_json()

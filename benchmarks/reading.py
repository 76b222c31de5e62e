"""What reading replies costs, beside `json.loads` of the same bytes: a page of 500 invoices, and one with everything.

    python -m benchmarks reading

Ratios of processor time within one run, the best of several for each side. Where cattrs is installed it reads the same
page into classes of the same fields, without what our models keep: unknown fields, spellings, JSON paths.
"""

from __future__ import annotations

import datetime
import json
import time
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs

from b2brouter_async._core.pagination import PageReader
from b2brouter_async._core.replies import Reply, read
from b2brouter_async.models import Invoice, InvoiceListItem, InvoiceState

from .table import Line

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

SAMPLES = Path(__file__).parents[1] / "openapi" / "samples"
ROWS = 500
RUNS = 15


def page() -> bytes:
    """A page of 500 rows, made of the samples'."""
    rows = json.loads((SAMPLES / "invoices-list.json").read_bytes())["invoices"]
    made = [{**rows[index % len(rows)], "id": index} for index in range(ROWS)]
    return json.dumps({"invoices": made, "meta": {"total_count": ROWS, "offset": 0, "limit": ROWS}}).encode()


def cost(work: Callable[[], object], times: int) -> float:
    """The least processor time of one piece of work, in seconds."""
    best = float("inf")
    for _ in range(RUNS):
        began = time.process_time()
        for _ in range(times):
            work()
        best = min(best, (time.process_time() - began) / times)
    return best


@attrs.define(kw_only=True)
class Party:
    name: str | None = None
    id: int | None = None
    tin_value: str | None = None
    country: str | None = None


@attrs.define(kw_only=True)
class Row:
    """The fields of `InvoiceListItem`, for cattrs."""

    id: int
    type: str | None = None
    number: str | None = None
    series_code: str | None = None
    state: InvoiceState | None = None
    state_updated_at: datetime.datetime | None = None
    contact: Party | None = None
    date: datetime.date | None = None
    due_date: datetime.date | None = None
    currency: str | None = None
    subtotal: Decimal | None = None
    total: Decimal | None = None
    document_type_code: str | None = None
    transport_type_code: str | None = None
    is_credit_note: bool | None = None
    file_reference: str | None = None
    tax_report_ids: list[int] | None = None
    errors: list[Any] | None = None
    refuse_reason: str | None = None
    from_net: str | None = None
    ack_at: datetime.datetime | None = None
    created_at: datetime.datetime | None = None
    updated_at: datetime.datetime | None = None


def with_cattrs(content: bytes) -> Callable[[], object] | None:
    try:
        import cattrs
    except ImportError:
        return None
    converter = cattrs.Converter(detailed_validation=False)
    converter.register_structure_hook(Decimal, lambda value, _: value)
    converter.register_structure_hook(InvoiceState, lambda value, _: InvoiceState(value))
    converter.register_structure_hook(datetime.date, lambda value, _: datetime.date.fromisoformat(value))
    converter.register_structure_hook(
        datetime.datetime, lambda value, _: datetime.datetime.fromisoformat(value)
    )
    rows = list[Row]
    return lambda: converter.structure(json.loads(content, parse_float=Decimal)["invoices"], rows)


def lines() -> Iterable[Line]:
    content, detail = page(), (SAMPLES / "invoice-detail.json").read_bytes()
    listed, one = Reply(200, {}, content), Reply(200, {}, detail)
    bare = cost(lambda: json.loads(content), 20)
    bare_detail = cost(lambda: json.loads(detail), 500)
    reader = PageReader(InvoiceListItem, "invoices")
    unit = "times json.loads"
    peer = with_cattrs(content)
    yield Line(
        f"a page of {ROWS} invoices is read",
        cost(lambda: reader(listed), 5) / bare,
        goal=5.0,
        unit=unit,
        peers={} if peer is None else {"cattrs": cost(peer, 5) / bare},
        note="" if peer is None else "cattrs keeps no unknown fields, spellings or paths",
    )
    yield Line(
        "one invoice with everything is read",
        cost(lambda: read(one, Invoice, "invoice"), 200) / bare_detail,
        goal=3.0,
        unit=unit,
    )

"""What reading replies costs, beside `json.loads` of the same bytes: a page of 500 invoices, and one with everything.

    python -m benchmarks reading

Ratios of processor time within one run, the best of several for each side. The peers read the same bytes: the models that
openapi-python-client makes of our spec, and cattrs, the page alone, into classes of the same fields. Neither keeps what our models do: unknown
fields, spellings, JSON paths.
"""

from __future__ import annotations

import json
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from b2brouter_async._core.pagination import PageReader
from b2brouter_async._core.replies import Reply, read
from b2brouter_async.models import Invoice, InvoiceListItem

from . import peers
from .table import Line

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

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


def others(what: str, content: bytes, names: Sequence[str]) -> dict[str, float]:
    """Return what the peers need for the same bytes, as multiples of json.loads in their own interpreters."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "reply.json"
        path.write_bytes(content)
        return {name: peers.run("read", name, what, str(path)) for name in peers.installed(names)}


def lines() -> Iterable[Line]:
    content, detail = page(), (SAMPLES / "invoice-detail.json").read_bytes()
    listed, one = Reply(200, {}, content), Reply(200, {}, detail)
    bare = cost(lambda: json.loads(content), 20)
    bare_detail = cost(lambda: json.loads(detail), 500)
    reader = PageReader(InvoiceListItem, "invoices")
    unit = "times json.loads"
    note = "peers keep no unknown fields, spellings or paths"
    yield Line(
        f"a page of {ROWS} invoices is read",
        cost(lambda: reader(listed), 5) / bare,
        goal=5.0,
        unit=unit,
        peers=others("page", content, peers.READERS),
        note=note,
    )
    yield Line(
        "one invoice with everything is read",
        cost(lambda: read(one, Invoice, "invoice"), 200) / bare_detail,
        goal=3.0,
        unit=unit,
        peers=others("invoice", detail, [peers.GENERATED]),
        note=note,
    )

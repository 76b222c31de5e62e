"""Batches of tax reports: taken in at once, finished after a while."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..server import errors
from ..server.call import Reply, account_of, whole
from ..state.store import Record
from .tax_reports import make_report

if TYPE_CHECKING:
    from ..server.call import Call, Handler
    from ..state.store import JsonObject
    from ..state.world import World


def create_batch(world: World, call: Call) -> Reply:
    """Take in a batch: 202, and the address to poll."""
    account = account_of(world, call)
    number = world.store.next_id("batch")
    url = f"{call.base_url}/accounts/{account.id}/tax_report_batches/{number}"
    body: JsonObject = {"batch_id": number, "status": "processing", "status_url": url, "results": None}
    batch = Record("batch", number, str(account.id), body, {"reports": call.json["tax_reports"]})
    world.store.add(batch)
    world.plan(batch, [(world.now + world.settings.delays.batch, "finished", {})])
    return Reply(202, {"batch_id": number, "status_url": url})


def get_batch(world: World, call: Call) -> Reply:
    """Tell how a batch stands."""
    account = account_of(world, call)
    batch = world.store.get("batch", whole(call.path[1]))
    if batch is None or batch.owner != str(account.id):
        raise errors.missing("batch")
    return Reply(200, batch.body)


def finish_batch(world: World, batch: Record, state: str, changes: JsonObject) -> None:
    """Make the reports of a batch; one that can't be made fails alone."""
    results: list[JsonObject] = []
    for fields in batch.hidden.pop("reports"):
        known = world.known("POST /accounts/{}/tax_reports", fields)
        try:
            report = make_report(world, batch.owner, known)
        except errors.Refusal as refusal:
            results.append({"invoice_number": known.get("invoice_number"), **refusal.body})
        else:
            results.append({"invoice_number": known.get("invoice_number"), "tax_report_id": report.id})
    batch.body.update(status=state, results=results)
    data = {"batch_id": batch.id, "status": state, "status_url": batch.body["status_url"]}
    world.event("sii_batch.finished", batch.owner, data)


HANDLERS: dict[str, Handler] = {
    "POST /accounts/{}/tax_report_batches": create_batch,
    "GET /accounts/{}/tax_report_batches/{}": get_batch,
}

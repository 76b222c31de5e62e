"""Celery delivers what an outbox has: celery -A examples.fleet.celery_app worker --beat

The web application adds a document and commits; then it may call `deliver.delay(document)`. Celery may lose that, or run it
twice: `sweep` finds what was lost, and delivering twice makes one invoice.

Environment variables: B2BROUTER_DATABASE, FLEET_BROKER (a Redis), and what `B2Brouter.from_env` reads.
"""

from __future__ import annotations

import os
from typing import Any

from celery import Celery
from celery.signals import worker_process_shutdown, worker_shutdown

from b2brouter_async import B2Brouter
from b2brouter_async.fleet import BlockingDeliverer

app = Celery("b2brouter", broker=os.environ.get("FLEET_BROKER", "redis://127.0.0.1:6379/0"))
app.conf.update(
    # A task is acknowledged when it is done: a worker that dies in it has not lost it.
    task_acks_late=True,
    task_reject_on_worker_lost=True,
    worker_prefetch_multiplier=1,
    task_ignore_result=True,
    # Celery's own is an hour; what it redelivers late the sweep has found before.
    broker_transport_options={"visibility_timeout": 300},
    beat_schedule={"sweep": {"task": "b2brouter.sweep", "schedule": 10.0}},
    beat_schedule_filename=os.environ.get("FLEET_BEAT", "celerybeat-schedule"),
)

# Made at import, opened in each process that delivers: one connection, one client, one event loop in a thread.
deliverer = BlockingDeliverer(os.environ["B2BROUTER_DATABASE"], B2Brouter.from_env)


@app.task(name="b2brouter.deliver")
def deliver(document: int) -> str:
    """Settle one document of the ledger, exactly once however often this is called."""
    return deliverer.deliver(document).kind


@app.task(name="b2brouter.sweep")
def sweep() -> int:
    """Find what the queue forgot."""
    due = deliverer.due()
    for one in due:
        # What is in doubt is looked for, which takes a while: give it a queue of its own where that holds others up.
        deliver.delay(one.id)
    return len(due)


@worker_shutdown.connect
@worker_process_shutdown.connect
def close(**_: Any) -> None:
    """Let go of what this process has claimed, so that nobody waits for its lease to run out."""
    deliverer.close()

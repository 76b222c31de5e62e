"""taskiq delivers what an outbox has, over a Redis stream: taskiq worker examples.fleet.taskiq_app:broker

The web application adds a document and commits; then it may call `await deliver.kiq(document)`. A stream may lose that, or
hand it out twice: the sweep, which each worker runs, finds what was lost, and delivering twice makes one invoice.

Environment variables: B2BROUTER_DATABASE, FLEET_BROKER (a Redis), and what `B2Brouter.from_env` reads.
"""

from __future__ import annotations

import asyncio
import logging
import os
from contextlib import AsyncExitStack, suppress
from typing import Annotated

from taskiq import Context, TaskiqDepends, TaskiqEvents, TaskiqState
from taskiq_redis import RedisStreamBroker

from b2brouter_async import B2Brouter, B2BrouterError
from b2brouter_async.bulk import Ledger
from b2brouter_async.fleet import Deliverer, due

broker = RedisStreamBroker(os.environ.get("FLEET_BROKER", "redis://127.0.0.1:6379/0"))
log = logging.getLogger("fleet")


@broker.on_event(TaskiqEvents.WORKER_STARTUP)
async def open_ledger(state: TaskiqState) -> None:
    """One client and one ledger for a process."""
    async with AsyncExitStack() as stack:
        client = await stack.enter_async_context(B2Brouter.from_env())
        ledger = await stack.enter_async_context(await Ledger.open(os.environ["B2BROUTER_DATABASE"]))
        state.deliverer = Deliverer(ledger, client)
        state.sweeping = asyncio.create_task(sweep(ledger))
        state.stack = stack.pop_all()


@broker.on_event(TaskiqEvents.WORKER_SHUTDOWN)
async def close_ledger(state: TaskiqState) -> None:
    """Let go of what this process has claimed."""
    state.sweeping.cancel()
    with suppress(asyncio.CancelledError):
        await state.sweeping
    await state.stack.aclose()


@broker.task
async def deliver(document: int, context: Annotated[Context, TaskiqDepends()]) -> str:
    """Settle one document of the ledger, exactly once however often this is called."""
    outcome = await context.state.deliverer.deliver(document)
    return str(outcome.kind)


async def sweep(ledger: Ledger) -> None:
    """Find what the queue forgot."""
    while True:
        try:
            for one in await due(ledger):
                await deliver.kiq(one.id)  # type: ignore[call-overload]
        except (B2BrouterError, OSError) as error:
            log.warning("the sweep is tried again: %s", error)
        await asyncio.sleep(float(os.environ.get("FLEET_SWEEP", "10")))

"""The calls to web hooks: made while the simulator is served, or when a test asks for them."""

from __future__ import annotations

import collections
import contextlib
import json
from typing import TYPE_CHECKING

import anyio
import attrs
import httpx

if TYPE_CHECKING:
    from ..server.outbox import Delivery, Outbox
    from ..server.service import Service

# How often a served simulator looks whether something is due, in seconds.
TICK = 0.05
# How many calls are remembered for the page.
REMEMBERED = 100


@attrs.frozen
class MadeCall:
    """One call to a subscriber that was made.

    Args:
        at: when, in seconds since 1970 of the simulator's clock.
        code: the event's.
        url: where.
        attempt: the first is 1.
        answer: the status, or why there was none.
        delivered: it was answered 2xx, or taken by a test.
    """

    at: float
    code: str
    url: str
    attempt: int
    answer: str
    delivered: bool


class HookCaller:
    """Takes what is due from the outbox and calls the subscribers; `made` holds the last calls."""

    def __init__(self, service: Service, outbox: Outbox) -> None:
        self.made: collections.deque[MadeCall] = collections.deque(maxlen=REMEMBERED)
        self._service = service
        self._outbox = outbox

    def take(self) -> list[Delivery]:
        """Take the calls that are due, for somebody else to make; they count as made."""
        with self._service.lock:
            taken = self._due()
            for delivery in taken:
                self._settle(delivery, "taken by the test", delivered=True)
            return taken

    async def deliver(self, client: httpx.AsyncClient) -> list[Delivery]:
        """Make the calls that are due, one after the other; what is not answered 2xx comes again."""
        taken = self._due()
        await self._call(client, collections.deque(taken))
        return taken

    async def run(self) -> None:
        """Let time pass while the simulator is served: states advance and web hooks are called without a request.

        Each subscriber is called one call after the other, and none waits for another's answer.
        """
        queues: dict[int, collections.deque[Delivery]] = {}

        async def empty(client: httpx.AsyncClient, hook: int) -> None:
            try:
                await self._call(client, queues[hook])
            finally:
                del queues[hook]

        # A client reads all certificates of the machine, and most simulators call nobody.
        client: httpx.AsyncClient | None = None
        async with contextlib.AsyncExitStack() as opened, anyio.create_task_group() as tasks:
            while True:
                for delivery in self._due():
                    if client is None:
                        client = httpx.AsyncClient(timeout=10, trust_env=False)
                        await opened.enter_async_context(client)
                    hook = delivery.web_hook_id
                    if hook in queues:
                        queues[hook].append(delivery)
                    else:
                        queues[hook] = collections.deque([delivery])
                        tasks.start_soon(empty, client, hook)
                await anyio.sleep(TICK)

    def _due(self) -> list[Delivery]:
        world = self._service.world
        with self._service.lock:
            world.run_due()
            taken = self._outbox.take()
            world.store.commit()
            return taken

    def _settle(self, delivery: Delivery, answer: str, *, delivered: bool) -> None:
        with self._service.lock:
            code = str(json.loads(delivery.content)["code"])
            now = self._service.world.now
            self.made.append(MadeCall(now, code, delivery.url, delivery.attempt, answer, delivered))
            self._outbox.settle(delivery, delivered=delivered)
            self._service.world.store.commit()

    async def _call(self, client: httpx.AsyncClient, queue: collections.deque[Delivery]) -> None:
        """Make the calls of a queue until it is empty; what can't be made waits again."""
        try:
            while queue:
                delivery = queue[0]
                try:
                    reply = await client.post(
                        delivery.url, content=delivery.content, headers=delivery.headers
                    )
                except httpx.HTTPError as error:
                    answer, delivered = type(error).__name__, False
                else:
                    answer, delivered = str(reply.status_code), reply.is_success
                queue.popleft()
                self._settle(delivery, answer, delivered=delivered)
        finally:
            self._outbox.put_back(queue)

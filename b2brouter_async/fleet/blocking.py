"""Delivering from a queue that is not async: one event loop in a thread, for as long as the process lives."""

from __future__ import annotations

import os
import threading
from concurrent.futures import Future
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING
from weakref import WeakSet

import anyio
from anyio.from_thread import BlockingPortal
from attrs import define, field

from .._keywords import tells_misspelt
from .._postgres.schema import SCHEMA
from ..bulk.journal.postgres.ledger import Ledger
from .deliver import Deliverer
from .sweeping import due

if TYPE_CHECKING:
    from collections.abc import Callable

    from .._postgres.url import DatabaseURL
    from ..bulk.journal.postgres.holder import LeaseTimes
    from ..bulk.outcome import Outcome
    from ..bulk.settings import Patience
    from ..client import B2Brouter
    from .contents import Fetch
    from .deliver import Clients
    from .encryption import DocumentKeys
    from .sweeping import Due


_made: WeakSet[BlockingDeliverer] = WeakSet()


@define
class _Open:
    """What one process has open."""

    deliverer: Deliverer
    ledger: Ledger
    portal: BlockingPortal
    thread: threading.Thread
    stack: AsyncExitStack


@tells_misspelt
@define(eq=False)
class BlockingDeliverer:
    """Delivers documents for Celery, RQ, Django and whatever else is not async.

    Example:
        deliverer = BlockingDeliverer("postgresql://…", B2Brouter.from_env)


        def deliver(document: int) -> str:  # a task of Celery, RQ, Django …
            return deliverer.deliver(document).kind

    It may be made at import: nothing is opened before the first delivery, and after a fork each process opens its own. One
    client with its connections and its limiter serves all tasks of a process, whichever thread they run in.

    Args:
        database: its address, `postgresql://…`.
        make_client: makes the client, in the process that uses it.
        clients: returns, for a destination, the client whose key sees it; left out, the one client serves all.
        schema: where the tables are.
        fetch: returns documents that the application keeps itself.
        keys: what documents may be encrypted with.
        patience: how long to look for what is in doubt.
        times: how long a process that says nothing is taken for alive.
    """

    database: DatabaseURL | str = field(repr=str)
    make_client: Callable[[], B2Brouter] = field(repr=False)
    clients: Clients | None = field(default=None, kw_only=True, repr=False)
    schema: str = field(default=SCHEMA, kw_only=True)
    fetch: Fetch | None = field(default=None, kw_only=True, repr=False)
    keys: DocumentKeys | None = field(default=None, kw_only=True, repr=False)
    patience: Patience | None = field(default=None, kw_only=True)
    times: LeaseTimes | None = field(default=None, kw_only=True)
    _lock: threading.Lock = field(factory=threading.Lock, init=False, repr=False)
    _open: _Open | None = field(default=None, init=False, repr=False)

    def __attrs_post_init__(self) -> None:
        _made.add(self)

    def deliver(self, document: int, *, wait: float = 0.0) -> Outcome:
        """Settle one document; see `Deliverer.deliver`.

        Example:
            deliverer = BlockingDeliverer("postgresql://…", B2Brouter.from_env)


            def task(document: int) -> str:
                return deliverer.deliver(document, wait=10.0).kind

        Args:
            document: its id in the ledger.
            wait: seconds to wait where another process works on it.

        Raises:
            ArgumentError: the ledger has no such document.
            JournalError: the database can't be reached or used.
            AuthenticationError, PermissionDeniedError: the key is refused; the document waits to be sent.
        """
        opened = self._opened()

        async def deliver() -> Outcome:
            return await opened.deliverer.deliver(document, wait=wait)

        return opened.portal.call(deliver)

    def due(self, *, most: int = 500) -> list[Due]:
        """Return documents that are to be delivered and that nobody works on; see `fleet.due`.

        Example:
            deliverer = BlockingDeliverer("postgresql://…", B2Brouter.from_env)
            for one in await anyio.to_thread.run_sync(deliverer.due):
                print(one.id)
            await anyio.to_thread.run_sync(deliverer.close)

        Args:
            most: how many at most.

        Raises:
            JournalError: the database can't be reached.
        """
        opened = self._opened()

        async def ask() -> list[Due]:
            return await due(opened.ledger, most=most)

        return opened.portal.call(ask)

    def close(self) -> None:
        """Let go of everything; a later delivery opens it again.

        Example:
            deliverer = BlockingDeliverer("postgresql://…", B2Brouter.from_env)
            deliverer.close()
        """
        with self._lock:
            opened, self._open = self._open, None
        if opened is not None:
            try:
                opened.portal.call(opened.stack.aclose)
            finally:
                opened.portal.call(opened.portal.stop)
                opened.thread.join()

    def _opened(self) -> _Open:
        # Threads race for it.
        with self._lock:
            if self._open is None:
                self._open = self._begin()
            return self._open

    def _begin(self) -> _Open:
        ready: Future[BlockingPortal] = Future()
        # Not start_blocking_portal: a fork's child would end its generator, and wait for a thread that it has not.
        thread = threading.Thread(
            target=anyio.run, args=(_serve, ready), name="b2brouter-deliverer", daemon=True
        )
        thread.start()
        portal = ready.result()
        try:
            ledger, deliverer, stack = portal.call(self._connect)
        except BaseException:
            portal.call(portal.stop)
            thread.join()
            raise
        return _Open(deliverer, ledger, portal, thread, stack)

    def _forget(self) -> None:
        """Begin anew after a fork: the parent's thread is not here, and the parent may have held the lock."""
        self._lock, self._open = threading.Lock(), None

    async def _connect(self) -> tuple[Ledger, Deliverer, AsyncExitStack]:
        async with AsyncExitStack() as stack:
            client = await stack.enter_async_context(self.make_client())
            ledger = await stack.enter_async_context(
                await Ledger.open(self.database, schema=self.schema, times=self.times)
            )
            deliverer = Deliverer(
                ledger, self.clients or client, fetch=self.fetch, keys=self.keys, patience=self.patience
            )
            return ledger, deliverer, stack.pop_all()


async def _serve(ready: Future[BlockingPortal]) -> None:
    async with BlockingPortal() as portal:
        ready.set_result(portal)
        await portal.sleep_until_stopped()


def _after_fork() -> None:
    for deliverer in _made:
        deliverer._forget()  # pyright: ignore[reportPrivateUsage]


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)

"""One document of the ledger, delivered exactly once, however often and from wherever it is asked for."""

from __future__ import annotations

import contextlib
import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING, TypeAlias, cast

import anyio
import anyio.to_thread
from attrs import frozen
from cachetools import TTLCache

from .._keywords import tells_misspelt
from ..bulk.account import AccountCalls
from ..bulk.journal.postgres.journal import PostgresJournal
from ..bulk.outcome import Summary
from ..bulk.prepare import Invalid, Prepared, Rules, known_from, prepare
from ..bulk.runner import Runner
from ..bulk.settings import Patience, Settings
from ..bulk.slots import Slots, Turns
from ..bulk.source import Document
from ..client import B2Brouter
from ..errors import ArgumentError, ConfigurationError
from . import telemetry
from .contents import Fetch, content_of
from .numbers import check_number

if TYPE_CHECKING:
    from .._core.backoff import Waiting
    from ..bulk.journal.postgres.ledger import Ledger
    from ..bulk.journal.postgres.row import Entry
    from ..bulk.outcome import Outcome
    from ..bulk.slots import Slot
    from ..generated.models.account import Account
    from .encryption import DocumentKeys

_ACCOUNTS_KEPT = 10_000
_ACCOUNT_READ_AGAIN = 3600.0
"""Seconds after which what an account is, its tax numbers and its currency, is asked for again."""


@tells_misspelt
@frozen(kw_only=True)
class Destination:
    """Where a document goes.

    Example:
        def client_for(destination: Destination) -> B2Brouter:
            return clients[destination.account]


        clients = {"1234": client}
        deliverer = Deliverer(ledger, client_for)
    """

    host: str
    environment: str
    account: str
    direction: str


Clients: TypeAlias = B2Brouter | Callable[[Destination], B2Brouter | Awaitable[B2Brouter]]
"""The client whose key sees the account of a document: one for all, or a function that tells which, async or not."""


@tells_misspelt
class Deliverer:
    """Delivers documents of a ledger. One for a process: it shares the ledger's connection and lease.

    Example:
        from b2brouter_async.bulk import Ledger

        async with await Ledger.open("postgresql://…") as ledger:
            outcome = await Deliverer(ledger, client).deliver(document)

    Any queue may call it, as often as it likes: what is settled is not sent again, and what another process works on is
    left to it.
    """

    def __init__(
        self,
        ledger: Ledger,
        clients: Clients,
        *,
        patience: Patience | None = None,
        fetch: Fetch | None = None,
        keys: DocumentKeys | None = None,
        max_bytes: int = 20 * 1024 * 1024,
    ) -> None:
        """Take what is needed; nothing is asked or sent.

        Args:
            ledger: what this process has of the database.
            clients: the client that documents are sent with, or a function that returns the one for a destination.
            patience: how long to look for what is in doubt.
            fetch: returns documents that the application keeps itself, by the name it gave.
            keys: what documents may be encrypted with.
            max_bytes: larger documents are invalid.
        """
        self._ledger = ledger
        self._clients = clients
        self._patience = patience
        self._fetch = fetch
        self._keys = keys
        self._max_bytes = max_bytes
        self._journals: dict[tuple[str, ...], PostgresJournal] = {}
        self._accounts: TTLCache[tuple[str, str, str], Account, float] = TTLCache(
            _ACCOUNTS_KEPT, _ACCOUNT_READ_AGAIN, timer=time.monotonic
        )
        self._turns = Turns()

    async def deliver(self, document: int, *, wait: float = 0.0) -> Outcome:
        """Settle one document.

        Example:
            outcome = await Deliverer(ledger, client).deliver(document)
            print(outcome.kind, outcome.invoice_id)

        Args:
            document: its id in the ledger.
            wait: seconds to wait where another process works on it.

        Returns:
            What became of it; marked `repeated` where it was settled before. Of the kind `unknown` where another process
            works on it, or where nobody could find out in time: `message` says which, and it is safe to ask again.

        Raises:
            ArgumentError: it is no number, or the ledger has no such document.
            ConfigurationError: the client is of another environment or host than the document.
            JournalError: the database can't be reached or used.
            AuthenticationError, PermissionDeniedError: the key is refused; the document waits to be sent.
            CallError: the account could not be read; the document waits to be sent.
        """
        document = check_number(document)
        with telemetry.delivery(document) as noted:
            outcome = await self._settle(document, wait, noted)
            noted.ended(outcome)
            telemetry.count(outcome, noted)
            return outcome

    async def _settle(self, document: int, wait: float, noted: telemetry.Delivering) -> Outcome:
        entry = await self._ledger.do(partial(self._ledger.steps.entry, document))
        if entry is None:
            raise ArgumentError(f"the ledger has no document {document}", argument="document")
        row = entry.row
        noted.goes_to(entry.about)
        if row.settled or row.stage == "waiting":
            return row.outcome.again(row.outcome.source)
        client = await self._client(entry)
        runner = await self._runner(entry, client, wait)
        slot = await Slots(1).take()
        try:
            outcome = await self._deliver(entry, runner, slot)
        finally:
            slot.close()
        if outcome is None:
            settled = await runner.journal.find(row.key)
            outcome = row.outcome if settled is None else settled.outcome
        return outcome

    async def _deliver(self, entry: Entry, runner: Runner, slot: Slot) -> Outcome | None:
        row = entry.row
        began = runner.rules.settings.patience.clock()
        try:
            prepared = await self._prepared(entry, runner.rules)
        except Invalid as invalid:
            if row.stage == "open":
                invalid.sha256 = row.outcome.sha256
                return await runner.reject(row.outcome.source, invalid, slot, began)
            # It was perhaps sent: then it can be looked for, even if it can't be sent again.
            prepared = known_from(row, runner.rules)
        return await runner.send(prepared, slot, began)

    async def _prepared(self, entry: Entry, rules: Rules) -> Prepared:
        """Read the document and check it.

        Raises:
            Invalid: it can't be sent as it is.
        """
        row = entry.row
        if entry.kept is None:
            raise Invalid("The document was purged from the ledger before it was sent.")
        content = await content_of(entry.kept, self._fetch, most=self._max_bytes, keys=self._keys)
        if isinstance(content, bytes) and len(content) > self._max_bytes:
            raise Invalid(f"The document has more than the {self._max_bytes:,} bytes allowed here.")
        try:
            total = entry.options.get("total")
            document = Document(content, row.outcome.source, None if total is None else Decimal(str(total)))
        except (ArithmeticError, ArgumentError):
            raise Invalid(f"options: its total is no amount: {entry.options['total']!r}.") from None
        prepared = await anyio.to_thread.run_sync(prepare, document, rules, _unknown)
        prepared = cast("Prepared", prepared)
        if prepared.sha256 != row.key:
            raise Invalid("The document is not the one that was added: its bytes have changed since.")
        return prepared

    async def _client(self, entry: Entry) -> B2Brouter:
        about = entry.about
        if isinstance(self._clients, B2Brouter):
            client = self._clients
        else:
            found = self._clients(
                Destination(
                    host=about["host"],
                    environment=about["environment"],
                    account=about["account"],
                    direction=about["direction"],
                )
            )
            client = await found if isinstance(found, Awaitable) else found
            if not isinstance(cast("object", client), B2Brouter):
                raise ConfigurationError(
                    f"it returned {type(client).__name__} for account {about['account']}, and no client",
                    argument="clients",
                )
        for name, wanted, has in (
            ("environment", about["environment"], client.environment.name),
            ("host", about["host"], client.base_url),
        ):
            if wanted != has:
                raise ConfigurationError(
                    f"document {entry.row.id} goes to the {name} {wanted}, and the client to {has}: give the client whose "
                    "key belongs there",
                    argument="clients",
                )
        return client

    async def _runner(self, entry: Entry, client: B2Brouter, wait: float) -> Runner:
        about = entry.about
        journal = await self._journal(entry)
        waiting: Waiting = client.caller.waiting
        patience = self._patience or Patience(sleep=waiting.sleep, clock=waiting.clock)
        options = entry.options
        settings = Settings(
            journal=journal,
            send=entry.row.send,
            received=about["direction"] == "received",
            self_billed=bool(options.get("self_billed")),
            verify_totals=bool(options.get("verify_totals")),
            max_bytes=self._max_bytes,
            patience=patience,
        )
        calls = AccountCalls(client.caller, about["account"], Summary(), patience.deadline)
        account = await self._account(entry, calls)
        rules = Rules(
            settings=settings,
            account=about["account"],
            own_ids=[one for one in (account.tin_value, account.cin_value) if one],
            currency=account.currency,
            api_version=client.caller.api_version,
        )
        return Runner(journal, calls, rules, patience.clock(), wait, limiter=client.limiter)

    async def _journal(self, entry: Entry) -> PostgresJournal:
        key = tuple(entry.about.values())
        journal = self._journals.get(key)
        if journal is None:
            journal = self._journals[key] = await PostgresJournal.on(self._ledger, entry.about)
        return journal

    async def _account(self, entry: Entry, calls: AccountCalls) -> Account:
        about = entry.about
        key = (about["host"], about["environment"], about["account"])
        async with self._turns.alone(key, _nothing_else):  # many at once ask the server once
            account = self._accounts.get(key)
            if account is None:
                account = self._accounts[key] = await calls.account()
            return account


@contextlib.asynccontextmanager
async def _nothing_else() -> AsyncGenerator[None]:
    """Let nobody else work meanwhile: whoever waits has no slot of a run."""
    yield


def _unknown(key: str) -> None:
    """Know of nothing that is settled: the row was just read."""

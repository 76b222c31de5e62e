"""The outbox: a document is added in the application's own transaction, and goes out exactly once if that is committed."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Awaitable, Callable
from contextlib import asynccontextmanager
from functools import partial
from typing import TYPE_CHECKING, Any, Final, Self, TypeAlias, cast

import anyio
import anyio.to_thread
import simplejson
from attrs import evolve, frozen

from .._core.callbacks import call_either
from .._keywords import tells_misspelt
from .._postgres.connecting import connect
from .._postgres.schema import SCHEMA, quoted
from .._postgres.url import DatabaseURL, driver
from ..bulk.journal.errors import JournalError
from ..bulk.journal.postgres.journal import PostgresJournal
from ..bulk.journal.postgres.ledger import Ledger
from ..bulk.journal.postgres.row import storable
from ..bulk.prepare import Rules
from ..bulk.settings import Settings
from ..bulk.source import Document
from ..client import check_account
from ..config import check_base_url
from ..errors import ArgumentError, ConfigurationError
from ..generated.platform import ENVIRONMENTS
from ..resources.waiting import WaitTimeout
from .connections import Call, call, call_sync
from .contents import Content, Fetch, Packed, Reference, fetched, pack
from .numbers import check_number
from .settled import Settled

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Iterable
    from decimal import Decimal
    from types import TracebackType

    from .._core.requests import AccountId
    from ..bulk.journal.postgres.row import LedgerRow
    from ..bulk.outcome import Outcome
    from ..generated.platform import EnvironmentName
    from .encryption import DocumentKeys

Told: TypeAlias = Callable[[int, "Outcome"], Awaitable[object] | object]
"""Hears what became of a document: its id, and its outcome."""

_ARGUMENTS: Final = {
    "account": "text",
    "environment": "text",
    "host": "text",
    "sha256": "text",
    "source": "text",
    "kind": "text",
    "body": "bytea",
    "reference": "text",
    "direction": "text",
    "send": "boolean",
    "options": "jsonb",
    "number": "text",
    "series": "text",
    "year": "integer",
    "compression": "text",
    "encryption": "text",
}
_LEASE = 60.0
"""Seconds for which nobody else is told of an outcome that a callback was called with."""
_TELL_EVERY = 2.0
_NOWHERE: Final = "postgresql://"
"""The journal of settings that are checked and not used."""
_log = logging.getLogger("b2brouter_async.fleet")


@frozen
class _How:
    """How a document is to be sent."""

    account: str
    document: Document
    """Its name and its total."""
    rules: Rules
    tell: bool


@tells_misspelt
class Outbox:
    """Takes documents into the ledger, in transactions of the application, and tells what became of them.

    Example:
        outbox = Outbox("postgresql://…", environment="sandbox", account=1234)

        async with connection.transaction():
            document = await outbox.add(Path("invoice.xml"), connection=connection)

    It needs no API key: whoever delivers has it.

    Args:
        journal: the database, as `postgresql://…`; or a `Ledger` or `PostgresJournal` of it, which says more.
        environment: where documents go. A `PostgresJournal` knows it.
        base_url: another server of the environment, for example the simulator.
        account: the account that documents are of where `add` names none.
        keys: what documents are encrypted with; None where they lie as they are.
        fetch: returns documents that the application keeps itself, to hash a `Reference` that has no hash.
        max_bytes: larger documents are refused.
        schema: where the tables are.

    Raises:
        ConfigurationError: the environment is missing or none, or the address can't be read.
    """

    def __init__(
        self,
        journal: PostgresJournal | Ledger | DatabaseURL | str,
        *,
        environment: EnvironmentName | None = None,
        base_url: str | None = None,
        account: AccountId | None = None,
        keys: DocumentKeys | None = None,
        fetch: Fetch | None = None,
        max_bytes: int = 20 * 1024 * 1024,
        schema: str = SCHEMA,
    ) -> None:
        """Check the settings; nothing is connected."""
        about = journal.about if isinstance(journal, PostgresJournal) else {}
        ledger = journal.ledger if isinstance(journal, PostgresJournal) else journal
        if isinstance(ledger, Ledger):
            schema, url = ledger.schema, ledger.session.url
        else:
            url = ledger if isinstance(ledger, DatabaseURL) else DatabaseURL(ledger)
        self.environment: str | None = environment or about.get("environment")
        if self.environment not in ENVIRONMENTS:
            raise ConfigurationError(
                f"say where documents go: {', '.join(ENVIRONMENTS)}"
                + ("" if self.environment is None else f"; {self.environment!r} is none of them"),
                argument="environment",
            )
        self.host: str = check_base_url(base_url or about.get("host") or ENVIRONMENTS[self.environment][0])
        self.schema = schema
        self._account = account if account is not None else about.get("account")
        self._send = about.get("send") != "no"
        self._received = about.get("direction") == "received"
        self._keys = keys
        self._fetch = fetch
        self._max_bytes = max_bytes
        self._url = url
        self._settled = Settled(url, schema)
        self._call = Call(f"{quoted(schema)}.add", _ARGUMENTS)

    async def add(
        self,
        document: Content,
        *,
        connection: object,
        account: AccountId | None = None,
        name: str | None = None,
        total: Decimal | None = None,
        send: bool | None = None,
        received: bool | None = None,
        self_billed: bool = False,
        verify_totals: bool = False,
        tell: bool = False,
    ) -> int:
        """Add a document to the transaction that a connection is in: it goes out if that is committed, and only then.

        Example:
            document = await outbox.add(Path("invoice.xml"), connection=connection, account=1234)

        Add late in the transaction: until its end, whoever adds the same document waits for it, five seconds at most.

        Args:
            document: its bytes, the path of a file that is read now, an invoice, or a `Reference` to where you keep it.
            connection: async, of psycopg, asyncpg or SQLAlchemy, in a transaction.
            account: Id of the account; the outbox's own where it is left out.
            name: what it is called in lists and outcomes; the invoice's number or the file's name where it is left out.
            total: what the invoice must come to with taxes, for `verify_totals`, where the document doesn't say it.
            send: have the server send it. Otherwise it is a draft there. Left out, it is as the journal says, or True.
            received: it is an invoice that the account has received. Left out, it is as the journal says, or False.
            self_billed: the buyer, or a third party, issues it.
            verify_totals: compare totals before it is sent (behaviour 26).
            tell: have `telling` tell what becomes of it.

        Returns:
            Its id in the ledger. The same document of an account, added once more, has the same.

        Raises:
            ArgumentError: the connection is in no transaction or not known here, or the document can't be added.
            Exception: what the connection raises; its transaction is aborted then.
        """
        if isinstance(document, Reference) and document.sha256 is None:
            document = await self._hashed(document)
        how = self._how(
            account,
            name,
            total,
            send,
            received,
            self_billed=self_billed,
            verify_totals=verify_totals,
            tell=tell,
        )
        packed = await anyio.to_thread.run_sync(partial(self._pack, document, how))
        return int(await call(connection, self._call, self._values(packed, how)))

    def add_sync(
        self,
        document: Content,
        *,
        connection: object,
        account: AccountId | None = None,
        name: str | None = None,
        total: Decimal | None = None,
        send: bool | None = None,
        received: bool | None = None,
        self_billed: bool = False,
        verify_totals: bool = False,
        tell: bool = False,
    ) -> int:
        """Add a document from code that is not async; see `add`.

        Example:
            with psycopg.connect("postgresql://…") as connection:  # or django.db.connection, or SQLAlchemy's
                document = outbox.add_sync(Path("invoice.xml"), connection=connection)

        Args:
            document: as for `add`; a `Reference` has its hash.
            connection: of psycopg, SQLAlchemy, or `django.db.connection`, in a transaction.
            account: as for `add`.
            name: as for `add`.
            total: as for `add`.
            send: as for `add`.
            received: as for `add`.
            self_billed: as for `add`.
            verify_totals: as for `add`.
            tell: as for `add`.

        Raises:
            ArgumentError: as for `add`.
            Exception: what the connection raises.
        """
        how = self._how(
            account,
            name,
            total,
            send,
            received,
            self_billed=self_billed,
            verify_totals=verify_totals,
            tell=tell,
        )
        return int(call_sync(connection, self._call, self._values(self._pack(document, how), how)))

    async def outcome(self, document: int, *, timeout: float | None = None) -> Outcome:
        """Wait until it is known what became of a document.

        Example:
            try:
                outcome = await outbox.outcome(document, timeout=30.0)
            except WaitTimeout:
                print("still under way")

        It is told by a notification of the database, and looked for every two seconds beside that. All that wait share
        one thread and one connection.

        Args:
            document: its id, as `add` returned it.
            timeout: seconds to wait at most; None is no end.

        Raises:
            WaitTimeout: it was not settled in time; it is still under way.
            ArgumentError: there is no such document; before its transaction is committed there is none.
            JournalError: the database is away for longer than a minute.
        """
        document = check_number(document)
        if timeout is not None and not timeout > 0:
            raise ArgumentError(f"{timeout} seconds is no time to wait", argument="timeout")
        try:
            with anyio.move_on_after(timeout):
                return (await self._settled.wait(document)).outcome
        except LookupError:
            raise _no_document(document) from None
        assert timeout is not None
        try:
            known = (await self.look([document])).get(document)
        except JournalError as error:
            last = str(error)  # it may be back before the one who waits longer is told
        else:
            if known is None:
                raise _no_document(document)
            last = known.message or "under way"
        raise WaitTimeout(f"the outcome of document {document}", last=last, timeout=timeout)

    async def look(self, documents: Iterable[int]) -> dict[int, Outcome]:
        """Return what is known of documents now, by their ids. Of the kind `unknown` is what is not settled.

        Example:
            known = await outbox.look([document])
            print(known[document].kind)

        Args:
            documents: their ids; what isn't there is left out.

        Raises:
            JournalError: the database can't be read.
        """
        outcomes: dict[int, Outcome] = {}
        for number, row in (await self._look([check_number(one) for one in documents])).items():
            if isinstance(row, JournalError):
                raise row
            outcomes[number] = row.outcome
        return outcomes

    async def _look(self, documents: list[int]) -> dict[int, LedgerRow | JournalError]:
        return await anyio.to_thread.run_sync(self._settled.look, documents)

    @asynccontextmanager
    async def telling(self, told: Told) -> AsyncGenerator[None]:
        """Call a function for every document that was added with `tell=True` and is settled, as long as the block lasts.

        Example:
            async def settled(document: int, outcome: Outcome) -> None:
                print(document, outcome.kind)


            async with outbox.telling(settled):
                ...  # as long as the application runs

        At least once, also where the process dies in it: what it raises, or doesn't return from, is told again, later
        each time. Any number of processes may do so; one of them is told of each.

        Args:
            told: called with the id and the outcome; async, or an ordinary function, which runs in a thread.
        """
        failure: Exception | None = None
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(self._tell_on, told)
            try:
                yield
            except Exception as error:
                failure = error  # raised behind the group, which would wrap it
            finally:
                tasks.cancel_scope.cancel()
        if failure is not None:
            raise failure

    async def tell(self, told: Told) -> int:
        """Tell of what is settled now, once, and return of how many documents; see `telling`.

        Example:
            async def settled(document: int, outcome: Outcome) -> None:
                print(document, outcome.kind)


            told = await outbox.tell(settled)

        Args:
            told: called with the id and the outcome.

        Raises:
            JournalError: the database can't be read.
        """
        count = 0
        while taken := await anyio.to_thread.run_sync(self._take_untold):
            for document, row in (await self._look(taken)).items():
                if isinstance(row, JournalError):
                    _log.error("document %d: its outcome can't be told: %s", document, row)
                    continue
                count += 1
                try:
                    await call_either(told, document, row.outcome)
                except Exception as error:
                    # Without its words, which may hold what stands in the invoice.
                    _log.error(
                        "document %d: the outcome's callback failed: %s", document, type(error).__name__
                    )
                else:
                    await anyio.to_thread.run_sync(self._was_told, document)
        return count

    async def _tell_on(self, told: Told) -> None:
        while True:
            try:
                await self.tell(told)
            except Exception as error:
                _log.error("outcomes can't be told, and are tried again: %s", error)
            await anyio.sleep(_TELL_EVERY)

    def close(self) -> None:
        """Let go of the connection of those who wait.

        Example:
            outbox.close()
        """
        self._settled.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<Outbox {self._url} to the {self.environment}>"

    async def _hashed(self, reference: Reference) -> Reference:
        if self._fetch is None:
            raise ArgumentError(
                "give the document's SHA-256 with it, or the outbox a fetch= to read it with",
                argument="sha256",
            )
        data = await fetched(self._fetch, reference.name)
        if not data or len(data) > self._max_bytes:
            raise ArgumentError(
                f"{reference.name} is empty, or has more than the {self._max_bytes:,} bytes allowed here",
                argument="document",
            )
        return evolve(reference, sha256=hashlib.sha256(data).hexdigest())

    def _how(
        self,
        account: AccountId | None,
        name: str | None,
        total: Decimal | None,
        send: bool | None,
        received: bool | None,
        *,
        self_billed: bool,
        verify_totals: bool,
        tell: bool,
    ) -> _How:
        """Return how a document is to be sent, checked as for sending: whoever delivers it can mend nothing."""
        owner = account if account is not None else self._account
        if owner is None or not str(owner).strip():
            raise ArgumentError("name one, here or as the outbox's own", argument="account")
        check_account(owner)
        if name is not None and not isinstance(cast("object", name), str):
            raise ArgumentError(f"expected text, got {type(name).__name__}", argument="name")
        try:
            settings = Settings(
                journal=_NOWHERE,
                send=self._send if send is None else send,
                received=self._received if received is None else received,
                self_billed=self_billed,
                verify_totals=verify_totals,
                max_bytes=self._max_bytes,
            )
        except ConfigurationError as error:
            raise ArgumentError(error.problem, argument=error.argument) from None
        return _How(str(owner), Document(b"", name, total), Rules(settings=settings, account=owner), tell)

    def _pack(self, document: Content, how: _How) -> Packed:
        return pack(document, how.rules, total=how.document.total, keys=self._keys)

    def _values(self, packed: Packed, how: _How) -> dict[str, object]:
        settings = how.rules.settings
        chosen: dict[str, object] = {
            option: True
            for option, wanted in (
                ("self_billed", settings.self_billed),
                ("verify_totals", settings.verify_totals),
                ("tell", how.tell),
            )
            if wanted
        }
        if how.document.total is not None:
            chosen["total"] = str(how.document.total)
        values: dict[str, object] = {
            "account": how.account,
            "environment": self.environment,
            "host": self.host,
            "sha256": packed.sha256,
            "source": how.document.name or packed.source,
            "kind": packed.kind,
            "body": packed.body,
            "reference": packed.reference,
            "direction": "received" if settings.received else "issued",
            "send": settings.send,
            "options": simplejson.dumps(chosen),
            "number": packed.number,
            "series": packed.series,
            "year": packed.year,
            "compression": packed.compression,
            "encryption": packed.encryption,
        }
        return {key: storable(value) if isinstance(value, str) else value for key, value in values.items()}

    def _take_untold(self) -> list[int]:
        schema = quoted(self.schema)
        return self._on_connection(
            f"UPDATE {schema}.untold SET tries = tries + 1, due = clock_timestamp()"  # noqa: S608
            " + greatest(%(lease)s, least(3600, 5 * 2 ^ least(tries, 12))) * interval '1 second'"
            f" WHERE document IN (SELECT document FROM {schema}.untold WHERE due <= clock_timestamp()"
            " ORDER BY due LIMIT 20 FOR UPDATE SKIP LOCKED) RETURNING document",
            lease=_LEASE,
        )

    def _was_told(self, document: int) -> None:
        self._on_connection(
            f"DELETE FROM {quoted(self.schema)}.untold WHERE document = %(document)s RETURNING document",  # noqa: S608
            document=document,
        )

    def _on_connection(self, question: str, **values: object) -> list[int]:
        psycopg: Any = driver()
        try:
            with connect(self._url, application_name="b2brouter outbox") as connection:
                return [
                    cast("int", row[0]) for row in connection.execute(question.encode(), values).fetchall()
                ]
        except psycopg.Error as error:
            raise self._settled.unreadable(error) from None


def _no_document(document: int) -> ArgumentError:
    return ArgumentError(
        f"the ledger has no document {document}; one that was just added is there when its transaction is committed",
        argument="document",
    )

"""An upload: documents from a source through a journal to the server, each exactly once."""

from __future__ import annotations

import contextlib
import logging
from functools import partial
from typing import TYPE_CHECKING, Self

import anyio
from attrs import evolve

from ..errors import ArgumentError, ConfigurationError
from .account import Api
from .final_states import await_states
from .journal.sqlite import Journal
from .outcome import Outcome, Summary, names
from .prepare import NOTHING_MADE, NOTHING_SENT, Rules
from .runner import Work
from .settings import Patience
from .slots import Slot, Slots
from .source import Documents, Source

if TYPE_CHECKING:
    import os
    from collections.abc import AsyncIterator, Awaitable, Callable, Generator, Sequence
    from types import TracebackType
    from typing import Unpack

    from anyio.abc import TaskGroup
    from anyio.streams.memory import MemoryObjectReceiveStream, MemoryObjectSendStream

    from ..client import B2Brouter
    from .settings import UploadSettings


_log = logging.getLogger("b2brouter_async.bulk")

MAX_BYTES = 20 * 1024 * 1024


class Upload:
    """An upload to one account, for `async with`. Made by `client.account(123).upload(…)`.

        async with client.account(123).upload(journal="run.db") as run:
            async for outcome in run(documents):
                print(outcome.source, outcome.kind)
        print(run.summary)

    Outcomes come as they are settled, not in the order of the documents. A document that the journal has settled
    gives its outcome again, marked `repeated`, and is not sent. When the block is left early, what is under way is
    finished; when it is left by an error or cancelled, it is cut off, stays in the journal, and the next run on the
    same journal settles it before anything else is sent.
    """

    def __init__(
        self,
        client: B2Brouter,
        *,
        journal: str | os.PathLike[str],
        concurrency: int = 32,
        send: bool = True,
        received: bool = False,
        self_billed: bool = False,
        verify_totals: bool = False,
        wait: bool = False,
        retry_refused: bool = False,
        patience: Patience | None = None,
        max_bytes: int = MAX_BYTES,
        on_progress: Callable[[Summary], object] | None = None,
    ) -> None:
        """Note what is to be done. Nothing is opened or sent before `async with`.

        Args:
            client: a client, or a view of one, with an account.
            journal: the file that remembers what was sent; made where it isn't there.
            concurrency: how many documents are worked on at once. What the limit allows is reached if it is not less
                than requests per second times seconds per request.
            send: have the server send each invoice; False leaves drafts.
            received: the documents are invoices the account has received.
            self_billed: send self-billed documents too, which the buyer issues, and those that a third party issues
                for the seller. What the server makes of them is in no public source, so each is `invalid` otherwise.
            verify_totals: create drafts, compare their totals with the documents' and send only what agrees
                (behaviour 26). Takes two requests more for each document.
            wait: wait for the states the invoices end in, and put them in the outcomes.
            retry_refused: send again what an earlier run on this journal saw refused.
            patience: how long to look for what is in doubt.
            max_bytes: files larger than this are invalid.
            on_progress: called with the summary after each outcome and whenever a document is taken; it must not
                block.

        Raises:
            ConfigurationError: settings that contradict each other.
            ArgumentError: the client has no account.
        """
        if concurrency < 1:
            raise ConfigurationError(
                f"concurrency: {concurrency} documents at once get nowhere; pass 1 or more"
            )
        for name, wanted in (("verify_totals", verify_totals), ("wait", wait)):
            if wanted and (received or not send):
                raise ConfigurationError(f"{name}: needs send=True, and issued invoices")
        if client.default_account is None:
            raise ArgumentError("account: name one: client.account(id).upload(…)")
        self.summary = Summary()
        """How the run stands; final when the block was left."""
        self._client = client
        self._path = journal
        self._concurrency = concurrency
        self._patience = patience or Patience()
        self._on_progress = on_progress
        self._rules = Rules(
            account=client.default_account,
            send=send,
            received=received,
            self_billed=self_billed,
            verify_totals=verify_totals,
            wait=wait,
            again=NOTHING_MADE if retry_refused else NOTHING_SENT,
            own_ids=(),
            max_bytes=max_bytes,
        )
        self._api = Api(client.caller, client.default_account, self.summary)  # pyright: ignore[reportPrivateUsage]
        self._slots = Slots(concurrency)
        self._stopped = False
        self._idle: anyio.CancelScope | None = None
        self._failure: Exception | None = None
        self._work: Work | None = None
        self._tasks: TaskGroup | None = None
        self._outcomes: Outcomes | None = None

    async def __aenter__(self) -> Self:
        """Open the journal and ask for the account.

        Raises:
            JournalError: the journal can't be used; nothing was sent.
            APIStatusError: the key or the account is refused.
        """
        if self._tasks is not None:
            raise ConfigurationError("this upload was begun before; make a new one")
        self._began = self._patience.clock()
        rules = self._rules
        journal = await Journal.open(
            self._path,
            {
                "account": str(rules.account),
                "environment": self._client.environment.name,
                "host": self._client.base_url,
                "direction": "received" if rules.received else "issued",
                "send": "yes" if rules.send and not rules.received else "no",
            },
        )
        opened = self._patience.clock()
        try:
            account = await self._api.account()
        except BaseException:
            await journal.close()
            raise
        ids = (account.tin_value, account.cin_value)
        rules = evolve(rules, own_ids=[one for one in ids if one])
        self._work = Work(journal, self._api, rules, self._patience, opened)
        self._tasks = anyio.create_task_group()
        await self._tasks.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._tasks is not None
        assert self._work is not None
        self.stop()
        if self._outcomes is not None:
            self._outcomes.close()
        if error is not None:
            self._tasks.cancel_scope.cancel()
        try:
            # Not told of the error: it would wrap it in a group, and the tasks keep theirs to themselves.
            await self._tasks.__aexit__(None, None, None)
        finally:
            await self._work.journal.close()
            self.summary.seconds = self._patience.clock() - self._began
            self.summary.in_flight = self.in_flight
            if self.summary.in_flight:
                _log.warning(
                    "cut short with %d documents under way; run the same again on %s to settle them: %s",
                    len(self.summary.in_flight),
                    self._path,
                    names(self.summary.in_flight),
                )
        if error is None and self._failure is not None and not self._outcomes_told():
            raise self._failure

    def __call__(self, documents: Documents) -> Outcomes:
        """Begin to upload documents and return their outcomes, for `async for`.

        Args:
            documents: one, or a list, a generator or an async generator of: bytes, paths of files and folders,
                `InvoiceInput`, mappings with its keys, `Document` to name them. Taken one by one as there is room.

        Raises:
            ConfigurationError: outside `async with`, or before the last source was worked off.
        """
        if self._tasks is None or self._stopped:
            raise ConfigurationError(
                "an upload runs inside its block: async with client.account(…).upload(…) as run"
            )
        if self._outcomes is not None and not self._outcomes.ended:
            raise ConfigurationError("one source at a time: read its outcomes to their end first")
        send, receive = anyio.create_memory_object_stream[Outcome](self._concurrency)
        self._outcomes = Outcomes(receive, self)
        self.summary.finished = False
        self._tasks.start_soon(self._feed, documents, send)
        return self._outcomes

    def stop(self) -> None:
        """Take no more documents; what is under way is finished and its outcomes come. To be resumed any time.

        A source that is being waited for is told by a cancellation, and final states are waited for no longer: their
        documents' outcomes come as they stand, and the next run waits on.
        """
        self._stopped = True
        if self._idle is not None:
            self._idle.cancel()

    @property
    def in_flight(self) -> tuple[str, ...]:
        """What is under way: the names of documents that are perhaps being sent just now."""
        return () if self._work is None else tuple(self._work.under_way.values())

    @property
    def failure(self) -> Exception | None:
        """What ended the run before its time: the journal, the key, or the source."""
        return self._failure

    def _outcomes_told(self) -> bool:
        return self._outcomes is not None and self._outcomes.told

    @contextlib.contextmanager
    def _until_stopped(self) -> Generator[None]:
        """Have `stop` end what is only waited for."""
        with anyio.CancelScope() as self._idle:
            try:
                yield
            finally:
                self._idle = None

    async def _pause(self, seconds: float) -> bool:
        """Wait; return whether the run goes on."""
        if not self._stopped:
            with self._until_stopped():
                await self._patience.sleep(seconds)
        return not self._stopped

    async def _feed(self, documents: Documents, send: MemoryObjectSendStream[Outcome]) -> None:
        """Work a source off, then what earlier runs have left, then see the states that all of it ends in."""
        async with send:
            for part in (partial(self._feed_all, documents), self._feed_leftovers, self._await_states):
                async with anyio.create_task_group() as tasks:
                    try:
                        await part(tasks, send)
                    except Exception as error:
                        # The source's own, for example: what was taken from it is finished first.
                        self._fail(error)
                if self._failure is not None:
                    return
            self.summary.finished = not self._stopped

    async def _feed_all(
        self, documents: Documents, tasks: TaskGroup, send: MemoryObjectSendStream[Outcome]
    ) -> None:
        """Take documents from the source while there is room, and see each through in a task of its own."""
        assert self._work is not None
        async with contextlib.aclosing(Source(documents, self._skip)) as source:
            while self._failure is None:
                slot = await self._slots.take()
                item = None
                try:
                    if not self._stopped:
                        # Only now: a source is asked for no more than can be worked on.
                        with self._until_stopped():
                            item = await source.take()
                finally:
                    if item is None:
                        slot.close()
                if item is None:
                    return
                self.summary.taken += 1
                self._progress()
                tasks.start_soon(
                    self._see_through, partial(self._work.see_through, item, slot), slot, tasks, send
                )

    async def _feed_leftovers(self, tasks: TaskGroup, send: MemoryObjectSendStream[Outcome]) -> None:
        """Settle what an earlier run left in the middle and this one's source didn't bring again."""
        assert self._work is not None
        last = 0
        while rows := await self._work.journal.unsettled(last, 100, "sending", "draft", "dispatching"):
            for row in rows:
                last = row.id
                if row.sha256 in self._work.left:
                    continue
                slot = await self._slots.take()
                if self._stopped or self._failure is not None:
                    slot.close()
                    return
                tasks.start_soon(self._see_through, partial(self._work.settle, row, slot), slot, tasks, send)

    async def _await_states(self, tasks: TaskGroup, send: MemoryObjectSendStream[Outcome]) -> None:
        assert self._work is not None
        if self._rules.wait:
            final = await_states(self._work.journal, self._api, self._patience, self._pause)
            async with contextlib.aclosing(final):
                async for row in final:
                    if row.settled or row.sha256 in self._work.waiting:
                        await self._tell(row.outcome(), send)

    async def _see_through(
        self,
        work: Callable[[], Awaitable[Outcome | None]],
        slot: Slot,
        tasks: TaskGroup,
        send: MemoryObjectSendStream[Outcome],
    ) -> None:
        try:
            outcome = await work()
            if outcome is not None:
                await self._tell(outcome, send)
        except Exception as error:
            # The journal or the key: with either of them nothing more can be done.
            self._fail(error)
            tasks.cancel_scope.cancel()
        finally:
            slot.close()

    async def _tell(self, outcome: Outcome, send: MemoryObjectSendStream[Outcome]) -> None:
        self.summary.count(outcome)
        self._progress()
        with contextlib.suppress(anyio.BrokenResourceError):  # nobody listens any more; the journal has it
            await send.send(outcome)

    def _fail(self, error: Exception) -> None:
        if self._failure is None:
            self._failure = error

    def _skip(self, files: Sequence[str]) -> None:
        self.summary.skipped += len(files)

    def _progress(self) -> None:
        self.summary.seconds = self._patience.clock() - self._began
        self.summary.active, self.summary.settling = self._slots.active, self._slots.parked
        if self._on_progress is not None:
            self._on_progress(self.summary)


async def upload_many(
    client: B2Brouter,
    documents: Documents,
    *,
    on_outcome: Callable[[Outcome], object] | None = None,
    **settings: Unpack[UploadSettings],
) -> Summary:
    """Upload documents in one call. What became of each is in the journal, see `open_journal`.

    Args:
        client: a client, or a view of one, with an account.
        documents: as for a run of `Upload`.
        on_outcome: called with each outcome; it must not block.
        settings: `journal`, the file that remembers what was sent, and more: see `Upload`.

    Returns:
        How many came to what.

    Raises:
        ConfigurationError: settings that contradict each other.
        JournalError: the journal can't be used.
        APIStatusError: the key or the account is refused.
    """
    async with Upload(client, **settings) as run:
        async for outcome in run(documents):
            if on_outcome is not None:
                on_outcome(outcome)
    return run.summary


class Outcomes:
    """The outcomes of one source, as they come; for `async for`.

    A class and not a generator: leaving the loop early leaves nothing behind that only the garbage collector ends.
    """

    def __init__(self, receive: MemoryObjectReceiveStream[Outcome], upload: Upload) -> None:
        """Receive what an upload tells."""
        self._receive = receive
        self._upload = upload
        self.ended = False
        self.told = False
        """Whether the run's failure was raised here."""

    def __aiter__(self) -> AsyncIterator[Outcome]:
        return self

    async def __anext__(self) -> Outcome:
        """Return the next outcome.

        Raises:
            JournalError: the journal could not be written; nothing was sent that it doesn't know of.
            AuthenticationError, PermissionDeniedError: the key is refused; what wasn't sent stays to be resumed.
            Exception: what the source raised.
        """
        try:
            return await self._receive.receive()
        except (anyio.EndOfStream, anyio.ClosedResourceError):
            self.close()
            self.ended = True
            failure = self._upload.failure
            if failure is not None and not self.told:
                self.told = True
                raise failure from None
            raise StopAsyncIteration from None

    def close(self) -> None:
        """Listen no more."""
        self._receive.close()

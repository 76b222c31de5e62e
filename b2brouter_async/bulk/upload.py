"""An upload: documents from a source through a journal to the server, each exactly once."""

from __future__ import annotations

import contextlib
import logging
import os
from functools import partial
from typing import TYPE_CHECKING, Protocol, Self, cast

import anyio
from attrs import evolve

from ..errors import ConfigurationError
from .account import AccountCalls
from .final_states import await_states
from .journal.errors import JournalInUseError, another_run
from .journal.opening import open_existing, open_new
from .outcome import Outcome, Summary, names
from .prepare import Rules
from .runner import ROOM, Runner
from .settings import Patience, Settings
from .slots import Room, Slot, Slots
from .source import Document, Documents, NoDocument, Source

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Generator, Mapping, Sequence
    from types import TracebackType
    from typing import Unpack

    from anyio.abc import TaskGroup
    from anyio.streams.memory import MemoryObjectReceiveStream, MemoryObjectSendStream

    from .._core.operation import Caller
    from .._core.requests import AccountId
    from ..generated.models.account import Account
    from .journal.protocol import Journal
    from .journal.row import Row
    from .settings import UploadSettings


_log = logging.getLogger("b2brouter_async.bulk")

_LEFTOVERS = 32
"""So many documents of a process that has died are taken over at a time; others may take the next."""
_OTHERS_LOOKED_AT = 2.0
"""Seconds between looks at the processes whose documents may yet be left to this one."""

_IN_USE: set[int] = set()
"""Journals that were passed in and that a run of this process writes to, by their ids."""


class Upload:
    """An upload to one account, for `async with`. Made by `client.account(123).upload(…)`.

    Example:
        async with client.account(1234).upload(journal="run.db") as run:
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
        caller: Caller,
        account: AccountId,
        about: Mapping[str, str],
        *,
        known: Account | None = None,
        room: Room | None = None,
        **settings: Unpack[UploadSettings],
    ) -> None:
        """Note what is to be done. Nothing is opened or sent before `async with`.

        Args:
            caller: sends the calls.
            account: whose documents they are.
            about: what else a journal of this upload is about, see `about_server`.
            known: the account as the server has just shown it; left out, it is asked for.
            room: for large files, where several uploads share it; left out, it has its own.
            settings: `journal`, what remembers which document was sent, and more: see `Settings`.

        Raises:
            ConfigurationError: settings that contradict each other.
        """
        self.summary: Summary = Summary()
        """How the run stands; final when the block was left."""
        if settings.get("patience") is None:
            waiting = caller.waiting
            settings["patience"] = Patience(sleep=waiting.sleep, clock=waiting.clock)
        self._settings = Settings(**settings)
        self._patience = self._settings.patience
        self._about = {
            "account": str(account),
            **about,
            "direction": "received" if self._settings.received else "issued",
            "send": "yes" if self._settings.sends else "no",
        }
        self._account = AccountCalls(caller, account, self.summary, self._patience.deadline)
        self._known = known
        self._room = room or Room(ROOM)
        self._own: Journal | None = None
        """The journal that is closed with the run; one that was passed in is not."""
        self._slots = Slots(self._settings.concurrency)
        self._stopped = False
        self._idle: anyio.CancelScope | None = None
        self._failure: Exception | None = None
        self._runner: Runner | None = None
        self._resumed = False
        """Whether an earlier run may have settled documents that are then passed by their hashes, many at a time."""
        self._undecided: list[Outcome] = []
        """Of documents that another process works on: told at the end, when more may be known."""
        self._early: dict[str, Outcome] = {}
        """Of documents that were settled before others, by their keys: told when the source brings them, or at its end."""
        self._tasks: TaskGroup | None = None
        self._outcomes: Outcomes | None = None

    if not TYPE_CHECKING:  # type checkers know it

        def __enter__(self):
            raise TypeError("an upload is opened with `async with`, since ending it takes an await")

        def __exit__(self, *error):
            pass

    async def __aenter__(self) -> Self:
        """Open the journal and ask for the account. A journal is made only when the account has answered.

        Raises:
            JournalError: the journal can't be used; nothing was sent.
            APIStatusError: the key or the account is refused.
        """
        if self._tasks is not None:
            raise ConfigurationError("this upload was begun before; make a new one")
        self._began = self._patience.clock()
        journal = await self._existing_journal()
        self._resumed = journal is not None and not journal.shared
        # Whatever earlier runs sent, they sent before this moment.
        opened = self._patience.clock()
        try:
            account = self._known or await self._account.account()
            if journal is None:
                where = cast("str | os.PathLike[str]", self._settings.journal)
                journal = self._own = await open_new(where, self._about)
                opened = self._patience.clock()
        except BaseException:
            await self._let_go(journal)
            raise
        rules = Rules(
            settings=self._settings,
            account=self._account.account_id,
            own_ids=[one for one in (account.tin_value, account.cin_value) if one],
            currency=account.currency,
            api_version=self._account.caller.api_version,
        )
        self._runner = Runner(journal, self._account, rules, opened, room=self._room)
        self._tasks = anyio.create_task_group()
        await self._tasks.__aenter__()
        return self

    async def _existing_journal(self) -> Journal | None:
        """Return the journal that is there; None where one is to be made."""
        given = self._settings.journal
        if isinstance(given, (str, os.PathLike)):
            self._own = await open_existing(given, self._about)
            return self._own
        for name, value in self._about.items():
            if given.about.get(name) != value:
                raise another_run(given.name, name, given.about.get(name), value)
        if given.shared:
            return given
        if id(given) in _IN_USE:
            raise JournalInUseError(f"{given.name} is in use: one run at a time can write to a journal")
        _IN_USE.add(id(given))
        return given

    async def _let_go(self, journal: Journal | None) -> None:
        if self._own is not None:
            await self._own.close()
        else:
            _IN_USE.discard(id(journal))

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._tasks is not None
        assert self._runner is not None
        self.stop()
        if self._outcomes is not None:
            self._outcomes.close()
        if error is not None:
            self._tasks.cancel_scope.cancel()
        try:
            # Not told of the error: it would wrap it in a group, and the tasks keep theirs to themselves.
            await self._tasks.__aexit__(None, None, None)
        finally:
            await self._let_go(self._runner.journal)
            self.summary.seconds = self._patience.clock() - self._began
            self.summary.in_flight = self.in_flight
            if self.summary.in_flight:
                _log.warning(
                    "cut short with %d documents under way; run the same again on %s to settle them: %s",
                    len(self.summary.in_flight),
                    self._runner.journal.name,
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
        send, receive = anyio.create_memory_object_stream[Outcome](self._settings.concurrency)
        self._outcomes = Outcomes(receive, self)
        self.summary.finished = False
        self._tasks.start_soon(self._feed, documents, send)
        return self._outcomes

    def stop(self) -> None:
        """Take no more documents; what is under way is finished and its outcomes come. To be resumed any time.

        Example:
            async with client.account(1234).upload(journal="run.db") as run:
                async for outcome in run(documents):
                    if outcome.kind == "invalid":
                        run.stop()

        A source that is being waited for is told by a cancellation, and final states are waited for no longer: their
        documents' outcomes come as they stand, and the next run waits on.
        """
        self._stopped = True
        if self._idle is not None:
            self._idle.cancel()

    @property
    def in_flight(self) -> tuple[str, ...]:
        """What is under way: the names of documents that are perhaps being sent just now."""
        return () if self._runner is None else tuple(self._runner.under_way.values())

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
        """Work a source off, then what earlier runs have left, then await the states that all of it ends in."""
        parts = (
            partial(self._feed_all, documents),
            self._feed_leftovers,
            self._tell_undecided,
            self._await_states,
        )
        async with send:
            for part in parts:
                async with anyio.create_task_group() as tasks:
                    try:
                        await part(tasks, send)
                    except Exception as error:
                        # The source's own, for example: what was taken from it is finished first.
                        self._fail(error)
                if self._failure is not None:
                    await self._tell_as_they_are(send)
                    return
            self.summary.finished = not self._stopped

    async def _feed_all(
        self, documents: Documents, tasks: TaskGroup, send: MemoryObjectSendStream[Outcome]
    ) -> None:
        """Take documents from the source while there is room, and deliver each in a task of its own."""
        assert self._runner is not None
        taken: list[tuple[Document | NoDocument, Slot]] = []
        async with contextlib.aclosing(Source(documents, self._skip)) as source:
            while self._failure is None:
                slot = self._slots.take_now() if taken else await self._slots.take()
                item: Document | NoDocument | None = None
                try:
                    if not self._stopped:
                        # Only now: a source is asked for no more than can be worked on.
                        item = source.take_named()
                        if item is None:
                            with self._until_stopped():
                                item = await source.take()
                finally:
                    if item is None:
                        slot.close()
                if item is not None:
                    self.summary.taken += 1
                    self._progress()
                    taken.append((item, slot))
                    if self._resumed and source.at_hand and self._slots.free:
                        continue
                if taken:
                    now, taken = taken, []
                    await self._begin(now, tasks, send)
                if item is None:
                    return

    async def _begin(
        self,
        taken: Sequence[tuple[Document | NoDocument, Slot]],
        tasks: TaskGroup,
        send: MemoryObjectSendStream[Outcome],
    ) -> None:
        """Tell the outcomes of what is settled, and deliver the rest, each in a task of its own."""
        assert self._runner is not None
        outcomes: Sequence[Outcome | None] = [None] * len(taken)
        if self._resumed:
            try:
                outcomes = await self._runner.settled_before([item for item, _ in taken])
            except BaseException:
                for _, slot in taken:
                    slot.close()
                raise
        for (item, slot), outcome in zip(taken, outcomes, strict=True):
            if outcome is None:
                tasks.start_soon(self._deliver, partial(self._runner.deliver, item, slot), slot, tasks, send)
            else:
                slot.close()
                await self._tell(outcome, send)

    async def _feed_leftovers(self, tasks: TaskGroup, send: MemoryObjectSendStream[Outcome]) -> None:
        """Settle what an earlier run left in the middle and this one's source didn't bring again."""
        assert self._runner is not None
        journal = self._runner.journal
        while not self._stopped:
            # A process that has died leaves what it had to this one, when its lease is over.
            others = await journal.others_at_work()
            last = 0
            while rows := await journal.unsettled(last, _LEFTOVERS, "sending", "draft", "dispatching"):
                for row in rows:
                    last = row.id
                    if row.key in self._runner.left:
                        journal.let_go(row)
                        continue
                    slot = await self._slots.take()
                    if self._stopped or self._failure is not None:
                        slot.close()
                        journal.let_go(row)
                    else:
                        tasks.start_soon(self._settle_leftover, row, slot, tasks, send)
                if self._stopped or self._failure is not None:
                    return
            if not others or not await self._pause(_OTHERS_LOOKED_AT):
                return

    async def _tell_undecided(self, tasks: TaskGroup, send: MemoryObjectSendStream[Outcome]) -> None:
        """Tell what became of documents that another process worked on, each once."""
        assert self._runner is not None
        while self._undecided:
            row = await self._runner.journal.find(self._undecided[-1].sha256 or "")
            outcome: Outcome | None = self._undecided.pop()
            assert outcome is not None
            if row is not None and (row.settled or row.stage == "waiting"):
                self._runner.held.discard(row.key)
                if row.stage == "waiting" and self._settings.wait:
                    outcome = self._runner.awaited(row, outcome.source)
                else:
                    outcome = row.outcome.again(outcome.source)
            if outcome is not None:
                await self._tell(outcome, send)
        await self._tell_as_they_are(send)

    async def _tell_as_they_are(self, send: MemoryObjectSendStream[Outcome]) -> None:
        while self._early:
            _, outcome = self._early.popitem()
            self._note_elsewhere(outcome)
            await self._tell(outcome, send)
        while self._undecided:
            await self._tell(self._undecided.pop(), send)

    async def _await_states(self, tasks: TaskGroup, send: MemoryObjectSendStream[Outcome]) -> None:
        assert self._runner is not None
        if self._settings.wait:
            untold = set(self._runner.waiting)
            final = await_states(self._runner.journal, self._account, self._patience, self._pause, untold)
            async with contextlib.aclosing(final):
                async for row in final:
                    # In a shared journal others tell their own.
                    if row.key in self._runner.waiting or (row.settled and not self._runner.journal.shared):
                        untold.discard(row.key)
                        await self._tell(row.outcome, send)
            for key in untold:
                # Another process was quicker to see its state.
                seen = await self._runner.journal.find(key)
                if seen is not None:
                    await self._tell(seen.outcome, send)

    async def _settle_leftover(
        self, row: Row, slot: Slot, tasks: TaskGroup, send: MemoryObjectSendStream[Outcome]
    ) -> None:
        """Settle a document that somebody has left, and note if it can't be done from here."""
        assert self._runner is not None
        runner = self._runner

        async def settled() -> Outcome | None:
            outcome = await runner.settle(row, slot)
            mine = next((one for one in self._undecided if one.sha256 == row.key), None)
            if mine is None:
                self._note_elsewhere(outcome)
            elif outcome is not None or row.key in runner.waiting:
                # Another process had it when the source brought it, and this one has it now.
                self._undecided.remove(mine)
                runner.held.discard(row.key)
                outcome = None if outcome is None else evolve(outcome, source=mine.source)
            return outcome

        await self._deliver(settled, slot, tasks, send)

    def _note_elsewhere(self, outcome: Outcome | None) -> None:
        assert self._runner is not None
        if outcome is not None and outcome.kind == "unknown":
            self.summary.elsewhere += 1

    async def _deliver(
        self,
        work: Callable[[], Awaitable[Outcome | None]],
        slot: Slot,
        tasks: TaskGroup,
        send: MemoryObjectSendStream[Outcome],
    ) -> None:
        try:
            outcome = await work()
            assert self._runner is not None
            while self._runner.aside:
                aside = self._runner.aside.pop()
                self._early[aside.sha256 or ""] = aside
            if outcome is None:
                pass
            elif outcome.kind == "unknown" and outcome.sha256 in self._runner.held:
                self._undecided.append(outcome)
            else:
                early = self._early.pop(outcome.sha256 or "", None)
                if early is not None and outcome.repeated:
                    outcome = evolve(early, source=outcome.source)
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
            try:
                # Going round the event loop for each would cost as much as passing a settled document.
                send.send_nowait(outcome)
            except anyio.WouldBlock:
                await send.send(outcome)

    def _fail(self, error: Exception) -> None:
        if self._failure is None:
            self._failure = error

    def _skip(self, files: Sequence[str]) -> None:
        self.summary.skipped += len(files)

    def _progress(self) -> None:
        self.summary.seconds = self._patience.clock() - self._began
        self.summary.held = 0 if self._runner is None else len(self._runner.held)
        self.summary.active, self.summary.settling = self._slots.working, self._slots.waiting
        if self._settings.on_progress is not None:
            self._settings.on_progress(self.summary)


def about_server(environment: str, host: str) -> dict[str, str]:
    """Return what a journal says of the server, so that it is never used for another.

    Args:
        environment: its name.
        host: the base URL.
    """
    return {"environment": environment, "host": host}


class Uploads(Protocol):
    """Whoever can upload: a client, or a view of one, with an account."""

    def upload(self, **settings: Unpack[UploadSettings]) -> Upload:
        """Return an upload, for `async with`."""
        ...


async def upload_many(
    client: Uploads,
    documents: Documents,
    *,
    on_outcome: Callable[[Outcome], object] | None = None,
    **settings: Unpack[UploadSettings],
) -> Summary:
    """Upload documents in one call. What became of each is in the journal, see `open_journal`.

    Example:
        summary = await upload_many(client.account(1234), documents, journal="run.db")
        print(summary.counts)

    Args:
        client: a client, or a view of one, with an account.
        documents: as for a run of `Upload`.
        on_outcome: called with each outcome; it must not block.
        settings: `journal`, the file that remembers what was sent, and more: see `Settings`.

    Returns:
        How many came to what.

    Raises:
        ConfigurationError: settings that contradict each other.
        ArgumentError: the client has no account.
        JournalError: the journal can't be used.
        APIStatusError: the key or the account is refused.
    """
    async with client.upload(**settings) as run:
        async for outcome in run(documents):
            if on_outcome is not None:
                on_outcome(outcome)
    return run.summary


class Outcomes:
    """The outcomes of one source, as they come; for `async for`.

    Example:
        async with client.account(1234).upload(journal="run.db") as run:
            async for outcome in run(documents):
                print(outcome.kind)

    A class and not a generator: leaving the loop early leaves nothing behind that only the garbage collector ends.
    """

    def __init__(self, receive: MemoryObjectReceiveStream[Outcome], upload: Upload) -> None:
        """Receive what an upload tells."""
        self._receive = receive
        self._upload = upload
        self.ended: bool = False
        self.told: bool = False
        """Whether the run's failure was raised here."""

    if not TYPE_CHECKING:  # type checkers know it

        def __iter__(self):
            raise TypeError("outcomes come with `async for`")

        def __await__(self):
            raise TypeError(
                "outcomes are iterated with `async for`, and not awaited; run.summary counts them"
            )

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
            try:
                return self._receive.receive_nowait()
            except anyio.WouldBlock:
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
        """Listen no more.

        Example:
            async with client.account(1234).upload(journal="run.db") as run:
                outcomes = run(documents)
                outcomes.close()
        """
        self._receive.close()

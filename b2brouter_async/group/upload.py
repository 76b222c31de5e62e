"""One upload over all accounts of a group: each document to its account, each account with a journal of its own."""

from __future__ import annotations

import contextlib
import hashlib
import logging
import re
from collections import deque
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self, cast

import anyio
import anyio.to_thread
from attrs import define, evolve, field, fields, frozen

from ..bulk.journal.reader import open_journal
from ..bulk.journal.row import writable
from ..bulk.outcome import KINDS, Outcome, Summary
from ..bulk.prepare import Invalid, ReadApart, read_file
from ..bulk.reading import read_stream
from ..bulk.runner import ROOM
from ..bulk.settings import Settings
from ..bulk.slots import Room
from ..bulk.source import Document, NoDocument, Seen, Source
from ..bulk.upload import Upload, about_server
from ..einvoice import UnreadableDocument, read_document
from ..errors import B2BrouterError, ConfigurationError
from .routing import Routes, Unrouted

if TYPE_CHECKING:
    import os
    from collections.abc import AsyncIterator, Callable, Sequence
    from types import TracebackType

    from anyio.abc import TaskGroup
    from anyio.streams.memory import MemoryObjectReceiveStream, MemoryObjectSendStream

    from ..bulk.journal.protocol import Journal
    from ..bulk.settings import RunSettings
    from ..bulk.source import Documents
    from ..client import B2Brouter
    from .members import GroupAccount

_log = logging.getLogger("b2brouter_async.group")

_BACKLOG = 16
"""Documents that wait for one account while the others go on."""
_MOST_AT_ONCE = 100
_AT_ONCE = 8
"""Documents that are looked at in one go: to a thread and back costs as much as looking at one."""
_KEPT = 64 * 1024
"""Bytes of a file that is held until its turn comes; a larger one is read once more then."""
ACCOUNT_FAILED, UNREADABLE = "account_failed", "unreadable"
_JOURNAL = re.compile(r"([0-9]+)(-received)?\.db")


@frozen
class GroupOutcome:
    """What became of one document of a group's upload."""

    account: GroupAccount | None
    """Whose it is; None where that can't be told."""
    outcome: Outcome


@frozen
class _Found:
    """Whose a document is."""

    account: GroupAccount
    document: Document


@define(eq=False)
class _Backlog:
    """Documents that wait for one account. Nothing is lost where nobody comes for them."""

    items: deque[Document] = field(factory=deque[Document])
    closed: bool = False
    changed: anyio.Event = field(factory=anyio.Event)

    def __aiter__(self) -> AsyncIterator[Document]:
        return self

    async def __anext__(self) -> Document:
        while not self.items:
            if self.closed:
                raise StopAsyncIteration
            await self.changed.wait()
        document = self.items.popleft()
        self.notify()
        return document

    async def put(self, document: Document) -> bool:
        """Wait for room and leave a document; return False where nobody takes any more."""
        while len(self.items) >= _BACKLOG and not self.closed:
            await self.changed.wait()
        if self.closed:
            return False
        self.items.append(document)
        self.notify()
        return True

    def close(self) -> None:
        self.closed = True
        self.notify()

    def notify(self) -> None:
        self.changed.set()
        self.changed = anyio.Event()


@define(eq=False)
class _Worker:
    """The upload to one account."""

    account: GroupAccount
    upload: Upload
    backlog: _Backlog = field(factory=_Backlog)
    ended: anyio.Event = field(factory=anyio.Event)
    running: bool = False


class GroupUpload:
    """An upload over all accounts of a group, for `async with`. Made by `group.upload(…)`.

    Example:
        async with group.upload("journals") as run:
            async for done in run(documents):
                print(done.account, done.outcome.source, done.outcome.kind)
        print(run.summary)

    Outcomes come as they are settled. Killed in the middle, the same lines again finish the rest and double nothing.
    """

    def __init__(
        self,
        accounts: Callable[[], Any],
        view_of: Callable[[GroupAccount], B2Brouter],
        journals: str | os.PathLike[str] | Callable[[GroupAccount], str | os.PathLike[str] | Journal],
        accounts_at_once: int | None,
        settings: RunSettings,
    ) -> None:
        """Note what is to be done. Nothing is opened or sent before `async with`.

        Args:
            accounts: returns the accounts of the group by their ids; raises where they are not all known.
            view_of: returns the client for an account.
            journals: the folder of the journals, or what returns an account's.
            accounts_at_once: for how many accounts documents are worked on at the same time; None is as many as open
                files allow.
            settings: of each account's upload.

        Raises:
            ConfigurationError: settings that contradict each other.
        """
        if accounts_at_once is None:
            accounts_at_once = _as_files_allow()
        if isinstance(accounts_at_once, bool) or accounts_at_once < 1:
            raise ConfigurationError(
                f"{accounts_at_once} accounts at once get nowhere; pass 1 or more",
                argument="accounts_at_once",
            )
        self._settings = Settings(journal="", **settings)
        self._on_progress = settings.pop("on_progress", None)
        self._given = settings
        self._accounts = accounts
        self._view_of = view_of
        self._folder = None if callable(journals) else Path(journals)
        self._journal_of = journals if callable(journals) else self._in_folder
        self._most = accounts_at_once
        self._workers: dict[int, _Worker] = {}
        self._summaries: dict[int, list[Summary]] = {}
        self._refused = Summary()
        self._stopped = False
        self._begun = False
        self._failure: Exception | None = None
        self._idle: anyio.CancelScope | None = None
        self._tasks: TaskGroup | None = None
        self._outcomes: GroupOutcomes | None = None
        self._routes = Routes({})
        self._room = Room(ROOM)
        """For large files: shared, or each account's upload held as many."""
        self.failures: dict[int, Exception] = {}
        """Accounts whose upload ended before its time, and why. Their documents are settled by the next run."""

    @property
    def summaries(self) -> dict[int, Summary]:
        """How each account's upload stands, by the account's id."""
        return {number: _added(several) for number, several in self._summaries.items()}

    @property
    def summary(self) -> Summary:
        """How all of it stands, documents of no account among it."""
        whole = _added([*(one for several in self._summaries.values() for one in several), self._refused])
        whole.finished = self._refused.finished and not self.failures
        return whole

    @property
    def failure(self) -> Exception | None:
        """What ended the run before its time: the source, for example. Single accounts are in `failures`."""
        return self._failure

    async def __aenter__(self) -> Self:
        """Ask every key for its accounts, and make the folder of the journals.

        Raises:
            GroupIncompleteError: a key could not be asked: a document might be taken for nobody's, or for another's.
            ConfigurationError: the folder can't be made.
        """
        if self._begun:
            raise ConfigurationError("this upload was begun before; make a new one")
        self._begun = True
        self._routes = Routes(await self._accounts())
        if self._folder is not None:
            try:
                await anyio.to_thread.run_sync(partial(self._folder.mkdir, parents=True, exist_ok=True))
            except OSError as error:
                raise ConfigurationError(
                    f"the folder {self._folder} can't be made: {error.strerror or error}", argument="journals"
                ) from error
        self._tasks = anyio.create_task_group()
        await self._tasks.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._tasks is not None
        self.stop()
        if self._outcomes is not None:
            self._outcomes.close()
        if error is not None:
            self._tasks.cancel_scope.cancel()
        # Not told of the error: it would wrap it in a group, and the tasks keep theirs to themselves.
        await self._tasks.__aexit__(None, None, None)
        if error is None and self._failure is not None and not (self._outcomes and self._outcomes.told):
            raise self._failure

    def __call__(self, documents: Documents) -> GroupOutcomes:
        """Begin to upload documents and return their outcomes, for `async for`.

        Args:
            documents: as for a run of `Upload`. An invoice as JSON doesn't say whose it is:
                `Document(content, account=…)`.

        Raises:
            ConfigurationError: outside `async with`, or a second time.
        """
        if self._tasks is None or self._stopped:
            raise ConfigurationError("an upload runs inside its block: async with group.upload(…) as run")
        if self._outcomes is not None:
            raise ConfigurationError(
                "one source for a run: pass all of them in one list, or make another run"
            )
        send, receive = anyio.create_memory_object_stream[GroupOutcome](self._settings.concurrency)
        self._outcomes = GroupOutcomes(receive, self)
        self._tasks.start_soon(self._feed, documents, send)
        return self._outcomes

    def stop(self) -> None:
        """Take no more documents; what is under way is finished and its outcomes come. To be resumed any time.

        Example:
            async with group.upload("journals") as run:
                async for done in run(documents):
                    if done.outcome.kind == "invalid":
                        run.stop()
        """
        self._stopped = True
        if self._idle is not None:
            self._idle.cancel()
        for worker in self._workers.values():
            worker.backlog.close()
            worker.upload.stop()

    async def _feed(self, documents: Documents, send: MemoryObjectSendStream[GroupOutcome]) -> None:
        """Hand every document to its account's upload, and settle what earlier runs have left with the others."""
        async with send, anyio.create_task_group() as tasks:
            try:
                await self._hand_out(documents, tasks, send)
                await self._settle_the_rest(tasks, send)
            except Exception as error:
                # The source's own, for example: what was taken from it is finished first.
                self._failure = error
            for worker in self._workers.values():
                worker.backlog.close()
        self._refused.finished = not self._stopped and self._failure is None

    async def _hand_out(
        self, documents: Documents, tasks: TaskGroup, send: MemoryObjectSendStream[GroupOutcome]
    ) -> None:
        async with contextlib.aclosing(Source(documents, self._skip)) as source:
            while not self._stopped:
                items: list[Document | NoDocument] = []
                with anyio.CancelScope() as self._idle:
                    while (item := await source.take()) is not None:
                        items.append(item)
                        if len(items) == _AT_ONCE or not source.at_hand:
                            break
                self._idle = None
                if not items:
                    return
                for item, found in await anyio.to_thread.run_sync(self._look_at, items):
                    await self._hand_over(item, found, tasks, send)

    async def _hand_over(
        self,
        item: Document | NoDocument,
        found: _Found | Unrouted | ReadApart,
        tasks: TaskGroup,
        send: MemoryObjectSendStream[GroupOutcome],
    ) -> None:
        """Have the upload of its account take a document, when it has room for it."""
        if isinstance(found, ReadApart) and isinstance(item, Document) and not self._stopped:
            path = cast("Path", item.content)
            try:
                with anyio.CancelScope() as self._idle:
                    content = await read_stream(path, self._settings.max_bytes)
                    item = evolve(item, content=content)
                    ((_, found),) = await anyio.to_thread.run_sync(self._look_at, [item])
                self._idle = None
            except Invalid as error:
                found = Unrouted(error.reason, UNREADABLE)
        if isinstance(found, Unrouted):
            await self._refuse(_invalid(item, found.reason, found.code), send)
        elif isinstance(found, _Found):
            worker = await self._worker(found.account, tasks, send)
            taken = worker is not None and await worker.backlog.put(found.document)
            if not taken and not self._stopped:
                await self._refuse(self._left_out(found.account, found.document), send, found.account)

    def _look_at(
        self, items: Sequence[Document | NoDocument]
    ) -> list[tuple[Document | NoDocument, _Found | Unrouted | ReadApart]]:
        """Return whose each document is; or why that can't be told, or that it must be waited for. Blocks: for a thread."""
        found: list[tuple[Document | NoDocument, _Found | Unrouted | ReadApart]] = []
        for item in items:
            try:
                found.append((item, self._route(item)))
            except (Unrouted, ReadApart) as error:
                found.append((item, error))
            except Invalid as error:
                found.append((item, Unrouted(error.reason, UNREADABLE)))
            except Exception as error:  # one odd document must not end the run of all others
                _log.warning("%s can't be read", _name(item), exc_info=True)
                found.append((item, Unrouted(f"It can't be read: {error!r}", UNREADABLE)))
        return found

    def _route(self, item: Document | NoDocument) -> _Found:
        """Return whose a document is, and the document with what was seen of it. Blocks: for a thread.

        Raises:
            Unrouted: that can't be told.
            Invalid: it can't be read.
            ReadApart: it is no plain file, and perhaps nobody has written to it yet.
        """
        if isinstance(item, NoDocument):
            raise Unrouted(str(item), UNREADABLE)
        received, content = self._settings.received, cast("object", item.content)
        if not isinstance(content, (bytes, bytearray, memoryview, Path)):
            return _Found(self._routes.of(None, received=received, account=item.account), item)
        most = self._settings.max_bytes
        data = read_file(content, most) if isinstance(content, Path) else bytes(cast("bytes", content))
        try:
            facts = read_document(data, max_bytes=most)
        except UnreadableDocument as error:
            raise Unrouted(error.reason, UNREADABLE) from None
        account = self._routes.of(facts, received=received, account=item.account)
        kept = content if isinstance(content, Path) and len(data) > _KEPT else data
        # What is sent is what was looked at, read once more or not: its hash says so.
        seen = Seen(kept, hashlib.sha256(data).hexdigest(), facts)
        return _Found(account, evolve(item, content=cast("Any", seen)))

    async def _worker(
        self, account: GroupAccount, tasks: TaskGroup, send: MemoryObjectSendStream[GroupOutcome]
    ) -> _Worker | None:
        """Return the upload of an account, begun where it isn't; None where it has failed."""
        if account.id in self.failures:
            return None
        worker = self._workers.pop(account.id, None)
        if worker is not None and not worker.ended.is_set():
            self._workers[account.id] = worker  # the one used last stands last
            return worker
        while len(self._workers) >= self._most:
            # One that has nothing to do makes room; it begins again where another document of it comes. Of those the one
            # that was used last: where documents go round the accounts, it is the one that is needed again last.
            idle = [
                one for one in self._workers.values() if not one.backlog.items and not one.upload.in_flight
            ]
            leaving = idle[-1] if idle else next(iter(self._workers.values()))
            leaving.backlog.close()
            await leaving.ended.wait()
            self._workers.pop(leaving.account.id, None)
        settings = cast("Any", {**self._given, "journal": self._journal_of(account)})
        view = self._view_of(account)
        about = about_server(view.environment.name, view.base_url)
        # The list has just shown the account: it needn't be asked for once more.
        upload = Upload(view.caller, account.id, about, known=account.account, room=self._room, **settings)
        worker = _Worker(account, upload)
        self._workers[account.id] = worker
        self._summaries.setdefault(account.id, []).append(worker.upload.summary)
        tasks.start_soon(self._run, worker, send)
        return worker

    async def _run(self, worker: _Worker, send: MemoryObjectSendStream[GroupOutcome]) -> None:
        """Run the upload of one account; what goes wrong with it is its own."""
        account = worker.account
        try:
            async with worker.upload as run:
                if self._stopped:
                    run.stop()
                else:
                    async for outcome in run(worker.backlog):
                        await self._tell(send, GroupOutcome(account, outcome))
        except Exception as error:
            self.failures[account.id] = error
            _log.warning("the upload to account %d ended before its time: %s", account.id, error)
        finally:
            worker.backlog.close()
            worker.ended.set()
        while worker.backlog.items and not self._stopped:
            await self._refuse(self._left_out(account, worker.backlog.items.popleft()), send, account)

    async def _settle_the_rest(self, tasks: TaskGroup, send: MemoryObjectSendStream[GroupOutcome]) -> None:
        """Settle what an earlier run has left in the middle with accounts that this one had no document of."""
        if self._folder is None:
            return
        numbers = await anyio.to_thread.run_sync(_left, self._folder, self._settings.received)
        for number in numbers:
            if self._stopped:
                return
            if number in self._summaries or number in self.failures:
                continue
            account = self._routes.accounts.get(number)
            if account is None or account.account.archived:
                state = "no key of the group sees it" if account is None else "it is archived"
                self.failures[number] = ConfigurationError(
                    f"account {number} has documents in its journal that an earlier run has left in the middle, and {state}"
                )
                continue
            await self._worker(account, tasks, send)

    async def _refuse(
        self,
        outcome: Outcome,
        send: MemoryObjectSendStream[GroupOutcome],
        account: GroupAccount | None = None,
    ) -> None:
        self._refused.taken += 1
        self._refused.count(outcome)
        await self._tell(send, GroupOutcome(account, outcome))

    async def _tell(self, send: MemoryObjectSendStream[GroupOutcome], outcome: GroupOutcome) -> None:
        if self._on_progress is not None:
            self._on_progress(self.summary)
        with contextlib.suppress(anyio.BrokenResourceError):  # nobody listens any more; the journals have it
            await send.send(outcome)

    def _left_out(self, account: GroupAccount, document: Document) -> Outcome:
        error = self.failures.get(account.id)
        return _invalid(
            document,
            f"The upload to account {account} ended before its turn came{'' if error is None else f': {error}'}. "
            "Nothing was sent; run the same again.",
            ACCOUNT_FAILED,
        )

    def _in_folder(self, account: GroupAccount) -> Path:
        assert self._folder is not None
        return self._folder / f"{account.id}{'-received' if self._settings.received else ''}.db"

    def _skip(self, files: Sequence[str]) -> None:
        self._refused.skipped += len(files)


class GroupOutcomes:
    """The outcomes of a group's upload, as they come; for `async for`."""

    def __init__(self, receive: MemoryObjectReceiveStream[GroupOutcome], upload: GroupUpload) -> None:
        """Receive what an upload tells."""
        self._receive = receive
        self._upload = upload
        self.told: bool = False
        """Whether the run's failure was raised here."""

    def __aiter__(self) -> AsyncIterator[GroupOutcome]:
        return self

    async def __anext__(self) -> GroupOutcome:
        """Return the next outcome.

        Raises:
            Exception: what the source raised. What goes wrong with one account is in `GroupUpload.failures`.
        """
        try:
            return await self._receive.receive()
        except (anyio.EndOfStream, anyio.ClosedResourceError):
            self.close()
            failure = self._upload.failure
            if failure is not None and not self.told:
                self.told = True
                raise failure from None
            raise StopAsyncIteration from None

    def close(self) -> None:
        """Listen no more."""
        self._receive.close()


def _as_files_allow() -> int:
    """Return for how many accounts journals can be open: each takes five files, and other things need some as well."""
    try:
        import resource  # not on Windows
    except ImportError:
        return _MOST_AT_ONCE
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return _MOST_AT_ONCE if soft < 0 else max(4, min(_MOST_AT_ONCE, (soft - 100) // 6))


def _name(item: Document | NoDocument) -> str:
    return writable(item.name or "document")


def _invalid(item: Document | NoDocument, reason: str, code: str) -> Outcome:
    return Outcome(kind="invalid", source=_name(item), code=code, message=reason)


def _left(folder: Path, received: bool) -> list[int]:
    """Return the accounts whose journals hold documents that an earlier run has left in the middle. Blocks."""
    found: list[int] = []
    for path in sorted(folder.iterdir()):
        match = _JOURNAL.fullmatch(path.name)
        if match is None or bool(match[2]) != received:
            continue
        try:
            with open_journal(path) as journal:
                if any(row.stage != "open" for row in journal.rows(settled=False)):
                    found.append(int(match[1]))
        except B2BrouterError:
            found.append(int(match[1]))  # its own run says what is wrong with it
    return found


_COUNTERS = tuple(one.name for one in fields(Summary) if type(one.default) is int)
"""What is added up of several summaries, besides the outcomes: the whole numbers."""


def _added(summaries: Sequence[Summary]) -> Summary:
    whole = Summary()
    for one in summaries:
        for kind in KINDS:
            whole.counts[kind] += one.counts[kind]
        for name in _COUNTERS:
            setattr(whole, name, getattr(whole, name) + getattr(one, name))
        whole.seconds = max(whole.seconds, one.seconds)
        whole.in_flight += one.in_flight
    whole.finished = bool(summaries) and all(one.finished for one in summaries)
    return whole

"""Calls are stored, answered, and worked off: handlers that fail, hang, die or are stopped lose nothing."""

from __future__ import annotations

import logging
import threading
from typing import TYPE_CHECKING, Any

import anyio
import anyio.lowlevel
import pytest

from b2brouter_async.errors import ConfigurationError
from b2brouter_async.webhooks import (
    Answer,
    Event,
    InboxError,
    IssuedInvoiceStateChange,
    MemoryInbox,
    ReceivedInvoiceCreated,
    SQLiteInbox,
    UnknownEvent,
    WebHooks,
    Work,
    parse,
)
from tests.inbox.conftest import Clock

from .support import NOW, SECRET, Caller, body_of, compact, signed

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.anyio


class Leaving(BaseException):
    """Like SystemExit, which asyncio lets through the whole loop."""


def hooks_of(clock: Clock | None = None, **options: Any) -> WebHooks:
    clock = clock or Clock()
    options.setdefault("inbox", MemoryInbox(clock=clock))
    options.setdefault("work", Work(attempts=3, first=10, longest=1000))
    return WebHooks(SECRET, clock=lambda: NOW, **options)


async def send(hooks: WebHooks, body: bytes) -> Answer:
    return await hooks.receive(body, signed(body))


class TestRegistry:
    async def test_each_event_goes_to_the_handler_of_its_class(self) -> None:
        hooks = hooks_of()
        seen: list[tuple[str, str]] = []

        @hooks.on(IssuedInvoiceStateChange, ReceivedInvoiceCreated)
        async def invoices(event: IssuedInvoiceStateChange | ReceivedInvoiceCreated) -> None:
            seen.append(("invoices", event.code))

        @hooks.on("invoice.frozen")
        def frozen(event: Event) -> None:
            assert threading.current_thread() is not threading.main_thread()
            seen.append(("frozen", event.code))

        @hooks.unhandled
        async def others(event: Event) -> None:
            seen.append(("others", event.code))

        codes = (
            "issued_invoice.state_change",
            "received_invoice.created",
            "invoice.frozen",
            "ledger.state_change",
            "new",
        )
        for number, code in enumerate(codes):
            assert (await send(hooks, body_of(number, code=code))).status == 204
        assert await hooks.resume() == 5
        assert sorted(seen) == sorted(
            zip(("invoices", "invoices", "frozen", "others", "others"), codes, strict=True)
        )

    async def test_an_event_that_nobody_handles_is_answered_and_let_go(self) -> None:
        hooks = hooks_of()
        assert (await send(hooks, body_of(1, code="new.code"))).status == 204
        assert (await hooks.resume(), await hooks.waiting(), await hooks.dead()) == (1, 0, [])

    async def test_a_known_code_that_is_not_what_its_class_promises_goes_to_the_unhandled(self) -> None:
        hooks = hooks_of()
        seen: list[Event] = []

        @hooks.on(IssuedInvoiceStateChange)
        async def changed(event: IssuedInvoiceStateChange) -> None:
            raise AssertionError(event)

        @hooks.unhandled
        async def others(event: Event) -> None:
            seen.append(event)

        await send(hooks, compact(code="issued_invoice.state_change", data=[1]))
        await hooks.resume()
        assert [type(event) for event in seen] == [UnknownEvent]

    def test_two_handlers_for_one_event_are_refused(self) -> None:
        hooks = hooks_of()
        hooks.on("a")(print)
        hooks.on(IssuedInvoiceStateChange)(print)
        again: Any
        for again in ("a", IssuedInvoiceStateChange, "issued_invoice.state_change"):
            with pytest.raises(ConfigurationError, match="a handler already"):
                hooks.on(again)
        hooks.unhandled(print)
        with pytest.raises(ConfigurationError, match="already"):
            hooks.unhandled(print)

    @pytest.mark.parametrize("events", [(), (UnknownEvent,), (Event,), (int,), (lambda event: None,), ("",)])
    def test_what_is_no_single_event_is_refused(self, events: Any) -> None:
        with pytest.raises(ConfigurationError, match="on: "):
            hooks_of().on(*events)

    def test_a_queue_and_an_inbox_together_are_refused(self) -> None:
        with pytest.raises(ConfigurationError, match="queue, inbox"):
            WebHooks(SECRET, inbox=MemoryInbox(), queue=print)

    @pytest.mark.parametrize("setting", ["concurrency", "attempts", "lease", "first", "longest", "poll"])
    def test_patience_that_is_none_is_refused(self, setting: str) -> None:
        with pytest.raises(ConfigurationError, match=setting):
            Work(**{setting: 0})

    def test_events_are_kept_in_a_file_where_nothing_is_said(self, tmp_path: Any, monkeypatch: Any) -> None:
        monkeypatch.chdir(tmp_path)
        hooks = WebHooks(secrets=SECRET)
        assert isinstance(hooks.inbox, SQLiteInbox)
        assert not list(tmp_path.iterdir()), "nothing is opened before the first call"
        assert WebHooks(SECRET, inbox=str(tmp_path / "x.sqlite")).inbox is not None


class TestReceiving:
    async def test_a_repeat_is_answered_and_handled_no_second_time(self) -> None:
        hooks, keys = hooks_of(), list[str]()

        @hooks.unhandled
        async def note(event: Event) -> None:
            keys.append(event.key)

        for _ in range(3):
            assert (await send(hooks, body_of(1))).status == 204
        await hooks.resume()
        assert (await send(hooks, body_of(1))).status == 204
        await hooks.resume()
        assert keys == ["issued_invoice.state_change:1"]
        assert hooks.counts == {"stored": 1, "repeated": 3}

    async def test_an_inbox_that_fails_is_a_503_and_the_event_comes_again(
        self, caplog: pytest.LogCaptureFixture
    ) -> None:
        class Full(MemoryInbox):
            full = True

            def put(self, queue: str, key: str, body: bytes) -> bool:
                if self.full:
                    raise InboxError("no space left on device")
                return super().put(queue, key, body)

        inbox = Full()
        hooks = hooks_of(inbox=inbox)
        assert (await send(hooks, body_of(1))).status == 503
        assert hooks.receive_sync(body_of(1), signed(body_of(1))).status == 503
        assert "no space left" in caplog.text
        inbox.full = False
        assert (await send(hooks, body_of(1))).status == 204
        assert hooks.counts == {"failed": 2, "stored": 1}

    async def test_a_refusal_says_its_reason_and_is_counted(self, caplog: pytest.LogCaptureFixture) -> None:
        hooks = hooks_of()
        body = body_of(1)
        for header, reason in (
            (None, "missing"),
            ("nonsense", "malformed"),
            (signed(body, secret="other"), "mismatch"),
            (signed(body, at=NOW - 301), "too_old"),
            (signed(body, at=NOW + 301), "too_new"),
        ):
            answer = await hooks.receive(body, header)
            assert (answer.status, answer.text.split(":")[0]) == (400, reason)
            assert hooks.receive_sync(body, header) == answer
            assert hooks.counts[reason] == 2
        assert "signed 301 s ago" in caplog.text
        assert "whsec" not in caplog.text

    async def test_a_body_that_was_not_unpacked_is_named(self) -> None:
        answer = await hooks_of().receive(b"\x1f\x8b", signed(body_of(1)), encoding="gzip")
        assert "Content-Encoding 'gzip'" in answer.text

    async def test_your_own_queue_gets_every_event_before_the_answer(self) -> None:
        queued: list[Event] = []

        async def put(event: Event) -> None:
            queued.append(event)

        hooks = WebHooks(SECRET, queue=put, clock=lambda: NOW)
        handled: list[str] = []

        @hooks.unhandled
        async def note(event: Event) -> None:
            handled.append(event.key)

        assert (await send(hooks, body_of(1))).status == 204
        assert (await send(hooks, body_of(1))).status == 204
        assert len({event.key for event in queued}) == 1
        assert len(queued) == 2
        await hooks.handle(parse(queued[0].body))
        assert handled == [queued[0].key]
        for work in (hooks.resume, hooks.dead, hooks.waiting):
            with pytest.raises(ConfigurationError, match="queue"):
                await work()

    async def test_a_queue_that_fails_is_a_503(self) -> None:
        def full(event: Event) -> None:
            raise OSError("full")

        hooks = WebHooks(SECRET, queue=full, clock=lambda: NOW)
        assert (await send(hooks, body_of(1))).status == 503
        assert hooks.receive_sync(body_of(1), signed(body_of(1))).status == 503

    def test_an_async_queue_is_no_queue_for_wsgi(self) -> None:
        async def put(event: Event) -> None: ...

        hooks = WebHooks(SECRET, queue=put, clock=lambda: NOW)
        assert hooks.receive_sync(body_of(1), signed(body_of(1))).status == 503

    def test_where_nothing_is_async_events_are_stored_and_worked_off_by_a_call(self, tmp_path: Any) -> None:
        hooks = hooks_of(inbox=tmp_path / "inbox.sqlite")
        handled: list[str] = []
        hooks.unhandled(lambda event: handled.append(event.key))
        for number in (1, 2, 1):
            assert hooks.receive_sync(body_of(number), signed(body_of(number))).status == 204
        assert (hooks.work_once(), hooks.work_once()) == (2, 0)
        assert len(handled) == 2

    async def test_the_first_call_says_that_nothing_works_events_off(
        self, caplog: pytest.LogCaptureFixture
    ) -> None:
        hooks = hooks_of()
        for number in (1, 2):
            await send(hooks, body_of(number))
        assert caplog.text.count("hooks.running()") == 1


class TestFailing:
    async def test_a_failing_handler_is_tried_again_with_growing_pauses_and_then_set_aside(
        self, caplog: pytest.LogCaptureFixture
    ) -> None:
        clock = Clock()
        told: list[tuple[str, str, bool]] = []
        hooks = hooks_of(clock, failed=lambda event, error, dead: told.append((event.key, str(error), dead)))
        tries: list[float] = []

        @hooks.on(IssuedInvoiceStateChange)
        async def fails(event: IssuedInvoiceStateChange) -> None:
            tries.append(clock.now)
            raise ValueError(f"private: {event.body!r}")

        await send(hooks, body_of(1))
        assert (await hooks.resume(), await hooks.resume()) == (1, 0)
        for pause in (10, 20):
            clock.now += pause / 2 - 0.1
            assert await hooks.resume() == 0, "at least half of the pause is waited"
            clock.now += pause / 2 + 0.1
            assert await hooks.resume() == 1
        (dead,) = await hooks.dead()
        assert (dead.key, dead.tries, dead.body) == ("issued_invoice.state_change:1", 3, body_of(1))
        assert (dead.problem or "").startswith("ValueError: private")
        clock.now += 10_000
        assert await hooks.resume() == 0
        assert [one[2] for one in told] == [False, False, True]
        assert "issued_invoice.state_change:1" in caplog.text
        assert "ValueError" in caplog.text
        assert "private" not in caplog.text, "a handler's words may hold the body"

        assert await hooks.retry(dead.key)
        assert not await hooks.retry(dead.key)
        assert await hooks.resume() == 1
        assert len(tries) == 4

    async def test_one_events_failure_stops_no_other(self) -> None:
        hooks = hooks_of()
        handled: list[int] = []

        @hooks.on(IssuedInvoiceStateChange)
        async def sometimes(event: IssuedInvoiceStateChange) -> None:
            number = event.data.invoice_id or 0
            if number % 3 == 0:
                raise ExceptionGroup("several", [ValueError("no")])
            handled.append(number)

        for number in range(30):
            await send(hooks, body_of(number))
        await hooks.resume()
        assert sorted(handled) == [number for number in range(30) if number % 3]
        assert await hooks.waiting() == 10

    @pytest.mark.parametrize("store", ["memory", "sqlite"])
    async def test_whatever_a_handler_raises_is_noted_and_stops_no_other(
        self, store: str, tmp_path: Any
    ) -> None:
        class Wordless(Exception):
            def __str__(self) -> str:
                raise ZeroDivisionError

        inbox = SQLiteInbox(tmp_path / "i.sqlite") if store == "sqlite" else MemoryInbox()
        hooks = hooks_of(inbox=inbox, work=Work(attempts=1))
        raised = [Wordless(), ValueError("half a \udce4 character"), ValueError("\0" * 9999), StopIteration()]
        handled: list[int] = []

        @hooks.on(IssuedInvoiceStateChange)
        async def fails(event: IssuedInvoiceStateChange) -> None:
            number = event.data.invoice_id or 0
            if number < len(raised):
                raise raised[number]
            handled.append(number)

        for number in range(len(raised) + 1):
            await send(hooks, body_of(number))
        assert await hooks.resume() == len(raised) + 1
        assert handled == [len(raised)]
        assert len(await hooks.dead()) == len(raised)

    @pytest.mark.parametrize("anyio_backend", ["asyncio"])
    async def test_a_cancellation_of_the_handlers_own_is_a_failure(self) -> None:
        clock = Clock()
        hooks = hooks_of(clock)
        tries: list[float] = []

        @hooks.on(IssuedInvoiceStateChange)
        async def waits_for_what_was_cancelled(event: IssuedInvoiceStateChange) -> None:
            tries.append(clock.now)
            raise anyio.get_cancelled_exc_class()

        await send(hooks, body_of(1))
        assert await hooks.resume() == 1
        for _ in range(2):
            clock.now += 10_000
            await hooks.resume()
        assert len(tries) == 3
        (dead,) = await hooks.dead()
        assert "cancelled by something of its own" in (dead.problem or "")

    async def test_a_handler_that_ends_the_process_ends_no_process_for_ever(self) -> None:
        clock = Clock()
        hooks = hooks_of(clock)

        @hooks.unhandled
        def leaves(event: Event) -> None:
            raise Leaving

        await send(hooks, body_of(1))
        for _ in range(3):
            with pytest.raises(BaseException) as caught:
                await hooks.resume()
            assert not isinstance(caught.value, Exception)
            assert await hooks.resume() == 0, "its lease is left to run out"
            clock.now += 61
        assert await hooks.resume() == 1
        (dead,) = await hooks.dead()
        assert "3 tries ended with its process" in (dead.problem or "")

    async def test_an_event_whose_every_try_ended_with_the_process_is_set_aside(self) -> None:
        clock = Clock()
        hooks = hooks_of(clock)
        await send(hooks, body_of(1))
        assert hooks.inbox is not None
        for number in range(3):
            assert hooks.inbox.take("webhooks", f"dead-{number}", most=1, lease=60)
            clock.now += 61
        await hooks.resume()
        (dead,) = await hooks.dead()
        assert "3 tries ended with its process" in (dead.problem or "")

    async def test_a_failing_failed_does_not_stop_the_work(self) -> None:
        def failed(event: Event, error: Exception, dead: bool) -> None:
            raise RuntimeError("no")

        hooks = hooks_of(failed=failed)

        @hooks.unhandled
        def fails(event: Event) -> None:
            raise ValueError

        await send(hooks, body_of(1))
        assert await hooks.resume() == 1
        assert await hooks.waiting() == 1

    async def test_an_inbox_that_cannot_be_read_is_told_to_who_asks_for_the_work(self, tmp_path: Any) -> None:
        with pytest.raises(InboxError):
            await hooks_of(inbox=tmp_path).resume()
        with pytest.raises(InboxError):
            async with hooks_of(inbox=tmp_path).running():
                pass


class TestRunning:
    async def test_what_an_earlier_process_left_is_worked_off_and_so_is_what_comes(
        self, tmp_path: Any
    ) -> None:
        earlier = hooks_of(inbox=tmp_path / "inbox.sqlite")
        await send(earlier, body_of(1))
        hooks = hooks_of(inbox=tmp_path / "inbox.sqlite")
        sending, handled = anyio.create_memory_object_stream[str](10)

        @hooks.unhandled
        async def note(event: Event) -> None:
            await sending.send(event.key)

        with anyio.fail_after(30), sending, handled:
            async with hooks.running():
                assert await handled.receive() == "issued_invoice.state_change:1"
                await send(hooks, body_of(2))
                assert await handled.receive() == "issued_invoice.state_change:2"
        assert await hooks.waiting() == 0

    async def test_work_that_is_stopped_waits_again_and_counts_no_try(self) -> None:
        clock = Clock()
        hooks = hooks_of(clock, work=Work(attempts=1, grace=0))
        begun = anyio.Event()

        @hooks.unhandled
        async def hangs(event: Event) -> None:
            begun.set()
            await anyio.sleep_forever()

        await send(hooks, body_of(1))
        for _ in range(3):
            begun = anyio.Event()
            with anyio.fail_after(30):
                async with hooks.running():
                    await begun.wait()
        assert hooks.inbox is not None
        (item,) = hooks.inbox.take("webhooks", "me", most=1, lease=60)
        assert item.tries == 1

    async def test_work_that_has_begun_gets_its_grace(self) -> None:
        hooks = hooks_of(work=Work(grace=30))
        begun, go_on = anyio.Event(), anyio.Event()

        @hooks.unhandled
        async def slow(event: Event) -> None:
            begun.set()
            await go_on.wait()

        await send(hooks, body_of(1))
        with anyio.fail_after(30):
            async with anyio.create_task_group() as tasks, hooks.running():
                await begun.wait()
                tasks.start_soon(_after_a_moment, go_on)
        assert (await hooks.waiting(), await hooks.dead()) == (0, [])

    async def test_a_lease_is_kept_while_the_work_goes_on(self) -> None:
        hooks = hooks_of(inbox=MemoryInbox(), work=Work(lease=1.0, concurrency=1))
        tries = 0

        @hooks.unhandled
        async def longer_than_the_lease(event: Event) -> None:
            nonlocal tries
            tries += 1
            renewed = 0
            inbox: Any = hooks.inbox
            until = inbox._entries[event.key].due
            with anyio.fail_after(30):
                while renewed < 2:
                    await anyio.sleep(0.01)
                    assert inbox.take("webhooks", "thief", most=1, lease=60) == []
                    if inbox._entries[event.key].due > until:
                        until, renewed = inbox._entries[event.key].due, renewed + 1

        await send(hooks, body_of(1))
        await hooks.resume()
        assert (tries, await hooks.waiting()) == (1, 0)

    async def test_work_whose_lease_was_lost_is_stopped_and_ends_nothing(self) -> None:
        clock = Clock()
        hooks = hooks_of(clock, work=Work(lease=0.03))
        ended: list[str] = []

        @hooks.unhandled
        async def hangs(event: Event) -> None:
            clock.now += 100  # as if this machine had slept
            assert hooks.inbox is not None
            assert hooks.inbox.take("webhooks", "another", most=1, lease=1000)
            try:
                await anyio.sleep_forever()
            finally:
                ended.append(event.key)

        await send(hooks, body_of(1))
        with anyio.fail_after(30):
            await hooks.resume()
        assert ended == ["issued_invoice.state_change:1"]
        assert hooks.inbox is not None
        assert hooks.inbox.done("issued_invoice.state_change:1", "another")

    async def test_no_more_than_the_concurrency_run_at_once(self) -> None:
        hooks = hooks_of(work=Work(concurrency=3))
        running = most = 0

        @hooks.unhandled
        async def counts(event: Event) -> None:
            nonlocal running, most
            running += 1
            most = max(most, running)
            await anyio.lowlevel.checkpoint()
            running -= 1

        for number in range(20):
            await send(hooks, body_of(number))
        await hooks.resume()
        assert most <= 3

    async def test_entering_twice_is_refused_and_an_error_in_the_block_comes_out_as_it_is(self) -> None:
        hooks = hooks_of()
        with pytest.raises(LookupError, match="mine"):  # noqa: PT012 - the block is what is tested
            async with hooks.running():
                with pytest.raises(ConfigurationError, match="working already"):
                    async with hooks.running():
                        pass
                raise LookupError("mine")
        async with hooks.running():
            pass

    async def test_an_inbox_that_fails_for_a_while_is_tried_again(
        self, caplog: pytest.LogCaptureFixture
    ) -> None:
        class Away(MemoryInbox):
            failures = 2

            def take(self, queue: str, owner: str, *, most: int, lease: float) -> Any:
                if self.failures:
                    self.failures -= 1
                    raise InboxError("away")
                return super().take(queue, owner, most=most, lease=lease)

        hooks = hooks_of(inbox=Away(), work=Work(poll=0.01))
        done = anyio.Event()

        @hooks.unhandled
        async def note(event: Event) -> None:
            done.set()

        await send(hooks, body_of(1))
        with caplog.at_level(logging.ERROR), anyio.fail_after(30):
            async with hooks.running():
                await done.wait()
        assert "can't be read" in caplog.text


async def _after_a_moment(event: anyio.Event) -> None:
    await anyio.sleep(0.01)
    event.set()


class TestServing:
    """The ASGI application, message by message."""

    @pytest.mark.parametrize("length", [True, False])
    async def test_a_genuine_call_is_answered_204_whole_or_in_chunks(self, length: bool) -> None:
        caller = Caller(hooks_of())
        for number, cut in ((1, 1), (2, 40), (3, 10_000)):
            body = body_of(number)
            parts = [body[place : place + cut] for place in range(0, len(body), cut)]
            status, text = await caller.post(
                [*parts, b""], ("X-B2Brouter-Signature", signed(body)), length=length
            )
            assert (status, text) == (204, "")

    @pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "OPTIONS"])
    async def test_another_method_is_a_405(self, method: str) -> None:
        caller = Caller(hooks_of())
        assert (await caller.post(b"", method=method))[0] == 405
        assert caller.headers["allow"] == "POST"

    async def test_without_a_signature_nothing_is_read(self) -> None:
        caller = Caller(hooks_of())
        assert await caller.post(b"x" * 100) == (400, "missing: the call has no X-B2Brouter-Signature")
        assert caller.asked == 0

    async def test_two_signatures_are_refused_whichever_is_right(self) -> None:
        body = body_of(1)
        good, bad = signed(body), signed(body, secret="other")
        for pair in ((good, good), (good, bad), (bad, good)):
            status, text = await Caller(hooks_of()).post(
                body, *(("X-B2Brouter-Signature", one) for one in pair)
            )
            assert (status, text.split(":")[0]) == (400, "malformed")

    async def test_a_body_that_is_too_large_is_read_no_further(self) -> None:
        caller = Caller(hooks_of(max_body=1000))
        header = ("X-B2Brouter-Signature", signed(b""))
        assert (await caller.post(b"x" * 1001, header))[0] == 413
        assert caller.asked == 0
        assert (await caller.post([b"x" * 400] * 100, header, length=False))[0] == 413
        assert caller.asked == 3
        whole = body_of(1).ljust(1000)
        assert (await caller.post(whole, ("X-B2Brouter-Signature", signed(whole))))[0] == 204

    @pytest.mark.parametrize("length", ["-1", "1e3", "nonsense", "9" * 30, "\u0661", ""])
    async def test_a_length_that_is_none_does_no_harm(self, length: str) -> None:
        body = body_of(1)
        headers = [("X-B2Brouter-Signature", signed(body))]
        if length.isascii():
            headers.append(("Content-Length", length))
        assert (await Caller(hooks_of()).post(body, *headers, length=False))[0] == 204

    async def test_a_body_that_a_middleware_read_is_told(self) -> None:
        hooks = hooks_of(body_timeout=0.01)
        header = ("X-B2Brouter-Signature", signed(body_of(1)))
        status, text = await Caller(hooks).post([b""], header, ("Content-Length", "150"), length=False)
        assert status == 400
        assert "a middleware read it" in text

    async def test_a_body_that_does_not_come_is_a_408(self) -> None:
        hooks = hooks_of(body_timeout=0.01)
        answers: list[Any] = []

        async def receive() -> Any:
            await anyio.sleep_forever()

        async def note(message: Any) -> None:
            answers.append(message)

        scope = {"type": "http", "method": "POST", "headers": [(b"x-b2brouter-signature", b"t=1")]}
        with anyio.fail_after(30):
            await hooks(scope, receive, note)
        assert answers[0]["status"] == 408

    async def test_who_hangs_up_gets_no_answer_and_is_not_stored(self) -> None:
        hooks = hooks_of()
        body = body_of(1)
        header = ("X-B2Brouter-Signature", signed(body))
        assert await Caller(hooks).post(body[:20], header, ends=False) == (0, "")
        assert await hooks.waiting() == 0

    async def test_alone_under_a_server_its_lifespan_works_events_off(self) -> None:
        hooks = hooks_of()
        handled = anyio.Event()

        @hooks.unhandled
        async def note(event: Event) -> None:
            handled.set()

        await send(hooks, body_of(1))
        told: list[str] = []
        messages = iter(["lifespan.startup", "lifespan.shutdown"])

        async def receive() -> Any:
            kind = next(messages)
            if kind == "lifespan.shutdown":
                await handled.wait()
            return {"type": kind}

        async def note_message(message: Any) -> None:
            told.append(message["type"])

        with anyio.fail_after(30):
            await hooks({"type": "lifespan"}, receive, note_message)
        assert told == ["lifespan.startup.complete", "lifespan.shutdown.complete"]

    async def test_a_web_socket_is_closed(self) -> None:
        told: list[Any] = []

        async def note(message: Any) -> None:
            told.append(message)

        await hooks_of()({"type": "websocket"}, lambda: anyio.lowlevel.checkpoint(), note)  # type: ignore[arg-type, return-value]
        assert told[0]["type"] == "websocket.close"


class TestSharedInbox:
    async def test_each_environment_works_off_its_own_events_with_its_own_keys(self) -> None:
        """Both environments count their events, so the same number is two events."""
        inbox = MemoryInbox(clock=Clock())
        seen: list[tuple[str, str]] = []

        def of(environment: str) -> WebHooks:
            hooks = hooks_of(inbox=inbox, environment=environment)

            @hooks.on(IssuedInvoiceStateChange)
            async def changed(event: IssuedInvoiceStateChange) -> None:
                seen.append((environment, event.key))

            return hooks

        environments = {name: of(name) for name in ("sandbox", "production", "")}
        for hooks in environments.values():
            assert (await send(hooks, body_of(7))).status == 204
        assert [await hooks.resume() for hooks in environments.values()] == [1, 1, 1]
        key = "issued_invoice.state_change:7"
        assert seen == [("sandbox", f"sandbox:{key}"), ("production", f"production:{key}"), ("", key)]

    async def test_of_two_in_a_process_with_handlers_for_other_events_the_second_is_refused(
        self, tmp_path: Path
    ) -> None:
        """Each would let go of what the other has a handler for."""
        clock = Clock()
        one = hooks_of(inbox=SQLiteInbox(tmp_path / "events.sqlite", clock=clock))
        other = hooks_of(inbox=SQLiteInbox(tmp_path / "sub" / ".." / "events.sqlite", clock=clock))
        (tmp_path / "sub").mkdir()
        one.on(IssuedInvoiceStateChange)(print)
        other.on(ReceivedInvoiceCreated)(print)
        await send(one, body_of(1, code="received_invoice.created"))

        async with one.running():
            with pytest.raises(ConfigurationError, match="let go of what the other"):
                async with other.running():
                    raise AssertionError
            with pytest.raises(ConfigurationError, match="handlers for other events"):
                await other.resume()

    async def test_two_that_handle_the_same_events_share_an_inbox_in_one_process(self) -> None:
        inbox = MemoryInbox(clock=Clock())
        one, other, elsewhere = hooks_of(inbox=inbox), hooks_of(inbox=inbox), hooks_of()
        done = anyio.Event()
        for hooks in (one, other):

            @hooks.on(IssuedInvoiceStateChange)
            async def changed(event: IssuedInvoiceStateChange) -> None:
                done.set()

        with anyio.fail_after(30):
            async with one.running(), other.running(), elsewhere.running():
                await send(one, body_of(1))
                await done.wait()
        assert done.is_set()


def test_a_database_in_memory_is_refused_where_a_2xx_is_a_promise() -> None:
    with pytest.raises(ConfigurationError, match=r"MemoryInbox\(\)"):
        WebHooks(SECRET, inbox=":memory:")


def test_an_async_function_that_nobody_would_await_is_refused() -> None:
    async def told(*_: object) -> None:
        raise AssertionError

    with pytest.raises(ConfigurationError, match="failed: told is async"):
        hooks_of(failed=told)


@pytest.mark.parametrize("handler", [None, "changed"])
def test_a_handler_that_is_no_function_lets_go_of_no_event(handler: Any) -> None:
    hooks = hooks_of()
    with pytest.raises(ConfigurationError, match="on: a handler is a function"):
        hooks.on(IssuedInvoiceStateChange)(handler)
    with pytest.raises(ConfigurationError, match="unhandled: a handler is a function"):
        hooks.unhandled(handler)

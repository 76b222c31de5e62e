"""`deliver(id)`: one document of the ledger, exactly once, however often and from wherever it is asked for."""

from __future__ import annotations

import hashlib
from functools import partial
from typing import TYPE_CHECKING, Any

import anyio
import pytest
from attrs import define, field

from b2brouter_async import ArgumentError, AuthenticationError, B2Brouter, ConfigurationError
from b2brouter_async.bulk import Patience, PostgresJournal
from b2brouter_async.fleet import Deliverer, Destination
from tests.robustness.cancelling import cancelled_at, tasks_alive

from ..bulk.support import IMPORT, Bench, bench, document, documents, invoice
from .support import Look, process
from .test_uploads_together import about, upload

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from b2brouter_async.bulk import Ledger, Outcome
    from b2brouter_async.limiter import Lease, RateLimiter

pytestmark = pytest.mark.anyio


def deliverer(ledger: Ledger, one: Bench, **settings: Any) -> Deliverer:
    return Deliverer(
        ledger,
        settings.pop("clients", one.client),
        patience=Patience(sleep=one.time.sleep, clock=one.time),
        **settings,
    )


def add(database: str, one: Bench, content: bytes, **more: Any) -> int:
    return Look(database).add(
        content, hashlib.sha256(content).hexdigest(), about=about(one), **{"name": "order 1", **more}
    )


async def test_a_document_is_sent_once_however_often_it_is_asked_for(database: str, tmp_path: Path) -> None:
    async with bench(tmp_path) as one, process(database) as ledger:
        number = add(database, one, document("D-1"))
        deliver = deliverer(ledger, one).deliver
        first = await deliver(number)
        assert (first.kind, first.number, first.repeated, first.source) == (
            "created",
            "D-1",
            False,
            "order 1",
        )
        again = await deliver(number)
        assert (again.kind, again.repeated, again.invoice_id) == ("created", True, first.invoice_id)
        assert one.accepted == {"D-1": 1}
        assert Look(database).rows("SELECT stage, holder, settled IS NULL FROM b2brouter.documents") == [
            ("done", None, False)
        ]


@pytest.mark.parametrize("wrong", ["17", True, None, 1.5, 0, -1, 2**63, 10**30])
async def test_what_is_no_number_of_a_document_is_told_before_anything_is_asked(
    database: str, tmp_path: Path, wrong: Any
) -> None:
    async with bench(tmp_path) as one, process(database) as ledger:
        with pytest.raises(ArgumentError, match=r"no number of a document|has no document"):
            await Deliverer(ledger, one.client).deliver(wrong)
        assert one.requests == []


async def test_what_waits_for_its_final_state_is_left_to_the_upload_that_waits(
    database: str, tmp_path: Path
) -> None:
    async with bench(tmp_path) as one, process(database) as ledger:
        number = add(database, one, document("D-1"))
        Look(database).rows(
            "UPDATE b2brouter.documents SET stage = 'waiting', kind = 'created', invoice_id = 5, state = 'sending'"
        )
        outcome = await deliverer(ledger, one).deliver(number)
        assert (outcome.kind, outcome.invoice_id, outcome.repeated) == ("created", 5, True)
        assert one.requests == []


async def test_calls_at_the_same_time_in_several_processes_send_it_once(
    database: str, tmp_path: Path
) -> None:
    outcomes: list[Outcome] = []
    async with (
        bench(tmp_path) as one,
        process(database, "one") as first,
        process(database, "two") as second,
    ):
        numbers = [add(database, one, content) for content in documents(8)]

        async def call(deliver: Any, number: int) -> None:
            outcomes.append(await deliver(number, wait=60))

        async with anyio.create_task_group() as tasks:
            for ledger in (first, second):
                deliver = deliverer(ledger, one).deliver
                for number in numbers * 3:
                    tasks.start_soon(call, deliver, number)
        assert len(one.accepted) == 8
        assert set(one.accepted.values()) == {1}
    assert len(outcomes) == 48
    assert {outcome.kind for outcome in outcomes} == {"created"}
    assert sum(not outcome.repeated for outcome in outcomes) == 8


async def test_what_another_process_works_on_is_left_to_it(database: str, tmp_path: Path) -> None:
    async with (
        bench(tmp_path) as one,
        process(database, "one") as first,
        process(database, "two") as second,
    ):
        number = add(database, one, document("D-1"))
        entry = await first.do(lambda: first.steps.entry(number))
        assert entry is not None
        await deliverer(first, one)._journal(entry)
        journal = await PostgresJournal.on(first, entry.about)
        await journal.claim(entry.row.__class__(stage="sending", outcome=entry.row.outcome))
        outcome = await deliverer(second, one).deliver(number)
        assert outcome.kind == "unknown"
        assert outcome.message == "Not sent: process one has not come to an end of it."
        assert one.accepted == {}


async def test_what_was_left_in_doubt_is_looked_for_and_not_sent_again(database: str, tmp_path: Path) -> None:
    async with bench(tmp_path) as one, process(database) as ledger:
        number = add(database, one, document("D-1"))
        one.simulator.faults.add(f"reset_after operation='{IMPORT}' times=1")
        one.simulator.faults.add("500 operation='GET /accounts/{}/invoices'")
        deliver = deliverer(ledger, one).deliver
        assert (await deliver(number)).kind == "unknown"
        assert Look(database).rows(
            "SELECT stage, holder, due > clock_timestamp() + interval '30 seconds' FROM b2brouter.documents"
        ) == [("sending", None, True)]
        one.simulator.faults.clear()
        assert (await deliver(number)).kind == "adopted"
        assert one.accepted == {"D-1": 1}


async def test_an_upload_and_a_delivery_of_the_same_document_send_it_once(
    database: str, tmp_path: Path
) -> None:
    async with bench(tmp_path) as one, process(database) as ledger:
        number = add(database, one, document("D-1"))
        kinds: list[str] = []

        async def by_upload() -> None:
            summary = await upload(one, document("D-1"), database)
            kinds.extend(kind for kind, count in summary.counts.items() if count)

        async def by_id() -> None:
            kinds.append((await deliverer(ledger, one).deliver(number, wait=60)).kind)

        async with anyio.create_task_group() as tasks:
            tasks.start_soon(by_upload)
            tasks.start_soon(by_id)
        assert kinds == ["created", "created"]
        assert one.accepted == {"D-1": 1}


async def test_an_invoice_as_json_is_delivered(database: str, tmp_path: Path) -> None:
    import simplejson

    from b2brouter_async.bulk.prepare import Prepared, Rules, prepare
    from b2brouter_async.bulk.settings import Settings
    from b2brouter_async.bulk.source import Document

    async with bench(tmp_path) as one, process(database) as ledger:
        rules = Rules(settings=Settings(journal=""), account=one.simulator.account)
        prepared = prepare(Document(invoice("J-9")), rules, lambda key: None)
        assert isinstance(prepared, Prepared)
        content = simplejson.dumps(invoice("J-9"), use_decimal=True).encode()
        number = Look(database).add(content, prepared.sha256, kind="invoice", about=about(one))
        assert (await deliverer(ledger, one).deliver(number)).kind == "created"
        assert one.accepted == {"J-9": 1}


async def test_a_document_that_the_application_keeps_is_fetched_and_must_be_the_one_that_was_added(
    database: str, tmp_path: Path
) -> None:
    kept = {"orders/1.xml": document("D-1"), "orders/2.xml": document("D-2")}

    async def fetch(name: str) -> bytes:
        return kept[name]

    async with bench(tmp_path) as one, process(database) as ledger:
        first = add(database, one, document("D-1"), kind="reference", reference="orders/1.xml")
        changed = add(database, one, document("D-3"), kind="reference", reference="orders/2.xml")
        gone = add(database, one, document("D-4"), kind="reference", reference="orders/4.xml")
        deliver = deliverer(ledger, one, fetch=fetch).deliver
        assert (await deliver(first)).kind == "created"
        outcome = await deliver(changed)
        assert outcome.kind == "invalid"
        assert "changed since" in (outcome.message or "")
        with pytest.raises(KeyError):
            await deliver(gone)
        without = await deliverer(ledger, one).deliver(gone)
        assert without.kind == "invalid"
        assert one.accepted == {"D-1": 1}
        assert Look(database).held == 0


async def test_a_document_in_doubt_whose_bytes_are_gone_is_still_looked_for(
    database: str, tmp_path: Path
) -> None:
    async with bench(tmp_path) as one, process(database) as ledger:
        number = add(database, one, document("D-1"))
        one.simulator.faults.add(f"reset_after operation='{IMPORT}' times=1")
        one.simulator.faults.add("500 operation='GET /accounts/{}/invoices'")
        deliver = deliverer(ledger, one).deliver
        await deliver(number)
        one.simulator.faults.clear()
        Look(database).rows("DELETE FROM b2brouter.contents")
        assert (await deliver(number)).kind == "adopted"


async def test_a_refused_key_leaves_the_document_to_be_sent_later(database: str, tmp_path: Path) -> None:
    async with bench(tmp_path) as one, process(database) as ledger:
        number = add(database, one, document("D-1"))
        one.simulator.faults.add(f"401 operation='{IMPORT}' times=1")
        deliver = deliverer(ledger, one).deliver
        with pytest.raises(AuthenticationError):
            await deliver(number)
        assert Look(database).rows("SELECT stage, holder FROM b2brouter.documents") == [("open", None)]
        assert (await deliver(number)).kind == "created"


async def test_each_account_is_sent_with_the_client_that_sees_it(database: str, tmp_path: Path) -> None:
    asked: list[Destination] = []
    async with bench(tmp_path) as one, process(database) as ledger:

        def client_for(destination: Destination) -> B2Brouter:
            asked.append(destination)
            return one.client

        number = add(database, one, document("D-1"))
        assert (await deliverer(ledger, one, clients=client_for).deliver(number)).kind == "created"
        assert asked == [
            Destination(
                host=one.client.base_url,
                environment="sandbox",
                account=str(one.simulator.account),
                direction="issued",
            )
        ]
        other = Look(database).add(
            document("D-2"),
            hashlib.sha256(document("D-2")).hexdigest(),
            about=about(one, environment="production"),
        )
        with pytest.raises(ConfigurationError, match="environment production"):
            await deliverer(ledger, one).deliver(other)
        elsewhere = Look(database).add(
            document("D-3"),
            hashlib.sha256(document("D-3")).hexdigest(),
            about=about(one, host="https://elsewhere.example"),
        )
        with pytest.raises(ConfigurationError, match=r"goes to the host https://elsewhere\.example"):
            await deliverer(ledger, one).deliver(elsewhere)
        with pytest.raises(ArgumentError, match="no document 4711"):
            await deliverer(ledger, one).deliver(4711)
        assert one.accepted == {"D-1": 1}


async def test_a_cancelled_delivery_lets_go_of_the_document(database: str, tmp_path: Path) -> None:
    async with bench(tmp_path) as one, process(database) as ledger:
        number = add(database, one, document("D-1"))
        wire = one.wire.handle_async_request
        with anyio.CancelScope() as scope:

            async def handle(request: Any) -> Any:
                if request.method == "POST":
                    scope.cancel()
                    await anyio.sleep_forever()
                return await wire(request)

            one.wire.handle_async_request = handle
            await deliverer(ledger, one).deliver(number)
        one.wire.handle_async_request = wire
        await ledger.do(lambda: ledger.steps.find(0, ""))
        assert Look(database).held == 0
        assert (await deliverer(ledger, one).deliver(number)).kind in ("created", "adopted")
        assert one.accepted == {"D-1": 1}


@pytest.mark.parametrize("stride", [3, pytest.param(1, marks=pytest.mark.nightly)])
async def test_a_delivery_cancelled_at_any_step_is_settled_by_the_next_and_nothing_is_sent_twice(
    database: str, tmp_path: Path, stride: int
) -> None:
    cut, at = True, 1
    async with bench(tmp_path) as one, process(database) as ledger:
        alive = tasks_alive()
        while cut:
            number = add(database, one, document(f"D-{at}"))
            cut = await cancelled_at(at, partial(deliverer(ledger, one).deliver, number))
            assert tasks_alive() == alive, f"a task is left after a cancellation at step {at}"
            snapshot = one.client.limiter.snapshot()
            assert (snapshot.in_flight, snapshot.waiting) == (0, 0)
            await ledger.do(lambda: ledger.steps.find(0, ""))  # after what the cancelled call has handed in
            assert Look(database).held == 0
            assert (await deliverer(ledger, one).deliver(number)).kind in ("created", "adopted")
            assert one.accepted.pop(f"D-{at}") == 1
            at += stride
    assert at > 10


@define
class Gate:
    """Lets as many requests go as the test says, and stands before the client's own limiter."""

    behind: RateLimiter
    places: anyio.Semaphore = field(factory=lambda: anyio.Semaphore(0))
    waiting: int = 0
    outcomes: list[str] = field(factory=list[str])

    async def acquire(self, priority: int = 0, max_wait: float | None = None) -> Lease:
        self.waiting += 1
        try:
            await self.places.acquire()
        finally:
            self.waiting -= 1
        return await self.behind.acquire(priority, max_wait)

    def release(self, lease: Lease, outcome: Any, retry_after: float | None = None) -> None:
        self.outcomes.append(outcome)
        self.behind.release(lease, outcome, retry_after)

    async def until_waiting(self, count: int) -> None:
        with anyio.fail_after(30):
            while self.waiting != count:  # noqa: ASYNC110 - what comes to the gate has been in threads before
                await anyio.sleep(0.01)


@pytest.fixture
def gate(monkeypatch: pytest.MonkeyPatch) -> Callable[[Bench], Gate]:
    def close(one: Bench) -> Gate:
        pipeline: Any = one.client.caller.pipeline
        gate = Gate(pipeline.limiter)
        monkeypatch.setattr(pipeline, "limiter", gate)
        return gate

    return close


async def test_a_document_is_claimed_when_the_limiter_has_let_it_go_and_not_before(
    database: str, tmp_path: Path, gate: Callable[[Bench], Gate]
) -> None:
    async with bench(tmp_path) as one, process(database) as ledger:
        closed, look = gate(one), Look(database)
        numbers = [add(database, one, content) for content in documents(4)]
        deliver = deliverer(ledger, one).deliver
        async with anyio.create_task_group() as tasks:
            for number in numbers:
                tasks.start_soon(deliver, number)
            closed.places.release()  # somebody reads the account, for all of them
            for claimed in range(5):
                await closed.until_waiting(4 - claimed)
                with anyio.fail_after(30):
                    while len(one.accepted) < claimed:  # noqa: ASYNC110 - nor does the simulator
                        await anyio.sleep(0.01)
                assert look.one("SELECT sum(claims) FROM b2brouter.documents") == claimed
                closed.places.release()
        assert len(one.accepted) == 4
        assert closed.outcomes == ["ok"] * 5, "the token that was waited for is the one that was sent with"


async def test_a_token_that_nobody_needs_is_given_back(
    database: str, tmp_path: Path, gate: Callable[[Bench], Gate]
) -> None:
    async with (
        bench(tmp_path) as one,
        process(database, "one") as first,
        process(database, "two") as second,
    ):
        number = add(database, one, document("D-1"))
        entry = await first.do(lambda: first.steps.entry(number))
        assert entry is not None
        journal = await PostgresJournal.on(first, entry.about)
        await journal.claim(entry.row.__class__(stage="sending", outcome=entry.row.outcome))
        opened = gate(one)
        for _ in range(200):
            opened.places.release()
        assert (await deliverer(second, one).deliver(number)).kind == "unknown"
        assert opened.outcomes == ["ok", "unsent"], "the account was read, and nothing sent"
        opened.outcomes.clear()
        Look(database).end_lease(first)
        assert (await deliverer(second, one).deliver(number)).kind == "created"
        assert opened.outcomes[1] == "unsent", (
            "looking for what is in doubt takes a while: nobody waits behind it"
        )

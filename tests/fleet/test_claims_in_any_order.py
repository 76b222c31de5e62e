"""Claims, beats, leases that end, processes that wake, and records, in any order on a real database."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import pytest
from anyio.from_thread import start_blocking_portal
from attrs import define, field
from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    invariant,
    multiple,
    rule,
    run_state_machine_as_test,
)

from b2brouter_async.bulk import ClaimLostError, LeaseTimes, Ledger

from .support import Look, journal_of, row
from .test_claims import created

if TYPE_CHECKING:
    from anyio.from_thread import BlockingPortal

    from b2brouter_async.bulk import PostgresJournal
    from b2brouter_async.bulk.journal.postgres.row import LedgerRow

PROCESSES = 3
# Two of the documents have one number.
NUMBERS = {"a" * 64: "F-1", "b" * 64: "F-1", "c" * 64: "F-2"}
NO_BEATS = LeaseTimes(lease=3600, beat=3000, margin=1)


@define
class Document:
    """What must be true of a document."""

    stage: str | None = None
    fence: int = 0
    holder: int | None = None
    invoice: int | None = None
    grants: int = 0
    sightings: list[int] = field(factory=list[int])


class Claims(RuleBasedStateMachine):
    """Three processes, and a model of who may do what."""

    url: str
    portal: BlockingPortal
    handed_out = Bundle("handed_out")

    def __init__(self) -> None:
        super().__init__()
        self.look = Look(self.url)
        self.look.rows("TRUNCATE b2brouter.journals, b2brouter.holders, b2brouter.documents CASCADE")
        self.ledgers: list[Ledger] = []
        self.journals: list[PostgresJournal] = []
        for number in range(PROCESSES):
            ledger = self.portal.call(self._open, f"process-{number}")
            self.ledgers.append(ledger)
            self.journals.append(self.portal.call(journal_of, ledger))
        self.documents = {key: Document() for key in NUMBERS}
        self.expired: set[int] = set()
        self.buried: set[int] = set()
        self.latest: dict[str, tuple[int, LedgerRow]] = {}
        self.invoices = 100

    async def _open(self, name: str) -> Ledger:
        return await Ledger.open(self.url, name=name, times=NO_BEATS)

    def teardown(self) -> None:
        for ledger in self.ledgers:
            self.portal.call(ledger.close)

    def alive(self, document: Document) -> bool:
        return document.holder is not None and document.holder not in self.buried

    def handed(self, process: int, key: str, claimed: LedgerRow) -> tuple[int, str, LedgerRow]:
        """Note a claim; whoever had the document before decides nothing any more, from this moment on."""
        before = self.latest.get(key)
        self.latest[key] = (process, claimed)
        if before is not None:
            other, old = before
            with pytest.raises(ClaimLostError):
                self.portal.call(self.journals[other].send_again, old, 2)
        return (process, key, claimed)

    @rule(target=handed_out, process=st.integers(0, PROCESSES - 1), key=st.sampled_from(sorted(NUMBERS)))
    def claim(self, process: int, key: str) -> Any:
        document, me = self.documents[key], self.ledgers[process].holder.id
        answer = self.portal.call(self.journals[process].claim, row(key, NUMBERS[key]))
        if document.stage == "done":
            assert not answer.granted
            assert answer.row.settled
            assert answer.row.outcome.invoice_id == document.invoice
            return multiple()
        if document.stage is None:
            others = [
                other
                for name, other in self.documents.items()
                if name != key and NUMBERS[name] == NUMBERS[key] and other.stage == "sending"
            ]
            if others:
                assert not answer.granted
                assert answer.held is not None
                works = self.alive(others[0]) and others[0].holder not in self.expired
                assert (answer.first is None) == works
                return multiple()
            assert answer.granted
            document.grants += 1
            document.stage = "sending"
        else:
            assert not answer.granted, "it was perhaps sent: nobody sends it again before a look"
            if self.alive(document):
                if document.holder not in self.expired:
                    assert answer.held is not None
                    return multiple()
                assert document.holder is not None
                self.buried.add(document.holder)
            assert answer.held is None
        claimed = cast("LedgerRow", answer.row)
        document.holder, document.fence = me, claimed.fence
        return self.handed(process, key, claimed)

    @rule(target=handed_out, process=st.integers(0, PROCESSES - 1))
    def take_over_leftovers(self, process: int) -> Any:
        rows: list[LedgerRow] = self.portal.call(self.journals[process].unsettled, 0, 100, "sending")
        self.buried |= self.expired
        left = {key for key, one in self.documents.items() if one.stage == "sending" and not self.alive(one)}
        assert {one.key for one in rows} == left
        for one in rows:
            self.documents[one.key].holder = self.ledgers[process].holder.id
            self.documents[one.key].fence = one.fence
        return multiple(*(self.handed(process, one.key, one) for one in rows))

    @rule(process=st.integers(0, PROCESSES - 1))
    def beat(self, process: int) -> None:
        ledger = self.ledgers[process]
        before = ledger.holder.id
        ledger.holder.due = 0.0
        self.portal.call(self.journals[process].find, "")
        if before in self.buried:
            assert ledger.holder.id != before, "the buried never come back"
        else:
            assert ledger.holder.id == before
            self.expired.discard(before)

    @rule(process=st.integers(0, PROCESSES - 1))
    def expire(self, process: int) -> None:
        self.look.end_lease(self.ledgers[process])
        self.expired.add(self.ledgers[process].holder.id)

    @rule(claim=handed_out)
    def wake_before_a_step_of_the_sending(self, claim: Any) -> None:
        process, _, claimed = claim
        guard = self.journals[process].guard(claimed)
        if claimed.holder == self.ledgers[process].holder.id:
            guard()
        else:
            with pytest.raises(ClaimLostError):
                guard()

    @rule(claim=handed_out)
    def decide_to_send_again(self, claim: Any) -> None:
        process, key, claimed = claim
        document = self.documents[key]
        if document.stage == "done":
            return
        if claimed.fence != document.fence:
            with pytest.raises(ClaimLostError):
                self.portal.call(self.journals[process].send_again, claimed, 2)
            return
        seen = self.portal.call(self.journals[process].send_again, claimed, 2)
        assert seen == (document.sightings[-1] if document.sightings else None)

    @rule(claim=handed_out)
    def let_go(self, claim: Any) -> None:
        process, key, claimed = claim
        self.journals[process].let_go(claimed)
        self.portal.call(self.journals[process].find, "")
        if claimed.fence == self.documents[key].fence:
            self.documents[key].holder = None

    @rule(claim=consumes(handed_out))
    def record(self, claim: Any) -> None:
        process, key, claimed = claim
        document = self.documents[key]
        self.invoices += 1
        mine = created(claimed, self.invoices)
        if claimed.fence == document.fence:
            self.portal.call(self.journals[process].record, mine)
            document.stage, document.holder, document.invoice = "done", None, self.invoices
        else:
            with pytest.raises(ClaimLostError):
                self.portal.call(self.journals[process].record, mine)
            document.sightings.append(self.invoices)

    @invariant()
    def the_database_agrees(self) -> None:
        found = {
            key: (stage, holder, fence, invoice)
            for key, stage, holder, fence, invoice in self.look.rows(
                "SELECT sha256, stage, holder, fence, invoice_id FROM b2brouter.documents"
            )
        }
        assert found == {
            key: (one.stage, one.holder, one.fence, one.invoice)
            for key, one in self.documents.items()
            if one.stage is not None
        }
        sightings = self.look.rows(
            "SELECT d.sha256, s.invoice_id FROM b2brouter.sightings s JOIN b2brouter.documents d ON d.id = s.document"
            " ORDER BY s.id"
        )
        for key, one in self.documents.items():
            assert one.grants <= 1
            assert [invoice for name, invoice in sightings if name == key] == one.sightings
        dead = self.look.rows("SELECT id FROM b2brouter.holders WHERE buried IS NOT NULL")
        assert {holder for (holder,) in dead} == self.buried


@pytest.mark.nightly
@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_whatever_comes_in_between_a_document_has_one_owner_and_one_outcome(
    database: str, backend: str
) -> None:
    with start_blocking_portal(backend) as portal:
        machine = type("ClaimsHere", (Claims,), {"url": database, "portal": portal})
        usual = settings.default
        assert usual is not None
        few = settings(
            max_examples=usual.max_examples // 5,
            stateful_step_count=30,
            # What fails is told as it was found: each shorter story would be played on the database again, for minutes.
            phases=[Phase.explicit, Phase.generate],
            report_multiple_bugs=False,
        )
        run_state_machine_as_test(machine, settings=few)

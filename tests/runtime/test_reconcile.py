from __future__ import annotations

import datetime
import json
import unicodedata
from typing import TYPE_CHECKING, Any

import anyio.lowlevel
import httpx
import pytest
from attrs import define, evolve, field

from b2brouter_async import (
    ArgumentError,
    B2Brouter,
    DuplicateNumberError,
    OutcomeUnknownError,
    RateLimitTimeout,
    UnprocessableError,
    data_uri,
)
from b2brouter_async._call import content
from b2brouter_async._call.retry_policy import RetryPolicy
from b2brouter_async._reconcile.reconcile import Reconciliation
from b2brouter_async._reconcile.sought import plain_document, sought_invoice
from b2brouter_async.resources.invoices import AmbiguousNumberError

from .conftest import KEY, RecordingLimiter

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping
    from pathlib import Path

pytestmark = pytest.mark.anyio

UBL = b"""<Invoice xmlns="urn:oasis:names:specification:ubl:schema:xsd:Invoice-2"
 xmlns:cbc="urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2"
 xmlns:cac="urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2">
<cbc:ID>F-1</cbc:ID><cbc:IssueDate>2026-03-04</cbc:IssueDate><cbc:DocumentCurrencyCode>EUR</cbc:DocumentCurrencyCode>
</Invoice>"""
INVOICE: Mapping[str, object] = {"number": "F-1", "date": "2026-03-04", "currency": "EUR"}


async def no_time(seconds: float) -> None:
    """A pause between two attempts, which no test waits for."""
    await anyio.lowlevel.checkpoint()


@define
class Server:
    """A B2Brouter that loses replies on demand, and whose lists lag."""

    retry: RetryPolicy | None = None
    losses: list[str] = field(factory=list)
    """For each write: `` answers, `before` breaks off before it is carried out, `after` after, or a status."""
    lag: int = 0
    """How many lists don't show yet what was made."""
    rows: list[dict[str, Any]] = field(factory=list)
    originals: dict[int, bytes] = field(factory=dict)
    writes: int = 0
    lists: list[dict[str, str]] = field(factory=list)
    list_status: int = 200
    original_status: int = 200
    naps: list[float] = field(factory=list)
    received: bool = False
    transforms: bool = False
    unique: bool = True
    fills: int = -1
    """After how many lists the limiter has no place any more."""
    spells: dict[str, str] = field(factory=dict)
    """What becomes of a number."""
    limiter: RecordingLimiter = field(factory=RecordingLimiter)

    def put(self, number: str, **changes: Any) -> dict[str, Any]:
        row = {
            "id": len(self.rows) + 1,
            "type": "ReceivedInvoice" if self.received else "IssuedInvoice",
            "number": self.spells.get(number, number),
            "state": "new",
            "date": "2026-03-04",
            "currency": "EUR",
            "total": 121,
            "created_at": datetime.datetime.now(datetime.UTC).isoformat(),
            **changes,
        }
        self.rows.append(row)
        return row

    def answer(self, request: httpx.Request) -> httpx.Response:
        path = request.url.path
        if request.method == "POST":
            return self._write(request)
        if path.endswith("/as/original"):
            if self.original_status != 200:
                return httpx.Response(self.original_status)
            original = self.originals.get(int(path.split("/")[2]))
            return httpx.Response(404) if original is None else httpx.Response(200, content=original)
        if path.startswith("/invoices/"):
            row = next(row for row in self.rows if row["id"] == int(path.split("/")[2]))
            return httpx.Response(200, json={"invoice": row})
        query = dict(request.url.params)
        self.lists.append(query)
        self.limiter.full = len(self.lists) == self.fills
        if self.list_status != 200:
            return httpx.Response(self.list_status)
        kind = query.get("type", "IssuedInvoice")
        shown = [r for r in self.rows if r["number"].startswith(query["number"]) and r["type"] == kind]
        if len(self.lists) <= self.lag:
            shown = []
        meta = {"total_count": len(shown), "offset": 0, "limit": 500}
        return httpx.Response(200, json={"invoices": shown, "meta": meta})

    def _write(self, request: httpx.Request) -> httpx.Response:
        self.writes += 1
        loss = self.losses.pop(0) if self.losses else ""
        if loss == "before":
            raise httpx.ReadTimeout("lost")
        content = request.content
        sent = (
            {"number": "F-1", "currency": "EUR"}
            if request.url.path.endswith("/import")
            else json.loads(content)["invoice"]
        )
        number = sent.pop("number")
        if loss.isdigit() and not loss.startswith("2"):
            return httpx.Response(int(loss))
        if self.unique and any(row["number"] == number for row in self.rows):
            error = {"code": "parameter_taken", "param": "number", "message": "Number has already been taken"}
            return httpx.Response(422, json={"error": error})
        row = self.put(number, **sent)
        if request.url.path.endswith("/import"):
            self.originals[row["id"]] = b"other" if self.transforms else plain_document(content)
        if loss == "after":
            raise httpx.RemoteProtocolError("lost")
        if loss == "201":
            return httpx.Response(201, content=b'{"invo')
        if loss == "200":
            return httpx.Response(200, json={"invoice": {"id": "?"}})
        return httpx.Response(201, json={"invoice": row})

    def client(self) -> B2Brouter:
        http_client = httpx.AsyncClient(transport=httpx.MockTransport(self.answer))
        client = B2Brouter(KEY, http_client=http_client, limiter=self.limiter, account=1, retry=self.retry)
        client.caller.pipeline.sleep = no_time
        return client

    @property
    def patience(self) -> Reconciliation:
        async def nap(seconds: float) -> None:
            self.naps.append(seconds)

        return Reconciliation(sleep=nap, clock=lambda: sum(self.naps))

    async def create(self, **options: Any) -> int:
        options = {"invoice": INVOICE, "on_unknown": "reconcile", "reconciliation": self.patience, **options}
        invoice = await self.client().invoices.create(**options)
        return invoice.id

    async def import_(self, content: Any = UBL, **options: Any) -> int:
        invoice = await self.client().invoices.import_document(
            content=content, on_unknown="reconcile", reconciliation=self.patience, **options
        )
        return invoice.id


async def test_without_trouble_nothing_is_looked_for() -> None:
    server = Server()
    assert await server.create() == 1
    assert (server.writes, server.lists) == (1, [])


@pytest.mark.parametrize("loss", ["after", "201", "200"])
async def test_what_was_made_and_lost_is_adopted(loss: str) -> None:
    server = Server(losses=[loss])
    assert await server.create() == 1
    assert (server.writes, len(server.rows)) == (1, 1)
    server = Server(losses=[loss])
    assert await server.import_() == 1
    assert (server.writes, len(server.rows)) == (1, 1)


async def test_a_list_that_lags_is_looked_at_again() -> None:
    server = Server(losses=["after"], lag=2)
    assert await server.create() == 1
    assert (server.writes, len(server.lists), server.naps) == (1, 3, [0.0, 1.0, 3.0])


@pytest.mark.parametrize("loss", ["before", "503", "408"])
async def test_what_is_provably_absent_is_sent_again(loss: str) -> None:
    server = Server(losses=[loss])
    assert await server.create() == 1
    assert (server.writes, len(server.rows), len(server.lists)) == (2, 1, 4)


async def test_a_lost_request_that_arrives_late_is_adopted_after_all() -> None:
    server = Server(losses=["after"], lag=4)
    assert await server.create() == 1  # the second is refused as a duplicate, and then the first is seen
    assert (server.writes, len(server.rows), len(server.lists)) == (2, 1, 5)


async def test_what_was_accepted_but_is_shown_nowhere_is_not_sent_again() -> None:
    server = Server(losses=["201"], lag=99)
    with pytest.raises(OutcomeUnknownError) as caught:
        await server.create()
    assert (server.writes, caught.value.number, caught.value.account) == (1, "F-1", "1")


async def test_a_number_that_was_taken_meanwhile_is_not_sent_a_third_time() -> None:
    server = Server(losses=["after"], lag=99)
    with pytest.raises(OutcomeUnknownError):
        await server.create()
    assert (server.writes, len(server.lists)) == (2, 8)


async def test_what_stays_lost_is_sent_three_times_at_most() -> None:
    server = Server(losses=["before"] * 9)
    with pytest.raises(OutcomeUnknownError):
        await server.create()
    assert server.writes == 3


async def test_a_longer_number_is_not_taken_for_it() -> None:
    server = Server(losses=["before"])
    server.put("F-10")
    assert await server.create() == 2
    assert server.writes == 2


async def test_a_look_that_fails_proves_nothing() -> None:
    server = Server(losses=["before"], list_status=403)
    with pytest.raises(OutcomeUnknownError) as caught:
        await server.create()
    assert server.writes == 1
    assert "403" in caught.value.__notes__[0]


async def test_a_real_duplicate_is_one() -> None:
    server = Server()
    server.put("F-1")
    with pytest.raises(DuplicateNumberError):
        await server.create()
    assert not server.lists


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"created_at": "2020-01-01T00:00:00Z"}, "before this call"),
        ({"date": "2026-03-05"}, "date is 2026-03-04 here and 2026-03-05 there"),
    ],
)
async def test_an_older_or_another_invoice_of_the_same_number_is_not_adopted(
    change: dict[str, Any], reason: str
) -> None:
    server = Server(losses=["before"])
    server.put("F-1", **change)
    with pytest.raises(DuplicateNumberError, match=reason):
        await server.create()
    assert server.writes == 1


async def test_a_refusal_after_the_second_sending_is_told() -> None:
    server = Server(losses=["before", "422"])
    with pytest.raises(UnprocessableError):
        await server.create()


async def test_reconciling_needs_a_number() -> None:
    client = Server().client()
    with pytest.raises(ArgumentError, match="number"):
        await client.invoices.create(invoice={"currency": "EUR"}, on_unknown="reconcile")
    with pytest.raises(ArgumentError, match="on_unknown"):
        await client.invoices.create(invoice=INVOICE, on_unknown="perhaps")  # type: ignore[arg-type]


async def test_an_import_is_recognised_by_its_bytes(tmp_path: Path) -> None:
    async def stream() -> AsyncIterator[bytes]:
        yield UBL[:9]
        yield UBL[9:]

    path = tmp_path / "a.xml"
    path.write_bytes(UBL)
    for document in (UBL, path, stream(), data_uri(UBL, "a.xml", "application/xml")):
        server = Server(losses=["after"])
        assert await server.import_(document) == 1
        assert server.writes == 1


async def test_a_received_import_is_adopted_by_its_bytes_among_acknowledged_ones() -> None:
    server = Server(losses=["after"], received=True)
    server.put("F-1", created_at="2020-01-01T00:00:00Z")  # another supplier's
    server.originals[1] = b"<other/>"
    server.unique = False
    assert await server.import_(issued=False) == 2
    assert server.lists[0]["type"] == "ReceivedInvoice"
    assert server.lists[0]["ack"] == "true"
    assert server.writes == 1


async def test_a_received_import_of_other_bytes_is_neither_adopted_nor_sent_again() -> None:
    server = Server(losses=["after"], received=True, transforms=True)
    with pytest.raises(OutcomeUnknownError) as caught:
        await server.import_(issued=False)
    assert server.writes == 1
    assert "compare" in caught.value.__notes__[0]


async def test_an_import_of_unknown_direction_is_looked_for_in_both() -> None:
    server = Server(losses=["after"], received=True)
    assert await server.import_() == 1
    assert [query.get("type") for query in server.lists] == ["IssuedInvoice", "ReceivedInvoice"]


async def test_an_issued_import_whose_original_is_not_kept_is_adopted_by_its_number() -> None:
    server = Server(losses=["before"])
    server.put("F-1")
    assert await server.import_(issued=True) == 1
    assert server.writes == 1


@pytest.mark.parametrize("status", [401, 403, 500])
async def test_an_original_that_cannot_be_had_just_now_proves_nothing(status: int) -> None:
    server = Server(losses=["before"], original_status=status)
    server.put("F-1")
    with pytest.raises(OutcomeUnknownError) as caught:
        await server.import_(issued=True)
    assert server.writes == 1
    assert str(status) in caught.value.__notes__[0]


async def test_a_document_without_a_number_stays_unknown() -> None:
    server = Server(losses=["before"])
    with pytest.raises(OutcomeUnknownError) as caught:
        await server.import_(b"%PDF-1.7 nothing")
    assert server.writes == 1
    assert "no number" in caught.value.__notes__[0]


async def test_an_import_of_unknown_fate_names_the_number_of_its_document() -> None:
    server = Server(losses=["before"])
    with pytest.raises(OutcomeUnknownError) as caught:
        await server.client().invoices.import_document(content=UBL)
    assert (caught.value.number, caught.value.account, server.lists) == ("F-1", "1", [])
    assert "F-1" in str(caught.value)


async def test_a_document_that_cannot_be_read_again_hides_no_unknown_fate(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def gone(_: object) -> bytes:
        raise OSError("the disk is gone")

    monkeypatch.setattr(content, "read_content", gone)
    with pytest.raises(OutcomeUnknownError) as caught:
        await Server(losses=["before"]).client().invoices.import_document(content=UBL)
    assert caught.value.number is None


async def test_the_deadline_holds_for_looking_too() -> None:
    server = Server(losses=["before"])
    with pytest.raises(OutcomeUnknownError) as caught:
        await server.create(
            deadline=3500.0, reconciliation=evolve(server.patience, looks=(0.0, 1000.0, 3000.0))
        )
    assert server.writes == 1
    assert len(server.lists) == 2
    assert "deadline" in caught.value.__notes__[0]


async def test_an_invoice_that_a_failing_second_sending_leaves_behind_is_still_in_doubt() -> None:
    server = Server(losses=["before", "429"], retry=RetryPolicy(refused_for=0.0))
    with pytest.raises(OutcomeUnknownError) as caught:
        await server.create()
    assert "sending it again failed" in caught.value.__notes__[0]
    assert "429" in caught.value.__notes__[0]
    assert len(server.rows) == 0


async def test_a_conflict_of_the_second_sending_may_be_with_the_first() -> None:
    server = Server(losses=["before", "409"])
    with pytest.raises(OutcomeUnknownError) as caught:
        await server.create()
    assert "409" in caught.value.__notes__[0]


async def test_a_limiter_that_closes_before_the_second_sending_does_not_claim_that_nothing_was_sent() -> None:
    server = Server(losses=["before"], fills=4)
    with pytest.raises(OutcomeUnknownError) as caught:
        await server.create()
    assert (server.writes, caught.value.number) == (1, "F-1")
    assert "sending it again failed" in caught.value.__notes__[0]


async def test_two_that_could_be_it_are_neither_adopted_nor_sent_again() -> None:
    server = Server(losses=["before"])
    # Made in this very minute, with a language that the account or somebody else has chosen.
    server.put("F-1", language="es")
    server.put("F-1", language="ca")
    with pytest.raises(OutcomeUnknownError) as caught:
        await server.create()
    assert server.writes == 1
    assert "invoice 1 and 2" in caught.value.__notes__[0]


async def test_an_older_invoice_of_a_series_that_was_not_named_does_not_stand_in_the_way() -> None:
    server = Server(losses=["before"], unique=False)
    server.put("F-1", series_code="A", created_at="2020-01-01T00:00:00Z")
    assert await server.create() == 2
    assert server.writes == 2


@pytest.mark.parametrize("older", [{"date": "2019-03-04"}, {"created_at": "2020-01-01T00:00:00Z"}])
async def test_an_invoice_without_a_date_is_not_taken_for_one_of_another_year(older: dict[str, Any]) -> None:
    today = datetime.datetime.now(datetime.UTC).date().isoformat()
    server = Server(losses=["before"], unique=False)
    server.put("F-1", **{"date": today, "created_at": None, **older})
    assert await server.create(invoice={"number": "F-1", "currency": "EUR"}) == 2
    assert server.writes == 2


async def test_an_invoice_that_says_too_little_about_its_age_is_not_adopted_for_its_number() -> None:
    today = datetime.datetime.now(datetime.UTC).date().isoformat()
    server = Server(losses=["before"])
    server.put("F-1", date=today, created_at=None)
    with pytest.raises(OutcomeUnknownError, match="F-1") as caught:
        await server.create(invoice={"number": "F-1", "currency": "EUR"})
    assert server.writes == 1
    assert "compare" in caught.value.__notes__[0]


@pytest.mark.parametrize("how", [{"looks": ()}, {"looks": (0.0, -1.0)}, {"sends": 0}])
def test_looking_nowhere_proves_nothing(how: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=next(iter(how))):
        Reconciliation(**how)


def test_a_date_with_a_time_is_recognised_by_its_day() -> None:
    noon = datetime.datetime(2026, 3, 4, 12, tzinfo=datetime.UTC)
    for date in (noon, noon.date(), "2026-03-04", noon.isoformat()):
        sought = sought_invoice({"number": "F-1", "date": date})
        assert sought is not None
        assert sought.date == datetime.date(2026, 3, 4)
    sought = sought_invoice({"number": "F-1", "date": "soon"})
    assert sought is not None
    assert sought.date is None


async def test_a_full_limiter_is_no_unknown_fate() -> None:
    server = Server()
    server.limiter.full = True
    with pytest.raises(RateLimitTimeout):
        await server.create(deadline=5.0)


async def test_a_number_is_found_whole_by_series_and_year() -> None:
    server = Server()
    server.put("F-1", series_code="A", date="2025-12-31")
    server.put("F-1", series_code="B", date="2026-01-01")
    server.put("F-12", series_code="B", date="2026-01-01")
    server.received = True
    server.put("F-1", series_code=None)
    find = server.client().invoices.find_by_number
    assert (await find("F-1", series="A")).id == 1  # type: ignore[union-attr]
    assert (await find("F-1", account=1, year=2026)).id == 2  # type: ignore[union-attr]
    assert (await find("F-1", account=1, type="ReceivedInvoice")).id == 4  # type: ignore[union-attr]
    assert await find("F", account=1) is None
    assert await find("F-1", series="C") is None
    with pytest.raises(AmbiguousNumberError) as caught:
        await find("F-1")
    assert caught.value.ids == (1, 2)
    with pytest.raises(ArgumentError):
        await find("")


async def test_the_received_queue_and_all_received_are_told_apart() -> None:
    seen: list[dict[str, str]] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(dict(request.url.params))
        return httpx.Response(200, json={"invoices": [], "meta": {}})

    client = B2Brouter(
        KEY,
        http_client=httpx.AsyncClient(transport=httpx.MockTransport(answer)),
        limiter=RecordingLimiter(),
        account=1,
    )
    await client.invoices.pending()
    await client.invoices.list_received(date_from="2026-01-01")
    assert seen == [
        {"type": "ReceivedInvoice", "ack": "false"},
        {"type": "ReceivedInvoice", "ack": "true", "date_from": "2026-01-01"},
    ]


@pytest.mark.parametrize(
    ("sent", "shown"),
    [
        (unicodedata.normalize("NFD", "Cañón-1"), unicodedata.normalize("NFC", "Cañón-1")),
        (unicodedata.normalize("NFC", "Cañón-1"), unicodedata.normalize("NFD", "Cañón-1")),
        ("F-1 ", "F-1"),
        (" F-1", "F-1"),
    ],
)
async def test_a_number_that_the_server_spells_its_own_way_is_found_and_not_sent_again(
    sent: str, shown: str
) -> None:
    server = Server(losses=["after"], spells={sent: shown})
    assert await server.create(invoice={**INVOICE, "number": sent}) == 1
    assert server.writes == 1
    assert len(server.rows) == 1


async def test_of_two_numbers_that_differ_in_space_alone_the_one_that_was_sent_is_taken() -> None:
    server = Server(losses=["after"])
    server.put("F-1", **{key: value for key, value in INVOICE.items() if key != "number"})
    assert await server.create(invoice={**INVOICE, "number": "F-1 "}) == 2
    assert server.writes == 1

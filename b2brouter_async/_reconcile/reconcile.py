"""Settles invoice writes of unknown fate by their number (behaviours 24 and 25).

There is no idempotency key for invoices. The guard is the number: the server refuses a second issued invoice with the
same account, series and year. So what was lost can be looked for, taken over if it is there, and sent again if it is
provably not.
"""

from __future__ import annotations

import base64
import binascii
import datetime
import hashlib
import math
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Literal, Protocol, TypeAlias, cast

from attrs import field, frozen, validators

from .._core.backoff import Backoff, Waiting
from ..errors import (
    APIStatusError,
    ArgumentError,
    B2BrouterError,
    DuplicateNumberError,
    OutcomeUnknownError,
    UnparsableReplyError,
)

if TYPE_CHECKING:
    from .._core.replies import Download
    from .._core.requests import AccountId
    from ..generated.models.invoice import Invoice
    from ..generated.models.invoice_list_item import InvoiceListItem

_CLOCKS_APART = datetime.timedelta(minutes=10)
"""How far the server's clock may be from ours; what is older than our call by more was there before it."""

ISSUED = "IssuedInvoice"
RECEIVED = "ReceivedInvoice"


@frozen
class Reconciliation(Waiting):
    """How patiently a write of unknown fate is looked for."""

    looks: tuple[float, ...] = field(
        default=(0.0, *Backoff(first=1.0, factor=3.0).pauses(within=10.0)),
        validator=[validators.min_len(1), validators.deep_iterable(validators.ge(0))],
    )
    """Seconds to wait before each look: a list may lag behind what was created."""
    sends: int = field(default=3, validator=validators.ge(1))
    """How often the invoice is sent at most, each further time only after it was provably absent."""


@frozen
class Sought:
    """What an invoice is recognised by."""

    number: str
    series: str | None = None
    date: datetime.date | None = None
    types: tuple[str, ...] = (ISSUED,)
    sha256: str | None = None
    """Of the document as sent, for imports."""


class Shelf(Protocol):
    """Where invoices are looked for: the invoices of a client."""

    async def find_all_by_number(
        self,
        account: AccountId | None,
        number: str,
        *,
        series: str | None = None,
        year: int | None = None,
        type: str | None = None,
        deadline: float | None = None,
    ) -> Sequence[InvoiceListItem]:
        """Return what carries the number."""
        ...

    async def get(self, invoice_id: int, *, deadline: float | None = None) -> Invoice:
        """Return one invoice."""
        ...

    async def download(
        self, invoice_id: int, document_type_code: str, *, deadline: float | None = None
    ) -> Download:
        """Return one of an invoice's documents."""
        ...


async def settle(
    send: Callable[[float | None], Awaitable[Invoice]],
    shelf: Shelf,
    account: AccountId | None,
    describe: Callable[[], Awaitable[Sought | None]],
    how: Reconciliation,
    *,
    deadline: float | None = None,
) -> Invoice:
    """Send an invoice until it is there exactly once.

    Args:
        send: sends it once, within a number of seconds; raises OutcomeUnknownError where its fate is unknown.
        shelf: where to look for it.
        account: whose it is.
        describe: tells what to look for; None where that can't be told.
        how: how patiently.
        deadline: seconds for sending, looking and sending again together.

    Returns:
        The invoice, made just now or found.

    Raises:
        OutcomeUnknownError: it is still not known: it can't be recognised, the looks failed, or time ran out.
        DuplicateNumberError: another invoice had this number before.
        B2BrouterError: whatever refuses the invoice.
    """
    began = datetime.datetime.now(datetime.UTC)
    ends = math.inf if deadline is None else how.clock() + deadline
    doubt: OutcomeUnknownError | None = None
    for _ in range(how.sends):
        accepted = False
        try:
            return await send(_left(how, ends))
        except OutcomeUnknownError as error:
            doubt = error
            accepted = error.status is not None and 200 <= error.status < 300
        except UnparsableReplyError as error:
            if error.status is None or not 200 <= error.status < 300:
                raise
            doubt, accepted = _doubt_of(error), True
        except DuplicateNumberError:
            if doubt is None:
                raise
            # The number was free a moment ago: the lost request has arrived after all.
            accepted = True
        except B2BrouterError as error:
            if doubt is None or _refuses(error):
                raise
            # That this sending failed is certain, but what became of the first is not.
            doubt.add_note(f"sending it again failed: {error}")
            raise doubt from error
        doubt.account = doubt.account or (None if account is None else str(account))
        sought = await describe()
        if sought is None:
            doubt.add_note("no number could be read from the document, so it could not be looked for")
            raise doubt
        doubt.number = sought.number
        doubt.advice = (
            "It was looked for; look again with client.invoices.find_by_number before sending it again"
        )
        found = await _look(_Search(shelf, account, sought, began, how, ends, doubt))
        if found is not None:
            return found
        if accepted:
            # The server has it, but shows it nowhere yet: sending again could make a second one.
            break
    assert doubt is not None
    raise doubt


def _refuses(error: B2BrouterError) -> bool:
    """Tell whether an error is about the invoice, so that no sending of it can have been taken."""
    return isinstance(error, APIStatusError) and error.status in (400, 413, 415, 422)


def _left(how: Reconciliation, ends: float) -> float | None:
    return None if math.isinf(ends) else max(ends - how.clock(), 0.001)


@frozen
class _Search:
    """One search for one invoice."""

    shelf: Shelf
    account: AccountId | None
    sought: Sought
    began: datetime.datetime
    how: Reconciliation
    ends: float
    doubt: OutcomeUnknownError

    @property
    def left(self) -> float | None:
        return _left(self.how, self.ends)


async def _look(search: _Search) -> Invoice | None:
    """Look several times; return the invoice, or None if it is provably nowhere."""
    doubt, sought = search.doubt, search.sought
    similar: tuple[int, ...] = ()
    for pause in search.how.looks:
        if search.how.clock() + pause >= search.ends:
            doubt.add_note("the deadline left no time to look for it")
            raise doubt
        await search.how.sleep(pause)
        try:
            for kind in sought.types:
                rows = await search.shelf.find_all_by_number(
                    search.account,
                    sought.number,
                    series=sought.series,
                    year=sought.date.year if sought.date else None,
                    type=kind,
                    deadline=search.left,
                )
                likely: list[int] = []
                unclear: list[int] = []
                for row in rows:
                    verdict = await _compared(search, row)
                    if verdict == "same":
                        return await search.shelf.get(row.id, deadline=search.left)
                    if verdict != "other":
                        (likely if verdict == "likely" else unclear).append(row.id)
                if len(likely) == 1:
                    return await search.shelf.get(likely[0], deadline=search.left)
                similar = (*likely, *unclear) or similar
        except DuplicateNumberError:
            raise
        except B2BrouterError as error:
            # A look that fails proves nothing, and least of all that the invoice is absent.
            doubt.add_note(f"looking for it failed: {error}")
            raise doubt from error
    if similar:
        ids = " and ".join(map(str, similar))
        doubt.add_note(f"invoice {ids}: the same number, but perhaps not this invoice: compare them")
        raise doubt
    return None


Verdict: TypeAlias = Literal["same", "likely", "unclear", "other"]
"""same: the very bytes. likely: nothing speaks against it. unclear: it could be. other: it is another invoice."""


async def _compared(search: _Search, row: InvoiceListItem) -> Verdict:
    """Compare a row with the invoice that was sent."""
    sought = search.sought
    same = None if sought.sha256 is None else await _same_original(search, row.id, sought.sha256)
    if same:
        return "same"
    if _is_older(search, row):
        # Where the series or the year is the server's choice, another one may hold the number as well.
        if sought.types == (ISSUED,) and sought.date is not None and sought.series == row.series_code:
            doubt = search.doubt
            raise DuplicateNumberError(
                status=422,
                code="parameter_taken",
                param="number",
                message=f"invoice {row.id} had the number {sought.number} before this call",
            ).about(operation=doubt.operation, method=doubt.method, path=doubt.path, attempts=doubt.attempts)
        # Suppliers choose their numbers without asking one another: a number alone proves nothing.
        return "other"
    if sought.sha256 is not None:
        return "likely" if same is None and sought.types == (ISSUED,) else "unclear"
    return "likely" if sought.date is not None or row.created_at is not None else "unclear"


def _is_older(search: _Search, row: InvoiceListItem) -> bool:
    """Tell whether a row was there before the call, or is of another day."""
    if row.created_at is not None and row.created_at < search.began - _CLOCKS_APART:
        return True
    if row.date is None:
        return False
    if search.sought.date is not None:
        return row.date != search.sought.date
    # The server dates it with the day of the call, by its own calendar.
    return abs(row.date - search.began.date()) > datetime.timedelta(days=1)


async def _same_original(search: _Search, invoice_id: int, sha256: str) -> bool | None:
    try:
        original = await search.shelf.download(invoice_id, "original", deadline=search.left)
    except APIStatusError as error:
        if error.status not in (404, 406, 422):
            raise
        return None  # not every invoice has one
    return hashlib.sha256(original.content).hexdigest() == sha256


def _doubt_of(error: UnparsableReplyError) -> OutcomeUnknownError:
    doubt = OutcomeUnknownError(
        error.problem,
        advice="The server accepted it: look for it with client.invoices.find_by_number, don't send it again",
        status=error.status,
        request_id=error.request_id,
    )
    return doubt.about(
        operation=error.operation, method=error.method, path=error.path, attempts=error.attempts
    )


def described(invoice: object) -> Sought:
    """Tell what an invoice that is created will be recognised by.

    Args:
        invoice: an InvoiceInput, or a mapping with its keys.

    Raises:
        ArgumentError: it has no number, so nothing could be recognised.
    """

    def value(name: str) -> object:
        if isinstance(invoice, Mapping):
            return cast("Mapping[str, object]", invoice).get(name)
        return getattr(invoice, name, None)

    number = value("number")
    if not isinstance(number, str) or not number:
        raise ArgumentError(
            'invoice.number: on_unknown="reconcile" finds an invoice by its number; give it one, '
            'or take on_unknown="raise"'
        )
    series = value("series_code")
    date = value("date")
    kind = value("type")
    return Sought(
        number=number,
        series=series if isinstance(series, str) and series else None,
        date=_day(date),
        types=(str(kind),) if isinstance(kind, str) and kind else (ISSUED,),
    )


def described_document(content: bytes, issued: bool | None) -> Sought | None:
    """Tell what a document that is imported will be recognised by; None if it says no number.

    Args:
        content: the document, or a data URI with it.
        issued: which way it goes; None leaves that to the server, so both are looked through.
    """
    from ..einvoice import UnreadableDocument, read_document

    document = plain_document(content)
    try:
        facts = read_document(document)
    except UnreadableDocument:
        return None
    types = (ISSUED, RECEIVED) if issued is None else (ISSUED,) if issued else (RECEIVED,)
    return Sought(
        number=facts.number,
        series=facts.series,
        date=facts.date,
        types=types,
        sha256=hashlib.sha256(document).hexdigest(),
    )


def plain_document(content: bytes) -> bytes:
    """Return the document itself, taken out of a data URI where it stands in one (behaviour 18)."""
    head, comma, data = content.partition(b",")
    if not (content.startswith(b"data:") and comma and head.endswith(b";base64")):
        return content
    try:
        return base64.b64decode(data, validate=True)
    except binascii.Error:
        return content


def _day(value: object) -> datetime.date | None:
    if isinstance(value, datetime.datetime):
        return value.date()
    if isinstance(value, datetime.date):
        return value
    if isinstance(value, str):
        try:
            return datetime.date.fromisoformat(value)
        except ValueError:
            return None
    return None

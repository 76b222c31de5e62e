"""The course of one document, from the source to its outcome.

claim in the journal          durable before the first byte leaves
  send once
    a reply                   -> created, created with errors, refused
    provably not done         -> wait, send again
    number is taken           -> look: same content is adopted, other content a duplicate
    nobody knows              -> look several times: same, other, or provably not there -> send again
record in the journal         before anybody is told
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import define, evolve, field, frozen

from .._call.retry import RetryPolicy, wait_before
from .._reconcile.compare import NOWHERE, alike, look, same_amount
from .._reconcile.states import FINAL, complaints
from ..errors import (
    APIConnectionError,
    APIStatusError,
    ArgumentError,
    AuthenticationError,
    CallError,
    DeadlineExceeded,
    DuplicateNumberError,
    NotFoundError,
    OutcomeUnknownError,
    PermissionDeniedError,
    RateLimitedError,
    RateLimitTimeout,
    ServerError,
    UnparsableReplyError,
)
from .outcome import Kind, Outcome

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..generated.models.invoice import Invoice
    from ..generated.models.invoice_list_item import InvoiceListItem
    from .account import Api
    from .journal.schema import Row
    from .journal.sqlite import Journal
    from .prepare import Prepared, Rules
    from .settings import Patience
    from .slots import Aside


@frozen(kw_only=True)
class Said:
    """What is known about a document besides its outcome's kind."""

    invoice_id: int | None = None
    state: str | None = None
    request_id: str | None = None
    status: int | None = None
    code: str | None = None
    param: str | None = None

    @classmethod
    def by(cls, error: CallError | None) -> Said:
        """Return what an error says."""
        if isinstance(error, APIStatusError):
            return cls(request_id=error.request_id, status=error.status, code=error.code, param=error.param)
        return cls(request_id=None if error is None else error.request_id)


def complaints_of(invoice: Invoice | InvoiceListItem) -> str | None:
    """Return why the server won't send an invoice that it has (behaviour 23)."""
    return "; ".join(complaints(invoice)) or None


def text(value: object) -> str | None:
    """Return a value as plain text, and None as None: a journal takes no enum."""
    return None if value is None else str(value)


_FATAL = (AuthenticationError, PermissionDeniedError)
"""Not about a document: with this key nothing will go through."""
_POLICY = RetryPolicy()


_NOTHING = Said()


@define
class Course:
    """One document on its way."""

    document: Prepared
    row: Row
    rules: Rules
    api: Api
    journal: Journal
    patience: Patience
    aside: Aside
    """For while it only waits."""
    began: float
    attempts: int = field(init=False)
    trouble: float | None = field(default=None, init=False)
    """When it began to go wrong."""
    doubted: bool = field(default=False, init=False)
    """Whether a sending of this document was ever left in doubt."""
    earlier: float | None = field(default=None, init=False)
    """Before which moment it was last asked for, where that was an earlier try's; None where it is this one's."""

    def __attrs_post_init__(self) -> None:
        self.attempts = self.row.attempts

    async def send(self) -> Outcome:
        """Send a document that the journal has just claimed."""
        while True:
            outcome = await self._send_once()
            if outcome is not None:
                return outcome

    async def resume(self, before: float) -> Outcome:
        """Go on with a document that was left in the middle.

        Args:
            before: when it had been left, on the clock of `patience`: by then it was sent, if ever.
        """
        self.earlier = before
        if self.row.stage in ("draft", "dispatching"):
            assert self.row.invoice_id is not None
            # Left unsettled it says `unknown`; an invoice that has an id was made.
            kind: Kind = "adopted" if self.row.kind == "adopted" else "created"
            maybe = self.row.stage == "dispatching"
            return await self._dispatch(kind, Said(invoice_id=self.row.invoice_id), maybe=maybe)
        self.doubted = True
        self.attempts = max(1, self.attempts)
        outcome = await self._look_until_sure(None)
        return await self.send() if outcome is None else outcome

    async def _send_once(self) -> Outcome | None:
        """Send it; return None if it is to be sent again."""
        document = self.document
        if document.request is None or document.operation is None:
            return await self._leave(
                "open", "Not on the server, and not among the documents of this run: give it again."
            )
        self.attempts += 1
        self.earlier = None
        try:
            invoice, request_id = await self.api.create(document.operation, document.request)
        except _FATAL:
            await self.journal.record(evolve(self.row, stage="open", attempts=self.attempts))
            raise
        except DuplicateNumberError as error:
            return await self._number_taken(error)
        except (RateLimitedError, RateLimitTimeout, DeadlineExceeded) as error:
            return await self._not_done(error)
        except (OutcomeUnknownError, UnparsableReplyError) as error:
            self.doubted = True
            return await self._look_until_sure(error)
        except APIConnectionError as error:  # with anything sent it would be an OutcomeUnknownError
            return await self._not_done(error)
        except APIStatusError as error:
            return await self._done("refused", Said.by(error), error.message)
        except ArgumentError as error:
            return await self._done("invalid", message=str(error))
        return await self._made("created", invoice, Said(request_id=request_id))

    async def _not_done(self, error: CallError | RateLimitTimeout) -> Outcome | None:
        """Wait before it is sent again; nothing has happened on the server."""
        if self._out_of_time():
            return await self._leave("open", f"Not sent within {self.patience.deadline:g} s: {error}")
        if not isinstance(error, (RateLimitedError, RateLimitTimeout)):  # the limiter makes those wait
            await self._pause(min(self.attempts, 8))
        return None

    async def _number_taken(self, error: DuplicateNumberError) -> Outcome:
        """Tell whose the number is."""
        outcome = await self._look_until_sure(error)
        if outcome is not None:
            return outcome
        if self.doubted:
            return await self._leave(
                "sending", "Its number is taken, perhaps by itself: no list shows the invoice yet."
            )
        return await self._done(
            "duplicate", Said.by(error), f"{error.message}; no list shows by which invoice"
        )

    def _looks(self, *, at_once: bool = False) -> Iterator[float]:
        """Yield the pauses before each look at what may have been done."""
        if self.earlier is None:
            return self.patience.looks(at_once=at_once)
        return self.patience.looks(self.patience.clock() - self.earlier, at_once=True)

    async def _look_until_sure(self, cause: CallError | None) -> Outcome | None:
        """Look for the document until it is found or provably not there.

        Args:
            cause: what makes us look: nobody knows, or its number is taken; None for an earlier run's end.

        Returns:
            The outcome; None if it is nowhere.
        """
        said = Said.by(cause)
        taken = isinstance(cause, DuplicateNumberError)
        status: object = getattr(cause, "status", None)
        # It was accepted, or something in between pretends so: then it is waited for, and not sent again.
        accepted = isinstance(status, int) and 200 <= status < 300
        self._out_of_time()  # from here the time counts
        while True:
            sight = NOWHERE
            failure: Exception | None = None
            async with self.aside():
                for pause in self._looks(at_once=taken):
                    await self.patience.sleep(pause)
                    try:
                        sight = await look(self.document, self.api, self.journal)
                    except _FATAL:
                        raise
                    except (CallError, RateLimitTimeout) as error:
                        failure = error
                        continue
                    failure = None
                    # Another document with its number says nothing about a sending that lists don't show yet: where
                    # numbers aren't guarded both are there.
                    if sight.verdict == "same" or (sight.verdict == "other" and not self.doubted):
                        break
            if sight.row is not None:
                if sight.verdict == "same":
                    return await self._made("adopted", sight.row, said)
                if sight.verdict == "unclear":
                    return await self._compare(sight.row, said)
                if failure is None and not accepted:
                    return await self._taken_by(sight.row, said)
            if failure is None and not accepted:
                return None
            if self._out_of_time():
                reason = f"looking for it failed: {failure}" if failure else "accepted, but in no list"
                return await self._leave(
                    "sending", f"Not settled within {self.patience.deadline:g} s: {reason}"
                )
            self.earlier = None

    async def _taken_by(self, row: InvoiceListItem, said: Said) -> Outcome:
        if self.document.request is None:
            # An invoice as JSON can't be recognised by a hash alone.
            return await self._leave(
                "sending", f"Invoice {row.id} has its number, and the document isn't among those of this run."
            )
        said = evolve(said, invoice_id=row.id, state=text(row.state))
        return await self._done("duplicate", said, "Its number is taken by a different document.")

    async def _compare(self, row: InvoiceListItem, said: Said) -> Outcome:
        """Judge by date and total where the server has no file to compare."""
        verdict = alike(self.document, row)
        if verdict is None:
            return await self._leave(
                "sending",
                f"Invoice {row.id} has its number, and the server shows neither file nor total to compare.",
            )
        return await (self._made("adopted", row, said) if verdict else self._taken_by(row, said))

    async def _made(self, kind: Kind, invoice: Invoice | InvoiceListItem, said: Said) -> Outcome:
        """It is on the server: that may be all, or it is still to be sent."""
        state = text(invoice.state)
        said = Said(invoice_id=invoice.id, state=state, request_id=said.request_id)
        complaints = complaints_of(invoice)
        if complaints:
            return await self._done("created_with_errors", said, complaints)
        sends = self.rules.send and not self.rules.received
        if sends and (self.rules.verify_totals or (kind == "adopted" and state == "new")):
            self.row = evolve(
                self.row, stage="draft", kind=kind, invoice_id=invoice.id, state=state, attempts=self.attempts
            )
            await self.journal.record(self.row)
            # Our own request, its reply lost, may have had it sent: its state gets time to tell.
            return await self._dispatch(kind, said, maybe=self.doubted)
        unsent = (
            "Created and asked to be sent; the server left it in state new."
            if sends and state == "new"
            else None
        )
        return await self._done(kind, said, unsent)

    async def _dispatch(self, kind: Kind, said: Said, *, maybe: bool) -> Outcome:
        """Have an invoice sent that is there as a draft. Its state tells whether that was done (behaviour 23).

        Args:
            kind: how it came to be there.
            said: what is known of it.
            maybe: it was perhaps asked for before.
        """
        assert said.invoice_id is not None
        while True:
            trouble: CallError | RateLimitTimeout
            try:
                return await self._dispatch_once(kind, said, said.invoice_id, maybe=maybe)
            except _FATAL:
                raise
            except (OutcomeUnknownError, UnparsableReplyError) as error:
                maybe, trouble = True, error
            except (
                RateLimitedError,
                RateLimitTimeout,
                DeadlineExceeded,
                APIConnectionError,
                ServerError,
            ) as error:
                trouble = error
            except APIStatusError as error:
                said = evolve(Said.by(error), invoice_id=said.invoice_id)
                return await self._done("created_with_errors", said, f"Not sent: {error.message}")
            if self._out_of_time():
                reason = (
                    f"On the server, and not known to be sent within {self.patience.deadline:g} s: {trouble}"
                )
                return await self._leave("dispatching", reason, said)
            await self._pause(1)

    async def _dispatch_once(self, kind: Kind, said: Said, invoice_id: int, *, maybe: bool) -> Outcome:
        """Read the draft, compare it, and ask to send it, unless its state says that this was done.

        Args:
            kind: how it came to be there.
            said: what is known of it.
            invoice_id: its id.
            maybe: it was perhaps asked for before.
        """
        invoice = await self._draft(invoice_id, patiently=maybe)
        if invoice is None:
            # Somebody has deleted it, or a proxy says so: either way it is not for us to make it once more.
            reason = f"Created as invoice {invoice_id}, which the server doesn't find: deleted?"
            return await self._leave(self.row.stage, reason, said)
        said = evolve(said, state=text(invoice.state))
        if said.state != "new":
            return await self._done(kind, said)
        if self.rules.verify_totals and self.row.stage != "dispatching" and self.document.request is None:
            reason = f"Invoice {invoice_id} is a draft, and the document to compare it with isn't among those of this run."
            return await self._leave("draft", reason, said)
        complaint = complaints_of(invoice) or self._mismatch(invoice)
        if complaint is not None:
            return await self._done("created_with_errors", said, complaint)
        if self.row.stage != "dispatching":
            self.row = evolve(self.row, stage="dispatching", kind=kind, invoice_id=invoice_id)
            await self.journal.record(self.row)
        self.earlier = None
        invoice = await self.api.send(invoice_id) or await self.api.get(invoice_id)
        said = evolve(said, state=text(invoice.state))
        complaint = complaints_of(invoice)
        if complaint is None and said.state == "new":
            complaint = "Asked to send it, the server left it in state new."
        return await self._done(kind if complaint is None else "created_with_errors", said, complaint)

    async def _draft(self, invoice_id: int, *, patiently: bool) -> Invoice | None:
        """Return the invoice; where it may just have been sent, once its state had time to tell."""
        invoice: Invoice | None = None
        try:
            if not patiently:
                return await self.api.get(invoice_id)
            async with self.aside():
                for pause in self._looks():
                    await self.patience.sleep(pause)
                    invoice = await self.api.get(invoice_id)
                    if text(invoice.state) != "new":
                        break
        except NotFoundError:
            return None
        return invoice

    def _mismatch(self, invoice: Invoice) -> str | None:
        """Say where the server's totals are not the document's (behaviour 26)."""
        document = self.document
        if not self.rules.verify_totals:
            return None
        for name, expected, shown in (
            ("total", document.total, invoice.total),
            ("subtotal", document.subtotal, invoice.subtotal),
        ):
            if expected is None or (shown is None and name == "subtotal"):
                continue
            if shown is None:
                return "The server shows no total to compare; left as a draft."
            if not same_amount(expected, shown, credit=document.is_credit_note):
                return f"The {name} is {expected} in the document and {shown} on the server; left as a draft."
        return None

    async def _pause(self, attempt: int) -> None:
        wait = wait_before(attempt, status=None, retry_after=None, policy=_POLICY)
        async with self.aside():
            await self.patience.sleep(wait or 0.0)

    async def _done(
        self, kind: Kind, said: Said = _NOTHING, message: str | None = None, *, stage: str = "done"
    ) -> Outcome:
        """Record an outcome and return it."""
        if self.rules.wait and kind in ("created", "adopted") and said.state not in FINAL:
            stage = "waiting"
        outcome = Outcome(
            kind=kind,
            source=self.document.source,
            sha256=self.document.sha256,
            number=self.document.number,
            series=self.document.series,
            year=self.document.year,
            invoice_id=said.invoice_id,
            state=said.state,
            attempts=self.attempts,
            seconds=round(self.patience.clock() - self.began, 3),
            request_id=said.request_id,
            status=said.status,
            code=said.code,
            param=said.param,
            message=message,
        )
        self.row = self.row.with_outcome(outcome, stage)
        await self.journal.record(self.row)
        return outcome

    async def _leave(self, stage: str, message: str, said: Said = _NOTHING) -> Outcome:
        """Give up for this run; the next one goes on from here."""
        return await self._done("unknown", said, message, stage=stage)

    def _out_of_time(self) -> bool:
        now = self.patience.clock()
        if self.trouble is None:
            self.trouble = now
        return now - self.trouble >= self.patience.deadline

"""The delivery of one document, from the source to its outcome.

claim in the journal          durable before the first byte leaves
  send once
    a reply                   -> created, created with errors, refused
    provably not done         -> wait, send again
    number is taken           -> look: same content is adopted, other content a duplicate
    nobody knows              -> look several times: same, other, or provably not there -> send again
record in the journal         before anybody is told
"""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING

from attrs import define, evolve, field

from .._call.retry_policy import RetryPolicy
from .._reconcile.compare import same_amount
from .._reconcile.look import Finding, Window, look, look_patiently
from .._reconcile.states import FINAL, complaints
from ..errors import (
    APIStatusError,
    ArgumentError,
    AuthenticationError,
    CallError,
    DuplicateNumberError,
    NotFoundError,
    PermissionDeniedError,
    RateLimitedError,
    RateLimitTimeout,
    UnparsableReplyError,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ..generated.models.invoice import Invoice
    from ..generated.models.invoice_list_item import InvoiceListItem
    from .account import AccountCalls
    from .journal.protocol import Journal
    from .journal.row import Row, Stage
    from .outcome import Kind, Outcome
    from .prepare import Prepared, Rules
    from .settings import Patience
    from .slots import StepAside

_KEY_REFUSED = (AuthenticationError, PermissionDeniedError)
"""Not about a document: with this key nothing will go through."""
_BACKOFF = RetryPolicy().backoff


@define
class Delivery:
    """One document on its way."""

    document: Prepared
    row: Row
    rules: Rules
    account: AccountCalls
    journal: Journal
    step_aside: StepAside
    """For while it only waits."""
    began: float
    now: Callable[[], datetime.datetime]
    """The time of day, for comparing with what the server says."""
    attempts: int = field(init=False)
    trouble: float | None = field(default=None, init=False)
    """When it began to go wrong."""
    doubt: Window | None = field(default=None, init=False)
    """Since when sendings were under way whose fate is not known."""
    earlier: float | None = field(default=None, init=False)
    """Before which moment it was last asked for, where that was an earlier try's; None where it is this one's."""

    def __attrs_post_init__(self) -> None:
        self.attempts = self.row.outcome.attempts

    @property
    def known(self) -> Outcome:
        """What is known of the document by itself."""
        return self.document.outcome()

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
            # Left unsettled it says `unknown`; an invoice that has an id was made.
            kind: Kind = "adopted" if self.row.outcome.kind == "adopted" else "created"
            maybe = self.row.stage == "dispatching"
            return await self._dispatch(
                kind, evolve(self.known, invoice_id=self.row.outcome.invoice_id), maybe=maybe
            )
        self.doubt = Window(_moment(self.row.began))
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
        if self.doubt is not None:
            seen = await self.journal.send_again(self.row, self.attempts + 1)
            if seen is not None:
                return await self._seen(seen)
        self.attempts += 1
        self.earlier = None
        sent = self.now()
        try:
            invoice, request_id = await self.account.create(
                document.operation, document.request, self.journal.guard(self.row)
            )
        except _KEY_REFUSED:
            await self._record("open", evolve(self.row.outcome, attempts=self.attempts))
            raise
        except DuplicateNumberError as error:
            return await self._number_taken(error)
        except RateLimitTimeout as error:
            return await self._not_done(error)
        except CallError as error:
            if error.retry == "unknown" or isinstance(error, UnparsableReplyError):
                self.doubt = self.doubt or Window(sent)
                return await self._look_until_sure(error)
            if error.retry == "later":
                return await self._not_done(error)
            message = error.message if isinstance(error, APIStatusError) else error.problem
            return await self._done("refused", _told_by(error, self.known), message)
        except ArgumentError as error:
            return await self._done("invalid", self.known, str(error))
        return await self._made("created", invoice, evolve(self.known, request_id=request_id))

    async def _seen(self, invoice_id: int) -> Outcome:
        """Go by what another run has seen: the server's answer to this very document."""
        try:
            invoice = await self.account.invoices.get(invoice_id)
        except _KEY_REFUSED:
            raise
        except (CallError, RateLimitTimeout) as error:
            return await self._leave(
                "sending", f"Another run saw it made as invoice {invoice_id}, which can't be read: {error}"
            )
        return await self._made("created", invoice, self.known)

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
        if self.doubt is not None:
            return await self._leave(
                "sending", "Its number is taken, perhaps by itself: no list shows the invoice yet."
            )
        return await self._done(
            "duplicate", _told_by(error, self.known), f"{error.message}; no list shows by which invoice"
        )

    def _pauses(self, *, at_once: bool = False) -> Iterator[float]:
        """Yield the pauses before each look at what may have been done."""
        if self.earlier is None:
            return self.patience.looks(at_once=at_once)
        return self.patience.looks(self.patience.clock() - self.earlier, at_once=True)

    async def _look(self) -> Finding:
        """Look once."""
        self.account.summary.looks += 1
        return await look(
            self.document.sought, self.account.invoices, window=self.doubt, owner=self._owner, now=self.now
        )

    async def _owner(self, invoice_id: int) -> str | None:
        row = await self.journal.owner_of(invoice_id)
        return None if row is None else row.key

    async def _look_until_sure(self, cause: CallError | None) -> Outcome | None:
        """Look for the document until it is found or provably not there.

        Args:
            cause: what makes us look: nobody knows, or its number is taken; None for an earlier run's end.

        Returns:
            The outcome; None if it is nowhere.
        """
        known = _told_by(cause, self.known)
        taken = isinstance(cause, DuplicateNumberError)
        status: object = getattr(cause, "status", None)
        # It was accepted, or something in between pretends so: then it is waited for, and not sent again.
        accepted = isinstance(status, int) and 200 <= status < 300
        self._out_of_time()  # from here the time counts
        while True:
            async with self.step_aside():
                finding, failure = await look_patiently(
                    self._look,
                    self._pauses(at_once=taken),
                    self.patience.sleep,
                    other_decides=self.doubt is None,
                )
            if finding.verdict == "same":
                return await self._found(finding, known)
            if failure is None and finding.verdict == "unclear":
                return await self._undecided(finding)
            if failure is None and not accepted:
                return await self._taken_by(finding, known) if finding.verdict == "other" else None
            if self._out_of_time():
                reason = f"looking for it failed: {failure}" if failure else "accepted, but in no list"
                return await self._leave(
                    "sending", f"Not settled within {self.patience.deadline:g} s: {reason}"
                )
            self.earlier = None

    async def _taken_by(self, finding: Finding, known: Outcome) -> Outcome:
        assert finding.invoice is not None
        if self.document.request is None:
            # An invoice as JSON can't be recognised by a hash alone.
            return await self._undecided(finding)
        known = evolve(known, invoice_id=finding.invoice.id, state=_text(finding.invoice.state))
        why = f": {finding.reason}" if finding.reason else ""
        return await self._done("duplicate", known, f"Its number is taken by a different document{why}.")

    async def _undecided(self, finding: Finding) -> Outcome:
        """Leave it to a person: nothing proves that the invoice is this document, or that it isn't."""
        ids = " and ".join(map(str, finding.ids))
        if self.document.request is None:
            reason = f"Invoice {ids} has its number, and the document isn't among those of this run."
        else:
            reason = (
                f"Invoice {ids} has its number, and nothing proves that it is this document, or that it isn't: "
                f"{finding.reason}. Compare them."
            )
        # Where no sending of ours is in doubt, the next run must not take the invoice for one of ours.
        return await self._leave("open" if self.doubt is None else "sending", reason)

    async def _found(self, finding: Finding, known: Outcome) -> Outcome:
        """It is there already."""
        invoice = finding.invoice
        assert invoice is not None
        note = (
            f"The server shows what was not sent: {finding.comparison}." if finding.comparison.added else None
        )
        draft = _text(invoice.state) == "new" and self.rules.settings.sends and not complaints(invoice)
        if not draft or finding.comparison.complete:
            return await self._made("adopted", invoice, known, note)
        # Our own request, its reply lost, may have had it sent: its state gets time to tell.
        try:
            later = await self._draft(invoice.id, patiently=self.doubt is not None)
        except _KEY_REFUSED:
            raise
        except (CallError, RateLimitTimeout) as error:
            return await self._leave(
                "sending", f"Invoice {invoice.id} is there, and its state is not known: {error}"
            )
        if later is not None and _text(later.state) != "new":
            return await self._made("adopted", later, known, note)
        mismatch = None if later is None else self._mismatch(later)
        if later is not None and mismatch is not None:
            known = evolve(known, invoice_id=later.id, state=_text(later.state))
            return await self._done("created_with_errors", known, mismatch)
        return await self._leave(
            "sending",
            f"Invoice {invoice.id} is there as a draft. It is not sent, since not everything could be compared: "
            f"{finding.comparison}. Compare them, and send the invoice or delete it.",
        )

    async def _made(
        self, kind: Kind, invoice: Invoice | InvoiceListItem, known: Outcome, note: str | None = None
    ) -> Outcome:
        """It is on the server: that may be all, or it is still to be sent."""
        state = _text(invoice.state)
        known = evolve(known, invoice_id=invoice.id, state=state, status=None, code=None, param=None)
        problems = complaints(invoice)
        if problems:
            return await self._done("created_with_errors", known, "; ".join(problems))
        settings = self.rules.settings
        if settings.sends and (settings.verify_totals or (kind == "adopted" and state == "new")):
            await self._record("draft", evolve(known, kind=kind, attempts=self.attempts))
            # Our own request, its reply lost, may have had it sent: its state gets time to tell.
            return await self._dispatch(kind, known, maybe=self.doubt is not None)
        if settings.sends and state == "new":
            note = "Created and asked to be sent; the server left it in state new."
        return await self._done(kind, known, note)

    async def _dispatch(self, kind: Kind, known: Outcome, *, maybe: bool) -> Outcome:
        """Have an invoice sent that is there as a draft. Its state tells whether that was done (behaviour 23).

        Args:
            kind: how it came to be there.
            known: what is known of it.
            maybe: it was perhaps asked for before.
        """
        assert known.invoice_id is not None
        while True:
            trouble: CallError | RateLimitTimeout
            try:
                return await self._dispatch_once(kind, known, known.invoice_id, maybe=maybe)
            except _KEY_REFUSED:
                raise
            except (CallError, RateLimitTimeout) as error:
                if isinstance(error, APIStatusError) and error.retry == "never":
                    known = evolve(_told_by(error, self.known), invoice_id=known.invoice_id)
                    return await self._done("created_with_errors", known, f"Not sent: {error.message}")
                trouble = error
                maybe = maybe or error.retry == "unknown" or isinstance(error, UnparsableReplyError)
            if self._out_of_time():
                reason = (
                    f"On the server, and not known to be sent within {self.patience.deadline:g} s: {trouble}"
                )
                return await self._leave("dispatching", reason, known)
            await self._pause(1)

    async def _dispatch_once(self, kind: Kind, known: Outcome, invoice_id: int, *, maybe: bool) -> Outcome:
        """Read the draft, compare it, and ask to send it, unless its state says that this was done.

        Args:
            kind: how it came to be there.
            known: what is known of it.
            invoice_id: its id.
            maybe: it was perhaps asked for before.
        """
        invoice = await self._draft(invoice_id, patiently=maybe)
        if invoice is None:
            # Somebody has deleted it, or a proxy says so: either way it is not for us to make it once more.
            reason = f"Created as invoice {invoice_id}, which the server doesn't find: deleted?"
            return await self._leave(self.row.stage, reason, known)
        known = evolve(known, state=_text(invoice.state))
        if known.state != "new":
            return await self._done(kind, known)
        if (
            self.rules.settings.verify_totals
            and self.row.stage != "dispatching"
            and self.document.request is None
        ):
            reason = f"Invoice {invoice_id} is a draft, and the document to compare it with isn't among those of this run."
            return await self._leave("draft", reason, known)
        complaint = "; ".join(complaints(invoice)) or self._mismatch(invoice)
        if complaint is not None:
            return await self._done("created_with_errors", known, complaint)
        if self.row.stage != "dispatching":
            await self._record("dispatching", evolve(known, kind=kind, attempts=self.attempts))
        self.earlier = None
        guard = self.journal.guard(self.row)
        invoice = await self.account.send(invoice_id, guard) or await self.account.invoices.get(invoice_id)
        known = evolve(known, state=_text(invoice.state))
        complaint = "; ".join(complaints(invoice)) or None
        if complaint is None and known.state == "new":
            complaint = "Asked to send it, the server left it in state new."
        return await self._done(kind if complaint is None else "created_with_errors", known, complaint)

    async def _draft(self, invoice_id: int, *, patiently: bool) -> Invoice | None:
        """Return the invoice; where it may just have been sent, once its state had time to tell."""
        invoice: Invoice | None = None
        try:
            if not patiently:
                return await self.account.invoices.get(invoice_id)
            async with self.step_aside():
                for pause in self._pauses():
                    await self.patience.sleep(pause)
                    invoice = await self.account.invoices.get(invoice_id)
                    if _text(invoice.state) != "new":
                        break
        except NotFoundError:
            return None
        return invoice

    def _mismatch(self, invoice: Invoice) -> str | None:
        """Say where the server's totals are not the document's (behaviour 26)."""
        document = self.document
        if not self.rules.settings.verify_totals:
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
        async with self.step_aside():
            await self.patience.sleep(_BACKOFF.drawn(attempt))

    async def _done(
        self, kind: Kind, known: Outcome, message: str | None = None, *, stage: Stage = "done"
    ) -> Outcome:
        """Record an outcome and return it."""
        if self.rules.settings.wait and kind in ("created", "adopted") and known.state not in FINAL:
            stage = "waiting"
        outcome = evolve(
            known,
            kind=kind,
            attempts=self.attempts,
            seconds=round(self.patience.clock() - self.began, 3),
            message=message,
        )
        await self._record(stage, outcome)
        return outcome

    async def _leave(self, stage: Stage, message: str, known: Outcome | None = None) -> Outcome:
        """Give up for this run; the next one goes on from here."""
        return await self._done("unknown", known or self.known, message, stage=stage)

    async def _record(self, stage: Stage, outcome: Outcome) -> None:
        self.row = evolve(self.row, stage=stage, outcome=outcome)
        await self.journal.record(self.row)

    @property
    def patience(self) -> Patience:
        """How long it is struggled for."""
        return self.rules.settings.patience

    def _out_of_time(self) -> bool:
        now = self.patience.clock()
        if self.trouble is None:
            self.trouble = now
        return now - self.trouble >= self.patience.deadline


def _told_by(error: CallError | None, known: Outcome) -> Outcome:
    """Return what is known with what an error says."""
    if isinstance(error, APIStatusError):
        return evolve(
            known, request_id=error.request_id, status=error.status, code=error.code, param=error.param
        )
    return evolve(known, request_id=None if error is None else error.request_id)


def _text(value: object) -> str | None:
    """Return a value as plain text, and None as None: a journal takes no enum."""
    return None if value is None else str(value)


def _moment(text: str) -> datetime.datetime:
    """Read when an earlier run began something, by the clock it had."""
    try:
        return datetime.datetime.fromisoformat(text)
    except ValueError:
        # Then nothing is known to have been made in its time.
        return datetime.datetime(9000, 1, 1, tzinfo=datetime.UTC)

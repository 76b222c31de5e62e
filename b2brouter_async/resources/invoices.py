"""Invoices, with what the document can't know: by number, the received queue, and writes that are made sure of."""

from __future__ import annotations

import datetime
import os
from functools import partial
from typing import TYPE_CHECKING, Unpack, cast

from .._reconcile.listing import RECEIVED, all_of, plain_number, spellings
from .._reconcile.states import is_delivered
from ..errors import ArgumentError, DuplicateNumberError, OutcomeUnknownError
from ..generated.resources import invoices as generated
from .doubt import reconciles
from .matching import AmbiguousMatchError, every

if TYPE_CHECKING:
    from collections.abc import AsyncIterable, Awaitable, Callable, Iterable, Mapping
    from contextlib import AbstractAsyncContextManager
    from pathlib import Path

    from .._core.downloads import Download, DownloadStream
    from .._core.operation import CallOptions
    from .._core.pagination import Pager
    from .._core.requests import AccountId, Content
    from .._reconcile.reconcile import Reconciliation
    from .._reconcile.sought import Sought
    from ..generated.models.dictionaries import InvoiceInputDict
    from ..generated.models.invoice import Invoice
    from ..generated.models.invoice_input import InvoiceInput
    from ..generated.models.invoice_list_item import InvoiceListItem
    from ..generated.models.invoice_settable_state import InvoiceSettableState
    from ..generated.models.invoice_type import InvoiceType
    from .changed import ChangedInvoices
    from .cursor import Cursor
    from .doubt import OnUnknown
    from .following import Changes, Until
    from .saving import MissingFile, SavedFile, SavedFiles
    from .waiting import Pace


class AmbiguousNumberError(AmbiguousMatchError):
    """Several invoices carry the number.

    Attributes:
        ids: their ids.
        number: the number.
    """

    def __init__(self, number: str, ids: tuple[int, ...]) -> None:
        """Tell which invoices carry the number."""
        super().__init__(
            f"invoices {', '.join(map(str, ids))} all have the number {number}; "
            "say which with series=, year= or type=, or take find_all_by_number",
            ids,
        )
        self.number = number


class Invoices(generated.Invoices):
    """Operations on invoices.

    Example:
        invoice = await client.invoices.get(5)
    """

    __slots__ = ()

    async def create(
        self,
        account: AccountId | None = None,
        *,
        invoice: InvoiceInput | InvoiceInputDict,
        send_after_import: bool | None = None,
        ack: bool | None = None,
        issue_after_import: bool | None = None,
        on_unknown: OnUnknown = "raise",
        reconciliation: Reconciliation | None = None,
        **options: Unpack[CallOptions],
    ) -> Invoice:
        """Create an invoice.

        Example:
            invoice = await client.invoices.create(
                account=1234,
                invoice={
                    "number": "F-2026-1",
                    "contact_id": 77,
                    "invoice_lines_attributes": [
                        {"description": "Gaskets", "quantity": 2, "price": Decimal("49.90")}
                    ],
                },
                on_unknown="reconcile",
            )

        Args:
            account: Id of the account; the client's own where it is left out.
            invoice: the invoice; no source states which fields are required.
            send_after_import: Send right after creation when validation passes. Server's default: false.
            ack: Mark as acknowledged. Server's default: false.
            issue_after_import: Issue without sending; meaning assumed.
            on_unknown: what to do where nobody knows whether the server made it. `raise` raises
                OutcomeUnknownError; `reconcile` looks for the number, returns the invoice if it is there and
                proved to be this one, and sends it again only if it provably isn't. That needs a number.
            reconciliation: how patiently that is done.
            options: see `CallOptions`. With `reconcile` the deadline holds for everything together.

        Returns:
            The invoice. Look at its `errors`: one that has some exists and will never be sent (behaviour 23).

        Raises:
            ArgumentError: an argument can't be sent as it is; nothing was sent.
            DuplicateNumberError: another invoice has this number (behaviour 24); after a look it has its id.
            APIStatusError: the server refuses; a subclass for each status that matters.
            OutcomeUnknownError: it is not known whether the server carried it out (behaviour 25).

        Source: POST /accounts/{account}/invoices, documented.
        """
        deadline = options.pop("deadline", None)
        send = partial(
            super().create,
            account,
            invoice=invoice,
            send_after_import=send_after_import,
            ack=ack,
            issue_after_import=issue_after_import,
            **options,
        )
        if not reconciles(on_unknown):
            return await send(deadline=deadline)
        from .._reconcile.sought import sought_invoice
        from ..generated.api.invoices.create import OPERATION

        owner = self.caller.account_or_default(account)
        request = OPERATION.request(account=owner, invoice=invoice)
        assert request.body is not None
        sought = sought_invoice(cast("Mapping[str, Mapping[str, object]]", request.body.value)["invoice"])
        if sought is None:
            raise ArgumentError(
                'on_unknown="reconcile" finds an invoice by its number; give it one, or take on_unknown="raise"',
                argument="invoice.number",
            )

        async def describe() -> Sought | None:
            return sought

        return await self._settled(
            lambda left: send(deadline=left), owner, describe, reconciliation, deadline
        )

    async def import_document(
        self,
        account: AccountId | None = None,
        *,
        content: Content,
        send_after_import: bool | None = None,
        issued: bool | None = None,
        transport_type_code_for_contact: str | None = None,
        document_type_code_for_contact: str | None = None,
        on_unknown: OnUnknown = "raise",
        reconciliation: Reconciliation | None = None,
        **options: Unpack[CallOptions],
    ) -> Invoice:
        """Import an invoice document: UBL, CII, Factur-X, Facturae or FatturaPA (behaviour 18).

        Example:
            invoice = await client.invoices.import_document(
                1234, content=Path("invoice.xml"), send_after_import=True, on_unknown="reconcile"
            )

        Args:
            account: Id of the account; the client's own where it is left out.
            content: the document as it is, or as `data_uri(…)` where its file name must be kept.
            send_after_import: Send right after the import. Server's default: false.
            issued: false imports a received invoice; left out, the server guesses (behaviour 19).
            transport_type_code_for_contact: Transport for the contact, from the transport types list.
            document_type_code_for_contact: Document type for the contact, from the document types list.
            on_unknown: what to do where nobody knows whether the server took it. `raise` raises
                OutcomeUnknownError; `reconcile` reads the number from the document, looks for it, compares the
                SHA-256 of what the server kept, returns the invoice if it is this one, and sends it again only if
                it provably isn't. The document is held in memory for that.
            reconciliation: how patiently that is done.
            options: see `CallOptions`. With `reconcile` the deadline holds for everything together.

        Returns:
            The invoice. Look at its `errors`: one that has some exists and will never be sent (behaviour 23).

        Raises:
            ArgumentError: an argument can't be sent as it is; nothing was sent.
            DuplicateNumberError: another invoice has this number (behaviour 24); after a look it has its id.
            APIStatusError: the server refuses; a subclass for each status that matters.
            OutcomeUnknownError: it is not known whether the server carried it out (behaviour 25).

        Source: POST /accounts/{account}/invoices/import, documented.
        """
        deadline = options.pop("deadline", None)
        send = partial(
            super().import_document,
            account,
            send_after_import=send_after_import,
            issued=issued,
            transport_type_code_for_contact=transport_type_code_for_contact,
            document_type_code_for_contact=document_type_code_for_contact,
            **options,
        )
        if not reconciles(on_unknown):
            try:
                return await send(content=content, deadline=deadline)
            except (OutcomeUnknownError, DuplicateNumberError) as error:
                await _name(error, content)
                raise
        from .._call.content import read_content

        document = await read_content(content)

        async def describe() -> Sought | None:
            # Parsing a PDF or a large document takes its time, and is rarely needed: in a thread, and only now.
            return await _sought_in(document, issued)

        owner = self.caller.account_or_default(account)
        return await self._settled(
            lambda left: send(content=document, deadline=left), owner, describe, reconciliation, deadline
        )

    async def wait_for(
        self,
        invoice_id: int,
        *,
        until: Until = is_delivered,
        timeout: float | None = 300.0,
        account: AccountId | None = None,
        type: InvoiceType | str = "IssuedInvoice",
    ) -> Invoice:
        """Wait until an invoice is in a state; many waits share their looks.

        Example:
            await client.invoices.send(5)
            invoice = await client.invoices.wait_for(5, until="sent", timeout=60.0)

        Up to five are read one by one, soon at first and then every half minute. More wait together: one of them
        looks at the list of what has changed, for all, about twice a minute. Such a look sees the present alone: what
        was `sent` for ten seconds is never seen, so name states that later ones satisfy, or a predicate.

        Args:
            invoice_id: Id of the invoice.
            until: a predicate of the invoice (`is_delivered`, `is_refused` …), or states of which any ends the wait.
            timeout: seconds to wait at most; None is no end.
            account: Id of the account, whose list is looked at when many wait; the client's own where it is left out.
            type: the invoice's type, whose list is looked at.

        Returns:
            The invoice as it was read last.

        Raises:
            NotDeliveredError: it was refused or has failed, and that is not waited for; it has the state.
            NeverSentError: it is new, has errors and will stay so.
            WaitTimeout: it did not come there in time; it has the last state.
            ArgumentError: no state is named, or the timeout is not above 0.
            APIStatusError: the server refuses, for example because there is no such invoice.
        """
        from .following import wait_for_invoice

        return await wait_for_invoice(
            self, invoice_id, until=until, timeout=timeout, account=account, type=type
        )

    def stream_download(
        self,
        invoice_id: int,
        document_type_code: str,
        *,
        disposition: str | None = None,
        filename: str | None = None,
        **options: Unpack[CallOptions],
    ) -> AbstractAsyncContextManager[DownloadStream]:
        """Download one of an invoice's documents, piece by piece; see `DownloadStream`.

        Example:
            async with client.invoices.stream_download(5, "pdf.invoice") as file:
                async for piece in file:
                    print(len(piece))

        The call is repeated until the first piece has come, and never after: a file that breaks off raises.

        Args:
            invoice_id: Id of the invoice.
            document_type_code: for example `pdf.invoice`, `original`, `legal`.
            disposition: How the file is delivered.
            filename: File name of the delivery.
            options: see `CallOptions`; a deadline holds until the last piece.

        Raises:
            ArgumentError: an argument can't be sent as it is; nothing was sent.
            NotFoundError: there is no such document, or not yet (behaviour 33).
            APIStatusError: the server refuses; a subclass for each status that matters.

        Source: GET /invoices/{invoice_id}/as/{document_type_code}, documented.
        """
        from ..generated.api.invoices.download import OPERATION

        request = OPERATION.request(
            invoice_id=invoice_id,
            document_type_code=document_type_code,
            disposition=disposition,
            filename=filename,
        )
        return self.caller.open(OPERATION, request, options)

    async def wait_for_document(
        self,
        invoice_id: int,
        document_type_code: str = "pdf.invoice",
        *,
        timeout: float = 60.0,
        pace: Pace | None = None,
    ) -> Download:
        """Download one of an invoice's documents, waiting for it to be made (behaviour 33).

        Example:
            file = await client.invoices.wait_for_document(5, "pdf.invoice")
            await file.save("invoice.pdf")

        Args:
            invoice_id: Id of the invoice.
            document_type_code: for example `pdf.invoice`, `original`, `legal`.
            timeout: seconds to wait at most.
            pace: how often to ask.

        Raises:
            NotFoundError: it is not there after all that time, or the invoice is not.
        """
        from .waiting import wait_for_document

        return await wait_for_document(self, invoice_id, document_type_code, timeout=timeout, pace=pace)

    async def save(
        self,
        invoice: int | Invoice | InvoiceListItem,
        folder: str | os.PathLike[str] = ".",
        document_type_code: str = "pdf.invoice",
        *,
        pattern: str = "invoice-{number}",
        **options: Unpack[CallOptions],
    ) -> Path:
        """Download one of an invoice's files into a folder, under a name with the ending of what it is.

        Example:
            path = await client.invoices.save(5, "invoices")  # invoices/invoice-F-1.pdf

        Args:
            invoice: the invoice, or its id; then it is read for its name.
            folder: where to; it is made where it isn't there.
            document_type_code: for example `pdf.invoice`, `original`, `legal`.
            pattern: how it is named, see `save_all`.
            options: see `CallOptions`; they hold for each request.

        Returns:
            Where it is. What stands under its name stays, unless it is the same: then the id is put behind the number.

        Raises:
            NotFoundError: there is no such invoice, or its file is not there, or not yet (behaviour 33):
                `wait_for_document` waits for it.
            ArgumentError: the pattern can't be used; nothing was sent.
            ConfigurationError: a link in the folder leads out of it.
            OSError: it can't be written; then nothing of it is there.
        """
        from .saving import save_one

        return await save_one(self, invoice, folder, document_type_code, pattern, options)

    async def save_all(
        self,
        folder: str | os.PathLike[str],
        *,
        account: AccountId | None = None,
        month: str | datetime.date | None = None,
        date_from: datetime.date | str | None = None,
        date_to: datetime.date | str | None = None,
        received: bool = False,
        invoices: AsyncIterable[InvoiceListItem] | Iterable[Invoice | InvoiceListItem] | None = None,
        document_type_code: str | None = None,
        pattern: str = "{date:%Y-%m}/{number}",
        concurrency: int = 4,
        each: Callable[[SavedFile | MissingFile], object] | None = None,
        **options: Unpack[CallOptions],
    ) -> SavedFiles:
        """Download the files of all invoices of a month into a folder, and go on where an earlier run ended.

        Example:
            saved = await client.invoices.save_all("archive", account=1234, month="2026-10")
            print(saved.fetched, saved.there, saved.missing)

        A file is there whole or not at all, whatever ends the program. A record in the folder says whose each file is:
        one that is there as it was saved is not asked for again, and no file takes the place of another.

        Args:
            folder: where to; it is made where it isn't there. One run at a time.
            account: Id of the account; the client's own where it is left out.
            month: the month of issue, as `2026-10` or a day in it.
            date_from: first day of issue, where it is no month (behaviour 13).
            date_to: last day of issue.
            received: received invoices, acknowledged or not, instead of issued ones.
            invoices: these invoices instead, for example a list with another filter.
            document_type_code: which file; left out, `pdf.invoice` of issued and `original` of received ones.
            pattern: folders and name, with `{number}`, `{date:%Y-%m}`, `{id}`, `{series}`, `{due_date}`, `{state}`,
                `{type}`, `{contact}`, `{tin}`, `{currency}`, `{total}`. The ending is that of what comes, whatever the
                pattern says. What can't stand in a name becomes `_`; where two have one name, the later has its
                invoice's id behind it.
            concurrency: files at once.
            each: told of each file as it is there, or is known to be missing.
            options: see `CallOptions`; they hold for each request. Without a priority other calls pass these.

        Returns:
            What is there, and what could not be had: 404, 406, 422, 5xx and files that are too large are told there and
            end nothing.

        Raises:
            ArgumentError: the pattern can't be used, or nothing says which invoices; nothing was sent.
            ConfigurationError: another run has the folder, or a link in it leads out of it.
            APIStatusError: the server refuses, for example the key. What is there stays, and the same call goes on.
            OSError: a file can't be written.
        """
        from .saving import save_many

        return await save_many(
            self,
            folder,
            account=account,
            invoices=invoices,
            month=month,
            date_from=date_from,
            date_to=date_to,
            received=received,
            document_type_code=document_type_code,
            pattern=pattern,
            concurrency=concurrency,
            each=each,
            options=options,
        )

    def changes(
        self,
        account: AccountId | None = None,
        *,
        since: datetime.date | None = None,
        cursor: Cursor | str | os.PathLike[str] | None = None,
        type: InvoiceType | str = "IssuedInvoice",
        **options: Unpack[CallOptions],
    ) -> Changes:
        """Follow an account: every change of an invoice's state, for ever.

        Example:
            async for change in client.invoices.changes(1234, cursor="changes.sqlite"):
                print(change.id, change.state)
                break  # or for ever

        What is told is what differs from what was told last: the state, or the moment at which it came. The stream
        goes on where it stood when the process ended; a change whose successor was not asked for is told again.

        Args:
            account: Id of the account; the client's own where it is left out.
            since: the day to begin at; later runs begin at the cursor's mark. Left out, the day before yesterday.
            cursor: an SQLite file that keeps how far was told, or a `Cursor`; left out, the stream begins anew each
                time.
            type: which list to follow.
            options: see `CallOptions`; they hold for each request. Without a priority other calls pass these.
        """
        from .following import follow

        return follow(
            self,
            account=account,
            type=type,
            since=since,
            cursor=cursor,
            options=options,
        )

    async def _settled(
        self,
        send: Callable[[float | None], Awaitable[Invoice]],
        account: AccountId,
        describe: Callable[[], Awaitable[Sought | None]],
        how: Reconciliation | None,
        deadline: float | None,
    ) -> Invoice:
        """Send until it is there exactly once."""
        # Here and not above: most calls look for nothing, and needn't load what compares.
        from .._reconcile.reconcile import Reconciliation, settle

        waiting = self.caller.waiting
        how = how or Reconciliation(sleep=waiting.sleep, clock=waiting.clock)
        return await settle(send, self.caller, account, describe, how, deadline=deadline)

    async def mark_as(
        self,
        invoice_id: int,
        *,
        state: InvoiceSettableState | str,
        reason: str | None = None,
        reason_code: str | None = None,
        commit: str | None = None,
        type: InvoiceType | str | None = None,
        force: bool = False,
        **options: Unpack[CallOptions],
    ) -> Invoice | None:
        """Change the state of an invoice.

        Example:
            await client.invoices.mark_as(5, state="paid")

        Args:
            invoice_id: Id of the invoice.
            state: the state. Issued: new, sent, accepted, registered, refused, paid, closed. Received: new, paid,
                accepted, refused, annotated. Issued simplified: as issued, and downloaded.
            reason: Message that goes with the change.
            reason_code: Structured reason, for example a French refusal code.
            commit: How the other party is told; only with_mail is known.
            type: the invoice's type, where you know it. Left out, the invoice is read first where it matters.
            force: send a state that this kind of invoice can't take, as far as the spec says.
            options: see `CallOptions`.

        Returns:
            None where the server answers without a body (behaviour 34).

        Raises:
            ArgumentError: this kind of invoice can't take the state; nothing was changed.
            APIStatusError: the server refuses.
            OutcomeUnknownError: it is not known whether the server carried it out (behaviour 25).

        Source: POST /invoices/{invoice_id}/mark_as, documented.
        """
        if not force:
            from .marking import check_state, needs_type

            if type is None and needs_type(str(state)):
                type = (await self.get(invoice_id, **options)).type
            check_state(str(state), None if type is None else str(type))
        return await super().mark_as(
            invoice_id, state=state, reason=reason, reason_code=reason_code, commit=commit, **options
        )

    async def find_all_by_number(
        self,
        number: str,
        *,
        account: AccountId | None = None,
        series: str | None = None,
        year: int | None = None,
        type: InvoiceType | str | None = None,
        **options: Unpack[CallOptions],
    ) -> list[InvoiceListItem]:
        """Return the invoices that carry exactly this number.

        Example:
            rows = await client.invoices.find_all_by_number("F-1", account=1234)

        The server takes the number for the beginning of one (behaviour 14); here it must be the whole, but for white
        space around it; a letter with its accent may be one sign or two.

        Args:
            number: the number.
            account: Id of the account; the client's own, or the view's, where it is left out.
            series: only this series, "" for those without one. Rows that name none pass where no row names it.
            year: only this year of issue; rows without a date pass.
            type: `ReceivedInvoice` looks through the received ones, acknowledged or not (behaviour 11); left out,
                the issued ones.
            options: see `CallOptions`.

        Raises:
            ArgumentError: the number is empty or no text, or the year is none.
            UnparsableReplyError: the server gives fewer rows than it counts, again and again.
            APIStatusError: the server refuses.
        """
        _check_sought(number, year)
        which = all_of(None if type is None else str(type))
        found: dict[int, InvoiceListItem] = {}
        for asked in spellings(number):
            rows = await every(partial(self.list, account, number=asked, **which, **options))
            found |= {row.id: row for row in rows if plain_number(row.number) == plain_number(number)}
        numbered = list(found.values())
        # Where rows tell their series, those that name none have none.
        tell = any(row.series_code for row in numbered)
        carrying = [
            row
            for row in numbered
            if (series is None or (row.series_code or ("" if tell else series)) == series)
            and (year is None or row.date is None or row.date.year == year)
        ]
        # A line of a file ends with more than the number; two that differ in that alone are told apart all the same.
        return [row for row in carrying if row.number == number] or carrying

    async def find_by_number(
        self,
        number: str,
        *,
        account: AccountId | None = None,
        series: str | None = None,
        year: int | None = None,
        type: InvoiceType | str | None = None,
        **options: Unpack[CallOptions],
    ) -> InvoiceListItem | None:
        """Return the invoice that carries exactly this number, or None; see `find_all_by_number`.

        Example:
            row = await client.invoices.find_by_number("F-1", account=1234, year=2026)

        Args:
            number: the number.
            account: Id of the account; the client's own, or the view's, where it is left out.
            series: only this series, "" for those without one.
            year: only this year of issue.
            type: `ReceivedInvoice` looks through the received ones; left out, the issued ones.
            options: see `CallOptions`.

        Raises:
            AmbiguousNumberError: several carry it.
            ArgumentError: the number is empty or no text, or the year is none.
            APIStatusError: the server refuses.
        """
        found = await self.find_all_by_number(
            number,
            account=account,
            series=series,
            year=year,
            type=type,
            **options,
        )
        if len(found) > 1:
            raise AmbiguousNumberError(number.strip(), tuple(row.id for row in found))
        return found[0] if found else None

    def changed_since(
        self,
        moment: datetime.date,
        *,
        account: AccountId | None = None,
        type: InvoiceType | str | None = None,
        **options: Unpack[CallOptions],
    ) -> ChangedInvoices:
        """List the invoices whose state has changed since a moment, each once as it is now.

        Example:
            yesterday = datetime.date.today() - datetime.timedelta(days=1)
            async for invoice in client.invoices.changed_since(yesterday, account=1234):
                print(invoice.number, invoice.state)

        `changes` goes on for ever and remembers how far it was told; this ends with the list.

        Args:
            moment: an aware `datetime`, or a day. The server filters by the day, in a zone that nobody knows
                (behaviour 13), so it is asked from the day before on, and what is older is passed over by its
                `state_updated_at`. A day begins where it begins first on earth: changes of up to 14 hours before
                midnight UTC come as well.
            account: Id of the account; the client's own, or the view's, where it is left out.
            type: `ReceivedInvoice` lists the received ones, acknowledged or not (behaviour 11); left out, the issued.
            options: see `CallOptions`; they hold for each page.

        Returns:
            What `async for` iterates. Nothing is sent before.

        Raises:
            ArgumentError: a `datetime` without a time zone.
            UnparsableReplyError: the server gives fewer rows than it counts, again and again.
            APIStatusError: the server refuses.
        """
        from .changed import ChangedInvoices, first_moment

        first = first_moment(moment)
        kind = None if type is None else str(type)
        day = first.date() - datetime.timedelta(days=1)

        def rows() -> Pager[InvoiceListItem]:
            return self.list(account, state_updated_at_from=day, **all_of(kind), **options)

        return ChangedInvoices(rows, first)

    def pending(
        self,
        account: AccountId | None = None,
        *,
        limit: int | None = None,
        offset: int | None = None,
        **options: Unpack[CallOptions],
    ) -> Pager[InvoiceListItem]:
        """List the received invoices that nobody acknowledged yet (behaviour 11).

        Example:
            waiting = [invoice async for invoice in client.invoices.pending(account=1234)]

        Acknowledging one takes it out of the list and moves the rest forward: read the list to its end first,
        or read it again until it is empty.

        Args:
            account: Id of the account; the client's own where it is left out.
            limit: rows per page.
            offset: the row to begin at.
            options: see `CallOptions`.
        """
        return self.list(
            account,
            type=RECEIVED,
            ack=False,
            limit=limit,
            offset=offset,
            **options,
        )

    def list_received(
        self,
        account: AccountId | None = None,
        *,
        limit: int | None = None,
        offset: int | None = None,
        date_from: datetime.date | str | None = None,
        date_to: datetime.date | str | None = None,
        state_updated_at_from: datetime.date | str | None = None,
        **options: Unpack[CallOptions],
    ) -> Pager[InvoiceListItem]:
        """List all received invoices, acknowledged or not; it acknowledges none (behaviour 11).

        Example:
            async for invoice in client.invoices.list_received(account=1234, date_from="2026-10-01"):
                print(invoice.number, invoice.state)

        Args:
            account: Id of the account; the client's own where it is left out.
            limit: rows per page.
            offset: the row to begin at.
            date_from: first day of issue, not of arrival (behaviour 13).
            date_to: last day of issue.
            state_updated_at_from: only those whose state changed on this day or later.
            options: see `CallOptions`.
        """
        return self.list(
            account,
            **all_of(RECEIVED),
            limit=limit,
            offset=offset,
            date_from=date_from,
            date_to=date_to,
            state_updated_at_from=state_updated_at_from,
            **options,
        )


def _check_sought(number: object, year: object) -> None:
    """Refuse what no invoice carries: that it isn't found would be taken for that it isn't there."""
    if number is None or (isinstance(number, str) and not number.strip()):
        raise ArgumentError("an empty number finds everything; pass the invoice's", argument="number")
    if not isinstance(number, str):
        raise ArgumentError(f"a number is text; pass {str(number)!r}", argument="number")
    if year is not None and (isinstance(year, bool) or not isinstance(year, int) or not 1000 <= year <= 9999):
        raise ArgumentError(f"{year!r} is no year; pass a number like 2026", argument="year")


async def _sought_in(document: bytes, issued: bool | None) -> Sought | None:
    from anyio import to_thread

    from .._reconcile.sought import read_sought  # only where nobody knows what became of a document

    return await to_thread.run_sync(read_sought, document, issued)


async def _name(error: OutcomeUnknownError | DuplicateNumberError, content: Content) -> None:
    """Put the document's number into the error, where the document can still be read."""
    if not isinstance(content, (bytes, bytearray, memoryview, os.PathLike)):
        return
    from .._call.content import read_content

    try:
        sought = await _sought_in(await read_content(content), None)
    except (ArgumentError, OSError):
        return
    if sought is not None:
        error.number = sought.number

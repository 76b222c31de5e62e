"""Tax reports and batches of them: made, corrected, annulled, followed to their end, and their QR codes."""

from __future__ import annotations

import math
from functools import partial
from typing import TYPE_CHECKING, Unpack, cast

from .._reconcile.states import REPORT_FAILED
from ..errors import (
    ArgumentError,
    NotFoundError,
    OutcomeUnknownError,
    UnparsableReplyError,
    UnprocessableError,
)
from ..generated.resources import tax_report_batches, tax_reports
from .doubt import reconciles

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping
    from contextlib import AbstractAsyncContextManager

    from .._core.downloads import Download, DownloadStream
    from .._core.operation import CallOptions
    from .._core.requests import AccountId, Request
    from .._reconcile.reconcile import Reconciliation
    from .._reconcile.reports import LostReply
    from ..generated.models.dictionaries import TaxReportInputDict, TaxReportUpdateInputDict
    from ..generated.models.invoice import Invoice
    from ..generated.models.invoice_list_item import InvoiceListItem
    from ..generated.models.tax_report import TaxReport
    from ..generated.models.tax_report_batch_status import TaxReportBatchStatus
    from ..generated.models.tax_report_input import TaxReportInput
    from ..generated.models.tax_report_rejection import TaxReportRejection
    from ..generated.models.tax_report_update_input import TaxReportUpdateInput
    from .doubt import OnUnknown
    from .following import Until
    from .qr import QRCode
    from .report_chain import TaxReportChain
    from .waiting import Pace


class TaxReports(tax_reports.TaxReports):
    """Operations on tax reports.

    Example:
        report = await client.tax_reports.get(5)

    None of the writes is ever repeated, unless it provably did not happen. Where a reply is lost, what it made is looked
    for, and returned where it is proved.
    """

    __slots__ = ()

    async def create(
        self,
        account: AccountId | None = None,
        *,
        tax_report: TaxReportInput | TaxReportInputDict,
        on_unknown: OnUnknown = "reconcile",
        reconciliation: Reconciliation | None = None,
        **options: Unpack[CallOptions],
    ) -> TaxReport:
        """Create a tax report.

        Example:
            report = await client.tax_reports.create(
                account=1234,
                tax_report={
                    "type": "Verifactu",
                    "external_reference": "order-17",
                    "invoice_date": "2026-10-14",
                    "invoice_number": "F-2026-1",
                    "invoice_type_code": "F1",
                    "description": "Gaskets",
                    "customer_party_name": "Acme SL",
                    "customer_party_tax_id": "B12345678",
                    "customer_party_country": "es",
                    "currency": "EUR",
                    "tax_inclusive_amount": Decimal("121.00"),
                    "tax_amount": Decimal("21.00"),
                    "tax_breakdowns": [
                        {
                            "name": "IVA",
                            "category": "S",
                            "non_exemption_code": "S1",
                            "percent": 21,
                            "taxable_base": Decimal("100.00"),
                            "tax_amount": Decimal("21.00"),
                            "special_regime_key": "01",
                        }
                    ],
                },
            )

        Args:
            account: Id of the account; the client's own where it is left out.
            tax_report: the report. Give it an `external_reference` that no other has: no number guards reports, and where
                the reply is lost it is known by that alone.
            on_unknown: what to do where nobody knows whether the server made it. `reconcile` looks for the reference,
                and returns the report if it is there, is younger than this call, and says what was sent. `raise` doesn't
                look.
            reconciliation: how patiently it is looked for; it is never sent again.
            options: see `CallOptions`. The deadline holds for sending and looking together.

        Raises:
            ArgumentError: an argument can't be sent as it is; nothing was sent.
            APIStatusError: the server refuses; a subclass for each status that matters.
            OutcomeUnknownError: it is not known whether the server made it, and it was not found.

        Source: POST /accounts/{account}/tax_reports, documented; behaviour 25.
        """
        if not reconciles(on_unknown):
            return await super().create(account, tax_report=tax_report, **options)
        from .._reconcile.look import Window, by_the_machine
        from ..generated.api.tax_reports.create import OPERATION

        owner = self.caller.account_or_default(account)
        sent = _report_of(OPERATION.request(account=owner, tax_report=tax_report))
        window = Window(by_the_machine())

        def find(lost: LostReply) -> Awaitable[TaxReport]:
            return lost.created(owner, sent, window)

        return await self._found_where_lost(
            partial(super().create, owner, tax_report=tax_report), find, reconciliation, options
        )

    async def correct(
        self,
        tax_report_id: int,
        *,
        tax_report: TaxReportUpdateInput | TaxReportUpdateInputDict,
        on_unknown: OnUnknown = "reconcile",
        reconciliation: Reconciliation | None = None,
        **options: Unpack[CallOptions],
    ) -> TaxReport:
        """Correct a tax report: the reply is a new one, with an id of its own, where the old one was registered.

        Example:
            correcting = await client.tax_reports.correct(5, tax_report={"description": "Gaskets"})
            await client.tax_reports.wait_for(correcting.id)

        Args:
            tax_report_id: Id of the tax report: the last of its chain.
            tax_report: Fields to change or correct.
            on_unknown: what to do where nobody knows whether it was corrected. `reconcile` reads the report before, and
                afterwards looks for the correction that it points to, which must say what was sent. `raise` doesn't
                look, and sends a second correction where one is there already.
            reconciliation: how patiently it is looked for; it is never sent again.
            options: see `CallOptions`. The deadline holds for everything together.

        Returns:
            The correction. Follow it to its end with `wait_for`.

        Raises:
            ArgumentError: the report was corrected or annulled already, or an argument can't be sent as it is; nothing
                was sent.
            APIStatusError: the server refuses; a subclass for each status that matters.
            OutcomeUnknownError: it is not known whether it was corrected, and no correction was found.

        Source: PATCH /tax_reports/{tax_report_id}, sdk; behaviours 25, 36.
        """
        if not reconciles(on_unknown):
            return await super().correct(tax_report_id, tax_report=tax_report, **options)
        from ..generated.api.tax_reports.correct import OPERATION

        sent = _report_of(OPERATION.request(tax_report_id=tax_report_id, tax_report=tax_report))
        ends = self._ends(options)
        before = await self.get(tax_report_id, **options)
        _check_open(before)

        def find(lost: LostReply) -> Awaitable[TaxReport]:
            return lost.corrected(before, sent)

        return await self._found_where_lost(
            partial(super().correct, tax_report_id, tax_report=tax_report),
            find,
            reconciliation,
            options,
            ends,
        )

    async def annul(
        self,
        tax_report_id: int,
        *,
        on_unknown: OnUnknown = "reconcile",
        reconciliation: Reconciliation | None = None,
        **options: Unpack[CallOptions],
    ) -> TaxReport:
        """Annul a tax report: the reply is a new one, with an id of its own, and both end as `annulled`.

        Example:
            annulling = await client.tax_reports.annul(5)
            await client.tax_reports.wait_for(annulling.id)

        Args:
            tax_report_id: Id of the tax report: the last of its chain.
            on_unknown: what to do where nobody knows whether it was annulled. `reconcile` looks for the annulment that the
                report points to; whoever asked for it, it is what was asked for. `raise` doesn't look.
            reconciliation: how patiently it is looked for; it is never sent again.
            options: see `CallOptions`. The deadline holds for everything together.

        Returns:
            The annulment. Follow it to its end with `wait_for`.

        Raises:
            APIStatusError: the server refuses, for example because the report is annulled.
            OutcomeUnknownError: it is not known whether it was annulled, and no annulment was found.

        Source: DELETE /tax_reports/{tax_report_id}, sdk; behaviours 36, 60.
        """
        if not reconciles(on_unknown):
            return await super().annul(tax_report_id, **options)

        def find(lost: LostReply) -> Awaitable[TaxReport]:
            return lost.annulled(tax_report_id)

        return await self._found_where_lost(
            partial(super().annul, tax_report_id), find, reconciliation, options
        )

    async def chain(
        self, tax_report_id: int, *, account: AccountId | None = None, **options: Unpack[CallOptions]
    ) -> TaxReportChain:
        """Return a report with everything that corrects and annuls it.

        Example:
            chain = await client.tax_reports.chain(5)
            print(chain.annulled or chain.current.id)

        Reports point forward. What came before a correction or an annulment is looked for in the account's list.

        Args:
            tax_report_id: Id of any of them.
            account: Id of the account; the client's own where it is left out. Without one the chain begins with this report.
            options: see `CallOptions`; they hold for each request.

        Raises:
            APIStatusError: the server refuses, for example because there is no such report.

        Source: behaviour 36; the two ids that point forward are there since API version 2026-03-02.
        """
        from .report_chain import chain_of

        return await chain_of(self, tax_report_id, account, options)

    async def wait_for(
        self,
        tax_report_id: int,
        *,
        until: Until | None = None,
        timeout: float | None = 600.0,
        account: AccountId | None = None,
    ) -> TaxReport:
        """Wait until a tax report is registered or annulled; many waits share their looks.

        Example:
            report = await client.tax_reports.wait_for(5, timeout=600.0)

        Reports take seconds to minutes, French ones until the next night (behaviours 36, 57).

        Args:
            tax_report_id: Id of the tax report.
            until: a predicate, or states of which any ends the wait; registered, registered_with_errors and annulled
                where it is left out.
            timeout: seconds to wait at most; None is no end.
            account: Id of the account, whose list is looked at when many wait; the client's own where it is left out.

        Returns:
            The report as it was read last.

        Raises:
            NotDeliveredError: it ended in error, refused or invalid, and that is not waited for.
            WaitTimeout: it did not come there in time; it has the last state.
            APIStatusError: the server refuses, for example because there is no such report.
        """
        from .following import wait_for_tax_report

        return await wait_for_tax_report(self, tax_report_id, until=until, timeout=timeout, account=account)

    def stream_download(
        self, tax_report_id: int, **options: Unpack[CallOptions]
    ) -> AbstractAsyncContextManager[DownloadStream]:
        """Download a tax report, piece by piece; see `DownloadStream`.

        Example:
            async with client.tax_reports.stream_download(5) as file:
                await file.save("report.xml")

        Args:
            tax_report_id: Id of the tax report.
            options: see `CallOptions`; a deadline holds until the last piece.

        Raises:
            ArgumentError: an argument can't be sent as it is; nothing was sent.
            APIStatusError: the server refuses; a subclass for each status that matters.

        Source: GET /tax_reports/{tax_report_id}/download, sdk.
        """
        from ..generated.api.tax_reports.download import OPERATION

        return self.caller.open(OPERATION, OPERATION.request(tax_report_id=tax_report_id), options)

    async def wait_for_file(
        self, tax_report_id: int, *, timeout: float = 60.0, pace: Pace | None = None
    ) -> Download:
        """Download what was sent to the authority, waiting for it to be made.

        Example:
            file = await client.tax_reports.wait_for_file(5)
            await file.save("report.xml")

        It is there once the report is chained. A French Flux 10 report goes in a ledger: then the ledger's file comes
        (behaviour 36).

        Args:
            tax_report_id: Id of the tax report.
            timeout: seconds to wait at most.
            pace: how often to ask.

        Raises:
            NotFoundError: there is no such report, or its file is not there after all that time.
            NotDeliveredError: the report has failed, so that no file will come.
        """
        from .following import NotDeliveredError
        from .waiting import pace_of, poll_for_file

        async def ask(left: float) -> Download | NotFoundError:
            try:
                return await self.download(tax_report_id, deadline=left)
            except UnprocessableError:
                report = await self.get(tax_report_id, deadline=left)
                if report.ledger_id is None:
                    raise
                ledger = report.ledger_id
            except NotFoundError as error:
                report = await self.get(tax_report_id, deadline=left)
                if report.state in REPORT_FAILED:
                    raise NotDeliveredError(report.id, str(report.state), kind="tax report") from None
                return error
            # Here, so that a version without ledgers has tax reports all the same.
            from ..generated.api.ledgers.download import download as download_ledger

            try:
                return await download_ledger(self, ledger, deadline=left)
            except NotFoundError as error:
                return error

        return await poll_for_file(
            ask,
            waited_for=f"the file of tax report {tax_report_id}",
            timeout=timeout,
            pace=pace_of(self, pace),
        )

    async def wait_for_receipt(
        self, tax_report_id: int, *, timeout: float = 600.0, pace: Pace | None = None
    ) -> Download | TaxReportRejection:
        """Download the authority's answer, waiting for it (behaviour 53).

        Example:
            answer = await client.tax_reports.wait_for_receipt(5)
            if isinstance(answer, Download):
                await answer.save("receipt.xml")

        Args:
            tax_report_id: Id of the tax report.
            timeout: seconds to wait at most.
            pace: how often to ask.

        Returns:
            The receipt as XML; `TaxReportRejection` where the authority refused, with its reason.

        Raises:
            WaitTimeout: there was no answer in time.
            NotFoundError: there is no such report.
        """
        from .waiting import pace_of, poll

        def show(answer: object) -> str | None:
            return "no answer yet" if answer is None else None

        found = await poll(
            lambda left: self.download_response(tax_report_id, deadline=left),
            show,
            waited_for=f"the authority's answer to tax report {tax_report_id}",
            timeout=timeout,
            pace=pace_of(self, pace),
        )
        assert found is not None
        return found

    async def qr(self, tax_report: int | TaxReport, **options: Unpack[CallOptions]) -> QRCode:
        """Return the QR code of a tax report, to be printed on its invoice.

        Example:
            code = await client.tax_reports.qr(5)
            await code.save("qr.svg")

        Args:
            tax_report: the report, or its id. One that was read before it had a code is read again.
            options: see `CallOptions`.

        Raises:
            NoQRCodeError: it has none, or none yet; `retry` is `later` then.
            APIStatusError: the server refuses, for example because there is no such report.
        """
        from .qr import NoQRCodeError, qr_code

        if not isinstance(tax_report, int):
            try:
                return qr_code(tax_report)
            except NoQRCodeError as error:
                if error.retry != "later":
                    raise
                tax_report = tax_report.id
        return qr_code(await self.get(tax_report, **options))

    async def verifactu_qr(
        self, invoice: int | Invoice | InvoiceListItem, **options: Unpack[CallOptions]
    ) -> QRCode:
        """Return the VeriFactu QR code to be printed on an invoice: that of the report that holds.

        Example:
            await client.tax_report_settings.ensure(
                1234, tax_report_setting={"code": "verifactu", "auto_generate": True}
            )
            await client.invoices.send(5)
            code = await client.tax_reports.verifactu_qr(5)

        VeriFactu brings it in the reply that makes the report (behaviour 57), so it is there as soon as the invoice was
        sent.

        Args:
            invoice: the invoice, or its id. One that was read before it was sent is read again.
            options: see `CallOptions`; they hold for each request.

        Raises:
            NoQRCodeError: it has no VeriFactu report, or none that holds.
            APIStatusError: the server refuses, for example because there is no such invoice.
        """
        from ..generated.api.invoices.get import get as get_invoice
        from .qr import NoQRCodeError, qr_code
        from .report_chain import chain_of

        if isinstance(invoice, int) or not invoice.tax_report_ids:
            invoice = await get_invoice(self, invoice if isinstance(invoice, int) else invoice.id, **options)
        annulled: int | None = None
        for number in sorted(invoice.tax_report_ids or (), reverse=True):
            report = await self.get(number, **options)
            if str(report.type).lower() != "verifactu" or report.annullation:
                continue
            chain = await chain_of(self, number, None, options)
            if chain.current is not None:
                return qr_code(chain.current)
            annulled = number
        if annulled is not None:
            raise NoQRCodeError(
                f"invoice {invoice.id}: its tax report {annulled} is annulled", tax_report_id=annulled
            )
        raise NoQRCodeError(
            f"invoice {invoice.id} has no VeriFactu report: it is made when the invoice is sent, where the account has "
            "a setting for verifactu",
            retry="later" if str(invoice.state) in ("new", "sending") else "never",
        )

    def _ends(self, options: CallOptions) -> float:
        deadline = options.get("deadline")
        return math.inf if deadline is None else self.caller.waiting.clock() + deadline

    async def _found_where_lost(
        self,
        send: Callable[..., Awaitable[TaxReport]],
        find: Callable[[LostReply], Awaitable[TaxReport]],
        how: Reconciliation | None,
        options: CallOptions,
        ends: float | None = None,
    ) -> TaxReport:
        """Send once, and look for what was made where the reply is lost."""
        ends = self._ends(options) if ends is None else ends
        clock = self.caller.waiting.clock

        def left() -> float | None:
            return None if math.isinf(ends) else max(ends - clock(), 0.001)

        try:
            return await send(**{**options, "deadline": left()})
        except OutcomeUnknownError as error:
            doubt = error
        except UnparsableReplyError as error:
            if error.status is None or not 200 <= error.status < 300:
                raise
            from .._reconcile.reconcile import doubt_of

            doubt = doubt_of(error)
        # Here and not above: most calls look for nothing, and needn't load what compares.
        from .._reconcile.reconcile import Reconciliation
        from .._reconcile.reports import LostReply

        waiting = self.caller.waiting
        how = how or Reconciliation(sleep=waiting.sleep, clock=waiting.clock)
        return await find(LostReply(self.caller, doubt, how, left))


def _report_of(request: Request) -> Mapping[str, object]:
    """Return the report that a request sends, under the keys of the wire."""
    assert request.body is not None
    return cast("Mapping[str, Mapping[str, object]]", request.body.value)["tax_report"]


def _check_open(report: TaxReport) -> None:
    """Refuse to correct a report of which another one was made already: nobody would know which one holds."""
    if report.corrected_by_id is not None:
        raise ArgumentError(
            f"tax report {report.id} was corrected by {report.corrected_by_id}; correct that one, or take "
            f'on_unknown="raise" to send a second correction all the same',
            argument="tax_report_id",
        )
    if report.annullation or report.annulled_by_id is not None or report.state in ("annullating", "annulled"):
        by = f" by {report.annulled_by_id}" if report.annulled_by_id is not None else ""
        what = "annuls another one" if report.annullation else f"was annulled{by}"
        raise ArgumentError(f"tax report {report.id} {what}; make a new one", argument="tax_report_id")


class TaxReportBatches(tax_report_batches.TaxReportBatches):
    """Operations on batches of tax reports.

    Example:
        batch = await client.tax_report_batches.wait_for("17", account=1234)
    """

    __slots__ = ()

    async def wait_for(
        self,
        batch_id: int | str,
        *,
        account: AccountId | None = None,
        timeout: float = 600.0,
        pace: Pace | None = None,
    ) -> TaxReportBatchStatus:
        """Wait until a batch is finished.

        Example:
            batch = await client.tax_report_batches.wait_for("17", account=1234, timeout=600.0)

        Args:
            batch_id: Id of the batch.
            account: Id of the account; the client's own where it is left out.
            timeout: seconds to wait at most.
            pace: how often to ask.

        Raises:
            WaitTimeout: it was not finished in time.
            APIStatusError: the server refuses.
        """
        from .waiting import wait_for_batch

        return await wait_for_batch(self, batch_id, account=account, timeout=timeout, pace=pace)

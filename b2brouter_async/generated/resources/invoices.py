"""Invoices: list, create, import_document, get, update, delete, download, validate, send, ack, mark_as,
add_attachment
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..._core.operation import AccountId, Content, Download, Options, Resource

if TYPE_CHECKING:
    import datetime
    from collections.abc import Mapping

    from ..._core.pagination import Pager
    from ..models.invoice import Invoice
    from ..models.invoice_input import InvoiceInput
    from ..models.invoice_list_item import InvoiceListItem
    from ..models.invoice_send_result import InvoiceSendResult
    from ..models.invoice_settable_state import InvoiceSettableState
    from ..models.invoice_type import InvoiceType
    from ..models.invoice_validation import InvoiceValidation


class Invoices(Resource):
    """Operations on invoices."""

    __slots__ = ()

    def list(
        self,
        account: AccountId | None = None,
        *,
        offset: int | None = None,
        limit: int | None = None,
        type: InvoiceType | str | None = None,
        ack: bool | None = None,
        date_from: datetime.date | str | None = None,
        date_to: datetime.date | str | None = None,
        due_date_from: datetime.date | str | None = None,
        due_date_to: datetime.date | str | None = None,
        number: str | None = None,
        query: str | None = None,
        state_updated_at_from: datetime.date | str | None = None,
        updated_at_from: datetime.date | str | None = None,
        new: bool | int | None = None,
        sending: bool | int | None = None,
        sent: bool | int | None = None,
        error: bool | int | None = None,
        registered: bool | int | None = None,
        accepted: bool | int | None = None,
        allegedly_paid: bool | int | None = None,
        refused: bool | int | None = None,
        closed: bool | int | None = None,
        paid: bool | int | None = None,
        received_invoice_received: bool | int | None = None,
        received_invoice_paid: bool | int | None = None,
        received_invoice_ocr_failed: bool | int | None = None,
        received_invoice_exclude_offices: bool | int | None = None,
        from_net: str | None = None,
        timeout: float | None = None,
        deadline: float | None = None,
        headers: Mapping[str, str] | None = None,
        priority: int | None = None,
        max_attempts: int | None = None,
    ) -> Pager[InvoiceListItem]:
        """List invoices.

        Args:
            account: Id of the account; the client's own where it is left out.
            offset: Index of the first object. Server's default: 0.
            limit: Page size; values above 500 are cut to 500. Server's default: 25.
            type: Kind of invoice. A further value for self-billed invoices exists; its spelling is not
                public.
            ack: For received invoices: left out or false gives only those not acknowledged, true gives all.
            date_from: First date. Documented as submission date, measured as issue date.
            date_to: Last date, as above.
            due_date_from: First due date.
            due_date_to: Last due date.
            number: Number; the page says exact, a reader of this version says prefix.
            query: Filter expression, for example tin_value=ESB12345678; since 2026-03-02.
            state_updated_at_from: State changed on or after this day.
            updated_at_from: Changed on or after this day; name assumed.
            new: Invoices in state new.
            sending: Invoices in state sending.
            sent: Invoices in state sent.
            error: Invoices in state error.
            registered: Invoices in state registered.
            accepted: Invoices in state accepted.
            allegedly_paid: Invoices in state allegedly_paid.
            refused: Invoices in state refused.
            closed: Invoices in state closed.
            paid: Invoices in state paid.
            received_invoice_received: Received invoices in state received.
            received_invoice_paid: Received invoices that are paid.
            received_invoice_ocr_failed: Received invoices whose text could not be read.
            received_invoice_exclude_offices: Leave out offices.
            from_net: Network received invoices came from; type assumed.
            timeout, deadline, headers, priority, max_attempts: see `Options`.

        Returns:
            A pager: await it for one page, iterate it for every item. Nothing is sent before.

        Raises:
            ArgumentError: an argument can't be sent as it is; nothing was sent.
            APIStatusError: the server refuses; a subclass for each status that matters.

        Source: GET /accounts/{account}/invoices, documented.
        """
        from ..._core.pagination import Pager
        from ..api.invoices import list_ as operation

        request = operation.build(
            self._caller.account_or_default(account),
            type=type,
            ack=ack,
            date_from=date_from,
            date_to=date_to,
            due_date_from=due_date_from,
            due_date_to=due_date_to,
            number=number,
            query=query,
            state_updated_at_from=state_updated_at_from,
            updated_at_from=updated_at_from,
            new=new,
            sending=sending,
            sent=sent,
            error=error,
            registered=registered,
            accepted=accepted,
            allegedly_paid=allegedly_paid,
            refused=refused,
            closed=closed,
            paid=paid,
            received_invoice_received=received_invoice_received,
            received_invoice_paid=received_invoice_paid,
            received_invoice_ocr_failed=received_invoice_ocr_failed,
            received_invoice_exclude_offices=received_invoice_exclude_offices,
            from_net=from_net,
        )
        options = Options(
            timeout=timeout, deadline=deadline, headers=headers, priority=priority, max_attempts=max_attempts
        )
        return Pager(self._caller, operation.OPERATION, request, options, limit=limit, offset=offset)

    async def create(
        self,
        account: AccountId | None = None,
        *,
        invoice: InvoiceInput | Mapping[str, object],
        send_after_import: bool | None = None,
        ack: bool | None = None,
        issue_after_import: bool | None = None,
        timeout: float | None = None,
        deadline: float | None = None,
        headers: Mapping[str, str] | None = None,
        priority: int | None = None,
        max_attempts: int | None = None,
    ) -> Invoice:
        """Create an invoice.

        Args:
            account: Id of the account; the client's own where it is left out.
            invoice: Invoice in a request. No public source states which fields are required; working
                examples have date, currency, a party and one line.
            send_after_import: Send right after creation when validation passes. Server's default: false.
            ack: Mark as acknowledged. Server's default: false.
            issue_after_import: Seen in one client of 2026-06-26; meaning assumed (issue without sending).
            timeout, deadline, headers, priority, max_attempts: see `Options`.

        Raises:
            ArgumentError: an argument can't be sent as it is; nothing was sent.
            APIStatusError: the server refuses; a subclass for each status that matters.
            OutcomeUnknownError: it is not known whether the server carried it out (behaviour 25).

        Source: POST /accounts/{account}/invoices, documented.
        """
        from ..api.invoices import create as operation

        return await operation.call(
            self._caller,
            account,
            invoice=invoice,
            send_after_import=send_after_import,
            ack=ack,
            issue_after_import=issue_after_import,
            timeout=timeout,
            deadline=deadline,
            headers=headers,
            priority=priority,
            max_attempts=max_attempts,
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
        timeout: float | None = None,
        deadline: float | None = None,
        headers: Mapping[str, str] | None = None,
        priority: int | None = None,
        max_attempts: int | None = None,
    ) -> Invoice:
        """Import an invoice file.

        Takes UBL, CII, Facturae, FatturaPA or a PDF with XML inside. Measured: other media types than
        application/octet-stream give 406.

        Args:
            account: Id of the account; the client's own where it is left out.
            content: see Content
            send_after_import: Send right after the import. Server's default: false.
            issued: false imports as a received invoice; the default is assumed to be true.
            transport_type_code_for_contact: Transport for the contact, from the transport types list.
            document_type_code_for_contact: Document type for the contact, from the document types list.
            timeout, deadline, headers, priority, max_attempts: see `Options`.

        Raises:
            ArgumentError: an argument can't be sent as it is; nothing was sent.
            APIStatusError: the server refuses; a subclass for each status that matters.
            OutcomeUnknownError: it is not known whether the server carried it out (behaviour 25).

        Source: POST /accounts/{account}/invoices/import, documented.
        """
        from ..api.invoices import import_document as operation

        return await operation.call(
            self._caller,
            account,
            content=content,
            send_after_import=send_after_import,
            issued=issued,
            transport_type_code_for_contact=transport_type_code_for_contact,
            document_type_code_for_contact=document_type_code_for_contact,
            timeout=timeout,
            deadline=deadline,
            headers=headers,
            priority=priority,
            max_attempts=max_attempts,
        )

    async def get(
        self,
        invoice_id: int,
        *,
        include: str | None = None,
        disposition: str | None = None,
        ack: bool | None = None,
        timeout: float | None = None,
        deadline: float | None = None,
        headers: Mapping[str, str] | None = None,
        priority: int | None = None,
        max_attempts: int | None = None,
    ) -> Invoice:
        """Get an invoice.

        Args:
            invoice_id: Id of the invoice.
            include: List with commas of lines, detailed_lines, apply_to_local_government_unit,
                apply_to_vat_group_member, third_party.
            disposition: How a PDF is delivered; values assumed.
            ack: Mark as acknowledged while reading.
            timeout, deadline, headers, priority, max_attempts: see `Options`.

        Raises:
            ArgumentError: an argument can't be sent as it is; nothing was sent.
            APIStatusError: the server refuses; a subclass for each status that matters.

        Source: GET /invoices/{invoice_id}, documented.
        """
        from ..api.invoices import get as operation

        return await operation.call(
            self._caller,
            invoice_id,
            include=include,
            disposition=disposition,
            ack=ack,
            timeout=timeout,
            deadline=deadline,
            headers=headers,
            priority=priority,
            max_attempts=max_attempts,
        )

    async def update(
        self,
        invoice_id: int,
        *,
        invoice: InvoiceInput | Mapping[str, object],
        send_after_import: bool | None = None,
        ack: bool | None = None,
        timeout: float | None = None,
        deadline: float | None = None,
        headers: Mapping[str, str] | None = None,
        priority: int | None = None,
        max_attempts: int | None = None,
    ) -> Invoice | None:
        """Update an invoice.

        Args:
            invoice_id: Id of the invoice.
            invoice: Invoice in a request. No public source states which fields are required; working
                examples have date, currency, a party and one line.
            send_after_import: Send after the update.
            ack: Mark as acknowledged.
            timeout, deadline, headers, priority, max_attempts: see `Options`.

        Returns:
            None where the server answers without a body (behaviour 34).

        Raises:
            ArgumentError: an argument can't be sent as it is; nothing was sent.
            APIStatusError: the server refuses; a subclass for each status that matters.
            OutcomeUnknownError: it is not known whether the server carried it out (behaviour 25).

        Source: PUT /invoices/{invoice_id}, documented.
        """
        from ..api.invoices import update as operation

        return await operation.call(
            self._caller,
            invoice_id,
            invoice=invoice,
            send_after_import=send_after_import,
            ack=ack,
            timeout=timeout,
            deadline=deadline,
            headers=headers,
            priority=priority,
            max_attempts=max_attempts,
        )

    async def delete(
        self,
        invoice_id: int,
        *,
        timeout: float | None = None,
        deadline: float | None = None,
        headers: Mapping[str, str] | None = None,
        priority: int | None = None,
        max_attempts: int | None = None,
    ) -> Invoice | None:
        """Delete an invoice.

        Args:
            invoice_id: Id of the invoice.
            timeout, deadline, headers, priority, max_attempts: see `Options`.

        Returns:
            None where the server answers without a body (behaviour 34).

        Raises:
            ArgumentError: an argument can't be sent as it is; nothing was sent.
            APIStatusError: the server refuses; a subclass for each status that matters.

        Source: DELETE /invoices/{invoice_id}, sdk.
        """
        from ..api.invoices import delete as operation

        return await operation.call(
            self._caller,
            invoice_id,
            timeout=timeout,
            deadline=deadline,
            headers=headers,
            priority=priority,
            max_attempts=max_attempts,
        )

    async def download(
        self,
        invoice_id: int,
        document_type_code: str,
        *,
        disposition: str | None = None,
        filename: str | None = None,
        download_: bool | None = None,
        timeout: float | None = None,
        deadline: float | None = None,
        headers: Mapping[str, str] | None = None,
        priority: int | None = None,
        max_attempts: int | None = None,
    ) -> Download:
        """Download an invoice as a document type.

        Args:
            invoice_id: Id of the invoice.
            document_type_code: Code from the document types list, or `original` for the file as it came, or
                `legal` for the archived one.
            disposition: How the file is delivered.
            filename: File name of the delivery.
            download_: Deliver as a download.
            timeout, deadline, headers, priority, max_attempts: see `Options`.

        Raises:
            ArgumentError: an argument can't be sent as it is; nothing was sent.
            APIStatusError: the server refuses; a subclass for each status that matters.

        Source: GET /invoices/{invoice_id}/as/{document_type_code}, documented.
        """
        from ..api.invoices import download as operation

        return await operation.call(
            self._caller,
            invoice_id,
            document_type_code,
            disposition=disposition,
            filename=filename,
            download_=download_,
            timeout=timeout,
            deadline=deadline,
            headers=headers,
            priority=priority,
            max_attempts=max_attempts,
        )

    async def validate(
        self,
        invoice_id: int,
        *,
        timeout: float | None = None,
        deadline: float | None = None,
        headers: Mapping[str, str] | None = None,
        priority: int | None = None,
        max_attempts: int | None = None,
    ) -> InvoiceValidation:
        """Check an invoice.

        Args:
            invoice_id: Id of the invoice.
            timeout, deadline, headers, priority, max_attempts: see `Options`.

        Raises:
            ArgumentError: an argument can't be sent as it is; nothing was sent.
            APIStatusError: the server refuses; a subclass for each status that matters.

        Source: GET /invoices/{invoice_id}/validate, documented.
        """
        from ..api.invoices import validate as operation

        return await operation.call(
            self._caller,
            invoice_id,
            timeout=timeout,
            deadline=deadline,
            headers=headers,
            priority=priority,
            max_attempts=max_attempts,
        )

    async def send(
        self,
        invoice_id: int,
        *,
        timeout: float | None = None,
        deadline: float | None = None,
        headers: Mapping[str, str] | None = None,
        priority: int | None = None,
        max_attempts: int | None = None,
    ) -> InvoiceSendResult | None:
        """Send an invoice.

        Args:
            invoice_id: Id of the invoice.
            timeout, deadline, headers, priority, max_attempts: see `Options`.

        Returns:
            None where the server answers without a body (behaviour 34).

        Raises:
            ArgumentError: an argument can't be sent as it is; nothing was sent.
            APIStatusError: the server refuses; a subclass for each status that matters.
            OutcomeUnknownError: it is not known whether the server carried it out (behaviour 25).

        Source: POST /invoices/send_invoice/{invoice_id}, documented.
        """
        from ..api.invoices import send as operation

        return await operation.call(
            self._caller,
            invoice_id,
            timeout=timeout,
            deadline=deadline,
            headers=headers,
            priority=priority,
            max_attempts=max_attempts,
        )

    async def ack(
        self,
        invoice_id: int,
        *,
        timeout: float | None = None,
        deadline: float | None = None,
        headers: Mapping[str, str] | None = None,
        priority: int | None = None,
        max_attempts: int | None = None,
    ) -> InvoiceSendResult | None:
        """Acknowledge an invoice.

        Args:
            invoice_id: Id of the invoice.
            timeout, deadline, headers, priority, max_attempts: see `Options`.

        Returns:
            None where the server answers without a body (behaviour 34).

        Raises:
            ArgumentError: an argument can't be sent as it is; nothing was sent.
            APIStatusError: the server refuses; a subclass for each status that matters.
            OutcomeUnknownError: it is not known whether the server carried it out (behaviour 25).

        Source: POST /invoices/{invoice_id}/ack, sdk.
        """
        from ..api.invoices import ack as operation

        return await operation.call(
            self._caller,
            invoice_id,
            timeout=timeout,
            deadline=deadline,
            headers=headers,
            priority=priority,
            max_attempts=max_attempts,
        )

    async def mark_as(
        self,
        invoice_id: int,
        *,
        state: InvoiceSettableState | str,
        reason: str | None = None,
        reason_code: str | None = None,
        commit: str | None = None,
        timeout: float | None = None,
        deadline: float | None = None,
        headers: Mapping[str, str] | None = None,
        priority: int | None = None,
        max_attempts: int | None = None,
    ) -> Invoice | None:
        """Change the state of an invoice.

        Args:
            invoice_id: Id of the invoice.
            state: States a caller may set. Issued: new, sent, accepted, registered, refused, paid, closed.
                Received: new, paid, accepted, refused, annotated. Issued simplified: new, sent, paid,
                downloaded, accepted, refused, registered, closed.
            reason: Message that goes with the change.
            reason_code: Structured reason, for example a French refusal code.
            commit: How the other party is told; only with_mail is known.
            timeout, deadline, headers, priority, max_attempts: see `Options`.

        Returns:
            None where the server answers without a body (behaviour 34).

        Raises:
            ArgumentError: an argument can't be sent as it is; nothing was sent.
            APIStatusError: the server refuses; a subclass for each status that matters.
            OutcomeUnknownError: it is not known whether the server carried it out (behaviour 25).

        Source: POST /invoices/{invoice_id}/mark_as, documented.
        """
        from ..api.invoices import mark_as as operation

        return await operation.call(
            self._caller,
            invoice_id,
            state=state,
            reason=reason,
            reason_code=reason_code,
            commit=commit,
            timeout=timeout,
            deadline=deadline,
            headers=headers,
            priority=priority,
            max_attempts=max_attempts,
        )

    async def add_attachment(
        self,
        invoice_id: int,
        *,
        filename: str,
        content: Content,
        use_as_pdf_view: bool | None = None,
        timeout: float | None = None,
        deadline: float | None = None,
        headers: Mapping[str, str] | None = None,
        priority: int | None = None,
        max_attempts: int | None = None,
    ) -> None:
        """Attach a file to an invoice.

        Args:
            invoice_id: Id of the invoice.
            filename: Name of the file.
            content: see Content
            use_as_pdf_view: Use this PDF as the visual and legal one.
            timeout, deadline, headers, priority, max_attempts: see `Options`.

        Raises:
            ArgumentError: an argument can't be sent as it is; nothing was sent.
            APIStatusError: the server refuses; a subclass for each status that matters.
            OutcomeUnknownError: it is not known whether the server carried it out (behaviour 25).

        Source: POST /invoices/{invoice_id}/add_attachment, documented.
        """
        from ..api.invoices import add_attachment as operation

        return await operation.call(
            self._caller,
            invoice_id,
            filename=filename,
            content=content,
            use_as_pdf_view=use_as_pdf_view,
            timeout=timeout,
            deadline=deadline,
            headers=headers,
            priority=priority,
            max_attempts=max_attempts,
        )

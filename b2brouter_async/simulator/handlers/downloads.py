"""Files of an invoice: the original, the legal one, PDF and XML (behaviours 33 and 37)."""

from __future__ import annotations

import urllib.parse
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from ..server import errors
from ..server.call import Reply, owned
from ..state.codes import DOCUMENT_TYPES
from .markup import text
from .pdf import pdf
from .states import OPEN

if TYPE_CHECKING:
    from ..server.call import Call, Handler
    from ..state.store import Record
    from ..state.world import World

XML = "application/xml"
PDF = "application/pdf"


def download_invoice(world: World, call: Call) -> Reply:
    """Give an invoice as a document type."""
    invoice = owned(world, call, "invoice", call.path[0])
    code = call.path[1]
    if code == "original":
        content = _original(world, invoice)
        if content is None:
            raise errors.missing("original file")
        return _file(call, content, "application/octet-stream", invoice.hidden.get("filename"))
    if code == "legal":
        if invoice.body["state"] in OPEN or invoice.body["state"] == "sending":
            raise errors.missing("legal file")
        return _legal(world, call, invoice)
    if code not in DOCUMENT_TYPES:
        raise errors.inclusion("document_type_code")
    if code.startswith("pdf."):
        # The PDF takes some seconds to appear (behaviour 33).
        if world.now < invoice.hidden["pdf_at"]:
            raise errors.missing("file")
        original = _original(world, invoice)
        if code == "pdf.facturx" and original is not None and original.startswith(b"%PDF"):
            return _file(call, original, PDF, None)
        return _file(call, _summary_pdf(invoice), PDF, None)
    original = _original(world, invoice)
    if original is not None and not original.startswith(b"%PDF"):
        return _file(call, original, XML, None)
    return _file(call, to_ubl(invoice), XML, None)


def _legal(world: World, call: Call, invoice: Record) -> Reply:
    """What it is follows the invoice's document type (behaviour 37), and is the original where there is one."""
    original = _original(world, invoice)
    if str(invoice.body["document_type_code"]).startswith("pdf."):
        usable = original is not None and original.startswith(b"%PDF")
        return _file(call, original if usable and original else _summary_pdf(invoice), PDF, None)
    return _file(call, original or to_ubl(invoice), XML, None)


def _summary_pdf(invoice: Record) -> bytes:
    body = invoice.body
    total = "" if body["total"] is None else f"  {body['total']} {body['currency']}"
    return pdf(f"{body['number']}  {body['date']}{total}")


def to_ubl(invoice: Record) -> bytes:
    """Return a UBL document of an invoice made from JSON: what its body has, no more."""
    body = invoice.body
    contact: dict[str, Any] = body["contact"] or {}
    account: dict[str, Any] = body["account"] or {}
    seller, buyer = (contact, account) if body["type"] == "ReceivedInvoice" else (account, contact)
    credit = bool(body["is_credit_note"])
    root = "CreditNote" if credit else "Invoice"
    currency = text(body["currency"])

    def money(name: str, value: object) -> str:
        return f'<cbc:{name} currencyID="{currency}">{_decimal(value)}</cbc:{name}>'

    parts = [
        '<?xml version="1.0" encoding="UTF-8"?>\n',
        f'<{root} xmlns="urn:oasis:names:specification:ubl:schema:xsd:{root}-2"',
        ' xmlns:cac="urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2"',
        ' xmlns:cbc="urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2">',
        f"<cbc:ID>{text(body['number'])}</cbc:ID><cbc:IssueDate>{text(body['date'])}</cbc:IssueDate>",
        f"<cbc:DueDate>{text(body['due_date'])}</cbc:DueDate>" if body["due_date"] and not credit else "",
        f"<cbc:{root}TypeCode>{'381' if credit else '380'}</cbc:{root}TypeCode>",
        f"<cbc:DocumentCurrencyCode>{currency}</cbc:DocumentCurrencyCode>",
        _party("AccountingSupplierParty", seller),
        _party("AccountingCustomerParty", buyer),
        "<cac:TaxTotal>",
        money("TaxAmount", sum((Decimal(tax.get("amount") or 0) for tax in body["taxes"]), Decimal(0))),
        "</cac:TaxTotal><cac:LegalMonetaryTotal>",
        money("TaxExclusiveAmount", body["subtotal"]),
        money("TaxInclusiveAmount", body["total"]),
        money("PayableAmount", body["total_amount_due"]),
        f"</cac:LegalMonetaryTotal></{root}>\n",
    ]
    return "".join(parts).encode("utf-8")


def _party(name: str, fields: dict[str, Any]) -> str:
    tax = fields.get("tin_value")
    scheme = (
        f"<cac:PartyTaxScheme><cbc:CompanyID>{text(tax)}</cbc:CompanyID>"
        "<cac:TaxScheme><cbc:ID>VAT</cbc:ID></cac:TaxScheme></cac:PartyTaxScheme>"
        if tax
        else ""
    )
    legal = f"<cbc:RegistrationName>{text(fields.get('name'))}</cbc:RegistrationName>"
    return f"<cac:{name}><cac:Party>{scheme}<cac:PartyLegalEntity>{legal}</cac:PartyLegalEntity></cac:Party></cac:{name}>"


def _decimal(value: object) -> str:
    return f"{Decimal(str(value or 0)):f}"


def _original(world: World, invoice: Record) -> bytes | None:
    return world.store.content(f"invoice/{invoice.id}")


def _file(call: Call, content: bytes, media_type: str, filename: str | None) -> Reply:
    filename = call.query.get("filename") or filename
    disposition = call.query.get("disposition")
    if call.query.get("download") or disposition not in ("inline", "attachment"):
        disposition = "attachment" if call.query.get("download") or filename else "inline"
    if filename:
        quoted = urllib.parse.quote(filename.encode("utf-8", "replace"), safe="")
        disposition += f"; filename*=UTF-8''{quoted}"
    return Reply(200, content, media_type, {"Content-Disposition": disposition})


HANDLERS: dict[str, Handler] = {"GET /invoices/{}/as/{}": download_invoice}

"""Import of invoice documents, and the check of one (behaviours 18 and 19)."""

from __future__ import annotations

import base64
import binascii
import hashlib
import urllib.parse
from decimal import Decimal
from typing import TYPE_CHECKING

from ..server import errors
from ..server.call import Reply
from ..state.codes import DOCUMENT_TYPES, TRANSPORT_TYPES
from .contacts import party, short
from .identifiers import same
from .invoices import active_account, keep_invoice, new_invoice
from .states import RECEIVED, send

if TYPE_CHECKING:
    from ...einvoice import DocumentFacts, Party
    from ..server.call import Call, Handler
    from ..state.store import JsonObject, Record
    from ..state.world import World

LARGEST_FILE = 20 * 1024 * 1024
_CODES = {
    "ubl": "xml.ubl.invoice",
    "cii": "xml.cii",
    "factur-x": "pdf.facturx",
    "facturae": "xml.facturae.3.2.2",
    "fatturapa": "xml.fatturapa.1.2",
}
# Where the total of a document stands.
_TOTALS = {
    "ubl": "//cac:LegalMonetaryTotal/cbc:TaxInclusiveAmount",
    "cii": "//ram:SpecifiedTradeSettlementHeaderMonetarySummation/ram:GrandTotalAmount",
    "factur-x": "//ram:SpecifiedTradeSettlementHeaderMonetarySummation/ram:GrandTotalAmount",
    "facturae": "//InvoiceTotals/InvoiceTotal",
    "fatturapa": "//DatiGeneraliDocumento/ImportoTotaleDocumento",
}


def import_invoice(world: World, call: Call) -> Reply:
    """Import a file as an invoice; the direction is guessed from the parties when `issued` is left out."""
    account = active_account(world, call)
    query = call.query
    for name, codes in (
        ("transport_type_code_for_contact", TRANSPORT_TYPES),
        ("document_type_code_for_contact", DOCUMENT_TYPES),
    ):
        if name in query and query[name] not in codes:
            raise errors.inclusion(name)
    content, filename = unwrap(call.content)
    if not content:
        raise errors.blank("file")
    facts = read(content)
    issued = query.get("issued")
    if issued is None:
        issued = not (_is_account(facts.buyer, account) and not _is_account(facts.seller, account))
    invoice = new_invoice(world, account, _fields(facts, issued))
    other = facts.buyer if issued else facts.seller
    given = {
        "transport_type_code": query.get("transport_type_code_for_contact"),
        "document_type_code": query.get("document_type_code_for_contact"),
    }
    contact = party(world, str(account.id), _party(other, given)).look()
    invoice.body["contact"] = short(contact)
    invoice.body["transport_type_code"] = given["transport_type_code"] or contact["transport_type_code"]
    invoice.hidden = {
        "route": {
            "scheme": other.endpoint_scheme,
            "value": other.endpoint_id,
            "transport": invoice.body["transport_type_code"],
        },
        "filename": filename,
        "sha256": hashlib.sha256(content).hexdigest(),
        "syntax": facts.syntax,
    }
    keep_invoice(world, invoice, invoice.hidden["sha256"])
    world.store.put_content(f"invoice/{invoice.id}", content)
    if query.get("send_after_import") and issued:
        send(world, invoice)
    return Reply(201, {"invoice": invoice.body})


def validate_document(world: World, call: Call) -> Reply:
    """Check a file; one that can't be read is 400."""
    try:
        content, _ = unwrap(call.content)
        facts = read(content)
    except errors.Refusal as refusal:
        raise errors.bad_request(refusal.body["error"]["message"], param="file") from refusal
    found = _mistakes(facts)
    return Reply(200, {"valid": not found, "errors": found, "warnings": []})


def _mistakes(facts: DocumentFacts) -> list[JsonObject]:
    """Return what is wrong with the totals of a document, each with its place and the rule (behaviour 56)."""
    if facts.subtotal is None or facts.tax_total is None or facts.total is None:
        return []
    if abs(facts.subtotal + facts.tax_total - facts.total) <= Decimal("0.01"):
        return []
    rule = "[BR-CO-15]-Invoice total amount with VAT (BT-112) = total amount without VAT (BT-109) + total VAT amount (BT-110)."
    return [{"location": _TOTALS[facts.syntax], "rule": rule, "code": "BR-CO-15"}]


def unwrap(content: bytes) -> tuple[bytes, str | None]:
    """Return the bytes of a file, and its name if it came as `data:<mime>;name=<file>;base64,<data>`."""
    if content[:5].lower() != b"data:":
        return content, None
    head, comma, data = content.partition(b",")
    parts = head[5:].decode("utf-8", "replace").split(";")
    if not comma or parts[-1].strip().lower() != "base64":
        raise errors.inclusion("file", "The data URI can't be read")
    try:
        decoded = base64.b64decode(b"".join(data.split()), validate=True)
    except binascii.Error as error:
        raise errors.inclusion("file", "The data URI can't be read") from error
    names = [part.partition("=")[2] for part in parts[1:] if part.strip().lower().startswith("name=")]
    return decoded, urllib.parse.unquote(names[0].strip('"')) if names else None


def read(content: bytes) -> DocumentFacts:
    """Read a document, or refuse it with the reason."""
    from ...einvoice import UnreadableDocument, read_document

    try:
        return read_document(content, max_bytes=LARGEST_FILE)
    except UnreadableDocument as error:
        raise errors.inclusion("file", f"The document can't be read: {error.reason}") from error


def _is_account(one: Party, account: Record) -> bool:
    body = account.body
    return any(
        same(held, given)
        for held in (body["tin_value"], body["cin_value"])
        for given in (one.tax_id, one.company_id)
    )


def _fields(facts: DocumentFacts, issued: bool) -> JsonObject:
    fields: JsonObject = {
        "type": "IssuedInvoice" if issued else RECEIVED,
        "number": facts.number,
        "series_code": facts.series,
        "date": facts.date.isoformat(),
        "due_date": facts.due_date.isoformat() if facts.due_date else None,
        "is_credit_note": facts.kind == "credit_note",
        "document_type_code": _CODES.get(facts.syntax),
        "subtotal": facts.subtotal,
        "taxes": [],
        "total": facts.total,
        "total_amount_due": facts.payable,
        "payable_amount": facts.payable,
    }
    if facts.currency:
        fields["currency"] = facts.currency
    if facts.tax_total is not None:
        rate = None
        if facts.subtotal:
            rate = (facts.tax_total * 100 / facts.subtotal).quantize(Decimal("0.01"))
        fields["taxes"] = [
            {
                "name": "VAT",
                "category": None,
                "percent": rate,
                "base": facts.subtotal,
                "amount": facts.tax_total,
            }
        ]
    if not issued:
        fields["from_net"] = "import"
    return fields


def _party(one: Party, given: JsonObject) -> JsonObject:
    fields = {
        "name": one.name,
        "tin_value": one.tax_id,
        "cin_value": one.company_id,
        "pin_value": one.endpoint_id,
        "pin_scheme": one.endpoint_scheme,
        "address": one.address,
        "city": one.city,
        "postalcode": one.postalcode,
        "country": one.country.lower() if one.country else None,
        "email": one.email,
        **given,
    }
    return {name: value for name, value in fields.items() if value is not None}


HANDLERS: dict[str, Handler] = {
    "POST /accounts/{}/invoices/import": import_invoice,
    "POST /documents/validate": validate_document,
}

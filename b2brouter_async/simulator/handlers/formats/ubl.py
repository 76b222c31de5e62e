"""UBL 2.1."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...state.store import rows
from ..amounts import line_total
from .elements import amount, decimal, node, upper, xml
from .facts import unit_code

if TYPE_CHECKING:
    from decimal import Decimal

    from ...state.store import JsonObject
    from .elements import Node
    from .facts import Facts

_CBC = "urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2"
_CAC = "urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2"
_FRENCH = "urn:cen.eu:en16931:2017#compliant#urn:fr:cius:2025"
_PEPPOL = "urn:cen.eu:en16931:2017#compliant#urn:fdc:peppol.eu:2017:poacc:billing:3.0"


def to_ubl(facts: Facts, code: str) -> bytes:
    """Return an invoice, or a credit note."""
    root = _root(facts)
    return xml(
        node(
            root,
            node("cbc:CustomizationID", _FRENCH if ".frcius" in code else _PEPPOL),
            node("cbc:ID", facts.number),
            node("cbc:IssueDate", facts.date),
            node("cbc:DueDate", None if facts.credit else facts.due),
            node(f"cbc:{root}TypeCode", 381 if facts.credit else 380),
            node("cbc:DocumentCurrencyCode", facts.currency),
            node("cac:AccountingSupplierParty", _party(facts.seller)),
            node("cac:AccountingCustomerParty", _party(facts.buyer)),
            node(
                "cac:TaxTotal",
                _money(facts, "TaxAmount", facts.tax),
                *(_subtotal(facts, tax) for tax in facts.taxes),
            ),
            node(
                "cac:LegalMonetaryTotal",
                _money(facts, "LineExtensionAmount", facts.subtotal),
                _money(facts, "TaxExclusiveAmount", facts.subtotal),
                _money(facts, "TaxInclusiveAmount", facts.total),
                _money(facts, "PayableAmount", facts.payable),
            ),
            *(_line(facts, place, line) for place, line in enumerate(facts.lines, 1)),
        ),
        {"": f"urn:oasis:names:specification:ubl:schema:xsd:{root}-2", "cac": _CAC, "cbc": _CBC},
    )


def _root(facts: Facts) -> str:
    return "CreditNote" if facts.credit else "Invoice"


def _party(fields: JsonObject) -> Node:
    tax = node(
        "cac:PartyTaxScheme",
        node("cbc:CompanyID", fields.get("tin_value")),
        node("cac:TaxScheme", node("cbc:ID", "VAT")),
    )
    return node(
        "cac:Party",
        node("cbc:EndpointID", fields.get("pin_value"), schemeID=fields.get("pin_scheme")),
        node(
            "cac:PostalAddress",
            node("cbc:StreetName", fields.get("address")),
            node("cbc:CityName", fields.get("city")),
            node("cbc:PostalZone", fields.get("postalcode")),
            node("cac:Country", node("cbc:IdentificationCode", upper(fields.get("country")))),
        ),
        *([tax] if fields.get("tin_value") else []),
        node(
            "cac:PartyLegalEntity",
            node("cbc:RegistrationName", fields.get("name")),
            node("cbc:CompanyID", fields.get("cin_value")),
        ),
    )


def _subtotal(facts: Facts, tax: JsonObject) -> Node:
    return node(
        "cac:TaxSubtotal",
        _money(facts, "TaxableAmount", decimal(tax.get("base"))),
        _money(facts, "TaxAmount", decimal(tax.get("amount"))),
        _category("TaxCategory", tax),
    )


def _line(facts: Facts, place: int, line: JsonObject) -> Node:
    quantity = "CreditedQuantity" if facts.credit else "InvoicedQuantity"
    return node(
        f"cac:{_root(facts)}Line",
        node("cbc:ID", place),
        node(f"cbc:{quantity}", line.get("quantity", 1), unitCode=unit_code(line)),
        _money(facts, "LineExtensionAmount", line_total(line)),
        node(
            "cac:Item",
            node("cbc:Name", line.get("description")),
            *(_category("ClassifiedTaxCategory", tax) for tax in rows(line, "taxes_attributes")[:1]),
        ),
        node(
            "cac:Price",
            _money(facts, "PriceAmount", decimal(line.get("price"))),
            node("cbc:BaseQuantity", line.get("base_quantity"), unitCode=unit_code(line)),
        ),
    )


def _category(name: str, tax: JsonObject) -> Node:
    return node(
        f"cac:{name}",
        node("cbc:ID", tax.get("category")),
        node("cbc:Percent", tax.get("percent")),
        node("cac:TaxScheme", node("cbc:ID", "VAT")),
    )


def _money(facts: Facts, name: str, value: Decimal) -> Node:
    return node(f"cbc:{name}", amount(value), currencyID=facts.currency)

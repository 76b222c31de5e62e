"""Facturae 3.2.2."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...state.store import rows
from ..amounts import line_total
from .elements import amount, decimal, node, upper, xml

if TYPE_CHECKING:
    from decimal import Decimal

    from ...state.store import JsonObject
    from .elements import Node
    from .facts import Facts

# ISO 3166-1 alpha-3, as Facturae writes countries; others are written as they are.
_ALPHA_3 = {
    "es": "ESP", "fr": "FRA", "be": "BEL", "de": "DEU", "it": "ITA", "pt": "PRT", "nl": "NLD", "gb": "GBR", "ie": "IRL",
    "lu": "LUX", "at": "AUT", "pl": "POL", "us": "USA", "ch": "CHE", "se": "SWE", "dk": "DNK", "fi": "FIN", "no": "NOR",
}  # fmt: skip


def to_facturae(facts: Facts, code: str) -> bytes:
    """Return an invoice. A credit note is a corrective one with negative amounts."""
    sign = -1 if facts.credit and facts.total > 0 else 1
    return xml(
        node(
            "fe:Facturae",
            node(
                "FileHeader",
                node("SchemaVersion", "3.2.2"),
                node("Modality", "I"),
                node("InvoiceIssuerType", "EM"),
            ),
            node("Parties", _party("SellerParty", facts.seller), _party("BuyerParty", facts.buyer)),
            node("Invoices", _invoice(facts, sign)),
        ),
        {"fe": "http://www.facturae.gob.es/formato/Versiones/Facturaev3_2_2.xml"},
    )


def _party(name: str, fields: JsonObject) -> Node:
    spanish = (fields.get("country") or "es") == "es"
    return node(
        name,
        node(
            "TaxIdentification",
            node("PersonTypeCode", "J"),
            node("ResidenceTypeCode", "R" if spanish else "U"),
            node("TaxIdentificationNumber", fields.get("tin_value") or fields.get("cin_value")),
        ),
        node(
            "LegalEntity",
            node("CorporateName", fields.get("name")),
            _address_in_spain(fields) if spanish else _address_abroad(fields),
        ),
    )


def _address_in_spain(fields: JsonObject) -> Node:
    return node(
        "AddressInSpain",
        node("Address", fields.get("address") or "-"),
        node("PostCode", fields.get("postalcode") or "00000"),
        node("Town", fields.get("city") or "-"),
        node("Province", fields.get("province") or fields.get("city") or "-"),
        node("CountryCode", "ESP"),
    )


def _address_abroad(fields: JsonObject) -> Node:
    country = fields["country"]
    town = f"{fields.get('postalcode') or ''} {fields.get('city') or ''}".strip()
    return node(
        "OverseasAddress",
        node("Address", fields.get("address") or "-"),
        node("PostCodeAndTown", town or "-"),
        node("Province", fields.get("province") or "-"),
        node("CountryCode", _ALPHA_3.get(country, upper(country))),
    )


def _invoice(facts: Facts, sign: int) -> Node:
    corrective = node("Corrective", node("ReasonCode", "01"))
    taxes = [
        _tax(sign * decimal(entry.get("base")), entry.get("percent"), sign * decimal(entry.get("amount")))
        for entry in facts.taxes
    ]
    return node(
        "Invoice",
        node(
            "InvoiceHeader",
            node("InvoiceNumber", facts.number),
            node("InvoiceSeriesCode", facts.series or None),
            node("InvoiceDocumentType", "FC"),
            node("InvoiceClass", "OR" if facts.credit else "OO"),
            *([corrective] if facts.credit else []),
        ),
        node(
            "InvoiceIssueData",
            node("IssueDate", facts.date),
            node("InvoiceCurrencyCode", facts.currency),
            node("TaxCurrencyCode", facts.currency),
            node("LanguageName", "es"),
        ),
        node("TaxesOutputs", *taxes),
        node(
            "InvoiceTotals",
            node("TotalGrossAmount", amount(sign * facts.subtotal)),
            node("TotalGrossAmountBeforeTaxes", amount(sign * facts.subtotal)),
            node("TotalTaxOutputs", amount(sign * facts.tax)),
            node("TotalTaxesWithheld", "0.00"),
            node("InvoiceTotal", amount(sign * facts.total)),
            node("TotalOutstandingAmount", amount(sign * facts.payable)),
            node("TotalExecutableAmount", amount(sign * facts.payable)),
        ),
        node("Items", *(_line(line, sign) for line in facts.lines)),
        *([_payment(facts.due, sign * facts.payable)] if facts.due else []),
    )


def _line(line: JsonObject, sign: int) -> Node:
    net = sign * line_total(line)
    return node(
        "InvoiceLine",
        node("ItemDescription", line.get("description")),
        node("Quantity", sign * decimal(line.get("quantity", 1))),
        node("UnitOfMeasure", "01"),
        node("UnitPriceWithoutTax", amount(decimal(line.get("price")))),
        node("TotalCost", amount(net)),
        node("GrossAmount", amount(net)),
        node("TaxesOutputs", *(_tax(net, entry.get("percent")) for entry in rows(line, "taxes_attributes"))),
    )


def _tax(base: Decimal, percent: object, tax: Decimal | None = None) -> Node:
    return node(
        "Tax",
        node("TaxTypeCode", "01"),
        node("TaxRate", amount(decimal(percent))),
        node("TaxableBase", node("TotalAmount", amount(base))),
        node("TaxAmount", node("TotalAmount", None if tax is None else amount(tax))),
    )


def _payment(due: str, payable: Decimal) -> Node:
    return node(
        "PaymentDetails",
        node(
            "Installment",
            node("InstallmentDueDate", due),
            node("InstallmentAmount", amount(payable)),
            node("PaymentMeans", "04"),
        ),
    )

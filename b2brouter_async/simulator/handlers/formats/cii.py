"""Cross Industry Invoice of UN/CEFACT."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...state.store import rows
from ..amounts import line_total
from .elements import decimal, node, upper, xml
from .facts import unit_code

if TYPE_CHECKING:
    from ...state.store import JsonObject
    from .elements import Node
    from .facts import Facts

_NAMESPACES = {
    "rsm": "urn:un:unece:uncefact:data:standard:CrossIndustryInvoice:100",
    "ram": "urn:un:unece:uncefact:data:standard:ReusableAggregateBusinessInformationEntity:100",
    "udt": "urn:un:unece:uncefact:data:standard:UnqualifiedDataType:100",
}


def to_cii(facts: Facts, code: str) -> bytes:
    """Return an invoice or a credit note, which differ in a code."""
    return xml(
        node(
            "rsm:CrossIndustryInvoice",
            node(
                "rsm:ExchangedDocumentContext",
                node(
                    "ram:GuidelineSpecifiedDocumentContextParameter",
                    node("ram:ID", "urn:cen.eu:en16931:2017"),
                ),
            ),
            node(
                "rsm:ExchangedDocument",
                node("ram:ID", facts.number),
                node("ram:TypeCode", 381 if facts.credit else 380),
                _day("IssueDateTime", facts.date),
            ),
            node(
                "rsm:SupplyChainTradeTransaction",
                *(_line(place, line) for place, line in enumerate(facts.lines, 1)),
                node(
                    "ram:ApplicableHeaderTradeAgreement",
                    _party("SellerTradeParty", facts.seller),
                    _party("BuyerTradeParty", facts.buyer),
                ),
                node("ram:ApplicableHeaderTradeDelivery"),
                _settlement(facts),
            ),
        ),
        _NAMESPACES,
    )


def _day(name: str, value: str) -> Node:
    return node(f"ram:{name}", node("udt:DateTimeString", value.replace("-", ""), format="102"))


def _line(place: int, line: JsonObject) -> Node:
    return node(
        "ram:IncludedSupplyChainTradeLineItem",
        node("ram:AssociatedDocumentLineDocument", node("ram:LineID", place)),
        node("ram:SpecifiedTradeProduct", node("ram:Name", line.get("description"))),
        node(
            "ram:SpecifiedLineTradeAgreement",
            node(
                "ram:NetPriceProductTradePrice",
                node("ram:ChargeAmount", decimal(line.get("price"))),
                node("ram:BasisQuantity", line.get("base_quantity"), unitCode=unit_code(line)),
            ),
        ),
        node(
            "ram:SpecifiedLineTradeDelivery",
            node("ram:BilledQuantity", line.get("quantity", 1), unitCode=unit_code(line)),
        ),
        node(
            "ram:SpecifiedLineTradeSettlement",
            *(_tax(entry) for entry in rows(line, "taxes_attributes")[:1]),
            node(
                "ram:SpecifiedTradeSettlementLineMonetarySummation",
                node("ram:LineTotalAmount", line_total(line)),
            ),
        ),
    )


def _party(name: str, fields: JsonObject) -> Node:
    return node(
        f"ram:{name}",
        node("ram:Name", fields.get("name")),
        node("ram:SpecifiedLegalOrganization", node("ram:ID", fields.get("cin_value"))),
        node(
            "ram:PostalTradeAddress",
            node("ram:PostcodeCode", fields.get("postalcode")),
            node("ram:LineOne", fields.get("address")),
            node("ram:CityName", fields.get("city")),
            node("ram:CountryID", upper(fields.get("country"))),
        ),
        node("ram:SpecifiedTaxRegistration", node("ram:ID", fields.get("tin_value"), schemeID="VA")),
    )


def _settlement(facts: Facts) -> Node:
    taxes = [
        _tax(
            entry,
            node("ram:CalculatedAmount", decimal(entry.get("amount"))),
            node("ram:BasisAmount", decimal(entry.get("base"))),
        )
        for entry in facts.taxes
    ]
    due = [node("ram:SpecifiedTradePaymentTerms", _day("DueDateDateTime", facts.due))] if facts.due else []
    return node(
        "ram:ApplicableHeaderTradeSettlement",
        node("ram:InvoiceCurrencyCode", facts.currency),
        *taxes,
        *due,
        node(
            "ram:SpecifiedTradeSettlementHeaderMonetarySummation",
            node("ram:LineTotalAmount", facts.subtotal),
            node("ram:TaxBasisTotalAmount", facts.subtotal),
            node("ram:TaxTotalAmount", facts.tax, currencyID=facts.currency),
            node("ram:GrandTotalAmount", facts.total),
            node("ram:DuePayableAmount", facts.payable),
        ),
    )


def _tax(entry: JsonObject, *amounts: Node) -> Node:
    return node(
        "ram:ApplicableTradeTax",
        *amounts,
        node("ram:TypeCode", "VAT"),
        node("ram:CategoryCode", entry.get("category")),
        node("ram:RateApplicablePercent", entry.get("percent")),
    )

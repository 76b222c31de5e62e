"""The lines of an e-invoice, for whoever needs more than its head: UBL, CII and Factur-X."""

from __future__ import annotations

from decimal import Decimal  # noqa: TC003 - attrs and typing.get_type_hints() resolve the annotations
from typing import TYPE_CHECKING

from attrs import frozen

from . import cii, facturx, signed, ubl, xml
from .reading import DEFAULT_MAX_BYTES

if TYPE_CHECKING:
    from .xml import Element

KEPT = frozenset({"InvoiceLine", "CreditNoteLine", "IncludedSupplyChainTradeLineItem"})

MAX_TEXT = 100_000
"""Characters of a line's texts."""


@frozen(kw_only=True)
class Line:
    """One line, by the terms of EN 16931. What the document doesn't give is None; no sign is changed."""

    name: str | None = None
    description: str | None = None
    article: str | None = None
    """The seller's article code."""
    quantity: Decimal | None = None
    unit: str | None = None
    """UN/ECE Recommendation 20."""
    price: Decimal | None = None
    """Net price of `base_quantity` units."""
    base_quantity: Decimal | None = None
    net: Decimal | None = None
    """Net amount, after the line's allowances and charges."""
    tax_category: str | None = None
    tax_percent: Decimal | None = None


def read_lines(content: bytes, *, max_bytes: int = DEFAULT_MAX_BYTES) -> list[Line]:
    """Read the lines of an e-invoice.

    Args:
        content: the whole document, as for `read_document`.
        max_bytes: the most bytes an XML inside a PDF may have once unpacked.

    Returns:
        the lines in their order; none for a syntax whose lines this package doesn't read (Facturae, FatturaPA).

    Raises:
        UnreadableDocument: it is damaged, has more elements than `xml.MAX_KEPT`, or an amount isn't one.
    """
    content = signed.content_of(content)
    if facturx.matches(content):
        content = facturx.embedded_xml(content, max_bytes=max_bytes)
    root = xml.parse(content, keep=KEPT, max_text=MAX_TEXT)
    if ubl.matches(root):
        kind = "CreditNoteLine" if root.name == "CreditNote" else "InvoiceLine"
        return [_ubl(line) for line in root.all(kind)]
    if cii.matches(root):
        path = ("SupplyChainTradeTransaction", "IncludedSupplyChainTradeLineItem")
        return [_cii(line) for line in root.all(*path)]
    return []


def _ubl(line: Element) -> Line:
    quantity = line.first("InvoicedQuantity") or line.find("CreditedQuantity")  # BT-129
    item, price = line.find("Item"), line.find("Price")
    tax = item.find("ClassifiedTaxCategory")
    return Line(
        name=_text(item.find("Name")),  # BT-153
        description=_text(item.find("Description")),  # BT-154
        article=_text(item.find("SellersItemIdentification", "ID")),  # BT-155
        quantity=xml.amount(quantity),
        unit=quantity.attributes.get("unitCode"),  # BT-130
        price=xml.amount(price.first("PriceAmount")),  # BT-146
        base_quantity=xml.amount(price.first("BaseQuantity")),  # BT-149
        net=xml.amount(line.first("LineExtensionAmount")),  # BT-131
        tax_category=_text(tax.find("ID")),  # BT-151
        tax_percent=xml.amount(tax.first("Percent")),  # BT-152
    )


def _cii(line: Element) -> Line:
    item, settlement = line.find("SpecifiedTradeProduct"), line.find("SpecifiedLineTradeSettlement")
    price = line.find("SpecifiedLineTradeAgreement", "NetPriceProductTradePrice")
    quantity = line.find("SpecifiedLineTradeDelivery", "BilledQuantity")  # BT-129
    tax = settlement.find("ApplicableTradeTax")
    totals = settlement.find("SpecifiedTradeSettlementLineMonetarySummation")
    return Line(
        name=_text(item.find("Name")),  # BT-153
        description=_text(item.find("Description")),  # BT-154
        article=_text(item.find("SellerAssignedID")),  # BT-155
        quantity=xml.amount(quantity),
        unit=quantity.attributes.get("unitCode"),  # BT-130
        price=xml.amount(price.first("ChargeAmount")),  # BT-146
        base_quantity=xml.amount(price.first("BasisQuantity")),  # BT-149
        net=xml.amount(totals.first("LineTotalAmount")),  # BT-131
        tax_category=_text(tax.find("CategoryCode")),  # BT-151
        tax_percent=xml.amount(tax.first("RateApplicablePercent")),  # BT-152
    )


def _text(element: Element) -> str | None:
    return element.text or None

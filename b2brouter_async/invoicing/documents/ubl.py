"""UBL 2.x invoices and credit notes, element by element, by the terms of EN 16931 (BT-n)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ...einvoice.document_types import CREDIT_NOTES
from .lines import (
    AMOUNT_TAKEN,
    NET_PRICE,
    filled,
    indicator_of,
    joined,
    properties_of,
    put,
    settle_net,
    unit_of,
)
from .made import CORRECTED, FOR_INVOICES, OWN, PAYEE, REPRESENTATIVE, Made, is_scheme
from .payment import account_of, method_of
from .taxes import Taxes, default_name

if TYPE_CHECKING:
    from ...einvoice.facts import Direction
    from .source import Source

_SCHEME: Final = ("TaxScheme", "ID")


def make(root: Source, direction: Direction, tax_name: str | None) -> Made:
    """Make an invoice of a request of a UBL document."""
    made = Made()
    root.known("UBLVersionID")
    root.known("CustomizationID")
    root.known("ProfileID")
    root.known("ProfileExecutionID")
    root.known("LineCountNumeric")
    seller, buyer = root.at("AccountingSupplierParty", "Party"), root.at("AccountingCustomerParty", "Party")
    country = seller.peek("PostalAddress", "Country", "IdentificationCode")
    taxes = Taxes(tax_name or default_name(country))
    currency = root.text("DocumentCurrencyCode")
    made.currency = currency
    root.counts_in(currency)
    code = root.text("InvoiceTypeCode") or root.text("CreditNoteTypeCode")
    credits = root.name == "CreditNote" or code in CREDIT_NOTES
    put(
        made.fields,
        type="ReceivedInvoice" if direction == "received" else "IssuedInvoice",
        number=root.text("ID"),  # BT-1
        date=root.day("IssueDate"),  # BT-2
        type_code=code,  # BT-3
        is_credit_note=True if credits else None,
        is_amend=True if code in CORRECTED else None,
        currency=currency,  # BT-5
        tax_point_date=root.day("TaxPointDate"),  # BT-7
        due_date=root.day("DueDate") or root.day("PaymentMeans", "PaymentDueDate"),  # BT-9
        buyer_reference=root.text("BuyerReference"),  # BT-10
        file_reference=root.text("ProjectReference", "ID"),  # BT-11
        contract_number=root.text("ContractDocumentReference", "ID"),  # BT-12
        ponumber=root.text("OrderReference", "ID"),  # BT-13
        sales_order_reference=root.text("OrderReference", "SalesOrderID"),  # BT-14
        receiving_advice_reference=root.text("ReceiptDocumentReference", "ID"),  # BT-15
        delivery_note_number=root.text("DespatchDocumentReference", "ID"),  # BT-16
        delivery_note_date=root.day("DespatchDocumentReference", "IssueDate"),
        lot_reference=root.text("OriginatorDocumentReference", "ID"),  # BT-17
        buyer_accounting_reference=root.text("AccountingCost"),  # BT-19
        payment_terms=joined([one.prose() or "" for one in root.each("PaymentTerms", "Note")]),  # BT-20
        extra_info=joined([one.prose() or "" for one in root.each("Note")]),  # BT-22
        invoicing_period_start=root.day("InvoicePeriod", "StartDate"),  # BT-73
        invoicing_period_end=root.day("InvoicePeriod", "EndDate"),  # BT-74
    )
    _references(root, made, corrects=credits or code in CORRECTED)
    other, own = (buyer, seller) if direction == "issued" else (seller, buyer)
    made.fields["contact"] = _contact(other, made)
    own.leave(OWN, own.peek("PartyLegalEntity", "RegistrationName") or own.peek("PartyName", "Name"))
    _delivery(root.at("Delivery"), made)
    _payment(root, made, direction, seller)
    for total in root.each("TaxTotal"):
        if _is_in(total, currency):
            for part in total.each("TaxSubtotal"):
                _tax_subtotal(part, taxes, made)
    made.fields["invoice_lines_attributes"] = [
        _line(line, place, taxes)
        for place, line in enumerate((*root.each("InvoiceLine"), *root.each("CreditNoteLine")), 1)
    ]
    extras = [_extra(one, taxes) for one in root.each("AllowanceCharge")]
    put(made.fields, allowance_charges_attributes=extras or None)
    _totals(root, made)
    root.at("PayeeParty").leave(PAYEE)
    root.at("TaxRepresentativeParty").leave(REPRESENTATIVE)
    return made


def _references(root: Source, made: Made, *, corrects: bool) -> None:
    found: list[dict[str, object]] = []
    for one in root.each("BillingReference", "InvoiceDocumentReference"):  # BG-3
        if not corrects:
            one.leave(FOR_INVOICES)
            continue
        found.append(filled(number=one.text("ID"), date=one.day("IssueDate")))
    put(made.fields, invoice_references=[one for one in found if one] or None)


def _contact(party: Source, made: Made) -> dict[str, object]:
    address = party.at("PostalAddress")
    endpoint = party.at("EndpointID")
    registration = party.text("PartyLegalEntity", "RegistrationName")
    contact = filled(
        name=registration or party.text("PartyName", "Name"),
        address=address.text("StreetName"),
        address2=address.text("AdditionalStreetName"),
        city=address.text("CityName"),
        postalcode=address.text("PostalZone"),
        province=address.text("CountrySubentity"),
        country=(address.text("Country", "IdentificationCode") or "").lower() or None,
        email=party.text("Contact", "ElectronicMail"),
    )
    put(made.fields, customer_contact_person=party.text("Contact", "Name"))
    made.identify(
        contact,
        vat=[
            one.at("CompanyID")
            for one in party.each("PartyTaxScheme")
            if (one.text(*_SCHEME) or "VAT") == "VAT"
        ],
        company=party.at("PartyLegalEntity", "CompanyID"),
        others=[
            one
            for one in party.each("PartyIdentification", "ID")
            if (one.peek() and not is_scheme(one, "SEPA"))
        ],
        endpoint=endpoint,
    )
    return contact


def _delivery(delivery: Source, made: Made) -> None:
    place = delivery.at("DeliveryLocation")
    address = place.at("Address")
    location = place.at("ID")
    put(
        made.fields,
        delivery_party_name=delivery.text("DeliveryParty", "PartyName", "Name"),  # BT-70
        delivery_location_id=location.text(),  # BT-71
        delivery_location_type=location.attribute("schemeID"),
        delivery_date=delivery.day("ActualDeliveryDate"),  # BT-72
        delivery_address=address.text("StreetName"),
        delivery_address2=address.text("AdditionalStreetName"),
        delivery_city=address.text("CityName"),
        delivery_postalcode=address.text("PostalZone"),
        delivery_province=address.text("CountrySubentity"),
        delivery_country=(address.text("Country", "IdentificationCode") or "").lower() or None,
    )


def _payment(root: Source, made: Made, direction: Direction, seller: Source) -> None:
    means = root.at("PaymentMeans")
    code = means.at("PaymentMeansCode")
    put(
        made.fields,
        payment_method_text=code.attribute("name"),  # BT-82
        remittance_information=means.text("PaymentID"),  # BT-83
        mandate_reference_identifier=means.text("PaymentMandate", "ID"),  # BT-89
    )
    method_of(code, made.fields, "ubl")  # BT-81
    payee = means.at("PayeeFinancialAccount")
    made.accounts(
        direction,
        sellers=account_of(payee.at("ID"), payee.at("FinancialInstitutionBranch", "ID")),
        buyers=means.at("PaymentMandate", "PayerFinancialAccount", "ID"),
    )
    _same_account_again(root, payee)
    card = means.at("CardAccount")
    if card.is_there:
        made.fields["card_account_attributes"] = filled(
            account_number=card.text("PrimaryAccountNumberID"),  # BT-87
            network=card.text("NetworkID"),
            holder_name=card.text("HolderName"),  # BT-88
        )
    for one in (
        *seller.each("PartyIdentification", "ID"),
        *root.each("PayeeParty", "PartyIdentification", "ID"),
    ):
        if is_scheme(one, "SEPA"):
            one.attribute("schemeID")
            put(made.fields, bank_assigned_creditor_reference=one.text())  # BT-90


def _same_account_again(root: Source, payee: Source) -> None:
    """Pass over repetitions of the payment means that say nothing new."""
    first = root.at("PaymentMeans", "PaymentMeansCode").peek()
    for one in root.each("PaymentMeans")[1:]:
        if one.peek("PaymentMeansCode") == first:
            one.known("PaymentMeansCode")
        if one.peek("PayeeFinancialAccount", "ID") == payee.peek("ID"):
            one.known("PayeeFinancialAccount", "ID")
        else:
            one.at("PayeeFinancialAccount").leave("an invoice of a request has one account to pay to")


def _is_in(total: Source, currency: str | None) -> bool:
    return total.at("TaxAmount").peek_attribute("currencyID") in (currency, None)


def _tax_subtotal(part: Source, taxes: Taxes, made: Made) -> None:
    category = part.at("TaxCategory")
    code, percent = category.text("ID"), category.amount("Percent")
    scheme = category.text(*_SCHEME)
    written = category.at("TaxExemptionReasonCode")  # BT-121, else BT-120
    taxes.remember_reason(code, percent, written if written.peek() else category.at("TaxExemptionReason"))
    made.stated.add_tax(
        taxes.tax(code, percent, scheme), part.amount("TaxableAmount"), part.amount("TaxAmount")
    )


def _line(line: Source, place: int, taxes: Taxes) -> dict[str, object]:
    quantity = (
        line.at("InvoicedQuantity") if line.at("InvoicedQuantity").is_there else line.at("CreditedQuantity")
    )
    item, price = line.at("Item"), line.at("Price")
    if line.peek("ID") == str(place):
        line.known("ID")  # its place is its number
    unit = quantity.attribute("unitCode")
    base = price.at("BaseQuantity")
    if base.attribute("unitCode") not in (unit, None):
        base.leave("its unit is another than the quantity's", attribute="unitCode")
    category = item.at("ClassifiedTaxCategory")
    tax = taxes.tax(
        category.text("ID"), category.amount("Percent"), category.text(*_SCHEME)
    )  # BT-151, BT-152
    standard, sort = (
        item.at("StandardItemIdentification", "ID"),
        item.at("CommodityClassification", "ItemClassificationCode"),
    )
    made = filled(
        quantity=quantity.amount(),  # BT-129
        unit=unit_of(quantity, unit, attribute="unitCode"),  # BT-130
        price=price.amount("PriceAmount"),  # BT-146
        base_quantity=base.amount(),  # BT-149
        description=item.text("Name"),  # BT-153
        notes=joined([one.prose() or "" for one in line.each("Note")]),  # BT-127
        notes2=item.prose("Description"),  # BT-154
        article_code=item.text("SellersItemIdentification", "ID"),  # BT-155
        article_code_buyer=item.text("BuyersItemIdentification", "ID"),  # BT-156
        article_code2=standard.text(),  # BT-157
        article_code2_scheme=standard.attribute("schemeID"),
        classification_code=sort.text(),  # BT-158
        classification_code_scheme=sort.attribute("listID"),
        item_origin_country=item.text("OriginCountry", "IdentificationCode"),  # BT-159
        buyer_accounting_reference=line.text("AccountingCost"),  # BT-133
        sequence_number=line.text("OrderLineReference", "LineID"),  # BT-132
        invoicing_period_start=line.day("InvoicePeriod", "StartDate"),  # BT-134
        invoicing_period_end=line.day("InvoicePeriod", "EndDate"),  # BT-135
        taxes_attributes=None if tax is None else [tax],
        allowance_charges_attributes=[_extra(one, None) for one in line.each("AllowanceCharge")] or None,
        additional_item_properties_attributes=properties_of(
            item.each("AdditionalItemProperty"), "Name", "Value"
        ),  # BG-32
    )
    price.at("AllowanceCharge").leave(NET_PRICE)
    settle_net(line.at("LineExtensionAmount"), made, line.amount("LineExtensionAmount"))  # BT-131
    return made


def _extra(extra: Source, taxes: Taxes | None) -> dict[str, object]:
    """Return an allowance or charge, of the document where there are taxes, or of a line."""
    made: dict[str, object] = {
        "allowance_charge_indicator": indicator_of(
            extra.at("ChargeIndicator"), allowance="false", charge="true"
        ),
        "apply_taxes": True,
    }
    put(made, amount=extra.amount("Amount"), description=extra.text("AllowanceChargeReason"))
    extra.at("MultiplierFactorNumeric").leave(AMOUNT_TAKEN)
    extra.at("BaseAmount").leave(AMOUNT_TAKEN)
    if taxes is None:
        return made
    category = extra.at("TaxCategory")
    tax = taxes.tax(category.text("ID"), category.amount("Percent"), category.text(*_SCHEME))
    put(made, tax_attributes=tax)
    if tax is None:
        made["apply_taxes"] = False
    return made


def _totals(root: Source, made: Made) -> None:
    sums = root.at("LegalMonetaryTotal")
    for name, like in (
        ("LineExtensionAmount", "lines"),  # BT-106
        ("AllowanceTotalAmount", "allowances"),  # BT-107
        ("ChargeTotalAmount", "charges"),  # BT-108
        ("TaxExclusiveAmount", "net"),  # BT-109
        ("TaxInclusiveAmount", "before_withholding"),  # BT-112
        ("PayableAmount", "payable"),  # BT-115
    ):
        made.stated.add(name, sums.amount(name), like)
    for total in root.each("TaxTotal"):
        if not _is_in(total, made.currency):
            total.leave("it is in the accounting currency")  # BT-111
            continue
        made.stated.add("TaxAmount", total.amount("TaxAmount"), "tax")  # BT-110
    made.settle(
        prepaid=sums.amount("PrepaidAmount"), rounding=sums.amount("PayableRoundingAmount")
    )  # BT-113, BT-114

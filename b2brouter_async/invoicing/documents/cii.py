"""UN/CEFACT Cross Industry Invoice and Factur-X, element by element, by the terms of EN 16931 (BT-n)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...einvoice.cii import day_of
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
from .made import CORRECTED, FOR_INVOICES, OWN, PAYEE, REPRESENTATIVE, Made
from .payment import account_of, method_of
from .taxes import Taxes, default_name

if TYPE_CHECKING:
    import datetime

    from ...einvoice.facts import Direction
    from .source import Source


def make(root: Source, direction: Direction, tax_name: str | None) -> Made:
    """Make an invoice of a request of a Cross Industry Invoice."""
    made = Made()
    root.known("ExchangedDocumentContext")
    head, trade = root.at("ExchangedDocument"), root.at("SupplyChainTradeTransaction")
    agreement = trade.at("ApplicableHeaderTradeAgreement")
    delivery = trade.at("ApplicableHeaderTradeDelivery")
    settlement = trade.at("ApplicableHeaderTradeSettlement")
    seller, buyer = agreement.at("SellerTradeParty"), agreement.at("BuyerTradeParty")
    taxes = Taxes(tax_name or default_name(seller.peek("PostalTradeAddress", "CountryID")))
    currency = settlement.text("InvoiceCurrencyCode")
    made.currency = currency
    root.counts_in(currency)
    code = head.text("TypeCode")
    credits = code in CREDIT_NOTES
    terms = settlement.at("SpecifiedTradePaymentTerms")
    period = settlement.at("BillingSpecifiedPeriod")
    despatch = delivery.at("DespatchAdviceReferencedDocument")
    put(
        made.fields,
        type="ReceivedInvoice" if direction == "received" else "IssuedInvoice",
        number=head.text("ID"),  # BT-1
        date=_day(head.at("IssueDateTime")),  # BT-2
        type_code=code,  # BT-3
        is_credit_note=True if credits else None,
        is_amend=True if code in CORRECTED else None,
        currency=currency,  # BT-5
        due_date=_day(terms.at("DueDateDateTime")),  # BT-9
        buyer_reference=agreement.text("BuyerReference"),  # BT-10
        file_reference=agreement.text("SpecifiedProcuringProject", "ID"),  # BT-11
        contract_number=agreement.text("ContractReferencedDocument", "IssuerAssignedID"),  # BT-12
        ponumber=agreement.text("BuyerOrderReferencedDocument", "IssuerAssignedID"),  # BT-13
        sales_order_reference=agreement.text("SellerOrderReferencedDocument", "IssuerAssignedID"),  # BT-14
        receiving_advice_reference=delivery.text(
            "ReceivingAdviceReferencedDocument", "IssuerAssignedID"
        ),  # BT-15
        delivery_note_number=despatch.text("IssuerAssignedID"),  # BT-16
        lot_reference=_lot(agreement),  # BT-17
        buyer_accounting_reference=settlement.text(
            "ReceivableSpecifiedTradeAccountingAccount", "ID"
        ),  # BT-19
        payment_terms=joined([one.prose() or "" for one in terms.each("Description")]),  # BT-20
        extra_info=joined([_note(one) for one in head.each("IncludedNote")]),  # BT-22
        invoicing_period_start=_day(period.at("StartDateTime")),  # BT-73
        invoicing_period_end=_day(period.at("EndDateTime")),  # BT-74
        remittance_information=settlement.text("PaymentReference"),  # BT-83
        mandate_reference_identifier=terms.text("DirectDebitMandateID"),  # BT-89
        bank_assigned_creditor_reference=settlement.text("CreditorReferenceID"),  # BT-90
    )
    if agreement.text("SpecifiedProcuringProject", "Name") not in ("Project reference", None):
        agreement.at("SpecifiedProcuringProject", "Name").leave("only its number is taken")
    _references(settlement, made, corrects=credits or code in CORRECTED)
    other, own = (buyer, seller) if direction == "issued" else (seller, buyer)
    made.fields["contact"] = _contact(other, made)
    own.leave(OWN, own.peek("Name"))
    _delivery(delivery, made)
    _payment(settlement, made, direction)
    for one in settlement.each("ApplicableTradeTax"):
        _tax_subtotal(one, taxes, made)
    made.fields["invoice_lines_attributes"] = [
        _line(line, place, taxes)
        for place, line in enumerate(trade.each("IncludedSupplyChainTradeLineItem"), 1)
    ]
    extras = [_extra(one, taxes) for one in settlement.each("SpecifiedTradeAllowanceCharge")]
    put(made.fields, allowance_charges_attributes=extras or None)
    _totals(settlement, made)
    settlement.at("PayeeTradeParty").leave(PAYEE)
    agreement.at("SellerTaxRepresentativeTradeParty").leave(REPRESENTATIVE)
    return made


def _day(place: Source) -> datetime.date | None:
    name = next((one for one in ("DateTimeString", "DateString", "DateTime") if place.peek(one)), None)
    if name is None:
        return None
    place.text(name)
    return day_of(place.element())


def _note(note: Source) -> str:
    # UBL writes the subject (BT-21) so, which has no element for it.
    subject, content = note.text("SubjectCode"), note.prose("Content") or ""
    return f"#{subject}#{content}" if subject else content


def _lot(agreement: Source) -> str | None:
    lots = [one for one in agreement.each("AdditionalReferencedDocument") if one.peek("TypeCode") == "50"]
    if not lots:
        return None
    lots[0].text("TypeCode")
    return lots[0].text("IssuerAssignedID")


def _references(settlement: Source, made: Made, *, corrects: bool) -> None:
    found: list[dict[str, object]] = []
    for one in settlement.each("InvoiceReferencedDocument"):  # BG-3
        if not corrects:
            one.leave(FOR_INVOICES)
            continue
        found.append(filled(number=one.text("IssuerAssignedID"), date=_day(one.at("FormattedIssueDateTime"))))
    put(made.fields, invoice_references=[one for one in found if one] or None)


def _contact(party: Source, made: Made) -> dict[str, object]:
    address, person = party.at("PostalTradeAddress"), party.at("DefinedTradeContact")
    contact = filled(
        name=party.text("Name"),
        address=address.text("LineOne"),
        address2=address.text("LineTwo"),
        city=address.text("CityName"),
        postalcode=address.text("PostcodeCode"),
        province=address.text("CountrySubDivisionName"),
        country=(address.text("CountryID") or "").lower() or None,
        email=person.text("EmailURIUniversalCommunication", "URIID"),
    )
    put(made.fields, customer_contact_person=person.text("PersonName"))
    made.identify(
        contact,
        vat=[
            one
            for one in party.each("SpecifiedTaxRegistration", "ID")
            if one.peek_attribute("schemeID") in ("VA", None)
        ],
        company=party.at("SpecifiedLegalOrganization", "ID"),
        others=[*party.each("GlobalID"), *party.each("ID")],
        endpoint=party.at("URIUniversalCommunication", "URIID"),
    )
    return contact


def _delivery(delivery: Source, made: Made) -> None:
    party = delivery.at("ShipToTradeParty")
    address = party.at("PostalTradeAddress")
    location = party.at("GlobalID") if party.at("GlobalID").is_there else party.at("ID")
    put(
        made.fields,
        delivery_party_name=party.text("Name"),  # BT-70
        delivery_location_id=location.text(),  # BT-71
        delivery_location_type=location.attribute("schemeID"),
        delivery_date=_day(delivery.at("ActualDeliverySupplyChainEvent", "OccurrenceDateTime")),  # BT-72
        delivery_address=address.text("LineOne"),
        delivery_address2=address.text("LineTwo"),
        delivery_city=address.text("CityName"),
        delivery_postalcode=address.text("PostcodeCode"),
        delivery_province=address.text("CountrySubDivisionName"),
        delivery_country=(address.text("CountryID") or "").lower() or None,
    )


def _payment(settlement: Source, made: Made, direction: Direction) -> None:
    means = settlement.at("SpecifiedTradeSettlementPaymentMeans")
    code = means.at("TypeCode")
    put(made.fields, payment_method_text=means.text("Information"))  # BT-82
    method_of(code, made.fields, "ubl")  # BT-81
    payee = means.at("PayeePartyCreditorFinancialAccount")
    number = payee.at("IBANID") if payee.at("IBANID").is_there else payee.at("ProprietaryID")
    made.accounts(
        direction,
        sellers=account_of(number, means.at("PayeeSpecifiedCreditorFinancialInstitution", "BICID")),
        buyers=means.at("PayerPartyDebtorFinancialAccount", "IBANID"),
    )
    card = means.at("ApplicableTradeSettlementFinancialCard")
    if card.is_there:
        made.fields["card_account_attributes"] = filled(
            account_number=card.text("ID"),  # BT-87
            holder_name=card.text("CardholderName"),  # BT-88
        )
    for one in settlement.each("SpecifiedTradeSettlementPaymentMeans")[1:]:
        if one.peek("TypeCode") == code.peek():
            one.known("TypeCode")
        account = one.at("PayeePartyCreditorFinancialAccount")
        if (account.peek("IBANID") or account.peek("ProprietaryID")) != number.peek():
            account.leave("an invoice of a request has one account to pay to")
        else:
            account.known("IBANID")
            account.known("ProprietaryID")


def _tax_subtotal(one: Source, taxes: Taxes, made: Made) -> None:
    code, percent = one.text("CategoryCode"), one.amount("RateApplicablePercent")
    scheme = one.text("TypeCode")
    written = one.at("ExemptionReasonCode")  # BT-121, else BT-120
    taxes.remember_reason(code, percent, written if written.peek() else one.at("ExemptionReason"))
    put(made.fields, tax_point_date=_day(one.at("TaxPointDate")))  # BT-7
    made.stated.add_tax(
        taxes.tax(code, percent, scheme), one.amount("BasisAmount"), one.amount("CalculatedAmount")
    )


def _line(line: Source, place: int, taxes: Taxes) -> dict[str, object]:
    document, item = line.at("AssociatedDocumentLineDocument"), line.at("SpecifiedTradeProduct")
    agreement, settlement = line.at("SpecifiedLineTradeAgreement"), line.at("SpecifiedLineTradeSettlement")
    price = agreement.at("NetPriceProductTradePrice")
    quantity = line.at("SpecifiedLineTradeDelivery", "BilledQuantity")
    if document.peek("LineID") == str(place):
        document.known("LineID")  # its place is its number
    unit = quantity.attribute("unitCode")
    base = price.at("BasisQuantity")
    if base.attribute("unitCode") not in (unit, None):
        base.leave("its unit is another than the quantity's", attribute="unitCode")
    of_line = settlement.at("ApplicableTradeTax")
    tax = taxes.tax(
        of_line.text("CategoryCode"), of_line.amount("RateApplicablePercent"), of_line.text("TypeCode")
    )  # BT-151, BT-152
    period = settlement.at("BillingSpecifiedPeriod")
    standard, sort = item.at("GlobalID"), item.at("DesignatedProductClassification", "ClassCode")
    made = filled(
        quantity=quantity.amount(),  # BT-129
        unit=unit_of(quantity, unit, attribute="unitCode"),  # BT-130
        price=price.amount("ChargeAmount"),  # BT-146
        base_quantity=base.amount(),  # BT-149
        description=item.text("Name"),  # BT-153
        notes=joined([_note(one) for one in document.each("IncludedNote")]),  # BT-127
        notes2=item.prose("Description"),  # BT-154
        article_code=item.text("SellerAssignedID"),  # BT-155
        article_code_buyer=item.text("BuyerAssignedID"),  # BT-156
        article_code2=standard.text(),  # BT-157
        article_code2_scheme=standard.attribute("schemeID"),
        classification_code=sort.text(),  # BT-158
        classification_code_scheme=sort.attribute("listID"),
        item_origin_country=item.text("OriginTradeCountry", "ID"),  # BT-159
        buyer_accounting_reference=settlement.text(
            "ReceivableSpecifiedTradeAccountingAccount", "ID"
        ),  # BT-133
        sequence_number=agreement.text("BuyerOrderReferencedDocument", "LineID"),  # BT-132
        invoicing_period_start=_day(period.at("StartDateTime")),  # BT-134
        invoicing_period_end=_day(period.at("EndDateTime")),  # BT-135
        taxes_attributes=None if tax is None else [tax],
        allowance_charges_attributes=[
            _extra(one, None) for one in settlement.each("SpecifiedTradeAllowanceCharge")
        ]
        or None,
        additional_item_properties_attributes=properties_of(
            item.each("ApplicableProductCharacteristic"), "Description", "Value"
        ),  # BG-32
    )
    agreement.at("GrossPriceProductTradePrice").leave(NET_PRICE)
    sums = settlement.at("SpecifiedTradeSettlementLineMonetarySummation")
    settle_net(sums.at("LineTotalAmount"), made, sums.amount("LineTotalAmount"))  # BT-131
    return made


def _extra(extra: Source, taxes: Taxes | None) -> dict[str, object]:
    """Return an allowance or charge, of the document where there are taxes, or of a line."""
    indicator = extra.at("ChargeIndicator", "Indicator")
    made: dict[str, object] = {
        "allowance_charge_indicator": indicator_of(indicator, allowance="false", charge="true"),
        "apply_taxes": True,
    }
    put(made, amount=extra.amount("ActualAmount"), description=extra.text("Reason"))
    extra.at("CalculationPercent").leave(AMOUNT_TAKEN)
    extra.at("BasisAmount").leave(AMOUNT_TAKEN)
    if taxes is None:
        return made
    category = extra.at("CategoryTradeTax")
    tax = taxes.tax(
        category.text("CategoryCode"), category.amount("RateApplicablePercent"), category.text("TypeCode")
    )
    put(made, tax_attributes=tax)
    if tax is None:
        made["apply_taxes"] = False
    return made


def _totals(settlement: Source, made: Made) -> None:
    sums = settlement.at("SpecifiedTradeSettlementHeaderMonetarySummation")
    for name, like in (
        ("LineTotalAmount", "lines"),  # BT-106
        ("AllowanceTotalAmount", "allowances"),  # BT-107
        ("ChargeTotalAmount", "charges"),  # BT-108
        ("TaxBasisTotalAmount", "net"),  # BT-109
        ("GrandTotalAmount", "before_withholding"),  # BT-112
        ("DuePayableAmount", "payable"),  # BT-115
    ):
        made.stated.add(name, sums.amount(name), like)
    for amount in sums.each("TaxTotalAmount"):
        if amount.attribute("currencyID") not in (made.currency, None):
            amount.leave("it is in the accounting currency")  # BT-111
            continue
        made.stated.add("TaxTotalAmount", amount.amount(), "tax")  # BT-110
    made.settle(
        prepaid=sums.amount("TotalPrepaidAmount"), rounding=sums.amount("RoundingAmount")
    )  # BT-113, BT-114

"""Facturae 3.2.x, element by element. Corrections carry negative amounts, which stay as they are (behaviour 28)."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Final, cast

from ...einvoice.facts import UnreadableDocument
from ...einvoice.facturae import alpha_2, post_code_and_town
from ..totals import line_net
from .lines import AMOUNT_TAKEN, filled, follows, joined, put, settle_net, unit_of
from .made import OWN, Made
from .payment import account_of, method_of
from .stated import ANY

if TYPE_CHECKING:
    from ...einvoice.facts import Direction
    from .source import Source

_TAXES: Final = {"01": "IVA", "02": "IPSI", "03": "IGIC", "04": "IRPF", "28": "IRNR"}
"""Codes of taxes that a request has a name for."""
_SURCHARGE: Final = "RE"
"""The surcharge of equivalence that goes with a rate of IVA."""
_EVENTS: Final = {"01": "E", "02": "NS"}
"""Special taxable events: exempt, not subject."""
_OFFICES: Final = {
    "01": "accounting_unit",
    "02": "managing_unit",
    "03": "processing_unit",
    "04": "proponent_unit",
}
"""Roles of offices of public bodies (DIR3): fiscal, receiver, payer, buyer."""
_CORRECTIVE: Final = frozenset({"OR", "CR"})
_SELLER: Final = "EM"
_SAID: Final = _CORRECTIVE | {"OO", "CO"}
"""Classes that an invoice of a request can say: original and copy; a summary (OC) is listed."""
_COMPLETE, _SIMPLIFIED = "FC", "FA"
_EXPENSES: Final = (
    ("InvoiceTotals", "ReimbursableExpenses"),
    ("InvoiceTotals", "Subsidies"),
    ("InvoiceTotals", "TotalFinancialExpenses"),
    ("InvoiceTotals", "TotalReimbursableExpenses"),
)


def make(root: Source, direction: Direction, tax_name: str | None) -> Made:
    """Make an invoice of a request of a Facturae document."""
    made = Made()
    for name in ("SchemaVersion", "Modality", "Batch"):
        root.known("FileHeader", name)
    if root.peek("FileHeader", "InvoiceIssuerType") == _SELLER:
        root.known("FileHeader", "InvoiceIssuerType")
    invoice = root.at("Invoices", "Invoice")
    header, issue, totals = (
        invoice.at("InvoiceHeader"),
        invoice.at("InvoiceIssueData"),
        invoice.at("InvoiceTotals"),
    )
    _refuse_money_without_a_field(invoice)
    currency = issue.text("InvoiceCurrencyCode")
    made.currency = currency
    if issue.peek("TaxCurrencyCode") == currency:
        issue.known("TaxCurrencyCode")
    kind = header.peek("InvoiceDocumentType")
    if kind in (_COMPLETE, _SIMPLIFIED):
        header.known("InvoiceDocumentType")
    issued = "IssuedSimplifiedInvoice" if kind == _SIMPLIFIED else "IssuedInvoice"
    corrects = header.peek("InvoiceClass") in _CORRECTIVE
    if header.peek("InvoiceClass") in _SAID:
        header.known("InvoiceClass")
    period, rate = issue.at("InvoicingPeriod"), issue.at("ExchangeRateDetails")
    extra = invoice.at("AdditionalData")
    put(
        made.fields,
        type="ReceivedInvoice" if direction == "received" else issued,
        number=header.text("InvoiceNumber"),
        series_code=header.text("InvoiceSeriesCode"),
        date=issue.day("IssueDate"),
        tax_point_date=issue.day("OperationDate"),
        invoicing_period_start=period.day("StartDate"),
        invoicing_period_end=period.day("EndDate"),
        currency=currency,
        exchange_rate=rate.amount("ExchangeRate"),
        exchange_date=rate.day("ExchangeRateDate"),
        language=issue.text("LanguageName"),
        file_reference=issue.text("FileReference"),
        receiver_contract_reference=issue.text("ReceiverContractReference"),
        is_amend=True if corrects else None,
        extra_info=joined(
            [
                one.prose() or ""
                for one in (*issue.each("InvoiceDescription"), *extra.each("InvoiceAdditionalInformation"))
                if one.peek()
            ]
        ),
        legal_literals=joined([one.prose() or "" for one in invoice.each("LegalLiterals", "LegalReference")]),
    )
    _corrected(header.at("Corrective"), made)
    seller, buyer = root.at("Parties", "SellerParty"), root.at("Parties", "BuyerParty")
    other, own = (buyer, seller) if direction == "issued" else (seller, buyer)
    made.fields["contact"] = _contact(other)
    if direction == "issued":
        _offices(buyer, made)
    own.leave(OWN, own.peek("LegalEntity", "CorporateName") or own.peek("Individual", "Name"))
    _payment(invoice.at("PaymentDetails"), made, direction, totals.amount("TotalExecutableAmount"))
    lines = [_line(one, tax_name) for one in invoice.each("Items", "InvoiceLine")]
    made.fields["invoice_lines_attributes"] = lines
    _extras(totals, made, lines)
    _totals(invoice, totals, made, tax_name)
    return made


def _refuse_money_without_a_field(invoice: Source) -> None:
    for path in _EXPENSES:
        place = invoice.at(*path)
        if place.is_there and (not path[-1].startswith("Total") or place.amount()):
            raise UnreadableDocument(
                f"It has {path[-1]}, and what the API takes for them is in no public source. Upload the document itself."
            )


def _corrected(corrective: Source, made: Made) -> None:
    if not corrective.is_there:
        return
    period = corrective.at("TaxPeriod")
    reference = filled(
        number=corrective.text("InvoiceNumber"),
        date=corrective.day("InvoiceIssueDate"),
        invoicing_period_start=period.day("StartDate"),
        invoicing_period_end=period.day("EndDate"),
        reason=corrective.text("ReasonDescription"),
    )
    put(made.fields, correction_method=corrective.text("CorrectionMethod"))
    corrective.known("CorrectionMethodDescription")  # the words of the code
    put(made.fields, invoice_references=[reference] if reference else None)


def _contact(party: Source) -> dict[str, object]:
    entity = party.at("LegalEntity") if party.at("LegalEntity").is_there else party.at("Individual")
    address = (
        entity.at("AddressInSpain") if entity.at("AddressInSpain").is_there else entity.at("OverseasAddress")
    )
    names = (
        entity.text("CorporateName"),
        entity.text("Name"),
        entity.text("FirstSurname"),
        entity.text("SecondSurname"),
    )
    identification = party.at("TaxIdentification")
    identification.known("PersonTypeCode")  # the number and the country tell both
    identification.known("ResidenceTypeCode")
    country = address.text("CountryCode")
    code, town = post_code_and_town(address.text("PostCodeAndTown") or "")
    return filled(
        name=" ".join(one for one in names if one) or None,
        tin_value=identification.text("TaxIdentificationNumber"),
        address=address.text("Address"),
        postalcode=address.text("PostCode") or code,
        city=address.text("Town") or town,
        province=address.text("Province"),
        country=None if country is None else alpha_2(country).lower(),
        email=entity.text("ContactDetails", "ElectronicMail"),
        party_identification=party.text("PartyIdentification"),
    )


def _offices(buyer: Source, made: Made) -> None:
    for one in buyer.each("AdministrativeCentres", "AdministrativeCentre"):
        field = _OFFICES.get(one.peek("RoleTypeCode") or "")
        if field is not None and field not in made.fields:
            one.text("RoleTypeCode")
            put(made.fields, **{field: one.text("CentreCode")})


def _payment(details: Source, made: Made, direction: Direction, payable: Decimal | None) -> None:
    parts = details.each("Installment")
    if not parts:
        return
    first = parts[0]
    put(
        made.fields,
        due_date=first.day("InstallmentDueDate"),
        remittance_information=first.text("PaymentReconciliationReference"),
    )
    method_of(first.at("PaymentMeans"), made.fields, "facturae")
    for one in parts[1:]:
        if one.peek("PaymentMeans") == first.peek("PaymentMeans"):
            one.known("PaymentMeans")
    credited, debited = first.at("AccountToBeCredited"), first.at("AccountToBeDebited")
    number = credited.at("IBAN") if credited.at("IBAN").is_there else credited.at("AccountNumber")
    made.accounts(
        direction,
        sellers=account_of(number, credited.at("BIC")),
        buyers=debited.at("IBAN") if debited.at("IBAN").is_there else debited.at("AccountNumber"),
    )
    amount = first.peek_amount("InstallmentAmount")
    if len(parts) == 1 and amount is not None and amount == payable:
        first.known("InstallmentAmount")
    elif len(parts) > 1 or amount is not None:
        made.fields["payment_dues_attributes"] = [_due(one) for one in parts]


def _due(part: Source) -> dict[str, object]:
    return filled(due_date=part.day("InstallmentDueDate"), amount=part.amount("InstallmentAmount"))


def _line(line: Source, tax_name: str | None) -> dict[str, object]:
    note, period = line.at("DeliveryNotesReferences", "DeliveryNote"), line.at("LineItemPeriod")
    unit = line.at("UnitOfMeasure")
    made = filled(
        quantity=line.amount("Quantity"),
        unit=unit_of(unit, unit.text()),
        price=line.amount("UnitPriceWithoutTax"),
        description=line.prose("ItemDescription"),
        notes=line.prose("AdditionalLineItemInformation"),
        article_code=line.text("ArticleCode"),
        sequence_number=line.text("SequenceNumber"),
        file_reference=line.text("FileReference"),
        file_date=line.day("FileDate"),
        issuer_transaction_reference=line.text("IssuerTransactionReference"),
        issuer_transaction_date=line.day("IssuerTransactionDate"),
        receiver_transaction_date=line.day("ReceiverTransactionDate"),
        receiver_contract_reference=line.text("ReceiverContractReference"),
        receiver_contract_date=line.day("ReceiverContractDate"),
        delivery_note_number=note.text("DeliveryNoteNumber"),
        delivery_note_date=note.day("DeliveryNoteDate"),
        invoicing_period_start=period.day("StartDate"),
        invoicing_period_end=period.day("EndDate"),
        taxes_attributes=_taxes(line, tax_name) or None,
    )
    extras = [
        *(_extra(one, "allowance", "Discount") for one in line.each("DiscountsAndRebates", "Discount")),
        *(_extra(one, "charge", "Charge") for one in line.each("Charges", "Charge")),
    ]
    put(made, allowance_charges_attributes=extras or None)
    follows(line.at("TotalCost"), line_net({name: made.get(name) for name in ("quantity", "price")}))
    settle_net(line.at("GrossAmount"), made, line.amount("GrossAmount"))
    return made


def _taxes(line: Source, tax_name: str | None) -> list[dict[str, object]]:
    event = line.at("SpecialTaxableEvent")
    category = _EVENTS.get(event.peek("SpecialTaxableEventCode") or "")
    if category is not None:
        event.known("SpecialTaxableEventCode")
    reason = event.text("SpecialTaxableEventReason")
    found: list[dict[str, object]] = []
    net = Fraction(line.peek_amount("GrossAmount") or 0)
    for one in line.each("TaxesOutputs", "Tax"):
        found.extend(_output(one, tax_name, category, reason))
        _follows_from(one, net)
        rate = one.peek_amount("EquivalenceSurcharge")
        follows(one.at("EquivalenceSurchargeAmount", "TotalAmount"), net * Fraction(rate or 0) / 100)
    for one in line.each("TaxesWithheld", "Tax"):
        found.append(_withheld(one))
        _follows_from(one, net)
    if not any(tax["percent"] == 0 for tax in found):
        event.leave("no tax of the line is at 0 %")
    return found


def _follows_from(tax: Source, net: Fraction) -> None:
    """Pass over base and amount of a line's tax where they are what they must be."""
    follows(tax.at("TaxableBase", "TotalAmount"), net)
    follows(tax.at("TaxAmount", "TotalAmount"), net * Fraction(tax.peek_amount("TaxRate") or 0) / 100)


def _output(
    tax: Source, tax_name: str | None, category: str | None = None, reason: str | None = None
) -> list[dict[str, object]]:
    """Return a tax and the surcharge that goes with it."""
    percent = tax.amount("TaxRate") or Decimal(0)
    made: dict[str, object] = {"name": _name(tax, tax_name), "percent": percent}
    put(made, category=category if percent == 0 else "S", comment=reason if percent == 0 else None)
    surcharge = tax.amount("EquivalenceSurcharge")
    return [made, *([{"name": _SURCHARGE, "percent": surcharge}] if surcharge else [])]


def _withheld(tax: Source) -> dict[str, object]:
    return {"name": _name(tax, None), "percent": -(tax.amount("TaxRate") or Decimal(0))}


def _name(tax: Source, tax_name: str | None) -> str:
    code = tax.text("TaxTypeCode")
    name = _TAXES.get(code or "")
    if name is None:
        raise UnreadableDocument(
            f"It has a tax of type {(code or 'none')[:10]!r}, and what the API calls it is in no public source. Upload the document itself."
        )
    return tax_name if tax_name is not None and name == "IVA" else name


def _extra(extra: Source, kind: str, word: str) -> dict[str, object]:
    made: dict[str, object] = {"allowance_charge_indicator": kind, "apply_taxes": True}
    put(made, amount=extra.amount(f"{word}Amount"), description=extra.text(f"{word}Reason"))
    extra.at(f"{word}Rate").leave(AMOUNT_TAKEN)
    return made


def _extras(totals: Source, made: Made, lines: list[dict[str, object]]) -> None:
    """Take over discounts and surcharges of the whole invoice, whose rate of tax the document doesn't tell."""
    found = [
        *(_extra(one, "allowance", "Discount") for one in totals.each("GeneralDiscounts", "Discount")),
        *(_extra(one, "charge", "Charge") for one in totals.each("GeneralSurcharges", "Charge")),
    ]
    if not found:
        return
    rates = {tuple(sorted(str(tax) for tax in _listed(line))) for line in lines}
    taxes = _listed(lines[0]) if lines else []
    if len(rates) > 1 or len(taxes) > 1:
        raise UnreadableDocument(
            "A discount or surcharge of the whole invoice stands beside lines of several taxes, and which of them it changes isn't "
            "said. Upload the document itself."
        )
    for one in found:
        if taxes:
            one["tax_attributes"] = taxes[0]
        else:
            one["apply_taxes"] = False
    made.fields["allowance_charges_attributes"] = found


def _listed(line: dict[str, object]) -> list[dict[str, object]]:
    return cast("list[dict[str, object]]", line.get("taxes_attributes", []))


def _totals(invoice: Source, totals: Source, made: Made, tax_name: str | None) -> None:
    stated = made.stated
    for name, like in (
        ("TotalGrossAmount", "lines"),
        ("TotalGeneralDiscounts", "allowances"),
        ("TotalGeneralSurcharges", "charges"),
        ("TotalGrossAmountBeforeTaxes", "net"),
        ("TotalTaxOutputs", "tax"),
        ("InvoiceTotal", "total"),
        ("TotalExecutableAmount", "payable"),
    ):
        stated.add(name, totals.amount(name), like)
    withheld = totals.amount("TotalTaxesWithheld")
    stated.add("TotalTaxesWithheld", None if withheld is None else -withheld, "withheld")
    held = totals.at("AmountsWithheld")
    put(
        made.fields,
        amounts_withheld=held.amount("WithholdingAmount"),
        amounts_withheld_reason=held.text("WithholdingReason"),
    )
    held.at("WithholdingRate").leave(AMOUNT_TAKEN)
    prepaid = totals.amount("TotalPaymentsOnAccount")
    made.settle(prepaid=prepaid, rounding=None)
    total = Fraction(totals.peek_amount("InvoiceTotal") or 0)
    follows(totals.at("TotalOutstandingAmount"), total - Fraction(prepaid or 0))
    for one in invoice.each("TaxesOutputs", "Tax"):
        base, amount = one.amount("TaxableBase", "TotalAmount"), one.amount("TaxAmount", "TotalAmount")
        [tax, *surcharges] = _output(one, tax_name)
        _state(made, tax, base, amount)
        for each in surcharges:
            _state(made, each, base, one.amount("EquivalenceSurchargeAmount", "TotalAmount"))
    for one in invoice.each("TaxesWithheld", "Tax"):
        amount = one.amount("TaxAmount", "TotalAmount")
        _state(
            made,
            _withheld(one),
            one.amount("TaxableBase", "TotalAmount"),
            None if amount is None else -amount,
        )


def _state(made: Made, tax: dict[str, object], base: Decimal | None, amount: Decimal | None) -> None:
    made.stated.add_tax({**tax, "category": ANY}, base, amount)  # why a rate is 0 stands in the lines alone

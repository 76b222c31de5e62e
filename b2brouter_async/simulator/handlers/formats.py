"""Writes an invoice in the syntaxes that can be downloaded: what its body and its lines have, no more.

The files are minimal: a reader finds number, dates, parties, lines, taxes and totals; no authority would take them.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import attrs

from ..state.store import part, rows
from .amounts import line_total
from .markup import text
from .pdf import pdf

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..state.store import JsonObject, Record

_CBC = "urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2"
_CAC = "urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2"
_FRENCH = "urn:cen.eu:en16931:2017#compliant#urn:fr:cius:2025"
_PEPPOL = "urn:cen.eu:en16931:2017#compliant#urn:fdc:peppol.eu:2017:poacc:billing:3.0"
# ISO 3166-1 alpha-3, as Facturae writes countries; others are written as they are.
_ALPHA_3 = {
    "es": "ESP", "fr": "FRA", "be": "BEL", "de": "DEU", "it": "ITA", "pt": "PRT", "nl": "NLD", "gb": "GBR", "ie": "IRL",
    "lu": "LUX", "at": "AUT", "pl": "POL", "us": "USA", "ch": "CHE", "se": "SWE", "dk": "DNK", "fi": "FIN", "no": "NOR",
}  # fmt: skip
# The API's units in UN/ECE Recommendation 20 (behaviour 29).
_UNITS = {1: "C62", 2: "HUR", 3: "KGM", 4: "LTR", 5: "DAY", 7: "XBX"}


@attrs.frozen
class Facts:
    """An invoice as every syntax needs it."""

    number: str
    series: str
    date: str
    due: str | None
    currency: str
    credit: bool
    seller: JsonObject
    buyer: JsonObject
    lines: list[JsonObject]
    taxes: list[JsonObject]
    subtotal: Decimal
    tax: Decimal
    total: Decimal
    payable: Decimal

    @classmethod
    def of(cls, invoice: Record, account: JsonObject) -> Facts:
        """Read an invoice; its account is the seller, or the buyer of a received one."""
        body = invoice.body
        contact = part(body, "contact")
        received = body["type"] == "ReceivedInvoice"
        taxes = rows(body, "taxes")
        return cls(
            number=str(body["number"]),
            series=str(body["series_code"] or ""),
            date=str(body["date"]),
            due=body["due_date"],
            currency=str(body["currency"]),
            credit=bool(body["is_credit_note"]),
            seller=contact if received else account,
            buyer=account if received else contact,
            lines=rows(invoice.hidden, "lines"),
            taxes=taxes,
            subtotal=_decimal(body["subtotal"]),
            tax=sum((_decimal(tax.get("amount")) for tax in taxes), Decimal(0)),
            total=_decimal(body["total"]),
            payable=_decimal(body["total_amount_due"]),
        )


def to_ubl(facts: Facts, code: str) -> bytes:
    """Return UBL 2.1: an invoice, or a credit note."""
    root = "CreditNote" if facts.credit else "Invoice"

    def money(name: str, value: Decimal) -> Node:
        return node(f"cbc:{name}", _text(value), currencyID=facts.currency)

    def party(name: str, fields: JsonObject) -> Node:
        endpoint = node("cbc:EndpointID", fields.get("pin_value"), schemeID=fields.get("pin_scheme"))
        address = node(
            "cac:PostalAddress",
            node("cbc:StreetName", fields.get("address")),
            node("cbc:CityName", fields.get("city")),
            node("cbc:PostalZone", fields.get("postalcode")),
            node("cac:Country", node("cbc:IdentificationCode", _upper(fields.get("country")))),
        )
        tax = node(
            "cac:PartyTaxScheme",
            node("cbc:CompanyID", fields.get("tin_value")),
            node("cac:TaxScheme", node("cbc:ID", "VAT")),
        )
        legal = node(
            "cac:PartyLegalEntity",
            node("cbc:RegistrationName", fields.get("name")),
            node("cbc:CompanyID", fields.get("cin_value")),
        )
        taxed = [tax] if fields.get("tin_value") else []
        return node(f"cac:{name}", node("cac:Party", endpoint, address, *taxed, legal))

    def category(name: str, tax: JsonObject) -> Node:
        return node(
            f"cac:{name}",
            node("cbc:ID", tax.get("category")),
            node("cbc:Percent", tax.get("percent")),
            node("cac:TaxScheme", node("cbc:ID", "VAT")),
        )

    quantity = "CreditedQuantity" if facts.credit else "InvoicedQuantity"
    lines = [
        node(
            f"cac:{root}Line",
            node("cbc:ID", place),
            node(f"cbc:{quantity}", line.get("quantity", 1), unitCode=_unit(line)),
            money("LineExtensionAmount", line_total(line)),
            node(
                "cac:Item",
                node("cbc:Name", line.get("description")),
                *(category("ClassifiedTaxCategory", tax) for tax in rows(line, "taxes_attributes")[:1]),
            ),
            node("cac:Price", money("PriceAmount", _decimal(line.get("price"))), _base(line)),
        )
        for place, line in enumerate(facts.lines, 1)
    ]
    subtotals = [
        node(
            "cac:TaxSubtotal",
            money("TaxableAmount", _decimal(tax.get("base"))),
            money("TaxAmount", _decimal(tax.get("amount"))),
            category("TaxCategory", tax),
        )
        for tax in facts.taxes
    ]
    return _xml(
        node(
            root,
            node("cbc:CustomizationID", _FRENCH if ".frcius" in code else _PEPPOL),
            node("cbc:ID", facts.number),
            node("cbc:IssueDate", facts.date),
            node("cbc:DueDate", None if facts.credit else facts.due),
            node(f"cbc:{root}TypeCode", 381 if facts.credit else 380),
            node("cbc:DocumentCurrencyCode", facts.currency),
            party("AccountingSupplierParty", facts.seller),
            party("AccountingCustomerParty", facts.buyer),
            node("cac:TaxTotal", money("TaxAmount", facts.tax), *subtotals),
            node(
                "cac:LegalMonetaryTotal",
                money("LineExtensionAmount", facts.subtotal),
                money("TaxExclusiveAmount", facts.subtotal),
                money("TaxInclusiveAmount", facts.total),
                money("PayableAmount", facts.payable),
            ),
            *lines,
        ),
        {"": f"urn:oasis:names:specification:ubl:schema:xsd:{root}-2", "cac": _CAC, "cbc": _CBC},
    )


def to_cii(facts: Facts, code: str) -> bytes:
    """Return a Cross Industry Invoice."""

    def day(name: str, value: str) -> Node:
        return node(f"ram:{name}", node("udt:DateTimeString", value.replace("-", ""), format="102"))

    def party(name: str, fields: JsonObject) -> Node:
        return node(
            f"ram:{name}",
            node("ram:Name", fields.get("name")),
            node("ram:SpecifiedLegalOrganization", node("ram:ID", fields.get("cin_value"))),
            node(
                "ram:PostalTradeAddress",
                node("ram:PostcodeCode", fields.get("postalcode")),
                node("ram:LineOne", fields.get("address")),
                node("ram:CityName", fields.get("city")),
                node("ram:CountryID", _upper(fields.get("country"))),
            ),
            node("ram:SpecifiedTaxRegistration", node("ram:ID", fields.get("tin_value"), schemeID="VA")),
        )

    def tax(entry: JsonObject, *amounts: Node) -> Node:
        return node(
            "ram:ApplicableTradeTax",
            *amounts,
            node("ram:TypeCode", "VAT"),
            node("ram:CategoryCode", entry.get("category")),
            node("ram:RateApplicablePercent", entry.get("percent")),
        )

    lines = [
        node(
            "ram:IncludedSupplyChainTradeLineItem",
            node("ram:AssociatedDocumentLineDocument", node("ram:LineID", place)),
            node("ram:SpecifiedTradeProduct", node("ram:Name", line.get("description"))),
            node(
                "ram:SpecifiedLineTradeAgreement",
                node(
                    "ram:NetPriceProductTradePrice",
                    node("ram:ChargeAmount", _decimal(line.get("price"))),
                    node("ram:BasisQuantity", line.get("base_quantity"), unitCode=_unit(line)),
                ),
            ),
            node(
                "ram:SpecifiedLineTradeDelivery",
                node("ram:BilledQuantity", line.get("quantity", 1), unitCode=_unit(line)),
            ),
            node(
                "ram:SpecifiedLineTradeSettlement",
                *(tax(entry) for entry in rows(line, "taxes_attributes")[:1]),
                node(
                    "ram:SpecifiedTradeSettlementLineMonetarySummation",
                    node("ram:LineTotalAmount", line_total(line)),
                ),
            ),
        )
        for place, line in enumerate(facts.lines, 1)
    ]
    taxes = [
        tax(
            entry,
            node("ram:CalculatedAmount", _decimal(entry.get("amount"))),
            node("ram:BasisAmount", _decimal(entry.get("base"))),
        )
        for entry in facts.taxes
    ]
    due = [node("ram:SpecifiedTradePaymentTerms", day("DueDateDateTime", facts.due))] if facts.due else []
    return _xml(
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
                day("IssueDateTime", facts.date),
            ),
            node(
                "rsm:SupplyChainTradeTransaction",
                *lines,
                node(
                    "ram:ApplicableHeaderTradeAgreement",
                    party("SellerTradeParty", facts.seller),
                    party("BuyerTradeParty", facts.buyer),
                ),
                node("ram:ApplicableHeaderTradeDelivery"),
                node(
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
                ),
            ),
        ),
        {
            "rsm": "urn:un:unece:uncefact:data:standard:CrossIndustryInvoice:100",
            "ram": "urn:un:unece:uncefact:data:standard:ReusableAggregateBusinessInformationEntity:100",
            "udt": "urn:un:unece:uncefact:data:standard:UnqualifiedDataType:100",
        },
    )


def to_facturae(facts: Facts, code: str) -> bytes:
    """Return Facturae 3.2.2. A credit note is a corrective invoice with negative amounts."""
    sign = -1 if facts.credit and facts.total > 0 else 1

    def party(name: str, fields: JsonObject) -> Node:
        spanish = (fields.get("country") or "es") == "es"
        address = node(
            "AddressInSpain" if spanish else "OverseasAddress",
            node("Address", fields.get("address") or "-"),
            *(
                [
                    node("PostCode", fields.get("postalcode") or "00000"),
                    node("Town", fields.get("city") or "-"),
                    node("Province", fields.get("province") or fields.get("city") or "-"),
                ]
                if spanish
                else [
                    node(
                        "PostCodeAndTown",
                        f"{fields.get('postalcode') or ''} {fields.get('city') or ''}".strip() or "-",
                    ),
                    node("Province", fields.get("province") or "-"),
                ]
            ),
            node("CountryCode", _ALPHA_3.get(fields.get("country") or "es", _upper(fields.get("country")))),
        )
        return node(
            name,
            node(
                "TaxIdentification",
                node("PersonTypeCode", "J"),
                node("ResidenceTypeCode", "R" if spanish else "U"),
                node("TaxIdentificationNumber", fields.get("tin_value") or fields.get("cin_value")),
            ),
            node("LegalEntity", node("CorporateName", fields.get("name")), address),
        )

    def tax(base: Decimal, percent: Any, amount: Decimal | None) -> Node:
        return node(
            "Tax",
            node("TaxTypeCode", "01"),
            node("TaxRate", _text(_decimal(percent))),
            node("TaxableBase", node("TotalAmount", _text(sign * base))),
            *([] if amount is None else [node("TaxAmount", node("TotalAmount", _text(sign * amount)))]),
        )

    lines = [
        node(
            "InvoiceLine",
            node("ItemDescription", line.get("description")),
            node("Quantity", sign * _decimal(line.get("quantity", 1))),
            node("UnitOfMeasure", "01"),
            node("UnitPriceWithoutTax", _text(_decimal(line.get("price")))),
            node("TotalCost", _text(sign * line_total(line))),
            node("GrossAmount", _text(sign * line_total(line))),
            node(
                "TaxesOutputs",
                *(
                    tax(line_total(line), entry.get("percent"), None)
                    for entry in rows(line, "taxes_attributes")
                ),
            ),
        )
        for line in facts.lines
    ]
    outputs = [
        tax(_decimal(entry.get("base")), entry.get("percent"), _decimal(entry.get("amount")))
        for entry in facts.taxes
    ]
    corrective = [node("Corrective", node("ReasonCode", "01"))] if facts.credit else []
    payment = [
        node(
            "PaymentDetails",
            node(
                "Installment",
                node("InstallmentDueDate", facts.due),
                node("InstallmentAmount", _text(sign * facts.payable)),
                node("PaymentMeans", "04"),
            ),
        )
    ]
    return _xml(
        node(
            "fe:Facturae",
            node(
                "FileHeader",
                node("SchemaVersion", "3.2.2"),
                node("Modality", "I"),
                node("InvoiceIssuerType", "EM"),
            ),
            node("Parties", party("SellerParty", facts.seller), party("BuyerParty", facts.buyer)),
            node(
                "Invoices",
                node(
                    "Invoice",
                    node(
                        "InvoiceHeader",
                        node("InvoiceNumber", facts.number),
                        node("InvoiceSeriesCode", facts.series or None),
                        node("InvoiceDocumentType", "FC"),
                        node("InvoiceClass", "OR" if facts.credit else "OO"),
                        *corrective,
                    ),
                    node(
                        "InvoiceIssueData",
                        node("IssueDate", facts.date),
                        node("InvoiceCurrencyCode", facts.currency),
                        node("TaxCurrencyCode", facts.currency),
                        node("LanguageName", "es"),
                    ),
                    node("TaxesOutputs", *outputs),
                    node(
                        "InvoiceTotals",
                        node("TotalGrossAmount", _text(sign * facts.subtotal)),
                        node("TotalGrossAmountBeforeTaxes", _text(sign * facts.subtotal)),
                        node("TotalTaxOutputs", _text(sign * facts.tax)),
                        node("TotalTaxesWithheld", "0.00"),
                        node("InvoiceTotal", _text(sign * facts.total)),
                        node("TotalOutstandingAmount", _text(sign * facts.payable)),
                        node("TotalExecutableAmount", _text(sign * facts.payable)),
                    ),
                    node("Items", *lines),
                    *(payment if facts.due else []),
                ),
            ),
        ),
        {"fe": "http://www.facturae.gob.es/formato/Versiones/Facturaev3_2_2.xml"},
    )


def to_fatturapa(facts: Facts, code: str) -> bytes:
    """Return FatturaPA 1.2 between companies (FPR12)."""

    def party(name: str, fields: JsonObject) -> Node:
        country = _upper(fields.get("country")) or "IT"
        number = str(fields.get("tin_value") or "")
        prefix = number[:2].upper() if number[:2].isalpha() else ""
        vat = [
            node("IdFiscaleIVA", node("IdPaese", prefix or country), node("IdCodice", number[len(prefix) :]))
        ]
        return node(
            name,
            node(
                "DatiAnagrafici",
                *(vat if number else []),
                node("CodiceFiscale", fields.get("cin_value")),
                node("Anagrafica", node("Denominazione", fields.get("name"))),
            ),
            node(
                "Sede",
                node("Indirizzo", fields.get("address") or "-"),
                node("CAP", fields.get("postalcode") or "00000"),
                node("Comune", fields.get("city") or "-"),
                node("Nazione", country),
            ),
        )

    lines = [
        node(
            "DettaglioLinee",
            node("NumeroLinea", place),
            node("Descrizione", line.get("description") or "-"),
            node("Quantita", _text(_decimal(line.get("quantity", 1)))),
            node("PrezzoUnitario", _text(_decimal(line.get("price")))),
            node("PrezzoTotale", _text(line_total(line))),
            node("AliquotaIVA", _text(_rate(rows(line, "taxes_attributes")))),
        )
        for place, line in enumerate(facts.lines, 1)
    ]
    summary = [
        node(
            "DatiRiepilogo",
            node("AliquotaIVA", _text(_decimal(tax.get("percent")))),
            node("ImponibileImporto", _text(_decimal(tax.get("base")))),
            node("Imposta", _text(_decimal(tax.get("amount")))),
        )
        for tax in facts.taxes or [{"base": facts.subtotal}]
    ]
    return _xml(
        node(
            "p:FatturaElettronica",
            node(
                "FatturaElettronicaHeader",
                node(
                    "DatiTrasmissione",
                    node("FormatoTrasmissione", "FPR12"),
                    node("CodiceDestinatario", facts.buyer.get("pin_value") or "0000000"),
                ),
                party("CedentePrestatore", facts.seller),
                party("CessionarioCommittente", facts.buyer),
            ),
            node(
                "FatturaElettronicaBody",
                node(
                    "DatiGenerali",
                    node(
                        "DatiGeneraliDocumento",
                        node("TipoDocumento", "TD04" if facts.credit else "TD01"),
                        node("Divisa", facts.currency),
                        node("Data", facts.date),
                        node("Numero", facts.number),
                        node("ImportoTotaleDocumento", _text(facts.total)),
                    ),
                ),
                node("DatiBeniServizi", *lines, *summary),
                node(
                    "DatiPagamento",
                    node("CondizioniPagamento", "TP02"),
                    node(
                        "DettaglioPagamento",
                        node("ModalitaPagamento", "MP05"),
                        node("DataScadenzaPagamento", facts.due),
                        node("ImportoPagamento", _text(facts.payable)),
                    ),
                ),
            ),
            versione="FPR12",
        ),
        {"p": "http://ivaservizi.agenziaentrate.gov.it/docs/xsd/fatture/v1.2"},
    )


def to_pdf(facts: Facts, code: str) -> bytes:
    """Return a page with number, date and total."""
    return pdf(_title(facts))


def to_facturx(facts: Facts, code: str) -> bytes:
    """Return a page with the Cross Industry Invoice attached."""
    return pdf(_title(facts), ("factur-x.xml", to_cii(facts, code)))


def _title(facts: Facts) -> str:
    return f"{facts.number}  {facts.date}  {facts.total} {facts.currency}"


# Beginnings of document type codes: the syntax as the reader of documents calls it, the media type, what writes it.
FORMATS: dict[str, tuple[str | None, str, Callable[[Facts, str], bytes]]] = {
    "xml.ubl": ("ubl", "application/xml", to_ubl),
    "xml.cii": ("cii", "application/xml", to_cii),
    "xml.facturae": ("facturae", "application/xml", to_facturae),
    "xml.fatturapa": ("fatturapa", "application/xml", to_fatturapa),
    "pdf.facturx": ("factur-x", "application/pdf", to_facturx),
    "pdf": (None, "application/pdf", to_pdf),
}


@attrs.frozen
class Node:
    """An element: its name with a prefix, its text or its children, its attributes."""

    name: str
    text: str | None
    children: tuple[Node, ...]
    attributes: dict[str, str]

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing in it."""
        return self.text is None and not any(not child.is_empty for child in self.children)


def node(name: str, *content: Any, **attributes: Any) -> Node:
    """Make an element of child elements or of one value; what is empty is left out when it is written."""
    children = tuple(one for one in content if isinstance(one, Node))
    values = [_plain(one) for one in content if not isinstance(one, Node) and one not in (None, "")]
    kept = {key: str(value) for key, value in attributes.items() if value is not None}
    return Node(name, values[0] if values else None, children, kept)


def _xml(root: Node, namespaces: dict[str, str]) -> bytes:
    declared = {f"xmlns:{prefix}" if prefix else "xmlns": address for prefix, address in namespaces.items()}
    whole = attrs.evolve(root, attributes={**declared, **root.attributes})
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{_written(whole)}\n'.encode()


def _written(one: Node) -> str:
    attributes = "".join(f' {name}="{text(value)}"' for name, value in one.attributes.items())
    inner = text(one.text) if one.text is not None else ""
    inner += "".join(_written(child) for child in one.children if not child.is_empty)
    return f"<{one.name}{attributes}>{inner}</{one.name}>"


def _plain(value: Any) -> str:
    return f"{value:f}" if isinstance(value, Decimal) else str(value)


def _decimal(value: Any) -> Decimal:
    return Decimal(str(value or 0))


def _text(value: Decimal) -> str:
    return f"{value:.2f}" if value == value.quantize(Decimal("0.01")) else f"{value:f}"


def _upper(value: Any) -> str | None:
    return str(value).upper() if value else None


def _unit(line: JsonObject) -> str:
    return _UNITS.get(line.get("unit") or 1, "C62")


def _base(line: JsonObject) -> Node:
    return node("cbc:BaseQuantity", line.get("base_quantity"), unitCode=_unit(line))


def _rate(taxes: list[JsonObject]) -> Decimal:
    return _decimal(taxes[0].get("percent")) if taxes else Decimal(0)

"""Writers for the syntaxes the example generator doesn't write: Facturae, FatturaPA, Factur-X."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Unpack, cast

from examples.sample_invoices import SELLERS, Invoice, InvoiceFields, cii_invoice, node, to_bytes, ubl_invoice

if TYPE_CHECKING:
    import xml.etree.ElementTree as ET

    from pypdf.generic import DictionaryObject, IndirectObject, StreamObject

    from examples.sample_invoices import Company

__all__ = [
    "Invoice",
    "InvoiceFields",
    "cii_invoice",
    "facturae_invoice",
    "facturx_pdf",
    "fatturapa_body",
    "fatturapa_invoice",
    "ubl_invoice",
]

FACTURAE_322 = "http://www.facturae.gob.es/formato/Versiones/Facturaev3_2_2.xml"
FATTURAPA_12 = "http://ivaservizi.agenziaentrate.gov.it/docs/xsd/fatture/v1.2"


def facturae_invoice(
    *, signed: bool = False, version: str = "3.2.2", copies: int = 1, **fields: Unpack[InvoiceFields]
) -> bytes:
    """Write a Facturae file, as a Spanish program would: corrective invoices carry negative amounts."""
    invoice = Invoice(**fields)
    sign = -1 if invoice.credit_note else 1
    body = node(
        "Invoice",
        node(
            "InvoiceHeader",
            node("InvoiceNumber", invoice.number),
            node("InvoiceSeriesCode", invoice.series) if invoice.series else None,
            node("InvoiceDocumentType", "FC"),
            node("InvoiceClass", "OR" if invoice.credit_note else "OO"),
        ),
        node(
            "InvoiceIssueData",
            node("IssueDate", invoice.date.isoformat()),
            node("InvoiceCurrencyCode", invoice.currency),
            node("TaxCurrencyCode", invoice.currency),
            node("LanguageName", "es"),
        ),
        node(
            "InvoiceTotals",
            node("TotalGrossAmount", sign * invoice.net),
            node("TotalGrossAmountBeforeTaxes", sign * invoice.net),
            node("TotalTaxOutputs", sign * invoice.tax),
            node("TotalTaxesWithheld", "0.00"),
            node("InvoiceTotal", sign * invoice.gross),
            node("TotalOutstandingAmount", sign * invoice.gross),
            node("TotalExecutableAmount", sign * invoice.gross),
        ),
        node("Items", *(node("InvoiceLine", node("ItemDescription", line.name)) for line in invoice.lines)),
        node(
            "PaymentDetails",
            node("Installment", node("InstallmentDueDate", invoice.due_date.isoformat())),
        )
        if invoice.due_date
        else None,
    )
    root = node(
        "fe:Facturae",
        node("FileHeader", node("SchemaVersion", version), node("Modality", "L" if copies > 1 else "I")),
        node(
            "Parties",
            node("SellerParty", *_facturae_party(invoice.seller)),
            node("BuyerParty", *_facturae_party(invoice.buyer)),
        ),
        node("Invoices", *[body] * copies),
        node("ds:Signature", node("ds:SignedInfo"), node("ds:SignatureValue", "QUFB")) if signed else None,
    )
    root.attrib = {"xmlns:fe": FACTURAE_322, "xmlns:ds": "http://www.w3.org/2000/09/xmldsig#"}
    return to_bytes(root)


def _facturae_party(company: Company) -> list[ET.Element]:
    return [
        node(
            "TaxIdentification",
            node("PersonTypeCode", "J"),
            node("ResidenceTypeCode", "R"),
            node("TaxIdentificationNumber", company.tax_id),
        ),
        node(
            "LegalEntity",
            node("CorporateName", company.name),
            node(
                "AddressInSpain",
                node("Address", company.street),
                node("PostCode", company.postalcode),
                node("Town", company.city),
                node("Province", company.city),
                node("CountryCode", "ESP"),
            ),
            node("ContactDetails", node("ElectronicMail", company.email)),
        ),
    ]


def fatturapa_invoice(
    *, version: str = "FPR12", copies: int = 1, code: str = "ABC1234", **fields: Unpack[InvoiceFields]
) -> bytes:
    """Write a FatturaPA file; with several `copies` a lotto."""
    fields.setdefault("seller", SELLERS[3])
    invoice = Invoice(**fields)
    root = node(
        "p:FatturaElettronica",
        node(
            "FatturaElettronicaHeader",
            node(
                "DatiTrasmissione",
                node("ProgressivoInvio", "1"),
                node("FormatoTrasmissione", version),
                node("CodiceDestinatario", code),
                node("PECDestinatario", "fatture@pec.example") if code == "0000000" else None,
            ),
            _fatturapa_party("CedentePrestatore", invoice.seller),
            _fatturapa_party("CessionarioCommittente", invoice.buyer),
        ),
        *[fatturapa_body(invoice)] * copies,
    )
    root.attrib = {"xmlns:p": FATTURAPA_12, "versione": version}
    return to_bytes(root)


def fatturapa_body(invoice: Invoice) -> ET.Element:
    """One FatturaElettronicaBody."""
    return node(
        "FatturaElettronicaBody",
        node(
            "DatiGenerali",
            node(
                "DatiGeneraliDocumento",
                node("TipoDocumento", "TD04" if invoice.credit_note else "TD01"),
                node("Divisa", invoice.currency),
                node("Data", invoice.date.isoformat()),
                node("Numero", invoice.number),
                node("ImportoTotaleDocumento", invoice.gross),
            ),
        ),
        node(
            "DatiBeniServizi",
            *(
                node("DettaglioLinee", node("NumeroLinea", position), node("Descrizione", line.name))
                for position, line in enumerate(invoice.lines, 1)
            ),
            *(
                node(
                    "DatiRiepilogo",
                    node("AliquotaIVA", rate),
                    node("ImponibileImporto", base),
                    node("Imposta", tax),
                )
                for _, rate, base, tax in invoice.taxes
            ),
        ),
        node(
            "DatiPagamento",
            node("CondizioniPagamento", "TP02"),
            node(
                "DettaglioPagamento",
                node("ModalitaPagamento", "MP05"),
                node("DataScadenzaPagamento", invoice.due_date.isoformat()) if invoice.due_date else None,
                node("ImportoPagamento", invoice.gross),
            ),
        ),
    )


def _fatturapa_party(tag: str, company: Company) -> ET.Element:
    return node(
        tag,
        node(
            "DatiAnagrafici",
            node("IdFiscaleIVA", node("IdPaese", company.tax_id[:2]), node("IdCodice", company.tax_id[2:])),
            node("CodiceFiscale", company.company_id),
            node("Anagrafica", node("Denominazione", company.name)),
        ),
        node(
            "Sede",
            node("Indirizzo", company.street),
            node("CAP", company.postalcode),
            node("Comune", company.city),
            node("Nazione", company.country),
        ),
        node("Contatti", node("Email", company.email)),
    )


def facturx_pdf(
    *, name: str | None = "factur-x.xml", xml: bytes | None = None, password: str | None = None, compress: bool = False,
    **fields: Unpack[InvoiceFields],
) -> bytes:  # fmt: skip
    """Write a PDF of one empty page with a CII inside; `name=None` leaves the XML out."""
    from pypdf import PdfWriter

    writer = PdfWriter()
    writer.add_blank_page(width=595, height=842)
    if name is not None:
        writer.add_attachment(name, cii_invoice(**fields) if xml is None else xml)
    if compress:
        for attachment in writer.attachment_list:
            files = cast("DictionaryObject", attachment.pdf_object["/EF"])
            plain = cast("StreamObject", files["/F"])
            writer._replace_object(cast("IndirectObject", files.raw_get("/F")), plain.flate_encode())
    if password is not None:
        writer.encrypt(password, algorithm="RC4-128")
    written = io.BytesIO()
    writer.write(written)
    return written.getvalue()

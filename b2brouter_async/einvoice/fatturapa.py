"""FatturaPA 1.2 (FPR12 between companies, FPA12 to public bodies), the Italian syntax, as plain XML."""

from __future__ import annotations

from decimal import Decimal

from .facts import DocumentFacts, Issuer, Party, UnreadableDocument
from .identifiers import distinct
from .xml import Element, amount, iso_date, value_of

_FORMATS = frozenset({"FPR12", "FPA12"})
_CREDIT_NOTES = frozenset({"TD04", "TD08"})
_INSTALMENTS = "TP01"
_ISSUERS: dict[str, Issuer] = {"CC": "buyer", "TZ": "third_party"}
_BY_THE_BUYER = frozenset({"TD16", "TD17", "TD18", "TD19", "TD20", "TD28", "TD29"})
"""Integrations and self-invoices: the buyer makes them, for a tax that the seller didn't or couldn't charge."""


def matches(root: Element) -> bool:
    """Whether the root is a FatturaPA document, of any version."""
    return (
        root.name == "FatturaElettronica" and "fattur" in root.namespace.lower()
    )  # "fatturapa" in 1.0 and 1.1


def read(root: Element) -> DocumentFacts:
    """Read the facts of a FatturaPA document.

    The total is ImportoTotaleDocumento, or, since that is optional, the sum of the tax summary where no discount,
    rounding or stamp duty of the whole document makes another of it.
    What is payable is the sum of the payments and instalments named.

    Raises:
        UnreadableDocument: another version, several invoices, no number or date, or a date or amount
            that isn't one.
    """
    header = root.single("FatturaElettronicaHeader")
    format_code = root.attributes.get("versione") or header.value("DatiTrasmissione", "FormatoTrasmissione")
    if format_code not in _FORMATS:
        raise UnreadableDocument(
            f"This is FatturaPA {(format_code or 'without a version')[:20]}; FPR12 and FPA12 are read."
        )
    third = header.first("TerzoIntermediarioOSoggettoEmittente")
    bodies = list(root.all("FatturaElettronicaBody"))
    if not bodies:
        raise UnreadableDocument("The FatturaPA file holds no invoice (FatturaElettronicaBody).")
    if len(bodies) > 1:
        raise UnreadableDocument(
            f"The FatturaPA file is a lotto of {len(bodies)} invoices. One upload must be one invoice, or a "
            "reply could not be told to belong to one of them: split the file."
        )
    body = bodies[0]
    general = body.single("DatiGenerali", "DatiGeneraliDocumento")
    number = value_of(general.only("Numero"))
    if number is None:
        raise UnreadableDocument("The FatturaPA document has no number (Numero).")
    date = iso_date(general.only("Data"))
    if date is None:
        raise UnreadableDocument(f"The FatturaPA document {number} has no date (Data).")
    document_type = value_of(general.only("TipoDocumento"))
    subtotal = _sum(body, "DatiBeniServizi", "DatiRiepilogo", "ImponibileImporto")
    tax_total = _sum(body, "DatiBeniServizi", "DatiRiepilogo", "Imposta")
    total = amount(general.only("ImportoTotaleDocumento"))
    if total is None and subtotal is not None and tax_total is not None and not _is_adjusted(general, body):
        total = subtotal + tax_total
    return DocumentFacts(
        syntax="fatturapa",
        kind="credit_note" if document_type in _CREDIT_NOTES else "invoice",
        number=number,
        date=date,
        due_date=iso_date(body.first("DatiPagamento", "DettaglioPagamento", "DataScadenzaPagamento")),
        currency=value_of(general.only("Divisa")),
        seller=_party(header.single("CedentePrestatore")),
        buyer=_party(header.single("CessionarioCommittente"), header.single("DatiTrasmissione")),
        issued_by=_issuer(header, document_type),
        third_party=None if third is None else _party(third),
        subtotal=subtotal,
        tax_total=tax_total,
        total=total,
        payable=_payable(body),
    )


def _is_adjusted(general: Element, body: Element) -> bool:
    of_all = (general.first(name) for name in ("ScontoMaggiorazione", "Arrotondamento", "DatiBollo"))
    roundings = body.all("DatiBeniServizi", "DatiRiepilogo", "Arrotondamento")
    return any(each is not None for each in of_all) or any(amount(each) for each in roundings)


def _issuer(header: Element, document_type: str | None) -> Issuer:
    if document_type in _BY_THE_BUYER:
        return "buyer"
    return _ISSUERS.get(value_of(header.only("SoggettoEmittente")) or "", "seller")


def _sum(element: Element, *path: str) -> Decimal | None:
    amounts = [value for each in element.all(*path) if (value := amount(each)) is not None]
    return sum(amounts, Decimal(0)) if amounts else None


def _payable(body: Element) -> Decimal | None:
    # Blocks add up, and so do the instalments of one block. Several details of a block of another kind
    # are ways to pay the same money.
    amounts = [
        _sum(block, "DettaglioPagamento", "ImportoPagamento")
        if block.value("CondizioniPagamento") == _INSTALMENTS
        else amount(block.first("DettaglioPagamento", "ImportoPagamento"))
        for block in body.all("DatiPagamento")
    ]
    known = [each for each in amounts if each is not None]
    return sum(known, Decimal(0)) if known else None


def _party(party: Element, transmission: Element | None = None) -> Party:
    person = party.find("DatiAnagrafici")
    vat = person.find("IdFiscaleIVA")
    vat_code = vat.value("IdCodice")
    tax_id = f"{vat.value('IdPaese') or ''}{vat_code}" if vat_code else None
    company_id = person.value("CodiceFiscale")
    full_name = (person.value("Anagrafica", "Nome"), person.value("Anagrafica", "Cognome"))
    address = party.find("Sede")
    lines = (address.value("Indirizzo"), address.value("NumeroCivico"))
    endpoint, scheme, mailbox = _endpoint(transmission)
    return Party(
        name=person.value("Anagrafica", "Denominazione")
        or " ".join(part for part in full_name if part)
        or None,
        tax_id=tax_id,
        company_id=company_id,
        endpoint_id=endpoint,
        endpoint_scheme=scheme,
        identifiers=distinct(tax_id, company_id, person.value("Anagrafica", "CodEORI"), endpoint),
        country=address.value("Nazione"),
        address=" ".join(line for line in lines if line) or None,
        city=address.value("Comune"),
        postalcode=address.value("CAP"),
        email=party.value("Contatti", "Email") or mailbox,
    )


def _endpoint(transmission: Element | None) -> tuple[str | None, str | None, str | None]:
    """Address, its scheme in the EAS list, and certified mailbox of the receiver."""
    if transmission is None:
        return None, None, None
    mailbox = transmission.value("PECDestinatario")
    code = transmission.value("CodiceDestinatario")
    # Seven zeros mean "by certified mail or the tax portal", seven X a receiver abroad: no addresses.
    if code is None or set(code) in ({"0"}, {"X"}):
        return None, None, mailbox
    return code, "0201" if len(code) == 6 else "0205", mailbox

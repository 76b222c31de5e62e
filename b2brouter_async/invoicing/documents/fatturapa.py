"""FatturaPA 1.2, element by element."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Final

from ...einvoice.facts import UnreadableDocument
from .lines import AMOUNT_TAKEN, filled, indicator_of, joined, properties_of, put, settle_net
from .made import FOR_INVOICES, OWN, Made
from .payment import account_of, method_of
from .taxes import default_name

if TYPE_CHECKING:
    from ...einvoice.facts import Direction
    from .source import Source

_CREDIT_NOTES: Final = frozenset({"TD04", "TD08"})
_CATEGORIES: Final = {"N2": "O", "N3.1": "G", "N3.2": "K", "N4": "E", "N6": "AE"}
"""Natures that are a category of EN 16931: not subject, export, within the Union, exempt, reverse charge."""
_SPLIT: Final = "S"
_IN_PARTS: Final = "TP01"
_FIELDS: Final = {
    "DatiOrdineAcquisto": "ponumber",
    "DatiContratto": "contract_number",
    "DatiRicezione": "receiving_advice_reference",
}


def make(root: Source, direction: Direction, tax_name: str | None) -> Made:
    """Make an invoice of a request of a FatturaPA document."""
    made = Made()
    header, body = root.at("FatturaElettronicaHeader"), root.at("FatturaElettronicaBody")
    general, goods = body.at("DatiGenerali"), body.at("DatiBeniServizi")
    document = general.at("DatiGeneraliDocumento")
    transmission = header.at("DatiTrasmissione")
    for name in ("IdTrasmittente", "ProgressivoInvio", "FormatoTrasmissione"):
        transmission.known(name)
    root.attribute("versione")
    root.attribute("SistemaEmittente")
    _refuse_money_without_a_field(document, goods)
    name = tax_name or default_name("it")
    kind = document.text("TipoDocumento")
    made.currency = document.text("Divisa")
    put(
        made.fields,
        type="ReceivedInvoice" if direction == "received" else "IssuedInvoice",
        number=document.text("Numero"),
        date=document.day("Data"),
        currency=made.currency,
        type_code=kind,
        is_credit_note=True if kind in _CREDIT_NOTES else None,
        extra_info=joined([one.prose() or "" for one in document.each("Causale")]),
    )
    seller, buyer = header.at("CedentePrestatore"), header.at("CessionarioCommittente")
    other, own = (buyer, seller) if direction == "issued" else (seller, buyer)
    made.fields["contact"] = _contact(other, transmission if direction == "issued" else None)
    own.leave(
        OWN,
        own.peek("DatiAnagrafici", "Anagrafica", "Denominazione")
        or own.peek("DatiAnagrafici", "Anagrafica", "Cognome"),
    )
    _references(general, made, corrects=kind in _CREDIT_NOTES)
    lines = goods.each("DettaglioLinee")
    made.fields["invoice_lines_attributes"] = [_line(one, place, name) for place, one in enumerate(lines, 1)]
    extras = [_welfare(one, name) for one in document.each("DatiCassaPrevidenziale")]
    put(made.fields, allowance_charges_attributes=extras or None)
    _withheld(document, made)
    _payment(body, made, direction)
    _totals(document, goods, made, name)
    return made


def _refuse_money_without_a_field(document: Source, goods: Source) -> None:
    if document.at("ScontoMaggiorazione").is_there:
        raise UnreadableDocument(
            "It has a discount or surcharge of the whole document (ScontoMaggiorazione), and of which rates it isn't said. "
            "Upload the document itself."
        )
    if any(one.peek("EsigibilitaIVA") == _SPLIT for one in goods.each("DatiRiepilogo")):
        raise UnreadableDocument(
            "The buyer pays its tax to the state (split payment, EsigibilitaIVA S), and what the API takes for that is in no public "
            "source. Upload the document itself."
        )


def _contact(party: Source, transmission: Source | None) -> dict[str, object]:
    person, address = party.at("DatiAnagrafici"), party.at("Sede")
    vat = person.at("IdFiscaleIVA")
    code = vat.text("IdCodice")
    names = [person.text("Anagrafica", one) for one in ("Denominazione", "Nome", "Cognome")]
    street = [address.text("Indirizzo"), address.text("NumeroCivico")]
    contact = filled(
        name=" ".join(one for one in names if one) or None,
        tin_value=None if code is None else f"{vat.text('IdPaese') or ''}{code}",
        cin_value=person.text("CodiceFiscale"),
        address=" ".join(one for one in street if one) or None,
        postalcode=address.text("CAP"),
        city=address.text("Comune"),
        province=address.text("Provincia"),
        country=(address.text("Nazione") or "").lower() or None,
        email=party.text("Contatti", "Email"),
    )
    if transmission is not None:
        put(
            contact,
            recipient_code=transmission.text("CodiceDestinatario"),
            certified_email=transmission.text("PECDestinatario"),
        )
    return contact


def _references(general: Source, made: Made, *, corrects: bool) -> None:
    for name, field in _FIELDS.items():
        # What is said of single lines is not said of the whole invoice.
        first = next(
            (one for one in general.each(name) if not one.at("RiferimentoNumeroLinea").is_there), None
        )
        if first is not None:
            put(made.fields, **{field: first.text("IdDocumento")})
    note = general.at("DatiDDT")
    if note.is_there and not note.at("RiferimentoNumeroLinea").is_there:
        put(made.fields, delivery_note_number=note.text("NumeroDDT"), delivery_note_date=note.day("DataDDT"))
    found: list[dict[str, object]] = []
    for one in general.each("DatiFattureCollegate"):
        if not corrects:
            one.leave(FOR_INVOICES)
            continue
        found.append(filled(number=one.text("IdDocumento"), date=one.day("Data")))
    put(made.fields, invoice_references=[one for one in found if one] or None)


def _line(line: Source, place: int, name: str) -> dict[str, object]:
    made: dict[str, object] = {}
    if line.peek("NumeroLinea") == str(place):
        line.known("NumeroLinea")  # its place is its number
    tax = _tax(line, name)
    line.at("UnitaMisura").leave("it is written in words; B2Brouter has codes for units")
    put(
        made,
        description=line.prose("Descrizione"),
        quantity=line.amount("Quantita"),
        price=line.amount("PrezzoUnitario"),
        article_code=line.text("CodiceArticolo", "CodiceValore"),
        invoicing_period_start=line.day("DataInizioPeriodo"),
        invoicing_period_end=line.day("DataFinePeriodo"),
        buyer_accounting_reference=line.text("RiferimentoAmministrazione"),
        taxes_attributes=[tax],
        allowance_charges_attributes=_extras(line) or None,
        additional_item_properties_attributes=properties_of(
            line.each("AltriDatiGestionali"), "TipoDato", "RiferimentoTesto"
        ),
    )
    settle_net(line.at("PrezzoTotale"), made, line.amount("PrezzoTotale"))
    return made


def _tax(place: Source, name: str) -> dict[str, object]:
    percent, nature = place.amount("AliquotaIVA") or Decimal(0), place.text("Natura")
    made: dict[str, object] = {"name": name, "percent": percent}
    category = _CATEGORIES.get(nature or "") or _CATEGORIES.get((nature or "").partition(".")[0])
    put(made, category="S" if percent else category, comment=nature)
    return made


def _extras(line: Source) -> list[dict[str, object]]:
    """Return discounts and surcharges of a line. They are of one unit, and a percentage is of what the ones before leave."""
    quantity = line.amount("Quantita") or Decimal(1)
    price = line.amount("PrezzoUnitario") or Decimal(0)
    made: list[dict[str, object]] = []
    for one in line.each("ScontoMaggiorazione"):
        kind = indicator_of(one.at("Tipo"), allowance="SC", charge="MG")
        each, percent = one.amount("Importo"), one.peek("Percentuale")
        if each is None:
            each = price * (one.amount("Percentuale") or Decimal(0)) / 100
        elif percent is not None:
            one.at("Percentuale").leave(AMOUNT_TAKEN)
        price += each if kind == "charge" else -each
        made.append(
            {
                "allowance_charge_indicator": kind,
                "amount": (each * quantity).normalize() + 0,
                "apply_taxes": True,
            }
        )
    return made


def _welfare(part: Source, name: str) -> dict[str, object]:
    """Return the contribution to a professional's welfare fund, a charge with a tax of its own."""
    made: dict[str, object] = {
        "allowance_charge_indicator": "charge",
        "apply_taxes": True,
        "tax_attributes": _tax(part, name),
    }
    rate = part.text("AlCassa")
    put(
        made,
        amount=part.amount("ImportoContributoCassa"),
        description=f"Cassa {part.text('TipoCassa')} {rate} %",
    )
    return made


def _withheld(document: Source, made: Made) -> None:
    """Take over what is withheld: it lowers what is to pay, and not the total."""
    parts = document.each("DatiRitenuta")
    amounts = [one.amount("ImportoRitenuta") or Decimal(0) for one in parts]
    if not parts:
        return
    reasons = [
        f"{one.text('TipoRitenuta')} {one.text('AliquotaRitenuta')} % {one.text('CausalePagamento') or ''}".strip()
        for one in parts
    ]
    put(made.fields, amounts_withheld=sum(amounts, Decimal(0)), amounts_withheld_reason=", ".join(reasons))


def _payment(body: Source, made: Made, direction: Direction) -> None:
    parts = body.each("DatiPagamento", "DettaglioPagamento")
    for one in body.each("DatiPagamento"):
        one.known("CondizioniPagamento")  # whether in parts: the parts tell
    if not parts:
        return
    first = parts[0]
    put(
        made.fields,
        due_date=first.day("DataScadenzaPagamento"),
        remittance_information=first.text("CodicePagamento"),
    )
    method_of(first.at("ModalitaPagamento"), made.fields, "fatturapa")
    for one in parts[1:]:
        if one.peek("ModalitaPagamento") == first.peek("ModalitaPagamento"):
            one.known("ModalitaPagamento")
        if one.peek("IBAN") == first.peek("IBAN"):
            one.known("IBAN")
    made.accounts(direction, sellers=account_of(first.at("IBAN"), first.at("BIC")))
    blocks = body.each("DatiPagamento")
    if len(parts) > 1 and (len(blocks) > 1 or blocks[0].peek("CondizioniPagamento") == _IN_PARTS):
        made.fields["payment_dues_attributes"] = [_due(one) for one in parts]
        amounts = [one.amount("ImportoPagamento") for one in parts]
        made.stated.add(
            "ImportoPagamento", sum((one or Decimal(0) for one in amounts), Decimal(0)), "payable"
        )
        return
    for one in parts[1:]:
        one.leave("it is another way to pay the same")
    made.stated.add("ImportoPagamento", first.amount("ImportoPagamento"), "payable")


def _due(part: Source) -> dict[str, object]:
    return filled(due_date=part.day("DataScadenzaPagamento"), amount=part.amount("ImportoPagamento"))


def _totals(document: Source, goods: Source, made: Made, name: str) -> None:
    made.stated.add("ImportoTotaleDocumento", document.amount("ImportoTotaleDocumento"), "total")
    natures = {
        one.peek()
        for one in (
            *goods.each("DettaglioLinee", "Natura"),
            *document.each("DatiCassaPrevidenziale", "Natura"),
        )
    }
    summary = goods.each("DatiRiepilogo")
    for field, like in (("ImponibileImporto", "net"), ("Imposta", "tax")):
        # In all as well, or a rate that lines have and the summary hasn't would go unseen.
        amounts = [amount for one in summary if (amount := one.amount(field)) is not None]
        made.stated.add(f"{field} in all", sum(amounts, Decimal(0)) if amounts else None, like)
    for one in summary:
        if one.peek("EsigibilitaIVA") == "I":
            one.known("EsigibilitaIVA")  # the usual
        nature = one.at("Natura")
        tax = _tax(one, name)
        if nature.is_there and nature.peek() not in natures:
            nature.leave("no line has it")
        made.stated.add_tax(tax, one.amount("ImponibileImporto"), one.amount("Imposta"))
    made.settle(prepaid=None, rounding=None)

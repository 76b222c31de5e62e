"""FatturaPA 1.2."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...state.store import rows
from ..amounts import line_total
from .elements import amount, decimal, node, upper, xml

if TYPE_CHECKING:
    from ...state.store import JsonObject
    from .elements import Node
    from .facts import Facts


def to_fatturapa(facts: Facts, code: str) -> bytes:
    """Return an invoice or a credit note between companies (FPR12)."""
    return xml(
        node(
            "p:FatturaElettronica",
            node(
                "FatturaElettronicaHeader",
                node(
                    "DatiTrasmissione",
                    node("FormatoTrasmissione", "FPR12"),
                    node("CodiceDestinatario", facts.buyer.get("pin_value") or "0000000"),
                ),
                _party("CedentePrestatore", facts.seller),
                _party("CessionarioCommittente", facts.buyer),
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
                        node("ImportoTotaleDocumento", amount(facts.total)),
                    ),
                ),
                node(
                    "DatiBeniServizi",
                    *(_line(place, line) for place, line in enumerate(facts.lines, 1)),
                    *(_summary(tax) for tax in facts.taxes or [{"base": facts.subtotal}]),
                ),
                node(
                    "DatiPagamento",
                    node("CondizioniPagamento", "TP02"),
                    node(
                        "DettaglioPagamento",
                        node("ModalitaPagamento", "MP05"),
                        node("DataScadenzaPagamento", facts.due),
                        node("ImportoPagamento", amount(facts.payable)),
                    ),
                ),
            ),
            versione="FPR12",
        ),
        {"p": "http://ivaservizi.agenziaentrate.gov.it/docs/xsd/fatture/v1.2"},
    )


def _party(name: str, fields: JsonObject) -> Node:
    country = upper(fields.get("country")) or "IT"
    number = str(fields.get("tin_value") or "")
    prefix = number[:2].upper() if number[:2].isalpha() else ""
    vat = node("IdFiscaleIVA", node("IdPaese", prefix or country), node("IdCodice", number[len(prefix) :]))
    return node(
        name,
        node(
            "DatiAnagrafici",
            *([vat] if number else []),
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


def _line(place: int, line: JsonObject) -> Node:
    taxes = rows(line, "taxes_attributes")
    return node(
        "DettaglioLinee",
        node("NumeroLinea", place),
        node("Descrizione", line.get("description") or "-"),
        node("Quantita", amount(decimal(line.get("quantity", 1)))),
        node("PrezzoUnitario", amount(decimal(line.get("price")))),
        node("PrezzoTotale", amount(line_total(line))),
        node("AliquotaIVA", amount(decimal(taxes[0].get("percent") if taxes else 0))),
    )


def _summary(tax: JsonObject) -> Node:
    return node(
        "DatiRiepilogo",
        node("AliquotaIVA", amount(decimal(tax.get("percent")))),
        node("ImponibileImporto", amount(decimal(tax.get("base")))),
        node("Imposta", amount(decimal(tax.get("amount")))),
    )

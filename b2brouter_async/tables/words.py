"""The words by which programs call their columns, in eight languages.

Names are compared without case, accents, punctuation and kinds of spaces, and without `(€)`, `EUR` and `%`.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

WORDS: Final[dict[str, str]] = {
    "number": "nº factura, número factura, num factura, numero de factura, nº de factura, n factura, núm factura, núm. "
    "factura, número, numero, num, no factura, numéro, numéro de facture, n° facture, n facture, no facture, num facture, "
    "rechnungsnummer, belegnummer, rechnungsnr, belegnr, rechnung nr, rechnungs nr, factuurnummer, factnr, factuurnr, "
    "factuur nr, numero fattura, n fattura, nr fattura, numero documento, numer faktury, numer dokumentu, nr faktury, "
    "número da fatura, nº fatura, número fatura, numero fatura, invoice number, invoicenumber, invoice no, invoice num, "
    "invoice nr, invoice #, document number, refnumber, invoice id number, number, inv no, "
    "identificación de la factura número, invoice id, inv number, rechnungs nummer, re nr, nr rechnung, numéro pièce, n° pièce, no pièce, numéro document, nº documento, documento nº, número documento, factuur nummer, numero doc, nr dokumentu, fatura nº, nº da fatura, doc number, invoice num, nº fra, num fra, n fra, nº fact, num fact, número fact, facturanr, facturanummer, factura nr",
    "series_code": "serie, sèrie, série, series, rechnungskreis, reeks, seria",
    "date": "fecha, fecha factura, fecha expedición, fecha de expedición, fecha emisión, fecha de emisión, fecha de factura, "
    "data, data factura, data fattura, data documento, data emissione, data emissió, date, date facture, date de facture, "
    "date de facturation, date d'émission, date emission, rechnungsdatum, belegdatum, datum, factuurdatum, data wystawienia, data de "
    "emissão, data da fatura, emitida, invoice date, invoicedate, issue date, issuedate, txndate, date issued, bill date, issued, issued at, invoice issue date, fecha doc, fecha documento, date pièce, date document, data doc, ausstellungsdatum, data dokumentu, data de emissão, data do documento, rechnung vom, fecha fra, fecha fact",
    "due_date": "fecha de vencimiento, fecha vencimiento, vencimiento, venciment, data de venciment, échéance, date "
    "d'échéance, date echeance, fälligkeitsdatum, fälligkeit, fällig am, zahlungsziel datum, vervaldatum, vervaldag, scadenza, "
    "data scadenza, termin płatności, vencimento, data de vencimento, due date, duedate, date due, payment due, vence, fecha venc, due, fällig, zahlbar bis, te betalen voor, termin zapłaty, data scadenza pagamento, data vencimento, vencimento",
    "tax_point_date": "fecha operación, fecha de operación, data operació, date de livraison, leistungsdatum, lieferdatum, "
    "prestatiedatum, data sprzedaży, data operazione, transaction complete date, supply date, tax point",
    "contact.name": "cliente, destinatario, nombre destinatario, receptor, nombre del contacto, nombre cliente, razón social, client, nom client, "
    "tiers, nom du client, kunde, kundenname, kunde lieferant, käufer, klant, klantnaam, relatie, debiteur naam, ragione sociale, intestatario, "
    "denominazione, kontrahent, nabywca, klient, nazwa kontrahenta, nome do cliente, nome cliente, customer, customer name, "
    "contact name, contactname, billing name, bill to, buyer, client name, nombre cli-pro, nom, debiteur, raó social, nombre, nombre o razón social, nombre fiscal, razon social cliente, raison sociale, nom tiers, société, firmenname, empfänger, bedrijf, bedrijfsnaam, naam, cliente fornitore, nazwa nabywcy, odbiorca, nome, entidade, account name, company, bill to name, billing company",
    "contact.tin_value": "nif, cif, nif cliente, cif nif, nif cif, nif destinatario, nif cli-pro, n° tva client, numéro tva, tva intracommunautaire, "
    "no tva, kunden uid, ust idnr, ustid, uid, ust id, btw nummer, btwnummer, btw nr, p iva, partita iva, piva, codice fiscale piva, nip, "
    "nip nabywcy, nif do cliente, contribuinte, fiscal id, tax number, tax id, vat number, vat no, buyer vat number, vat id, "
    "identificación, nif cif cliente, dni, nif dni, cif nif cliente, documento fiscal, vat, customer vat, tva client, numéro de tva, ust id nr, steuernummer, btw id, codice fiscale, nip kontrahenta, nipc, número de contribuinte, tax registration number",
    "contact.cin_value": "siren, siret, siren client, siret client, kvk, kvk nummer, regon, handelsregisternummer, company number",
    "contact.address": "dirección, domicilio, adreça, adresse, rue, straße, strasse, anschrift, adres, straat, indirizzo, via, "
    "ulica, morada, endereço, address, street, poaddressline1, billing street, billing address, address line 1, billing address1",
    "contact.city": "población, ciudad, localidad, municipio, població, ville, commune, ort, stadt, plaats, woonplaats, città, "
    "comune, miasto, miejscowość, cidade, localidade, city, town, pocity, billing city",
    "contact.postalcode": "código postal, cp, codi postal, code postal, plz, postleitzahl, postcode, cap, kod pocztowy, "
    "código postal, zip, postal code, popostalcode, billing zip, zip code",
    "contact.province": "provincia, província, région, bundesland, provincie, regione, województwo, distrito, province, region, "
    "state, county, poregion, billing province",
    "contact.country": "país, pais, pays, land, paese, nazione, kraj, country, pocountry, billing country, código país, "
    "codigo pais, ländercode, code pays, landcode, country code",
    "contact.email": "email, e mail, correo, correo electrónico, courriel, emailaddress, email address, customer email",
    "line.description": "concepto, descripción, descripcion, concepte, descripció, libellé, libellé produit, désignation, description, "
    "invoice line ids name, beschreibung, artikel, bezeichnung, omschrijving, artikelomschrijving, descrizione, causale, nazwa towaru, nazwa, opis, descrição, designação, "
    "item, item name, product, details, lineitem name, memo, positionstext, position, leistung, text, bezeichnung artikel, artículo, producto, detalle, détail, prestation, service, produit, article, product service, itemdescription, item description, product name, dienst, oggetto, prodotto, articolo, usługa, artigo, serviço, desc, dettaglio",
    "line.notes": "produit description, notas línea",
    "line.article_code": "sku, código artículo, artikelnummer, article code, référence produit, codice articolo, kod towaru, "
    "inventoryitemcode, item code, lineitem sku, artikelcode, ref articulo",
    "line.quantity": "unidades, cantidad, uds, quantitat, quantité, qté, menge, anzahl, aantal, quantità, qta, ilość, quantidade, "
    "qtd, quantity, qty, lineitem quantity, units, itemquantity, item quantity, cant, unid, nb, nombre d'unités, stück, stk, hoeveelheid, qnt, pezzi, il, qte, hours, horas, heures, stunden, uren, ore, godziny",
    "line.unit": "unidad, unité, einheit, eenheid, unità, unità di misura, jm, jednostka, unidade, unit",
    "line.price": "precio, precio unidad, precio unitario, preu, preu unitari, prix, prix unitaire, pu ht, prix unitaire ht, "
    "einzelpreis, preis, stückpreis, stukprijs, prijs, prijs per stuk, line price, prezzo, prezzo unitario, cena netto, cena jednostkowa, cena, preço, "
    "preço unitário, unit amount, unitamount, price unit, item cost, unit price, price, rate amount, einzelpreis netto, preis netto, einzelpreis, itemrate, item rate, rate, item price, unit price excl tax, unit cost, precio neto, precio unit, prix unitaire hors taxe, puht, prijs excl btw, prezzo netto, cena jednostkowa netto, preço unit",
    "line.price_gross": "lineitem price, prix unitaire ttc, pu ttc, cena brutto, precio con iva, price incl vat, einzelpreis brutto, precio unitario con iva, pvp, prezzo ivato, cena jednostkowa brutto, prijs incl btw, unit price incl tax",
    "net": "base, base imponible, base imposable, importe neto, neto, montant ht, total ht, sous total, ht, netto, nettobetrag, betrag netto, "
    "bedrag excl btw, excl btw, subtotaal, netto bedrag, bedrag exclusief btw, imponibile, importo netto, totale imponibile, razem netto, wartość netto, kwota netto, base "
    "tributável, valor líquido, net amount, net, subtotal, pretax, vat excl, total net, amount excl tax, net total, base imponible o importe no sujeto, summe netto, gesamt netto, summe netto, gesamtpreis netto, positionssumme, itemamount, item amount, line total, line amount, total línea, importe línea, total sin iva, importe sin iva, base iva, base tributable, montant hors taxe, total hors taxes, prix total ht, total net, regeltotaal, totale netto, totale riga, suma netto, total ilíquido, total sem iva, valor sem iva, order subtotal, sub total, amount excl vat, net value, taxable amount, base imp, b imponible, base imponible total, netto bedrag excl btw, prezzo totale, importo riga, regelbedrag",
    "tax.percent": "% iva, iva %, tipo iva, tipo de iva, tipo impositivo, % impuesto, taux de tva, taux tva, % tva, tva %, mwst satz, steuersatz, ust satz, mwst %, "
    "ust %, btw %, btw percentage, btw tarief, aliquota, aliquota iva, % vat, vat %, stawka vat, stawka, taxa de iva, taxa iva, rate percent, tax rate, "
    "vat rate, tax percent, lineitem tax rate, mehrwertsteuersatz, vat rate percent, tax rate percent, item tax rate, tasa, alícuota, tva taux, tarif btw, stawka podatku, tipo, taux, satz, tarief, % impuestos",
    "tax.key": "btw code, tax type, taxtype, tax code, taxcode, steuerschlüssel, steuercode, codice iva, vat code, tax ids, invoice line ids tax ids id, "
    "impuestos, tax 1 name, impuesto, itemtaxcode, item tax code, impuestos de venta, code tva, régime tva",
    "tax.amount": "iva, cuota iva, cuota, importe iva, quota iva, cuota iva repercutida, cuota repercutida, tva, montant tva, total tva, mwst, mwst betrag, "
    "umsatzsteuer, ust, ust betrag, steuer, steuerbetrag, btw, btw bedrag, imposta, importo iva, razem vat, wartość vat, kwota vat, vat, valor iva, imposto, tax, "
    "taxes, tax amount, taxamount, vat amount, total tax, tax 1 value, itemtaxamount, item tax amount, order tax, total iva, importe del iva, mehrwertsteuer, montant de la tva, totaal btw, totale iva, podatek vat, valor do iva, gst, sales tax, vat total, suma vat",
    "withholding.percent": "% irpf, irpf %, tipo retención, % retención, retención %, tipo retención del irpf, % retenció, aliquota ritenuta, taxa de retenção",
    "withholding.amount": "irpf, retención, cuota irpf, importe retención, importe irpf, importe retenido del irpf, retenció, ritenuta, ritenuta "
    "d'acconto, ritenuta acconto, retention, retenção, withholding, withholding tax, ret irpf, irpf retenido, rit acconto, ret",
    "surcharge.percent": "% recargo, % recargo equivalencia, tipo recargo, % re, tipo de recargo de equivalencia",
    "surcharge.amount": "recargo, cuota recargo, cuota recargo equivalencia, recargo de equivalencia, recargo equivalencia, "
    "cuota recargo de equivalencia, rec de eq, rec equivalencia, cuota re, re",
    "base@0": "base exenta, importe exento, exento, base exempta, esente, exonéré, exempt amount",
    "total": "total, total factura, importe total, total general, import total, montant ttc, total ttc, ttc, brutto, bruttobetrag, "
    "gesamtbetrag, rechnungsbetrag, summe brutto, totaal, bedrag incl btw, incl btw, totaal incl btw, bedrag inclusief btw, totale, totale fattura, totale documento, "
    "importo totale, razem brutto, wartość brutto, kwota brutto, total amount, vat incl, grand total, gross, gross amount, amount due, invoice total, "
    "total incl tax, importe, amount, betrag, bedrag, importo, kwota, montant, valor, valor total, total da fatura, gesamt brutto, summe, gesamtsumme, endbetrag, total con iva, total iva incluido, importe con iva, líquido, total a pagar, montant total, net à payer, te betalen, da pagare, do zapłaty, total com iva, order total, total price, total gross, invoice amount, summe brutto, totaal bedrag, gesamt, total fra, total fact, bruto, bruto bedrag, brutobedrag, totale ivato, totaal bruto, total invoice",
    "paid": "cantidad cobrada, cobrado, importe cobrado, pagado, montant payé, réglé, bezahlt, betaald, pagato, zapłacono, pago, paid, "
    "amount paid, payments",
    "kind": "tipo factura, tipo de factura, tipo documento, tipo, tipo doc, type, type de pièce, type document, belegart, rechnungsart, rechnungstyp, "
    "soort, type factuur, tipo documento, rodzaj, typ dokumentu, tipo de documento, type, move type, document type, invoice type, doc type, documenttype, tipo de doc, tipologia, kind, tipo operación, typ",
    "corrects.number": "rectificativa, factura rectificada, factura rectificada número, facture corrigée, facture d'origine, refinvoiceno, "
    "storno zu, korrigierte rechnung, fattura corretta, faktura korygowana, original invoice, credited invoice, rectifica a, rectifica, factura origen, nº factura rectificada, corrige, annule, bezug, betreft factuur, riferimento fattura, do faktury, documento de origem",
    "corrects.series": "factura rectificada serie",
    "currency": "moneda, divisa, devise, währung, valuta, munt, waluta, moeda, currency, currency code, currencycode, currency symbol, code devise, währungscode",
    "shipping": "shipping, portes, gastos de envío, envío, frais de port, port, livraison, versand, versandkosten, verzendkosten, "
    "spedizione, spese di spedizione, koszt wysyłki, wysyłka, envio, portes de envio, shipping cost, freight, delivery cost, shipping amount, order shipping",
    "discount": "descuento, dto, importe descuento, descompte, remise, rabais, rabatt, skonto, korting, sconto, rabat, desconto, discount, discount amount, order discount, cart discount",
    "line.discount_percent": "descuento %, % descuento, dto %, % dto, remise %, % remise, rabatt %, korting %, sconto %, rabat %, discount %, "
    "discount percent, desconto %",
    "ponumber": "pedido, nº pedido, su pedido, commande, numéro de commande, bestellnummer, ordernummer, numero ordine, zamówienie, "
    "order number, po number, purchase order, referencia pedido",
    "reference": "referencia, referència, référence, reference, referenz, referentie, riferimento, ref",
    "status": "estado, estat, état, etat, statut, status, zahlungsstatus, stato, stan, situação, financial status, state, "
    "betaalstatus, status płatności, order status, payment status, invoice status, situación, etat facture, rechnungsstatus",
    "exemption": "operación exenta, causa exención, motivo exención, exemption reason, natura, motif d'exonération",
}  # fmt: skip
"""Field, or a word of this room, and what programs call it."""

LANGUAGES: Final[dict[str, frozenset[str]]] = {
    "es": frozenset(["fecha", "factura", "cliente", "nif", "base", "imponible", "cuota", "importe", "concepto", "moneda", "retención", "población", "unidades"]),
    "ca": frozenset(["quantitat", "preu", "venciment", "concepte", "import", "imposable", "adreça", "data", "client", "nif", "descripció"]),
    "fr": frozenset(["facture", "montant", "ht", "ttc", "tva", "client", "échéance", "libellé", "devise", "numéro", "siret", "siren", "tiers"]),
    "de": frozenset(["rechnungsnummer", "belegnummer", "belegdatum", "rechnungsdatum", "netto", "betrag", "nettobetrag", "bruttobetrag", "mwst", "steuersatz", "kunde", "beschreibung", "umsatzsteuer"]),
    "nl": frozenset(["factuurnummer", "factuurdatum", "btw", "bedrag", "omschrijving", "klant", "debiteur", "totaal"]),
    "it": frozenset(["fattura", "imponibile", "aliquota", "descrizione", "importo", "totale", "scadenza", "cliente"]),
    "pl": frozenset(["faktury", "kontrahent", "nip", "netto", "brutto", "wystawienia", "razem", "wartość"]),
    "pt": frozenset(["fatura", "contribuinte", "vencimento", "descrição", "preço", "quantidade", "valor", "emissão", "data", "número", "nif", "ilíquido"]),
    "en": frozenset(["invoice", "number", "customer", "description", "quantity", "amount", "currency", "total", "due", "date", "tax", "type"]),
}  # fmt: skip

RATES: Final[dict[str, tuple[str, ...]]] = {
    "es": ("21", "10", "4", "0"),
    "ca": ("21", "10", "4", "0"),
    "fr": ("20", "10", "5.5", "2.1", "0"),
    "de": ("19", "7", "0"),
    "nl": ("21", "9", "0"),
    "it": ("22", "10", "5", "4", "0"),
    "pl": ("23", "8", "5", "0"),
    "pt": ("23", "13", "6", "0"),
    "en": ("20", "5", "0"),
}
"""Rates of VAT by the language of the table: its country's, which is a guess of the language."""
ALL_RATES: Final = tuple(
    sorted(
        {rate for rates in RATES.values() for rate in rates} | {"25", "12", "16", "8.1", "2.6", "3.8"},
        key=float,
    )
)
TAX_NAMES: Final = {
    "es": "IVA",
    "ca": "IVA",
    "fr": "TVA",
    "de": "VAT",
    "nl": "VAT",
    "it": "IVA",
    "pl": "VAT",
    "pt": "IVA",
    "en": "VAT",
}

TOTAL_ROWS: Final = frozenset(
    [
        "total",
        "totals",
        "totales",
        "total",
        "general",
        "suma",
        "sumas",
        "totaux",
        "sous-total",
        "somme",
        "summe",
        "gesamt",
        "gesamtsumme",
        "zwischensumme",
        "totaal",
        "eindtotaal",
        "subtotaal",
        "totale",
        "totali",
        "razem",
        "suma",
        "ogółem",
        "totais",
        "subtotal",
        "grand",
        "total",
        "sum",
    ]
) | {
    "total general",
    "total général",
    "grand total",
    "suma total",
    "total geral",
    "totale generale",
    "total periodo",
}

CREDIT_WORDS: Final = frozenset(
    [
        "abono",
        "rectificativa",
        "factura rectificativa",
        "factura abono",
        "factura de abono",
        "abonament",
        "avoir",
        "note de crédit",
        "facture d'avoir",
        "gutschrift",
        "storno",
        "stornorechnung",
        "rechnungskorrektur",
        "creditnota",
        "creditfactuur",
        "nota di credito",
        "nota credito",
        "td04",
        "korekta",
        "faktura korygująca",
        "faktura korekta",
        "nota de crédito",
        "nota de credito",
        "nc",
        "credit",
        "credit note",
        "creditnote",
        "credit memo",
        "sales credit note",
        "refund",
        "out_refund",
        "r1",
        "r2",
        "r3",
        "r4",
        "r5",
        "381",
    ]
)
INVOICE_WORDS: Final = frozenset(
    [
        "factura",
        "factura de venta",
        "factura completa",
        "venta",
        "ingreso",
        "f1",
        "facture",
        "facture de vente",
        "vente",
        "rechnung",
        "ausgangsrechnung",
        "einnahme",
        "verkauf",
        "factuur",
        "verkoopfactuur",
        "verkoop",
        "fattura",
        "vendita",
        "td01",
        "faktura",
        "faktura vat",
        "sprzedaż",
        "fatura",
        "ft",
        "fr",
        "invoice",
        "sales invoice",
        "sale",
        "sales",
        "out_invoice",
        "380",
    ]
)
OTHER_WORDS: Final = frozenset(
    [
        "ausgabe",
        "einkauf",
        "eingangsrechnung",
        "compra",
        "gasto",
        "factura recibida",
        "achat",
        "facture d'achat",
        "dépense",
        "purchase",
        "purchase invoice",
        "bill",
        "expense",
        "spend",
        "acquisto",
        "inkoop",
        "inkoopfactuur",
        "zakup",
        "in_invoice",
        "in_refund",
        "presupuesto",
        "devis",
        "angebot",
        "offerte",
        "preventivo",
        "oferta",
        "orçamento",
        "quote",
        "quotation",
        "estimate",
        "draft",
        "borrador",
        "brouillon",
        "entwurf",
        "concept",
        "bozza",
        "szkic",
        "rascunho",
        "proforma",
        "pro forma",
        "pro-forma",
        "anulada",
        "anulado",
        "annulée",
        "annulee",
        "storniert",
        "geannuleerd",
        "annullata",
        "anulowana",
        "cancelled",
        "canceled",
        "void",
        "voided",
        "refunded",
        "deleted",
        "failed",
        "f2",
        "ticket",
        "albarán",
        "lieferschein",
        "bon de livraison",
        "delivery note",
        "pedido",
        "order",
    ]
)

_MONEY: Final = ("shipping", "discount", "line.discount_percent", "withholding.amount", "withholding.percent",
                 "surcharge.amount", "surcharge.percent")  # fmt: skip
_MORE_MONEY: Final = (
    "suplidos, anticipo, acuenta, propina, comisión, timbre, bollo, marca da bollo, rivalsa, rivalsa inps, contributo integrativo, cassa, cassa previdenza, contributo, inps, acompte, "
    "anzahlung, gebühr, toeslag, zaliczka, duty, duties, deposit, tip, fee, fees, handling, extra charge, gift wrap, ecotax, "
    "eco participation, contribution, aanbetaling, statiegeld, kaucja, aranceles, gastos, recargos, adjustment, rounding, "
    "anticipos, a cuenta, entrega a cuenta, pagado a cuenta, provisión de fondos, bonificación, rappel, pronto pago, dto pp, "
    "descuento pronto pago, embalaje, embalajes, seguro, canon, tasas, ecotasa, punto verde, impuesto especial, descuentos, "
    "gastos financieros, acconto, abbuono, arrotondamento, spese, spese incasso, spese bancarie, imballo, bolli, escompte, remises, "
    "frais, frais de gestion, emballage, arrondi, consigne, zuschlag, verpackung, pfand, versicherung, rundung, mindermengenzuschlag, "
    "nachlass, toeslagen, verpakking, borg, afronding, opłata, kaucje, zaokrąglenie, adiantamento, taxas, seguros, arredondamento, "
    "surcharge, gratuity, service charge, insurance, packaging, restocking fee, environmental fee, rebate, cash discount, discounts, "
    "prepayment, prepaid, advance, credit applied, store credit, gift card"
)


@lru_cache(maxsize=4096)
def plain(name: str) -> str:
    """Return a name as it is compared: `*Base imponible (€)` and `base imponible` are one."""
    text = unicodedata.normalize(
        "NFKD", name.replace("º", "o").replace("°", "o").replace("ª", "a").replace("ł", "l").replace("Ł", "L")
    )
    text = "".join(char for char in text if not unicodedata.combining(char)).casefold()
    text = re.sub(r"\(\s*(?:€|eur|\$|usd|£|gbp|zl|pln|chf|%)\s*\)|€|£|%", " ", text)
    text = re.sub(r"[^\w]+|_", " ", text)
    words = text.split()
    if words and words[-1] in ("eur", "euro", "pln", "gbp", "usd", "chf"):
        words = words[:-1] or words
    return " ".join(words)


def _index() -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name, words in WORDS.items():
        for word in words.split(", "):
            key = plain(word) + (" %" if "%" in word else "")
            if name not in found.setdefault(key, []):
                found[key].append(name)
    return found


@lru_cache(maxsize=1)
def index() -> dict[str, list[str]]:
    """Return the fields that each word can mean."""
    return _index()


@lru_cache(maxsize=1)
def _money_names() -> frozenset[str]:
    names = {plain(word) for name in _MONEY for word in WORDS[name].split(", ")}
    return frozenset(names | {plain(word) for word in _MORE_MONEY.split(", ")})


def holds_money(name: str) -> bool:
    """Whether a column of this name holds money that an invoice must not lose: shipping, discounts, withholdings, fees."""
    text = re.sub(r" [0-9]+$", "", plain(name))
    return text in _money_names() or text.replace(" ", "") in _money_names()  # `R.E.`, `I.R.P.F.`


def can_mean(name: str, field: str) -> bool:
    """Whether a column of this name can be a field, by its words."""
    return field in index().get(plain(name), ())


def word_of(text: str) -> str | None:
    """Return the kind that a word stands for."""
    word = plain(text)
    if word in _CREDIT:
        return "credit_note"
    if word in _INVOICE:
        return "invoice"
    return "leave_out" if word in _OTHER else None


_CREDIT: Final = frozenset(plain(word) for word in CREDIT_WORDS)
_INVOICE: Final = frozenset(plain(word) for word in INVOICE_WORDS)
_OTHER: Final = frozenset(plain(word) for word in OTHER_WORDS)


def is_total_row(cells: Sequence[object], *, only_first: bool = False) -> bool:
    """Whether a row looks like one of totals.

    Args:
        cells: of the row.
        only_first: look at the first filled cell alone.
    """
    for cell in cells:
        if not isinstance(cell, str) or not cell.strip():
            continue
        word = cell.strip().strip(":").casefold()
        if word in TOTAL_ROWS:
            return True
        if not only_first and re.match(r"(total|totaal|totale|summe|razem|suma|subtotal)\b[ :]", word):
            return True
        if only_first:
            return False
    return False


def _countries() -> dict[str, str]:
    names = {
        "es": "españa, espanya, espagne, spanien, spanje, spagna, hiszpania, espanha, spain",
        "fr": "francia, frança, france, frankreich, frankrijk, francja",
        "de": "alemania, alemanya, allemagne, deutschland, duitsland, germania, niemcy, alemanha, germany",
        "it": "italia, itàlia, italie, italien, italië, włochy, itália, italy",
        "nl": "países bajos, holanda, pays bas, niederlande, nederland, paesi bassi, holandia, países baixos, netherlands",
        "be": "bélgica, belgique, belgien, belgië, belgio, belgia, belgium",
        "pt": "portugal, portogallo, portugalia",
        "pl": "polonia, pologne, polen, polska, polónia, poland",
        "gb": "reino unido, royaume uni, vereinigtes königreich, verenigd koninkrijk, regno unito, wielka brytania, united kingdom, great britain",
        "ie": "irlanda, irlande, irland, ierland, irlandia, ireland",
        "at": "austria, autriche, österreich, oostenrijk, áustria",
        "ch": "suiza, suisse, schweiz, zwitserland, svizzera, szwajcaria, suíça, switzerland",
        "lu": "luxemburgo, luxembourg, luxemburg, lussemburgo, luksemburg",
        "ad": "andorra, andorre",
        "us": "estados unidos, états unis, usa, vereinigte staaten, verenigde staten, stati uniti, united states",
    }
    return {plain(name): code for code, listed in names.items() for name in listed.split(", ")}


COUNTRIES: Final = _countries()
"""Codes of countries by their plain names."""

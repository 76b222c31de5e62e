"""Codes the server knows: identifier schemes, document types, transports.

Schemes are the Electronic Address Scheme codes of EN 16931 (ISO 6523 ICD and the national 99xx ones), and 9999, which
the server takes for any tax number (behaviour 58). The document and transport types are those that public examples of
the API name.
"""

from __future__ import annotations

import attrs

# Code, country ("--" for none) and name; those in _TAX are of tax numbers.
_SCHEMES = """
0002 fr SIRENE|0007 se Organisationsnummer|0009 fr SIRET|0037 fi LY-tunnus|0060 -- D-U-N-S|0088 -- EAN location code
0096 dk CVR p-number|0097 it FTI Ediforum Italia|0106 nl KvK|0130 -- Directorates of the European Commission|0135 it SIA
0142 it SECETI|0147 jp Standard Company Code|0151 au ABN|0154 cz IČO|0158 sk IČO SK|0170 jp Teikoku|0177 -- Odette
0183 ch UIDB|0184 dk CVR|0188 jp Corporate number|0190 nl OIN|0191 ee Registrikood|0192 no Organisasjonsnummer
0193 be UBL.BE|0194 -- KOIOS|0195 sg UEN|0196 is Kennitala|0198 dk ERSTORG|0199 -- LEI|0200 lt Legal entity code|0201 it IPA
0202 it PEC|0203 se eDelivery Network Participant|0204 de Leitweg-ID|0205 it CODDEST|0208 be KBO/BCE
0209 -- GS1 identification keys|0210 it Codice fiscale|0211 it Partita IVA|0212 fi Finnish Organization Identifier
0213 fi Finnish Organization Value Add Tax Identifier|0215 fi Net service ID|0216 fi OVTcode|0217 nl KvK establishment
0218 lv Unified registration number|0219 lv Taxpayer registration code|0220 lv Register of natural persons
0221 jp Invoice registrant|0225 fr FRCTC|0230 my National e-Invoicing Framework|0235 ae UAE TIN
0240 fr Register of legal persons|0242 -- OpenPeppol|0244 ng TIN BO
9901 dk CVR|9906 it Partita IVA|9907 it Codice fiscale|9908 no Organisasjonsnummer|9910 hu HU VAT|9912 -- EU VAT
9913 -- Business Registers|9914 at AT VAT|9915 at AT government|9918 -- S.W.I.F.T.
9919 at Kennziffer des Unternehmensregisters|9920 es ES VAT|9921 it IPA|9922 ad AD VAT|9923 al AL VAT|9924 ba BA VAT
9925 be BE VAT|9926 bg BG VAT|9927 ch CH VAT|9928 cy CY VAT|9929 cz CZ VAT|9930 de DE VAT|9931 ee EE VAT|9932 gb GB VAT
9933 gr GR VAT|9934 hr HR VAT|9935 ie IE VAT|9936 li LI VAT|9937 lt LT VAT|9938 lu LU VAT|9939 lv LV VAT|9940 mc MC VAT
9941 me ME VAT|9942 mk MK VAT|9943 mt MT VAT|9944 nl NL VAT|9945 pl PL VAT|9946 pt PT VAT|9947 ro RO VAT|9948 rs RS VAT
9949 si SI VAT|9950 sk SK VAT|9951 sm SM VAT|9952 tr TR VAT|9953 va VA VAT|9955 se SE VAT|9956 be BE KBO|9957 fr FR VAT
9958 de DE Leitweg-ID|9959 us US EIN|9999 -- Other
"""
# Numbers of tax authorities beside those called VAT.
_TAX = frozenset(("0210", "0211", "0213", "0219", "0221", "0235", "0244", "9906", "9907", "9959", "9999"))

DOCUMENT_TYPES: dict[str, str] = {
    "pdf.invoice": "PDF invoice",
    "xml.ubl.invoice": "UBL invoice",
    "xml.ubl.invoice.bis3": "Peppol BIS Billing 3 invoice",
    "xml.ubl.invoice.frcius.v1": "French UBL invoice",
    "xml.ubl.credit_note.bis3": "Peppol BIS Billing 3 credit note",
    "xml.cii": "UN/CEFACT Cross Industry Invoice",
    "pdf.facturx": "Factur-X",
    "xml.facturae.3.2.2": "Facturae 3.2.2",
    "xml.fatturapa.1.2": "FatturaPA 1.2",
}

TRANSPORT_TYPES: dict[str, str] = {
    "b2brouter": "B2Brouter",
    "email": "E-mail",
    "download": "Download",
    "peppol": "Peppol",
    "face": "FACe",
    "sdi": "Sistema di Interscambio",
    "fr.dgfip": "DGFiP",
    "ksef": "KSeF",
}


@attrs.frozen
class Scheme:
    """A scheme of identifiers.

    Args:
        code: four digits.
        name: what the identifiers are called.
        country: two small letters; None for schemes of no country.
        is_tax: the identifiers are tax numbers (tin), and not those of registers (cin).
    """

    code: str
    name: str
    country: str | None
    is_tax: bool


def _schemes() -> dict[str, Scheme]:
    found: dict[str, Scheme] = {}
    for entry in _SCHEMES.replace("\n", "|").strip("|").split("|"):
        code, country, name = entry.split(" ", 2)
        is_tax = code in _TAX or name.endswith("VAT")
        found[code] = Scheme(code, name, None if country == "--" else country, is_tax)
    return found


SCHEMES = _schemes()

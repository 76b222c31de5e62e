"""Codes the server knows: identifier schemes, document types, transports.

Schemes are the Electronic Address Scheme codes of EN 16931 (ISO 6523 ICD and the national 99xx ones). The document
and transport types are those that public examples of the API name.
"""

from __future__ import annotations

_SCHEMES = """
0002 SIRENE|0007 Organisationsnummer|0009 SIRET|0037 LY-tunnus|0060 D-U-N-S|0088 EAN location code|0096 CVR p-number
0097 FTI Ediforum Italia|0106 KvK|0130 Directorates of the European Commission|0135 SIA|0142 SECETI
0147 Standard Company Code|0151 ABN|0154 IČO|0158 IČO SK|0170 Teikoku|0177 Odette|0183 UIDB|0184 CVR|0188 Corporate number
0190 OIN|0191 Registrikood|0192 Organisasjonsnummer|0193 UBL.BE|0194 KOIOS|0195 UEN|0196 Kennitala|0198 ERSTORG|0199 LEI
0200 Legal entity code|0201 IPA|0202 PEC|0203 eDelivery Network Participant|0204 Leitweg-ID|0205 CODDEST|0208 KBO/BCE
0209 GS1 identification keys|0210 Codice fiscale|0211 Partita IVA|0212 Finnish Organization Identifier
0213 Finnish Organization Value Add Tax Identifier|0215 Net service ID|0216 OVTcode|0217 KvK establishment
0218 Unified registration number|0219 Taxpayer registration code|0220 Register of natural persons|0221 Invoice registrant
0225 FRCTC|0230 National e-Invoicing Framework|0235 UAE TIN|0240 Register of legal persons|0242 OpenPeppol|0244 TIN BO
9901 CVR|9906 Partita IVA|9907 Codice fiscale|9908 Organisasjonsnummer|9910 HU VAT|9912 EU VAT|9913 Business Registers
9914 AT VAT|9915 AT government|9918 S.W.I.F.T.|9919 Kennziffer des Unternehmensregisters|9920 ES VAT|9921 IPA
9922 AD VAT|9923 AL VAT|9924 BA VAT|9925 BE VAT|9926 BG VAT|9927 CH VAT|9928 CY VAT|9929 CZ VAT|9930 DE VAT|9931 EE VAT
9932 GB VAT|9933 GR VAT|9934 HR VAT|9935 IE VAT|9936 LI VAT|9937 LT VAT|9938 LU VAT|9939 LV VAT|9940 MC VAT|9941 ME VAT
9942 MK VAT|9943 MT VAT|9944 NL VAT|9945 PL VAT|9946 PT VAT|9947 RO VAT|9948 RS VAT|9949 SI VAT|9950 SK VAT|9951 SM VAT
9952 TR VAT|9953 VA VAT|9955 SE VAT|9956 BE KBO|9957 FR VAT|9958 DE Leitweg-ID|9959 US EIN
"""

DOCUMENT_TYPES: dict[str, str] = {
    "pdf.invoice": "PDF invoice",
    "xml.ubl.invoice": "UBL invoice",
    "xml.ubl.invoice.bis3": "Peppol BIS Billing 3 invoice",
    "xml.ubl.credit_note.bis3": "Peppol BIS Billing 3 credit note",
    "xml.cii": "UN/CEFACT Cross Industry Invoice",
    "pdf.facturx": "Factur-X",
    "xml.facturae.3.2.2": "Facturae 3.2.2",
    "xml.fatturapa.1.2": "FatturaPA 1.2",
}

TRANSPORT_TYPES: dict[str, str] = {
    "b2brouter": "B2Brouter",
    "email": "E-mail",
    "peppol": "Peppol",
    "face": "FACe",
    "sdi": "Sistema di Interscambio",
    "fr.dgfip": "DGFiP",
    "ksef": "KSeF",
}


def schemes() -> dict[str, str]:
    """Return the identifier schemes: code to name."""
    entries = (entry.split(" ", 1) for line in _SCHEMES.strip().splitlines() for entry in line.split("|"))
    return {entry[0]: entry[1] for entry in entries}

"""TaxReportType"""

from __future__ import annotations

from ..._core.enums import OpenStrEnum


class TaxReportType(OpenStrEnum):
    """Reporting system. Creation is documented for Verifactu, TicketBai and SiiDocument; further systems
    exist.
    """

    VERIFACTU = "Verifactu"
    TICKET_BAI = "TicketBai"
    SDI = "Sdi"
    SII_DOCUMENT = "SiiDocument"

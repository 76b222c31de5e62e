"""Files of an invoice: the original, the legal one, and any document type (behaviours 33 and 37)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ..server import errors
from ..server.call import Reply, file_reply, owned
from ..state.codes import DOCUMENT_TYPES
from .formats import FORMATS, Facts
from .invoice_lines import read_imported
from .states import OPEN

if TYPE_CHECKING:
    from ..server.call import Call, Handler
    from ..state.store import Record
    from ..state.world import World


def download_invoice(world: World, call: Call) -> Reply:
    """Give an invoice as a document type."""
    invoice = owned(world, call, "invoice", call.path[0])
    code = call.path[1]
    if code == "original":
        content = _original(world, invoice)
        if content is None:
            raise errors.missing("original file")
        name = invoice.hidden.get("filename")
        other = _name(invoice, "pdf" if content.startswith(b"%PDF") else "xml")
        disposition = "attachment" if name else "inline"
        return file_reply(call, content, "application/octet-stream", name or other, disposition=disposition)
    if code == "legal":
        if invoice.body["state"] in OPEN or invoice.body["state"] == "sending":
            raise errors.missing("legal file")
        # What it is follows the invoice's document type (behaviour 37), and is the original where there is one.
        return _as(world, call, invoice, str(invoice.body["document_type_code"] or _own_type(invoice)))
    if code not in DOCUMENT_TYPES:
        raise errors.inclusion("document_type_code")
    # The PDF takes some seconds to appear (behaviour 33).
    if code.startswith("pdf.") and world.now < invoice.hidden["pdf_at"]:
        raise errors.missing("file")
    return _as(world, call, invoice, code)


def _as(world: World, call: Call, invoice: Record, code: str) -> Reply:
    """Give an invoice in the format asked for: the file it came as where that is the format, else one that is written."""
    start = next((start for start in FORMATS if code.startswith(start)), "xml.ubl")
    syntax, media_type, write = FORMATS[start]
    original = _original(world, invoice)
    if original is None or syntax is None or invoice.hidden.get("syntax") != syntax:
        read_imported(world, invoice)
        account = world.store.get("account", int(invoice.owner))
        original = write(Facts.of(invoice, account.body if account is not None else {}), code)
    return file_reply(call, original, media_type, _name(invoice, media_type.rpartition("/")[2]))


def _own_type(invoice: Record) -> str:
    """The document type of an invoice that names none."""
    syntax = invoice.hidden.get("syntax")
    return next(
        (start for start, (known, _, _) in FORMATS.items() if known == syntax and known), "xml.ubl.invoice"
    )


def _name(invoice: Record, ending: str) -> str:
    number = re.sub(r"[^A-Za-z0-9._-]+", "-", str(invoice.body["number"])).strip("-.")
    return f"{number or invoice.id}.{ending}"


def _original(world: World, invoice: Record) -> bytes | None:
    return world.store.content(f"invoice/{invoice.id}")


HANDLERS: dict[str, Handler] = {"GET /invoices/{}/as/{}": download_invoice}

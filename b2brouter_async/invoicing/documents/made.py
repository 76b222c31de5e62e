"""An invoice of a request in the making, and what the makers of all syntaxes do alike."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from attrs import define, field

from ...einvoice.facts import UnreadableDocument
from .lines import put
from .payment import account_of
from .stated import Stated

if TYPE_CHECKING:
    from collections.abc import Sequence
    from decimal import Decimal

    from ...einvoice.facts import Direction
    from .source import Source

OWN: Final = "the account stands in its place"
FOR_INVOICES: Final = "an invoice refers to it, and doesn't say whether it corrects it or was paid before; set invoice_references yourself"
PAYEE: Final = "the API has no field for a payee that isn't the seller"
REPRESENTATIVE: Final = "the API has no field for a tax representative"
CORRECTED: Final = frozenset({"384", "385"})
"""Corrected invoices by UNTDID 1001."""


@define
class Made:
    """What has been made of a document so far."""

    fields: dict[str, object] = field(factory=dict[str, object])
    """Of the invoice, keyed by the names of the wire."""
    stated: Stated = field(factory=Stated)
    currency: str | None = None

    def identify(
        self,
        contact: dict[str, object],
        *,
        vat: Sequence[Source],
        company: Source,
        others: Sequence[Source],
        endpoint: Source,
    ) -> None:
        """Put identifiers into the other party.

        Args:
            contact: the other party.
            vat: numbers for value added tax; the first is taken.
            company: its number in a register.
            others: further identifiers; one of a known scheme stands in for the register's, where there is none.
            endpoint: where invoices are sent to.
        """
        first = next((one for one in vat if one.peek()), None)
        if first is not None:
            put(contact, tin_value=first.text())
            if first.peek_attribute("schemeID") == "VA":  # how CII says that it is one
                first.attribute("schemeID")
        if company.peek():
            put(contact, cin_value=company.text(), cin_scheme=_scheme(company))
        for one in others:
            if "cin_value" not in contact and _has_scheme(one):
                put(contact, cin_value=one.text(), cin_scheme=_scheme(one))
            elif "party_identification" not in contact:
                put(contact, party_identification=one.text())
        if endpoint.peek():
            if endpoint.peek_attribute("schemeID") in ("EM", None):
                put(contact, **({} if "email" in contact else {"email": endpoint.text()}))
                if contact.get("email") == endpoint.peek():
                    endpoint.known()
            else:
                put(contact, pin_value=endpoint.text(), pin_scheme=endpoint.attribute("schemeID"))

    def accounts(
        self, direction: Direction, *, sellers: dict[str, object] | None, buyers: Source | None = None
    ) -> None:
        """Put bank accounts into the invoice: ours is `bank_account`, the other party's `contact_iban`.

        Args:
            direction: whether the account issues the invoice or receives it.
            sellers: the account that is paid to.
            buyers: the element with the number of the one that is debited; None where the format has none.
        """
        debited = None if buyers is None else account_of(buyers, None)
        ours, theirs = (sellers, debited) if direction == "issued" else (debited, sellers)
        put(self.fields, bank_account=ours)
        if theirs is not None:
            put(
                self.fields,
                contact_iban=theirs.get("iban") or theirs.get("number"),
                contact_bic=theirs.get("bic"),
            )

    def settle(self, *, prepaid: Decimal | None, rounding: Decimal | None) -> None:
        """Put what was paid before, and a rounding of what is to pay, into the invoice.

        Raises:
            UnreadableDocument: the rounding is no whole number of cents.
        """
        if prepaid:
            self.fields["payments_on_account"] = prepaid
        if rounding:
            cents = rounding * 100
            if cents != int(cents):
                raise UnreadableDocument(
                    f"It rounds what is to pay by {rounding}, which is no whole number of cents."
                )
            self.fields["adjustment_in_cents"] = int(cents)


def is_scheme(source: Source, scheme: str) -> bool:
    """Whether an identifier is of a scheme."""
    return (source.peek_attribute("schemeID") or "").upper() == scheme


def _has_scheme(source: Source) -> bool:
    scheme = source.peek_attribute("schemeID") or ""
    return len(scheme) == 4 and scheme.isascii() and scheme.isdigit()


def _scheme(source: Source) -> str | None:
    """Return the scheme of an identifier, by the four digits that the API takes; any other is left out."""
    return source.attribute("schemeID") if _has_scheme(source) else None

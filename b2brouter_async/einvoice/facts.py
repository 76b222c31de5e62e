"""What reading a document gives: the facts, or the reason why there are none."""

from __future__ import annotations

import datetime  # noqa: TC003 - attrs and typing.get_type_hints() resolve the annotations
from collections.abc import Collection  # noqa: TC003
from decimal import Decimal  # noqa: TC003
from typing import Literal

from attrs import frozen

from .identifiers import same_identifier

Syntax = Literal["ubl", "cii", "factur-x", "facturae", "fatturapa"]
"""The formats that are read. Factur-X is CII in a PDF."""

Kind = Literal["invoice", "credit_note"]
"""Whether a document asks for money or gives some back."""

Direction = Literal["issued", "received"]
"""Whether an account sends a document or has got it."""

Issuer = Literal["seller", "buyer", "third_party"]
"""Who wrote a document: the buyer writes a self-billed one."""


class UnreadableDocument(ValueError):
    """The bytes are no invoice this package can read.

    Attributes:
        reason: what is wrong and what to do about it, in a sentence or two for a person.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@frozen(kw_only=True)
class Party:
    """Seller or buyer, as far as the document names them.

    Example:
        seller = read_document(Path("invoice.xml").read_bytes()).seller
        print(seller.name, seller.tax_id, seller.country)

    `tax_id` is the VAT or tax number (with the country prefix if the document writes one),
    `company_id` the registration number, `endpoint_id` and `endpoint_scheme` the electronic address
    (Peppol, codice destinatario). `identifiers` are all the document gives, those three among them.
    `country` is ISO 3166-1 alpha-2 where the document's code is known.
    """

    name: str | None = None
    tax_id: str | None = None
    company_id: str | None = None
    endpoint_id: str | None = None
    endpoint_scheme: str | None = None
    identifiers: tuple[str, ...] = ()
    country: str | None = None
    address: str | None = None
    city: str | None = None
    postalcode: str | None = None
    email: str | None = None

    def known_as(self, ids: Collection[str]) -> bool:
        """Whether one of this party's identifiers is one of `ids`, see `same_identifier`.

        Example:
            document = read_document(Path("invoice.xml").read_bytes())
            ours = document.seller.known_as(["ESB00000018", "0208:0123456749"])
        """
        named = (self.tax_id, self.company_id, self.endpoint_id)
        own = {value for value in (*named, *self.identifiers) if value}
        return any(same_identifier(mine, other) for mine in own for other in ids)


@frozen(kw_only=True)
class DocumentFacts:
    """What one invoice or credit note says about itself.

    Example:
        document = read_document(Path("invoice.xml").read_bytes())
        print(document.number, document.date, document.seller.name, document.total, document.currency)

    Amounts are as the document writes them: no sign is changed, nothing is recalculated.
    An amount, date or code the document doesn't give is None.
    """

    syntax: Syntax
    kind: Kind
    number: str
    """The invoice number without the series, where the syntax keeps them apart (Facturae)."""
    series: str | None = None
    date: datetime.date
    due_date: datetime.date | None = None
    currency: str | None = None
    seller: Party
    buyer: Party
    issued_by: Issuer = "seller"
    """Who issues it: the buyer where it is self-billed, or a third party in the seller's name."""
    third_party: Party | None = None
    """Who issues it where that is neither seller nor buyer, as far as the document names them."""
    subtotal: Decimal | None = None
    """Total without tax."""
    tax_total: Decimal | None = None
    total: Decimal | None = None
    """Total with tax."""
    payable: Decimal | None = None
    """What is left to pay, after prepayments and rounding."""
    media_type: str = "application/xml"

    def direction(self, own_ids: Collection[str]) -> Direction | None:
        """Tell whether the holder of `own_ids` issued or received this document.

        Example:
            document = read_document(Path("invoice.xml").read_bytes())
            print(document.direction(["ESB00000018"]) or "neither")

        Args:
            own_ids: the account's identifiers (tin_value, cin_value, pin_value), in any spelling.

        Returns:
            "issued" if they belong to who issues the document: the seller, or the buyer where it is self-billed
            (`issued_by`); also to a third party that issues it for the seller. "received" if they belong to the
            other side. None if to neither or both: then the document doesn't decide it.
        """
        if isinstance(own_ids, str):  # a string is a collection of its letters
            own_ids = (own_ids,)
        issuers, receiver = [self.seller], self.buyer
        if self.issued_by == "buyer":
            issuers, receiver = [self.buyer], self.seller
        elif self.issued_by == "third_party" and self.third_party is not None:
            issuers.append(self.third_party)
        issues = any(party.known_as(own_ids) for party in issuers)
        receives = receiver.known_as(own_ids)
        if issues == receives:
            return None
        return "issued" if issues else "received"

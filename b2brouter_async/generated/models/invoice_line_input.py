"""InvoiceLineInput"""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import define

from ..._core.codecs import BOOLEAN, DATE, DECIMAL, INTEGER, TEXT, list_of, model, union
from ..._core.model import Field
from ...invoicing.inputs import LineMethods
from .. import models

if TYPE_CHECKING:
    import datetime
    from collections.abc import Sequence
    from decimal import Decimal

    from .allowance_charge_input import AllowanceChargeInput
    from .dictionaries import (
        AllowanceChargeInputDict,
        ItemPropertyInputDict,
        ReceiptReferenceInputDict,
        TaxInputDict,
    )
    from .item_property_input import ItemPropertyInput
    from .receipt_reference_input import ReceiptReferenceInput
    from .tax_input import TaxInput


@define(kw_only=True, repr=False)
class InvoiceLineInput(LineMethods):
    """Line of an invoice in a request."""

    id: int | None = None
    """Existing line, when updating."""
    destroy: int | bool | None = None
    """1 removes the line named by id, when updating."""
    position: int | None = None
    """Place in the list."""
    quantity: Decimal | int | None = None
    """Quantity."""
    price: Decimal | int | None = None
    """Price of base_quantity units."""
    base_quantity: Decimal | int | None = None
    """Number of units the price is for. Server's default: 1."""
    description: str | None = None
    """Text of the line."""
    extension_amount: Decimal | int | None = None
    """Net amount; computed when left out."""
    unit: int | None = None
    """Unit code, 1 is a piece."""
    allowance_charges_attributes: Sequence[AllowanceChargeInput | AllowanceChargeInputDict] | None = None
    """Allowances and charges of the line."""
    taxes_attributes: Sequence[TaxInput | TaxInputDict] | None = None
    """Taxes of the line."""
    article_code: str | None = None
    """Seller's article code."""
    article_code2: str | None = None
    """Standard article code."""
    article_code2_scheme: str | None = None
    """Scheme of article_code2, for example 0160."""
    article_code_buyer: str | None = None
    """Buyer's article code."""
    classification_code: str | None = None
    """Classification code."""
    classification_code_scheme: str | None = None
    """Scheme of the classification code."""
    item_origin_country: str | None = None
    """Country of origin, ISO 3166-1 alpha-2."""
    buyer_accounting_reference: str | None = None
    """Buyer's accounting reference."""
    delivery_note_number: str | None = None
    """Delivery note."""
    delivery_note_date: datetime.date | None = None
    """Date of the delivery note."""
    file_reference: str | None = None
    """File or project reference."""
    file_date: datetime.date | None = None
    """Date of the file."""
    invoicing_period_start: datetime.date | None = None
    """First day of the period."""
    invoicing_period_end: datetime.date | None = None
    """Last day of the period."""
    issuer_transaction_reference: str | None = None
    """Seller's transaction reference."""
    issuer_transaction_date: datetime.date | None = None
    """Date of the seller's transaction."""
    receiver_transaction_date: datetime.date | None = None
    """Date of the buyer's transaction."""
    receiver_contract_reference: str | None = None
    """Buyer's contract reference."""
    receiver_contract_date: datetime.date | None = None
    """Date of the buyer's contract."""
    notes: str | None = None
    """Note."""
    notes2: str | None = None
    """Long description."""
    ponumber: str | None = None
    """Purchase order number."""
    sequence_number: str | None = None
    """Number of the line in the order."""
    contact_reference: str | None = None
    """Buyer's reference of the line."""
    receipt_reference: ReceiptReferenceInput | ReceiptReferenceInputDict | None = None
    """Receipt a line belongs to."""
    additional_item_properties_attributes: Sequence[ItemPropertyInput | ItemPropertyInputDict] | None = None
    """Extra item properties."""

    @classmethod
    def fields(cls) -> tuple[Field, ...]:
        """Return the fields that the spec names."""

        return (
            Field("id", "id", INTEGER),
            Field("destroy", "_destroy", union(INTEGER, BOOLEAN)),
            Field("position", "position", INTEGER),
            Field("quantity", "quantity", DECIMAL),
            Field("price", "price", DECIMAL),
            Field("base_quantity", "base_quantity", DECIMAL),
            Field("description", "description", TEXT),
            Field("extension_amount", "extension_amount", DECIMAL),
            Field("unit", "unit", INTEGER),
            Field(
                "allowance_charges_attributes",
                "allowance_charges_attributes",
                list_of(model(lambda: models.AllowanceChargeInput)),
            ),
            Field("taxes_attributes", "taxes_attributes", list_of(model(lambda: models.TaxInput))),
            Field("article_code", "article_code", TEXT),
            Field("article_code2", "article_code2", TEXT),
            Field("article_code2_scheme", "article_code2_scheme", TEXT),
            Field("article_code_buyer", "article_code_buyer", TEXT),
            Field("classification_code", "classification_code", TEXT),
            Field("classification_code_scheme", "classification_code_scheme", TEXT),
            Field("item_origin_country", "item_origin_country", TEXT),
            Field("buyer_accounting_reference", "buyer_accounting_reference", TEXT),
            Field("delivery_note_number", "delivery_note_number", TEXT),
            Field("delivery_note_date", "delivery_note_date", DATE),
            Field("file_reference", "file_reference", TEXT),
            Field("file_date", "file_date", DATE),
            Field("invoicing_period_start", "invoicing_period_start", DATE),
            Field("invoicing_period_end", "invoicing_period_end", DATE),
            Field("issuer_transaction_reference", "issuer_transaction_reference", TEXT),
            Field("issuer_transaction_date", "issuer_transaction_date", DATE),
            Field("receiver_transaction_date", "receiver_transaction_date", DATE),
            Field("receiver_contract_reference", "receiver_contract_reference", TEXT),
            Field("receiver_contract_date", "receiver_contract_date", DATE),
            Field("notes", "notes", TEXT),
            Field("notes2", "notes2", TEXT),
            Field("ponumber", "ponumber", TEXT),
            Field("sequence_number", "sequence_number", TEXT),
            Field("contact_reference", "contact_reference", TEXT),
            Field("receipt_reference", "receipt_reference", model(lambda: models.ReceiptReferenceInput)),
            Field(
                "additional_item_properties_attributes",
                "additional_item_properties_attributes",
                list_of(model(lambda: models.ItemPropertyInput)),
            ),
        )

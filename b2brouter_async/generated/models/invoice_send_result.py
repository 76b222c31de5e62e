"""InvoiceSendResult"""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import define

from ..._core.codecs import INTEGER, list_of, model, nullable
from ..._core.model import Field, Model
from .. import models

if TYPE_CHECKING:
    from .invoice import Invoice


@define(kw_only=True, repr=False)
class InvoiceSendResult(Model):
    """Reply to a send call when it has a body; the shape is not public."""

    invoice: Invoice | None = None
    tax_report_ids: list[int] | None = None
    """Tax reports made."""

    @classmethod
    def fields(cls) -> tuple[Field, ...]:
        """Return the fields that the spec names."""

        return (
            Field("invoice", "invoice", nullable(model(lambda: models.Invoice))),
            Field("tax_report_ids", "tax_report_ids", nullable(list_of(INTEGER))),
        )

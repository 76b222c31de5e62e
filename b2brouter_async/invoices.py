"""Invoices, with what the document can't know."""

from __future__ import annotations

from .generated.resources import invoices as generated


class Invoices(generated.Invoices):
    """Operations on invoices."""

    __slots__ = ()

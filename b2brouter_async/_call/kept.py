"""Whose answers are kept for a while. What keeps them, answers.py, is loaded with the first of these calls."""

from __future__ import annotations

from typing import Literal, TypeAlias

Kind: TypeAlias = Literal["code_lists", "directory", "tin_results"]

KEPT: dict[str, Kind] = {
    "code_lists.document_types": "code_lists",
    "code_lists.transport_types": "code_lists",
    "code_lists.invoice_states": "code_lists",
    "code_lists.schemes": "code_lists",
    "directory.lookup": "directory",
    "directory.lookup_by_scheme": "directory",
    "directory.lookup_by_country_and_scheme": "directory",
    "tin_verifications.get": "tin_results",
}
"""The operations whose answers are kept."""

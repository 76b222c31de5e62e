"""Scheme"""

from __future__ import annotations

from attrs import define

from ..._core.codecs import BOOLEAN, TEXT, nullable
from ..._core.model import Field, Model


@define(kw_only=True, repr=False)
class Scheme(Model):
    """Entry of the list of identifier schemes."""

    code: str
    """Code of the identifier scheme, for example 9914."""
    name: str | None = None
    """Name."""
    country: str | None = None
    """Country it belongs to, ISO 3166-1 alpha-2 in lower case."""
    eas: bool | None = None
    """Whether it is an Electronic Address Scheme, so that a pin_scheme can be it."""
    icd: bool | None = None
    """Whether it is an International Code Designator of ISO 6523."""
    taxcode: bool | None = None
    """True for the scheme of a tax identifier (tin_scheme), false for that of a company identifier
    (cin_scheme).
    """

    @classmethod
    def fields(cls) -> tuple[Field, ...]:
        """Return the fields that the spec names."""

        return (
            Field("code", "code", TEXT, required=True),
            Field("name", "name", nullable(TEXT)),
            Field("country", "country", nullable(TEXT)),
            Field("eas", "eas", nullable(BOOLEAN)),
            Field("icd", "icd", nullable(BOOLEAN)),
            Field("taxcode", "taxcode", nullable(BOOLEAN)),
        )

"""Every model and enumeration of the API, under a short name: `from b2brouter_async.models import InvoiceInput`.

They are generated; each is loaded when it is first used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .generated import models as _generated

if TYPE_CHECKING:
    from .generated.models import *  # noqa: F403
else:
    __all__ = _generated.__all__

    def __getattr__(name: str) -> object:
        value: object = getattr(_generated, name)
        globals()[name] = value
        return value

    def __dir__() -> list[str]:
        return sorted(__all__)

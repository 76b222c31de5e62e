"""Every model and enumeration of the API, under a short name: `from b2brouter_async.models import InvoiceInput`.

They are generated; each is loaded when it is first used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .generated import models as _generated

if TYPE_CHECKING:
    from .generated.models import *  # noqa: F403 - every name of it, and no other
else:
    __all__ = _generated.__all__

    def __getattr__(name: str) -> object:
        try:
            value: object = getattr(_generated, name)
        except AttributeError as error:
            # Told of the module that somebody named, and not of the one where models are written.
            raise AttributeError(str(error).replace(_generated.__name__, __name__), name=name) from None
        globals()[name] = value
        return value

    def __dir__() -> list[str]:
        return sorted(__all__)

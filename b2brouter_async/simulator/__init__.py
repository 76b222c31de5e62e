"""A stateful local B2Brouter: for demos, for our tests and for those of our users.

It knows the OpenAPI document and the behaviour of the API, and nothing of the client of this package: the two can't
agree by accident.

Names are loaded when they are first used: pytest imports this package wherever it is installed, also without the extra
`simulator` and what it brings.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .acceptances import Acceptances as Acceptances
    from .acceptances import Accepted as Accepted
    from .clock import frozen as frozen
    from .faults import Fault as Fault
    from .faults import Faults as Faults
    from .keys import Key as Key
    from .simulator import ACCOUNTS as ACCOUNTS
    from .simulator import Simulator as Simulator
    from .webhooks import Delivery as Delivery
    from .webhooks import sign as sign
    from .world import Delays as Delays

_HOME_OF = {
    "Acceptances": "acceptances",
    "Accepted": "acceptances",
    "frozen": "clock",
    "Fault": "faults",
    "Faults": "faults",
    "Key": "keys",
    "ACCOUNTS": "simulator",
    "Simulator": "simulator",
    "Delivery": "webhooks",
    "sign": "webhooks",
    "Delays": "world",
}

__all__ = sorted(_HOME_OF)  # pyright: ignore[reportUnsupportedDunderAll]


def __getattr__(name: str) -> object:
    home = _HOME_OF.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    try:
        value: object = getattr(import_module(f"{__name__}.{home}"), name)
    except ModuleNotFoundError as error:
        raise ModuleNotFoundError(
            f"the simulator needs {error.name}; install it with: pip install 'b2brouter-async[simulator]'",
            name=error.name,
        ) from None
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})

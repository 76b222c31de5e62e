"""A stateful local B2Brouter: for demos, for our tests and for those of our users.

It knows the OpenAPI document and the behaviour of the API, and nothing of the client of this package: the two can't
agree by accident.

Names are loaded when they are first used: pytest imports this package wherever it is installed, also without the extra
`simulator` and what it brings.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._lazy import lazy_names

if TYPE_CHECKING:
    from .handlers.webhooks import Delivery as Delivery
    from .handlers.webhooks import sign as sign
    from .server.keys import Key as Key
    from .serving.faults import Fault as Fault
    from .serving.faults import Faults as Faults
    from .simulator import ACCOUNTS as ACCOUNTS
    from .simulator import Simulator as Simulator
    from .state.acceptances import Acceptances as Acceptances
    from .state.acceptances import Accepted as Accepted
    from .state.clock import frozen as frozen
    from .state.world import Delays as Delays

if not TYPE_CHECKING:
    __getattr__, __dir__, __all__ = lazy_names(
        __name__,
        {
            "handlers.webhooks": (
                "Delivery",
                "sign",
            ),
            "server.keys": ("Key",),
            "serving.faults": (
                "Fault",
                "Faults",
            ),
            "simulator": (
                "ACCOUNTS",
                "Simulator",
            ),
            "state.acceptances": (
                "Acceptances",
                "Accepted",
            ),
            "state.clock": ("frozen",),
            "state.world": ("Delays",),
        },
        extra="simulator",
    )

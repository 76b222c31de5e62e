"""A stateful local B2Brouter: for demos, for our tests and for those of our users.

It knows the OpenAPI spec and the behaviour of the API, and nothing of the client of this package: the two can't
agree by accident.

Names are loaded when they are first used: pytest imports this package wherever it is installed, also without the extra
`simulator` and what it brings.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._lazy import lazy_names

if TYPE_CHECKING:
    from .server.faults import Fault as Fault
    from .server.faults import Faults as Faults
    from .server.keys import Key as Key
    from .server.outbox import Delivery as Delivery
    from .server.outbox import sign as sign
    from .simulator import ACCOUNTS as ACCOUNTS
    from .simulator import Simulator as Simulator
    from .spec import Spec as Spec
    from .state.acceptances import Acceptances as Acceptances
    from .state.acceptances import Accepted as Accepted
    from .state.clock import frozen as frozen
    from .state.world import Delays as Delays

if not TYPE_CHECKING:
    __getattr__, __dir__, __all__ = lazy_names(
        __name__,
        {
            "server.faults": (
                "Fault",
                "Faults",
            ),
            "server.keys": ("Key",),
            "server.outbox": (
                "Delivery",
                "sign",
            ),
            "simulator": (
                "ACCOUNTS",
                "Simulator",
            ),
            "spec": ("Spec",),
            "state.acceptances": (
                "Acceptances",
                "Accepted",
            ),
            "state.clock": ("frozen",),
            "state.world": ("Delays",),
        },
        extra="simulator",
    )

"""A stateful local B2Brouter: for demos, for our tests and for those of our users.

It knows the OpenAPI document and the behaviour of the API, and nothing of the client of this package: the two can't
agree by accident.
"""

from __future__ import annotations

from .acceptances import Acceptances, Accepted
from .clock import frozen
from .faults import Fault, Faults
from .keys import Key
from .simulator import ACCOUNTS, Simulator
from .webhooks import Delivery, sign
from .world import Delays

__all__ = [
    "ACCOUNTS",
    "Acceptances",
    "Accepted",
    "Delays",
    "Delivery",
    "Fault",
    "Faults",
    "Key",
    "Simulator",
    "frozen",
    "sign",
]

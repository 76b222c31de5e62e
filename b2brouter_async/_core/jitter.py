"""The random numbers that spread pauses, so that who failed together does not come back together."""

from __future__ import annotations

import random
from typing import Final

JITTER: Final = random.SystemRandom()
"""Not the one of the module `random`: that belongs to the application, which may have set its seed. This one has no state
that threads could share or that processes would inherit alike from the one that they were forked from."""

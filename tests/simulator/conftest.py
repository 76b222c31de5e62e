from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from b2brouter_async.simulator import Simulator, frozen

from .support import client

if TYPE_CHECKING:
    from collections.abc import Iterator

    import httpx

# 2026-10-14 09:00 UTC.
MORNING = 1791968400.0


@pytest.fixture
def simulator() -> Iterator[Simulator]:
    """A simulator whose time passes only by `advance`."""
    simulator = Simulator(clock=frozen(MORNING))
    yield simulator
    simulator.close()


@pytest.fixture
def http(simulator: Simulator) -> httpx.AsyncClient:
    """A client of `simulator`; every reply is checked against the spec."""
    return client(simulator)

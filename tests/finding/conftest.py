"""A simulator, clients of it as of several programs, and the clock on which nobody waits."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from b2brouter_async.pytest_plugin import make_client
from b2brouter_async.simulator import Simulator

if TYPE_CHECKING:
    from collections.abc import Callable

    from b2brouter_async import B2Brouter


@pytest.fixture
def simulator() -> Simulator:
    return Simulator(limit=None)


@pytest.fixture
def program(simulator: Simulator) -> Callable[..., B2Brouter]:
    """Return what makes the client of one more program: they share nothing but the server."""

    def make(**options: Any) -> B2Brouter:
        return make_client(simulator, limit=None, **options)

    return make


@pytest.fixture
def client(program: Callable[..., B2Brouter]) -> B2Brouter:
    return program()

"""A simulator of the test's own, and a client that talks to it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from b2brouter_async.pytest_plugin import make_client
from b2brouter_async.simulator import Simulator

if TYPE_CHECKING:
    from collections.abc import Iterator

    from b2brouter_async import B2Brouter


@pytest.fixture
def simulator() -> Iterator[Simulator]:
    one = Simulator()
    yield one
    one.close()


@pytest.fixture
def client(simulator: Simulator) -> B2Brouter:
    return make_client(simulator, limit=None)

"""The pytest plugin: `b2brouter_simulator`, `b2brouter_client`, and the marker `b2brouter` to set them up.

    @pytest.mark.b2brouter(faults=["429 times=1"], limit=100)
    async def test_it_tries_again(b2brouter_client, b2brouter_simulator): ...

The arguments of the marker are those of `Simulator`; `faults` takes `Fault` objects or their text. The fixtures don't
care which plugin runs async tests.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .simulator import Simulator

MARKER = "b2brouter"


def pytest_configure(config: pytest.Config) -> None:
    """Make the marker known."""
    config.addinivalue_line(
        "markers", f"{MARKER}(**options): options of the B2Brouter simulator of this test"
    )


@pytest.fixture
def b2brouter_simulator(request: pytest.FixtureRequest) -> Iterator[Simulator]:
    """A simulator of the test's own, set up by the marker `b2brouter`."""
    # From the package, which says how to install what is missing.
    from .simulator import Simulator

    options: dict[str, Any] = {}
    for marker in reversed(list(request.node.iter_markers(MARKER))):
        if marker.args:
            raise pytest.UsageError(f"the marker {MARKER} takes named options only, as Simulator does")
        # The marker closest to the test wins.
        options.update(marker.kwargs)
    simulator = Simulator(**options)
    yield simulator
    simulator.close()


@pytest.fixture
def b2brouter_client(b2brouter_simulator: Simulator) -> Any:
    """A client of this package that talks to the test's simulator, in the same process."""
    return make_client(b2brouter_simulator)


def make_client(simulator: Simulator) -> Any:
    """Return a client for a simulator; the one place here that knows how a client is made."""
    import httpx

    # Imported late: the simulator knows nothing of the client, and works without it.
    from .client import B2Brouter

    return B2Brouter(  # pyright: ignore[reportUnknownVariableType]
        api_key=simulator.api_key,
        environment=simulator.environment,
        base_url=simulator.base_url,
        http_client=httpx.AsyncClient(transport=simulator.transport()),
    )

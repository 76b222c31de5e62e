"""The pytest plugin: `b2brouter_simulator`, `b2brouter_client`, and the marker `b2brouter` to set them up.

    @pytest.mark.b2brouter(faults=["429 times=1"], limit=100, max_attempts=2)
    async def test_it_tries_again(b2brouter_client, b2brouter_simulator): ...

The arguments of the marker are those of `Simulator` and those of `B2Brouter`, each goes where it belongs; `faults`
takes `Fault` objects or their text. The client has the simulator's first account, and a limiter of its own with the
limit of the marker; with `limit=None` nothing is limited. Its pauses take no time: the simulator's clock goes forward
instead. The fixtures don't care which plugin runs async tests.
"""

from __future__ import annotations

import inspect
import math
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    import anyio

    from .client import B2Brouter
    from .limiter import RateLimiter
    from .simulator import Simulator

__all__ = ["MARKER", "SimulatorClock", "b2brouter_client", "b2brouter_simulator", "make_client"]

MARKER = "b2brouter"
"""The marker's name."""
# A limit that no test reaches, for `limit=None`.
_UNLIMITED = 10**9


def pytest_configure(config: pytest.Config) -> None:
    """Make the marker known."""
    config.addinivalue_line(
        "markers", f"{MARKER}(**options): options of the B2Brouter simulator and client of this test"
    )


@pytest.fixture
def b2brouter_simulator(request: pytest.FixtureRequest) -> Iterator[Simulator]:
    """A simulator of the test's own, set up by the marker `b2brouter`."""
    # From the package, which says how to install what is missing.
    from .simulator import Simulator

    simulator = Simulator(**_options(request)[0])
    yield simulator
    simulator.close()


@pytest.fixture
def b2brouter_client(request: pytest.FixtureRequest, b2brouter_simulator: Simulator) -> B2Brouter:
    """A client of this package that talks to the test's simulator, in the same process."""
    simulated, options = _options(request)
    limit, period = simulated.get("limit", "environment"), simulated.get("period", 60.0)
    return make_client(b2brouter_simulator, limit=limit, period=period, **options)


def make_client(
    simulator: Simulator, *, limit: int | str | None = "environment", period: float = 60.0, **options: Any
) -> B2Brouter:
    """Return a client for a simulator; the one place here that knows how a client is made.

    Args:
        simulator: where requests go.
        limit: requests in a period; "environment" is that of the simulator's environment, None is no limit.
        period: the limit's, in seconds.
        options: those of `B2Brouter`; they come before what is chosen here.
    """
    import httpx

    # Imported late: the simulator knows nothing of the client, and works without it.
    from .client import B2Brouter

    clock = SimulatorClock(simulator)
    chosen: dict[str, Any] = {
        "environment": simulator.environment,
        "base_url": simulator.base_url,
        "account": simulator.account,
        **options,
    }
    if "http_client" not in chosen:
        transport = simulator.transport(sleep=clock.sleep)
        chosen["http_client"] = httpx.AsyncClient(transport=transport)
    if "limiter" not in chosen and "requests_per_minute" not in chosen:
        chosen["limiter"] = _limiter(simulator, limit, period, clock)
    client = B2Brouter(simulator.api_key, **chosen)
    client.caller.pipeline.sleep, client.caller.pipeline.clock = clock.sleep, clock.now
    return client


class SimulatorClock:
    """The simulator's clock as a client's pauses and its limiter take it: who waits, makes it go forward."""

    def __init__(self, simulator: Simulator) -> None:
        self._simulator = simulator

    def now(self) -> float:
        """Seconds since 1970."""
        return self._simulator.now

    async def sleep(self, seconds: float) -> None:
        """Let the simulator's clock go forward by so many seconds."""
        import anyio.lowlevel

        await anyio.lowlevel.checkpoint()
        if seconds > 0:
            self._simulator.advance(seconds)

    async def wait(self, event: anyio.Event, until: float) -> None:
        """Return when the event is set, or the clock shows `until`."""
        import anyio.lowlevel

        if math.isinf(until):
            await event.wait()
            return
        # Whoever can run, runs first: a reply that frees a place comes before the time.
        for _ in range(3):
            await anyio.lowlevel.checkpoint()
            if event.is_set():
                return
        self._simulator.advance(max(0.0, until - self.now()))


def _limiter(
    simulator: Simulator, limit: int | str | None, period: float, clock: SimulatorClock
) -> RateLimiter:
    from .limiter import TokenBucket
    from .simulator.server.keys import LIMITS

    most = LIMITS[simulator.environment] if limit == "environment" else limit
    return TokenBucket(_UNLIMITED if most is None else max(1, int(most)), period, clock=clock)


def _options(request: pytest.FixtureRequest) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the options of the test's markers: the simulator's and the client's."""
    from .client_options import ClientOptions
    from .simulator import Simulator

    given: dict[str, Any] = {}
    for marker in reversed(list(request.node.iter_markers(MARKER))):
        if marker.args:
            raise pytest.UsageError(f"the marker {MARKER} takes named options only, as Simulator does")
        # The marker closest to the test wins.
        given.update(marker.kwargs)
    simulated = inspect.signature(Simulator).parameters.keys()
    unknown = given.keys() - simulated - ClientOptions.__annotations__.keys()
    if unknown:
        names = ", ".join(sorted(unknown))
        raise pytest.UsageError(
            f"the marker {MARKER} has no {names}: it takes what Simulator and B2Brouter take"
        )
    return (
        {name: value for name, value in given.items() if name in simulated},
        {name: value for name, value in given.items() if name not in simulated},
    )


def __dir__() -> list[str]:
    return [*__all__, pytest_configure.__name__]  # pytest looks here for what it calls

"""`b2brouter upload --rehearse`: the whole upload against a simulator in this process."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..._call.attempt import Middleware
    from ...client import B2Brouter

REQUESTS_PER_MINUTE = 100_000
"""There is no network and no server to spare."""


def rehearsal_client(middleware: Sequence[Middleware]) -> tuple[B2Brouter, str]:
    """Return a client of a simulator in this process, and its account.

    Args:
        middleware: runs around every request.

    Raises:
        ConfigurationError: the simulator is not installed.
    """
    try:
        import httpx

        from ...simulator import ACCOUNTS, Simulator
    except ModuleNotFoundError as error:
        raise ConfigurationError(
            f"--rehearse needs {error.name}; install it with: pip install 'b2brouter-async[simulator]'"
        ) from None
    from ...client import B2Brouter

    # States follow each other at once: nobody wants to wait for what is not real.
    simulator = Simulator(limit=None, speed=1000.0)
    account = str(ACCOUNTS[0]["id"])
    client = B2Brouter(
        simulator.api_key,
        simulator.environment,
        account=account,
        base_url=simulator.base_url,
        requests_per_minute=REQUESTS_PER_MINUTE,
        http_client=httpx.AsyncClient(transport=simulator.transport()),
        middleware=middleware,
    )
    return client, account

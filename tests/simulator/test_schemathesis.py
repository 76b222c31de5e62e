from __future__ import annotations

import anyio

from .schemathesis_run import attack


def test_a_short_run_of_schemathesis_finds_nothing() -> None:
    """A run as long as patience allows is `python -m tests.simulator.schemathesis_run`."""

    async def run() -> tuple[int, int]:
        return await attack(63, seed=20261014, phases="examples,fuzzing")

    status, requests = anyio.run(run)
    assert status == 0
    assert requests >= 63

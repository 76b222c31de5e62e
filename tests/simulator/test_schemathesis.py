from __future__ import annotations

import anyio
import pytest

from .schemathesis_run import attack


@pytest.mark.nightly
@pytest.mark.parametrize(
    "made_up", [False, True],
    ids=["our spec", "one with operations nobody has written"],
)  # fmt: skip
def test_a_short_run_of_schemathesis_finds_nothing(made_up: bool) -> None:
    """A run as long as patience allows is `python -m tests.simulator.schemathesis_run`."""

    async def run() -> tuple[int, int]:
        return await attack(63, seed=20261014, phases="examples,fuzzing", made_up=made_up)

    status, requests = anyio.run(run)
    assert status == 0
    assert requests >= 63

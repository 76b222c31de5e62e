"""Processes that are killed, paused and cut off on one database: every document is accepted once."""

from __future__ import annotations

import pytest

from . import torture, uploads_torture

# Minutes of processor time: `make long`.
pytestmark = pytest.mark.nightly


def test_workers_that_are_killed_and_a_database_that_goes_away_lose_nothing_and_double_nothing() -> None:
    plan = torture.Plan(
        documents=3000, kill_every=60, pause_every=200, cut_every=120, restarts=2, hurry=True, seed=7
    )
    result = torture.run(plan)
    print(f"\n{result}")
    assert result.lost == []
    assert result.doubled == []
    assert result.still_claimed == 0
    assert result.untold == 0
    # It was as bad as it was meant to be.
    assert result.restarts == 2
    assert min(result.kills, result.cuts, result.pauses) > 0
    assert len(result.faults) > 15
    assert result.kinds["adopted"] > 0, "some were sent by a process that never heard of it"


def test_uploads_in_several_terminals_that_are_killed_send_each_document_once() -> None:
    result = uploads_torture.run(uploads_torture.Plan(documents=300, kill_every=30))
    print(f"\n{result}")
    assert result.lost == []
    assert result.doubled == []
    assert result.still_claimed == 0
    # It was as bad as it was meant to be, and somebody was told to run the same command again.
    assert result.restarts == 2
    assert min(result.kills, result.cuts) > 0
    assert result.statuses[0] == 4

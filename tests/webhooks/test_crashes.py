"""A receiver killed with SIGKILL in every gap loses no event it answered with 204, and repeats are told by their key."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from .crashing import POINTS, drive

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.nightly
@pytest.mark.parametrize("point", POINTS)
def test_killed_in_this_gap_every_event_is_handled_and_has_one_effect(point: str, tmp_path: Path) -> None:
    result = drive(tmp_path, [(point, 3)], events=12)
    assert result["died"] == 1
    assert sorted(invoice for _, invoice in result["effects"]) == list(range(12))
    assert result["handled"] >= 12


@pytest.mark.nightly
def test_a_thousand_events_and_a_kill_in_every_gap(tmp_path: Path) -> None:
    deaths = [(point, 60 + 7 * number) for number, point in enumerate(POINTS)]
    result = drive(tmp_path, deaths, events=1000)
    assert result["died"] == len(deaths)
    assert sorted(invoice for _, invoice in result["effects"]) == list(range(1000))
    assert 1000 <= result["handled"] <= 1000 + 8 * len(deaths)

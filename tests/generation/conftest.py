"""What was generated from the tests' own spec, once for all tests: they look at it and change nothing of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.generation.own_spec import SPEC, generate

if TYPE_CHECKING:
    from pathlib import Path

    from overrides.codegen.generate import Generation


@pytest.fixture(scope="session")
def ours(tmp_path_factory: pytest.TempPathFactory) -> tuple[Generation, Path]:
    """A generation, and the folder it is in."""
    folder = tmp_path_factory.mktemp("ours")
    return generate(SPEC, folder / "generated"), folder / "generated"

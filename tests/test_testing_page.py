"""The tests that docs/testing.md shows to users pass as they stand there."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

PAGE = (Path(__file__).parents[1] / "docs" / "testing.md").read_text(encoding="utf-8")
FILES = dict(re.findall(r"```python\n# (\w+\.py)\n(.*?)```", PAGE, re.DOTALL))


def test_every_way_of_testing_is_shown() -> None:
    assert sorted(FILES) == [
        "billing.py",
        "test_with_a_simulator.py",
        "test_with_respx.py",
        "test_with_the_plugin.py",
    ]
    assert PAGE.count("```python") == len(FILES)


def test_the_tests_on_the_page_pass(tmp_path: Path) -> None:
    for name, content in FILES.items():
        (tmp_path / name).write_text(content, encoding="utf-8")
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-p",
        "no:cacheprovider",
        "-p",
        "no:schemathesis",
        str(tmp_path),
    ]
    done = subprocess.run(
        [*command, "--rootdir", str(tmp_path)], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    expected = sum(content.count("async def test_") for content in FILES.values())
    assert f"{expected} passed" in done.stdout, done.stdout + done.stderr

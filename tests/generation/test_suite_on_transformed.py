"""The tests of the client pass on the SDK that another spelling of the document gives."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

from overrides import regenerate
from overrides.regenerate import ROOT
from tests.generation.test_transformed import transformed

if TYPE_CHECKING:
    from pathlib import Path

TAKEN = (
    "b2brouter_async",
    "openapi",
    "overrides",
    "tests",
    "examples",
    "pyproject.toml",
    "generator-config.yaml",
)
# What runs beside, and is the same on every spelling, is left out: documents, limiters, processes.
SUITES = ("tests/models", "tests/runtime")


def test_the_suite_passes_on_a_document_that_is_spelled_otherwise(tmp_path: Path) -> None:
    root = tmp_path / "copy"
    root.mkdir()
    for name in TAKEN:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, root / name, ignore=shutil.ignore_patterns("__pycache__", "*.db", ".*"))
        else:
            shutil.copy(source, root)
    document = tmp_path / "vendor.json"
    document.write_text(json.dumps(transformed(SPELLED, seed=7)), encoding="utf-8")
    assert regenerate.run(document, check=False, root=root) == 0

    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "pytest",
            "-q",
            "-x",
            "-p",
            "no:cacheprovider",
            "-k",
            NOT_THE_DOCUMENTS_OWN,
            *SUITES,
        ],
        capture_output=True,
        text=True,
        cwd=root,
        env={**os.environ, "PYTHONPATH": str(root)},
        check=False,
    )

    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-1000:]
    assert " passed" in done.stdout


SPELLED = [
    "unions_by_one_of",
    "shared_by_paths",
    "other_path_parameters",
    "everything_extracted",
    "other_components",
    "as_3_0",
    "other_operation_ids",
    "other_tags",
    "without_texts",
]
# These compare with the committed document's checksum and date.
NOT_THE_DOCUMENTS_OWN = "not test_it_tells_the_document"

"""What every test shares, and what makes it the same test on every machine."""

from __future__ import annotations

import os
import sys
import time
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, settings

from b2brouter_async.limiter import bucket

from . import secrecy
from .postgres import (
    database,
    empty_database,
    kept_database,
    mortal_postgres,
    new_database,
    postgres_server,
    template,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = [
    "database",
    "empty_database",
    "kept_database",
    "mortal_postgres",
    "new_database",
    "postgres_server",
    "template",
]

# A test must not depend on who runs it: colours, widths, zones, languages, proxies, certificates and Python's own
# switches come from here, for the tests and for the programs they start. What a test needs it sets itself.
_KEPT = {
    "PATH", "HOME", "USER", "TMPDIR", "TEMP", "TMP", "VIRTUAL_ENV", "PYTHONPATH", "LD_LIBRARY_PATH",
    "SYSTEMROOT", "COMSPEC", "PATHEXT", "USERPROFILE", "APPDATA", "LOCALAPPDATA",
}  # fmt: skip
# What a machine says of where packages come from is not of the package, either.
_KEPT_FAMILIES = ("PIP_", "PYTEST_", "HYPOTHESIS_", "COVERAGE_", "COV_", "SCHEMATHESIS_")
SET = {"TZ": "UTC", "LC_ALL": "C.UTF-8", "TERM": "xterm-256color", "COLUMNS": "80", "LINES": "25"}

IN_CI = os.environ.get("CI") == "true"

for _name in list(os.environ):
    if _name.upper() not in _KEPT and not _name.startswith(_KEPT_FAMILIES):
        del os.environ[_name]
os.environ.update(SET)
# Nor how long it takes: without compiled files each of hundreds of programs would compile all it imports.
sys.dont_write_bytecode = False
if hasattr(time, "tzset"):
    time.tzset()

# No deadline, for one example or for drawing them: machines are noisy, and what must be fast is measured in benchmarks/.
# Everything is said, since what isn't comes from a profile that hypothesis chooses by where it runs.
_NOISE = (HealthCheck.too_slow, HealthCheck.data_too_large)
settings.register_profile(
    "same", max_examples=100, derandomize=True, database=None, deadline=None, print_blob=True,
    suppress_health_check=_NOISE, stateful_step_count=50,
)  # fmt: skip
settings.register_profile("exploring", settings.get_profile("same"), max_examples=300, derandomize=False)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "same"))


@pytest.fixture(params=["asyncio", "trio"])
def anyio_backend(request: pytest.FixtureRequest) -> str:
    """Run every async test on both event loops."""
    return str(request.param)


@pytest.fixture(autouse=True)
def budgets_of_its_own() -> Iterator[None]:
    """Forget the budgets of keys after each test: a process has one for each key, whichever test made it."""
    yield
    bucket._buckets.clear()


secrecy.watch()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what draws its input at random, for `make nightly`."""
    for item in items:
        if getattr(getattr(item, "obj", None), "is_hypothesis_test", False) or item.name == "runTest":
            item.add_marker("drawn")


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Take over what a worker of pytest-xdist found."""
    secrecy.found += getattr(node, "workeroutput", {}).get("keys_found", [])


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Find no key in anything that the run made. Let CI skip no test; elsewhere one may miss a browser, and says so."""
    factory = getattr(session.config, "_tmp_path_factory", None)
    places = secrecy.search(getattr(factory, "_basetemp", None))
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput["keys_found"] = places
        return
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if places:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
        if reporter is not None:
            reporter.write_line("\nA key was found in:\n  " + "\n  ".join(places), red=True)
    if reporter is not None and reporter.stats.get("skipped") and IN_CI:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED

"""A test is the same on every machine: what a shell has set does not reach it, nor what it starts."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import hypothesis

from .conftest import SET

ROOT = Path(__file__).parent.parent
MESSY = {
    "PYTHONUNBUFFERED": "1", "PYTHONHASHSEED": "7", "PYTHONDONTWRITEBYTECODE": "1",
    "COLUMNS": "31", "LINES": "9", "NO_COLOR": "1", "FORCE_COLOR": "1",
    "CLICOLOR_FORCE": "1", "TERM": "dumb", "LANG": "C", "LANGUAGE": "de", "TZ": "Asia/Kathmandu", "CI": "true",
    "GITHUB_ACTIONS": "true", "HTTPS_PROXY": "http://127.0.0.1:1", "all_proxy": "socks5://127.0.0.1:1", "NO_PROXY": "*",
    "SSL_CERT_FILE": "/nowhere", "SSL_CERT_DIR": "/nowhere", "SSLKEYLOGFILE": "/nowhere/keys", "OTEL_SDK_DISABLED": "true",
    "B2BROUTER_API_KEY": "live_key", "B2BROUTER_ENVIRONMENT": "production", "EDITOR": "ed", "XDG_CONFIG_HOME": "/nowhere",
}  # fmt: skip
PROBE = """
import tests.conftest, json, os, subprocess, sys, time, hypothesis
child = json.loads(subprocess.check_output([sys.executable, "-c", "import json, os; print(json.dumps(dict(os.environ)))"]))
print(json.dumps([dict(os.environ), child, time.tzname[0], hypothesis.settings.default.derandomize,
                  sys.dont_write_bytecode]))
"""


def test_what_a_shell_has_set_reaches_no_test_and_no_program_it_starts() -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROBE],
        env={**os.environ, **MESSY}, cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    here, child, zone, derandomized, compiles_again = json.loads(done.stdout)
    assert here == child
    assert {name: here.get(name) for name in MESSY} == {name: SET.get(name) for name in MESSY}
    assert (zone, derandomized, compiles_again) == ("UTC", True, False)


def test_the_settings_are_those_of_this_run() -> None:
    assert {name: os.environ[name] for name in SET} == SET
    assert time.tzname[0] == "UTC"
    profile = os.environ.get("HYPOTHESIS_PROFILE", "same")
    assert hypothesis.settings.default is not None
    assert hypothesis.settings.default.derandomize is (profile == "same")

"""What docs/instead-of.md names is there, and nothing that clients build by hand is left out."""

from __future__ import annotations

import re
from importlib import import_module
from pathlib import Path

import pytest

from b2brouter_async import B2Brouter

DOCS = Path(__file__).parents[1] / "docs"
PAGE = (DOCS / "instead-of.md").read_text(encoding="utf-8")
PLACES = (
    "b2brouter_async",
    "b2brouter_async.webhooks",
    "b2brouter_async.simulator",
    "b2brouter_async.models",
)


@pytest.mark.parametrize("call", sorted(set(re.findall(r"client((?:\.\w+)+)", PAGE))))
def test_every_call_on_the_page_is_there(call: str) -> None:
    thing: object = B2Brouter("test_key", account=1)
    for name in call.strip(".").split("."):
        thing = getattr(thing, name)


@pytest.mark.parametrize("name", sorted(set(re.findall(r"`([A-Za-z_]\w+)(?:\([^`]*)?`", PAGE))))
def test_every_name_on_the_page_can_be_imported_or_is_an_attribute(name: str) -> None:
    attributes = {"status", "code", "param", "message", "errors", "correct", "annul", "test_"}
    if name not in attributes:
        assert [place for place in PLACES if name in dir(import_module(place))]


BUILT_BY_HAND = {
    "Key/host/environment guards": "guard against the wrong key",
    "six error shapes in one": "six shapes of error",
    "unwrapping": "unwrapping",
    "pagination": "pagination",
    "retry and backoff": "retry and backoff",
    "did my POST arrive?": "did my POST arrive?",
    "web hook signature": "the signature of web hooks",
    "state tables": "tables of states",
    "polling until final": "polling until final",
    "directory polling on 202": "polling the directory on 202",
    "data-URI import bodies": "data-URI bodies",
    "find-or-create contact": "find or create a contact",
    "idempotent tax report setting": "a tax report setting that is there once",
    "PDF that is not ready": "a PDF that is not ready",
    "total check before sending": "the check of totals before sending",
    "a map of companies to accounts": "a map of companies to accounts",
    "size caps on downloads": "caps on the size of downloads",
    "a fake B2Brouter": "a fake B2Brouter",
}


def test_everything_that_is_built_by_hand_has_a_row() -> None:
    section = (DOCS / "behaviour.md").read_text(encoding="utf-8").split("build by hand")[1]
    parts = [part.strip() for part in section.partition("\n")[2].split("None is a published")[0].split("·")]
    assert len(parts) == len(BUILT_BY_HAND)
    for part, (said, row) in zip(parts, BUILT_BY_HAND.items(), strict=True):
        assert said in " ".join(part.split())
        assert f"| {row}" in PAGE or row in PAGE

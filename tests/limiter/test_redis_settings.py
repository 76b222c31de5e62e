"""Settings of the shared limiter that can't work are refused at once, before Redis is asked."""

from __future__ import annotations

import math
from typing import Any

import pytest
import redis
import redis.asyncio

from b2brouter_async.errors import ConfigurationError
from b2brouter_async.limiter import RedisTokenBucket


def make(**settings: Any) -> RedisTokenBucket:
    given: dict[str, Any] = {
        "redis": "redis://127.0.0.1:1/0",
        "host": "api.example",
        "api_key": "test_1",
        "limit": 100,
        **settings,
    }
    return RedisTokenBucket(**given)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *((name, value) for name in ("limit", "max_in_flight") for value in (0, -1, 1.5, True, "100")),
        *(
            (name, value)
            for name in ("period", "lease", "freeze_cap", "patience")
            for value in (0, -1.0, math.nan, math.inf, "60", True, 1e9)
        ),
        *(("grace", value) for value in (-1.0, math.nan, math.inf, "60", 1e9)),
        ("burst", 5.5),
        ("burst", 0.5),
        ("host", ""),
        ("host", None),
        ("api_key", " "),
        ("redis", None),
        ("redis", object()),
        ("redis", redis.asyncio.Redis()),
        ("redis", "127.0.0.1:6379"),
        ("redis", "http://127.0.0.1"),
        ("redis", ""),
        ("redis", "redis://:geheim@127.0.0.1:port"),
        ("on_redis_error", "ignore"),
    ],
)
def test_a_setting_that_cannot_work_is_named(name: str, value: Any) -> None:
    with pytest.raises(ConfigurationError, match=name) as caught:
        make(**{name: value})
    assert caught.value.argument == name
    assert "geheim" not in str(caught.value)
    assert caught.value.__cause__ is caught.value.__context__ is None


@pytest.mark.parametrize("processes", [None, 0, 101, 1.5])
def test_to_go_on_alone_the_number_of_processes_is_needed(processes: Any) -> None:
    with pytest.raises(ConfigurationError, match="processes") as caught:
        make(on_redis_error="local", processes=processes)
    assert caught.value.argument == "processes"


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"grace": 0},
        {"lease": 5, "grace": 5.0, "patience": 0.1},
        {"on_redis_error": "local", "processes": 4},
        {"redis": redis.Redis()},
    ],
)
def test_what_can_work_is_taken(settings: dict[str, Any]) -> None:
    make(**settings)

"""API version, environments and headers, from overrides/platform.yaml."""

from __future__ import annotations

from typing import Literal, TypeAlias

API_VERSION = "2026-06-26"
KNOWN_VERSIONS: tuple[str, ...] = (
    "2025-01-01",
    "2025-10-13",
    "2026-03-02",
    "2026-04-20",
    "2026-06-26",
)
KEY_HEADER = "X-B2B-API-Key"
VERSION_HEADER = "X-B2B-API-Version"
REQUEST_ID_HEADERS: tuple[str, ...] = (
    "X-B2B-API-Request-Id",
    "X-Request-Id",
)
TEST_KEY_PREFIX = "test_"
EnvironmentName: TypeAlias = Literal[
    "production",
    "staging",
    "sandbox",
]
# Name of the environment: base URL, requests a minute.
ENVIRONMENTS: dict[str, tuple[str, int]] = {
    "production": ("https://api.b2brouter.net", 1000),
    "staging": ("https://api-staging.b2brouter.net", 600),
    "sandbox": ("https://api.b2brouter.net", 600),
}

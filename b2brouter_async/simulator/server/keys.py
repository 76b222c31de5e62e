"""API keys, the environments they belong to, and the checks on key and version (behaviours 1 to 5)."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import attrs

from ..._keywords import tells_misspelt
from .errors import Refusal
from .versions import LEGACY_VERSIONS, VERSIONS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from ..state.world import Environment

LIMITS: dict[Environment, int] = {"production": 1000, "sandbox": 600, "staging": 600}


@tells_misspelt
@attrs.frozen
class Key:
    """A key of the simulator.

    Example:
        simulator = Simulator(keys=[Key("test_south", group="south")])

    Args:
        value: what requests name in `X-B2B-API-Key`.
        environment: what the key belongs to.
        group: whose accounts it reaches; None is a key without a group: 403 on every call.
        version: the group's default for requests that name none; "newest" is what the spec describes, None answers
            them with 400 `missing_api_version`.
        expired: every call is 401.
    """

    value: str = attrs.field(repr=False)
    environment: Environment = "sandbox"
    group: str | None = "main"
    version: str | None = "newest"
    expired: bool = False

    def __attrs_post_init__(self) -> None:
        if self.environment not in LIMITS:
            raise ValueError(
                f"environment {self.environment!r} is unknown: choose one of {', '.join(LIMITS)}"
            )
        if self.value.startswith("test_") and self.environment != "sandbox":
            raise ValueError("a key that starts with test_ is always a sandbox key")

    @property
    def digest(self) -> str:
        """What is written down in the key's place."""
        return hashlib.sha256(self.value.encode()).hexdigest()[:16]

    @property
    def realm(self) -> str:
        """What the key can reach: a group of one environment."""
        return f"{self.environment}/{self.group}"


class Keys:
    """The keys one host knows: production and sandbox share a host, staging has its own (behaviour 1)."""

    def __init__(self, keys: Iterable[Key], environment: Environment) -> None:
        self._keys = {key.value: key for key in keys}
        self._staging = environment == "staging"

    def __iter__(self) -> Iterator[Key]:
        return iter(self._keys.values())

    def find(self, value: str | None) -> Key | None:
        """Return the key of this value, wherever it belongs."""
        return self._keys.get(value or "")

    def check(self, value: str | None) -> Key:
        """Return the key of a request or refuse it."""
        key = self.find(value)
        if not value:
            raise Refusal(401, "missing_api_key", "The API key is missing.")
        if key is None or (key.environment == "staging") != self._staging:
            raise Refusal(401, "invalid_api_key", "The API key is not valid.")
        if key.expired:
            raise Refusal(401, "expired_api_key", "The API key has expired.")
        return key


def check_group(key: Key) -> None:
    """Refuse a key without a group."""
    if key.group is None:
        raise Refusal(403, "no_account_group", "The API key has no group.")


def check_version(key: Key, header: str | None, newest: str) -> str:
    """Return the version of a request, or refuse one that is unknown or not served on this host.

    Args:
        key: the request's.
        header: what it names, if it names one.
        newest: the version that the spec describes, which is served also where `VERSIONS` doesn't know it.
    """
    version = header if header is not None else key.version
    if version == "newest":
        version = newest
    if version is None:
        raise Refusal(400, "missing_api_version", "No API version in the request and none set for the group.")
    if version in LEGACY_VERSIONS:
        raise Refusal(400, "api_version_subdomain_mismatch", "This version is not served on this host.")
    if version not in VERSIONS and version != newest:
        raise Refusal(400, "invalid_api_version", "The API version is not valid.")
    return version

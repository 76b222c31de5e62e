"""Where requests go: production, staging or sandbox, and which keys may go there."""

from __future__ import annotations

import ipaddress
import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from attrs import frozen

from .errors import ConfigurationError
from .generated.platform import ENVIRONMENTS, TEST_KEY_PREFIX

if TYPE_CHECKING:
    from .auth import Secret

_SANDBOX = "sandbox"


@frozen
class Environment:
    """One of B2Brouter's worlds (behaviours 1 and 2)."""

    name: str
    base_url: str
    requests_per_minute: int


def choose_environment(key: Secret, name: str | None) -> Environment:
    """Return the environment that a key belongs to.

    A key that starts with `test_` is a key of the sandbox. Any other key must say production or staging: nothing is
    sent to a tax authority by accident.

    Args:
        key: the API key.
        name: `production`, `staging` or `sandbox`; None only with a `test_` key.

    Raises:
        ConfigurationError: the name is unknown, is missing, or contradicts the key.
    """
    known = ", ".join(ENVIRONMENTS)
    if name is None:
        if not key.is_test:
            raise ConfigurationError(
                "environment: say 'production' or 'staging'; only a key that starts with "
                f"{TEST_KEY_PREFIX} says by itself where it belongs (the sandbox)"
            )
        name = _SANDBOX
    if name not in ENVIRONMENTS:
        raise ConfigurationError(f"environment: {name!r} is none of {known}")
    if key.is_test and name != _SANDBOX:
        raise ConfigurationError(
            f"environment: a key that starts with {TEST_KEY_PREFIX} works in the sandbox alone, not in {name}; "
            "leave environment out, or pass the other key"
        )
    if not key.is_test and name == _SANDBOX:
        raise ConfigurationError(
            f"environment: the sandbox takes only keys that start with {TEST_KEY_PREFIX}; "
            "say 'production' or 'staging', or pass a test key"
        )
    base_url, requests_per_minute = ENVIRONMENTS[name]
    return Environment(name, base_url, requests_per_minute)


def check_base_url(base_url: str) -> str:
    """Return a base URL without its trailing slash.

    Raises:
        ConfigurationError: it is not https (plain http goes to loopback alone: the key would travel in clear),
            or it carries a user, a query or a fragment.
    """
    try:
        parts = urlsplit(base_url)
        host, _port = parts.hostname, parts.port
    except ValueError:
        raise ConfigurationError("base_url: this is not a URL; write it as https://host[:port]") from None
    if parts.scheme not in ("https", "http") or not host:
        raise ConfigurationError("base_url: write it as https://host[:port]")
    if parts.username is not None or parts.password is not None or parts.query or parts.fragment:
        raise ConfigurationError("base_url: no user, query or fragment can stand in it")
    if parts.scheme == "http" and not is_loopback(host):
        raise ConfigurationError(f"base_url: plain http goes to this machine alone, not to {host}; use https")
    return parts.geturl().rstrip("/")  # the scheme in lower case


def is_loopback(host: str) -> bool:
    """Tell whether a host name or address means this machine."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def check_version(version: str) -> str:
    """Return an API version as it is sent.

    Raises:
        ConfigurationError: it is not a date as YYYY-MM-DD. Whether the server knows it, the server says.
    """
    if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", version):
        raise ConfigurationError(f"api_version: {version!r} is no version; write it as YYYY-MM-DD")
    return version

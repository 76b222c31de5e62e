"""The errors of the SDK: one hierarchy from `B2BrouterError`."""

from __future__ import annotations


class B2BrouterError(Exception):
    """Anything this package raises on its own account."""


class ConfigurationError(B2BrouterError, ValueError):
    """The client was asked for something it can't do safely; nothing was sent."""


class RateLimitTimeout(B2BrouterError):
    """The limiter had no place within the time given; nothing was sent."""

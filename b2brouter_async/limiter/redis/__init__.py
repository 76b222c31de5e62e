"""The token bucket shared through Redis."""

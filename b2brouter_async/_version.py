"""The version of this package, where both the package and the client can read it."""

__version__ = "0.1.0"

"""The errors of the SDK: one hierarchy from `B2BrouterError`."""

from __future__ import annotations


class B2BrouterError(Exception):
    """Anything this package raises on its own account."""


class ConfigurationError(B2BrouterError, ValueError):
    """The client was asked for something it can't do safely; nothing was sent."""


class RateLimitTimeout(B2BrouterError):
    """The limiter had no place within the time given; nothing was sent."""


class ArgumentError(B2BrouterError, ValueError):
    """An argument can't be sent as it is; the text names it and says the way out. Nothing was sent."""


class ShapeError(B2BrouterError, ValueError):
    """JSON that is not what the document says, with the path of the place."""

    def __init__(self, problem: str, path: tuple[str | int, ...] = ()) -> None:
        """Tell what is wrong and where.

        Args:
            problem: what was expected and what was there.
            path: keys and indexes from the root of the JSON value to the place.
        """
        self.problem = problem
        self.path = path
        super().__init__(problem, path)

    def below(self, step: str | int) -> ShapeError:
        """Return the same error, seen from one level further up."""
        return ShapeError(self.problem, (step, *self.path))

    @property
    def json_path(self) -> str:
        """The place as a JSON path, for example `$.invoice.lines[0].price`."""
        return "$" + "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in self.path)

    def __str__(self) -> str:
        return f"{self.json_path}: {self.problem}"

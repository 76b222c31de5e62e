"""Functions of a caller's that are called and not awaited."""

from __future__ import annotations

import inspect

from ..errors import ArgumentError, ConfigurationError


def check_called(
    function: object, argument: str, error: type[ArgumentError | ConfigurationError] = ArgumentError
) -> None:
    """Refuse an async function where one is called and not awaited: it would never run, and its answer always be true.

    Args:
        function: what is to be called; None is nothing to call.
        argument: how it was passed.
        error: what to raise.

    Raises:
        ArgumentError: it is async.
        ConfigurationError: the same, where that is the error.
    """
    if inspect.iscoroutinefunction(function) or inspect.iscoroutinefunction(type(function).__call__):
        name = getattr(function, "__name__", type(function).__name__)
        raise error(
            f"{name} is async, and it is called here without being awaited; pass an ordinary function",
            argument=argument,
        )


def answered(answer: object, argument: str) -> bool:
    """Return a predicate's answer.

    Raises:
        ArgumentError: it is to be awaited, and so would be true whatever it says.
    """
    if inspect.isawaitable(answer):
        if inspect.iscoroutine(answer):
            answer.close()
        raise ArgumentError(
            "its answer is to be awaited, and it is called here without that; pass an ordinary function",
            argument=argument,
        )
    return bool(answer)
